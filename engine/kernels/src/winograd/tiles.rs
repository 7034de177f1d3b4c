//! Tiles of images into the domain of the products and out of it, many channels at a time.

use super::maps::{Map, Output};
use super::{POSITIONS, SIDE, STEP};
use crate::simd::{mul_add, put, vector};
use crate::tally::{Sums, Tally};
use pulp::{Simd, WithSimd};
use std::marker::PhantomData;

/// Floats of a cache line. As many lie unused between rows: counts of channels are powers of two, and rows at such distances
/// would share a few lines of the first cache.
const GAP: usize = 16;

/// How the vectors of some tiles lie in the domain: `[position][tile][channel]`.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    /// Floats from tile to tile.
    pub row: usize,
    /// Floats from position to position.
    pub plane: usize,
}

impl Layout {
    pub(super) fn new(tiles: usize, channels: usize) -> Self {
        let row = channels + GAP;
        Self { row, plane: tiles * row + GAP }
    }

    /// Floats of all positions.
    pub(super) fn len(&self) -> usize {
        POSITIONS * self.plane
    }
}

/// One tile of the output. Places are pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tile {
    /// First pixel that it reads of the padded input.
    pub read: u32,
    /// First pixel of the output that it writes.
    pub write: u32,
    /// Rows that lie inside the image, at most [`STEP`].
    pub rows: usize,
    /// Columns that lie inside the image, at most [`STEP`].
    pub columns: usize,
}

/// Patches of `N` by `N` pixels of padded images, one for each tile, to the domain.
pub(super) struct Enter<'a, M, const N: usize> {
    pub map: PhantomData<M>,
    pub source: &'a [f32],
    pub channels: usize,
    /// Pixels in a row of a padded image.
    pub width: usize,
    /// Pixels from where a tile reads to where its patch starts.
    pub shift: usize,
    pub tiles: &'a [Tile],
    pub layout: Layout,
    pub target: &'a mut [f32],
}

impl<M: Map<N, SIDE>, const N: usize> WithSimd for Enter<'_, M, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { channels, layout, .. } = self;
        for (place, tile) in self.tiles.iter().enumerate() {
            let start = (tile.read as usize + self.shift) * channels;
            for first in (0..channels).step_by(S::F32_LANES) {
                let source = &self.source[start + first..];
                let domain = M::patch(simd, |row, column| vector::<S>(&source[(row * self.width + column) * channels..]));
                for (position, value) in domain.as_flattened().iter().enumerate() {
                    put::<S>(&mut self.target[position * layout.plane + place * layout.row + first..], *value);
                }
            }
        }
    }
}

/// Products of each tile to pixels of `[images, height, width, channels]`, which are tallied on their way.
pub(super) struct Leave<'a> {
    pub source: &'a [f32],
    pub layout: Layout,
    pub tiles: &'a [Tile],
    pub channels: usize,
    /// Pixels in a row of an image.
    pub width: usize,
    pub target: &'a mut [f32],
    pub tally: Option<&'a mut Tally>,
}

impl WithSimd for Leave<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let zero = simd.splat_f32s(0.0);
        let mut sums = vec![Sums { shift: zero, sum: zero, square: zero }; self.channels / S::F32_LANES];
        for (place, tile) in self.tiles.iter().enumerate() {
            for (vector, sums) in sums.iter_mut().enumerate() {
                self.tile(simd, place, tile, vector * S::F32_LANES, sums);
            }
        }
        if let Some(tally) = self.tally {
            let count = self.tiles.iter().map(|tile| tile.rows * tile.columns).sum();
            for (vector, sums) in sums.iter().enumerate() {
                tally.add(vector * S::F32_LANES, count, sums);
            }
            tally.counted(count);
        }
    }
}

impl Leave<'_> {
    /// One vector of channels, from `first` on, of one tile.
    #[inline(always)]
    fn tile<S: Simd>(&mut self, simd: S, place: usize, tile: &Tile, first: usize, sums: &mut Sums<S::f32s>) {
        let Self { layout, channels, .. } = *self;
        let source = &self.source[place * layout.row + first..];
        let domain = |row: usize, column: usize| vector::<S>(&source[(row * SIDE + column) * layout.plane..]);
        let pixels: [[S::f32s; STEP]; STEP] = Output::patch(simd, domain);
        if place == 0 {
            sums.shift = pixels[0][0];
        }
        for (row, line) in pixels.iter().enumerate().take(tile.rows) {
            for (column, &value) in line.iter().enumerate().take(tile.columns) {
                let pixel = tile.write as usize + row * self.width + column;
                put::<S>(&mut self.target[pixel * channels + first..], value);
                let off = simd.sub_f32s(value, sums.shift);
                sums.sum = simd.add_f32s(sums.sum, off);
                sums.square = mul_add(simd, off, off, sums.square);
            }
        }
    }
}
