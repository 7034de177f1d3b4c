//! Do the fast kernels compute what plain loops in f64 compute, for every kind of shape?

mod numbers;

use augsphere_kernels::{ConvShape, Operands, Saved, Way, conv_norm_backward_by, conv_norm_eval, conv_norm_train_by};
use numbers::numbers;

const EPSILON: f32 = 1e-5;

/// Calls `visit(x index, weight index, output index)` for every product of the convolution.
fn products(shape: &ConvShape, mut visit: impl FnMut(usize, usize, usize)) {
    let pad = (shape.kernel - 1) / 2;
    let (ho, wo) = (shape.out_height(), shape.out_width());
    let k = shape.kernel;
    for n in 0..shape.batch {
        for oy in 0..ho {
            for ox in 0..wo {
                for ky in 0..k {
                    for kx in 0..k {
                        let (iy, ix) = (oy * shape.stride + ky, ox * shape.stride + kx);
                        if iy < pad || ix < pad || iy - pad >= shape.height || ix - pad >= shape.width {
                            continue;
                        }
                        let pixel = (n * shape.height + iy - pad) * shape.width + ix - pad;
                        for ci in 0..shape.in_channels {
                            for co in 0..shape.out_channels {
                                visit(
                                    pixel * shape.in_channels + ci,
                                    ((co * shape.in_channels + ci) * k + ky) * k + kx,
                                    ((n * ho + oy) * wo + ox) * shape.out_channels + co,
                                );
                            }
                        }
                    }
                }
            }
        }
    }
}

struct Numbers {
    x: Vec<f32>,
    weight: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
    grad: Vec<f32>,
}

impl Numbers {
    fn new(shape: &ConvShape) -> Self {
        let c = shape.out_channels;
        Self {
            x: numbers(shape.input_len(), 1).iter().map(|v| v + 0.3).collect(),
            weight: numbers(shape.weight_len(), 2),
            gamma: numbers(c, 3).iter().map(|v| v + 1.5).collect(),
            beta: numbers(c, 4),
            grad: numbers(shape.output_len(), 5),
        }
    }
}

#[derive(Default)]
struct Reference {
    raw: Vec<f64>,
    mean: Vec<f64>,
    variance: Vec<f64>,
    output: Vec<f64>,
    grad_x: Vec<f64>,
    grad_weight: Vec<f64>,
    grad_gamma: Vec<f64>,
    grad_beta: Vec<f64>,
    /// Sums of the absolute values of what is summed in `raw`, `grad_x` and `grad_weight`: rounding is relative to these.
    size_raw: Vec<f64>,
    size_x: Vec<f64>,
    size_weight: Vec<f64>,
}

