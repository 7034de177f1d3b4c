//! The simplified gradients of the families, as methods of their own: how little is left of each, and is it the same?
//!
//! Rows b, e, h and j of table 1 of Tao et al. 2022.

use super::knobs::{temperature, weight};
use super::unigrad::{Moments, family, rho};
use super::{Branches, Loss, Method, Setup};
use crate::losses::{form_b, form_h, form_j, unigrad_surrogate};
use augsphere_spec::{Card, Knob, Knobs};

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
        "Row b: towards the other view, away from all others as a softmax weighs them; anchors only, others count as constants.",
        PAPER,
    ))
    .knobs([temperature(0.2)])
}

/// Row e.
pub fn card_e() -> Card {
    family(Card::new(
        "gradient_e",
        "Gradient of BYOL, simplified",
        "Row e: towards the other view itself instead of its prediction, away from crowded directions of all past images.",
        PAPER,
    ))
    .knobs([balance(12.0), rho()])
}

/// Row h.
pub fn card_h() -> Card {
    family(Card::new(
        "gradient_h",
        "Gradient of Barlow Twins, simplified",
        "Row h: others weigh by how similar their targets are; unit length instead of standardised channels.",
        PAPER,
    ))
    .knobs([balance(12.0)])
}

/// Row j.
pub fn card_j() -> Card {
    family(Card::new(
        "gradient_j",
        "Gradient of VICReg, simplified",
        "Row j: others weigh by how similar the trained embeddings are; unit length instead of standardised channels.",
        PAPER,
    ))
    .knobs([balance(12.0)])
}

enum Form {
    B,
    E(Box<Moments>),
    H,
    J,
}

/// Row b.
pub fn build_b(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(Form::B)
}

/// Row e.
pub fn build_e(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(Form::E(Box::default()))
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
        let Branches { online, target, negatives, .. } = branches.clone();
        let lambda = knobs.float("lambda");
        match self {
            Self::B => form_b(online, target, negatives, knobs.float("temperature")),
            Self::E(moments) => {
                let moments = moments.with(&negatives, knobs.float("rho"));
                let moments = if online[0].is_autodiff() { moments.autodiff() } else { moments };
                unigrad_surrogate(online, target, moments, lambda)
            }
            Self::H => form_h(online, target, negatives, lambda),
            Self::J => form_j(online, target, negatives, lambda),
        }
        .into()
    }

    fn remember(&mut self, branches: &Branches, knobs: &Knobs) {
        if let Self::E(moments) = self {
            moments.keep(&branches.negatives, knobs.float("rho"));
        }
    }
}
