//! Pixels that are fetched from elsewhere, for a batch on a GPU.
//!
//! The arithmetic is the host's ([`crate::augmentations`]: crop, rotation, shift), number by number.

use super::unit_range;
use crate::augmentations::packed::UNIT;
use crate::nn::gpu::Queue;
use burn_cubecl::cubecl;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

/// Where output pixel `at` lies in a window of `length` pixels that is stretched to `side`: two neighbours and the weight of
/// the second.
#[cube]
fn tap(at: usize, start: f32, length: f32, side: usize) -> (usize, usize, f32) {
    let step = length / f32::cast_from(side);
    let place = max((f32::cast_from(at) + 0.5f32) * step - 0.5f32, 0.0f32);
    let place = min(place, length - 1.0f32);
    let low = place.floor();
    let high = min(low + 1.0f32, length - 1.0f32);
    (usize::cast_from(start + low), usize::cast_from(start + high), place - low)
}

/// One pixel an invocation.
#[cube(launch)]
fn resample_pixels(images: &[f32], windows: &[f32], output: &mut [f32], side: usize, pixels: usize) {
    if ABSOLUTE_POS >= pixels {
        terminate!();
    }
    let image = ABSOLUTE_POS / (side * side);
    let first = image * 8;
    let x = ABSOLUTE_POS % side;
    let x = select(windows[first + 4] != 0.0f32, side - 1 - x, x);
    let y = (ABSOLUTE_POS / side) % side;
    let (above, below, down) = tap(y, windows[first], windows[first + 2], side);
    let (left, right, across) = tap(x, windows[first + 1], windows[first + 3], side);
    let above = (image * side + above) * side;
    let below = (image * side + below) * side;
    #[unroll]
    for channel in 0..3usize {
        let a = images[(above + left) * 3 + channel];
        let a = a + (images[(above + right) * 3 + channel] - a) * across;
        let b = images[(below + left) * 3 + channel];
        let b = b + (images[(below + right) * 3 + channel] - b) * across;
        output[ABSOLUTE_POS * 3 + channel] = a + (b - a) * down;
    }
}

/// Weight of the neighbour at a distance (Keys 1981, a = -0.5), 0 if it lies beyond the window of `length` pixels.
#[cube]
fn cubic(place: f32, at: f32, length: f32) -> f32 {
    let x = (place - at).abs();
    let near = (1.5f32 * x - 2.5f32) * x * x + 1.0f32;
    let far = ((2.5f32 - 0.5f32 * x) * x - 4.0f32) * x + 2.0f32;
    let weight = select(x < 1.0f32, near, select(x < 2.0f32, far, 0.0f32));
    select(at >= 0.0f32, select(at < length, weight, 0.0f32), 0.0f32)
}

/// One value of one pixel from its four times four neighbours, borders cut off and weights normalised, clamped.
#[cube]
fn smooth(images: &[f32], start: usize, side: usize, windows: &[f32], first: usize, x: usize, y: usize) -> f32 {
    let (height, width) = (windows[first + 2], windows[first + 3]);
    let down = (f32::cast_from(y) + 0.5f32) * (height / f32::cast_from(side)) - 0.5f32;
    let across = (f32::cast_from(x) + 0.5f32) * (width / f32::cast_from(side)) - 0.5f32;
    let mut sum = 0.0f32.runtime();
    let mut weights = 0.0f32.runtime();
    for i in 0..4usize {
        let row = down.floor() + f32::cast_from(i) - 1.0f32;
        let row_weight = cubic(down, row, height);
        let row = usize::cast_from(windows[first] + min(max(row, 0.0f32), height - 1.0f32));
        for j in 0..4usize {
            let column = across.floor() + f32::cast_from(j) - 1.0f32;
            let weight = row_weight * cubic(across, column, width);
            let column = usize::cast_from(windows[first + 1] + min(max(column, 0.0f32), width - 1.0f32));
            sum += weight * images[start + (row * side + column) * 3];
            weights += weight;
        }
    }
    unit_range(sum / weights)
}

