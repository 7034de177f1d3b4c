//! The loss of BYOL and SimSiam, and DirectPred's predictor: one branch predicts the other, without negatives.

use super::{Terms, together};
use crate::eigen::symmetric_eigen;
use crate::losses::normalise;
use burn::tensor::Tensor;

/// Minus the mean cosine of predictions and targets (Chen & He 2021, eq. 1), raw rows `[N, d]`: -1 is best.
///
/// With `p = W u`, `attract` is `-mean p t / sg(|p|)`, whose gradient `-W^T t / |p|` is the positive gradient of Tao et al.
/// 2022; `repel` is what comes from the length of `p`: its value is exactly 0, only its gradient is not. There are no
/// negatives: `repel` keeps images apart through the predictor alone. The target gets a gradient unless the caller detaches it.
pub fn cosine_terms(prediction: Tensor<2>, target: Tensor<2>) -> Terms {
    let [[prediction, target]] = together([[prediction, target]]);
    let n = prediction.dims()[0] as f64;
    let length = prediction.clone().square().sum_dim(1).clamp_min(1e-24).sqrt();
    let along = (prediction * normalise(target)).sum_dim(1);
    let fixed = length.clone().detach();
    let stretch = length.recip() - fixed.clone().recip();
    Terms { attract: (along.clone() / fixed).sum() / -n, repel: (along.detach() * stretch).sum() / -n }
}

/// BYOL's loss of one direction (Grill et al. 2020, eq. 2): the mean of `|p/|p| - t/|t||^2 = 2 - 2 cos`, raw rows `[N, d]`.
/// The paper adds both directions.
pub fn byol(prediction: Tensor<2>, target: Tensor<2>) -> Tensor<1> {
    simsiam(prediction, target) * 2.0 + 2.0
}

/// SimSiam's loss of one direction (Chen & He 2021, eq. 1): minus the mean cosine, raw rows `[N, d]`. The paper averages both
/// directions.
pub fn simsiam(prediction: Tensor<2>, target: Tensor<2>) -> Tensor<1> {
    let [[prediction, target]] = together([[prediction, target]]);
    -(normalise(prediction) * normalise(target)).sum_dim(1).mean()
}

/// How DirectPred turns the eigenvalues `s` of the features' second moments into those of its predictor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scaling {
    /// `sqrt(s) + epsilon max(s)` (Tian, Chen & Ganguli 2021, eq. 18).
    Paper,
    /// `sqrt(s / max(s)) + epsilon`, at least 1e-4: the rule of the authors' code (`boost_scale`).
    BoostScale,
}

/// DirectPred's linear predictor (Tian, Chen & Ganguli 2021; METHODS.md 4.3): `W = U diag(p) U^T` for the moments
/// `F = U diag(s) U^T`, row-major `d * d`.
///
/// `f` is row-major `d * d`; it is made symmetric first and negative eigenvalues count as 0. `epsilon` from 0, where dead
/// directions stay dead. Moments that are not finite give a predictor that is not, so that the loss shows it.
pub fn direct_predictor(f: &[f32], d: usize, epsilon: f64, scaling: Scaling) -> Vec<f32> {
    let at = |row: usize, column: usize| f64::from(f[row * d + column]);
    let moments: Vec<f64> = (0..d * d).map(|cell| (at(cell / d, cell % d) + at(cell % d, cell / d)) / 2.0).collect();
    let (eigenvalues, vectors) = symmetric_eigen(&moments, d);
    let largest = eigenvalues.iter().fold(0.0f64, |largest, &value| largest.max(value));
    let stretch = |value: f64| match scaling {
        Scaling::Paper => value.max(0.0).sqrt() + epsilon * largest,
        Scaling::BoostScale if largest > 0.0 => ((value.max(0.0) / largest).sqrt() + epsilon).max(1e-4),
        Scaling::BoostScale => epsilon.max(1e-4),
    };
    let mut predictor = vec![0.0; d * d];
    for (value, vector) in eigenvalues.iter().zip(vectors.chunks_exact(d)) {
        for (row, &u) in predictor.chunks_exact_mut(d).zip(vector) {
            let factor = stretch(*value) * u;
            row.iter_mut().zip(vector).for_each(|(cell, v)| *cell += factor * v);
        }
    }
    predictor.into_iter().map(|value: f64| value as f32).collect()
}
