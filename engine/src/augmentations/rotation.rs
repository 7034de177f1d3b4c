//! The random rotation.

use super::packed::{Places, UNIT};
use super::{Augmentation, Entry, Params, Pixels, device};
use crate::random::RngExt as _;
use augsphere_spec::{Card, Knob, Knobs};
use burn::tensor::Tensor;
use rand_chacha::ChaCha8Rng;

pub(super) const ENTRY: Entry = Entry { card, make: |knobs| Box::new(Rotation::new(knobs)) };

fn card() -> Card {
    Card::new(
        "rotation",
        "Rotation",
        "Turns the view about its centre; corners that come from outside are black.",
        "Gidaris et al. 2018, arXiv:1803.07728",
    )
    .knobs([
        super::probability(0.0),
        super::strength(),
        Knob::float("degrees", "Largest angle", 90.0, 0.0, 180.0, "The view is turned by up to this many degrees either way.")
            .live(),
        super::order(3),
    ])
}

/// Rotation about the centre to the nearest pixel, zero outside, same size; with [`Params::Rotation`].
pub struct Rotation {
    probability: f32,
    degrees: f32,
}

impl Rotation {
    /// From the card's knobs.
    pub fn new(knobs: &Knobs) -> Self {
        let degrees = (knobs.float("degrees") * knobs.float("strength")).min(180.0);
        Self { probability: super::apply_probability(knobs), degrees: degrees as f32 }
    }

    /// torchvision's inverse affine map: an output pixel at (x, y) from the centre is read at
    /// (x cos - y sin, x sin + y cos).
    fn places(params: &Params) -> Places {
        let Params::Rotation { degrees } = *params else { return Places::SAME };
        let (sine, cosine) = f64::from(degrees).to_radians().sin_cos();
        let [cosine, sine] = [cosine, sine].map(|value| (value * f64::from(UNIT)).round() as i32);
        Places { cosine, sine, ..Places::SAME }
    }
}

impl Augmentation for Rotation {
    fn draw(&self, rng: &mut ChaCha8Rng, _side: usize) -> Params {
        if self.degrees > 0.0 && rng.chance(self.probability) {
            Params::Rotation { degrees: rng.between(-self.degrees, self.degrees) }
        } else {
            Params::Nothing
        }
    }

    fn apply(&self, params: &Params, image: &mut Pixels) {
        if matches!(params, Params::Rotation { .. }) {
            device::rearrange_image(Self::places(params), image);
        }
    }

    fn apply_batch(&self, params: &[Params], images: Tensor<4>) -> Tensor<4> {
        device::rearrange(images, params.iter().map(Self::places))
    }

    fn words(&self, params: &Params) -> Option<String> {
        match params {
            Params::Rotation { degrees } if *degrees != 0.0 => Some(format!("rotated {degrees:+.0}°")),
            _ => None,
        }
    }
}
