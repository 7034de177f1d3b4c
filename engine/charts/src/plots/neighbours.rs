//! Which images lie nearest to an image.

use super::axes::SMALL;
use super::runs::{LINE, fitted, number, width};
use super::{Inputs, Plot, Table};
use crate::scene::{Anchor, Ink, Item, Reach, Scene, Stroke};
use augsphere_spec::Knob;

#[cfg(test)]
mod tests;

/// Rows of an image and those that are nearest to it.
pub struct Neighbours;

/// Space between images, CSS pixels.
const GAP: f64 = 6.0;
/// Smallest side of an image with words below it.
const WORDY: f64 = 26.0;

/// An image and its neighbours, nearest first, each with its cosine.
struct Row {
    image: usize,
    neighbours: Vec<(usize, f64)>,
}

fn rows(inputs: &Inputs<'_>) -> Vec<Row> {
    let (Some((_, queries)), Some((k, images)), Some((_, cosines))) =
        (inputs.series("queries"), inputs.matrix("neighbours"), inputs.matrix("cosines"))
    else {
        return Vec::new();
    };
    let known = |image: f32| (image.is_finite() && image >= 0.0).then_some(image as usize);
    let row = |(row, &query): (usize, &f32)| {
        let places = row * k..(row + 1) * k;
        let pairs = images.get(places.clone())?.iter().zip(cosines.get(places)?);
        let neighbours = pairs.filter_map(|(image, cosine)| Some((known(*image)?, f64::from(*cosine)))).collect();
        Some(Row { image: known(query)?, neighbours })
    };
    queries.iter().enumerate().filter_map(row).collect()
}

/// How many neighbours are of the class of their image, and how many there are.
fn right(inputs: &Inputs<'_>, rows: &[Row]) -> (usize, usize) {
    let right = |row: &Row| row.neighbours.iter().filter(|(image, _)| inputs.class(*image) == inputs.class(row.image)).count();
    (rows.iter().map(right).sum(), rows.iter().map(|row| row.neighbours.len()).sum())
}

