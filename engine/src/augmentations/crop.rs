//! The random resized crop: which part of the image the view shows.

use super::resize::{self, Filter};
use super::{Augmentation, Entry, Launch, Params, Pixels, Window, device};
use crate::random::RngExt as _;
use augsphere_spec::{Card, Knob, Knobs};
use burn::tensor::Tensor;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

pub(super) const ENTRY: Entry = Entry { card, make: |knobs| Box::new(Crop::new(knobs)) };

fn card() -> Card {
    Card::new(
        "crop",
        "Random resized crop",
        "Shows a random part of the image, stretched to its full size.",
        "Szegedy et al. 2015, arXiv:1409.4842; Chen et al. 2020, arXiv:2002.05709",
    )
    .knobs([
        super::probability(1.0),
        super::strength(),
        Knob::float("scale_min", "Smallest area", 0.08, 0.01, 1.0, "The smallest share of the image that a crop may show.")
            .live(),
        Knob::float("scale_max", "Largest area", 1.0, 0.01, 1.0, "The largest share of the image that a crop may show.").live(),
        Knob::float("ratio_min", "Narrowest shape", 0.75, 0.25, 4.0, "The smallest width of a crop divided by its height.")
            .live(),
        Knob::float("ratio_max", "Widest shape", 4.0 / 3.0, 0.25, 4.0, "The largest width of a crop divided by its height.")
            .live(),
        Knob::choice("interpolation", "Interpolation", &["bilinear", "bicubic"], "How pixels between pixels are made.").live(),
        super::order(1),
    ])
}

/// Random resized crop, bilinear or bicubic (a = -0.5, clamped to 0..1), with [`Params::Crop`].
pub struct Crop {
    probability: f32,
    scale: (f64, f64),
    ratio: LogUniform,
    cubic: bool,
}

impl Crop {
    /// From the card's knobs. A range given upside down is read the other way round. The strength moves both ends of both
    /// ranges: at 0 only the whole image is left.
    pub fn new(knobs: &Knobs) -> Self {
        let range = |low, high| {
            let (a, b) = (knobs.float(low), knobs.float(high));
            (a.min(b), a.max(b))
        };
        let strength = knobs.float("strength");
        let share = |end: f64| (end + (1.0 - strength) * (1.0 - end)).clamp(0.01, 1.0);
        let (smallest, largest) = range("scale_min", "scale_max");
        let (low, high) = range("ratio_min", "ratio_max");
        Self {
            probability: super::apply_probability(knobs),
            scale: (share(smallest), share(largest)),
            ratio: LogUniform::new(power(low, strength), power(high, strength)),
            cubic: knobs.text("interpolation") == "bicubic",
        }
    }

    /// The parameters that show `height * width` pixels of an image of `side * side`, from row `top` and column `left` on.
    pub fn window(top: usize, left: usize, height: usize, width: usize, side: usize) -> Params {
        let area = (height * width) as f32 / (side * side) as f32;
        let [top, left, height, width] = [top, left, height, width].map(|pixels| pixels as u32);
        Params::Crop { top, left, height, width, area }
    }

    /// What is shown of an image of `side` pixels.
    fn shown(&self, params: &Params, side: usize) -> Window {
        let whole = Window { cubic: self.cubic, ..Window::whole(side) };
        match *params {
            Params::Crop { top, left, height, width, .. } => Window { top, left, height, width, ..whole },
            _ => whole,
        }
    }

    /// torchvision's `RandomResizedCrop.get_params`: ten tries, then the whole image as far as the shape allows.
    fn choose(&self, rng: &mut ChaCha8Rng, side: usize) -> Params {
        for _ in 0..10 {
            let share = self.scale.0 + (self.scale.1 - self.scale.0) * f64::from(rng.uniform());
            let area = share * (side * side) as f64;
            let ratio = self.ratio.draw(rng);
            let width = (area * ratio).sqrt().round_ties_even() as usize;
            let height = (area / ratio).sqrt().round_ties_even() as usize;
            if (1..=side).contains(&width) && (1..=side).contains(&height) {
                let top = up_to(rng, side - height);
                let left = up_to(rng, side - width);
                return Self::window(top, left, height, width, side);
            }
        }
        let ratio = 1.0_f64.clamp(self.ratio.low, self.ratio.high);
        let whole = side as f64;
        let width = (whole * ratio.min(1.0)).round_ties_even().max(1.0) as usize;
        let height = (whole / ratio.max(1.0)).round_ties_even().max(1.0) as usize;
        Self::window((side - height) / 2, (side - width) / 2, height, width, side)
    }
}

impl Augmentation for Crop {
    fn draw(&self, rng: &mut ChaCha8Rng, side: usize) -> Params {
        if rng.chance(self.probability) { self.choose(rng, side) } else { Params::Nothing }
    }

    fn apply(&self, params: &Params, image: &mut Pixels) {
        let window = self.shown(params, image.side());
        if self.cubic {
            stretch_cubic(window, image);
        } else {
            stretch(window, image);
        }
    }

