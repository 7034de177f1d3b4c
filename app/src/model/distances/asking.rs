//! What is asked about augmented distances, and when.

use super::sigma::{PinnedCurve, halfway, nearest, smallest};
use super::{Ablation, Answer, policy};
use crate::model::{DistanceMsg, Effect, Model, Timer};
use augsphere_spec::{Command, DistanceAnswer, DistanceQuestion, Experiment, Value};

/// How long nothing must be turned before a question is asked again, milliseconds.
const PAUSE: u32 = 120;
/// Curves that are kept at most.
const KEPT: usize = 5;

impl Model {
    /// What a person does in the card of augmented distances.
    pub(in crate::model) fn distances_msg(&mut self, msg: DistanceMsg, effects: &mut Vec<Effect>) {
        let controls = &mut self.distances.controls;
        match msg {
            DistanceMsg::Open(open) => controls.open = open,
            DistanceMsg::Classes(classes) => (controls.classes, controls.pair) = (classes, None),
            DistanceMsg::PerClass(count) => (controls.per_class, controls.pair) = (count, None),
            DistanceMsg::Views(views) => controls.views = views,
            DistanceMsg::Redraw => (controls.draw, controls.pair) = (controls.draw + 1, None),
            DistanceMsg::Delta(delta) => controls.delta = Some(delta),
            DistanceMsg::Epsilon(epsilon) => controls.epsilon = epsilon,
            DistanceMsg::Theorem(case) => controls.theorem = case,
            DistanceMsg::Pair(one, other) => controls.pair = Some((one, other)),
            DistanceMsg::Unpin(colour) => controls.kept.retain(|known| known.colour != colour),
            DistanceMsg::Pin => {
                let name = policy::name(&self.catalogue, &self.draft);
                if let Some(answer) = self.distances.answer.clone() {
                    self.pin(name, &answer);
                }
            }
            DistanceMsg::Compare(ablation) => self.compare(ablation, effects),
            DistanceMsg::Again => {
                if let Some(question) = self.question() {
                    self.inquire(question, effects);
                }
            }
        }
    }

    /// The augmentations that the controls show, on the images that are here; nothing before there are any.
    pub(in crate::model) fn posed(&self) -> Option<Experiment> {
        let run = self.state.run.as_ref().filter(|_| self.life.is_up())?;
        let mut posed = run.began.clone();
        for section in ["augment", "second"] {
            posed.sections.insert(section.to_owned(), self.draft.choices(section).to_vec());
        }
        posed.changes.clear();
        posed.sections.retain(|_, choices| !choices.is_empty());
        Some(posed)
    }

    /// The classes that images are taken of: those chosen that there are.
    pub fn classes_asked(&self) -> Vec<usize> {
        let known = self.state.run.as_ref().map_or(0, |run| run.data.classes.names.len());
        let mut classes: Vec<usize> = self.distances.controls.classes.iter().copied().filter(|&class| class < known).collect();
        if classes.is_empty() {
            classes.push(0);
        }
        classes
    }

    /// The threshold, one of those that the answer knows; a usual one while none is known.
    pub fn delta(&self) -> f64 {
        let side = self.state.run.as_ref().map_or(32, |run| run.data.side);
        let delta = self.distances.controls.delta.unwrap_or(0.16 * 3f64.sqrt() * side as f64);
        self.distances.answer.as_ref().map_or(delta, |answer| nearest(&answer.data.deltas, delta))
    }

    /// What is asked as the controls stand; nothing before there are images.
    pub fn question(&self) -> Option<DistanceQuestion> {
        let controls = &self.distances.controls;
        Some(DistanceQuestion {
            tag: 0,
            experiment: self.posed()?,
            classes: self.classes_asked(),
            per_class: controls.per_class,
            views: controls.views,
            seed: controls.draw,
            draws: 1,
            delta: self.delta(),
            epsilon: controls.epsilon,
            theorem: controls.theorem,
        })
    }

