//! UniGrad, the gradient that self-supervised methods have in common, and the simplified gradients of its table 1
//! (Tao et al. 2022).
//!
//! Every function takes raw rows `[N, d]` of both views and scales them to unit length. `-u_2 + lambda g_n` below is the
//! gradient with respect to the unit vector `u_1`, and all but the anchors is constant: gradients reach `online` alone.
//! A loss is the mean over the images and over both directions, view 1 against view 2 and the reverse.
//!
//! Where the gradient has no simple potential, the loss is a *surrogate* `mean sg(g) u`: its gradient is right, its value
//! only says how gradient and embedding lie to each other. Row (e) of table 1, `-u_2 + lambda sum_v rho_v (u_1 v) v`, is
//! [`unigrad_surrogate`] itself: the weights `rho_v` of all past samples are those of the moving average that makes `f`.
//!
//! In the names of the paper `u_1` is an anchor and `v_1` any row of its view, `u_2` and `v_2` their partners in the other view;
//! `o` marks the online branch and `t` the target branch.

use super::decorrelation::{Standardise, standardised};
use super::{Terms, normalise};
use crate::nn::product;
use burn::tensor::Tensor;

/// A constant for arithmetic with `like`: no gradient passes through it.
pub(super) fn constant<const D: usize, const E: usize>(value: Tensor<D>, like: &Tensor<E>) -> Tensor<D> {
    let value = value.inner();
    if like.is_autodiff() { value.autodiff() } else { value }
}

/// Rows of unit length without gradient.
fn fixed(rows: Tensor<2>) -> Tensor<2> {
    normalise(rows.inner())
}

/// The mean over both directions; `way` gets the index of the anchors' view and of the other.
fn both_ways(way: impl Fn(usize, usize) -> Terms) -> Terms {
    let (first, second) = (way(0, 1), way(1, 0));
    Terms { attract: (first.attract + second.attract) / 2.0, repel: (first.repel + second.repel) / 2.0 }
}

/// The mean over rows of the product of `u` with the constant rows `v`, both `[N, d]`.
fn along(u: &Tensor<2>, v: Tensor<2>) -> Tensor<1> {
    (u.clone() * constant(v, u)).sum() / u.dims()[0] as f64
}

/// A surrogate for `-pull + lambda push`, the gradient with respect to the unit rows `u`.
fn surrogate(u: &Tensor<2>, pull: Tensor<2>, push: Tensor<2>, lambda: f64) -> Terms {
    Terms { attract: along(u, pull) * -1.0, repel: along(u, push) * lambda }
}

/// `F` of one batch `[d, d]`: `(z1^T z1 + z2^T z2) / 2N` of unit rows, without gradient. Its trace is 1; `I / d` is a perfect
/// spread. The method keeps a moving average of it over batches (Tao et al. 2022; the code builds it from the target branch).
pub fn second_moment(views: [Tensor<2>; 2]) -> Tensor<2> {
    let rows = fixed(Tensor::cat(views.to_vec(), 0));
    let n = rows.dims()[0] as f64;
    product(rows.clone().transpose(), rows) / n
}

/// UniGrad as it is trained (Tao et al. 2022): the surrogate of `-u_2 + lambda F u_1`, `target` and `f` `[d, d]` without gradient.
pub fn unigrad_surrogate(online: [Tensor<2>; 2], target: [Tensor<2>; 2], f: Tensor<2>, lambda: f64) -> Terms {
    let (online, target, f) = (online.map(normalise), target.map(fixed), f.inner());
    both_ways(|own, other| {
        let push = product(online[own].clone().inner(), f.clone());
        surrogate(&online[own], target[other].clone(), push, lambda)
    })
}

/// The loss whose gradient [`unigrad_surrogate`] has: `-cos(u_1, u_2) + lambda / 2 u_1^T F u_1`, for a symmetric `f` `[d, d]`.
/// At collapse, with `f` of the collapsed batch, it is `lambda / 2 - 1`.
pub fn unigrad_loss(online: [Tensor<2>; 2], target: [Tensor<2>; 2], f: Tensor<2>, lambda: f64) -> Terms {
    let (online, target) = (online.map(normalise), target.map(fixed));
    both_ways(|own, other| {
        let u = &online[own];
        let spread = product(u.clone(), constant(f.clone(), u)) * u.clone();
        let n = u.dims()[0] as f64;
        Terms { attract: along(u, target[other].clone()) * -1.0, repel: spread.sum() * (lambda / 2.0 / n) }
    })
}

