//! The simplest contrastive loss, without a logarithm: what of contrastive learning is lost with it?

use super::knobs::weight;
use super::{Branches, Level, Loss, Method, Setup};
use crate::losses::{Views, linear_terms};
use augsphere_spec::{Card, Knobs};

/// The card.
pub fn card() -> Card {
    Card::new(
        "linear",
        "Simple linear contrastive",
        "Mean similarity of other images minus that of the views: it ends on two opposite points, for it only asks for a mean of zero.",
        "Huang, Yi, Zhao, Jiang, 2021, arXiv 2111.00743, section 4.1",
    )
    .family("contrastive")
    .knobs([weight("weight", "Weight of the negatives", 1.0, 10.0, "How much the mean similarity of different images counts.")])
}

struct Linear;

/// The method.
pub fn build(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(Linear)
}

impl Method for Linear {
    fn loss(&self, branches: &Branches, knobs: &Knobs) -> Loss {
        let [online, target, negatives] = [&branches.online, &branches.target, &branches.negatives].map(Views::halves);
        linear_terms(online, target, negatives, knobs.float("weight")).into()
    }

    fn levels(&self, _images: usize, knobs: &Knobs) -> Vec<Level> {
        vec![Level { value: knobs.float("weight") - 1.0, words: "all embeddings equal: weight - 1".into() }]
    }
}
