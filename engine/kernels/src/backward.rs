//! The backward pass of ReLU, batch normalisation and convolution.

use crate::buffers::{MOST, give_back, take};
use crate::convolve::Convolve;
use crate::correlate::{Correlate, OVERREAD};
use crate::forward::Operands;
use crate::geometry::{Padded, Phase, Window, forward_window, gradient_phases};
use crate::norm::{Affine, GradientSums, RawGradient};
use crate::pack::{Packed, pack_gradient, sum_weight};
use crate::parallel::for_each;
use crate::scratch::Scratch;
use crate::shape::ConvShape;
use crate::simd::{panel_width, vectorize};
use crate::way::Way;
use crate::winograd::{Filters, Source, Tiling, sum_filters};

/// Gradients of the loss with respect to the operands.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradients {
    /// `[batch, height, width, in_channels]`, where it was asked for.
    pub x: Option<Vec<f32>>,
    /// `[out, in, k, k]`.
    pub weight: Vec<f32>,
    /// `[out]`.
    pub gamma: Vec<f32>,
    /// `[out]`.
    pub beta: Vec<f32>,
}

/// What the forward pass left behind.
#[derive(Clone, Copy, Debug)]
pub struct Saved<'a> {
    /// The convolution's own output.
    pub raw: &'a [f32],
    /// Mean of `raw` for each channel.
    pub mean: &'a [f32],
    /// Biased variance of `raw` for each channel.
    pub variance: &'a [f32],
}

/// Gradients of [`crate::conv_norm_train`], through the statistics of the batch, given that of its output,
/// `[batch, out_height, out_width, out_channels]`; that of `x` only if it is wanted.
///
/// # Panics
/// If a slice does not fit the shape.
pub fn conv_norm_backward(operands: &Operands, saved: Saved, grad_output: &[f32], want_x: bool) -> Gradients {
    conv_norm_backward_by(Way::of(&operands.shape), operands, saved, grad_output, want_x)
}

/// [`conv_norm_backward`] by an algorithm of the caller's choice, to compare them.
///
/// # Panics
/// If a slice does not fit the shape, or the algorithm does not.
pub fn conv_norm_backward_by(way: Way, operands: &Operands, saved: Saved, grad_output: &[f32], want_x: bool) -> Gradients {
    let shape = operands.shape;
    operands.check([saved.mean, saved.variance]);
    shape.check("raw", saved.raw.len(), shape.output_len());
    shape.check("the output's gradient", grad_output.len(), shape.output_len());
    let affine = operands.affine(saved.mean, saved.variance);
    let (plain, centred) = gradient_sums(&shape, &affine, saved.raw, grad_output);
    let channels = shape.out_channels;
    let std = |channel: usize| (f64::from(saved.variance[channel]) + f64::from(operands.epsilon)).sqrt();
    let gamma = (0..channels).map(|c| (centred[c] / std(c)) as f32).collect();
    let beta = plain.iter().map(|&sum| sum as f32).collect();
    let count = (shape.batch * shape.out_pixels()) as f64;
    let coefficient = |c: usize, sum: f64| -f64::from(affine.scale[c]) * sum / count;
    let slope: Vec<f32> = (0..channels).map(|c| (coefficient(c, centred[c]) / std(c) / std(c)) as f32).collect();
    let offset: Vec<f32> = (0..channels).map(|c| coefficient(c, plain[c]) as f32).collect();

    let mut x = want_x.then(|| take(shape.input_len()));
    let normalisation = Normalisation { affine: &affine, slope: &slope, offset: &offset };
    let plan = Plan::new(way, shape, operands.weight, want_x, normalisation);
    let weight = plan.run(operands.x, saved.raw, grad_output, x.as_deref_mut());
    Gradients { x, weight, gamma, beta }
}

