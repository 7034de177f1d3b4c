//! Embeddings of two dimensions as the papers draw them: distances of positive pairs, density on the circle, angles of two
//! classes beside all.

mod map;

use super::axes::{Axis, SMALL, WORDS};
use super::runs::{self, fitted, number, width};
use super::sphere::CONCENTRATION;
use super::sphere::ring::{self, Angles, degrees, density, peak};
use super::{Cell, Inputs, Plot, Table};
use crate::scene::{Anchor, Ink, Item, Reach, Scene, Stroke};
use augsphere_spec::{Knob, Payload};
use map::Map;
use std::f64::consts::PI;

/// The circle.
pub struct Circle;

/// Bins of the histograms of angles.
const BINS: usize = 48;
/// The mean distance of two unrelated points of the circle, `4 / pi`.
const UNRELATED: f64 = 4.0 / PI;

/// The points of the circle, of images in their order.
fn points(inputs: &Inputs<'_>) -> Option<Vec<[f64; 2]>> {
    let (2, numbers) = inputs.part("points")?.as_points()? else { return None };
    let points: Vec<[f64; 2]> = numbers.as_chunks::<2>().0.iter().map(|point| point.map(f64::from)).collect();
    (!points.is_empty()).then_some(points)
}

/// Shares of pairs by distance, and the mean distance, of the present.
fn distances<'a>(inputs: &Inputs<'a>) -> Option<(&'a [f32], f64)> {
    let Payload::Histogram { counts, .. } = inputs.part("distances")? else { return None };
    Some((counts.as_slice(), inputs.number("mean_distance")?)).filter(|(counts, mean)| !counts.is_empty() && mean.is_finite())
}

/// The two classes of the knobs.
fn classes(inputs: &Inputs<'_>) -> [usize; 2] {
    ["class_a", "class_b"].map(|knob| inputs.knobs.count(knob))
}

impl Plot for Circle {
    fn name(&self) -> &'static str {
        "circle"
    }

    fn title(&self) -> &'static str {
        "Circle"
    }

    fn sentence(&self) -> &'static str {
        "Embeddings of two dimensions: how close two views of an image come, how evenly the images spread over the circle, and \
         where two classes lie on it."
    }

    fn source(&self) -> &'static str {
        "Wang, Isola, 2020, arXiv 2005.10242, figure 3"
    }

    fn knobs(&self) -> Vec<Knob> {
        vec![
            Knob::int("class_a", "First class", 0, 0, 99, "The number of a class whose angles are drawn."),
            Knob::int("class_b", "Second class", 1, 0, 99, "The number of another class whose angles are drawn."),
            Knob::float("concentration", "Concentration", 20.0, 1.0, 200.0, CONCENTRATION),
        ]
    }

    fn asks(&self) -> bool {
        true
    }

    fn aspect(&self) -> f64 {
        0.66
    }

    fn scene(&self, inputs: &Inputs<'_>, size @ (wide, high): (f64, f64)) -> Scene {
        let Some(points) = points(inputs) else { return Scene::nothing(size, &inputs.why_empty()) };
        let mut scene = Scene::new(size);
        // Side by side where each part has room, the angles of all below their circle as in the paper; else the circle beside the
        // two others.
        if wide >= 560.0 {
            let part = wide / 3.0;
            draw_distances(&mut scene, inputs, [0.0, 0.0, part, high]);
            let round = (part + 12.0).min(0.62 * high);
            draw_circle(&mut scene, inputs, &points, [part, 0.0, part, round]);
            draw_angles(&mut scene, inputs, &points, [part, round, part, high - round], &[0]);
            title(&mut scene, "Angles of two classes", [2.0 * part, 0.0, part, high]);
            draw_angles(&mut scene, inputs, &points, [2.0 * part, 20.0, part, high - 20.0], &[1, 2]);
        } else {
            let (left, upper) = (0.44 * wide, 0.4 * high);
            draw_circle(&mut scene, inputs, &points, [0.0, 0.0, left, high]);
            draw_distances(&mut scene, inputs, [left, 0.0, wide - left, upper]);
            draw_angles(&mut scene, inputs, &points, [left, upper, wide - left, high - upper], &[0, 1, 2]);
        }
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let Some(points) = points(inputs) else { return inputs.why_empty() };
        let step = inputs.answer.map_or(0, |answer| answer.step);
        let pairs = distances(inputs).map(|(_, mean)| {
            format!(
                "two views of an image lie {} apart on average (unrelated ones {})",
                number(mean, false),
                number(UNRELATED, false)
            )
        });
        let spread = density(inputs, "density").map(|density| ring::told(&density));
        let class = |(class, name): (usize, &str)| {
            let (angle, _) = peak(&density(inputs, name)?)?;
            Some(format!("{} is densest at {}", inputs.class_name(class), degrees(angle)))
        };
        let classes = classes(inputs).into_iter().zip(["density_a", "density_b"]).filter_map(class);
        let said: Vec<String> = pairs.into_iter().chain(spread).chain(classes).collect();
        let said = if said.is_empty() { format!("{} images lie on the circle", points.len()) } else { said.join("; ") };
        format!("At step {step}, {said}.")
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["what", "from", "to", "value"]);
        let mut add = |what: &str, from: f64, to: f64, value: f64| {
            table.rows.push(std::iter::once(what.into()).chain([from, to, value].map(Cell::Number)).collect());
        };
        if let Some((counts, mean)) = distances(inputs) {
            let bin = 2.0 / counts.len() as f64;
            for (place, share) in counts.iter().enumerate() {
                add("share of pairs by distance", bin * place as f64, bin * (place + 1) as f64, f64::from(*share));
            }
            add("mean distance", f64::NAN, f64::NAN, mean);
        }
        for (name, what) in rows(inputs) {
            for (angle, value) in density(inputs, name).into_iter().flatten() {
                add(&format!("density of {what} per radian"), angle, angle, value);
            }
        }
        table
    }
}

