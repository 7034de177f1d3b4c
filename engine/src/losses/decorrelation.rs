//! Barlow Twins and VICReg: without negatives, the dimensions of an embedding are kept from saying the same.

use super::{Terms, constant};
use crate::nn::product;
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
            Self::BatchNorm => "batch_norm",
            Self::Biased => "biased",
            Self::Unbiased => "unbiased",
        }
    }

    /// The one with this name; the first for any other.
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|how| how.name() == name).unwrap_or(Self::ALL[0])
    }
}

/// The columns of `z` `[N, d]` centred and divided by their deviation. Without something added to the variance, a column that
/// does not vary is 0/0: it counts as 0 and passes no gradient, as if it were not there.
pub(crate) fn standardised(z: Tensor<2>, how: Standardise) -> Tensor<2> {
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
    product(standardised(a, how).transpose(), standardised(b, how)) / n as f64
}

/// Barlow Twins (Zbontar et al. 2021, equation 1) of the raw views `[N, d]`:
/// `diagonal * sum_i (1 - C_ii)^2 + lambda * sum_{i != j} C_ij^2`.
///
/// In the two parts of Tao et al. 2022: `attract = sum_i [diagonal (1 - C_ii)^2 - lambda C_ii^2]` and
/// `repel = lambda sum_ij C_ij^2`, the diagonal included. With `diagonal = 1` their gradients are those of [`crate::gradients::barlow`].
pub fn barlow_terms(a: Tensor<2>, b: Tensor<2>, diagonal: f64, lambda: f64, how: Standardise) -> Terms {
    let own = Correlations::of_same(a.clone(), b.clone(), how);
    let all = Correlations::of_all(a, b, how);
    Terms { attract: own.short * diagonal - own.square * lambda, repel: all * lambda }
}

/// Sums over the cross-correlation `C` of two views, one element each.
pub struct Correlations {
    /// `sum_i (1 - C_ii)^2`: how far channels are from agreeing with themselves. `L1` of Huang et al., section 4.2.
    pub short: Tensor<1>,
    /// `sum_i C_ii^2`.
    pub square: Tensor<1>,
}

impl Correlations {
    /// Those of each channel with itself, of the raw views `[N, d]`; no matrix is made.
    pub fn of_same(a: Tensor<2>, b: Tensor<2>, how: Standardise) -> Self {
        let n = a.dims()[0] as f64;
        let same = (standardised(a, how) * standardised(b, how)).sum_dim(0) / n;
        Self { short: (same.clone() - 1.0).square().sum(), square: same.square().sum() }
    }

    /// `sum_ij C_ij^2` over all pairs of channels of the raw views `[N, d]`, the diagonal included.
    pub fn of_all(a: Tensor<2>, b: Tensor<2>, how: Standardise) -> Tensor<1> {
        cross_correlation(a, b, how).square().sum()
    }
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
            Self::SoloLearn => "solo_learn",
        }
    }

    /// The one with this name; the first for any other.
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|form| form.name() == name).unwrap_or(Self::ALL[0])
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
    let (variance, covariance) = vicreg_spread(a.clone(), b.clone(), how);
    VicRegParts { invariance: vicreg_invariance(a, b, how), variance, covariance }
}

/// `lambda s(Z, Z')` of [`vicreg_parts`].
pub fn vicreg_invariance(a: Tensor<2>, b: Tensor<2>, how: &VicReg) -> Tensor<1> {
    let [n, d] = a.dims();
    (a - b).square().sum() * (how.invariance * how.form.factors(d).0 / n as f64)
}

/// `mu [v(Z) + v(Z')]` and `nu [c(Z) + c(Z')]` of [`vicreg_parts`].
pub fn vicreg_spread(a: Tensor<2>, b: Tensor<2>, how: &VicReg) -> (Tensor<1>, Tensor<1>) {
    let both = how.form.factors(a.dims()[1]).1;
    let ((short_a, shared_a), (short_b, shared_b)) = (spread(a, how), spread(b, how));
    ((short_a + short_b) * (how.variance * both), (shared_a + shared_b) * how.covariance)
}

/// `v(Z)` and `c(Z)`, unweighted.
fn spread(z: Tensor<2>, how: &VicReg) -> (Tensor<1>, Tensor<1>) {
    let [n, d] = z.dims();
    let centred = z.clone() - z.mean_dim(0);
    let variance = centred.clone().square().sum_dim(0) / freedom(n);
    let short = relu((variance + how.epsilon).sqrt() * -1.0 + how.gamma).mean();
    let covariance = product(centred.clone().transpose(), centred) / freedom(n);
    let between = between_dimensions(d, &covariance.device().without_autodiff());
    let between = constant(between, &covariance);
    (short, (covariance * between).square().sum() / d as f64)
}

/// `[d, d]`: 0 on the diagonal, else 1.
fn between_dimensions(d: usize, device: &Device) -> Tensor<2> {
    Tensor::ones([d, d], device) - Tensor::eye(d, device)
}
