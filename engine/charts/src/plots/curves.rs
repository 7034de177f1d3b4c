//! Scalars of several runs over the steps, one measure at a time.

mod measures;

use super::axes::{Axes, Axis, SMALL, WORDS};
use super::runs::{self, LINE, at_step, fitted, number, width};
use super::{Cell, Inputs, Plot, RunCurves, Table};
use crate::scene::{Anchor, Ink, Scene, Stroke};
use crate::{decimate, smooth};
use augsphere_spec::Knob;
use measures::{MEASURES, Measure};

/// Curves of one measure of all runs.
pub struct Curves;

/// The curve of a run.
struct Drawn<'a> {
    run: &'a RunCurves<'a>,
    /// Which of the runs that are shown it is: how it is drawn.
    place: usize,
    /// As measured.
    raw: Vec<(f64, f64)>,
    /// Its running mean; the same where nothing is smoothed.
    mean: Vec<(f64, f64)>,
}

fn measure(inputs: &Inputs<'_>) -> &'static Measure {
    let wanted = inputs.knobs.text("measure");
    MEASURES.iter().find(|measure| measure.name == wanted).unwrap_or(&MEASURES[0])
}

/// The curves that have a point, that of the shown run first.
fn drawn<'a>(inputs: &Inputs<'a>) -> Vec<Drawn<'a>> {
    let (name, steps) = (measure(inputs).name, inputs.knobs.count("smoothing") as f64);
    let curve = |(place, run): (usize, &'a RunCurves<'a>)| {
        let raw = runs::points(run, name);
        let (first, last) = (raw.first()?.0, raw.last()?.0);
        let gap = (last - first) / (raw.len().max(2) - 1) as f64;
        let span = if gap > 0.0 { steps / gap } else { 0.0 };
        let mean = if span > 1.0 { smooth(&raw, span) } else { raw.clone() };
        Some(Drawn { run, place, raw, mean })
    };
    inputs.runs.iter().enumerate().filter_map(curve).collect()
}

fn why_empty(inputs: &Inputs<'_>) -> String {
    if inputs.runs.is_empty() { inputs.why_empty() } else { measure(inputs).missing() }
}

