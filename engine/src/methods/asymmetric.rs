//! The loss that BYOL, SimSiam and DirectPred share: a predictor on one side, and the cosine to what stands on the other.

use super::Branches;
use crate::losses::{Terms, cosine_terms};
use augsphere_spec::Card;

/// Why nothing but the positive can come from a momentum encoder.
const WHY: &str = "it has a positive term only, so this would be the momentum encoder";

/// What all cards of this family have in common.
pub(super) fn card(card: Card) -> Card {
    card.family("asymmetric").conflicts_with("target.kind", "momentum_positive", WHY)
}

/// `-cos` of prediction and target, the mean of both directions.
pub(super) fn both_directions(branches: &Branches) -> Terms {
    let ([p1, p2], [t1, t2]) = (branches.online.halves(), branches.target.halves());
    let (one, two) = (cosine_terms(p1, t2), cosine_terms(p2, t1));
    Terms { attract: (one.attract + two.attract) / 2.0, repel: (one.repel + two.repel) / 2.0 }
}
