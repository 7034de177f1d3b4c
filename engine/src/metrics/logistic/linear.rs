//! A linear map of standardised features.

use super::Rows;
use super::design::{at_a_time, block_rows, depth};
use super::standard::Standard;
use crate::pace::Pace;
use augsphere_kernels::{parallel, products};

/// Weights and biases as the products take them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Weights {
    /// `[outputs, depth]`.
    weights: Vec<f32>,
    biases: Vec<f64>,
}

impl Weights {
    /// Of `[outputs, width]` weights and then `[outputs]` biases.
    pub fn new(parameters: &[f64], width: usize) -> Self {
        let outputs = parameters.len() / (width + 1);
        let (from, biases) = parameters.split_at(outputs * width);
        let mut weights = vec![0.0; outputs * depth(width)];
        for (to, from) in weights.chunks_exact_mut(depth(width)).zip(from.chunks_exact(width.max(1))) {
            to.iter_mut().zip(from).for_each(|(to, from)| *to = *from as f32);
        }
        Self { weights, biases: biases.to_vec() }
    }

    /// `X W^T + b` for standardised rows `[n, depth]`: `[n, outputs]`.
    pub fn apply(&self, rows: &[f32], width: usize) -> Vec<f64> {
        let outputs = self.biases.len();
        let mut sums = vec![0.0; rows.len() / depth(width) * outputs];
        products(rows, &self.weights, depth(width), &mut sums);
        let rows = sums.chunks_exact(outputs.max(1));
        rows.flat_map(|row| row.iter().zip(&self.biases).map(|(sum, bias)| f64::from(*sum) + bias)).collect()
    }
}

/// A linear map, standardising included.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    standard: Standard,
    weights: Weights,
}

impl Linear {
    /// Of `[outputs, width]` weights of the standardised features and then `[outputs]` biases.
    pub(in crate::metrics) fn new(standard: Standard, parameters: &[f64]) -> Self {
        let weights = Weights::new(parameters, standard.width());
        Self { standard, weights }
    }

    /// `[rows, outputs]` for `[rows, width]` features as they are, on all threads. A row with a number that is none has outputs that
    /// are none. Nothing for features of another width than those it was fitted on.
    pub async fn outputs(&self, features: &[f32], width: usize, pace: &Pace) -> Vec<f64> {
        let mut outputs = Vec::new();
        if width == 0 || width != self.standard.width() {
            return outputs;
        }
        let chunks: Vec<&[f32]> = features.chunks(block_rows(width) * width).collect();
        for chunks in chunks.chunks(at_a_time(block_rows(width) * width * self.weights.biases.len())) {
            let mut results = vec![Vec::new(); chunks.len()];
            parallel::for_each(chunks.iter().zip(&mut results), |(chunk, result)| *result = self.of_chunk(chunk, width));
            results.iter().for_each(|result| outputs.extend_from_slice(result));
            pace.turn().await;
        }
        outputs
    }

    /// The class with the largest score for each row, the lowest of equal ones; none for a row with a number that is none.
    pub async fn predict(&self, rows: Rows<'_>, pace: &Pace) -> Vec<Option<u8>> {
        let best = |scores: &[f64]| {
            let best = (0..scores.len()).fold(0, |best, class| if scores[class] > scores[best] { class } else { best });
            scores.iter().all(|score| score.is_finite()).then(|| u8::try_from(best).ok()).flatten()
        };
        let scores = self.outputs(rows.features, rows.width, pace).await;
        scores.chunks_exact(self.weights.biases.len().max(1)).map(best).collect()
    }

    /// The share of rows whose class is predicted, 0 to 1: one with a number that is none is wrong. 0 without rows.
    pub async fn accuracy(&self, rows: Rows<'_>, pace: &Pace) -> f64 {
        let predicted = self.predict(rows, pace).await;
        let right = predicted.iter().zip(rows.labels).filter(|(predicted, label)| **predicted == Some(**label)).count();
        right as f64 / rows.labels.len().max(1) as f64
    }

    fn of_chunk(&self, chunk: &[f32], width: usize) -> Vec<f64> {
        let mut rows = vec![0.0; chunk.len() / width * depth(width)];
        for (to, row) in rows.chunks_exact_mut(depth(width)).zip(chunk.chunks_exact(width)) {
            to.iter_mut().zip(self.standard.apply(row)).for_each(|(to, value)| *to = value);
        }
        self.weights.apply(&rows, width)
    }
}
