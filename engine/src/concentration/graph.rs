//! The threshold graph: which images of a class are close, as bits.

use crate::augmented_distance::DistanceMatrix;

/// How far a distance may exceed a threshold and still count as equal to it, as a share: pixels have 24 bits, so the
/// distance of 0.9 and 1.0 comes out as 0.100000024.
pub(super) const SLACK: f64 = 1e-6;

/// A set of small numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub fn empty(size: usize) -> Self {
        Self(vec![0; size.div_ceil(64)])
    }

    pub fn full(size: usize) -> Self {
        let mut bits = Self::empty(size);
        (0..size).for_each(|at| bits.insert(at));
        bits
    }

    pub fn insert(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    pub fn remove(&mut self, at: usize) {
        self.0[at / 64] &= !(1 << (at % 64));
    }

    pub fn has(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 == 1
    }

    pub fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub fn first(&self) -> Option<usize> {
        let word = self.0.iter().position(|word| *word != 0)?;
        Some(64 * word + self.0[word].trailing_zeros() as usize)
    }

    /// Keeps what is in `other` too.
    pub fn keep(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= other);
    }

    /// Removes what is in `other`.
    pub fn drop_all(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= !other);
    }
}

/// A graph without loops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    neighbours: Vec<Bits>,
}

impl Graph {
    /// A graph of `size` vertices with an edge wherever `edge(i, j)` with `i < j` says so.
    pub fn from_fn(size: usize, mut edge: impl FnMut(usize, usize) -> bool) -> Self {
        let mut neighbours = vec![Bits::empty(size); size];
        for first in 0..size {
            for second in first + 1..size {
                if edge(first, second) {
                    neighbours[first].insert(second);
                    neighbours[second].insert(first);
                }
            }
        }
        Self { neighbours }
    }

    /// The good graph at `delta`: an edge where the distance is at most `delta`, within a millionth of it.
    pub fn good(distances: &DistanceMatrix, delta: f64) -> Self {
        Self::from_fn(distances.side(), |i, j| close(distances.get(i, j), delta))
    }

    /// How many vertices.
    pub fn size(&self) -> usize {
        self.neighbours.len()
    }

    /// Whether two vertices are joined; no vertex is with itself.
    ///
    /// # Panics
    /// If there is no such vertex.
    pub fn joined(&self, i: usize, j: usize) -> bool {
        assert!(j < self.size(), "a graph of {} vertices", self.size());
        self.neighbours[i].has(j)
    }

    /// How many vertices each is joined with.
    pub fn degrees(&self) -> Vec<usize> {
        self.neighbours.iter().map(Bits::count).collect()
    }

    /// Whether all of these are joined with each other.
    pub fn is_clique(&self, members: &[usize]) -> bool {
        members.iter().enumerate().all(|(at, i)| members[..at].iter().all(|j| self.joined(*i, *j)))
    }

    /// The same graph with vertex `i` at the index of `order[i]`.
    pub(super) fn reordered(&self, order: &[usize]) -> Self {
        Self::from_fn(self.size(), |i, j| self.joined(order[i], order[j]))
    }

    pub(super) fn neighbours(&self, vertex: usize) -> &Bits {
        &self.neighbours[vertex]
    }
}

/// Whether a distance is at most `delta`, within a millionth of it.
pub(super) fn close(distance: f32, delta: f64) -> bool {
    f64::from(distance) <= delta * (1.0 + SLACK)
}
