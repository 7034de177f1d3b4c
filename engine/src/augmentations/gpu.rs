//! How does a GPU change the views of a batch?
//!
//! The arithmetic is the host's ([`super::jitter`], [`super::hue`], [`super::crop`]), number by number. No kernel waits at a
//! barrier: adapters that compute on the CPU pay dearly for those.

use super::GRAY;
use super::device::UNIT;
use crate::nn::gpu::Queue;
use burn_cubecl::cubecl;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

/// Parts of an image whose gray values are added up by one invocation each.
const PARTS: usize = 16;

/// Colour operations of an image; see [`super::device::Colours`].
const TURNS: usize = 8;

const GRAY_RED: f32 = GRAY[0];
const GRAY_GREEN: f32 = GRAY[1];
const GRAY_BLUE: f32 = GRAY[2];

#[cube]
fn gray(red: f32, green: f32, blue: f32) -> f32 {
    red * GRAY_RED + green * GRAY_GREEN + blue * GRAY_BLUE
}

#[cube]
fn unit_range(value: f32) -> f32 {
    min(max(value, 0.0f32), 1.0f32)
}

/// Takes one turn off what is beyond one turn.
#[cube]
fn wrap(place: f32) -> f32 {
    select(place >= 6.0f32, place - 6.0f32, place)
}

#[cube]
fn channel(top: f32, range: f32, place: f32) -> f32 {
    let place = wrap(place);
    top - range * unit_range(min(place, 4.0f32 - place))
}

/// See [`super::hue`].
#[cube]
fn turned(red: f32, green: f32, blue: f32, amount: f32) -> (f32, f32, f32) {
    let shift = select(amount < 0.0f32, amount * 6.0f32 + 6.0f32, amount * 6.0f32);
    let top = max(max(red, green), blue);
    let range = top - min(min(red, green), blue);
    let difference = select(green == top, blue - red, red - green);
    let sector = select(green == top, 2.0f32, 4.0f32);
    let difference = select(red == top, green - blue, difference);
    let sector = select(red == top, 6.0f32, sector);
    let hue = wrap(wrap(sector + difference / max(range, 1e-12f32) + shift));
    (channel(top, range, hue + 5.0f32), channel(top, range, hue + 3.0f32), channel(top, range, hue + 1.0f32))
}

/// A colour after the first `turns` operations; `mean` is the mean gray value at the turn of the contrast.
#[cube]
fn recoloured(red: f32, green: f32, blue: f32, colours: &[f32], first: usize, turns: usize, mean: f32) -> (f32, f32, f32) {
    let mut r = red;
    let mut g = green;
    let mut b = blue;
    for turn in 0..turns {
        let operation = colours[first + 2 * turn];
        let amount = colours[first + 2 * turn + 1];
        if amount != 0.0f32 {
            if operation == 3.0f32 {
                let (x, y, z) = turned(r, g, b, amount);
                r = x;
                g = y;
                b = z;
            } else if operation == 4.0f32 {
                r = select(r >= amount, 1.0f32 - r, r);
                g = select(g >= amount, 1.0f32 - g, g);
                b = select(b >= amount, 1.0f32 - b, b);
            } else {
                let own = select(operation == 2.0f32, gray(r, g, b), 0.0f32);
                let rest = select(operation == 1.0f32, mean, own) * amount;
                let factor = amount + 1.0f32;
                r = unit_range(factor * r - rest);
                g = unit_range(factor * g - rest);
                b = unit_range(factor * b - rest);
            }
        }
    }
    (r, g, b)
}

/// The turn of an image's contrast, or [`TURNS`] if it has none.
#[cube]
fn contrast(colours: &[f32], first: usize) -> usize {
    let mut found = TURNS.runtime();
    for turn in 0..TURNS {
        if colours[first + 2 * turn] == 1.0f32 {
            if colours[first + 2 * turn + 1] != 0.0f32 {
                found = turn;
            }
        }
    }
    found
}

/// A part of an image an invocation: the sum of the gray values that the contrast will find.
#[cube(launch)]
fn gray_sums(images: &[f32], colours: &[f32], sums: &mut [f32], pixels: usize, parts: usize) {
    if ABSOLUTE_POS >= parts {
        terminate!();
    }
    let image = ABSOLUTE_POS / PARTS;
    let first = image * (2 * TURNS);
    let before = contrast(colours, first);
    let mut sum = 0.0f32.runtime();
    if before < TURNS {
        for pixel in range_stepped(ABSOLUTE_POS % PARTS, pixels, PARTS) {
            let at = (image * pixels + pixel) * 3;
            let (r, g, b) = recoloured(images[at], images[at + 1], images[at + 2], colours, first, before, 0.0f32);
            sum += gray(r, g, b);
        }
    }
    sums[ABSOLUTE_POS] = sum;
}

/// One pixel an invocation.
#[cube(launch)]
fn recolour_pixels(images: &[f32], colours: &[f32], sums: &[f32], output: &mut [f32], pixels: usize, count: usize) {
    if ABSOLUTE_POS >= count {
        terminate!();
    }
    let image = ABSOLUTE_POS / pixels;
    let first = image * (2 * TURNS);
    let mut total = 0.0f32.runtime();
    if contrast(colours, first) < TURNS {
        for part in 0..PARTS {
            total += sums[image * PARTS + part];
        }
    }
    let mean = total / f32::cast_from(pixels);
    let at = ABSOLUTE_POS * 3;
    let (r, g, b) = recoloured(images[at], images[at + 1], images[at + 2], colours, first, TURNS.runtime(), mean);
    output[at] = r;
    output[at + 1] = g;
    output[at + 2] = b;
}

/// See [`super::device::recolour`].
pub(super) fn recolour(images: CubeTensor, colours: CubeTensor) -> CubeTensor {
    let [images, colours] = [images, colours].map(into_contiguous);
    let queue = Queue::of(&images);
    let [count, height, width, _] = images.meta.shape().dims();
    let pixels = height * width;
    let sums = queue.empty([count, PARTS]);
    let (groups, size) = queue.groups(count * PARTS);
    let (from, with, to) = (images.clone().into_buffer_arg(), colours.clone().into_buffer_arg(), sums.clone().into_buffer_arg());
    gray_sums::launch(&queue.client, groups, size, from, with, to, pixels, count * PARTS);
    let output = queue.empty(images.meta.shape().clone());
    let (groups, size) = queue.groups(count * pixels);
    let (from, with, to) = (images.into_buffer_arg(), colours.into_buffer_arg(), output.clone().into_buffer_arg());
    recolour_pixels::launch(&queue.client, groups, size, from, with, sums.into_buffer_arg(), to, pixels, count * pixels);
    output
}

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

/// See [`super::device::rearrange_image`]. One pixel an invocation.
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

/// See [`super::device::rearrange`].
pub(super) fn rearrange(images: CubeTensor, places: CubeTensor) -> CubeTensor {
    let [images, places] = [images, places].map(into_contiguous);
    let queue = Queue::of(&images);
    let [count, side, ..] = images.meta.shape().dims::<4>();
    let output = queue.empty(images.meta.shape().clone());
    let (groups, size) = queue.groups(count * side * side);
    let (from, places, to) = (images.into_buffer_arg(), places.into_buffer_arg(), output.clone().into_buffer_arg());
    rearrange_pixels::launch(&queue.client, groups, size, from, places, to, side, count * side * side);
    output
}

/// See [`super::device::resample`].
pub(super) fn resample(images: CubeTensor, windows: CubeTensor, cubic: bool) -> CubeTensor {
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
