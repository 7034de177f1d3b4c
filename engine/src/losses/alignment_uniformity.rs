//! Alignment and uniformity: how close the views of an image are, and how evenly all images fill the sphere.

use super::{absent, constant, mask, squared_distances, together};
use burn::tensor::Tensor;

/// Alignment (Wang & Isola 2020, section 4.1.1): the mean of `|x - y|^alpha` over positive pairs of rows `[N, d]`.
/// Rows are taken as they are; normalise them first. 0 is best.
///
/// For `alpha` below 2 a pair closer than 1e-15 has no gradient (mathematically it has none at 0, and below 1 an infinite one
/// near it), so that views that coincide do not stop a run.
pub fn alignment(x: Tensor<2>, y: Tensor<2>, alpha: f64) -> Tensor<1> {
    let squared = (x - y).square().sum_dim(1);
    // The root of 0 has no gradient; alpha = 2 never takes it.
    let distance = if (alpha - 2.0).abs() < 1e-12 { squared } else { squared.clamp_min(1e-30).powf_scalar(alpha / 2.0) };
    distance.mean()
}

/// Uniformity (Wang & Isola 2020, section 4.1.2): `log mean exp(-t |x_i - x_j|^2)` over unordered pairs `i < j` of the rows
/// `[N, d]`, without self-pairs (the estimator of the paper's appendix B.1, which can fall below the population optimum).
/// Rows are taken as they are; normalise them first.
///
/// One row has no pairs: value and gradient are not numbers, here but not in [`uniformity_with_self`].
pub fn uniformity(x: Tensor<2>, t: f64) -> Tensor<1> {
    let [n, _] = x.dims();
    let pairs = (n * n.saturating_sub(1)) as f64 / 2.0;
    potential(x, t).div_scalar(pairs).log()
}

/// Uniformity with self-pairs: `log mean exp(-t |x_i - x_j|^2)` over all `N^2` ordered pairs (the V-statistic of Wang & Isola
/// 2020, appendix A.1.1), which never falls below [`uniformity_optimum`]. Rows `[N, d]` are taken as they are.
///
/// One row: exactly 0, without gradient.
pub fn uniformity_with_self(x: Tensor<2>, t: f64) -> Tensor<1> {
    let n = x.dims()[0] as f64;
    ((potential(x, t) * 2.0 + n) / (n * n)).log()
}

/// The sum of `exp(-t |x_i - x_j|^2)` over the pairs `i < j`.
fn potential(x: Tensor<2>, t: f64) -> Tensor<1> {
    let [n, _] = x.dims();
    let upper = mask(n, n, &x.device().without_autodiff(), |row, column| row < column);
    let near = (squared_distances(x.clone(), x) * -t).exp();
    (near.clone() * constant(upper, &near)).sum()
}

/// Uniformity of queries against a queue (Wang & Isola 2020, appendix B.2; METHODS.md 2.1): `log mean exp(-t |q_i - k_j|^2)`
/// over the `N` rows of `queries` `[N, d]` and the first `filled` rows of `queue` `[K, d]`, taken as they are.
///
/// Nothing filled: zero.
pub fn uniformity_against(queries: Tensor<2>, queue: Tensor<2>, filled: usize, t: f64) -> Tensor<1> {
    let [[queries, queue]] = together([[queries, queue]]);
    let ([n, _], [length, _]) = (queries.dims(), queue.dims());
    let filled = filled.min(length);
    if filled == 0 {
        return absent(queries);
    }
    let mut near = (squared_distances(queries, queue) * -t).exp();
    if filled < length {
        let counts = mask(1, length, &near.device().without_autodiff(), |_, at| at < filled);
        near = near.clone() * constant(counts, &near);
    }
    near.sum().div_scalar((n * filled) as f64).log()
}

/// The least uniformity on the unit sphere in `d` dimensions, reached by the uniform distribution alone
/// (Wang & Isola 2020, proposition 3): `-2t + log 0F1(; d/2; t^2)`.
pub fn uniformity_optimum(d: usize, t: f64) -> f64 {
    let a = d as f64 / 2.0;
    let mut term = 1.0;
    let mut sum = 1.0;
    for n in 0..200 {
        let n = f64::from(n);
        term *= t * t / ((a + n) * (n + 1.0));
        sum += term;
    }
    -2.0 * t + f64::ln(sum)
}
