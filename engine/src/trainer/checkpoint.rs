//! The network at one step, apart from the run: measures, pictures and files are made of it, however the run goes on.

use super::{DataLoader, Network, Split, Trainer, device_fault};
use crate::augmentations::{Pair, Params, Policy, recipe_choices};
use crate::device::{ComputeDevice, DeviceKind};
use crate::metrics::{self, EvalOutputs, alignment_fixed, knn::unit_rows};
use crate::nn::{Cost, Statistics};
use crate::pace::Pace;
use crate::random::{Purpose, stream};
use crate::readback::read;
use augsphere_spec::{Experiment, Fault, Knobs, Scalar, TheoremCase};
use burn::tensor::{Tensor, TensorData};
use std::rc::Rc;

/// Most rows in a forward pass of the measures.
const MOST_ROWS: usize = 256;

/// The number of rows in a forward pass of the measures is a multiple of this.
const FEWEST_ROWS: usize = 8;

/// Multiplications of a thread that a forward pass of the measures on the CPU should not exceed: about a tenth of a second in a browser.
const PIECE: u64 = 500_000_000;

/// Outputs on the held-out images at one step, on the host.
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

/// A policy, and the number of the view that it makes: 0 or 1.
type View<'a> = (&'a Policy, u64);

/// Features and embeddings of some images.
#[derive(Default)]
struct Encoded {
    features: Vec<f32>,
    embedding: Vec<f32>,
}

/// The network after some steps, with its data. It shares its tensors with the run until that replaces them.
pub struct Checkpoint {
    pub(super) experiment: Experiment,
    pub(super) opened: ComputeDevice,
    loader: Rc<DataLoader>,
    pub(super) network: Rc<Network>,
    policies: Rc<Pair>,
    pub(super) theta: Tensor<1>,
    pub(super) statistics: Statistics,
    pub(super) step: u64,
}

impl Trainer {
    /// The network as it is now.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            experiment: self.experiment.clone(),
            opened: self.opened.clone(),
            loader: Rc::clone(&self.loader),
            network: Rc::clone(&self.network),
            policies: Rc::clone(&self.policies),
            theta: self.theta.clone(),
            statistics: self.statistics.clone(),
            step: self.step,
        }
    }

    /// How many held-out images the pictures and the pair measures use.
    pub fn shown(&self) -> usize {
        shown(&self.experiment, self.loader.data().test.len())
    }
}

/// How many of `test` held-out images the pictures and the pair measures use.
fn shown(experiment: &Experiment, test: usize) -> usize {
    let cadence = experiment.card("measures", "cadence").map_or_else(Knobs::default, |choice| choice.knobs.clone());
    cadence.count("images").clamp(2, test.max(2))
}

/// How many of `train` training images the measures compare with.
fn bank(experiment: &Experiment, train: usize) -> usize {
    let knobs = experiment.card("measures", "knn").map(|choice| choice.knobs.count("bank"));
    knobs.unwrap_or(usize::MAX).clamp(1, train.max(1))
}

/// How many images the measures look at, views counted each, of so many training and held-out ones.
pub fn measured(experiment: &Experiment, train: usize, test: usize) -> u64 {
    (bank(experiment, train) + test + 2 * (shown(experiment, test) + alignment_fixed::images(experiment, test))) as u64
}

