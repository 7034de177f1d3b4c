//! The queue: embeddings of former batches that are still negatives.

use super::Setup;
use crate::losses::normalise;
use crate::nn::upload;
use crate::random::{Purpose, RngExt as _, stream};
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block_on;
    use crate::readback::read_one;
    use augsphere_spec::Knobs;

    fn queue(length: i64, start: &str) -> Queue {
        let mut knobs = Knobs::default();
        knobs.set("queue", length);
        knobs.set("queue_start", start);
        Queue::new(&Setup { knobs: &knobs, seed: 3, images: 0 })
    }

    /// Rows that point along one of two axes: which one tells a row from another.
    fn keys(signs: &[f32]) -> Tensor<2> {
        let values = signs.iter().flat_map(|sign| [3.0 * sign, 4.0]).collect();
        upload(values, &Device::flex()).reshape([signs.len(), 2])
    }

    fn values(queue: &Queue) -> Vec<f32> {
        block_on(read_one(queue.rows(&keys(&[1.0])).0)).expect("the device answers")
    }

    #[test]
    fn newest_keys_go_over_the_oldest_and_round_the_end() {
        let mut queue = queue(5, "empty");
        assert_eq!(queue.rows(&keys(&[1.0])).1, 0, "nothing counts at first");
        queue.push(keys(&[1.0, 2.0, 3.0]));
        assert_eq!(queue.rows(&keys(&[1.0])).1, 3);
        queue.push(keys(&[-1.0, -2.0, -3.0]));
        assert_eq!(queue.rows(&keys(&[1.0])).1, 5);
        let first: Vec<f32> = values(&queue).chunks_exact(2).map(|row| row[0]).collect();
        let unit = |sign: f32| 3.0 * sign / (9.0 * sign * sign + 16.0).sqrt();
        // Rows 3 and 4 were free, then row 0 was the oldest.
        for (found, sign) in first.iter().zip([-3.0, 2.0, 3.0, -1.0, -2.0]) {
            assert!((found - unit(sign)).abs() < 1e-6, "{first:?}");
        }
    }

    #[test]
    fn of_more_keys_than_it_holds_the_last_stay() {
        let mut queue = queue(2, "random");
        queue.push(keys(&[1.0, 2.0, 3.0, 4.0, 5.0]));
        let first: Vec<f32> = values(&queue).chunks_exact(2).map(|row| row[0]).collect();
        assert!(first.iter().all(|value| *value > 12.0 / (144.0f32 + 16.0).sqrt() - 1e-6), "keys 4 and 5: {first:?}");
    }

    #[test]
    fn a_random_start_is_of_unit_length_and_all_of_it_counts() {
        let queue = queue(64, "random");
        assert_eq!(queue.rows(&keys(&[1.0])).1, 64);
        for row in values(&queue).chunks_exact(2) {
            assert!((row[0].hypot(row[1]) - 1.0).abs() < 1e-5, "{row:?}");
        }
        assert!(
            (block_on(read_one(queue.filled(&keys(&[1.0])))).expect("the device answers")[0]).abs() < 1e-6,
            "none of it is real"
        );
    }
}
