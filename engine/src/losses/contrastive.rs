//! The softmax losses: NT-Xent, its decoupled form, cross-view InfoNCE and MoCo's queue. How well does each view find the other view of its
//! image among candidates?
//!
//! Rows are raw and normalised here. `online` are the anchors, `positive` what they should find and `negatives` the other
//! candidates, each as `[view 1, view 2]` with rows `[N, d]`; with shared weights all three are the same.

use super::{Terms, constant, mask, normalise, together};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};

/// Added to the logit of what is no candidate: its share is an exact zero.
const NO_CANDIDATE: f64 = -1e9;

/// NT-Xent (Chen et al. 2020, eq. 1): with the `2N` normalised rows of both views,
/// `-log(exp(z_i z_p(i) / tau) / sum_{k != i} exp(z_i z_k / tau))`, averaged over all `2N` anchors.
///
/// `z1`, `z2` are raw `[N, d]`. The denominator has `2N - 1` terms: the positive and both views of all other images.
/// Equal rows everywhere give exactly `log(2N - 1)`. The same number as [`nt_xent_terms`] with one branch, in fewer operations.
pub fn nt_xent(z1: Tensor<2>, z2: Tensor<2>, temperature: f64) -> Tensor<1> {
    let n = z1.dims()[0];
    let device = z1.device().without_autodiff();
    let z = normalise(Tensor::cat(vec![z1, z2], 0));
    let similarity = z.clone().matmul(z.transpose()) / temperature;
    let (self_mask, positive) = pairs(n, &device);
    let logits = similarity.clone() + constant(self_mask, &similarity);
    (log_softmax(logits, 1) * constant(positive, &similarity)).sum() / (-2.0 * n as f64)
}

/// The level of [`nt_xent`] when every embedding is the same: `log(2N - 1)` for `N` images.
pub fn nt_xent_chance(images: usize) -> f64 {
    ((2 * images) as f64 - 1.0).ln()
}

/// `[2N, 2N]` each: -1e9 on the diagonal, and 1 where row and column are the two views of one image.
fn pairs(n: usize, device: &Device) -> (Tensor<2>, Tensor<2>) {
    let rows = 2 * n;
    let mut own = vec![0.0f32; rows * rows];
    let mut positive = vec![0.0f32; rows * rows];
    for i in 0..rows {
        own[i * rows + i] = -1e9;
        positive[i * rows + (i + n) % rows] = 1.0;
    }
    let tensor = |values| Tensor::from_data(TensorData::new(values, [rows, rows]), device);
    (tensor(own), tensor(positive))
}

/// NT-Xent (Chen et al. 2020, eq. 1) when anchors, positives and negatives may come from different branches.
///
/// The positive of anchor `i` of view `a` is row `i` of `positive[1 - a]`; its negatives are the rows `k != i` of both views
/// of `negatives`: `2N - 1` candidates. `attract` is the mean of `-s_pos / tau` over the `2N` anchors, `repel` the mean of the
/// log-sum-exp over the candidates. All rows equal: the total is `log(2N - 1)`, see [`nt_xent_chance`].
pub fn nt_xent_terms(online: [Tensor<2>; 2], positive: [Tensor<2>; 2], negatives: [Tensor<2>; 2], temperature: f64) -> Terms {
    let (anchors, positives, others, own) = all_views(online, positive, negatives);
    candidates(anchors, positives, others, Some(own), temperature)
}

/// Decoupled contrastive learning (DCL; Yeh et al. 2022, arXiv 2110.06848): NT-Xent without the positive in its denominator,
/// `-s_pos / tau + log(sum of exp(s_ik / tau))`, the mean over the `2N` anchors.
///
/// Branches as in [`nt_xent_terms`]; the sum runs over the `2N - 2` rows of both views of `negatives` that are of other images,
/// so `N` must be at least 2. It has no lower bound of 0. All rows equal: the total is `log(2N - 2)`, see [`decoupled_collapse`].
pub fn decoupled_terms(online: [Tensor<2>; 2], positive: [Tensor<2>; 2], negatives: [Tensor<2>; 2], temperature: f64) -> Terms {
    let (anchors, positives, others, own) = all_views(online, positive, negatives);
    let pull = (anchors.clone() * positives).sum_dim(1) / temperature;
    let push = logits(anchors, others, Some(own), temperature);
    let top = constant(push.clone().inner().max_dim(1), &push);
    let sum = (push - top.clone()).exp().sum_dim(1);
    Terms { attract: -pull.mean(), repel: (sum.log() + top).mean() }
}

