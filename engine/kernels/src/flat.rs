//! Operations on flat vectors of weights: steps of optimisers, blends, lengths. Each number once, on all threads.

use crate::buffers;
use crate::parallel::for_each;

/// Numbers of a piece of work that is worth a thread.
const PIECE: usize = 1 << 16;

/// `a x + b y`.
pub fn blend(x: &[f32], y: &[f32], a: f32, b: f32) -> Vec<f32> {
    let mut out = buffers::take(x.len());
    let pieces = out.chunks_mut(PIECE).zip(x.chunks(PIECE)).zip(y.chunks(PIECE));
    for_each(pieces, |((out, x), y)| {
        for ((out, x), y) in out.iter_mut().zip(x).zip(y) {
            *out = a * x + b * y;
        }
    });
    out
}

/// The Euclidean length, summed in 64 bits.
pub fn length(x: &[f32]) -> f32 {
    x.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt() as f32
}

/// The numbers of a step of Adam (Kingma & Ba 2015, algorithm 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamStep {
    /// Learning rate.
    pub rate: f32,
    /// Memory of the mean gradient.
    pub beta1: f32,
    /// Memory of the squared gradient.
    pub beta2: f32,
    /// `1 - beta1^t`.
    pub unbias1: f32,
    /// `1 - beta2^t`.
    pub unbias2: f32,
    /// Added to the root of the second moment.
    pub epsilon: f32,
    /// Weight decay: added to the gradient, or, with a mask, taken from the weights under it (AdamW).
    pub decay: f32,
}

/// What an optimiser steps from, each as long as the weights.
#[derive(Clone, Copy, Debug)]
pub struct Moved<'a> {
    /// The weights.
    pub theta: &'a [f32],
    /// Their gradient.
    pub gradient: &'a [f32],
}

/// The weights and both moments after a step. `mask` is 1 where decoupled weight decay applies.
pub fn adam(from: Moved<'_>, moments: [&[f32]; 2], mask: Option<&[f32]>, step: AdamStep) -> [Vec<f32>; 3] {
    let length = from.theta.len();
    let [mut theta, mut first, mut second] = [(); 3].map(|()| buffers::take(length));
    let outputs = theta.chunks_mut(PIECE).zip(first.chunks_mut(PIECE)).zip(second.chunks_mut(PIECE));
    for_each(outputs.enumerate(), |(piece, ((theta, first), second))| {
        let start = piece * PIECE;
        for at in 0..theta.len() {
            let (weight, slope) = (from.theta[start + at], from.gradient[start + at]);
            let (weight, slope) = match mask {
                Some(mask) => (weight - weight * mask[start + at] * (step.rate * step.decay), slope),
                None => (weight, slope + weight * step.decay),
            };
            let m = moments[0][start + at] * step.beta1 + slope * (1.0 - step.beta1);
            let v = moments[1][start + at] * step.beta2 + slope * slope * (1.0 - step.beta2);
            theta[at] = weight - (m / step.unbias1) / ((v / step.unbias2).sqrt() + step.epsilon) * step.rate;
            (first[at], second[at]) = (m, v);
        }
    });
    [theta, first, second]
}

/// The numbers of a step of gradient descent with momentum, as PyTorch defines it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SgdStep {
    /// Learning rate.
    pub rate: f32,
    /// Share of the last step's direction that is kept.
    pub momentum: f32,
    /// Weight decay, added to the gradient.
    pub decay: f32,
}

/// The weights and the velocity after a step: `v = mu v + (g + wd theta)`, `theta -= lr v`.
pub fn sgd(from: Moved<'_>, velocity: &[f32], step: SgdStep) -> [Vec<f32>; 2] {
    let length = from.theta.len();
    let [mut theta, mut next] = [(); 2].map(|()| buffers::take(length));
    for_each(theta.chunks_mut(PIECE).zip(next.chunks_mut(PIECE)).enumerate(), |(piece, (theta, next))| {
        let start = piece * PIECE;
        for at in 0..theta.len() {
            let weight = from.theta[start + at];
            next[at] = velocity[start + at] * step.momentum + (from.gradient[start + at] + weight * step.decay);
            theta[at] = weight - next[at] * step.rate;
        }
    });
    [theta, next]
}