impl Plot for Curves {
    fn name(&self) -> &'static str {
        "curves"
    }

    fn title(&self) -> &'static str {
        "Curves"
    }

    fn sentence(&self) -> &'static str {
        "One measure of all runs over their steps: pale as measured, strong as a running mean; numbered lines are changes on \
         the way."
    }

    fn knobs(&self) -> Vec<Knob> {
        let names = MEASURES.map(|measure| measure.name);
        vec![
            Knob::choice(
                "measure",
                "Measure",
                &names,
                "What is drawn over the steps; losses of different methods cannot be compared.",
            ),
            Knob::int("smoothing", "Smoothing", 10, 0, 100, "Steps to each side over which the strong line is a running mean."),
        ]
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let (measure, curves) = (measure(inputs), drawn(inputs));
        let Some(first) = curves.first() else { return Scene::nothing(size, &why_empty(inputs)) };
        let mut scene = Scene::new(size);
        let cursor = runs::cursor(inputs.linked);
        let labels: Vec<String> = curves.iter().map(|curve| words(curve, cursor, measure, curves.len() > 1)).collect();
        // Names stand to the right of the lines where there is room, else below the plot; a value alone stands over the end of
        // its line.
        let longest = labels.iter().map(|label| width(label, SMALL)).fold(0.0, f64::max);
        let margin = if size.0 >= 480.0 { (longest + 6.0).min(0.3 * size.0) } else { 0.0 };
        let rows = if margin == 0.0 && labels.len() > 1 { labels.len().min((0.25 * size.1 / LINE) as usize) } else { 0 };
        let height = size.1 - LINE * rows as f64;
        let all = || curves.iter().flat_map(|curve| &curve.raw);
        let steps = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| (low.min(point.0), high.max(point.0)));
        let levels = levels(&curves, measure, all().map(|point| point.1));
        let title = if size.0 >= 420.0 { measure.title } else { measure.short };
        let mut y = Axis::around("", all().map(|point| point.1).chain(levels.iter().map(|level| level.0)));
        y.percent = measure.percent;
        let axes = runs::axes([0.0, 20.0, size.0 - margin, height - 20.0], Axis::new("step", steps), y);
        axes.draw(&mut scene);
        // Numbers of changes and the step that is looked at stand between title and plot.
        scene.words(&fitted(title, WORDS, size.0 - 12.0), (8.0, 8.0), WORDS, Ink::Muted, Anchor::Start);
        for (value, words) in &levels {
            axes.level(&mut scene, *value, &fitted(words, SMALL, axes.edges[2] - axes.edges[0] - 4.0));
        }
        runs::changes(&mut scene, &axes, first.run.changes);
        for curve in curves.iter().rev() {
            draw(&mut scene, &axes, curve);
        }
        if let Some(step) = cursor {
            read_out(&mut scene, &axes, step, &curves);
        }
        if rows > 0 {
            key(&mut scene, &curves[..rows], &labels, height);
        } else {
            name(&mut scene, &axes, &curves, &labels, margin);
        }
        let steps: Vec<u64> = first.raw.iter().map(|point| point.0 as u64).collect();
        runs::targets(&mut scene, &axes, &steps);
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let (measure, curves) = (measure(inputs), drawn(inputs));
        let cursor = runs::cursor(inputs.linked);
        let said = |curve: &Drawn<'_>| {
            let (begun, now) = (curve.raw.first()?, value(curve, cursor)?);
            let began = (begun.0 < now.0).then(|| format!(" (at step {}: {})", begun.0, number(begun.1, measure.percent)));
            Some(format!(
                "{} at step {} of {}{}",
                number(now.1, measure.percent),
                now.0,
                curve.run.name,
                began.unwrap_or_default()
            ))
        };
        let all: Vec<String> = curves.iter().filter_map(said).collect();
        if all.is_empty() {
            return match cursor {
                Some(step) if !curves.is_empty() => format!("Nothing of this was measured up to step {step}."),
                _ => why_empty(inputs),
            };
        }
        format!("{}: {}.", runs::capital(measure.title), all.join("; "))
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["run", "step", measure(inputs).name, "smoothed"]);
        for curve in &drawn(inputs) {
            table.rows.extend(curve.raw.iter().zip(&curve.mean).map(|(raw, mean)| {
                let numbers = [raw.0, raw.1, mean.1].map(Cell::Number);
                std::iter::once(curve.run.name.into()).chain(numbers).collect()
            }));
        }
        table
    }
}

/// The last value that is not after the step, or the last one.
fn value(curve: &Drawn<'_>, cursor: Option<u64>) -> Option<(f64, f64)> {
    cursor.map_or_else(|| curve.raw.last().copied(), |step| at_step(&curve.raw, step))
}

/// What stands at the end of a line: the name, if there are others, and the value.
fn words(curve: &Drawn<'_>, cursor: Option<u64>, measure: &Measure, named: bool) -> String {
    let value = value(curve, cursor).map_or_else(|| "\u{2013}".into(), |point| number(point.1, measure.percent));
    if named { format!("{value}  {}", curve.run.name) } else { value }
}