/// The densities, and of what they are.
fn rows(inputs: &Inputs<'_>) -> [(&'static str, String); 3] {
    let [a, b] = classes(inputs).map(|class| inputs.class_name(class));
    [("density", "all".into()), ("density_a", a), ("density_b", b)]
}

fn title(scene: &mut Scene, text: &str, [left, upper, wide, _]: [f64; 4]) {
    scene.words(&fitted(text, WORDS, wide - 12.0), (left + 8.0, upper + 10.0), WORDS, Ink::Ink, Anchor::Start);
}

/// The histogram of distances of two views, with its mean.
fn draw_distances(scene: &mut Scene, inputs: &Inputs<'_>, area: [f64; 4]) {
    let roomy = area[2] > 220.0;
    title(scene, if roomy { "Distance of two views of an image" } else { "Distance of two views" }, area);
    let [left, upper, wide, high] = area;
    let Some((counts, mean)) = distances(inputs) else {
        let lines =
            crate::scene::wrapped("Two views take the network: go back to the present.", ((wide - 20.0) / 6.2).max(8.0) as usize);
        for (row, line) in lines.iter().enumerate() {
            let y = upper + 0.5 * high + 14.0 * row as f64;
            scene.words(line, (left + 0.5 * wide, y), SMALL, Ink::Muted, Anchor::Middle);
        }
        return;
    };
    let most = counts.iter().copied().map(f64::from).filter(|share| share.is_finite()).fold(0.0, f64::max);
    let x = Axis::new(if roomy { "distance" } else { "" }, (0.0, 2.0));
    let y = Axis::new("", (0.0, 1.08 * most.max(1e-6))).percent();
    let axes = runs::axes([left, upper + 26.0, wide, high - 26.0], x, y);
    axes.draw(scene);
    let bin = 2.0 / counts.len() as f64;
    for (place, share) in counts.iter().enumerate().filter(|(_, share)| **share > 0.0) {
        let (from, to) = (axes.at(bin * place as f64, f64::from(*share)), axes.at(bin * (place + 1) as f64, 0.0));
        scene.block([from.0 + 0.3, from.1, (to.0 - from.0 - 0.6).max(0.4), to.1 - from.1], Ink::Accent, 0.8);
    }
    let [from, top, to, bottom] = axes.edges;
    for (value, words, ink, dashed) in
        [(UNRELATED, "unrelated", Ink::Level, true), (mean, &*format!("mean {}", number(mean, false)), Ink::Ink, false)]
    {
        let (x, _) = axes.at(value, 0.0);
        scene.line(vec![(x, top), (x, bottom)], Stroke { dashed, ..Stroke::new(ink, 1.6) });
        // The mean of the paper's figure stands above its line, what it is compared with one line lower.
        let y = if dashed { top + 6.0 } else { top - 6.0 };
        let half = 0.5 * width(words, SMALL);
        let x = if dashed { x + half + 4.0 } else { x };
        scene.words(words, (x.min(to - half).max(from + half), y), SMALL, ink, Anchor::Middle);
    }
}

