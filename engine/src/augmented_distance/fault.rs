//! Faults of images whose distances are asked for.

use augsphere_spec::Fault;
use thiserror::Error;

/// Why there are no distances, or no concentration. Images and views count from 0.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum Unmeasured {
    /// No images at all.
    #[error("there are no images to compare")]
    NoImages,
    /// An image of no pixels.
    #[error("the views have no values")]
    NoValues,
    /// An image without a view.
    #[error("image {image} has no views, and at least one is needed")]
    NoViews {
        /// Which image.
        image: usize,
    },
    /// A pixel that is no number.
    #[error("view {view} of image {image} holds {value} where pixels from 0 to 1 are expected")]
    NotFinite {
        /// Which image.
        image: usize,
        /// Which of its views.
        view: usize,
        /// NaN or an infinity.
        value: f32,
    },
    /// The maker of views returned another amount of numbers.
    #[error("the views {from} to {to} should come as {expected} numbers, and {found} came")]
    WrongLength {
        /// First view, counted over all images.
        from: usize,
        /// One past the last.
        to: usize,
        /// Views times values.
        expected: usize,
        /// What came.
        found: usize,
    },
    /// A class without images.
    #[error("class {class} has no images, so it has no main part")]
    EmptyClass {
        /// Which class.
        class: usize,
    },
    /// A number outside of its range.
    #[error("{name} must be {expected}, found {found}")]
    Range {
        /// What it is.
        name: &'static str,
        /// Its range in words.
        expected: &'static str,
        /// What was given.
        found: f64,
    },
    /// The device failed.
    #[error("the device failed: {0}")]
    Device(String),
}

impl From<Unmeasured> for Fault {
    fn from(fault: Unmeasured) -> Self {
        let remedy = match &fault {
            Unmeasured::NoImages | Unmeasured::EmptyClass { .. } => "Choose at least one image of each class.",
            Unmeasured::NoViews { .. } => "Ask for at least one view: the first is the image itself.",
            Unmeasured::NotFinite { .. } => "Look for an augmentation or an image that gives such values.",
            Unmeasured::Range { .. } => "Choose a value within the range.",
            Unmeasured::Device(_) => "Choose the CPU as the device.",
            Unmeasured::NoValues | Unmeasured::WrongLength { .. } => "This is a mistake in the program: please report it.",
        };
        Self {
            what: fault.to_string(),
            location: "distance".into(),
            remedy: remedy.into(),
            recoverable: true,
            settings: Vec::new(),
        }
    }
}
