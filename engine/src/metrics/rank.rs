//! The effective rank: over how many directions the embeddings spread.

use super::{EvalOutputs, Reference, scalar};
use crate::eigen::symmetric_eigenvalues;
use crate::pace::{Pace, at_once};
use augsphere_spec::{Card, Choice, Scalar};

/// Rows in single precision leave eigenvalues of up to this share of their mean squared length where there should be 0.
const ROUNDING: f64 = 1e-12;

/// Above this many dimensions only the first so many rows count: the time grows with the cube of the smaller of the two.
const LARGEST: usize = 512;

/// The card.
pub fn card() -> Card {
    Card::new(
        "rank",
        "Effective rank",
        "How many directions the unit-length embeddings use: exp of the entropy of their singular values (not centred). Near d: all alike. 1: collapsed to a point or a line. Participation asks it of the differences between images only, however small they are.",
        "Roy, Vetterli, 2007, The effective rank; Garrido and others, 2022, RankMe",
    )
}

/// Of the first view of the held-out images:
///
/// - `effective_rank` of the rows as they are. Not centred, so that a collapse to one point is 1, whatever noise remains
///   around it: centring would leave only the noise and find it in every direction.
/// - `participation`, of the covariance: over how many directions the differences between images spread, however small
///   the differences are. Identical rows do not differ at all: 0.
///
/// Neither can exceed the number of images; above 512 dimensions the first 512 images count. Rows with a number that is
/// none are left out; without rows both are 0.
pub async fn measure(held: &EvalOutputs<'_>, _choice: &Choice, pace: &Pace) -> Vec<Scalar> {
    let of = async |centred: bool| spectrum_in_pieces(held.views[0], held.dimension, centred, pace).await;
    vec![scalar("effective_rank", effective_rank(&of(false).await)), scalar("participation", participation(&of(true).await))]
}

/// `d` is reached when all directions are used alike.
pub fn levels(_choice: &Choice, dimension: usize, _classes: usize) -> Vec<Reference> {
    let words = format!("all d = {dimension} directions alike");
    ["effective_rank", "participation"].map(|name| (name.into(), dimension as f32, words.clone())).into()
}

/// The eigenvalues of `Z^T Z / n`, largest first, for the rows `[n, d]` as they are or, `centred`, minus their mean: the
/// squared singular values of `Z` over `n`. Only the `min(n, d)` that need not be 0; those that are rounding are 0. Rows
/// with a number that is none are left out.
pub fn spectrum(rows: &[f32], d: usize, centred: bool) -> Vec<f64> {
    at_once(spectrum_in_pieces(rows, d, centred, &Pace::default()))
}

async fn spectrum_in_pieces(rows: &[f32], d: usize, centred: bool, pace: &Pace) -> Vec<f64> {
    let d = d.max(1);
    let finite = rows.chunks_exact(d).filter(|row| row.iter().all(|value| value.is_finite()));
    let rows: Vec<&[f32]> = finite.take(if d > LARGEST { LARGEST } else { usize::MAX }).collect();
    let n = rows.len();
    if n == 0 {
        return Vec::new();
    }
    let mut z: Vec<f64> = rows.iter().flat_map(|row| row.iter().map(|value| f64::from(*value))).collect();
    let rounding = ROUNDING * z.iter().map(|value| value * value).sum::<f64>() / n as f64;
    if centred {
        for column in 0..d {
            let mean = (0..n).map(|row| z[row * d + column]).sum::<f64>() / n as f64;
            (0..n).for_each(|row| z[row * d + column] -= mean);
        }
    }
    // The smaller of the two Gram matrices: they share all eigenvalues but zeros. Its vectors lie in rows.
    let (vectors, length) = if d <= n { (transposed(&z, n, d), n) } else { (z, d) };
    let side = d.min(n);
    let mut gram = vec![0.0; side * side];
    for i in 0..side {
        let own = &vectors[i * length..(i + 1) * length];
        for j in 0..=i {
            let other = &vectors[j * length..(j + 1) * length];
            let product = own.iter().zip(other).map(|(a, b)| a * b).sum::<f64>() / n as f64;
            (gram[i * side + j], gram[j * side + i]) = (product, product);
        }
        pace.turn().await;
    }
    let mut eigenvalues = symmetric_eigenvalues(&gram, side);
    eigenvalues.sort_by(|a, b| b.total_cmp(a));
    eigenvalues.iter_mut().filter(|value| **value <= rounding).for_each(|value| *value = 0.0);
    eigenvalues
}

/// `[n, d]` to `[d, n]`.
fn transposed(z: &[f64], n: usize, d: usize) -> Vec<f64> {
    (0..d).flat_map(|column| (0..n).map(move |row| z[row * d + column])).collect()
}

/// `exp(-sum p log p)` with the singular values' shares `p = sigma / sum sigma` and `sigma = sqrt(lambda)` (Roy, Vetterli,
/// 2007). RankMe is the same with 1e-7 added to each `p`. 0 if all are 0.
pub fn effective_rank(eigenvalues: &[f64]) -> f64 {
    let singular: Vec<f64> = eigenvalues.iter().map(|value| value.max(0.0).sqrt()).collect();
    let sum: f64 = singular.iter().sum();
    let shares = singular.iter().map(|value| value / sum).filter(|share| *share > 0.0);
    if sum > 0.0 { (-shares.map(|share| share * share.ln()).sum::<f64>()).exp() } else { 0.0 }
}

/// `(sum lambda)^2 / sum lambda^2`; 0 if all are 0.
pub fn participation(eigenvalues: &[f64]) -> f64 {
    let sum: f64 = eigenvalues.iter().sum();
    let shares = eigenvalues.iter().map(|value| value / sum);
    if sum > 0.0 { 1.0 / shares.map(|share| share * share).sum::<f64>() } else { 0.0 }
}
