//! Does the view lose its colour?

use super::{Augmentation, Draw, Entry, GRAY, NOTHING, Pixels, device};
use crate::random::Draw as _;
use augsphere_spec::{Card, Knobs};
use burn::tensor::Tensor;
use rand_chacha::ChaCha8Rng;

pub(super) const ENTRY: Entry = Entry { card, make: |knobs| Box::new(Grayscale::new(knobs)) };

fn card() -> Card {
    Card::new("grayscale", "Grayscale", "Drops the colour of the view.", "Chen et al. 2020, arXiv:2002.05709")
        .knobs([super::probability(0.2)])
}

/// Replaces all three channels by the gray value. Draw: `[1, ..]`.
pub struct Grayscale {
    probability: f32,
}

impl Grayscale {
    /// From the card's knobs.
    pub fn new(knobs: &Knobs) -> Self {
        Self { probability: knobs.float("probability") as f32 }
    }
}

impl Augmentation for Grayscale {
    fn draw(&self, rng: &mut ChaCha8Rng, _side: usize) -> Draw {
        let mut draw = NOTHING;
        draw[0] = f32::from(u8::from(rng.chance(self.probability)));
        draw
    }

    fn apply(&self, _draw: &Draw, image: &mut Pixels) {
        let [red, green, blue] = image.planes_mut();
        for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
            let gray = GRAY[0] * *red + GRAY[1] * *green + GRAY[2] * *blue;
            (*red, *green, *blue) = (gray, gray, gray);
        }
    }

    fn apply_batch(&self, draws: &[Draw], images: Tensor<4>) -> Tensor<4> {
        // Without saturation every channel is the gray value.
        device::recolour(images, draws.iter().map(|draw| [2.0, -draw[0], 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]))
    }

    fn words(&self, draw: &Draw) -> Option<String> {
        (draw[0] != 0.0).then(|| "gray".to_owned())
    }
}
