//! Which marks make up the picture of the sphere, and where do they go?
//!
//! The picture is the page's own (`app/src/sphere.rs`): the same camera, colours, sizes and transparency. Marks are in
//! pixels from the upper left corner, so a point is picked exactly where it is drawn.

use super::Camera;
use augsphere_charts::{Camera as Eye, Projected, Rgb, class_colour};
use augsphere_spec::Projection;
use std::f32::consts::TAU;

/// Red, green, blue, opacity; 0 to 255, in that order in memory.
type Ink = [u8; 4];
/// A disc as the GPU reads it: x, y, radius, half the width of its stroke (0 fills it), colour.
pub type Disc = [u32; 5];
/// A line that may grow wider, as the GPU reads it: x, y of both ends, half its width at both, colour.
pub type Bar = [u32; 7];

/// Layers into which the depth is cut to draw far points before near ones.
const LAYERS: usize = 1024;
/// Bins of the histogram around the circle.
const BINS: usize = 90;

/// What is to be seen, whoever looks.
pub struct Points {
    /// Points of the unit sphere or circle.
    pub places: Vec<[f32; 3]>,
    /// Their classes, one each.
    pub labels: Vec<u8>,
    /// How they came into three dimensions.
    pub projection: Projection,
}

/// What is to be drawn.
pub struct Scene {
    /// Numbers that all marks share, laid out as `Look` in `marks.wgsl`.
    pub look: [f32; 24],
    /// Behind the points, in the order of drawing.
    pub bars: Vec<Bar>,
    /// The points, far ones first, and the ring around the focus.
    pub discs: Vec<Disc>,
}

/// A look from one place at one canvas.
struct Viewer<'a> {
    camera: &'a Camera,
    width: f32,
    height: f32,
    eye: Eye,
    /// Where the three axes go when the sphere is turned: the columns of the rotation.
    axes: [[f32; 3]; 3],
}

impl Scene {
    /// The marks for `points` as `camera` sees them.
    pub fn new(points: &Points, camera: &Camera) -> Self {
        let viewer = Viewer::new(camera);
        let mut scene = Self { look: viewer.look(points.projection), bars: Vec::new(), discs: Vec::new() };
        match points.projection {
            Projection::Circle => viewer.histogram(points, &mut scene.bars),
            Projection::Sphere | Projection::Principal => viewer.graticule(&mut scene.bars),
        }
        viewer.dots(points, &mut scene.discs);
        viewer.focus(points, &mut scene.discs);
        scene
    }
}

impl Points {
    fn class(&self, index: usize) -> usize {
        usize::from(self.labels.get(index).copied().unwrap_or_default())
    }
}

impl<'a> Viewer<'a> {
    fn new(camera: &'a Camera) -> Self {
        let eye = Eye { yaw: camera.yaw, pitch: camera.pitch, zoom: camera.zoom };
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(|axis| eye.turn(axis));
        Self { camera, width: camera.width as f32, height: camera.height as f32, eye, axes }
    }

    /// The same as [`Eye::place`], without its sines and cosines for every point.
    fn project(&self, point: [f32; 3]) -> Projected {
        let [x, y, z] =
            [0, 1, 2].map(|row| self.axes[0][row] * point[0] + self.axes[1][row] * point[1] + self.axes[2][row] * point[2]);
        let scale = Eye::DISTANCE / (Eye::DISTANCE - z);
        let radius = self.radius() * scale;
        Projected { x: 0.5 * self.width + radius * x, y: 0.5 * self.height - radius * y, depth: z, scale }
    }

    fn radius(&self) -> f32 {
        self.eye.radius(self.width, self.height)
    }

    fn shown(&self, class: usize) -> bool {
        self.camera.classes.get(class).copied().unwrap_or(true)
    }

    /// Device pixels to a line's pixel. A worker does not know the screen's density: large canvases are mostly dense ones.
    fn stroke(&self) -> f32 {
        (self.width.min(self.height) / 600.0).clamp(1.0, 3.0)
    }

    /// Radius of a dot at the centre's depth: smaller where there are many.
    fn dot(&self, count: usize) -> f32 {
        let room = (self.width.min(self.height) / 520.0).powf(0.85).clamp(0.4, 4.0);
        (130.0 / (count as f32).max(1.0).sqrt()).clamp(1.9, 4.6) * room * self.eye.zoom.powf(0.4)
    }

