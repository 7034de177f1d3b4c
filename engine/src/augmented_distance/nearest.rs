//! The closest two views of two images, exactly, and how many others tie with them.

use super::layout::Block;
use augsphere_kernels::squared_gap;
use std::ops::Range;

/// Two pairs of views tie if their squared distances differ by no more than this share: it leaves room for the order of
/// summation in 64 bits (mirrored pairs sum the same numbers in another order), and nothing else.
const TIE: f64 = 1e-9;

/// Half the gap between 1 and the next 32-bit number.
pub(super) const ROUNDING: f32 = f32::EPSILON / 2.0;

/// The closest views of two images, as far as they have been compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    /// Squared distance.
    pub square: f64,
    /// View of the first image and of the second, the lowest of those that tie.
    pub views: (u32, u32),
    /// How many pairs of views are as close, this one included.
    pub ties: u32,
}

impl Found {
    /// Nothing compared yet.
    pub const NOTHING: Self = Self { square: f64::INFINITY, views: (0, 0), ties: 0 };

    /// The closest of `candidates`, which come in the order of their views.
    pub fn among(candidates: &[(f64, (u32, u32))]) -> Self {
        let square = candidates.iter().fold(f64::INFINITY, |least, (square, _)| least.min(*square));
        let mut tied = candidates.iter().filter(|(other, _)| *other <= square * (1.0 + TIE)).map(|(_, views)| *views);
        match tied.next() {
            Some(views) => Self { square, views, ties: 1 + tied.count() as u32 },
            None => Self::NOTHING,
        }
    }

    /// Takes in what was found among other views of the same two images.
    pub fn merge(&mut self, other: &Self) {
        if self.square > other.square * (1.0 + TIE) {
            *self = *other;
        } else if other.square <= self.square * (1.0 + TIE) && other.ties > 0 {
            self.views = self.views.min(other.views);
            self.square = self.square.min(other.square);
            self.ties += other.ties;
        }
    }
}

/// What a tile says of one pair of images: the closest of all views, and the squared distances within fewer views.
pub(super) struct Seen {
    pub images: (usize, usize),
    pub found: Found,
    /// One for each level but the last; infinite where the tile holds no such views.
    pub lower: Vec<f32>,
}

/// Exact squared distances of views of two images, each computed once.
pub(super) struct Exact<'a> {
    pub a: &'a Block,
    pub b: &'a Block,
    /// Distances known already, by the first views that are equal to the two.
    known: Vec<((u32, u32), f64)>,
}

impl<'a> Exact<'a> {
    pub fn new(a: &'a Block, b: &'a Block) -> Self {
        Self { a, b, known: Vec::new() }
    }

    /// Two other images come.
    pub fn forget(&mut self) {
        self.known.clear();
    }

    /// Squared distance of two views, counted over all images.
    pub fn square(&mut self, a: usize, b: usize) -> f64 {
        let key = (self.a.same[a - self.a.views.start], self.b.same[b - self.b.views.start]);
        if let Some((_, square)) = self.known.iter().find(|(other, _)| *other == key) {
            return *square;
        }
        let square = squared_gap(self.a.row(a), self.b.row(b));
        self.known.push((key, square));
        square
    }

    /// How far a squared distance from inner products in 32 bits may lie from another, each off by its rounding:
    /// `terms` roundings of the sum of absolute products, which is at most half the sum of the squared lengths.
    pub fn tolerance(&self, a: &Range<usize>, b: &Range<usize>, terms: f32) -> f32 {
        let longest = |block: &Block, views: &Range<usize>| {
            let within = views.start - block.views.start..views.end - block.views.start;
            block.squares[within].iter().fold(0.0f32, |most, square| most.max(*square))
        };
        2.0 * (terms + 4.0) * ROUNDING * (longest(self.a, a) + longest(self.b, b))
    }
}
