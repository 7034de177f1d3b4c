//! Ridge regression in closed form, of all factors that are numbers at once.

use super::{PENALTIES, Sets};
use crate::datasets::Scale;
use crate::metrics::logistic::{Block, Cholesky, Design, Linear};
use crate::pace::Pace;
use std::f64::consts::TAU;
use std::ops::Range;

/// A factor as what is regressed: one column, or cosine and sine, over the images of training, validation and test.
pub(super) struct Target([Vec<Vec<f64>>; 3]);

impl Target {
    /// None for categories, or if there is not one finite value for each of so many images of the three sets.
    pub fn new(scale: Scale, values: Sets<'_>, images: [usize; 3]) -> Option<Self> {
        let sets = values.each();
        let complete = |(values, images): (&[f32], usize)| values.len() == images && values.iter().all(|value| value.is_finite());
        if matches!(scale, Scale::Categories(_)) || !sets.into_iter().zip(images).all(complete) {
            return None;
        }
        let column = |values: &[f32], of: fn(f64) -> f64| values.iter().map(|value| of(f64::from(*value))).collect();
        Some(Self(sets.map(|values| match scale {
            Scale::Circular => vec![column(values, |turns| (TAU * turns).cos()), column(values, |turns| (TAU * turns).sin())],
            _ => vec![column(values, |value| value)],
        })))
    }
}

/// `R^2` on the test images for each target, with the penalty that has the best on the validation images, of equally good ones the
/// largest; none for a target that is constant over the training or the test images.
pub(super) async fn explained(features: Sets<'_>, width: usize, targets: &[&Target], pace: &Pace) -> Vec<Option<f64>> {
    let _stage = pace.within("Probing the known factors", PENALTIES.len() as u64);
    let mut best: Vec<Option<(f64, Option<f64>)>> = vec![None; targets.len()];
    let columns: Vec<&[f64]> = targets.iter().flat_map(|target| target.0[0].iter().map(Vec::as_slice)).collect();
    let Some(ridge) = Ridge::new(features.train, width, &columns, pace).await else { return vec![None; targets.len()] };
    for penalty in PENALTIES {
        let model = ridge.solve(penalty, pace).await;
        let validation = model.outputs(features.validation, width, pace).await;
        let test = model.outputs(features.test, width, pace).await;
        let mut first = 0;
        for (best, Target([train, on_validation, on_test])) in best.iter_mut().zip(targets) {
            let share = |outputs: &[f64], truth: &[Vec<f64>]| r_squared(outputs, first, truth, &ridge.means);
            let score = share(&validation, on_validation).unwrap_or(f64::NEG_INFINITY);
            if ridge.varies(first..first + train.len()) && best.is_none_or(|(best, _)| score > best) {
                *best = Some((score, share(&test, on_test)));
            }
            first += train.len();
        }
        pace.done(1).await;
    }
    best.into_iter().map(|best| best.and_then(|(_, test)| test)).collect()
}

/// `1 - sum |y - prediction|^2 / sum |y - mean|^2` of columns `y`, of which the first is number `first` of the `outputs`, which lie row
/// by row, as many as `means`. An output that is no number or missing counts as the mean. None if all of `y` is the mean.
fn r_squared(outputs: &[f64], first: usize, truth: &[Vec<f64>], means: &[f64]) -> Option<f64> {
    let (mut missed, mut total) = (0.0, 0.0);
    for (column, truth) in (first..).zip(truth) {
        for (row, y) in truth.iter().enumerate() {
            let output = outputs.get(row * means.len() + column).filter(|output| output.is_finite());
            missed += (y - output.unwrap_or(&means[column])).powi(2);
            total += (y - means[column]).powi(2);
        }
    }
    (total > 0.0).then(|| 1.0 - missed / total)
}

/// The least squares `1/n sum |y - W x - b|^2 + penalty |W|^2` of several `y` on the same standardised `x`: scikit-learn's `Ridge`
/// with `alpha = n penalty`.
struct Ridge {
    design: Design,
    /// `X^T X / n`.
    covariance: Vec<f64>,
    /// `Y^T X / n`, `[columns, width]`, of the columns minus their means.
    products: Vec<f64>,
    means: Vec<f64>,
    variances: Vec<f64>,
}

impl Ridge {
    /// On the rows whose features are finite; none without such a row or without a column.
    async fn new(features: &[f32], width: usize, columns: &[&[f64]], pace: &Pace) -> Option<Self> {
        let rows = features.chunks_exact(width.max(1)).enumerate();
        let (places, rows): (Vec<usize>, Vec<&[f32]>) = rows.filter(|(_, row)| row.iter().all(|value| value.is_finite())).unzip();
        if width == 0 || rows.is_empty() || columns.is_empty() {
            return None;
        }
        let count = rows.len() as f64;
        let mut columns: Vec<Vec<f64>> =
            columns.iter().map(|column| places.iter().map(|place| column[*place]).collect()).collect();
        let means: Vec<f64> = columns.iter().map(|column| column.iter().sum::<f64>() / count).collect();
        for (column, mean) in columns.iter_mut().zip(&means) {
            column.iter_mut().for_each(|value| *value -= mean);
        }
        let variances = columns.iter().map(|column| column.iter().map(|value| value * value).sum::<f64>() / count).collect();
        let design = Design::new(&rows, width, pace).await;
        let covariance = design.covariance(usize::MAX, pace).await;
        let mut products = vec![0.0; columns.len() * width];
        let work = |block: &Block| {
            let mut left = vec![0.0; columns.len() * block.height];
            for (left, column) in left.chunks_exact_mut(block.height).zip(&columns) {
                left.iter_mut().zip(&column[block.range.clone()]).for_each(|(left, value)| *left = *value as f32);
            }
            block.left_product(&left)
        };
        let add = |terms: Vec<f32>| products.iter_mut().zip(terms).for_each(|(sum, term)| *sum += f64::from(term) / count);
        design.each(1, columns.len() * width, pace, work, add).await;
        Some(Self { design, covariance, products, means, variances })
    }

    /// Whether some columns are not all constant but for rounding in single precision.
    fn varies(&self, columns: Range<usize>) -> bool {
        let squares: f64 = self.means[columns.clone()].iter().map(|mean| mean * mean).sum();
        self.variances[columns].iter().sum::<f64>() > f64::from(f32::EPSILON).powi(2) * squares
    }

    /// The weights `(X^T X / n + penalty I)^-1 X^T Y / n`; the features' means are 0, so the biases are the columns' means.
    async fn solve(&self, penalty: f64, pace: &Pace) -> Linear {
        let width = self.design.standard.width();
        let cholesky = Cholesky::of(&self.covariance, width, penalty, pace).await;
        let mut parameters = self.products.clone();
        for weights in parameters.chunks_exact_mut(width) {
            cholesky.solve(weights);
            pace.turn().await;
        }
        parameters.extend_from_slice(&self.means);
        Linear::new(self.design.standard.clone(), &parameters)
    }
}
