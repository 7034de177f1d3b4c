//! The scalar toy: a predictor and an encoder of one number each, their phase portrait and their path from a start.

use super::axes::{Axes, Axis, SMALL};
use super::panels::{areas, below, beside, draw, roomy, why_empty};
use super::runs::{Labels, number, spread, width};
use super::{Inputs, Plot, Table};
use crate::scene::{Anchor, Ink, Scene, Stroke};
use augsphere_spec::{Knob, Payload};

mod portrait;

pub use portrait::start_at;
use portrait::{arrows, inside, level, portrait, resting, within};

/// Phase portrait and path of the scalar toy.
pub struct Toy;

/// Starts lie between minus this and this.
const START: f64 = 1.5;

/// A moment of the path.
#[derive(Clone, Copy)]
struct Moment {
    time: f64,
    phi: f64,
    theta: f64,
    target: f64,
}

/// The moments of the path that are numbers.
fn path(inputs: &Inputs<'_>) -> Vec<Moment> {
    let Some((columns @ 4.., values)) = inputs.matrix("trajectory") else { return Vec::new() };
    let rows = values.chunks_exact(columns).filter(|row| row[..4].iter().all(|value| value.is_finite()));
    let moment = |row: &[f32]| {
        let [time, phi, theta, target] = std::array::from_fn(|at| f64::from(row[at]));
        Moment { time, phi, theta, target }
    };
    rows.map(moment).collect()
}

/// Where the path ends at last, if that is known: `(phi, theta)`.
fn limit(inputs: &Inputs<'_>) -> Option<(f64, f64)> {
    let (phi, theta) = inputs.series("limit")?;
    Some((f64::from(*phi.first()?), f64::from(*theta.first()?))).filter(|(phi, theta)| phi.is_finite() && theta.is_finite())
}

fn words<'a>(inputs: &Inputs<'a>, name: &str) -> &'a str {
    let Some(Payload::Words(words)) = inputs.part(name) else { return "" };
    words.first().map_or("", String::as_str)
}

/// An expression as it is printed in papers.
fn pretty(name: &str) -> String {
    name.replace("theta", "\u{3b8}").replace("phi", "\u{3c6}").replace("^2", "\u{b2}").replace('-', "\u{2212}")
}

impl Plot for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }

    fn title(&self) -> &'static str {
        "The smallest model that may collapse"
    }

    fn sentence(&self) -> &'static str {
        "A predictor and an encoder of one number each follow their gradients: whether the encoder ends at 0, a collapse, depends on the \
         stop-gradient and on the start."
    }

    fn source(&self) -> &'static str {
        "Su, 2020, spaces.ac.cn/archives/7980"
    }

    fn knobs(&self) -> Vec<Knob> {
        vec![
            Knob::choice(
                "variant",
                "Gradient",
                &["stop-gradient", "no-stop-gradient", "target-only"],
                "What the encoder follows: the gradient through the prediction, through prediction and target, or through the target only.",
            ),
            Knob::float("phi", "Predictor at the start", 0.6, -START, START, "Where the predictor starts; 1 predicts perfectly."),
            Knob::float("theta", "Encoder at the start", 0.1, -START, START, "Where the encoder starts; 0 is a collapse."),
            Knob::float(
                "momentum",
                "Momentum target",
                0.0,
                0.0,
                5.0,
                "How fast an averaged target follows the encoder; 0: the target is the encoder.",
            ),
            Knob::float(
                "weight_decay",
                "Weight decay",
                0.0,
                0.0,
                0.5,
                "How fast both numbers decay; above a quarter everything collapses.",
            ),
            Knob::float("time", "Time", 50.0, 1.0, 200.0, "How long to follow: learning rate times steps."),
        ]
    }

    fn asks(&self) -> bool {
        true
    }

    fn aspect(&self) -> f64 {
        0.6
    }

    /// The start, where the portrait is dragged.
    fn dragged(&self, _inputs: &Inputs<'_>, size: (f64, f64), point: (f64, f64)) -> Vec<(&'static str, f64)> {
        start_at(size, point).map(|(phi, theta)| vec![("phi", phi), ("theta", theta)]).unwrap_or_default()
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let path = path(inputs);
        let (Some(start), Some(end)) = (path.first(), path.last()) else { return Scene::nothing(size, &why_empty(inputs)) };
        let mut scene = Scene::new(size);
        let [area, over_time] = areas(size);
        let axes = portrait(size);
        draw(&mut scene, &axes, area, if roomy(area) { "encoder \u{3b8}" } else { "\u{3b8}" });
        let [left, upper, right, lower] = axes.edges;
        let mut labels = Labels::new([left + 2.0, upper, right - 2.0, lower - 2.0]);
        if inputs.knobs.float("weight_decay") == 0.0 {
            resting(&mut scene, &axes, roomy(area), &mut labels);
        }
        arrows(&mut scene, &axes, inputs);
        let curve = level(&mut scene, &axes, inputs);
        for piece in inside(&axes, path.iter().map(|moment| (moment.phi, moment.theta))) {
            scene.line(piece, Stroke::new(Ink::Ink, 2.4));
        }
        let limit = limit(inputs);
        let shown = |(phi, theta): (f64, f64)| Some(axes.at(phi, theta)).filter(|at| within(&axes, *at));
        let (start, end, goal) = (shown((start.phi, start.theta)), shown((end.phi, end.theta)), limit.and_then(shown));
        start.iter().chain(&end).chain(&goal).for_each(|at| labels.avoid(*at, 7.0));
        if let Some(at) = goal {
            scene.ring(at, 7.0, Stroke::new(Ink::Level, 1.8));
        }
        if let Some(at) = end {
            scene.disc(at, 4.2, Ink::Ink, 1.0);
        }
        if let Some(at) = start {
            scene.disc(at, 6.5, Ink::Paper, 1.0);
            scene.ring(at, 6.5, Stroke::new(Ink::Ink, 2.0));
            beside(&mut scene, &mut labels, "start", at, Ink::Ink, true);
        }
        if let (Some(at), Some((phi, theta))) = (goal, limit) {
            let text = format!("limit {}, {}", number(phi, false), number(theta, false));
            beside(&mut scene, &mut labels, if roomy(area) { &text } else { "limit" }, at, Ink::Level, true);
        }
        let apart = |one: (f64, f64), other: Option<(f64, f64)>| {
            other.is_none_or(|other| (one.0 - other.0).hypot(one.1 - other.1) > 16.0)
        };
        if let Some(at) = end.filter(|at| apart(*at, goal) && apart(*at, start)) {
            beside(&mut scene, &mut labels, "end", at, Ink::Ink, false);
        }
        if let Some(at) = curve.filter(|_| roomy(area)) {
            let value = invariant(inputs).map_or(String::new(), |value| format!(" = {}", number(value, false)));
            let name = pretty(words(inputs, "invariant_name"));
            beside(&mut scene, &mut labels, &format!("{name}{value}"), at, Ink::Second, false);
        }
        curves(&mut scene, over_time, inputs, &path, limit);
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let path = path(inputs);
        let (Some(start), Some(end)) = (path.first(), path.last()) else { return why_empty(inputs) };
        let said = [start.phi, start.theta, end.phi, end.theta, end.time].map(|value| number(value, false));
        let [phi, theta, last_phi, last_theta, time] = said;
        let seen = words(inputs, "words");
        if seen.is_empty() {
            return format!(
                "From phi = {phi}, theta = {theta} the toy comes to phi = {last_phi}, theta = {last_theta} at time {time}."
            );
        }
        format!("The toy starts at phi = {phi}, theta = {theta}. {seen}")
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        const COLUMNS: [&str; 6] = ["time", "phi", "theta", "target", "loss", "invariant"];
        let mut table = Table::new(&COLUMNS);
        if let Some((6, values)) = inputs.matrix("trajectory") {
            values.chunks_exact(6).for_each(|row| table.numbers(&row.iter().map(|value| f64::from(*value)).collect::<Vec<_>>()));
        }
        table
    }
}

