//! The three conditions of a small error, one below the other: views that agree, classes that lie apart, images that augmentation
//! ties together.

use super::axes::{Axes, Axis, SMALL, WORDS, key};
use super::runs::{self, LINE, at_step, fitted, number, width};
use super::{Cell, Inputs, Plot, RunCurves, Table};
use crate::decimate;
use crate::scene::{Anchor, Ink, Scene, Stroke};

/// Alignment, divergence of class centres, and the error that they and concentration bound.
pub struct Conditions;

/// A scalar of a panel.
struct Line {
    /// The scalar.
    scalar: &'static str,
    /// What it is called in words and in the table.
    name: &'static str,
    /// What is drawn, from the scalar.
    shown: fn(f64) -> f64,
}

/// One of the three panels.
struct Panel {
    /// What it shows.
    title: &'static str,
    /// The same where there is little room.
    short: &'static str,
    /// What is measured, and what may stand beside it.
    lines: &'static [Line],
    percent: bool,
    /// What to do if nothing was measured.
    missing: &'static str,
}

fn same(value: f64) -> f64 {
    value
}

/// The three conditions. Huang et al. bound the error of the classifier by the nearest class centre by `(1 - sigma) + R_epsilon`,
/// where the centres' products are small enough for their concentration and alignment (Theorem 1; METHODS.md 3.2). `sigma`
/// belongs to images and augmentations, not to the encoder: no curve has it.
const PANELS: [Panel; 3] = [
    Panel {
        title: "1 Alignment: mean squared distance of two views (lower is better)",
        short: "1 Alignment of two views",
        lines: &[Line { scalar: "alignment", name: "alignment", shown: same }],
        percent: false,
        missing: "Alignment was not measured yet.",
    },
    Panel {
        title: "2 Divergence: largest product of two class centres (lower is better)",
        short: "2 Divergence of centres",
        lines: &[Line { scalar: "centre_product", name: "centre_product", shown: same }],
        percent: false,
        missing: "No products of class centres were measured: they take two classes among the validation images.",
    },
    Panel {
        title: "3 Concentration: error of the nearest centre, and images whose views lie apart",
        short: "3 Error of the nearest centre",
        lines: &[
            Line { scalar: "nearest_centre_accuracy", name: "error", shown: |share| 1.0 - share },
            Line { scalar: "r_epsilon", name: "R_\u{3b5}", shown: same },
        ],
        percent: true,
        missing: "The error of the nearest centre was not measured yet.",
    },
];

/// What stands below the third panel: where the missing part of the bound is.
const ELSEWHERE: &str =
    "The bound is 1 \u{2212} \u{3c3} + R: \u{3c3} is of images and augmentations alone, measured under augmented distances.";
/// The same where there is little room.
const ELSEWHERE_SHORT: &str = "\u{3c3} is measured under augmented distances.";

impl Line {
    /// What is drawn of a run.
    fn points(&self, run: &RunCurves<'_>) -> Vec<(f64, f64)> {
        runs::points(run, self.scalar).into_iter().map(|(step, value)| (step, (self.shown)(value))).collect()
    }
}

impl Panel {
    /// What is drawn of the run at this place: what stands beside the first line, of the shown run only.
    fn of(&self, place: usize) -> &'static [Line] {
        if place == 0 { self.lines } else { &self.lines[..1] }
    }

    /// Whether any run has any of it.
    fn measured(&self, runs: &[RunCurves<'_>]) -> bool {
        runs.iter().any(|run| self.lines.iter().any(|line| !line.points(run).is_empty()))
    }

    /// The levels of the first scalar of the shown run.
    fn levels<'a>(&'a self, run: &RunCurves<'a>) -> impl Iterator<Item = (f64, &'a str)> {
        let line = &self.lines[0];
        let own = run.levels.iter().filter(|level| level.0 == line.scalar);
        own.map(|(_, value, words)| ((line.shown)(f64::from(*value)), words.as_str()))
    }
}

fn why_empty(inputs: &Inputs<'_>) -> Option<String> {
    match inputs.runs {
        [] => Some(inputs.why_empty()),
        runs if PANELS.iter().any(|panel| panel.measured(runs)) => None,
        _ => Some("None of the three was measured yet.".into()),
    }
}

/// How a line is drawn: what is compared with it in the same panel is thin and dashed.
fn stroke(run: usize, line: usize) -> Stroke {
    let stroke = runs::stroke(run);
    if line == 0 { stroke } else { Stroke { width: 0.7 * stroke.width, ..stroke.alpha(0.8 * stroke.alpha) }.dashed() }
}

