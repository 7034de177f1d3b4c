//! A table of distances as a heat map, class by class: the same in a picture and beside the controls of augmentations.

use super::super::axes::SMALL;
use super::super::runs::{LINE, fitted, width};
use crate::scene::{Anchor, Ink, Item, Reach, Scene, Stroke};
use std::ops::Range;

/// Distances that look alike are one shape.
const SHADES: f64 = 96.0;
/// Thickness of the bars of the classes, CSS pixels.
const BAR: f64 = 4.0;
/// Room beside the table for the bars.
const BESIDE: f64 = BAR + 3.0;
/// Cells with a larger side are told apart by an edge.
const EDGED: f64 = 8.0;
/// Cells with a smaller side have no room for a mark.
const MARKED: f64 = 2.5;

/// Distances of every two of some images.
#[derive(Clone, Copy, Debug)]
pub struct DistanceTable<'a> {
    /// The number of each image: what is pointed at. Two places are the pair of their images, one alone the image.
    pub images: &'a [usize],
    /// The class of each image; those of a class stand together.
    pub classes: &'a [usize],
    /// `n * n` distances, row by row; what is no number is left blank.
    pub values: &'a [f32],
    /// The largest distance of the scale of colours.
    pub largest: f64,
}

impl DistanceTable<'_> {
    /// The distance of two places; not a number where there is none.
    pub fn at(&self, one: usize, other: usize) -> f64 {
        self.values.get(one * self.images.len() + other).map_or(f64::NAN, |value| f64::from(*value))
    }

    /// The distance as a share of the largest.
    fn share(&self, one: usize, other: usize) -> f64 {
        self.at(one, other) / self.largest.max(1e-9)
    }
}

/// What is drawn over the distances.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Marks {
    /// The places of the pair that is looked at: its two cells have a frame.
    pub pair: Option<(usize, usize)>,
    /// Up to this distance two images of a class have a dot.
    pub delta: f64,
}

/// Where cells stand: places along both sides of a square, class by class, with a gap between classes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    /// Left and upper edge of the square, CSS pixels.
    corner: (f64, f64),
    /// Side of a cell.
    cell: f64,
    gap: f64,
    /// Class, first place and the place behind its last one.
    blocks: Vec<(usize, usize, usize)>,
}

impl Grid {
    /// Images of these classes in a square of this side, from its left upper corner on.
    fn new(classes: &[usize], corner: (f64, f64), side: f64) -> Self {
        let mut blocks: Vec<(usize, usize, usize)> = Vec::new();
        for (place, class) in classes.iter().enumerate() {
            match blocks.last_mut().filter(|block| block.0 == *class) {
                Some(block) => block.2 = place + 1,
                None => blocks.push((*class, place, place + 1)),
            }
        }
        let gap = (0.15 * side / blocks.len().max(1) as f64).clamp(1.0, 5.0);
        let gaps = gap * blocks.len().saturating_sub(1) as f64;
        Self { corner, cell: ((side - gaps) / classes.len().max(1) as f64).max(0.0), gap, blocks }
    }

    /// Where some places of one class begin and end, from the edge of the table. Whole pixels: no seams between cells.
    fn span(&self, places: &Range<usize>) -> (f64, f64) {
        let before = self.blocks.iter().filter(|block| block.1 > 0 && block.1 <= places.start).count();
        let at = |place: usize| (self.cell * place as f64 + self.gap * before as f64).round();
        (at(places.start), at(places.end))
    }

    /// Left, upper, width and height of the cells of some rows and columns, each of one class.
    pub fn cells(&self, rows: Range<usize>, columns: Range<usize>) -> [f64; 4] {
        let ((left, right), (upper, lower)) = (self.span(&columns), self.span(&rows));
        [self.corner.0 + left, self.corner.1 + upper, right - left, lower - upper]
    }

    /// Each class with its first place and the place behind its last one.
    pub fn blocks(&self) -> &[(usize, usize, usize)] {
        &self.blocks
    }

    /// Left and upper edge, and side of the table.
    pub fn area(&self) -> (f64, f64, f64) {
        let side = self.blocks.last().map_or(0.0, |block| self.span(&(block.1..block.2)).1);
        (self.corner.0, self.corner.1, side)
    }
}

