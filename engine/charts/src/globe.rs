//! The picture of embeddings on a sphere or circle: the same for page, worker and files.

use crate::scene::{Anchor, Ink, Scene, Stroke};
use crate::{Camera, Projected};
use augsphere_spec::{Pair, SphereState};
use std::f64::consts::TAU;

/// What is to be seen, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Globe<'a> {
    /// Points of the unit sphere, or of the unit circle with a third coordinate of 0.
    pub points: &'a [[f32; 3]],
    /// Their classes.
    pub labels: &'a [u8],
    /// Whether it is a circle seen from the front, with a histogram around it.
    pub flat: bool,
    /// From where it is seen.
    pub camera: Camera,
    /// Which classes are shown; absent ones are.
    pub classes: &'a [bool],
    /// The one class that is to stand out.
    pub bright: Option<usize>,
    /// The point that is pointed at.
    pub focus: Option<usize>,
    /// Its nearest neighbours.
    pub neighbours: &'a [usize],
    /// Width of the surface, CSS pixels.
    pub width: f64,
    /// Height of the surface, CSS pixels.
    pub height: f64,
}

/// Share of its opacity that a dot keeps while another class is pointed at.
const FADED: f64 = 0.12;
/// Share of their opacity that dots keep below two views of an image.
const BEHIND: f64 = 0.55;
/// Opacity of a view on the far side.
const FAR: f64 = 0.45;
/// Pieces of the thread between two views.
const THREAD: u8 = 24;
/// Length of the longest arrow of pull and push, in radii of the sphere.
const LONGEST: f32 = 0.42;
/// Bins of the histogram around the circle.
const BINS: usize = 90;

impl<'a> Globe<'a> {
    /// What is to be seen in `state`, whose pixels are those of a screen: points of the unit sphere, or, `flat`, of the unit circle.
    pub fn seen(points: &'a [[f32; 3]], labels: &'a [u8], flat: bool, state: &'a SphereState) -> Self {
        let ratio = f64::from(state.ratio.clamp(0.5, 4.0));
        Self {
            points,
            labels,
            flat,
            camera: Camera { yaw: state.yaw, pitch: state.pitch, zoom: state.zoom },
            classes: &state.classes,
            bright: state.highlighted,
            focus: state.focus,
            neighbours: &state.neighbours,
            width: f64::from(state.width) / ratio,
            height: f64::from(state.height) / ratio,
        }
    }
}

