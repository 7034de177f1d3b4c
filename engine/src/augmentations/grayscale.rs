//! The loss of colour.

use super::device::SATURATION;
use super::{Augmentation, Entry, GRAY, HAPPENS, Launch, NOTHING, Params, Pixels, device};
use crate::random::RngExt as _;
use augsphere_spec::{Card, Knobs};
use burn::tensor::Tensor;
use rand_chacha::ChaCha8Rng;

pub(super) const ENTRY: Entry = Entry { card, make: |knobs| Box::new(Grayscale::new(knobs)) };

fn card() -> Card {
    Card::new("grayscale", "Grayscale", "Drops the colour of the view.", "Chen et al. 2020, arXiv:2002.05709").knobs([
        super::probability(0.2),
        super::strength(),
        super::order(6),
    ])
}

/// Replaces all three channels by the gray value. Params: `[1, ..]`.
pub struct Grayscale {
    probability: f32,
}

impl Grayscale {
    /// From the card's knobs. The strength scales the probability.
    pub fn new(knobs: &Knobs) -> Self {
        Self { probability: super::scaled_probability(knobs) }
    }

    /// As an operation on colours: without saturation every channel is the gray value.
    fn colours(draw: &Params) -> [f32; 8] {
        [SATURATION, -draw[0], 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    }
}

impl Augmentation for Grayscale {
    fn draw(&self, rng: &mut ChaCha8Rng, _side: usize) -> Params {
        if rng.chance(self.probability) { HAPPENS } else { NOTHING }
    }

    fn apply(&self, _draw: &Params, image: &mut Pixels) {
        let [red, green, blue] = image.planes_mut();
        for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
            let gray = GRAY[0] * *red + GRAY[1] * *green + GRAY[2] * *blue;
            (*red, *green, *blue) = (gray, gray, gray);
        }
    }

    fn apply_batch(&self, draws: &[Params], images: Tensor<4>) -> Tensor<4> {
        device::recolour(images, draws.iter().map(|draw| device::one(&Self::colours(draw))))
    }

    fn launch(&self, draw: &Params, _side: usize) -> Launch {
        Launch::Colours(Self::colours(draw))
    }

    fn variants(&self) -> Vec<Params> {
        if self.probability > 0.0 { vec![HAPPENS] } else { Vec::new() }
    }

    fn words(&self, draw: &Params) -> Option<String> {
        (draw[0] != 0.0).then(|| "gray".to_owned())
    }
}
