//! Does a small experiment come out in the order that Huang et al. published?

use augsphere_spec::{StudyKind, StudyRow};

/// Ranks from 1; equal values share the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let below = |value: f64| values.iter().filter(|other| **other < value).count() as f64;
    let equal = |value: f64| values.iter().filter(|other| **other == value).count() as f64;
    values.iter().map(|&value| below(value) + 0.5 * (equal(value) + 1.0)).collect()
}

/// Spearman's rank correlation: 1 if both rise together, -1 if one falls while the other rises. Nothing for fewer than three
/// pairs, or if one of the two does not vary.
pub fn spearman(one: &[f64], other: &[f64]) -> Option<f64> {
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

/// The middle of `1 - sigma` at the threshold number `which`.
pub fn spread(row: &StudyRow, which: usize) -> Option<f64> {
    row.spread.get(which).map(|interval| 0.5 * (interval.lower + interval.upper))
}

/// Rank correlation of the error with `1 - sigma` at a threshold, over the policies that are done.
pub fn correlation(rows: &[StudyRow], which: usize) -> Option<f64> {
    let pairs = rows.iter().filter_map(|row| Some((spread(row, which)?, row.error?)));
    let (spreads, errors): (Vec<f64>, Vec<f64>) = pairs.unzip();
    spearman(&spreads, &errors)
}

/// The published order (SimCLR on CIFAR-10), as the page says it.
pub fn published(kind: StudyKind) -> &'static str {
    match kind {
        StudyKind::Richness => "a \u{2248} ab > abc > abcd > abcde (error; 37 % down to 10 % on CIFAR-10)",
        StudyKind::Strength => "strength 1 < 1/2 < 1/4 < 1/8 (error; 17 % up to 26 % on CIFAR-10)",
        StudyKind::Pairs => "(a, d) has the smallest error and the smallest 1 \u{2212} \u{3c3} of all ten pairs",
    }
}

/// A policy's letters without brackets and spaces: `ad`.
pub fn letters(row: &StudyRow) -> String {
    row.letters.chars().filter(char::is_ascii_lowercase).collect()
}

