//! The scatter within and between classes: how tight the classes are for how far they lie apart.

use super::knn::unit_rows;
use super::{EvalOutputs, Found, scalar};
use augsphere_spec::{Card, Choice, Told};
use std::collections::BTreeMap;

/// Rows in single precision leave a mean squared distance of less than this where there should be 0.
const ROUNDING: f64 = 1e-12;

/// The card.
pub fn card() -> Card {
    Card::new(
        "scatter",
        "Scatter within and between classes",
        "How tight the classes are: mean squared distance of a validation feature to the mean of its class (within), of that class mean to the mean of all (between), and within divided by between, 0 where each class is a point. Features before the projector, scaled to unit length, not augmented.",
        "Fukunaga, 1990, Introduction to Statistical Pattern Recognition, section 10.2; within-class variability also in Papyan, Han, Donoho, 2020, arXiv 2008.08186",
    )
    .tells([
        Told::number("within_scatter", "within classes"),
        Told::number("between_scatter", "between classes"),
        Told::number("scatter_ratio", "within over between"),
    ])
}

/// `within_scatter` and `between_scatter` ([`scatter`]), and their ratio `scatter_ratio` where there are classes whose means
/// differ.
pub fn measure(held: &EvalOutputs<'_>, _choice: &Choice) -> Found {
    let features = unit_rows(held.features, held.width);
    let scalars = scatter(&features, held.width, held.labels).map_or_else(Vec::new, |found| {
        let ratio = found.ratio().map(|ratio| scalar("scatter_ratio", ratio));
        [scalar("within_scatter", found.within), scalar("between_scatter", found.between)].into_iter().chain(ratio).collect()
    });
    Found { scalars, profiles: Vec::new() }
}

/// The traces of the scatter matrices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scatter {
    /// `tr S_W`.
    pub within: f64,
    /// `tr S_B`, 0 of one class.
    pub between: f64,
}

impl Scatter {
    /// `tr S_W / tr S_B`; nothing of one class, or of several whose means coincide.
    pub fn ratio(&self) -> Option<f64> {
        (self.between > ROUNDING).then(|| self.within / self.between)
    }
}

/// The scatter of rows `[n, d]`, `labels[i]` the class of row `i`: with `mu_k` the mean of the `n_k` rows of class `k` and `mu` the mean of
/// all,
///
/// - `tr S_W = 1/n sum_i |f_i - mu_{k(i)}|^2`,
/// - `tr S_B = 1/n sum_k n_k |mu_k - mu|^2`,
///
/// and their sum is `tr S_T = 1/n sum_i |f_i - mu|^2` (Fukunaga 1990, section 10.2). Classes without rows do not count, rows with a number
/// that is none are left out; nothing without rows.
pub fn scatter(rows: &[f32], d: usize, labels: &[u8]) -> Option<Scatter> {
    let d = d.max(1);
    let finite = || rows.chunks_exact(d).zip(labels).filter(|(row, _)| row.iter().all(|value| value.is_finite()));
    let mut classes: BTreeMap<u8, Mean> = BTreeMap::new();
    let mut all = Mean::new(d);
    for (row, label) in finite() {
        all.add(row);
        classes.entry(*label).or_insert_with(|| Mean::new(d)).add(row);
    }
    classes.values_mut().chain([&mut all]).for_each(Mean::divide);
    let own = |(row, label): (&[f32], &u8)| {
        classes.get(label).map_or(0.0, |mean| mean.squared(row.iter().map(|value| f64::from(*value))))
    };
    let within: f64 = finite().map(own).sum();
    let between: f64 = classes.values().map(|class| class.rows * all.squared(class.values.iter().copied())).sum();
    (all.rows > 0.0).then(|| Scatter { within: within / all.rows, between: between / all.rows })
}

/// A mean of rows: their sum until it is divided.
struct Mean {
    values: Vec<f64>,
    rows: f64,
}

impl Mean {
    fn new(d: usize) -> Self {
        Self { values: vec![0.0; d], rows: 0.0 }
    }

    fn add(&mut self, row: &[f32]) {
        self.values.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
        self.rows += 1.0;
    }

    fn divide(&mut self) {
        self.values.iter_mut().for_each(|sum| *sum /= self.rows);
    }

    /// The squared distance of a point.
    fn squared(&self, point: impl Iterator<Item = f64>) -> f64 {
        self.values.iter().zip(point).map(|(mean, value)| (value - mean).powi(2)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three images in one point and one opposite: the mean of all is (0.5, 0), so that between is (3 * 0.25 + 2.25) / 4.
    #[test]
    fn images_count_and_not_classes() {
        let found = scatter(&[1.0, 0.0, 1.0, 0.0, 1.0, 0.0, -1.0, 0.0], 2, &[4, 4, 4, 9]).expect("images");
        assert_eq!(found, Scatter { within: 0.0, between: 0.75 });
        assert_eq!(found.ratio(), Some(0.0));
    }

    /// To the mean squared distance to the mean of all, which of rows of unit length is 1 less its squared length.
    #[test]
    fn within_and_between_add_up() {
        let (n, d) = (200u16, 7);
        let value = |at: u16| f32::from(at * 31 % 101) / 50.0 - 1.0 + f32::from(at % 5) / 10.0;
        let rows = unit_rows(&(0..n * d).map(value).collect::<Vec<f32>>(), d.into());
        let labels: Vec<u8> = (0..n).map(|image| (image % 3 * 2) as u8).collect();
        let found = scatter(&rows, d.into(), &labels).expect("images");
        let mean =
            |at: u16| rows.iter().skip(at.into()).step_by(d.into()).map(|value| f64::from(*value)).sum::<f64>() / f64::from(n);
        let total = 1.0 - (0..d).map(|at| mean(at).powi(2)).sum::<f64>();
        assert!((found.within + found.between - total).abs() < 1e-6, "{total}: {found:?}");
        assert!(found.between > 1e-4 && found.within > 0.1, "{found:?}");
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert_eq!(scatter(&[], 2, &[]), None);
        assert_eq!(scatter(&[1.0], 0, &[]), None);
        assert_eq!(scatter(&[f32::NAN, 0.0, f32::INFINITY, 0.0], 2, &[0, 1]), None);
    }
}
