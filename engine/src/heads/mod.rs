//! The heads between the features and the loss: the projector, and for some methods a predictor after it.

mod direct;
mod eigenspaces;
mod mlp;
pub mod predictor;
pub mod projector;

pub use direct::Direct;
pub use eigenspaces::eigenspace_alignment;
pub use mlp::{Mlp, MlpShape};
pub use predictor::Predictor;
pub use projector::Projector;
