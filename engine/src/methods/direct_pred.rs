//! DirectPred: BYOL with a linear predictor that is set in closed form. With its gradient written out it is row (d) of UniGrad's table 1.

use super::asymmetric::{both_directions, card as family};
use super::{Branches, Level, Loss, Method, Setup};
use augsphere_spec::{Card, Knobs};

/// The card.
pub fn card() -> Card {
    family(Card::new(
        "direct_pred",
        "DirectPred",
        "BYOL whose predictor is not trained but set from the eigenvectors of the embeddings' second moments.",
        "Tian, Chen, Ganguli, 2021, arXiv 2102.06810",
    ))
    .implies("target.kind", "momentum")
    .implies("train.batch_norm", "per_view")
    .implies("predictor.kind", "direct")
    .implies("projector.hidden", 256i64)
}

struct DirectPred;

/// The method.
pub fn build(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(DirectPred)
}

impl Method for DirectPred {
    fn loss(&self, branches: &Branches, _knobs: &Knobs) -> Loss {
        both_directions(branches).into()
    }

    fn levels(&self, _images: usize, _knobs: &Knobs) -> Vec<Level> {
        vec![Level { value: -1.0, words: "every prediction right, also at collapse".into() }]
    }
}
