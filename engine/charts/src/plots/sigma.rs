//! How large a part of each class is pairwise close, over the threshold, and which classes the same threshold joins.

mod told;

use super::axes::{Axes, Axis, SMALL, key};
use super::distances::knobs;
use super::marks::{self, Mark};
use super::runs::{self, LINE, Labels, fitted, number, plural, spread, width};
use super::{Cell, Inputs, Plot, Table, panels};
use crate::scene::{Anchor, Ink, Item, Reach, Scene, Stroke};
use augsphere_spec::Knob;
use told::{Curve, Told};

#[cfg(test)]
mod tests;

/// The concentration of the augmentations, sigma over delta.
pub struct SigmaCurves;

/// From this width on there is room for the names of the classes, CSS pixels.
const WIDE: f64 = 480.0;

/// How a curve is drawn that is of no class.
fn stroke(curve: Curve) -> Stroke {
    match curve {
        Curve::Least => Stroke::new(Ink::Accent, 2.8),
        Curve::Plain => Stroke::new(Ink::Accent, 1.4).dashed(),
        Curve::First => Stroke::new(Ink::Ink, 1.4),
        Curve::Second => Stroke::new(Ink::Ink, 1.4).dashed(),
        Curve::Within => Stroke::new(Ink::Level, 1.4).dashed(),
        Curve::Between => Stroke::new(Ink::Level, 2.0),
    }
}

/// What it is called in the key.
fn called(curve: Curve) -> &'static str {
    match curve {
        Curve::Least => "\u{3c3}, least class",
        Curve::Plain => "images as they are",
        Curve::First => "first policy",
        Curve::Second => "second policy",
        Curve::Within => "pairs of one class",
        Curve::Between => "pairs of two classes",
    }
}

impl Plot for SigmaCurves {
    fn name(&self) -> &'static str {
        "sigma"
    }

    fn title(&self) -> &'static str {
        "Concentration"
    }

    fn sentence(&self) -> &'static str {
        "The share of each class whose images are all within \u{3b4} of each other at their closest views; \u{3c3} is that of the least class. \
         Sharp augmentations hold classes together at a small \u{3b4} that joins few pairs of two classes."
    }

    fn source(&self) -> &'static str {
        "Huang, Yi, Zhao, Jiang, 2023, arXiv 2111.00743, definition 1"
    }

    fn knobs(&self) -> Vec<Knob> {
        vec![knobs::delta(), knobs::images(6, 24), knobs::views(6), knobs::classes(10), knobs::draw()]
    }

    fn asks(&self) -> bool {
        true
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let Some(told) = Told::of(inputs) else { return Scene::nothing(size, &inputs.why_empty()) };
        let mut scene = Scene::new(size);
        let named = size.0 >= WIDE;
        let names = told.classes.iter().map(|class| width(&inputs.class_name(*class), SMALL)).fold(0.0, f64::max);
        let margin = if named { (names + 62.0).min(0.3 * size.0) } else { 6.0 };
        let keys = keys(&told);
        let upper = LINE * keys.len() as f64 + 4.0 + marks::height(1);
        let end = f64::from(told.deltas.last().copied().unwrap_or(1.0));
        let x = Axis::new("\u{3b4}, largest distance that is close", (0.0, end));
        let axes = runs::axes([0.0, upper, size.0 - margin, size.1 - upper], x, Axis::new("", (0.0, 1.0)).percent());
        axes.draw(&mut scene);
        for (line, curves) in keys.iter().enumerate() {
            let entries: Vec<(Stroke, &str)> = curves.iter().map(|curve| (stroke(*curve), called(*curve))).collect();
            key(&mut scene, &entries, (8.0, 8.0 + LINE * line as f64));
        }
        classes(&mut scene, &axes, &told, inputs);
        for curve in Curve::ALL.into_iter().rev() {
            if let Some(heights) = told.curve(curve) {
                scene.line(axes.curve(stairs(told.deltas, heights)), stroke(curve));
            }
        }
        marked(&mut scene, &axes, &told, inputs, named, upper);
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let Some(told) = Told::of(inputs) else { return inputs.why_empty() };
        let share = |curve: Curve| told.curve(curve).and_then(|heights| told.now(heights)).map(|share| number(share, true));
        let (Some(least), Some(plain)) = (told.least_now().map(between), share(Curve::Plain)) else { return inputs.why_empty() };
        let (delta, views) = (number(told.delta, false), plural(told.views as usize, "view"));
        let classes = plural(told.classes.len(), "class");
        let mut words = format!(
            "At \u{3b4} = {delta} the concentration \u{3c3} is {least}: so large a part of each of {classes} lies pairwise within it, at the \
             closest of {views} of each image; as the images are, it is {plain}."
        );
        if let (Some(first), Some(second)) = (share(Curve::First), share(Curve::Second)) {
            words += &format!(" With the first view's policy alone it is {first}, with the second's {second}.");
        }
        if let (Some(within), Some(across)) = (share(Curve::Within), share(Curve::Between)) {
            words +=
                &format!(" The same \u{3b4} holds {within} of the pairs of one class and {across} of the pairs of two classes.");
        }
        words
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["curve", "delta", "share", "share_at_most"]);
        let Some(told) = Told::of(inputs) else { return table };
        let mut rows = |name: &str, lower: &[f32], upper: &[f32]| {
            for ((delta, lower), upper) in told.deltas.iter().zip(lower).zip(upper) {
                let numbers = [*delta, *lower, *upper].map(|value| Cell::Number(f64::from(value)));
                table.rows.push(std::iter::once(name.into()).chain(numbers).collect());
            }
        };
        for (place, class) in told.classes.iter().enumerate() {
            rows(&inputs.class_name(*class), told.class(told.lower, place), told.class(told.upper, place));
        }
        for curve in Curve::ALL {
            if let Some(heights) = told.curve(curve) {
                rows(curve.name(), heights, if curve == Curve::Least { told.least_upper } else { heights });
            }
        }
        table
    }
}

