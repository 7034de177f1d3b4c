//! Convolutions of 3x3 and stride 1 by Winograd's minimal filtering, F(2x2, 3x3): 16 products where the direct one takes 36.
//!
//! Lavin and Gray 2015 (arXiv:1509.09308, section 4.1): a tile of 2x2 outputs reads 4x4 inputs. Both the inputs and the filters
//! are mapped to 4x4 numbers whose products, summed over channels, are mapped to the outputs. For each of the 16 positions
//! the sums over channels are a product of matrices, tiles by channels. The gradient of the input is the same convolution
//! with the filters turned and transposed; that of the filters uses the transposed maps (F(3x3, 2x2)).

mod filters;
mod maps;
mod tiles;

pub(crate) use filters::{Filters, sum_filters};

use crate::convolve::Convolve;
use crate::correlate::Correlate;
use crate::geometry::{Padded, Pixels, Segment};
use crate::scratch::Scratch;
use crate::shape::ConvShape;
use crate::simd::vectorize;
use crate::tally::Tally;
use maps::{Input, Map, OutputGradient};
use std::marker::PhantomData;
use tiles::{Enter, Layout, Leave, Tile};

/// Side of a tile of the output.
const STEP: usize = 2;
/// Side of a tile of the input, and of the domain.
const SIDE: usize = STEP + 2;
/// Products of matrices.
pub(crate) const POSITIONS: usize = SIDE * SIDE;
/// Tiles that are in the domain at a time: few enough for the second cache, enough to pay for reading the filters again.
pub(crate) const PIECE: usize = 64;
/// Channels are a multiple of the longest vector.
const LANES: usize = 16;

/// Whether the convolution can take this way.
pub(crate) fn fits(shape: &ConvShape) -> bool {
    let whole = |channels: usize| channels.is_multiple_of(LANES);
    shape.kernel == 3 && shape.stride == 1 && whole(shape.in_channels) && whole(shape.out_channels)
}

/// Whether it should: where it has been measured to be faster.
pub(crate) fn suits(shape: &ConvShape) -> bool {
    fits(shape) && POSITIONS * tiles_in(shape) <= 6 * shape.out_pixels()
}

/// Tiles of one image.
fn tiles_in(shape: &ConvShape) -> usize {
    shape.height.div_ceil(STEP) * shape.width.div_ceil(STEP)
}

/// Images in a chunk, at least: what fills a piece.
pub(crate) fn chunk_images(shape: &ConvShape) -> usize {
    PIECE.div_ceil(tiles_in(shape))
}

/// The tiles of a block of images.
pub(crate) struct Tiling {
    tiles: Vec<Tile>,
    /// Pixels in a row of an image.
    width: usize,
    /// Pixels in a row of a padded image.
    padded_width: usize,
    /// Tiles of one image.
    per_image: usize,
    /// Pixels of one image.
    pixels: usize,
}

/// Padded images as tiles read them, and their channels.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub values: &'a [f32],
    pub channels: usize,
}

impl Tiling {
    /// The padded images that tiles read, of the input and of the output's gradient: whole tiles lie inside.
    pub(crate) fn padded(shape: &ConvShape, channels: usize) -> Padded {
        let side = |pixels: usize| pixels.next_multiple_of(STEP) + 2;
        Padded { front: 1, height: side(shape.height), width: side(shape.width), channels }
    }

    pub(crate) fn new(shape: &ConvShape, images: usize) -> Self {
        let padded = Self::padded(shape, 1);
        let mut tiles = Vec::new();
        for image in 0..images {
            for row in (0..shape.height).step_by(STEP) {
                for column in (0..shape.width).step_by(STEP) {
                    tiles.push(Tile {
                        read: padded.at(image, row, column) as u32,
                        write: ((image * shape.height + row) * shape.width + column) as u32,
                        rows: STEP.min(shape.height - row),
                        columns: STEP.min(shape.width - column),
                    });
                }
            }
        }
        Self { tiles, width: shape.width, padded_width: padded.width, per_image: tiles_in(shape), pixels: shape.out_pixels() }
    }

    /// The images of `source` convolved with the filters, to `[images, height, width, channels]`.
    pub(crate) fn convolve(
        &self,
        source: Source,
        filters: &Filters,
        channels: usize,
        target: &mut [f32],
        mut tally: Option<&mut Tally>,
    ) {
        let (from, to) = (Layout::new(PIECE, source.channels), Layout::new(PIECE, channels));
        let (mut inputs, mut products) = (Scratch::any(from.len()), Scratch::any(to.len()));
        let pixels = Pixels::rows(PIECE, from.row, to.row);
        let segments = [Segment { offset: 0, run: source.channels }];
        let images = target.len() / (self.pixels * channels);
        for tiles in self.tiles[..images * self.per_image].chunks(PIECE) {
            self.enter::<Input, SIDE>(source, 0, tiles, from, &mut inputs);
            for position in 0..POSITIONS {
                vectorize(Convolve {
                    source: &inputs[position * from.plane..][..from.plane],
                    segments: &segments,
                    panels: filters.position(position),
                    pixels: &pixels,
                    count: tiles.len(),
                    channels,
                    target: &mut products[position * to.plane..][..to.plane],
                    tally: None,
                });
            }
            let (source, width) = (&products[..], self.width);
            let tally = tally.as_deref_mut();
            vectorize(Leave { source, layout: to, tiles, channels, width, target: &mut *target, tally });
        }
    }

    /// Adds the gradient of the transformed filters over some images to `sums`, which holds nothing yet where it is `fresh`.
    pub(crate) fn correlate(&self, input: Source, gradient: Source, images: usize, sums: &mut [f32], fresh: bool) {
        let (from, to) = (Layout::new(PIECE, input.channels), Layout::new(PIECE, gradient.channels));
        let (mut inputs, mut gradients) = (Scratch::any(from.len()), Scratch::any(to.len()));
        let pixels = Pixels::rows(PIECE, from.row, to.row);
        let segments = [Segment { offset: 0, run: input.channels }];
        let plane = sums.len() / POSITIONS;
        for (piece, tiles) in self.tiles[..images * self.per_image].chunks(PIECE).enumerate() {
            self.enter::<Input, SIDE>(input, 0, tiles, from, &mut inputs);
            self.enter::<OutputGradient, STEP>(gradient, self.padded_width + 1, tiles, to, &mut gradients);
            for (position, sums) in sums.chunks_exact_mut(plane).enumerate() {
                vectorize(Correlate {
                    input: &inputs[position * from.plane..][..from.plane],
                    input_at: &pixels.read[..tiles.len()],
                    segments: &segments,
                    gradient: &gradients[position * to.plane..][..to.plane],
                    gradient_at: &pixels.write[..tiles.len()],
                    channels: gradient.channels,
                    sums,
                    fresh: fresh && piece == 0,
                });
            }
        }
    }

    fn enter<M: Map<N, SIDE>, const N: usize>(
        &self,
        source: Source,
        shift: usize,
        tiles: &[Tile],
        layout: Layout,
        target: &mut [f32],
    ) {
        let Source { values, channels } = source;
        let width = self.padded_width;
        vectorize(Enter::<M, N> { map: PhantomData, source: values, channels, width, shift, tiles, layout, target });
    }
}
