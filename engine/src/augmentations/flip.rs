//! The flip from left to right.

use super::{Augmentation, Entry, Launch, Params, Pixels, Window, device};
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

/// Horizontal flip, with [`Params::Flip`].
pub struct Flip {
    probability: f32,
}

impl Flip {
    /// From the card's knobs. The strength scales the probability.
    pub fn new(knobs: &Knobs) -> Self {
        Self { probability: super::scaled_probability(knobs) }
    }

    /// The whole image, mirrored or not.
    fn window(params: &Params, side: usize) -> Window {
        Window { mirrored: *params == Params::Flip, ..Window::whole(side) }
    }
}

impl Augmentation for Flip {
    fn draw(&self, rng: &mut ChaCha8Rng, _side: usize) -> Params {
        if rng.chance(self.probability) { Params::Flip } else { Params::Nothing }
    }

    fn apply(&self, params: &Params, image: &mut Pixels) {
        if *params == Params::Flip {
            image.mirror();
        }
    }

    fn apply_batch(&self, params: &[Params], images: Tensor<4>) -> Tensor<4> {
        let side = images.dims()[1];
        device::resample(images, params.iter().map(|params| Self::window(params, side)), false)
    }

    fn launch(&self, params: &Params, side: usize) -> Launch {
        Launch::Window(Self::window(params, side))
    }

    fn variants(&self) -> Vec<Params> {
        if self.probability > 0.0 { vec![Params::Flip] } else { Vec::new() }
    }

    fn words(&self, params: &Params) -> Option<String> {
        (*params == Params::Flip).then(|| "mirrored".to_owned())
    }
}