/// Sums over the batch, for each channel, of the masked gradient and of that times `raw - mean`.
fn gradient_sums(shape: &ConvShape, affine: &Affine, raw: &[f32], gradient: &[f32]) -> (Vec<f64>, Vec<f64>) {
    let channels = shape.out_channels;
    let images = shape.chunk_images();
    let floats = images * shape.out_image_len();
    let mut sums = vec![(vec![0.0; channels], vec![0.0; channels]); shape.batch.div_ceil(images)];
    let chunks = raw.chunks(floats).zip(gradient.chunks(floats)).zip(&mut sums);
    for_each(chunks, |((raw, gradient), (plain, centred))| {
        vectorize(GradientSums { affine, raw, gradient, plain, centred });
    });
    let mut whole = (vec![0.0; channels], vec![0.0; channels]);
    for (plain, centred) in &sums {
        whole.0.iter_mut().zip(plain).for_each(|(to, from)| *to += from);
        whole.1.iter_mut().zip(centred).for_each(|(to, from)| *to += from);
    }
    whole
}

/// What turns the gradient after the normalisation into that before it.
#[derive(Clone, Copy)]
struct Normalisation<'a> {
    affine: &'a Affine,
    slope: &'a [f32],
    offset: &'a [f32],
}

/// What the chunks of one backward pass share.
struct Plan<'a> {
    shape: ConvShape,
    normalisation: Normalisation<'a>,
    input: Padded,
    gradient: Padded,
    width: usize,
    /// Images in a chunk.
    chunk: usize,
    /// Images in a block.
    block: usize,
    gradient_at: Vec<u32>,
    kernel: Kernel,
}

/// What finds the gradients of a block.
enum Kernel {
    Direct { window: Window, phases: Vec<(Phase, Packed)> },
    Winograd { tiling: Tiling, filters: Option<Filters> },
}

/// Floats of all chunks' weight gradients together, at most, unless a single one has more: 128 MiB, or a quarter of the store.
const SUMS: usize = if MOST / 4 < 32 << 20 { MOST / 4 } else { 32 << 20 };

impl<'a> Plan<'a> {
    fn new(way: Way, shape: ConvShape, weight: &[f32], want_x: bool, normalisation: Normalisation<'a>) -> Self {
        way.check(&shape);
        let width = panel_width();
        let outs = shape.out_channels.next_multiple_of(width);
        let (input, gradient) = (way.padded_input(&shape), way.padded_gradient(&shape, outs));
        let most = (SUMS / way.filter_floats(&shape, outs)).max(1);
        let chunk = way.chunk_images(&shape).max(shape.batch.div_ceil(most));
        let block = way.block_images(&shape, chunk, input.image_len());
        let gradient_at = (0..block * shape.out_pixels())
            .map(|pixel| {
                let (row, column) = (pixel / shape.out_width(), pixel % shape.out_width());
                let (image, row) = (row / shape.out_height(), row % shape.out_height());
                gradient.at(image, row + gradient.front, column + gradient.front) as u32
            })
            .collect();
        let kernel = match way {
            Way::Direct => {
                let phases = if want_x { gradient_phases(&shape, &gradient, block) } else { Vec::new() };
                let pack = |phase: Phase| {
                    let panels = pack_gradient(&shape, weight, &phase, outs, width);
                    (phase, panels)
                };
                let phases = phases.into_iter().map(pack).collect();
                Kernel::Direct { window: forward_window(&shape, &input, block), phases }
            }
            Way::Winograd => {
                let filters = want_x.then(|| Filters::backwards(&shape, weight, outs));
                Kernel::Winograd { tiling: Tiling::new(&shape, block), filters }
            }
        };
        Self { shape, normalisation, input, gradient, width, chunk, block, gradient_at, kernel }
    }

