//! The rotation of a colour's hue.
//!
//! RGB to HSV, hue plus a share of the circle, and back, written without branches. With `d = max - min` (which is
//! `v s`) and `H = 6 h`, each channel is `v - d clamp(min(k, 4 - k), 0, 1)`, `k = (n + H) mod 6`, n = 5, 3, 1 for
//! red, green, blue: the same six cases as the usual table, and grays (d = 0) need no case of their own.

use super::Pixels;

/// Smallest difference that is divided by; below it a pixel is gray.
const TINY: f32 = 1e-12;

/// Turns the hue of one image by `shift`, a share of the colour circle in -1/2 to 1/2.
pub(super) fn turn(image: &mut Pixels, shift: f32) {
    // In 0..6, so that each channel's position on the circle needs one wrap only.
    let shift = if shift < 0.0 { 6.0 + 6.0 * shift } else { 6.0 * shift };
    let [red, green, blue] = image.planes_mut();
    for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
        let (r, g, b) = (*red, *green, *blue);
        let max = larger(larger(r, g), b);
        let range = max - smaller(smaller(r, g), b);
        let (difference, sector) = if g == max { (b - r, 2.0) } else { (r - g, 4.0) };
        let (difference, sector) = if r == max { (g - b, 6.0) } else { (difference, sector) };
        let hue = wrap(sector + difference / larger(range, TINY) + shift);
        let hue = wrap(hue);
        *red = channel(max, range, hue + 5.0);
        *green = channel(max, range, hue + 3.0);
        *blue = channel(max, range, hue + 1.0);
    }
}

fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

fn smaller(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// Takes one turn off what is beyond one turn.
fn wrap(position: f32) -> f32 {
    position - if position >= 6.0 { 6.0 } else { 0.0 }
}

fn channel(max: f32, range: f32, position: f32) -> f32 {
    let position = wrap(position);
    max - range * larger(smaller(smaller(position, 4.0 - position), 1.0), 0.0)
}
