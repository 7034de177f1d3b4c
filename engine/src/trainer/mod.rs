//! The trainer: an experiment under way.
//!
//! A [`Trainer`] is asked to advance and hands out numbers. Not asking is pausing; dropping it is cancelling.

mod activations;
mod batch_norm;
mod checkpoint;
mod data_loader;
mod decomposition;
mod eigenspaces;
mod encode;
mod families;
mod gradient_decomposition;
mod load;
mod measured_means;
mod measures;
mod network;
mod objective;
mod queue_drift;
mod resident;
mod save;
mod step;
mod swap_network;

pub use batch_norm::BatchNorm;
pub use checkpoint::{Checkpoint, Snapshot};
pub use data_loader::{DataLoader, Split, pixel_mean};
pub(crate) use decomposition::Form;
pub(crate) use gradient_decomposition::Wanted;
pub use measured_means::measured_means;
pub use measures::measured;
pub use network::{Network, Outputs};
pub use save::notes;

use crate::augmentations::Pair;
use crate::datasets::Dataset;
use crate::device::ComputeDevice;
use crate::heads::Predictor;
use crate::methods::target::Target;
use crate::methods::{self, Method, Needs};
use crate::metrics;
use crate::nn::{Cost, Statistics, joined, upload};
use crate::optimisers::{self, Optimiser, Schedule};
use crate::readback::read;
use augsphere_spec::{Experiment, Fault, Knobs, Scalar};
use burn::tensor::Tensor;
use std::cell::OnceCell;
use std::rc::Rc;

/// What the length of the gradient is called in a fault. It is read with the losses but not reported: a ReLU turns
/// weights that are no numbers into zeros, and the loss would stand still at a number that means nothing.
const GRADIENT: &str = "gradient_norm";

/// Why a run cannot go on.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// The device failed: nothing that was on it can be used any more.
    Device(Fault),
    /// A number is not finite any more.
    Diverged {
        /// The step that made it so.
        step: u64,
        /// Which number.
        name: String,
        /// What it is.
        value: f32,
    },
}

impl Failure {
    /// What to tell people.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Device(fault) => fault.clone(),
            Self::Diverged { step, name, value } => Fault {
                what: format!("The {} became {value}; training stopped there.", name.replace('_', " ")),
                location: format!("step {step}"),
                remedy:
                    "Reset, then lower the learning rate, raise the temperature, or set the gradient guard (train.clip) to about 10."
                        .into(),
                recoverable: false,
                settings: Vec::new(),
            },
        }
    }
}

/// The loss and its named parts of one step.
pub type StepLosses = (u64, Vec<Scalar>);

