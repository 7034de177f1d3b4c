//! The colours of a batch on a GPU.
//!
//! The arithmetic is the host's ([`crate::augmentations`]: jitter, hue, grayscale, solarize), number by number.

use super::bytes::{Scaling, scaling};
use super::unit_range;
use crate::augmentations::device::Affine;
use crate::augmentations::{GRAY, Operation};
use crate::nn::gpu::Queue;
use burn_cubecl::cubecl;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

/// Parts of an image whose gray values are added up by one invocation each.
const PARTS: usize = 16;

/// Colour operations of an image; see [`crate::augmentations::packed::Colours`].
const TURNS: usize = 8;

const GRAY_RED: f32 = GRAY[0];
const GRAY_GREEN: f32 = GRAY[1];
const GRAY_BLUE: f32 = GRAY[2];

// The operations as kernels know them; brightness is what none of these is.
const CONTRAST: f32 = Operation::Contrast as u8 as f32;
const SATURATION: f32 = Operation::Saturation as u8 as f32;
const HUE: f32 = Operation::Hue as u8 as f32;
const SOLARIZE: f32 = Operation::Solarize as u8 as f32;

#[cube]
fn gray(red: f32, green: f32, blue: f32) -> f32 {
    red * GRAY_RED + green * GRAY_GREEN + blue * GRAY_BLUE
}

/// Takes one turn off what is beyond one turn.
#[cube]
fn wrap(position: f32) -> f32 {
    select(position >= 6.0f32, position - 6.0f32, position)
}

#[cube]
fn channel(top: f32, range: f32, position: f32) -> f32 {
    let position = wrap(position);
    top - range * unit_range(min(position, 4.0f32 - position))
}

/// See the hue on the host.
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
            if operation == HUE {
                let (x, y, z) = turned(r, g, b, amount);
                r = x;
                g = y;
                b = z;
            } else if operation == SOLARIZE {
                r = select(r >= amount, 1.0f32 - r, r);
                g = select(g >= amount, 1.0f32 - g, g);
                b = select(b >= amount, 1.0f32 - b, b);
            } else {
                let own = select(operation == SATURATION, gray(r, g, b), 0.0f32);
                let rest = select(operation == CONTRAST, mean, own) * amount;
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
        if colours[first + 2 * turn] == CONTRAST && colours[first + 2 * turn + 1] != 0.0f32 {
            found = turn;
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

/// One pixel an invocation, then scaled.
#[cube(launch)]
fn recolour_pixels(
    images: &[f32],
    colours: &[f32],
    sums: &[f32],
    output: &mut [f32],
    scaling: &Scaling,
    pixels: usize,
    count: usize,
) {
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
    output[at] = r * scaling.red + scaling.to_red;
    output[at + 1] = g * scaling.green + scaling.to_green;
    output[at + 2] = b * scaling.blue + scaling.to_blue;
}

/// See [`crate::augmentations::device::recolour`].
pub(in crate::augmentations) fn recolour(images: CubeTensor, colours: CubeTensor, affine: Affine) -> CubeTensor {
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
    let (sums, scaling) = (sums.into_buffer_arg(), scaling(affine));
    recolour_pixels::launch(&queue.client, groups, size, from, with, sums, to, scaling, pixels, count * pixels);
    output
}
