//! What is asked about augmented distances, and when?

use super::Page;
use crate::model::distances::policy;
use crate::model::distances::sigma::{PinnedCurve, halfway, nearest, smallest};
use crate::model::distances::{Ablation, Answer, DRAWS, Shared};
use augsphere_spec::{Command, DistanceQuestion, Experiment, StudyKind, StudyQuestion, Value};
use leptos::prelude::*;
use std::time::Duration;

/// How long nothing must be turned before a question is asked again, milliseconds.
const PAUSE: u64 = 120;
/// Curves that are kept at most.
const KEPT: usize = 5;

/// The laboratory's own controls. Copies refer to the same ones.
#[derive(Clone, Copy)]
pub struct DistanceControls {
    /// Whether anybody looks.
    pub open: RwSignal<bool>,
    /// Classes that images are taken of.
    pub classes: RwSignal<Vec<usize>>,
    /// Images of each class.
    pub per_class: RwSignal<usize>,
    /// Views of each image.
    pub views: RwSignal<usize>,
    /// Which images and which random numbers.
    pub draw: RwSignal<u64>,
    /// The threshold; nothing until an answer says which one is worth looking at.
    pub delta: RwSignal<Option<f64>>,
    /// How far apart the features of an image's views may be.
    pub epsilon: RwSignal<f64>,
    /// Training steps of each policy of a study.
    pub steps: RwSignal<u64>,
    /// The pair of images that was chosen.
    pub pair: RwSignal<Option<(usize, usize)>>,
    /// Curves kept for comparison.
    pub kept: RwSignal<Vec<PinnedCurve>>,
    turns: StoredValue<u64>,
    last: StoredValue<Option<DistanceQuestion>>,
    second: StoredValue<Option<(DistanceQuestion, [String; 2])>>,
}

impl Default for DistanceControls {
    fn default() -> Self {
        Self {
            open: RwSignal::new(false),
            classes: RwSignal::new(vec![0, 1]),
            per_class: RwSignal::new(12),
            views: RwSignal::new(16),
            draw: RwSignal::new(0),
            delta: RwSignal::new(None),
            epsilon: RwSignal::new(0.5),
            steps: RwSignal::new(150),
            pair: RwSignal::new(None),
            kept: RwSignal::new(Vec::new()),
            turns: StoredValue::new(0),
            last: StoredValue::new(None),
            second: StoredValue::new(None),
        }
    }
}

impl Page {
    /// The augmentations that the controls show, on the images that are here; nothing before there are any.
    fn posed(self) -> Option<Experiment> {
        let mut posed = self.state.with(|state| state.run.as_ref().map(|run| run.began.clone()))?;
        self.draft.with(|draft| {
            for section in ["augment", "second"] {
                posed.sections.insert(section.to_owned(), draft.choices(section).to_vec());
            }
        });
        posed.changes.clear();
        posed.sections.retain(|_, choices| !choices.is_empty());
        Some(posed)
    }

    /// The classes that images are taken of: those chosen that there are.
    pub fn classes_asked(self) -> Vec<usize> {
        let known = self.state.with(|state| state.run.as_ref().map_or(0, |run| run.data.classes.names.len()));
        let mut classes: Vec<usize> = self.distance_controls.classes.get().into_iter().filter(|&class| class < known).collect();
        if classes.is_empty() {
            classes.push(0);
        }
        classes
    }

    /// The threshold, one of those that the answer knows; a usual one while none is known.
    pub fn delta(self) -> f64 {
        let chosen = self.distance_controls.delta.get();
        self.state.with(|state| {
            let side = state.run.as_ref().map_or(32, |run| run.data.side);
            let delta = chosen.unwrap_or(0.16 * 3f64.sqrt() * side as f64);
            state.distances.answer.as_ref().map_or(delta, |answer| nearest(&answer.data.deltas, delta))
        })
    }

    /// What the laboratory asks now; nothing before there are images.
    pub fn question(self) -> Option<DistanceQuestion> {
        Some(DistanceQuestion {
            tag: 0,
            experiment: self.posed()?,
            classes: self.classes_asked(),
            per_class: self.distance_controls.per_class.get(),
            views: self.distance_controls.views.get(),
            seed: self.distance_controls.draw.get(),
            draws: 1,
            delta: self.delta(),
            epsilon: self.distance_controls.epsilon.get(),
        })
    }

    /// Asks when nothing was turned for a moment; the first time at once.
    pub fn inquire_soon(self, question: DistanceQuestion) {
        self.distance_controls.turns.update_value(|turns| *turns += 1);
        let turn = self.distance_controls.turns.get_value();
        let first = self.state.with_untracked(|state| state.distances.answer.is_none());
        let later = move || {
            if self.distance_controls.turns.get_value() == turn {
                self.inquire(question);
            }
        };
        set_timeout(later, Duration::from_millis(if first { 0 } else { PAUSE }));
    }

    fn inquire(self, mut question: DistanceQuestion) {
        self.state.update(|state| question.tag = state.distances.ask());
        self.distance_controls.last.set_value(Some(question.clone()));
        self.send(&Command::Distances(question));
    }

    /// Asks the newest question once more: the run's encoder has changed meanwhile.
    pub fn ask_anew(self) {
        if let Some(question) = untrack(|| self.question()) {
            self.inquire(question);
        }
    }

