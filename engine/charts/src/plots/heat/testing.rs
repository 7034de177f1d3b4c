//! What the tests of plots of answers share.

use crate::plots::{Inputs, Linked, Plot, defaults};
use augsphere_spec::{Answer, AskId, Knobs, Part, Thumbnails};

/// Everything that a plot is drawn from but runs.
pub struct World {
    /// The answer.
    pub answer: Answer,
    /// The validation images: sides of 2 pixels, one for each label.
    pub images: Option<Thumbnails>,
    /// Their classes.
    pub labels: Vec<u8>,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// What is pointed at and chosen.
    pub linked: Linked,
    /// The knobs.
    pub knobs: Knobs,
}

impl World {
    /// An answer to a plot with its knobs as they are at first, of images of these classes.
    pub fn new(plot: &dyn Plot, parts: Result<Vec<Part>, String>, labels: &[u8]) -> Self {
        let pixels = labels.iter().flat_map(|label| [20 * label, 90, 200 - 20 * label, 255].repeat(4)).collect();
        Self {
            answer: Answer { id: AskId(0), run: None, step: 5, parts },
            images: Some(Thumbnails { side: 2, rgba: pixels }),
            labels: labels.to_vec(),
            classes: ["circle", "square", "triangle", "star", "cross"].map(str::to_owned).into(),
            linked: Linked::default(),
            knobs: defaults(plot),
        }
    }

    /// What the plot gets.
    pub fn inputs(&self) -> Inputs<'_> {
        Inputs {
            answer: Some(&self.answer),
            images: self.images.as_ref(),
            labels: &self.labels,
            classes: &self.classes,
            ..Inputs::nothing(&self.linked, &self.knobs)
        }
    }
}

/// The sizes at which every plot must be readable.
pub const SIZES: [(f64, f64); 3] = [(280.0, 185.0), (280.0, 300.0), (1200.0, 800.0)];
