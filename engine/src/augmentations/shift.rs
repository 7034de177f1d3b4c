//! The random shift.

use super::packed::Places;
use super::{Augmentation, Entry, Params, Pixels, device};
use crate::random::RngExt as _;
use augsphere_spec::{Card, Knob, Knobs};
use burn::tensor::Tensor;
use rand_chacha::ChaCha8Rng;

pub(super) const ENTRY: Entry = Entry { card, make: |knobs| Box::new(Shift::new(knobs)) };

fn card() -> Card {
    Card::new(
        "shift",
        "Random crop with padding",
        "Pads the view with black and cuts its size out of that again: the picture moves by a few pixels.",
        "He et al. 2015, arXiv:1512.03385, section 4.2",
    )
    .knobs([
        super::probability(0.0),
        super::strength(),
        Knob::int("padding", "Padding", 4, 0, 64, "The view moves by up to this many pixels in each direction.").live(),
        super::order(2),
    ])
}

/// Random crop with padding, with [`Params::Shift`].
pub struct Shift {
    probability: f32,
    padding: u32,
}

impl Shift {
    /// From the card's knobs. The strength scales the padding, rounded to whole pixels.
    pub fn new(knobs: &Knobs) -> Self {
        let padding = (knobs.float("padding") * knobs.float("strength")).round();
        Self { probability: super::apply_probability(knobs), padding: padding as u32 }
    }

    /// Where the pixels come from.
    fn places(params: &Params) -> Places {
        match *params {
            Params::Shift { down, right } => Places { down, right, ..Places::SAME },
            _ => Places::SAME,
        }
    }
}

impl Augmentation for Shift {
    fn draw(&self, rng: &mut ChaCha8Rng, _side: usize) -> Params {
        if !rng.chance(self.probability) {
            return Params::Nothing;
        }
        let mut offset = || rng.below(2 * self.padding + 1) as i32 - self.padding as i32;
        let down = offset();
        Params::Shift { down, right: offset() }
    }

    fn apply(&self, params: &Params, image: &mut Pixels) {
        if matches!(params, Params::Shift { .. }) {
            device::rearrange_image(Self::places(params), image);
        }
    }

    fn apply_batch(&self, params: &[Params], images: Tensor<4>) -> Tensor<4> {
        device::rearrange(images, params.iter().map(Self::places))
    }

    fn words(&self, params: &Params) -> Option<String> {
        let Params::Shift { down, right } = *params else { return None };
        let side = |by: i32, after: &str, before: &str| {
            (by != 0).then(|| format!("{} px {}", by.unsigned_abs(), if by > 0 { after } else { before }))
        };
        // A window further down shows the picture further up.
        let parts: Vec<_> = [side(down, "up", "down"), side(right, "left", "right")].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| format!("moved {}", parts.join(" and ")))
    }
}
