//! VICReg: agree on both views, keep every channel's spread, keep channels apart.

use super::knobs::weight;
use super::{Branches, Level, Loss, Method, Setup};
use crate::losses::{Terms, VicReg, VicRegForm, vicreg_invariance, vicreg_spread};
use augsphere_spec::{Card, Knob, Knobs};

/// The card.
pub fn card() -> Card {
    Card::new(
        "vicreg",
        "VICReg",
        "Invariance between views, a least variance for every channel, no covariance between channels.",
        "Bardes, Ponce, LeCun, 2022, arXiv 2105.04906",
    )
    .family("decorrelation")
    .knobs([
        weight("invariance", "Weight of invariance", 25.0, 100.0, "How much two views must agree (lambda)."),
        weight("variance", "Weight of variance", 25.0, 100.0, "How much every channel must spread (mu)."),
        weight("covariance", "Weight of covariance", 1.0, 100.0, "How much channels must differ (nu)."),
        Knob::float("gamma", "Least spread", 1.0, 0.01, 10.0, "Standard deviation that every channel should reach.").live(),
        Knob::choice(
            "form",
            "Form",
            &["official", "paper", "solo_learn"],
            "official: the authors' code (invariance also divided by the dimension, half of the variance terms). paper: the formulas as printed. solo_learn: invariance divided, variance in full.",
        )
        .live(),
    ])
    .implies("projector.layers", 3i64)
    .implies("train.batch_norm", "per_view")
    .implies("projector.hidden", 256i64)
    .implies("projector.dimension", 256i64)
    .conflicts_with("target.kind", "momentum_positive", "its other terms look at each branch by itself, so this would be the momentum encoder")
}

struct VicRegMethod;

/// The method.
pub fn build(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(VicRegMethod)
}

/// The weights that its knobs say.
pub(crate) fn settings(knobs: &Knobs) -> VicReg {
    VicReg {
        invariance: knobs.float("invariance"),
        variance: knobs.float("variance"),
        covariance: knobs.float("covariance"),
        gamma: knobs.float("gamma"),
        epsilon: 1e-4,
        form: VicRegForm::named(knobs.text("form")),
    }
}

impl Method for VicRegMethod {
    fn loss(&self, branches: &Branches, knobs: &Knobs) -> Loss {
        let settings = settings(knobs);
        let ([o1, o2], [t1, t2]) = (branches.online.halves(), branches.target.halves());
        // Spread and covariance are asked of the trained branch; agreement is with the target.
        let (variance, covariance) = vicreg_spread(o1.clone(), o2.clone(), &settings);
        let invariance = (vicreg_invariance(o1, t2, &settings) + vicreg_invariance(o2, t1, &settings)) / 2.0;
        let parts = vec![("invariance", invariance.clone()), ("variance", variance.clone()), ("covariance", covariance.clone())];
        Loss { terms: Terms { attract: invariance, repel: variance + covariance }, parts }
    }

    fn levels(&self, _images: usize, _knobs: &Knobs) -> Vec<Level> {
        vec![Level { value: 0.0, words: "views agree, channels spread and differ".into() }]
    }
}
