//! Properties of the kernels: gradients are slopes of the forward pass, and the number of threads does not show.

mod numbers;

use augsphere_kernels::buffers::give_back;
use augsphere_kernels::{ConvShape, Gradients, Normalised, Operands, Saved, Way, conv_norm_backward, conv_norm_train};
use numbers::numbers;

const EPSILON: f32 = 1e-5;

fn both(shape: ConvShape) -> (Normalised, Gradients) {
    let (x, weight) = (numbers(shape.input_len(), 1), numbers(shape.weight_len(), 2));
    let (gamma, beta) = (numbers(shape.out_channels, 3), numbers(shape.out_channels, 4));
    let grad = numbers(shape.output_len(), 5);
    let operands = Operands { shape, x: &x, weight: &weight, gamma: &gamma, beta: &beta, epsilon: EPSILON, relu: true };
    let f = conv_norm_train(&operands);
    let g = conv_norm_backward(&operands, saved(&f), &grad, true);
    (f, g)
}

fn saved(forward: &Normalised) -> Saved<'_> {
    Saved { raw: &forward.raw, mean: &forward.mean, variance: &forward.variance }
}

#[test]
fn one_thread_and_several_give_the_same_bits() {
    let direct = [(37, 8, [32, 48], 2), (64, 16, [3, 32], 1), (130, 4, [24, 16], 1)];
    // The last has so many channels that the positions of a piece are spread, too.
    let winograd = [(130, 4, [32, 64], 1), (40, 14, [48, 32], 1), (70, 7, [256, 256], 1)];
    let ways = [(Way::Direct, direct), (Way::Winograd, winograd)];
    for (way, (batch, side, channels, stride)) in ways.into_iter().flat_map(|(way, shapes)| shapes.map(|shape| (way, shape))) {
        let [in_channels, out_channels] = channels;
        let shape = ConvShape { batch, height: side, width: side, in_channels, out_channels, kernel: 3, stride };
        assert_eq!(Way::of(&shape), way, "{shape:?}");
        let on = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool").install(|| both(shape));
        let alone = on(1);
        for threads in [2, 3, 8] {
            assert!(alone == on(threads), "{threads} threads change the result of {shape:?}");
        }
    }
}

#[test]
fn what_used_arrays_held_does_not_show() {
    let shape = ConvShape { batch: 21, height: 9, width: 7, in_channels: 20, out_channels: 40, kernel: 3, stride: 2 };
    let clean = both(shape);
    for _ in 0..3 {
        for len in [shape.input_len(), shape.output_len(), shape.output_len(), 1 << 15, 1 << 16, 1 << 17, 1 << 18] {
            give_back(vec![f32::NAN; len]);
        }
        assert!(clean == both(shape));
    }
}

#[test]
fn gradients_are_the_slopes_of_the_forward_pass() {
    let shape = ConvShape { batch: 2, height: 4, width: 5, in_channels: 3, out_channels: 4, kernel: 3, stride: 2 };
    let mut operands = [
        numbers(shape.input_len(), 11),
        numbers(shape.weight_len(), 12),
        numbers(4, 13).iter().map(|v| v + 2.0).collect(),
        // Far from the kink of the ReLU, where a difference quotient means nothing: half the channels open, half shut.
        vec![9.0, -9.0, 9.0, 9.0],
    ];
    let grad = numbers(shape.output_len(), 15);
    fn given(shape: ConvShape, o: &[Vec<f32>; 4]) -> Operands<'_> {
        Operands { shape, x: &o[0], weight: &o[1], gamma: &o[2], beta: &o[3], epsilon: EPSILON, relu: true }
    }
    let forward = |o: &[Vec<f32>; 4]| conv_norm_train(&given(shape, o));
    let loss =
        |o: &[Vec<f32>; 4]| -> f64 { forward(o).output.iter().zip(&grad).map(|(&y, &g)| f64::from(y) * f64::from(g)).sum() };
    let f = forward(&operands);
    let g = conv_norm_backward(&given(shape, &operands), saved(&f), &grad, true);
    let found = [g.x.expect("it was asked for"), g.weight, g.gamma, g.beta];
    for which in 0..4 {
        for i in 0..operands[which].len() {
            let (value, step) = (operands[which][i], 1e-2);
            operands[which][i] = value + step;
            let above = loss(&operands);
            operands[which][i] = value - step;
            let below = loss(&operands);
            operands[which][i] = value;
            let slope = (above - below) / f64::from(2.0 * step);
            let error = (slope - f64::from(found[which][i])).abs();
            assert!(error < 2e-2, "operand {which}[{i}]: {} instead of {slope}", found[which][i]);
        }
    }
}

#[test]
fn without_the_gradient_of_x_the_others_are_the_same() {
    let shape = ConvShape { batch: 5, height: 8, width: 8, in_channels: 3, out_channels: 32, kernel: 3, stride: 1 };
    let (x, weight) = (numbers(shape.input_len(), 1), numbers(shape.weight_len(), 2));
    let (gamma, beta) = (numbers(32, 3), numbers(32, 4));
    let grad = numbers(shape.output_len(), 5);
    let operands = Operands { shape, x: &x, weight: &weight, gamma: &gamma, beta: &beta, epsilon: EPSILON, relu: true };
    let f = conv_norm_train(&operands);
    let run = |want| conv_norm_backward(&operands, saved(&f), &grad, want);
    let (with, without) = (run(true), run(false));
    assert!(without.x.is_none() && with.x.is_some());
    assert_eq!((with.weight, with.gamma, with.beta), (without.weight, without.gamma, without.beta));
}
