//! A study as far as it has come, and what is read off its rows.

use augsphere_spec::{StudyKind, StudyRow};

/// One of the experiments in small, as far as it has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// The tag of its question: rows with another one belong to another study.
    pub tag: u64,
    /// Which one.
    pub kind: StudyKind,
    /// Training steps of each policy with each seed.
    pub steps: u64,
    /// Whether it was stopped, or ended by a fault.
    pub ended: bool,
    /// What was told so far: one row a policy, in the order of the study.
    pub rows: Vec<StudyRow>,
}

impl Study {
    /// A study that was just begun.
    pub fn new(tag: u64, kind: StudyKind, steps: u64) -> Self {
        Self { tag, kind, steps, ended: false, rows: Vec::new() }
    }

    /// Takes in a row, which replaces the former one of its policy; one of another study is left out.
    pub fn take(&mut self, row: StudyRow) {
        if row.tag != self.tag {
            return;
        }
        match self.rows.binary_search_by_key(&row.index, |known| known.index) {
            Ok(place) => self.rows[place] = row,
            Err(place) => self.rows.insert(place, row),
        }
    }

    /// Whether every seed of every policy has its error.
    pub fn complete(&self) -> bool {
        complete(&self.rows)
    }

    /// Whether rows are still to come.
    pub fn running(&self) -> bool {
        !self.ended && !self.complete()
    }

    /// How far it is, in a sentence.
    pub fn state(&self) -> String {
        let done = self.rows.iter().filter(|row| finished(row)).count();
        let total = self.rows.first().map_or(0, |row| row.total);
        match (self.complete(), self.ended, total) {
            (true, ..) => format!("All {done} policies are done."),
            (_, true, 0) => "Stopped.".into(),
            (_, true, _) => format!("Stopped: {done} of {total} policies are done."),
            (_, _, 0) if self.kind == StudyKind::Targets => "The first policy comes in a moment.".into(),
            (_, _, 0) => "The augmented distances are being computed.".into(),
            _ => format!("{done} of {total} policies are done."),
        }
    }
}

/// Whether all seeds of a policy have their error.
fn finished(row: &StudyRow) -> bool {
    row.errors.len() >= row.seeds.max(1)
}

/// Whether every seed of every policy has its error.
pub(super) fn complete(rows: &[StudyRow]) -> bool {
    rows.first().is_some_and(|row| row.total == rows.len()) && rows.iter().all(finished)
}

/// The mean; nothing of no numbers.
pub(super) fn mean(shares: &[f64]) -> Option<f64> {
    (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
}

/// The mean error of a policy over the seeds that are done, 0 to 1; nothing before the first.
pub(super) fn error(row: &StudyRow) -> Option<f64> {
    mean(&row.errors)
}

/// The middle of `1 - sigma` at the threshold number `which`.
pub(super) fn spread(row: &StudyRow, which: usize) -> Option<f64> {
    row.spread.get(which).map(|interval| 0.5 * (interval.lower + interval.upper))
}

/// Ranks from 1; equal values share the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let below = |value: f64| values.iter().filter(|other| **other < value).count() as f64;
    let equal = |value: f64| values.iter().filter(|other| **other == value).count() as f64;
    values.iter().map(|&value| below(value) + 0.5 * (equal(value) + 1.0)).collect()
}

/// Spearman's rank correlation: 1 if both rise together, -1 if one falls while the other rises. Nothing for fewer than three
/// pairs, or if one of the two does not vary.
pub(super) fn spearman(one: &[f64], other: &[f64]) -> Option<f64> {
    let count = one.len().min(other.len());
    if count < 3 {
        return None;
    }
    let (a, b) = (ranks(&one[..count]), ranks(&other[..count]));
    let mean = 0.5 * (count as f64 + 1.0);
    let sum = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    let spread = (sum(&a, &a) * sum(&b, &b)).sqrt();
    (spread > 0.0).then(|| sum(&a, &b) / spread)
}

/// Rank correlation of the error with `1 - sigma` at the threshold number `which`, over the policies that have both.
pub(super) fn correlation(rows: &[StudyRow], which: usize) -> Option<f64> {
    let pairs = rows.iter().filter_map(|row| Some((spread(row, which)?, error(row)?)));
    let (spreads, errors): (Vec<f64>, Vec<f64>) = pairs.unzip();
    spearman(&spreads, &errors)
}

/// Whether another policy has the same letters: then only words tell them apart.
fn shares_letters(row: &StudyRow, rows: &[StudyRow]) -> bool {
    rows.iter().filter(|other| other.letters == row.letters).count() > 1
}

/// What a policy is called in a sentence: its letters, with its words where letters do not tell it apart.
pub(super) fn called(row: &StudyRow, rows: &[StudyRow]) -> String {
    if shares_letters(row, rows) { format!("{} {}", row.letters, row.words) } else { row.letters.clone() }
}

/// What a policy is called where there is little room: `ad`, or its words where all have the same letters.
pub(super) fn short(row: &StudyRow, rows: &[StudyRow]) -> String {
    if shares_letters(row, rows) { row.words.clone() } else { letters(row) }
}

/// A policy's letters without brackets and spaces: `ad`.
pub(super) fn letters(row: &StudyRow) -> String {
    row.letters.chars().filter(char::is_ascii_lowercase).collect()
}
