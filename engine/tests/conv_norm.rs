//! Does the fused convolution, normalisation and ReLU compute what its parts compute, forwards and backwards, on every device?
//!
//! Three references: loops in 64 bits written here, their finite differences, and burn's own operations under autodiff.

mod numbers;

use augsphere_engine::nn::{EPSILON, Geometry, conv_norm, conv_norm_fixed};
use burn::tensor::activation::relu;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor};
use numbers::{near, noise, places, tensor, tracked, values, wide};

/// A size of the operation.
#[derive(Clone, Copy, Debug)]
struct Case {
    batch: usize,
    height: usize,
    width: usize,
    inputs: usize,
    outputs: usize,
    kernel: usize,
    stride: usize,
    relu: bool,
}

/// Sizes that networks use, and odd ones that no vector width divides.
const CASES: [Case; 7] = [
    Case { batch: 4, height: 8, width: 8, inputs: 3, outputs: 16, kernel: 3, stride: 1, relu: true },
    Case { batch: 4, height: 8, width: 8, inputs: 16, outputs: 32, kernel: 3, stride: 2, relu: true },
    Case { batch: 3, height: 7, width: 5, inputs: 5, outputs: 7, kernel: 3, stride: 2, relu: true },
    Case { batch: 3, height: 5, width: 6, inputs: 17, outputs: 33, kernel: 3, stride: 1, relu: false },
    Case { batch: 4, height: 8, width: 8, inputs: 8, outputs: 16, kernel: 1, stride: 2, relu: false },
    Case { batch: 32, height: 1, width: 1, inputs: 24, outputs: 10, kernel: 1, stride: 1, relu: true },
    Case { batch: 6, height: 2, width: 2, inputs: 3, outputs: 4, kernel: 3, stride: 2, relu: true },
];

/// The tensors of a case, flat: input, weight, gamma, beta, and the gradient that arrives from above.
struct Given {
    x: Vec<f32>,
    weight: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
    above: Vec<f32>,
}

impl Case {
    fn geometry(self) -> Geometry {
        Geometry { stride: self.stride, relu: self.relu }
    }

    fn x_shape(self) -> [usize; 4] {
        [self.batch, self.height, self.width, self.inputs]
    }

    fn weight_shape(self) -> [usize; 4] {
        [self.outputs, self.inputs, self.kernel, self.kernel]
    }

    fn out_shape(self) -> [usize; 4] {
        [self.batch, self.height.div_ceil(self.stride), self.width.div_ceil(self.stride), self.outputs]
    }

    fn given(self, seed: u64) -> Given {
        let many = |shape: [usize; 4], seed| noise(shape.iter().product(), seed);
        Given {
            // Off centre, so that a mean that is forgotten shows.
            x: many(self.x_shape(), seed).iter().map(|value| value + 0.3).collect(),
            weight: many(self.weight_shape(), seed + 1),
            gamma: noise(self.outputs, seed + 2).iter().map(|value| 1.0 + 0.5 * value).collect(),
            beta: noise(self.outputs, seed + 3),
            above: many(self.out_shape(), seed + 4),
        }
    }
}

/// Output, mean, variance, and the gradients of `sum(output * above)` with respect to x, weight, gamma and beta.
type Results = [Vec<f32>; 7];

const NAMES: [&str; 7] =
    ["output", "mean", "variance", "gradient of x", "gradient of weight", "gradient of gamma", "gradient of beta"];

type Operation = fn(Case, Tensor<4>, Tensor<4>, Tensor<1>, Tensor<1>) -> (Tensor<4>, Tensor<1>, Tensor<1>);

fn results(case: Case, given: &Given, device: &Device, operation: Operation) -> Results {
    let (x, weight) = (tracked(&given.x, case.x_shape(), device), tracked(&given.weight, case.weight_shape(), device));
    let (gamma, beta) = (tracked(&given.gamma, [case.outputs], device), tracked(&given.beta, [case.outputs], device));
    let (output, mean, variance) = operation(case, x.clone(), weight.clone(), gamma.clone(), beta.clone());
    assert_eq!(output.dims(), case.out_shape(), "{case:?}");
    let above = tensor(&given.above, case.out_shape(), device).autodiff();
    let gradients = (output.clone() * above).sum().backward();
    [
        values(output),
        values(mean),
        values(variance),
        values(x.grad(&gradients).expect("a gradient for x")),
        values(weight.grad(&gradients).expect("a gradient for the weight")),
        values(gamma.grad(&gradients).expect("a gradient for gamma")),
        values(beta.grad(&gradients).expect("a gradient for beta")),
    ]
}

fn fused(case: Case, x: Tensor<4>, weight: Tensor<4>, gamma: Tensor<1>, beta: Tensor<1>) -> (Tensor<4>, Tensor<1>, Tensor<1>) {
    let (output, moments) = conv_norm(x, weight, gamma, beta, case.geometry());
    let half = |start: usize| moments.clone().narrow(0, start, case.outputs);
    (output, half(0), half(case.outputs))
}