    fn ink(&self, alpha: f32) -> Ink {
        tint(if self.camera.dark { [190, 196, 225] } else { [60, 62, 95] }, alpha)
    }

    fn look(&self, projection: Projection) -> [f32; 24] {
        let (rim, stops): (Ink, [Rgb; 3]) = if self.camera.dark {
            (tint([13, 15, 22], 0.85), [[0x23, 0x2A, 0x3D], [0x19, 0x1E, 0x2C], [0x13, 0x17, 0x22]])
        } else {
            (tint([255, 255, 255], 0.9), [[0xFF, 0xFF, 0xFF], [0xF6, 0xF6, 0xFB], [0xE6, 0xE6, 0xF1]])
        };
        let (radius, fill, outline) = match projection {
            Projection::Circle => (self.radius(), 0.0, 0.35),
            Projection::Sphere | Projection::Principal => (self.eye.outline(self.width, self.height), 1.0, 0.3),
        };
        let mut look = [0.0; 24];
        look[..4].copy_from_slice(&[self.width, self.height, radius, 0.6 * self.stroke()]);
        let inks = [rim, self.ink(outline), tint(stops[0], fill), tint(stops[1], fill), tint(stops[2], fill)];
        for (place, ink) in look[4..].chunks_exact_mut(4).zip(inks) {
            place.copy_from_slice(&ink.map(|byte| f32::from(byte) / 255.0));
        }
        look
    }

    /// Meridians and parallels every 30 degrees, first the back half, then the front.
    fn graticule(&self, bars: &mut Vec<Bar>) {
        const PARTS: u16 = 72;
        let mut front = Vec::new();
        let mut line = |point: &dyn Fn(f32) -> [f32; 3]| {
            let mut before = self.project(point(0.0));
            for part in 1..=PARTS {
                let after = self.project(point(TAU * f32::from(part) / f32::from(PARTS)));
                // The rim of the visible half lies a little in front of the centre, because the eye is near.
                let near = 0.5 * (before.depth + after.depth) > 1.0 / Eye::DISTANCE;
                let half = 0.5 * self.stroke();
                let ends = [[before.x, before.y], [after.x, after.y]];
                let (list, alpha) = if near { (&mut front, 0.17) } else { (&mut *bars, 0.06) };
                list.push(bar(ends, [half, half], self.ink(alpha)));
                before = after;
            }
        };
        for meridian in 0..6u8 {
            let (sin, cos) = (TAU * f32::from(meridian) / 12.0).sin_cos();
            line(&|angle| [angle.cos() * cos, angle.sin(), angle.cos() * sin]);
        }
        for parallel in -2i8..=2 {
            let (height, ring) = (f32::from(parallel) * TAU / 12.0).sin_cos();
            line(&|angle| [ring * angle.cos(), height, ring * angle.sin()]);
        }
        bars.append(&mut front);
    }

    /// Around the circle: how many images point each way, classes stacked outwards.
    fn histogram(&self, points: &Points, bars: &mut Vec<Bar>) {
        let kinds = points.labels.iter().map(|&label| usize::from(label) + 1).max().unwrap_or(1);
        let mut counts = vec![0u32; BINS * kinds];
        for (index, [x, y, _]) in points.places.iter().enumerate().filter(|&(index, _)| self.shown(points.class(index))) {
            let share = y.atan2(*x).rem_euclid(TAU) / TAU;
            let bin = ((share * BINS as f32) as usize).min(BINS - 1);
            counts[bin * kinds + points.class(index)] += 1;
        }
        let highest = counts.chunks(kinds).map(|bin| bin.iter().sum::<u32>()).max().unwrap_or(0).max(1);
        let (inner, reach) = (1.045 * self.radius(), 0.19 * self.radius());
        // Nine tenths of a bin are drawn, the last one keeps neighbours apart.
        let spread = (0.45 * TAU / BINS as f32).tan();
        for (bin, stack) in counts.chunks(kinds).enumerate() {
            let (sin, cos) = (TAU * (bin as f32 + 0.45) / BINS as f32).sin_cos();
            let at = |radius: f32| [0.5 * self.width + radius * cos, 0.5 * self.height - radius * sin];
            let mut below = 0;
            for (class, &count) in stack.iter().enumerate().filter(|&(_, &count)| count > 0) {
                let low = inner + reach * below as f32 / highest as f32;
                below += count;
                let high = inner + reach * below as f32 / highest as f32;
                let colour = tint(class_colour(class, self.camera.dark), 0.9);
                bars.push(bar([at(low), at(high)], [low * spread, high * spread], colour));
            }
        }
    }