impl Plot for Conditions {
    fn name(&self) -> &'static str {
        "conditions"
    }

    fn title(&self) -> &'static str {
        "Three conditions"
    }

    fn sentence(&self) -> &'static str {
        "What a small error asks for: views of an image that agree, class centres that lie apart, and augmentations that tie a \
         class together; below it, the error of naming each image by the nearest class centre."
    }

    fn source(&self) -> &'static str {
        "Huang, Yi, Zhao, Jiang, 2023, arXiv 2111.00743, section 3, theorem 1"
    }

    fn aspect(&self) -> f64 {
        0.95
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        if let Some(why) = why_empty(inputs) {
            return Scene::nothing(size, &why);
        }
        let mut scene = Scene::new(size);
        let all =
            || inputs.runs.iter().flat_map(|run| PANELS.iter().flat_map(|panel| panel.lines).flat_map(|line| line.points(run)));
        let steps = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| (low.min(point.0), high.max(point.0)));
        let wide = size.0 >= 480.0;
        let names: f64 = inputs.runs.iter().map(|run| width(run.name, SMALL)).fold(0.0, f64::max);
        let margin = if wide { (names.max(60.0) + 44.0).min(0.3 * size.0) } else { 54.0 };
        // Where there is no room for names at the ends of the lines they stand in a line below.
        let keyed = !wide && inputs.runs.len() > 1;
        let foot = if keyed { 16.0 + LINE } else { 16.0 };
        let height = (size.1 - foot) / PANELS.len() as f64;
        let area = |place: usize| [0.0, height * place as f64 + 14.0, size.0 - margin, height - 14.0];
        let mut axes: Vec<Axes> =
            PANELS.iter().enumerate().map(|(place, panel)| axes(panel, inputs.runs, area(place), steps)).collect();
        // One step stands at one place in all panels.
        let left = axes.iter().map(|axes| axes.edges[0]).fold(0.0, f64::max);
        axes.iter_mut().for_each(|axes| axes.edges[0] = left);
        for (place, (panel, axes)) in PANELS.iter().zip(&axes).enumerate() {
            let title = if wide { panel.title } else { panel.short };
            scene.words(
                &fitted(title, WORDS, size.0 - 12.0),
                (8.0, height * place as f64 + 10.0),
                WORDS,
                Ink::Ink,
                Anchor::Start,
            );
            draw(&mut scene, panel, axes, inputs);
        }
        if keyed {
            let entries: Vec<(Stroke, &str)> =
                inputs.runs.iter().enumerate().map(|(at, run)| (runs::stroke(at), run.name)).collect();
            let room = 0.5 * size.0 - 40.0;
            let short: Vec<String> = entries.iter().map(|entry| fitted(entry.1, SMALL, room)).collect();
            let entries: Vec<(Stroke, &str)> = entries.iter().zip(&short).map(|(entry, name)| (entry.0, name.as_str())).collect();
            key(&mut scene, &entries, (8.0, size.1 - 8.0 - LINE));
        }
        let last = if wide { ELSEWHERE } else { ELSEWHERE_SHORT };
        scene.words(&fitted(last, SMALL, size.0 - 12.0), (8.0, size.1 - 8.0), SMALL, Ink::Muted, Anchor::Start);
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let Some(run) = inputs.run().filter(|_| why_empty(inputs).is_none()) else {
            return why_empty(inputs).unwrap_or_else(|| inputs.why_empty());
        };
        let cursor = runs::cursor(inputs.linked);
        let of = |line: &Line| {
            let points = line.points(run);
            let now = cursor.map_or_else(|| points.last().copied(), |step| at_step(&points, step))?;
            Some((now, points.first().copied()?))
        };
        let said = |line: &Line, words: &str, percent: bool| {
            let (now, begun) = of(line)?;
            let began = (begun.0 < now.0).then(|| format!(" (at step {}: {})", begun.0, number(begun.1, percent)));
            Some(format!("{words} {}{}", number(now.1, percent), began.unwrap_or_default()))
        };
        let [alignment, divergence, error] = &PANELS;
        let parts = [
            said(&alignment.lines[0], "views of an image lie at a mean squared distance of", false),
            said(&divergence.lines[0], "the two nearest class centres have a product of", false),
            said(&error.lines[0], "the nearest centre names wrongly", true),
            said(&error.lines[1], "views farther apart than epsilon have", true),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() {
            return format!("{} has none of the three at this step.", runs::capital(run.name));
        }
        format!("In {}, {}. Concentration belongs to images and augmentations and is measured apart.", run.name, parts.join("; "))
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["run", "measure", "step", "value"]);
        for (place, run) in inputs.runs.iter().enumerate() {
            for line in PANELS.iter().flat_map(|panel| panel.of(place)) {
                let row =
                    |(step, value): (f64, f64)| vec![run.name.into(), line.name.into(), Cell::Number(step), Cell::Number(value)];
                table.rows.extend(line.points(run).into_iter().map(row));
            }
        }
        table
    }
}

