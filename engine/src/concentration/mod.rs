//! The concentration of a class: the share of it that lies within a distance of itself, and what Theorem 1 makes of that.
//!
//! The threshold graph, its largest clique (the main part), sigma over delta, and the theorem of Huang, Yi, Zhao and Jiang, "Towards the
//! Generalization of Contrastive Self-Supervised Learning" (ICLR 2023); METHODS.md section 3.

mod bounds;
mod clique;
mod constructed;
mod curve;
mod diagnostic;
mod encoder;
mod graph;
mod pairs;
mod quantities;
pub mod theorem;

pub use augsphere_spec::Interval;
pub use bounds::{Matching, colouring, greedy, matching, neighbourhood};
pub use clique::{BUDGET, Clique, EXACT, certified, main_part, search};
pub use constructed::constructed;
pub use curve::{Sigma, by_views, delta, even_thresholds, sigma, sigma_curve, thresholds, within_classes};
pub use diagnostic::{Diagnostic, Features, Quantity, Transforms};
pub(crate) use encoder::{Questioned, diagnose};
pub use graph::Graph;
pub use pairs::{PairShares, pair_shares};
