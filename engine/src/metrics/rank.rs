//! The effective rank: over how many directions the embeddings spread.

mod gram;
#[cfg(test)]
mod tests;

use super::{EvalOutputs, Found, Reference, Shape, profile, scalar};
use crate::eigen::symmetric_eigenvalues;
use crate::pace::{Pace, at_once};
use augsphere_spec::{Card, Choice, Payload, Scalar, Told};
use gram::Gram;

/// Rows in single precision leave eigenvalues of up to this share of their mean squared length where there should be 0.
const ROUNDING: f64 = 1e-12;

/// Above this many dimensions only the first so many rows count: the time grows with the cube of the smaller of the two.
const LARGEST: usize = 512;

/// What RankMe adds to each share.
const ADDED: f64 = 1e-7;

/// The card.
pub fn card() -> Card {
    Card::new(
        "rank",
        "Effective rank",
        "How many directions the unit-length embeddings use: exp of the entropy of their singular values (not centred; RankMe is the same but for 1e-7). At most d and the number of images: all alike. 1: collapsed to a point or a line. Participation asks it of the differences between images only, however small they are.",
        "Roy, Vetterli, 2007, The effective rank; Garrido and others, 2022, RankMe, arXiv 2210.02885",
    )
    .tells([
        Told::number("effective_rank", "effective rank"),
        Told::number("rankme", "RankMe"),
        Told::number("participation", "participation ratio"),
        Told::profile("spectrum", "variance along each direction"),
    ])
}

/// Of the first view of the validation images:
///
/// - `effective_rank` of the rows as they are. Not centred, so that a collapse to one point is 1, whatever noise remains
///   around it: centring would leave only the noise and find it in every direction.
/// - `participation`, of the covariance: over how many directions the differences between images spread, however small
///   the differences are. Identical rows do not differ at all: 0.
/// - `rankme` of the rows as they are.
/// - `spectrum`: the eigenvalues of the covariance, largest first.
///
/// None can exceed the number of images; above 512 dimensions the first 512 images count. Rows with a number that is
/// none are left out; without rows all are 0.
pub async fn measure(held: &EvalOutputs<'_>, _choice: &Choice, pace: &Pace) -> Found {
    let spectra = spectra(held.views[0], held.dimension, pace).await;
    let y: Vec<f32> = spectra.covariance.iter().map(|value| *value as f32).collect();
    let x = (1..=y.len()).map(|direction| direction as f32).collect();
    Found { scalars: scalars(&spectra), profiles: vec![profile("spectrum", Payload::Series { x, y })] }
}

/// The numbers of [`measure`] from eigenvalues.
pub fn scalars(spectra: &Spectra) -> Vec<Scalar> {
    vec![
        scalar("effective_rank", effective_rank(&spectra.moments)),
        scalar("participation", participation(&spectra.covariance)),
        scalar("rankme", rankme(&spectra.moments)),
    ]
}

/// The most that can be reached, of so many images of the first view: `min(n, d)`, and `min(n - 1, d)` of the differences between images.
pub fn levels(_choice: &Choice, Shape { dimension, images, .. }: Shape) -> Vec<Reference> {
    let images = if dimension > LARGEST { images.min(LARGEST) } else { images };
    let level = |name: &str, images: usize, verb: &str| {
        let words = if dimension <= images {
            format!("all d = {dimension} directions alike")
        } else {
            format!("the most directions in which so few images can {verb}: {images}")
        };
        (name.to_owned(), dimension.min(images) as f32, words)
    };
    let spread = |name| level(name, images, "lie");
    vec![spread("effective_rank"), level("participation", images.saturating_sub(1), "differ"), spread("rankme")]
}

/// Eigenvalues, largest first; of each the `min(n, d)` that need not be 0, and those that are rounding are 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spectra {
    /// Of `Z^T Z / n` for the rows `Z` as they are: their squared singular values over `n`.
    pub moments: Vec<f64>,
    /// Of the covariance `(Z - mean)^T (Z - mean) / n`.
    pub covariance: Vec<f64>,
}

