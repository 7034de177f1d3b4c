//! What do the held-out images look like to the encoder by now?

use super::{MEASURE_BATCH, Split, Trainer};
use crate::augmentations::Draw;
use crate::metrics::{self, Held, knn::unit_rows};
use crate::random::{Purpose, stream};
use crate::readback::read;
use augsphere_spec::{Fault, Scalar};
use burn::tensor::{Tensor, TensorData};

/// Held-out outputs at one step, on the host.
pub struct Snapshot {
    /// Features, `n * width`.
    pub features: Vec<f32>,
    /// Width of the features.
    pub width: usize,
    /// Embeddings scaled to unit length, `n * dimension`.
    pub embedding: Vec<f32>,
    /// Dimension of the embedding.
    pub dimension: usize,
}

/// Features and embeddings of some images.
struct Encoded {
    features: Vec<f32>,
    embedding: Vec<f32>,
}

impl Trainer {
    /// How many held-out images the pictures and the pair measures use.
    pub fn shown(&self) -> usize {
        self.cadence().count("images").clamp(2, self.feed.data().test.len())
    }

    /// All measures of the experiment after the steps taken so far.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn measure(&self) -> Result<Vec<Scalar>, Fault> {
        let data = self.feed.data();
        let bank = self.bank();
        let bank_encoded = self.encode(Split::Train, bank, None).await?;
        let test = self.encode(Split::Test, data.test.len(), None).await?;
        let images = self.shown();
        let views = [
            self.encode(Split::Test, images, Some(0)).await?.embedding,
            self.encode(Split::Test, images, Some(1)).await?.embedding,
        ];
        let held = Held {
            bank: &bank_encoded.features,
            bank_labels: &data.train.labels[..bank],
            features: &test.features,
            labels: &data.test.labels,
            width: self.network.width(),
            classes: data.classes.len(),
            views: [&views[0], &views[1]],
            dimension: self.network.dimension,
        };
        Ok(metrics::measure(&held, self.experiment.choices("measures")))
    }

    fn bank(&self) -> usize {
        let knobs = self.experiment.card("measures", "knn").map(|choice| choice.knobs.count("bank"));
        knobs.unwrap_or(usize::MAX).clamp(1, self.feed.data().train.len())
    }

    /// The first held-out images as they are, for pictures.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn snapshot(&self) -> Result<Snapshot, Fault> {
        let encoded = self.encode(Split::Test, self.shown(), None).await?;
        Ok(Snapshot {
            features: encoded.features,
            width: self.network.width(),
            embedding: encoded.embedding,
            dimension: self.network.dimension,
        })
    }

    /// The points on the sphere of images that were made elsewhere: `pixels` row by row, `[side, side, 3]` each, in [0, 1].
    ///
    /// # Errors
    /// When the device failed.
    pub async fn embed(&self, pixels: &[f32]) -> Result<Vec<f32>, Fault> {
        let data = self.feed.data();
        let (side, stride) = (data.train.side, data.train.stride());
        let count = pixels.len() / stride;
        let normalised = |(at, value): (usize, &f32)| (value - data.mean[at % 3]) / data.deviation[at % 3];
        let mut points = Vec::new();
        for start in (0..count).step_by(MEASURE_BATCH) {
            let (size, kept) = (MEASURE_BATCH.min(count.next_multiple_of(16)), MEASURE_BATCH.min(count - start));
            let mut values: Vec<f32> =
                pixels[start * stride..(start + kept) * stride].iter().enumerate().map(normalised).collect();
            // A short batch is filled up: one shape, one set of kernels.
            values.resize(size * stride, 0.0);
            let images = Tensor::from_data(TensorData::new(values, [size, side, side, 3]), &self.opened.device);
            let embedding = self.network.evaluate(&self.theta, &self.statistics, images).embedding;
            let flat = embedding.reshape([size * self.network.dimension]);
            let mut read = read(vec![flat]).await.map_err(|error| self.device_fault(&error))?;
            let rows = read.pop().unwrap_or_default();
            points.extend(unit_rows(&rows[..kept * self.network.dimension], self.network.dimension));
        }
        Ok(points)
    }

    /// The first `count` images of a split in evaluation mode, as they are or as the view number `view`.
    /// The views are the same at every step, so that their measures move only with the encoder.
    async fn encode(&self, split: Split, count: usize, view: Option<u64>) -> Result<Encoded, Fault> {
        let side = self.feed.images(split).side;
        let mut encoded = Encoded { features: Vec::new(), embedding: Vec::new() };
        for start in (0..count).step_by(MEASURE_BATCH) {
            // Short batches are filled up with the last image: one shape, one set of kernels.
            let size = MEASURE_BATCH.min(count.next_multiple_of(16));
            let rows: Vec<usize> = (start..start + size).map(|row| row.min(count - 1)).collect();
            let images = match view {
                None => self.feed.plain(split, &rows),
                Some(view) => {
                    let policy = if view == 0 { self.policies.first() } else { self.policies.second() };
                    let random = |row: usize| stream(self.experiment.seed, Purpose::Measures, 2 * row as u64 + view);
                    let draws: Vec<Vec<Draw>> = rows.iter().map(|&row| policy.draw(&mut random(row), side)).collect();
                    self.feed.augmented(split, &rows, &draws, policy)
                }
            };
            let outputs = self.network.evaluate(&self.theta, &self.statistics, images);
            let flat = |tensor: Tensor<2>| {
                let length = tensor.shape().num_elements();
                tensor.reshape([length])
            };
            let read =
                read(vec![flat(outputs.features), flat(outputs.embedding)]).await.map_err(|error| self.device_fault(&error))?;
            let kept = (count - start).min(size);
            encoded.features.extend_from_slice(&read[0][..kept * self.network.width()]);
            augsphere_kernels::buffers::end_step();
            encoded.embedding.extend(unit_rows(&read[1][..kept * self.network.dimension], self.network.dimension));
        }
        Ok(encoded)
    }
}
