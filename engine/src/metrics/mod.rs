//! The measures: how good the encoder is by now, what it knows, and whether it is collapsing.
//!
//! Those of [`LIST`] are taken on the way, on validation images; those of [`AT_REST`] take long and are taken where a run stands still. Adding
//! one: a file with a card and a function from [`EvalOutputs`] or [`RestOutputs`] to what it [`Found`], and a line in the list.

mod alignment;
pub mod alignment_fixed;
mod centre_product;
pub mod confusion;
pub mod cosines;
pub mod factors;
pub mod knn;
pub mod limit;
pub mod logistic;
pub mod nearest_centre;
pub mod pixels;
pub mod probe;
pub mod rank;
pub mod scatter;
pub mod spread;
pub mod std;
pub mod uniformity;

use crate::datasets::{Dataset, Factor};
use crate::device::ComputeDevice;
use crate::pace::{Pace, at_once};
use ::std::pin::Pin;
use augsphere_spec::{Card, Choice, Payload, Profile, Scalar};

/// What was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Named numbers.
    pub scalars: Vec<Scalar>,
    /// What is more than one number.
    pub profiles: Vec<Profile>,
}

impl Found {
    /// Takes in what else was measured.
    pub fn add(&mut self, other: Self) {
        self.scalars.extend(other.scalars);
        self.profiles.extend(other.profiles);
    }
}

impl From<Vec<Scalar>> for Found {
    fn from(scalars: Vec<Scalar>) -> Self {
        Self { scalars, profiles: Vec::new() }
    }
}

/// Outputs on validation images with the encoder in evaluation mode, on the host.
pub struct EvalOutputs<'a> {
    /// Features of the bank (training images, no augmentation), `bank_labels.len() * width`.
    pub bank: &'a [f32],
    /// Classes of the bank.
    pub bank_labels: &'a [u8],
    /// Features of the validation images, `labels.len() * width`.
    pub features: &'a [f32],
    /// Classes of the validation images.
    pub labels: &'a [u8],
    /// Width of the features.
    pub width: usize,
    /// Number of classes.
    pub classes: usize,
    /// Embeddings of two views of some validation images, scaled to unit length, `[n, dimension]` each.
    pub views: [&'a [f32]; 2],
    /// The same of views that one and the same policy makes for every run; empty where they are not measured.
    pub fixed_views: [&'a [f32]; 2],
    /// Dimension of the embedding.
    pub dimension: usize,
    /// The device of the run, for what is quicker there; nothing: all on the host.
    pub device: Option<&'a ComputeDevice>,
}

/// Some images: a row of numbers for each, and its class.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// `labels.len() * width` numbers.
    pub features: &'a [f32],
    /// Numbers of an image.
    pub width: usize,
    /// The class of each image.
    pub labels: &'a [u8],
}

impl<'a> Rows<'a> {
    /// As many images as there are whole rows and labels of.
    pub fn new(features: &'a [f32], width: usize, labels: &'a [u8]) -> Self {
        Self { features, width, labels }.first(labels.len())
    }

    /// The first images, at most `most`.
    pub fn first(self, most: usize) -> Self {
        let count = most.min(self.labels.len()).min(self.features.len() / self.width.max(1));
        Self { features: &self.features[..count * self.width], width: self.width, labels: &self.labels[..count] }
    }
}

/// Outputs of a run that stands still, with the encoder in evaluation mode, on the host.
pub struct RestOutputs<'a> {
    /// Features of training images, as many as a probe or the neighbours' bank takes.
    pub train: Rows<'a>,
    /// Features of the validation images.
    pub validation: Rows<'a>,
    /// Features of the test images.
    pub test: Rows<'a>,
    /// Embeddings of the same training images, scaled to unit length.
    pub train_embedding: Rows<'a>,
    /// Embeddings of the validation images, scaled to unit length.
    pub validation_embedding: Rows<'a>,
    /// Embeddings of two views of some validation images, scaled to unit length, as in [`EvalOutputs`].
    pub views: [&'a [f32]; 2],
    /// Training images that neighbours are chosen from, the first ones.
    pub bank: usize,
    /// Number of classes.
    pub classes: usize,
    /// What else is known of the images.
    pub factors: &'a [Factor],
    /// The device of the run, for what is quicker there; nothing: all on the host.
    pub device: Option<&'a ComputeDevice>,
}

/// A level worth drawing in a metric's chart: the metric's name, the value, and what it means.
pub type Reference = (String, f32, String);

/// What levels depend on.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Dimension of the embedding.
    pub dimension: usize,
    /// Classes.
    pub classes: usize,
    /// Validation images of which there are views.
    pub images: usize,
}

/// What takes a while.
type Slow<'a> = Pin<Box<dyn Future<Output = Found> + 'a>>;

