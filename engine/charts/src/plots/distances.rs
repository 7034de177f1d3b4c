//! The augmented distances of images, class after class.

mod heat_map;
pub(super) mod knobs;

pub use heat_map::{DistanceTable, Grid, Marks, heat_map};

use super::axes::SMALL;
use super::heat::means;
use super::pairs;
use super::runs::{fitted, number, plural, width};
use super::{Inputs, Plot, Table};
use crate::scene::{Anchor, Ink, Item, Scene, Stroke};
use augsphere_spec::Knob;

#[cfg(test)]
mod tests;

/// The matrix of distances of the closest views of images.
pub struct Distances;

/// Height of the scale below the table, CSS pixels.
const FOOT: f64 = 24.0;

/// What is drawn: images of the classes that are shown.
struct Shown {
    images: Vec<usize>,
    classes: Vec<usize>,
    /// Distances of closest views.
    near: Vec<f32>,
    /// Distances of the images themselves.
    plain: Vec<f32>,
    delta: f64,
    views: f64,
}

impl Shown {
    fn of(inputs: &Inputs<'_>) -> Option<Self> {
        let all = inputs.whole("order");
        let (columns, near) = inputs.matrix("distances")?;
        let (_, plain) = inputs.matrix("plain")?;
        let (delta, views) = (inputs.number("delta")?, inputs.number("views")?);
        if columns == 0 || all.len() != columns || near.len() != columns * columns || plain.len() != near.len() {
            return None;
        }
        let places: Vec<usize> = (0..columns).filter(|place| inputs.linked.shows(inputs.class(all[*place]))).collect();
        let of = |table: &[f32]| {
            places.iter().flat_map(|row| places.iter().map(move |column| table[row * columns + column])).collect()
        };
        let images: Vec<usize> = places.iter().map(|place| all[*place]).collect();
        let classes = images.iter().map(|image| inputs.class(*image)).collect();
        let shown = Self { near: of(near), plain: of(plain), images, classes, delta, views };
        (!shown.images.is_empty()).then_some(shown)
    }

    /// The table that is drawn, in the scale of the images as they are: both tables have the same colours.
    fn table(&self, inputs: &Inputs<'_>) -> DistanceTable<'_> {
        let finite = self.plain.iter().chain(&self.near).copied().filter(|value| value.is_finite());
        DistanceTable {
            images: &self.images,
            classes: &self.classes,
            values: if inputs.knobs.switch("augmentations") { &self.near } else { &self.plain },
            largest: f64::from(finite.fold(0.0, f32::max)),
        }
    }

    fn at(&self, values: &[f32], row: usize, column: usize) -> f64 {
        values.get(row * self.images.len() + column).map_or(f64::NAN, |value| f64::from(*value))
    }

    /// Mean distance of two images of one class, and of different classes.
    fn means(&self, values: &[f32]) -> [Option<f64>; 2] {
        means(&self.classes, &|row, column| self.at(values, row, column))
    }

    /// How many pairs of one class are within the threshold, and how many there are; the same of different classes.
    fn close(&self) -> [(usize, usize); 2] {
        let mut counts = [(0, 0); 2];
        for row in 0..self.images.len() {
            for column in 0..row {
                let count = &mut counts[usize::from(self.classes[row] != self.classes[column])];
                count.0 += usize::from(self.at(&self.near, row, column) <= self.delta);
                count.1 += 1;
            }
        }
        counts
    }

    fn place(&self, image: usize) -> Option<usize> {
        self.images.iter().position(|other| *other == image)
    }

    /// The places of the two images that are chosen, if it is two and both are here.
    fn pair(&self, inputs: &Inputs<'_>) -> Option<(usize, usize)> {
        let mut chosen = inputs.linked.selected.iter();
        let (one, other) = (chosen.next()?, chosen.next()?);
        if chosen.next().is_some() {
            return None;
        }
        Some((self.place(*one)?, self.place(*other)?))
    }
}

impl Plot for Distances {
    fn name(&self) -> &'static str {
        "distances"
    }

