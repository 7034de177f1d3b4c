//! Barlow Twins: every channel says the same of both views, and no two channels say the same.

use super::knobs::weight;
use super::{Branches, Level, Loss, Method, Setup};
use crate::losses::{Standardise, Terms, barlow_terms};
use augsphere_spec::{Card, Knob, Knobs};

/// The card.
pub fn card() -> Card {
    Card::new(
        "barlow_twins",
        "Barlow Twins",
        "The correlation of every channel between two views becomes 1, that of different channels 0.",
        "Zbontar, Jing, Misra, LeCun, Deny, 2021, arXiv 2103.03230",
    )
    .family("decorrelation")
    .knobs([
        weight("diagonal", "Weight of invariance", 1.0, 10.0, "How much the same channel of two views must agree."),
        Knob::float("lambda", "Weight of decorrelation", 0.005, 0.0, 1.0, "How much different channels must differ.").logarithmic().live(),
        Knob::choice(
            "standardise",
            "Standardisation",
            &["batch_norm", "biased", "unbiased"],
            "batch_norm: biased variance plus 1e-5, as the authors' code. biased: without the 1e-5. unbiased: divided by N - 1, as the paper's pseudocode; leaves a small floor.",
        )
        .live(),
    ])
    .suit("projector.layers", 3i64)
    .suit("projector.hidden", 256i64)
    .suit("projector.dimension", 256i64)
}

struct Barlow;

/// The method.
pub fn build(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(Barlow)
}

impl Method for Barlow {
    fn loss(&self, branches: &Branches, knobs: &Knobs) -> Loss {
        let Branches { online: [o1, o2], target: [t1, t2], contrast: [c1, c2], .. } = branches.clone();
        let (diagonal, lambda) = (knobs.float("diagonal"), knobs.float("lambda"));
        let how = match knobs.text("standardise") {
            "biased" => Standardise::Biased,
            "unbiased" => Standardise::Unbiased,
            _ => Standardise::BatchNorm,
        };
        let pair = |a, b| barlow_terms(a, b, diagonal, lambda, how);
        let mean = |a, b| (a + b) / 2.0;
        let (one, two) = (pair(o1.clone(), t2), pair(o2.clone(), t1));
        let (far_one, far_two) = (pair(o1, c2), pair(o2, c1));
        Terms { attract: mean(one.attract, two.attract), repel: mean(far_one.repel, far_two.repel) }.into()
    }

    fn levels(&self, _images: usize, _knobs: &Knobs) -> Vec<Level> {
        vec![Level { value: 0.0, words: "every channel agrees with itself and with no other".into() }]
    }
}
