//! Commands to a session and events from it.
//!
//! *Facts* ([`Event`] other than [`Event::Picture`]) are small, ordered and never dropped. *Pictures* are large and
//! only the newest matters: they are made for watched [`Topic`]s only, and only after the last one was acknowledged.

use crate::{
    Answer, Ask, AskId, BenchAnswer, BenchQuestion, DistanceAnswer, DistanceQuestion, Experiment, StudyQuestion, StudyRow,
    ToyAnswer, ToyQuestion, Value,
};
use serde::{Deserialize, Serialize};

/// Which device a person asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// A GPU if it passes the self-test, otherwise the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// Any wgpu adapter.
    Gpu,
    /// CUDA (native, behind a feature).
    Cuda,
}

/// The device that was taken, in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceReport {
    /// `cpu`, `gpu` or `cuda`.
    pub kind: String,
    /// Its name: `WebGPU: NVIDIA GeForce RTX 4070`, `CPU (wasm, SIMD)`.
    pub name: String,
    /// Why this one: a sentence.
    pub reason: String,
}

/// The name of a run, chosen by whoever begins it: a count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunId(pub u64);

/// The name of a live change, chosen by whoever asks for it: a count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ChangeId(pub u64);

/// What was asked for, where the answer must name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Request {
    /// A [`Command::Begin`] or [`Command::Reset`].
    Run(RunId),
    /// A [`Command::Change`].
    Change(ChangeId),
    /// A [`Command::Return`].
    Return,
    /// Files that were offered.
    Files,
}

/// What is asked of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Set up `experiment` on a device, at step 0, paused. Replaces what was running only if it can be set up: answered by
    /// [`Event::Estimate`], [`Event::Progress`] and then [`Event::Began`] or [`Event::Refused`]. A newer `Begin` takes the place of one that
    /// is still being prepared, which is then refused.
    Begin {
        /// The name of the new run, chosen by whoever asks; never the same twice.
        run: RunId,
        /// The experiment.
        experiment: Experiment,
        /// Which device to use.
        device: DeviceChoice,
        /// A safetensors file with the encoder to begin with, in place of a random one: an encoder or a checkpoint that this program wrote,
        /// or one that was imported.
        #[serde(with = "serde_bytes")]
        encoder: Option<Vec<u8>>,
    },
    /// Go on from a checkpoint (see [`Event::Checkpoint`]) at its exact step, paused, with some values changed from there on. Answered like
    /// [`Command::Begin`].
    Resume {
        /// The name of the run, chosen by whoever asks; never the same twice.
        run: RunId,
        /// The checkpoint.
        #[serde(with = "serde_bytes")]
        file: Vec<u8>,
        /// Which device to use.
        device: DeviceChoice,
        /// Dotted paths and values: whatever [`Command::Change`] takes, and `train.steps`, the step at which it ends.
        changes: Vec<(String, Value)>,
    },
    /// Encode everything that the current run goes on from (answered by [`Event::Checkpoint`]).
    Checkpoint,
    /// Stop preparing what was asked for last: a run, a question about distances, a study. What ran before goes on.
    Cancel,
    /// Go back to the run that the newest [`Event::Began`] replaced, at the step at which it was left, paused. The two change places, so
    /// a second one undoes the first. Answered by [`Event::Returned`], or refused if that run was not kept.
    Return,
    /// Go on until told otherwise, or until the experiment's last step.
    Play,
    /// Stop after the current step.
    Pause,
    /// Advance by exactly one step and stay paused.
    Step,
    /// Begin the same experiment again, at step 0, paused. Answered like [`Command::Begin`].
    Reset {
        /// The name of the new run.
        run: RunId,
    },
    /// Change one value at a dotted path while running: a live knob, or anything of a live section (method, target,
    /// heads, optimiser), which keeps the encoder and every weight that still has a place.
    Change {
        /// The name of this change, chosen by whoever asks: it comes back with [`Event::Changed`] or [`Event::Refused`].
        change: ChangeId,
        /// For example `method.temperature`.
        path: String,
        /// The new value.
        value: Value,
    },
    /// Show the views of another image, or fresh draws (`draw` counts up) of the same one (answered by [`Event::Views`]).
    Views {
        /// Index into the training images.
        image: usize,
        /// Which draw of random numbers.
        draw: u64,
    },
    /// Encode the weights as safetensors (answered by [`Event::Weights`]).
    Save,
    /// Follow the scalar toy (answered by [`Event::Toy`]); the run that is under way is left alone.
    Toy(ToyQuestion),
    /// Compute augmented distances (answered by [`Event::Distances`], first roughly, then completely); a newer question takes the
    /// place of an older one. The run that is under way goes on beside it.
    Distances(DistanceQuestion),
    /// Run one of the experiments of Huang et al. or of Tao et al. in small (answered by [`Event::Study`], policy by policy). Pauses the run.
    Study(StudyQuestion),
    /// Measure what the devices do (answered by [`Event::Bench`], device by device, part by part). Pauses the run.
    Bench(BenchQuestion),
    /// Look at exactly these pictures from now on (answered by [`Event::Answer`], again and again for those of the present).
    Ask(Vec<Ask>),
    /// The last answer to this question has been drawn.
    Drawn(AskId),
}

