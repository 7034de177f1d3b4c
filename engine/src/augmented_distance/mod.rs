//! Augmented distances: how far apart two images are when each may be replaced by the view of it that comes closest.
//!
//! Huang, Yi, Zhao and Jiang, "Towards the Generalization of Contrastive Self-Supervised Learning" (ICLR 2023), section 2;
//! METHODS.md section 3.1.

mod device;
mod distances;
mod fault;
mod host;
mod job;
mod layout;
mod matrix;
mod nearest;
mod sample;
mod subset;

pub use distances::{Closest, Distances};
pub use fault::Unmeasured;
pub use job::{DistanceJob, LIMIT, distances};
pub use layout::ViewLayout;
pub use matrix::DistanceMatrix;
pub use sample::{Sample, Side};
pub use subset::{Subset, choose, choose_among};