impl Checkpoint {
    /// After how many steps.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// All measures of the experiment but those of the gradient, piece by piece; `what` says for whom they are.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn measure(&self, what: &str, pace: &Pace) -> Result<Vec<Scalar>, Fault> {
        let data = self.loader.data();
        let (bank, images) = (bank(&self.experiment, data.train.len()), shown(&self.experiment, data.test.len()));
        pace.stage(what, self.images());
        let bank_encoded = self.encode(Split::Train, bank, None, pace).await?;
        let test = self.encode(Split::Test, data.test.len(), None, pace).await?;
        let first = self.encode(Split::Test, images, Some((self.policies.first(), 0)), pace).await?.embedding;
        let second = self.encode(Split::Test, images, Some((self.policies.second(), 1)), pace).await?.embedding;
        let mut fixed = [Vec::new(), Vec::new()];
        let fixed_images = alignment_fixed::images(&self.experiment, data.test.len());
        if fixed_images > 0 {
            let policy = Policy::new(&recipe_choices(alignment_fixed::RECIPE).unwrap_or_default());
            for (view, embedding) in (0..).zip(&mut fixed) {
                *embedding = self.encode(Split::Test, fixed_images, Some((&policy, view)), pace).await?.embedding;
            }
        }
        let held = EvalOutputs {
            bank: &bank_encoded.features,
            bank_labels: &data.train.labels[..bank],
            features: &test.features,
            labels: &data.test.labels,
            width: self.network.width(),
            classes: data.classes.len(),
            views: [&first, &second],
            fixed_views: [&fixed[0], &fixed[1]],
            dimension: self.network.dimension,
        };
        Ok(metrics::measure_in_pieces(&held, self.experiment.choices("measures"), pace).await)
    }

    /// The first held-out images as they are, for pictures.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn snapshot(&self, pace: &Pace) -> Result<Snapshot, Fault> {
        let encoded = self.encode(Split::Test, shown(&self.experiment, self.loader.data().test.len()), None, pace).await?;
        Ok(Snapshot {
            features: encoded.features,
            width: self.network.width(),
            embedding: encoded.embedding,
            dimension: self.network.dimension,
        })
    }

    /// Features or embeddings of images that were made elsewhere, scaled to unit length, row by row: `pixels` are `[side, side, 3]`
    /// each, in [0, 1].
    ///
    /// # Errors
    /// When the device failed.
    pub async fn represent(&self, pixels: &[f32], case: TheoremCase, pace: &Pace) -> Result<Vec<f32>, Fault> {
        let data = self.loader.data();
        let (side, stride) = (data.train.side, data.train.stride());
        let count = pixels.len() / stride;
        let normalised = |(at, value): (usize, &f32)| (value - data.mean[at % 3]) / data.deviation[at % 3];
        let size = self.rows(count);
        let mut points = Vec::new();
        for start in (0..count).step_by(size) {
            let kept = size.min(count - start);
            let mut values: Vec<f32> =
                pixels[start * stride..(start + kept) * stride].iter().enumerate().map(normalised).collect();
            // A short batch is filled up: one shape, one set of kernels.
            values.resize(size * stride, 0.0);
            let images = Tensor::from_data(TensorData::new(values, [size, side, side, 3]), &self.opened.device);
            let outputs = self.network.evaluate(&self.theta, &self.statistics, images);
            let rows = if case == TheoremCase::Embedding { outputs.embedding } else { outputs.features };
            let width = rows.dims()[1];
            let mut read = read(vec![rows.reshape([size * width])]).await.map_err(|error| self.device_fault(&error))?;
            let values = read.pop().unwrap_or_default();
            points.extend(unit_rows(&values[..kept * width], width));
            pace.done(kept as u64).await;
        }
        Ok(points)
    }

    /// What one image costs.
    fn cost(&self) -> Cost {
        self.network.cost(self.loader.data().train.side)
    }

    /// Multiplications of [`Checkpoint::measure`] in the network.
    pub fn multiply_adds(&self) -> u64 {
        self.images() * self.cost().multiply_adds
    }

    /// Images that the measures look at, views counted each.
    fn images(&self) -> u64 {
        let data = self.loader.data();
        measured(&self.experiment, data.train.len(), data.test.len())
    }

    /// Rows of a forward pass over `count` images: always as many, so that there is one shape and one set of kernels, and no more on
    /// the CPU than are done in a moment.
    fn rows(&self, count: usize) -> usize {
        let cost = self.cost().multiply_adds.max(1);
        let most = if self.opened.kind == DeviceKind::Cpu {
            let threads = std::thread::available_parallelism().map_or(1, usize::from);
            let fitting = usize::try_from(PIECE / cost).unwrap_or(MOST_ROWS).saturating_mul(threads);
            fitting.clamp(FEWEST_ROWS, MOST_ROWS) / FEWEST_ROWS * FEWEST_ROWS
        } else {
            MOST_ROWS
        };
        most.min(count.next_multiple_of(16))
    }

    /// The first `count` images of a split in evaluation mode, as they are or as the view of this number that a policy makes.
    /// The views are the same at every step, so that their measures move only with the encoder.
    async fn encode(&self, split: Split, count: usize, view: Option<View<'_>>, pace: &Pace) -> Result<Encoded, Fault> {
        self.encode_by(self.rows(count), split, count, view, pace).await
    }

    /// The same, `size` rows at a time.
    async fn encode_by(
        &self,
        size: usize,
        split: Split,
        count: usize,
        view: Option<View<'_>>,
        pace: &Pace,
    ) -> Result<Encoded, Fault> {
        let side = self.loader.images(split).side;
        let mut encoded = Encoded::default();
        for start in (0..count).step_by(size) {
            if start > 0 {
                pace.turn().await;
            }
            // Short batches are filled up with the last image.
            let rows: Vec<usize> = (start..start + size).map(|row| row.min(count - 1)).collect();
            let images = match view {
                None => self.loader.plain(split, &rows),
                Some((policy, view)) => {
                    let random = |row: usize| stream(self.experiment.seed, Purpose::Measures, 2 * row as u64 + view);
                    let params: Vec<Vec<Params>> = rows.iter().map(|&row| policy.draw(&mut random(row), side)).collect();
                    self.loader.augmented(split, &rows, &params, policy)
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
            pace.add(kept as u64);
        }
        Ok(encoded)
    }

    pub(super) fn device_fault(&self, error: &str) -> Fault {
        device_fault(&self.opened, self.step, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalogue, datasets, device};
    use augsphere_spec::DeviceChoice;

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
