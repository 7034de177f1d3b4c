//! The circle with densities around it, and the angles below.

use super::ring::{self, Angles, Around};
use super::told::{Eye, Told, numbers};
use crate::plots::runs::Labels;
use crate::plots::{Inputs, panels};
use crate::scene::{Ink, Item, Scene, Stroke};

/// Bins of the histogram of angles.
const BINS: usize = 72;
/// Most classes whose densities are drawn without being pointed at.
const FEW: usize = 3;

/// The densities of the class that is pointed at, or of those that are shown if they are few.
pub(super) fn classes(inputs: &Inputs<'_>) -> Vec<(usize, Vec<(f64, f64)>)> {
    let (Some((x, _)), Some((columns, values))) = (inputs.series("density"), inputs.matrix("class_densities")) else {
        return Vec::new();
    };
    if columns == 0 || columns != x.len() {
        return Vec::new();
    }
    let told = numbers(inputs, "density_classes").into_iter().zip(values.chunks_exact(columns));
    let told: Vec<_> = told.filter(|(class, _)| inputs.linked.shows(*class)).collect();
    let wanted = |class: usize| match inputs.linked.hovered {
        Some(Item::Class(hovered)) => hovered == class,
        _ => told.len() <= FEW,
    };
    let density = |values: &[f32]| x.iter().zip(values).map(|(x, y)| (f64::from(*x), f64::from(*y))).collect::<Vec<_>>();
    let all = told.iter().filter(|(class, _)| wanted(*class)).map(|&(class, values)| (class, density(values)));
    all.filter(|(_, density)| density.iter().all(|(_, value)| value.is_finite())).collect()
}

/// Draws the circle and the densities around it.
pub(super) fn draw(scene: &mut Scene, inputs: &Inputs<'_>, eye: &Eye, labels: &mut Labels) {
    let (at, radius) = (eye.middle(), eye.radius());
    let (all, classes) = (ring::density(inputs, "density"), classes(inputs));
    if let Some(all) = &all {
        let densities = std::iter::once(all.as_slice()).chain(classes.iter().map(|(_, density)| density.as_slice()));
        let around = Around::new(at, (1.06 * radius, 0.36 * radius), densities);
        let (left, middle) = around.all(scene, all);
        labels.avoid_box([left, middle - 6.0, left + 26.0, middle + 6.0]);
        let mut names = Vec::new();
        for (place, (class, density)) in classes.iter().enumerate() {
            // Lines are told apart without hue, too.
            let highest = around.class(scene, density, *class, place % 2 == 1);
            names.extend(highest.map(|at| (*class, at)));
        }
        for (class, at) in names {
            panels::beside(scene, labels, &inputs.class_name(class), at, Ink::Class(class), true);
        }
    }
    scene.ring(at, radius, Stroke::new(Ink::Muted, 1.0));
}

/// Draws the angles of the shown images below their circle.
pub(super) fn angles(scene: &mut Scene, told: &Told, inputs: &Inputs<'_>, area: [f64; 4]) {
    let classes = inputs.labels.iter().map(|label| usize::from(*label) + 1).max().unwrap_or(1);
    let angle = |(image, [x, y, _]): (usize, [f32; 3])| (f64::from(y).atan2(f64::from(x)), inputs.class(image));
    let bins = ring::histogram(told.shown(inputs).map(angle), BINS, classes);
    let density = ring::density(inputs, "density");
    let title = if area[2] < 420.0 { "angles; dashed: even" } else { "angles of the images; line: density of all, dashed: even" };
    let ink = |class: usize| Ink::Class(class);
    Angles { bins: &bins, ink: &ink, title, accent: Ink::Muted, density: density.as_deref(), numbered: true }.draw(scene, area);
}
