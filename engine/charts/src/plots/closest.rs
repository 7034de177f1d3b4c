//! The closest views of two images beside the images themselves.

use super::axes::{SMALL, WORDS};
use super::distances::knobs;
use super::runs::{LINE, fitted, number, plural, width};
use super::{Cell, Inputs, Plot, Table};
use crate::scene::{Anchor, Ink, Item, Reach, Scene, Stroke, wrapped};
use augsphere_spec::{Knob, Knobs, Payload, Thumbnails, Value};
use std::collections::BTreeSet;

#[cfg(test)]
mod tests;

/// Two images, and those of their views that come closest.
pub struct Closest;

/// Space between images, CSS pixels.
const GAP: f64 = 10.0;
/// Height of a bracket above the images.
const BRACKET: f64 = 24.0;
/// Height of the bars below them, each.
const BAR: f64 = 20.0;

/// What is drawn.
struct Shown<'a> {
    /// The numbers of the images.
    pair: [usize; 2],
    plain: f64,
    near: f64,
    /// How many values a view has.
    dimension: f64,
    ties: usize,
    /// The one image, its view, that of the other, the other image.
    images: &'a Thumbnails,
    /// What was done to each view.
    words: &'a [String],
}

impl<'a> Shown<'a> {
    fn of(inputs: &Inputs<'a>) -> Option<Self> {
        let &[one, other] = inputs.whole("pair").as_slice() else { return None };
        let number = |name: &str| inputs.number(name).filter(|value| value.is_finite());
        let (plain, near) = (number("plain")?, number("near")?);
        let (dimension, ties) = (number("dimension")?, number("ties")? as usize);
        let Some(Payload::Images(images)) = inputs.part("images") else { return None };
        let Some(Payload::Words(words)) = inputs.part("words") else { return None };
        (words.len() == 2).then_some(Self { pair: [one, other], plain, near, dimension, ties, images, words })
    }

    /// What a view is: what was done to it.
    fn view(&self, place: usize) -> &str {
        self.words.get(place).filter(|words| !words.is_empty()).map_or("the image itself", String::as_str)
    }
}

/// An image with its class and number: `circle 3`.
fn name(inputs: &Inputs<'_>, image: usize) -> String {
    format!("{} {image}", inputs.class_name(inputs.class(image)))
}

/// How far augmentations bring two images together, from their distance as they are and that of their closest views, in a sentence.
pub fn meeting(plain: f64, near: f64) -> &'static str {
    let fall = if plain > 0.0 { (plain - near) / plain } else { 0.0 };
    match fall {
        fall if fall > 0.5 => {
            "The augmentations let them nearly meet: an encoder that keeps the views of an image together must keep these two together, too."
        }
        fall if fall > 0.2 => "The augmentations bring them nearer, but not together.",
        _ => "The augmentations hardly bring them together: nothing ties these two images to each other.",
    }
}

/// The knobs `image` and `other` for the two images that are chosen; nothing where it is not two, or where the knobs say so already.
pub(super) fn chosen_pair(selected: &BTreeSet<usize>, knobs: &Knobs) -> Vec<(&'static str, f64)> {
    let &[low, high] = selected.iter().copied().collect::<Vec<_>>().as_slice() else { return Vec::new() };
    let set = |name: &str| knobs.0.get(name).and_then(Value::as_int).and_then(|image| usize::try_from(image).ok());
    match (set("image"), set("other")) {
        (Some(one), Some(other)) if (one, other) == (low, high) || (one, other) == (high, low) => Vec::new(),
        (Some(image), _) if image == low => vec![("other", high as f64)],
        (Some(image), _) if image == high => vec![("other", low as f64)],
        _ => vec![("image", low as f64), ("other", high as f64)],
    }
}

