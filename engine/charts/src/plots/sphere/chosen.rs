//! The image that is chosen: its nearest neighbours and its two views.

use super::pictures::Area;
use super::told::{Eye, Told, placed, points};
use super::{forces, knobs};
use crate::plots::axes::SMALL;
use crate::plots::runs::{LINE, Labels, width};
use crate::plots::{Inputs, panels};
use crate::scene::{Anchor, Ink, Item, Scene, Stroke};
use augsphere_spec::Payload;

/// Neighbours that are shown.
const NEIGHBOURS: usize = 6;

/// An image and those that are nearest to it.
pub(super) struct Near {
    /// The image.
    pub image: usize,
    /// Its neighbours, nearest first, with the cosine of the embedding.
    pub neighbours: Vec<(usize, f64)>,
}

/// Of the image that is pointed at where what is seen is the whole embedding; else of the one that is chosen.
pub(super) fn near(inputs: &Inputs<'_>, told: &Told) -> Option<Near> {
    if let Some(Item::Image(image)) = inputs.linked.hovered
        && told.whole()
        && let Some(near) = nearest(told, image)
    {
        return Some(near);
    }
    let image = knobs::image(inputs.knobs, told.points.len())?;
    let (images, cosines) = inputs.series("neighbours")?;
    let known = images.iter().zip(cosines).filter(|(image, _)| image.is_finite() && **image >= 0.0);
    Some(Near { image, neighbours: known.map(|(image, cosine)| (*image as usize, f64::from(*cosine))).collect() })
}

/// The nearest by the cosine of points of length 1.
fn nearest(told: &Told, image: usize) -> Option<Near> {
    let here = told.points.get(image).filter(|point| placed(point))?;
    let cosine = |point: &[f32; 3]| here.iter().zip(point).map(|(a, b)| f64::from(a * b)).sum::<f64>();
    let others = told.points.iter().enumerate().filter(|(other, point)| *other != image && placed(point));
    let mut all: Vec<(usize, f64)> = others.map(|(other, point)| (other, cosine(point))).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all.truncate(NEIGHBOURS);
    Some(Near { image, neighbours: all })
}

/// Joins an image with its neighbours; the line to one of another class is dashed.
pub(super) fn draw_near(
    scene: &mut Scene,
    inputs: &Inputs<'_>,
    told: &Told,
    eye: &Eye,
    near: &Near,
    drawn: &[Area],
    labels: &mut Labels,
) {
    let sight = eye.sight();
    let place = |image: usize| {
        let area = drawn.iter().find(|(other, _)| *other == image).map(|(_, area)| *area);
        let middle = area.map(|[left, upper, wide, high]| (left + 0.5 * wide, upper + 0.5 * high));
        let at = middle.or_else(|| told.point(inputs, image).map(|point| sight(point).at))?;
        Some((at, area))
    };
    let Some((here, own)) = place(near.image) else { return };
    let class = inputs.class(near.image);
    let found = near.neighbours.iter().filter_map(|(image, _)| Some((inputs.class(*image), place(*image)?)));
    // Below its own image those that are too near are not seen.
    let apart = |(x, y): (f64, f64)| {
        own.is_none_or(|[left, upper, wide, high]| !(left..=left + wide).contains(&x) || !(upper..=upper + high).contains(&y))
    };
    let found: Vec<_> = found.filter(|(_, (at, _))| apart(*at)).collect();
    for &(other, (at, _)) in &found {
        scene.line(vec![here, at], Stroke::new(Ink::Paper, 3.6).alpha(0.7));
        let stroke = Stroke::new(Ink::Ink, 1.5).alpha(0.75);
        scene.line(vec![here, at], if other == class { stroke } else { stroke.dashed() });
    }
    for (other, (at, area)) in found {
        match area {
            Some(area) => scene.frame(area, Stroke::new(Ink::Ink, 2.0)),
            None => scene.dot(at, 4.6, other, 1.0),
        }
        labels.avoid(at, 6.0);
    }
    match own {
        Some([left, upper, wide, high]) => {
            scene.frame([left - 2.0, upper - 2.0, wide + 4.0, high + 4.0], Stroke::new(Ink::Ink, 3.0))
        }
        None => {
            scene.disc(here, 8.0, Ink::Paper, 1.0);
            scene.disc(here, 5.6, Ink::Class(class), 1.0);
            scene.ring(here, 8.0, Stroke::new(Ink::Ink, 2.2));
        }
    }
    labels.avoid(here, 9.0);
    if eye.inside(here, 8.0) {
        let name = format!("{} {}", inputs.class_name(class), near.image);
        panels::beside(scene, labels, &name, here, Ink::Ink, true);
    }
}

