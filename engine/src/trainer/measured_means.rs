//! Which feature of an image is the better one: that of the image, that of the mean of its views, or the mean of its views' features?
//!
//! Su asks it of the mean-view objective (METHODS 4.5), so it is measured where that is trained.

use super::{Checkpoint, Split};
use crate::methods::mean_views;
use crate::metrics::{self, EvalOutputs};
use crate::pace::Pace;
use crate::random::{Purpose, stream};
use crate::readback::read;
use augsphere_spec::{Choice, Experiment, Fault, Scalar};
use burn::tensor::Tensor;

/// How many more images than [`measured`](super::measured) the measures look at where a mean of views is trained, of so many in the bank
/// and so many validation images: each of their views and their mean.
pub fn measured_means(experiment: &Experiment, bank: usize, validation: usize) -> u64 {
    experiment.choice("method").and_then(mean_views).map_or(0, |views| ((bank + validation) * (views + 1)) as u64)
}

/// Features of some images, `n * width` each.
#[derive(Default)]
struct Means {
    /// Of the pixel mean of their views, `F(x-bar)`.
    of_view: Vec<f32>,
    /// The mean of their views' features, `E_T F(T(x))`, before it is scaled to unit length.
    of_features: Vec<f32>,
}

impl Checkpoint {
    /// kNN accuracy on `F(x-bar)` (`knn_mean_view`) and on the mean feature (`knn_mean_feature`), 0 to 1, by the protocol of
    /// `knn_accuracy`, which is that of `F(x)`: same bank, same validation images, same k and temperature. Both means are over as many views
    /// as the method takes; they are the same at every step. Nothing for other methods.
    ///
    /// # Errors
    /// When the device failed.
    pub(super) async fn measure_means(&self, held: &EvalOutputs<'_>, pace: &Pace) -> Result<Vec<Scalar>, Fault> {
        let Some(views) = self.experiment.choice("method").and_then(mean_views) else { return Ok(Vec::new()) };
        let (bank, validation) = (held.bank_labels.len(), held.labels.len());
        pace.stage("Encoding views and their means", measured_means(&self.experiment, bank, validation));
        let knn: Vec<Choice> =
            self.experiment.choices("measures").iter().filter(|choice| choice.kind == "knn").cloned().collect();
        let bank = self.means(Split::Train, bank, views, pace).await?;
        let validation = self.means(Split::Validation, validation, views, pace).await?;
        let mut scalars = Vec::new();
        for (name, bank, features) in [
            ("knn_mean_view", &bank.of_view, &validation.of_view),
            ("knn_mean_feature", &bank.of_features, &validation.of_features),
        ] {
            let found = metrics::measure_in_pieces(&EvalOutputs { bank, features, ..*held }, &knn, pace).await;
            let accuracy = found.scalars.into_iter().filter(|scalar| scalar.name == "knn_accuracy");
            scalars.extend(accuracy.map(|scalar| Scalar { name: name.to_owned(), ..scalar }));
        }
        Ok(scalars)
    }

    /// The first `count` images of a split in evaluation mode, over `views` views of each.
    async fn means(&self, split: Split, count: usize, views: usize, pace: &Pace) -> Result<Means, Fault> {
        let (size, side, width) = (self.rows(count), self.loader.images(split).side, self.network.width());
        let mut means = Means::default();
        for start in (0..count).step_by(size) {
            // Short batches are filled up with the last image.
            let rows: Vec<usize> = (start..start + size).map(|row| row.min(count - 1)).collect();
            let index = |row: usize| 2 * row as u64 + u64::from(split != Split::Train);
            let mut random: Vec<_> =
                rows.iter().map(|&row| stream(self.experiment.seed, Purpose::MeasuredMeans, index(row))).collect();
            let (mut pixels, mut features): (Option<Tensor<4>>, Option<Tensor<2>>) = (None, None);
            for number in 0..views {
                pace.turn().await;
                let policy = self.policies.in_turn(number);
                let params: Vec<_> = random.iter_mut().map(|rng| policy.draw(rng, side)).collect();
                let view = self.loader.augmented(split, &rows, &params, policy);
                let feature = self.network.evaluate(&self.theta, &self.statistics, view.clone()).features;
                pixels = Some(pixels.map_or(view.clone(), |sum| sum + view));
                features = Some(features.map_or(feature.clone(), |sum| sum + feature));
            }
            let (Some(pixels), Some(features)) = (pixels, features) else { continue };
            let of_view = self.network.evaluate(&self.theta, &self.statistics, pixels / views as f64).features;
            let flat = |tensor: Tensor<2>| tensor.reshape([size * width]);
            let found = vec![flat(of_view), flat(features / views as f64)];
            let found = read(found).await.map_err(|error| self.device_fault(&error))?;
            augsphere_kernels::buffers::end_step();
            let kept = (count - start).min(size);
            means.of_view.extend_from_slice(&found[0][..kept * width]);
            means.of_features.extend_from_slice(&found[1][..kept * width]);
            pace.add((kept * (views + 1)) as u64);
        }
        Ok(means)
    }
}