/// One pixel an invocation, cubic.
#[cube(launch)]
fn smooth_pixels(images: &[f32], windows: &[f32], output: &mut [f32], side: usize, pixels: usize) {
    if ABSOLUTE_POS >= pixels {
        terminate!();
    }
    let image = ABSOLUTE_POS / (side * side);
    let first = image * 8;
    let x = ABSOLUTE_POS % side;
    let x = select(windows[first + 4] != 0.0f32, side - 1 - x, x);
    let y = (ABSOLUTE_POS / side) % side;
    #[unroll]
    for channel in 0..3usize {
        let start = image * side * side * 3 + channel;
        output[ABSOLUTE_POS * 3 + channel] = smooth(images, start, side, windows, first, x, y);
    }
}

/// See [`crate::augmentations::device::rearrange_image`]. One pixel an invocation.
#[cube(launch)]
fn rearrange_pixels(images: &[f32], places: &[f32], output: &mut [f32], side: usize, pixels: usize) {
    if ABSOLUTE_POS >= pixels {
        terminate!();
    }
    let image = ABSOLUTE_POS / (side * side);
    let first = image * 8;
    let last = i32::cast_from(side) - 1i32;
    let x = i32::cast_from(ABSOLUTE_POS % side) * 2i32 - last;
    let y = i32::cast_from((ABSOLUTE_POS / side) % side) * 2i32 - last;
    let cosine = i32::cast_from(places[first]);
    let sine = i32::cast_from(places[first + 1]);
    let row = sine * x + cosine * y + last * UNIT + UNIT;
    let column = cosine * x - sine * y + last * UNIT + UNIT;
    // Division rounds towards zero, so that what lies before the first pixel is moved far before it.
    let before = (side as i32) * -4i32;
    let row = select(row < 0i32, before, row / (2i32 * UNIT)) + i32::cast_from(places[first + 2]);
    let column = select(column < 0i32, before, column / (2i32 * UNIT)) + i32::cast_from(places[first + 3]);
    let inside = row >= 0i32 && row <= last && column >= 0i32 && column <= last;
    let from = select(inside, (image * side + usize::cast_from(max(row, 0i32))) * side + usize::cast_from(max(column, 0i32)), 0);
    #[unroll]
    for channel in 0..3usize {
        output[ABSOLUTE_POS * 3 + channel] = select(inside, images[from * 3 + channel], 0.0f32);
    }
}

/// See [`crate::augmentations::device::rearrange`].
pub(in crate::augmentations) fn rearrange(images: CubeTensor, places: CubeTensor) -> CubeTensor {
    let [images, places] = [images, places].map(into_contiguous);
    let queue = Queue::of(&images);
    let [count, side, ..] = images.meta.shape().dims::<4>();
    let output = queue.empty(images.meta.shape().clone());
    let (groups, size) = queue.groups(count * side * side);
    let (from, places, to) = (images.into_buffer_arg(), places.into_buffer_arg(), output.clone().into_buffer_arg());
    rearrange_pixels::launch(&queue.client, groups, size, from, places, to, side, count * side * side);
    output
}

/// See [`crate::augmentations::device::resample`].
pub(in crate::augmentations) fn resample(images: CubeTensor, windows: CubeTensor, cubic: bool) -> CubeTensor {
    let [images, windows] = [images, windows].map(into_contiguous);
    let queue = Queue::of(&images);
    let [count, side, ..] = images.meta.shape().dims::<4>();
    let output = queue.empty(images.meta.shape().clone());
    let (groups, size) = queue.groups(count * side * side);
    let (from, windows, to) = (images.into_buffer_arg(), windows.into_buffer_arg(), output.clone().into_buffer_arg());
    let launch = if cubic { smooth_pixels::launch } else { resample_pixels::launch };
    launch(&queue.client, groups, size, from, windows, to, side, count * side * side);
    output
}
