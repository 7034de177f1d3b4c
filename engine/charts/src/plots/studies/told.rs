//! A study in words and as a table of numbers.

use super::study::{Study, called, correlation, error, mean};
use super::title;
use super::verdict::{published, verdict};
use crate::plots::runs::plural;
use crate::plots::{Cell, Table};
use crate::statistics::Estimate;
use augsphere_spec::{Interval, StudyKind, StudyRow};

/// When two policies count as different, and what a short training cannot say.
const CAVEAT: &str = "Two policies count as different only if the 95 % interval of their difference over the seeds leaves out 0 and the \
                      difference is at least two standard errors of the validation images. Each two are judged by themselves: of twenty \
                      that are alike, one may still seem to differ. Few steps: longer training may order them otherwise.";

/// How the policies of a study are told apart: in the head of its table.
pub(super) fn heading(kind: StudyKind) -> &'static str {
    if kind == StudyKind::Targets { "target branch" } else { "policy" }
}

/// The mean error of a policy in percent, with half of its 95 % interval where there are seeds enough; nothing before the first seed.
pub(super) fn ended(row: &StudyRow) -> Option<String> {
    let mean = error(row)?;
    Some(match Estimate::of(&row.errors) {
        Some(estimate) => format!("{:.1} \u{b1} {:.1} %", 100.0 * mean, 100.0 * (estimate.upper - mean)),
        None => format!("{:.1} %", 100.0 * mean),
    })
}

/// `1 - sigma` in words: `0.25`, or both ends where the largest part of a class was not found for sure.
pub(super) fn share(spread: &Interval) -> String {
    if spread.exact() { format!("{:.2}", spread.lower) } else { format!("{:.2}\u{2013}{:.2}", spread.lower, spread.upper) }
}

/// What is to be seen, in sentences.
pub(super) fn summary(study: &Study) -> String {
    let rows = &study.rows;
    let Some(first) = rows.first() else { return format!("{}. {}", title(study.kind), study.state()) };
    let set_up = format!("{}, {} with {}", title(study.kind), plural(study.steps as usize, "step"), plural(first.seeds, "seed"));
    let mut said = vec![format!("{set_up} for each policy. {}", study.state())];
    let least = rows.iter().filter_map(|row| Some((error(row)?, row))).min_by(|one, other| one.0.total_cmp(&other.0));
    if let Some((words, (_, row))) = least.and_then(|least| Some((ended(least.1)?, least))) {
        said.push(format!("The smallest mean error has {}: {words}.", called(row, rows)));
    }
    let ranks = first.deltas.iter().enumerate().filter_map(|(which, delta)| {
        correlation(rows, which).map(|rank| format!("{rank:.2} at \u{3b4} = {delta:.1}").replace('-', "\u{2212}"))
    });
    let ranks: Vec<String> = ranks.collect();
    if !ranks.is_empty() {
        said.push(format!("Rank correlation (Spearman) of the error with 1 \u{2212} \u{3c3}: {}.", ranks.join(", ")));
    }
    if let Some(verdict) = verdict(study.kind, rows) {
        said.extend([verdict, format!("Published: {}.", published(study.kind)), CAVEAT.to_owned()]);
    }
    said.join(" ")
}

/// A row for every policy: `1 - sigma` at each threshold, errors before and after training with the interval, and the error of every seed,
/// all as shares from 0 to 1.
pub(super) fn table(study: Option<&Study>) -> Table {
    let rows = study.map_or(&[] as &[StudyRow], |study| &study.rows);
    let deltas = rows.first().map_or(&[] as &[f64], |row| &row.deltas);
    let seeds = rows.iter().map(|row| row.errors.len()).max().unwrap_or_default();
    let mut table = Table::new(&["policy", "words"]);
    for delta in deltas {
        table.columns.extend(["lower", "upper"].map(|end| format!("1-sigma_{end} delta={delta:.4}")));
    }
    table.columns.extend(["error_untrained", "error", "error_lower", "error_upper"].map(str::to_owned));
    table.columns.extend((1..=seeds).map(|seed| format!("error_seed_{seed}")));
    for row in rows {
        let mut cells: Vec<Cell> = vec![row.letters.as_str().into(), row.words.as_str().into()];
        let spreads = (0..deltas.len())
            .flat_map(|which| row.spread.get(which).map_or([f64::NAN; 2], |spread| [spread.lower, spread.upper]));
        cells.extend(spreads.map(Cell::Number));
        let ends = Estimate::of(&row.errors).map_or([f64::NAN; 2], |estimate| [estimate.lower, estimate.upper]);
        let means = [mean(&row.untrained), error(row)].map(|mean| mean.unwrap_or(f64::NAN));
        cells.extend(means.into_iter().chain(ends).map(Cell::Number));
        cells.extend((0..seeds).map(|seed| Cell::Number(row.errors.get(seed).copied().unwrap_or(f64::NAN))));
        table.rows.push(cells);
    }
    table
}
