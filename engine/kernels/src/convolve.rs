//! The convolution of a block of images, tile by tile, in registers.

use crate::geometry::{Pixels, Segment};
use crate::simd::{Row, VECTORS, load, mul_add, rows, store};
use crate::tally::{Sums, Tally};
use pulp::{Simd, WithSimd};

/// One block: every pixel of `read` sums over the segments its input times the packed weights, and the result goes to
/// the same pixel of `write`. `count` says how many pixels of the tables are meant.
pub(crate) struct Convolve<'a> {
    pub source: &'a [f32],
    pub segments: &'a [Segment],
    pub panels: &'a [f32],
    pub pixels: &'a Pixels,
    pub count: usize,
    pub channels: usize,
    pub target: &'a mut [f32],
    pub tally: Option<&'a mut Tally>,
}

impl WithSimd for Convolve<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // Accumulators, a panel row and the broadcast inputs, which compilers like to load all at once, must fit the
        // registers: with 16 of them, a tile of six spills and is a quarter slower than one of four.
        if cfg!(target_family = "wasm") {
            self.run::<S, 3>(simd);
        } else if S::REGISTER_COUNT >= 32 {
            self.run::<S, 8>(simd);
        } else {
            self.run::<S, 4>(simd);
        }
    }
}

impl Convolve<'_> {
    #[inline(always)]
    fn run<S: Simd, const TILE: usize>(mut self, simd: S) {
        let width = VECTORS * S::F32_LANES;
        let depth: usize = self.segments.iter().map(|segment| segment.run).sum();
        let all = rows::<S>(self.panels);
        for first in (0..self.channels).step_by(width) {
            let panel = &all[first / width * depth..][..depth];
            self.panel::<S, TILE>(simd, first, panel);
        }
        if let Some(tally) = self.tally {
            tally.counted(self.count);
        }
    }

    #[inline(always)]
    fn panel<S: Simd, const TILE: usize>(&mut self, simd: S, first: usize, panel: &[Row<S>]) {
        let pixels = self.pixels;
        let zero = [simd.splat_f32s(0.0); VECTORS];
        let mut sums = Sums { shift: zero, sum: zero, square: zero };
        for start in (0..self.count).step_by(TILE) {
            let Some(starts) = pixels.read[start..].first_chunk::<TILE>() else { return };
            let tile = tile::<S, TILE>(simd, self.source, starts, self.segments, panel);
            if start == 0 {
                sums.shift = tile[0];
            }
            let left = &pixels.write[start..self.count];
            // The whole tile apart, so that it stays in registers.
            match left.first_chunk::<TILE>() {
                Some(write) => self.settle::<S>(simd, first, write, &tile, &mut sums),
                None => self.settle::<S>(simd, first, left, &tile, &mut sums),
            }
        }
        if let Some(tally) = &mut self.tally {
            tally.add(first, self.count, &sums);
        }
    }

    /// Writes the pixels of a tile and takes them into the sums.
    #[inline(always)]
    fn settle<S: Simd>(&mut self, simd: S, first: usize, write: &[u32], tile: &[Row<S>], sums: &mut Sums<Row<S>>) {
        let lanes = (self.channels - first).min(VECTORS * S::F32_LANES);
        for (row, &at) in tile.iter().zip(write) {
            let at = at as usize + first;
            store::<S>(&mut self.target[at..at + lanes], *row);
        }
        if self.tally.is_some() {
            for (row, _) in tile.iter().zip(write) {
                for (vector, &value) in row.iter().enumerate() {
                    let off = simd.sub_f32s(value, sums.shift[vector]);
                    sums.sum[vector] = simd.add_f32s(sums.sum[vector], off);
                    sums.square[vector] = mul_add(simd, off, off, sums.square[vector]);
                }
            }
        }
    }
}

/// `TILE` pixels by one panel: the inner loop of the convolution and of its data gradient.
#[inline(always)]
fn tile<S: Simd, const TILE: usize>(
    simd: S,
    source: &[f32],
    starts: &[u32; TILE],
    segments: &[Segment],
    mut panel: &[Row<S>],
) -> [Row<S>; TILE] {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; TILE];
    for segment in segments {
        let (weights, rest) = panel.split_at(segment.run);
        panel = rest;
        let mut inputs = [&source[..0]; TILE];
        for (input, start) in inputs.iter_mut().zip(starts) {
            *input = &source[*start as usize + segment.offset..][..weights.len()];
        }
        for (depth, weight) in weights.iter().enumerate() {
            for (sum, input) in sums.iter_mut().zip(&inputs) {
                let value = simd.splat_f32s(input[depth]);
                for vector in 0..VECTORS {
                    sum[vector] = mul_add(simd, value, weight[vector], sum[vector]);
                }
            }
        }
    }
    sums
}

/// The panel row at the start of `slice`, kept here so that both drivers read rows alike.
#[inline(always)]
pub(crate) fn row_at<S: Simd>(slice: &[f32], at: usize) -> Row<S> {
    load::<S>(&slice[at..])
}
