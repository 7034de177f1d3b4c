//! Colour jitter: brightness, contrast, saturation and hue.

use super::packed::Colours;
use super::{Augmentation, Entry, GRAY, Launch, Operation, Params, Pixels, Recolour, device, hue, solarize};
use crate::random::RngExt as _;
use augsphere_spec::{Card, Knob, Knobs};
use burn::tensor::Tensor;
use rand_chacha::ChaCha8Rng;

pub(super) const ENTRY: Entry = Entry { card, make: |knobs| Box::new(Jitter::new(knobs)) };

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

/// Colour jitter, with [`Params::Jitter`].
pub struct Jitter {
    probability: f32,
    /// The most that brightness, contrast, saturation and hue change.
    most: [f32; 4],
}

impl Jitter {
    /// From the card's knobs. The strength multiplies all four amounts, as SimCLR's s does; hue stays within half a circle.
    pub fn new(knobs: &Knobs) -> Self {
        let scale = knobs.float("strength") as f32;
        let [brightness, contrast, saturation, hue] =
            ["brightness", "contrast", "saturation", "hue"].map(|name| knobs.float(name) as f32 * scale);
        Self { probability: super::apply_probability(knobs), most: [brightness, contrast, saturation, hue.min(0.5)] }
    }

    /// The parameters with these factors (hue is added, not multiplied), each at its turn from 0 to 3.
    pub fn factors(brightness: f32, contrast: f32, saturation: f32, hue: f32, turns: [u8; 4]) -> Params {
        let [brightness, contrast, saturation] = [brightness, contrast, saturation].map(|factor| factor - 1.0);
        Params::Jitter { brightness, contrast, saturation, hue, turns }
    }
}

impl Augmentation for Jitter {
    fn draw(&self, rng: &mut ChaCha8Rng, _side: usize) -> Params {
        if !rng.chance(self.probability) {
            return Params::Nothing;
        }
        // A factor is never negative; hue may turn either way.
        let [brightness, contrast, saturation, hue] = self.most.map(|most| rng.between((-most).max(-1.0), most));
        let mut turns = [0, 1, 2, 3];
        rng.shuffle(&mut turns);
        Params::Jitter { brightness, contrast, saturation, hue, turns }
    }

    fn apply(&self, params: &Params, image: &mut Pixels) {
        recolour(&in_order(params), image);
    }

    fn apply_batch(&self, params: &[Params], images: Tensor<4>) -> Tensor<4> {
        device::recolour(images, params.iter().map(|params| Colours::of(in_order(params))))
    }

    fn launch(&self, params: &Params, _side: usize) -> Launch {
        Launch::Colours(in_order(params))
    }

    fn words(&self, params: &Params) -> Option<String> {
        let Params::Jitter { brightness, contrast, saturation, hue, .. } = *params else { return None };
        let mut parts: Vec<_> = [("brightness", brightness), ("contrast", contrast), ("saturation", saturation)]
            .into_iter()
            .filter(|(_, change)| *change != 0.0)
            .map(|(name, change)| format!("{name} {:.2}", 1.0 + change))
            .collect();
        if hue != 0.0 {
            parts.push(format!("hue {hue:+.2}"));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// The operation at each turn.
fn in_order(params: &Params) -> [Recolour; 4] {
    let mut operations = [Recolour::NONE; 4];
    let Params::Jitter { brightness, contrast, saturation, hue, turns } = *params else { return operations };
    let own = [
        (Operation::Brightness, brightness),
        (Operation::Contrast, contrast),
        (Operation::Saturation, saturation),
        (Operation::Hue, hue),
    ];
    for ((operation, amount), turn) in own.into_iter().zip(turns) {
        if let Some(place) = operations.get_mut(usize::from(turn)) {
            *place = Recolour { operation, amount };
        }
    }
    operations
}

/// Carries out operations in their order.
pub(super) fn recolour(operations: &[Recolour], image: &mut Pixels) {
    for &Recolour { operation, amount } in operations.iter().filter(|recolour| recolour.amount != 0.0) {
        match operation {
            Operation::Brightness => blend_constant(image, amount, 0.0),
            Operation::Contrast => blend_constant(image, amount, mean_gray(image)),
            Operation::Saturation => blend_gray(image, amount),
            Operation::Hue => hue::turn(image, amount),
            Operation::Solarize => solarize::invert_above(image, amount),
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
