//! InfoNCE across views: each view must find its other view among the other views of the batch only.

use super::knobs::temperature;
use super::{Branches, Level, Loss, Method, Setup};
use crate::losses::cross_view_terms;
use augsphere_spec::{Card, Knobs};

/// The card.
pub fn card() -> Card {
    Card::new(
        "infonce",
        "InfoNCE across views",
        "Each view must find its other view among the other views of the batch (N candidates), as Wang & Isola train it.",
        "Wang, Isola, 2020, arXiv 2005.10242, appendix B.1",
    )
    .family("contrastive")
    .knobs([temperature(0.5)])
}

struct InfoNce;

/// The method.
pub fn build(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(InfoNce)
}

impl Method for InfoNce {
    fn loss(&self, branches: &Branches, knobs: &Knobs) -> Loss {
        let Branches { online, target, negatives, .. } = branches.clone();
        Loss::decomposed(cross_view_terms(online, target, negatives, knobs.float("temperature")))
    }

    fn levels(&self, images: usize, _knobs: &Knobs) -> Vec<Level> {
        vec![Level { value: (images as f64).ln(), words: format!("chance: log N with N = {images}") }]
    }
}
