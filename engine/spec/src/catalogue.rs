//! The catalogue: what a person can choose, and within which bounds.

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
    /// What it was called before: run folders and links that say so are still read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_name: Option<String>,
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
        Self { name: name.into(), title: title.into(), help: help.into(), kind, default, live: false, former_name: None }
    }

    /// `value` as this knob holds it: whole numbers are taken for real ones; nothing if it cannot be had.
    pub fn fitting(&self, value: &Value) -> Option<Value> {
        match (&self.kind, value) {
            (KnobKind::Float { min, max, .. }, value) => {
                value.as_float().filter(|value| (*min..=*max).contains(value)).map(Value::Float)
            }
            (KnobKind::Int { min, max }, Value::Int(value)) => (*min..=*max).contains(value).then_some(Value::Int(*value)),
            // What is pointed at in a picture comes as a float.
            (KnobKind::Int { .. }, Value::Float(value)) if value.fract() == 0.0 => self.fitting(&Value::Int(*value as i64)),
            (KnobKind::Bool, Value::Bool(_)) | (KnobKind::Text, Value::Text(_)) => Some(value.clone()),
            (KnobKind::Choice { options }, Value::Text(text)) => options.contains(text).then(|| value.clone()),
            _ => None,
        }
    }

    /// The same knob, which is also read under the name that it had before.
    pub fn formerly(mut self, name: &str) -> Self {
        self.former_name = Some(name.into());
        self
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
    /// Cards of one family stand together in a menu; empty where there are no families.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub family: String,
    /// What can be turned.
    pub knobs: Vec<Knob>,
    /// What other sections take as their defaults while this card is chosen: dotted paths and values, kinds first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub implies: Vec<(String, Value)>,
    /// What cannot be combined with this card.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
    /// What a card of its own was called that turned out to be this one: old files and links still say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_name: Option<String>,
    /// What a measure tells, in the order of reading.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tells: Vec<Told>,
}

/// One thing that a measure tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The name of its [`Scalar`](crate::Scalar) or [`Profile`](crate::Profile).
    pub name: String,
    /// What it is, for people.
    pub title: String,
    /// How it is read.
    pub form: Form,
}

/// How something that a measure tells is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A number.
    Number,
    /// A share, 0 to 1, written in percent.
    Share,
    /// More than one number.
    Profile,
}

impl Told {
    /// A number.
    pub fn number(name: &str, title: &str) -> Self {
        Self { name: name.into(), title: title.into(), form: Form::Number }
    }

    /// A share.
    pub fn share(name: &str, title: &str) -> Self {
        Self { form: Form::Share, ..Self::number(name, title) }
    }

    /// More than one number.
    pub fn profile(name: &str, title: &str) -> Self {
        Self { form: Form::Profile, ..Self::number(name, title) }
    }
}

/// A value elsewhere in the experiment that a card cannot be combined with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conflict {
    /// Dotted path: `target.kind`.
    pub path: String,
    /// The value that is refused there.
    pub value: Value,
    /// The reason, a part of a sentence: `its queue holds embeddings of a branch that no gradient reaches`.
    pub why: String,
}

impl Card {
    /// A card without knobs.
    pub fn new(name: &str, title: &str, summary: &str, paper: &str) -> Self {
        Self {
            name: name.into(),
            title: title.into(),
            summary: summary.into(),
            paper: paper.into(),
            family: String::new(),
            knobs: Vec::new(),
            implies: Vec::new(),
            conflicts: Vec::new(),
            former_name: None,
            tells: Vec::new(),
        }
    }

    /// The same card of a measure that tells these.
    pub fn tells(mut self, tells: impl IntoIterator<Item = Told>) -> Self {
        self.tells.extend(tells);
        self
    }

    /// The same card, which also answers to `name` where a kind is read.
    pub fn formerly(mut self, name: &str) -> Self {
        self.former_name = Some(name.into());
        self
    }

    /// The same card as a member of a family.
    pub fn family(mut self, family: &str) -> Self {
        self.family = family.into();
        self
    }

    /// The same card with a default for another section while it is chosen.
    pub fn implies(mut self, path: &str, value: impl Into<Value>) -> Self {
        self.implies.push((path.into(), value.into()));
        self
    }

    /// The same card, which cannot be combined with `value` at `path`.
    pub fn conflicts_with(mut self, path: &str, value: impl Into<Value>, why: &str) -> Self {
        self.conflicts.push(Conflict { path: path.into(), value: value.into(), why: why.into() });
        self
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

    /// The knob that is called `name`, or was.
    pub(crate) fn knob_by_any_name(&self, name: &str) -> Option<&Knob> {
        self.knob(name).or_else(|| self.knobs.iter().find(|knob| knob.former_name.as_deref() == Some(name)))
    }

    /// Every knob at its default.
    pub fn defaults(&self) -> Knobs {
        Knobs(self.knobs.iter().map(|knob| (knob.name.clone(), knob.default.clone())).collect())
    }
}

/// Named settings that belong together: the augmentations of a paper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Its key: `byol`.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// One sentence: what it is.
    pub summary: String,
    /// Where it comes from.
    pub paper: String,
    /// Dotted paths and values; everything else in the section, and in those that follow it, is as if nothing had been said.
    pub values: Vec<(String, Value)>,
}

