//! The augmentations: random changes that turn an image into a view of it.
//!
//! Each augmentation is one file and one line in [`LIST`]: a card for people, the random numbers it draws, what it
//! does to one image on the host (the reference), and the same for a batch on the device. Values follow torchvision's
//! float semantics: pixels in [0, 1], colour operations clamped, normalisation last (by [`Policy`]).

mod blur;
mod crop;
mod cutout;
mod device;
mod flip;
#[cfg(feature = "gpu")]
mod gpu;
mod grayscale;
mod hue;
mod jitter;
mod joined;
mod noise;
mod packed;
mod pair;
mod params;
mod pixels;
mod policy;
mod recipes;
pub mod resize;
mod rotation;
mod shift;
mod solarize;

pub use blur::Blur;
pub use crop::Crop;
pub use cutout::Cutout;
pub use device::{Launch, unpack};
pub use flip::Flip;
pub use grayscale::Grayscale;
pub use jitter::Jitter;
pub use noise::Noise;
pub use packed::{Operation, Recolour, Window};
pub use pair::Pair;
pub use params::Params;
pub use pixels::{GRAY, Pixels};
pub use policy::Policy;
pub use recipes::{recipe_choices, recipes};
pub use rotation::Rotation;
pub use shift::Shift;
pub use solarize::Solarize;

use augsphere_spec::{Card, Knob, Knobs};
use burn::tensor::Tensor;
use rand_chacha::ChaCha8Rng;

/// A random change of an image.
///
/// Drawing and applying are separate, so that a view can be made again, described in words, or made elsewhere. Each
/// augmentation draws a variant of [`Params`] of its own, and takes those of others for [`Params::Nothing`].
pub trait Augmentation: Send + Sync {
    /// The random numbers for one view of an image of `side` pixels; [`Params::Nothing`] if it does not apply to this view.
    fn draw(&self, rng: &mut ChaCha8Rng, side: usize) -> Params;

    /// Changes one image on the host; [`Params::Nothing`] leaves it as it is.
    fn apply(&self, params: &Params, image: &mut Pixels);

    /// Changes `images` (`[B, side, side, 3]`, 0 to 1) on their device: image `i` by `params[i]`, as on the host.
    fn apply_batch(&self, params: &[Params], images: Tensor<4>) -> Tensor<4>;

    /// What one image of `side` pixels needs of a launch that several augmentations can share. The kind of the answer never
    /// depends on `params`, and for [`Params::Nothing`] it leaves the image as it is.
    fn launch(&self, _params: &Params, _side: usize) -> Launch {
        Launch::Own
    }

    /// The parameters that change an image in a way without a random number to it (mirrored, gray), so that all such views
    /// can be listed; those that never happen are left out.
    fn variants(&self) -> Vec<Params> {
        Vec::new()
    }

    /// What it did, for people: `crop 62 %, aspect 1.10`. `None` if nothing can be seen of it.
    fn words(&self, params: &Params) -> Option<String>;
}

/// One line of [`LIST`].
struct Entry {
    card: fn() -> Card,
    make: fn(&Knobs) -> Box<dyn Augmentation>,
}

/// All augmentations. The index in the list is the number of an augmentation's random stream: new ones go last.
const LIST: &[Entry] = &[
    crop::ENTRY,
    flip::ENTRY,
    jitter::ENTRY,
    grayscale::ENTRY,
    blur::ENTRY,
    solarize::ENTRY,
    rotation::ENTRY,
    cutout::ENTRY,
    shift::ENTRY,
    noise::ENTRY,
];

/// What can be chosen. The order in which it is applied is that of the `order` knobs.
pub fn cards() -> Vec<Card> {
    LIST.iter().map(|entry| (entry.card)()).collect()
}

/// The knob that every augmentation has: how often it applies.
fn probability(default: f64) -> Knob {
    Knob::float("probability", "Probability", default, 0.0, 1.0, "How often a view is changed by this.").live()
}

/// The knob that every augmentation has: one number that scales it as its paper does.
fn strength() -> Knob {
    let help = "Scales this augmentation as a whole: 0 changes nothing, 1 is what the other knobs say.";
    Knob::float("strength", "Strength", 1.0, 0.0, 2.0, help).live()
}

/// The knob that every augmentation has: when it applies.
fn order(default: i64) -> Knob {
    let help = "Augmentations apply in ascending order; equal ones as they are listed.";
    Knob::int("order", "Order", default, 1, 20, help).live().formerly("place")
}

/// How often an augmentation applies whose strength moves its numbers: never at strength 0.
fn apply_probability(knobs: &Knobs) -> f32 {
    if knobs.float("strength") > 0.0 { knobs.float("probability") as f32 } else { 0.0 }
}

/// How often an augmentation applies that has no numbers: the strength scales its probability.
fn scaled_probability(knobs: &Knobs) -> f32 {
    (knobs.float("probability") * knobs.float("strength")).min(1.0) as f32
}
