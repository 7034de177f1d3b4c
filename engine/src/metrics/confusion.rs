//! The confusion matrix: which class is taken for which.

/// How many images of class `t` were taken for class `p`, `[classes, classes]`: row `t` for the true class, column `p` for the predicted
/// one. Images whose true or predicted class is not below `classes` do not count, nor do those that lack one of the two.
///
/// The diagonal over the sum of all is the accuracy, the diagonal over the sum of its row the recall of a class.
pub fn confusion(truth: &[u8], predicted: &[u8], classes: usize) -> Vec<u32> {
    let mut counts = vec![0; classes * classes];
    for (truth, predicted) in truth.iter().zip(predicted) {
        let (row, column) = (usize::from(*truth), usize::from(*predicted));
        if row < classes && column < classes {
            counts[row * classes + column] += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out by hand: two of class 0 are right and one is taken for 2; the only one of class 1 is taken for 0; class 2 is right.
    #[test]
    fn rows_are_true_classes_and_columns_predicted_ones() {
        let (truth, predicted) = ([0, 0, 1, 2, 0], [0, 2, 0, 2, 0]);
        assert_eq!(confusion(&truth, &predicted, 3), [2, 0, 1, 1, 0, 0, 0, 0, 1]);
    }

    #[test]
    fn what_has_no_place_does_not_count() {
        assert_eq!(confusion(&[0, 7, 0, 1], &[0, 0, 7], 2), [1, 0, 0, 0]);
        assert_eq!(confusion(&[], &[], 2), [0; 4]);
        assert!(confusion(&[0], &[0], 0).is_empty());
    }
}
