//! Marks of a globe as shapes of a scene.

use crate::Mark;
use crate::scene::{Ink, Scene, Shape, Stroke};
use std::f64::consts::TAU;

/// Adds a mark.
pub(crate) fn add(scene: &mut Scene, mark: Mark) {
    match mark {
        Mark::Ball { at, radius } => scene.shapes.push(Shape::Ball { at, radius }),
        Mark::Strokes { paths, width, alpha } => {
            paths.into_iter().for_each(|path| scene.line(path, Stroke::new(Ink::Ink, width).alpha(alpha)));
        }
        Mark::Ring { at, radius, width, alpha } => scene.ring(at, radius, Stroke::new(Ink::Ink, width).alpha(alpha)),
        Mark::Dot { at, radius, class, alpha } => scene.dot(at, radius, class, alpha),
        Mark::Sector { at, radii, angles, class, alpha } => {
            scene.area(sector(at, radii, angles), Ink::Class(class), alpha);
        }
    }
}

/// The corners of a piece of a ring; angles in radians, counted from the right against the clock.
pub(in crate::plots) fn sector(at: (f64, f64), radii: (f64, f64), (from, to): (f64, f64)) -> Vec<(f64, f64)> {
    let parts = ((to - from).abs() / TAU * 180.0).ceil().clamp(1.0, 360.0) as u32;
    let corner = move |radius: f64, part: u32| {
        let (sin, cos) = (from + (to - from) * f64::from(part) / f64::from(parts)).sin_cos();
        (at.0 + radius * cos, at.1 - radius * sin)
    };
    (0..=parts).map(|part| corner(radii.0, part)).chain((0..=parts).rev().map(|part| corner(radii.1, part))).collect()
}