    fn dots(&self, points: &Points, discs: &mut Vec<Disc>) {
        let size = self.dot(points.places.len());
        let flat = points.projection == Projection::Circle;
        let mut starts = [0usize; LAYERS + 1];
        let mut marks = Vec::with_capacity(points.places.len());
        for (index, &point) in points.places.iter().enumerate() {
            let (class, at) = (points.class(index), self.project(point));
            if !self.shown(class) || !(at.x + at.y).is_finite() {
                continue;
            }
            let near = if flat { 1.0 } else { (0.5 * (at.depth + 1.0)).clamp(0.0, 1.0) };
            let alpha = if flat { 0.6 } else { 0.2 + 0.8 * near * near * (3.0 - 2.0 * near) };
            let colour = tint(class_colour(class, self.camera.dark), alpha);
            let layer = ((near * LAYERS as f32) as usize).min(LAYERS - 1);
            starts[layer + 1] += 1;
            marks.push((layer, disc(at, size * at.scale * (0.8 + 0.2 * near), 0.0, colour)));
        }
        for layer in 0..LAYERS {
            starts[layer + 1] += starts[layer];
        }
        discs.resize(marks.len(), [0; 5]);
        for (layer, mark) in marks {
            discs[starts[layer]] = mark;
            starts[layer] += 1;
        }
    }

    fn focus(&self, points: &Points, discs: &mut Vec<Disc>) {
        let Some((index, &point)) = self.camera.focus.and_then(|index| points.places.get(index).map(|point| (index, point)))
        else {
            return;
        };
        let (at, radius) = (self.project(point), self.dot(points.places.len()));
        discs.push(disc(at, 1.7 * radius, 0.0, tint(class_colour(points.class(index), self.camera.dark), 1.0)));
        discs.push(disc(at, 2.6 * radius, self.stroke(), self.ink(1.0)));
    }
}

fn tint([red, green, blue]: Rgb, alpha: f32) -> Ink {
    [red, green, blue, (alpha * 255.0).round() as u8]
}

fn disc(at: Projected, radius: f32, stroke: f32, colour: Ink) -> Disc {
    [at.x.to_bits(), at.y.to_bits(), radius.to_bits(), stroke.to_bits(), u32::from_ne_bytes(colour)]
}

