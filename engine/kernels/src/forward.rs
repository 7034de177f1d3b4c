//! How is convolution, batch normalisation and ReLU computed in one go, in training and in evaluation?

use crate::buffers::take;
use crate::convolve::Convolve;
use crate::geometry::{Padded, Window, forward_window};
use crate::norm::{Affine, Normalise, NormaliseHere};
use crate::pack::pack_forward;
use crate::parallel::for_each;
use crate::scratch::Scratch;
use crate::shape::ConvShape;
use crate::simd::{panel_width, vectorize};
use crate::tally::Tally;

/// What a training step keeps of the forward pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Normalised {
    /// `[batch, out_height, out_width, out_channels]`, after normalisation and, where asked for, ReLU.
    pub output: Vec<f32>,
    /// The convolution's own output, of the same shape; the backward pass needs it.
    pub raw: Vec<f32>,
    /// Mean of `raw` for each channel over batch, rows and columns.
    pub mean: Vec<f32>,
    /// Biased variance of `raw` for each channel (divided by the number of values).
    pub variance: Vec<f32>,
}

/// Convolution, normalisation with the statistics of this batch, and ReLU where `relu` is set.
///
/// `x` is `[batch, height, width, in_channels]`, `weight` `[out, in, k, k]`, `gamma` and `beta` `[out]`.
///
/// # Panics
/// If a slice does not fit the shape.
pub fn conv_norm_train(
    shape: ConvShape,
    x: &[f32],
    weight: &[f32],
    gamma: &[f32],
    beta: &[f32],
    epsilon: f32,
    relu: bool,
) -> Normalised {
    let (mut output, mut raw) = (take(shape.output_len()), take(shape.output_len()));
    let (mean, variance) = conv_norm_train_into(shape, x, weight, gamma, beta, epsilon, relu, &mut raw, &mut output);
    Normalised { output, raw, mean, variance }
}

/// As [`conv_norm_train`], into slices of the caller's, every float of which is written. Returns mean and variance.
///
/// # Panics
/// If a slice does not fit the shape.
#[expect(clippy::too_many_arguments, reason = "one argument for each operand of the operation")]
pub fn conv_norm_train_into(
    shape: ConvShape,
    x: &[f32],
    weight: &[f32],
    gamma: &[f32],
    beta: &[f32],
    epsilon: f32,
    relu: bool,
    raw: &mut [f32],
    output: &mut [f32],
) -> (Vec<f32>, Vec<f32>) {
    check_operands(&shape, x, weight, &[gamma, beta]);
    shape.check("raw", raw.len(), shape.output_len());
    shape.check("the output", output.len(), shape.output_len());
    let plan = Plan::new(shape, weight);
    let images = shape.chunk_images();
    let mut tallies = vec![Tally::new(shape.out_channels); shape.batch.div_ceil(images)];
    let chunks = x.chunks(images * shape.image_len()).zip(raw.chunks_mut(images * shape.out_image_len()));
    for_each(chunks.zip(&mut tallies), |((x, raw), tally)| plan.chunk(x, raw, Some(tally), None));
    let mut whole = Tally::new(shape.out_channels);
    tallies.iter().for_each(|tally| whole.merge(tally));
    let (mut mean, mut variance) = (vec![0.0; shape.out_channels], vec![0.0; shape.out_channels]);
    whole.finish(&mut mean, &mut variance);
    let affine = Affine::new(&mean, &variance, gamma, beta, epsilon, relu);
    let floats = images * shape.out_image_len();
    for_each(raw.chunks(floats).zip(output.chunks_mut(floats)), |(raw, output)| {
        vectorize(Normalise { affine: &affine, raw, output });
    });
    (mean, variance)
}

