//! How do methods without negatives keep the dimensions of an embedding from saying the same? Barlow Twins and VICReg.

use super::Terms;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

/// A deviation below this share of a column's root mean square is rounding, not variance (squared).
const ROUNDING: f64 = 1e-10;

/// How the columns of a batch get mean 0 and deviation 1 before Barlow Twins correlates them. Published code disagrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standardise {
    /// As the official code: a batch normalisation without weights, biased variance plus 1e-5.
    BatchNorm,
    /// As the paper's equation 2: biased variance, nothing added.
    Biased,
    /// As the paper's pseudo-code: unbiased variance, nothing added. Two equal views then have `C_ii = (N - 1) / N`, so the
    /// loss does not fall below `diagonal * d / N^2`.
    Unbiased,
}

impl Standardise {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::BatchNorm, Self::Biased, Self::Unbiased];

    /// The name in experiments.
    pub fn name(self) -> &'static str {
        match self {
            Self::BatchNorm => "batch-norm",
            Self::Biased => "biased",
            Self::Unbiased => "unbiased",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::BatchNorm => "batch normalisation: biased variance plus 1e-5 (official code)",
            Self::Biased => "biased variance, nothing added (equation 2 of the paper)",
            Self::Unbiased => "unbiased variance, nothing added (pseudo-code of the paper; equal views do not reach 0)",
        }
    }
}

/// The columns of `z` `[N, d]` centred and divided by their deviation. Without something added to the variance, a column that
/// does not vary is 0/0: it counts as 0 and passes no gradient, as if it were not there.
fn standardised(z: Tensor<2>, how: Standardise) -> Tensor<2> {
    let [n, d] = z.dims();
    let centred = z.clone() - z.clone().mean_dim(0);
    let squares = centred.clone().square().sum_dim(0);
    let variance = match how {
        Standardise::BatchNorm => return centred / (squares / n as f64 + 1e-5).sqrt(),
        Standardise::Biased => squares / n as f64,
        Standardise::Unbiased => squares / freedom(n),
    };
    let constant = variance.clone().lower_equal(z.square().mean_dim(0) * ROUNDING);
    centred.mask_fill(constant.clone().expand([n, d]), 0.0) / variance.mask_fill(constant, 1.0).sqrt()
}

/// `N - 1`, and 1 for a batch of one image, which has no variance rather than one that is not a number.
fn freedom(n: usize) -> f64 {
    n.saturating_sub(1).max(1) as f64
}

/// The cross-correlation `[d, d]` of two views `[N, d]` over the batch: `C_ij` is the mean product of column `i` of `a` and
/// column `j` of `b`, both standardised (Zbontar et al. 2021, equation 2). The sum is divided by `N` in every variant.
pub fn cross_correlation(a: Tensor<2>, b: Tensor<2>, how: Standardise) -> Tensor<2> {
    let n = a.dims()[0];
    standardised(a, how).transpose().matmul(standardised(b, how)) / n as f64
}

/// Barlow Twins (Zbontar et al. 2021, equation 1) of the raw views `[N, d]`:
/// `diagonal * sum_i (1 - C_ii)^2 + lambda * sum_{i != j} C_ij^2`.
///
/// In the two parts of Tao et al. 2022: `attract = sum_i [diagonal (1 - C_ii)^2 - lambda C_ii^2]` and
/// `repel = lambda sum_ij C_ij^2`, the diagonal included. With `diagonal = 1` their gradients are those of [`crate::gradients::barlow`].
pub fn barlow_terms(a: Tensor<2>, b: Tensor<2>, diagonal: f64, lambda: f64, how: Standardise) -> Terms {
    let n = a.dims()[0] as f64;
    let (a, b) = (standardised(a, how), standardised(b, how));
    let same = (a.clone() * b.clone()).sum_dim(0) / n;
    let all = a.transpose().matmul(b) / n;
    let short = (same.clone() - 1.0).square() * diagonal;
    Terms { attract: (short - same.square() * lambda).sum(), repel: all.square().sum() * lambda }
}

/// Over what the three terms of VICReg are averaged. The paper and two published programs disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VicRegForm {
    /// Distance summed over dimensions, variance of both views added.
    Paper,
    /// Distance averaged over dimensions, variance averaged over both views.
    Official,
    /// Distance averaged over dimensions, variance of both views added.
    SoloLearn,
}

