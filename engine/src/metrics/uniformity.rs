//! Uniformity: how evenly the embeddings spread over the sphere.

use super::{EvalOutputs, Reference, scalar};
use crate::losses::uniformity_optimum;
use crate::pace::Pace;
use augsphere_spec::{Card, Choice, Knob, Scalar};

/// The card.
pub fn card() -> Card {
    Card::new(
        "uniformity",
        "Uniformity",
        "Log of the mean Gaussian potential between embeddings (over unordered pairs without self-pairs, averaged over the two views). 0: all in one point. The line is the value of a perfectly even spread in this dimension.",
        "Wang, Isola, 2020, arXiv 2005.10242, section 4.1.2",
    )
    .knobs([Knob::float("t", "t", 2.0, 0.1, 10.0, "Sharpness of the Gaussian potential.")])
}

/// `log mean exp(-t |x - y|^2)` over the unordered pairs of each view, averaged over the views.
pub async fn measure(held: &EvalOutputs<'_>, choice: &Choice, pace: &Pace) -> Vec<Scalar> {
    let t = choice.knobs.float("t");
    let of = async |view: &[f32]| {
        let rows: Vec<&[f32]> = view.chunks_exact(held.dimension.max(1)).collect();
        let mut sum = 0.0;
        for (i, x) in rows.iter().enumerate() {
            for y in &rows[i + 1..] {
                let squared: f32 = x.iter().zip(*y).map(|(x, y)| (x - y) * (x - y)).sum();
                sum += (-t * f64::from(squared)).exp();
            }
            pace.turn().await;
        }
        let pairs = (rows.len() * rows.len().saturating_sub(1)) as f64 / 2.0;
        (sum / pairs).ln()
    };
    vec![scalar("uniformity", (of(held.views[0]).await + of(held.views[1]).await) / 2.0)]
}

/// The population optimum in this dimension; the estimator without self-pairs can fall a little below it.
pub fn levels(choice: &Choice, dimension: usize, _classes: usize) -> Vec<Reference> {
    let optimum = uniformity_optimum(dimension, choice.knobs.float("t"));
    vec![("uniformity".into(), optimum as f32, format!("perfectly uniform in {dimension} dimensions"))]
}
