//! Weights laid out so that the inner loop reads them in order.

use crate::buffers::{give_back, take};
use crate::geometry::Phase;
use crate::parallel::for_each;
use crate::shape::ConvShape;

/// Weights that have been laid out anew. Their memory returns to the store when they are dropped.
pub(crate) struct Packed(Vec<f32>);

impl Packed {
    /// `len` floats with any contents.
    pub(crate) fn any(len: usize) -> Self {
        Self(take(len))
    }

    /// `len` zeros.
    fn zeroed(len: usize) -> Self {
        let mut packed = Self::any(len);
        packed.fill(0.0);
        packed
    }
}

impl Drop for Packed {
    fn drop(&mut self) {
        give_back(std::mem::take(&mut self.0));
    }
}

impl std::ops::Deref for Packed {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl std::ops::DerefMut for Packed {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

/// Packs `[out, in, k, k]` for the convolution: panels of `width` output channels, in each a row per `(ky, kx, in)`.
/// Channels beyond the last are zero.
pub(crate) fn pack_forward(shape: &ConvShape, weight: &[f32], width: usize) -> Packed {
    let (inputs, taps) = (shape.in_channels, shape.kernel * shape.kernel);
    let rows = taps * inputs;
    let mut packed = Packed::zeroed(shape.out_channels.div_ceil(width) * rows * width);
    for (out, filter) in weight.chunks_exact(rows).enumerate() {
        let panel = &mut packed[out / width * rows * width + out % width..];
        for (input, plane) in filter.chunks_exact(taps).enumerate() {
            for (tap, &value) in plane.iter().enumerate() {
                panel[(tap * inputs + input) * width] = value;
            }
        }
    }
    packed
}

/// Packs `[out, in, k, k]` for one phase of the data gradient: panels of `width` input channels, in each a row per
/// `(row tap, column tap, out)`, where `out` runs over `outs`, the channels of the padded gradient.
pub(crate) fn pack_gradient(shape: &ConvShape, weight: &[f32], phase: &Phase, outs: usize, width: usize) -> Packed {
    let (inputs, taps) = (shape.in_channels, shape.kernel * shape.kernel);
    let rows = phase.rows.len() * phase.columns.len() * outs;
    let mut packed = Packed::zeroed(inputs.div_ceil(width) * rows * width);
    for (panel, first) in packed.chunks_exact_mut((rows * width).max(1)).zip((0..inputs).step_by(width)) {
        let lanes = width.min(inputs - first);
        let mut lines = panel.chunks_exact_mut(width);
        for row in &phase.rows {
            for column in &phase.columns {
                let tap = row.index * shape.kernel + column.index;
                for (out, line) in lines.by_ref().take(outs).enumerate().take(outs) {
                    if out < shape.out_channels {
                        let filter = &weight[(out * inputs + first) * taps + tap..];
                        for (lane, value) in line[..lanes].iter_mut().enumerate() {
                            *value = filter[lane * taps];
                        }
                    }
                }
            }
        }
    }
    packed
}

/// Sums the chunks' weight gradients in order, each laid out as [`pack_forward`] lays out weights, and turns the sum
/// back into `[out, in, k, k]`.
pub(crate) fn sum_weight(shape: &ConvShape, chunks: &[f32], width: usize) -> Vec<f32> {
    let (inputs, taps) = (shape.in_channels, shape.kernel * shape.kernel);
    let (rows, panels) = (taps * inputs, shape.out_channels.div_ceil(width));
    let mut weight = vec![0.0; shape.weight_len()];
    for_each(weight.chunks_mut(width * rows).enumerate(), |(panel, filters)| {
        let mut sum = chunks[panel * rows * width..][..rows * width].to_vec();
        for more in chunks.chunks_exact(panels * rows * width).skip(1) {
            sum.iter_mut().zip(&more[panel * rows * width..]).for_each(|(to, from)| *to += from);
        }
        for (lane, filter) in filters.chunks_exact_mut(rows).enumerate() {
            for (input, plane) in filter.chunks_exact_mut(taps).enumerate() {
                for (tap, value) in plane.iter_mut().enumerate() {
                    *value = sum[(tap * inputs + input) * width + lane];
                }
            }
        }
    });
    weight
}
