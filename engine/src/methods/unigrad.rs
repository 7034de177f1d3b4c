//! UniGrad: the one gradient that all families turn out to follow.
//!
//! It is also row (e) of table 1 of the paper, BYOL's gradient with the target itself instead of its prediction: the weights `rho_v` of
//! past samples there are those of the moving average here.

use super::knobs::weight;
use super::{Branches, Loss, Method, Setup};
use crate::losses::{second_moment, unigrad_loss, unigrad_surrogate};
use crate::state::{State, Stored};
use augsphere_spec::{Card, Fault, Knob, Knobs};
use burn::tensor::Tensor;

/// Why shared weights do not go with a gradient that is written down.
pub(super) const NO_SHARED: &str = "its gradient is written down for the trained branch alone; none is defined for the other";
/// Why no predictor goes with it.
pub(super) const NO_PREDICTOR: &str = "its gradient is written down for the embedding itself";

/// The family of gradients that are written down.
pub(super) const FAMILY: &str = "unified";

/// What all cards of this family have in common: published with a momentum encoder and a projector of three layers.
pub(super) fn family(card: Card) -> Card {
    ["mlp", "fixed", "direct"]
        .into_iter()
        .fold(card.family(FAMILY), |card, kind| card.conflicts_with("predictor.kind", kind, NO_PREDICTOR))
        .conflicts_with("target.kind", "shared", NO_SHARED)
        .implies("target.kind", "momentum")
        .implies("train.batch_norm", "per_view")
        .implies("target.schedule", "cosine")
        .implies("projector.layers", 3i64)
        .implies("projector.hidden", 256i64)
        .implies("projector.dimension", 256i64)
}

/// Memory of the second moments.
fn rho() -> Knob {
    Knob::float("rho", "Memory", 0.99, 0.0, 0.9999, "Share of the former second moments that is kept at each step.").live()
}

/// The card.
pub fn card() -> Card {
    family(Card::new(
        "unigrad",
        "UniGrad",
        "Towards the other view, away from directions in which all images lie: what contrastive, asymmetric and decorrelating methods share; row e of the paper's table 1.",
        "Tao et al., 2022, arXiv 2112.05141",
    ))
    .formerly("gradient_e")
    .knobs([
        weight(
            "lambda",
            "Balance",
            12.0,
            1000.0,
            "Weight of the push away from crowded directions against the pull. Published: 100 for 2048 dimensions; here as much a dimension, for 256.",
        ),
        rho(),
    ])
}

/// Second moments of embeddings over past batches.
#[derive(Clone, Default)]
struct Moments(Option<Tensor<2>>);

impl Moments {
    /// With the batch's own folded in: what its loss sees.
    fn with(&self, views: &[Tensor<2>; 2], rho: f64) -> Tensor<2> {
        let plain = |z: &Tensor<2>| if z.is_autodiff() { z.clone().inner() } else { z.clone() };
        let batch = second_moment([plain(&views[0]), plain(&views[1])]);
        match self.0.clone().filter(|kept| kept.dims() == batch.dims()) {
            Some(kept) => kept * rho + batch * (1.0 - rho),
            None => batch,
        }
    }

    /// Keeps them for the next batch.
    fn keep(&mut self, views: &[Tensor<2>; 2], rho: f64) {
        self.0 = Some(self.with(views, rho));
    }
}

#[derive(Clone)]
struct UniGrad {
    moments: Moments,
}

/// The method.
pub fn build(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(UniGrad { moments: Moments::default() })
}

impl Method for UniGrad {
    fn loss(&self, branches: &Branches, knobs: &Knobs) -> Loss {
        let (online, target) = (branches.online.halves(), branches.target.halves());
        let moments = self.moments.with(&branches.negatives.halves(), knobs.float("rho"));
        let moments = if online[0].is_autodiff() { moments.autodiff() } else { moments };
        let meant = unigrad_loss(online.clone(), target.clone(), moments.clone(), knobs.float("lambda"));
        let terms = unigrad_surrogate(online, target, moments, knobs.float("lambda"));
        Loss { terms, parts: vec![("meant", meant.total())] }
    }

    fn moments(&self, views: &[Tensor<2>; 2], knobs: &Knobs) -> Option<Tensor<2>> {
        Some(self.moments.with(views, knobs.float("rho")))
    }

    fn state(&self, state: &mut State) {
        self.moments.0.iter().for_each(|moments| state.tensor("method.moments", moments));
    }

    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), Fault> {
        self.moments = Moments(stored.matrix("method.moments", None, None)?);
        Ok(())
    }

    fn remembered(&self) -> Option<Box<dyn Method>> {
        Some(Box::new(self.clone()))
    }

    fn remember(&mut self, branches: &Branches, knobs: &Knobs) {
        self.moments.keep(&branches.negatives.halves(), knobs.float("rho"));
    }
}