    /// Asks, while somebody looks, when the question has changed and nothing was turned for a moment; the first time at once.
    pub(in crate::model) fn ask_if_changed(&mut self, effects: &mut Vec<Effect>) {
        if !self.distances.controls.open {
            self.distances.planned = None;
            return;
        }
        let Some(question) = self.question() else { return };
        if self.distances.planned.as_ref() == Some(&question) {
            return;
        }
        self.turns += 1;
        self.distances.due = self.turns;
        self.distances.planned = Some(question);
        let ms = if self.distances.answer.is_none() { 0 } else { PAUSE };
        effects.push(Effect::After { ms, timer: Timer::Ask(self.turns) });
    }

    /// The pause is over.
    pub(in crate::model) fn ask_now(&mut self, turn: u64, effects: &mut Vec<Effect>) {
        if self.distances.due != turn || !self.life.is_up() {
            return;
        }
        if let Some(question) = self.distances.planned.clone() {
            self.inquire(question, effects);
        }
    }

    fn inquire(&mut self, mut question: DistanceQuestion, effects: &mut Vec<Effect>) {
        question.tag = self.distances.ask();
        self.distances.last = Some(question.clone());
        effects.push(Effect::session(Command::Distances(question)));
    }

    /// Asks again what has no complete answer.
    pub(in crate::model) fn ask_again(&mut self, effects: &mut Vec<Effect>) {
        if let Some(question) = self.distances.last.clone().filter(|_| self.distances.waiting) {
            self.inquire(question, effects);
        }
    }

    /// Asks for the same distances without an augmentation and with it.
    fn compare(&mut self, ablation: Ablation, effects: &mut Vec<Effect>) {
        let Some(question) = self.question() else { return };
        let path = |section: &str| format!("{section}.{}.probability", ablation.layer);
        let now = question.experiment.get(&path("augment")).and_then(|value| value.as_float()).unwrap_or(0.0);
        let share = now.max(ablation.least);
        let policy = |share: f64| {
            let sections = ["augment", "second"].into_iter().filter(|section| self.catalogue.section(section).is_some());
            let changes: Vec<(String, Value)> = sections.map(|section| (path(section), Value::Float(share))).collect();
            self.catalogue.with(&question.experiment, &changes)
        };
        let (Ok(without), Ok(with)) = (policy(0.0), policy(share)) else { return };
        let tags = self.distances.compare(ablation);
        let names = [format!("without {}", ablation.about), format!("with {}, {:.0} % of views", ablation.about, 100.0 * share)];
        let second = DistanceQuestion { tag: tags[1], experiment: with, ..question.clone() };
        self.distances.second = Some((second, names));
        effects.push(Effect::session(Command::Distances(DistanceQuestion { tag: tags[0], experiment: without, ..question })));
    }

    /// An answer came.
    pub(in crate::model) fn answered(&mut self, answer: DistanceAnswer, effects: &mut Vec<Effect>) {
        self.state.progress = None;
        let completed = self.distances.hear(answer);
        match (completed, self.distances.comparison.clone().map(|comparison| comparison.answers)) {
            (Some(_), Some([Some(without), Some(with)])) => {
                let names = self.distances.second.take().map(|(_, names)| names).unwrap_or_default();
                names.into_iter().zip([without, with]).for_each(|(name, answer)| self.pin(name, &answer));
                self.ask_again(effects);
            }
            (Some(_), _) => {
                effects.extend(self.distances.second.clone().map(|(second, _)| Effect::session(Command::Distances(second))))
            }
            (None, _) => {
                if let Some(answer) = self.distances.answer.as_ref().filter(|_| self.distances.controls.delta.is_none()) {
                    self.distances.controls.delta = Some(halfway(answer));
                    // The threshold is this answer's own: it is not asked again because of it.
                    self.distances.planned = self.question();
                }
            }
        }
    }

    fn pin(&mut self, name: String, answer: &Answer) {
        let Some(curve) = smallest(answer) else { return };
        let kept = &mut self.distances.controls.kept;
        kept.retain(|known| known.name != name || known.views != answer.data.views);
        if kept.len() == KEPT {
            kept.remove(0);
        }
        let colour = (0..=KEPT).find(|colour| kept.iter().all(|known| known.colour != *colour)).unwrap_or_default();
        let (deltas, sigma) = (answer.data.deltas.clone(), curve.sigma.clone());
        kept.push(PinnedCurve { name, views: answer.data.views, deltas, sigma, colour });
    }
}
