//! The flip from left to right.

use super::{Augmentation, Entry, HAPPENS, Launch, NOTHING, Params, Pixels, device};
use crate::random::RngExt as _;
use augsphere_spec::{Card, Knobs};
use burn::tensor::Tensor;
use rand_chacha::ChaCha8Rng;

pub(super) const ENTRY: Entry = Entry { card, make: |knobs| Box::new(Flip::new(knobs)) };

fn card() -> Card {
    Card::new("flip", "Horizontal flip", "Mirrors the view left to right.", "Chen et al. 2020, arXiv:2002.05709").knobs([
        super::probability(0.5),
        super::strength(),
        super::order(4),
    ])
}

/// Horizontal flip. Params: `[1, ..]`.
pub struct Flip {
    probability: f32,
}

impl Flip {
    /// From the card's knobs. The strength scales the probability.
    pub fn new(knobs: &Knobs) -> Self {
        Self { probability: super::scaled_probability(knobs) }
    }
}

impl Augmentation for Flip {
    fn draw(&self, rng: &mut ChaCha8Rng, _side: usize) -> Params {
        if rng.chance(self.probability) { HAPPENS } else { NOTHING }
    }

    fn apply(&self, _draw: &Params, image: &mut Pixels) {
        image.mirror();
    }

    fn apply_batch(&self, draws: &[Params], images: Tensor<4>) -> Tensor<4> {
        let side = images.dims()[1] as f32;
        device::resample(images, draws.iter().map(|draw| [0.0, 0.0, side, side, draw[0], 0.0, 0.0, 0.0]), false)
    }

    fn launch(&self, draw: &Params, side: usize) -> Launch {
        Launch::Window([0.0, 0.0, side as f32, side as f32, draw[0], 0.0, 0.0, 0.0])
    }

    fn variants(&self) -> Vec<Params> {
        if self.probability > 0.0 { vec![HAPPENS] } else { Vec::new() }
    }

    fn words(&self, draw: &Params) -> Option<String> {
        (draw[0] != 0.0).then(|| "mirrored".to_owned())
    }
}
