//! The largest product of class centres: how far apart the classes are.

use super::knn::unit_rows;
use super::{EvalOutputs, Found, Reference, Shape, scalar};
use crate::concentration::theorem::Centres;
use augsphere_spec::{Card, Choice, Told};

/// The card.
pub fn card() -> Card {
    Card::new(
        "centre_product",
        "Largest product of class centres",
        "Largest inner product of the mean features of two classes, of validation features scaled to unit length (before the projector), not augmented: what Huang et al. call divergence. 1: two classes coincide at a point. -1/(C - 1): C centres as far apart as they can be. Near 0: far apart, or each class spread out.",
        "Huang, Yi, Zhao, Jiang, 2023, arXiv 2111.00743, section 3.1",
    )
    .tells([Told::number("centre_product", "largest product of class centres")])
}

/// `max_{l != k} mu_l . mu_k` (Huang et al., Theorem 1; METHODS.md 3.2) with `mu_k` the mean of the unit-length features of the validation
/// images of class `k`, -1 to 1. The theorem's centres are means over views; these are over the images as they are, which is what the
/// nearest-neighbour accuracy sees, too. Nothing with fewer than two classes among the images.
pub fn measure(held: &EvalOutputs<'_>, _choice: &Choice) -> Found {
    // A class without images has no centre: it must not count as one at 0.
    let mut present: Vec<u8> = held.labels.to_vec();
    present.sort_unstable();
    present.dedup();
    let place = |label: &u8| present.binary_search(label).unwrap_or_default();
    let labels: Vec<usize> = held.labels.iter().map(place).collect();
    let features = unit_rows(held.features, held.width);
    let centres = Centres::of(&features, held.width.max(1), &labels, present.len());
    centres.largest_product().map(|product| scalar("centre_product", product)).into_iter().collect::<Vec<_>>().into()
}

/// The corners of a regular simplex are as far apart as so many centres of length 1 can be.
pub fn levels(_choice: &Choice, Shape { classes, .. }: Shape) -> Vec<Reference> {
    let lowest = -1.0 / (classes.max(2) - 1) as f32;
    vec![("centre_product".into(), lowest, format!("as far apart as {classes} centres can be: -1/(C - 1)"))]
}
