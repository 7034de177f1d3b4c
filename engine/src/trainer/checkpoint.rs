//! The network at one step, apart from the run: measures, pictures and files are made of it, however the run goes on.

use super::encode::Encoded;
use super::objective::Objective;
use super::{DataLoader, Network, Split, Trainer, device_fault};
use crate::augmentations::{Pair, Policy};
use crate::device::{ComputeDevice, DeviceKind};
use crate::metrics::knn::unit_rows;
use crate::nn::{Cost, Statistics, Weights};
use crate::pace::Pace;
use crate::readback::{read, read_one};
use augsphere_spec::{Experiment, Fault, Scalar, TheoremCase};
use burn::tensor::{Device, Tensor, TensorData};
use std::cell::OnceCell;
use std::rc::Rc;

/// Most rows in a forward pass of the measures.
const MOST_ROWS: usize = 256;

/// The number of rows in a forward pass of the measures is a multiple of this.
const FEWEST_ROWS: usize = 8;

/// Multiplications of a thread that a forward pass of the measures on the CPU should not exceed: about a tenth of a second in a browser.
const PIECE: u64 = 500_000_000;

/// Outputs on images at one step, on the host.
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

/// The network after some steps, with its data. It shares its tensors with the run until that replaces them.
pub struct Checkpoint {
    pub(super) experiment: Experiment,
    pub(super) opened: ComputeDevice,
    pub(super) loader: Rc<DataLoader>,
    pub(super) network: Rc<Network>,
    pub(super) policies: Rc<Pair>,
    pub(super) theta: Tensor<1>,
    pub(super) statistics: Statistics,
    /// The matrix of a linear predictor that is learnt, `[d, d]`.
    pub(super) linear_predictor: Option<Tensor<2>>,
    /// A point for each class that the method keeps, `[C, d]`, if it keeps such.
    pub(super) prototypes: Option<Tensor<2>>,
    /// What the loss depends on beside the weights; nothing where that was not kept.
    pub(super) objective: Option<Rc<Objective>>,
    /// What was measured once for the whole run.
    pub(super) baselines: Rc<OnceCell<Vec<Scalar>>>,
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
            linear_predictor: self.predictor.matrix(&Weights::plain(&self.network.layout, &self.theta)),
            prototypes: self.method.prototypes(),
            objective: Some(Rc::new(self.objective())),
            baselines: Rc::clone(&self.baselines),
            step: self.step,
        }
    }
}

