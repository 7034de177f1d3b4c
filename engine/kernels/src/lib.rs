//! Fast CPU kernels: convolution with batch normalisation and ReLU, forwards and backwards, and products of rows.
//!
//! Activations are NHWC, contiguous, f32; weights are `[out, in, k, k]` as PyTorch keeps them and are repacked on every
//! call, which costs little beside the convolution. An image is copied once into a small zero-padded scratch. From there the
//! direct convolution accumulates tiles of output pixels by output channels in vector registers, so nothing like an im2col
//! matrix ever reaches memory. Wide layers of 3x3 filters and stride 1 take fewer products instead, by Winograd's minimal
//! filtering, in about half the time; see [`Way`]. The instruction set is chosen when the program runs.
//!
//! Results do not depend on the number of threads: the batch is cut into chunks by its shape alone, and what is summed
//! over chunks is summed in their order.

mod backward;
pub mod buffers;
mod convolve;
mod correlate;
pub mod flat;
mod forward;
mod geometry;
mod norm;
mod pack;
pub mod parallel;
mod products;
pub mod rows;
mod scratch;
mod shape;
mod simd;
mod tally;
mod way;
mod winograd;

pub use backward::{Gradients, Saved, conv_norm_backward, conv_norm_backward_by};
pub use forward::{Normalised, Operands, conv_norm_eval, conv_norm_train, conv_norm_train_by};
pub use products::{ROW, products, squared_gap, squared_gap_short};
pub use shape::ConvShape;
pub use way::Way;
