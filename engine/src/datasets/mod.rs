//! The data sets: images to learn from, and what is known about them.
//!
//! A data set is one file here (with its `mod`) and one line in [`SOURCES`]: its [`Card`] says what can be turned, its loader makes
//! a [`Dataset`] from the knobs, the seed and the archives that were dropped on the page.

mod archive;
mod cifar;
mod dropped_archives;
mod fault;
mod images;
mod normalise;
mod shapes;

pub(crate) use dropped_archives::Offered;
pub use dropped_archives::{DroppedArchives, OfferedFile};
pub use fault::DataError;
pub use images::Images;
pub(crate) use images::colours;

use crate::pace::{Pace, at_once};
use augsphere_spec::{Card, Choice, ClassTable, DatasetReport, Knobs};
use std::pin::Pin;

/// Every data set, in the order of the menu; the first is the default.
const SOURCES: &[Source] = &[shapes::SOURCE, cifar::CIFAR10, cifar::CIFAR100];

/// One data set: how it is described and how it is made.
struct Source {
    /// Its card, to which [`normalise::knob`] is added; the card's name is the data set's kind.
    card: fn() -> Card,
    /// Makes the images. All of the card's knobs are set and within their bounds.
    load: for<'a> fn(&'a Knobs, u64, &'a DroppedArchives, &'a Pace) -> Loading<'a>,
}

/// A data set on its way.
type Loading<'a> = Pin<Box<dyn Future<Output = Result<Dataset, DataError>> + 'a>>;

/// How the values of a [`Factor`] are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// On a line.
    Linear,
    /// On a circle of circumference 1: 0 and 1 are the same (a hue, in turns).
    Circular,
    /// This many categories, numbered from 0.
    Categories(usize),
}

/// Something that was varied and is not the class: what a probe may look for.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// Its name: `foreground hue`.
    pub name: String,
    /// How its values are to be read.
    pub scale: Scale,
    /// One value for each training image.
    pub train: Vec<f32>,
    /// One value for each validation image.
    pub validation: Vec<f32>,
    /// One value for each test image.
    pub test: Vec<f32>,
}

/// A data set, loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Its kind: `shapes`, `cifar10`, `cifar100`.
    pub kind: String,
    /// Its name for people.
    pub title: String,
    /// The names of the classes; labels are indices into them.
    pub classes: Vec<String>,
    /// What is trained on.
    pub train: Images,
    /// What is looked at while one chooses: every measure on the way.
    pub validation: Images,
    /// What is held out until the end: the last numbers of a run.
    pub test: Images,
    /// The mean by which each channel is normalised, with pixels in 0..=1: over the training images, unless `data.normalise` says another.
    pub mean: [f32; 3],
    /// The standard deviation by which each channel is divided, as the mean; at least 1/255, so that one may divide by it.
    pub deviation: [f32; 3],
    /// The known factors, if there are any.
    pub factors: Vec<Factor>,
}

impl Dataset {
    /// Puts the parts together and measures the training images.
    fn new(kind: &str, title: &str, classes: Vec<String>, splits: Splits) -> Self {
        let Splits { train, validation, test } = splits;
        let (mean, deviation) = train.statistics();
        Self { kind: kind.into(), title: title.into(), classes, train, validation, test, mean, deviation, factors: Vec::new() }
    }

    /// How many images there are in all.
    pub fn len(&self) -> usize {
        self.train.len() + self.validation.len() + self.test.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What to tell the page about it.
    pub fn report(&self) -> DatasetReport {
        DatasetReport {
            kind: self.kind.clone(),
            title: title(&self.title, self.train.len(), self.validation.len(), self.test.len()),
            classes: ClassTable { names: self.classes.clone() },
            train: self.train.len(),
            validation: self.validation.len(),
            test: self.test.len(),
            side: self.train.side,
        }
    }
}

/// The images of a data set by what they are for. None is in two of them.
struct Splits {
    train: Images,
    validation: Images,
    test: Images,
}

/// A name with the counts.
fn title(name: &str, train: usize, validation: usize, test: usize) -> String {
    format!("{name}: {train} training, {validation} validation and {test} test images")
}

/// The cards of all data sets.
pub fn cards() -> Vec<Card> {
    SOURCES.iter().map(|source| (source.card)().knobs([normalise::knob()])).collect()
}

/// Whether a data set is read from files rather than drawn.
pub(crate) fn is_read(choice: &Choice) -> bool {
    choice.kind != shapes::KIND
}

/// Makes or reads the chosen data set. `seed` decides what the engine draws itself, and which images of an archive are set aside for
/// validation.
///
/// # Errors
/// A [`DataError`] that says what was expected and what was found.
pub fn load(choice: &Choice, seed: u64, kept: &DroppedArchives) -> Result<Dataset, DataError> {
    at_once(load_in_pieces(choice, seed, kept, &Pace::default()))
}

/// As [`load`], piece by piece.
///
/// # Errors
/// As [`load`].
pub async fn load_in_pieces(choice: &Choice, seed: u64, kept: &DroppedArchives, pace: &Pace) -> Result<Dataset, DataError> {
    match SOURCES.iter().find(|source| (source.card)().name == choice.kind) {
        Some(source) => {
            let constants = normalise::constants(&choice.knobs)?;
            let mut data = (source.load)(&choice.knobs, seed, kept, pace).await?;
            if let Some(constants) = constants {
                (data.mean, data.deviation) = constants;
            }
            Ok(data)
        }
        None => Err(DataError::Unknown { kind: choice.kind.clone(), known: cards().into_iter().map(|card| card.name).collect() }),
    }
}
