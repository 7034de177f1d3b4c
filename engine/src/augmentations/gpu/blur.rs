//! The blur of a batch on a GPU.
//!
//! Along the rows, then along the columns, with the arithmetic of the host.

use crate::augmentations::device::HALF;
use crate::nn::gpu::Queue;
use burn_cubecl::cubecl;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

/// The pixel that stands for one that may lie beyond the border, which is a mirror; `at` is moved up by a multiple of twice
/// the last pixel's place, so that it is not negative.
#[cube]
fn reflect(at: usize, last: usize) -> usize {
    let around = at % max(2 * last, 1);
    min(around, 2 * last - around)
}

/// One pixel an invocation; `step` pixels lie between neighbours.
#[cube(launch)]
fn blur_along(images: &[f32], kernels: &[f32], output: &mut [f32], side: usize, step: usize, radius: usize, pixels: usize) {
    if ABSOLUTE_POS >= pixels {
        terminate!();
    }
    let first = ABSOLUTE_POS / (side * side) * HALF;
    let at = (ABSOLUTE_POS / step) % side;
    let start = ABSOLUTE_POS - at * step;
    let last = side - 1;
    #[unroll]
    for channel in 0..3usize {
        let mut sum = images[ABSOLUTE_POS * 3 + channel] * kernels[first];
        for by in 1..radius + 1 {
            let after = start + reflect(at + by, last) * step;
            let before = start + reflect(at + 2 * HALF * last - min(by, 2 * HALF * last), last) * step;
            sum += (images[after * 3 + channel] + images[before * 3 + channel]) * kernels[first + by];
        }
        output[ABSOLUTE_POS * 3 + channel] = sum;
    }
}

/// See [`crate::augmentations::device::blur`].
pub(in crate::augmentations) fn blur(images: CubeTensor, kernels: CubeTensor, radius: usize) -> CubeTensor {
    let [images, kernels] = [images, kernels].map(into_contiguous);
    let queue = Queue::of(&images);
    let [count, side, ..] = images.meta.shape().dims::<4>();
    let pixels = count * side * side;
    [1, side].into_iter().fold(images, |images, step| {
        let output = queue.empty(images.meta.shape().clone());
        let (groups, size) = queue.groups(pixels);
        let (from, with, to) = (images.into_buffer_arg(), kernels.clone().into_buffer_arg(), output.clone().into_buffer_arg());
        blur_along::launch(&queue.client, groups, size, from, with, to, side, step, radius, pixels);
        output
    })
}
