//! Filters in the domain of the products, and their gradient back from there.

use super::maps::{Filter, FilterGradient, Map};
use super::{POSITIONS, SIDE};
use crate::pack::Packed;
use crate::parallel::for_each;
use crate::shape::ConvShape;
use crate::simd::{VECTORS, panel_width, put, vector, vectorize};
use pulp::{Simd, WithSimd};

const TAPS: usize = 9;
/// Floats of a position that are in work at a time, whole rows of a panel: the positions are far apart in memory, and as
/// many streams at a time as there are positions are slow.
const STRETCH: usize = 512;
/// From one position's floats in work to the next one's: not a power of two, which would share a few lines of the cache.
const STAGED: usize = STRETCH + 16;

/// Transformed filters: for each position of the domain panels of channels that are written, in each a row per channel that
/// is read.
pub(crate) struct Filters {
    values: Packed,
}

/// Which channels a convolution reads and which it writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    /// Reads the input's, writes the output's.
    Forwards,
    /// Reads the output's, writes the input's: the filters are turned by half a circle.
    Backwards,
}

impl Filters {
    /// `[out, in, 3, 3]` for the convolution itself.
    pub(crate) fn forwards(shape: &ConvShape, weight: &[f32]) -> Self {
        Self::new(shape, weight, Direction::Forwards, shape.in_channels)
    }

    /// `[out, in, 3, 3]` for the gradient of the input, from a gradient of the output that has `outs` channels, the last of
    /// which may be filled up with zeros.
    pub(crate) fn backwards(shape: &ConvShape, weight: &[f32], outs: usize) -> Self {
        Self::new(shape, weight, Direction::Backwards, outs)
    }

    fn new(shape: &ConvShape, weight: &[f32], direction: Direction, rows: usize) -> Self {
        let width = panel_width();
        let written = match direction {
            Direction::Forwards => shape.out_channels,
            Direction::Backwards => shape.in_channels,
        };
        let panel = rows * width;
        let mut values = Packed::any(POSITIONS * written.div_ceil(width) * panel);
        let plane = values.len() / POSITIONS;
        let mut planes: Vec<_> = values.chunks_exact_mut(plane).map(|plane| plane.chunks_exact_mut(panel)).collect();
        let panels = (0..written).step_by(width).map(|first| {
            let targets: Vec<&mut [f32]> = planes.iter_mut().filter_map(Iterator::next).collect();
            (first, targets)
        });
        for_each(panels, |(first, targets)| vectorize(Transform { shape, weight, direction, first, targets }));
        Self { values }
    }

    /// The panels of one position.
    pub(super) fn position(&self, position: usize) -> &[f32] {
        let plane = self.values.len() / POSITIONS;
        &self.values[position * plane..][..plane]
    }
}

/// The panel that writes the channels from `first` on, in every position.
struct Transform<'a> {
    shape: &'a ConvShape,
    weight: &'a [f32],
    direction: Direction,
    first: usize,
    targets: Vec<&'a mut [f32]>,
}

impl Transform<'_> {
    /// The filter between a channel that is read and one that is written; zeros where there is none.
    #[inline(always)]
    fn filter(&self, read: usize, written: usize) -> [f32; TAPS] {
        let shape = self.shape;
        let (out, input) = match self.direction {
            Direction::Forwards => (written, read),
            Direction::Backwards => (read, written),
        };
        let mut filter = [0.0; TAPS];
        if out < shape.out_channels && input < shape.in_channels {
            filter.copy_from_slice(&self.weight[(out * shape.in_channels + input) * TAPS..][..TAPS]);
        }
        if self.direction == Direction::Backwards {
            filter.reverse();
        }
        filter
    }
}

