//! How good is the encoder by now, and is it collapsing?
//!
//! Adding one: a file with a card and a function from [`Held`] to named numbers, and a line in [`LIST`].

mod alignment;
mod deviation;
pub mod knn;
pub mod rank;
mod uniformity;

use augsphere_spec::{Card, Choice, Scalar};

/// Outputs on held-out images with the encoder in evaluation mode, on the host.
pub struct Held<'a> {
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
    /// Dimension of the embedding.
    pub dimension: usize,
}

/// A level worth drawing in a metric's chart: the metric's name, the value, and what it means.
pub type Reference = (String, f32, String);

/// One metric.
struct Metric {
    card: fn() -> Card,
    measure: fn(&Held<'_>, &Choice) -> Vec<Scalar>,
    levels: fn(&Choice, usize, usize) -> Vec<Reference>,
}

/// Every metric.
const LIST: [Metric; 5] = [
    Metric { card: alignment::card, measure: alignment::measure, levels: alignment::levels },
    Metric { card: uniformity::card, measure: uniformity::measure, levels: uniformity::levels },
    Metric { card: knn::card, measure: knn::measure, levels: knn::levels },
    Metric { card: deviation::card, measure: deviation::measure, levels: deviation::levels },
    Metric { card: rank::card, measure: rank::measure, levels: rank::levels },
];

/// The cards of all metrics.
pub fn cards() -> Vec<Card> {
    LIST.iter().map(|metric| (metric.card)()).collect()
}

/// All numbers of all metrics.
pub fn measure(held: &Held<'_>, choices: &[Choice]) -> Vec<Scalar> {
    with_choices(choices).flat_map(|(metric, choice)| (metric.measure)(held, choice)).collect()
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
