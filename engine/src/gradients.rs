//! The gradients of the losses in the unified form of Tao et al. 2022, written out: which way each pushes an embedding.
//!
//! Everywhere the rows are the vectors `u` themselves, taken as free: the Jacobian of what made them unit length (or of a batch
//! normalisation) is left out, and rows are not normalised here. A gradient is that of a loss in one direction averaged over
//! the images; a loss that averages both directions has half of it from each, as far as the targets are constant. What
//! comes back carries no gradient.

use crate::losses::VicReg;
use crate::nn::product;
use burn::tensor::Tensor;
use burn::tensor::activation::softmax;

/// `dL/du = -positive + balance * negative`, a row for each sample.
pub struct Gradient {
    /// What pulls towards the other view, `[N, d]`: minus the gradient of the attracting part of the loss.
    pub positive: Tensor<2>,
    /// What the other samples add, `[N, d]`: `balance` times it is the gradient of the repelling part.
    pub negative: Tensor<2>,
    /// The balance factor. 1 where a family has none, or one for each sample: then it is inside `negative`.
    pub balance: f64,
}

impl Gradient {
    /// `dL/du` `[N, d]`.
    pub fn total(&self) -> Tensor<2> {
        self.negative.clone() * self.balance - self.positive.clone()
    }
}

/// InfoNCE against a queue (MoCo): `1/(tau N) (-u_2 + sum_v s_v v)`, with `s` the softmax over the positive and the queue.
///
/// `u`, `positive` `[N, d]`, `queue` `[K, d]`; targets are constant.
pub fn queue_contrast(u: Tensor<2>, positive: Tensor<2>, queue: Tensor<2>, temperature: f64) -> Gradient {
    let (u, positive, queue) = (u.inner(), positive.inner(), queue.inner());
    let [n, k] = [u.dims()[0], queue.dims()[0]];
    let own = (u.clone() * positive.clone()).sum_dim(1);
    let weights = softmax(Tensor::cat(vec![own, product(u, queue.clone().transpose())], 1) / temperature, 1);
    let expected = positive.clone() * weights.clone().narrow(1, 0, 1) + product(weights.narrow(1, 1, k), queue);
    let scale = temperature * n as f64;
    Gradient { positive: positive / scale, negative: expected / scale, balance: 1.0 }
}

/// Which of the two brackets of SimCLR's gradient count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brackets {
    /// A sample as anchor only: the targets are constant.
    Anchor,
    /// Also as a target of the others: gradients flow into both branches.
    Both,
}

/// NT-Xent (SimCLR) over the `2N` rows of both views `[N, d]`, for each view:
/// `1/(2N tau) [(-u_p + sum_k P_ik u_k) + (-u_p + sum_k P_ki u_k)]`, `P` the softmax over all other rows.
pub fn nt_xent(views: [Tensor<2>; 2], temperature: f64, brackets: Brackets) -> [Gradient; 2] {
    contrast(views.clone(), views, temperature, brackets)
}

/// [`nt_xent`] of anchors whose positives and negatives come from another branch, as constants: `P` is the softmax of the anchors' products with
/// the `2N` rows of both views of `targets` but the one of the same view and image.
pub fn nt_xent_against(anchors: [Tensor<2>; 2], targets: [Tensor<2>; 2], temperature: f64) -> [Gradient; 2] {
    contrast(anchors, targets, temperature, Brackets::Anchor)
}

fn contrast(anchors: [Tensor<2>; 2], targets: [Tensor<2>; 2], temperature: f64, brackets: Brackets) -> [Gradient; 2] {
    let n = anchors[0].dims()[0];
    let anchors = Tensor::cat(anchors.map(Tensor::inner).to_vec(), 0);
    let [first, second] = targets.map(Tensor::inner);
    let partners = Tensor::cat(vec![second.clone(), first.clone()], 0);
    let rows = Tensor::cat(vec![first, second], 0);
    let itself = Tensor::<2>::eye(2 * n, &rows.device()) * -1e9;
    let chosen = softmax(product(anchors, rows.clone().transpose()) / temperature + itself, 1);
    let (pulls, weights) = match brackets {
        Brackets::Anchor => (1.0, chosen),
        Brackets::Both => (2.0, chosen.clone() + chosen.transpose()),
    };
    let scale = 2.0 * n as f64 * temperature;
    let (positive, negative) = (partners * (pulls / scale), product(weights, rows) / scale);
    let view = |start: usize| Gradient {
        positive: positive.clone().narrow(0, start, n),
        negative: negative.clone().narrow(0, start, n),
        balance: 1.0,
    };
    [view(0), view(n)]
}

/// `-cos(W u_1, u_2)` with a symmetric predictor `W` `[d, d]` (BYOL, SimSiam, DirectPred):
/// `1/(N |W u_1|) (-W u_2 + lambda W^2 u_1)` with `lambda = (u_1^T W u_2) / (u_1^T W^2 u_1)` for each sample. `other` has unit rows.
pub fn asymmetric(u: Tensor<2>, other: Tensor<2>, predictor: Tensor<2>) -> Gradient {
    let squared = predictor.clone().inner();
    let squared = product(squared.clone(), squared);
    through_predictor(u, other, predictor, squared)
}