fn reference(shape: &ConvShape, o: &Numbers, relu: bool) -> Reference {
    let c = shape.out_channels;
    let mut r = Reference { raw: vec![0.0; shape.output_len()], ..Reference::default() };
    r.size_raw = r.raw.clone();
    products(shape, |x, w, y| {
        let product = f64::from(o.x[x]) * f64::from(o.weight[w]);
        r.raw[y] += product;
        r.size_raw[y] += product.abs();
    });
    let count = (r.raw.len() / c) as f64;
    let sum_over = |f: &dyn Fn(usize) -> f64, channel: usize| (channel..shape.output_len()).step_by(c).map(f).sum::<f64>();
    r.mean = (0..c).map(|ch| sum_over(&|i| r.raw[i], ch) / count).collect();
    r.variance = (0..c).map(|ch| sum_over(&|i| (r.raw[i] - r.mean[ch]).powi(2), ch) / count).collect();
    let deviation: Vec<f64> = r.variance.iter().map(|v| (v + f64::from(EPSILON)).sqrt()).collect();
    let hat: Vec<f64> = (0..r.raw.len()).map(|i| (r.raw[i] - r.mean[i % c]) / deviation[i % c]).collect();
    let affine: Vec<f64> = (0..r.raw.len()).map(|i| hat[i] * f64::from(o.gamma[i % c]) + f64::from(o.beta[i % c])).collect();
    r.output = affine.iter().map(|&v| if relu { v.max(0.0) } else { v }).collect();
    let masked: Vec<f64> = (0..affine.len()).map(|i| if !relu || affine[i] > 0.0 { f64::from(o.grad[i]) } else { 0.0 }).collect();
    r.grad_beta = (0..c).map(|ch| sum_over(&|i| masked[i], ch)).collect();
    r.grad_gamma = (0..c).map(|ch| sum_over(&|i| masked[i] * hat[i], ch)).collect();
    let (mut grad_raw, mut size_raw) = (Vec::new(), Vec::new());
    for i in 0..masked.len() {
        let ch = i % c;
        let scale = f64::from(o.gamma[ch]) / deviation[ch];
        let parts = [masked[i], r.grad_beta[ch] / count, hat[i] * r.grad_gamma[ch] / count];
        grad_raw.push(scale * (parts[0] - parts[1] - parts[2]));
        size_raw.push(scale.abs() * parts.iter().map(|part| part.abs()).sum::<f64>());
    }
    r.grad_x = vec![0.0; shape.input_len()];
    r.grad_weight = vec![0.0; shape.weight_len()];
    (r.size_x, r.size_weight) = (r.grad_x.clone(), r.grad_weight.clone());
    products(shape, |x, w, y| {
        let (value, weight) = (f64::from(o.x[x]), f64::from(o.weight[w]));
        r.grad_x[x] += grad_raw[y] * weight;
        r.grad_weight[w] += grad_raw[y] * value;
        r.size_x[x] += size_raw[y] * weight.abs();
        r.size_weight[w] += size_raw[y] * value.abs();
    });
    r
}

/// Compares relative to the largest value.
fn close(what: &str, shape: &ConvShape, found: &[f32], expected: &[f64], tolerance: f64) {
    close_to(what, shape, found, expected, expected, tolerance);
}

/// Compares relative to the largest of `sizes`.
fn close_to(what: &str, shape: &ConvShape, found: &[f32], expected: &[f64], sizes: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what} of {shape:?}");
    let largest = sizes.iter().fold(1.0f64, |a, b| a.max(b.abs()));
    for (i, (&f, &e)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(f) - e).abs() / largest;
        assert!(error < tolerance, "{what}[{i}] of {shape:?}: {f} instead of {e} (largest {largest})");
    }
}

fn check(shape: ConvShape, relu: bool) {
    let o = Numbers::new(&shape);
    let expected = reference(&shape, &o, relu);
    let operands = Operands { shape, x: &o.x, weight: &o.weight, gamma: &o.gamma, beta: &o.beta, epsilon: EPSILON, relu };
    for way in [Way::Direct, Way::Winograd] {
        if way.fits(&shape) {
            check_by(way, &operands, &o.grad, &expected);
        }
    }
}

fn check_by(way: Way, operands: &Operands, grad: &[f32], expected: &Reference) {
    let shape = operands.shape;
    let found = conv_norm_train_by(way, operands);
    close_to("raw", &shape, &found.raw, &expected.raw, &expected.size_raw, 1e-6);
    close("mean", &shape, &found.mean, &expected.mean, 2e-6);
    close("variance", &shape, &found.variance, &expected.variance, 5e-6);
    close("output", &shape, &found.output, &expected.output, 2e-5);
    let saved = Saved { raw: &found.raw, mean: &found.mean, variance: &found.variance };
    let g = conv_norm_backward_by(way, operands, saved, grad, true);
    close("grad beta", &shape, &g.beta, &expected.grad_beta, 2e-5);
    close("grad gamma", &shape, &g.gamma, &expected.grad_gamma, 2e-5);
    close_to("grad weight", &shape, &g.weight, &expected.grad_weight, &expected.size_weight, 5e-6);
    close_to("grad x", &shape, &g.x.expect("it was asked for"), &expected.grad_x, &expected.size_x, 5e-6);
    if way == Way::of(&shape) {
        let eval = conv_norm_eval(operands, &found.mean, &found.variance);
        close("eval", &shape, &eval, &expected.output, 2e-5);
        assert_eq!(eval, found.output, "evaluation with the statistics of the batch is the training output");
    }
}

