//! The paper that arrows from one point are drawn on: circles of equal length and spokes of equal angle, cut off around the arrows.

use super::super::axes::SMALL;
use crate::scene::{Anchor, Ink, Scene, Stroke};
use crate::{label, ticks};

/// Lengths and angles around a point, in the half plane above it.
pub(super) struct Paper {
    /// Where the arrows begin.
    pub centre: (f64, f64),
    /// Pixels a length of 1.
    scale: f64,
    /// Left, upper and right edge; the lower one is at the height of the centre.
    edges: [f64; 3],
}

impl Paper {
    /// For arrows to these ends (x to the right, y up) between a left, an upper, a right and a lower edge: as large as they allow.
    pub fn around(ends: impl Iterator<Item = (f64, f64)>, [left, upper, right, lower]: [f64; 4]) -> Self {
        let all = ends.fold([0.0f64; 3], |[low, high, top], (x, y)| [low.min(x), high.max(x), top.max(y)]);
        let longest = all.iter().fold(0.0f64, |longest, value| longest.max(value.abs()));
        let longest = if longest > 0.0 { longest } else { 1.0 };
        // A little room around them, and the centre never at an edge.
        let [low, high, top] =
            [all[0].min(-0.15 * longest), all[1].max(0.15 * longest), all[2].max(0.15 * longest)].map(|side| 1.04 * side);
        let scale = ((right - left) / (high - low)).min((lower - upper) / top).max(1e-9);
        let spare = 0.5 * (right - left - scale * (high - low));
        Self { centre: (left + spare - scale * low, lower), scale, edges: [left, upper, right] }
    }

    /// Where an end lies.
    pub fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (self.centre.0 + self.scale * x, self.centre.1 - self.scale * y)
    }

    /// The point at an angle in degrees, so many pixels from the centre.
    pub fn polar(&self, degrees: f64, radius: f64) -> (f64, f64) {
        let (sin, cos) = degrees.to_radians().sin_cos();
        (self.centre.0 + radius * cos, self.centre.1 - radius * sin)
    }

    /// A part of a circle.
    pub fn arc(&self, from: f64, to: f64, radius: f64) -> Vec<(f64, f64)> {
        let parts = ((to - from).abs() / 2.0).ceil().max(1.0);
        (0..=parts as u32).map(|part| self.polar(from + (to - from) * f64::from(part) / parts, radius)).collect()
    }

    /// How far the edge is in the direction of an angle, pixels.
    fn reach(&self, degrees: f64) -> f64 {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let [left, upper, right] = self.edges;
        let across = if cos > 1e-9 {
            (right - self.centre.0) / cos
        } else if cos < -1e-9 {
            (left - self.centre.0) / cos
        } else {
            f64::INFINITY
        };
        let up = if sin > 1e-9 { (self.centre.1 - upper) / sin } else { f64::INFINITY };
        across.min(up)
    }

    /// Draws circles, spokes, and their numbers: angles outside the edges, lengths below the lower one.
    pub fn draw(&self, scene: &mut Scene) {
        let [left, upper, right] = self.edges;
        let (x, y) = self.centre;
        let every = if y - upper < 70.0 { 90 } else { 30 };
        for degrees in (0..=180u32).step_by(every).map(f64::from) {
            let end = self.polar(degrees, self.reach(degrees));
            scene.line(vec![self.centre, end], Stroke::new(Ink::Grid, 1.0));
            let (at, anchor) = match end {
                (_, above) if above <= upper + 0.5 => ((end.0, upper - 9.0), Anchor::Middle),
                (across, _) if across >= right - 0.5 => ((right + 5.0, end.1), Anchor::Start),
                _ => ((left - 5.0, end.1), Anchor::End),
            };
            scene.words(&format!("{degrees}\u{b0}"), at, SMALL, Ink::Muted, anchor);
        }
        let farthest = (x - left).max(right - x);
        let corner = farthest.hypot(y - upper) / self.scale;
        let lengths = ticks(0.0, corner, ((corner * self.scale / 64.0) as usize).clamp(2, 7));
        let spacing = lengths.get(1).copied().unwrap_or(1.0);
        for length in lengths {
            let radius = self.scale * length;
            for piece in self.inside(radius) {
                scene.line(piece, Stroke::new(Ink::Grid, 1.0));
            }
            // Lengths count in both directions.
            for side in [1.0, -1.0].into_iter().take(if length > 0.0 { 2 } else { 1 }) {
                let at = x + side * radius;
                if (left + 4.0..=right - 4.0).contains(&at) {
                    scene.words(&label(length, spacing, false), (at, y + 9.0), SMALL, Ink::Muted, Anchor::Middle);
                }
            }
        }
        scene.line(vec![(left, y), (right, y)], Stroke::new(Ink::Muted, 1.0));
    }

    /// The pieces of a half circle inside the edges.
    fn inside(&self, radius: f64) -> Vec<Vec<(f64, f64)>> {
        let [left, upper, right] = self.edges;
        let mut pieces: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
        for point in self.arc(0.0, 180.0, radius) {
            let inside = (left..=right).contains(&point.0) && point.1 >= upper;
            match pieces.last_mut() {
                Some(piece) if inside => piece.push(point),
                Some(piece) if !piece.is_empty() => pieces.push(Vec::new()),
                _ => {}
            }
        }
        // Not the shreds in the corners.
        pieces.retain(|piece| piece.len() > 4);
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_fill_the_paper_and_a_length_is_the_same_in_every_direction() {
        let ends = [(4.0, 0.0), (-1.0, 1.0)];
        let paper = Paper::around(ends.into_iter(), [100.0, 20.0, 620.0, 220.0]);
        assert!((paper.scale - 100.0).abs() < 1e-6, "5.2 lengths on 520 pixels: {}", paper.scale);
        assert_eq!(paper.centre.1, 220.0);
        let [pull, push] = ends.map(|end| paper.at(end));
        assert!((pull.0 - paper.centre.0 - 400.0).abs() < 1e-6 && (paper.centre.0 - push.0 - 100.0).abs() < 1e-6);
        assert!((paper.centre.1 - push.1 - 100.0).abs() < 1e-6);
        // High arrows are drawn as large as the height allows.
        assert!((Paper::around([(0.0, 10.0)].into_iter(), [0.0, 0.0, 900.0, 104.0]).scale - 10.0).abs() < 1e-6);
    }

    #[test]
    fn without_a_length_there_is_still_paper() {
        let paper = Paper::around(std::iter::once((0.0, 0.0)), [0.0, 0.0, 200.0, 100.0]);
        assert!(paper.scale.is_finite() && paper.at((0.0, 0.0)) == paper.centre);
        let mut scene = Scene::new((200.0, 120.0));
        paper.draw(&mut scene);
        assert!(scene.shapes.len() > 8);
    }
}
