//! Arrows from one point, the pull to the right: how long, and at which angle.

use super::super::Inputs;
use super::super::axes::{SMALL, WORDS};
use super::super::panels::beside;
use super::super::runs::{LINE, Labels, fitted, number, width};
use super::grid::Paper;
use super::{Force, heading, mean};
use crate::scene::{Anchor, Ink, Item, Reach, Scene, Stroke};

/// What is drawn.
pub(super) struct Shown<'a> {
    /// The forces on all images.
    pub forces: &'a [Force],
    /// The one that is strong.
    pub chosen: Option<Force>,
}

/// Colours of pull, push and sum.
pub(super) const INKS: [Ink; 3] = [Ink::Accent, Ink::Level, Ink::Ink];
const NAMES: [&str; 3] = ["pull", "push", "together"];

/// Room at each side for the angles, above the half circle for words, and below it for lengths and directions.
const SIDE: f64 = 30.0;
const ABOVE: f64 = 52.0;
const BELOW: f64 = 32.0;

/// The height that suits a width.
pub(super) fn height(width: f64) -> f64 {
    0.5 * width - SIDE + ABOVE + BELOW
}

/// Draws all forces in an area: left, upper, width, height.
pub(super) fn draw(scene: &mut Scene, inputs: &Inputs<'_>, shown: &Shown<'_>, [left, upper, wide, high]: [f64; 4]) {
    let edges = [left + SIDE, upper + ABOVE, left + wide - SIDE, (upper + high - BELOW).max(upper + ABOVE + 10.0)];
    let paper = Paper::around(shown.forces.iter().flat_map(Force::ends), edges);
    paper.draw(scene);
    words(scene, inputs, shown, edges, [left, upper, wide]);
    let marked = |force: &&Force| inputs.linked.marks(force.image, inputs.class(force.image));
    // Many pale ones together are no darker than a few.
    let pale = (6.0 / (shown.forces.len() as f64).sqrt()).clamp(0.12, 0.6);
    for force in shown.forces {
        all(scene, &paper, force, pale, 1.7);
        for (x, y) in force.ends().map(|end| paper.at(end)) {
            scene.thing(Reach::Point(x, y), Item::Image(force.image));
        }
    }
    for force in shown.forces.iter().filter(marked) {
        all(scene, &paper, force, 0.9, 2.6);
        force.ends().iter().for_each(|end| scene.ring(paper.at(*end), 5.0, Stroke::new(Ink::Ink, 1.2)));
    }
    let middle = mean(shown.forces);
    for (end, ink) in middle.into_iter().zip(INKS) {
        scene.line(vec![paper.centre, paper.at(end)], Stroke::new(ink, 1.4).dashed());
        scene.disc(paper.at(end), 5.0, Ink::Paper, 1.0);
        scene.ring(paper.at(end), 5.0, Stroke::new(ink, 2.0));
    }
    if let Some(force) = shown.chosen {
        strong(scene, &paper, &force);
    }
    scene.disc(paper.centre, 3.5, Ink::Ink, 1.0);
    let mut labels = Labels::new([left + 2.0, edges[1] - 14.0, left + wide - 2.0, upper + high - 2.0]);
    for end in middle {
        labels.avoid(paper.at(end), 6.0);
    }
    if let Some(force) = shown.chosen {
        name(scene, &paper, &force, &mut labels);
    }
    for (end, ink) in middle.into_iter().zip(INKS) {
        beside(scene, &mut labels, "mean", paper.at(end), ink, false);
    }
}

/// The arrows of one image, as lines that end in dots.
fn all(scene: &mut Scene, paper: &Paper, force: &Force, alpha: f64, radius: f64) {
    for (end, ink) in force.ends().into_iter().zip(INKS) {
        let at = paper.at(end);
        scene.line(vec![paper.centre, at], Stroke::new(ink, 1.0).alpha(0.4 * alpha));
        scene.disc(at, radius, ink, alpha);
    }
}

