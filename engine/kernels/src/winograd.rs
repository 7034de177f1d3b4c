//! Convolutions of 3x3 and stride 1 by Winograd's minimal filtering, F(4x4, 3x3): 36 products where the direct one takes 144.
//!
//! Lavin and Gray 2015 (arXiv:1509.09308, section 4): a tile of 4x4 outputs reads 6x6 inputs. Inputs and filters are mapped to
//! 6x6 numbers each, their domain, whose products, summed over channels, are mapped to the outputs. In each of the 36 positions
//! of the domain the sums over channels are a product of matrices, tiles by channels. The gradient of the input is the same
//! convolution with the filters turned and transposed; that of the filters takes the transposed maps, F(3x3, 4x4).
//!
//! Rounding: relative to the sum of the products' magnitudes an output is within 8e-7 for 64 to 512 channels, the direct
//! convolution within 2.5e-7; the root of the mean squared error is 1.9 to 2.7 times the direct one's, 7e-7 to 2.3e-6 of the
//! values. With the paper's points, 1 and 2, it would be twice that. `tests/winograd.rs` holds it to these bounds.

mod filters;
mod maps;
mod tiles;

pub(crate) use filters::{Filters, sum_filters};

use crate::convolve::Convolve;
use crate::correlate::Correlate;
use crate::geometry::{Padded, Pixels, Segment};
use crate::parallel::for_each;
use crate::scratch::Scratch;
use crate::shape::ConvShape;
use crate::simd::vectorize;
use crate::tally::Tally;
use maps::{Input, Map, OutputGradient};
use std::marker::PhantomData;
use tiles::{Enter, Layout, Leave, Tile};

/// Side of a tile of the output.
const STEP: usize = 4;
/// Side of a tile of the input, and of the domain.
const SIDE: usize = STEP + 2;
/// Numbers of a tile and a channel in the domain.
pub(crate) const POSITIONS: usize = SIDE * SIDE;
/// Tiles that are in the domain at a time: few enough to stay in a cache, enough to pay for reading the filters again.
const PIECE: usize = 64;
/// Channels are a multiple of the longest vector.
const LANES: usize = 16;
/// Channels of a layer, at least: for 16 neither way is much faster.
const LEAST: usize = 2 * LANES;
/// Channels in times channels out from which on positions, too, are spread over threads: where there are many channels there are
/// few tiles, and so few chunks.
const SPREAD: usize = 256 * 256;

/// Whether the convolution can take this way.
pub(crate) fn fits(shape: &ConvShape) -> bool {
    let whole = |channels: usize| channels.is_multiple_of(LANES);
    shape.kernel == 3 && shape.stride == 1 && whole(shape.in_channels) && whole(shape.out_channels)
}

/// Whether it should, for it is faster: unless channels are few, or tiles overhang the image so far that they cover over 1.8 times
/// its pixels. The batch has no say, so what becomes of an image does not depend on its company.
pub(crate) fn suits(shape: &ConvShape) -> bool {
    let many = shape.in_channels.min(shape.out_channels) >= LEAST;
    fits(shape) && many && 5 * STEP * STEP * tiles_in(shape) <= 9 * shape.out_pixels()
}

/// Tiles of one image.
fn tiles_in(shape: &ConvShape) -> usize {
    shape.height.div_ceil(STEP) * shape.width.div_ceil(STEP)
}

/// Images that fill a piece.
pub(crate) fn piece_images(shape: &ConvShape) -> usize {
    PIECE.div_ceil(tiles_in(shape))
}

/// The tiles of a block of images.
pub(crate) struct Tiling {
    tiles: Vec<Tile>,
    /// Tiles of one image.
    per_image: usize,
    /// Pixels of one image.
    pixels: usize,
    /// Pixels in a row of an image.
    width: usize,
    /// Pixels in a row of a padded image.
    padded_width: usize,
    /// Whether positions are spread over threads.
    parallel: bool,
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
        Self {
            tiles,
            per_image: tiles_in(shape),
            pixels: shape.out_pixels(),
            width: shape.width,
            padded_width: padded.width,
            parallel: shape.in_channels * shape.out_channels >= SPREAD,
        }
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
        for tiles in self.pieces(target.len() / channels) {
            self.enter::<Input, SIDE>(source, 0, tiles, from, &mut inputs);
            let planes = inputs.chunks_exact(from.plane).zip(products.chunks_exact_mut(to.plane));
            self.for_each_position(planes, |position, (source, target)| {
                let (panels, count) = (filters.position(position), tiles.len());
                let (segments, pixels) = (&segments, &pixels);
                vectorize(Convolve { source, segments, panels, pixels, count, channels, target, tally: None });
            });
            let (source, layout, width) = (&products[..], to, self.width);
            let tally = tally.as_deref_mut();
            vectorize(Leave { source, layout, tiles, channels, width, target: &mut *target, tally });
        }
    }

    /// Adds the gradient of the filters in the domain over as many images as have `pixels` pixels to `sums`, which holds nothing
    /// yet where it is `fresh`.
    pub(crate) fn correlate(&self, input: Source, gradient: Source, pixels: usize, sums: &mut [f32], fresh: bool) {
        let (from, to) = (Layout::new(PIECE, input.channels), Layout::new(PIECE, gradient.channels));
        let (mut inputs, mut gradients) = (Scratch::any(from.len()), Scratch::any(to.len()));
        let rows = Pixels::rows(PIECE, from.row, to.row);
        let segments = [Segment { offset: 0, run: input.channels }];
        let channels = gradient.channels;
        let plane = sums.len() / POSITIONS;
        for (piece, tiles) in self.pieces(pixels).enumerate() {
            self.enter::<Input, SIDE>(input, 0, tiles, from, &mut inputs);
            self.enter::<OutputGradient, STEP>(gradient, self.padded_width + 1, tiles, to, &mut gradients);
            let planes = inputs.chunks_exact(from.plane).zip(gradients.chunks_exact(to.plane));
            self.for_each_position(planes.zip(sums.chunks_exact_mut(plane)), |_, ((input, gradient), sums)| {
                let (input_at, gradient_at) = (&rows.read[..tiles.len()], &rows.write[..tiles.len()]);
                let (segments, fresh) = (&segments, fresh && piece == 0);
                vectorize(Correlate { input, input_at, segments, gradient, gradient_at, channels, sums, fresh });
            });
        }
    }

    /// The tiles of so many pixels' images, a piece at a time.
    fn pieces(&self, pixels: usize) -> impl Iterator<Item = &[Tile]> {
        self.tiles[..pixels / self.pixels * self.per_image].chunks(PIECE)
    }

    fn for_each_position<Job: Send>(&self, jobs: impl Iterator<Item = Job>, work: impl Fn(usize, Job) + Sync + Send) {
        if self.parallel {
            for_each(jobs.enumerate(), |(position, job)| work(position, job));
        } else {
            jobs.enumerate().for_each(|(position, job)| work(position, job));
        }
    }

    /// The patches that `shift` pixels after the start of each tile start, to the domain.
    fn enter<M: Map<N, SIDE>, const N: usize>(
        &self,
        source: Source,
        shift: usize,
        tiles: &[Tile],
        layout: Layout,
        target: &mut [f32],
    ) {
        let (Source { values, channels }, width) = (source, self.padded_width);
        vectorize(Enter::<M, N> { map: PhantomData, source: values, channels, width, shift, tiles, layout, target });
    }
}
