//! The centres of the classes, and the points that a method keeps for them.

use super::told::{Eye, Told, placed, points};
use crate::plots::runs::Labels;
use crate::plots::{Inputs, panels};
use crate::scene::{Ink, Scene, Stroke};
use std::collections::BTreeMap;

/// The mean point of each class that is shown and has one.
pub(super) fn means(told: &Told, inputs: &Inputs<'_>) -> Vec<(usize, [f32; 3])> {
    let mut sums: BTreeMap<usize, ([f64; 3], f64)> = BTreeMap::new();
    for (image, point) in told.shown(inputs) {
        let (sum, count) = sums.entry(inputs.class(image)).or_default();
        sum.iter_mut().zip(point).for_each(|(sum, value)| *sum += f64::from(value));
        *count += 1.0;
    }
    sums.into_iter().map(|(class, (sum, count))| (class, sum.map(|sum| (sum / count) as f32))).collect()
}

/// A class, and where something of it is drawn.
type Place = (usize, (f64, f64));

/// Draws the mean of each class as a large ring; where they are.
pub(super) fn draw(scene: &mut Scene, inputs: &Inputs<'_>, told: &Told, eye: &Eye, labels: &mut Labels) -> Vec<Place> {
    if !inputs.knobs.switch("centres") {
        return Vec::new();
    }
    let sight = eye.sight();
    let all = means(told, inputs).into_iter().map(|(class, point)| (class, sight(point).at));
    let placed: Vec<Place> = all.filter(|(_, at)| eye.inside(*at, 8.0)).collect();
    for &(class, at) in &placed {
        scene.ring(at, 7.0, Stroke::new(Ink::Paper, 5.0).alpha(0.85));
        scene.ring(at, 7.0, Stroke::new(Ink::Class(class), 2.8));
        labels.avoid(at, 8.0);
    }
    placed
}

/// Names rings and crosses, where there is room.
pub(super) fn name(scene: &mut Scene, inputs: &Inputs<'_>, eye: &Eye, placed: Vec<Place>, labels: &mut Labels) {
    // Around a small circle there is none, and arrows need it all.
    let named = (!eye.flat || scene.width >= 420.0) && !inputs.knobs.switch("forces");
    for (class, at) in placed.into_iter().filter(|_| named) {
        panels::beside(scene, labels, &inputs.class_name(class), at, Ink::Ink, false);
    }
}

/// The prototypes of classes that are shown and have one.
pub(super) fn prototypes(inputs: &Inputs<'_>) -> Vec<(usize, [f32; 3])> {
    if !inputs.knobs.switch("prototypes") {
        return Vec::new();
    }
    let all = points(inputs, "prototypes").into_iter().enumerate();
    all.filter(|(class, point)| inputs.linked.shows(*class) && placed(point)).collect()
}

/// Draws them as crosses; where they are.
pub(super) fn draw_prototypes(scene: &mut Scene, inputs: &Inputs<'_>, eye: &Eye, labels: &mut Labels) -> Vec<Place> {
    let sight = eye.sight();
    let mut places = Vec::new();
    for (class, point) in prototypes(inputs) {
        let seen = sight(point);
        if !eye.inside(seen.at, 8.0) {
            continue;
        }
        let (x, y) = seen.at;
        let alpha = if seen.front { 1.0 } else { 0.45 };
        for (width, ink) in [(6.0, Ink::Paper), (3.0, Ink::Class(class))] {
            for side in [-6.0, 6.0] {
                scene.line(vec![(x - 6.0, y - side), (x + 6.0, y + side)], Stroke::new(ink, width).alpha(alpha));
            }
        }
        labels.avoid(seen.at, 8.0);
        places.push((class, seen.at));
    }
    places
}
