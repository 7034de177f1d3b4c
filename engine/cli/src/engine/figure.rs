//! The numbers of a picture of a run folder, and of the scalar toy.

use super::encoder::network;
use super::{DeviceRequest, WeightsFile};
use crate::failure::Failure;
use augsphere_engine::pace::Pace;
use augsphere_engine::pictures::{self, RunSource, Source};
use augsphere_engine::trainer::Split;
use augsphere_engine::{block_on, toy};
use augsphere_spec::{Answer, AskId, Experiment, Knobs, Thumbnails, ToyAnswer, ToyQuestion};
use std::rc::Rc;

/// A run as pictures see it.
pub struct Pictured {
    source: Source,
    /// After how many steps.
    pub step: u64,
    /// The validation images that pictures are of.
    pub images: Thumbnails,
    /// Their classes.
    pub labels: Vec<u8>,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// Reference levels, with the scalar that each is for.
    pub levels: Vec<(String, f32, String)>,
    /// Dimension of the embedding.
    pub dimension: usize,
}

/// The run of this experiment with these weights, on the CPU.
///
/// # Errors
/// If its data or its weights cannot be read.
pub fn pictured(experiment: Experiment, weights: &WeightsFile) -> Result<Pictured, Failure> {
    let (data, trainer) = network(experiment, &DeviceRequest::cpu())?;
    let checkpoint = trainer.checkpoint_from(&weights.bytes).map_err(|fault| Failure::from(&fault))?;
    let shown = trainer.shown();
    let validation = trainer.loader().images(Split::Validation);
    let mut rgba = Vec::new();
    (0..shown).for_each(|index| validation.rgba(index, &mut rgba));
    let (images, labels) = (Thumbnails { side: validation.side, rgba }, validation.labels[..shown].to_vec());
    let (step, dimension) = (checkpoint.step(), trainer.network().dimension);
    let run = block_on(RunSource::of(checkpoint, Rc::clone(&data), &Pace::default())).map_err(|fault| Failure::from(&fault))?;
    let source = Source { run: Some(run) };
    Ok(Pictured { source, step, images, labels, classes: data.report().classes.names, levels: trainer.levels(), dimension })
}

/// What a picture is drawn from; without a run for those that are of none.
pub fn answer(picture: &str, run: Option<&Pictured>, knobs: &Knobs) -> Answer {
    let none = Source::default();
    let parts = pictures::draw(picture, run.map_or(&none, |run| &run.source), knobs);
    Answer { id: AskId(0), run: None, step: run.map_or(0, |run| run.step), parts }
}

/// What the scalar toy does.
///
/// # Errors
/// If the question makes no sense.
pub fn follow_toy(question: &ToyQuestion) -> Result<ToyAnswer, Failure> {
    toy::answer(question).map_err(|fault| Failure::from(&fault))
}
