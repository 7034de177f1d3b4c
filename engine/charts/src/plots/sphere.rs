//! Embeddings on their circle or sphere, or three axes of those of more dimensions.

pub(super) mod ring;
pub(crate) mod shapes;

use super::runs::{Labels, number};
use super::{Cell, Inputs, Plot, Table, panels};
use crate::scene::{Ink, Item, Reach, Scene, Stroke};
use crate::{Camera, Globe};
use augsphere_spec::{Knob, Payload};
use ring::Angles;
use std::f64::consts::{FRAC_PI_2, PI};

/// The sphere.
pub struct Sphere;

/// What the engine told.
struct Told {
    /// Points of the unit sphere, those of a circle with a third coordinate of 0.
    points: Vec<[f32; 3]>,
    /// How they got there.
    how: How,
    /// Share of the variance that is seen.
    explained: f64,
    /// Dimension of the embedding.
    dimension: f64,
    /// How far embeddings lie from their mean, root of the mean square, 0 to 1.
    spread: f64,
}

/// How points got onto the sphere.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Circle,
    Sphere,
    Principal,
    Axes,
}

impl Told {
    fn of(inputs: &Inputs<'_>) -> Option<Self> {
        let (3, numbers) = inputs.part("points")?.as_points()? else { return None };
        let Payload::Words(words) = inputs.part("projection")? else { return None };
        let how = match words.first()?.as_str() {
            "circle" => How::Circle,
            "sphere" => How::Sphere,
            "principal" => How::Principal,
            _ => How::Axes,
        };
        let points: Vec<[f32; 3]> = numbers.as_chunks::<3>().0.to_vec();
        let number = |name: &str| inputs.number(name).filter(|value| value.is_finite());
        let (explained, dimension, spread) = (number("explained")?, number("dimension")?, number("spread")?);
        (!points.is_empty()).then_some(Self { points, how, explained, dimension, spread })
    }

    /// The points of images whose classes are shown, with a place.
    fn shown<'a>(&'a self, inputs: &'a Inputs<'_>) -> impl Iterator<Item = (usize, [f32; 3])> + 'a {
        let all = self.points.iter().copied().enumerate();
        all.filter(|(image, point)| inputs.linked.shows(inputs.class(*image)) && point.iter().all(|value| value.is_finite()))
    }

    /// The mean point of each class that is shown and has one, and how many images it is of.
    fn centres(&self, inputs: &Inputs<'_>) -> Vec<(usize, [f32; 3])> {
        let mut sums: std::collections::BTreeMap<usize, ([f64; 3], f64)> = std::collections::BTreeMap::new();
        for (image, point) in self.shown(inputs) {
            let (sum, count) = sums.entry(inputs.class(image)).or_default();
            sum.iter_mut().zip(point).for_each(|(sum, value)| *sum += f64::from(value));
            *count += 1.0;
        }
        sums.into_iter().map(|(class, (sum, count))| (class, sum.map(|sum| (sum / count) as f32))).collect()
    }

    /// Whether a projection shows how images differ that hardly do.
    fn enlarged(&self) -> bool {
        matches!(self.how, How::Principal | How::Axes) && self.spread < COLLAPSED
    }

    /// What is seen, for a line below the picture.
    fn foot(&self) -> String {
        let share = number(self.explained, true);
        match self.how {
            _ if self.enlarged() => "all images are nearly on one point: enlarged".into(),
            How::Circle | How::Sphere => format!("embeddings of {} dimensions as they are", self.dimension),
            How::Principal => format!("{share} of the variance of {} dimensions, projected", self.dimension),
            How::Axes => format!("{share} of the variance: three of {} axes", self.dimension),
        }
    }
}

/// The camera of the knobs.
fn camera(inputs: &Inputs<'_>) -> Camera {
    let knob = |name: &str| if inputs.knobs.float(name).is_finite() { inputs.knobs.float(name) as f32 } else { 0.0 };
    let (least, most) = Camera::ZOOM;
    Camera { yaw: knob("yaw"), pitch: knob("pitch"), zoom: knob("zoom").clamp(least, most) }
}

