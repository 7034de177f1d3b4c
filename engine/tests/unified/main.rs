//! Do the decorrelation, unified and partial-label losses, and the gradients written out, give the numbers of METHODS.md?
//!
//! Sections in brackets. Values and gradients on every device at hand; finite differences on the CPU, and the gradients of the
//! other devices against them.

#[path = "../numbers/mod.rs"]
mod numbers;

mod branches;
mod decorrelation;
mod gradients;
mod partial_labels;
mod unified;

use burn::tensor::{Device, Tensor};
use numbers::{near, noise, places, tensor, tracked, values};

/// A loss of the inputs.
type Objective<'a> = &'a dyn Fn(&[Tensor<2>]) -> Tensor<1>;

/// Rows of one input.
#[derive(Clone)]
struct Rows {
    values: Vec<f32>,
    shape: [usize; 2],
}

impl Rows {
    fn new<const D: usize>(rows: &[[f32; D]]) -> Self {
        Self { values: rows.concat(), shape: [rows.len(), D] }
    }

    fn noise(shape: [usize; 2], seed: u64) -> Self {
        Self { values: noise(shape[0] * shape[1], seed), shape }
    }

    /// The same in unit length.
    fn unit(&self) -> Self {
        let unit = |row: &[f32]| {
            let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
            row.iter().map(|x| x / length).collect::<Vec<f32>>()
        };
        Self { values: self.values.chunks(self.shape[1]).flat_map(unit).collect(), shape: self.shape }
    }

    fn on(&self, device: &Device) -> Tensor<2> {
        tensor(&self.values, self.shape, device)
    }
}

/// The loss and its gradient with respect to every input; zeros where none arrives.
fn graded(inputs: &[Rows], device: &Device, loss: impl Fn(&[Tensor<2>]) -> Tensor<1>) -> (f32, Vec<Vec<f32>>) {
    let tensors: Vec<Tensor<2>> = inputs.iter().map(|rows| tracked(&rows.values, rows.shape, device)).collect();
    let total = loss(&tensors);
    let gradients = total.backward();
    let gradient = |(z, rows): (&Tensor<2>, &Rows)| z.grad(&gradients).map_or(vec![0.0; rows.values.len()], values);
    (values(total)[0], tensors.iter().zip(inputs).map(gradient).collect())
}

/// The gradient of `loss` with respect to one input by finite differences, four points and no gradient tape, on the CPU.
fn differences(inputs: &[Rows], which: usize, loss: &impl Fn(&[Tensor<2>]) -> Tensor<1>) -> Vec<f64> {
    let device = &places()[0].device;
    let step = 0.02f32;
    let at = |index: usize, steps: f32| {
        let mut moved = inputs.to_vec();
        moved[which].values[index] += steps * step;
        let tensors: Vec<Tensor<2>> = moved.iter().map(|rows| rows.on(device)).collect();
        f64::from(values(loss(&tensors))[0])
    };
    let slope =
        |index| (8.0 * (at(index, 1.0) - at(index, -1.0)) - (at(index, 2.0) - at(index, -2.0))) / (12.0 * f64::from(step));
    (0..inputs[which].values.len()).map(slope).collect()
}

/// The gradient of `loss` is that of finite differences of `potential` for the inputs in `moving`, and exactly zero for all others.
fn slopes(
    what: &str,
    inputs: &[Rows],
    moving: &[usize],
    loss: impl Fn(&[Tensor<2>]) -> Tensor<1>,
    potential: impl Fn(&[Tensor<2>]) -> Tensor<1>,
) {
    let expected: Vec<Vec<f64>> = moving.iter().map(|&which| differences(inputs, which, &potential)).collect();
    for place in places() {
        let (value, gradients) = graded(inputs, &place.device, &loss);
        assert!(value.is_finite(), "{what}: {value}");
        for (which, found) in gradients.iter().enumerate() {
            let what = format!("{what}, {:?}, input {which}", place.kind);
            match moving.iter().position(|&one| one == which) {
                Some(position) => {
                    assert!(expected[position].iter().any(|slope| slope.abs() > 1e-3), "{what}: nothing to compare with");
                    near(found, &expected[position], place.tolerance.max(5e-4), 0.0, &what);
                }
                None => assert!(found.iter().all(|&value| value == 0.0), "{what} should receive no gradient: {found:?}"),
            }
        }
    }
}

/// `g` without its part along the unit rows `u`: what a gradient with respect to free vectors is behind a normalisation [0.2].
fn tangent(u: &Rows, g: &[f64]) -> Vec<f64> {
    let d = u.shape[1];
    let row = |(u, g): (&[f32], &[f64])| {
        let along: f64 = u.iter().zip(g).map(|(&u, g)| f64::from(u) * g).sum();
        u.iter().zip(g).map(|(&u, g)| g - along * f64::from(u)).collect::<Vec<f64>>()
    };
    u.values.chunks(d).zip(g.chunks(d)).flat_map(row).collect()
}

/// The rows of the example of [6.5].
fn example() -> (Rows, Rows) {
    let u1 = Rows::new(&[[1.0, 0.0], [0.0, 1.0], [-0.6, 0.8]]);
    let u2 = Rows::new(&[[0.8, 0.6], [0.6, 0.8], [-1.0, 0.2]]);
    (u1, u2.unit())
}

/// `F` of [4.3].
const F: [[f32; 2]; 2] = [[0.553_589_74, 0.047_948_717], [0.047_948_717, 0.446_410_26]];
