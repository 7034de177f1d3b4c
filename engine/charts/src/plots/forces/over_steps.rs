//! Pull, push, their balance and their angle over the steps of the run.

use super::super::Inputs;
use super::super::axes::{Axis, SMALL, WORDS};
use super::super::runs::{self, LINE, at_step, axes, fitted, number, points, spread, width};
use super::protractor::INKS;
use crate::decimate;
use crate::scene::{Anchor, Ink, Scene, Stroke};

/// Least height of a panel with axes, CSS pixels.
pub(super) const LEAST: f64 = 72.0;

/// A line of a panel.
struct Line {
    /// The scalar.
    scalar: &'static str,
    /// What it is, beside others.
    name: &'static str,
    ink: Ink,
    dashed: bool,
}

/// What is drawn over the steps in one plot.
struct Panel {
    title: &'static str,
    short: &'static str,
    lines: &'static [Line],
    /// A level: where, and what it means.
    level: Option<(f64, &'static str)>,
}

const PANELS: [Panel; 3] = [
    Panel {
        title: "mean length",
        short: "length",
        lines: &[
            Line { scalar: "gradient_positive", name: "pull", ink: INKS[0], dashed: false },
            Line { scalar: "gradient_negative", name: "push", ink: INKS[1], dashed: true },
        ],
        level: None,
    },
    Panel {
        title: "angle between the arrows, degrees",
        short: "angle, degrees",
        lines: &[Line { scalar: "gradient_angle", name: "", ink: INKS[2], dashed: false }],
        level: Some((180.0, "straight against each other")),
    },
    Panel {
        title: "push over pull",
        short: "push / pull",
        lines: &[Line { scalar: "gradient_balance", name: "", ink: INKS[2], dashed: false }],
        level: Some((1.0, "as much push as pull")),
    },
];

impl Line {
    /// What is drawn of the run.
    fn points(&self, inputs: &Inputs<'_>) -> Vec<(f64, f64)> {
        inputs.run().map(|run| points(run, self.scalar)).unwrap_or_default()
    }

