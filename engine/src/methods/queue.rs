//! The queue: embeddings of former batches that are still negatives.

use super::Setup;
use crate::losses::normalise;
use crate::nn::upload;
use crate::random::{Purpose, RngExt as _, stream};
use crate::state::{State, Stored, size, unfitting};
use augsphere_spec::Fault;
use burn::tensor::{Device, Tensor};
use std::collections::VecDeque;

/// Where the keys of a queue stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// How many places there are.
    pub length: usize,
    /// The place of the next key.
    pub next: usize,
    /// How many places an encoder's keys fill: the first ones, until all are full.
    pub real: usize,
    /// Whether random directions stand in the other places, and count as negatives.
    pub random: bool,
    /// The first place and the number of the keys of each step that are all there, the newest first.
    pub steps: Vec<(usize, usize)>,
}

/// A ring of unit-length embeddings, newest over oldest, that no gradient reaches.
#[derive(Clone)]
pub(super) struct Queue {
    length: usize,
    random_start: bool,
    seed: u64,
    rows: Option<Tensor<2>>,
    next: usize,
    seen: usize,
    /// Where the keys of each push that are all still there begin, and how many they are; the newest first.
    pushes: VecDeque<(usize, usize)>,
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
            pushes: VecDeque::new(),
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
        let real = if self.holds(dimension) { self.seen.min(self.length) } else { 0 };
        let counted = if self.random_start { self.length } else { real };
        (if like.is_autodiff() { rows.autodiff() } else { rows }, counted)
    }

    /// Share of the queue that real embeddings fill, 0 to 1, as one element.
    pub fn filled(&self, like: &Tensor<2>) -> Tensor<1> {
        upload(vec![self.seen.min(self.length) as f32 / self.length as f32], &like.device().without_autodiff())
    }

    /// Whether it is empty or holds embeddings of this dimension.
    fn holds(&self, dimension: usize) -> bool {
        self.rows.as_ref().is_none_or(|rows| rows.dims()[1] == dimension)
    }

    /// Makes room for embeddings of this dimension: of others nothing can stay. Says whether what was there did, so that what goes with each
    /// key can be dropped, too.
    pub fn fit(&mut self, dimension: usize) -> bool {
        let holds = self.holds(dimension);
        if !holds {
            (self.rows, self.next, self.seen) = (None, 0, 0);
            self.pushes.clear();
        }
        holds
    }

    /// Puts `keys` (`[N, d]`, any length) over the oldest rows; of more than the queue holds, the last ones.
    pub fn push(&mut self, keys: Tensor<2>) {
        let [count, dimension] = keys.dims();
        let device = keys.device();
        self.fit(dimension);
        let rows = self.rows.take().unwrap_or_else(|| self.fresh(dimension, &device));
        self.rows = Some(self.over(rows, normalise(keys)));
        let kept = count.min(self.length);
        self.pushes.push_front((self.next, kept));
        while self.pushes.iter().map(|(_, count)| count).sum::<usize>() > self.length {
            self.pushes.pop_back();
        }
        self.next = (self.next + kept) % self.length;
        self.seen += kept;
    }

    /// Where its keys stand.
    pub fn ring(&self) -> Ring {
        Ring {
            length: self.length,
            next: self.next,
            real: self.seen.min(self.length),
            random: self.random_start,
            steps: self.pushes.iter().copied().collect(),
        }
    }

    /// How many pushes are wholly there.
    pub fn pushes(&self) -> usize {
        self.pushes.len()
    }

    /// The keys of the push that is so many pushes old, 1 being the newest, `[N, d]` of unit length; of more keys than there is room for,
    /// the last ones. Nothing if they are not all there any more.
    pub fn pushed(&self, age: usize) -> Option<Tensor<2>> {
        let &(at, count) = self.pushes.get(age.checked_sub(1)?)?;
        let rows = self.rows.as_ref()?;
        let first = count.min(self.length - at);
        let start = rows.clone().narrow(0, at, first);
        if first == count { Some(start) } else { Some(Tensor::cat(vec![start, rows.clone().narrow(0, 0, count - first)], 0)) }
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

    /// Adds the ring to a checkpoint.
    pub fn state(&self, state: &mut State) {
        self.rows.iter().for_each(|rows| state.tensor("method.queue", rows));
        state.count("method.queue.next", [self.next as u64]);
        state.count("method.queue.seen", [self.seen as u64]);
        state.count("method.queue.pushes", self.pushes.iter().flat_map(|(at, count)| [*at as u64, *count as u64]));
    }

    /// Goes on from what [`Queue::state`] has added.
    ///
    /// # Errors
    /// If the ring there has another length, or its places are none of this one.
    pub fn restore(&mut self, stored: &Stored<'_>) -> Result<(), Fault> {
        self.rows = stored.matrix("method.queue", Some(self.length), None)?;
        self.next = stored.count("method.queue.next");
        self.seen = stored.count("method.queue.seen");
        let pushes = stored.counts("method.queue.pushes").as_chunks::<2>().0;
        self.pushes = pushes.iter().map(|[at, count]| (size(*at), size(*count))).collect();
        let inside = |(at, count): &(usize, usize)| *at < self.length && *count <= self.length;
        if self.next >= self.length || !self.pushes.iter().all(inside) {
            return Err(unfitting("its queue has places that are not here"));
        }
        Ok(())
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

    /// Each push is found by its age, across the end of the ring, until a newer one has gone over its first key.
    #[test]
    fn a_push_is_found_by_its_age() {
        let mut queue = queue(5, "empty");
        let signs = |queue: &Queue, age: usize| {
            let values = block_on(read_one(queue.pushed(age)?)).expect("the device answers");
            Some(values.chunks_exact(2).map(|row| (4.0 * row[0] / (3.0 * row[1])).round()).collect::<Vec<f32>>())
        };
        assert_eq!((queue.pushes(), signs(&queue, 1)), (0, None));
        queue.push(keys(&[1.0, 2.0, 3.0]));
        assert_eq!((signs(&queue, 0), signs(&queue, 1)), (None, Some(vec![1.0, 2.0, 3.0])));
        assert_eq!(queue.ring(), Ring { length: 5, next: 3, real: 3, random: false, steps: vec![(0, 3)] });
        queue.push(keys(&[4.0, 5.0]));
        assert_eq!((signs(&queue, 1), signs(&queue, 2)), (Some(vec![4.0, 5.0]), Some(vec![1.0, 2.0, 3.0])));
        queue.push(keys(&[6.0, 7.0]));
        assert_eq!((queue.pushes(), signs(&queue, 2), signs(&queue, 3)), (2, Some(vec![4.0, 5.0]), None));
        queue.push(keys(&[8.0, 9.0, 10.0]));
        assert_eq!((signs(&queue, 1), signs(&queue, 2)), (Some(vec![8.0, 9.0, 10.0]), Some(vec![6.0, 7.0])), "round the end");
        assert_eq!(queue.ring(), Ring { length: 5, next: 0, real: 5, random: false, steps: vec![(2, 3), (0, 2)] });
    }

    /// Embeddings of another dimension begin a queue anew: nothing of it counts as real.
    #[test]
    fn another_dimension_empties_it() {
        let mut queue = queue(4, "empty");
        queue.push(keys(&[1.0, 2.0, 3.0]));
        let wide = upload(vec![1.0, 0.0, 0.0], &Device::flex()).reshape([1, 3]);
        assert_eq!(queue.rows(&wide).1, 0);
        queue.push(wide.clone());
        assert_eq!((queue.rows(&wide).1, queue.pushes()), (1, 1));
        // What goes with the keys is put where they are: three keys of two numbers come over the first three places again.
        assert!(queue.fit(3) && !queue.fit(2));
        let classes = queue
            .over(upload(vec![0.0; 4], &Device::flex()).reshape([4, 1]), upload(vec![1.0; 3], &Device::flex()).reshape([3, 1]));
        assert_eq!(block_on(read_one(classes)).expect("the device answers"), [1.0, 1.0, 1.0, 0.0]);
        queue.push(keys(&[1.0, 2.0, 3.0]));
        assert_eq!((queue.rows(&keys(&[1.0])).1, queue.pushes()), (3, 1));
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
