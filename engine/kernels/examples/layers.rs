//! Which algorithm convolves a layer faster here? `cargo run --release --example layers [rounds] [batch]`
//!
//! Both take turns, so that what else the machine does meets both; a ratio is the median over rounds. GFLOP/s are counted as
//! the direct convolution counts, and shares are of the rate of plain products of rows in the same rounds.

use augsphere_kernels::buffers::{end_step, give_back};
use augsphere_kernels::{ConvShape, Gradients, Normalised, Operands, ROW, Saved, Way};
use augsphere_kernels::{conv_norm_backward_by, conv_norm_train_by, products};
use std::io::Write;
use std::time::Instant;

/// Layers of `resnet18` for images of 32 pixels, and some thinner ones: (side, channels in, channels out).
const LAYERS: [(usize, usize, usize); 9] = [
    (32, 16, 16),
    (32, 32, 32),
    (32, 48, 48),
    (32, 64, 64),
    (16, 128, 128),
    (8, 256, 256),
    (4, 512, 512),
    (5, 64, 64),
    (3, 64, 64),
];

fn numbers(len: usize, scale: f32) -> Vec<f32> {
    let mut state = 7u32;
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 8) as f32 / (1 << 23) as f32 - 1.0) * scale
        })
        .collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Milliseconds of `work`, and what it returns.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let done = work();
    (start.elapsed().as_secs_f64() * 1e3, done)
}

/// GFLOP/s of plain products of rows, on one thread.
fn plain_rate() -> f64 {
    const ROWS: usize = 240;
    let depth = 48 * ROW;
    let (a, b) = (numbers(ROWS * depth, 1.0), numbers(ROWS * depth, 1.0));
    let mut out = vec![0.0; ROWS * ROWS];
    let (time, ()) = timed(|| products(&a, &b, depth, &mut out));
    2.0 * (ROWS * ROWS * depth) as f64 / time / 1e6
}

/// Milliseconds forwards, backwards without the gradient of the input, and with it.
fn round(way: Way, operands: &Operands, gradient: &[f32]) -> [f64; 3] {
    let (forward, Normalised { output, raw, mean, variance }) = timed(|| conv_norm_train_by(way, operands));
    let saved = Saved { raw: &raw, mean: &mean, variance: &variance };
    let (weight, _) = timed(|| conv_norm_backward_by(way, operands, saved, gradient, false));
    let (both, Gradients { x, .. }) = timed(|| conv_norm_backward_by(way, operands, saved, gradient, true));
    [output, raw].into_iter().chain(x).for_each(give_back);
    end_step();
    [forward, weight, both]
}

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().ok());
    let rounds = arguments.next().flatten().unwrap_or(9);
    let batch = arguments.next().flatten().unwrap_or(64);
    let mut out = std::io::stdout();
    for (side, in_channels, out_channels) in LAYERS {
        let shape = ConvShape { batch, height: side, width: side, in_channels, out_channels, kernel: 3, stride: 1 };
        let x = numbers(shape.input_len(), 1.0);
        let gradient = numbers(shape.output_len(), 1.0);
        let weight = numbers(shape.weight_len(), (6.0 / (9 * in_channels) as f32).sqrt());
        let (gamma, beta) = (vec![1.0; out_channels], vec![0.0; out_channels]);
        let operands = Operands { shape, x: &x, weight: &weight, gamma: &gamma, beta: &beta, epsilon: 1e-5, relu: true };
        let ways = [Way::Direct, Way::Winograd];
        // The first round finds no used arrays, and does not count.
        for way in ways {
            round(way, &operands, &gradient);
        }
        let (mut plain, mut times) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            plain.push(plain_rate());
            times.push(ways.map(|way| round(way, &operands, &gradient)));
        }
        let plain = median(plain);
        let flops = 2.0 * (batch * side * side * shape.weight_len()) as f64;
        write!(out, "{side:2}x{side:<2} {in_channels:3} to {out_channels:3}, products {plain:3.0} GFLOP/s;")?;
        for (part, name) in ["forward", "weights", "both gradients"].into_iter().enumerate() {
            let [direct, winograd] = [0, 1].map(|way| median(times.iter().map(|round| round[way][part]).collect()));
            let gain = median(times.iter().map(|round| round[0][part] / round[1][part]).collect());
            let rate = |time: f64| flops * if part == 2 { 2.0 } else { 1.0 } / time / 1e6;
            let share = |time: f64| 100.0 * rate(time) / plain;
            write!(
                out,
                " {name} {:3.0} ({:3.0} %), Winograd {:3.0} ({:3.0} %), {gain:4.2} times;",
                rate(direct),
                share(direct),
                rate(winograd),
                share(winograd),
            )?;
        }
        writeln!(out, " taken: {:?}", Way::of(&shape))?;
    }
    Ok(())
}
