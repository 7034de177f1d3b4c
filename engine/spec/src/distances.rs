//! Questions about augmented distances, and their answers.
//!
//! The augmented distance of two images is the smallest pixel distance between a view of one and a view of the other (Huang et
//! al., arXiv:2111.00743, section 2). It depends on the data and the augmentations only, not on any encoder.

use crate::{Experiment, Thumbnails};
use serde::{Deserialize, Serialize};

/// Asks for the augmented distances between some training images.
///
/// Answered first with few views, then with as many as were asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DistanceQuestion {
    /// Comes back with the answer, so that an answer to an older question can be told apart.
    pub tag: u64,
    /// Whose data, seed and augmentations; the rest of it does not matter.
    pub experiment: Experiment,
    /// Classes to take images of, as numbers.
    pub classes: Vec<usize>,
    /// Images of each class.
    pub per_class: usize,
    /// Views of each image, the image itself included.
    pub views: usize,
    /// Which images and which random numbers.
    pub seed: u64,
    /// How often images and random numbers are drawn, at least once: the first draw is the one that is shown, the means of the others
    /// say how much a mean depends on the draw. The seeds of the others follow on `seed`, so two questions share their draws.
    pub draws: usize,
    /// The threshold of Theorem 1's diagnostic: the distance up to which two images count as close, in pixel values.
    pub delta: f64,
    /// The threshold of Theorem 1's diagnostic: how far apart the features of an image's views may be.
    pub epsilon: f64,
    /// What Theorem 1's diagnostic is of.
    pub theorem: TheoremCase,
}

/// What Theorem 1 of Huang et al. is asked of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TheoremCase {
    /// The features of the run's encoder, scaled to unit length: what the nearest neighbours vote by.
    #[default]
    Features,
    /// The embedding after the projector, scaled to unit length: what the loss sees.
    Embedding,
    /// No encoder of a run but a constructed one, on constructed images, for which the condition holds. Thresholds and views of the
    /// question do not matter to it.
    Constructed,
}

/// A number that is known to lie between two others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// At least this.
    pub lower: f64,
    /// At most this.
    pub upper: f64,
}

impl Interval {
    /// Whether the number is known.
    pub fn exact(&self) -> bool {
        self.lower == self.upper
    }
}

/// The share sigma of a class that is pairwise within delta of each other, for every delta of a grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SigmaCurve {
    /// The class as a number; nothing for the smallest of all classes, which is what Definition 1 asks for.
    pub class: Option<usize>,
    /// Sigma at each delta of [`DistanceAnswer::deltas`]; the ends differ where the largest clique was not found for sure.
    pub sigma: Vec<Interval>,
}

/// One quantity of Theorem 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    /// Its symbol: `rho_max`.
    pub symbol: String,
    /// Its value; not finite if it could not be had.
    pub value: f64,
    /// What it is and where it came from, one or two sentences.
    pub words: String,
}

/// Augmented distances between some images, and what follows from them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DistanceAnswer {
    /// As in the question.
    pub tag: u64,
    /// Views of each image so far, the image itself included.
    pub views: usize,
    /// Whether these are all views that were asked for.
    pub complete: bool,
    /// Which training image each image is, class by class.
    pub rows: Vec<usize>,
    /// The class of each image, as a number.
    pub classes: Vec<usize>,
    /// The views of every image, image by image, the image itself first.
    pub thumbnails: Thumbnails,
    /// What was done to each view, in the same order; empty for the image itself.
    pub words: Vec<String>,
    /// The augmented distances, `n * n` little-endian `f32`, row by row, in the unit of pixel values (a black and a white image of 32
    /// pixels are 55.4 apart).
    #[serde(with = "serde_bytes")]
    pub distances: Vec<u8>,
    /// The distances of the images themselves, without any view, in the same form.
    #[serde(with = "serde_bytes")]
    pub plain: Vec<u8>,
    /// For each of the `n * n` pairs the view of the first and the view of the second image that are closest, little-endian `u16` each.
    #[serde(with = "serde_bytes")]
    pub closest: Vec<u8>,
    /// The grid of thresholds, ascending.
    pub deltas: Vec<f64>,
    /// Sigma over that grid: of every class, then the smallest of all.
    pub curves: Vec<SigmaCurve>,
    /// Number of views, and with only so many of them: mean augmented distance within classes, and between classes (not finite with
    /// one class only). Both fall as views are added: with finitely many views distances are overestimated.
    pub by_views: Vec<(usize, f64, f64)>,
    /// Mean augmented distance within classes, and between classes (not finite where there are no such pairs), for each draw of images and
    /// random numbers, with all views; the first is that of the images above. Empty until the answer is complete.
    pub draws: Vec<(f64, f64)>,
    /// The quantities of Theorem 1 with what was asked for, the last one the verdict (1: not refuted); empty until the answer is complete,
    /// and without a run on these data where its encoder was asked for.
    pub theorem: Vec<Quantity>,
    /// Seconds that the answer took.
    pub seconds: f64,
}

/// One of the three experiments of Huang et al., section 5, or the one of Tao et al., table 2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StudyKind {
    /// Crop alone; with blur; with grayscale; with colour jitter; with flips: ever more augmentations.
    #[default]
    Richness,
    /// Crop and colour jitter of strength 1, 1/2, 1/4 and 1/8.
    Strength,
    /// Every two of the five.
    Pairs,
    /// Target branches of three families: stop-gradient, a momentum encoder, one for the positive only.
    Targets,
}

/// Asks for an experiment in small: for each of its policies the concentration is computed and an encoder trained for a while. Of target
/// branches there is no concentration: all have the same augmentations.
///
/// Answered row by row. Another question, or one without steps, ends it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyQuestion {
    /// Comes back with the rows.
    pub tag: u64,
    /// What is trained, with each policy in turn in place of its own augmentations.
    pub experiment: Experiment,
    /// Which experiment.
    pub kind: StudyKind,
    /// Training steps for each policy and seed; 0 ends a study.
    pub steps: u64,
    /// Seeds of each policy, 1 to 20: the experiment's own and those that follow it. A seed gives every policy the same start and the
    /// same batches; the images stay those of the experiment.
    pub seeds: usize,
    /// Classes for the concentration, as numbers.
    pub classes: Vec<usize>,
    /// Images of each class for the concentration.
    pub per_class: usize,
    /// Views of each image.
    pub views: usize,
}

/// One policy of a study.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StudyRow {
    /// As in the question.
    pub tag: u64,
    /// Which of the study's policies, from 0.
    pub index: usize,
    /// How many policies the study has.
    pub total: usize,
    /// The policy in letters: `(a, d)`.
    pub letters: String,
    /// The policy in words.
    pub words: String,
    /// `1 - sigma`, the smallest sigma over the classes, at each threshold of `deltas`.
    pub spread: Vec<Interval>,
    /// The thresholds: the same for all policies of a study.
    pub deltas: Vec<f64>,
    /// Seeds that were asked for.
    pub seeds: usize,
    /// Share of validation images that the weighted kNN gets wrong after training, 0 to 1, for each seed that is done.
    pub errors: Vec<f64>,
    /// The same before training, for each seed that has begun.
    pub untrained: Vec<f64>,
    /// Validation images: what the standard error of the two shares follows from.
    pub images: usize,
    /// Training steps taken so far with the newest seed.
    pub step: u64,
}
