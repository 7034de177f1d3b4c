//! DCL: SimCLR whose positive does not compete with the negatives.

use super::knobs::temperature;
use super::{Branches, Level, Loss, Method, Setup};
use crate::losses::{decoupled_collapse, decoupled_terms};
use augsphere_spec::{Card, Knobs};

/// The card.
pub fn card() -> Card {
    Card::new(
        "dcl",
        "DCL (decoupled)",
        "SimCLR with the positive taken out of the denominator, so that an easy positive no longer weakens the gradient; \
         the paper's weighting of positives (DCLW) is left out.",
        "Yeh, Hong, Hsu, Liu, Chen, LeCun, 2022, arXiv 2110.06848",
    )
    .family("contrastive")
    .knobs([temperature(0.1)])
}

struct Dcl;

/// The method.
pub fn build(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(Dcl)
}

impl Method for Dcl {
    fn loss(&self, branches: &Branches, knobs: &Knobs) -> Loss {
        let Branches { online, target, negatives, .. } = branches.clone();
        decoupled_terms(online, target, negatives, knobs.float("temperature")).into()
    }

    fn levels(&self, images: usize, _knobs: &Knobs) -> Vec<Level> {
        vec![Level { value: decoupled_collapse(images), words: format!("all embeddings equal: log(2N - 2) with N = {images}") }]
    }
}
