//! Floats from bytes on a GPU, and the normalisation of a batch.

use crate::augmentations::device::Affine;
use crate::nn::gpu::Queue;
use burn::backend::DType;
use burn_cubecl::cubecl;
use burn_cubecl::kernel::{cast, into_contiguous};
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

/// Four values an invocation: the bytes of one integer.
#[cube(launch)]
fn unpack_words(packed: &[i32], rows: &[i32], output: &mut [f32], width: usize, words: usize) {
    if ABSOLUTE_POS >= words {
        terminate!();
    }
    let row = usize::cast_from(rows[ABSOLUTE_POS / width]);
    let word = packed[row * width + ABSOLUTE_POS % width];
    #[unroll]
    for byte in 0..4usize {
        let value = (word >> comptime!(8 * byte as i32)) & 255i32;
        output[ABSOLUTE_POS * 4 + byte] = f32::cast_from(value) / 255.0f32;
    }
}

/// See [`crate::augmentations::device::unpack`].
pub(in crate::augmentations) fn unpack(packed: CubeTensor, rows: CubeTensor, side: usize) -> CubeTensor {
    let [packed, rows] = [packed, rows].map(|whole| into_contiguous(cast(whole, DType::I32)));
    let queue = Queue::of(&packed);
    let [_, width] = packed.meta.shape().dims();
    let [count] = rows.meta.shape().dims();
    let output = queue.empty([count, side, side, 3]);
    let (groups, size) = queue.groups(count * width);
    let (from, rows, to) = (packed.into_buffer_arg(), rows.into_buffer_arg(), output.clone().into_buffer_arg());
    unpack_words::launch(&queue.client, groups, size, from, rows, to, width, count * width);
    output
}

/// A factor and a summand of each channel.
#[derive(CubeLaunch, CubeType)]
pub(super) struct Scaling {
    pub red: f32,
    pub green: f32,
    pub blue: f32,
    pub to_red: f32,
    pub to_green: f32,
    pub to_blue: f32,
}

/// The numbers of a launch.
pub(super) fn scaling(affine: Affine) -> ScalingLaunch {
    let ([red, green, blue], [to_red, to_green, to_blue]) = (affine.factors, affine.summands);
    ScalingLaunch::new(red, green, blue, to_red, to_green, to_blue)
}

/// One pixel an invocation.
#[cube(launch)]
fn normalise_pixels(images: &[f32], output: &mut [f32], numbers: &Scaling, pixels: usize) {
    if ABSOLUTE_POS >= pixels {
        terminate!();
    }
    let at = ABSOLUTE_POS * 3;
    output[at] = images[at] * numbers.red + numbers.to_red;
    output[at + 1] = images[at + 1] * numbers.green + numbers.to_green;
    output[at + 2] = images[at + 2] * numbers.blue + numbers.to_blue;
}

/// See [`crate::augmentations::device::normalise`].
pub(in crate::augmentations) fn normalise(images: CubeTensor, affine: Affine) -> CubeTensor {
    let images = into_contiguous(images);
    let queue = Queue::of(&images);
    let output = queue.empty(images.meta.shape().clone());
    let pixels = images.meta.shape().num_elements() / 3;
    let (groups, size) = queue.groups(pixels);
    let (from, to) = (images.into_buffer_arg(), output.clone().into_buffer_arg());
    normalise_pixels::launch(&queue.client, groups, size, from, to, scaling(affine), pixels);
    output
}
