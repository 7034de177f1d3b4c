//! Which random changes turn an image into a view of it?
//!
//! Each augmentation is one file and one line in [`LIST`]: a card for people, the random numbers it draws, what it
//! does to one image on the host (the reference), and the same for a batch on the device. Values follow torchvision's
//! float semantics: pixels in [0, 1], colour operations clamped, normalisation last (by [`Policy`]).

mod blur;
mod crop;
mod device;
mod flip;
#[cfg(feature = "gpu")]
mod gpu;
mod grayscale;
mod hue;
mod jitter;
mod pair;
mod pixels;
mod policy;
mod recipes;

pub use blur::Blur;
pub use crop::Crop;
pub use flip::Flip;
pub use grayscale::Grayscale;
pub use jitter::Jitter;
pub use pair::Pair;
pub use pixels::{GRAY, Pixels};
pub use policy::Policy;
pub use recipes::recipes;

use augsphere_spec::{Card, Knob, Knobs};
use burn::tensor::Tensor;
use rand_chacha::ChaCha8Rng;

/// The random numbers of one augmentation for one view; each augmentation says what its eight places mean.
pub type Draw = [f32; 8];

/// The draw of an augmentation that does not apply.
pub const NOTHING: Draw = [0.0; 8];

/// A random change of an image.
///
/// Drawing and applying are separate, so that a view can be made again, described in words, or made elsewhere.
pub trait Augmentation: Send + Sync {
    /// The random numbers for one view of an image of `side` pixels; [`NOTHING`] if it does not apply to this view.
    fn draw(&self, rng: &mut ChaCha8Rng, side: usize) -> Draw;

    /// Changes one image on the host. Never called with [`NOTHING`].
    fn apply(&self, draw: &Draw, image: &mut Pixels);

    /// Changes `images` (`[B, side, side, 3]`, 0 to 1) on their device, one draw an image.
    /// Images whose draw is [`NOTHING`] stay as they are.
    fn apply_batch(&self, draws: &[Draw], images: Tensor<4>) -> Tensor<4>;

    /// What it did, for people: `crop 62 %, aspect 1.10`. `None` if nothing can be seen of it.
    fn words(&self, draw: &Draw) -> Option<String>;
}

/// One line of [`LIST`].
struct Entry {
    card: fn() -> Card,
    make: fn(&Knobs) -> Box<dyn Augmentation>,
}

/// All augmentations, in the order in which they are applied.
const LIST: &[Entry] = &[crop::ENTRY, flip::ENTRY, jitter::ENTRY, grayscale::ENTRY, blur::ENTRY];

/// What can be chosen, in the order in which it is applied.
pub fn cards() -> Vec<Card> {
    LIST.iter().map(|entry| (entry.card)()).collect()
}

/// The knob that every augmentation has: how often it applies.
fn probability(default: f64) -> Knob {
    Knob::float("probability", "Probability", default, 0.0, 1.0, "How often a view is changed by this.").live()
}