    /// Asks again what has no complete answer.
    pub(super) fn inquire_again(self) {
        let waiting = self.state.with_untracked(|state| state.distances.waiting);
        if let Some(question) = self.distance_controls.last.get_value().filter(|_| waiting) {
            self.inquire(question);
        }
    }

    /// Asks for the same distances without an augmentation and with it.
    pub fn compare(self, ablation: Ablation) {
        let Some(question) = untrack(|| self.question()) else { return };
        let path = |section: &str| format!("{section}.{}.probability", ablation.layer);
        let now = question.experiment.get(&path("augment")).and_then(|value| value.as_float()).unwrap_or(0.0);
        let share = now.max(ablation.least);
        let policy = |share: f64| {
            self.catalogue.with_untracked(|catalogue| {
                let sections = ["augment", "second"].into_iter().filter(|section| catalogue.section(section).is_some());
                let changes: Vec<(String, Value)> = sections.map(|section| (path(section), Value::Float(share))).collect();
                catalogue.with(&question.experiment, &changes)
            })
        };
        let (Ok(without), Ok(with)) = (policy(0.0), policy(share)) else { return };
        let mut tags = [0; 2];
        self.state.update(|state| tags = state.distances.compare(ablation));
        let names = [format!("without {}", ablation.about), format!("with {}, {:.0} % of views", ablation.about, 100.0 * share)];
        let question = DistanceQuestion { draws: DRAWS, ..question };
        let second = DistanceQuestion { tag: tags[1], experiment: with, ..question.clone() };
        self.distance_controls.second.set_value(Some((second, names)));
        self.send(&Command::Distances(DistanceQuestion { tag: tags[0], experiment: without, ..question }));
    }

    /// An answer came.
    pub(super) fn answered(self, tag: u64, complete: bool) {
        let found = self.state.with_untracked(|state| {
            let comparison = state.distances.comparison.clone().filter(|comparison| complete && comparison.tags.contains(&tag));
            (comparison, state.distances.answer.clone())
        });
        match found {
            (Some(comparison), _) => match comparison.answers {
                [Some(without), Some(with)] => {
                    let names = self.distance_controls.second.get_value().map(|(_, names)| names).unwrap_or_default();
                    names.into_iter().zip([without, with]).for_each(|(name, answer)| self.keep(name, &answer));
                    self.inquire_again();
                }
                _ => {
                    if let Some((second, _)) = self.distance_controls.second.get_value() {
                        self.send(&Command::Distances(second));
                    }
                }
            },
            (None, Some(answer)) if self.distance_controls.delta.with_untracked(Option::is_none) => {
                self.distance_controls.delta.set(Some(halfway(&answer)));
            }
            _ => {}
        }
    }

    /// Keeps the curve of the present answer.
    pub fn keep_curve(self) {
        let answer: Option<Shared<Answer>> = self.state.with_untracked(|state| state.distances.answer.clone());
        let name = self.catalogue.with_untracked(|catalogue| self.draft.with_untracked(|draft| policy::name(catalogue, draft)));
        if let Some(answer) = answer {
            self.keep(name, &answer);
        }
    }

    fn keep(self, name: String, answer: &Answer) {
        let Some(curve) = smallest(answer) else { return };
        self.distance_controls.kept.update(|kept| {
            kept.retain(|known| known.name != name || known.views != answer.data.views);
            if kept.len() == KEPT {
                kept.remove(0);
            }
            let colour = (0..=KEPT).find(|colour| kept.iter().all(|known| known.colour != *colour)).unwrap_or_default();
            let (deltas, sigma) = (answer.data.deltas.clone(), curve.sigma.clone());
            kept.push(PinnedCurve { name, views: answer.data.views, deltas, sigma, colour });
        });
    }

    /// Runs one of the three experiments in small.
    pub fn study(self, kind: StudyKind) {
        let Some(mut experiment) = untrack(|| self.posed()) else { return };
        self.draft.with_untracked(|draft| {
            for (section, choices) in draft.sections.iter().filter(|(section, _)| *section != "data") {
                experiment.sections.insert(section.clone(), choices.clone());
            }
        });
        self.play_requested.set(false);
        let steps = self.distance_controls.steps.get_untracked();
        let mut tag = 0;
        self.state.update(|state| tag = state.distances.begin(kind, steps));
        self.ask_study(tag, kind, experiment, steps);
    }

    /// Ends the study under way.
    pub fn stop_study(self) {
        let mut ended = None;
        self.state.update(|state| {
            if let Some(study) = &mut state.distances.study {
                study.ended = true;
                ended = Some((study.tag, study.kind));
            }
        });
        if let (Some((tag, kind)), Some(experiment)) = (ended, untrack(|| self.posed())) {
            self.ask_study(tag, kind, experiment, 0);
        }
    }

    fn ask_study(self, tag: u64, kind: StudyKind, experiment: Experiment, steps: u64) {
        let classes = untrack(|| self.classes_asked());
        let (per_class, views) = (self.distance_controls.per_class.get_untracked(), self.distance_controls.views.get_untracked());
        self.send(&Command::Study(StudyQuestion { tag, experiment, kind, steps, classes, per_class, views }));
    }
}
