//! Rows of studies to try things on.

use augsphere_spec::{Interval, StudyRow};

/// Rows of a finished study of three seeds: letters, `1 - sigma`, mean error. The seeds lie half a point around it, each policy
/// in an order of its own.
pub fn rows(told: &[(&str, f64, f64)]) -> Vec<StudyRow> {
    let around = |index: usize, error: f64| (0..3).map(|seed| error + 0.005 * ((index + seed) % 3) as f64 - 0.005).collect();
    seeded(told, &around)
}

/// The same with errors seed by seed, from the number of the policy and its error.
pub fn seeded(told: &[(&str, f64, f64)], errors: &dyn Fn(usize, f64) -> Vec<f64>) -> Vec<StudyRow> {
    let row = |(index, &(letters, spread, error)): (usize, &(&str, f64, f64))| StudyRow {
        tag: 1,
        index,
        total: told.len(),
        letters: letters.into(),
        words: format!("words of {letters}"),
        spread: vec![Interval { lower: spread, upper: spread }; 2],
        deltas: vec![5.0, 8.0],
        seeds: errors(index, error).len(),
        errors: errors(index, error),
        untrained: vec![0.9],
        images: 1000,
        step: 150,
    };
    told.iter().enumerate().map(row).collect()
}
