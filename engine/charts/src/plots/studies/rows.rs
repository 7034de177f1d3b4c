//! The table of a study: a line for each policy, with its error before and after training on a common scale.

use super::study::{Study, error, mean};
use super::told::{ended, heading, share};
use crate::plots::axes::{Axes, Axis, SMALL};
use crate::plots::runs::{LINE, fitted, width};
use crate::scene::{Anchor, Ink, Scene, Stroke};
use crate::statistics::Estimate;
use crate::{label, ticks};
use augsphere_spec::StudyRow;

/// Height of the heads of the columns, CSS pixels.
const HEAD: f64 = 22.0;
/// Height of the numbers below the scale.
const FOOT: f64 = 20.0;
/// Height of a line where plots stand below the table.
const USUAL: f64 = 22.0;
/// Height of a line at most.
const TALL: f64 = 34.0;
/// Width of `1 - sigma` at a threshold.
const SPREAD: f64 = 76.0;
/// Width of the error before training.
const UNTRAINED: f64 = 70.0;

/// A line of the table.
enum Line<'a> {
    /// Letters that all policies below it share.
    Family(&'a str),
    /// A policy, and whether its letters stand above it.
    Policy(&'a StudyRow, bool),
}

fn lines(rows: &[StudyRow]) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    for family in rows.chunk_by(|one, other| one.letters == other.letters) {
        let shared = family.len() > 1;
        lines.extend(family.first().filter(|_| shared).map(|row| Line::Family(&row.letters)));
        lines.extend(family.iter().map(|row| Line::Policy(row, shared)));
    }
    lines
}

/// The height that all lines need at least, and the height that they have above plots, CSS pixels.
pub(super) fn heights(rows: &[StudyRow]) -> (f64, f64) {
    let count = lines(rows).len() as f64;
    (HEAD + FOOT + LINE * count, HEAD + FOOT + USUAL * count)
}

/// Where the columns stand.
struct Columns {
    /// Right ends of `1 - sigma` at each threshold.
    spreads: Vec<f64>,
    /// Right end of the error before training.
    untrained: Option<f64>,
    /// Room of the names.
    names: f64,
    /// Left and right end of the scale.
    scale: (f64, f64),
}

impl Columns {
    fn of(study: &Study, wide: f64) -> Self {
        let deltas = study.rows.first().map_or(0, |row| row.deltas.len());
        let (thresholds, untrained) = (if wide >= 560.0 { deltas } else { 0 }, wide >= 640.0);
        let names = (0.3 * wide).clamp(90.0, 220.0);
        let error = if wide >= 360.0 { 90.0 } else { 50.0 };
        let spreads: Vec<f64> = (1..=thresholds).map(|place| names + SPREAD * place as f64).collect();
        let mut left = spreads.last().copied().unwrap_or(names);
        let untrained = untrained.then_some(left + UNTRAINED);
        left = untrained.unwrap_or(left) + 20.0;
        Self { spreads, untrained, names, scale: (left, (wide - error).max(left + 10.0)) }
    }
}

/// The numbers of a policy on the scale: before training, after it, and the ends of its interval.
fn marks(row: &StudyRow) -> impl Iterator<Item = f64> {
    let interval = Estimate::of(&row.errors).map(|estimate| [estimate.lower, estimate.upper]);
    [mean(&row.untrained), error(row)].into_iter().flatten().chain(interval.into_iter().flatten())
}

/// Draws the table over the upper part of a scene, `height` CSS pixels high.
pub(super) fn draw(scene: &mut Scene, study: &Study, height: f64) {
    let columns = Columns::of(study, scene.width);
    let mut lines = lines(&study.rows);
    let room = height - HEAD - FOOT;
    let fit = ((room / LINE).max(1.0)) as usize;
    let hidden = lines.len().saturating_sub(fit);
    if hidden > 0 {
        lines.truncate(fit.saturating_sub(1).max(1));
    }
    let tall = (room / (lines.len() + usize::from(hidden > 0)).max(1) as f64).clamp(LINE, TALL);
    let lower = (HEAD + tall * lines.len() as f64).min(height - FOOT).max(HEAD);
    let x = Axis::around("", study.rows.iter().flat_map(marks));
    let axes = Axes { edges: [columns.scale.0, HEAD, columns.scale.1, lower], x, y: Axis::new("", (0.0, 1.0)) };
    heads(scene, study, &columns);
    if study.rows.iter().any(|row| marks(row).next().is_some()) {
        scale(scene, &axes);
    }
    for (place, line) in lines.iter().enumerate() {
        let y = HEAD + tall * (place as f64 + 0.5);
        match line {
            Line::Family(letters) => {
                scene.words(&fitted(letters, SMALL, columns.names), (8.0, y), SMALL, Ink::Muted, Anchor::Start);
            }
            Line::Policy(row, indented) => policy(scene, study, row, *indented, (y, &columns, &axes)),
        }
    }
    if hidden > 0 {
        let y = HEAD + tall * (lines.len() as f64 + 0.5);
        scene.words("more lines in the CSV file", (8.0, y), SMALL, Ink::Muted, Anchor::Start);
    }
}

