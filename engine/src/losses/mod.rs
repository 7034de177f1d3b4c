//! What is minimised? Each loss is a free function in its paper's symbols; the metric of the same name calls the same function.

mod decorrelation;
mod partial;
mod unified;

pub use decorrelation::{Standardise, VicReg, VicRegForm, VicRegParts, barlow_terms, cross_correlation, vicreg_parts};
pub use partial::{classification, confidence_after, partial_contrast, prototypes_after, pseudo_labels};
pub use unified::{form_b, form_h, form_j, second_moment, unigrad_loss, unigrad_surrogate};

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};

/// A loss in the two parts of the unified form (Tao et al. 2022): what pulls views together and what keeps images apart. Their sum is minimised.
pub struct Terms {
    /// What pulls the views of one image together, one element.
    pub attract: Tensor<1>,
    /// What keeps images apart, one element.
    pub repel: Tensor<1>,
}

impl Terms {
    /// Their sum.
    pub fn total(&self) -> Tensor<1> {
        self.attract.clone() + self.repel.clone()
    }
}

/// Rows scaled to unit length: `z / max(|z|, 1e-12)`.
pub fn normalise<const D: usize>(z: Tensor<D>) -> Tensor<D> {
    let length = z.clone().square().sum_dim(D - 1).sqrt().clamp_min(1e-12);
    z / length
}

/// NT-Xent (Chen et al. 2020, eq. 1): with the `2N` normalised rows of both views,
/// `-log(exp(z_i z_p(i) / tau) / sum_{k != i} exp(z_i z_k / tau))`, averaged over all `2N` anchors.
///
/// `z1`, `z2` are raw `[N, d]`. The denominator has `2N - 1` terms: the positive and both views of all other images.
/// Equal rows everywhere give exactly `log(2N - 1)`.
pub fn nt_xent(z1: Tensor<2>, z2: Tensor<2>, temperature: f64) -> Tensor<1> {
    let n = z1.dims()[0];
    let device = z1.device().without_autodiff();
    let z = normalise(Tensor::cat(vec![z1, z2], 0));
    let similarity = z.clone().matmul(z.transpose()) / temperature;
    let (self_mask, positive) = pairs(n, &device);
    let track = |mask: Tensor<2>| if similarity.is_autodiff() { mask.autodiff() } else { mask };
    let logits = similarity.clone() + track(self_mask);
    (log_softmax(logits, 1) * track(positive)).sum() / (-2.0 * n as f64)
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

/// Alignment (Wang & Isola 2020, section 4.1.1): the mean of `|x - y|^alpha` over positive pairs of rows `[N, d]`.
/// Rows are taken as they are; normalise them first. 0 is best.
pub fn alignment(x: Tensor<2>, y: Tensor<2>, alpha: f64) -> Tensor<1> {
    let squared = (x - y).square().sum_dim(1);
    // The root of 0 has no gradient; alpha = 2 never takes it.
    let distance = if (alpha - 2.0).abs() < 1e-12 { squared } else { squared.powf_scalar(alpha / 2.0) };
    distance.mean()
}

/// Uniformity (Wang & Isola 2020, section 4.1.2): `log mean exp(-t |x_i - x_j|^2)` over unordered pairs `i < j` of the rows
/// `[N, d]`, without self-pairs (the estimator of the paper's appendix B.1, which can fall below the population optimum).
///
/// One row has no pairs: not a number.
pub fn uniformity(x: Tensor<2>, t: f64) -> Tensor<1> {
    let [n, _] = x.dims();
    let device = x.device().without_autodiff();
    let squared_length = x.clone().square().sum_dim(1);
    let distance = squared_length.clone() + squared_length.transpose() - x.clone().matmul(x.clone().transpose()) * 2.0;
    let upper: Vec<f32> = (0..n * n).map(|cell| if cell / n < cell % n { 1.0 } else { 0.0 }).collect();
    let upper: Tensor<2> = Tensor::from_data(TensorData::new(upper, [n, n]), &device);
    let upper = if distance.is_autodiff() { upper.autodiff() } else { upper };
    let pairs = (n * n.saturating_sub(1)) as f64 / 2.0;
    ((distance.clamp_min(0.0) * -t).exp() * upper).sum().div_scalar(pairs).log()
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
