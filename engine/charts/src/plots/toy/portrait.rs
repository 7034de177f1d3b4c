//! The phase portrait of the scalar toy: where it lies, its arrows, the lines on which everything rests, and the curve of the invariant.

use super::START;
use crate::plots::Inputs;
use crate::plots::axes::{Axes, Axis, SMALL};
use crate::plots::panels::{areas, below, roomy};
use crate::plots::runs::{Labels, width};
use crate::scene::{Anchor, Ink, Scene, Stroke};

/// The ends of the portrait along `phi`, those of the engine's picture.
const PHI: (f64, f64) = (-1.6, 1.6);
/// Its ends along `theta`.
const THETA: (f64, f64) = (-1.9, 1.9);
/// Arrows stand at least so far apart, CSS pixels.
const APART: f64 = 17.0;

pub(super) fn portrait(size: (f64, f64)) -> Axes {
    let [area, _] = areas(size);
    Axes::inside(below(area), Axis::new(if roomy(area) { "predictor \u{3c6}" } else { "\u{3c6}" }, PHI), Axis::new("", THETA))
}

/// The start `(phi, theta)`, hundredths from -1.5 to 1.5, that a point of the phase portrait stands for: for dragging. Nothing outside the
/// portrait; `size` and `point` in CSS pixels, as those of the scene.
pub fn start_at(size: (f64, f64), point: (f64, f64)) -> Option<(f64, f64)> {
    let axes = portrait(size);
    let [left, upper, right, lower] = axes.edges;
    let inside = (left..=right).contains(&point.0) && (upper..=lower).contains(&point.1);
    let (phi, theta) = axes.values(point);
    let rounded = |value: f64| (100.0 * value.clamp(-START, START)).round() / 100.0;
    inside.then(|| (rounded(phi), rounded(theta)))
}

pub(super) fn within(axes: &Axes, (x, y): (f64, f64)) -> bool {
    let [left, upper, right, lower] = axes.edges;
    (left - 0.5..=right + 0.5).contains(&x) && (upper - 0.5..=lower + 0.5).contains(&y)
}

/// A curve in the pieces of it that lie in the plot.
pub(super) fn inside(axes: &Axes, points: impl Iterator<Item = (f64, f64)>) -> Vec<Vec<(f64, f64)>> {
    let mut pieces = vec![Vec::new()];
    for at in points.map(|(x, y)| axes.at(x, y)) {
        match pieces.last_mut() {
            Some(piece) if within(axes, at) => piece.push(at),
            Some(piece) if !piece.is_empty() => pieces.push(Vec::new()),
            _ => {}
        }
    }
    pieces
}

/// The two lines on which everything rests: the encoder is dead, or the predictor is right.
pub(super) fn resting(scene: &mut Scene, axes: &Axes, roomy: bool, labels: &mut Labels) {
    let [left, upper, right, lower] = axes.edges;
    let (one, zero) = axes.at(1.0, 0.0);
    let stroke = Stroke::new(Ink::Level, 1.0).dashed();
    scene.line(vec![(left, zero), (right, zero)], stroke);
    scene.line(vec![(one, upper), (one, lower)], stroke);
    if !roomy {
        return;
    }
    let [dead, right_words] = ["\u{3b8} = 0: collapse", "\u{3c6} = 1: perfect prediction"];
    scene.words(dead, (left + 4.0, zero - 8.0), SMALL, Ink::Level, Anchor::Start);
    scene.words(right_words, (one - 5.0, lower - 9.0), SMALL, Ink::Level, Anchor::End);
    // Words keep off words.
    for (from, y, text) in [(left + 4.0, zero - 8.0, dead), (one - 5.0 - width(right_words, SMALL), lower - 9.0, right_words)] {
        let wide = width(text, SMALL);
        (0..=8).for_each(|part| labels.avoid((from + wide * f64::from(part) / 8.0, y), 7.0));
    }
}

/// The vector field: directions as they are, lengths growing with the speed, but far more slowly.
pub(super) fn arrows(scene: &mut Scene, axes: &Axes, inputs: &Inputs<'_>) {
    let Some((4, values)) = inputs.matrix("field") else { return };
    let rows: Vec<[f64; 4]> = values.chunks_exact(4).map(|row| std::array::from_fn(|at| f64::from(row[at]))).collect();
    let columns = rows.iter().take_while(|row| row[1] == rows[0][1]).count().max(1);
    let lines = rows.len() / columns;
    let [left, upper, right, lower] = axes.edges;
    let every = |length: f64, count: usize| (APART * count.saturating_sub(1) as f64 / length).ceil().max(1.0) as usize;
    let (across, along) = (every(right - left, columns), every(lower - upper, lines));
    // As the plot shows it: a pixel to the side need not be as much as one up.
    let scale = ((right - left) / (PHI.1 - PHI.0), (lower - upper) / (THETA.1 - THETA.0));
    let arrow = |row: &[f64; 4]| (axes.at(row[0], row[1]), (row[2] * scale.0, -row[3] * scale.1));
    let fastest = rows.iter().map(|row| row[2].hypot(row[3])).filter(|speed| speed.is_finite()).fold(0.0, f64::max);
    let most = 0.8 * (right - left) / (columns.div_ceil(across) as f64);
    // Evenly to both sides of the middle.
    let first = |count: usize, every: usize| (count.saturating_sub(1) / 2) % every;
    let (first_column, first_line) = (first(columns, across), first(lines, along));
    for (number, row) in rows.iter().enumerate() {
        let (column, line) = (number % columns, number / columns);
        let chosen = column % across == first_column && line % along == first_line;
        let ((x, y), (to_x, to_y)) = arrow(row);
        let (speed, length) = (row[2].hypot(row[3]), to_x.hypot(to_y));
        if !chosen || !speed.is_finite() || fastest <= 0.0 {
            continue;
        }
        let reach = 0.5 * most * (speed / fastest).powf(0.3);
        let half = if length > 0.0 { (reach * to_x / length, reach * to_y / length) } else { (0.0, 0.0) };
        let (from, to) = ((x - half.0, y - half.1), (x + half.0, y + half.1));
        let framed = (left + 4.0..right - 4.0).contains(&x) && (upper + 4.0..lower - 4.0).contains(&y);
        if framed && within(axes, from) && within(axes, to) {
            scene.arrow(from, to, Stroke::new(Ink::Muted, 1.0).alpha(0.55));
        }
    }
}

/// Where the invariant is as at the start, dashed; a place of it beside which words may stand.
pub(super) fn level(scene: &mut Scene, axes: &Axes, inputs: &Inputs<'_>) -> Option<(f64, f64)> {
    let (3, values) = inputs.matrix("level")? else { return None };
    let rows: Vec<&[f32]> = values.chunks_exact(3).collect();
    let [left, upper, right, lower] = axes.edges;
    // Low, and on the left if it comes there, is room for words.
    let room = |at: &(f64, f64)| at.1 + if at.0 < 0.5 * (left + right) { lower - upper } else { 0.0 };
    let mut label: Option<(f64, f64)> = None;
    for piece in rows.chunk_by(|one, other| one[0] == other[0]) {
        for line in inside(axes, piece.iter().map(|row| (f64::from(row[1]), f64::from(row[2])))) {
            label = line.iter().copied().chain(label).max_by(|one, other| room(one).total_cmp(&room(other)));
            scene.line(line, Stroke::new(Ink::Second, 1.4).dashed());
        }
    }
    label.map(|(x, y)| (x, y - 4.0))
}