/// Draws the table in a rectangle (left, upper, width, height), as large as it allows, with a bar for each class at the left and the upper
/// edge and the names of the classes, which `name` knows, at the left. Where its cells are.
pub fn heat_map(
    scene: &mut Scene,
    table: &DistanceTable<'_>,
    marks: Marks,
    [left, upper, wide, high]: [f64; 4],
    name: &dyn Fn(usize) -> String,
) -> Grid {
    let names = table.classes.iter().map(|class| width(&name(*class), SMALL)).fold(0.0, f64::max);
    let names = names.min(0.2 * wide) + 6.0;
    let side = (wide - names - BESIDE - 4.0).min(high - BESIDE - 2.0).floor().max(1.0);
    let corner = (left + (0.5 * (wide - names - BESIDE - side)).max(0.0).floor() + names + BESIDE, upper + BESIDE);
    let grid = Grid::new(table.classes, corner, side);
    for (row, from, to) in grid.blocks.iter().flat_map(|block| (block.1..block.2).map(|row| (row, block.1, block.2))) {
        for block in &grid.blocks {
            cells(scene, table, &grid, row, block.1..block.2);
        }
        dots(scene, table, &grid, (row, from..to), marks.delta);
    }
    things(scene, table, &grid);
    if let Some((one, other)) = marks.pair.filter(|(one, other)| (*one).max(*other) < table.images.len()) {
        for (row, column) in [(one, other), (other, one)] {
            scene.frame(grid.cells(row..row + 1, column..column + 1), Stroke::new(Ink::Level, 2.5));
        }
    }
    classes(scene, &grid, names, name);
    grid
}

/// Cells of a row in one class; an image has none with itself.
fn cells(scene: &mut Scene, table: &DistanceTable<'_>, grid: &Grid, row: usize, columns: Range<usize>) {
    let edge = if grid.cell > EDGED { 1.0 } else { 0.0 };
    let shade = |column: usize| {
        let share = (table.share(row, column) * SHADES).round() / SHADES;
        Some(share).filter(|share| column != row && share.is_finite())
    };
    let columns: Vec<usize> = columns.collect();
    // Without edges, neighbours of one shade are one block.
    for run in columns.chunk_by(|a, b| edge == 0.0 && shade(*a) == shade(*b)) {
        if let Some(shade) = shade(run[0]) {
            let [left, upper, wide, high] = grid.cells(row..row + 1, run[0]..run[0] + run.len());
            scene.block([left, upper, wide - edge, high - edge], Ink::Distance(shade), 1.0);
        }
    }
}

/// A dot in each cell of a row whose two images, both of one class, are within delta.
fn dots(scene: &mut Scene, table: &DistanceTable<'_>, grid: &Grid, (row, columns): (usize, Range<usize>), delta: f64) {
    if grid.cell < MARKED {
        return;
    }
    let edge = if grid.cell > EDGED { 1.0 } else { 0.0 };
    let dot = (0.28 * grid.cell).clamp(1.0, 4.0);
    for column in columns.filter(|column| *column != row && table.at(row, *column) <= delta) {
        let [left, upper, wide, high] = grid.cells(row..row + 1, column..column + 1);
        // Near is dark by day and light by night, as the background is otherwise.
        let ink = if table.share(row, column) < 0.55 { Ink::Paper } else { Ink::Ink };
        scene.block([left + 0.5 * (wide - edge - dot), upper + 0.5 * (high - edge - dot), dot, dot], ink, 0.85);
    }
}

fn things(scene: &mut Scene, table: &DistanceTable<'_>, grid: &Grid) {
    for (row, &image) in table.images.iter().enumerate() {
        for (column, &other) in table.images.iter().enumerate() {
            let item = if row == column { Item::Image(image) } else { Item::Pair(image, other) };
            scene.thing(Reach::Box(grid.cells(row..row + 1, column..column + 1)), item);
        }
    }
}

