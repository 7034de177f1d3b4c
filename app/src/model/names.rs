//! What an experiment is called: a preset's name, only where it is that preset.

use super::changes::same;
use augsphere_spec::{Catalogue, Experiment};
use std::sync::{Arc, OnceLock};

/// What the controls were set from last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// A preset, by its place in the list.
    Preset(usize),
    /// A suggestion, by the place of the preset that it starts from and its own place in its list.
    Suggestion(usize, usize),
    /// A link.
    Link,
    /// Nothing in particular.
    #[default]
    Hand,
}

/// A preset as it is read from its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// Its name for people.
    pub title: &'static str,
    /// The experiment.
    pub experiment: Experiment,
}

/// What can be chosen, read once.
pub fn catalogue() -> Arc<Catalogue> {
    static CATALOGUE: OnceLock<Arc<Catalogue>> = OnceLock::new();
    let read = || Arc::new(serde_json::from_str(crate::CATALOGUE).expect("a test reads this very catalogue"));
    Arc::clone(CATALOGUE.get_or_init(read))
}

/// The presets, read once; a test reads each of them.
pub fn presets() -> &'static [Preset] {
    static PRESETS: OnceLock<Vec<Preset>> = OnceLock::new();
    PRESETS.get_or_init(|| {
        let read = |preset: &augsphere_spec::Preset| {
            let experiment = catalogue().read_toml(preset.toml).unwrap_or_else(|_| catalogue().default_experiment());
            Preset { title: preset.title(), experiment }
        };
        augsphere_spec::PRESETS.iter().map(read).collect()
    })
}

/// The preset that asks for the same as `experiment`, planned changes included.
pub fn preset_of(experiment: &Experiment) -> Option<usize> {
    presets().iter().position(|preset| same(&preset.experiment, experiment) && preset.experiment.changes == experiment.changes)
}

/// What an experiment is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The preset that it is or that it was made from.
    pub preset: Option<usize>,
    /// Its name for people.
    pub text: String,
    /// Whether something was changed since.
    pub edited: bool,
}

impl Name {
    /// The preset that it is, to the letter.
    pub fn listed(&self) -> Option<usize> {
        self.preset.filter(|&preset| presets().get(preset).is_some_and(|preset| preset.title == self.text))
    }
}

/// What `experiment` is called if the controls were set from `origin`.
pub fn name(experiment: &Experiment, origin: Origin) -> Name {
    if let Some(preset) = preset_of(experiment) {
        return Name { preset: Some(preset), text: presets()[preset].title.to_owned(), edited: false };
    }
    let called = |preset: usize| presets().get(preset).map_or_else(String::new, |preset| preset.title.to_owned());
    match origin {
        Origin::Preset(preset) => Name { preset: Some(preset), text: format!("{}, edited", called(preset)), edited: true },
        Origin::Suggestion(preset, place) => {
            let suggestion = crate::text::suggestions::SUGGESTIONS.get(place);
            let intact = suggestion.and_then(|suggestion| suggestion.experiment(&catalogue()));
            let edited = intact.is_none_or(|intact| !same(&intact, experiment));
            let text = format!("{}: {}", called(preset), suggestion.map_or("", |suggestion| suggestion.title).to_lowercase());
            Name { preset: Some(preset), text: if edited { format!("{text}, edited") } else { text }, edited }
        }
        Origin::Link => Name { preset: None, text: "From a link".into(), edited: false },
        Origin::Hand => Name { preset: None, text: "Your own".into(), edited: true },
    }
}
