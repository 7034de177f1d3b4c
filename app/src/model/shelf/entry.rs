//! A kept run as the shelf shows it.

use super::recall::{Told, up_to};
use super::sphere::Sphere;
use super::store::Found;
use crate::model::changes::same;
use augsphere_spec::{Catalogue, Experiment, RunHeader};
use std::sync::Arc;

/// A kept run as the shelf shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// What is known of it beside its experiment and its numbers.
    pub header: RunHeader,
    /// The experiment that does again what it did, if this program can read it.
    pub experiment: Option<Arc<Experiment>>,
    /// Its kNN accuracy over the steps.
    pub accuracy: Vec<(u64, f32)>,
    /// Bytes of its checkpoint; without one it cannot go on.
    pub checkpoint: Option<u64>,
    /// Whether it has the file of an encoder beside.
    pub encoder: bool,
    /// Whether another tab holds it.
    pub elsewhere: bool,
    /// Counts the pictures of it that were made.
    pub picture: u64,
    /// When it was written last by whoever else writes it, milliseconds since 1970; 0 if this tab writes it.
    pub written: f64,
    /// Everything it told, once that was read.
    pub told: Option<Arc<Told>>,
    /// Its sphere at the newest checkpoint, once that was read.
    pub sphere: Option<Arc<Sphere>>,
}

impl Entry {
    /// What was found of a run; nothing if its header is none, or of a newer form.
    pub fn of(catalogue: &Catalogue, found: &Found) -> Option<Self> {
        let header = RunHeader::read(&found.header).ok().filter(|header| header.id == found.id)?;
        let experiment = catalogue.read_toml(&found.experiment).ok().map(Arc::new);
        let (accuracy, checkpoint, written) = (found.accuracy.clone(), found.checkpoint, found.written);
        Some(Self { header, experiment, accuracy, checkpoint, encoder: found.encoder, written, ..Self::default() })
    }

    /// A run of which only its id is known: another tab has just begun it.
    pub fn unknown(id: &str) -> Self {
        let header = RunHeader { id: id.to_owned(), name: id.to_owned(), ..RunHeader::default() };
        Self { header, elsewhere: true, ..Self::default() }
    }

    /// Whether more than its id is known.
    pub fn known(&self) -> bool {
        self.header.format > 0
    }

    /// Whether another run can begin with its encoder.
    pub fn has_encoder(&self) -> bool {
        self.checkpoint.is_some() || self.encoder
    }

    /// The experiment as it is at the step at which the run stands.
    pub fn now(&self, catalogue: &Catalogue) -> Option<Experiment> {
        let experiment = self.experiment.as_ref()?;
        Some(Experiment { changes: Vec::new(), ..catalogue.after(experiment, self.header.step) })
    }

    /// Whether a link asks for this very run, or for what it was up to the step at which it was written last.
    pub fn is_asked_for(&self, asked: &Experiment) -> bool {
        let made = |experiment: &Experiment| {
            let changes = experiment.changes.iter().filter(|change| change.at < self.header.step);
            changes.map(|change| (change.at, change.path.clone(), crate::model::knobs::text(&change.value))).collect::<Vec<_>>()
        };
        self.experiment.as_ref().is_some_and(|experiment| same(experiment, asked) && made(experiment) == made(asked))
    }

    /// The newest kNN accuracy.
    pub fn latest(&self) -> Option<f32> {
        self.accuracy.last().map(|point| point.1)
    }

    /// Takes in the text of `metrics.jsonl`, up to the step at which the run was written last.
    pub fn read(&mut self, text: &str) {
        let made = self.experiment.as_ref().map(|experiment| experiment.changes.as_slice()).unwrap_or_default();
        let (_, records) = up_to(text, self.header.step, made);
        self.told = Some(Arc::new(Told::of(records)));
    }

    /// Whether its name, its note or its settings say everything that is looked for.
    pub fn says(&self, filter: &str) -> bool {
        let header = &self.header;
        let kinds = self.experiment.as_ref().map(|experiment| {
            let kinds = experiment.sections.values().filter_map(|choices| choices.first().filter(|_| choices.len() == 1));
            kinds.map(|choice| choice.kind.as_str()).collect::<Vec<_>>().join(" ")
        });
        let text = format!("{} {} {} {}", header.name, header.note, header.id, kinds.unwrap_or_default()).to_lowercase();
        filter.to_lowercase().split_whitespace().all(|word| text.contains(word))
    }
}