impl Globe<'_> {
    /// The picture.
    pub fn scene(&self) -> Scene {
        let mut scene = Scene::new((self.width, self.height));
        self.ground(&mut scene);
        self.dots(&mut scene, 1.0);
        self.pointed(&mut scene);
        scene
    }

    /// The picture with two views of an image above the paler dots.
    pub fn scene_of_pair(&self, pair: &Pair) -> Scene {
        let mut scene = Scene::new((self.width, self.height));
        self.ground(&mut scene);
        self.dots(&mut scene, BEHIND);
        self.pointed(&mut scene);
        self.pair(&mut scene, pair);
        scene
    }

    /// Adds two views of an image: a thread between them along the sphere, a dot for each, and the arrows of what pulls and pushes it.
    pub fn pair(&self, scene: &mut Scene, pair: &Pair) {
        if !pair.points.as_flattened().iter().all(|value| value.is_finite()) {
            return;
        }
        let project = self.project();
        let seen = |point: [f32; 3]| {
            let seen = project(point);
            ((f64::from(seen.x), f64::from(seen.y)), if self.flat || seen.depth > 0.0 { 1.0 } else { FAR })
        };
        let [one, other] = pair.points;
        let along = |part: u8| seen(between(one, other, f32::from(part) / f32::from(THREAD))).0;
        let thread: Vec<(f64, f64)> = (0..=THREAD).map(along).collect();
        scene.line(thread, Stroke::new(Ink::Ink, 2.0).dashed());
        let (radius, class) = (1.9 * self.dot(), self.class(pair.image));
        if let Some(forces) = pair.forces {
            let length = |force: &[f32; 3]| force.iter().map(|value| value * value).sum::<f32>().sqrt();
            let longest = forces.pull.iter().chain(&forces.push).map(length).fold(0.0, f32::max);
            if longest.is_finite() && longest > 0.0 {
                let kinds = [("pull", forces.pull, Ink::Accent), ("push", forces.push, Ink::Second)];
                // Names stand at one of the two, which is not on the far side if that can be.
                let named = usize::from(seen(pair.points[0]).1 < 1.0 && seen(pair.points[1]).1 >= 1.0);
                for (name, arrows, ink) in kinds {
                    for (place, (&point, arrow)) in pair.points.iter().zip(arrows).enumerate() {
                        let tip = [0, 1, 2].map(|axis| point[axis] + LONGEST * arrow[axis] / longest);
                        let ((from, alpha), (to, _)) = (seen(point), seen(tip));
                        let (x, y) = (to.0 - from.0, to.1 - from.1);
                        let away = x.hypot(y);
                        if away < radius + 3.0 {
                            continue;
                        }
                        let rim = (from.0 + x / away * radius, from.1 + y / away * radius);
                        scene.arrow(rim, to, Stroke::new(ink, 3.0).alpha(alpha));
                        if place == named {
                            let words = (to.0 + 12.0 * x / away, to.1 + 10.0 * y / away);
                            scene.words(name, words, 12.0, ink, Anchor::Middle);
                        }
                    }
                }
            }
        }
        for point in pair.points {
            let (at, alpha) = seen(point);
            scene.disc(at, radius + 2.0, Ink::Paper, alpha);
            scene.disc(at, radius, Ink::Class(class), alpha);
            scene.ring(at, radius + 2.0, Stroke::new(Ink::Ink, 2.0).alpha(alpha));
        }
    }

    /// Adds what lies behind the points: the ball with its graticule, or the circle with its histogram.
    pub fn ground(&self, scene: &mut Scene) {
        let at = self.middle();
        let radius = self.outline();
        if self.flat {
            scene.ring(at, radius, Stroke::new(Ink::Ink, 1.2).alpha(0.35));
            return self.histogram(scene);
        }
        scene.ball(at, radius);
        scene.ring(at, radius, Stroke::new(Ink::Ink, 1.2).alpha(0.3));
        self.graticule(scene);
    }

    /// Adds meridians and parallels every 30 degrees, those on the far side paler.
    pub fn graticule(&self, scene: &mut Scene) {
        for (front, alpha) in [(false, 0.06), (true, 0.17)] {
            let stroke = Stroke::new(Ink::Ink, 1.0).alpha(alpha);
            self.circles(front).into_iter().for_each(|path| scene.line(path, stroke));
        }
    }

    /// The centre of the picture.
    fn middle(&self) -> (f64, f64) {
        (0.5 * self.width, 0.5 * self.height)
    }

    /// Radius of the outline, CSS pixels.
    fn outline(&self) -> f64 {
        let (width, height) = (self.width as f32, self.height as f32);
        f64::from(if self.flat { self.camera.radius(width, height) } else { self.camera.outline(width, height) })
    }

    fn project(&self) -> impl Fn([f32; 3]) -> Projected + use<> {
        self.camera.projector(self.width as f32, self.height as f32)
    }

    fn class(&self, index: usize) -> usize {
        usize::from(self.labels.get(index).copied().unwrap_or_default())
    }

    fn shown(&self, index: usize) -> bool {
        self.classes.get(self.class(index)).copied().unwrap_or(true)
    }

    /// Radius of a dot at the centre's depth: smaller where there are many.
    fn dot(&self) -> f64 {
        let zoom = f64::from(self.camera.zoom).powf(0.4);
        // On a small sphere dots are smaller, on a large one larger, but both less than in proportion.
        let room = (self.width.min(self.height) / (520.0)).clamp(0.4, 2.0).sqrt();
        (130.0 / (self.points.len() as f64).max(1.0).sqrt()).clamp(1.9, 4.6) * zoom * room
    }

    /// Adds the points that are shown, far ones first, at this share of their opacity.
    pub fn dots(&self, scene: &mut Scene, share: f64) {
        let project = self.project();
        let mut placed: Vec<(Projected, usize)> = self
            .points
            .iter()
            .enumerate()
            .filter(|&(index, point)| self.shown(index) && point.iter().all(|value| value.is_finite()))
            .map(|(index, &point)| (project(point), index))
            .collect();
        placed.sort_unstable_by(|a, b| a.0.depth.total_cmp(&b.0.depth));
        let size = self.dot();
        for (seen, index) in placed {
            let class = self.class(index);
            let near = if self.flat { 1.0 } else { (0.5 * (f64::from(seen.depth) + 1.0)).clamp(0.0, 1.0) };
            let mut alpha = if self.flat { 0.6 } else { 0.2 + 0.8 * near * near * (3.0 - 2.0 * near) };
            if self.bright.is_some_and(|bright| bright != class) {
                alpha *= FADED;
            }
            let radius = size * f64::from(seen.scale) * (0.8 + 0.2 * near);
            scene.dot((f64::from(seen.x), f64::from(seen.y)), radius, class, share * alpha);
        }
    }

    /// Adds the point that is pointed at, in a ring, and its neighbours, after the lines that join them with it.
    pub fn pointed(&self, scene: &mut Scene) {
        let project = self.project();
        let place = |index: usize| {
            let point = self.points.get(index).filter(|point| point.iter().all(|value| value.is_finite()))?;
            let seen = project(*point);
            Some(((f64::from(seen.x), f64::from(seen.y)), self.class(index)))
        };
        let Some((focus, class)) = self.focus.and_then(place) else { return };
        let radius = self.dot();
        let near: Vec<((f64, f64), usize)> = self.neighbours.iter().filter_map(|&index| place(index)).collect();
        near.iter().for_each(|&(at, _)| scene.line(vec![focus, at], Stroke::new(Ink::Ink, 1.5).alpha(0.55)));
        near.iter().for_each(|&(at, class)| scene.dot(at, 1.25 * radius, class, 1.0));
        scene.dot(focus, 1.7 * radius, class, 1.0);
        scene.ring(focus, 2.6 * radius, Stroke::new(Ink::Ink, 2.0));
    }

    /// Meridians and parallels every 30 degrees, the front or the back half.
    fn circles(&self, front: bool) -> Vec<Vec<(f64, f64)>> {
        let project = self.project();
        let mut paths = Vec::new();
        let mut line = |point: &dyn Fn(f32) -> [f32; 3]| {
            let mut path = Vec::new();
            for part in 0..=60u8 {
                let placed = project(point(f32::from(part) / 60.0));
                // The rim of the visible half lies a little in front of the centre, because the eye is near.
                if (placed.depth > 1.0 / Camera::DISTANCE) == front {
                    path.push((f64::from(placed.x), f64::from(placed.y)));
                } else if path.len() > 1 {
                    paths.push(std::mem::take(&mut path));
                } else {
                    path.clear();
                }
            }
            if path.len() > 1 {
                paths.push(path);
            }
        };
        let turn = std::f32::consts::TAU;
        for meridian in 0..6u8 {
            let (sin, cos) = (turn * f32::from(meridian) / 12.0).sin_cos();
            line(&|share| [(turn * share).cos() * cos, (turn * share).sin(), (turn * share).cos() * sin]);
        }
        for parallel in -2i8..=2 {
            let (height, ring) = (f32::from(parallel) * turn / 12.0).sin_cos();
            line(&|share| [ring * (turn * share).cos(), height, ring * (turn * share).sin()]);
        }
        paths
    }

    /// Around the circle: how many images point each way, classes stacked outwards.
    fn histogram(&self, scene: &mut Scene) {
        let radius = self.outline();
        let kinds = self.labels.iter().map(|&label| usize::from(label) + 1).max().unwrap_or(1);
        let mut counts = vec![0u32; BINS * kinds];
        for (index, point) in self.points.iter().enumerate().filter(|&(index, _)| self.shown(index)) {
            if !(point[0] + point[1]).is_finite() {
                continue;
            }
            let angle = f64::from(point[1].atan2(point[0])).rem_euclid(TAU);
            let bin = ((angle / TAU * BINS as f64) as usize).min(BINS - 1);
            counts[bin * kinds + self.class(index).min(kinds - 1)] += 1;
        }
        let highest = counts.chunks(kinds).map(|bin| bin.iter().sum::<u32>()).max().unwrap_or(0).max(1);
        let (inner, reach) = (radius * 1.045, radius * 0.19);
        let height = |count: u32| inner + reach * f64::from(count) / f64::from(highest);
        for (bin, stack) in counts.chunks(kinds).enumerate() {
            let angles = (TAU * bin as f64 / BINS as f64, TAU * (bin as f64 + 0.9) / BINS as f64);
            let mut below = 0;
            for (class, &count) in stack.iter().enumerate().filter(|&(_, &count)| count > 0) {
                let radii = (height(below), height(below + count));
                below += count;
                let alpha = if self.bright.is_some_and(|bright| bright != class) { 0.15 } else { 0.9 };
                scene.area(sector(self.middle(), radii, angles), Ink::Class(class), alpha);
            }
        }
    }
}