/// The arrows of the chosen image, and the angle between them.
fn strong(scene: &mut Scene, paper: &Paper, force: &Force) {
    for (end, ink) in force.ends().into_iter().zip(INKS) {
        scene.arrow(paper.centre, paper.at(end), Stroke::new(Ink::Paper, 6.0).alpha(0.7));
        scene.arrow(paper.centre, paper.at(end), Stroke::new(ink, 3.0));
    }
    if force.pull > 0.0 && force.push > 0.0 {
        scene.line(paper.arc(0.0, force.angle.to_degrees(), ARC), Stroke::new(Ink::Ink, 1.2));
    }
}

/// Radius of the arc that shows the angle, CSS pixels.
const ARC: f64 = 26.0;

/// Lengths and angle of the chosen image.
fn name(scene: &mut Scene, paper: &Paper, force: &Force, labels: &mut Labels) {
    if force.pull > 0.0 && force.push > 0.0 {
        let degrees = force.angle.to_degrees();
        let text = format!("{degrees:.0}\u{b0}");
        // In the wider of the two gaps beside the sum, which points between pull and push.
        let sum = force.ends()[2];
        let between = sum.1.atan2(sum.0).to_degrees();
        let middle = if 2.0 * between > degrees { 0.5 * between } else { 0.5 * (between + degrees) };
        let at = paper.polar(middle, ARC + 4.0 + 0.5 * width(&text, SMALL));
        scene.block([at.0 - 0.5 * width(&text, SMALL) - 2.0, at.1 - 6.5, width(&text, SMALL) + 4.0, LINE], Ink::Paper, 0.8);
        scene.words(&text, at, SMALL, Ink::Ink, Anchor::Middle);
        labels.avoid_box([at.0 - 14.0, at.1 - 7.0, at.0 + 14.0, at.1 + 7.0]);
    }
    let lengths = [force.pull, force.push, force.together()];
    for ((end, ink), (name, length)) in force.ends().into_iter().zip(INKS).zip(NAMES.into_iter().zip(lengths)) {
        let (x, y) = paper.at(end);
        // The pull lies on the axis: its words stand above it.
        let at = if name == NAMES[0] { (x, y - 6.0) } else { (x, y) };
        beside(scene, labels, &format!("{name} {}", number(length, false)), at, ink, true);
    }
}

/// Of which image, what is pale and what is strong, and what the directions are.
fn words(scene: &mut Scene, inputs: &Inputs<'_>, shown: &Shown<'_>, edges: [f64; 4], [left, upper, wide]: [f64; 3]) {
    let mut start = left + 8.0;
    let side = if wide < 400.0 { 26.0 } else { 40.0 };
    if let (Some(force), Some(images)) = (shown.chosen, inputs.images) {
        let area = [start, upper + 6.0, side, side];
        scene.image(images, force.image, area);
        scene.frame(area, Stroke::new(Ink::Class(inputs.class(force.image)), 2.0));
        start += side + 8.0;
    }
    let room = left + wide - start - 6.0;
    scene.words(&heading(inputs, shown.chosen, WORDS, room), (start, upper + 11.0), WORDS, Ink::Ink, Anchor::Start);
    let count = shown.forces.len();
    let of = format!("pale: all {count} images; rings: their mean");
    let short = format!("pale: {count} images, rings: mean");
    let key = if width(&of, SMALL) <= room { of } else { short };
    scene.words(&fitted(&key, SMALL, room), (start, upper + 26.0), SMALL, Ink::Muted, Anchor::Start);
    let [far, _, right, lower] = edges;
    let (y, half) = (lower + 23.0, 0.5 * (right - far) - 8.0);
    let long = "towards the other view \u{2192}";
    let towards = if half >= width(long, SMALL) { long } else { "other view \u{2192}" };
    scene.words(&fitted(towards, SMALL, half), (right, y), SMALL, Ink::Muted, Anchor::End);
    scene.words(&fitted("\u{2190} away", SMALL, half), (far, y), SMALL, Ink::Muted, Anchor::Start);
}
