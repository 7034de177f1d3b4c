//! What do page and worker, or terminal and trainer, say to each other?
//!
//! *Facts* ([`Event`] other than [`Event::Picture`]) are small, ordered and never dropped. *Pictures* are large and
//! only the newest matters: they are made for watched [`Topic`]s only, and only after the last one was acknowledged.

use crate::{Concentration, ConcentrationQuestion, Experiment, StudyQuestion, StudyRow, ToyAnswer, ToyQuestion, Value};
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
    pub class: String,
    /// Its name: `WebGPU: NVIDIA GeForce RTX 4070`, `CPU (wasm, SIMD)`.
    pub name: String,
    /// Why this one: a sentence.
    pub reason: String,
}

/// Pictures that a view may watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    /// The held-out embeddings as points.
    Points,
    /// An image and its views under the current augmentations.
    Views,
    /// The gradient on the current batch, and what other methods would ask of it.
    Anatomy,
}

/// What is asked of a trainer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Set up `experiment` on a device, at step 0, paused. Replaces what was running only if it can be set up.
    Begin {
        /// The experiment.
        experiment: Experiment,
        /// Which device to use.
        device: DeviceChoice,
    },
    /// Go on until told otherwise, or until the experiment's last step.
    Play,
    /// Stop after the current step.
    Pause,
    /// Advance by exactly one step and stay paused.
    Step,
    /// Begin the same experiment again, at step 0, paused.
    Reset,
    /// Change one value at a dotted path while running: a live knob, or anything of a live section (method, target,
    /// heads, optimiser), which keeps the encoder and every weight that still has a place.
    Change {
        /// For example `method.temperature`.
        path: String,
        /// The new value.
        value: Value,
    },
    /// Offer a data set archive (`.tar.gz` or `.tar`). On success it is kept under `name` for later experiments.
    Data {
        /// The file's name.
        name: String,
        /// Its bytes.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// Watch exactly these pictures from now on.
    Watch(Vec<Topic>),
    /// The last picture of this topic has been drawn.
    Acknowledge(Topic),
    /// Show the views of another image, or fresh draws (`draw` counts up) of the same one.
    Views {
        /// Index into the training images.
        image: usize,
        /// Which draw of random numbers.
        draw: u64,
    },
    /// Tell which held-out images are nearest to this one (answered by [`Event::Pick`]).
    Pick {
        /// Index into the held-out images.
        index: usize,
    },
    /// Turn the sphere that the worker draws, where it does: see [`Event::Canvas`].
    Camera {
        /// Rotation about the vertical axis, radians.
        yaw: f32,
        /// Rotation about the horizontal axis, radians.
        pitch: f32,
        /// Magnification, 1 shows the whole sphere.
        zoom: f32,
        /// Canvas size in device pixels.
        width: u32,
        /// Canvas size in device pixels.
        height: u32,
        /// Whether the page is dark.
        dark: bool,
        /// Classes to show, one bit each; all ones shows everything.
        classes: Vec<bool>,
        /// Highlighted point, if any.
        focus: Option<usize>,
    },
    /// Encode the weights as safetensors (answered by [`Event::Weights`]).
    Save,
    /// Follow the scalar toy (answered by [`Event::Toy`]); the run that is under way is left alone.
    Toy(ToyQuestion),
    /// Compute augmented distances (answered by [`Event::Concentration`], first roughly, then completely); a newer question takes the
    /// place of an older one. The run that is under way goes on beside it.
    Concentration(ConcentrationQuestion),
    /// Run one of the three experiments of Huang et al. in small (answered by [`Event::Study`], policy by policy). Pauses the run.
    Study(StudyQuestion),
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
    /// Held-out images.
    pub test: usize,
    /// Side of the square images in pixels.
    pub side: usize,
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

/// How points were put into the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Projection {
    /// The embedding has two dimensions: these are its coordinates on the circle.
    Circle,
    /// The embedding has three dimensions: these are its coordinates on the sphere.
    Sphere,
    /// The embedding has more: the first three principal components, scaled to unit length. Not what the loss sees.
    Principal,
}

/// The held-out embeddings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Points {
    /// The step they belong to.
    pub step: u64,
    /// How they were put into three dimensions.
    pub projection: Projection,
    /// The embedding's own dimension.
    pub dimension: usize,
    /// For [`Projection::Principal`]: the share of the variance that the three components carry, 0 to 1.
    pub explained: f32,
    /// `x, y, z` of each point as little-endian `f32`.
    #[serde(with = "serde_bytes")]
    pub xyz: Vec<u8>,
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