    fn stroke(&self) -> Stroke {
        Stroke { dashed: self.dashed, ..Stroke::new(self.ink, 2.0) }
    }
}

/// Whether the run has any of it.
pub(super) fn measured(inputs: &Inputs<'_>) -> bool {
    PANELS.iter().flat_map(|panel| panel.lines).any(|line| !line.points(inputs).is_empty())
}

/// Step by step pull, push, push over pull, and the angle between their arrows in degrees; not a number where one was not measured.
pub(super) fn rows(inputs: &Inputs<'_>) -> Vec<(f64, [f64; 4])> {
    let lines =
        [&PANELS[0].lines[0], &PANELS[0].lines[1], &PANELS[2].lines[0], &PANELS[1].lines[0]].map(|line| line.points(inputs));
    let of = |points: &[(f64, f64)], step: f64| points.iter().find(|point| point.0 == step).map_or(f64::NAN, |point| point.1);
    lines[0].iter().map(|(step, _)| (*step, lines.each_ref().map(|line| of(line, *step)))).collect()
}

/// Draws the panels in an area (left, upper, width, height), as many as have room: below each other in a high one, else beside each other.
pub(super) fn draw(scene: &mut Scene, inputs: &Inputs<'_>, [left, upper, wide, high]: [f64; 4]) {
    let stacked = high >= 1.1 * wide;
    let count = if stacked { (high / LEAST) as usize } else { (wide / 132.0) as usize }.clamp(1, PANELS.len());
    for (place, panel) in PANELS.iter().take(count).enumerate() {
        let share = place as f64 / count as f64;
        let area = if stacked {
            [left, upper + share * high, wide, high / count as f64]
        } else {
            [left + share * wide, upper, wide / count as f64, high]
        };
        one(scene, inputs, panel, area);
    }
}

fn one(scene: &mut Scene, inputs: &Inputs<'_>, panel: &Panel, [left, upper, wide, high]: [f64; 4]) {
    let title = if width(panel.title, WORDS) <= wide - 12.0 { panel.title } else { panel.short };
    scene.words(&fitted(title, WORDS, wide - 12.0), (left + 8.0, upper + 10.0), WORDS, Ink::Muted, Anchor::Start);
    let lines: Vec<(&Line, Vec<(f64, f64)>)> = panel.lines.iter().map(|line| (line, line.points(inputs))).collect();
    let all = || lines.iter().flat_map(|line| &line.1);
    let steps = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| (low.min(point.0), high.max(point.0)));
    if steps.0 > steps.1 {
        let at = (left + 0.5 * wide, upper + 0.5 * high);
        return scene.words(&fitted("not measured yet", SMALL, wide - 12.0), at, SMALL, Ink::Muted, Anchor::Middle);
    }
    let values = || all().map(|point| point.1);
    let (low, top) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, top), value| (low.min(value), top.max(value)));
    let near =
        panel.level.filter(|level| (low - (top - low).max(0.1 * top)..=top + (top - low).max(0.1 * top)).contains(&level.0));
    let y = Axis::around("", values().chain(near.map(|level| level.0)));
    let title = if high >= 150.0 { "step" } else { "" };
    // Values stand to the right of the lines where there is room, else over their ends.
    let longest = lines.iter().map(|line| width(&format!("{} 0.000", line.0.name), SMALL)).fold(0.0, f64::max);
    let margin = if longest + 4.0 <= 0.3 * wide { longest + 4.0 } else { 0.0 };
    let axes = axes([left + 2.0, upper + 12.0, wide - 6.0 - margin, high - 12.0], Axis::new(title, steps), y);
    axes.draw(scene);
    let [edge, above, right, below] = axes.edges;
    if let Some((value, words)) = near {
        axes.level(scene, value, if width(words, SMALL) <= right - edge - 4.0 { words } else { "" });
    }
    runs::lines_of_changes(scene, &axes, inputs.run().map_or(&[], |run| run.changes));
    let cursor = runs::cursor(inputs.linked);
    if let Some(step) = cursor {
        axes.cursor(scene, step as f64);
    }
    let columns = (right - edge).max(10.0) as usize;
    let mut ends = Vec::new();
    for (line, points) in lines.iter().rev() {
        let placed = axes.curve(decimate(points, columns));
        if let [only] = placed[..] {
            scene.disc(only, 3.0, line.ink, 1.0);
        }
        ends.extend(placed.last().map(|end| (line, end.1, points)));
        scene.line(placed, line.stroke());
    }
    let wanted: Vec<f64> = ends.iter().map(|end| if margin > 0.0 { end.1 } else { end.1 - 9.0 }).collect();
    let places = spread(&wanted, above + 2.0, below - 4.0);
    for ((line, _, points), y) in ends.iter().zip(places) {
        let value = cursor.map_or_else(|| points.last().copied(), |step| at_step(points, step));
        let Some((step, value)) = value else { continue };
        if cursor.is_some() {
            scene.disc(axes.at(step, value), 3.2, line.ink, 1.0);
        }
        let words = format!("{} {}", line.name, number(value, false));
        let words = fitted(words.trim(), SMALL, right - edge);
        if margin > 0.0 {
            scene.words(&words, (right + 6.0, y), SMALL, line.ink, Anchor::Start);
            continue;
        }
        scene.block([right - width(&words, SMALL) - 3.0, y - 6.5, width(&words, SMALL) + 4.0, LINE], Ink::Paper, 0.8);
        scene.words(&words, (right, y), SMALL, line.ink, Anchor::End);
    }
    let measured: std::collections::BTreeSet<u64> = all().map(|point| point.0 as u64).collect();
    runs::targets(scene, &axes, &measured.into_iter().collect::<Vec<_>>());
}