impl Checkpoint {
    /// After how many steps.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The experiment as it ran at this step.
    pub(crate) fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// The first validation images as they are, for pictures.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn snapshot(&self, pace: &Pace) -> Result<Snapshot, Fault> {
        let encoded = self.encode(Split::Validation, self.shown(), None, pace).await?;
        Ok(Snapshot {
            features: encoded.features,
            width: self.network.width(),
            embedding: encoded.embedding,
            dimension: self.network.dimension,
        })
    }

    /// All images of a split as they are: what an encoder is taken elsewhere for.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn outputs(&self, split: Split, pace: &Pace) -> Result<Snapshot, Fault> {
        let count = self.loader.images(split).len();
        pace.stage("Encoding images", count as u64);
        let encoded = self.encode(split, count, None, pace).await?;
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

    /// The two views of a validation image that the pair measures make of it, the same at every step: the embedding of each, of unit length,
    /// `[2, dimension]`, and their pixels, `[2, side, side, 3]`, in [0, 1]. Nothing if there is no such image.
    ///
    /// # Errors
    /// When the device failed.
    pub(crate) async fn views_of(&self, image: usize, pace: &Pace) -> Result<Option<(Vec<f32>, Vec<f32>)>, Fault> {
        let images = &self.loader.data().validation;
        if image >= images.len() {
            return Ok(None);
        }
        let view = |(number, policy): (u64, &Policy)| {
            let params = [policy.draw(&mut self.random(image, number), images.side)];
            policy.views(images, &[image], &params, [0.0; 3], [1.0; 3])
        };
        let pixels: Vec<f32> = (0..).zip([self.policies.first(), self.policies.second()]).flat_map(view).collect();
        let embedding = self.represent(&pixels, TheoremCase::Embedding, pace).await?;
        Ok(Some((embedding, pixels)))
    }

    /// The prototypes of the classes that the method keeps, `[C, dimension]`, if it keeps such; zeros for a class without one yet.
    ///
    /// # Errors
    /// When the device failed.
    pub(crate) async fn prototypes(&self) -> Result<Option<Vec<f32>>, Fault> {
        let Some(kept) = self.prototypes.clone() else { return Ok(None) };
        read_one(kept).await.map(Some).map_err(|error| self.device_fault(&error))
    }

    /// Embeddings of two views each of the first validation images, `most` of them or as many as there are, by the policies of the run:
    /// `[n, dimension]` twice, rows of unit length, and the dimension. The views are those of the pair measures, the same at every step.
    ///
    /// # Errors
    /// When the device failed.
    pub(crate) async fn view_embeddings(&self, most: usize, pace: &Pace) -> Result<([Vec<f32>; 2], usize), Fault> {
        let views = self.encode_pair(most, pace).await?;
        Ok((views.map(|view| view.embedding), self.network.dimension))
    }

    /// The same as they leave the projector, not scaled to unit length.
    ///
    /// # Errors
    /// When the device failed.
    pub(crate) async fn raw_view_embeddings(&self, most: usize, pace: &Pace) -> Result<([Vec<f32>; 2], usize), Fault> {
        let dimension = self.network.dimension;
        let raw = |view: Encoded| {
            let rows = view.embedding.chunks_exact(dimension.max(1)).zip(view.lengths);
            rows.flat_map(|(row, length)| row.iter().map(move |value| value * length)).collect()
        };
        Ok((self.encode_pair(most, pace).await?.map(raw), dimension))
    }

    async fn encode_pair(&self, most: usize, pace: &Pace) -> Result<[Encoded; 2], Fault> {
        let count = most.min(self.loader.data().validation.len());
        let first = self.encode(Split::Validation, count, Some((self.policies.first(), 0)), pace).await?;
        Ok([first, self.encode(Split::Validation, count, Some((self.policies.second(), 1)), pace).await?])
    }

    /// The filters of the first convolution, and their side in pixels, if it is one of colours: `[outputs, 3, side, side]`, of each filter its
    /// red, green and blue plane, rows from the top, as weights of normalised pixels.
    ///
    /// # Errors
    /// When the device failed.
    pub(crate) async fn first_filters(&self) -> Result<Option<(Vec<f32>, usize)>, Fault> {
        let first = self.network.layout.slots().iter().find(|slot| slot.shape.len() == 4);
        let Some(slot) = first else { return Ok(None) };
        let &[_, 3, height, side] = slot.shape.as_slice() else { return Ok(None) };
        if height != side {
            return Ok(None);
        }
        let window = self.theta.clone().narrow(0, slot.offset, slot.len());
        let read = read(vec![window]).await.map_err(|error| self.device_fault(&error))?;
        Ok(read.into_iter().next().map(|weights| (weights, side)))
    }

    /// The device that the network is on.
    pub(crate) fn device(&self) -> &Device {
        &self.opened.device
    }

    /// What one image costs.
    pub(super) fn cost(&self) -> Cost {
        self.network.cost(self.loader.data().train.side)
    }

    /// Rows of a forward pass over `count` images: always as many, so that there is one shape and one set of kernels, and no more on
    /// the CPU than are done in a moment.
    pub(super) fn rows(&self, count: usize) -> usize {
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

    pub(crate) fn device_fault(&self, error: &str) -> Fault {
        device_fault(&self.opened, self.step, error)
    }
}
