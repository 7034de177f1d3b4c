//! The shares of pairs of images that lie within a distance of each other, of one class and of two.
//!
//! A threshold that holds each class together may join classes, too: sigma asks about classes alone and does not say so.

use crate::augmented_distance::DistanceMatrix;

/// Shares of pairs at some thresholds, 0 to 1; not numbers where there are no such pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct PairShares {
    /// Of the pairs of two images of one class, a share for each threshold.
    pub within: Vec<f64>,
    /// Of the pairs of two images of different classes.
    pub between: Vec<f64>,
}

/// The shares of pairs within each of `deltas`, in their order; `classes[i]` is the class of row `i` of `distances`.
///
/// # Panics
/// If there are not as many classes as rows.
pub fn pair_shares(distances: &DistanceMatrix, classes: &[usize], deltas: &[f64]) -> PairShares {
    assert_eq!(distances.side(), classes.len(), "one class a row");
    let mut sorted = [Vec::new(), Vec::new()];
    for (row, class) in classes.iter().enumerate() {
        for (column, other) in classes.iter().enumerate().skip(row + 1) {
            sorted[usize::from(class != other)].push(f64::from(distances.get(row, column)));
        }
    }
    let [within, between] = sorted.map(|mut values| {
        values.sort_by(f64::total_cmp);
        let share = |delta: &f64| values.partition_point(|value| value <= delta) as f64 / values.len() as f64;
        deltas.iter().map(share).collect()
    });
    PairShares { within, between }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The distances of METHODS.md 3.6 with the images 1 and 2 as one class, 3 and 4 as another: 0.2 and 0.3 within, 0.1, 0.7, 1.0 and 1.6
    /// between. At 0.2 half of the pairs within are close, and so is one of four between.
    #[test]
    fn a_threshold_that_joins_a_class_may_join_two() {
        let table = [[0.0, 0.2, 0.7, 1.6], [0.2, 0.0, 0.1, 1.0], [0.7, 0.1, 0.0, 0.3], [1.6, 1.0, 0.3, 0.0]];
        let distances = DistanceMatrix::from_fn(4, |i, j| table[i][j]);
        let shares = pair_shares(&distances, &[0, 0, 1, 1], &[0.0, 0.2001, 0.5, 1.0, 2.0]);
        assert_eq!(shares.within, [0.0, 0.5, 1.0, 1.0, 1.0]);
        assert_eq!(shares.between, [0.0, 0.25, 0.25, 0.75, 1.0]);
    }

    #[test]
    fn without_pairs_there_is_no_share() {
        let one_class = pair_shares(&DistanceMatrix::from_fn(2, |_, _| 0.5), &[3, 3], &[1.0]);
        assert_eq!(one_class.within, [1.0]);
        assert!(one_class.between[0].is_nan());
        let alone = pair_shares(&DistanceMatrix::from_fn(1, |_, _| 0.0), &[3], &[1.0]);
        assert!(alone.within[0].is_nan() && alone.between[0].is_nan());
    }
}