/// The same from burn's operations, differentiated by burn.
fn composed(case: Case, x: Tensor<4>, weight: Tensor<4>, gamma: Tensor<1>, beta: Tensor<1>) -> (Tensor<4>, Tensor<1>, Tensor<1>) {
    let padding = case.kernel / 2;
    let options = ConvOptions::new([case.stride; 2], [padding; 2], [1, 1], 1);
    let raw = conv2d(x.permute([0, 3, 1, 2]), weight, None, options).permute([0, 2, 3, 1]);
    let shape = raw.dims();
    let rows: Tensor<2> = raw.reshape([shape[0] * shape[1] * shape[2], shape[3]]);
    let mean = rows.clone().mean_dim(0);
    let centred = rows - mean.clone();
    let variance = centred.clone().square().mean_dim(0);
    let normalised = centred / (variance.clone() + EPSILON).sqrt();
    let out = (normalised * gamma.unsqueeze_dim(0) + beta.unsqueeze_dim(0)).reshape(shape);
    let out = if case.relu { relu(out) } else { out };
    (out, mean.reshape([shape[3]]), variance.reshape([shape[3]]))
}

/// The convolution in 64 bits, `[N, H', W', Out]`.
fn convolve(case: Case, x: &[f64], weight: &[f64]) -> Vec<f64> {
    let Case { height, width, inputs, outputs, kernel, stride, .. } = case;
    let [batch, out_height, out_width, _] = case.out_shape();
    let padding = kernel / 2;
    let mut out = Vec::with_capacity(batch * out_height * out_width * outputs);
    for cell in 0..batch * out_height * out_width * outputs {
        let (output, column, row, image) = (
            cell % outputs,
            cell / outputs % out_width,
            cell / outputs / out_width % out_height,
            cell / outputs / out_width / out_height,
        );
        let mut sum = 0.0;
        for (dy, dx, input) in
            (0..kernel * kernel * inputs).map(|tap| (tap / inputs / kernel, tap / inputs % kernel, tap % inputs))
        {
            let (y, x_at) = ((row * stride + dy).wrapping_sub(padding), (column * stride + dx).wrapping_sub(padding));
            if y < height && x_at < width {
                sum += x[((image * height + y) * width + x_at) * inputs + input]
                    * weight[((output * inputs + input) * kernel + dy) * kernel + dx];
            }
        }
        out.push(sum);
    }
    out
}

/// Mean and biased variance of each channel.
fn statistics(raw: &[f64], channels: usize) -> (Vec<f64>, Vec<f64>) {
    let count = (raw.len() / channels) as f64;
    let values = |channel: usize| raw.iter().skip(channel).step_by(channels);
    let mean: Vec<f64> = (0..channels).map(|channel| values(channel).sum::<f64>() / count).collect();
    let variance =
        (0..channels).map(|channel| values(channel).map(|value| (value - mean[channel]).powi(2)).sum::<f64>() / count).collect();
    (mean, variance)
}

/// Normalisation with given statistics, and ReLU.
fn normalise(case: Case, raw: &[f64], mean: &[f64], variance: &[f64], gamma: &[f64], beta: &[f64]) -> Vec<f64> {
    let at = |(cell, value): (usize, &f64)| {
        let channel = cell % case.outputs;
        let out = (value - mean[channel]) / (variance[channel] + f64::from(EPSILON)).sqrt() * gamma[channel] + beta[channel];
        if case.relu { out.max(0.0) } else { out }
    };
    raw.iter().enumerate().map(at).collect()
}

/// The whole operation in 64 bits: output, mean, variance.
fn reference(case: Case, parts: &[Vec<f64>; 4]) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let raw = convolve(case, &parts[0], &parts[1]);
    let (mean, variance) = statistics(&raw, case.outputs);
    (normalise(case, &raw, &mean, &variance, &parts[2], &parts[3]), mean, variance)
}

/// Sums of up to some 300 products of 32 bits, divided by a deviation: ten times the tolerance of the losses on the CPU.
const CPU: f64 = 1e-4;

#[test]
fn the_forward_pass_is_that_of_plain_loops() {
    for place in places() {
        for (index, case) in CASES.into_iter().enumerate() {
            let given = case.given(10 * index as u64);
            let found = results(case, &given, &place.device, fused);
            let (output, mean, variance) =
                reference(case, &[wide(&given.x), wide(&given.weight), wide(&given.gamma), wide(&given.beta)]);
            for (index, expected) in [output, mean, variance].iter().enumerate() {
                near(
                    &found[index],
                    expected,
                    place.tolerance.max(CPU),
                    0.0,
                    &format!("{:?}, {case:?}, {}", place.kind, NAMES[index]),
                );
            }
        }
    }
}