/// The density in the plane around the circle, and the images of the two classes on it.
fn draw_circle(scene: &mut Scene, inputs: &Inputs<'_>, points: &[[f64; 2]], area: [f64; 4]) {
    let [left, upper, wide, high] = area;
    title(scene, if wide > 220.0 { "Density of the images on the circle" } else { "Density" }, area);
    let at = (left + 0.5 * wide, upper + 20.0 + 0.5 * (high - 20.0));
    let map = Map::of(inputs);
    let outermost = map.as_ref().map_or(1.4, Map::outermost);
    let unit = (0.5 * wide.min(high - 20.0) - 6.0).max(10.0) / outermost;
    if let Some(map) = map {
        map.draw(scene, at, unit);
    }
    scene.ring(at, unit, Stroke::new(Ink::Muted, 1.0));
    let pair = classes(inputs);
    for (image, point) in points.iter().enumerate() {
        let place = (at.0 + unit * point[0], at.1 - unit * point[1]);
        let class = inputs.class(image);
        if !(point[0] + point[1]).is_finite() || !inputs.linked.shows(class) {
            continue;
        }
        let marked = inputs.linked.marks(image, class);
        if marked || pair.contains(&class) {
            // One class inside the circle, one outside: they are told apart without their colours.
            let side = if class == pair[0] { 0.94 } else { 1.06 };
            let place = (at.0 + side * unit * point[0], at.1 - side * unit * point[1]);
            scene.disc(place, if marked { 4.6 } else { 2.4 }, Ink::Paper, 1.0);
            scene.disc(place, if marked { 3.6 } else { 1.7 }, Ink::Class(class), 1.0);
            if marked {
                scene.ring(place, 5.4, Stroke::new(Ink::Ink, 1.6));
            }
        }
        scene.thing(Reach::Point(place.0, place.1), Item::Image(image));
    }
}

/// Histograms of angles, one below the other: 0 that of all images, 1 and 2 those of the two classes.
fn draw_angles(
    scene: &mut Scene,
    inputs: &Inputs<'_>,
    points: &[[f64; 2]],
    [left, upper, wide, high]: [f64; 4],
    wanted: &[usize],
) {
    let angle = |(image, point): (usize, &[f64; 2])| (point[1].atan2(point[0]), inputs.class(image));
    let rows = rows(inputs);
    // Numbers stand below the last one.
    let row = (high - 14.0) / wanted.len().max(1) as f64;
    for (place, &number) in wanted.iter().enumerate() {
        let Some((name, what)) = rows.get(number) else { continue };
        let class = number.checked_sub(1).and_then(|place| classes(inputs).get(place).copied());
        let all = points.iter().enumerate().map(angle);
        let own: Vec<(f64, usize)> =
            all.filter(|(_, own)| class.is_none_or(|class| class == *own)).map(|(at, _)| (at, 0)).collect();
        let density = density(inputs, name);
        let title = match (class, own.len()) {
            (Some(_), 0) => format!("{what}: no images"),
            (None, count) if wide > 160.0 => format!("angles of all {count} images"),
            (_, count) => format!("{what}: {count}"),
        };
        let bins = ring::histogram(own.into_iter(), BINS, 1);
        let ink = |_: usize| class.map_or(Ink::Accent, Ink::Class);
        let numbered = place + 1 == wanted.len();
        let drawn = [left, upper + row * place as f64, wide, if numbered { row + 14.0 } else { row }];
        Angles { bins: &bins, ink: &ink, title: &title, accent: Ink::Ink, density: density.as_deref(), numbered }
            .draw(scene, drawn);
        if let Some(class) = class {
            scene.thing(Reach::Box(drawn), Item::Class(class));
        }
    }
}

#[cfg(test)]
mod tests;
