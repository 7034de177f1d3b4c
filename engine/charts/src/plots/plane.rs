//! The plane of alignment and uniformity: the path of every run, coloured by what neighbours make of it.

use super::axes::{Axes, Axis, SMALL};
use super::runs::{self, Labels, fitted, number, width};
use super::{Cell, Inputs, Plot, RunCurves, Table};
use crate::scene::{Anchor, Ink, Item, Reach, Scene, Stroke};
use augsphere_spec::Knob;

/// Paths of runs in the plane of alignment and uniformity.
pub struct Plane;

/// A step at which both were measured.
struct Stop {
    step: u64,
    /// Alignment, or its exponential.
    x: f64,
    /// Uniformity, or its exponential.
    y: f64,
    /// Share of images that neighbours name right, if it was measured at this step.
    accuracy: Option<f64>,
}

/// The path of a run.
struct Path<'a> {
    run: &'a RunCurves<'a>,
    stops: Vec<Stop>,
}

impl Path<'_> {
    fn of<'a>(run: &'a RunCurves<'a>, exponentiated: bool) -> Path<'a> {
        let scaled = |value: f32| if exponentiated { f64::from(value).exp() } else { f64::from(value) };
        let at = |series: &[(u64, f32)], step: u64| {
            let place = series.binary_search_by_key(&step, |point| point.0).ok()?;
            Some(series[place].1).filter(|value| value.is_finite())
        };
        let [alignment, uniformity, accuracy] = ["alignment", "uniformity", "knn_accuracy"].map(|name| run.curves.series(name));
        let stop = |&(step, x): &(u64, f32)| {
            let y = at(uniformity, step)?;
            let accuracy = at(accuracy, step).map(f64::from);
            x.is_finite().then(|| Stop { step, x: scaled(x), y: scaled(y), accuracy })
        };
        Path { run, stops: alignment.iter().filter_map(stop).collect() }
    }

    /// The last stop that is not after a step.
    fn at(&self, step: u64) -> Option<&Stop> {
        self.stops.get(self.stops.partition_point(|stop| stop.step <= step).checked_sub(1)?)
    }
}

/// The level of a run's uniformity, as it is drawn, and its words.
fn optimum<'a>(run: &RunCurves<'a>, exponentiated: bool) -> Option<(f64, &'a str)> {
    let (_, value, words) = run.levels.iter().find(|level| level.0 == "uniformity" && level.1.is_finite())?;
    let value = f64::from(*value);
    Some((if exponentiated { value.exp() } else { value }, words))
}

/// The paths that have a stop, the first one first.
fn paths<'a>(inputs: &Inputs<'a>) -> Vec<Path<'a>> {
    let exponentiated = inputs.knobs.switch("exponentiated");
    inputs.runs.iter().map(|run| Path::of(run, exponentiated)).filter(|path| !path.stops.is_empty()).collect()
}

fn why_empty(inputs: &Inputs<'_>) -> String {
    if inputs.runs.is_empty() { inputs.why_empty() } else { "Alignment and uniformity were not measured yet.".into() }
}

/// From which share to which the colours go: whole tenths around all accuracies.
fn colours(paths: &[Path<'_>]) -> Option<(f64, f64)> {
    let all = paths.iter().flat_map(|path| &path.stops).filter_map(|stop| stop.accuracy);
    let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), share| (low.min(share), high.max(share)));
    let low = (10.0 * low + 1e-6).floor() / 10.0;
    (low <= high).then(|| (low, ((10.0 * high - 1e-6).ceil() / 10.0).max(low + 0.1)))
}

/// Nearer dots than this are left out between the first and the last of a path, CSS pixels.
const APART: f64 = 7.0;

