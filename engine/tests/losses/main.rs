//! Do the losses give the numbers of METHODS.md, and their gradients, on every device at hand?
//!
//! E2 is the standard tiny batch of METHODS.md 0.2; sections in brackets. The tolerance is a share of the largest number
//! of each table (see `numbers::places`): all sums are in 32 bits.

mod alignment_uniformity;
mod asymmetric;
mod contrastive;
mod decoupled;
mod differences;
mod eigen;
#[path = "../numbers/mod.rs"]
mod numbers;
mod pairwise;
mod queue;

use augsphere_engine::losses::normalise;
use burn::tensor::{Device, Gradients, Tensor};
use numbers::{near, places, tensor, tracked, values};

const Z1: [f32; 4] = [1.0, 0.0, 0.0, 1.0];
const Z2: [f32; 4] = [0.8, 0.6, 0.6, 0.8];

/// The gradient of an input, or zeros where none arrives.
fn gradient<const D: usize>(input: &Tensor<D>, gradients: &Gradients) -> Vec<f32> {
    input.grad(gradients).map_or_else(|| vec![0.0; input.dims().iter().product()], values)
}

/// The loss and its gradients with respect to two blocks of rows.
fn both(
    z1: &[f32],
    z2: &[f32],
    d: usize,
    device: &Device,
    loss: impl Fn(Tensor<2>, Tensor<2>) -> Tensor<1>,
) -> (f32, Vec<f32>, Vec<f32>) {
    let (z1, z2) = (tracked(z1, [z1.len() / d, d], device), tracked(z2, [z2.len() / d, d], device));
    let total = loss(z1.clone(), z2.clone());
    let gradients = total.backward();
    (values(total)[0], gradient(&z1, &gradients), gradient(&z2, &gradients))
}

/// The loss of one block of rows and its gradient.
fn one(z: &[f32], d: usize, device: &Device, loss: impl Fn(Tensor<2>) -> Tensor<1>) -> (f32, Vec<f32>) {
    let z = tracked(z, [z.len() / d, d], device);
    let total = loss(z.clone());
    let gradients = total.backward();
    (values(total)[0], gradient(&z, &gradients))
}

/// A loss of two views whose three branches are one.
fn shared<T>(loss: impl Fn([Tensor<2>; 2], [Tensor<2>; 2], [Tensor<2>; 2]) -> T) -> impl Fn(Tensor<2>, Tensor<2>) -> T {
    move |z1, z2| {
        let views = || [z1.clone(), z2.clone()];
        loss(views(), views(), views())
    }
}

/// Rows of width `d` in another order.
fn reordered(rows: &[f32], d: usize, order: &[usize]) -> Vec<f32> {
    order.iter().flat_map(|&row| rows[d * row..d * (row + 1)].to_vec()).collect()
}

/// `corners` points evenly on the circle.
fn polygon(corners: usize) -> Vec<f32> {
    let angle = |corner: usize| std::f64::consts::TAU * corner as f64 / corners as f64;
    (0..corners).flat_map(|corner| [angle(corner).cos() as f32, angle(corner).sin() as f32]).collect()
}

/// Rows of width `d` at unit length, and what the normalisation makes of a gradient: `(g - (g z) z) / |z|` [0.2].
fn through_normalisation(z: &[f64], gradient: &[f64], d: usize) -> Vec<f64> {
    let row = |(z, g): (&[f64], &[f64])| {
        let length = dot(z, z).sqrt();
        let along = dot(g, z) / length;
        z.iter().zip(g).map(|(z, g)| (g - along * z / length) / length).collect::<Vec<f64>>()
    };
    z.chunks(d).zip(gradient.chunks(d)).flat_map(row).collect()
}

/// Rows of width `d`, each at unit length.
fn unit(z: &[f64], d: usize) -> Vec<Vec<f64>> {
    z.chunks(d).map(|row| row.iter().map(|value| value / dot(row, row).sqrt()).collect()).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Backward through the normalisation [0.2].
#[test]
fn normalisation_passes_only_the_tangent() {
    for place in places() {
        let along = tensor(&[1.0, 2.0], [1, 2], &place.device).autodiff();
        let (_, gradient) = one(&[3.0, 4.0], 2, &place.device, |z| (normalise(z) * along.clone()).sum());
        near(&gradient, &[-0.064, 0.048], place.tolerance, 0.0, &format!("{:?}", place.kind));
        let (_, gradient) = one(&[0.0, 0.0], 2, &place.device, |z| (normalise(z) * along.clone()).sum());
        assert!(gradient.iter().all(|value| value.is_finite()), "a row of zeros has a finite gradient");
        let unit = values(normalise(tensor(&[3.0, 4.0, 0.0, 0.0], [2, 2], &place.device)));
        near(&unit, &[0.6, 0.8, 0.0, 0.0], place.tolerance, 0.0, "a row of zeros stays one");
    }
}