/// An experiment under way.
pub struct Trainer {
    experiment: Experiment,
    opened: ComputeDevice,
    loader: Rc<DataLoader>,
    network: Rc<Network>,
    /// What stands after the projector in the trained branch.
    predictor: Predictor,
    theta: Tensor<1>,
    /// The weights of the momentum encoder, if the target branch has one.
    target: Option<Tensor<1>>,
    /// Which weights learn at a rate of their own (1 there, 0 elsewhere), if any do.
    predictor_mask: Option<Tensor<1>>,
    statistics: Statistics,
    method: Box<dyn Method>,
    /// What the method needs, asked once.
    needs: Needs,
    optimiser: Box<dyn Optimiser>,
    schedule: Schedule,
    policies: Rc<Pair>,
    /// The step since which views have been made as they are now.
    views_since: u64,
    live: Live,
    /// What was measured once for the whole run.
    baselines: Rc<OnceCell<Vec<Scalar>>>,
    step: u64,
    pending: Vec<(u64, Vec<(&'static str, Tensor<1>)>)>,
}

/// Knobs that may change while running, read once a change instead of once a step.
#[derive(Clone)]
struct Live {
    method: Knobs,
    target: Target,
    target_knobs: Knobs,
    predictor: Knobs,
    optimiser: Knobs,
    train: Knobs,
}

impl Live {
    fn of(experiment: &Experiment) -> Self {
        Self {
            method: experiment.knobs("method"),
            target: Target::of(experiment.choice("target")),
            target_knobs: experiment.knobs("target"),
            predictor: experiment.knobs("predictor"),
            optimiser: experiment.knobs("optimiser"),
            train: experiment.knobs("train"),
        }
    }
}

impl Trainer {
    /// Sets up an experiment at step 0.
    ///
    /// # Errors
    /// When the experiment asks for what its data cannot give (a batch larger than the training set, fewer than two validation images).
    pub fn new(experiment: Experiment, data: Rc<Dataset>, opened: &ComputeDevice) -> Result<Self, Fault> {
        let train = experiment.knobs("train");
        let batch = train.count("batch");
        if batch > data.train.len() {
            return Err(Fault {
                what: format!(
                    "A batch of {batch} images was asked for, but there are only {} training images.",
                    data.train.len()
                ),
                location: "train.batch".into(),
                remedy: "Lower train.batch or raise data.train.".into(),
                recoverable: true,
                settings: Vec::new(),
            });
        }
        if data.validation.len() < 2 {
            return Err(Fault {
                what: format!("The measures need at least 2 validation images, found {}.", data.validation.len()),
                location: "data.validation".into(),
                remedy: "Raise data.validation, or take an archive with more images.".into(),
                recoverable: true,
                settings: Vec::new(),
            });
        }
        let device = &opened.device;
        let choice = experiment.choice("method").cloned().unwrap_or_default();
        let method = methods::build(&choice, experiment.seed, data.train.len());
        let needs = method.needs();
        let (network, predictor) = Network::new(&experiment, needs, data.classes.len(), device);
        let theta = upload(network.layout.initial(experiment.seed), device);
        let live = Live::of(&experiment);
        Ok(Self {
            target: live.target.has_momentum().then(|| theta.clone()),
            predictor_mask: swap_network::predictor_mask(&network.layout, &predictor, &experiment, device),
            theta,
            statistics: Statistics::new(&network.layout, device),
            method,
            needs,
            optimiser: optimisers::build(&experiment.choice("optimiser").cloned().unwrap_or_default(), &network.layout, device),
            schedule: Schedule::new(&train),
            policies: Rc::new(Pair::of(&experiment)),
            views_since: 0,
            live,
            loader: Rc::new(DataLoader::new(data, opened, batch, experiment.seed)),
            network: Rc::new(network),
            predictor,
            opened: opened.clone(),
            experiment,
            baselines: Rc::default(),
            step: 0,
            pending: Vec::new(),
        })
    }

    /// The experiment as it runs now.
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// The device it runs on.
    pub fn opened(&self) -> &ComputeDevice {
        &self.opened
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Its images.
    pub fn loader(&self) -> &DataLoader {
        &self.loader
    }

    /// How views are drawn now.
    pub fn policies(&self) -> &Pair {
        &self.policies
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// Whether the last step was taken.
    pub fn finished(&self) -> bool {
        self.step >= self.live.train.count("steps") as u64
    }

    /// Images (not views) a step.
    pub fn batch(&self) -> usize {
        self.live.train.count("batch")
    }

    /// Whether the measures are due after the steps taken so far.
    pub fn measures_due(&self) -> bool {
        let every = self.cadence().count("every").max(1) as u64;
        self.step.is_multiple_of(every) || self.finished()
    }

    /// Multiplications of a step in the network, backwards counted twice.
    pub fn step_multiply_adds(&self) -> u64 {
        step_multiply_adds(&self.experiment, self.network.cost(self.loader.data().train.side))
    }

    /// Bytes that the run takes while it stands still: weights, their target, the optimiser's memory and a copy of the first two; `data` counts the
    /// images, too.
    pub fn bytes_at_rest(&self, data: bool) -> u64 {
        let images = if data { self.loader.data().len() * self.loader.data().train.stride() } else { 0 };
        6 * 4 * self.network.layout.len() as u64 + images as u64
    }

    fn cadence(&self) -> Knobs {
        self.experiment.card("measures", "cadence").map(|choice| choice.knobs.clone()).unwrap_or_default()
    }

    /// Levels that say what the numbers mean: series, value, words.
    pub fn levels(&self) -> Vec<metrics::Reference> {
        let loss = self.method.levels(self.batch(), &self.live.method);
        let loss = loss.into_iter().map(|level| ("loss".to_owned(), level.value as f32, level.words));
        let classes = self.loader.data().classes.len();
        let shape = metrics::Shape { dimension: self.network.dimension, classes, images: self.shown() };
        loss.chain(metrics::levels(self.experiment.choices("measures"), shape)).collect()
    }

    /// Whether enough steps are queued that their losses should be read before more are.
    pub fn should_sync(&self) -> bool {
        let due = matches!(&self.predictor, Predictor::Direct(direct) if direct.due(&self.live.predictor));
        due || self.pending.len() >= self.opened.in_flight()
    }

    /// Reads the losses of all steps taken since the last call, up to and with the first that is not finite. Sets a predictor in
    /// closed form anew, if that is due.
    pub async fn read_losses(&mut self) -> (Vec<StepLosses>, Option<Failure>) {
        let pending = std::mem::take(&mut self.pending);
        let tensors: Vec<Tensor<1>> =
            pending.iter().flat_map(|(_, parts)| parts.iter().map(|(_, value)| value.clone())).collect();
        if tensors.is_empty() {
            return (Vec::new(), None);
        }
        let values = match read(vec![joined(tensors)]).await {
            Ok(mut values) => values.pop().unwrap_or_default(),
            Err(error) => return (Vec::new(), Some(Failure::Device(self.device_fault(&error)))),
        };
        let mut values = values.into_iter();
        let mut losses = Vec::with_capacity(pending.len());
        for (step, parts) in pending {
            let mut scalars: Vec<Scalar> =
                parts.iter().zip(values.by_ref()).map(|((name, _), value)| Scalar { name: (*name).to_owned(), value }).collect();
            let broken = scalars.iter().find(|scalar| !scalar.value.is_finite()).cloned();
            // Of the gradient only that it is not finite is told.
            scalars.retain(|scalar| scalar.name != GRADIENT || !scalar.value.is_finite());
            losses.push((step, scalars));
            if let Some(broken) = broken {
                return (losses, Some(Failure::Diverged { step, name: broken.name, value: broken.value }));
            }
        }
        if let Predictor::Direct(direct) = &mut self.predictor {
            match direct.update(&self.live.predictor).await {
                Ok(true) => self.theta = direct.put_into(&self.network.layout, self.theta.clone()),
                Ok(false) => {}
                Err(error) => return (losses, Some(Failure::Device(self.device_fault(&error)))),
            }
        }
        (losses, None)
    }

    pub(crate) fn device_fault(&self, error: &str) -> Fault {
        device_fault(&self.opened, self.step, error)
    }
}

/// Multiplications of a step in a network, of which an image costs so much; backwards counted twice.
pub fn step_multiply_adds(experiment: &Experiment, cost: Cost) -> u64 {
    let passes = if Target::of(experiment.choice("target")).has_momentum() { 4 } else { 3 };
    2 * passes * experiment.knobs("train").count("batch") as u64 * cost.multiply_adds
}

/// The fault of a device that failed at a step.
fn device_fault(opened: &ComputeDevice, step: u64, error: &str) -> Fault {
    Fault {
        what: format!("The device {} failed: {error}", opened.report.name),
        location: format!("step {step}"),
        remedy: "Reset to begin again, or choose the CPU.".into(),
        recoverable: false,
        settings: Vec::new(),
    }
}
