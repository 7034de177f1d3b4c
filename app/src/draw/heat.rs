//! The heat map of the distances of every two images.

use crate::model::distances::Answer;
use augsphere_charts::DISTANCES;
use augsphere_charts::scene::{Anchor, Ink, Item, LETTER, Reach, Scene, Stroke};

/// Pixels between two classes.
const GAP: f64 = 5.0;

/// Images along one side of the heat map, class by class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    /// Where the first image begins, pixels.
    pub margin: f64,
    /// Pixels of one image.
    pub cell: f64,
    blocks: Vec<(usize, usize, usize)>,
}

impl Grid {
    /// Images in `blocks` (class, first image, number of images) along `size` pixels, after a margin for names.
    pub fn new(blocks: Vec<(usize, usize, usize)>, size: f64, margin: f64) -> Self {
        let count: usize = blocks.iter().map(|block| block.2).sum();
        let gaps = GAP * blocks.len().saturating_sub(1) as f64;
        Self { margin, cell: ((size - margin - gaps) / count.max(1) as f64).max(1.0), blocks }
    }

    /// Where an image begins, pixels.
    pub fn start(&self, image: usize) -> f64 {
        let gaps = self.blocks.iter().filter(|block| block.1 > 0 && block.1 <= image).count();
        self.margin + self.cell * image as f64 + GAP * gaps as f64
    }

    /// Each class with where it begins and ends, pixels.
    pub fn spans(&self) -> Vec<(usize, f64, f64)> {
        self.blocks
            .iter()
            .map(|&(class, first, count)| (class, self.start(first), self.start(first + count - 1) + self.cell))
            .collect()
    }
}

/// What is drawn over the distances.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Marks {
    /// The pair that is looked at.
    pub pair: Option<(usize, usize)>,
    /// Up to this distance two images of a class have a dot.
    pub delta: f64,
}

/// Room for the names of the classes, CSS pixels.
pub const MARGIN: f64 = 20.0;

/// The distances of every two images of `answer`, `side` CSS pixels wide and high, without augmentations if `plain`; `name` names classes.
pub fn scene(answer: &Answer, plain: bool, marks: Marks, side: f64, name: impl Fn(usize) -> String) -> Scene {
    /// Distances that look alike are one shape.
    const SHADES: f64 = 96.0;
    let mut scene = Scene::new((side, side));
    let grid = Grid::new(answer.blocks(), side, MARGIN);
    let table = if plain { &answer.plain } else { &answer.near };
    let largest = answer.plain.largest().max(1e-9);
    let edge = if grid.cell > 8.0 { 1.0 } else { 0.0 };
    let cell = |one: usize, other: usize| [grid.start(other), grid.start(one), grid.cell - edge, grid.cell - edge];
    let shade = |one: usize, other: usize| (one != other).then(|| (table.at(one, other) / largest * SHADES).round() / SHADES);
    for one in 0..answer.count() {
        for (_, from, to) in answer.blocks().into_iter().map(|(class, from, count)| (class, from, from + count)) {
            let columns: Vec<usize> = (from..to).collect();
            // Without edges, neighbours of one shade are one block.
            for run in columns.chunk_by(|a, b| edge == 0.0 && shade(one, *a) == shade(one, *b)) {
                if let Some(shade) = shade(one, run[0]) {
                    let [left, upper, width, height] = cell(one, run[0]);
                    let width = width + grid.cell * (run.len() - 1) as f64;
                    scene.block([left, upper, width, height], Ink::Distance(shade), 1.0);
                }
            }
        }
        for other in (0..answer.count()).filter(|&other| other != one) {
            let distance = table.at(one, other);
            scene.thing(Reach::Box(cell(one, other)), Item::Pair(one, other));
            if distance <= marks.delta && answer.data.classes[one] == answer.data.classes[other] && grid.cell > 6.0 {
                // Near is dark by day and light by night, as the background is otherwise.
                let ink = if distance / largest < 0.55 { Ink::Paper } else { Ink::Ink };
                let (dot, [left, upper, width, height]) = ((grid.cell / 5.0).clamp(2.0, 4.0), cell(one, other));
                scene.block([left + 0.5 * (width - dot), upper + 0.5 * (height - dot), dot, dot], ink, 0.85);
            }
        }
    }
    if let Some((one, other)) = marks.pair {
        scene.frame(cell(one, other), Stroke::new(Ink::Level, 2.5));
        scene.frame(cell(other, one), Stroke::new(Ink::Level, 2.5));
    }
    for (class, from, to) in grid.spans() {
        let long = to - from - edge;
        scene.block([from, MARGIN - 4.0, long, 2.0], Ink::Class(class), 1.0);
        scene.block([MARGIN - 4.0, from, 2.0, long], Ink::Class(class), 1.0);
        let room = (long / (LETTER * NAME)).max(1.0) as usize;
        let name = name(class);
        let short: String = if name.chars().count() > room {
            name.chars().take(room.saturating_sub(1)).chain(['\u{2026}']).collect()
        } else {
            name
        };
        scene.words(&short, (0.5 * (from + to), 8.0), NAME, Ink::Muted, Anchor::Middle);
    }
    scene
}

/// Size of the names of classes.
const NAME: f64 = 12.0;

/// The scale of distances as the background of an element.
pub fn gradient(dark: bool) -> String {
    let stops = DISTANCES[usize::from(dark)].map(|[red, green, blue]| format!("rgb({red} {green} {blue})"));
    format!("linear-gradient(to right, {})", stops.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_stand_class_by_class_with_a_gap_between_classes() {
        let grid = Grid::new(vec![(0, 0, 3), (4, 3, 2)], 225.0, 20.0);
        assert_eq!(grid.cell, 40.0);
        assert_eq!((grid.start(0), grid.start(2), grid.start(3)), (20.0, 100.0, 145.0));
        assert_eq!(grid.spans(), [(0, 20.0, 140.0), (4, 145.0, 225.0)]);
        assert_eq!(Grid::new(Vec::new(), 100.0, 0.0).spans(), []);
    }
}