/// The bars of the classes along the left and the upper edge, and their names as far as they have room.
fn classes(scene: &mut Scene, grid: &Grid, names: f64, name: &dyn Fn(usize) -> String) {
    let (left, upper) = grid.corner;
    let mut last = f64::NEG_INFINITY;
    for &(class, from, to) in &grid.blocks {
        let [x, y, along, _] = grid.cells(from..to, from..to);
        for place in [[left - BESIDE, y, BAR, along], [x, upper - BESIDE, along, BAR]] {
            scene.block(place, Ink::Class(class), 1.0);
            scene.thing(Reach::Box(place), Item::Class(class));
        }
        let middle = (y + 0.5 * along).max(0.5 * LINE);
        if middle - last >= LINE - 1.0 {
            let name = fitted(&name(class), SMALL, names - 4.0);
            scene.words(&name, (left - BESIDE - 4.0, middle), SMALL, Ink::Muted, Anchor::End);
            last = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::runs::testing::{assert_inside, lines, words};
    use super::*;
    use crate::scene::Shape;

    fn square(classes: &[usize], values: &[f32], marks: Marks, side: f64) -> (Scene, Grid) {
        let images: Vec<usize> = (0..classes.len()).collect();
        let mut scene = Scene::new((side, side));
        let table = DistanceTable { images: &images, classes, values, largest: 8.0 };
        let grid = heat_map(&mut scene, &table, marks, [0.0, 0.0, side, side], &|class| format!("class {class}"));
        (scene, grid)
    }

    fn blocks(scene: &Scene, wanted: impl Fn(Ink) -> bool) -> usize {
        scene.shapes.iter().filter(|shape| matches!(shape, Shape::Area { ink, .. } if wanted(*ink))).count()
    }

    /// Three images of class 0 and two of class 4 along 205 pixels: cells of 40, and a gap of 5 between the classes.
    #[test]
    fn images_stand_class_by_class_with_a_gap_between_classes() {
        let grid = Grid::new(&[0, 0, 0, 4, 4], (20.0, 10.0), 205.0);
        assert_eq!(grid.blocks(), [(0, 0, 3), (4, 3, 5)]);
        assert_eq!(grid.cells(0..1, 2..3), [100.0, 10.0, 40.0, 40.0]);
        assert_eq!(grid.cells(3..5, 3..5), [145.0, 135.0, 80.0, 80.0]);
        assert_eq!(grid.area(), (20.0, 10.0, 205.0));
        assert_eq!(Grid::new(&[], (0.0, 0.0), 100.0).area(), (0.0, 0.0, 0.0));
    }

    /// Images 0 and 1 are of one class and at 2, image 2 is of another class and at 1 from both: one pair has dots, in both its cells.
    #[test]
    fn dots_mark_near_pairs_of_one_class_alone() {
        let values = [0.0, 2.0, 1.0, 2.0, 0.0, 1.0, 1.0, 1.0, 0.0];
        let mut marks = Marks { pair: None, delta: 2.0 };
        let (scene, _) = square(&[0, 0, 3], &values, marks, 240.0);
        assert_inside(&scene);
        assert_eq!(blocks(&scene, |ink| matches!(ink, Ink::Distance(_))), 6, "none of an image with itself");
        assert_eq!(blocks(&scene, |ink| ink == Ink::Paper), 2);
        assert_eq!(words(&scene), ["class 0", "class 3"]);
        marks.delta = 1.9;
        assert_eq!(blocks(&square(&[0, 0, 3], &values, marks, 240.0).0, |ink| ink == Ink::Paper), 0);
        marks.pair = Some((0, 2));
        let (scene, grid) = square(&[0, 0, 3], &values, marks, 240.0);
        let frames = lines(&scene, Ink::Level);
        let [left, upper, ..] = grid.cells(0..1, 2..3);
        assert!(frames.len() == 2 && frames[0][0] == (left, upper), "{frames:?}");
        marks.pair = Some((0, 3));
        assert!(lines(&square(&[0, 0, 3], &values, marks, 240.0).0, Ink::Level).is_empty(), "it is not here");
    }

    #[test]
    fn every_place_is_what_it_is_of() {
        let (scene, grid) = square(&[0, 0, 3], &[1.0; 9], Marks::default(), 200.0);
        let at = |[left, upper, wide, high]: [f64; 4]| scene.hit((left + 0.5 * wide, upper + 0.5 * high));
        assert_eq!(at(grid.cells(0..1, 2..3)), Some(Item::Pair(0, 2)));
        assert_eq!(at(grid.cells(2..3, 0..1)), Some(Item::Pair(2, 0)));
        assert_eq!(at(grid.cells(1..2, 1..2)), Some(Item::Image(1)));
        assert_eq!(scene.things.len(), 9 + 4);
    }

    /// Many images are cells of less than a pixel: still inside, without marks, those of one shade as one shape.
    #[test]
    fn many_images_stay_inside() {
        let classes: Vec<usize> = (0..240).map(|image| image / 12).collect();
        let (scene, _) = square(&classes, &[4.0; 240 * 240], Marks { pair: None, delta: 9.0 }, 200.0);
        assert_inside(&scene);
        assert!(blocks(&scene, |ink| matches!(ink, Ink::Distance(_))) <= 240 * 21, "no two neighbours of one shade");
        assert_eq!(blocks(&scene, |ink| matches!(ink, Ink::Paper | Ink::Ink)), 0);
        let (broken, _) = square(&[0, 1], &[f32::NAN; 4], Marks::default(), 100.0);
        assert_eq!(blocks(&broken, |ink| matches!(ink, Ink::Distance(_))), 0);
    }
}