impl Plot for Plane {
    fn name(&self) -> &'static str {
        "plane"
    }

    fn title(&self) -> &'static str {
        "Alignment and uniformity"
    }

    fn sentence(&self) -> &'static str {
        "The path of each run: to the left, two views of an image come together; downwards, images spread over the sphere; the \
         best encoders lie near the lower left corner."
    }

    fn source(&self) -> &'static str {
        "Wang, Isola, 2020, arXiv 2005.10242, figures 5 and 7"
    }

    fn knobs(&self) -> Vec<Knob> {
        vec![Knob::switch(
            "exponentiated",
            "Exponentials",
            false,
            "Draw exp(alignment) and exp(uniformity), as figures 7 and 8 of the paper do for uniformity.",
        )]
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let paths = paths(inputs);
        let Some(first) = paths.first() else { return Scene::nothing(size, &why_empty(inputs)) };
        let exponentiated = inputs.knobs.switch("exponentiated");
        let best = optimum(first.run, exponentiated);
        let mut scene = Scene::new(size);
        let axes = axes(&scene, &paths, best, exponentiated);
        axes.draw(&mut scene);
        let [left, upper, right, lower] = axes.edges;
        let mut labels = Labels::new([left + 2.0, upper, right, lower - 2.0]);
        let range = colours(&paths);
        if let Some((low, high)) = range {
            scale(&mut scene, (right, upper - 13.0), low, high);
        }
        let corner = axes.at(if exponentiated { 1.0 } else { 0.0 }, best.map_or(f64::NAN, |best| best.0));
        if let Some((value, words)) = best {
            let words = if scene.width < 420.0 { "even" } else { words };
            axes.level(&mut scene, value, words);
            scene.ring(corner, 5.0, Stroke::new(Ink::Level, 1.5));
            scene.disc(corner, 2.0, Ink::Level, 1.0);
            labels.avoid(corner, 5.0);
            labels.avoid_box([left, corner.1 - 1.0, right, corner.1 + 1.0]);
            labels.avoid_box([right - width(words, SMALL), corner.1 - 14.0, right, corner.1]);
        }
        let cursor = runs::cursor(inputs.linked);
        for (place, path) in paths.iter().enumerate().rev() {
            draw(&mut scene, &axes, path, place, range, &mut labels);
        }
        // Words come last, those of the shown run first.
        for (place, path) in paths.iter().enumerate() {
            let ink = if place == 0 { Ink::Ink } else { Ink::Muted };
            let shown = cursor.and_then(|step| path.at(step));
            if let Some(stop) = shown {
                let at = axes.at(stop.x, stop.y);
                scene.ring(at, 8.0, Stroke::new(ink, 1.8));
                if place == 0 {
                    labels.beside(&mut scene, &format!("step {}", stop.step), at, 10.0, ink, true);
                }
            }
            let (Some(start), Some(newest)) = (path.stops.first(), path.stops.last()) else { continue };
            let name = if paths.len() > 1 {
                fitted(path.run.name, SMALL, 0.55 * (right - left))
            } else {
                format!("step {}", newest.step)
            };
            if paths.len() > 1 || shown.is_none_or(|stop| stop.step != newest.step) {
                labels.beside(&mut scene, &name, axes.at(newest.x, newest.y), 9.0, ink, place == 0);
            }
            if place == 0 && start.step != newest.step {
                labels.beside(&mut scene, "start", axes.at(start.x, start.y), 8.0, Ink::Muted, false);
            }
        }
        if best.is_some() {
            labels.beside(&mut scene, "best possible", corner, 8.0, Ink::Level, false);
        }
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let paths = paths(inputs);
        let Some(first) = paths.first() else { return why_empty(inputs) };
        let looked = runs::cursor(inputs.linked).and_then(|step| first.at(step)).or(first.stops.last());
        let (Some(stop), Some(start)) = (looked, first.stops.first()) else { return why_empty(inputs) };
        let exponentiated = inputs.knobs.switch("exponentiated");
        let what = if exponentiated { ["exp(alignment)", "exp(uniformity)"] } else { ["alignment", "uniformity"] };
        let best = optimum(first.run, exponentiated).map(|best| format!(" (at best about {})", number(best.0, false)));
        let right = stop.accuracy.map(|share| format!(", and neighbours name {} of the images right", number(share, true)));
        let began = if start.step == stop.step {
            String::new()
        } else {
            format!("; at step {} they were {} and {}", start.step, number(start.x, false), number(start.y, false))
        };
        let others = match paths.len() {
            1 => String::new(),
            2 => " Another run is drawn beside it.".into(),
            count => format!(" {} other runs are drawn beside it.", count - 1),
        };
        format!(
            "At step {} of {} {} is {} and {} is {}{}{}{began}.{others}",
            stop.step,
            first.run.name,
            what[0],
            number(stop.x, false),
            what[1],
            number(stop.y, false),
            best.unwrap_or_default(),
            right.unwrap_or_default(),
        )
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let names =
            if inputs.knobs.switch("exponentiated") { ["exp_alignment", "exp_uniformity"] } else { ["alignment", "uniformity"] };
        let mut table = Table::new(&["run", "step", names[0], names[1], "knn_accuracy"]);
        for path in &paths(inputs) {
            table.rows.extend(path.stops.iter().map(|stop| {
                let numbers = [stop.step as f64, stop.x, stop.y, stop.accuracy.unwrap_or(f64::NAN)];
                std::iter::once(path.run.name.into()).chain(numbers.map(Cell::Number)).collect()
            }));
        }
        table
    }
}

