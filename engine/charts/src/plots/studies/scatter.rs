//! The error of each policy over the share of a class that its augmentations do not bring together.

use super::rows::heights;
use super::study::{Study, correlation, error, short, spread};
use crate::plots::axes::{Axis, SMALL};
use crate::plots::panels::{below, draw as panel};
use crate::plots::runs::{self, Labels, fitted};
use crate::scene::{Anchor, Ink, Scene, Stroke};
use augsphere_spec::Interval;

/// Smallest height at which points can be told apart, CSS pixels.
const LEAST: f64 = 120.0;

/// The height of the plots below the table, CSS pixels: 0 where there are no thresholds, or no room.
pub(super) fn height(study: &Study, (_, height): (f64, f64)) -> f64 {
    let (least, usual) = heights(&study.rows);
    let thresholds = study.rows.first().is_some_and(|row| !row.deltas.is_empty());
    if !thresholds || height - least < LEAST { 0.0 } else { (height - usual).clamp(LEAST, (0.62 * height).max(LEAST)) }
}

/// The numbers of the thresholds that are drawn: `both`, the `smaller` or the `larger`.
pub(super) fn thresholds(study: &Study, knob: &str) -> Vec<usize> {
    let count = study.rows.first().map_or(0, |row| row.deltas.len());
    let drawn = match knob {
        "smaller" => 0..count.min(1),
        "larger" => count.saturating_sub(1)..count,
        _ => 0..count,
    };
    drawn.collect()
}

/// A policy: its name, `1 - sigma` in the middle of what is known and its interval, and its error.
struct Point {
    name: String,
    middle: f64,
    spread: Interval,
    error: f64,
}

/// Draws the plot of the threshold number `which` into a rectangle: left, upper, width, height.
pub(super) fn draw(scene: &mut Scene, study: &Study, which: usize, area: [f64; 4]) {
    let rows = &study.rows;
    let Some(delta) = rows.first().and_then(|row| row.deltas.get(which)) else { return };
    let points = rows.iter().filter_map(|row| {
        Some(Point { name: short(row, rows), middle: spread(row, which)?, spread: *row.spread.get(which)?, error: error(row)? })
    });
    let points: Vec<Point> = points.collect();
    let [left, upper, wide, high] = area;
    let title = match correlation(rows, which) {
        Some(rank) => {
            let name = if wide >= 230.0 { "rank correlation" } else { "\u{3c1}" };
            format!("\u{3b4} = {delta:.1}: {name} {rank:.2}").replace('-', "\u{2212}")
        }
        None => format!("\u{3b4} = {delta:.1}: error over 1 \u{2212} \u{3c3}"),
    };
    if points.len() < 2 {
        let why = fitted("the error comes with the second policy", SMALL, wide - 16.0);
        return scene.words(&why, (left + 0.5 * wide, upper + 0.5 * high), SMALL, Ink::Muted, Anchor::Middle);
    }
    let across = Axis::around("1 \u{2212} \u{3c3}", points.iter().flat_map(|point| [point.spread.lower, point.spread.upper]));
    let up = Axis::around("", points.iter().map(|point| point.error)).percent();
    let axes = runs::axes(below(area), across, up);
    panel(scene, &axes, area, &title);
    let [from, top, to, bottom] = axes.edges;
    let mut labels = Labels::new([from + 2.0, top, to, bottom - 2.0]);
    let placed: Vec<(f64, f64)> = points.iter().map(|point| axes.at(point.middle, point.error)).collect();
    for (point, &at) in points.iter().zip(&placed) {
        let ends = [point.spread.lower, point.spread.upper].map(|share| axes.at(share, point.error));
        scene.line(ends.to_vec(), Stroke::new(Ink::Accent, 1.25).alpha(0.6));
        scene.disc(at, 3.8, Ink::Accent, 1.0);
        labels.avoid(at, 3.8);
    }
    for (point, &at) in points.iter().zip(&placed) {
        labels.beside(scene, &point.name, at, 7.0, Ink::Ink, false);
    }
}
