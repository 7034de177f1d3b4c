//! The losses of PiCO (Wang et al. 2022): labels that are only narrowed down to a few candidates.

use super::unified::{constant, log_sum_exp};
use super::{Terms, normalise};
use crate::nn::product;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor};

/// `-sum_j s_j log f^j(x)`, averaged over images: cross-entropy with the soft targets `[N, C]`, each row of which sums to 1,
/// of the class scores `logits` `[N, C]`. The targets carry no gradient. One-hot targets make it ordinary cross-entropy.
pub fn classification(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let n = logits.dims()[0] as f64;
    let targets = constant(targets, &logits);
    (log_softmax(logits, 1) * targets).sum() / -n
}

/// The contrastive loss of PiCO: `-1/|P| sum_{k in P} log(exp(q k / tau) / sum_{k' in A} exp(q k' / tau))`, averaged over
/// queries, in its two parts: `attract` has the numerators, `repel` the denominators.
///
/// `queries` `[N, d]` and `pool` `[M, d]` are raw; what should carry no gradient comes detached. `same` `[N, M]` says for
/// each query what a row of the pool is: 1 has the query's pseudo-label (`P`), 0 has another, and -1 is the query itself, which
/// is no candidate. A query without any positive counts 0 in both parts. At collapse the sum is the logarithm of the candidates.
pub fn partial_contrast(queries: Tensor<2>, pool: Tensor<2>, same: Tensor<2>, temperature: f64) -> Terms {
    let n = queries.dims()[0] as f64;
    let tracked = queries.is_autodiff() || pool.is_autodiff();
    let (queries, pool) = if tracked { (queries.autodiff(), pool.autodiff()) } else { (queries, pool) };
    let logits = product(normalise(queries), normalise(pool).transpose()) / temperature;
    let same = same.inner();
    let itself = constant((same.clone() * -1.0).clamp(0.0, 1.0) * -1e9, &logits);
    let positive = same.clamp(0.0, 1.0);
    let count = positive.clone().sum_dim(1);
    let counted = constant(count.clone().clamp(0.0, 1.0), &logits);
    let share = constant(positive / count.clamp_min(1.0), &logits);
    let candidates = log_sum_exp(logits.clone() + itself);
    Terms { attract: (logits * share).sum() / -n, repel: (candidates * counted).sum() / n }
}

/// Which class of its candidates each image most likely has: 1 at `argmax_{j in Y} score_j`, else 0, `[N, C]`. The first of equal
/// scores wins. `candidates` `[N, C]` has 1 where a class is in `Y`, else 0.
pub fn pseudo_labels(candidates: Tensor<2>, scores: Tensor<2>) -> Tensor<2> {
    let (candidates, scores) = (candidates.inner(), scores.inner());
    let [n, classes] = scores.dims();
    let scores = scores + (candidates - 1.0) * 1e9;
    let best = scores.clone().greater_equal(scores.max_dim(1).expand([n, classes])).float();
    // How many of the best there are up to each class: 1 at the first of them.
    let up_to = upper(classes, 0, &best.device());
    let first = product(best.clone(), up_to).lower_equal_scalar(1.5).float();
    best * first
}

/// The class prototypes `[C, d]` after a batch: for each query in turn `mu_c <- gamma mu_c + (1 - gamma) q` with the class `c`
/// of its pseudo-label (`labels` `[N, C]`, one-hot), and one normalisation at the end, as in the official code. No gradient.
///
/// In closed form, so that nothing leaves the device: a query weighs `(1 - gamma) gamma^(later queries of its class)`, the old
/// prototype `gamma^(all queries of its class)`. A prototype of zeros without queries stays one.
pub fn prototypes_after(prototypes: Tensor<2>, queries: Tensor<2>, labels: Tensor<2>, gamma: f64) -> Tensor<2> {
    let (queries, labels) = (normalise(queries.inner()), labels.inner());
    let n = labels.dims()[0];
    // 0^0 = 1, and 0 to another power is as good as 0.
    let rate = gamma.max(1e-30).ln();
    let later = product(upper(n, 1, &labels.device()), labels.clone());
    let weights = labels.clone() * (later * rate).exp() * (1.0 - gamma);
    let kept = (labels.sum_dim(0) * rate).exp().transpose();
    normalise(prototypes.inner() * kept + product(weights.transpose(), queries))
}

/// The soft targets `[N, C]` after a batch: `s <- phi s + (1 - phi) z`, with `z` the one-hot class among the candidates whose
/// prototype scores highest (`scores` `[N, C]`: `q mu_j` with the prototypes from before this batch). No gradient.
pub fn confidence_after(confidence: Tensor<2>, candidates: Tensor<2>, scores: Tensor<2>, phi: f64) -> Tensor<2> {
    confidence.inner() * phi + pseudo_labels(candidates, scores) * (1.0 - phi)
}

/// `[side, side]`: 1 where the column is at least `above` after the row, else 0.
fn upper(side: usize, above: i64, device: &Device) -> Tensor<2> {
    Tensor::ones([side, side], device).triu(above)
}
