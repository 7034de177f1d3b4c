//! How long do the convolutions of one training step take on this machine? `cargo run --release --example stack [runs]`

use augsphere_kernels::buffers::give_back;
use augsphere_kernels::{ConvShape, Normalised, Operands, Saved, conv_norm_backward, conv_norm_train};
use std::io::Write;
use std::time::Instant;

const EPSILON: f32 = 1e-5;

/// The encoder's layers: (side, channels in, channels out, stride).
const LAYERS: [(usize, usize, usize, usize); 4] = [(32, 3, 32, 1), (32, 32, 64, 2), (16, 64, 128, 2), (8, 128, 128, 2)];

struct Layer {
    shape: ConvShape,
    weight: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
}

fn numbers(len: usize, scale: f32) -> Vec<f32> {
    let mut state = 7u32;
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 8) as f32 / (1 << 23) as f32 - 1.0) * scale
        })
        .collect()
}

fn layers(batch: usize) -> Vec<Layer> {
    LAYERS
        .iter()
        .map(|&(side, in_channels, out_channels, stride)| {
            let shape = ConvShape { batch, height: side, width: side, in_channels, out_channels, kernel: 3, stride };
            let scale = (6.0 / (9 * in_channels) as f32).sqrt();
            let weight = numbers(shape.weight_len(), scale);
            Layer { shape, weight, gamma: vec![1.0; out_channels], beta: vec![0.0; out_channels] }
        })
        .collect()
}

impl Layer {
    fn operands<'a>(&'a self, x: &'a [f32]) -> Operands<'a> {
        let Self { shape, weight, gamma, beta } = self;
        Operands { shape: *shape, x, weight, gamma, beta, epsilon: EPSILON, relu: true }
    }
}

/// Milliseconds of each layer's forward and backward pass.
fn step(layers: &[Layer], x: &[f32], grad: &[f32]) -> Vec<(f64, f64)> {
    let mut times = Vec::new();
    let mut passes = Vec::new();
    for (i, l) in layers.iter().enumerate() {
        let start = Instant::now();
        let input = if i == 0 { x } else { passes.last().map_or(x, |p: &Normalised| &p.output) };
        let pass = conv_norm_train(&l.operands(input));
        passes.push(pass);
        times.push((start.elapsed().as_secs_f64() * 1e3, 0.0));
    }
    let mut grad = grad.to_vec();
    for (i, l) in layers.iter().enumerate().rev() {
        let start = Instant::now();
        let input = if i == 0 { x } else { &passes[i - 1].output };
        let p = &passes[i];
        let saved = Saved { raw: &p.raw, mean: &p.mean, variance: &p.variance };
        let g = conv_norm_backward(&l.operands(input), saved, &grad, i > 0);
        give_back(std::mem::replace(&mut grad, g.x.unwrap_or_default()));
        times[i].1 = start.elapsed().as_secs_f64() * 1e3;
    }
    for pass in passes {
        give_back(pass.raw);
        give_back(pass.output);
    }
    times
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() -> std::io::Result<()> {
    let runs = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(11);
    let mut out = std::io::stdout();
    for batch in [128, 512] {
        let layers = layers(batch);
        let x = numbers(layers[0].shape.input_len(), 1.0);
        let grad = numbers(layers[3].shape.output_len(), 1.0);
        step(&layers, &x, &grad);
        let mut whole = Vec::new();
        let times: Vec<_> = (0..runs)
            .map(|_| {
                let start = Instant::now();
                let times = step(&layers, &x, &grad);
                whole.push(start.elapsed().as_secs_f64() * 1e3);
                times
            })
            .collect();
        let mut all = 0.0;
        for (i, l) in layers.iter().enumerate() {
            let s = &l.shape;
            let flops = 2.0 * (s.batch * s.out_height() * s.out_width() * s.weight_len()) as f64;
            let back = flops * if i == 0 { 1.0 } else { 2.0 };
            all += flops + back;
            let forward = median(times.iter().map(|t| t[i].0).collect());
            let backward = median(times.iter().map(|t| t[i].1).collect());
            writeln!(
                out,
                "{batch} views, layer {i}: forward {forward:6.2} ms ({:4.0} GFLOP/s), backward {backward:6.2} ms ({:4.0})",
                flops / forward / 1e6,
                back / backward / 1e6,
            )?;
        }
        let whole = median(whole);
        writeln!(out, "{batch} views, whole: {whole:.1} ms, {:.0} GFLOP/s", all / whole / 1e6)?;
    }
    Ok(())
}