/// Nearer to their mean than this, embeddings are nearly on one point, and a projection would show them far apart.
const COLLAPSED: f64 = 0.02;
/// Height of the line below the picture.
const FOOT: f64 = 18.0;
/// Bins of the histogram of angles.
const BINS: usize = 72;

impl Plot for Sphere {
    fn name(&self) -> &'static str {
        "sphere"
    }

    fn title(&self) -> &'static str {
        "Sphere"
    }

    fn sentence(&self) -> &'static str {
        "Each dot is an image, where the network puts it: images that it takes for alike lie close together, and an even spread \
         tells them all apart."
    }

    fn source(&self) -> &'static str {
        "Wang, Isola, 2020, arXiv 2005.10242, figure 3, for the circle and its density"
    }

    fn knobs(&self) -> Vec<Knob> {
        let help = "What is seen of more than three dimensions: the three principal axes, the first three coordinates, or three \
            drawn at random.";
        vec![
            Knob::choice("axes", "Axes", &["principal", "first", "random"], help),
            Knob::int("draw", "Draw", 0, 0, 999, "Which three coordinates are drawn at random."),
            Knob::float("yaw", "Turn", 0.5, -PI, PI, "How far the sphere is turned about its upright axis, radians."),
            Knob::float("pitch", "Tilt", 0.35, -FRAC_PI_2, FRAC_PI_2, "How far it is tilted towards the viewer, radians."),
            Knob::float("zoom", "Zoom", 1.0, f64::from(Camera::ZOOM.0), f64::from(Camera::ZOOM.1), "1 shows all of it."),
            Knob::float("concentration", "Concentration", 20.0, 1.0, 200.0, CONCENTRATION),
            Knob::switch(
                "centres",
                "Class centres",
                true,
                "Draw the mean of each class as a ring; the deeper inside, the more spread the class.",
            ),
        ]
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
        let flat = told.how == How::Circle;
        let height = (size.1 - FOOT).max(40.0) * if flat { 0.74 } else { 1.0 };
        let camera = if flat { Camera::front(0.7) } else { camera(inputs) };
        let bright = if let Some(Item::Class(class)) = inputs.linked.hovered { Some(class) } else { None };
        let globe = Globe {
            points: &told.points,
            labels: inputs.labels,
            flat,
            camera,
            classes: &inputs.linked.classes,
            bright,
            focus: None,
            neighbours: &[],
            width: size.0,
            height,
            ratio: 1.0,
        };
        if flat {
            let (at, radius) = ((0.5 * size.0, 0.5 * height), f64::from(camera.radius(size.0 as f32, height as f32)));
            if let Some(density) = ring::density(inputs, "density") {
                ring::around(&mut scene, at, (1.06 * radius, 0.36 * radius), &density);
            }
            scene.ring(at, radius, Stroke::new(Ink::Muted, 1.0));
        } else {
            globe.ground().into_iter().for_each(|mark| shapes::add(&mut scene, mark));
        }
        globe.dots().into_iter().for_each(|mark| shapes::add(&mut scene, mark));
        let project = camera.projector(size.0 as f32, height as f32);
        let place = |point: [f32; 3]| {
            let seen = project(point);
            ((f64::from(seen.x), f64::from(seen.y)), flat || seen.depth > 1.0 / Camera::DISTANCE)
        };
        if inputs.knobs.switch("centres") {
            let mut labels = Labels::new([2.0, 2.0, size.0 - 2.0, height - 2.0]);
            if flat {
                // Inside of the circle there is room for names.
                told.shown(inputs).for_each(|(_, point)| labels.avoid(place(point).0, 3.0));
            }
            centres(&mut scene, &told.centres(inputs), inputs, flat, labels, |point| place(point).0);
        }
        for (image, point) in told.shown(inputs) {
            let (at, front) = place(point);
            let marked = inputs.linked.marks(image, usize::MAX);
            if marked {
                scene.disc(at, 7.0, Ink::Paper, 1.0);
                scene.disc(at, 5.2, Ink::Class(inputs.class(image)), 1.0);
                scene.ring(at, 7.0, Stroke::new(Ink::Ink, 2.0));
            }
            let inside = (0.0..=size.0).contains(&at.0) && (0.0..=height).contains(&at.1);
            if inside && (front || marked) {
                scene.thing(Reach::Point(at.0, at.1), Item::Image(image));
            }
        }
        if flat {
            angles(&mut scene, &told, inputs, [0.0, height, size.0, size.1 - FOOT - height]);
        }
        ring::foot(&mut scene, &told.foot());
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let Some(told) = Told::of(inputs) else { return inputs.why_empty() };
        let step = inputs.answer.map_or(0, |answer| answer.step);
        let (count, dimension) = (told.points.len(), told.dimension);
        let share = number(told.explained, true);
        let what = match told.how {
            How::Circle => {
                let density = ring::density(inputs, "density").map(|density| format!("; {}", ring::told(&density)));
                format!("on a circle, where their embeddings of 2 dimensions are{}", density.unwrap_or_default())
            }
            How::Sphere => "on a sphere, where their embeddings of 3 dimensions are".into(),
            How::Principal => format!(
                "in a projection: of {dimension} dimensions the three of the largest variance are seen, which carry {share} of \
                 it, and each image is moved out to the sphere"
            ),
            How::Axes => format!(
                "in a projection: of {dimension} dimensions three coordinates are seen, which carry {share} of the variance, \
                 and each image is moved out to the sphere"
            ),
        };
        let enlarged =
            if told.enlarged() { " All embeddings are nearly on one point: what is seen is how little they differ." } else { "" };
        let images = if count == 1 { "1 image is".into() } else { format!("{count} images are") };
        format!("At step {step}, {images} shown {what}.{enlarged}")
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["image", "class", "x", "y", "z"]);
        if let Some(told) = Told::of(inputs) {
            let row = |(image, point): (usize, [f32; 3])| {
                let class = inputs.class_name(inputs.class(image));
                let numbers = point.map(|value| Cell::Number(f64::from(value)));
                [Cell::Number(image as f64), Cell::Words(class)].into_iter().chain(numbers).collect()
            };
            table.rows.extend(told.shown(inputs).map(row));
        }
        table
    }
}

