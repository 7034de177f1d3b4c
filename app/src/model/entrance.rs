//! The two entrances of the page: one with nothing but the idea, one with everything.

use super::{BoardMsg, Effect, Model};
use augsphere_spec::{Catalogue, Experiment, Value};

/// How the page is entered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Entrance {
    /// One image, its two views, the sphere, and one slider.
    Explore,
    /// Everything.
    #[default]
    Lab,
}

/// The images that Explore looks at: those whose forces the engine tells.
pub const EXPLORED: usize = 12;

impl Entrance {
    /// Its name in links and in the browser's memory.
    pub fn name(self) -> &'static str {
        match self {
            Self::Explore => "explore",
            Self::Lab => "lab",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Explore, Self::Lab].into_iter().find(|entrance| entrance.name() == name)
    }

    /// How a page is entered at this fragment: as the link says; links to experiments that say nothing are older than Explore or come from the
    /// lab; otherwise as the person left it last, and the first time through Explore.
    pub fn at(fragment: &str, remembered: Option<Self>) -> Self {
        let said = fragment.trim_start_matches('#').split('&').find_map(|pair| pair.strip_prefix("entrance="));
        match said.and_then(Self::named) {
            Some(said) => said,
            None if fragment.contains('=') => Self::Lab,
            None => remembered.unwrap_or(Self::Explore),
        }
    }
}

/// The paths of the strengths of all augmentations of both views.
fn strengths(experiment: &Experiment) -> Vec<String> {
    let of = |section: &'static str| {
        experiment.choices(section).iter().map(move |choice| format!("{section}.{}.strength", choice.kind)).collect::<Vec<_>>()
    };
    ["augment", "second"].into_iter().flat_map(of).filter(|path| experiment.get(path).is_some()).collect()
}

/// The strength of the augmentations together: that of all that ever apply, or their mean. Nothing where none does.
pub fn strength(experiment: &Experiment) -> Option<f64> {
    let on = |path: &&String| {
        let probability = path.replace(".strength", ".probability");
        experiment.get(&probability).and_then(|value| value.as_float()) != Some(0.0)
    };
    let values: Vec<f64> = strengths(experiment).iter().filter(on).filter_map(|path| experiment.get(path)?.as_float()).collect();
    let first = *values.first()?;
    let even = values.iter().all(|value| *value == first);
    Some(if even { first } else { values.iter().sum::<f64>() / values.len() as f64 })
}

/// The experiment with this strength of all its augmentations.
pub fn with_strength(catalogue: &Catalogue, experiment: &Experiment, strength: f64) -> Option<Experiment> {
    let changes: Vec<(String, Value)> = strengths(experiment).into_iter().map(|path| (path, Value::Float(strength))).collect();
    let turned = catalogue.with(experiment, &changes).ok()?;
    Some(Experiment { changes: Vec::new(), ..turned })
}

impl Model {
    /// Enters the page the other way; what runs goes on.
    pub(super) fn enter(&mut self, entrance: Entrance) {
        self.entrance = entrance;
        self.board.pair = (entrance == Entrance::Explore).then_some(0);
        if entrance == Entrance::Explore {
            self.board_msg(BoardMsg::Look(None));
        }
    }

    /// Looks at another of the images that Explore looks at.
    pub(super) fn next_pair(&mut self) {
        let most = self.state.run.as_ref().map_or(EXPLORED, |run| run.labels.len()).clamp(1, EXPLORED);
        self.board.pair = self.board.pair.map(|image| (image + 1) % most);
    }

    /// Begins anew with this strength of all augmentations, and goes on playing if it was: each run has one strength, so that two can be
    /// compared.
    pub(super) fn choose_strength(&mut self, strength: f64, effects: &mut Vec<Effect>) {
        let Some(turned) = with_strength(&self.catalogue, &self.draft, strength) else { return };
        if turned == self.draft {
            return;
        }
        let playing = self.play_requested;
        self.show(turned);
        self.begins_anew();
        self.begin(effects);
        self.play_requested = playing && self.hindrance.is_none();
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::model::names::{catalogue, presets};

    #[test]
    fn a_link_says_how_a_page_is_entered_and_a_person_once() {
        assert_eq!(Entrance::at("", None), Entrance::Explore);
        assert_eq!(Entrance::at("", Some(Entrance::Lab)), Entrance::Lab);
        assert_eq!(Entrance::at("#v=1&seed=3", None), Entrance::Lab, "an experiment's link");
        assert_eq!(Entrance::at("#v=1&seed=3&entrance=explore", Some(Entrance::Lab)), Entrance::Explore);
        assert_eq!(Entrance::at("entrance=lab", None), Entrance::Lab);
        assert_eq!(Entrance::at("entrance=cellar", Some(Entrance::Explore)), Entrance::Lab);
    }

    #[test]
    fn one_strength_is_that_of_all_augmentations() {
        let first = &presets()[0].experiment;
        assert_eq!(strength(first), Some(1.0));
        let weak = with_strength(&catalogue(), first, 0.2).unwrap();
        assert_eq!(strength(&weak), Some(0.2));
        assert_eq!(weak.get("augment.crop.strength"), Some(0.2.into()));
        assert_eq!(weak.get("augment.jitter.probability"), first.get("augment.jitter.probability"), "nothing else changes");
        assert_eq!(with_strength(&catalogue(), &weak, 1.0).as_ref(), Some(first), "and back");
        assert_eq!(with_strength(&catalogue(), first, 7.0), None, "there is a largest one");
    }
}
