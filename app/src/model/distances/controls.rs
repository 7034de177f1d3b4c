//! What is set in the card of augmented distances.

use super::sigma::PinnedCurve;
use augsphere_spec::TheoremCase;

/// What is set in the card of augmented distances.
#[derive(Clone, Debug, PartialEq)]
pub struct DistanceControls {
    /// Whether anybody looks.
    pub open: bool,
    /// Classes that images are taken of.
    pub classes: Vec<usize>,
    /// Images of each class.
    pub per_class: usize,
    /// Views of each image.
    pub views: usize,
    /// Which images and which random numbers.
    pub draw: u64,
    /// The threshold; nothing until an answer says which one is worth looking at.
    pub delta: Option<f64>,
    /// How far apart the features of an image's views may be.
    pub epsilon: f64,
    /// What Theorem 1 is asked of.
    pub theorem: TheoremCase,
    /// The pair of images that was chosen.
    pub pair: Option<(usize, usize)>,
    /// Curves kept for comparison.
    pub kept: Vec<PinnedCurve>,
}

impl Default for DistanceControls {
    fn default() -> Self {
        Self {
            open: false,
            classes: vec![0, 1],
            per_class: 12,
            views: 16,
            draw: 0,
            delta: None,
            epsilon: 0.5,
            theorem: TheoremCase::default(),
            pair: None,
            kept: Vec::new(),
        }
    }
}