/// The axes of a panel: around what is drawn on it, and a level that is not so far that little would be seen.
fn axes(panel: &Panel, runs: &[RunCurves<'_>], area: [f64; 4], steps: (f64, f64)) -> Axes {
    let of = |(place, run)| panel.of(place).iter().flat_map(move |line| line.points(run));
    let values = || runs.iter().enumerate().flat_map(of).map(|point: (f64, f64)| point.1);
    let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    let near = |value: &f64| (low - (high - low)..=high + (high - low)).contains(value);
    let levels = runs.iter().take(1).flat_map(|run| panel.levels(run)).map(|level| level.0).filter(near);
    let mut y = Axis::around("", values().chain(levels));
    y.percent = panel.percent;
    runs::axes(area, Axis::new("", steps), y)
}

/// Draws a panel: axes, levels, the lines of all runs, and what they are at the step that is looked at.
fn draw(scene: &mut Scene, panel: &Panel, axes: &Axes, inputs: &Inputs<'_>) {
    let [left, upper, right, lower] = axes.edges;
    axes.draw(scene);
    let Some(first) = inputs.run().filter(|_| panel.measured(inputs.runs)) else {
        let why = fitted(panel.missing, SMALL, right - left);
        return scene.words(&why, (0.5 * (left + right), 0.5 * (upper + lower)), SMALL, Ink::Muted, Anchor::Middle);
    };
    for (value, words) in panel.levels(first) {
        axes.level(scene, value, &fitted(words, SMALL, right - left - 4.0));
    }
    runs::lines_of_changes(scene, axes, first.changes);
    let cursor = runs::cursor(inputs.linked);
    if let Some(step) = cursor {
        axes.cursor(scene, step as f64);
    }
    let columns = (right - left).max(10.0) as usize;
    let mut ends: Vec<(f64, String, Ink)> = Vec::new();
    for (place, run) in inputs.runs.iter().enumerate().rev() {
        for (number_of, line) in panel.of(place).iter().enumerate().rev() {
            let points = line.points(run);
            let stroke = stroke(place, number_of);
            let placed = axes.curve(decimate(&points, columns));
            if let [only] = placed[..] {
                scene.disc(only, 1.4 * stroke.width, stroke.ink, stroke.alpha);
            }
            scene.line(placed, stroke);
            let value = cursor.map_or_else(|| points.last().copied(), |step| at_step(&points, step));
            if let (Some((step, value)), Some(last)) = (value, points.last()) {
                if cursor.is_some() {
                    scene.disc(axes.at(step, value), 3.2, stroke.ink, 1.0);
                }
                let name = match (number_of, scene.width >= 480.0) {
                    (0, true) if inputs.runs.len() > 1 => run.name,
                    (0, true) if panel.lines.len() > 1 => line.name,
                    (0, _) => "",
                    _ => line.name,
                };
                ends.push((axes.at(last.0, last.1).1, format!("{} {name}", number(value, panel.percent)), stroke.ink));
            }
        }
    }
    // Those of the shown run are the last that would be left out.
    ends.reverse();
    ends.truncate((((lower - upper) / LINE) as usize).max(1));
    let places = runs::spread(&ends.iter().map(|end| end.0).collect::<Vec<_>>(), upper + 3.0, lower - 3.0);
    for ((_, words, ink), y) in ends.iter().zip(places) {
        let x = right + 5.0;
        scene.words(&fitted(words.trim_end(), SMALL, scene.width - x - 1.0), (x, y), SMALL, *ink, Anchor::Start);
    }
    let measured = panel.lines.iter().flat_map(|line| line.points(first)).map(|point| point.0 as u64);
    let steps: std::collections::BTreeSet<u64> = measured.collect();
    runs::targets(scene, axes, &steps.into_iter().collect::<Vec<_>>());
}

#[cfg(test)]
mod tests;