impl Plot for Closest {
    fn name(&self) -> &'static str {
        "closest"
    }

    fn title(&self) -> &'static str {
        "Closest views"
    }

    fn sentence(&self) -> &'static str {
        "Two images, and between them those of their views that come closest: how far apart these are is the augmented distance. Choose two \
         images in any picture, or none for a pair that comes together."
    }

    fn source(&self) -> &'static str {
        "Huang, Yi, Zhao, Jiang, 2023, arXiv 2111.00743, section 2"
    }

    fn knobs(&self) -> Vec<Knob> {
        let image = |name: &str, title: &str| {
            Knob::int(
                name,
                title,
                -1,
                -1,
                50_000,
                "The number of the image; -1 for one that comes near the other, or a pair that does.",
            )
        };
        vec![image("image", "Image"), image("other", "Other image"), knobs::views(12), knobs::draw()]
    }

    fn asks(&self) -> bool {
        true
    }

    fn aspect(&self) -> f64 {
        0.56
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let Some(shown) = Shown::of(inputs) else { return Scene::nothing(size, &why_empty(inputs)) };
        let mut scene = Scene::new(size);
        let room = size.1 - 2.0 * BRACKET - 2.0 * BAR - 8.0;
        let side = (0.25 * (size.0 - 5.0 * GAP)).min(room - 2.5 * LINE).floor().max(8.0);
        // What is left over stands above and below, beyond four lines of words.
        let over = (0.5 * (room - side - 4.0 * LINE)).max(0.0).floor();
        let (upper, lower) = (over + 2.0 * BRACKET + 4.0, size.1 - over - 2.0 * BAR - 4.0);
        let left = (0.5 * (size.0 - 4.0 * side - 3.0 * GAP)).floor().max(2.0);
        let areas = [0.0, 1.0, 2.0, 3.0].map(|place| [left + place * (side + GAP), upper, side, side]);
        let plain = format!("as they are: {}", number(shown.plain, false));
        bracket(&mut scene, (areas[0], areas[3]), over + 0.5 * BRACKET, &plain, Ink::Ink);
        let near = format!("closest views: {}", number(shown.near, false));
        bracket(&mut scene, (areas[1], areas[2]), over + 1.5 * BRACKET, &near, Ink::Second);
        for (place, area) in areas.into_iter().enumerate() {
            scene.image(shown.images, place, area);
            let image = shown.pair[place / 2];
            let below = area[1] + side + 0.5 * LINE + 2.0;
            let rows = ((lower - below) / LINE + 0.5).max(1.0) as usize;
            if place == 0 || place == 3 {
                scene.frame(area, Stroke::new(Ink::Class(inputs.class(image)), 2.0));
                scene.thing(Reach::Box(area), Item::Image(image));
                let words = fitted(&name(inputs, image), SMALL, side + GAP - 2.0);
                scene.words(&words, (area[0] + 0.5 * side, below), SMALL, Ink::Ink, Anchor::Middle);
                if inputs.linked.marks(image, inputs.class(image)) {
                    scene.frame([area[0] - 3.0, area[1] - 3.0, side + 6.0, side + 6.0], Stroke::new(Ink::Ink, 1.8));
                }
            } else {
                scene.frame(area, Stroke::new(Ink::Second, 2.0));
                scene.thing(Reach::Box(area), Item::Pair(shown.pair[0], shown.pair[1]));
                below_view(&mut scene, shown.view(place - 1), area, (below, rows));
            }
        }
        bars(&mut scene, &shown, lower + 4.0);
        scene
    }

    fn chosen(&self, selected: &BTreeSet<usize>, knobs: &Knobs) -> Vec<(&'static str, f64)> {
        chosen_pair(selected, knobs)
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let Some(shown) = Shown::of(inputs) else { return why_empty(inputs) };
        let [one, other] = shown.pair.map(|image| name(inputs, image));
        let value = |distance: f64| number(distance / shown.dimension.max(1.0).sqrt(), false);
        let views = plural(inputs.knobs.count("views"), "view");
        let ties = if shown.ties > 1 { format!(" {} pairs of views are as close.", shown.ties) } else { String::new() };
        format!(
            "{one} and {other} are {} apart as they are and {} at the closest of {views} each, root mean squares of {} and {} of their values. \
             Of {one} it is {}, of {other} {}.{ties} {}",
            number(shown.plain, false),
            number(shown.near, false),
            value(shown.plain),
            value(shown.near),
            shown.view(0),
            shown.view(1),
            meeting(shown.plain, shown.near)
        )
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["image", "class", "closest_view", "distance", "distance_of_closest_views"]);
        let Some(shown) = Shown::of(inputs) else { return table };
        for (place, image) in shown.pair.into_iter().enumerate() {
            table.rows.push(vec![
                Cell::Number(image as f64),
                Cell::Words(inputs.class_name(inputs.class(image))),
                shown.view(place).into(),
                shown.plain.into(),
                shown.near.into(),
            ]);
        }
        table
    }
}

fn why_empty(inputs: &Inputs<'_>) -> String {
    if inputs.part("pair").is_some() {
        "These two images were not told completely: turn a knob.".into()
    } else {
        inputs.why_empty()
    }
}

/// What was done to a view, in as many lines as there is room for, the first in the middle of `below`.
fn below_view(scene: &mut Scene, words: &str, [left, _, side, _]: [f64; 4], (below, rows): (f64, usize)) {
    let letters = ((side + GAP - 2.0) / width("x", SMALL)).max(4.0) as usize;
    let mut lines = wrapped(words, letters);
    if lines.len() > rows {
        lines.truncate(rows);
        if let Some(last) = lines.last_mut() {
            *last = fitted(&format!("{last} \u{2026}"), SMALL, side + GAP - 2.0);
        }
    }
    for (row, line) in lines.iter().enumerate() {
        scene.words(line, (left + 0.5 * side, below + LINE * row as f64), SMALL, Ink::Muted, Anchor::Middle);
    }
}

/// A bracket above two images, with words on it.
fn bracket(scene: &mut Scene, (from, to): ([f64; 4], [f64; 4]), height: f64, words: &str, ink: Ink) {
    let [left, right] = [from, to].map(|area| area[0] + 0.5 * area[2]);
    let lower = from[1] - 4.0;
    scene.line(vec![(left, lower), (left, height), (right, height), (right, lower)], Stroke::new(ink, 1.4));
    let middle = 0.5 * (left + right);
    let words = fitted(words, WORDS, scene.width - 8.0);
    let wide = width(&words, WORDS);
    scene.block([middle - 0.5 * wide - 3.0, height - 7.0, wide + 6.0, 14.0], Ink::Paper, 1.0);
    scene.words(&words, (middle, height), WORDS, ink, Anchor::Middle);
}

/// Both distances as bars, the longer one over the whole width.
fn bars(scene: &mut Scene, shown: &Shown<'_>, upper: f64) {
    let names = [("as they are", shown.plain, Ink::Ink), ("closest views", shown.near, Ink::Second)];
    let left = 14.0 + width("closest views", SMALL);
    let room = (scene.width - left - 14.0 - width("0.000", SMALL)).max(10.0);
    let longest = shown.plain.max(shown.near).max(1e-9);
    for (row, (name, distance, ink)) in names.into_iter().enumerate() {
        let middle = upper + BAR * (row as f64 + 0.5);
        let long = room * distance / longest;
        scene.words(name, (8.0, middle), SMALL, Ink::Muted, Anchor::Start);
        scene.block([left, middle - 4.0, long, 8.0], ink, 0.85);
        scene.words(&number(distance, false), (left + long + 5.0, middle), SMALL, Ink::Ink, Anchor::Start);
    }
}