/// The invariant at the start.
fn invariant(inputs: &Inputs<'_>) -> Option<f64> {
    let (6, values) = inputs.matrix("trajectory")? else { return None };
    values.get(5).map(|value| f64::from(*value)).filter(|value| value.is_finite())
}

/// A curve over time: its name, its value at a moment, how it is drawn, and its limit.
type Line = (&'static str, fn(&Moment) -> f64, Stroke, Option<f64>);

/// Predictor, encoder and target over time, each named at its end.
fn curves(scene: &mut Scene, area: [f64; 4], inputs: &Inputs<'_>, path: &[Moment], limit: Option<(f64, f64)>) {
    let roomy = roomy(area);
    let Some(end) = path.last() else { return };
    let moving = inputs.knobs.float("momentum") != 0.0;
    let mut lines: Vec<Line> = vec![
        ("\u{3c6}", |moment| moment.phi, Stroke::new(Ink::Accent, 2.2), limit.map(|limit| limit.0)),
        ("\u{3b8}", |moment| moment.theta, Stroke::new(Ink::Second, 2.2), limit.map(|limit| limit.1)),
    ];
    if moving {
        lines.push(("target", |moment| moment.target, Stroke::new(Ink::Second, 1.2).dashed(), None));
    }
    let all = path.iter().flat_map(|moment| lines.iter().map(move |line| (line.1)(moment))).chain([0.0]);
    let y = Axis::around("", all.chain(lines.iter().filter_map(|line| line.3)));
    let names: Vec<String> = lines
        .iter()
        .map(|(name, value, ..)| if roomy { format!("{name} {}", number(value(end), false)) } else { (*name).to_owned() })
        .collect();
    let room = names.iter().map(|name| width(name, SMALL)).fold(0.0, f64::max);
    let [left, upper, width, height] = below(area);
    let axes = Axes::inside([left, upper, width - room, height], Axis::new("time", (0.0, end.time.max(1e-6))), y);
    draw(scene, &axes, area, if roomy { "predictor \u{3c6}, encoder \u{3b8}" } else { "\u{3c6}, \u{3b8}" });
    let [left, upper, right, lower] = axes.edges;
    for (_, value, stroke, limit) in &lines {
        if let Some(limit) = limit {
            let (_, place) = axes.at(0.0, *limit);
            scene.line(vec![(left, place), (right, place)], Stroke::new(Ink::Level, 1.0).dashed().alpha(0.8));
        }
        scene.line(axes.curve(path.iter().map(|moment| (moment.time, value(moment)))), *stroke);
    }
    let ends: Vec<f64> = lines.iter().map(|line| axes.at(end.time, (line.1)(end)).1).collect();
    for ((name, line), height) in names.iter().zip(&lines).zip(spread(&ends, upper + 5.0, lower - 5.0)) {
        scene.words(name, (right + 5.0, height), SMALL, line.2.ink, Anchor::Start);
    }
    if roomy && limit.is_some() {
        scene.words("dashed: limits", (area[0] + area[2] - 8.0, area[1] + 9.0), SMALL, Ink::Level, Anchor::End);
    }
}

#[cfg(test)]
mod tests;
