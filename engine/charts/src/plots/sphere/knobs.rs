//! The knobs of the sphere.

use crate::Camera;
use augsphere_spec::{Knob, Knobs, Value};
use std::f64::consts::{FRAC_PI_2, PI};

/// What the concentration of kernels does; shared with the picture of the circle alone.
pub(in crate::plots) const CONCENTRATION: &str = "How narrow the von Mises kernels of the density are: their concentration, \
    about 1 over the square of their width in radians.";

/// How far the sphere is turned at first, radians.
pub(super) const TURN: f64 = 0.5;
/// How far it is tilted at first, radians.
pub(super) const TILT: f64 = 0.35;

/// All of them.
pub(super) fn knobs() -> Vec<Knob> {
    let axes = "What is seen of more than three dimensions: the three principal axes, the first three coordinates, three drawn at \
        random, or three chosen ones.";
    let axis = |name: &str, title: &str, default: i64| {
        Knob::int(name, title, default, 1, 8192, "The number of a coordinate, from 1 on, where the axes are chosen.")
    };
    let (near, far) = (f64::from(Camera::ZOOM.0), f64::from(Camera::ZOOM.1));
    vec![
        Knob::choice(
            "marks",
            "Marks",
            &["dots", "images"],
            "Dots, or the images themselves: as many as have room, the nearest first.",
        ),
        Knob::int("image", "Image", -1, -1, 50_000, "The number of the image whose six nearest are joined with it; -1 for none."),
        Knob::switch("views", "Its two views", true, "Draw the two views of the chosen image, as the present network sees them."),
        Knob::switch("forces", "Pull and push", false, "Draw how pull, push and their sum move some views in the present step."),
        Knob::switch(
            "closest",
            "Closest views",
            false,
            "Draw the closest views of the chosen image and another one, as the present network sees them.",
        ),
        Knob::int(
            "other",
            "Other image",
            -1,
            -1,
            50_000,
            "The number of the other image of the closest views; -1 for the one of its class that comes nearest.",
        ),
        Knob::switch("trails", "Trails", false, "Draw where the chosen image and the centres of the classes have been."),
        Knob::choice("axes", "Axes", &["principal", "first", "random", "chosen"], axes),
        Knob::int("draw", "Draw", 0, 0, 999, "Which three coordinates are drawn at random."),
        axis("axis_1", "First axis", 1),
        axis("axis_2", "Second axis", 2),
        axis("axis_3", "Third axis", 3),
        Knob::choice(
            "facing",
            "Facing",
            &["dots", "axes", "image"],
            "What turn and tilt, as they are at first, have in front: the middle of the dots, the axes, or the chosen image.",
        ),
        Knob::float("yaw", "Turn", TURN, -PI, PI, "How far the sphere is turned about its upright axis, radians."),
        Knob::float("pitch", "Tilt", TILT, -FRAC_PI_2, FRAC_PI_2, "How far it is tilted towards the viewer, radians."),
        Knob::float("zoom", "Zoom", 1.0, near, far, "1 shows all of it."),
        Knob::switch(
            "density",
            "Density",
            false,
            "Shade the sphere where its dots are dense; a circle always has its density around it.",
        ),
        Knob::float("concentration", "Concentration", 20.0, 1.0, 200.0, CONCENTRATION),
        Knob::switch(
            "centres",
            "Class centres",
            false,
            "Draw the mean of each class as a ring among the dots; the deeper inside, the more spread the class.",
        ),
        Knob::switch("prototypes", "Prototypes", true, "Draw the point that PiCO keeps for each class as a cross."),
    ]
}

/// The number of the image that is chosen among `count`.
pub(super) fn image(knobs: &Knobs, count: usize) -> Option<usize> {
    let number = knobs.0.get("image").and_then(Value::as_int)?;
    usize::try_from(number).ok().filter(|image| *image < count)
}