/// How what a metric tells is computed.
enum Measure {
    /// In a few milliseconds.
    AtOnce(fn(&EvalOutputs<'_>, &Choice) -> Found),
    /// Piece by piece.
    InPieces(for<'a> fn(&'a EvalOutputs<'a>, &'a Choice, &'a Pace) -> Slow<'a>),
    /// Piece by piece, where a run stands still.
    AtRest(for<'a> fn(&'a RestOutputs<'a>, &'a Choice, &'a Pace) -> Slow<'a>),
    /// Once for a run, of its images alone: [`measure_pixels`].
    Once,
}

/// One metric.
struct Metric {
    card: fn() -> Card,
    measure: Measure,
    levels: fn(&Choice, Shape) -> Vec<Reference>,
}

/// No levels.
fn none(_choice: &Choice, _shape: Shape) -> Vec<Reference> {
    Vec::new()
}

/// Every metric, in the order of reading.
const LIST: [Metric; 15] = [
    Metric { card: alignment::card, measure: Measure::AtOnce(alignment::measure), levels: alignment::levels },
    Metric {
        card: uniformity::card,
        measure: Measure::InPieces(|held, choice, pace| Box::pin(uniformity::measure(held, choice, pace))),
        levels: uniformity::levels,
    },
    Metric {
        card: knn::card,
        measure: Measure::InPieces(|held, choice, pace| Box::pin(knn::measure(held, choice, pace))),
        levels: knn::levels,
    },
    Metric { card: std::card, measure: Measure::AtOnce(std::measure), levels: std::levels },
    Metric {
        card: rank::card,
        measure: Measure::InPieces(|held, choice, pace| Box::pin(rank::measure(held, choice, pace))),
        levels: rank::levels,
    },
    Metric { card: centre_product::card, measure: Measure::AtOnce(centre_product::measure), levels: centre_product::levels },
    Metric { card: alignment_fixed::card, measure: Measure::AtOnce(alignment_fixed::measure), levels: alignment_fixed::levels },
    Metric {
        card: nearest_centre::card,
        measure: Measure::InPieces(|held, choice, pace| Box::pin(nearest_centre::measure(held, choice, pace))),
        levels: nearest_centre::levels,
    },
    Metric { card: scatter::card, measure: Measure::AtOnce(scatter::measure), levels: none },
    Metric {
        card: cosines::card,
        measure: Measure::InPieces(|held, choice, pace| Box::pin(cosines::measure(held, choice, pace))),
        levels: cosines::levels,
    },
    Metric { card: spread::card, measure: Measure::AtOnce(spread::measure), levels: none },
    Metric {
        card: limit::card,
        measure: Measure::AtRest(|rest, choice, pace| Box::pin(limit::measure(rest, choice, pace))),
        levels: limit::levels,
    },
    Metric {
        card: probe::card,
        measure: Measure::AtRest(|rest, choice, pace| Box::pin(probe::measure(rest, choice, pace))),
        levels: probe::levels,
    },
    Metric {
        card: factors::card,
        measure: Measure::AtRest(|rest, choice, pace| Box::pin(factors::measure(rest, choice, pace))),
        levels: none,
    },
    Metric { card: pixels::card, measure: Measure::Once, levels: none },
];

/// The cards of all metrics.
pub fn cards() -> Vec<Card> {
    LIST.iter().map(|metric| (metric.card)()).collect()
}

/// All that is measured on the way.
pub fn measure(held: &EvalOutputs<'_>, choices: &[Choice]) -> Found {
    at_once(measure_in_pieces(held, choices, &Pace::default()))
}

/// All that is measured on the way, piece by piece.
pub async fn measure_in_pieces(held: &EvalOutputs<'_>, choices: &[Choice], pace: &Pace) -> Found {
    let mut found = Found::default();
    for (metric, choice) in with_choices(choices) {
        match metric.measure {
            Measure::AtOnce(measure) => found.add(measure(held, choice)),
            Measure::InPieces(measure) => found.add(measure(held, choice, pace).await),
            Measure::AtRest(_) | Measure::Once => {}
        }
        pace.turn().await;
    }
    found
}

/// All that is measured where a run stands still, piece by piece.
pub async fn measure_at_rest(rest: &RestOutputs<'_>, choices: &[Choice], pace: &Pace) -> Found {
    let mut found = Found::default();
    for (metric, choice) in with_choices(choices) {
        if let Measure::AtRest(measure) = metric.measure {
            found.add(measure(rest, choice, pace).await);
        }
    }
    if let Some(choice) = choice_of(choices, "knn") {
        found.add(knn::measure_test(rest, choice, pace).await);
    }
    found
}

/// What a linear probe reads from the untrained encoder: features of training and of validation images.
pub async fn measure_untrained(rows: [Rows<'_>; 2], classes: usize, choices: &[Choice], pace: &Pace) -> Option<Scalar> {
    probe::measure_untrained(rows, classes, choice_of(choices, "probe")?, pace).await
}

/// What neighbours by pixels make of the validation images, with so many training images to choose from; with a device, there where that
/// is quicker.
pub async fn measure_pixels(
    data: &Dataset,
    bank: usize,
    choices: &[Choice],
    device: Option<&ComputeDevice>,
    pace: &Pace,
) -> Option<Scalar> {
    choice_of(choices, "pixels")?;
    pixels::measure(data, bank, choice_of(choices, "knn")?, device, pace).await
}

/// The metric called `name` as it was chosen.
fn choice_of<'a>(choices: &'a [Choice], name: &str) -> Option<&'a Choice> {
    choices.iter().find(|choice| choice.kind == name)
}

/// Training images that the measures at rest look at, at most: as many as the probes learn from.
pub fn training_images(choices: &[Choice]) -> usize {
    ["probe", "factors"]
        .iter()
        .filter_map(|name| choice_of(choices, name))
        .map(|choice| choice.knobs.count("images"))
        .max()
        .unwrap_or(0)
}

/// All reference levels.
pub fn levels(choices: &[Choice], shape: Shape) -> Vec<Reference> {
    with_choices(choices).flat_map(|(metric, choice)| (metric.levels)(choice, shape)).collect()
}

fn with_choices(choices: &[Choice]) -> impl Iterator<Item = (&'static Metric, &Choice)> {
    LIST.iter().filter_map(|metric| choice_of(choices, &(metric.card)().name).map(|choice| (metric, choice)))
}

fn scalar(name: &str, value: f64) -> Scalar {
    Scalar { name: name.to_owned(), value: value as f32 }
}

fn profile(name: &str, payload: Payload) -> Profile {
    Profile { name: name.to_owned(), payload }
}
