//! Which part of a loss pulls views together and which drives class centres apart, as Huang et al. split it?
//!
//! Huang, Yi, Zhao, Jiang 2023, section 4 (METHODS.md 3.3): of InfoNCE `L = L1 + L2`, of the cross-correlation loss
//! `L = (1 - lambda) L1 + lambda L2`.

use super::{constant, normalise};
use burn::tensor::{Tensor, activation::log_sigmoid};

/// The two parts, one element each on the device.
#[derive(Debug, Clone)]
pub struct Decomposed {
    /// `L1`: small where views of one image are alike.
    pub alignment: Tensor<1>,
    /// `L2`: small where class centres lie apart.
    pub divergence: Tensor<1>,
}

/// InfoNCE with one negative at temperature 1, of rows scaled to unit length, `[N, d]` each: the mean over rows of
/// `L1 = |f1 - f2|^2 / 2 - 1` and `L2 = log(e^(f1 . f2) + e^(f1 . f-))`. Their sum is the loss; `2 + 2 L1` is the alignment.
pub fn infonce_parts(first: Tensor<2>, second: Tensor<2>, negative: Tensor<2>) -> Decomposed {
    let (first, second, negative) = (normalise(first), normalise(second), normalise(negative));
    let near = (first.clone() * second.clone()).sum_dim(1);
    let far = (first.clone() * negative).sum_dim(1);
    // log(e^a + e^b) = a - log sigmoid(a - b), which does not overflow.
    let divergence = near.clone() - log_sigmoid(near - far);
    Decomposed { alignment: (first - second).square().sum_dim(1).mean() / 2.0 - 1.0, divergence: divergence.mean() }
}

/// The cross-correlation loss of a matrix `[d, d]` from [`super::cross_correlation`]: `L1 = sum_i (1 - C_ii)^2` and
/// `L2 = |C - I|^2`, the diagonal included.
pub fn cross_correlation_parts(correlation: Tensor<2>) -> Decomposed {
    let [d, _] = correlation.dims();
    let identity = constant(Tensor::<2>::eye(d, &correlation.device().without_autodiff()), &correlation);
    let squares = (correlation - identity.clone()).square();
    Decomposed { alignment: (squares.clone() * identity).sum(), divergence: squares.sum() }
}
