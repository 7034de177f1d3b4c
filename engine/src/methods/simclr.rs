//! SimCLR: pull the two views of an image together, push all other views in the batch away.

use super::knobs::temperature;
use super::{Branches, Level, Loss, Method, Setup};
use crate::losses::{nt_xent_chance, nt_xent_terms};
use augsphere_spec::{Card, Knobs};

/// The card.
pub fn card() -> Card {
    Card::new(
        "simclr",
        "SimCLR",
        "Each view must find the other view of its image among all views of the batch (NT-Xent, 2N - 1 candidates).",
        "Chen, Kornblith, Norouzi, Hinton, 2020, arXiv 2002.05709",
    )
    .family("contrastive")
    .knobs([temperature(0.5)])
}

struct SimClr;

/// The method.
pub fn build(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(SimClr)
}

impl Method for SimClr {
    fn loss(&self, branches: &Branches, knobs: &Knobs) -> Loss {
        let Branches { online, target, negatives, .. } = branches.clone();
        Loss::decomposed(nt_xent_terms(online, target, negatives, knobs.float("temperature")))
    }

    fn levels(&self, images: usize, _knobs: &Knobs) -> Vec<Level> {
        vec![Level { value: nt_xent_chance(images), words: format!("chance: log(2N - 1) with N = {images}") }]
    }
}
