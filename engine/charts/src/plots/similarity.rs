//! The cosines of images with each other, class after class.

use super::axes::SMALL;
use super::heat::{Heat, means, scale};
use super::pairs;
use super::runs::{LINE, fitted, number, plural, width};
use super::{Inputs, Plot, Table};
use crate::scene::{Anchor, Ink, Item, Reach, Scene, Stroke};
use augsphere_spec::Knob;

#[cfg(test)]
mod tests;

/// The matrix of cosines of validation images in the order of their classes.
pub struct Similarity;

/// Thickness of the bands of the classes, CSS pixels.
const BAND: f64 = 8.0;

/// The table that is drawn: images of the classes that are shown.
struct Shown {
    images: Vec<usize>,
    values: Vec<f32>,
    /// Class, first place and the place behind its last one.
    bands: Vec<(usize, usize, usize)>,
}

impl Shown {
    fn of(inputs: &Inputs<'_>) -> Option<Self> {
        let (_, order) = inputs.series("order")?;
        let (columns, all) = inputs.matrix("cosines")?;
        let known = |image: &f32| (image.is_finite() && *image >= 0.0).then_some(*image as usize);
        let images: Vec<usize> = order.iter().filter_map(known).collect();
        if columns == 0 || images.len() != columns || all.len() != columns * columns {
            return None;
        }
        let places: Vec<usize> = (0..columns).filter(|place| inputs.linked.shows(inputs.class(images[*place]))).collect();
        let values = places.iter().flat_map(|row| places.iter().map(move |column| all[row * columns + column])).collect();
        let images: Vec<usize> = places.iter().map(|place| images[*place]).collect();
        let mut bands: Vec<(usize, usize, usize)> = Vec::new();
        for (place, image) in images.iter().enumerate() {
            let class = inputs.class(*image);
            match bands.last_mut().filter(|band| band.0 == class) {
                Some(band) => band.2 = place + 1,
                None => bands.push((class, place, place + 1)),
            }
        }
        Some(Self { images, values, bands }).filter(|shown| !shown.images.is_empty())
    }

    fn cosine(&self, row: usize, column: usize) -> f64 {
        self.values.get(row * self.images.len() + column).map_or(f64::NAN, |value| f64::from(*value))
    }

    fn place(&self, image: usize) -> Option<usize> {
        self.images.iter().position(|other| *other == image)
    }

    /// The mean cosine of two different images of one class, and of different classes, each where there are any.
    fn means(&self, inputs: &Inputs<'_>) -> [Option<f64>; 2] {
        let classes: Vec<usize> = self.images.iter().map(|image| inputs.class(*image)).collect();
        means(&classes, &|row, column| self.cosine(row, column))
    }
}

impl Plot for Similarity {
    fn name(&self) -> &'static str {
        "similarity"
    }

    fn title(&self) -> &'static str {
        "Similarity of images"
    }

    fn sentence(&self) -> &'static str {
        "The cosine of every two images' embeddings, class after class: squares along the diagonal are classes that hold together, one colour \
         everywhere is a collapse."
    }

    fn knobs(&self) -> Vec<Knob> {
        vec![Knob::int("images", "Images", 64, 8, 192, "How many validation images, the first ones.")]
    }

    fn asks(&self) -> bool {
        true
    }

    fn aspect(&self) -> f64 {
        0.93
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let Some(shown) = Shown::of(inputs) else { return Scene::nothing(size, &why_empty(inputs)) };
        let mut scene = Scene::new(size);
        let names = shown.bands.iter().map(|band| width(&inputs.class_name(band.0), SMALL)).fold(0.0, f64::max);
        let names = names.min(0.2 * size.0) + 6.0;
        let before = names + BAND + 3.0;
        let side = (size.0 - before - 6.0).min(size.1 - BAND - 3.0 - 30.0).floor().max(1.0);
        let left = (0.5 * (size.0 - before - side) + before - 2.0).max(before).floor();
        let heat = Heat { values: &shown.values, side: shown.images.len(), area: (left, BAND + 7.0, side) };
        heat.draw(&mut scene);
        things(&mut scene, &heat, &shown);
        bands(&mut scene, &heat, &shown, inputs, names);
        marks(&mut scene, &heat, &shown, inputs);
        let middle = heat.area.1 + side + 13.0;
        let from = (left - BAND - 3.0).min(size.0 - 150.0).max(4.0);
        let end = scale(&mut scene, (from, middle), "cosine");
        let said = fitted(&pointed(&shown, inputs), SMALL, size.0 - end - 20.0);
        if size.0 - end > 60.0 {
            scene.words(&said, (size.0 - 6.0, middle), SMALL, Ink::Ink, Anchor::End);
        }
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let Some(shown) = Shown::of(inputs) else { return why_empty(inputs) };
        let count = shown.images.len();
        let (images, classes) = (plural(count, "image"), plural(shown.bands.len(), "class"));
        let [same, apart] = shown.means(inputs).map(|mean| mean.map(|mean| number(mean, false)));
        let of = match (same, apart) {
            (Some(same), Some(apart)) => {
                format!("the mean cosine of two images of one class is {same}, that of two of different classes {apart}")
            }
            (Some(same), None) => format!("the mean cosine of two of them, all of one class, is {same}"),
            (None, Some(apart)) => format!("the mean cosine of two of them, each of another class, is {apart}"),
            (None, None) => "no two of them can be compared".into(),
        };
        let said = pointed(&shown, inputs);
        let said = if said.is_empty() { said } else { format!(" Pointed at: {said}.") };
        format!("Of {images} of {classes}, {of}.{said}")
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["image", "class", "other_image", "other_class", "cosine"]);
        let Some(shown) = Shown::of(inputs) else { return table };
        table.rows = pairs::rows(inputs, &shown.images, |row, column| vec![shown.cosine(row, column).into()]);
        table
    }
}

