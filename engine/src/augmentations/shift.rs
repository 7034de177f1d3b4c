//! The random shift.

use super::device::{self, UNIT};
use super::{Augmentation, Entry, NOTHING, Params, Pixels};
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

/// Random crop with padding. Params: `[1, rows, columns, ..]`: how far below and right of its place the window lies, in pixels.
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

    /// The draw whose window lies this many rows below and columns right of its place.
    pub fn by(rows: i32, columns: i32) -> Params {
        [1.0, rows as f32, columns as f32, 0.0, 0.0, 0.0, 0.0, 0.0]
    }

    fn numbers(draw: &Params) -> [f32; 8] {
        [UNIT as f32, 0.0, draw[1], draw[2], 0.0, 0.0, 0.0, 0.0]
    }
}

impl Augmentation for Shift {
    fn draw(&self, rng: &mut ChaCha8Rng, _side: usize) -> Params {
        if !rng.chance(self.probability) {
            return NOTHING;
        }
        let mut offset = || rng.below(2 * self.padding + 1) as i32 - self.padding as i32;
        let rows = offset();
        Self::by(rows, offset())
    }

    fn apply(&self, draw: &Params, image: &mut Pixels) {
        device::rearrange_image(&Self::numbers(draw), image);
    }

    fn apply_batch(&self, draws: &[Params], images: Tensor<4>) -> Tensor<4> {
        device::rearrange(images, draws.iter().map(Self::numbers))
    }

    fn words(&self, draw: &Params) -> Option<String> {
        let side = |by: f32, after: &str, before: &str| {
            (by != 0.0).then(|| format!("{:.0} px {}", by.abs(), if by > 0.0 { after } else { before }))
        };
        // A window further down shows the picture further up.
        let parts: Vec<_> = [side(draw[1], "up", "down"), side(draw[2], "left", "right")].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| format!("moved {}", parts.join(" and ")))
    }
}