/// An interval in words: one number where both ends are the same.
fn between((lower, upper): (f64, f64)) -> String {
    let [lower, upper] = [lower, upper].map(|share| number(share, true));
    if lower == upper { lower } else { format!("{lower} to {upper}") }
}

/// A curve that stays as it is up to the next threshold.
fn stairs(deltas: &[f32], heights: &[f32]) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::with_capacity(2 * deltas.len());
    for (delta, height) in deltas.iter().zip(heights).map(|(delta, height)| (f64::from(*delta), f64::from(*height))) {
        if let Some((_, before)) = points.last().copied() {
            points.push((delta, before));
        }
        points.push((delta, height));
    }
    points
}

/// The lines of the key: curves that belong together, as far as they were told.
fn keys(told: &Told<'_>) -> Vec<Vec<Curve>> {
    let told = |curve: &Curve| told.curve(*curve).is_some();
    let lines = Curve::ALL.chunks(2).map(|curves| curves.iter().copied().filter(told).collect::<Vec<_>>());
    lines.filter(|curves| !curves.is_empty()).collect()
}

/// The curves of the classes that are shown: thin, the one that is pointed at thick; how large they may be at most is pale.
fn classes(scene: &mut Scene, axes: &Axes, told: &Told<'_>, inputs: &Inputs<'_>) {
    let bright = if let Some(Item::Class(class)) = inputs.linked.hovered { Some(class) } else { None };
    for (place, class) in told.classes.iter().enumerate().filter(|(_, class)| inputs.linked.shows(**class)) {
        let (lower, upper) = (told.class(told.lower, place), told.class(told.upper, place));
        let (wide, alpha) = match bright {
            Some(bright) if bright == *class => (2.6, 1.0),
            Some(_) => (1.2, 0.25),
            None => (1.2, 0.75),
        };
        if lower != upper {
            scene.line(axes.curve(stairs(told.deltas, upper)), Stroke::new(Ink::Class(*class), 1.0).alpha(0.4 * alpha));
        }
        scene.line(axes.curve(stairs(told.deltas, lower)), Stroke::new(Ink::Class(*class), wide).alpha(alpha));
    }
    if told.curve(Curve::Least).is_some_and(|least| least != told.least_upper) {
        scene.line(axes.curve(stairs(told.deltas, told.least_upper)), Stroke::new(Ink::Accent, 1.2).alpha(0.5));
    }
}

/// The threshold, where the curves are at it, and the classes by how large a part is close.
fn marked(scene: &mut Scene, axes: &Axes, told: &Told<'_>, inputs: &Inputs<'_>, named: bool, upper: f64) {
    let words = format!("\u{3b4} = {}", number(told.delta, false));
    let mark = Mark { x: told.delta, words, stroke: Stroke::new(Ink::Ink, 1.2).alpha(0.8) };
    marks::draw(scene, axes, vec![mark], upper - marks::height(1));
    let mut labels = Labels::new([axes.edges[0], axes.edges[1], scene.width - 2.0, axes.edges[3]]);
    let mut found: Vec<(usize, f64, (f64, f64))> = Vec::new();
    for (place, class) in told.classes.iter().enumerate().filter(|(_, class)| inputs.linked.shows(**class)) {
        let Some(share) = told.now(told.class(told.lower, place)) else { continue };
        let at = axes.at(told.delta, share);
        scene.disc(at, 3.0, Ink::Class(*class), 1.0);
        scene.thing(Reach::Point(at.0, at.1), Item::Class(*class));
        if inputs.linked.hovered == Some(Item::Class(*class)) && !named {
            let words = format!("{} {}", inputs.class_name(*class), number(share, true));
            panels::beside(scene, &mut labels, &words, at, Ink::Ink, true);
        }
        found.push((*class, share, at));
    }
    for curve in [Curve::Between, Curve::Least] {
        if let Some(share) = told.curve(curve).and_then(|heights| told.now(heights)) {
            scene.disc(axes.at(told.delta, share), 4.2, Ink::Paper, 1.0);
            scene.disc(axes.at(told.delta, share), 3.4, stroke(curve).ink, 1.0);
        }
    }
    if !named {
        return;
    }
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found.truncate((((axes.edges[3] - axes.edges[1]) / LINE) as usize).max(1));
    let heights: Vec<f64> = found.iter().map(|(_, _, at)| at.1).collect();
    let x = axes.edges[2] + 12.0;
    for ((class, share, _), y) in found.iter().zip(spread(&heights, axes.edges[1] + 4.0, axes.edges[3] - 4.0)) {
        scene.disc((x, y), 3.4, Ink::Class(*class), 1.0);
        let words = format!("{} {}", number(*share, true), inputs.class_name(*class));
        let ink = if inputs.linked.hovered == Some(Item::Class(*class)) { Ink::Ink } else { Ink::Muted };
        scene.words(&fitted(&words, SMALL, scene.width - x - 10.0), (x + 8.0, y), SMALL, ink, Anchor::Start);
        scene.thing(Reach::Box([x - 5.0, y - 0.5 * LINE, scene.width - x + 3.0, LINE]), Item::Class(*class));
    }
}
