//! `R_epsilon`: how many images have views that lie far apart.

use super::cosines::finite;
use super::{EvalOutputs, Found, scalar};
use augsphere_spec::{Card, Choice, Knob, Told};

/// The card.
pub fn card() -> Card {
    Card::new(
        "spread",
        "R_epsilon",
        "Share of validation images whose two views lie farther apart than epsilon in the embedding, on the unit sphere. A lower bound of Huang et al.'s R_epsilon, which counts an image if any two of all its possible views do.",
        "Huang, Yi, Zhao, Jiang, 2023, arXiv 2111.00743, section 3",
    )
    .tells([
        Told::share("r_epsilon", "views farther apart than epsilon"),
    ])
    .knobs([Knob::float("epsilon", "epsilon", 0.5, 0.01, 2.0, "Distance on the unit sphere above which two views count as far apart.")])
}

/// [`r_epsilon`] over all validation pairs of views.
pub fn measure(held: &EvalOutputs<'_>, choice: &Choice) -> Found {
    let share = r_epsilon(held.views, held.dimension, choice.knobs.float("epsilon"));
    Found { scalars: share.map(|share| scalar("r_epsilon", share)).into_iter().collect(), profiles: Vec::new() }
}

/// The share of images with `|x_i - y_i| > epsilon`, 0 to 1, of the unit rows `[n, d]` and `[n, d]`. A lower bound of Huang et al.'s
/// `R_epsilon = P[sup |f(x1) - f(x2)| > epsilon]`, the supremum over any two views `x1`, `x2` of an image (METHODS.md 3.2), of which two
/// are drawn here. Images with a number that is none are left out; nothing without images.
pub fn r_epsilon(views: [&[f32]; 2], d: usize, epsilon: f64) -> Option<f64> {
    let distance = |[x, y]: [&[f32]; 2]| x.iter().zip(y).map(|(x, y)| f64::from(x - y).powi(2)).sum::<f64>().sqrt();
    let (mut images, mut far) = (0u64, 0u64);
    for pair in finite(views, d) {
        images += 1;
        far += u64::from(distance(pair) > epsilon);
    }
    (images > 0).then(|| far as f64 / images as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distances 0, sqrt(0.4) = 0.632, 2, and two that are none.
    #[test]
    fn r_epsilon_is_the_share_beyond_epsilon() {
        let x = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, f32::INFINITY, 0.0];
        let y = [1.0, 0.0, 0.8, 0.6, -1.0, 0.0, f32::NAN, 0.0, 1.0, 0.0];
        for (epsilon, expected) in [(0.01, 2.0 / 3.0), (0.632, 2.0 / 3.0), (0.633, 1.0 / 3.0), (2.0, 0.0)] {
            assert_eq!(r_epsilon([&x, &y], 2, epsilon), Some(expected), "{epsilon}");
        }
        for (x, y, d) in [(&x[..0], &y[..0], 2), (&x[..0], &y[..0], 0), (&x[..1], &y[..1], 2), (&x[8..], &y[8..], 2)] {
            assert_eq!(r_epsilon([x, y], d, 0.5), None, "no images");
        }
    }
}
