//! The laboratory: data, augmentations, encoders, methods, measures and the trainer, on burn.
//!
//! An experiment ([`augsphere_spec::Experiment`]) is plain data; a [`Laboratory`] runs it and answers with events.

pub mod augmentations;
mod catalogue;
pub mod datasets;
pub mod device;
pub mod encoders;
pub mod gradients;
