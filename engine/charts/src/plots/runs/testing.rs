//! What the tests of plots share.

use super::*;
use crate::plots::{Curves, Inputs, Plot, defaults};
use crate::scene::Shape;
use augsphere_spec::{Knobs, Value};
use std::collections::BTreeMap;

/// Curves by name.
pub type Series = BTreeMap<String, Vec<(u64, f32)>>;

/// Curves by name.
pub fn series(curves: &[(&str, &[(u64, f32)])]) -> Series {
    curves.iter().map(|(name, values)| ((*name).to_owned(), values.to_vec())).collect()
}

/// A run of these curves.
pub fn run<'a>(name: &'a str, curves: &'a dyn Curves) -> RunCurves<'a> {
    RunCurves { name, curves, changes: &[], levels: &[], dimension: None }
}

/// Draws runs alone.
pub fn inputs<'a>(runs: &'a [RunCurves<'a>], linked: &'a Linked, knobs: &'a Knobs) -> Inputs<'a> {
    Inputs { runs, ..Inputs::nothing(linked, knobs) }
}

/// The knobs of a plot with one of them turned.
pub fn turned(plot: &dyn Plot, knob: &str, value: impl Into<Value>) -> Knobs {
    let mut knobs = defaults(plot);
    assert!(knobs.0.contains_key(knob), "no knob {knob}");
    knobs.set(knob, value);
    knobs
}

/// All words of a scene.
pub fn words(scene: &Scene) -> Vec<&str> {
    scene
        .shapes
        .iter()
        .filter_map(|shape| if let Shape::Words { text, .. } = shape { Some(text.as_str()) } else { None })
        .collect()
}

/// The discs of a scene: where, radius and colour.
pub fn discs(scene: &Scene) -> Vec<((f64, f64), f64, Ink)> {
    let disc = |shape: &Shape| match *shape {
        Shape::Disc { at, radius, ink, .. } => Some((at, radius, ink)),
        Shape::Dot { at, radius, class, .. } => Some((at, radius, Ink::Class(class))),
        _ => None,
    };
    scene.shapes.iter().filter_map(disc).collect()
}

/// The lines of a scene in this colour.
pub fn lines(scene: &Scene, wanted: Ink) -> Vec<&[(f64, f64)]> {
    let coloured = |shape: &Shape| matches!(shape, Shape::Line { stroke, .. } if stroke.ink == wanted);
    let found = scene.shapes.iter().filter(|shape| coloured(shape));
    found.filter_map(|shape| if let Shape::Line { points, .. } = shape { Some(points.as_slice()) } else { None }).collect()
}

/// All of a scene lies inside it, words by their usual width.
pub fn assert_inside(scene: &Scene) {
    let inside = |&(x, y): &(f64, f64)| (-0.5..=scene.width + 0.5).contains(&x) && (-0.5..=scene.height + 0.5).contains(&y);
    for shape in &scene.shapes {
        let corners = match shape {
            Shape::Line { points, .. } | Shape::Area { points, .. } => points.clone(),
            Shape::Disc { at, radius, .. } | Shape::Dot { at, radius, .. } | Shape::Ball { at, radius } => {
                vec![(at.0 - radius, at.1 - radius), (at.0 + radius, at.1 + radius)]
            }
            Shape::Words { text, at, size, anchor, .. } => {
                let wide = width(text, *size);
                let left = match anchor {
                    Anchor::Start => at.0,
                    Anchor::Middle => at.0 - 0.5 * wide,
                    Anchor::End => at.0 - wide,
                };
                vec![(left, at.1 - 0.4 * size), (left + wide, at.1 + 0.4 * size)]
            }
            Shape::Image { area: [left, upper, width, height], .. } => vec![(*left, *upper), (left + width, upper + height)],
        };
        assert!(corners.iter().all(inside), "{shape:?} is not inside {} x {}", scene.width, scene.height);
    }
    for (reach, item) in &scene.things {
        let corners = match *reach {
            Reach::Point(x, y) => vec![(x, y)],
            Reach::Box([left, upper, width, height]) => vec![(left, upper), (left + width, upper + height)],
        };
        assert!(corners.iter().all(inside), "{item:?} at {reach:?} is not inside");
    }
}