/// A share of the way from one point of the unit sphere to another, along it.
pub fn between(from: [f32; 3], to: [f32; 3], share: f32) -> [f32; 3] {
    let mixed = [0, 1, 2].map(|axis| from[axis] + share * (to[axis] - from[axis]));
    let length = mixed.iter().map(|value| value * value).sum::<f32>().sqrt();
    // Opposite points have no shortest way between them.
    if length < 1e-3 { to } else { mixed.map(|value| value / length) }
}

/// The corners of a piece of a ring; angles in radians, counted from the right against the clock.
pub(crate) fn sector(at: (f64, f64), radii: (f64, f64), (from, to): (f64, f64)) -> Vec<(f64, f64)> {
    let parts = ((to - from).abs() / TAU * 180.0).ceil().clamp(1.0, 360.0) as u32;
    let corner = move |radius: f64, part: u32| {
        let (sin, cos) = (from + (to - from) * f64::from(part) / f64::from(parts)).sin_cos();
        (at.0 + radius * cos, at.1 - radius * sin)
    };
    (0..=parts).map(|part| corner(radii.0, part)).chain((0..=parts).rev().map(|part| corner(radii.1, part))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Shape;
    use augsphere_spec::Forces;

    fn globe<'a>(points: &'a [[f32; 3]], labels: &'a [u8]) -> Globe<'a> {
        Globe {
            points,
            labels,
            flat: false,
            camera: Camera::front(1.0),
            classes: &[],
            bright: None,
            focus: None,
            neighbours: &[],
            width: 400.0,
            height: 400.0,
        }
    }

    fn dots(scene: &Scene) -> Vec<(usize, f64)> {
        let dot = |shape: &Shape| if let Shape::Dot { class, alpha, .. } = shape { Some((*class, *alpha)) } else { None };
        scene.shapes.iter().filter_map(dot).collect()
    }

    const POINTS: [[f32; 3]; 3] = [[0.0, 0.0, 1.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]];

    #[test]
    fn far_points_come_first_and_pale_and_hidden_classes_not_at_all() {
        let all = dots(&globe(&POINTS, &[0, 1, 2]).scene());
        assert_eq!(all.iter().map(|dot| dot.0).collect::<Vec<_>>(), [1, 2, 0]);
        assert!(all.windows(2).all(|pair| pair[0].1 < pair[1].1));
        let some = Globe { classes: &[true, false], ..globe(&POINTS, &[0, 1, 2]) };
        assert_eq!(dots(&some.scene()).len(), 2);
        let bright = Globe { bright: Some(0), ..globe(&POINTS, &[0, 1, 2]) };
        assert!(dots(&bright.scene()).iter().all(|&(class, alpha)| (class == 0) == (alpha > 0.5)));
    }

    #[test]
    fn the_point_pointed_at_has_a_ring_and_lines_to_its_neighbours() {
        let plain = globe(&POINTS, &[0, 1, 2]).scene();
        let scene = Globe { focus: Some(0), neighbours: &[2, 99], ..globe(&POINTS, &[0, 1, 2]) }.scene();
        let added = &scene.shapes[plain.shapes.len()..];
        let lines: Vec<&Vec<(f64, f64)>> =
            added.iter().filter_map(|shape| if let Shape::Line { points, .. } = shape { Some(points) } else { None }).collect();
        assert_eq!(lines.len(), 2, "a neighbour that is not there has no line");
        assert_eq!(lines[0][0], (200.0, 200.0));
        assert!(lines[1].iter().all(|(x, y)| ((x - 200.0).hypot(y - 200.0) - (lines[1][0].0 - 200.0)).abs() < 1e-9), "the ring");
        assert_eq!(dots(&scene).len(), dots(&plain).len() + 2);
        let nobody = Globe { focus: Some(50), ..globe(&POINTS, &[0, 1, 2]) }.scene();
        assert_eq!(nobody.shapes.len(), plain.shapes.len());
    }

    /// What the page and the worker tell each other is drawn in CSS pixels, whatever the screen.
    #[test]
    fn a_dense_screen_shows_the_same_picture() {
        let state = |ratio: f32| SphereState {
            yaw: 0.3,
            pitch: 0.2,
            zoom: 1.5,
            width: (300.0 * ratio) as u32,
            height: (200.0 * ratio) as u32,
            ratio,
            dark: false,
            classes: vec![true; 3],
            highlighted: Some(1),
            focus: Some(2),
            neighbours: vec![0],
        };
        let seen = |ratio: f32| Globe::seen(&POINTS, &[0, 1, 2], false, &state(ratio)).scene();
        assert_eq!(seen(1.0), seen(2.0));
    }

    /// Two views are joined and pulled; one that nothing moves has no arrow, and one that is not a number is not drawn.
    #[test]
    fn two_views_are_joined_and_their_forces_are_arrows() {
        let forces = Forces { pull: [[0.0, 0.4, 0.0], [0.0, -0.4, 0.0]], push: [[0.2, 0.0, 0.0], [0.0; 3]] };
        let pair = Pair { image: 1, points: [[0.0, 0.0, 1.0], [0.0, 0.6, 0.8]], forces: Some(forces), cosine: 0.8, images: None };
        let globe = globe(&POINTS, &[0, 1, 2]);
        let inks = |scene: &Scene, wanted: Ink| {
            scene.shapes.iter().filter(|shape| matches!(shape, Shape::Area { ink, .. } if *ink == wanted)).count()
        };
        let scene = globe.scene_of_pair(&pair);
        assert_eq!((inks(&scene, Ink::Accent), inks(&scene, Ink::Second)), (2, 1), "two pulls, and one push");
        let still = globe.scene_of_pair(&Pair { forces: None, ..pair.clone() });
        assert_eq!((inks(&still, Ink::Accent), inks(&still, Ink::Second)), (0, 0));
        let broken = globe.scene_of_pair(&Pair { points: [[f32::NAN; 3]; 2], ..pair });
        assert!(broken.shapes.len() < still.shapes.len());
    }

    #[test]
    fn points_are_drawn_where_they_are_picked() {
        let camera = Camera { yaw: 0.7, pitch: -0.4, zoom: 1.5 };
        let scene = Globe { camera, ..globe(&POINTS, &[0, 1, 2]) }.scene();
        for point in POINTS {
            let seen = camera.project(point, 400.0, 400.0);
            let there = |shape: &Shape| matches!(shape, Shape::Dot { at, .. } if (at.0 - f64::from(seen.x)).hypot(at.1 - f64::from(seen.y)) < 1e-2);
            assert!(scene.shapes.iter().any(there), "{point:?}");
        }
    }

    #[test]
    fn what_is_between_two_points_is_on_the_sphere() {
        let [x, y, z] = between([0.6, 0.0, 0.8], [1.0, 0.0, 0.0], 0.5);
        assert!((x * x + y * y + z * z - 1.0).abs() < 1e-6);
        assert_eq!(between([1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], 0.5), [-1.0, 0.0, 0.0]);
    }

    #[test]
    fn the_histogram_counts_every_finite_point_once() {
        let points = [[1.0, 0.001, 0.0], [1.0, 0.002, 0.0], [-1.0, 0.001, 0.0], [f32::NAN, 0.0, 0.0]];
        let scene = Globe { flat: true, ..globe(&points, &[0, 1, 0, 0]) }.scene();
        let away = |(x, y): &(f64, f64)| (x - 200.0).hypot(y - 200.0);
        let bars: Vec<(f64, f64)> = scene
            .shapes
            .iter()
            .filter_map(|shape| if let Shape::Area { points, .. } = shape { Some(points) } else { None })
            .map(|corners| (away(&corners[0]), away(&corners[corners.len() - 1])))
            .collect();
        assert_eq!(bars.len(), 3);
        assert!((bars[0].1 - bars[1].0).abs() < 1e-9, "the second class stands on the first");
        assert_eq!(dots(&scene).len(), 3, "a point that is not a number is not drawn");
    }
}
