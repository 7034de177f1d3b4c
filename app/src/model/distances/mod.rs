//! What is asked and answered about augmented distances.

pub mod answer;
mod asking;
pub mod controls;
pub mod pairs;
pub mod policy;
pub mod sigma;

pub use answer::Answer;
pub use controls::DistanceControls;

use augsphere_spec::{DistanceAnswer, DistanceQuestion};
use std::sync::Arc;

/// Something large that two places look at; it is the same only if it is the very same.
#[derive(Debug)]
pub struct Shared<T>(pub Arc<T>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> std::ops::Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// An augmentation that can be left out and put in with one press.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ablation {
    /// Its key.
    pub layer: &'static str,
    /// What it is called in a sentence.
    pub about: &'static str,
    /// In what two images may differ that it makes alike.
    pub removes: &'static str,
    /// How often it acts at least where it is put in.
    pub least: f64,
    /// What the button says.
    pub button: &'static str,
}

/// Draws of images and random numbers in a comparison: enough for an interval that says something.
pub const DRAWS: usize = 8;

/// What can be tried with one press.
pub const ABLATIONS: [Ablation; 3] = [
    Ablation {
        layer: "grayscale",
        about: "colour dropping",
        removes: "colour",
        least: 0.2,
        button: "Try it: without and with colour dropping",
    },
    Ablation {
        layer: "jitter",
        about: "colour jitter",
        removes: "the exact colours",
        least: 0.8,
        button: "\u{2026} colour jitter",
    },
    Ablation { layer: "crop", about: "cropping", removes: "position and size", least: 1.0, button: "\u{2026} cropping" },
];

/// A comparison of two policies: what it is about, and the answers so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What is left out and put in.
    pub ablation: Ablation,
    /// The tags of the two questions: without it, and with it.
    pub tags: [u64; 2],
    /// The complete answers: without it, and with it.
    pub answers: [Option<Shared<Answer>>; 2],
}

/// Everything that was asked and answered about augmented distances.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Distances {
    /// The newest tag that was given to any question.
    tags: u64,
    /// The question that is to be answered; an answer to another one is dropped.
    asked: u64,
    /// Whether its complete answer is still to come.
    pub waiting: bool,
    /// The newest answer.
    pub answer: Option<Shared<Answer>>,
    /// The newest comparison.
    pub comparison: Option<Comparison>,
    /// What is set in the card.
    pub controls: DistanceControls,
    /// The question as the controls stand, which is asked after a pause.
    planned: Option<DistanceQuestion>,
    /// The pause that is waited for.
    due: u64,
    /// The question that was asked last.
    last: Option<DistanceQuestion>,
    /// The second question of a comparison, and the names of both.
    second: Option<(DistanceQuestion, [String; 2])>,
}

impl Distances {
    fn tag(&mut self) -> u64 {
        self.tags += 1;
        self.tags
    }

    /// The tag of a new question, which takes the place of all others; a comparison under way ends.
    pub fn ask(&mut self) -> u64 {
        self.asked = self.tag();
        self.waiting = true;
        if self.comparison.as_ref().is_some_and(|comparison| comparison.answers[1].is_none()) {
            self.comparison = None;
        }
        self.asked
    }

    /// The tags of the two questions of a new comparison; the first of them takes the place of all others.
    pub fn compare(&mut self, ablation: Ablation) -> [u64; 2] {
        let tags = [self.tag(), self.tag()];
        self.comparison = Some(Comparison { ablation, tags, answers: [None, None] });
        tags
    }

    /// Takes in an answer, unless it answers something that nobody waits for any more. Which question of the comparison it
    /// completes, if it does.
    pub fn hear(&mut self, told: DistanceAnswer) -> Option<usize> {
        if told.tag == self.asked {
            self.waiting = !told.complete;
            self.answer = Some(Shared(Arc::new(Answer::read(told))));
            return None;
        }
        let comparison = self.comparison.as_mut()?;
        let which = comparison.tags.iter().position(|&tag| tag == told.tag).filter(|_| told.complete)?;
        comparison.answers[which] = Some(Shared(Arc::new(Answer::read(told))));
        Some(which)
    }

    /// Something went wrong: nothing is waited for any more.
    pub fn give_up(&mut self) {
        self.waiting = false;
        if self.is_comparing() {
            self.comparison = None;
        }
    }

    /// The worker is gone: what the controls ask is asked again of the next one.
    pub fn lose_worker(&mut self) {
        self.give_up();
        self.planned = None;
    }

    /// Whether a comparison is under way.
    pub fn is_comparing(&self) -> bool {
        self.comparison.as_ref().is_some_and(|comparison| comparison.answers[1].is_none())
    }

    /// Other images: what was found out about the former ones is gone.
    pub fn forget(&mut self) {
        (self.answer, self.comparison, self.planned) = (None, None, None);
        (self.controls.delta, self.controls.pair) = (None, None);
    }
}

#[cfg(test)]
mod tests;
