//! The experiment: what is to be done.

use crate::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the experiment's form. Older experiments are read; newer ones are refused.
pub const VERSION: u32 = 1;

/// Knob values by name, complete: reading an experiment fills in every default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Knobs(pub BTreeMap<String, Value>);

impl Knobs {
    /// The real number called `name`; 0 if the card has no such knob (the engine's tests walk every card).
    pub fn float(&self, name: &str) -> f64 {
        self.0.get(name).and_then(Value::as_float).unwrap_or_default()
    }

    /// The count called `name`; 0 if absent or negative.
    pub fn count(&self, name: &str) -> usize {
        self.0.get(name).and_then(Value::as_int).and_then(|value| usize::try_from(value).ok()).unwrap_or_default()
    }

    /// The switch called `name`; off if absent.
    pub fn switch(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The text called `name`; empty if absent.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_text).unwrap_or_default()
    }

    /// Sets the knob called `name`.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }
}

/// A card that was chosen, with its knobs. The default names no card; lists answer it with their first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The card's name.
    pub kind: String,
    /// Its knobs, all of them.
    pub knobs: Knobs,
}

/// What is to be done, completely: two equal experiments on the same device class give the same curve.
///
/// Made by [`Catalogue::read`](crate::Catalogue::read), which checks it, and written back with
/// [`Catalogue::write`](crate::Catalogue::write).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// The version of the form it was written in.
    pub version: u32,
    /// A name for people; may be empty.
    pub name: String,
    /// The seed of every random draw.
    pub seed: u64,
    /// The chosen cards by section; sections in which all cards apply hold them in the catalogue's order.
    pub sections: BTreeMap<String, Vec<Choice>>,
    /// What changes on the way, in the order of the steps. A run that was changed by hand notes it here, so that it can be
    /// run again exactly.
    #[serde(default)]
    pub changes: Vec<Change>,
}

/// One value that changes during a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// It takes effect after this many steps.
    pub at: u64,
    /// Dotted path: `method.temperature`, `method.kind`.
    pub path: String,
    /// The value from then on.
    pub value: Value,
}

impl Experiment {
    /// The one card chosen in `section`.
    pub fn choice(&self, section: &str) -> Option<&Choice> {
        self.sections.get(section)?.first()
    }

    /// The card called `kind` in `section`.
    pub fn card(&self, section: &str, kind: &str) -> Option<&Choice> {
        self.sections.get(section)?.iter().find(|choice| choice.kind == kind)
    }

    /// All cards of `section`, in order.
    pub fn choices(&self, section: &str) -> &[Choice] {
        self.sections.get(section).map_or(&[], Vec::as_slice)
    }

    /// The knobs of the one card chosen in `section`; empty ones if there is no such section.
    pub fn knobs(&self, section: &str) -> Knobs {
        self.choice(section).map(|choice| choice.knobs.clone()).unwrap_or_default()
    }

    /// The value at a dotted path: `seed`, `method.kind`, `method.temperature`, `augment.crop.scale_min`.
    pub fn get(&self, path: &str) -> Option<Value> {
        match path {
            "seed" => return Some(Value::Int(i64::try_from(self.seed).unwrap_or(i64::MAX))),
            "name" => return Some(Value::Text(self.name.clone())),
            _ => {}
        }
        let (section, rest) = path.split_once('.')?;
        if let Some((card, knob)) = rest.split_once('.') {
            return self.card(section, card)?.knobs.0.get(knob).cloned();
        }
        let choice = self.choice(section)?;
        if rest == "kind" { Some(Value::Text(choice.kind.clone())) } else { choice.knobs.0.get(rest).cloned() }
    }
}
