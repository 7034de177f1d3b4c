//! Multinomial logistic regression with an L2 penalty, to convergence.
//!
//! It minimises, over the weights `W` and the biases `b` of features `x` that are standardised by the rows of the fit,
//!
//! ```text
//! 1/n sum_i -log softmax(W x_i + b)[y_i] + penalty/2 |W|^2
//! ```
//!
//! which is `1 / (n C)` times the objective of scikit-learn's `LogisticRegression` with `C = 1 / (n penalty)`. The biases are not
//! penalised. The minimum is unique but for a number added to all biases; started from 0, they sum to 0.
//!
//! The L-BFGS is our own: the objective has to be evaluated piece by piece through [`Pace`], since in a browser nobody may hold the
//! thread, and no optimisation crate lets go of it. Where all classes are equally likely the second derivatives are
//! `(I - 1 1^T / C) / C` (x) `X^T X / n` (Böhning, 1992, Multinomial logistic regression algorithm); `1/C X^T X / n + penalty`, solved
//! by its Cholesky factor, is the preconditioner, without which correlated features take up to four times as many steps.
//!
//! Scores and products are in single precision, sums over blocks, weights and losses in double. Nothing depends on the number of
//! threads.

mod cholesky;
mod design;
mod lbfgs;
mod linear;
mod standard;

pub use super::Rows;
use crate::pace::Pace;
use augsphere_kernels::parallel;
pub(super) use cholesky::Cholesky;
use design::at_a_time;
pub(super) use design::{Block, Design};
pub use linear::Linear;
use linear::Weights;

/// Rows for each feature of which the covariance in the preconditioner is taken; more would not make it better.
const SAMPLE: usize = 8;

/// The least penalty in the preconditioner: its covariance is in single precision.
const LEAST: f64 = 1e-6;

impl<'a> Rows<'a> {
    /// Rows of finite numbers whose class is one of `classes`, and those classes.
    fn usable(&self, classes: usize) -> (Vec<&'a [f32]>, Vec<u8>) {
        let rows = self.features.chunks_exact(self.width.max(1)).zip(self.labels);
        let usable = |row: &[f32], label: u8| usize::from(label) < classes && row.iter().all(|value| value.is_finite());
        rows.filter(|(row, label)| self.width > 0 && usable(row, **label)).unzip()
    }
}

/// Rows to fit a model on.
pub struct Problem {
    design: Design,
    labels: Vec<u8>,
    classes: usize,
    covariance: Vec<f64>,
}

/// A model and how it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// Weights of the standardised features, `[classes, width]`, and then a bias for each class.
    pub parameters: Vec<f64>,
    /// The objective there: mean cross-entropy in nats and the penalty.
    pub loss: f64,
    /// Largest entry of the gradient.
    pub gradient: f64,
    /// Steps it took.
    pub steps: usize,
    /// Whether the gradient's largest entry is below 1e-5, or the loss no longer falls by more than rounding; if not, the steps
    /// ran out.
    pub converged: bool,
}

/// What the rows of one block add to the sums.
struct Terms {
    loss: f64,
    /// `[classes, width]`.
    weights: Vec<f32>,
    biases: Vec<f64>,
}

impl Problem {
    /// Of the rows that are finite and of one of the classes; none without such a row.
    pub async fn new(rows: Rows<'_>, classes: usize, pace: &Pace) -> Option<Self> {
        let (usable, labels) = rows.usable(classes);
        if usable.is_empty() {
            return None;
        }
        let design = Design::new(&usable, rows.width, pace).await;
        let mut covariance = design.covariance(SAMPLE * rows.width, pace).await;
        covariance.iter_mut().for_each(|value| *value /= classes as f64);
        Some(Self { design, labels, classes, covariance })
    }

    /// Number of weights and biases.
    pub fn parameters(&self) -> usize {
        self.classes * (self.design.standard.width() + 1)
    }

