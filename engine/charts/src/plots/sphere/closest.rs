//! The closest views of two images, where the present network puts them.

use super::told::{Eye, Told, placed, points};
use crate::plots::runs::{Labels, number};
use crate::plots::{Inputs, panels};
use crate::scene::{Ink, Scene, Stroke};
use augsphere_spec::Payload;

/// Two images and their closest views.
pub(super) struct Pair {
    /// The numbers of the images.
    pub images: [usize; 2],
    /// Where their views are.
    pub views: [[f32; 3]; 2],
}

/// Those that were told, if they are to be seen.
pub(super) fn pair(inputs: &Inputs<'_>) -> Option<Pair> {
    if !inputs.knobs.switch("closest") {
        return None;
    }
    let &[one, other] = inputs.whole("closest_pair").as_slice() else { return None };
    let &[first, second] = points(inputs, "closest_views").as_slice() else { return None };
    (placed(&first) && placed(&second)).then_some(Pair { images: [one, other], views: [first, second] })
}

/// Draws the two views as two joined dots, each joined with the dot of its image.
pub(super) fn draw(scene: &mut Scene, inputs: &Inputs<'_>, told: &Told, eye: &Eye, labels: &mut Labels) {
    let Some(Pair { images, views }) = pair(inputs) else { return };
    let [Some(one), Some(other)] = images.map(|image| told.point(inputs, image)) else { return };
    let sight = eye.sight();
    let (here, there) = ([one, other].map(|point| sight(point).at), views.map(|view| sight(view).at));
    for (from, to) in here.into_iter().zip(there) {
        scene.line(vec![from, to], Stroke::new(Ink::Level, 1.3).dashed());
        scene.ring(from, 7.0, Stroke::new(Ink::Level, 1.8));
    }
    scene.line(there.to_vec(), Stroke::new(Ink::Paper, 4.5).alpha(0.8));
    scene.line(there.to_vec(), Stroke::new(Ink::Level, 2.4));
    for at in there {
        scene.disc(at, 6.2, Ink::Paper, 1.0);
        scene.disc(at, 4.6, Ink::Level, 1.0);
        labels.avoid(at, 6.0);
    }
    for (at, image) in there.into_iter().zip(images).filter(|(at, _)| eye.inside(*at, 6.0)) {
        panels::beside(scene, labels, &format!("view of {}", name(inputs, image)), at, Ink::Level, false);
    }
}

/// What is told of them, a sentence; nothing where they are not to be seen.
pub(super) fn said(inputs: &Inputs<'_>) -> String {
    if !inputs.knobs.switch("closest") {
        return String::new();
    }
    if let Some(Payload::Words(words)) = inputs.part("closest_unknown") {
        return words.iter().map(|why| format!(" {why}")).collect();
    }
    let value = |name: &str| inputs.number(name).map(|value| number(value, false));
    match (pair(inputs), ["closest_distance", "pair_distance", "closest_cosine", "pair_cosine"].map(value)) {
        (Some(Pair { images, .. }), [Some(near), Some(plain), Some(closest), Some(own)]) => {
            let [one, other] = images.map(|image| name(inputs, image));
            format!(
                " The closest views of {one} and {other}, {near} apart in pixels where the images are {plain}, lie at a cosine of {closest}, \
                 the images at {own}."
            )
        }
        _ => " The closest views of two images are known of the present only.".into(),
    }
}

fn name(inputs: &Inputs<'_>, image: usize) -> String {
    format!("{} {image}", inputs.class_name(inputs.class(image)))
}