/// The level of [`decoupled_terms`] when every embedding is the same: `log(2N - 2)` for `N` images.
pub fn decoupled_collapse(images: usize) -> f64 {
    ((2 * images) as f64 - 2.0).ln()
}

/// Both views one below the other, at unit length: anchors, the positive of each, and all rows of `negatives`, `[2N, d]` each;
/// then `[2N, 2N]`, 1 where the row of `negatives` is a view of the anchor's own image.
fn all_views(
    online: [Tensor<2>; 2],
    positive: [Tensor<2>; 2],
    negatives: [Tensor<2>; 2],
) -> (Tensor<2>, Tensor<2>, Tensor<2>, Tensor<2>) {
    let [online, [positive1, positive2], negatives] = together([online, positive, negatives]);
    let n = online[0].dims()[0];
    let anchors = normalise(Tensor::cat(online.to_vec(), 0));
    let positives = normalise(Tensor::cat(vec![positive2, positive1], 0));
    let others = normalise(Tensor::cat(negatives.to_vec(), 0));
    let own = mask(2 * n, 2 * n, &anchors.device().without_autodiff(), |row, column| row == column || row.abs_diff(column) == n);
    (anchors, positives, others, own)
}

/// InfoNCE across the views (Wang & Isola 2020, appendix B.1; also the form of CLIP): the candidates of anchor `i` of view `a`
/// are row `i` of `positive[1 - a]` and the rows `k != i` of `negatives[1 - a]`, `N` in all; the mean of both directions.
/// All rows equal: the total is `log N`.
pub fn cross_view_terms(online: [Tensor<2>; 2], positive: [Tensor<2>; 2], negatives: [Tensor<2>; 2], temperature: f64) -> Terms {
    let [online, positive, negatives] = together([online, positive, negatives]);
    let n = online[0].dims()[0];
    let own = mask(n, n, &online[0].device().without_autodiff(), |row, column| row == column);
    let ([online1, online2], [positive1, positive2], [negatives1, negatives2]) =
        (online.map(normalise), positive.map(normalise), negatives.map(normalise));
    let forth = candidates(online1, positive2, negatives2, Some(own.clone()), temperature);
    let back = candidates(online2, positive1, negatives1, Some(own), temperature);
    forth.mean(back)
}

/// MoCo (He et al. 2020, eq. 1; METHODS.md 1.3): query `i` must find key `i` among itself and a queue of older keys.
///
/// `queries`, `keys` are raw `[N, d]`; `queue` is `[K, d]` with rows of unit length, of which the first `filled` count. The
/// other rows of the batch are no candidates. All rows equal: the total is `log(1 + filled)`, see [`queue_chance`]; nothing
/// filled: exactly 0.
pub fn queue_terms(queries: Tensor<2>, keys: Tensor<2>, queue: Tensor<2>, filled: usize, temperature: f64) -> Terms {
    let [[queries, keys], [queue, _]] = together([[queries, keys], [queue.clone(), queue]]);
    let length = queue.dims()[0];
    let empty = (filled < length).then(|| mask(1, length, &queue.device().without_autodiff(), |_, at| at >= filled));
    candidates(normalise(queries), normalise(keys), queue, empty, temperature)
}

/// The level of [`queue_terms`] when every embedding is the same: `log(1 + K)` for a queue of `K`.
pub fn queue_chance(length: usize) -> f64 {
    (length as f64).ln_1p()
}

/// The softmax over one positive and many other candidates, of unit rows: anchors and positives `[A, d]`, others `[B, d]`;
/// `never` (`[A, B]` or `[1, B]`) is 1 where a row of `others` is no candidate.
fn candidates(anchors: Tensor<2>, positives: Tensor<2>, others: Tensor<2>, never: Option<Tensor<2>>, temperature: f64) -> Terms {
    let pull = (anchors.clone() * positives).sum_dim(1) / temperature;
    let push = logits(anchors, others, never, temperature);
    // exp(1 / 0.01) would overflow: the largest logit is taken out first, as a constant.
    let top = constant(push.clone().inner().max_dim(1).max_pair(pull.clone().inner()), &push);
    let sum = (push - top.clone()).exp().sum_dim(1) + (pull.clone() - top.clone()).exp();
    Terms { attract: -pull.mean(), repel: (sum.log() + top).mean() }
}

/// `[A, B]`: cosines over the temperature, and about -1e9 where `never` is 1.
fn logits(anchors: Tensor<2>, others: Tensor<2>, never: Option<Tensor<2>>, temperature: f64) -> Tensor<2> {
    let push = anchors.matmul(others.transpose()) / temperature;
    match never {
        Some(never) => push.clone() + constant(never * NO_CANDIDATE, &push),
        None => push,
    }
}
