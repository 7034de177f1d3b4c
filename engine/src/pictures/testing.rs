//! What the tests of pictures of a run share.

use super::{KeptMoment, Picture, RunSource, Source, Trouble};
use crate::pace::{Pace, at_once};
use crate::trainer::{Checkpoint, Trainer};
use crate::{catalogue, datasets, device};
use augsphere_spec::{DeviceChoice, Knobs, Part};
use std::rc::Rc;

/// A small untrained network on the CPU, and its 16 or more images of shapes.
fn network() -> (Checkpoint, Rc<datasets::Dataset>) {
    let text = "[data]\nkind = \"shapes\"\ntrain = 64\nside = 16\n[encoder]\nkind = \"conv\"\n[train]\nbatch = 16\n";
    let experiment = catalogue().read_toml(text).expect("no mistakes");
    let choice = experiment.choice("data").expect("data").clone();
    let data = Rc::new(datasets::load(&choice, 0, &datasets::DroppedArchives::default()).expect("shapes"));
    let opened = crate::block_on(device::open(DeviceChoice::Cpu, None)).expect("a CPU");
    (Trainer::new(experiment, Rc::clone(&data), &opened).expect("it fits").checkpoint(), data)
}

/// A past step with these embeddings `[n, dimension]`.
pub(super) fn source(embedding: Vec<f32>, dimension: usize) -> Source {
    let moment = Rc::new(KeptMoment { step: 3, embedding, dimension });
    let (checkpoint, data) = network();
    let experiment = checkpoint.experiment().clone();
    Source { run: Some(RunSource { moment, checkpoint: None, data, experiment, trail: Vec::new() }) }
}

/// Takes all augmentations away: every view is the image itself.
pub(super) fn still(source: &mut Source) {
    for section in ["augment", "second"] {
        source.run.as_mut().expect("a run").experiment.sections.insert(section.into(), Vec::new());
    }
}

/// The present of an untrained run.
pub(super) fn present() -> Source {
    let (checkpoint, data) = network();
    Source { run: Some(crate::block_on(RunSource::of(checkpoint, data, &Pace::default())).expect("it answers")) }
}

/// Makes a picture; an error is its sentence.
pub(super) fn ask(picture: &dyn Picture, source: &Source, knobs: &Knobs) -> Result<Vec<Part>, String> {
    at_once(picture.make(source, knobs, &Pace::default())).map_err(|trouble| match trouble {
        Trouble::Nothing(why) => why,
        Trouble::Device(fault) => fault.what,
    })
}