fn bar([from, to]: [[f32; 2]; 2], [start, end]: [f32; 2], colour: Ink) -> Bar {
    let ends = [from[0], from[1], to[0], to[1], start, end].map(f32::to_bits);
    [ends[0], ends[1], ends[2], ends[3], ends[4], ends[5], u32::from_ne_bytes(colour)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera() -> Camera {
        Camera { yaw: 0.7, pitch: -0.4, zoom: 1.5, width: 800, height: 600, dark: true, classes: vec![true; 10], focus: None }
    }

    /// Points all over the sphere, with classes 0 to 9 in turn.
    fn many(count: u8) -> Points {
        let place = |index: u8| {
            let height = 2.0 * (f32::from(index) + 0.5) / f32::from(count) - 1.0;
            let (sin, cos) = (f32::from(index) * 2.399_963).sin_cos();
            let ring = (1.0 - height * height).sqrt();
            [ring * cos, height, ring * sin]
        };
        let labels = (0..count).map(|index| index % 10).collect();
        Points { places: (0..count).map(place).collect(), labels, projection: Projection::Sphere }
    }

    fn float(bits: u32) -> f32 {
        f32::from_bits(bits)
    }

    #[test]
    fn points_are_drawn_where_the_page_picks_them() {
        let (camera, points) = (camera(), many(200));
        let (viewer, eye) = (Viewer::new(&camera), Eye { yaw: 0.7, pitch: -0.4, zoom: 1.5 });
        let discs = Scene::new(&points, &camera).discs;
        assert_eq!(discs.len(), 200);
        for &point in &points.places {
            let (ours, theirs) = (viewer.project(point), eye.project(point, 800.0, 600.0));
            assert!((ours.x - theirs.x).hypot(ours.y - theirs.y) < 1e-2, "{ours:?} {theirs:?}");
            assert!((ours.depth - theirs.depth).abs() < 1e-5 && (ours.scale - theirs.scale).abs() < 1e-5);
            assert!(discs.iter().any(|disc| (float(disc[0]) - theirs.x).hypot(float(disc[1]) - theirs.y) < 1e-2));
        }
    }

    #[test]
    fn near_points_cover_far_ones_and_are_stronger() {
        let discs = Scene::new(&many(200), &camera()).discs;
        let alphas: Vec<u8> = discs.iter().map(|disc| disc[4].to_ne_bytes()[3]).collect();
        assert!(alphas.windows(2).all(|pair| pair[0] <= pair[1].saturating_add(1)), "{alphas:?}");
        assert!(alphas[0] < 60 && alphas[199] > 250);
        assert!(float(discs[0][2]) < float(discs[199][2]));
    }

    #[test]
    fn hidden_classes_and_broken_points_are_left_out() {
        let mut points = many(100);
        points.places[0] = [f32::NAN; 3];
        let classes = (0..10).map(|class| class != 3).collect();
        let discs = Scene::new(&points, &Camera { classes, ..camera() }).discs;
        assert_eq!(discs.len(), 100 - 10 - 1);
        let hidden = class_colour(3, true);
        assert!(discs.iter().all(|disc| disc[4].to_ne_bytes()[..3] != hidden));
    }

    #[test]
    fn the_focus_is_drawn_last_with_a_ring() {
        let points = many(50);
        let discs = Scene::new(&points, &Camera { focus: Some(7), ..camera() }).discs;
        assert_eq!(discs.len(), 52);
        let at = Eye { yaw: 0.7, pitch: -0.4, zoom: 1.5 }.project(points.places[7], 800.0, 600.0);
        for (disc, filled) in discs[50..].iter().zip([true, false]) {
            assert!((float(disc[0]) - at.x).abs() < 1e-2 && (float(disc[1]) - at.y).abs() < 1e-2);
            assert_eq!(float(disc[3]) == 0.0, filled);
        }
        assert_eq!(Scene::new(&points, &Camera { focus: Some(50), ..camera() }).discs.len(), 50);
    }

    #[test]
    fn the_histogram_counts_every_shown_point_once() {
        let place = |index: u8| {
            let (sin, cos) = (0.1 * f32::from(index)).sin_cos();
            [cos, sin, 0.0]
        };
        let points = Points { places: (0..60).map(place).collect(), labels: vec![2; 60], projection: Projection::Circle };
        let camera = Camera { yaw: 0.0, pitch: 0.0, zoom: 1.0, ..camera() };
        let scene = Scene::new(&points, &camera);
        let length = |bar: &Bar| (float(bar[2]) - float(bar[0])).hypot(float(bar[3]) - float(bar[1]));
        let highest = scene.bars.iter().map(&length).fold(0.0f32, f32::max);
        let reach = 0.19 * Eye::front(1.0).radius(800.0, 600.0);
        assert!((highest - reach).abs() < 0.05);
        // The highest of these bins holds two points, because 0.1 is less than two bins of 0.07 and more than one.
        let counted: f32 = scene.bars.iter().map(|bar| length(bar) / highest).sum();
        let fullest = 60.0 / counted;
        assert!((fullest - fullest.round()).abs() < 1e-2, "{fullest}");
        // The first point lies on the right of the circle, so its bar stands to the right of it.
        let first = scene.bars[0];
        assert!(float(first[0]) > 400.0 + reach && float(first[2]) > float(first[0]));
    }

    #[test]
    fn the_graticule_shows_a_weak_back_and_a_stronger_front() {
        let bars = Scene::new(&many(1), &camera()).bars;
        let alphas: Vec<u8> = bars.iter().map(|bar| bar[6].to_ne_bytes()[3]).collect();
        assert!(alphas.windows(2).all(|pair| pair[0] <= pair[1]), "the back half comes first");
        assert!(alphas[0] < alphas[alphas.len() - 1]);
        let outline = Eye { yaw: 0.7, pitch: -0.4, zoom: 1.5 }.outline(800.0, 600.0);
        assert!(bars.iter().all(|bar| (float(bar[0]) - 400.0).hypot(float(bar[1]) - 300.0) <= outline + 1e-2));
    }
}