fn why_empty(inputs: &Inputs<'_>) -> String {
    if inputs.part("cosines").is_some() { "All classes of these images are hidden.".into() } else { inputs.why_empty() }
}

/// What is pointed at, in words; nothing if it is not here.
fn pointed(shown: &Shown, inputs: &Inputs<'_>) -> String {
    pairs::pointed(inputs, |image| shown.place(image), |row, column| number(shown.cosine(row, column), false))
}

fn things(scene: &mut Scene, heat: &Heat<'_>, shown: &Shown) {
    for (row, &image) in shown.images.iter().enumerate() {
        for (column, &other) in shown.images.iter().enumerate() {
            let item = if row == column { Item::Image(image) } else { Item::Pair(image, other) };
            scene.thing(Reach::Box(heat.cells(row..row + 1, column..column + 1)), item);
        }
    }
}

/// The classes along the left and the upper edge, their names to the left of the table.
fn bands(scene: &mut Scene, heat: &Heat<'_>, shown: &Shown, inputs: &Inputs<'_>, names: f64) {
    let (left, upper, _) = heat.area;
    let mut last = f64::NEG_INFINITY;
    for &(class, start, end) in &shown.bands {
        let [x, y, _, high] = heat.cells(start..end, start..end);
        // A gap of a pixel tells bands apart without hue.
        let along = (high - 1.0).max(0.5);
        let places = [[left - BAND - 3.0, y, BAND, along], [x, upper - BAND - 3.0, along, BAND]];
        for place in places {
            scene.block(place, Ink::Class(class), 1.0);
            scene.thing(Reach::Box(place), Item::Class(class));
        }
        let middle = (y + 0.5 * high).max(0.5 * LINE);
        let hovered = inputs.linked.hovered == Some(Item::Class(class));
        if middle - last >= LINE - 1.0 || hovered {
            let ink = if hovered { Ink::Ink } else { Ink::Muted };
            let name = fitted(&inputs.class_name(class), SMALL, names - 4.0);
            scene.words(&name, (left - BAND - 7.0, middle), SMALL, ink, Anchor::End);
            last = middle;
        }
    }
}

/// Rows and columns of what is pointed at, and dots beside what is chosen.
fn marks(scene: &mut Scene, heat: &Heat<'_>, shown: &Shown, inputs: &Inputs<'_>) {
    let all = 0..shown.images.len();
    let (thin, thick) = (Stroke::new(Ink::Ink, 1.2), Stroke::new(Ink::Ink, 2.0));
    let cross = |scene: &mut Scene, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>| {
        scene.frame(heat.cells(rows, all.clone()), thin);
        scene.frame(heat.cells(all.clone(), columns), thin);
    };
    match inputs.linked.hovered {
        Some(Item::Image(image)) => {
            if let Some(place) = shown.place(image) {
                cross(scene, place..place + 1, place..place + 1);
            }
        }
        Some(Item::Pair(one, other)) => {
            if let (Some(row), Some(column)) = (shown.place(one), shown.place(other)) {
                cross(scene, row..row + 1, column..column + 1);
                scene.frame(heat.cells(row..row + 1, column..column + 1), thick);
            }
        }
        Some(Item::Class(class)) => {
            for &(_, start, end) in shown.bands.iter().filter(|band| band.0 == class) {
                cross(scene, start..end, start..end);
            }
        }
        _ => {}
    }
    let (left, upper, _) = heat.area;
    for (place, _) in shown.images.iter().enumerate().filter(|(_, image)| inputs.linked.selected.contains(image)) {
        let [x, y, wide, high] = heat.cells(place..place + 1, place..place + 1);
        let radius = (0.4 * wide).clamp(1.2, 2.8);
        for at in [(left - 0.5 * BAND - 3.0, y + 0.5 * high), (x + 0.5 * wide, upper - 0.5 * BAND - 3.0)] {
            scene.disc(at, radius + 1.0, Ink::Paper, 1.0);
            scene.disc(at, radius, Ink::Ink, 1.0);
        }
    }
}
