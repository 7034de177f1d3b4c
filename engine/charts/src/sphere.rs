//! The marks that make up the picture of the sphere for a GPU: where they go, how large they are, in which colour.
//!
//! The picture is the page's own (`app/src/draw/sphere.rs`): the same camera, colours, sizes and transparency. Marks are in
//! pixels from the upper left corner, so a point is picked exactly where it is drawn.

use crate::{Camera, Projected, Rgb, class_colour};
use augsphere_spec::{Projection, SphereState};
use std::f32::consts::TAU;

/// Red, green, blue, opacity; 0 to 255, in that order in memory.
type Ink = [u8; 4];
/// A disc as the GPU reads it: x, y, radius, half the width of its stroke (0 fills it), colour.
pub type Disc = [u32; 5];
/// A line that may grow wider, as the GPU reads it: x, y of both ends, half its width at both, colour.
pub type Bar = [u32; 7];

/// Layers into which the depth is cut to draw far points before near ones.
const LAYERS: usize = 1024;
/// Share of its opacity that a dot keeps while another class is pointed at.
const FADED: f32 = 0.12;
/// Bins of the histogram around the circle.
const BINS: usize = 90;

/// What is to be seen, from wherever.
pub struct SpherePoints {
    /// SpherePoints of the unit sphere or circle.
    pub positions: Vec<[f32; 3]>,
    /// Their classes, one each.
    pub labels: Vec<u8>,
    /// How they came into three dimensions.
    pub projection: Projection,
}

/// What is to be drawn.
pub struct SphereMarks {
    /// Numbers that all marks share, laid out as `Look` in the worker's `marks.wgsl`.
    pub look: [f32; 24],
    /// What lies behind the points, in the order of drawing, then the links.
    pub bars: Vec<Bar>,
    /// How many of the last bars are links: lines before the points, from the image pointed at to its neighbours.
    pub links: usize,
    /// The points, far ones first, then the picked ones.
    pub discs: Vec<Disc>,
    /// How many of the last discs are picked: before the links, the neighbours, the image and the ring around it.
    pub picked: usize,
}

/// What is seen of the points from one side, on one canvas.
struct Viewer<'a> {
    state: &'a SphereState,
    width: f32,
    height: f32,
    camera: Camera,
    /// Where the three axes go when the sphere is turned: the columns of the rotation.
    axes: [[f32; 3]; 3],
}

impl SphereMarks {
    /// The marks for `points` as they are seen in `state`.
    pub fn new(points: &SpherePoints, state: &SphereState) -> Self {
        let viewer = Viewer::new(state);
        let look = viewer.look(points.projection);
        let mut scene = Self { look, bars: Vec::new(), links: 0, discs: Vec::new(), picked: 0 };
        match points.projection {
            Projection::Circle => viewer.histogram(points, &mut scene.bars),
            Projection::Sphere | Projection::Principal => viewer.graticule(&mut scene.bars),
        }
        viewer.dots(points, &mut scene.discs);
        viewer.focus(points, &mut scene);
        scene
    }
}

impl SpherePoints {
    fn class(&self, index: usize) -> usize {
        usize::from(self.labels.get(index).copied().unwrap_or_default())
    }
}

impl<'a> Viewer<'a> {
    fn new(state: &'a SphereState) -> Self {
        let camera = Camera { yaw: state.yaw, pitch: state.pitch, zoom: state.zoom };
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(|axis| camera.turn(axis));
        Self { state, width: state.width as f32, height: state.height as f32, camera, axes }
    }

    /// The same as [`Camera::project`], without its sines and cosines for every point.
    fn project(&self, point: [f32; 3]) -> Projected {
        let [x, y, z] =
            [0, 1, 2].map(|row| self.axes[0][row] * point[0] + self.axes[1][row] * point[1] + self.axes[2][row] * point[2]);
        let scale = Camera::DISTANCE / (Camera::DISTANCE - z);
        let radius = self.radius() * scale;
        Projected { x: 0.5 * self.width + radius * x, y: 0.5 * self.height - radius * y, depth: z, scale }
    }

    fn radius(&self) -> f32 {
        self.camera.radius(self.width, self.height)
    }

    fn shown(&self, class: usize) -> bool {
        self.state.classes.get(class).copied().unwrap_or(true)
    }