impl WithSimd for Transform<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let lanes = S::F32_LANES;
        let width = VECTORS * lanes;
        let mut taps = vec![0.0; TAPS * lanes];
        let mut stage = vec![0.0; POSITIONS * STAGED];
        let len = self.targets[0].len();
        for start in (0..len).step_by(STRETCH) {
            let stretch = STRETCH.min(len - start);
            for at in (0..stretch).step_by(lanes) {
                let (read, written) = ((start + at) / width, self.first + (start + at) % width);
                for lane in 0..lanes {
                    for (tap, value) in self.filter(read, written + lane).into_iter().enumerate() {
                        taps[tap * lanes + lane] = value;
                    }
                }
                let domain = Filter::patch(simd, |row, column| vector::<S>(&taps[(row * 3 + column) * lanes..]));
                for (line, value) in stage.chunks_exact_mut(STAGED).zip(domain.as_flattened()) {
                    put::<S>(&mut line[at..], *value);
                }
            }
            for (target, line) in self.targets.iter_mut().zip(stage.chunks_exact(STAGED)) {
                target[start..start + stretch].copy_from_slice(&line[..stretch]);
            }
        }
    }
}

/// Sums the chunks' gradients of the transformed filters, each laid out as [`Filters`], in order, and turns the sum into the
/// gradient of the filters, `[out, in, 3, 3]`.
pub(crate) fn sum_filters(shape: &ConvShape, chunks: &[f32]) -> Vec<f32> {
    let width = panel_width();
    let chunk = POSITIONS * shape.out_channels.div_ceil(width) * width * shape.in_channels;
    let mut weight = vec![0.0; shape.weight_len()];
    for_each(weight.chunks_mut(width * shape.in_channels * TAPS).enumerate(), |(panel, filters)| {
        vectorize(Gather { chunks, chunk, first: panel * width * shape.in_channels, inputs: shape.in_channels, filters });
    });
    weight
}

/// The filters of one panel of output channels, whose first float in a position is `first`.
struct Gather<'a> {
    chunks: &'a [f32],
    chunk: usize,
    first: usize,
    inputs: usize,
    filters: &'a mut [f32],
}

impl WithSimd for Gather<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let lanes = S::F32_LANES;
        let width = VECTORS * lanes;
        let outs = self.filters.len() / (self.inputs * TAPS);
        let mut taps = vec![0.0; TAPS * lanes];
        let mut stage = vec![0.0; POSITIONS * STAGED];
        let len = self.inputs * width;
        for start in (0..len).step_by(STRETCH) {
            let stretch = STRETCH.min(len - start);
            for (position, line) in stage.chunks_exact_mut(STAGED).enumerate() {
                self.sum(position, start, &mut line[..stretch]);
            }
            for at in (0..stretch).step_by(lanes) {
                let (input, first) = ((start + at) / width, (start + at) % width);
                let domain = |row: usize, column: usize| vector::<S>(&stage[(row * SIDE + column) * STAGED + at..]);
                let patch = FilterGradient::patch(simd, domain);
                for (tap, value) in taps.chunks_exact_mut(lanes).zip(patch.as_flattened()) {
                    put::<S>(tap, *value);
                }
                for lane in 0..lanes.min(outs.saturating_sub(first)) {
                    let filter = &mut self.filters[((first + lane) * self.inputs + input) * TAPS..][..TAPS];
                    for (value, tap) in filter.iter_mut().zip(taps.chunks_exact(lanes)) {
                        *value = tap[lane];
                    }
                }
            }
        }
    }
}

impl Gather<'_> {
    /// Sums the chunks, in order, from `start` on in the panel.
    #[inline(always)]
    fn sum(&self, position: usize, start: usize, to: &mut [f32]) {
        let mut chunks = self.chunks[position * (self.chunk / POSITIONS) + self.first + start..].chunks(self.chunk);
        if let Some(chunk) = chunks.next() {
            to.copy_from_slice(&chunk[..to.len()]);
        }
        for chunk in chunks {
            to.iter_mut().zip(chunk).for_each(|(to, from)| *to += from);
        }
    }
}
