//! The laboratory: data, augmentations, encoders, methods, measures and the trainer, on burn.

pub mod augmentations;
pub mod datasets;
pub mod encoders;
pub mod nn;
pub mod random;