impl VicRegForm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Paper, Self::Official, Self::SoloLearn];

    /// The name in experiments.
    pub fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Official => "official",
            Self::SoloLearn => "solo-learn",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Paper => "the paper: squared distance summed over dimensions, variance terms of both views added",
            Self::Official => "the official code: squared distance averaged over dimensions, half of both variance terms",
            Self::SoloLearn => "solo-learn: squared distance averaged over dimensions, variance terms of both views added",
        }
    }

    /// The factors of the distance and of the variance terms for `d` dimensions, beside the paper's.
    pub(crate) fn factors(self, d: usize) -> (f64, f64) {
        match self {
            Self::Paper => (1.0, 1.0),
            Self::Official => (1.0 / d as f64, 0.5),
            Self::SoloLearn => (1.0 / d as f64, 1.0),
        }
    }
}

/// The weights of VICReg (Bardes et al. 2022, section 4.1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VicReg {
    /// Weight of the distance between the views, lambda in the paper.
    pub invariance: f64,
    /// Weight of the variance terms, mu.
    pub variance: f64,
    /// Weight of the covariance terms, nu.
    pub covariance: f64,
    /// The deviation below which a dimension is pushed apart.
    pub gamma: f64,
    /// Added to the variance before the root. With 0 the gradient of a dimension that does not vary is infinite.
    pub epsilon: f64,
    /// Over what the terms are averaged.
    pub form: VicRegForm,
}

impl Default for VicReg {
    fn default() -> Self {
        Self { invariance: 25.0, variance: 25.0, covariance: 1.0, gamma: 1.0, epsilon: 1e-4, form: VicRegForm::Paper }
    }
}

/// The three terms of VICReg, weighted, one element each.
pub struct VicRegParts {
    /// `lambda s(Z, Z')`: the squared distance of the views.
    pub invariance: Tensor<1>,
    /// `mu [v(Z) + v(Z')]`: how far deviations fall short of gamma.
    pub variance: Tensor<1>,
    /// `nu [c(Z) + c(Z')]`: the squared covariances between dimensions.
    pub covariance: Tensor<1>,
}

impl VicRegParts {
    /// Their sum.
    pub fn total(&self) -> Tensor<1> {
        self.invariance.clone() + self.variance.clone() + self.covariance.clone()
    }

    /// Invariance attracts, variance and covariance repel.
    pub fn terms(&self) -> Terms {
        Terms { attract: self.invariance.clone(), repel: self.variance.clone() + self.covariance.clone() }
    }
}

/// VICReg (Bardes et al. 2022, section 4.1) of the raw views `[N, d]`:
/// `lambda s(Z, Z') + mu [v(Z) + v(Z')] + nu [c(Z) + c(Z')]` with `v(Z) = mean_j max(0, gamma - sqrt(Var_j + epsilon))` and
/// `c(Z) = 1/d sum_{i != j} Cov_ij^2`, variances and covariances over `N - 1`.
///
/// A batch of one image has variance 0.
pub fn vicreg_parts(a: Tensor<2>, b: Tensor<2>, how: &VicReg) -> VicRegParts {
    let [n, d] = a.dims();
    let (distance, both) = how.form.factors(d);
    let apart = (a.clone() - b.clone()).square().sum() / n as f64;
    let (short_a, shared_a) = spread(a, how);
    let (short_b, shared_b) = spread(b, how);
    VicRegParts {
        invariance: apart * (how.invariance * distance),
        variance: (short_a + short_b) * (how.variance * both),
        covariance: (shared_a + shared_b) * how.covariance,
    }
}

/// `v(Z)` and `c(Z)`, unweighted.
fn spread(z: Tensor<2>, how: &VicReg) -> (Tensor<1>, Tensor<1>) {
    let [n, d] = z.dims();
    let centred = z.clone() - z.mean_dim(0);
    let variance = centred.clone().square().sum_dim(0) / freedom(n);
    let short = relu((variance + how.epsilon).sqrt() * -1.0 + how.gamma).mean();
    let covariance = centred.clone().transpose().matmul(centred) / freedom(n);
    let between = between_dimensions(d, &covariance.device().without_autodiff());
    let between = if covariance.is_autodiff() { between.autodiff() } else { between };
    (short, (covariance * between).square().sum() / d as f64)
}

/// `[d, d]`: 0 on the diagonal, else 1.
fn between_dimensions(d: usize, device: &Device) -> Tensor<2> {
    Tensor::ones([d, d], device) - Tensor::eye(d, device)
}
