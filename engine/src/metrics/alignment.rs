//! Alignment: how close two views of the same validation image lie.

use super::{EvalOutputs, Found, Reference, Shape, scalar};
use augsphere_spec::{Card, Choice, Told};

/// The card.
pub fn card() -> Card {
    Card::new(
        "alignment",
        "Alignment",
        "Mean squared distance between the embeddings of two views of one image, on the unit sphere (alpha = 2). 0: views coincide. 2: they are unrelated. The views are made by the run's own augmentations: of runs with different ones, compare the alignment under a fixed policy.",
        "Wang, Isola, 2020, arXiv 2005.10242, section 4.1.1",
    )
    .tells([Told::number("alignment", "alignment")])
}

/// Over all validation pairs of views.
pub fn measure(held: &EvalOutputs<'_>, _choice: &Choice) -> Found {
    let [x, y] = held.views;
    vec![scalar("alignment", of(x, y, held.dimension))].into()
}

/// The mean squared distance of rows `[n, d]` and `[n, d]`; 0 without rows.
pub(super) fn of(x: &[f32], y: &[f32], d: usize) -> f64 {
    let squared: f64 = x.iter().zip(y).map(|(x, y)| f64::from(x - y).powi(2)).sum();
    squared / (x.len() / d.max(1)).max(1) as f64
}

/// Two unrelated directions are at squared distance 2.
pub fn levels(_choice: &Choice, _shape: Shape) -> Vec<Reference> {
    vec![("alignment".into(), 2.0, "unrelated views".into())]
}
