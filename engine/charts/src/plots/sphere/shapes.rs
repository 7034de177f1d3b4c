//! Marks of a globe as shapes of a scene.

use crate::Mark;
use crate::scene::{Ink, Scene, Stroke};
use std::f64::consts::TAU;

/// Adds a mark.
pub(in crate::plots) fn add(scene: &mut Scene, mark: Mark) {
    match mark {
        Mark::Ball { at, radius } => ball(scene, at, radius),
        Mark::Strokes { paths, width, alpha } => {
            paths.into_iter().for_each(|path| scene.line(path, Stroke::new(Ink::Ink, width).alpha(alpha)));
        }
        Mark::Ring { at, radius, width, alpha } => scene.ring(at, radius, Stroke::new(Ink::Ink, width).alpha(alpha)),
        Mark::Dot { at, radius, class, alpha } => {
            // A thin rim keeps points apart that overlap.
            scene.disc(at, radius + 0.8, Ink::Paper, 0.8 * alpha);
            scene.disc(at, radius, Ink::Class(class), alpha);
        }
        Mark::Sector { at, radii, angles, class, alpha } => {
            scene.area(sector(at, radii, angles), Ink::Class(class), alpha);
        }
    }
}

/// A ball lit from the upper left: discs that grow brighter towards the light.
fn ball(scene: &mut Scene, (x, y): (f64, f64), radius: f64) {
    const STEPS: u32 = 12;
    scene.disc((x, y), radius, Ink::Grid, 1.0);
    for step in 1..=STEPS {
        let share = f64::from(step) / f64::from(STEPS);
        let light = 0.22 * radius * share;
        scene.disc((x - light, y - light), radius * (1.0 - 0.75 * share) - 0.1 * radius * share, Ink::Paper, 0.1);
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