    /// Gradient of the weight, and that of `x` where there is room for it.
    fn run(&self, x: &[f32], raw: &[f32], grad_output: &[f32], grad_x: Option<&mut [f32]>) -> Vec<f32> {
        let shape = &self.shape;
        let (floats, out_floats) = (self.chunk * shape.image_len(), self.chunk * shape.out_image_len());
        let count = shape.batch.div_ceil(self.chunk);
        let len = self.way().filter_floats(shape, self.gradient.channels);
        let mut partial = take(count * len);
        let pieces: Vec<Option<&mut [f32]>> = match grad_x {
            Some(all) => all.chunks_mut(floats).map(Some).collect(),
            None => (0..count).map(|_| None).collect(),
        };
        let chunks = x.chunks(floats).zip(raw.chunks(out_floats)).zip(grad_output.chunks(out_floats));
        for_each(chunks.zip(pieces).zip(partial.chunks_mut(len)), |((((x, raw), gradient), grad_x), sums)| {
            self.chunk(x, raw, gradient, grad_x, sums);
        });
        let weight = match self.way() {
            Way::Direct => sum_weight(shape, &partial, self.width),
            Way::Winograd => sum_filters(shape, &partial),
        };
        give_back(partial);
        weight
    }

    fn way(&self) -> Way {
        match self.kernel {
            Kernel::Direct { .. } => Way::Direct,
            Kernel::Winograd { .. } => Way::Winograd,
        }
    }

    fn chunk(&self, x: &[f32], raw: &[f32], gradient: &[f32], mut grad_x: Option<&mut [f32]>, sums: &mut [f32]) {
        let shape = &self.shape;
        let mut padded = Scratch::zeroed(self.block * self.input.image_len() + OVERREAD);
        let mut spread = Scratch::zeroed(self.block * self.gradient.image_len());
        let (floats, out_floats) = (self.block * shape.image_len(), self.block * shape.out_image_len());
        let blocks = x.chunks(floats).zip(raw.chunks(out_floats)).zip(gradient.chunks(out_floats));
        for (block, ((x, raw), gradient)) in blocks.enumerate() {
            let (Normalisation { affine, slope, offset }, at) = (self.normalisation, &self.gradient_at);
            vectorize(RawGradient { affine, slope, offset, raw, gradient, at, target: &mut spread });
            if let Some(all) = grad_x.as_deref_mut() {
                self.data_gradient(&spread, &mut all[block * floats..][..x.len()]);
            }
            for (image, pixels) in x.chunks_exact(shape.image_len()).enumerate() {
                self.input.fill(image, shape.width, pixels, &mut padded);
            }
            self.weight_gradient(&padded, &spread, raw.len() / shape.out_channels, sums, block == 0);
        }
    }

    /// Adds the gradient of the weight over the first `count` pixels of a block.
    fn weight_gradient(&self, input: &[f32], gradient: &[f32], count: usize, sums: &mut [f32], fresh: bool) {
        let channels = self.gradient.channels;
        match &self.kernel {
            Kernel::Direct { window, .. } => {
                let (input_at, gradient_at) = (&window.pixels.read[..count], &self.gradient_at[..count]);
                let segments = &window.segments;
                vectorize(Correlate { input, input_at, segments, gradient, gradient_at, channels, sums, fresh });
            }
            Kernel::Winograd { tiling, .. } => {
                let input = Source { values: input, channels: self.shape.in_channels };
                let gradient = Source { values: gradient, channels };
                tiling.correlate(input, gradient, count, sums, fresh);
            }
        }
    }

    fn data_gradient(&self, source: &[f32], target: &mut [f32]) {
        let channels = self.shape.in_channels;
        match &self.kernel {
            Kernel::Direct { phases, .. } => {
                let images = target.len() / self.shape.image_len();
                for (Phase { window: Window { segments, pixels }, .. }, panels) in phases {
                    let count = pixels.write.len() / self.block * images;
                    vectorize(Convolve { source, segments, panels, pixels, count, channels, target: &mut *target, tally: None });
                }
            }
            Kernel::Winograd { tiling, filters } => {
                let source = Source { values: source, channels: self.gradient.channels };
                if let Some(filters) = filters {
                    tiling.convolve(source, filters, channels, target, None);
                }
            }
        }
    }
}
