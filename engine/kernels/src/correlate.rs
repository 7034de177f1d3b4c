//! The weight gradient of a block of images, summed over its pixels.

use crate::convolve::row_at;
use crate::geometry::Segment;
use crate::simd::{Row, VECTORS, mul_add, store};
use pulp::{Simd, WithSimd};

/// The tallest tile of any instruction set: the padded input must be readable this far past its end.
pub(crate) const OVERREAD: usize = 12;

/// One block: `sums[(segment, j), out] += input[pixel, segment, j] * gradient[pixel, out]` over all pixels.
pub(crate) struct Correlate<'a> {
    pub input: &'a [f32],
    pub input_at: &'a [u32],
    pub segments: &'a [Segment],
    pub gradient: &'a [f32],
    pub gradient_at: &'a [u32],
    /// Channels of the gradient, a multiple of the panel width.
    pub channels: usize,
    /// Panels of channels, in each a row per `(segment, j)`.
    pub sums: &'a mut [f32],
    /// Whether `sums` holds nothing yet: it is then written instead of added to.
    pub fresh: bool,
}

impl WithSimd for Correlate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if cfg!(target_family = "wasm") {
            self.run::<S, 4>(simd);
        } else if S::REGISTER_COUNT >= 32 {
            self.run::<S, OVERREAD>(simd);
        } else {
            self.run::<S, 6>(simd);
        }
    }
}

impl Correlate<'_> {
    #[inline(always)]
    fn run<S: Simd, const TILE: usize>(self, simd: S) {
        let width = VECTORS * S::F32_LANES;
        let mut base = 0;
        for first in (0..self.channels).step_by(width) {
            for segment in self.segments {
                let mut done = 0;
                while done < segment.run {
                    // The last tile steps back to stay inside the run; a run shorter than a tile reads past its end.
                    let start = done.min(segment.run.saturating_sub(TILE));
                    let tile = self.tile::<S, TILE>(simd, segment.offset + start, first);
                    let end = (start + TILE).min(segment.run);
                    for row in done..end {
                        let at = (base + row) * width;
                        let mut sum = tile[row - start];
                        if !self.fresh {
                            let before = row_at::<S>(self.sums, at);
                            for vector in 0..VECTORS {
                                sum[vector] = simd.add_f32s(before[vector], sum[vector]);
                            }
                        }
                        store::<S>(&mut self.sums[at..], sum);
                    }
                    done = end;
                }
                base += segment.run;
            }
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const TILE: usize>(&self, simd: S, offset: usize, first: usize) -> [Row<S>; TILE] {
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; TILE];
        for (&input_at, &gradient_at) in self.input_at.iter().zip(self.gradient_at) {
            let input = &self.input[input_at as usize + offset..][..TILE];
            let gradient = row_at::<S>(self.gradient, gradient_at as usize + first);
            for (sum, &value) in sums.iter_mut().zip(input) {
                let value = simd.splat_f32s(value);
                for vector in 0..VECTORS {
                    sum[vector] = mul_add(simd, value, gradient[vector], sum[vector]);
                }
            }
        }
        sums
    }
}
