//! Bounds on the largest clique that need no search.
//!
//! METHODS.md 3.5.3. Each bound is a function of its own; [`super::clique`] takes the best of them.

use super::clique::colour;
use super::graph::{Bits, Graph};
use crate::augmented_distance::DistanceMatrix;

/// A maximal matching of the pairs that are *not* close. Its vertices cover all such pairs, so the others are a clique; and
/// every cover takes one vertex of each matched pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matching {
    /// Pairs of vertices, none in two of them.
    pub pairs: Vec<(usize, usize)>,
    /// The vertices in no pair: a clique.
    pub rest: Vec<usize>,
}

impl Matching {
    /// The largest clique has at least as many vertices as are left: `n - 2 |M|`, and one if there is any vertex.
    pub fn lower(&self) -> usize {
        self.rest.len().max(usize::from(!self.pairs.is_empty()))
    }

    /// The largest clique has at most `n - |M|` vertices.
    pub fn upper(&self) -> usize {
        self.rest.len() + self.pairs.len()
    }
}

/// Matches the pairs that are not joined in `good`, the farthest first (of equally far ones the lowest).
pub fn matching(good: &Graph, distances: &DistanceMatrix) -> Matching {
    let size = good.size();
    let mut bad: Vec<(f32, usize, usize)> = Vec::new();
    for i in 0..size {
        bad.extend((i + 1..size).filter(|j| !good.joined(i, *j)).map(|j| (distances.get(i, j), i, j)));
    }
    bad.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut free = Bits::full(size);
    let mut pairs = Vec::new();
    for (_, i, j) in bad {
        if free.has(i) && free.has(j) {
            free.remove(i);
            free.remove(j);
            pairs.push((i, j));
        }
    }
    Matching { pairs, rest: (0..size).filter(|vertex| free.has(*vertex)).collect() }
}

/// The largest clique among those grown from every vertex: always the candidate with most neighbours next.
pub fn greedy(good: &Graph) -> Vec<usize> {
    let degrees = good.degrees();
    let mut order: Vec<usize> = (0..good.size()).collect();
    order.sort_by_key(|vertex| (usize::MAX - degrees[*vertex], *vertex));
    let mut best: Vec<usize> = Vec::new();
    for (start, degree) in degrees.iter().enumerate() {
        if *degree < best.len() {
            continue;
        }
        let (mut members, mut left) = (vec![start], good.neighbours(start).clone());
        for &vertex in &order {
            if left.has(vertex) {
                members.push(vertex);
                left.keep(good.neighbours(vertex));
            }
        }
        if members.len() > best.len() {
            best = members;
        }
    }
    best.sort_unstable();
    best
}

/// A clique lies within the neighbourhood of each of its members: at most the largest degree and one.
pub fn neighbourhood(good: &Graph) -> usize {
    good.degrees().into_iter().max().map_or(0, |degree| degree + 1)
}

/// Colours of a greedy colouring in which no two joined vertices are alike: a clique has at most one vertex of each.
pub fn colouring(good: &Graph) -> usize {
    let degrees = good.degrees();
    let mut order: Vec<usize> = (0..good.size()).collect();
    order.sort_by_key(|vertex| (usize::MAX - degrees[*vertex], *vertex));
    let good = good.reordered(&order);
    colour(&good, &Bits::full(good.size())).last().map_or(0, |(_, colours)| *colours)
}
