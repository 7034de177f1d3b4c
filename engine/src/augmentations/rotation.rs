//! The random rotation.

use super::device::{self, UNIT};
use super::{Augmentation, Entry, NOTHING, Params, Pixels};
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

/// Rotation about the centre to the nearest pixel, zero outside, same size. Params: `[degrees counter-clockwise, ..]`.
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

    /// The draw that turns by this many degrees counter-clockwise.
    pub fn by(degrees: f32) -> Params {
        let mut draw = NOTHING;
        draw[0] = degrees;
        draw
    }

    /// torchvision's inverse affine map: an output pixel at (x, y) from the centre is read at
    /// (x cos - y sin, x sin + y cos).
    fn numbers(draw: &Params) -> [f32; 8] {
        let (sine, cosine) = f64::from(draw[0]).to_radians().sin_cos();
        let [cosine, sine] = [cosine, sine].map(|value| (value * f64::from(UNIT)).round() as f32);
        [cosine, sine, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    }
}

impl Augmentation for Rotation {
    fn draw(&self, rng: &mut ChaCha8Rng, _side: usize) -> Params {
        if rng.chance(self.probability) { Self::by(rng.between(-self.degrees, self.degrees)) } else { NOTHING }
    }

    fn apply(&self, draw: &Params, image: &mut Pixels) {
        device::rearrange_image(&Self::numbers(draw), image);
    }

    fn apply_batch(&self, draws: &[Params], images: Tensor<4>) -> Tensor<4> {
        device::rearrange(images, draws.iter().map(Self::numbers))
    }

    fn words(&self, draw: &Params) -> Option<String> {
        (draw[0] != 0.0).then(|| format!("rotated {:+.0}°", draw[0]))
    }
}
