//! What are encoders and projectors made of?

mod conv_norm;
#[cfg(feature = "gpu")]
pub(crate) mod gpu;
mod layers;
mod parameters;

pub use conv_norm::{ConvNormKernel, EPSILON, Geometry, conv_norm, conv_norm_fixed};
pub use layers::{ConvNorm, ConvSize, Cost, Linear, Mode};
pub use parameters::{Init, Layout, NormSlot, Observed, Slot, SlotId, Statistics, Weights, upload};
