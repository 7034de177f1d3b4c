//! Values across a plot, each a vertical line with words above the axes.

use super::axes::{Axes, SMALL};
use super::runs::{LINE, fitted, width};
use crate::scene::{Anchor, Ink, Scene, Shape, Stroke};

/// A value across, in words.
pub(super) struct Mark {
    /// The value.
    pub x: f64,
    /// What it is.
    pub words: String,
    /// How its line is drawn; its words have the same colour.
    pub stroke: Stroke,
}

/// Height that so many marks take above the axes, CSS pixels.
pub(super) fn height(marks: usize) -> f64 {
    LINE * marks as f64
}

/// Draws marks, each with a line of words of its own from `upper` on, lower values above: no line goes through words. Values that are no
/// numbers are left out.
pub(super) fn draw(scene: &mut Scene, axes: &Axes, mut marks: Vec<Mark>, upper: f64) {
    let [left, _, right, lower] = axes.edges;
    marks.retain(|mark| mark.x.is_finite());
    marks.sort_by(|a, b| a.x.total_cmp(&b.x));
    let placed: Vec<(f64, f64)> = marks
        .iter()
        .enumerate()
        .map(|(row, mark)| (axes.at(mark.x, 0.0).0.clamp(left, right), upper + LINE * (row as f64 + 0.5)))
        .collect();
    for (mark, (x, y)) in marks.iter().zip(&placed) {
        scene.line(vec![(*x, y - 5.0), (*x, lower)], mark.stroke);
    }
    for (mark, (x, y)) in marks.iter().zip(&placed) {
        let words = fitted(&mark.words, SMALL, right - left);
        let wide = width(&words, SMALL);
        // To the right of the line, to its left where there is no room, else wherever there is.
        let start = if x + 4.0 + wide <= right + 8.0 { x + 4.0 } else { (x - 4.0 - wide).max(left) };
        scene.block([start - 2.0, y - 0.5 * LINE, wide + 4.0, LINE], Ink::Paper, 1.0);
        scene.words(&words, (start, *y), SMALL, mark.stroke.ink, Anchor::Start);
    }
}

/// Draws a level, its words on a ground of their own.
pub(super) fn level(scene: &mut Scene, axes: &Axes, value: f64, words: &str) {
    let before = scene.shapes.len();
    axes.level(scene, value, words);
    if let Some(Shape::Words { at: (x, y), .. }) = scene.shapes[before..].last() {
        let (wide, x, y) = (width(words, SMALL), *x, *y);
        scene.block([x - wide - 2.0, y - 0.5 * LINE, wide + 4.0, LINE], Ink::Paper, 0.85);
        // The words come last.
        let last = scene.shapes.len() - 1;
        scene.shapes.swap(last - 1, last);
    }
}

#[cfg(test)]
mod tests {
    use super::super::axes::Axis;
    use super::super::runs::testing::{assert_inside, lines, words};
    use super::*;

    #[test]
    fn lower_values_stand_above_and_all_words_are_inside() {
        let mut scene = Scene::new((200.0, 120.0));
        let axes = Axes::inside([0.0, 40.0, 200.0, 80.0], Axis::new("", (0.0, 1.0)), Axis::new("", (0.0, 1.0)));
        let mark = |x: f64, words: &str| Mark { x, words: words.into(), stroke: Stroke::new(Ink::Accent, 1.0) };
        draw(&mut scene, &axes, vec![mark(1.0, "the largest of all"), mark(0.1, "small"), mark(f64::NAN, "none")], 0.0);
        assert_eq!(words(&scene), ["small", "the largest of all"]);
        assert_eq!(lines(&scene, Ink::Accent).len(), 2);
        assert_inside(&scene);
    }
}
