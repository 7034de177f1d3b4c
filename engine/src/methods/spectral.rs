//! The spectral contrastive loss: a low-rank factorisation of the graph of views.

use super::{Branches, Loss, Method, Setup};
use crate::losses::{Views, spectral_terms};
use augsphere_spec::{Card, Knob, Knobs};

/// The card.
pub fn card() -> Card {
    Card::new(
        "spectral",
        "Spectral contrastive",
        "Squares instead of a softmax: its best embedding holds the leading eigenvectors of the graph that joins views of one image.",
        "HaoChen, Wei, Gaidon, Ma, 2021, arXiv 2106.04156",
    )
    .family("contrastive")
    .knobs([Knob::float("mu", "Ball", 1.0, 0.0, 100.0, "Embeddings are clipped to a ball of radius root mu; 0 does not clip.").live()])
}

struct Spectral;

/// The method.
pub fn build(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(Spectral)
}

impl Method for Spectral {
    fn loss(&self, branches: &Branches, knobs: &Knobs) -> Loss {
        let [online, target, negatives] = [&branches.online, &branches.target, &branches.negatives].map(Views::halves);
        spectral_terms(online, target, negatives, knobs.float("mu")).into()
    }
}
