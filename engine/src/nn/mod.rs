//! The parts of encoders and heads: layers, weights, and the fused operation behind them.

mod conv_norm;
#[cfg(feature = "gpu")]
pub(crate) mod gpu;
mod layers;
mod parameters;

pub use conv_norm::{ConvNormKernel, EPSILON, Geometry, conv_norm, conv_norm_fixed};
pub use layers::{ConvNorm, ConvSize, Cost, Linear, Mode};
pub use parameters::{Init, Layout, NormSlot, Observed, Slot, SlotId, Statistics, Weights, upload};
