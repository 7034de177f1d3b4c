//! The neighbours by pixels: the encoder that does nothing, which a trained one must beat.

use super::knn::{Directions, Voters, accuracy, votes};
use super::scalar;
use crate::datasets::{Dataset, Images};
use crate::device::ComputeDevice;
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
pub(super) async fn measure(
    data: &Dataset,
    bank: usize,
    knn: &Choice,
    device: Option<&ComputeDevice>,
    pace: &Pace,
) -> Option<Scalar> {
    let bank = bank.min(data.train.len());
    let voters = Voters { labels: &data.train.labels[..bank], classes: data.classes.len() };
    let rows = |images, count| Pixels { data, images, count };
    let queries = rows(&data.validation, data.validation.len());
    let votes = votes(&rows(&data.train, bank), &voters, &queries, knn, device, pace).await;
    accuracy(&votes.weighted, &data.validation.labels).map(|share| scalar("pixel_knn_accuracy", share))
}

/// The first images of a split as the encoder gets them: normalised, made of their bytes as they are wanted.
struct Pixels<'a> {
    data: &'a Dataset,
    images: &'a Images,
    count: usize,
}

impl Directions for Pixels<'_> {
    fn count(&self) -> usize {
        self.count
    }

    fn width(&self) -> usize {
        self.images.stride()
    }

    fn write(&self, first: usize, out: &mut [f32], depth: usize) {
        let area = (self.width() / 3).max(1);
        for (index, row) in (first..self.count).zip(out.chunks_exact_mut(depth)) {
            for (at, (value, &byte)) in row.iter_mut().zip(self.images.image(index)).enumerate() {
                let channel = (at / area).min(2);
                *value = (f32::from(byte) / 255.0 - self.data.mean[channel]) / self.data.deviation[channel];
            }
            let length = row.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-12);
            row.iter_mut().for_each(|value| *value /= length);
        }
    }
}
