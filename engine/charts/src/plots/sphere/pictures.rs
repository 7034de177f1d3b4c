//! The images themselves at their places, as many as have room.

use super::told::{Eye, Seen, Told};
use crate::plots::Inputs;
use crate::scene::{Ink, Item, Reach, Scene, Stroke};

/// Most images that are drawn.
const MOST: usize = 120;

/// An image that is drawn: its number, and left, upper, width, height.
pub(super) type Area = (usize, [f64; 4]);

/// Where images are drawn, none over another: those that matter first, then from the viewer on; along the inside of a circle, row behind row.
pub(super) fn areas(inputs: &Inputs<'_>, told: &Told, eye: &Eye, first: &[usize]) -> Vec<Area> {
    let sight = eye.sight();
    let whole = eye.radius() / f64::from(eye.camera.zoom);
    let side = (0.15 * whole).clamp(14.0, 48.0);
    let bright = if let Some(Item::Class(class)) = inputs.linked.hovered { Some(class) } else { None };
    let shown = told.shown(inputs).filter(|(image, _)| bright.is_none_or(|bright| bright == inputs.class(*image)));
    let mut wanted: Vec<(usize, f64, Seen)> = shown
        .map(|(image, point)| {
            let seen = sight(point);
            let order = first.iter().position(|wanted| *wanted == image).map_or(-seen.depth, |place| place as f64 - 1e6);
            (image, order, seen)
        })
        .filter(|(_, _, seen)| seen.front)
        .collect();
    wanted.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut areas: Vec<Area> = Vec::new();
    let middle = eye.middle();
    let rows = if eye.flat { (eye.radius() / (1.1 * side)) as u32 } else { 1 };
    for (image, _, seen) in wanted {
        let side = (side * seen.scale).round();
        let place = (0..rows).map(|row| {
            let share = if eye.flat { 1.0 - (0.75 + 1.1 * f64::from(row)) * side / eye.radius().max(1.0) } else { 1.0 };
            (middle.0 + share * (seen.at.0 - middle.0), middle.1 + share * (seen.at.1 - middle.1))
        });
        let area = |(x, y): (f64, f64)| [(x - 0.5 * side).round(), (y - 0.5 * side).round(), side, side];
        let mut places = place.filter(|at| eye.inside(*at, 0.5 * side)).map(area);
        if let Some(area) = places.find(|area| areas.iter().all(|(_, other)| apart(area, other))) {
            areas.push((image, area));
        }
        if areas.len() == MOST {
            break;
        }
    }
    areas
}

/// Whether two squares lie beside each other with a gap.
fn apart(one: &[f64; 4], other: &[f64; 4]) -> bool {
    let gap = 1.5 + 0.5 * (one[2] + other[2]);
    let middle = |area: &[f64; 4]| (area[0] + 0.5 * area[2], area[1] + 0.5 * area[3]);
    let (here, there) = (middle(one), middle(other));
    (here.0 - there.0).abs() >= gap || (here.1 - there.1).abs() >= gap
}

/// Draws them, framed by class, those that stand out in ink.
pub(super) fn draw(scene: &mut Scene, inputs: &Inputs<'_>, areas: &[Area]) {
    let Some(images) = inputs.images else { return };
    for &(image, area) in areas {
        scene.image(images, image, area);
        scene.frame(area, Stroke::new(Ink::Class(inputs.class(image)), 1.6));
        scene.thing(Reach::Box(area), Item::Image(image));
    }
    for (_, [left, upper, wide, high]) in areas.iter().filter(|(image, _)| inputs.linked.marks(*image, usize::MAX)) {
        scene.frame([left - 2.5, upper - 2.5, wide + 5.0, high + 5.0], Stroke::new(Ink::Ink, 2.0));
    }
}
