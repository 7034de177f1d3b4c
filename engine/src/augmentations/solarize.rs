//! Solarization: bright pixels turned dark.

use super::packed::Colours;
use super::{Augmentation, Entry, Launch, Operation, Params, Pixels, Recolour, device};
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

/// Solarize: `v >= threshold` becomes `1 - v`; with [`Params::Solarize`].
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

    /// As an operation on colours.
    fn operations(params: &Params) -> [Recolour; 4] {
        let mut operations = [Recolour::NONE; 4];
        if let Params::Solarize { threshold } = *params {
            // An amount of 0 is no operation, and every value lies above -1 as it lies above 0.
            let amount = if threshold > 0.0 { threshold } else { -1.0 };
            operations[0] = Recolour { operation: Operation::Solarize, amount };
        }
        operations
    }
}

impl Augmentation for Solarize {
    fn draw(&self, rng: &mut ChaCha8Rng, _side: usize) -> Params {
        if rng.chance(self.probability) { Params::Solarize { threshold: self.threshold } } else { Params::Nothing }
    }

    fn apply(&self, params: &Params, image: &mut Pixels) {
        if let Params::Solarize { threshold } = *params {
            invert_above(image, threshold);
        }
    }

    fn apply_batch(&self, params: &[Params], images: Tensor<4>) -> Tensor<4> {
        device::recolour(images, params.iter().map(|params| Colours::of(Self::operations(params))))
    }

    fn launch(&self, params: &Params, _side: usize) -> Launch {
        Launch::Colours(Self::operations(params))
    }

    fn variants(&self) -> Vec<Params> {
        if self.probability > 0.0 { vec![Params::Solarize { threshold: self.threshold }] } else { Vec::new() }
    }

    fn words(&self, params: &Params) -> Option<String> {
        matches!(params, Params::Solarize { .. }).then(|| "solarized".to_owned())
    }
}

/// Inverts every value that is not below `threshold`.
pub(super) fn invert_above(image: &mut Pixels, threshold: f32) {
    for value in image.values_mut() {
        *value = if *value >= threshold { 1.0 - *value } else { *value };
    }
}