/// The levels of the measure that lie near the curves, each once: not so far that little would be seen of the curves.
fn levels(curves: &[Drawn<'_>], measure: &Measure, values: impl Iterator<Item = f64>) -> Vec<(f64, String)> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    let room = (1.5 * (high - low)).max(0.05 * low.abs().max(high.abs()));
    let mut levels: Vec<(f64, String)> = Vec::new();
    for (name, value, words) in curves.iter().flat_map(|curve| curve.run.levels) {
        let value = f64::from(*value);
        let new = levels.iter().all(|level| (level.0 - value).abs() > 1e-6);
        if name == measure.name && new && (low - room..=high + room).contains(&value) {
            levels.push((value, words.clone()));
        }
    }
    levels
}

/// Draws a curve: pale as measured, strong smoothed; few points as dots, too.
fn draw(scene: &mut Scene, axes: &Axes, curve: &Drawn<'_>) {
    let columns = (axes.edges[2] - axes.edges[0]).max(10.0) as usize;
    let placed = |points: &[(f64, f64)]| axes.curve(decimate(points, columns));
    let stroke = runs::stroke(curve.place);
    if curve.mean != curve.raw {
        let pale = Stroke { width: 1.0, dashed: false, ..stroke.alpha(0.3) };
        scene.line(placed(&curve.raw), pale);
    }
    let line = placed(&curve.mean);
    if line.len() <= 30 {
        for &at in &line {
            scene.disc(at, 1.2 * stroke.width, stroke.ink, stroke.alpha);
        }
    }
    scene.line(line, stroke);
}

/// Marks a step: a line through the plot, and the value of every curve on it.
fn read_out(scene: &mut Scene, axes: &Axes, step: u64, curves: &[Drawn<'_>]) {
    let [left, upper, right, _] = axes.edges;
    axes.cursor(scene, step as f64);
    for curve in curves.iter().rev() {
        if let Some((x, y)) = at_step(&curve.raw, step) {
            scene.disc(axes.at(x, y), 4.6, Ink::Paper, 1.0);
            scene.disc(axes.at(x, y), 3.4, runs::stroke(curve.place).ink, 1.0);
        }
    }
    let words = format!("step {step}");
    let half = 0.5 * width(&words, SMALL);
    let x = axes.at(step as f64, axes.y.span.0).0.min(right - half).max(left + half);
    scene.block([x - half - 3.0, upper - 13.0, 2.0 * half + 6.0, 13.0], Ink::Paper, 0.9);
    scene.words(&words, (x, upper - 6.5), SMALL, Ink::Ink, Anchor::Middle);
}

/// Writes a line of words for each curve, with a sample of its line, from `upper` on.
fn key(scene: &mut Scene, curves: &[Drawn<'_>], labels: &[String], upper: f64) {
    for (row, (curve, label)) in curves.iter().zip(labels).enumerate() {
        let (y, stroke) = (upper + LINE * (row as f64 + 0.4), runs::stroke(curve.place));
        scene.line(vec![(8.0, y), (26.0, y)], stroke);
        scene.words(&fitted(label, SMALL, scene.width - 36.0), (32.0, y), SMALL, stroke.ink, Anchor::Start);
    }
}

/// Writes what stands at the ends of the lines: right of the plot where there is a margin, else on a pale ground over the lines.
fn name(scene: &mut Scene, axes: &Axes, curves: &[Drawn<'_>], labels: &[String], margin: f64) {
    let [left, upper, right, lower] = axes.edges;
    let ends = curves.iter().filter_map(|curve| curve.mean.last().map(|&(x, y)| axes.at(x, y).1));
    let wanted: Vec<f64> = ends.map(|end| if margin > 0.0 { end } else { end - 9.0 }).collect();
    let room = (((lower - upper) / LINE) as usize).max(1);
    let places = runs::spread(&wanted[..wanted.len().min(room)], upper + 5.0, lower - 5.0);
    for ((curve, label), y) in curves.iter().zip(labels).zip(places).rev() {
        let ink = runs::stroke(curve.place).ink;
        if margin > 0.0 {
            let x = right + 6.0;
            scene.words(&fitted(label, SMALL, scene.width - x - 2.0), (x, y), SMALL, ink, Anchor::Start);
        } else {
            let label = fitted(label, SMALL, 0.9 * (right - left));
            scene.block([right - width(&label, SMALL) - 3.0, y - 6.5, width(&label, SMALL) + 4.0, LINE], Ink::Paper, 0.75);
            scene.words(&label, (right, y), SMALL, ink, Anchor::End);
        }
    }
}

#[cfg(test)]
mod tests;
