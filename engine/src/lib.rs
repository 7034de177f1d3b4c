//! The engine: data, augmentations, encoders, methods, measures and the trainer, on burn.
//!
//! An experiment ([`augsphere_spec::Experiment`]) is plain data; a [`Session`] runs it and answers with events.

pub mod augmentations;
pub mod augmented_distance;
pub mod bench;
mod catalogue;
pub mod concentration;
pub mod datasets;
pub mod device;
pub mod eigen;
pub mod encoders;
pub mod gradients;
pub mod heads;
pub mod losses;
pub mod memory;
pub mod methods;
pub mod metrics;
pub mod nn;
pub mod optimisers;
pub mod pace;
pub mod pictures;
pub mod projection;
pub mod random;
pub mod readback;
mod session;
pub mod state;
pub mod toy;
pub mod trainer;

pub use catalogue::catalogue;
pub use session::Session;

/// Waits for a future on this thread; only where threads may wait.
#[cfg(not(target_family = "wasm"))]
pub fn block_on<F: Future>(future: F) -> F::Output {
    pollster::block_on(future)
}