/// [`asymmetric`] as published code approximates it for `W = F^(1/2) + epsilon I` (DirectPred): `F + epsilon^2 I` stands for
/// `W^2`, without the cross term `2 epsilon F^(1/2)`. `f` `[d, d]` is `F` divided by its largest eigenvalue, as in `W`.
pub fn asymmetric_approximate(u: Tensor<2>, other: Tensor<2>, predictor: Tensor<2>, f: Tensor<2>, epsilon: f64) -> Gradient {
    let f = f.inner();
    let squared = f.clone() + Tensor::<2>::eye(f.dims()[0], &f.device()) * (epsilon * epsilon);
    through_predictor(u, other, predictor, squared)
}

fn through_predictor(u: Tensor<2>, other: Tensor<2>, predictor: Tensor<2>, squared: Tensor<2>) -> Gradient {
    let (u, other, predictor) = (u.inner(), other.inner(), predictor.inner());
    let predicted = product(u.clone(), predictor.clone());
    let length = predicted.clone().square().sum_dim(1).sqrt().clamp_min(1e-12);
    let scale = length * u.dims()[0] as f64;
    let negative = product(u.clone(), squared);
    let balance = (predicted * other.clone()).sum_dim(1) / (u * negative.clone()).sum_dim(1).clamp_min(1e-24);
    Gradient { positive: product(other, predictor) / scale.clone(), negative: negative * balance / scale, balance: 1.0 }
}

/// Barlow Twins, `sum_i (W_ii - 1)^2 + lambda sum_{i != j} W_ij^2` with `W = u_1^T u_2 / N`:
/// `2/N (-A u_2 + lambda sum_v (u_2^T v_2 / N) v_1)`, `A = I - (1 - lambda) diag(W)`. The rows are the standardised features.
pub fn barlow(u: Tensor<2>, other: Tensor<2>, lambda: f64) -> Gradient {
    let (u, other) = (u.inner(), other.inner());
    let n = u.dims()[0] as f64;
    let same = (u.clone() * other.clone()).sum_dim(0) / n;
    let a = same * (lambda - 1.0) + 1.0;
    let Gradient { positive, negative, balance } = barlow_plain(u, other, lambda);
    Gradient { positive: positive * a, negative, balance }
}

/// [`barlow`] with `A = I`, row (g) of table 1 (and, for unit rows, twice row (h) over `N`).
pub fn barlow_plain(u: Tensor<2>, other: Tensor<2>, lambda: f64) -> Gradient {
    let (u, other) = (u.inner(), other.inner());
    let n = u.dims()[0] as f64;
    let shared = product(other.clone().transpose(), u) / n;
    Gradient { positive: other.clone() * (2.0 / n), negative: product(other, shared) * (2.0 / n), balance: lambda }
}

/// VICReg with respect to one view: `2/N (-u_2 + lambda sum_v (u~_1^T v~_1 / N) v~_1) + 2 lambda / N (u_1 / lambda - B u~_1)`,
/// `~` centred over the batch, `lambda = 2 nu N^2 / (d (N - 1)^2)`,
/// `B = N / (d lambda (N - 1)) (2 nu diag(Cov) + mu / 2 diag(1[std < gamma] / std))`, for an invariance weight of 1.
///
/// `u_1` of the last bracket belongs to the distance between the views and is counted with `positive`, `B` to `negative`.
/// Without a covariance term lambda would be 0 and `B` infinite: the balance is 1 then.
pub fn vicreg(u: Tensor<2>, other: Tensor<2>, how: &VicReg) -> Gradient {
    let (u, other) = (u.inner(), other.inner());
    let [rows, d] = u.dims();
    let (n, width) = (rows as f64, d as f64);
    let freedom = rows.saturating_sub(1).max(1) as f64;
    let (distance, both) = how.form.factors(d);
    let (nu, mu) = (how.covariance, how.variance * both);

    let centred = u.clone() - u.clone().mean_dim(0);
    let products = product(centred.clone().transpose(), centred.clone());
    let variance = centred.clone().square().sum_dim(0) / freedom;
    let deviation = (variance.clone() + how.epsilon).sqrt();
    let short = deviation.clone().lower_scalar(how.gamma).float();

    // lambda B, in which lambda cancels.
    let hinge = short / deviation * (mu / 2.0);
    let own = (variance * (2.0 * nu) + hinge) * (n / (width * freedom));
    let lambda = 2.0 * nu * n * n / (width * freedom * freedom);
    let balance = if lambda > 0.0 { lambda } else { 1.0 };
    let repel = product(centred.clone(), products) * (lambda / n) - centred * own;
    Gradient { positive: (other - u) * (how.invariance * distance * 2.0 / n), negative: repel * (2.0 / n / balance), balance }
}

/// UniGrad, `-u_1^T u_2 + lambda / 2 u_1^T F u_1` with a symmetric `f` `[d, d]`: `1/N (-u_2 + lambda F u_1)`.
pub fn unigrad(u: Tensor<2>, other: Tensor<2>, f: Tensor<2>, lambda: f64) -> Gradient {
    let n = u.dims()[0] as f64;
    Gradient { positive: other.inner() / n, negative: product(u.inner(), f.inner()) / n, balance: lambda }
}
