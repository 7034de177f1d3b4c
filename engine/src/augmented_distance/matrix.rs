//! A table of distances, kept once for each two images.

/// A symmetric table with a zero diagonal.
#[derive(Clone, Debug, PartialEq)]
pub struct DistanceMatrix {
    side: usize,
    /// Row by row of the upper triangle, without the diagonal.
    above: Vec<f32>,
}

impl DistanceMatrix {
    /// A table of `side` rows from the number at each `(i, j)` with `i < j`.
    pub fn from_fn(side: usize, mut number: impl FnMut(usize, usize) -> f32) -> Self {
        let mut above = Vec::with_capacity(pairs(side));
        for first in 0..side {
            above.extend((first + 1..side).map(|second| number(first, second)));
        }
        Self { side, above }
    }

    /// From the upper triangle, row by row, without the diagonal.
    pub(super) fn from_above(side: usize, above: Vec<f32>) -> Self {
        assert_eq!(above.len(), pairs(side), "one number a pair");
        Self { side, above }
    }

    /// Rows, and columns.
    pub fn side(&self) -> usize {
        self.side
    }

    /// The number at `(i, j)`, which is that at `(j, i)`; 0 on the diagonal.
    ///
    /// # Panics
    /// If there is no such row or column.
    pub fn get(&self, i: usize, j: usize) -> f32 {
        assert!(i < self.side && j < self.side, "a table of {} rows", self.side);
        if i == j { 0.0 } else { self.above[index_of(self.side, i.min(j), i.max(j))] }
    }

    /// The rows and columns of `members` only, in their order.
    ///
    /// # Panics
    /// If there is no such member.
    pub fn select(&self, members: &[usize]) -> Self {
        Self::from_fn(members.len(), |i, j| self.get(members[i], members[j]))
    }

    /// All numbers off the diagonal, once each, in the order of the upper triangle's rows.
    pub fn off_diagonal(&self) -> &[f32] {
        &self.above
    }

    /// The whole table, row by row: `side * side` numbers.
    pub fn matrix(&self) -> Vec<f32> {
        (0..self.side * self.side).map(|at| self.get(at / self.side, at % self.side)).collect()
    }
}

/// Pairs of `side` things.
pub(super) fn pairs(side: usize) -> usize {
    side * side.saturating_sub(1) / 2
}

/// Where the pair `first < second` stands in the upper triangle.
pub(super) fn index_of(side: usize, first: usize, second: usize) -> usize {
    first * (2 * side - first - 1) / 2 + second - first - 1
}
