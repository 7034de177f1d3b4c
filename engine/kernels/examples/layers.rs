//! Which algorithm convolves a layer faster here, and `resnet18` as a whole? `cargo run --release --example layers [rounds] [batch]`
//!
//! Both take turns, so that what else the machine does meets both; a gain is the median over rounds. GFLOP/s are counted as
//! the direct convolution counts, normalisation and ReLU take their time, too, and shares are of the rate of plain products of
//! rows in the same rounds on as many threads.

use augsphere_kernels::buffers::{end_step, give_back};
use augsphere_kernels::{ConvShape, Gradients, Normalised, Operands, ROW, Saved, Way};
use augsphere_kernels::{conv_norm_backward_by, conv_norm_train_by, parallel, products};
use std::io::Write;
use std::time::Instant;

/// A convolution of a square image.
struct Layer {
    side: usize,
    channels: [usize; 2],
    kernel: usize,
    stride: usize,
    /// How often it is in `resnet18` for images of 32 pixels.
    count: usize,
}

const fn layer(side: usize, channels: [usize; 2], kernel: usize, stride: usize, count: usize) -> Layer {
    Layer { side, channels, kernel, stride, count }
}

const LAYERS: [Layer; 16] = [
    layer(32, [3, 64], 3, 1, 1),
    layer(32, [64, 64], 3, 1, 4),
    layer(32, [64, 128], 3, 2, 1),
    layer(32, [64, 128], 1, 2, 1),
    layer(16, [128, 128], 3, 1, 3),
    layer(16, [128, 256], 3, 2, 1),
    layer(16, [128, 256], 1, 2, 1),
    layer(8, [256, 256], 3, 1, 3),
    layer(8, [256, 512], 3, 2, 1),
    layer(8, [256, 512], 1, 2, 1),
    layer(4, [512, 512], 3, 1, 3),
    // Where is the limit?
    layer(32, [16, 16], 3, 1, 0),
    layer(32, [32, 32], 3, 1, 0),
    layer(7, [64, 64], 3, 1, 0),
    layer(5, [64, 64], 3, 1, 0),
    layer(3, [64, 64], 3, 1, 0),
];

/// What is timed of a layer.
const PARTS: [&str; 3] = ["forward", "weights", "both gradients"];

fn numbers(len: usize, scale: f32) -> Vec<f32> {
    let mut state = 7u32;
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 8) as f32 / (1 << 23) as f32 - 1.0) * scale
        })
        .collect()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Milliseconds of `work`, and what it returns.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let done = work();
    (start.elapsed().as_secs_f64() * 1e3, done)
}

/// GFLOP/s of plain products of rows.
fn plain_rate() -> f64 {
    const ROWS: usize = 240;
    let depth = 48 * ROW;
    let (a, b) = (numbers(4 * ROWS * depth, 1.0), numbers(ROWS * depth, 1.0));
    let mut out = vec![0.0; 4 * ROWS * ROWS];
    let (time, ()) = timed(|| {
        let pieces = a.chunks(ROWS / 2 * depth).zip(out.chunks_mut(ROWS / 2 * ROWS));
        parallel::for_each(pieces, |(a, out)| products(a, &b, depth, out));
    });
    8.0 * (ROWS * ROWS * depth) as f64 / time / 1e6
}

/// Milliseconds of each part.
fn round(way: Way, operands: &Operands, gradient: &[f32]) -> [f64; 3] {
    let (forward, Normalised { output, raw, mean, variance }) = timed(|| conv_norm_train_by(way, operands));
    let saved = Saved { raw: &raw, mean: &mean, variance: &variance };
    let (weight, _) = timed(|| conv_norm_backward_by(way, operands, saved, gradient, false));
    let (both, Gradients { x, .. }) = timed(|| conv_norm_backward_by(way, operands, saved, gradient, true));
    [output, raw].into_iter().chain(x).for_each(give_back);
    [forward, weight, both]
}

/// Prints what a layer takes. Returns the milliseconds of its part of a training step, direct and as it is taken.
fn report(layer: &Layer, rounds: usize, batch: usize, out: &mut impl Write) -> std::io::Result<[f64; 2]> {
    let &Layer { side, channels: [in_channels, out_channels], kernel, stride, .. } = layer;
    let shape = ConvShape { batch, height: side, width: side, in_channels, out_channels, kernel, stride };
    let x = numbers(shape.input_len(), 1.0);
    let gradient = numbers(shape.output_len(), 1.0);
    let weight = numbers(shape.weight_len(), (6.0 / (kernel * kernel * in_channels) as f32).sqrt());
    let (gamma, beta) = (vec![1.0; out_channels], vec![0.0; out_channels]);
    let operands = Operands { shape, x: &x, weight: &weight, gamma: &gamma, beta: &beta, epsilon: 1e-5, relu: true };
    let ways: Vec<Way> = [Way::Direct, Way::Winograd].into_iter().filter(|way| way.fits(&shape)).collect();
    let turn = || -> Vec<[f64; 3]> {
        let times = ways.iter().map(|&way| round(way, &operands, &gradient)).collect();
        // Not before all have had their turn: each would find that the others' arrays were freed.
        end_step();
        times
    };
    // The first round finds no used arrays, and does not count.
    turn();
    let turns: Vec<(f64, Vec<[f64; 3]>)> = (0..rounds).map(|_| (plain_rate(), turn())).collect();

    let plain = median(turns.iter().map(|(plain, _)| *plain));
    let flops = 2.0 * (batch * shape.out_height() * shape.out_width() * shape.weight_len()) as f64;
    write!(
        out,
        "{side:2}x{side:<2} {in_channels:3} to {out_channels:3}, {kernel}x{kernel} by {stride}, taken: {:?};",
        Way::of(&shape)
    )?;
    let time = |way: usize, part: usize| median(turns.iter().map(|(_, times)| times[way][part]));
    for (part, name) in PARTS.into_iter().enumerate() {
        let work = if part == 2 { 2.0 * flops } else { flops };
        for (place, way) in ways.iter().enumerate() {
            let rate = work / time(place, part) / 1e6;
            write!(out, " {name} {way:?} {rate:3.0} ({:3.0} %)", 100.0 * rate / plain)?;
        }
        if ways.len() == 2 {
            let gain = median(turns.iter().map(|(_, times)| times[0][part] / times[1][part]));
            write!(out, " {gain:4.2} times")?;
        }
        write!(out, ";")?;
    }
    writeln!(out, " products {plain:.0} GFLOP/s")?;
    // The first layer of a network has no use for the gradient of its input.
    let backward = if in_channels == 3 { 1 } else { 2 };
    let taken = ways.iter().position(|way| *way == Way::of(&shape)).unwrap_or(0);
    Ok([0, taken].map(|way| time(way, 0) + time(way, backward)))
}

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().ok());
    let rounds = arguments.next().flatten().unwrap_or(9);
    let batch = arguments.next().flatten().unwrap_or(64);
    let mut out = std::io::stdout();
    let mut whole = [0.0; 2];
    for layer in &LAYERS {
        let times = report(layer, rounds, batch, &mut out)?;
        whole.iter_mut().zip(times).for_each(|(whole, time)| *whole += layer.count as f64 * time);
    }
    let [direct, taken] = whole;
    writeln!(out, "resnet18, {batch} images: {direct:.0} ms all direct, {taken:.0} ms as taken, {:.2} times", direct / taken)
}