/// Whether a finished study has the published order, in words; nothing before it is finished.
pub fn verdict(kind: StudyKind, rows: &[StudyRow]) -> Option<String> {
    let errors: Vec<f64> = rows.iter().map(|row| row.error).collect::<Option<_>>()?;
    if rows.len() < 2 || rows.len() != rows[0].total {
        return None;
    }
    let percent = |error: f64| format!("{:.1} %", 100.0 * error);
    if kind == StudyKind::Pairs {
        let best = errors.iter().copied().fold(f64::INFINITY, f64::min);
        let winners: Vec<&str> =
            rows.iter().zip(&errors).filter(|(_, error)| **error <= best).map(|(row, _)| row.letters.as_str()).collect();
        return Some(if rows.iter().zip(&errors).any(|(row, error)| letters(row) == "ad" && *error <= best) {
            format!("The order agrees where the paper states one: (a, d) has the smallest error, {}.", percent(best))
        } else {
            format!(
                "The order does not agree: here {} has the smallest error, {}, not (a, d).",
                winners.join(" and "),
                percent(best)
            )
        });
    }
    // The error should fall from a to abcde, and rise as the strength falls; a and ab are published as equal.
    let (falls, ties) = (kind == StudyKind::Richness, usize::from(kind == StudyKind::Richness));
    let wrong: Vec<String> = (ties..errors.len() - 1)
        .filter(|&index| if falls { errors[index + 1] >= errors[index] } else { errors[index + 1] <= errors[index] })
        .map(|index| {
            let name = |index: usize| if falls { rows[index].letters.clone() } else { rows[index].words.clone() };
            let [before, after] = [errors[index], errors[index + 1]].map(percent);
            format!("{} {before}, {} {after}", name(index), name(index + 1))
        })
        .collect();
    Some(if wrong.is_empty() {
        "The order agrees with the published one.".to_owned()
    } else {
        format!("The order does not agree everywhere: {}.", wrong.join("; "))
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
pub mod tests {
    //! Rows to try things on.

    use super::*;
    use augsphere_spec::Interval;

    /// Rows of a finished study: letters, `1 - sigma`, error.
    pub fn rows(told: &[(&str, f64, f64)]) -> Vec<StudyRow> {
        let row = |(index, &(letters, spread, error)): (usize, &(&str, f64, f64))| StudyRow {
            tag: 1,
            index,
            total: told.len(),
            letters: letters.into(),
            words: format!("words of {letters}"),
            spread: vec![Interval { lower: spread, upper: spread }; 2],
            deltas: vec![5.0, 8.0],
            error: Some(error),
            untrained: Some(0.9),
            held_out: 1000,
            step: 150,
        };
        told.iter().enumerate().map(row).collect()
    }

    #[test]
    fn rank_correlation_by_hand() {
        // Ranks 1 2 3 4 5 and 2 1 4 3 5: 1 - 6 * 4 / (5 * 24) = 0.8.
        let close = |found: Option<f64>, wanted: f64| assert!((found.unwrap() - wanted).abs() < 1e-12, "{found:?} {wanted}");
        close(spearman(&[1.0, 2.0, 3.0, 4.0, 5.0], &[0.2, 0.1, 0.4, 0.3, 0.5]), 0.8);
        close(spearman(&[1.0, 2.0, 3.0], &[9.0, 8.0, 1.0]), -1.0);
        // Ranks 1.5 1.5 3 and 1 2 3: 1.5 / sqrt(1.5 * 2).
        close(spearman(&[1.0, 1.0, 3.0], &[0.1, 0.2, 0.3]), 1.5 / 3.0f64.sqrt());
        assert_eq!(spearman(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), None, "what does not vary has no rank");
        assert_eq!(spearman(&[1.0, 2.0], &[1.0, 2.0]), None);
        close(correlation(&rows(&[("(a)", 0.3, 0.6), ("(b)", 0.2, 0.5), ("(c)", 0.1, 0.4)]), 1), 1.0);
    }

    #[test]
    fn the_order_of_richness() {
        let told = |errors: [f64; 5]| {
            let names = ["(a)", "(a, b)", "(a, b, c)", "(a, b, c, d)", "(a, b, c, d, e)"];
            let told: Vec<(&str, f64, f64)> = names.into_iter().zip(errors).map(|(name, error)| (name, error, error)).collect();
            verdict(StudyKind::Richness, &rows(&told)).unwrap()
        };
        assert_eq!(reply([0.5, 0.52, 0.4, 0.3, 0.2]), "The order agrees with the published one.", "a and ab count as equal");
        let text = reply([0.5, 0.5, 0.4, 0.45, 0.2]);
        assert!(text.starts_with("The order does not") && text.contains("(a, b, c) 40.0 %, (a, b, c, d) 45.0 %"), "{text}");
    }

    #[test]
    fn the_order_of_strength_and_of_pairs() {
        let strength = |errors: [f64; 4]| {
            let told: Vec<(&str, f64, f64)> = errors.into_iter().map(|error| ("(a, d)", 0.1, error)).collect();
            verdict(StudyKind::Strength, &rows(&told)).unwrap()
        };
        assert!(strength([0.2, 0.3, 0.4, 0.5]).contains("agrees"));
        assert!(strength([0.2, 0.1, 0.4, 0.5]).contains("does not"));
        let pairs = |best: f64| verdict(StudyKind::Pairs, &rows(&[("(a, b)", 0.2, 0.3), ("(a, d)", 0.1, best)])).unwrap();
        assert!(pairs(0.2).contains("agrees") && pairs(0.4).contains("(a, b) has the smallest error"));
    }

    #[test]
    fn nothing_is_said_before_the_end() {
        let mut told = rows(&[("(a)", 0.2, 0.3), ("(a, b)", 0.1, 0.2)]);
        told[1].error = None;
        assert_eq!(verdict(StudyKind::Richness, &told), None);
        assert_eq!(verdict(StudyKind::Richness, &told[..1]), None);
    }
}
