//! The measures on held-out images: how good the encoder is by now, and whether it is collapsing.
//!
//! Adding one: a file with a card and a function from [`EvalOutputs`] to named numbers, and a line in [`LIST`].

mod alignment;
pub mod alignment_fixed;
mod centre_product;
pub mod knn;
pub mod rank;
mod std;
mod uniformity;

use crate::pace::{Pace, at_once};
use ::std::pin::Pin;
use augsphere_spec::{Card, Choice, Scalar};

/// Outputs on held-out images with the encoder in evaluation mode, on the host.
pub struct EvalOutputs<'a> {
    /// Features of the bank (training images, no augmentation), `bank_labels.len() * width`.
    pub bank: &'a [f32],
    /// Classes of the bank.
    pub bank_labels: &'a [u8],
    /// Features of the held-out images, `labels.len() * width`.
    pub features: &'a [f32],
    /// Classes of the held-out images.
    pub labels: &'a [u8],
    /// Width of the features.
    pub width: usize,
    /// Number of classes.
    pub classes: usize,
    /// Embeddings of two views of some held-out images, scaled to unit length, `[n, dimension]` each.
    pub views: [&'a [f32]; 2],
    /// The same of views that one and the same policy makes for every run; empty where they are not measured.
    pub fixed_views: [&'a [f32]; 2],
    /// Dimension of the embedding.
    pub dimension: usize,
}

/// A level worth drawing in a metric's chart: the metric's name, the value, and what it means.
pub type Reference = (String, f32, String);

/// Numbers that take a while.
type Slow<'a> = Pin<Box<dyn Future<Output = Vec<Scalar>> + 'a>>;

/// How a metric's numbers are computed.
enum Measure {
    /// In a few milliseconds.
    AtOnce(fn(&EvalOutputs<'_>, &Choice) -> Vec<Scalar>),
    /// Piece by piece.
    InPieces(for<'a> fn(&'a EvalOutputs<'a>, &'a Choice, &'a Pace) -> Slow<'a>),
}

/// One metric.
struct Metric {
    card: fn() -> Card,
    measure: Measure,
    levels: fn(&Choice, usize, usize) -> Vec<Reference>,
}

/// Every metric.
const LIST: [Metric; 7] = [
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
];

/// The cards of all metrics.
pub fn cards() -> Vec<Card> {
    LIST.iter().map(|metric| (metric.card)()).collect()
}

/// All numbers of all metrics.
pub fn measure(held: &EvalOutputs<'_>, choices: &[Choice]) -> Vec<Scalar> {
    at_once(measure_in_pieces(held, choices, &Pace::default()))
}

/// All numbers of all metrics, piece by piece.
pub async fn measure_in_pieces(held: &EvalOutputs<'_>, choices: &[Choice], pace: &Pace) -> Vec<Scalar> {
    let mut scalars = Vec::new();
    for (metric, choice) in with_choices(choices) {
        scalars.extend(match metric.measure {
            Measure::AtOnce(measure) => measure(held, choice),
            Measure::InPieces(measure) => measure(held, choice, pace).await,
        });
        pace.turn().await;
    }
    scalars
}

/// All reference levels for an embedding of `dimension` and this many classes.
pub fn levels(choices: &[Choice], dimension: usize, classes: usize) -> Vec<Reference> {
    with_choices(choices).flat_map(|(metric, choice)| (metric.levels)(choice, dimension, classes)).collect()
}

fn with_choices(choices: &[Choice]) -> impl Iterator<Item = (&'static Metric, &Choice)> {
    LIST.iter().filter_map(|metric| {
        let name = (metric.card)().name;
        choices.iter().find(|choice| choice.kind == name).map(|choice| (metric, choice))
    })
}

fn scalar(name: &str, value: f64) -> Scalar {
    Scalar { name: name.to_owned(), value: value as f32 }
}
