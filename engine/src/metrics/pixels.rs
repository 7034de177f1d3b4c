//! The neighbours by pixels: the encoder that does nothing, which a trained one must beat.

use super::knn::{Bank, accuracy, votes};
use super::scalar;
use crate::datasets::{Dataset, Images};
use crate::pace::Pace;
use augsphere_spec::{Card, Choice, Scalar, Told};

/// The card.
pub fn card() -> Card {
    Card::new(
        "pixels",
        "Neighbours by pixels",
        "Nearest-neighbour accuracy on the pixels themselves, as the encoder gets them: same bank, same validation images, same vote as by features. What is above it, the encoder has done; an untrained encoder may already be.",
        "The baseline of Ulyanov, Vedaldi, Lempitsky, 2018, arXiv 1711.10925, in the protocol of Wu et al., 2018",
    )
    .tells([Told::share("pixel_knn_accuracy", "neighbours by pixels")])
}

/// `pixel_knn_accuracy`, 0 to 1: [`super::knn`]'s weighted vote with the knobs of `knn` on normalised pixels scaled to unit length. Nothing
/// without validation images.
pub(super) async fn measure(data: &Dataset, bank: usize, knn: &Choice, pace: &Pace) -> Option<Scalar> {
    let values = |images: &Images, most: usize| -> Vec<f32> {
        images.iter().take(most).flat_map(|image| normalised(image, data)).collect()
    };
    let rows = values(&data.train, bank);
    let labels = &data.train.labels[..bank.min(data.train.len())];
    let bank = Bank { rows: &rows, labels, width: data.train.stride(), classes: data.classes.len() };
    let votes = votes(&bank, &values(&data.validation, usize::MAX), knn, pace).await;
    accuracy(&votes.weighted, &data.validation.labels).map(|share| scalar("pixel_knn_accuracy", share))
}

/// The planes of an image as the encoder gets them.
fn normalised<'a>(image: &'a [u8], data: &'a Dataset) -> impl Iterator<Item = f32> + 'a {
    let area = (image.len() / 3).max(1);
    image.iter().enumerate().map(move |(at, &value)| {
        let channel = (at / area).min(2);
        (f32::from(value) / 255.0 - data.mean[channel]) / data.deviation[channel]
    })
}
