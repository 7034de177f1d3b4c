//! SimSiam: predict the other view with the same encoder, which is stopped there.

use super::asymmetric::{both_directions, card as family};
use super::{Branches, Level, Loss, Method, Setup};
use augsphere_spec::{Card, Knobs};

/// The card.
pub fn card() -> Card {
    family(Card::new(
        "simsiam",
        "SimSiam",
        "Predict the same encoder's embedding of the other view, through which no gradient flows. Without that stop the embeddings collapse, first onto a few directions.",
        "Chen, He, 2021, arXiv 2011.10566",
    ))
    .implies("target.kind", "stop_gradient")
    .implies("train.batch_norm", "per_view")
    .implies("predictor.kind", "mlp")
    .implies("predictor.hidden", 64i64)
    .implies("predictor.constant_rate", true)
    .implies("projector.hidden", 256i64)
    .implies("projector.dimension", 256i64)
    .implies("projector.output_norm", true)
}

struct SimSiam;

/// The method.
pub fn build(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(SimSiam)
}

impl Method for SimSiam {
    fn loss(&self, branches: &Branches, _knobs: &Knobs) -> Loss {
        both_directions(branches).into()
    }

    fn levels(&self, _images: usize, _knobs: &Knobs) -> Vec<Level> {
        vec![
            Level { value: -1.0, words: "every prediction right, also at collapse".into() },
            Level { value: 0.0, words: "unrelated directions".into() },
        ]
    }
}