    fn apply_batch(&self, params: &[Params], images: Tensor<4>) -> Tensor<4> {
        let side = images.dims()[1];
        device::resample(images, params.iter().map(|params| self.shown(params, side)), self.cubic)
    }

    fn launch(&self, params: &Params, side: usize) -> Launch {
        Launch::Window(self.shown(params, side))
    }

    fn words(&self, params: &Params) -> Option<String> {
        let Params::Crop { height, width, area, .. } = *params else { return None };
        Some(format!("crop {:.0} %, aspect {:.2}", 100.0 * area, width as f32 / height as f32))
    }
}

/// A whole number, uniform in `0..=last`.
fn up_to(rng: &mut ChaCha8Rng, last: usize) -> usize {
    rng.below(u32::try_from(last + 1).unwrap_or(u32::MAX)) as usize
}

/// Top, left, height and width.
fn bounds(window: Window) -> [usize; 4] {
    [window.top, window.left, window.height, window.width].map(|pixels| pixels as usize)
}

/// Stretches the window to the full size, linearly, and does not mirror it.
pub(super) fn stretch(window: Window, image: &mut Pixels) {
    let [top, left, height, width] = bounds(window);
    let side = image.side();
    if height == side && width == side {
        return;
    }
    let columns = taps(left, width, side);
    let rows = taps(top, height, side);
    image.each_plane(|plane, spare| {
        for (from, to) in plane[top * side..].chunks_exact(side).zip(spare.chunks_exact_mut(side)).take(height) {
            for (value, tap) in to.iter_mut().zip(&columns) {
                *value = from[tap.first] + (from[tap.second] - from[tap.first]) * tap.weight;
            }
        }
        for (to, tap) in plane.chunks_exact_mut(side).zip(&rows) {
            let first = &spare[(tap.first - top) * side..][..side];
            let second = &spare[(tap.second - top) * side..][..side];
            for ((value, &a), &b) in to.iter_mut().zip(first).zip(second) {
                *value = a + (b - a) * tap.weight;
            }
        }
    });
}

/// The same with a cubic filter, clamped to 0..1: cubic filters overshoot.
pub(super) fn stretch_cubic(window: Window, image: &mut Pixels) {
    let [top, left, height, width] = bounds(window);
    let side = image.side();
    if height == side && width == side {
        return;
    }
    let columns = Filter::SmoothCubic.taps(width, side);
    let rows = Filter::SmoothCubic.taps(height, side);
    image.each_plane(|plane, spare| {
        for (from, to) in plane[top * side..].chunks_exact(side).zip(spare.chunks_exact_mut(side)).take(height) {
            resize::along_row(&columns, &from[left..left + width], to);
        }
        for (to, tap) in plane.chunks_exact_mut(side).zip(&rows) {
            resize::down(tap, spare, to);
            to.iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0));
        }
    });
}

/// `base` to the power of an exponent in 0..=2, with square roots and products only: the same bits on every platform.
fn power(base: f64, exponent: f64) -> f64 {
    let (mut result, mut root, mut rest) = (1.0, base, exponent);
    while rest >= 1.0 {
        (result, rest) = (result * base, rest - 1.0);
    }
    for _ in 0..52 {
        (root, rest) = (root.sqrt(), rest * 2.0);
        if rest >= 1.0 {
            (result, rest) = (result * root, rest - 1.0);
        }
    }
    result
}

/// The two neighbours between which an output pixel lies, and the weight of the second.
struct Tap {
    first: usize,
    second: usize,
    weight: f32,
}

/// Where each of `side` output pixels lies when `start..start + length` is stretched to `side`: half-pixel centres,
/// borders held.
fn taps(start: usize, length: usize, side: usize) -> Vec<Tap> {
    let step = length as f32 / side as f32;
    let last = length - 1;
    let tap = |at: usize| {
        let position = ((at as f32 + 0.5) * step - 0.5).clamp(0.0, last as f32);
        let first = position as usize;
        Tap { first: start + first, second: start + (first + 1).min(last), weight: position - first as f32 }
    };
    (0..side).map(tap).collect()
}

/// Numbers whose logarithm is uniform in `ln low..ln high`.
///
/// `low * (high / low)^u` for a 24-bit `u`, one square root a bit: unlike `exp` and `ln`, square roots and products give
/// the same bits on every platform.
struct LogUniform {
    low: f64,
    high: f64,
    roots: [f64; 24],
}

impl LogUniform {
    fn new(low: f64, high: f64) -> Self {
        let mut root = high / low;
        let roots = std::array::from_fn(|_| {
            root = root.sqrt();
            root
        });
        Self { low, high, roots }
    }

    fn draw(&self, rng: &mut ChaCha8Rng) -> f64 {
        let bits = rng.next_u32();
        let factor = |(index, root): (usize, &f64)| if bits >> (31 - index) & 1 == 1 { *root } else { 1.0 };
        self.low * self.roots.iter().enumerate().map(factor).product::<f64>()
    }
}
