//! What is an experiment under way?
//!
//! A [`Trainer`] is asked to advance and hands out numbers. Not asking is pausing; dropping it is cancelling.

mod anatomy;
mod exchange;
mod feed;
mod measure;
mod network;
mod save;
mod step;

pub use feed::{Feed, Split};
pub use measure::Snapshot;
pub use network::{Network, Outputs};

use crate::augmentations::Pair;
use crate::datasets::Dataset;
use crate::device::{ComputeDevice, DeviceKind};
use crate::heads::Predictor;
use crate::methods::target::Target;
use crate::methods::{self, Method, Needs};
use crate::metrics;
use crate::nn::{Statistics, upload};
use crate::optimisers::{self, Optimiser, Schedule};
use crate::readback::read;
use augsphere_spec::{Experiment, Fault, Knobs, Scalar};
use burn::tensor::Tensor;
use std::rc::Rc;

/// Steps queued on a GPU before their losses are read back; on the CPU a step is done when it returns.
const IN_FLIGHT: usize = 4;

/// Rows in a forward pass of the measures: a constant, so that shapes stay constant.
const MEASURE_BATCH: usize = 256;

/// What the length of the gradient is called in a fault. It is read with the losses but not reported: a ReLU turns
/// weights that are no numbers into zeros, and the loss would stand still at a number that means nothing.
const GRADIENT: &str = "length of the gradient";

/// The loss and its named parts of one step.
pub type StepLosses = (u64, Vec<Scalar>);

/// An experiment under way.
pub struct Trainer {
    experiment: Experiment,
    opened: ComputeDevice,
    feed: Feed,
    network: Network,
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
    policies: Pair,
    live: Live,
    step: u64,
    pending: Vec<(u64, Vec<(&'static str, Tensor<1>)>)>,
}

/// Knobs that may change while running, read once a change instead of once a step.
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
    /// When the experiment asks for what its data cannot give (a batch larger than the training set, fewer than two held-out images).
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
            });
        }
        if data.test.len() < 2 {
            return Err(Fault {
                what: format!("The measures need at least 2 held-out images, found {}.", data.test.len()),
                location: "data.test".into(),
                remedy: "Raise data.test.".into(),
                recoverable: true,
            });
        }
        let device = &opened.device;
        let choice = experiment.choice("method").cloned().unwrap_or_default();
        let method = methods::build(&choice, experiment.seed, data.train.len());
        let needs = method.needs();
        let network = Network::new(&experiment, needs, data.classes.len(), device);
        let theta = upload(network.layout.initial(experiment.seed), device);
        let live = Live::of(&experiment);
        Ok(Self {
            target: live.target.has_momentum().then(|| theta.clone()),
            predictor_mask: exchange::predictor_mask(&network, &experiment, device),
            theta,
            statistics: Statistics::new(&network.layout, device),
            method,
            needs,
            optimiser: optimisers::build(&experiment.choice("optimiser").cloned().unwrap_or_default(), &network.layout, device),
            schedule: Schedule::new(&train),
            policies: Pair::of(&experiment),
            live,
            feed: Feed::new(data, opened, batch, experiment.seed),
            network,
            opened: opened.clone(),
            experiment,
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
    pub fn feed(&self) -> &Feed {
        &self.feed
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

    fn cadence(&self) -> Knobs {
        self.experiment.card("measures", "cadence").map(|choice| choice.knobs.clone()).unwrap_or_default()
    }

    /// Levels that say what the numbers mean: series, value, words.
    pub fn levels(&self) -> Vec<metrics::Reference> {
        let loss = self.method.levels(self.batch(), &self.live.method);
        let loss = loss.into_iter().map(|level| ("loss".to_owned(), level.value as f32, level.words));
        let classes = self.feed.data().classes.len();
        loss.chain(metrics::levels(self.experiment.choices("measures"), self.network.dimension, classes)).collect()
    }

    /// Whether enough steps are queued that their losses should be read before more are.
    pub fn full(&self) -> bool {
        let due = matches!(&self.network.predictor, Predictor::Direct(direct) if direct.due(&self.live.predictor));
        due || self.pending.len() >= if self.opened.kind == DeviceKind::Cpu { 1 } else { IN_FLIGHT }
    }

    /// Reads the losses of all steps taken since the last call, up to the first that is no finite number any more;
    /// the fault says which, or how the device failed. Sets a predictor in closed form anew, if that is due.
    pub async fn harvest(&mut self) -> (Vec<StepLosses>, Option<Fault>) {
        let pending = std::mem::take(&mut self.pending);
        let tensors: Vec<Tensor<1>> =
            pending.iter().flat_map(|(_, parts)| parts.iter().map(|(_, value)| value.clone())).collect();
        if tensors.is_empty() {
            return (Vec::new(), None);
        }
        let values = match read(vec![Tensor::cat(tensors, 0)]).await {
            Ok(mut values) => values.pop().unwrap_or_default(),
            Err(error) => return (Vec::new(), Some(self.device_fault(&error))),
        };
        let mut values = values.into_iter();
        let mut losses = Vec::with_capacity(pending.len());
        for (step, parts) in pending {
            let mut scalars: Vec<Scalar> =
                parts.iter().zip(values.by_ref()).map(|((name, _), value)| Scalar { name: (*name).to_owned(), value }).collect();
            if let Some(broken) = scalars.iter().find(|scalar| !scalar.value.is_finite()) {
                return (losses, Some(not_finite(step, broken)));
            }
            scalars.retain(|scalar| scalar.name != GRADIENT);
            losses.push((step, scalars));
        }
        if let Predictor::Direct(direct) = &mut self.network.predictor
            && let Err(error) = direct.update(&self.live.predictor).await
        {
            return (losses, Some(self.device_fault(&error)));
        }
        (losses, None)
    }

    fn device_fault(&self, error: &str) -> Fault {
        Fault {
            what: format!("The device {} failed: {error}", self.opened.report.name),
            location: format!("step {}", self.step),
            remedy: "Reset to begin again, or choose the CPU.".into(),
            recoverable: false,
        }
    }
}

/// The fault of a run whose numbers are none from `step` on.
pub(crate) fn not_finite(step: u64, broken: &Scalar) -> Fault {
    Fault {
        what: format!("The {} is {} and no longer a number; training stopped there.", broken.name, broken.value),
        location: format!("step {step}"),
        remedy: "Reset, then lower the learning rate, raise the temperature, or set the gradient guard (train.clip) to about 10."
            .into(),
        recoverable: false,
    }
}
