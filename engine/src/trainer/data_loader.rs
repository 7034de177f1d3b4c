//! Batches of one data set on one device: which images a step sees, and how they get there.
//!
//! On the CPU views are made on the host, where the data already are. On a GPU all bytes are uploaded once, a batch is
//! a gather of indices, and augmentation runs on the device. Both see the same random numbers.

use super::resident::Resident;
use crate::augmentations::{Pair, Params, Policy};
use crate::datasets::{Dataset, Images};
use crate::device::{ComputeDevice, DeviceKind};
use crate::random::{Purpose, RngExt as _, stream};
use burn::tensor::{Tensor, TensorData};
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

/// What images are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// To learn from.
    Train,
    /// To measure while one trains and chooses.
    Validation,
    /// Held out for the last numbers.
    Test,
}

/// The mean of views of the same images, `[N, S, S, 3]` each, of which there is at least one.
///
/// # Panics
/// If there is none.
pub fn pixel_mean(views: impl Iterator<Item = Tensor<4>>) -> Tensor<4> {
    let (sum, count) = views
        .map(|view| (view, 1usize))
        .reduce(|(sum, count), (view, one)| (sum + view, count + one))
        .expect("a mean of at least one view");
    sum / count as f64
}

/// Serves batches of one data set on one device.
pub struct DataLoader {
    data: Rc<Dataset>,
    opened: ComputeDevice,
    /// The images of each split on a GPU.
    resident: Option<[Resident; 3]>,
    batch: usize,
    seed: u64,
    /// The last epoch asked for, and its order.
    order: RefCell<(u64, Vec<usize>)>,
}

impl DataLoader {
    /// Takes the data set onto the device.
    pub fn new(data: Rc<Dataset>, opened: &ComputeDevice, batch: usize, seed: u64) -> Self {
        let upload = |images: &Images| Resident::new(images, &opened.device, opened.max_binding);
        let resident = (opened.kind != DeviceKind::Cpu).then(|| [&data.train, &data.validation, &data.test].map(upload));
        Self { data, opened: opened.clone(), resident, batch, seed, order: RefCell::new((u64::MAX, Vec::new())) }
    }

    /// The data set.
    pub fn data(&self) -> &Dataset {
        &self.data
    }

    /// The data set, for another run on it.
    pub fn shared(&self) -> Rc<Dataset> {
        Rc::clone(&self.data)
    }

    /// Some images of an epoch's order.
    fn ordered(&self, epoch: u64, range: Range<usize>) -> Vec<usize> {
        let mut known = self.order.borrow_mut();
        if known.0 != epoch {
            let mut order: Vec<usize> = (0..self.data.train.len()).collect();
            stream(self.seed, Purpose::Batches, epoch).shuffle(&mut order);
            *known = (epoch, order);
        }
        known.1[range.start..range.end.min(known.1.len())].to_vec()
    }

    /// The training images of a step: every epoch in a new order, the last short batch dropped so that shapes stay constant.
    pub fn rows(&self, step: u64) -> Vec<usize> {
        let per_epoch = (self.data.train.len() / self.batch).max(1) as u64;
        let start = (step % per_epoch) as usize * self.batch;
        self.ordered(step / per_epoch, start..start + self.batch)
    }

    /// Both views of a step's images, `[2N, S, S, 3]`: first view of every image, then second view of every image.
    pub fn views(&self, step: u64, policies: &Pair) -> Tensor<4> {
        let mut rows = self.rows(step);
        let images = rows.len();
        let side = self.data.train.side;
        let mut rng = stream(self.seed, Purpose::Augmentations, step);
        let mut draw = |policy: &Policy| (0..images).map(|_| policy.draw(&mut rng, side)).collect::<Vec<_>>();
        let (mut first, second) = (draw(policies.first()), draw(policies.second()));
        if policies.alike() {
            rows.extend_from_within(..);
            first.extend(second);
            return self.augmented(Split::Train, &rows, &first, policies.first());
        }
        let views = [(policies.first(), first), (policies.second(), second)];
        Tensor::cat(views.map(|(policy, params)| self.augmented(Split::Train, &rows, &params, policy)).to_vec(), 0)
    }

    /// The pixel mean of `count` views of each of a step's images, `[N, S, S, 3]`, normalised as they are: an estimate of
    /// `E_T T(x)`. The views are drawn apart from those of [`DataLoader::views`], by the policies of the first and the second view in turn.
    pub fn mean_view(&self, step: u64, policies: &Pair, count: usize) -> Tensor<4> {
        self.mean_view_of(Split::Train, &self.rows(step), step, policies, count)
    }

    /// The same of given images; `number` says which of the views that can be drawn.
    pub(super) fn mean_view_of(&self, split: Split, rows: &[usize], number: u64, policies: &Pair, count: usize) -> Tensor<4> {
        let side = self.images(split).side;
        let mut rng = stream(self.seed, Purpose::MeanViews, number);
        let views = (0..count.max(1)).map(|number| {
            let policy = policies.in_turn(number);
            let params: Vec<_> = rows.iter().map(|_| policy.draw(&mut rng, side)).collect();
            self.augmented(split, rows, &params, policy)
        });
        pixel_mean(views)
    }

    /// Given views of given images, normalised, `[B, S, S, 3]`; `params[i]` makes the view of image `rows[i]`.
    pub fn augmented(&self, split: Split, rows: &[usize], params: &[Vec<Params>], policy: &Policy) -> Tensor<4> {
        let (mean, deviation) = (self.data.mean, self.data.deviation);
        let images = self.images(split);
        let side = images.side;
        match &self.resident {
            None => {
                let values = policy.views(images, rows, params, mean, deviation);
                Tensor::from_data(TensorData::new(values, [rows.len(), side, side, 3]), &self.opened.device)
            }
            Some(resident) => {
                let gather = || resident[split as usize].gather(rows);
                policy.views_of(params, side, &self.opened.device, mean, deviation, gather)
            }
        }
    }

    /// Images as they are, normalised, `[B, S, S, 3]`.
    pub fn plain(&self, split: Split, rows: &[usize]) -> Tensor<4> {
        self.augmented(split, rows, &vec![Vec::new(); rows.len()], &Policy::new(&[]))
    }

    /// The images of a split.
    pub fn images(&self, split: Split) -> &Images {
        match split {
            Split::Train => &self.data.train,
            Split::Validation => &self.data.validation,
            Split::Test => &self.data.test,
        }
    }
}
