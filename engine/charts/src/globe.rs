//! The picture of embeddings on a sphere or circle, as marks in the order of painting: the same for canvas and SVG.

use crate::plots::sphere::shapes;
use crate::scene::Scene;
use crate::{Camera, Projected};
use augsphere_spec::SphereState;
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
    /// Width of the surface in its own pixels.
    pub width: f64,
    /// Height of the surface in its own pixels.
    pub height: f64,
    /// Pixels of the surface to a CSS pixel.
    pub ratio: f64,
}

/// Something to paint, in pixels of the surface. Colours are those of a class, or ink: grey on a light page, pale on a dark one.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// The shaded ball.
    Ball {
        /// Its centre.
        at: (f64, f64),
        /// Its outline.
        radius: f64,
    },
    /// Open paths of ink.
    Strokes {
        /// The paths.
        paths: Vec<Vec<(f64, f64)>>,
        /// Their width.
        width: f64,
        /// Their opacity.
        alpha: f64,
    },
    /// A circle of ink.
    Ring {
        /// Its centre.
        at: (f64, f64),
        /// Its radius.
        radius: f64,
        /// The width of its line.
        width: f64,
        /// Its opacity.
        alpha: f64,
    },
    /// A point with a thin rim in the colour of the background, which keeps points apart that overlap.
    Dot {
        /// Its centre.
        at: (f64, f64),
        /// Its radius without the rim.
        radius: f64,
        /// Its class.
        class: usize,
        /// Its opacity.
        alpha: f64,
    },
    /// A piece of a ring: a bar of the histogram around the circle.
    Sector {
        /// The centre of the ring.
        at: (f64, f64),
        /// Inner and outer radius.
        radii: (f64, f64),
        /// First and last angle, radians, counted from the right against the clock.
        angles: (f64, f64),
        /// Its class.
        class: usize,
        /// Its opacity.
        alpha: f64,
    },
}

/// Share of its opacity that a dot keeps while another class is pointed at.
const FADED: f64 = 0.12;
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
            ratio: 1.0,
        }
    }
}

