//! The loss of colour.

use super::packed::Colours;
use super::{Augmentation, Entry, GRAY, Launch, Operation, Params, Pixels, Recolour, device};
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

/// Replaces all three channels by the gray value, with [`Params::Grayscale`].
pub struct Grayscale {
    probability: f32,
}

impl Grayscale {
    /// From the card's knobs. The strength scales the probability.
    pub fn new(knobs: &Knobs) -> Self {
        Self { probability: super::scaled_probability(knobs) }
    }

    /// As an operation on colours: without saturation every channel is the gray value.
    fn operations(params: &Params) -> [Recolour; 4] {
        let amount = if *params == Params::Grayscale { -1.0 } else { 0.0 };
        [Recolour { operation: Operation::Saturation, amount }, Recolour::NONE, Recolour::NONE, Recolour::NONE]
    }
}

impl Augmentation for Grayscale {
    fn draw(&self, rng: &mut ChaCha8Rng, _side: usize) -> Params {
        if rng.chance(self.probability) { Params::Grayscale } else { Params::Nothing }
    }

    fn apply(&self, params: &Params, image: &mut Pixels) {
        if *params != Params::Grayscale {
            return;
        }
        let [red, green, blue] = image.planes_mut();
        for ((red, green), blue) in red.iter_mut().zip(green).zip(blue) {
            let gray = GRAY[0] * *red + GRAY[1] * *green + GRAY[2] * *blue;
            (*red, *green, *blue) = (gray, gray, gray);
        }
    }

    fn apply_batch(&self, params: &[Params], images: Tensor<4>) -> Tensor<4> {
        device::recolour(images, params.iter().map(|params| Colours::of(Self::operations(params))))
    }

    fn launch(&self, params: &Params, _side: usize) -> Launch {
        Launch::Colours(Self::operations(params))
    }

    fn variants(&self) -> Vec<Params> {
        if self.probability > 0.0 { vec![Params::Grayscale] } else { Vec::new() }
    }

    fn words(&self, params: &Params) -> Option<String> {
        (*params == Params::Grayscale).then(|| "gray".to_owned())
    }
}
