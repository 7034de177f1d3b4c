//! How far is the convolution by fewer products from the exact one, and what decides that it is taken?

mod numbers;

use augsphere_kernels::{ConvShape, Operands, Way, conv_norm_eval, conv_norm_train_by};
use numbers::numbers;

fn square(batch: usize, side: usize, channels: usize) -> ConvShape {
    let (in_channels, out_channels) = (channels, channels);
    ConvShape { batch, height: side, width: side, in_channels, out_channels, kernel: 3, stride: 1 }
}

/// The convolution of one image in f64, and the sums of the magnitudes of its products.
fn exact(shape: &ConvShape, x: &[f32], weight: &[f32]) -> Vec<(f64, f64)> {
    let (side, channels) = (shape.height, shape.in_channels);
    let mut sums = vec![(0.0, 0.0); shape.output_len()];
    for (at, (sum, size)) in sums.iter_mut().enumerate() {
        let (pixel, out) = (at / shape.out_channels, at % shape.out_channels);
        for tap in 0..9 {
            let (row, column) = (pixel / side + tap / 3, pixel % side + tap % 3);
            if (1..=side).contains(&row) && (1..=side).contains(&column) {
                let inputs = &x[((row - 1) * side + column - 1) * channels..][..channels];
                for (input, value) in inputs.iter().enumerate() {
                    let product = f64::from(*value) * f64::from(weight[(out * channels + input) * 9 + tap]);
                    *sum += product;
                    *size += product.abs();
                }
            }
        }
    }
    sums
}

/// The largest error relative to the sum of magnitudes, and the root of the mean squared error relative to that of the values.
fn errors(way: Way, shape: ConvShape, x: &[f32], weight: &[f32], exact: &[(f64, f64)]) -> (f64, f64) {
    let (gamma, beta) = (vec![1.0; shape.out_channels], vec![0.0; shape.out_channels]);
    let operands = Operands { shape, x, weight, gamma: &gamma, beta: &beta, epsilon: 1e-5, relu: true };
    let raw = conv_norm_train_by(way, &operands).raw;
    let (mut worst, mut squares, mut whole) = (0.0f64, 0.0, 0.0);
    for (&found, &(sum, size)) in raw.iter().zip(exact) {
        let error = f64::from(found) - sum;
        worst = worst.max(error.abs() / size);
        squares += error * error;
        whole += sum * sum;
    }
    (worst, (squares / whole).sqrt())
}

#[test]
fn it_rounds_little_more_than_the_direct_convolution() {
    for (side, channels) in [(8, 64), (8, 128), (8, 256), (4, 512)] {
        let shape = square(1, side, channels);
        let weight = numbers(shape.weight_len(), 2);
        // As after a ReLU, and with a mean of zero.
        for least in [0.0, -1.0] {
            let x: Vec<f32> = numbers(shape.input_len(), 1).iter().map(|value| value.max(least)).collect();
            let exact = exact(&shape, &x, &weight);
            let (direct, direct_spread) = errors(Way::Direct, shape, &x, &weight, &exact);
            let (found, spread) = errors(Way::Winograd, shape, &x, &weight, &exact);
            assert!(direct < 2.5e-7 && found < 9e-7, "{channels} channels: {found:e} of the magnitudes, directly {direct:e}");
            assert!(spread < 3.0 * direct_spread, "{channels} channels: {spread:e} of the values, directly {direct_spread:e}");
        }
    }
}

#[test]
fn it_is_taken_where_it_fits_and_tiles_hardly_overhang() {
    for (side, channels) in [(32, 64), (16, 128), (8, 256), (4, 512), (3, 32), (7, 32), (28, 48)] {
        assert_eq!(Way::of(&square(64, side, channels)), Way::Winograd, "{channels} channels of side {side}");
    }
    for (side, channels) in [(32, 3), (32, 16), (32, 40), (2, 64), (5, 64)] {
        assert_eq!(Way::of(&square(64, side, channels)), Way::Direct, "{channels} channels of side {side}");
    }
    assert!(!Way::Winograd.fits(&ConvShape { stride: 2, ..square(1, 8, 16) }));
    assert!(!Way::Winograd.fits(&ConvShape { kernel: 1, ..square(1, 8, 16) }));
}

#[test]
fn an_image_is_the_same_in_any_company() {
    let (one, many) = (square(1, 8, 32), square(19, 8, 32));
    let (x, weight) = (numbers(many.input_len(), 1), numbers(one.weight_len(), 2));
    let (ones, zeros) = (vec![1.0; 32], vec![0.0; 32]);
    let run = |shape: ConvShape, x: &[f32]| {
        let operands = Operands { shape, x, weight: &weight, gamma: &ones, beta: &zeros, epsilon: 1e-5, relu: false };
        conv_norm_eval(&operands, &zeros, &ones)
    };
    let together = run(many, &x);
    for (x, output) in x.chunks(one.input_len()).zip(together.chunks(one.output_len())) {
        assert!(run(one, x) == output);
    }
}

#[test]
#[should_panic(expected = "Winograd does not convolve")]
fn it_says_what_it_cannot_do() {
    let shape = ConvShape { stride: 2, ..square(1, 4, 16) };
    let (x, weight) = (numbers(shape.input_len(), 1), numbers(shape.weight_len(), 2));
    errors(Way::Winograd, shape, &x, &weight, &[]);
}
