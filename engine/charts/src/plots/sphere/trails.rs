//! Where the chosen image and the centres of the classes have been.

use super::told::{Eye, numbers, placed, points};
use crate::plots::runs::Labels;
use crate::plots::{Inputs, panels};
use crate::scene::{Ink, Item, Scene, Stroke};

/// The path of a class's centre, with the class.
pub(super) type Path = (usize, Vec<[f32; 3]>);

/// The paths of the centres of the classes that are shown.
pub(super) fn centres(inputs: &Inputs<'_>) -> Vec<Path> {
    let Some((columns, values)) = inputs.matrix("trail_centres").filter(|_| inputs.knobs.switch("trails")) else {
        return Vec::new();
    };
    let classes = numbers(inputs, "trail_classes");
    let paths = classes.into_iter().zip(values.chunks_exact(columns.max(3)));
    paths
        .filter(|(class, _)| inputs.linked.shows(*class))
        .map(|(class, path)| (class, path.as_chunks::<3>().0.to_vec()))
        .collect()
}

/// The path of the chosen image.
pub(super) fn image(inputs: &Inputs<'_>) -> Vec<[f32; 3]> {
    if inputs.knobs.switch("trails") { points(inputs, "trail") } else { Vec::new() }
}

/// Draws them: what is long ago is pale and thin.
pub(super) fn draw(scene: &mut Scene, inputs: &Inputs<'_>, eye: &Eye, labels: &mut Labels) {
    let bright = if let Some(Item::Class(class)) = inputs.linked.hovered { Some(class) } else { None };
    for (class, path) in centres(inputs) {
        let strength = if bright.is_some_and(|bright| bright != class) { 0.15 } else { 0.8 };
        along(scene, eye, &path, Ink::Class(class), strength);
    }
    let path = image(inputs);
    let start = along(scene, eye, &path, Ink::Ink, 0.95);
    if let (Some(at), Some(step)) = (start.filter(|at| eye.inside(*at, 4.0)), numbers(inputs, "trail_steps").first()) {
        panels::beside(scene, labels, &format!("step {step}"), at, Ink::Muted, false);
    }
}

/// Draws a path; where it begins.
fn along(scene: &mut Scene, eye: &Eye, path: &[[f32; 3]], ink: Ink, strength: f64) -> Option<(f64, f64)> {
    let sight = eye.sight();
    let places: Vec<(f64, f64)> = path.iter().filter(|point| placed(point)).map(|point| sight(*point).at).collect();
    let count = places.len().max(2) as f64 - 1.0;
    for (place, ends) in places.windows(2).enumerate() {
        let age = (place as f64 + 1.0) / count;
        let stroke = Stroke::new(ink, 0.8 + 1.4 * age).alpha(strength * (0.25 + 0.75 * age));
        scene.line(vec![ends[0], ends[1]], stroke);
        scene.disc(ends[0], 1.0 + 0.8 * age, ink, strength * (0.25 + 0.75 * age));
    }
    let [first, _, ..] = places.as_slice() else { return None };
    scene.ring(*first, 2.8, Stroke::new(ink, 1.0).alpha(0.7 * strength));
    Some(*first)
}
