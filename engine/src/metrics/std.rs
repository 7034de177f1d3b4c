//! The standard deviation of the embedding's channels: whether each is still used.

use super::{EvalOutputs, Found, Reference, Shape, scalar};
use augsphere_spec::{Card, Choice, Told};

/// The card.
pub fn card() -> Card {
    Card::new(
        "std",
        "Standard deviation",
        "Mean over channels of the standard deviation of unit-length embeddings. Near 1/sqrt(d): spread over all directions. 0: collapsed to a point.",
        "Chen, He, 2021, arXiv 2011.10566, section 4.1",
    )
    .tells([Told::number("std", "standard deviation")])
}

/// Over the first view of the validation images.
pub fn measure(held: &EvalOutputs<'_>, _choice: &Choice) -> Found {
    let d = held.dimension.max(1);
    vec![scalar("std", channels(held.views[0], d).iter().sum::<f64>() / d as f64)].into()
}

/// The standard deviation of each channel over rows `[n, d]`, divided by `n`; 0 without rows.
pub fn channels(rows: &[f32], d: usize) -> Vec<f64> {
    let d = d.max(1);
    let count = (rows.len() / d).max(1) as f64;
    let channel = |c: usize| {
        let values = rows.iter().skip(c).step_by(d);
        let mean = values.clone().map(|&value| f64::from(value)).sum::<f64>() / count;
        (values.map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count).sqrt()
    };
    (0..d).map(channel).collect()
}

/// `1/sqrt(d)` is reached when the embedding is isotropic.
pub fn levels(_choice: &Choice, Shape { dimension, .. }: Shape) -> Vec<Reference> {
    vec![("std".into(), (1.0 / (dimension as f32).sqrt()), format!("even spread: 1/sqrt({dimension})"))]
}
