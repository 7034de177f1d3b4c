//! Where classes and cells stand.

use super::super::Inputs;
use super::super::axes::{SMALL, WORDS};
use super::super::runs::{LINE, fitted, width};
use super::{FOOT, Shown, shade, vote};
use crate::label;
use crate::scene::{Anchor, Ink, Item, Reach, Scene, Stroke};
use std::collections::BTreeSet;

/// From this shade on the words in a cell have the colour of the background.
const DEEP: f64 = 0.68;
/// Height of the line of words above the classes.
const HEAD: f64 = 18.0;
/// Thickness of the bands of the classes, CSS pixels.
const BAND: f64 = 6.0;

/// Where things stand.
pub(super) struct Layout {
    /// Left, upper, width and height of the cells.
    pub area: [f64; 4],
    rows: usize,
    columns: usize,
    /// Whether columns bear their names; else numbers, which rows bear before their names.
    named: bool,
}

impl Layout {
    /// For a scene of this size.
    pub fn of(shown: &Shown<'_>, inputs: &Inputs<'_>, (wide, high): (f64, f64)) -> Self {
        let (rows, columns) = (shown.rows.len(), shown.classes);
        let longest = (0..columns).map(|class| width(&inputs.class_name(class), SMALL)).fold(0.0, f64::max);
        let upper = HEAD + LINE + BAND + 5.0;
        let left = |names: f64| names.min(0.3 * wide) + BAND + 13.0;
        let named = longest + 4.0 <= (wide - left(longest) - 6.0) / columns as f64;
        let left = left(if named { longest } else { longest + width("00 ", SMALL) });
        let area = [left.floor(), upper, (wide - left - 6.0).floor().max(1.0), (high - upper - FOOT).floor().max(1.0)];
        Self { area, rows, columns, named }
    }

    /// Left, upper, width and height of a cell. Whole pixels: no seams.
    pub fn cell(&self, row: usize, column: usize) -> [f64; 4] {
        let [left, upper, wide, high] = self.area;
        let edge = |length: f64, place: usize, of: usize| (length * place as f64 / of.max(1) as f64).round();
        let (x, y) = (edge(wide, column, self.columns), edge(high, row, self.rows));
        [left + x, upper + y, edge(wide, column + 1, self.columns) - x, edge(high, row + 1, self.rows) - y]
    }

    fn label(&self, inputs: &Inputs<'_>, class: usize) -> String {
        if self.named { inputs.class_name(class) } else { format!("{class} {}", inputs.class_name(class)) }
    }

    /// The classes along the left and the upper edge: a band each, and a name where there is room.
    pub fn names(&self, scene: &mut Scene, shown: &Shown<'_>, inputs: &Inputs<'_>) {
        let ink = |class: usize| if inputs.linked.hovered == Some(Item::Class(class)) { Ink::Ink } else { Ink::Muted };
        let mut last = f64::NEG_INFINITY;
        for (row, &class) in shown.rows.iter().enumerate() {
            let [left, upper, _, high] = self.cell(row, 0);
            let middle = upper + 0.5 * high;
            if middle - last >= LINE - 1.0 {
                let name = fitted(&self.label(inputs, class), SMALL, left - BAND - 9.0);
                scene.words(&name, (left - BAND - 7.0, middle), SMALL, ink(class), Anchor::End);
                last = middle;
            }
            let band = [left - BAND - 3.0, upper, BAND, (high - 1.0).max(0.5)];
            scene.block(band, Ink::Class(class), 1.0);
            scene.thing(Reach::Box([2.0, upper, left - 5.0, high]), Item::Class(class));
        }
        let mut last = f64::NEG_INFINITY;
        for class in 0..self.columns {
            let [left, upper, wide, _] = self.cell(0, class);
            let middle = left + 0.5 * wide;
            let name = if self.named { inputs.class_name(class) } else { class.to_string() };
            let half = 0.5 * width(&name, SMALL);
            if middle - half - 3.0 >= last {
                scene.words(&name, (middle, upper - BAND - 10.0), SMALL, ink(class), Anchor::Middle);
                last = middle + half;
            }
            scene.block([left, upper - BAND - 3.0, (wide - 1.0).max(0.5), BAND], Ink::Class(class), 1.0);
            scene.thing(Reach::Box([left, upper - BAND - 16.0, wide, BAND + 13.0]), Item::Class(class));
        }
    }

