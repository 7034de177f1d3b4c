//! Gaussian noise.

use super::{Augmentation, Entry, Params, Pixels};
use crate::random::RngExt as _;
use augsphere_spec::{Card, Knob, Knobs};
use burn::tensor::{Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub(super) const ENTRY: Entry = Entry { card, make: |knobs| Box::new(Noise::new(knobs)) };

fn card() -> Card {
    Card::new("noise", "Gaussian noise", "Adds an independent normal number to every value.", "").knobs([
        super::probability(0.0),
        super::strength(),
        Knob::float("deviation", "Deviation", 0.05, 0.0, 1.0, "The standard deviation of the noise, where 1 is white.").live(),
        super::order(9),
    ])
}

/// Additive Gaussian noise, the result clamped; with [`Params::Noise`].
pub struct Noise {
    probability: f32,
    deviation: f32,
}

impl Noise {
    /// From the card's knobs.
    pub fn new(knobs: &Knobs) -> Self {
        let deviation = (knobs.float("deviation") * knobs.float("strength")) as f32;
        Self { probability: super::apply_probability(knobs), deviation }
    }
}

/// The noise of a view, if it has any: a value a place, the same on every platform.
fn grain(params: &Params) -> Option<impl Iterator<Item = f32>> {
    let Params::Noise { deviation, seed } = *params else { return None };
    let mut key = [0; 32];
    let words = [u64::from(seed[0]), u64::from(seed[1]), 0, u64::from_le_bytes(*b"aug-grai")];
    for (bytes, word) in key.chunks_exact_mut(8).zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    let mut rng = ChaCha8Rng::from_seed(key);
    Some(std::iter::repeat_with(move || deviation * rng.normal()))
}

impl Augmentation for Noise {
    fn draw(&self, rng: &mut ChaCha8Rng, _side: usize) -> Params {
        if self.deviation > 0.0 && rng.chance(self.probability) {
            let seed = [(); 2].map(|()| rng.next_u32() >> 8);
            Params::Noise { deviation: self.deviation, seed }
        } else {
            Params::Nothing
        }
    }

    fn apply(&self, params: &Params, image: &mut Pixels) {
        let Some(grain) = grain(params) else { return };
        for (value, grain) in image.values_mut().iter_mut().zip(grain) {
            *value = (*value + grain).clamp(0.0, 1.0);
        }
    }

    fn apply_batch(&self, params: &[Params], images: Tensor<4>) -> Tensor<4> {
        let shape = images.dims();
        let area = shape[1] * shape[2];
        let mut values = vec![0.0; shape.iter().product()];
        for (image, params) in values.chunks_exact_mut(3 * area).zip(params) {
            let Some(grain) = grain(params) else { continue };
            // Plane after plane, as on the host.
            for (at, grain) in (0..3 * area).zip(grain) {
                image[at % area * 3 + at / area] = grain;
            }
        }
        let grain = Tensor::from_data(TensorData::new(values, shape), &images.device());
        (images + grain).clamp(0.0, 1.0)
    }

    fn words(&self, params: &Params) -> Option<String> {
        match params {
            Params::Noise { deviation, .. } => Some(format!("noise {deviation:.2}")),
            _ => None,
        }
    }
}