fn shape(batch: usize, side: [usize; 2], channels: [usize; 2], kernel: usize, stride: usize) -> ConvShape {
    ConvShape { batch, height: side[0], width: side[1], in_channels: channels[0], out_channels: channels[1], kernel, stride }
}

#[test]
fn every_kind_of_shape_agrees_with_plain_loops() {
    let mut turn = 0;
    for kernel in [1, 3] {
        for stride in [1, 2] {
            for inputs in [1, 3, 5, 16, 32] {
                for outputs in [1, 7, 16, 33, 64] {
                    turn += 1;
                    let sides = [[4, 4], [5, 7], [8, 8], [3, 9], [7, 6]];
                    let batch = 1 + turn % 5;
                    check(shape(batch, sides[turn % 5], [inputs, outputs], kernel, stride), turn % 3 != 0);
                }
            }
        }
    }
}

#[test]
fn the_layers_of_the_encoder_agree_with_plain_loops() {
    check(shape(3, [32, 32], [3, 32], 3, 1), true);
    check(shape(2, [32, 32], [32, 64], 3, 2), true);
    check(shape(3, [16, 16], [64, 128], 3, 2), true);
    check(shape(9, [8, 8], [128, 128], 3, 2), true);
}

#[test]
fn sides_that_are_no_whole_tiles_agree_with_plain_loops() {
    for (turn, side) in [[1, 1], [1, 9], [2, 3], [4, 4], [5, 7], [6, 4], [33, 31], [8, 3]].into_iter().enumerate() {
        check(shape(1 + turn % 3, side, [16, 48], 3, 1), turn % 2 == 0);
        check(shape(1, side, [32, 16], 3, 1), true);
    }
}

#[test]
fn many_channels_and_more_than_a_piece_of_tiles_agree_with_plain_loops() {
    check(shape(1, [4, 4], [256, 272], 3, 1), true);
    check(shape(3, [8, 8], [128, 64], 3, 1), true);
    check(shape(67, [4, 4], [16, 16], 3, 1), true);
    check(shape(35, [7, 7], [16, 32], 3, 1), false);
}

#[test]
fn large_kernels_large_strides_and_many_images_agree_with_plain_loops() {
    check(shape(2, [9, 11], [4, 6], 5, 1), true);
    check(shape(2, [9, 11], [4, 6], 5, 2), true);
    check(shape(2, [10, 7], [3, 5], 3, 3), true);
    check(shape(2, [10, 7], [3, 5], 1, 3), false);
    check(shape(70, [6, 6], [5, 9], 3, 2), true);
    check(shape(41, [1, 1], [20, 12], 1, 1), true);
    check(shape(41, [2, 2], [20, 12], 3, 2), true);
}

#[test]
fn a_mean_far_from_zero_costs_no_digits_of_the_variance() {
    let shape = shape(64, [16, 16], [1, 1], 1, 1);
    let x: Vec<f32> = numbers(shape.input_len(), 9).iter().map(|v| 1000.0 + v).collect();
    let operands = Operands { shape, x: &x, weight: &[1.0], gamma: &[1.0], beta: &[0.0], epsilon: EPSILON, relu: false };
    let found = conv_norm_train_by(Way::Direct, &operands);
    let mean = x.iter().map(|&v| f64::from(v)).sum::<f64>() / x.len() as f64;
    let variance = x.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / x.len() as f64;
    assert!((f64::from(found.variance[0]) - variance).abs() < 1e-5 * variance, "{} {variance}", found.variance[0]);
}

/// Runs the other tests of this file again in a process that is held to lesser instruction sets.
#[test]
fn every_instruction_set_agrees_with_plain_loops() {
    const VARIABLE: &str = "AUGSPHERE_SIMD";
    if std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let program = std::env::current_exe().expect("the path of this test");
    for level in ["avx2", "scalar"] {
        let mut command = std::process::Command::new(&program);
        command.args(["--skip", "every_instruction_set"]).env(VARIABLE, level);
        let run = command.output().expect("this test starts again");
        assert!(run.status.success(), "with {level}:\n{}", String::from_utf8_lossy(&run.stdout));
    }
}