    fn title(&self) -> &'static str {
        "Augmented distances"
    }

    fn sentence(&self) -> &'static str {
        "How far apart every two images are when each may be replaced by the view of it that comes closest, class after class; a dot says that \
         two images of one class are within \u{3b4}. No network is asked: only images and augmentations are."
    }

    fn source(&self) -> &'static str {
        "Huang, Yi, Zhao, Jiang, 2023, arXiv 2111.00743, section 2"
    }

    fn knobs(&self) -> Vec<Knob> {
        vec![
            Knob::switch("augmentations", "With augmentations", true, "Off: the distances of the images as they are."),
            knobs::delta(),
            knobs::images(5, 12),
            knobs::views(8),
            knobs::classes(10),
            knobs::draw(),
        ]
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
        let table = shown.table(inputs);
        // Without views the dots would say something of what is not shown.
        let delta = if inputs.knobs.switch("augmentations") { shown.delta } else { -1.0 };
        let area = [2.0, 3.0, size.0 - 4.0, size.1 - FOOT - 3.0];
        let grid =
            heat_map(&mut scene, &table, Marks { pair: shown.pair(inputs), delta }, area, &|class| inputs.class_name(class));
        linked(&mut scene, &grid, &shown, inputs);
        foot(&mut scene, &shown, table.largest, inputs);
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let Some(shown) = Shown::of(inputs) else { return why_empty(inputs) };
        let mut classes = shown.classes.clone();
        classes.dedup();
        let (images, classes) = (plural(shown.images.len(), "image"), plural(classes.len(), "class"));
        let views = plural(shown.views as usize, "view");
        let (near, plain) = (shown.means(&shown.near), shown.means(&shown.plain));
        let mean = |place: usize, of: &str| {
            let (near, plain) = (number(near[place]?, false), number(plain[place]?, false));
            Some(format!("two of {of} are {near} apart at the closest of {views} each, {plain} as they are"))
        };
        let means: Vec<String> = [mean(0, "one class"), mean(1, "different classes")].into_iter().flatten().collect();
        if means.is_empty() {
            return format!("Of {images} of {classes}, no two can be compared.");
        }
        let [within, between] = shown.close();
        let delta = number(shown.delta, false);
        let counts = [(within, "of one class"), (between, "of different classes")];
        let counts = counts.iter().filter(|(count, _)| count.1 > 0);
        let close: Vec<String> = counts.map(|((close, all), of)| format!("{close} of {} {of}", plural(*all, "pair"))).collect();
        let said = pointed(&shown, inputs);
        let said = if said.is_empty() { said } else { format!(" Pointed at: {said}.") };
        format!("Of {images} of {classes}, {}. Within {delta} are {}.{said}", means.join("; "), close.join(" and "))
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["image", "class", "other_image", "other_class", "distance", "without_augmentations"]);
        let Some(shown) = Shown::of(inputs) else { return table };
        table.rows = pairs::rows(inputs, &shown.images, |row, column| {
            [&shown.near, &shown.plain].map(|values| shown.at(values, row, column).into()).into()
        });
        table
    }
}

fn why_empty(inputs: &Inputs<'_>) -> String {
    if inputs.part("distances").is_some() { "All classes of these images are hidden.".into() } else { inputs.why_empty() }
}

/// What is pointed at, in words; nothing if it is not here.
fn pointed(shown: &Shown, inputs: &Inputs<'_>) -> String {
    let told = |row: usize, column: usize| {
        let [near, plain] = [&shown.near, &shown.plain].map(|values| number(shown.at(values, row, column), false));
        format!("{near} ({plain} as they are)")
    };
    pairs::pointed(inputs, |image| shown.place(image), told)
}

/// Rows and columns of what is pointed at, and dots beside what is chosen.
fn linked(scene: &mut Scene, grid: &Grid, shown: &Shown, inputs: &Inputs<'_>) {
    let (left, upper, side) = grid.area();
    let thin = Stroke::new(Ink::Ink, 1.2);
    let cross = |scene: &mut Scene, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>| {
        let [x, y, wide, high] = grid.cells(rows, columns);
        scene.frame([left, y, side, high], thin);
        scene.frame([x, upper, wide, side], thin);
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
                scene.frame(grid.cells(row..row + 1, column..column + 1), Stroke::new(Ink::Ink, 2.0));
            }
        }
        Some(Item::Class(class)) => {
            for &(_, from, to) in grid.blocks().iter().filter(|block| block.0 == class) {
                cross(scene, from..to, from..to);
            }
        }
        _ => {}
    }
    for place in (0..shown.images.len()).filter(|place| inputs.linked.selected.contains(&shown.images[*place])) {
        let [x, y, wide, high] = grid.cells(place..place + 1, place..place + 1);
        let radius = (0.4 * wide).clamp(1.2, 2.8);
        for at in [(left - 5.0, y + 0.5 * high), (x + 0.5 * wide, upper - 3.5)] {
            scene.disc(at, radius + 0.6, Ink::Paper, 1.0);
            scene.disc(at, radius, Ink::Ink, 1.0);
        }
    }
}

/// The scale of the colours with the threshold on it, and what is pointed at.
fn foot(scene: &mut Scene, shown: &Shown, largest: f64, inputs: &Inputs<'_>) {
    const STEPS: u32 = 32;
    const STEP: f64 = 3.0;
    let middle = scene.height - 0.5 * FOOT;
    let say = |scene: &mut Scene, text: &str, x: f64| {
        scene.words(text, (x, middle), SMALL, Ink::Muted, Anchor::Start);
        x + width(text, SMALL)
    };
    let start = (say(scene, "distance 0", 6.0) + 4.0).round();
    for step in 0..STEPS {
        let share = (f64::from(step) + 0.5) / f64::from(STEPS);
        scene.block([start + STEP * f64::from(step), middle - 4.0, STEP, 8.0], Ink::Distance(share), 1.0);
    }
    let long = STEP * f64::from(STEPS);
    let delta = shown.delta / largest.max(1e-9);
    if (0.0..=1.0).contains(&delta) {
        let x = start + long * delta;
        scene.line(vec![(x, middle - 6.5), (x, middle + 6.5)], Stroke::new(Ink::Level, 2.0));
    }
    let end = say(scene, &number(largest, false), start + long + 4.0);
    let delta = format!("\u{3b4} = {}", number(shown.delta, false));
    let room = scene.width - end - 20.0;
    let said = Some(pointed(shown, inputs)).filter(|said| !said.is_empty()).unwrap_or(delta);
    if room > 40.0 {
        scene.words(&fitted(&said, SMALL, room), (scene.width - 6.0, middle), SMALL, Ink::Ink, Anchor::End);
    }
}