/// Row (b) of table 1, SimCLR with the targets held constant: `(-u_2^t + sum_v s_v v^t) / tau`. The `2N` candidates `v` of an
/// anchor are its positive, the other images' rows of `negatives` in the view of the positive, and all rows of `negatives` in its
/// own view, its own one among them, as in the authors' code (NT-Xent leaves that one out); `s` is the softmax of their cosines
/// over `tau`.
///
/// This one has a potential, InfoNCE, so the value is that: `attract` is `-cos / tau`, `repel` the log-sum-exp over the
/// candidates. At collapse the sum is `log(2N)`.
pub fn form_b(online: [Tensor<2>; 2], positive: [Tensor<2>; 2], negatives: [Tensor<2>; 2], temperature: f64) -> Terms {
    let (online, positive, negatives) = (online.map(normalise), positive.map(fixed), negatives.map(fixed));
    let n = negatives[0].dims()[0];
    let own_image = Tensor::<2>::eye(n, &negatives[0].device()) * -1e9;
    both_ways(|own, other| {
        let u = &online[own];
        let positive = (u.clone() * constant(positive[other].clone(), u)).sum_dim(1) / temperature;
        let all = |view: usize| product(u.clone(), constant(negatives[view].clone().transpose(), u)) / temperature;
        // In the positive's view the positive itself stands for the row of the same image.
        let candidates = Tensor::cat(vec![positive.clone(), all(other) + constant(own_image.clone(), u), all(own)], 1);
        Terms { attract: positive.mean() * -1.0, repel: log_sum_exp(candidates).mean() }
    })
}

/// `log sum exp` of each row, `[N, 1]`.
pub(super) fn log_sum_exp(rows: Tensor<2>) -> Tensor<2> {
    let largest = constant(rows.clone().inner().max_dim(1), &rows);
    (rows - largest.clone()).exp().sum_dim(1).log() + largest
}

/// Row (g) of table 1, Barlow Twins with `A = I`: the surrogate of `-u_2^t + lambda sum_v (u_2^t v_2^t / N) v_1^o`, half of the
/// gradient of Barlow Twins on one view (`2/N` there, the mean over `N` images here).
///
/// Alone among the rows the vectors are not of unit length: the columns of each `[N, d]` block are standardised over the batch as
/// the authors' batch normalisation does (biased variance plus 1e-5), and the gradient passes through that. A row is then about
/// `sqrt(d)` long, so `lambda` is that of Barlow Twins, about 0.005, whatever the dimension. At collapse the value is 0.
pub fn form_g(online: [Tensor<2>; 2], positive: [Tensor<2>; 2], negatives: [Tensor<2>; 2], lambda: f64) -> Terms {
    let units = |z: Tensor<2>| standardised(z, Standardise::BatchNorm);
    let fixed = |z: Tensor<2>| units(z.inner());
    decorrelation(online.map(units), positive.map(fixed), negatives.map(fixed), lambda)
}

/// Row (h) of table 1, [`form_g`] on unit rows: the surrogate of `-u_2^t + lambda sum_v (u_2^t v_2^t / N) v_1^o`.
///
/// For anchors of view 1, `u_2` in the pull is `positive[1]`; in the push, `v_2` are the rows of `negatives[1]`, `u_2` is the
/// anchor's image among them, and `v_1` are the rows of `online[0]`, held constant. So with a momentum target the weights
/// come from the target branch, and what they weigh from the online branch. This is the gradient of
/// `-mean cos + lambda / 2 |U_2^T U_1 / N|^2` with constant targets: the squared entries of the cross-correlation.
pub fn form_h(online: [Tensor<2>; 2], positive: [Tensor<2>; 2], negatives: [Tensor<2>; 2], lambda: f64) -> Terms {
    decorrelation(online.map(normalise), positive.map(fixed), negatives.map(fixed), lambda)
}

/// Rows (g) and (h): `-u_2 + lambda sum_v (u_2 v_2 / N) v_1` of rows that are standardised or of unit length by now.
fn decorrelation(online: [Tensor<2>; 2], positive: [Tensor<2>; 2], negatives: [Tensor<2>; 2], lambda: f64) -> Terms {
    both_ways(|own, other| {
        let v2 = negatives[other].clone();
        let push = product(v2.clone(), shared(v2, online[own].clone().inner()));
        surrogate(&online[own], positive[other].clone(), push, lambda)
    })
}

/// Row (j) of table 1, VICReg on unit rows without its last bracket: the surrogate of
/// `-u_2^t + lambda sum_v (u_1^o v_1^o / N) v_1^o`.
///
/// For anchors `u_1` of view 1, `u_2` is `positive[1]` and `v_1` the rows of `online[0]`, held constant: other images are pushed
/// away from within the online branch, whatever the target. This is the gradient of
/// `-mean cos + lambda / 4 |U_1^T U_1 / N|^2`: the squared second moments of the online view.
pub fn form_j(online: [Tensor<2>; 2], positive: [Tensor<2>; 2], lambda: f64) -> Terms {
    let (online, positive) = (online.map(normalise), positive.map(fixed));
    both_ways(|own, other| {
        let v1 = online[own].clone().inner();
        let push = product(v1.clone(), shared(v1.clone(), v1));
        surrogate(&online[own], positive[other].clone(), push, lambda)
    })
}

/// `a^T b / N` `[d, d]` of rows `[N, d]`.
fn shared(a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    let n = a.dims()[0] as f64;
    product(a.transpose(), b) / n
}
