//! Solarization: bright pixels turned dark.

use super::device::{self, SOLARIZE};
use super::{Augmentation, Entry, HAPPENS, Launch, NOTHING, Params, Pixels};
use crate::random::RngExt as _;
use augsphere_spec::{Card, Knob, Knobs};
use burn::tensor::Tensor;
use rand_chacha::ChaCha8Rng;

pub(super) const ENTRY: Entry = Entry { card, make: |knobs| Box::new(Solarize::new(knobs)) };

fn card() -> Card {
    Card::new(
        "solarize",
        "Solarize",
        "Inverts every value above a threshold, as an overexposed film does.",
        "Grill et al. 2020, arXiv:2006.07733, appendix B",
    )
    .knobs([
        super::probability(0.0),
        super::strength(),
        Knob::float("threshold", "Threshold", 0.5, 0.0, 1.0, "Values from here on are inverted; more strength lowers it.").live(),
        super::order(8),
    ])
}

/// Solarize: `v >= threshold` becomes `1 - v`. Params: `[1, threshold, ..]`.
pub struct Solarize {
    probability: f32,
    threshold: f32,
}

impl Solarize {
    /// From the card's knobs. The threshold's distance from 1 grows with the strength.
    pub fn new(knobs: &Knobs) -> Self {
        let (threshold, strength) = (knobs.float("threshold"), knobs.float("strength"));
        let threshold = (threshold + (1.0 - strength) * (1.0 - threshold)).clamp(0.0, 1.0);
        Self { probability: super::apply_probability(knobs), threshold: threshold as f32 }
    }

    fn happens(&self) -> Params {
        let mut draw = HAPPENS;
        draw[1] = self.threshold;
        draw
    }

    /// As an operation on colours.
    fn colours(draw: &Params) -> [f32; 8] {
        let mut colours = [0.0; 8];
        if *draw != NOTHING {
            // An amount of 0 is no operation, and every value lies above -1 as it lies above 0.
            colours[..2].copy_from_slice(&[SOLARIZE, if draw[1] > 0.0 { draw[1] } else { -1.0 }]);
        }
        colours
    }
}

impl Augmentation for Solarize {
    fn draw(&self, rng: &mut ChaCha8Rng, _side: usize) -> Params {
        if rng.chance(self.probability) { self.happens() } else { NOTHING }
    }

    fn apply(&self, draw: &Params, image: &mut Pixels) {
        invert_above(image, draw[1]);
    }

    fn apply_batch(&self, draws: &[Params], images: Tensor<4>) -> Tensor<4> {
        device::recolour(images, draws.iter().map(|draw| device::one(&Self::colours(draw))))
    }

    fn launch(&self, draw: &Params, _side: usize) -> Launch {
        Launch::Colours(Self::colours(draw))
    }

    fn variants(&self) -> Vec<Params> {
        if self.probability > 0.0 { vec![self.happens()] } else { Vec::new() }
    }

    fn words(&self, draw: &Params) -> Option<String> {
        (draw[0] != 0.0).then(|| "solarized".to_owned())
    }
}

/// Inverts every value that is not below `threshold`.
pub(super) fn invert_above(image: &mut Pixels, threshold: f32) {
    for value in image.values_mut() {
        *value = if *value >= threshold { 1.0 - *value } else { *value };
    }
}
