//! Images through the network of a checkpoint, in evaluation mode, batch by batch.

use super::{Checkpoint, Split};
use crate::augmentations::{Params, Policy};
use crate::metrics::knn::unit_rows;
use crate::pace::Pace;
use crate::random::{Purpose, stream};
use crate::readback::read;
use augsphere_spec::Fault;
use burn::tensor::Tensor;
use rand_chacha::ChaCha8Rng;

/// A policy, and the number of the view that it makes: 0 or 1.
pub(super) type View<'a> = (&'a Policy, u64);

/// Features and embeddings of some images.
#[derive(Default)]
pub(super) struct Encoded {
    pub(super) features: Vec<f32>,
    /// Scaled to unit length.
    pub(super) embedding: Vec<f32>,
    /// How long each embedding was.
    pub(super) lengths: Vec<f32>,
}

impl Checkpoint {
    /// What the view of this number of an image is drawn from, the same at every step.
    pub(super) fn random(&self, image: usize, view: u64) -> ChaCha8Rng {
        stream(self.experiment.seed, Purpose::Measures, 2 * image as u64 + view)
    }

    /// Views of images of a split, normalised, `[B, S, S, 3]`, the same at every step.
    pub(super) fn view(&self, split: Split, rows: &[usize], (policy, number): View<'_>) -> Tensor<4> {
        let side = self.loader.images(split).side;
        let params: Vec<Vec<Params>> = rows.iter().map(|&row| policy.draw(&mut self.random(row, number), side)).collect();
        self.loader.augmented(split, rows, &params, policy)
    }

    /// The first `count` images of a split in evaluation mode, as they are or as the view of this number that a policy makes.
    /// The views are the same at every step, so that their measures move only with the encoder.
    pub(super) async fn encode(&self, split: Split, count: usize, view: Option<View<'_>>, pace: &Pace) -> Result<Encoded, Fault> {
        self.encode_by(self.rows(count), split, count, view, pace).await
    }

    /// The same, `size` rows at a time.
    pub(super) async fn encode_by(
        &self,
        size: usize,
        split: Split,
        count: usize,
        view: Option<View<'_>>,
        pace: &Pace,
    ) -> Result<Encoded, Fault> {
        let mut encoded = Encoded::default();
        for start in (0..count).step_by(size) {
            if start > 0 {
                pace.turn().await;
            }
            // Short batches are filled up with the last image.
            let rows: Vec<usize> = (start..start + size).map(|row| row.min(count - 1)).collect();
            let images = match view {
                None => self.loader.plain(split, &rows),
                Some(view) => self.view(split, &rows, view),
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
            let rows = &read[1][..kept * self.network.dimension];
            let length = |row: &[f32]| row.iter().map(|value| value * value).sum::<f32>().sqrt();
            encoded.lengths.extend(rows.chunks_exact(self.network.dimension).map(length));
            encoded.embedding.extend(unit_rows(rows, self.network.dimension));
            pace.add(kept as u64);
        }
        Ok(encoded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trainer::Trainer;
    use crate::{catalogue, datasets, device};
    use augsphere_spec::DeviceChoice;
    use std::rc::Rc;

    /// How many rows go through the network at a time must not show in the numbers: that follows the network's size.
    #[test]
    fn the_size_of_a_piece_does_not_matter() {
        for encoder in ["conv", "resnet18"] {
            let text =
                format!("[data]\nkind = \"shapes\"\ntrain = 64\nside = 16\n[encoder]\nkind = \"{encoder}\"\n[train]\nbatch = 16");
            let experiment = catalogue().read_toml(&text).expect("no mistakes");
            let choice = experiment.choice("data").expect("data").clone();
            let data = Rc::new(datasets::load(&choice, 0, &datasets::DroppedArchives::default()).expect("shapes"));
            let opened = crate::block_on(device::open(DeviceChoice::Cpu, None)).expect("a CPU");
            let checkpoint = Trainer::new(experiment, data, &opened).expect("it fits").checkpoint();
            let encode = |size, view| {
                crate::block_on(checkpoint.encode_by(size, Split::Train, 64, view, &Pace::default())).expect("it answers")
            };
            for view in [None, Some((checkpoint.policies.second(), 1))] {
                let whole = encode(64, view);
                let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
                for size in [8, 16, 24] {
                    let pieces = encode(size, view);
                    assert_eq!(bits(&whole.features), bits(&pieces.features), "{encoder}, {size}");
                    assert_eq!(bits(&whole.embedding), bits(&pieces.embedding), "{encoder}, {size}");
                }
            }
        }
    }
}