/// The heads of the columns.
fn heads(scene: &mut Scene, study: &Study, columns: &Columns) {
    let y = 0.5 * HEAD;
    let mut say = |words: &str, x: f64, anchor: Anchor| scene.words(words, (x, y), SMALL, Ink::Muted, anchor);
    say(heading(study.kind), 8.0, Anchor::Start);
    let deltas = study.rows.first().map_or(&[] as &[f64], |row| &row.deltas);
    for (right, delta) in columns.spreads.iter().zip(deltas) {
        say(&format!("1 \u{2212} \u{3c3}, \u{3b4} {delta:.1}"), *right, Anchor::End);
    }
    if let Some(right) = columns.untrained {
        say("untrained", right, Anchor::End);
    }
    let right = columns.scale.1;
    let room = right - columns.scale.0;
    let key = if room >= 190.0 { "error: ring untrained, dot trained" } else { "error" };
    say(&fitted(key, SMALL, room), columns.scale.0, Anchor::Start);
    say("trained", right + 8.0, Anchor::Start);
}

/// Grid and numbers of the common scale.
fn scale(scene: &mut Scene, axes: &Axes) {
    let [left, upper, right, lower] = axes.edges;
    let wanted = (((right - left) / 45.0) as usize).clamp(3, 7);
    let places = ticks(axes.x.span.0, axes.x.span.1, wanted);
    let spacing = if let [first, second, ..] = places[..] { second - first } else { 0.01 };
    for value in places {
        let (x, _) = axes.at(value, 0.0);
        scene.line(vec![(x, upper), (x, lower)], Stroke::new(Ink::Grid, 1.0));
        scene.words(&label(value, spacing, true), (x, lower + 0.5 * FOOT), SMALL, Ink::Muted, Anchor::Middle);
    }
}

/// A policy: its name, its numbers, and its marks on the scale at height `y`.
fn policy(scene: &mut Scene, study: &Study, row: &StudyRow, indented: bool, (y, columns, axes): (f64, &Columns, &Axes)) {
    let mut say = |words: &str, x: f64, ink: Ink, anchor: Anchor| scene.words(words, (x, y), SMALL, ink, anchor);
    let first = if indented { &row.words } else { &row.letters };
    let left = if indented { 18.0 } else { 8.0 };
    say(&fitted(first, SMALL, columns.names - left), left, Ink::Ink, Anchor::Start);
    let end = left + width(first, SMALL) + 7.0;
    let room = columns.names - end;
    if !indented && room >= 60.0 && !row.words.is_empty() {
        say(&fitted(&row.words, SMALL, room), end, Ink::Muted, Anchor::Start);
    }
    for (right, spread) in columns.spreads.iter().zip(&row.spread) {
        say(&share(spread), *right, Ink::Ink, Anchor::End);
    }
    if let (Some(right), Some(share)) = (columns.untrained, mean(&row.untrained)) {
        say(&format!("{:.1} %", 100.0 * share), right, Ink::Ink, Anchor::End);
    }
    let (from, room) = (columns.scale.1 + 8.0, scene.width - columns.scale.1 - 12.0);
    if let Some(words) = ended(row) {
        let mean = error(row).map_or_else(String::new, |share| format!("{:.1} %", 100.0 * share));
        let words = if width(&words, SMALL) <= room { words } else { mean };
        scene.words(&fitted(&words, SMALL, room), (from, y), SMALL, Ink::Ink, Anchor::Start);
    }
    if study.running() {
        progress(scene, study, row, [from, y + 5.5, room, 2.0]);
    }
    let at = |share: f64| axes.at(share, 0.0).0;
    if let Some(share) = mean(&row.untrained) {
        scene.ring((at(share), y), 3.4, Stroke::new(Ink::Second, 1.4));
    }
    if let Some(interval) = Estimate::of(&row.errors) {
        scene.line(vec![(at(interval.lower), y), (at(interval.upper), y)], Stroke::new(Ink::Accent, 1.6).alpha(0.7));
    }
    if let Some(share) = error(row) {
        scene.disc((at(share), y), 3.8, Ink::Accent, 1.0);
    }
}

/// How far the training of a policy is: a thin bar, unless all of its seeds are done.
fn progress(scene: &mut Scene, study: &Study, row: &StudyRow, [left, upper, wide, high]: [f64; 4]) {
    let (steps, seeds) = (study.steps.max(1), row.seeds.max(1));
    if row.errors.len() >= seeds {
        return;
    }
    let done = row.errors.len() as f64 + (row.step % steps) as f64 / steps as f64;
    scene.block([left, upper, wide, high], Ink::Grid, 1.0);
    scene.block([left, upper, wide * (done / seeds as f64).min(1.0), high], Ink::Accent, 1.0);
}