/// A held-out image and its nearest neighbours by cosine in feature space.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pick {
    /// The image asked for.
    pub index: usize,
    /// Nearest held-out images, nearest first, without itself: index and cosine.
    pub neighbours: Vec<(usize, f32)>,
}

/// What the method asks of each embedding of the current batch, and how much of it other methods would ask, too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anatomy {
    /// After this many steps.
    pub step: u64,
    /// Titles of the methods that are compared; the one that trains comes first.
    pub methods: Vec<String>,
    /// Cosine between the gradients of each two of them with respect to the embeddings of the batch, row by row.
    pub cosines: Vec<f32>,
    /// Dimension of the embedding.
    pub dimension: usize,
    /// The pull of the positive on each embedding (both views), `rows * dimension` little-endian `f32`: the positive
    /// gradient of the unified form, `dL/du = -positive + negative`.
    #[serde(with = "serde_bytes")]
    pub positive: Vec<u8>,
    /// The push of everything else, balance factor included, in the same form.
    #[serde(with = "serde_bytes")]
    pub negative: Vec<u8>,
    /// The embeddings themselves, scaled to unit length, in the same form.
    #[serde(with = "serde_bytes")]
    pub embedding: Vec<u8>,
    /// Norms, angle and balance over the batch, as they also stand among the measures.
    pub scalars: Vec<Scalar>,
}

/// Something large that only matters until the next one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Picture {
    /// See [`Points`].
    Points(Points),
    /// See [`Views`].
    Views(Views),
    /// See [`Anatomy`].
    Anatomy(Anatomy),
}

/// What went wrong, as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What happened: what was expected and what was found.
    pub what: String,
    /// Where: a file, a control, a step.
    pub place: String,
    /// What to do next.
    pub remedy: String,
    /// Whether the run that was under way goes on.
    pub survives: bool,
}

/// What a trainer tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The worker is up and listens; nothing is running yet. What can be chosen is written in `assets/catalogue.json`.
    Ready,
    /// Something long is going on, in words: `Compiling kernels`.
    Progress {
        /// A sentence.
        what: String,
    },
    /// A device was taken.
    Device(DeviceReport),
    /// Whether the worker draws the sphere itself; if not, the page draws [`Points`] on a 2D canvas.
    Canvas {
        /// `true` if the worker draws.
        worker: bool,
    },
    /// A data set was dropped and kept; it can now be chosen by `data.kind`.
    Data(DatasetReport),
    /// An experiment was set up.
    Began {
        /// The experiment as it runs.
        experiment: Experiment,
        /// Its data.
        data: DatasetReport,
        /// Number of weights of the encoder without projector.
        encoder_weights: usize,
        /// Number of weights of the projector.
        projector_weights: usize,
        /// Classes of the held-out images, in the order of [`Points`].
        #[serde(with = "serde_bytes")]
        labels: Vec<u8>,
        /// The held-out images, in the order of [`Points`].
        images: Thumbnails,
        /// Reference levels to draw: name of a scalar and the level, with words: (`loss`, 5.54, `chance: log(2N-1)`).
        levels: Vec<(String, f32, String)>,
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
    /// Held-out measures were taken.
    Measures {
        /// After this many steps.
        step: u64,
        /// Named numbers.
        scalars: Vec<Scalar>,
    },
    /// Something changed during the run, by hand or as planned.
    Changed {
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
    /// Answer to [`Command::Pick`].
    Pick(Pick),
    /// Answer to [`Command::Save`].
    Weights {
        /// A file name.
        name: String,
        /// The safetensors file.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// Answer to [`Command::Toy`].
    Toy(ToyAnswer),
    /// Answer to [`Command::Concentration`].
    Concentration(Box<Concentration>),
    /// Part of the answer to [`Command::Study`]; a policy's row comes again as it is trained.
    Study(StudyRow),
    /// Something large and watched.
    Picture(Picture),
    /// Something went wrong.
    Fault(Fault),
}

/// Packs a message for the other side.
///
/// # Errors
/// Never for the messages of this crate; the type says so only because the format can fail on foreign types.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, Fault> {
    postcard::to_allocvec(message).map_err(|error| broken("packed", &error))
}

/// Unpacks a message from the other side.
///
/// # Errors
/// A fault that says what is wrong with the bytes: page and worker come from different builds.
pub fn decode<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Result<T, Fault> {
    postcard::from_bytes(bytes).map_err(|error| broken("unpacked", &error))
}

fn broken(verb: &str, error: &dyn std::fmt::Display) -> Fault {
    Fault {
        what: format!("a message could not be {verb}: {error}"),
        place: "between page and worker".into(),
        remedy: "Reload the page; if it happens again, page and worker come from different builds: run `make build` again."
            .into(),
        survives: false,
    }
}