/// Where a trainer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Making data, compiling kernels, measuring the untrained encoder.
    Preparing,
    /// Waiting for a command.
    Paused,
    /// Training.
    Running,
    /// The last step is done.
    Finished,
}

/// One named number at a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scalar {
    /// `loss`, `alignment`, `knn_accuracy`, ...
    pub name: String,
    /// Its value; not a number only if the computation was.
    pub value: f32,
}

/// A measure that is more than one number, at a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// `spectrum`, `confusion`, ...
    pub name: String,
    /// Its numbers.
    pub payload: Payload,
}

/// Numbers that belong together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Payload {
    /// A value for each of some places.
    Series {
        /// The places.
        x: Vec<f32>,
        /// The values.
        y: Vec<f32>,
    },
    /// Shares of equal bins.
    Histogram {
        /// Where the first bin begins.
        from: f32,
        /// Where the last bin ends.
        to: f32,
        /// What falls into each bin.
        counts: Vec<f32>,
    },
    /// A table, row by row.
    Matrix {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// `rows * columns` values.
        values: Vec<f32>,
    },
    /// Points in a space of any dimension.
    Points {
        /// The dimension.
        dimension: usize,
        /// Their coordinates, point after point, as little-endian `f32`.
        #[serde(with = "serde_bytes")]
        coordinates: Vec<u8>,
    },
    /// Small images.
    Images(Thumbnails),
    /// Words, in the order of the rows or columns that they name.
    Words(Vec<String>),
}

impl Payload {
    /// Points whose coordinates these are.
    pub fn points(dimension: usize, coordinates: &[f32]) -> Self {
        Self::Points { dimension, coordinates: coordinates.iter().flat_map(|value| value.to_le_bytes()).collect() }
    }

    /// Dimension and coordinates, if these are points.
    pub fn as_points(&self) -> Option<(usize, Vec<f32>)> {
        let Self::Points { dimension, coordinates } = self else { return None };
        Some((*dimension, coordinates.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect()))
    }
}

/// The names of the classes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassTable {
    /// One name a class.
    pub names: Vec<String>,
}

/// What is known of a data set once it is loaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetReport {
    /// `shapes`, `cifar10`, `cifar100`.
    pub kind: String,
    /// Name for people, with the counts.
    pub title: String,
    /// Class names.
    pub classes: ClassTable,
    /// Training images.
    pub train: usize,
    /// Validation images: what the measures are taken on while one trains and chooses.
    pub validation: usize,
    /// Test images: held out for the last numbers of a run.
    pub test: usize,
    /// Side of the square images in pixels.
    pub side: usize,
}

/// Where a run goes on that was begun before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resumed {
    /// After so many steps.
    pub step: u64,
    /// Seconds of training until then.
    pub seconds: f64,
    /// The experiment as it is there: as it began, with the changes made since.
    pub experiment: Experiment,
}

/// Small images packed one after the other, RGBA bytes, `side * side * 4` each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thumbnails {
    /// Side of each image in pixels.
    pub side: usize,
    /// The pixels.
    #[serde(with = "serde_bytes")]
    pub rgba: Vec<u8>,
}

/// An image and views of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Views {
    /// Index of the training image.
    pub image: usize,
    /// Its class, as a number.
    pub class: usize,
    /// The original, then the views; those with odd numbers are first views, those with even numbers second ones.
    pub thumbnails: Thumbnails,
    /// What was done to each, in the same order; empty for the original.
    pub words: Vec<String>,
}

/// What went wrong, as data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// What happened: what was expected and what was found.
    pub what: String,
    /// Where: a file, a control, a step.
    pub location: String,
    /// What to do next.
    pub remedy: String,
    /// Whether the run that was under way goes on.
    pub recoverable: bool,
    /// Dotted paths and values with which what was asked for would work, where the remedy is such settings.
    pub settings: Vec<(String, Value)>,
}

