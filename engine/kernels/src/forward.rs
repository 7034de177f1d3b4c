//! The forward pass of convolution, batch normalisation and ReLU in one go, in training and in evaluation.

use crate::buffers::take;
use crate::convolve::Convolve;
use crate::geometry::{Padded, Window, forward_window};
use crate::norm::{Affine, Normalise, NormaliseHere};
use crate::pack::{Packed, pack_forward};
use crate::parallel::for_each;
use crate::scratch::Scratch;
use crate::shape::ConvShape;
use crate::simd::{panel_width, vectorize};
use crate::tally::Tally;
use crate::way::Way;
use crate::winograd::{Filters, Source, Tiling};

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

/// What a convolution with normalisation works on.
#[derive(Clone, Copy, Debug)]
pub struct Operands<'a> {
    /// The sizes of everything below.
    pub shape: ConvShape,
    /// The input, `[batch, height, width, in_channels]`.
    pub x: &'a [f32],
    /// The filters, `[out, in, k, k]`.
    pub weight: &'a [f32],
    /// Scale after normalisation, `[out]`.
    pub gamma: &'a [f32],
    /// Shift after normalisation, `[out]`.
    pub beta: &'a [f32],
    /// Added to the variance before the square root.
    pub epsilon: f32,
    /// Whether a ReLU follows.
    pub relu: bool,
}

impl Operands<'_> {
    /// The normalisation with these statistics as one multiplication and one addition a value.
    pub(crate) fn affine(&self, mean: &[f32], variance: &[f32]) -> Affine {
        Affine::new(mean, variance, self.gamma, self.beta, self.epsilon, self.relu)
    }

    /// Stops with a message where the operands do not fit the shape; `rows` have a float for each output channel.
    pub(crate) fn check(&self, rows: [&[f32]; 2]) {
        let shape = &self.shape;
        shape.check("x", self.x.len(), shape.input_len());
        shape.check("the weight", self.weight.len(), shape.weight_len());
        for row in [self.gamma, self.beta].into_iter().chain(rows) {
            shape.check("a parameter of the normalisation", row.len(), shape.out_channels);
        }
    }
}

/// Convolution, normalisation with the statistics of this batch, and ReLU where it is asked for.
///
/// # Panics
/// If a slice does not fit the shape.
pub fn conv_norm_train(operands: &Operands) -> Normalised {
    conv_norm_train_by(Way::of(&operands.shape), operands)
}

/// [`conv_norm_train`] by an algorithm of the caller's choice, to compare them.
///
/// # Panics
/// If a slice does not fit the shape, or the algorithm does not.
pub fn conv_norm_train_by(way: Way, operands: &Operands) -> Normalised {
    let shape = operands.shape;
    operands.check([operands.gamma, operands.beta]);
    let (mut output, mut raw) = (take(shape.output_len()), take(shape.output_len()));
    let plan = Plan::new(way, shape, operands.weight);
    let mut tallies = vec![Tally::new(shape.out_channels); shape.batch.div_ceil(plan.chunk)];
    let floats = plan.chunk * shape.out_image_len();
    let chunks = operands.x.chunks(plan.chunk * shape.image_len()).zip(raw.chunks_mut(floats));
    for_each(chunks.zip(&mut tallies), |((x, raw), tally)| plan.chunk(x, raw, Some(tally), None));
    let mut whole = Tally::new(shape.out_channels);
    tallies.iter().for_each(|tally| whole.merge(tally));
    let (mut mean, mut variance) = (vec![0.0; shape.out_channels], vec![0.0; shape.out_channels]);
    whole.finish(&mut mean, &mut variance);
    let affine = operands.affine(&mean, &variance);
    let floats = shape.chunk_images() * shape.out_image_len();
    for_each(raw.chunks(floats).zip(output.chunks_mut(floats)), |(raw, output)| {
        vectorize(Normalise { affine: &affine, raw, output });
    });
    Normalised { output, raw, mean, variance }
}

/// Convolution, normalisation with given statistics `[out]`, and ReLU where it is asked for: the output, and nothing else is kept.
///
/// # Panics
/// If a slice does not fit the shape.
pub fn conv_norm_eval(operands: &Operands, mean: &[f32], variance: &[f32]) -> Vec<f32> {
    let shape = operands.shape;
    operands.check([mean, variance]);
    let mut output = take(shape.output_len());
    let affine = operands.affine(mean, variance);
    let plan = Plan::new(Way::of(&shape), shape, operands.weight);
    let chunks = operands.x.chunks(plan.chunk * shape.image_len()).zip(output.chunks_mut(plan.chunk * shape.out_image_len()));
    for_each(chunks, |(x, output)| plan.chunk(x, output, None, Some(&affine)));
    output
}

/// What the chunks of one forward pass share.
struct Plan {
    shape: ConvShape,
    padded: Padded,
    /// Images in a chunk.
    chunk: usize,
    /// Images in a block.
    block: usize,
    kernel: Kernel,
}

/// What convolves a block.
enum Kernel {
    Direct { window: Window, panels: Packed },
    Winograd { tiling: Tiling, filters: Filters },
}

impl Plan {
    fn new(way: Way, shape: ConvShape, weight: &[f32]) -> Self {
        way.check(&shape);
        let padded = way.padded_input(&shape);
        let chunk = way.chunk_images(&shape);
        let block = way.block_images(&shape, chunk, padded.image_len());
        let kernel = match way {
            Way::Direct => Kernel::Direct {
                window: forward_window(&shape, &padded, block),
                panels: pack_forward(&shape, weight, panel_width()),
            },
            Way::Winograd => Kernel::Winograd { tiling: Tiling::new(&shape, block), filters: Filters::forwards(&shape, weight) },
        };
        Self { shape, padded, chunk, block, kernel }
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
            self.block(&scratch, target, tally.as_deref_mut());
            if let Some(affine) = affine {
                vectorize(NormaliseHere { affine, values: target });
            }
        }
    }

    fn block(&self, source: &[f32], target: &mut [f32], tally: Option<&mut Tally>) {
        let channels = self.shape.out_channels;
        match &self.kernel {
            Kernel::Direct { window: Window { segments, pixels }, panels } => {
                let count = target.len() / channels;
                vectorize(Convolve { source, segments, panels, pixels, count, channels, target, tally });
            }
            Kernel::Winograd { tiling, filters } => {
                let source = Source { values: source, channels: self.shape.in_channels };
                tiling.convolve(source, filters, channels, target, tally);
            }
        }
    }
}
