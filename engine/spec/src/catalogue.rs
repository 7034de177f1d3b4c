//! What can a person choose, and within which bounds?

use crate::{Choice, Experiment, Knobs, VERSION, Value};
use serde::{Deserialize, Serialize};

/// What kind of value a knob takes, and its bounds (inclusive).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum KnobKind {
    /// A real number. `log` asks for a logarithmic slider.
    Float {
        /// Smallest allowed value.
        min: f64,
        /// Largest allowed value.
        max: f64,
        /// Whether a slider should be logarithmic.
        log: bool,
    },
    /// A whole number.
    Int {
        /// Smallest allowed value.
        min: i64,
        /// Largest allowed value.
        max: i64,
    },
    /// A switch.
    Bool,
    /// One of a few names.
    Choice {
        /// The allowed names.
        options: Vec<String>,
    },
    /// Free text, such as a path.
    Text,
}

/// One thing to turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Knob {
    /// Its key in an experiment.
    pub name: String,
    /// Its label for people.
    pub title: String,
    /// One sentence: what it does.
    pub help: String,
    /// Type and bounds.
    pub kind: KnobKind,
    /// The value when nothing is said.
    pub default: Value,
    /// Whether it may change while a run is under way.
    pub live: bool,
}

impl Knob {
    /// A real-valued knob in `min..=max`.
    pub fn float(name: &str, title: &str, default: f64, min: f64, max: f64, help: &str) -> Self {
        Self::new(name, title, KnobKind::Float { min, max, log: false }, Value::Float(default), help)
    }

    /// A whole-number knob in `min..=max`.
    pub fn int(name: &str, title: &str, default: i64, min: i64, max: i64, help: &str) -> Self {
        Self::new(name, title, KnobKind::Int { min, max }, Value::Int(default), help)
    }

    /// A switch.
    pub fn switch(name: &str, title: &str, default: bool, help: &str) -> Self {
        Self::new(name, title, KnobKind::Bool, Value::Bool(default), help)
    }

    /// One of `options`; the first is the default.
    pub fn choice(name: &str, title: &str, options: &[&str], help: &str) -> Self {
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        let default = Value::Text(options.first().cloned().unwrap_or_default());
        Self::new(name, title, KnobKind::Choice { options }, default, help)
    }

    /// Free text, empty by default.
    pub fn text(name: &str, title: &str, help: &str) -> Self {
        Self::new(name, title, KnobKind::Text, Value::Text(String::new()), help)
    }

    fn new(name: &str, title: &str, kind: KnobKind, default: Value, help: &str) -> Self {
        Self { name: name.into(), title: title.into(), help: help.into(), kind, default, live: false }
    }

    /// The same knob, allowed to change while a run is under way.
    pub fn live(mut self) -> Self {
        self.live = true;
        self
    }

    /// The same knob with a logarithmic slider.
    pub fn logarithmic(mut self) -> Self {
        if let KnobKind::Float { log, .. } = &mut self.kind {
            *log = true;
        }
        self
    }
}

/// One thing to choose: a method, a data set, an augmentation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Its key in an experiment.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// One sentence: what it is.
    pub summary: String,
    /// Where it comes from (authors, year, arXiv number), empty if it is ours.
    pub paper: String,
    /// What can be turned.
    pub knobs: Vec<Knob>,
}

impl Card {
    /// A card without knobs.
    pub fn new(name: &str, title: &str, summary: &str, paper: &str) -> Self {
        Self { name: name.into(), title: title.into(), summary: summary.into(), paper: paper.into(), knobs: Vec::new() }
    }

    /// The same card with `knobs`.
    pub fn knobs(mut self, knobs: impl IntoIterator<Item = Knob>) -> Self {
        self.knobs.extend(knobs);
        self
    }

    /// The knob called `name`.
    pub fn knob(&self, name: &str) -> Option<&Knob> {
        self.knobs.iter().find(|knob| knob.name == name)
    }

    /// Every knob at its default.
    pub fn defaults(&self) -> Knobs {
        Knobs(self.knobs.iter().map(|knob| (knob.name.clone(), knob.default.clone())).collect())
    }
}

/// A table of an experiment, and the cards it can hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Its key in an experiment: `data`, `augment`, `encoder`, ...
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// One sentence: which question it answers.
    pub help: String,
    /// `true` if all cards apply, in the order of the list (augmentations, measures); `false` if one is chosen by `kind`.
    pub all: bool,
    /// What can be chosen; the first is the default.
    pub cards: Vec<Card>,
}

impl Section {
    /// The card called `name`.
    pub fn card(&self, name: &str) -> Option<&Card> {
        self.cards.iter().find(|card| card.name == name)
    }
}

/// Everything that can be chosen. Built by the engine from its lists, read by the page from the same build.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Catalogue {
    /// The sections in the order in which people read them.
    pub sections: Vec<Section>,
}

impl Catalogue {
    /// The section called `name`.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// The knob at a dotted path of `experiment`: `method.temperature`, `augment.crop.scale_min`.
    pub fn knob(&self, experiment: &Experiment, path: &str) -> Option<&Knob> {
        let (section, rest) = path.split_once('.')?;
        let section = self.section(section)?;
        if section.all {
            let (card, knob) = rest.split_once('.')?;
            section.card(card)?.knob(knob)
        } else {
            section.card(&experiment.choice(&section.name)?.kind)?.knob(rest)
        }
    }

    /// The experiment in which nothing was said: first card everywhere, every knob at its default.
    pub fn default_experiment(&self) -> Experiment {
        let choose = |card: &Card| Choice { kind: card.name.clone(), knobs: card.defaults() };
        let sections = self.sections.iter().map(|section| {
            let chosen = if section.all {
                section.cards.iter().map(choose).collect()
            } else {
                section.cards.iter().take(1).map(choose).collect()
            };
            (section.name.clone(), chosen)
        });
        Experiment { version: VERSION, name: String::new(), seed: 0, sections: sections.collect() }
    }
}