/// Convolution, normalisation with given statistics, and ReLU where `relu` is set; nothing else is kept.
///
/// # Panics
/// If a slice does not fit the shape.
#[expect(clippy::too_many_arguments, reason = "one argument for each operand of the operation")]
pub fn conv_norm_eval(
    shape: ConvShape,
    x: &[f32],
    weight: &[f32],
    gamma: &[f32],
    beta: &[f32],
    running_mean: &[f32],
    running_variance: &[f32],
    epsilon: f32,
    relu: bool,
) -> Vec<f32> {
    let mut output = take(shape.output_len());
    let affine = Affine::new(running_mean, running_variance, gamma, beta, epsilon, relu);
    check_operands(&shape, x, weight, &[gamma, beta, running_mean, running_variance]);
    eval(shape, x, weight, &affine, &mut output);
    output
}

/// As [`conv_norm_eval`], into a slice of the caller's, every float of which is written.
///
/// # Panics
/// If a slice does not fit the shape.
#[expect(clippy::too_many_arguments, reason = "one argument for each operand of the operation")]
pub fn conv_norm_eval_into(
    shape: ConvShape,
    x: &[f32],
    weight: &[f32],
    gamma: &[f32],
    beta: &[f32],
    running_mean: &[f32],
    running_variance: &[f32],
    epsilon: f32,
    relu: bool,
    output: &mut [f32],
) {
    check_operands(&shape, x, weight, &[gamma, beta, running_mean, running_variance]);
    shape.check("the output", output.len(), shape.output_len());
    let affine = Affine::new(running_mean, running_variance, gamma, beta, epsilon, relu);
    eval(shape, x, weight, &affine, output);
}

fn eval(shape: ConvShape, x: &[f32], weight: &[f32], affine: &Affine, output: &mut [f32]) {
    let plan = Plan::new(shape, weight);
    let images = shape.chunk_images();
    let chunks = x.chunks(images * shape.image_len()).zip(output.chunks_mut(images * shape.out_image_len()));
    for_each(chunks, |(x, output)| plan.chunk(x, output, None, Some(affine)));
}

/// Stops with a message where the operands do not fit the shape; `rows` have a float for each output channel.
pub(crate) fn check_operands(shape: &ConvShape, x: &[f32], weight: &[f32], rows: &[&[f32]]) {
    shape.check("x", x.len(), shape.input_len());
    shape.check("the weight", weight.len(), shape.weight_len());
    for row in rows {
        shape.check("a parameter of the normalisation", row.len(), shape.out_channels);
    }
}

/// What the chunks of one forward pass share.
struct Plan {
    shape: ConvShape,
    padded: Padded,
    block: usize,
    window: Window,
    panels: Vec<f32>,
}

impl Plan {
    fn new(shape: ConvShape, weight: &[f32]) -> Self {
        let padded = Padded::input(&shape);
        let block = shape.block_images(padded.image_len());
        let window = forward_window(&shape, &padded, block);
        Self { shape, padded, block, window, panels: pack_forward(&shape, weight, panel_width()) }
    }

    /// Convolves the images of one chunk, a block at a time, and tallies or normalises each block while it is in cache.
    fn chunk(&self, x: &[f32], target: &mut [f32], mut tally: Option<&mut Tally>, affine: Option<&Affine>) {
        let shape = &self.shape;
        let mut scratch = Scratch::zeroed(self.block * self.padded.image_len());
        let inputs = x.chunks(self.block * shape.image_len());
        for (x, target) in inputs.zip(target.chunks_mut(self.block * shape.out_image_len())) {
            for (image, pixels) in x.chunks_exact(shape.image_len()).enumerate() {
                self.padded.fill(image, shape.width, pixels, &mut scratch);
            }
            vectorize(Convolve {
                source: &scratch,
                segments: &self.window.segments,
                panels: &self.panels,
                pixels: &self.window.pixels,
                count: target.len() / shape.out_channels,
                channels: shape.out_channels,
                target: &mut *target,
                tally: tally.as_deref_mut(),
            });
            if let Some(affine) = affine {
                vectorize(NormaliseHere { affine, values: target });
            }
        }
    }
}