/// A table of an experiment, and the cards it can hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Its key in an experiment: `data`, `augment`, `encoder`, ...
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// One sentence: which question it answers.
    pub help: String,
    /// `true` if all cards apply, in the order of the list (augmentations, measures); `false` if one is chosen by `kind`.
    pub all: bool,
    /// Whether another card, and every knob of it, may be taken while a run is under way: the encoder stays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub live: bool,
    /// The section whose values are the defaults of this one, which holds the same cards (both with `all`): the second view is
    /// augmented like the first unless something else is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
    /// What can be chosen; the first is the default.
    pub cards: Vec<Card>,
    /// Named settings of the whole section and of those that follow it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipes: Vec<Recipe>,
}

impl Section {
    /// The card called `name`.
    pub fn card(&self, name: &str) -> Option<&Card> {
        self.cards.iter().find(|card| card.name == name)
    }

    /// The card that is called `name`, or was.
    pub fn card_by_any_name(&self, name: &str) -> Option<&Card> {
        self.card(name).or_else(|| self.cards.iter().find(|card| card.former_name.as_deref() == Some(name)))
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

    /// `path` with the name that its knob has now, if it has the one that the knob had before: `augment.crop.place` is
    /// `augment.crop.order`.
    pub fn present_path(&self, path: &str) -> String {
        let present = |section: &str, rest: &str| {
            let section = self.section(section)?;
            let (cards, prefix, name) = match rest.split_once('.') {
                Some((card, name)) => (std::slice::from_ref(section.card(card)?), format!("{}.{card}", section.name), name),
                None => (section.cards.as_slice(), section.name.clone(), rest),
            };
            // A name that is still in use is no former one.
            let former = cards.iter().all(|card| card.knob(name).is_none());
            let knob = cards.iter().filter(|_| former).find_map(|card| card.knob_by_any_name(name))?;
            Some(format!("{prefix}.{}", knob.name))
        };
        path.split_once('.').and_then(|(section, rest)| present(section, rest)).unwrap_or_else(|| path.to_owned())
    }

    /// Whether the value at `path` may change while `experiment` runs.
    pub fn changeable(&self, experiment: &Experiment, path: &str) -> bool {
        let section = path.split_once('.').and_then(|(section, _)| self.section(section));
        section.is_some_and(|section| section.live) || self.knob(experiment, path).is_some_and(|knob| knob.live)
    }

    /// Why `value` at `path` cannot be combined with what `experiment` has chosen elsewhere, if so.
    pub fn conflict(&self, experiment: &Experiment, path: &str, value: &Value) -> Option<String> {
        let chosen = self.sections.iter().filter(|section| !section.all && !path.starts_with(&format!("{}.", section.name)));
        let mut cards = chosen.filter_map(|section| section.card(&experiment.choice(&section.name)?.kind));
        cards.find_map(|card| {
            let conflict = card.conflicts.iter().find(|conflict| conflict.path == path && conflict.value == *value)?;
            Some(format!("does not go with {}: {}", card.title, conflict.why))
        })
    }

    /// The experiment in which nothing was said: first card everywhere, every knob at its default.
    pub fn default_experiment(&self) -> Experiment {
        self.base(&[])
    }

    /// The experiment in which only some sections' kinds were said: `(section, card)`. What a chosen card suits is the
    /// default of the others.
    pub fn base(&self, kinds: &[(&str, &str)]) -> Experiment {
        let said: Vec<Option<&Card>> = self
            .sections
            .iter()
            .map(|section| {
                kinds.iter().find(|(name, _)| *name == section.name).and_then(|(_, kind)| section.card_by_any_name(kind))
            })
            .collect();
        let leaders = self.sections.iter().zip(&said).filter(|(section, _)| !section.all);
        let implies: Vec<&(String, Value)> =
            leaders.filter_map(|(section, said)| said.or(section.cards.first())).flat_map(|card| &card.implies).collect();
        let suited = |path: String| implies.iter().find(|(known, _)| *known == path).map(|(_, value)| value);
        let choose = |section: &Section, card: &Card| {
            let mut knobs = card.defaults();
            for knob in &card.knobs {
                if let Some(value) = suited(format!("{}.{}", section.name, knob.name)) {
                    knobs.set(&knob.name, value.clone());
                }
            }
            Choice { kind: card.name.clone(), knobs }
        };
        let sections = self.sections.iter().zip(&said).map(|(section, said)| {
            let chosen = if section.all {
                section.cards.iter().map(|card| Choice { kind: card.name.clone(), knobs: card.defaults() }).collect()
            } else {
                let kind = suited(format!("{}.kind", section.name)).and_then(Value::as_text);
                let card = said.or_else(|| section.card(kind?)).or(section.cards.first());
                card.map(|card| choose(section, card)).into_iter().collect()
            };
            (section.name.clone(), chosen)
        });
        Experiment { version: VERSION, name: String::new(), seed: 0, sections: sections.collect(), changes: Vec::new() }
    }
}