    /// Draws all cells, the right ones framed.
    pub fn cells(&self, scene: &mut Scene, shown: &Shown<'_>) {
        for (row, &class) in shown.rows.iter().enumerate() {
            for vote in 0..self.columns {
                let [left, upper, wide, high] = self.cell(row, vote);
                let (count, share) = (shown.count(class, vote), shown.share(class, vote));
                let gap = if wide.min(high) >= 6.0 { 1.0 } else { 0.0 };
                let shade = shade(if share.is_finite() { share } else { 0.0 });
                let area = [left, upper, wide - gap, high - gap];
                scene.block(area, Ink::Signed(if vote == class { shade } else { -shade }), 1.0);
                // Where cells are tiny, the place and the colour of the diagonal tell it apart.
                if vote == class && gap > 0.0 {
                    scene.frame([left + 0.5, upper + 0.5, area[2] - 1.0, area[3] - 1.0], Stroke::new(Ink::Ink, 1.2));
                }
                scene.thing(Reach::Box([left, upper, wide, high]), Item::Class(class));
                if count > 0.0 {
                    words(scene, area, (count, share), if shade >= DEEP { Ink::Paper } else { Ink::Ink });
                }
            }
        }
    }

    /// Row and column of a class that is pointed at, the cell of an image, and dots in the cells of those that are chosen.
    pub fn marks(&self, scene: &mut Scene, shown: &Shown<'_>, inputs: &Inputs<'_>) {
        let row = |class: usize| shown.rows.iter().position(|row| *row == class);
        let place = |image: usize| Some((row(inputs.class(image))?, vote(inputs, image).filter(|vote| *vote < self.columns)?));
        let [left, upper, wide, high] = self.area;
        match inputs.linked.hovered {
            Some(Item::Class(class)) => {
                if let Some(row) = row(class) {
                    let [_, y, _, high] = self.cell(row, 0);
                    scene.frame([left, y, wide, high], Stroke::new(Ink::Ink, 2.0));
                }
                if class < self.columns {
                    let [x, _, wide, _] = self.cell(0, class);
                    scene.frame([x, upper, wide, high], Stroke::new(Ink::Ink, 1.2).dashed());
                }
            }
            Some(Item::Image(image)) => {
                if let Some((row, column)) = place(image) {
                    scene.frame(self.cell(row, column), Stroke::new(Ink::Ink, 2.2));
                }
            }
            _ => {}
        }
        let chosen = inputs.linked.selected.iter().filter_map(|image| place(*image));
        for (row, column) in chosen.collect::<BTreeSet<_>>() {
            let [x, y, wide, high] = self.cell(row, column);
            let radius = (0.16 * wide.min(high)).clamp(1.2, 3.2);
            let at = (x + radius + 2.5, y + radius + 2.5);
            scene.disc(at, radius + 1.0, Ink::Paper, 1.0);
            scene.disc(at, radius, Ink::Ink, 1.0);
        }
    }
}

/// How many, and which share of the row, as far as there is room.
fn words(scene: &mut Scene, [left, upper, wide, high]: [f64; 4], (count, share): (f64, f64), ink: Ink) {
    let size = (0.24 * wide.min(high)).clamp(SMALL, WORDS + 3.0);
    let (count, share) = (count.to_string(), label(share, 0.01, true));
    let (x, y) = (left + 0.5 * wide, upper + 0.5 * high);
    let fits = |text: &str, size: f64| width(text, size) + 4.0 <= wide;
    if fits(&share, SMALL) && fits(&count, size) && high >= 1.2 * size + LINE + 6.0 {
        scene.words(&count, (x, y - 0.5 * LINE), size, ink, Anchor::Middle);
        scene.words(&share, (x, y + 0.6 * size), SMALL, ink, Anchor::Middle);
    } else if fits(&count, SMALL) && high >= LINE - 2.0 {
        scene.words(&count, (x, y), SMALL, ink, Anchor::Middle);
    }
}
