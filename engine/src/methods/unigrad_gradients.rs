//! The simplified gradients of the families, as methods of their own: how little is left of each, and is it the same?
//!
//! Rows b, g, h and j of table 1 of Tao et al. 2022. The other rows are methods by other names: (a) is MoCo, (c) BYOL, (d) DirectPred,
//! (e) UniGrad, (f) Barlow Twins and (i) VICReg, each with a momentum target.

use super::knobs::{temperature, weight};
use super::unigrad::family;
use super::{Branches, Loss, Method, Setup};
use crate::losses::{Views, form_b, form_g, form_h, form_j};
use augsphere_spec::{Card, Knob, Knobs};

/// The name of row g, whose balance does not count a dimension.
pub(super) const GRADIENT_G: &str = "gradient_g";

const PAPER: &str = "Tao et al., 2022, arXiv 2112.05141, table 1";

fn balance(default: f64) -> Knob {
    weight(
        "lambda",
        "Balance",
        default,
        1000.0,
        "Weight of the push against the pull. Published: about 100 for 2048 dimensions; here as much a dimension, for 256.",
    )
}

/// Row b.
pub fn card_b() -> Card {
    family(Card::new(
        "gradient_b",
        "Gradient of SimCLR, one half",
        "Row b: towards the other view, away from all 2N targets as a softmax weighs them, its own included; anchors only, others count as constants.",
        PAPER,
    ))
    .knobs([temperature(0.2)])
}

/// Row g.
pub fn card_g() -> Card {
    family(Card::new(
        GRADIENT_G,
        "Gradient of Barlow Twins, without its diagonal",
        "Row g: the pull no longer depends on how well a channel agrees already; channels are still standardised over the batch.",
        PAPER,
    ))
    .knobs([Knob::float(
        "lambda",
        "Balance",
        0.005,
        0.0,
        1.0,
        "Weight of the push against the pull, as in Barlow Twins: standardised rows grow with the dimension, so it does not.",
    )
    .logarithmic()
    .live()])
}

/// Row h.
pub fn card_h() -> Card {
    family(Card::new(
        "gradient_h",
        "Gradient of Barlow Twins, simplified",
        "Row h: others weigh by how similar their targets are, and push by their trained embeddings; unit length instead of standardised channels.",
        PAPER,
    ))
    .knobs([balance(12.0)])
}

/// Row j.
pub fn card_j() -> Card {
    family(Card::new(
        "gradient_j",
        "Gradient of VICReg, simplified",
        "Row j: others weigh and push by their trained embeddings, whatever the target; unit length instead of standardised channels.",
        PAPER,
    ))
    .knobs([balance(12.0)])
}

enum Form {
    B,
    G,
    H,
    J,
}

/// Row b.
pub fn build_b(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(Form::B)
}

/// Row g.
pub fn build_g(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(Form::G)
}

/// Row h.
pub fn build_h(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(Form::H)
}

/// Row j.
pub fn build_j(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(Form::J)
}

impl Method for Form {
    fn loss(&self, branches: &Branches, knobs: &Knobs) -> Loss {
        let [online, target, negatives] = [&branches.online, &branches.target, &branches.negatives].map(Views::halves);
        let lambda = knobs.float("lambda");
        match self {
            Self::B => form_b(online, target, negatives, knobs.float("temperature")),
            Self::G => form_g(online, target, negatives, lambda),
            Self::H => form_h(online, target, negatives, lambda),
            Self::J => form_j(online, target, lambda),
        }
        .into()
    }
}
