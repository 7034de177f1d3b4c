//! How does a GPU change the views of a batch?
//!
//! The arithmetic is the host's ([`super::jitter`], [`super::hue`], [`super::crop`]), number by number.

use super::GRAY;
use crate::nn::gpu::Queue;
use burn_cubecl::cubecl;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::calculate_cube_count_elemwise;
use cubecl::prelude::*;

/// Invocations that share an image, and how many of them add up what the others found.
const UNITS: usize = 256;
const JOINERS: usize = 16;

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

/// A workgroup an image: the mean gray value that the contrast wants, then every pixel. Those beyond the last image repeat it.
#[cube(launch)]
fn recolour_images(images: &[f32], colours: &[f32], output: &mut [f32], count: usize, pixels: usize) {
    let unit = UNIT_POS as usize;
    let image = min(CUBE_POS, count - 1);
    let start = image * pixels * 3;
    let first = image * 8;
    let mut before = 0usize.runtime();
    let mut contrast = 0.0f32.runtime();
    for turn in 0..4usize {
        if colours[first + 2 * turn] == 1.0f32 {
            before = turn;
            contrast = colours[first + 2 * turn + 1];
        }
    }
    let mut sum = 0.0f32.runtime();
    if contrast != 0.0f32 {
        for pixel in range_stepped(unit, pixels, UNITS) {
            let at = start + 3 * pixel;
            let (r, g, b) = recoloured(images[at], images[at + 1], images[at + 2], colours, first, before, 0.0f32);
            sum += gray(r, g, b);
        }
    }
    let mut sums = Shared::<[f32]>::new_slice(UNITS);
    let mut joined = Shared::<[f32]>::new_slice(JOINERS);
    sums[unit] = sum;
    sync_cube();
    if unit < JOINERS {
        let mut part = 0.0f32.runtime();
        for other in 0..comptime!(UNITS / JOINERS) {
            part += sums[unit * comptime!(UNITS / JOINERS) + other];
        }
        joined[unit] = part;
    }
    sync_cube();
    let mut total = 0.0f32.runtime();
    for other in 0..JOINERS {
        total += joined[other];
    }
    let mean = total / f32::cast_from(pixels);
    for pixel in range_stepped(unit, pixels, UNITS) {
        let at = start + 3 * pixel;
        let (r, g, b) = recoloured(images[at], images[at + 1], images[at + 2], colours, first, 4usize.runtime(), mean);
        output[at] = r;
        output[at + 1] = g;
        output[at + 2] = b;
    }
}

/// See [`super::device::recolour`].
pub(super) fn recolour(images: CubeTensor, colours: CubeTensor) -> CubeTensor {
    let [images, colours] = [images, colours].map(into_contiguous);
    let queue = Queue::of(&images);
    let [count, height, width, _] = images.meta.shape().dims();
    let output = queue.empty(images.meta.shape().clone());
    let groups = calculate_cube_count_elemwise(&queue.client, count, CubeDim::new_1d(1));
    let to = output.clone().into_buffer_arg();
    let size = CubeDim::new_1d(UNITS as u32);
    let (from, colours) = (images.into_buffer_arg(), colours.into_buffer_arg());
    recolour_images::launch(&queue.client, groups, size, from, colours, to, count, height * width);
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

/// See [`super::device::resample`].
pub(super) fn resample(images: CubeTensor, windows: CubeTensor) -> CubeTensor {
    let [images, windows] = [images, windows].map(into_contiguous);
    let queue = Queue::of(&images);
    let [count, side, ..] = images.meta.shape().dims::<4>();
    let output = queue.empty(images.meta.shape().clone());
    let (groups, size) = queue.groups(count * side * side);
    let (from, windows, to) = (images.into_buffer_arg(), windows.into_buffer_arg(), output.clone().into_buffer_arg());
    resample_pixels::launch(&queue.client, groups, size, from, windows, to, side, count * side * side);
    output
}
