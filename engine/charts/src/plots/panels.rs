//! What plots of two panels share: where the panels lie, their titles, and words on a ground of their own.

use super::Inputs;
use super::axes::{Axes, SMALL, WORDS};
use super::runs::{Labels, fitted, width};
use crate::scene::{Anchor, Ink, Scene, Shape};

/// Height of the title of a panel, CSS pixels.
const TITLE: f64 = 12.0;
/// What a panel keeps free at its left, CSS pixels: numbers of a tall axis may have a letter more than those that its margin is made for.
pub(super) const INSET: f64 = 8.0;

/// The areas of two panels (left, upper, width, height): beside each other, or one below the other where there is more height.
pub(super) fn areas((width, height): (f64, f64)) -> [[f64; 4]; 2] {
    if width >= 1.15 * height {
        let half = 0.5 * width;
        [[0.0, 0.0, half, height], [half, 0.0, width - half, height]]
    } else {
        let upper = 0.5 * height;
        [[0.0, 0.0, width, upper], [0.0, upper, width, height - upper]]
    }
}

/// Whether a panel has room for sentences.
pub(super) fn roomy(area: [f64; 4]) -> bool {
    area[2] >= 300.0
}

/// What is left of a panel below its title, for its axes.
pub(super) fn below([left, upper, width, height]: [f64; 4]) -> [f64; 4] {
    [left + INSET, upper + TITLE, width - INSET, (height - TITLE).max(0.0)]
}

/// Draws the axes of a panel, whose own title is not theirs, and the title.
pub(super) fn draw(scene: &mut Scene, axes: &Axes, area: [f64; 4], title: &str) {
    axes.draw(scene);
    scene.words(&fitted(title, WORDS, area[2] - 10.0), (area[0] + 6.0, area[1] + 9.0), WORDS, Ink::Muted, Anchor::Start);
}

/// Words beside a point, on a ground of their own that dims what lies below.
pub(super) fn beside(scene: &mut Scene, labels: &mut Labels, text: &str, at: (f64, f64), ink: Ink, must: bool) {
    let before = scene.shapes.len();
    labels.beside(scene, text, at, 10.0, ink, must);
    if let Some(Shape::Words { text, at: (x, y), .. }) = scene.shapes.get(before) {
        let [wide, x, y] = [width(text, SMALL), *x, *y];
        scene.block([x - 2.0, y - 6.5, wide + 4.0, 13.0], Ink::Paper, 0.8);
        scene.shapes[before..].reverse();
    }
}

/// Why there is nothing to draw where no run is needed.
pub(super) fn why_empty(inputs: &Inputs<'_>) -> String {
    match inputs.answer.map(|answer| &answer.parts) {
        Some(Err(why)) => why.clone(),
        Some(Ok(_)) => "There is nothing to draw: turn the knobs back to where they were.".into(),
        None => "It comes in a moment.".into(),
    }
}
