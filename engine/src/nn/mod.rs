//! The parts of encoders and heads: layers, weights, and the fused operation behind them.

mod conv_norm;
mod flat;
#[cfg(feature = "gpu")]
pub(crate) mod gpu;
mod largest;
mod layers;
mod on_cpu;
mod parameters;
mod product;
mod rows;

pub use conv_norm::{ConvNormKernel, EPSILON, Geometry, conv_norm, conv_norm_fixed};
pub use flat::{AdamStep, SgdStep, adam, blend, joined, length, sgd};
#[cfg(feature = "gpu")]
pub use gpu::tiled::{Tiles, set_tiles};
pub use largest::largest;
pub use layers::{ConvNorm, ConvSize, Cost, Linear, Mode};
pub use parameters::{Init, Layout, NormSlot, Observed, Slot, SlotId, Statistics, Weights, upload};
pub use product::{linear, product};
pub use rows::{Candidates, RowKernels, add_relu, mean_log_sum_exp, mean_positions, mean_product, paired_products, unit_rows};