/// The eigenvalues for rows `[n, d]` (Jing et al. 2022, arXiv 2110.09348, section 3; METHODS.md 8.4). Rows with a number that is none are
/// left out, and above 512 dimensions all but the first 512 of the others; nothing without rows.
pub async fn spectra(rows: &[f32], d: usize, pace: &Pace) -> Spectra {
    let d = d.max(1);
    let finite = rows.chunks_exact(d).filter(|row| row.iter().all(|value| value.is_finite()));
    let rows: Vec<&[f32]> = finite.take(if d > LARGEST { LARGEST } else { usize::MAX }).collect();
    if rows.is_empty() {
        return Spectra::default();
    }
    // The smaller of the two Gram matrices: they share all eigenvalues but zeros.
    let gram = Gram::of(&rows, d, pace).await;
    let rounding = ROUNDING * (0..gram.side).map(|at| gram.products[at * gram.side + at]).sum::<f64>();
    let of = async |products: &[f64]| {
        let mut eigenvalues = symmetric_eigenvalues(products, gram.side, pace).await;
        eigenvalues.sort_by(|a, b| b.total_cmp(a));
        eigenvalues.iter_mut().filter(|value| **value <= rounding).for_each(|value| *value = 0.0);
        eigenvalues
    };
    Spectra { moments: of(&gram.products).await, covariance: of(&gram.centred()).await }
}

/// One of the [`Spectra`], at once.
pub fn spectrum(rows: &[f32], d: usize, centred: bool) -> Vec<f64> {
    let spectra = at_once(spectra(rows, d, &Pace::default()));
    if centred { spectra.covariance } else { spectra.moments }
}

/// `exp(-sum p log p)` with the singular values' shares `p = sigma / sum sigma` and `sigma = sqrt(lambda)` (Roy, Vetterli, 2007). 0 if all
/// are 0.
pub fn effective_rank(eigenvalues: &[f64]) -> f64 {
    entropy_rank(eigenvalues, 0.0)
}

/// `exp(-sum p log p)` with `p = sigma / sum sigma + 1e-7`, of the eigenvalues of `Z^T Z / n`, not centred (Garrido et al. 2022; METHODS.md
/// 8.4). 0 if all are 0.
pub fn rankme(eigenvalues: &[f64]) -> f64 {
    entropy_rank(eigenvalues, ADDED)
}

fn entropy_rank(eigenvalues: &[f64], added: f64) -> f64 {
    let singular: Vec<f64> = eigenvalues.iter().map(|value| value.max(0.0).sqrt()).collect();
    let sum: f64 = singular.iter().sum();
    let shares = singular.iter().map(|value| value / sum + added).filter(|share| *share > 0.0);
    if sum > 0.0 { (-shares.map(|share| share * share.ln()).sum::<f64>()).exp() } else { 0.0 }
}

/// `(sum lambda)^2 / sum lambda^2`; 0 if all are 0.
pub fn participation(eigenvalues: &[f64]) -> f64 {
    let sum: f64 = eigenvalues.iter().sum();
    let shares = eigenvalues.iter().map(|value| value / sum);
    if sum > 0.0 { 1.0 / shares.map(|share| share * share).sum::<f64>() } else { 0.0 }
}

/// `sum lambda / max lambda` of the eigenvalues of `Z^T Z / n`, not centred: `|Z|_F^2 / |Z|_2^2` (METHODS.md 8.4). 0 if all are 0.
pub fn stable_rank(eigenvalues: &[f64]) -> f64 {
    let largest = eigenvalues.iter().fold(0.0f64, |largest, value| largest.max(*value));
    if largest > 0.0 { eigenvalues.iter().sum::<f64>() / largest } else { 0.0 }
}
