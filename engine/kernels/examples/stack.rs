//! How long do the convolutions of one training step take, for few images and for many?
//! `cargo run --release --example stack [rounds]`

use augsphere_kernels::buffers::{end_step, give_back};
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

/// Milliseconds of each layer's forward and backward pass. What is no longer needed goes back to the store, as in a trainer.
fn step(layers: &[Layer], x: &[f32], gradient: &[f32]) -> Vec<(f64, f64)> {
    let mut times = Vec::new();
    let mut passes: Vec<Normalised> = Vec::new();
    for layer in layers {
        let start = Instant::now();
        let pass = conv_norm_train(&layer.operands(passes.last().map_or(x, |before| &before.output)));
        passes.push(pass);
        times.push((start.elapsed().as_secs_f64() * 1e3, 0.0));
    }
    let mut gradient = gradient.to_vec();
    for (i, layer) in layers.iter().enumerate().rev() {
        let Some(Normalised { output, raw, mean, variance }) = passes.pop() else { break };
        let start = Instant::now();
        let input = passes.last().map_or(x, |before| &before.output);
        let saved = Saved { raw: &raw, mean: &mean, variance: &variance };
        let found = conv_norm_backward(&layer.operands(input), saved, &gradient, i > 0);
        let arrays = [output, raw, std::mem::replace(&mut gradient, found.x.unwrap_or_default())];
        arrays.into_iter().for_each(give_back);
        times[i].1 = start.elapsed().as_secs_f64() * 1e3;
    }
    end_step();
    times
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A batch of images, and how long steps on it took.
struct Trial {
    batch: usize,
    layers: Vec<Layer>,
    x: Vec<f32>,
    gradient: Vec<f32>,
    /// Milliseconds of each layer, for each step.
    times: Vec<Vec<(f64, f64)>>,
    /// Milliseconds of whole steps.
    whole: Vec<f64>,
}

impl Trial {
    fn new(batch: usize) -> Self {
        let layers = layers(batch);
        let x = numbers(layers[0].shape.input_len(), 1.0);
        let gradient = numbers(layers[3].shape.output_len(), 1.0);
        Self { batch, layers, x, gradient, times: Vec::new(), whole: Vec::new() }
    }

    /// Steps whose times count, after as many as the store needs to know what a step takes.
    fn run(&mut self, steps: usize) {
        for _ in 0..2 {
            step(&self.layers, &self.x, &self.gradient);
        }
        for _ in 0..steps {
            let start = Instant::now();
            self.times.push(step(&self.layers, &self.x, &self.gradient));
            self.whole.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }

    fn report(&self, out: &mut impl Write) -> std::io::Result<()> {
        let Self { batch, .. } = self;
        let mut all = 0.0;
        for (i, Layer { shape, .. }) in self.layers.iter().enumerate() {
            let flops = 2.0 * (shape.batch * shape.out_height() * shape.out_width() * shape.weight_len()) as f64;
            let back = flops * if i == 0 { 1.0 } else { 2.0 };
            all += flops + back;
            let forward = median(self.times.iter().map(|times| times[i].0).collect());
            let backward = median(self.times.iter().map(|times| times[i].1).collect());
            writeln!(
                out,
                "{batch} views, layer {i}: forward {forward:7.2} ms ({:4.0} GFLOP/s), backward {backward:7.2} ms ({:4.0})",
                flops / forward / 1e6,
                back / backward / 1e6,
            )?;
        }
        let whole = median(self.whole.clone());
        let each = whole / *batch as f64;
        writeln!(out, "{batch} views, whole: {whole:.1} ms, {each:.4} a view, {:.0} GFLOP/s", all / whole / 1e6)
    }
}

fn main() -> std::io::Result<()> {
    let rounds = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(3);
    let mut out = std::io::stdout();
    let [mut few, mut many] = [128, 4096].map(Trial::new);
    let mut ratios = Vec::new();
    // They take turns, so that what else the machine does meets both.
    for round in 0..rounds {
        few.run(16);
        many.run(1);
        let each = |trial: &Trial, steps: usize| median(trial.whole[round * steps..].to_vec()) / trial.batch as f64;
        ratios.push(each(&many, 1) / each(&few, 16));
    }
    few.report(&mut out)?;
    many.report(&mut out)?;
    writeln!(out, "a view of {} takes {:.2} times as long as one of {}", many.batch, median(ratios), few.batch)
}