    /// Device pixels to a CSS pixel, which is what a thin line is wide.
    fn stroke(&self) -> f32 {
        self.state.ratio.clamp(0.5, 4.0)
    }

    /// Radius of a dot at the centre's depth: smaller where there are many.
    fn dot(&self, count: usize) -> f32 {
        // On a small sphere dots are smaller, on a large one larger, but both less than in proportion.
        let room = (self.width.min(self.height) / (520.0 * self.stroke())).clamp(0.4, 2.0).sqrt();
        (130.0 / (count as f32).max(1.0).sqrt()).clamp(1.9, 4.6) * self.stroke() * room * self.camera.zoom.powf(0.4)
    }

    /// Whether another class is pointed at.
    fn faded(&self, class: usize) -> bool {
        self.state.highlighted.is_some_and(|highlighted| highlighted != class)
    }

    fn ink(&self, alpha: f32) -> Ink {
        tint(if self.state.dark { [190, 196, 225] } else { [60, 62, 95] }, alpha)
    }

    fn look(&self, projection: Projection) -> [f32; 24] {
        let (rim, stops): (Ink, [Rgb; 3]) = if self.state.dark {
            (tint([13, 15, 22], 0.85), [[0x23, 0x2A, 0x3D], [0x19, 0x1E, 0x2C], [0x13, 0x17, 0x22]])
        } else {
            (tint([255, 255, 255], 0.9), [[0xFF, 0xFF, 0xFF], [0xF6, 0xF6, 0xFB], [0xE6, 0xE6, 0xF1]])
        };
        let (radius, fill, outline) = match projection {
            Projection::Circle => (self.radius(), 0.0, 0.35),
            Projection::Sphere | Projection::Principal => (self.camera.outline(self.width, self.height), 1.0, 0.3),
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
                let near = 0.5 * (before.depth + after.depth) > 1.0 / Camera::DISTANCE;
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
    fn histogram(&self, points: &SpherePoints, bars: &mut Vec<Bar>) {
        let kinds = points.labels.iter().map(|&label| usize::from(label) + 1).max().unwrap_or(1);
        let mut counts = vec![0u32; BINS * kinds];
        for (index, [x, y, _]) in points.positions.iter().enumerate().filter(|&(index, _)| self.shown(points.class(index))) {
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
                let colour = tint(class_colour(class, self.state.dark), if self.faded(class) { 0.15 } else { 0.9 });
                bars.push(bar([at(low), at(high)], [low * spread, high * spread], colour));
            }
        }
    }

    fn dots(&self, points: &SpherePoints, discs: &mut Vec<Disc>) {
        let size = self.dot(points.positions.len());
        let flat = points.projection == Projection::Circle;
        let mut starts = [0usize; LAYERS + 1];
        let mut marks = Vec::with_capacity(points.positions.len());
        for (index, &point) in points.positions.iter().enumerate() {
            let (class, at) = (points.class(index), self.project(point));
            if !self.shown(class) || !(at.x + at.y).is_finite() {
                continue;
            }
            let near = if flat { 1.0 } else { (0.5 * (at.depth + 1.0)).clamp(0.0, 1.0) };
            let alpha = if flat { 0.6 } else { 0.2 + 0.8 * near * near * (3.0 - 2.0 * near) };
            let alpha = if self.faded(class) { FADED * alpha } else { alpha };
            let colour = tint(class_colour(class, self.state.dark), alpha);
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

    /// The image pointed at and its neighbours, joined by lines.
    fn focus(&self, points: &SpherePoints, scene: &mut SphereMarks) {
        let find = |index: usize| {
            let at = self.project(*points.positions.get(index)?);
            (at.x + at.y).is_finite().then_some((index, at))
        };
        let Some((index, at)) = self.state.focus.and_then(find) else { return };
        let (radius, stroke) = (self.dot(points.positions.len()), self.stroke());
        let colour = |index: usize| tint(class_colour(points.class(index), self.state.dark), 1.0);
        let near: Vec<(usize, Projected)> = self.state.neighbours.iter().filter_map(|&index| find(index)).collect();
        let line = |end: &Projected| bar([[at.x, at.y], [end.x, end.y]], [0.75 * stroke; 2], self.ink(0.55));
        scene.bars.extend(near.iter().map(|(_, end)| line(end)));
        scene.discs.extend(near.iter().map(|&(index, at)| disc(at, 1.25 * radius, 0.0, colour(index))));
        scene.discs.push(disc(at, 1.7 * radius, 0.0, colour(index)));
        scene.discs.push(disc(at, 2.6 * radius, stroke, self.ink(1.0)));
        (scene.links, scene.picked) = (near.len(), near.len() + 2);
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

    const CAMERA: Camera = Camera { yaw: 0.7, pitch: -0.4, zoom: 1.5 };

    fn state() -> SphereState {
        SphereState {
            yaw: CAMERA.yaw,
            pitch: CAMERA.pitch,
            zoom: CAMERA.zoom,
            width: 800,
            height: 600,
            ratio: 1.0,
            dark: true,
            classes: vec![true; 10],
            highlighted: None,
            focus: None,
            neighbours: Vec::new(),
        }
    }

    /// SpherePoints all over the sphere, with classes 0 to 9 in turn.
    fn many(count: u8) -> SpherePoints {
        let position = |index: u8| {
            let height = 2.0 * (f32::from(index) + 0.5) / f32::from(count) - 1.0;
            let (sin, cos) = (f32::from(index) * 2.399_963).sin_cos();
            let ring = (1.0 - height * height).sqrt();
            [ring * cos, height, ring * sin]
        };
        let labels = (0..count).map(|index| index % 10).collect();
        SpherePoints { positions: (0..count).map(position).collect(), labels, projection: Projection::Sphere }
    }

    fn float(bits: u32) -> f32 {
        f32::from_bits(bits)
    }

    #[test]
    fn points_are_drawn_where_the_page_picks_them() {
        let (state, points) = (state(), many(200));
        let viewer = Viewer::new(&state);
        let discs = SphereMarks::new(&points, &state).discs;
        assert_eq!(discs.len(), 200);
        for &point in &points.positions {
            let (ours, theirs) = (viewer.project(point), CAMERA.project(point, 800.0, 600.0));
            assert!((ours.x - theirs.x).hypot(ours.y - theirs.y) < 1e-2, "{ours:?} {theirs:?}");
            assert!((ours.depth - theirs.depth).abs() < 1e-5 && (ours.scale - theirs.scale).abs() < 1e-5);
            assert!(discs.iter().any(|disc| (float(disc[0]) - theirs.x).hypot(float(disc[1]) - theirs.y) < 1e-2));
        }
    }

    #[test]
    fn near_points_cover_far_ones_and_are_stronger() {
        let discs = SphereMarks::new(&many(200), &state()).discs;
        let alphas: Vec<u8> = discs.iter().map(|disc| disc[4].to_ne_bytes()[3]).collect();
        assert!(alphas.windows(2).all(|pair| pair[0] <= pair[1].saturating_add(1)), "{alphas:?}");
        assert!(alphas[0] < 60 && alphas[199] > 250);
        assert!(float(discs[0][2]) < float(discs[199][2]));
    }

    #[test]
    fn hidden_classes_and_broken_points_are_left_out() {
        let mut points = many(100);
        points.positions[0] = [f32::NAN; 3];
        let classes = (0..10).map(|class| class != 3).collect();
        let discs = SphereMarks::new(&points, &SphereState { classes, ..state() }).discs;
        assert_eq!(discs.len(), 100 - 10 - 1);
        let hidden = class_colour(3, true);
        assert!(discs.iter().all(|disc| disc[4].to_ne_bytes()[..3] != hidden));
    }

    #[test]
    fn the_focus_is_drawn_last_with_a_ring() {
        let points = many(50);
        let discs = SphereMarks::new(&points, &SphereState { focus: Some(7), ..state() }).discs;
        assert_eq!(discs.len(), 52);
        let at = CAMERA.project(points.positions[7], 800.0, 600.0);
        for (disc, filled) in discs[50..].iter().zip([true, false]) {
            assert!((float(disc[0]) - at.x).abs() < 1e-2 && (float(disc[1]) - at.y).abs() < 1e-2);
            assert_eq!(float(disc[3]) == 0.0, filled);
        }
        assert_eq!(SphereMarks::new(&points, &SphereState { focus: Some(50), ..state() }).discs.len(), 50);
    }

    /// A class pointed at in the legend stands out of the others, which stay where they are, as on the page's own canvas.
    #[test]
    fn a_highlighted_class_fades_the_others() {
        let alphas = |highlighted| -> Vec<([u8; 3], u8)> {
            let discs = SphereMarks::new(&many(100), &SphereState { highlighted, ..state() }).discs;
            let parts = |disc: &Disc| {
                let [red, green, blue, alpha] = disc[4].to_ne_bytes();
                ([red, green, blue], alpha)
            };
            discs.iter().map(parts).collect()
        };
        let (plain, highlighted) = (alphas(None), alphas(Some(4)));
        assert_eq!(plain.len(), highlighted.len(), "no point is left out");
        for ((colour, before), (_, after)) in plain.iter().zip(&highlighted) {
            let kept = if *colour == class_colour(4, true) { 1.0 } else { FADED };
            assert!((f32::from(*before) * kept - f32::from(*after)).abs() <= 1.0, "{colour:?}: {before} {after}");
        }
    }

    /// The neighbours of the image pointed at are larger, before everything else, and joined with it.
    #[test]
    fn neighbours_are_joined_with_the_image() {
        let points = many(50);
        let plain = SphereMarks::new(&points, &SphereState { focus: Some(7), ..state() });
        let scene = SphereMarks::new(&points, &SphereState { focus: Some(7), neighbours: vec![3, 12, 99], ..state() });
        assert_eq!((scene.links, scene.picked), (2, 4), "one that is not there is passed over");
        assert_eq!((scene.bars.len(), scene.discs.len()), (plain.bars.len() + 2, plain.discs.len() + 2));
        let at = |index: usize| CAMERA.project(points.positions[index], 800.0, 600.0);
        for (bar, end) in scene.bars[plain.bars.len()..].iter().zip([3, 12]) {
            assert!((float(bar[0]) - at(7).x).abs() < 1e-2 && (float(bar[2]) - at(end).x).abs() < 1e-2);
        }
        assert!((float(scene.discs[50][0]) - at(3).x).abs() < 1e-2);
        assert!(float(scene.discs[50][2]) < float(scene.discs[52][2]), "the image itself is the largest");
    }

    /// On a screen of twice the density everything is twice as large in device pixels, as on the page's own canvas.
    #[test]
    fn a_dense_screen_gets_larger_marks() {
        let once = SphereMarks::new(&many(50), &state());
        let twice = SphereMarks::new(&many(50), &SphereState { width: 1600, height: 1200, ratio: 2.0, ..state() });
        for (small, large) in once.discs.iter().zip(&twice.discs) {
            assert!((2.0 * float(small[2]) / float(large[2]) - 1.0).abs() < 1e-3);
        }
        assert_eq!(2.0 * float(once.bars[0][4]), float(twice.bars[0][4]));
    }

    #[test]
    fn the_histogram_counts_every_shown_point_once() {
        let position = |index: u8| {
            let (sin, cos) = (0.1 * f32::from(index)).sin_cos();
            [cos, sin, 0.0]
        };
        let points =
            SpherePoints { positions: (0..60).map(position).collect(), labels: vec![2; 60], projection: Projection::Circle };
        let scene = SphereMarks::new(&points, &SphereState { yaw: 0.0, pitch: 0.0, zoom: 1.0, ..state() });
        let length = |bar: &Bar| (float(bar[2]) - float(bar[0])).hypot(float(bar[3]) - float(bar[1]));
        let highest = scene.bars.iter().map(&length).fold(0.0f32, f32::max);
        let reach = 0.19 * Camera::front(1.0).radius(800.0, 600.0);
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
        let bars = SphereMarks::new(&many(1), &state()).bars;
        let alphas: Vec<u8> = bars.iter().map(|bar| bar[6].to_ne_bytes()[3]).collect();
        assert!(alphas.windows(2).all(|pair| pair[0] <= pair[1]), "the back half comes first");
        assert!(alphas[0] < alphas[alphas.len() - 1]);
        let outline = CAMERA.outline(800.0, 600.0);
        assert!(bars.iter().all(|bar| (float(bar[0]) - 400.0).hypot(float(bar[1]) - 300.0) <= outline + 1e-2));
    }
}