impl Plot for Neighbours {
    fn name(&self) -> &'static str {
        "neighbours"
    }

    fn title(&self) -> &'static str {
        "Nearest images"
    }

    fn sentence(&self) -> &'static str {
        "Some images, and the images whose embeddings lie nearest to them: those of another class have a dashed frame and a cross."
    }

    fn knobs(&self) -> Vec<Knob> {
        vec![
            Knob::int("queries", "Images", 6, 3, 12, "How many rows."),
            Knob::int("neighbours", "Neighbours", 5, 3, 8, "How many neighbours of each."),
            Knob::int("from", "From image", 0, 0, 50_000, "The number of the first image."),
        ]
    }

    fn asks(&self) -> bool {
        true
    }

    fn aspect(&self) -> f64 {
        1.2
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let rows = rows(inputs);
        let columns = rows.iter().map(|row| row.neighbours.len()).max().unwrap_or(0);
        if rows.is_empty() {
            return Scene::nothing(size, &inputs.why_empty());
        }
        let mut scene = Scene::new(size);
        let (count, head) = (rows.len() as f64, 22.0);
        let across = (size.0 - 2.0 * GAP - 3.0 * GAP - GAP * columns as f64) / (columns + 1) as f64;
        let side = |words: f64| across.min((size.1 - head - 4.0) / count - GAP - words).floor();
        let wordy = side(LINE) >= WORDY;
        let side = if wordy { side(LINE) } else { side(0.0) }.max(2.0);
        let high = if wordy { side + LINE + GAP } else { side + GAP };
        let wide = side + GAP;
        let left = (0.5 * (size.0 - (columns + 1) as f64 * wide - 2.0 * GAP)).max(GAP).floor();
        let start = left + wide + 2.0 * GAP;
        scene.words("image", (left, 10.0), SMALL, Ink::Muted, Anchor::Start);
        let nearest = ["nearest, by the cosine of the embedding", "nearest by cosine", "nearest"];
        let room = size.0 - start - 2.0;
        if let Some(words) =
            nearest.into_iter().find(|words| width(words, SMALL) <= room && start >= left + width("image ", SMALL))
        {
            scene.words(words, (start, 10.0), SMALL, Ink::Muted, Anchor::Start);
        }
        // Neighbours are named where all names have room.
        let all = rows.iter().flat_map(|row| &row.neighbours);
        let named = all.map(|(image, _)| width(&inputs.class_name(inputs.class(*image)), SMALL)).fold(0.0, f64::max);
        let named = named + width(" \u{2212}0.000", SMALL) <= wide;
        for (place, row) in rows.iter().enumerate() {
            let upper = (head + place as f64 * high).floor();
            let class = inputs.class(row.image);
            picture(&mut scene, inputs, row.image, [left, upper, side, side]);
            scene.frame([left, upper, side, side], Stroke::new(Ink::Class(class), 2.0));
            // The image and its neighbours are told apart by a line, too.
            let between = left + wide + 0.5 * GAP;
            scene.line(vec![(between, upper), (between, upper + side)], Stroke::new(Ink::Muted, 1.0));
            if wordy {
                let name = fitted(&inputs.class_name(class), SMALL, wide + GAP);
                below(&mut scene, &name, [left, upper, side, side], Ink::Ink);
            }
            for (column, &(image, cosine)) in row.neighbours.iter().enumerate() {
                let area = [start + column as f64 * wide, upper, side, side];
                neighbour(&mut scene, inputs, (image, class), area);
                if wordy {
                    let (own, cosine) = (inputs.class(image), number(cosine, false));
                    let words = if named { format!("{} {cosine}", inputs.class_name(own)) } else { fitted(&cosine, SMALL, wide) };
                    below(&mut scene, &words, area, if own == class { Ink::Muted } else { Ink::Level });
                }
            }
        }
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let rows = rows(inputs);
        if rows.is_empty() {
            return inputs.why_empty();
        }
        let (right, all) = right(inputs, &rows);
        if all == 0 {
            return "None of these images has a neighbour: their embeddings are no numbers.".into();
        }
        let images = if rows.len() == 1 { "1 image".into() } else { format!("{} images", rows.len()) };
        let share = number(right as f64 / all as f64, true);
        format!("Of the {all} nearest neighbours of {images} {right} are of the class of their image: {share}.")
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["image", "class", "place", "neighbour", "neighbour_class", "cosine"]);
        let name = |image: usize| inputs.class_name(inputs.class(image));
        for row in rows(inputs) {
            for (place, &(image, cosine)) in (1u32..).zip(&row.neighbours) {
                table.rows.push(vec![
                    (row.image as f64).into(),
                    name(row.image).as_str().into(),
                    f64::from(place).into(),
                    (image as f64).into(),
                    name(image).as_str().into(),
                    cosine.into(),
                ]);
            }
        }
        table
    }
}

/// An image where it can be pointed at, or its class's colour while there are no images.
fn picture(scene: &mut Scene, inputs: &Inputs<'_>, image: usize, area: [f64; 4]) {
    let class = inputs.class(image);
    match inputs.images {
        Some(images) => scene.image(images, image, area),
        None => scene.block(area, Ink::Class(class), 0.4),
    }
    scene.thing(Reach::Box(area), Item::Image(image));
    if inputs.linked.marks(image, class) {
        let [left, upper, wide, high] = area;
        scene.frame([left - 3.0, upper - 3.0, wide + 6.0, high + 6.0], Stroke::new(Ink::Ink, 1.8));
    }
}

/// A neighbour of an image of a class, framed by whether it is of that class.
fn neighbour(scene: &mut Scene, inputs: &Inputs<'_>, (image, class): (usize, usize), area: [f64; 4]) {
    picture(scene, inputs, image, area);
    if inputs.class(image) == class {
        return scene.frame(area, Stroke::new(Ink::Class(class), 2.0));
    }
    let [left, upper, wide, _] = area;
    scene.frame(area, Stroke::new(Ink::Level, 2.0).dashed());
    let (half, at) = ((0.09 * wide).clamp(2.0, 6.0), (0.09 * wide).clamp(2.0, 6.0) + 3.0);
    let (x, y) = (left + wide - at, upper + at);
    scene.disc((x, y), half + 2.0, Ink::Paper, 1.0);
    for side in [-1.0, 1.0] {
        scene.line(vec![(x - half, y - side * half), (x + half, y + side * half)], Stroke::new(Ink::Level, 1.8));
    }
}

fn below(scene: &mut Scene, words: &str, [left, upper, wide, high]: [f64; 4], ink: Ink) {
    scene.words(words, (left + 0.5 * wide, upper + high + 0.5 * LINE + 1.0), SMALL, ink, Anchor::Middle);
}
