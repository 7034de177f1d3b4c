//! Which embeddings of former batches are still negatives?

use super::Setup;
use crate::losses::normalise;
use crate::nn::upload;
use crate::random::{Draw as _, Purpose, stream};
use burn::tensor::{Device, Tensor};

/// A ring of unit-length embeddings, newest over oldest, that no gradient reaches.
pub(super) struct Queue {
    length: usize,
    random_start: bool,
    seed: u64,
    rows: Option<Tensor<2>>,
    next: usize,
    seen: usize,
}

impl Queue {
    /// From the knobs `queue` and `queue_start`.
    pub fn new(setup: &Setup<'_>) -> Self {
        Self {
            length: setup.knobs.count("queue").max(2),
            random_start: setup.knobs.text("queue_start") != "empty",
            seed: setup.seed,
            rows: None,
            next: 0,
            seen: 0,
        }
    }

    /// Unit vectors in random directions: what MoCo starts from.
    fn fresh(&self, dimension: usize, device: &Device) -> Tensor<2> {
        let mut rng = stream(self.seed, Purpose::Queue, 0);
        let values = (0..self.length * dimension).map(|_| rng.normal()).collect();
        normalise(upload(values, device).reshape([self.length, dimension]))
    }

    /// The queue `[K, d]` as it stands, tracked like `like`, and how many of its first rows count.
    pub fn rows(&self, like: &Tensor<2>) -> (Tensor<2>, usize) {
        let [_, dimension] = like.dims();
        let device = like.device().without_autodiff();
        let rows = self.rows.clone().filter(|rows| rows.dims()[1] == dimension).unwrap_or_else(|| self.fresh(dimension, &device));
        let counted = if self.random_start { self.length } else { self.seen.min(self.length) };
        (if like.is_autodiff() { rows.autodiff() } else { rows }, counted)
    }

    /// Share of the queue that real embeddings fill, 0 to 1, as one element.
    pub fn filled(&self, like: &Tensor<2>) -> Tensor<1> {
        upload(vec![self.seen.min(self.length) as f32 / self.length as f32], &like.device().without_autodiff())
    }

    /// Puts `keys` (`[N, d]`, any length) over the oldest rows; of more than the queue holds, the last ones.
    pub fn push(&mut self, keys: Tensor<2>) {
        let [count, dimension] = keys.dims();
        let device = keys.device();
        let rows = self.rows.take().filter(|rows| rows.dims()[1] == dimension).unwrap_or_else(|| self.fresh(dimension, &device));
        self.rows = Some(self.over(rows, normalise(keys)));
        let kept = count.min(self.length);
        self.next = (self.next + kept) % self.length;
        self.seen += kept;
    }

    /// `table` `[K, any]` with `rows` `[N, any]` where [`Queue::push`] puts `N` keys next: something that goes with each key.
    pub fn over(&self, table: Tensor<2>, rows: Tensor<2>) -> Tensor<2> {
        let [count, width] = rows.dims();
        let kept = count.min(self.length);
        let rows = rows.narrow(0, count - kept, kept);
        // Up to the end of the ring, and the rest from its beginning.
        let first = kept.min(self.length - self.next);
        [(0, self.next, first), (first, 0, kept - first)]
            .into_iter()
            .filter(|(_, _, length)| *length > 0)
            .fold(table, |table, (from, at, length)| {
                table.slice_assign([at..at + length, 0..width], rows.clone().narrow(0, from, length))
            })
    }

    /// How many rows it holds when it is full.
    pub fn length(&self) -> usize {
        self.length
    }
}
