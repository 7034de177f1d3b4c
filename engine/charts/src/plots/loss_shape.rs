//! What a loss wants: the loss of one pair over how much better the positive fits, and which negatives the push goes to.

use super::axes::{Axes, Axis, SMALL};
use super::panels::{areas, below, draw, roomy, why_empty};
use super::runs::{LINE, number, spread, width};
use super::{Cell, Inputs, Plot, Table};
use crate::scene::{Anchor, Ink, Scene, Stroke};
use augsphere_spec::{Knob, Payload};

/// Losses of one pair, and weights of many negatives.
pub struct LossShape;

/// A curve of a panel: its name and its points, those that are numbers.
struct Curve<'a> {
    name: &'a str,
    points: Vec<(f64, f64)>,
}

impl Curve<'_> {
    fn last(&self) -> f64 {
        self.points.last().map_or(f64::NAN, |point| point.1)
    }
}

/// The curves of a matrix whose first column is where, and whose others are named by words; those that have a point.
fn curves<'a>(inputs: &Inputs<'a>, matrix: &str, names: &str) -> Vec<Curve<'a>> {
    let (Some((columns @ 2.., values)), Some(Payload::Words(names))) = (inputs.matrix(matrix), inputs.part(names)) else {
        return Vec::new();
    };
    let curve = |(number, name): (usize, &'a String)| {
        let point = |row: &[f32]| Some((f64::from(row[0]), f64::from(*row.get(number)?)));
        let points = values.chunks_exact(columns).filter_map(point).filter(|(x, y)| x.is_finite() && y.is_finite());
        Curve { name, points: points.collect() }
    };
    (1..).zip(names).map(curve).filter(|curve| !curve.points.is_empty()).collect()
}

fn losses<'a>(inputs: &Inputs<'a>) -> Vec<Curve<'a>> {
    curves(inputs, "losses", "loss_names")
}

fn weights<'a>(inputs: &Inputs<'a>) -> Vec<Curve<'a>> {
    curves(inputs, "weights", "weight_names")
}

/// Whether a curve of weights is the softmax's.
fn softmax(name: &str) -> Option<&str> {
    name.strip_prefix("temperature ")
}

impl Plot for LossShape {
    fn name(&self) -> &'static str {
        "loss_shape"
    }

    fn title(&self) -> &'static str {
        "What a loss wants"
    }

    fn sentence(&self) -> &'static str {
        "What one pair costs, by how much more similar the two views of an image are than views of two images, and which of many \
         negatives are pushed away most: at a low temperature the nearest ones."
    }

    fn source(&self) -> &'static str {
        "van den Oord, Li, Vinyals, 2018; Hadsell, Chopra, LeCun, 2006; Yeh et al., 2022; HaoChen et al., 2021"
    }

    fn knobs(&self) -> Vec<Knob> {
        vec![
            Knob::float(
                "temperature",
                "Temperature",
                0.5,
                0.01,
                10.0,
                "Of InfoNCE and DCL: the lower, the more the nearest negatives count.",
            )
            .logarithmic(),
            Knob::float(
                "margin",
                "Margin",
                1.0,
                0.0,
                2.0,
                "Of the margin loss: negatives farther away than this distance are left alone.",
            ),
        ]
    }

    fn asks(&self) -> bool {
        true
    }

    fn aspect(&self) -> f64 {
        0.55
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let (losses, weights) = (losses(inputs), weights(inputs));
        if losses.is_empty() && weights.is_empty() {
            return Scene::nothing(size, &why_empty(inputs));
        }
        let mut scene = Scene::new(size);
        let [left, right] = areas(size);
        pair(&mut scene, left, &losses);
        pushes(&mut scene, right, &weights);
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let (losses, weights) = (losses(inputs), weights(inputs));
        let at = |curve: &Curve<'_>, x: f64| {
            let nearest = |one: &&(f64, f64), other: &&(f64, f64)| (one.0 - x).abs().total_cmp(&(other.0 - x).abs());
            curve.points.iter().min_by(nearest).map_or(f64::NAN, |point| point.1)
        };
        let temperature = inputs.knobs.float("temperature");
        let mut said = Vec::new();
        if let Some(curve) = losses.first() {
            let [none, one] = [0.0, 1.0].map(|x| number(at(curve, x), false));
            said.push(format!(
                "At temperature {temperature} {} costs {none} where a positive and a negative are alike, and {one} where the positive's \
                 cosine is greater by 1.",
                curve.name,
            ));
        }
        if let Some(curve) = weights.first().filter(|curve| softmax(curve.name).is_some()) {
            let nearest = curve.points.len().div_ceil(10);
            let share: f64 = curve.points.iter().rev().take(nearest).map(|point| point.1).sum();
            let margin = weights.iter().find(|curve| curve.name == "margin");
            let untouched = margin.map(|curve| curve.points.iter().filter(|point| point.1 == 0.0).count());
            let alone = untouched.map(|count| {
                format!("; the margin loss leaves {count} of them alone at margin {}", inputs.knobs.float("margin"))
            });
            said.push(format!(
                "Of {} negatives with cosines evenly from \u{2212}1 to 1 {} of the push goes to the {nearest} nearest{}.",
                curve.points.len(),
                number(share, true),
                alone.unwrap_or_default(),
            ));
        }
        if said.is_empty() { why_empty(inputs) } else { said.join(" ") }
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["panel", "curve", "x", "y"]);
        for (panel, curves) in [("loss of s+ - s-", losses(inputs)), ("share of the push over cosine", weights(inputs))] {
            for curve in curves {
                let row = |&(x, y): &(f64, f64)| vec![panel.into(), curve.name.into(), Cell::Number(x), Cell::Number(y)];
                table.rows.extend(curve.points.iter().map(row));
            }
        }
        table
    }
}

