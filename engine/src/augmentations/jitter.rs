//! Colour jitter: brightness, contrast, saturation and hue.

use super::device::{self, SOLARIZE};
use super::{Augmentation, Entry, GRAY, Launch, NOTHING, Params, Pixels, hue, solarize};
use crate::random::RngExt as _;
use augsphere_spec::{Card, Knob, Knobs};
use burn::tensor::Tensor;
use rand_chacha::ChaCha8Rng;

pub(super) const ENTRY: Entry = Entry { card, make: |knobs| Box::new(Jitter::new(knobs)) };

/// Indices of the four operations in the parameters; their turns are four further.
const BRIGHTNESS: usize = 0;
const CONTRAST: usize = 1;
const SATURATION: usize = 2;
const HUE: usize = 3;
const TURN: usize = 4;

fn card() -> Card {
    let factor = |name, title, help| Knob::float(name, title, 0.4, 0.0, 2.0, help).live();
    Card::new(
        "jitter",
        "Colour jitter",
        "Changes brightness, contrast, saturation and hue, in random order.",
        "Chen et al. 2020, arXiv:2002.05709, appendix A",
    )
    .knobs([
        super::probability(0.8),
        super::strength(),
        factor("brightness", "Brightness", "Brightness is multiplied by up to one plus or minus this."),
        factor("contrast", "Contrast", "Contrast is multiplied by up to one plus or minus this."),
        factor("saturation", "Saturation", "Saturation is multiplied by up to one plus or minus this."),
        Knob::float("hue", "Hue", 0.1, 0.0, 0.5, "Hue is turned by up to this share of the colour circle.").live(),
        super::order(5),
    ])
}

/// Colour jitter. Params: `[brightness - 1, contrast - 1, saturation - 1, hue, turn of each of the four]`,
/// hue as a share of the colour circle, turns a permutation of 0 to 3.
pub struct Jitter {
    probability: f32,
    strength: [f32; 4],
}

impl Jitter {
    /// From the card's knobs. The strength multiplies all four amounts, as SimCLR's s does; hue stays within half a circle.
    pub fn new(knobs: &Knobs) -> Self {
        let scale = knobs.float("strength") as f32;
        let mut strength = ["brightness", "contrast", "saturation", "hue"].map(|name| knobs.float(name) as f32 * scale);
        strength[HUE] = strength[HUE].min(0.5);
        Self { probability: super::apply_probability(knobs), strength }
    }

    /// The draw with these factors (hue is added, not multiplied), each at its turn from 0 to 3.
    pub fn factors(brightness: f32, contrast: f32, saturation: f32, hue: f32, turns: [u8; 4]) -> Params {
        let [a, b, c, d] = turns.map(f32::from);
        [brightness - 1.0, contrast - 1.0, saturation - 1.0, hue, a, b, c, d]
    }
}

impl Augmentation for Jitter {
    fn draw(&self, rng: &mut ChaCha8Rng, _side: usize) -> Params {
        if !rng.chance(self.probability) {
            return NOTHING;
        }
        let mut draw = NOTHING;
        for (index, &strength) in self.strength.iter().enumerate() {
            // A factor is never negative; hue may turn either way.
            draw[index] = rng.between((-strength).max(-1.0), strength);
        }
        let mut turns = [0.0, 1.0, 2.0, 3.0];
        rng.shuffle(&mut turns);
        draw[TURN..].copy_from_slice(&turns);
        draw
    }

    fn apply(&self, draw: &Params, image: &mut Pixels) {
        recolour(&in_order(draw), image);
    }

    fn apply_batch(&self, draws: &[Params], images: Tensor<4>) -> Tensor<4> {
        device::recolour(images, draws.iter().map(|draw| device::one(&in_order(draw))))
    }

    fn launch(&self, draw: &Params, _side: usize) -> Launch {
        Launch::Colours(in_order(draw))
    }

    fn words(&self, draw: &Params) -> Option<String> {
        let names = ["brightness", "contrast", "saturation"];
        let mut parts: Vec<_> = (0..HUE)
            .filter(|&index| draw[index] != 0.0)
            .map(|index| format!("{} {:.2}", names[index], 1.0 + draw[index]))
            .collect();
        if draw[HUE] != 0.0 {
            parts.push(format!("hue {:+.2}", draw[HUE]));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// The operation at each turn and its amount.
fn in_order(draw: &Params) -> [f32; 8] {
    let mut colours = [0.0; 8];
    for operation in 0..4 {
        let turn = draw[TURN + operation] as usize;
        colours[2 * turn] = operation as f32;
        colours[2 * turn + 1] = draw[operation];
    }
    colours
}

/// Carries out operations in their order.
pub(super) fn recolour(colours: &[f32], image: &mut Pixels) {
    for step in colours.chunks_exact(2).filter(|step| step[1] != 0.0) {
        let amount = step[1];
        match step[0] as usize {
            BRIGHTNESS => blend_constant(image, amount, 0.0),
            CONTRAST => blend_constant(image, amount, mean_gray(image)),
            SATURATION => blend_gray(image, amount),
            _ if step[0] == SOLARIZE => solarize::invert_above(image, amount),
            _ => hue::turn(image, amount),
        }
    }
}

/// `clamp(f v + (1 - f) other)` with `f = 1 + amount`.
fn blend_constant(image: &mut Pixels, amount: f32, other: f32) {
    let (factor, rest) = (1.0 + amount, -amount * other);
    for value in image.values_mut() {
        *value = (factor * *value + rest).clamp(0.0, 1.0);
    }
}

/// `clamp(f v + (1 - f) gray)` with the gray value of each pixel.
fn blend_gray(image: &mut Pixels, amount: f32) {
    let factor = 1.0 + amount;
    let [red, green, blue] = image.planes_mut();
    for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
        let rest = -amount * (GRAY[0] * *red + GRAY[1] * *green + GRAY[2] * *blue);
        *red = (factor * *red + rest).clamp(0.0, 1.0);
        *green = (factor * *green + rest).clamp(0.0, 1.0);
        *blue = (factor * *blue + rest).clamp(0.0, 1.0);
    }
}

/// The mean of the gray image.
fn mean_gray(image: &Pixels) -> f32 {
    let planes = image.planes();
    let sum: f32 = planes.iter().zip(GRAY).map(|(plane, weight)| weight * sum(plane)).sum();
    sum / planes[0].len() as f32
}

/// Sum in eight lanes, so that it runs in vector registers.
fn sum(values: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    let chunks = values.chunks_exact(8);
    let tail: f32 = chunks.remainder().iter().sum();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, value)| *lane += value);
    }
    lanes.iter().sum::<f32>() + tail
}
