//! Barlow Twins: every channel says the same of both views, and no two channels say the same.

use super::knobs::weight;
use super::{Branches, Level, Loss, Method, Setup};
use crate::losses::{Correlations, Standardise, Terms};
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
    .implies("projector.layers", 3i64)
    .implies("train.batch_norm", "per_view")
    .implies("projector.hidden", 256i64)
    .implies("projector.dimension", 256i64)
}

struct Barlow;

/// The method.
pub fn build(_setup: &Setup<'_>) -> Box<dyn Method> {
    Box::new(Barlow)
}

impl Method for Barlow {
    fn loss(&self, branches: &Branches, knobs: &Knobs) -> Loss {
        let ([o1, o2], [t1, t2], [c1, c2]) = (branches.online.halves(), branches.target.halves(), branches.negatives.halves());
        let (diagonal, lambda) = (knobs.float("diagonal"), knobs.float("lambda"));
        let how = Standardise::named(knobs.text("standardise"));
        let mean = |a, b| (a + b) / 2.0;
        let same = [Correlations::of_same(o1.clone(), t2, how), Correlations::of_same(o2.clone(), t1, how)];
        let [(short1, square1), (short2, square2)] = same.map(|Correlations { short, square }| (short, square));
        let (short, square) = (mean(short1, short2), mean(square1, square2));
        let all = mean(Correlations::of_all(o1, c2, how), Correlations::of_all(o2, c1, how));
        // What is off the diagonal, and the diagonal once more: the distance of the whole matrix from the identity.
        let redundancy = short.clone() + all.clone() - square.clone();
        let parts = vec![("same_channels", short.clone()), ("all_channels", redundancy)];
        Loss { terms: Terms { attract: short * diagonal - square * lambda, repel: all * lambda }, parts }
    }

    fn levels(&self, _images: usize, _knobs: &Knobs) -> Vec<Level> {
        vec![Level { value: 0.0, words: "every channel agrees with itself and with no other".into() }]
    }
}
