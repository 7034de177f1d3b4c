//! The pictures of a run: from the network, or from what was kept of it, to the numbers that a picture is drawn from.
//!
//! A picture is a file with a type that is a [`Picture`], and a line in [`LIST`]; how it is drawn is a file and a line in the `plots` of the
//! charts, under the same name.

mod activations;
mod circle;
mod closest;
mod confusion;
mod correlation;
mod cosines;
mod density;
mod distances;
mod expansions;
mod families;
mod filters;
mod forces;
mod kept;
mod limit;
mod loss_shape;
mod neighbours;
mod queue;
mod sigma;
mod similarity;
mod spectrum;
mod sphere;
mod theorem;
mod toy;

#[cfg(test)]
mod testing;

pub use kept::{Kept, KeptMoment};

use crate::datasets::Dataset;
use crate::pace::Pace;
use crate::trainer::Checkpoint;
use augsphere_spec::{Experiment, Fault, Knobs, Part};
use std::pin::Pin;
use std::rc::Rc;

/// Every picture that is drawn from more than the curves of a run.
pub const LIST: &[&dyn Picture] = &[
    &toy::ToyPicture,
    &limit::LimitPicture,
    &loss_shape::LossShapePicture,
    &correlation::CorrelationPicture,
    &cosines::CosinesPicture,
    &filters::FiltersPicture,
    &neighbours::NeighboursPicture,
    &similarity::SimilarityPicture,
    &spectrum::SpectrumPicture,
    &circle::CirclePicture,
    &sphere::SpherePicture,
    &confusion::ConfusionPicture,
    &activations::ActivationsPicture,
    &queue::QueuePicture,
    &forces::ForcesPicture,
    &families::FamiliesPicture,
    &expansions::ExpansionsPicture,
    &distances::DistancesPicture,
    &sigma::SigmaPicture,
    &closest::ClosestPicture,
    &theorem::TheoremPicture,
];

/// What a picture is drawn from, on its way.
pub type Making<'a> = Pin<Box<dyn Future<Output = Result<Vec<Part>, Trouble>> + 'a>>;

/// A picture.
pub trait Picture: Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// What it changes with.
    fn follows(&self) -> Follows {
        Follows::Steps
    }

    /// Its numbers, for the knobs of its plot.
    ///
    /// # Errors
    /// Why there are none.
    fn make<'a>(&'a self, source: &'a Source, knobs: &'a Knobs, pace: &'a Pace) -> Making<'a>;
}

/// What a picture changes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// Nothing but its knobs.
    Nothing,
    /// The images and the augmentations: no step moves it, a change of the experiment does.
    Views,
    /// The network: every step moves it.
    Steps,
}

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// It has nothing to show: a sentence that says why, and what would help.
    Nothing(String),
    /// The device failed.
    Device(Fault),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Device(fault)
    }
}

/// Whether a sentence stands in the way.
pub(crate) fn nothing<T>(why: &str) -> Result<T, Trouble> {
    Err(Trouble::Nothing(why.into()))
}

/// What pictures are made from.
#[derive(Default)]
pub struct Source {
    /// The run at one step, if there is one.
    pub run: Option<RunSource>,
}

/// A run at one step.
pub struct RunSource {
    /// Embeddings of the first validation images.
    pub moment: Rc<KeptMoment>,
    /// The network and its data: of the present only.
    pub checkpoint: Option<Checkpoint>,
    /// The data.
    pub data: Rc<Dataset>,
    /// The experiment as it ran at this step.
    pub experiment: Experiment,
    /// Moments up to this one, steps rising, at most [`TRAIL`] of them; none where none were kept.
    pub trail: Vec<Rc<KeptMoment>>,
}

/// Most moments that pictures look back on.
pub const TRAIL: usize = 24;

impl Source {
    /// The run.
    ///
    /// # Errors
    /// If there is none.
    pub fn run(&self) -> Result<&RunSource, Trouble> {
        self.run.as_ref().map_or_else(|| nothing("There is no run yet: press play first."), Ok)
    }
}

/// The numbers of the picture of this name, where nobody waits for anything else: in the terminal.
///
/// # Errors
/// Why there are none: a sentence.
#[cfg(not(target_family = "wasm"))]
pub fn draw(name: &str, source: &Source, knobs: &Knobs) -> Result<Vec<Part>, String> {
    let picture =
        LIST.iter().find(|picture| picture.name() == name).ok_or_else(|| format!("there is no picture called `{name}`"))?;
    crate::block_on(picture.make(source, knobs, &Pace::default())).map_err(|trouble| match trouble {
        Trouble::Nothing(why) => why,
        Trouble::Device(fault) => fault.what,
    })
}

impl RunSource {
    /// A network at the step that it has reached.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn of(checkpoint: Checkpoint, data: Rc<Dataset>, pace: &Pace) -> Result<Self, Fault> {
        let snapshot = checkpoint.snapshot(pace).await?;
        let moment = Rc::new(KeptMoment::of(checkpoint.step(), &snapshot));
        let experiment = checkpoint.experiment().clone();
        Ok(Self { moment, checkpoint: Some(checkpoint), data, experiment, trail: Vec::new() })
    }

    /// Classes of the images of [`KeptMoment`], one each.
    pub fn labels(&self) -> &[u8] {
        &self.data.validation.labels[..self.moment.count().min(self.data.validation.labels.len())]
    }

    /// The network.
    ///
    /// # Errors
    /// If this is not the present.
    pub fn network(&self) -> Result<&Checkpoint, Trouble> {
        let why = "Only the embeddings of a past step are kept, and this picture needs its network: go back to the present.";
        self.checkpoint.as_ref().map_or_else(|| nothing(why), Ok)
    }
}