/// Names at the right ends of curves, at most as many as there is room for, the first ones first.
fn names(scene: &mut Scene, axes: &Axes, curves: &[(&Curve<'_>, String, Ink)]) {
    let [_, upper, right, lower] = axes.edges;
    let fitting = (((lower - upper) / LINE) as usize).min(curves.len());
    let ends: Vec<f64> = curves[..fitting].iter().map(|(curve, ..)| axes.at(0.0, curve.last()).1).collect();
    for ((_, name, ink), height) in curves[..fitting].iter().zip(spread(&ends, upper + 5.0, lower - 2.0)) {
        scene.words(name, (right + 5.0, height), SMALL, *ink, Anchor::Start);
    }
}

/// Axes over the points of all curves with room for names beside them.
fn axes(
    area: [f64; 4],
    curves: &[Curve<'_>],
    (x, span): (&str, (f64, f64)),
    names: &[(&Curve<'_>, String, Ink)],
    percent: bool,
) -> Axes {
    let [left, upper, wide, height] = below(area);
    let room = names.iter().map(|(_, name, _)| width(name, SMALL)).fold(0.0, f64::max);
    let y = Axis::around("", curves.iter().flat_map(|curve| &curve.points).map(|point| point.1).chain([0.0]));
    Axes::inside([left, upper, wide - room, height], Axis::new(x, span), if percent { y.percent() } else { y })
}

/// The losses of one pair.
fn pair(scene: &mut Scene, area: [f64; 4], curves: &[Curve<'_>]) {
    let stroke = |name: &str| match name {
        "InfoNCE" => Stroke::new(Ink::Accent, 2.6),
        "DCL" => Stroke::new(Ink::Second, 1.8).dashed(),
        _ => Stroke::new(Ink::Muted, 1.6),
    };
    let named: Vec<(&Curve<'_>, String, Ink)> =
        curves.iter().map(|curve| (curve, curve.name.to_owned(), stroke(curve.name).ink)).collect();
    let x = match area[2] {
        400.0.. => "s\u{207a} \u{2212} s\u{207b}: the positive's cosine minus the negative's",
        300.0.. => "s\u{207a} \u{2212} s\u{207b}, cosines",
        _ => "s\u{207a} \u{2212} s\u{207b}",
    };
    let axes = axes(area, curves, (x, (-2.0, 2.0)), &named, false);
    draw(scene, &axes, area, "loss of one pair");
    let [left, _, right, _] = axes.edges;
    let (_, zero) = axes.at(0.0, 0.0);
    scene.line(vec![(left, zero), (right, zero)], Stroke::new(Ink::Muted, 1.0).alpha(0.6));
    // InfoNCE last, over the line that it comes near to.
    for curve in curves.iter().rev() {
        scene.line(axes.curve(curve.points.iter().copied()), stroke(curve.name));
    }
    names(scene, &axes, &named);
}

/// The share of the push that each negative gets.
fn pushes(scene: &mut Scene, area: [f64; 4], curves: &[Curve<'_>]) {
    let roomy = roomy(area);
    let stroke = |place: usize, name: &str| match (place, name) {
        (0, _) => Stroke::new(Ink::Accent, 2.6),
        (_, "margin") => Stroke::new(Ink::Second, 1.8),
        (_, "linear") => Stroke::new(Ink::Muted, 1.4),
        (_, "spectral") => Stroke::new(Ink::Muted, 1.6).dashed(),
        _ => Stroke::new(Ink::Accent, 1.1).alpha(0.55),
    };
    let written = |name: &str| softmax(name).map_or(name.to_owned(), |value| format!("\u{3c4} {}", short(value)));
    let mut named: Vec<(&Curve<'_>, String, Ink)> =
        curves.iter().enumerate().map(|(place, curve)| (curve, written(curve.name), stroke(place, curve.name).ink)).collect();
    // The knob's temperature and the margin come first where not all have room.
    named.sort_by_key(|(curve, ..)| usize::from(softmax(curve.name).is_some()));
    let knob = named.iter().position(|(curve, ..)| curves.first().is_some_and(|first| first.name == curve.name));
    if let Some(place) = knob {
        named[..=place].rotate_right(1);
    }
    if !roomy {
        named.truncate(2);
    }
    let x = if roomy { "cosine of the negative" } else { "cosine" };
    let axes = axes(area, curves, (x, (-1.0, 1.0)), &named, true);
    let count = curves.first().map_or(0, |curve| curve.points.len());
    draw(
        scene,
        &axes,
        area,
        &if roomy { format!("share of the push on each of {count} negatives") } else { "share of push".into() },
    );
    let [left, _, right, _] = axes.edges;
    let (_, zero) = axes.at(0.0, 0.0);
    scene.line(vec![(left, zero), (right, zero)], Stroke::new(Ink::Muted, 1.0).alpha(0.6));
    if let Some(curve) = curves.first() {
        let above = axes.curve(curve.points.iter().copied());
        if let (Some(first), Some(last)) = (above.first().copied(), above.last().copied()) {
            scene.area([(first.0, zero)].into_iter().chain(above).chain([(last.0, zero)]).collect(), Ink::Accent, 0.14);
        }
    }
    for (place, curve) in curves.iter().enumerate().rev() {
        scene.line(axes.curve(curve.points.iter().copied()), stroke(place, curve.name));
    }
    names(scene, &axes, &named);
}

/// A number in as few digits as there is room for.
fn short(value: &str) -> String {
    value
        .parse::<f64>()
        .map_or(value.to_owned(), |value| format!("{:.3}", value).trim_end_matches('0').trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests;