impl Globe<'_> {
    /// The picture, in pixels of the surface.
    pub fn scene(&self) -> Scene {
        let mut scene = Scene::new((self.width, self.height));
        self.marks().into_iter().for_each(|mark| shapes::add(&mut scene, mark));
        scene
    }

    /// All marks, those behind first.
    pub fn marks(&self) -> Vec<Mark> {
        let mut marks = self.ground();
        marks.append(&mut self.dots());
        marks.append(&mut self.pointed());
        marks
    }

    /// What lies behind the points: the ball with its graticule, or the circle with its histogram. The outline comes first.
    pub fn ground(&self) -> Vec<Mark> {
        let at = (0.5 * self.width, 0.5 * self.height);
        let radius = self.outline();
        if self.flat {
            let mut marks = vec![Mark::Ring { at, radius, width: 1.2 * self.ratio, alpha: 0.35 }];
            self.histogram(at, radius, &mut marks);
            return marks;
        }
        let mut marks = vec![Mark::Ball { at, radius }, Mark::Ring { at, radius, width: 1.2 * self.ratio, alpha: 0.3 }];
        for (front, alpha) in [(false, 0.06), (true, 0.17)] {
            marks.push(Mark::Strokes { paths: self.graticule(front), width: self.ratio, alpha });
        }
        marks
    }

    /// Radius of the outline in pixels.
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
        let room = (self.width.min(self.height) / (520.0 * self.ratio)).clamp(0.4, 2.0).sqrt();
        (130.0 / (self.points.len() as f64).max(1.0).sqrt()).clamp(1.9, 4.6) * self.ratio * zoom * room
    }

    /// The points that are shown, far ones first.
    pub fn dots(&self) -> Vec<Mark> {
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
        let mark = |(seen, index): (Projected, usize)| {
            let class = self.class(index);
            let near = if self.flat { 1.0 } else { (0.5 * (f64::from(seen.depth) + 1.0)).clamp(0.0, 1.0) };
            let mut alpha = if self.flat { 0.6 } else { 0.2 + 0.8 * near * near * (3.0 - 2.0 * near) };
            if self.bright.is_some_and(|bright| bright != class) {
                alpha *= FADED;
            }
            let radius = size * f64::from(seen.scale) * (0.8 + 0.2 * near);
            Mark::Dot { at: (f64::from(seen.x), f64::from(seen.y)), radius, class, alpha }
        };
        placed.into_iter().map(mark).collect()
    }

    /// The point that is pointed at, in a ring, and its neighbours, after the lines that join them with it.
    pub fn pointed(&self) -> Vec<Mark> {
        let project = self.project();
        let place = |index: usize| {
            let point = self.points.get(index).filter(|point| point.iter().all(|value| value.is_finite()))?;
            let seen = project(*point);
            Some(((f64::from(seen.x), f64::from(seen.y)), self.class(index)))
        };
        let Some((focus, class)) = self.focus.and_then(place) else { return Vec::new() };
        let radius = self.dot();
        let near: Vec<((f64, f64), usize)> = self.neighbours.iter().filter_map(|&index| place(index)).collect();
        let paths = near.iter().map(|&(at, _)| vec![focus, at]).collect();
        let mut marks = vec![Mark::Strokes { paths, width: 1.5 * self.ratio, alpha: 0.55 }];
        marks.extend(near.into_iter().map(|(at, class)| Mark::Dot { at, radius: 1.25 * radius, class, alpha: 1.0 }));
        marks.push(Mark::Dot { at: focus, radius: 1.7 * radius, class, alpha: 1.0 });
        marks.push(Mark::Ring { at: focus, radius: 2.6 * radius, width: 2.0 * self.ratio, alpha: 1.0 });
        marks
    }

    /// Meridians and parallels every 30 degrees, the front or the back half.
    fn graticule(&self, front: bool) -> Vec<Vec<(f64, f64)>> {
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
    fn histogram(&self, at: (f64, f64), radius: f64, marks: &mut Vec<Mark>) {
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
                marks.push(Mark::Sector { at, radii, angles, class, alpha });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ratio: 1.0,
        }
    }

    fn dots(marks: &[Mark]) -> Vec<(usize, f64)> {
        marks
            .iter()
            .filter_map(|mark| if let Mark::Dot { class, alpha, .. } = mark { Some((*class, *alpha)) } else { None })
            .collect()
    }

    const POINTS: [[f32; 3]; 3] = [[0.0, 0.0, 1.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]];

    #[test]
    fn far_points_come_first_and_pale_and_hidden_classes_not_at_all() {
        let all = dots(&globe(&POINTS, &[0, 1, 2]).marks());
        assert_eq!(all.iter().map(|dot| dot.0).collect::<Vec<_>>(), [1, 2, 0]);
        assert!(all.windows(2).all(|pair| pair[0].1 < pair[1].1));
        let some = Globe { classes: &[true, false], ..globe(&POINTS, &[0, 1, 2]) };
        assert_eq!(dots(&some.marks()).len(), 2);
        let bright = Globe { bright: Some(0), ..globe(&POINTS, &[0, 1, 2]) };
        assert!(dots(&bright.marks()).iter().all(|&(class, alpha)| (class == 0) == (alpha > 0.5)));
    }

    #[test]
    fn the_point_pointed_at_has_a_ring_and_lines_to_its_neighbours() {
        let marks = Globe { focus: Some(0), neighbours: &[2, 99], ..globe(&POINTS, &[0, 1, 2]) }.marks();
        let Some(Mark::Ring { at, .. }) = marks.last() else { panic!("{marks:?}") };
        assert!((at.0 - 200.0).abs() < 1e-3 && (at.1 - 200.0).abs() < 1e-3);
        let mut lines =
            marks.iter().filter_map(|mark| if let Mark::Strokes { paths, .. } = mark { Some(paths.len()) } else { None });
        assert_eq!(lines.next_back(), Some(1), "a neighbour that is not there has no line");
    }

    #[test]
    fn the_histogram_counts_every_finite_point_once() {
        let points = [[1.0, 0.001, 0.0], [1.0, 0.002, 0.0], [-1.0, 0.001, 0.0], [f32::NAN, 0.0, 0.0]];
        let marks = Globe { flat: true, ..globe(&points, &[0, 1, 0, 0]) }.marks();
        let bars: Vec<(f64, f64)> =
            marks.iter().filter_map(|mark| if let Mark::Sector { radii, .. } = mark { Some(*radii) } else { None }).collect();
        assert_eq!(bars.len(), 3);
        assert!((bars[0].1 - bars[1].0).abs() < 1e-9, "the second class stands on the first");
        assert_eq!(dots(&marks).len(), 3, "a point that is not a number is not drawn");
    }
}
