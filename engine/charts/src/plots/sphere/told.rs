//! What the engine tells of the sphere, and where it is seen.

use super::knobs;
use crate::Camera;
use crate::plots::Inputs;
use crate::plots::runs::number;
use augsphere_spec::{Payload, Projection};
use std::f32::consts::FRAC_PI_2;

/// Embeddings, and how they got there.
pub(super) struct Told {
    /// Points of the unit sphere, those of a circle with a third coordinate of 0.
    pub points: Vec<[f32; 3]>,
    /// How they got there.
    pub how: Projection,
    /// Share of the variance that is seen.
    pub explained: f64,
    /// Dimension of the embedding.
    pub dimension: f64,
    /// How far embeddings lie from their mean, root of the mean square, 0 to 1.
    pub spread: f64,
}

/// Nearer to their mean than this, embeddings are nearly on one point, and a projection would show them far apart.
const COLLAPSED: f64 = 0.02;

/// The points of this name.
pub(super) fn points(inputs: &Inputs<'_>, name: &str) -> Vec<[f32; 3]> {
    match inputs.part(name).and_then(Payload::as_points) {
        Some((3, numbers)) => numbers.as_chunks::<3>().0.to_vec(),
        _ => Vec::new(),
    }
}

/// The whole numbers of this name: images, classes.
pub(super) fn numbers(inputs: &Inputs<'_>, name: &str) -> Vec<usize> {
    inputs.whole(name)
}

/// Whether a point is somewhere.
pub(super) fn placed(point: &[f32; 3]) -> bool {
    point.iter().all(|value| value.is_finite())
}

impl Told {
    /// What was told, if it is whole.
    pub fn of(inputs: &Inputs<'_>) -> Option<Self> {
        let Payload::Words(words) = inputs.part("projection")? else { return None };
        let how = Projection::named(words.first()?);
        let points = points(inputs, "points");
        let number = |name: &str| inputs.number(name).filter(|value| value.is_finite());
        let (explained, dimension, spread) = (number("explained")?, number("dimension")?, number("spread")?);
        (!points.is_empty()).then_some(Self { points, how, explained, dimension, spread })
    }

    /// The points of images whose classes are shown, with a place.
    pub fn shown<'a>(&'a self, inputs: &'a Inputs<'_>) -> impl Iterator<Item = (usize, [f32; 3])> + 'a {
        let all = self.points.iter().copied().enumerate();
        all.filter(|(image, point)| inputs.linked.shows(inputs.class(*image)) && placed(point))
    }

    /// The point of an image that is shown.
    pub fn point(&self, inputs: &Inputs<'_>, image: usize) -> Option<[f32; 3]> {
        let shown = |point: &&[f32; 3]| inputs.linked.shows(inputs.class(image)) && placed(point);
        self.points.get(image).filter(shown).copied()
    }

    /// Whether what is seen is the embedding itself.
    pub fn whole(&self) -> bool {
        matches!(self.how, Projection::Circle | Projection::Sphere)
    }

    /// Whether a projection shows how images differ that hardly do.
    pub fn enlarged(&self) -> bool {
        !self.whole() && self.spread < COLLAPSED
    }

    /// What is seen, for a line below the picture.
    pub fn foot(&self, inputs: &Inputs<'_>) -> String {
        let share = number(self.explained, true);
        let what = match self.how {
            _ if self.enlarged() => "all images are nearly on one point: enlarged".into(),
            Projection::Circle | Projection::Sphere => format!("embeddings of {} dimensions as they are", self.dimension),
            Projection::Principal => format!("{share} of the variance of {} dimensions, projected", self.dimension),
            Projection::Axes => format!("{share} of the variance: three of {} axes", self.dimension),
        };
        match numbers(inputs, "trail_steps").as_slice() {
            [first, .., last] if inputs.knobs.switch("trails") => format!("{what}; trails of steps {first} to {last}"),
            _ => what,
        }
    }
}

/// From where it is seen.
#[derive(Clone, Copy)]
pub(super) struct Eye {
    /// Whether it is a circle, seen from the front.
    pub flat: bool,
    /// The camera.
    pub camera: Camera,
    /// Width and height of what the camera sees, CSS pixels from the upper left corner.
    pub size: (f64, f64),
}

/// Where a point is seen.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    /// CSS pixels.
    pub at: (f64, f64),
    /// Whether nothing of the sphere is before it.
    pub front: bool,
    /// Towards the viewer, -1 to 1.
    pub depth: f64,
    /// Magnification by perspective.
    pub scale: f64,
}

impl Eye {
    /// The eye of the knobs.
    pub fn of(inputs: &Inputs<'_>, told: &Told, size: (f64, f64)) -> Self {
        let knob = |name: &str| if inputs.knobs.float(name).is_finite() { inputs.knobs.float(name) as f32 } else { 0.0 };
        let (least, most) = Camera::ZOOM;
        let front = Camera::front(knob("zoom").clamp(least, most));
        let chosen = || knobs::image(inputs.knobs, told.points.len()).and_then(|image| told.point(inputs, image));
        let turned = Camera { yaw: knob("yaw"), pitch: knob("pitch"), ..front };
        let from = |faced: Camera| {
            let pitch = (faced.pitch + turned.pitch - knobs::TILT as f32).clamp(-FRAC_PI_2, FRAC_PI_2);
            Camera { yaw: faced.yaw + turned.yaw - knobs::TURN as f32, pitch, ..front }
        };
        let turned = match inputs.knobs.text("facing") {
            "dots" => from(front.facing(&told.shown(inputs).map(|(_, point)| point).collect::<Vec<_>>())),
            "image" => chosen().map_or(turned, |point| from(front.facing(&[point]))),
            _ => turned,
        };
        let flat = told.how == Projection::Circle;
        Self { flat, camera: if flat { Camera::front(0.7) } else { turned }, size }
    }

    /// The middle of the sphere.
    pub fn middle(&self) -> (f64, f64) {
        (0.5 * self.size.0, 0.5 * self.size.1)
    }

    /// The radius of the sphere without perspective.
    pub fn radius(&self) -> f64 {
        f64::from(self.camera.radius(self.size.0 as f32, self.size.1 as f32))
    }

    /// Where points are seen, which have a place.
    pub fn sight(self) -> impl Fn([f32; 3]) -> Seen + use<> {
        let project = self.camera.projector(self.size.0 as f32, self.size.1 as f32);
        move |point| {
            let seen = project(point);
            let depth = f64::from(seen.depth);
            // The rim of what is seen lies a little in front of the middle, because the eye is near.
            let front = self.flat || seen.depth > 1.0 / Camera::DISTANCE;
            Seen { at: (f64::from(seen.x), f64::from(seen.y)), front, depth, scale: f64::from(seen.scale) }
        }
    }

    /// Whether all within a distance of a place is inside of what is seen.
    pub fn inside(&self, (x, y): (f64, f64), around: f64) -> bool {
        (around..=self.size.0 - around).contains(&x) && (around..=self.size.1 - around).contains(&y)
    }
}
