//! The augmentations of a batch on a GPU.
//!
//! One pixel (or a few values) an invocation. No kernel waits at a barrier: adapters that compute on the CPU pay dearly for
//! those.

mod blur;
mod bytes;
mod colours;
mod geometry;

pub(super) use blur::blur;
pub(super) use bytes::{normalise, unpack};
pub(super) use colours::recolour;
pub(super) use geometry::{rearrange, resample};

use burn_cubecl::cubecl;
use cubecl::prelude::*;

#[cube]
fn unit_range(value: f32) -> f32 {
    min(max(value, 0.0f32), 1.0f32)
}
