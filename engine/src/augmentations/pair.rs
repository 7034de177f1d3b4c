//! The policies of the two views, alike or not.

use super::Policy;
use augsphere_spec::Experiment;

/// The policies of the first and of the second view.
pub struct Pair {
    first: Policy,
    /// Nothing if the second view is made like the first.
    second: Option<Policy>,
}

impl Pair {
    /// From the sections `augment` (the first view) and `second` of an experiment.
    pub fn of(experiment: &Experiment) -> Self {
        let [first, second] = ["augment", "second"].map(|section| experiment.choices(section));
        let differs = !second.is_empty() && first != second;
        Self { first: Policy::new(first), second: differs.then(|| Policy::new(second)) }
    }

    /// The policy of the first view.
    pub fn first(&self) -> &Policy {
        &self.first
    }

    /// The policy of the second view.
    pub fn second(&self) -> &Policy {
        self.second.as_ref().unwrap_or(&self.first)
    }

    /// The policies of many views that are to be like those of both: the first, the second, the first again.
    pub fn in_turn(&self, number: usize) -> &Policy {
        if number.is_multiple_of(2) { self.first() } else { self.second() }
    }

    /// Whether both views are made alike.
    pub fn alike(&self) -> bool {
        self.second.is_none()
    }

    /// The policies that differ: one or two. Views of an image are what any of them may make of it.
    pub fn policies(&self) -> Vec<&Policy> {
        std::iter::once(&self.first).chain(&self.second).collect()
    }
}
