//! An encoder on some data, as the terminal measures it, hands out what it makes of images, and takes in those of other programs.

use super::{DeviceRequest, WeightsFile};
use crate::failure::{Failure, describe};
use augsphere_engine::datasets::{self, Dataset, DroppedArchives};
use augsphere_engine::device::{self, ComputeDevice};
use augsphere_engine::metrics::Found;
use augsphere_engine::pace::{Pace, Task};
use augsphere_engine::trainer::{Checkpoint, Split, Trainer};
use augsphere_engine::{block_on, catalogue};
use augsphere_spec::{DatasetReport, DeviceReport, Event, Experiment, Fault, Progress, Value};
use std::rc::Rc;
use std::time::Duration;

/// How long the engine works before the terminal looks up.
const BUDGET: Duration = Duration::from_millis(200);

/// The encoder of a file on the data of an experiment.
pub struct Encoder {
    data: Rc<Dataset>,
    trainer: Trainer,
    checkpoint: Rc<Checkpoint>,
}

/// What an encoder makes of the images of a split.
pub struct Outputs {
    /// Features before the projector, `[n, width]`.
    pub features: Vec<f32>,
    /// Width of the features.
    pub width: usize,
    /// Embeddings after the projector, scaled to unit length, `[n, dimension]`.
    pub embedding: Vec<f32>,
    /// Dimension of the embedding.
    pub dimension: usize,
    /// Classes as numbers, `[n]`.
    pub labels: Vec<u8>,
}

impl Encoder {
    /// Puts weights into the network of `experiment` and loads its data.
    ///
    /// # Errors
    /// Data or weights that cannot be read or do not fit; a device that cannot be had.
    pub fn load(experiment: Experiment, weights: &WeightsFile, device: &DeviceRequest) -> Result<Self, Failure> {
        let (data, trainer) = network(experiment, device)?;
        let checkpoint = trainer.checkpoint_from(&weights.bytes).map_err(|fault| Failure::from(&fault))?;
        Ok(Self { data, trainer, checkpoint: Rc::new(checkpoint) })
    }

    /// After how many steps.
    pub fn step(&self) -> u64 {
        self.checkpoint.step()
    }

    /// The data.
    pub fn data(&self) -> DatasetReport {
        self.data.report()
    }

    /// The device.
    pub fn device(&self) -> &DeviceReport {
        &self.trainer.opened().report
    }

    /// All measures, those for which a run must stand still, too.
    ///
    /// # Errors
    /// When the device failed.
    pub fn measure(&self, progress: &mut dyn FnMut(&Progress)) -> Result<Found, Failure> {
        let checkpoint = Rc::clone(&self.checkpoint);
        let task = Task::new(async move |pace: Pace| {
            let mut found = checkpoint.measure("Measuring", &pace).await?;
            found.add(checkpoint.measure_at_rest(&pace).await?);
            Ok(found)
        });
        follow(task, progress)
    }

    /// What it makes of the images of a split, as they are.
    ///
    /// # Errors
    /// When the device failed.
    pub fn outputs(&self, split: Split, progress: &mut dyn FnMut(&Progress)) -> Result<Outputs, Failure> {
        let checkpoint = Rc::clone(&self.checkpoint);
        let found = follow(Task::new(async move |pace: Pace| checkpoint.outputs(split, &pace).await), progress)?;
        Ok(Outputs {
            features: found.features,
            width: found.width,
            embedding: found.embedding,
            dimension: found.dimension,
            labels: self.trainer.loader().images(split).labels.clone(),
        })
    }

    /// Its weights as a run keeps them; `experiment`, as JSON, is kept in the header.
    ///
    /// # Errors
    /// When the device failed.
    pub fn file(&self, experiment: String) -> Result<Vec<u8>, Failure> {
        block_on(self.checkpoint.save(experiment)).map_err(|fault| Failure::from(&fault))
    }
}

/// Goes on with a task to its end.
fn follow<T>(mut task: Task<Result<T, Fault>>, progress: &mut dyn FnMut(&Progress)) -> Result<T, Failure> {
    loop {
        let result = block_on(task.advance(BUDGET));
        for event in task.events() {
            if let Event::Progress(work) = event {
                progress(&work);
            }
        }
        if let Some(result) = result {
            return result.map_err(|fault| Failure::from(&fault));
        }
    }
}

fn opened(device: &DeviceRequest) -> Result<ComputeDevice, Failure> {
    block_on(device::open(device.choice, device.adapter.as_deref())).map_err(|fault| Failure::from(&fault))
}

/// The data of an experiment and its network with random weights. Its batch is no larger than the data: nothing is trained.
pub(super) fn network(mut experiment: Experiment, device: &DeviceRequest) -> Result<(Rc<Dataset>, Trainer), Failure> {
    let choice = experiment.choice("data").cloned().unwrap_or_default();
    let data = datasets::load(&choice, experiment.seed, &DroppedArchives::default());
    let data = Rc::new(data.map_err(|error| Failure::Usage(describe(&error.into())))?);
    if let Some(train) = experiment.sections.get_mut("train").and_then(|cards| cards.first_mut()) {
        let batch = train.knobs.count("batch").min(data.train.len());
        train.knobs.set("batch", i64::try_from(batch).unwrap_or(i64::MAX));
    }
    let trainer = Trainer::new(experiment, Rc::clone(&data), &opened(device)?).map_err(|fault| Failure::from(&fault))?;
    Ok((data, trainer))
}

/// The same experiment on a few small drawn images, where only its network matters.
fn on_small_data(experiment: &Experiment) -> Result<Experiment, Failure> {
    let sizes = ["train", "validation", "test"].map(|split| (format!("data.{split}"), Value::Int(16)));
    let kind = ("data.kind".to_owned(), Value::from("shapes"));
    // What pixels are normalised by is looked at, too, though there it changes nothing.
    let by = experiment.knobs("data").text("normalise").to_owned();
    let others = [("data.side".into(), Value::Int(8)), ("data.normalise".into(), Value::Text(by))];
    let changes: Vec<(String, Value)> = [kind].into_iter().chain(sizes).chain(others).collect();
    Ok(catalogue().with(experiment, &changes)?)
}

/// The names and shapes of all weights and running statistics of an experiment's network.
///
/// # Errors
/// If the experiment has no such network.
pub fn forms(experiment: &Experiment) -> Result<Vec<(String, Vec<usize>)>, Failure> {
    let (_, trainer) = network(on_small_data(experiment)?, &DeviceRequest::cpu())?;
    let layout = &trainer.network().layout;
    let weights = layout.slots().iter().map(|slot| (slot.name.clone(), slot.shape.clone()));
    let kinds = ["running_mean", "running_var"];
    let running = kinds
        .iter()
        .flat_map(|kind| layout.norms().iter().map(move |norm| (format!("{}.{kind}", norm.name), vec![norm.channels])));
    Ok(weights.chain(running).collect())
}

/// Weights as a run of `experiment` keeps them, with it, as JSON, in the header.
///
/// # Errors
/// If they do not fit its network.
pub fn kept(experiment: &Experiment, weights: &WeightsFile) -> Result<Vec<u8>, Failure> {
    let encoder = Encoder::load(on_small_data(experiment)?, weights, &DeviceRequest::cpu())?;
    encoder.file(catalogue().write(experiment).to_string())
}