/// The two views of the chosen image; where arrows are drawn on them, as they are in the batch.
pub(super) fn views(inputs: &Inputs<'_>) -> Option<[[f32; 3]; 2]> {
    if !inputs.knobs.switch("views") {
        return None;
    }
    let (views, moved) = (points(inputs, "views"), in_batch(inputs));
    let &[first, second] = if moved.is_empty() { &views } else { &moved }.as_slice() else { return None };
    (placed(&first) && placed(&second)).then_some([first, second])
}

/// The two views of the chosen image where arrows are drawn on them.
pub(super) fn in_batch(inputs: &Inputs<'_>) -> Vec<[f32; 3]> {
    let image = knobs::image(inputs.knobs, usize::MAX);
    forces::forces(inputs).into_iter().filter(|force| Some(force.image) == image).map(|force| force.at).collect()
}

/// Draws the two views of the chosen image as two joined dots, each joined with the dot of the whole image.
pub(super) fn draw_views(scene: &mut Scene, inputs: &Inputs<'_>, told: &Told, eye: &Eye, labels: &mut Labels) {
    let Some(image) = knobs::image(inputs.knobs, told.points.len()) else { return };
    let (Some(here), Some(views)) = (told.point(inputs, image), views(inputs)) else { return };
    let sight = eye.sight();
    let (here, [first, second]) = (sight(here).at, views.map(|view| sight(view).at));
    for view in [first, second] {
        scene.line(vec![here, view], Stroke::new(Ink::Second, 1.3).dashed());
    }
    // Where arrows lie over the line between the views, it stands back.
    if in_batch(inputs).is_empty() {
        scene.line(vec![first, second], Stroke::new(Ink::Paper, 4.5).alpha(0.8));
        scene.line(vec![first, second], Stroke::new(Ink::Second, 2.4));
    } else {
        scene.line(vec![first, second], Stroke::new(Ink::Second, 1.3).alpha(0.6));
    }
    let class = inputs.class(image);
    for view in [first, second] {
        scene.disc(view, 6.0, Ink::Paper, 1.0);
        scene.disc(view, 4.4, Ink::Class(class), 1.0);
        scene.ring(view, 6.0, Stroke::new(Ink::Second, 2.0));
        labels.avoid(view, 7.0);
    }
    let together = (first.0 - second.0).hypot(first.1 - second.1) < 16.0;
    let names: &[(&str, (f64, f64))] = if together { &[("both views", first)] } else { &[("view 1", first), ("view 2", second)] };
    for &(name, at) in names.iter().filter(|(_, at)| eye.inside(*at, 6.0)) {
        panels::beside(scene, labels, name, at, Ink::Second, true);
    }
}

/// Draws the chosen image and its two views as small images down the left edge.
pub(super) fn draw_small(scene: &mut Scene, inputs: &Inputs<'_>, told: &Told, labels: &mut Labels) {
    let (Some(image), Some(_)) = (knobs::image(inputs.knobs, told.points.len()), views(inputs)) else { return };
    let (Some(Payload::Images(views)), Some(images)) = (inputs.part("view_images"), inputs.images) else { return };
    let side = (0.075 * scene.width.min(scene.height)).clamp(18.0, 44.0).floor();
    let small = [(images, image, "image", Ink::Ink), (views, 0, "view 1", Ink::Second), (views, 1, "view 2", Ink::Second)];
    let mut upper = 4.0;
    for (images, number, name, ink) in small {
        let area = [4.0, upper, side, side];
        scene.image(images, number, area);
        scene.frame(area, Stroke::new(ink, 1.4));
        scene.block([2.0, upper + side + 1.0, 4.0 + width(name, SMALL), LINE - 1.0], Ink::Paper, 0.8);
        scene.words(name, (4.0, upper + side + 0.5 * LINE), SMALL, ink, Anchor::Start);
        labels.avoid_box([2.0, upper, 42.0, upper + side + LINE]);
        upper += side + LINE + 3.0;
    }
}
