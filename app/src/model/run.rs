//! A run as it was set up, what it told since, and one that is being prepared.

use super::changes::{Mark, replay};
use super::history::History;
use super::names::Origin;
use augsphere_spec::{
    Catalogue, DatasetReport, DeviceChoice, DeviceReport, Estimate, Experiment, Parent, Payload, Phase, Points, Progress, RunId,
    Thumbnails,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A run as it was set up, and what it told since.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The name it was asked for under.
    pub id: RunId,
    /// The device that was asked for.
    pub device: DeviceChoice,
    /// The device that was taken.
    pub taken: Option<DeviceReport>,
    /// The kept run with whose encoder it began; nothing: with a random one.
    pub encoder: Option<Arc<Parent>>,
    /// What the controls were set from.
    pub origin: Origin,
    /// The experiment as it runs now: as it began, with the live changes made since.
    pub experiment: Experiment,
    /// The experiment as it began.
    pub began: Experiment,
    /// Its data.
    pub data: DatasetReport,
    /// Number of weights of the encoder.
    pub encoder_weights: usize,
    /// Number of weights of the projector.
    pub projector_weights: usize,
    /// Class of each validation image.
    pub labels: Arc<Vec<u8>>,
    /// The validation images.
    pub images: Arc<Thumbnails>,
    /// Reference levels: name of a scalar, the level, what it is.
    pub levels: Vec<(String, f32, String)>,
    /// Steps taken.
    pub step: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// Images a second.
    pub images_per_second: f32,
    /// Every number told so far.
    pub history: History,
    /// The newest of each measure that is more than one number, and the step at which it was taken.
    pub profiles: BTreeMap<String, (u64, Arc<Payload>)>,
    /// Names of the numbers that came with the newest loss.
    pub parts: Vec<String>,
    /// What was changed during the run, by hand or as planned.
    pub marks: Vec<Mark>,
    /// Counts the changes.
    pub changed: u64,
    /// Whether something was changed that was not planned.
    pub by_hand: bool,
    /// Whether it cannot go on: it failed, or its worker is gone.
    pub ended: bool,
    /// Where it stood when another took its place.
    pub left: Option<Phase>,
    /// Its embeddings when another took its place.
    pub points: Option<Arc<Points>>,
}

impl Run {
    /// What is measured at step 0, in words.
    pub fn beginning(&self) -> &'static str {
        if self.encoder.is_some() { "encoder that it began with" } else { "untrained encoder" }
    }

    /// The experiment that does again what this run did.
    pub fn replay(&self, catalogue: &Catalogue) -> Experiment {
        replay(catalogue, &self.began, &self.experiment, self.step)
    }
}

/// A run that was asked for and has not begun yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Preparing {
    /// Its name.
    pub run: RunId,
    /// What was asked for.
    pub experiment: Experiment,
    /// On which device.
    pub device: DeviceChoice,
    /// What it will cost, once that is known.
    pub estimate: Option<Estimate>,
    /// How far it has come.
    pub progress: Option<Progress>,
    /// When it was asked for, milliseconds.
    pub since: f64,
    /// When something was heard of it last, milliseconds.
    pub heard: f64,
}
