//! The classifier by the nearest class centre: whether classes lie around one point each.

use super::knn::{Bank, accuracy, unit_rows};
use super::{EvalOutputs, Found, Reference, Shape, scalar};
use crate::concentration::theorem::Centres;
use crate::pace::Pace;
use augsphere_kernels::parallel;
use augsphere_spec::{Card, Choice, Told};

/// Rows of the bank, or multiplications with a centre, between two turns: a few hundredths of a second in a browser.
const PIECE: usize = 1 << 22;

/// The card.
pub fn card() -> Card {
    Card::new(
        "nearest_centre",
        "Nearest-centre accuracy",
        "Share of validation images whose features, scaled to unit length, are nearest to the centre of their class: the mean of the training images' unit-length features. The classifier of Huang et al.; well below kNN: classes have more than one centre.",
        "Huang, Yi, Zhao, Jiang, 2023, arXiv 2111.00743, section 2",
    )
    .tells([Told::share("nearest_centre_accuracy", "nearest class centre")])
}

/// `nearest_centre_accuracy`, 0 to 1. Nothing without validation images or without a centre.
pub async fn measure(held: &EvalOutputs<'_>, _choice: &Choice, pace: &Pace) -> Found {
    let predicted = classify(&Bank::of(held), held.features, pace).await;
    let share = predicted.and_then(|predicted| accuracy(&predicted, held.labels));
    share.map(|share| scalar("nearest_centre_accuracy", share)).into_iter().collect::<Vec<_>>().into()
}

/// Guessing gets one in as many as there are classes.
pub fn levels(_choice: &Choice, Shape { classes, .. }: Shape) -> Vec<Reference> {
    vec![("nearest_centre_accuracy".into(), 1.0 / classes.max(1) as f32, format!("chance, 1 in {classes}"))]
}

/// The class of each query `[.., width]`: that of the centre with the least Euclidean distance, `argmin_k |x - mu_k|` with `mu_k` the mean
/// of the rows of class `k`, rows and queries scaled to unit length; the lowest of equally near ones (METHODS.md 3.1, 8.3). `None` without a
/// centre.
///
/// A class without rows has no centre. Rows with a number that is none are left out, and such a query is given the lowest class with a
/// centre.
pub async fn classify(bank: &Bank<'_>, queries: &[f32], pace: &Pace) -> Option<Vec<u8>> {
    let width = bank.width.max(1);
    let (classes, centres) = centres(bank, width, pace).await?;
    let mut predicted = vec![0; queries.len() / width];
    let piece = (PIECE / (classes.len() * width)).max(1);
    for (queries, predicted) in queries.chunks(piece * width).zip(predicted.chunks_mut(piece)) {
        let queries = unit_rows(queries, width);
        parallel::for_each(queries.chunks_exact(width).zip(predicted), |(query, class)| {
            *class = classes[centres.classify(query)]
        });
        pace.turn().await;
    }
    Some(predicted)
}

/// The classes that have rows, and their centres.
async fn centres(bank: &Bank<'_>, width: usize, pace: &Pace) -> Option<(Vec<u8>, Centres)> {
    let mut sums = vec![0.0; bank.classes * width];
    let mut counts = vec![0usize; bank.classes];
    let piece = (PIECE / width).max(1);
    for (rows, labels) in bank.rows.chunks(piece * width).zip(bank.labels.chunks(piece)) {
        for (row, &label) in unit_rows(rows, width).chunks_exact(width).zip(labels) {
            let class = usize::from(label);
            if class < bank.classes && row.iter().all(|value| value.is_finite()) {
                counts[class] += 1;
                sums[class * width..][..width].iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
            }
        }
        pace.turn().await;
    }
    let present = || (0..=u8::MAX).zip(&counts).filter(|(_, count)| **count > 0);
    let mean = |(class, count): (u8, &usize)| {
        let count = *count as f64;
        sums[usize::from(class) * width..][..width].iter().map(move |sum| sum / count)
    };
    let means: Vec<f64> = present().flat_map(mean).collect();
    let classes: Vec<u8> = present().map(|(class, _)| class).collect();
    (!classes.is_empty()).then(|| (classes, Centres::new(width, means)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::at_once;

    fn classes(bank: &Bank<'_>, queries: &[f32]) -> Option<Vec<u8>> {
        at_once(classify(bank, queries, &Pace::default()))
    }

    /// By hand: centres (0.5, 0.5) of class 0 and (-1, 0) of class 2; class 1 has no rows.
    const BANK: Bank<'_> = Bank { rows: &[2.0, 0.0, 0.0, 3.0, -1.0, 0.0], labels: &[0, 0, 2], width: 2, classes: 3 };

    /// Squared distances of (-0.4, 0.9165) are 0.984 and 1.2, though its cosine with the second centre, 0.4, is larger than 0.365; those of
    /// (-0.6, 0.8) are 1.3 and 0.8, those of (0, 1) 0.5 and 2.
    #[test]
    fn the_nearest_centre_by_hand() {
        assert_eq!(classes(&BANK, &[-0.4, 0.916_515, -6.0, 8.0, 0.0, 0.1]), Some(vec![0, 2, 0]));
        assert_eq!(classes(&BANK, &[-4.0, 9.165_15]), Some(vec![0]), "of any length: it would be nearer to the second as it is");
        let doubled = Bank { rows: &[5.0, 0.0, 1.0, 0.0], labels: &[2, 1], ..BANK };
        assert_eq!(classes(&doubled, &[0.0, 1.0]), Some(vec![1]), "the lowest of equally near ones");
    }

    #[test]
    fn what_is_not_a_number_is_left_out() {
        let rows = [BANK.rows, &[f32::NAN, 1.0, f32::INFINITY, 0.0, 7.0, 7.0]].concat();
        let spoilt = Bank { rows: &rows, labels: &[0, 0, 2, 2, 1, 9], ..BANK };
        let queries = [-0.4, 0.916_515, f32::NAN, 0.0, -1.0, 0.1];
        assert_eq!(classes(&spoilt, &queries), Some(vec![0, 0, 2]));
        assert_eq!(classes(&Bank { rows: &[f32::NAN; 4], labels: &[0, 1], ..BANK }, &queries), None);
        assert_eq!(classes(&Bank { rows: &[], labels: &[], width: 0, classes: 0 }, &[]), None);
    }
}