/// Every derivative of the small cases, against central differences of the loops above (step 1e-5 in 64 bits: an error
/// of about 1e-9, so the tolerance is that of the 32-bit backward pass).
#[test]
fn the_backward_pass_is_that_of_finite_differences() {
    let small =
        [CASES[2], CASES[6], Case { batch: 2, height: 4, width: 3, inputs: 2, outputs: 3, kernel: 3, stride: 1, relu: true }];
    for place in places() {
        for (index, case) in small.into_iter().enumerate() {
            let given = case.given(70 + 10 * index as u64);
            let found = results(case, &given, &place.device, fused);
            let above = wide(&given.above);
            let mut parts = [wide(&given.x), wide(&given.weight), wide(&given.gamma), wide(&given.beta)];
            for part in 0..4 {
                let mut expected = Vec::new();
                for at in 0..parts[part].len() {
                    let mut moved = |by: f64| {
                        let before = parts[part][at];
                        parts[part][at] += by;
                        let output = reference(case, &parts).0;
                        parts[part][at] = before;
                        output.iter().zip(&above).map(|(out, above)| out * above).sum::<f64>()
                    };
                    expected.push((moved(1e-5) - moved(-1e-5)) / 2e-5);
                }
                near(
                    &found[3 + part],
                    &expected,
                    place.tolerance.max(CPU),
                    0.0,
                    &format!("{:?}, {case:?}, {}", place.kind, NAMES[3 + part]),
                );
            }
        }
    }
}

/// Outputs and gradients against burn's convolution, mean and variance under burn's own autodiff on the CPU.
#[test]
fn every_device_agrees_with_the_composition_of_parts() {
    for place in places() {
        for (index, case) in CASES.into_iter().enumerate() {
            let given = case.given(200 + 10 * index as u64);
            let expected = results(case, &given, &Device::flex(), composed);
            let found = results(case, &given, &place.device, fused);
            for ((found, expected), name) in found.iter().zip(&expected).zip(NAMES) {
                near(found, &wide(expected), place.tolerance.max(CPU), 0.0, &format!("{:?}, {case:?}, {name}", place.kind));
            }
        }
    }
}

/// With given statistics, as in evaluation: against the loops, and no gradient leaves it.
#[test]
fn fixed_statistics_are_used_as_given() {
    for place in places() {
        for (index, case) in CASES.into_iter().enumerate() {
            let given = case.given(300 + 10 * index as u64);
            let (mean, variance) =
                (noise(case.outputs, 5), noise(case.outputs, 6).iter().map(|value| 1.5 + value).collect::<Vec<f32>>());
            let device = &place.device;
            let channels = |values: &[f32]| tensor(values, [case.outputs], device);
            let found = conv_norm_fixed(
                tensor(&given.x, case.x_shape(), device),
                tensor(&given.weight, case.weight_shape(), device),
                channels(&given.gamma),
                channels(&given.beta),
                Tensor::cat(vec![channels(&mean), channels(&variance)], 0),
                case.geometry(),
            );
            let raw = convolve(case, &wide(&given.x), &wide(&given.weight));
            let expected = normalise(case, &raw, &wide(&mean), &wide(&variance), &wide(&given.gamma), &wide(&given.beta));
            near(&values(found), &expected, place.tolerance.max(CPU), 0.0, &format!("{:?}, {case:?}", place.kind));
        }
    }
}

/// The same statistics as the batch's own give the same output as the training pass.
#[test]
fn training_and_fixed_statistics_agree_on_the_same_batch() {
    for place in places() {
        let case = CASES[1];
        let given = case.given(400);
        let device = &place.device;
        let x = || tensor(&given.x, case.x_shape(), device);
        let weight = || tensor(&given.weight, case.weight_shape(), device);
        let (gamma, beta) = (|| tensor(&given.gamma, [case.outputs], device), || tensor(&given.beta, [case.outputs], device));
        let (output, moments) = conv_norm(x(), weight(), gamma(), beta(), case.geometry());
        let fixed = conv_norm_fixed(x(), weight(), gamma(), beta(), moments, case.geometry());
        near(&values(fixed), &wide(&values(output)), place.tolerance, 0.0, &format!("{:?}", place.kind));
    }
}

/// A channel that is constant has variance 0: its output is beta, and nothing is divided by zero.
#[test]
fn a_constant_channel_stays_finite() {
    let case = Case { relu: false, ..CASES[0] };
    let mut given = case.given(500);
    given.weight.iter_mut().take(case.inputs * 9).for_each(|value| *value = 0.0);
    for place in places() {
        let found = results(case, &given, &place.device, fused);
        assert!(found.iter().flatten().all(|value| value.is_finite()), "{:?}", place.kind);
        let first: Vec<f32> = found[0].iter().step_by(case.outputs).copied().collect();
        near(&first, &vec![f64::from(given.beta[0]); first.len()], place.tolerance, 1.0, &format!("{:?}", place.kind));
    }
}