/// Axes around all stops, perfect alignment and the optimum.
fn axes(scene: &Scene, paths: &[Path<'_>], best: Option<(f64, &str)>, exponentiated: bool) -> Axes {
    let stops = || paths.iter().flat_map(|path| &path.stops);
    let aligned = if exponentiated { 1.0 } else { 0.0 };
    let wide = scene.width >= 480.0;
    let title = |name: &str, how: &str| {
        let name = if exponentiated { format!("exp({name})") } else { name.to_owned() };
        if wide { format!("{name}: {how}") } else { name }
    };
    runs::axes(
        [0.0, 0.0, scene.width, scene.height],
        Axis::around(&title("alignment", "lower is closer views"), stops().map(|stop| stop.x).chain([aligned])),
        Axis::around(&title("uniformity", "lower is more even"), stops().map(|stop| stop.y).chain(best.map(|best| best.0))),
    )
}

/// Draws a path: its line, its dots, and its first and last stop.
fn draw(scene: &mut Scene, axes: &Axes, path: &Path<'_>, place: usize, range: Option<(f64, f64)>, labels: &mut Labels) {
    let placed: Vec<(f64, f64)> = path.stops.iter().map(|stop| axes.at(stop.x, stop.y)).collect();
    let alpha = if place == 0 { 1.0 } else { 0.55 };
    scene.line(thinned(&placed, 0.7).map(|at| placed[at]).collect(), runs::stroke(place).alpha(0.6 * alpha));
    let radius = if place == 0 { 3.6 } else { 2.6 };
    let dot = |scene: &mut Scene, at: usize, radius: f64| {
        scene.disc(placed[at], radius + 0.9, if place == 0 { Ink::Ink } else { Ink::Muted }, alpha);
        let ink = match (path.stops[at].accuracy, range) {
            (Some(share), Some((low, high))) => Ink::Amount((share - low) / (high - low)),
            _ => Ink::Paper,
        };
        scene.disc(placed[at], radius, ink, 1.0);
    };
    for at in thinned(&placed, APART) {
        dot(scene, at, radius);
        labels.avoid(placed[at], radius);
        if place == 0 {
            scene.thing(Reach::Point(placed[at].0, placed[at].1), Item::Step(path.stops[at].step));
        }
    }
    let last = placed.len() - 1;
    dot(scene, last, radius + 2.0);
    if last > 0 && place == 0 {
        scene.ring(placed[0], radius + 3.0, Stroke::new(Ink::Ink, 1.0));
    }
}

/// The first and the last point, and those between that are so far from the one before.
fn thinned(points: &[(f64, f64)], apart: f64) -> impl Iterator<Item = usize> + use<> {
    let mut kept: Vec<usize> = Vec::new();
    for (at, point) in points.iter().enumerate() {
        let far = kept.last().is_none_or(|&before| (point.0 - points[before].0).hypot(point.1 - points[before].1) >= apart);
        if far || at + 1 == points.len() {
            kept.push(at);
        }
    }
    kept.into_iter()
}

/// The colours of accuracies, their right end given.
fn scale(scene: &mut Scene, (right, middle): (f64, f64), low: f64, high: f64) {
    const PIECES: u32 = 20;
    let ends = [low, high].map(|share| format!("{:.0}%", 100.0 * share));
    let bar = if scene.width < 420.0 { 40.0 } else { 80.0 };
    let from = right - width(&ends[1], SMALL) - 5.0 - bar;
    scene.words(&ends[1], (right, middle), SMALL, Ink::Muted, Anchor::End);
    let piece = bar / f64::from(PIECES);
    for part in 0..PIECES {
        let share = f64::from(part) / f64::from(PIECES - 1);
        scene.block([from + piece * f64::from(part), middle - 4.0, piece + 0.5, 8.0], Ink::Amount(share), 1.0);
    }
    scene.frame([from, middle - 4.0, bar + 0.5, 8.0], Stroke::new(Ink::Muted, 0.7));
    let what = if scene.width < 420.0 { "named right" } else { "images that neighbours name right" };
    scene.words(&format!("{what}  {}", ends[0]), (from - 5.0, middle), SMALL, Ink::Muted, Anchor::End);
}

#[cfg(test)]
mod tests;