/// What the concentration of kernels does; shared with the picture of the circle alone.
pub(super) const CONCENTRATION: &str = "How narrow the von Mises kernels of the density on a circle are: their concentration, \
    about 1 over the square of their width in radians.";

/// Draws the mean of each class as a large ring with its name.
fn centres(
    scene: &mut Scene,
    centres: &[(usize, [f32; 3])],
    inputs: &Inputs<'_>,
    flat: bool,
    mut labels: Labels,
    place: impl Fn([f32; 3]) -> (f64, f64),
) {
    let inside = |(x, y): (f64, f64)| (8.0..=scene.width - 8.0).contains(&x) && (8.0..=scene.height - 8.0).contains(&y);
    let placed: Vec<(usize, (f64, f64))> =
        centres.iter().map(|&(class, point)| (class, place(point))).filter(|(_, at)| inside(*at)).collect();
    for &(class, at) in &placed {
        scene.ring(at, 7.0, Stroke::new(Ink::Paper, 5.0).alpha(0.85));
        scene.ring(at, 7.0, Stroke::new(Ink::Class(class), 2.8));
        labels.avoid(at, 8.0);
    }
    // Around a small circle there is no room for names.
    let named = !flat || scene.width >= 420.0;
    for (class, at) in placed.into_iter().filter(|_| named) {
        panels::beside(scene, &mut labels, &inputs.class_name(class), at, Ink::Ink, false);
    }
}

/// Draws the angles of the shown images below their circle.
fn angles(scene: &mut Scene, told: &Told, inputs: &Inputs<'_>, area: [f64; 4]) {
    let classes = inputs.labels.iter().map(|label| usize::from(*label) + 1).max().unwrap_or(1);
    let angle = |(image, [x, y, _]): (usize, [f32; 3])| (f64::from(y).atan2(f64::from(x)), inputs.class(image));
    let bins = ring::histogram(told.shown(inputs).map(angle), BINS, classes);
    let density = ring::density(inputs, "density");
    let title = if area[2] < 420.0 { "angles; dashed: even" } else { "angles of the images; line: density of all, dashed: even" };
    let ink = |class: usize| Ink::Class(class);
    Angles { bins: &bins, ink: &ink, title, accent: Ink::Muted, density: density.as_deref(), numbered: true }.draw(scene, area);
}

#[cfg(test)]
mod tests;