/// How far something long has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// What is going on, a noun phrase or a participle: `Measuring the untrained encoder`.
    pub what: String,
    /// Parts done.
    pub done: u64,
    /// All parts; 0 if nobody knows.
    pub total: u64,
    /// Seconds that are left, once there is something to go by.
    pub seconds_left: Option<f32>,
}

/// What an experiment will cost, before it is prepared: worked out from the shapes of its network, its data and this device's own rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The run that was asked for.
    pub run: RunId,
    /// Seconds until it can be played.
    pub prepare_seconds: f32,
    /// Seconds a training step.
    pub step_seconds: f32,
    /// Bytes of memory at its largest.
    pub memory: u64,
}

/// What a session tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// Something long is going on: `Measuring the untrained encoder, 512 of 8,068 images`.
    Progress(Progress),
    /// What an experiment that was asked for will cost, before it is prepared.
    Estimate(Estimate),
    /// A device was taken.
    Device(DeviceReport),
    /// A data set was dropped and kept; it can now be chosen by `data.kind`.
    Data(DatasetReport),
    /// An experiment was set up.
    Began {
        /// The name it was asked for under.
        run: RunId,
        /// The experiment as it runs.
        experiment: Experiment,
        /// Its data.
        data: DatasetReport,
        /// Number of weights of the encoder without projector.
        encoder_weights: usize,
        /// Number of weights of the projector.
        projector_weights: usize,
        /// Classes of the validation images, in the order of [`Points`].
        #[serde(with = "serde_bytes")]
        labels: Vec<u8>,
        /// The validation images, in the order of [`Points`].
        images: Thumbnails,
        /// Reference levels to draw: name of a scalar and the level, with words: (`loss`, 5.54, `chance: log(2N-1)`).
        levels: Vec<(String, f32, String)>,
        /// Where it goes on, if it goes on from a checkpoint.
        resumed: Option<Box<Resumed>>,
    },
    /// Something that was asked for by name will not happen; what ran before is as it was.
    Refused {
        /// What was asked for.
        request: Request,
        /// Why not. Nothing if it was withdrawn, by [`Command::Cancel`] or by a newer request.
        fault: Option<Fault>,
    },
    /// Answer to [`Command::Return`]: this run is the current one again.
    Returned {
        /// Its name.
        run: RunId,
    },
    /// The phase changed.
    Phase(Phase),
    /// Steps were taken.
    Steps {
        /// Count of steps taken so far.
        step: u64,
        /// Seconds of training so far (without pauses and measures).
        seconds: f64,
        /// Images (not views) a second over the last second or so.
        images_per_second: f32,
        /// The loss and its named parts for each reported step.
        losses: Vec<(u64, Vec<Scalar>)>,
    },
    /// Measures were taken. Of one step there may be several; later ones add to the earlier ones.
    Measures {
        /// After this many steps.
        step: u64,
        /// Named numbers.
        scalars: Vec<Scalar>,
        /// What is more than one number.
        profiles: Vec<Profile>,
    },
    /// Something changed during the run, by hand or as planned.
    Changed {
        /// The change that was asked for; nothing for one that was planned.
        change: Option<ChangeId>,
        /// It takes effect from the step after this one.
        step: u64,
        /// Dotted path.
        path: String,
        /// New value.
        value: Value,
        /// The experiment as it is from now on; its `changes` lead here from the beginning.
        experiment: Experiment,
        /// Reference levels from now on, as in [`Event::Began`].
        levels: Vec<(String, f32, String)>,
    },
    /// Answer to [`Command::Save`].
    Weights {
        /// A file name.
        name: String,
        /// The safetensors file.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// Answer to [`Command::Checkpoint`].
    Checkpoint {
        /// The run.
        run: RunId,
        /// After so many steps.
        step: u64,
        /// A safetensors file (docs/run-format.md): the weights, everything that the method and the optimiser remember, and the experiment with
        /// its changes.
        #[serde(with = "serde_bytes")]
        file: Vec<u8>,
    },
    /// Answer to [`Command::Toy`].
    Toy(ToyAnswer),
    /// Answer to [`Command::Distances`].
    Distances(Box<DistanceAnswer>),
    /// Part of the answer to [`Command::Study`]; a policy's row comes again as it is trained.
    Study(StudyRow),
    /// Answer to [`Command::Bench`], with more figures each time.
    Bench(Box<BenchAnswer>),
    /// Answer to [`Command::Views`].
    Views(Views),
    /// What a picture that is looked at is drawn from.
    Answer(Box<Answer>),
    /// Moments of the current run that can be gone back to, steps rising.
    Kept {
        /// The run.
        run: RunId,
        /// Its kept steps.
        steps: Vec<u64>,
    },
    /// Something went wrong.
    Fault(Fault),
}
