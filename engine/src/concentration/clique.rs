//! The largest set of images of which all are close to each other: a clique of the threshold graph.
//!
//! Branch and bound with the greedy colouring bound (Tomita and Seki 2003; as bits: San Segundo et al. 2011), within a
//! budget; what it leaves open lies in a certified interval.

use super::bounds::{colouring, greedy, matching, neighbourhood};
use super::graph::{Bits, Graph};
use crate::augmented_distance::DistanceMatrix;

/// Nodes of the search that are always affordable: they take half a second for 200 images whose distances have no pattern, and
/// a search among distances of points ends after a few hundredths.
pub const BUDGET: u64 = 200_000;

/// Classes larger than this are not searched, only bounded. METHODS.md 3.5.3 names 200; among distances of points 500 are
/// as quick, and where they are not, the budget ends the search.
pub const EXACT: usize = 500;

/// What is known of the largest clique of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clique {
    /// It has at least as many vertices: as many as `members`.
    pub lower: usize,
    /// It has at most as many.
    pub upper: usize,
    /// The largest clique found, in order.
    pub members: Vec<usize>,
    /// Whether `members` is a largest one: `lower == upper`.
    pub exact: bool,
}

impl Clique {
    pub(super) fn between(members: Vec<usize>, upper: usize) -> Self {
        let lower = members.len();
        let upper = upper.max(lower);
        Self { lower, upper, members, exact: lower == upper }
    }
}

/// The bounds without a search, all of them together.
pub fn certified(good: &Graph, distances: &DistanceMatrix) -> Clique {
    let matching = matching(good, distances);
    let found = greedy(good);
    let upper = matching.upper().min(neighbourhood(good)).min(colouring(good));
    Clique::between(if found.len() >= matching.rest.len() { found } else { matching.rest }, upper)
}

/// The largest clique at `delta`: exactly where there are at most [`EXACT`] images and `budget` nodes suffice, and
/// otherwise between the certified bounds.
pub fn main_part(distances: &DistanceMatrix, delta: f64, budget: u64) -> Clique {
    let good = Graph::good(distances, delta);
    let bounds = certified(&good, distances);
    if bounds.exact || good.size() > EXACT { bounds } else { search(&good, bounds, budget) }
}

/// Searches for a clique larger than the one known, until it is certain that there is none or `budget` nodes are spent.
pub fn search(good: &Graph, known: Clique, budget: u64) -> Clique {
    if known.exact {
        return known;
    }
    let order = degeneracy(good);
    let mut search = Search {
        good: good.reordered(&order),
        best: known.members.len(),
        members: None,
        upper: known.upper,
        left: budget,
        chosen: Vec::new(),
    };
    let open = search.expand(&Bits::full(good.size()));
    let upper = open.map_or(search.best, |open| open.max(search.best)).min(known.upper);
    let members = search.members.map_or(known.members, |members| members.into_iter().map(|vertex| order[vertex]).collect());
    let mut clique = Clique::between(members, upper);
    clique.members.sort_unstable();
    clique
}

/// Vertices in the order in which they are best tried: the last of the smallest degree among those left.
fn degeneracy(good: &Graph) -> Vec<usize> {
    let mut degrees = good.degrees();
    let mut left = Bits::full(good.size());
    let mut order = Vec::new();
    for _ in 0..good.size() {
        let Some(least) = (0..good.size()).filter(|vertex| left.has(*vertex)).min_by_key(|vertex| degrees[*vertex]) else {
            break;
        };
        left.remove(least);
        order.push(least);
        for (vertex, degree) in degrees.iter_mut().enumerate() {
            *degree -= usize::from(left.has(vertex) && good.joined(least, vertex));
        }
    }
    order.reverse();
    order
}

struct Search {
    good: Graph,
    /// Vertices of the largest clique known, and that clique if it was found here.
    best: usize,
    members: Option<Vec<usize>>,
    /// No clique is larger.
    upper: usize,
    left: u64,
    chosen: Vec<usize>,
}

impl Search {
    /// Tries all cliques that extend the chosen vertices by some of `candidates`. If the budget ends before, returns how
    /// large those that were not tried may be.
    fn expand(&mut self, candidates: &Bits) -> Option<usize> {
        if self.left == 0 {
            return Some(self.chosen.len() + candidates.count());
        }
        self.left -= 1;
        let mut candidates = candidates.clone();
        let coloured = colour(&self.good, &candidates);
        for &(vertex, colours) in coloured.iter().rev() {
            // Vertices come in the order of their colours: all that are left have at most this many.
            if self.chosen.len() + colours <= self.best || self.best == self.upper {
                return None;
            }
            self.chosen.push(vertex);
            let mut within = candidates.clone();
            within.keep(self.good.neighbours(vertex));
            let open = if within.first().is_some() {
                self.expand(&within)
            } else {
                if self.chosen.len() > self.best {
                    self.best = self.chosen.len();
                    self.members = Some(self.chosen.clone());
                }
                None
            };
            self.chosen.pop();
            if open.is_some() {
                return Some(self.chosen.len() + colours);
            }
            candidates.remove(vertex);
        }
        None
    }
}

/// The candidates with the number of colours used so far, in the order of their colours.
pub(super) fn colour(good: &Graph, candidates: &Bits) -> Vec<(usize, usize)> {
    let mut left = candidates.clone();
    let mut coloured = Vec::with_capacity(left.count());
    let mut colours = 0;
    while left.first().is_some() {
        colours += 1;
        let mut alike = left.clone();
        while let Some(vertex) = alike.first() {
            left.remove(vertex);
            alike.remove(vertex);
            alike.drop_all(good.neighbours(vertex));
            coloured.push((vertex, colours));
        }
    }
    coloured
}
