//! The softmax losses: NT-Xent, its decoupled form, cross-view InfoNCE and MoCo's queue. How well does each view find the other view of its
//! image among candidates?
//!
//! Rows are raw and normalised here. `online` are the anchors, `positive` what they should find and `negatives` the other
//! candidates, for both views; with shared weights all three are the same.

use super::{Terms, Views, alike, normalise};
use crate::nn::{Candidates, mean_log_sum_exp, mean_product, paired_products, product};
use burn::tensor::Tensor;

/// NT-Xent (Chen et al. 2020, eq. 1): with the `2N` normalised rows of both views,
/// `-log(exp(z_i z_p(i) / tau) / sum_{k != i} exp(z_i z_k / tau))`, averaged over all `2N` anchors.
///
/// `z1`, `z2` are raw `[N, d]`. The denominator has `2N - 1` terms: the positive and both views of all other images.
/// Equal rows everywhere give exactly `log(2N - 1)`. The same number as [`nt_xent_terms`] with one branch.
pub fn nt_xent(z1: Tensor<2>, z2: Tensor<2>, temperature: f64) -> Tensor<1> {
    let z = Views::from([z1, z2]);
    nt_xent_terms(z.clone(), z.clone(), z, temperature).total()
}

/// The level of [`nt_xent`] when every embedding is the same: `log(2N - 1)` for `N` images.
pub fn nt_xent_chance(images: usize) -> f64 {
    ((2 * images) as f64 - 1.0).ln()
}

/// NT-Xent (Chen et al. 2020, eq. 1) when anchors, positives and negatives may come from different branches.
///
/// The positive of anchor `i` of view `a` is row `i` of `positive[1 - a]`; its negatives are the rows `k != i` of both views
/// of `negatives`: `2N - 1` candidates. `attract` is the mean of `-s_pos / tau` over the `2N` anchors, `repel` the mean of the
/// log-sum-exp over the candidates. All rows equal: the total is `log(2N - 1)`, see [`nt_xent_chance`].
pub fn nt_xent_terms(
    online: impl Into<Views>,
    positive: impl Into<Views>,
    negatives: impl Into<Views>,
    temperature: f64,
) -> Terms {
    let (online, positive, negatives) = (online.into(), positive.into(), negatives.into());
    let (images, within) = (online.images(), positive.are(&negatives));
    // Where the positive is a row of `negatives`, only the anchor's own row is no candidate.
    let candidates = Candidates::all(temperature).except(if within { 2 * images } else { images });
    contrast([online.unit(), positive.unit(), negatives.unit()], images, !within, candidates, temperature)
}

/// Decoupled contrastive learning (DCL; Yeh et al. 2022, arXiv 2110.06848): NT-Xent without the positive in its denominator,
/// `-s_pos / tau + log(sum of exp(s_ik / tau))`, the mean over the `2N` anchors.
///
/// Branches as in [`nt_xent_terms`]; the sum runs over the `2N - 2` rows of both views of `negatives` that are of other images,
/// so `N` must be at least 2. It has no lower bound of 0. All rows equal: the total is `log(2N - 2)`, see [`decoupled_collapse`].
pub fn decoupled_terms(
    online: impl Into<Views>,
    positive: impl Into<Views>,
    negatives: impl Into<Views>,
    temperature: f64,
) -> Terms {
    let (online, positive, negatives) = (online.into(), positive.into(), negatives.into());
    let images = online.images();
    let candidates = Candidates::all(temperature).except(images);
    contrast([online.unit(), positive.unit(), negatives.unit()], images, false, candidates, temperature)
}

/// The level of [`decoupled_terms`] when every embedding is the same: `log(2N - 2)` for `N` images.
pub fn decoupled_collapse(images: usize) -> f64 {
    ((2 * images) as f64 - 2.0).ln()
}

/// InfoNCE across the views (Wang & Isola 2020, appendix B.1; also the form of CLIP): the candidates of anchor `i` of view `a`
/// are row `i` of `positive[1 - a]` and the rows `k != i` of `negatives[1 - a]`, `N` in all; the mean of both directions.
/// All rows equal: the total is `log N`.
pub fn cross_view_terms(
    online: impl Into<Views>,
    positive: impl Into<Views>,
    negatives: impl Into<Views>,
    temperature: f64,
) -> Terms {
    let (online, positive, negatives) = (online.into(), positive.into(), negatives.into());
    let (images, within) = (online.images(), positive.are(&negatives));
    let direction = |view: usize| {
        let of = |views: &Views, view: usize| views.unit_halves()[view].clone();
        let all = Candidates::all(temperature);
        let candidates = if within { all } else { all.except(images) };
        contrast([of(&online, view), of(&positive, 1 - view), of(&negatives, 1 - view)], 0, !within, candidates, temperature)
    };
    direction(0).mean(direction(1))
}

/// MoCo (He et al. 2020, eq. 1; METHODS.md 1.3): query `i` must find key `i` among itself and a queue of older keys.
///
/// `queries`, `keys` are raw `[N, d]`; `queue` is `[K, d]` with rows of unit length, of which the first `filled` count. The
/// other rows of the batch are no candidates. All rows equal: the total is `log(1 + filled)`, see [`queue_chance`]; nothing
/// filled: exactly 0.
pub fn queue_terms(queries: Tensor<2>, keys: Tensor<2>, queue: Tensor<2>, filled: usize, temperature: f64) -> Terms {
    let candidates = Candidates::all(temperature).first(filled);
    contrast([normalise(queries), normalise(keys), queue], 0, true, candidates, temperature)
}

/// The level of [`queue_terms`] when every embedding is the same: `log(1 + K)` for a queue of `K`.
pub fn queue_chance(length: usize) -> f64 {
    (length as f64).ln_1p()
}

/// The softmax over candidates of unit rows: anchors `[A, d]`, positives `[A, d]` (that of anchor `i` is row `i + shift`, round about) and others
/// `[B, d]`, some of which are candidates; `apart` says that the positive is one more of them.
fn contrast(rows: [Tensor<2>; 3], shift: usize, apart: bool, candidates: Candidates, temperature: f64) -> Terms {
    let [anchors, positives, others] = alike(rows);
    let positive = apart.then(|| paired_products(anchors.clone(), positives.clone(), shift));
    let repel = mean_log_sum_exp(product(anchors.clone(), others.transpose()), positive, candidates);
    Terms { attract: mean_product(anchors, positives, shift, -1.0 / temperature), repel }
}
