//! BYOL: predict what a slowly following copy says of the other view.

use super::asymmetric::{both_directions, card as family};
use super::{Branches, Level, Loss, Method, Setup};
use crate::losses::Terms;
use augsphere_spec::{Card, Knobs};

/// The card.
pub fn card() -> Card {
    family(Card::new(
        "byol",
        "BYOL",
        "Predict what a momentum encoder says of the other view. No negatives; take the predictor away and it collapses.",
        "Grill et al., 2020, arXiv 2006.07733",
    ))
    .implies("target.kind", "momentum")
    .implies("train.batch_norm", "per_view")
    .implies("target.schedule", "cosine")
    .implies("predictor.kind", "mlp")
    .implies("predictor.hidden", 256i64)
    .implies("projector.hidden", 256i64)
}

struct Byol;

/// The method.
pub fn build(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(Byol)
}

impl Method for Byol {
    /// The mean over images of `2 - 2 cos`, summed over both directions.
    fn loss(&self, branches: &Branches, _knobs: &Knobs) -> Loss {
        let Terms { attract, repel } = both_directions(branches);
        Terms { attract: attract * 4.0 + 4.0, repel: repel * 4.0 }.into()
    }

    fn levels(&self, _images: usize, _knobs: &Knobs) -> Vec<Level> {
        vec![
            Level { value: 0.0, words: "every prediction right, also at collapse".into() },
            Level { value: 4.0, words: "unrelated directions".into() },
        ]
    }
}
