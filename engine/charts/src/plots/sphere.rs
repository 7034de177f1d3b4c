//! Embeddings on their circle or sphere, or three axes of those of more dimensions.

mod centres;
mod chosen;
mod circle;
mod closest;
mod forces;
mod knobs;
mod pictures;
pub(super) mod ring;
mod shading;
mod told;
mod trails;
mod words;

pub(super) use knobs::CONCENTRATION;

use super::closest::chosen_pair;
use super::runs::Labels;
use super::{Inputs, Plot, Table};
use crate::Globe;
use crate::scene::{Ink, Item, Reach, Scene, Stroke};
use augsphere_spec::{Knob, Knobs, Projection};
use std::collections::BTreeSet;
use told::{Eye, Told};

/// The sphere.
pub struct Sphere;

/// Height of the line below the picture.
const FOOT: f64 = 18.0;
/// Share of its opacity that a dot keeps below arrows.
const BEHIND: f64 = 0.4;

impl Plot for Sphere {
    fn name(&self) -> &'static str {
        "sphere"
    }

    fn title(&self) -> &'static str {
        "Sphere"
    }

    fn sentence(&self) -> &'static str {
        "Each dot is an image, where the network puts it: images that it takes for alike lie close together, and an even spread \
         tells them all apart. A click on one shows its nearest neighbours and its two views."
    }

    fn source(&self) -> &'static str {
        "Wang, Isola, 2020, arXiv 2005.10242, figure 3, for the circle and its density"
    }

    fn knobs(&self) -> Vec<Knob> {
        knobs::knobs()
    }

    fn asks(&self) -> bool {
        true
    }

    fn aspect(&self) -> f64 {
        0.9
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let Some(told) = Told::of(inputs) else { return Scene::nothing(size, &inputs.why_empty()) };
        let mut scene = Scene::new(size);
        let flat = told.how == Projection::Circle;
        let height = (size.1 - FOOT).max(40.0) * if flat { 0.74 } else { 1.0 };
        let eye = Eye::of(inputs, &told, (size.0, height));
        let mut labels = Labels::new([2.0, 2.0, size.0 - 2.0, height - 2.0]);
        let near = chosen::near(inputs, &told);
        let first: Vec<usize> = near
            .iter()
            .flat_map(|near| std::iter::once(near.image).chain(near.neighbours.iter().map(|(image, _)| *image)))
            .chain(inputs.linked.selected.iter().copied())
            .collect();
        let images = inputs.images.is_some() && inputs.knobs.text("marks") == "images";
        let drawn = if images { pictures::areas(inputs, &told, &eye, &first) } else { Vec::new() };

        let globe = globe(inputs, &told, &eye);
        if flat {
            circle::draw(&mut scene, inputs, &eye, &mut labels);
        } else {
            // The ball lies below everything.
            shading::draw(&mut scene, inputs, &eye);
            globe.ground(&mut scene);
        }
        if images {
            pictures::draw(&mut scene, inputs, &drawn);
        } else {
            let behind = if inputs.knobs.switch("forces") && inputs.part("force_points").is_some() { BEHIND } else { 1.0 };
            globe.dots(&mut scene, behind);
        }
        chosen::draw_small(&mut scene, inputs, &told, &mut labels);
        trails::draw(&mut scene, inputs, &eye, &mut labels);
        if flat {
            // Inside of the circle there is room for names.
            let sight = eye.sight();
            told.shown(inputs).for_each(|(_, point)| labels.avoid(sight(point).at, 3.0));
        }
        let centres = if images { Vec::new() } else { centres::draw(&mut scene, inputs, &told, &eye, &mut labels) };
        if let Some(near) = &near {
            chosen::draw_near(&mut scene, inputs, &told, &eye, near, &drawn, &mut labels);
        }
        chosen::draw_views(&mut scene, inputs, &told, &eye, &mut labels);
        closest::draw(&mut scene, inputs, &told, &eye, &mut labels);
        forces::draw(&mut scene, inputs, &told, &eye, &mut labels);
        let crosses = centres::draw_prototypes(&mut scene, inputs, &eye, &mut labels);
        centres::name(&mut scene, inputs, &eye, [centres, crosses].concat(), &mut labels);
        if !images {
            things(&mut scene, inputs, &told, &eye);
        }
        if flat {
            circle::angles(&mut scene, &told, inputs, [0.0, height, size.0, size.1 - FOOT - height]);
        }
        ring::foot(&mut scene, &told.foot(inputs));
        scene
    }

    fn pressed(&self, item: Item) -> Vec<(&'static str, f64)> {
        match item {
            Item::Image(image) => vec![("image", image as f64)],
            _ => Vec::new(),
        }
    }

    fn chosen(&self, selected: &BTreeSet<usize>, knobs: &Knobs) -> Vec<(&'static str, f64)> {
        if knobs.switch("closest") { chosen_pair(selected, knobs) } else { Vec::new() }
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        words::summary(inputs)
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        words::table(inputs)
    }
}

/// The globe with its dots.
fn globe<'a>(inputs: &'a Inputs<'_>, told: &'a Told, eye: &Eye) -> Globe<'a> {
    Globe {
        points: &told.points,
        labels: inputs.labels,
        flat: eye.flat,
        camera: eye.camera,
        classes: &inputs.linked.classes,
        bright: if let Some(Item::Class(class)) = inputs.linked.hovered { Some(class) } else { None },
        focus: None,
        neighbours: &[],
        width: eye.size.0,
        height: eye.size.1,
    }
}

/// Makes dots things that can be pointed at, and draws those that stand out.
fn things(scene: &mut Scene, inputs: &Inputs<'_>, told: &Told, eye: &Eye) {
    let sight = eye.sight();
    for (image, point) in told.shown(inputs) {
        let seen = sight(point);
        let marked = inputs.linked.marks(image, usize::MAX);
        if marked {
            scene.disc(seen.at, 7.0, Ink::Paper, 1.0);
            scene.disc(seen.at, 5.2, Ink::Class(inputs.class(image)), 1.0);
            scene.ring(seen.at, 7.0, Stroke::new(Ink::Ink, 2.0));
        }
        if eye.inside(seen.at, 0.0) && (seen.front || marked) {
            scene.thing(Reach::Point(seen.at.0, seen.at.1), Item::Image(image));
        }
    }
}

#[cfg(test)]
mod tests;
