//! Augmented distances, and the concentration of the views of a class: what it says of the error.
//!
//! The augmented distance, the main part of a class and Theorem 1 of Huang, Yi, Zhao and Jiang, "Towards the
//! Generalization of Contrastive Self-Supervised Learning" (ICLR 2023); METHODS.md section 3.

mod bounds;
mod bundle;
mod chosen;
mod clique;
mod curve;
mod device;
mod diagnostic;
mod distance;
mod distances;
mod fault;
mod graph;
mod host;
mod nearest;
mod sample;
mod symmetric;
pub mod theorem;

pub use augsphere_spec::Interval;
pub use bounds::{Matching, colouring, greedy, matching, neighbourhood};
pub use bundle::Bundle;
pub use chosen::{Chosen, choose};
pub use clique::{BUDGET, Clique, EXACT, certified, main_part, search};
pub use curve::{Sigma, by_views, delta, sigma, sigma_curve, thresholds, within_classes};
pub use diagnostic::{Diagnostic, Features, Quantity};
pub use distance::{LIMIT, Measuring, distances};
pub use distances::{Closest, Distances};
pub use fault::Unmeasured;
pub use graph::Graph;
pub use sample::{Sample, Side};
pub use symmetric::Symmetric;