    /// The minimum, looked for from 0 or from another solution of this problem, as of a neighbouring penalty.
    pub async fn solve(&self, penalty: f64, from: Option<&Solution>, pace: &Pace) -> Solution {
        let width = self.design.standard.width();
        let start = from.map_or_else(|| vec![0.0; self.parameters()], |from| from.parameters.clone());
        let cholesky = Cholesky::of(&self.covariance, width, penalty.max(LEAST), pace).await;
        let precondition = async |vector: &mut [f64]| {
            let (weights, biases) = vector.split_at_mut(self.classes * width);
            for rows in weights.chunks_mut(width * at_a_time(width * width)) {
                parallel::for_each(rows.chunks_exact_mut(width), |row| cholesky.solve(row));
                pace.turn().await;
            }
            biases.iter_mut().for_each(|bias| *bias *= self.classes as f64);
        };
        let objective = async |at: &[f64], gradient: &mut [f64]| self.objective(at, penalty, gradient, pace).await;
        let found = lbfgs::minimise(start, objective, precondition).await;
        let lbfgs::Minimum { at: parameters, value: loss, gradient, steps, converged } = found;
        Solution { parameters, loss, gradient, steps, converged }
    }

    /// The objective at some parameters (laid out as in a [`Solution`]); its gradient is written.
    ///
    /// # Panics
    /// If there are not [`Self::parameters`] of both.
    pub async fn objective(&self, parameters: &[f64], penalty: f64, gradient: &mut [f64], pace: &Pace) -> f64 {
        let width = self.design.standard.width();
        assert_eq!([parameters.len(), gradient.len()], [self.parameters(); 2], "parameters and their gradient");
        let packed = Weights::new(parameters, width);
        gradient.fill(0.0);
        let (weights, biases) = gradient.split_at_mut(self.classes * width);
        let mut loss = 0.0;
        let work = |block: &Block| self.terms(block, &packed);
        self.design
            .each(1, 2 * parameters.len(), pace, work, |terms| {
                loss += terms.loss;
                weights.iter_mut().zip(&terms.weights).for_each(|(sum, term)| *sum += f64::from(*term));
                biases.iter_mut().zip(&terms.biases).for_each(|(sum, term)| *sum += term);
            })
            .await;
        let count = self.design.rows as f64;
        gradient.iter_mut().for_each(|sum| *sum /= count);
        let mut squares = 0.0;
        for (gradient, weight) in gradient.iter_mut().zip(&parameters[..self.classes * width]) {
            *gradient += penalty * weight;
            squares += weight * weight;
        }
        loss / count + penalty / 2.0 * squares
    }

    /// With shares `p = softmax(W x + b)`: cross-entropy `-log p_y`, gradient `(p - y) x^T`.
    fn terms(&self, block: &Block, weights: &Weights) -> Terms {
        let mut scores = weights.apply(&block.rows, self.design.standard.width());
        let mut residuals = vec![0.0; self.classes * block.height];
        let (mut loss, mut biases) = (0.0, vec![0.0; self.classes]);
        for (row, (scores, label)) in scores.chunks_exact_mut(self.classes).zip(&self.labels[block.range.clone()]).enumerate() {
            loss += cross_entropy(scores, usize::from(*label));
            for (class, residual) in scores.iter().enumerate() {
                residuals[class * block.height + row] = *residual as f32;
                biases[class] += residual;
            }
        }
        Terms { loss, weights: block.left_product(&residuals), biases }
    }

    /// The map from features as they are to the scores of the classes.
    pub fn model(&self, solution: &Solution) -> Linear {
        Linear::new(self.design.standard.clone(), &solution.parameters)
    }
}

/// `-log softmax(scores)[label]`; the scores become its gradient by them.
fn cross_entropy(scores: &mut [f64], label: usize) -> f64 {
    let largest = scores.iter().fold(f64::NEG_INFINITY, |largest, score| largest.max(*score));
    let own = scores[label] - largest;
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - largest).exp();
        sum += *score;
    }
    scores.iter_mut().for_each(|score| *score /= sum);
    scores[label] -= 1.0;
    sum.ln() - own
}
