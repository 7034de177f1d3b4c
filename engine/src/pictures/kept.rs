//! Moments of a run that can be gone back to, in bounded memory.

use crate::trainer::Snapshot;
use std::collections::VecDeque;
use std::rc::Rc;

/// Most moments that are kept.
const MOST: usize = 500;
/// Most bytes that they take.
const BYTES: usize = 96 << 20;

/// Embeddings of the first validation images at one step.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptMoment {
    /// After how many steps.
    pub step: u64,
    /// Embeddings scaled to unit length, `[n, dimension]`.
    pub embedding: Vec<f32>,
    /// Dimension of the embedding.
    pub dimension: usize,
}

impl KeptMoment {
    /// What is kept of a snapshot.
    pub fn of(step: u64, snapshot: &Snapshot) -> Self {
        Self { step, embedding: snapshot.embedding.clone(), dimension: snapshot.dimension }
    }

    /// How many images.
    pub fn count(&self) -> usize {
        self.embedding.len() / self.dimension.max(1)
    }

    /// The embedding of each image.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, f32> {
        self.embedding.chunks_exact(self.dimension.max(1))
    }

    fn bytes(&self) -> usize {
        size_of::<f32>() * self.embedding.len()
    }
}

/// The kept moments of a run, steps rising. Where there are too many, every second one goes, the first and the last stay: a long run is kept
/// as coarsely as it must be, and evenly.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    moments: VecDeque<Rc<KeptMoment>>,
    /// Moments that are nearer to the one before than so many steps are not kept for good.
    apart: u64,
}

impl Kept {
    /// Keeps a moment; the last one makes room for it if it is nearer to the one before it than the moments now stand apart. Whether the
    /// steps that are kept have changed.
    pub fn keep(&mut self, moment: Rc<KeptMoment>) -> bool {
        if self.moments.back().is_some_and(|last| last.step >= moment.step) {
            return false;
        }
        let near = |kept: &VecDeque<Rc<KeptMoment>>, apart: u64| {
            let count = kept.len();
            count > 1 && kept[count - 1].step - kept[count - 2].step < apart
        };
        if near(&self.moments, self.apart) {
            self.moments.pop_back();
        }
        self.moments.push_back(moment);
        while self.moments.len() > MOST || (self.bytes() > BYTES && self.moments.len() > 2) {
            self.thin();
        }
        true
    }

    /// Gives up the moments from `step` on: the network there is another one by now.
    pub fn forget(&mut self, step: u64) {
        self.moments.retain(|moment| moment.step < step);
    }

    fn thin(&mut self) {
        let (first, last) = (self.steps().next().unwrap_or(0), self.moments.len() - 1);
        let span = self.moments.back().map_or(0, |moment| moment.step) - first;
        self.apart = (2 * self.apart).max(2 * span / self.moments.len() as u64).max(2);
        let mut place = 0;
        self.moments.retain(|_| {
            place += 1;
            (place - 1) % 2 == 0 || place - 1 == last
        });
    }

    fn bytes(&self) -> usize {
        self.moments.iter().map(|moment| moment.bytes()).sum()
    }

    /// Their steps, rising.
    pub fn steps(&self) -> impl Iterator<Item = u64> {
        self.moments.iter().map(|moment| moment.step)
    }

    /// The last moment that is not after `step`, or the first.
    pub fn at(&self, step: u64) -> Option<Rc<KeptMoment>> {
        let after = self.moments.partition_point(|moment| moment.step <= step);
        self.moments.get(after.saturating_sub(1)).cloned()
    }

    /// At most so many moments (two or more) that are not after `step`, evenly among those that are kept: the first, the last and others
    /// between them.
    pub fn trail(&self, step: u64, most: usize) -> Vec<Rc<KeptMoment>> {
        let last = self.moments.partition_point(|moment| moment.step <= step).saturating_sub(1);
        let gaps = last.min(most.saturating_sub(1)).max(1);
        let mut places: Vec<usize> = (0..=gaps).map(|place| place * last / gaps).collect();
        places.dedup();
        let moments = places.into_iter().filter_map(|place| self.moments.get(place)).filter(|moment| moment.step <= step);
        moments.cloned().collect()
    }

    /// At most so many of them, and no more bytes than these unless they are two: evenly, with the first and the last.
    pub fn sample(&self, most: usize, bytes: usize) -> Vec<Rc<KeptMoment>> {
        let each = self.bytes() / self.moments.len().max(1);
        self.trail(u64::MAX, most.min(bytes / each.max(1)).max(2))
    }

    /// The last moment.
    pub fn last(&self) -> Option<Rc<KeptMoment>> {
        self.moments.back().cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(step: u64, numbers: usize) -> Rc<KeptMoment> {
        Rc::new(KeptMoment { step, embedding: vec![0.5; numbers], dimension: 2 })
    }

    #[test]
    fn a_long_run_is_kept_evenly_from_its_first_moment_to_its_last() {
        let mut kept = Kept::default();
        for step in 0..20_000u64 {
            assert!(kept.keep(moment(step, 8)));
            assert!(kept.moments.len() <= MOST);
        }
        let steps: Vec<u64> = kept.steps().collect();
        assert_eq!((steps[0], steps[steps.len() - 1]), (0, 19_999));
        assert!(steps.len() > MOST / 4, "{}", steps.len());
        let gaps: Vec<u64> = steps.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let (least, most) = (gaps[..gaps.len() - 1].iter().min(), gaps.iter().max());
        assert!(most <= least.map(|least| 4 * least).as_ref(), "{least:?} to {most:?}");
    }

    #[test]
    fn memory_is_bounded_however_large_a_moment_is() {
        let mut kept = Kept::default();
        for step in 0..40 {
            kept.keep(moment(step, 3 << 20));
            assert!(kept.bytes() <= BYTES, "{}", kept.bytes());
        }
        assert_eq!(kept.steps().next(), Some(0));
        assert_eq!(kept.last().map(|moment| moment.step), Some(39));
    }

    #[test]
    fn the_moment_at_a_step_is_the_last_one_before_it() {
        let mut kept = Kept::default();
        assert!(kept.at(3).is_none() && kept.last().is_none());
        [2, 5, 9].into_iter().for_each(|step| assert!(kept.keep(moment(step, 2))));
        assert!(!kept.keep(moment(9, 2)), "a step is kept once");
        let at = |step| kept.at(step).map(|moment| moment.step);
        assert_eq!([at(0), at(2), at(6), at(100)], [Some(2), Some(2), Some(5), Some(9)]);
    }

    #[test]
    fn a_trail_goes_evenly_from_the_first_moment_to_the_last_before_a_step() {
        let mut kept = Kept::default();
        let steps = |kept: &Kept, step, most| kept.trail(step, most).iter().map(|moment| moment.step).collect::<Vec<_>>();
        assert_eq!(steps(&kept, 5, 4), [0; 0]);
        (1..=100).for_each(|step| assert!(kept.keep(moment(step, 2))));
        assert_eq!(steps(&kept, 0, 4), [0; 0], "before the first");
        assert_eq!([steps(&kept, 1, 4), steps(&kept, 100, 1)].map(|steps| steps.len()), [1, 2]);
        assert_eq!(steps(&kept, 3, 24), [1, 2, 3]);
        assert_eq!(steps(&kept, 70, 4), [1, 24, 47, 70]);
    }
}
