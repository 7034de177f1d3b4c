//! Shapes of a scene as a GPU reads them.

use crate::paint::dashes;
use crate::scene::{Ink, Scene, Shape, Stroke};
use std::ops::Range;

/// A ball: x, y, radius.
pub type Ball = [u32; 3];
/// A convex area: x, y of four corners; colour; which of its edges are smoothed, one bit each, the first from the first corner to the second.
pub type Quad = [u32; 10];
/// A disc: x, y, radius, 1 if it has a rim or 0, colour.
pub type Disc = [u32; 5];

/// Kinds of instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Balls,
    Quads,
    Discs,
}

/// All shapes of a scene.
#[derive(Default)]
pub struct Instances {
    pub balls: Vec<Ball>,
    pub quads: Vec<Quad>,
    pub discs: Vec<Disc>,
    /// What is drawn after what.
    pub runs: Vec<(Kind, Range<u32>)>,
    /// Pixels to a CSS pixel.
    ratio: f64,
    dark: bool,
}

/// All four edges.
const SMOOTH: u32 = 0b1111;

type Point = (f64, f64);

impl Instances {
    /// The shapes of `scene` in pixels, `ratio` to a CSS pixel. Balls lie below all others.
    pub fn of(scene: &Scene, ratio: f64, dark: bool) -> Self {
        let mut all = Self { ratio, dark, ..Self::default() };
        for (at, radius) in crate::balls(scene) {
            let [x, y, radius] = [at.0, at.1, radius].map(|value| ((value * ratio) as f32).to_bits());
            all.balls.push([x, y, radius]);
        }
        all.drawn(Kind::Balls);
        for shape in &scene.shapes {
            match shape {
                Shape::Line { points, stroke } => all.line(points, stroke),
                Shape::Area { points, ink, alpha } => all.area(points, *ink, *alpha),
                Shape::Disc { at, radius, ink, alpha } => all.disc(*at, *radius, 0.0, *ink, *alpha),
                Shape::Dot { at, radius, class, alpha } => all.disc(*at, *radius, 1.0, Ink::Class(*class), *alpha),
                Shape::Ball { .. } | Shape::Words { .. } | Shape::Image { .. } => {}
            }
        }
        all
    }

    /// Whatever was added of a kind is drawn now.
    fn drawn(&mut self, kind: Kind) {
        let count = match kind {
            Kind::Balls => self.balls.len(),
            Kind::Quads => self.quads.len(),
            Kind::Discs => self.discs.len(),
        };
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let before = self.runs.iter().rev().find(|run| run.0 == kind).map_or(0, |run| run.1.end);
        match self.runs.last_mut() {
            Some((last, range)) if *last == kind => range.end = count,
            _ if count > before => self.runs.push((kind, before..count)),
            _ => {}
        }
    }

    fn colour(&self, ink: Ink, alpha: f64) -> u32 {
        let [red, green, blue] = ink.rgb(self.dark);
        u32::from_ne_bytes([red, green, blue, (alpha.clamp(0.0, 1.0) * 255.0).round() as u8])
    }

    fn disc(&mut self, (x, y): Point, radius: f64, rim: f64, ink: Ink, alpha: f64) {
        let ratio = self.ratio;
        let [x, y, radius, rim] = [x * ratio, y * ratio, radius * ratio, rim].map(|value| (value as f32).to_bits());
        self.discs.push([x, y, radius, rim, self.colour(ink, alpha)]);
        self.drawn(Kind::Discs);
    }

    /// A convex area, its corners in CSS pixels.
    fn quad(&mut self, corners: [Point; 4], colour: u32, smoothed: u32) {
        let mut quad = [0; 10];
        // Turned so that the inside is where the shader looks for it.
        let (corners, smoothed) = if signed(&corners) < 0.0 {
            let bit = |from: u32, to: u32| (smoothed >> from & 1) << to;
            ([corners[0], corners[3], corners[2], corners[1]], bit(0, 3) | bit(1, 2) | bit(2, 1) | bit(3, 0))
        } else {
            (corners, smoothed)
        };
        for (place, (x, y)) in quad.chunks_exact_mut(2).zip(corners) {
            (place[0], place[1]) = (((x * self.ratio) as f32).to_bits(), ((y * self.ratio) as f32).to_bits());
        }
        (quad[8], quad[9]) = (colour, smoothed);
        self.quads.push(quad);
    }

    fn line(&mut self, points: &[Point], stroke: &Stroke) {
        // A line thinner than a pixel is a pixel wide and paler.
        let width = stroke.width * self.ratio;
        let colour = self.colour(stroke.ink, stroke.alpha * width.min(1.0));
        let half = 0.5 * width.max(1.0) / self.ratio;
        let pieces = if stroke.dashed { dashes(points, 5.0, 4.0) } else { vec![points.to_vec()] };
        for piece in pieces {
            self.path(&piece, half, colour);
        }
        self.drawn(Kind::Quads);
    }

    /// A path of segments that meet in mitres, so that none is seen twice.
    fn path(&mut self, points: &[Point], half: f64, colour: u32) {
        let mut points = points.to_vec();
        points.dedup_by(|a, b| (a.0 - b.0).hypot(a.1 - b.1) < 1e-3);
        let ends = points.first().zip(points.last());
        let closed = points.len() > 3 && ends.is_some_and(|(a, b)| (a.0 - b.0).hypot(a.1 - b.1) < 1e-3);
        let normals: Vec<Point> = points.windows(2).map(|pair| normal(pair[0], pair[1])).collect();
        let (Some(&first), Some(&last)) = (normals.first(), normals.last()) else { return };
        let side = |place: usize| {
            let before = if place > 0 {
                normals[place - 1]
            } else if closed {
                last
            } else {
                first
            };
            let after = normals.get(place).copied().unwrap_or(if closed { first } else { last });
            let (x, y) = mitre(before, after);
            (x * half, y * half)
        };
        for (place, pair) in points.windows(2).enumerate() {
            let (one, two) = (side(place), side(place + 1));
            let corners = [
                (pair[0].0 + one.0, pair[0].1 + one.1),
                (pair[1].0 + two.0, pair[1].1 + two.1),
                (pair[1].0 - two.0, pair[1].1 - two.1),
                (pair[0].0 - one.0, pair[0].1 - one.1),
            ];
            let open = |end: bool| u32::from(!closed && end);
            let smoothed = 0b101 | open(place + 2 == points.len()) << 1 | open(place == 0) << 3;
            self.quad(corners, colour, smoothed);
        }
    }

    fn area(&mut self, points: &[Point], ink: Ink, alpha: f64) {
        let colour = self.colour(ink, alpha);
        match points {
            [a, b, c, d] if convex(&[*a, *b, *c, *d]) => self.quad([*a, *b, *c, *d], colour, SMOOTH),
            _ => {
                let next = |from: usize, to: usize| (from + 1) % points.len() == to || (to + 1) % points.len() == from;
                for [a, b, c] in triangles(points) {
                    let smoothed = u32::from(next(a, b)) | u32::from(next(b, c)) << 1 | u32::from(next(c, a)) << 3;
                    self.quad([points[a], points[b], points[c], points[c]], colour, smoothed);
                }
            }
        }
        self.drawn(Kind::Quads);
    }
}

/// The direction across a segment, of length 1.
fn normal(from: Point, to: Point) -> Point {
    let (x, y) = (to.0 - from.0, to.1 - from.1);
    let length = x.hypot(y).max(1e-12);
    (-y / length, x / length)
}

/// Where the sides of two segments meet, in shares of half their width; not farther than twice that at a sharp corner.
fn mitre(before: Point, after: Point) -> Point {
    let (x, y) = (before.0 + after.0, before.1 + after.1);
    let square = x * x + y * y;
    if square < 0.25 { after } else { (2.0 * x / square, 2.0 * y / square) }
}

/// Twice the area of a polygon; positive if its corners go round as the shader wants them.
fn signed(points: &[Point]) -> f64 {
    let pair = |(place, a): (usize, &Point)| {
        let b = points[(place + 1) % points.len()];
        a.0 * b.1 - a.1 * b.0
    };
    points.iter().enumerate().map(pair).sum()
}

fn turns(a: Point, b: Point, c: Point) -> f64 {
    (b.0 - a.0) * (c.1 - b.1) - (b.1 - a.1) * (c.0 - b.0)
}

fn convex(points: &[Point; 4]) -> bool {
    let turn = |place: usize| turns(points[place], points[(place + 1) % 4], points[(place + 2) % 4]);
    (0..4).all(|place| turn(place) >= 0.0) || (0..4).all(|place| turn(place) <= 0.0)
}

/// The triangles of a polygon that does not cross itself, as places of its corners: ears are cut off one after another.
fn triangles(points: &[Point]) -> Vec<[usize; 3]> {
    let way = signed(points).signum();
    let mut left: Vec<usize> = (0..points.len()).collect();
    let mut found = Vec::new();
    while left.len() > 2 {
        let count = left.len();
        let ear = |place: &usize| {
            let [a, b, c] = [(place + count - 1) % count, *place, (place + 1) % count].map(|at| left[at]);
            let corner = [points[a], points[b], points[c]];
            let inside = |other: Point| (0..3).all(|side| way * turns(corner[side], corner[(side + 1) % 3], other) > 0.0);
            way * turns(corner[0], corner[1], corner[2]) >= 0.0
                && left.iter().all(|&other| [a, b, c].contains(&other) || !inside(points[other]))
        };
        // A polygon that crosses itself may have none: then any corner will do.
        let place = (0..count).find(ear).unwrap_or(0);
        found.push([(place + count - 1) % count, place, (place + 1) % count].map(|at| left[at]));
        left.remove(place);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float(bits: u32) -> f64 {
        f64::from(f32::from_bits(bits))
    }

    fn corners(quad: &Quad) -> Vec<Point> {
        quad[..8].chunks_exact(2).map(|pair| (float(pair[0]), float(pair[1]))).collect()
    }

    /// Triangles cover a polygon exactly, however it is bent and whichever way it goes round.
    #[test]
    fn triangles_have_the_area_of_their_polygon() {
        let arrow = vec![(0.0, 0.0), (10.0, 5.0), (0.0, 10.0), (4.0, 5.0)];
        let ring: Vec<Point> = (0..=20)
            .map(|part| (f64::from(part) * 0.2, 10.0))
            .chain((0..=20).rev().map(|part| (f64::from(part) * 0.2, 6.0)))
            .map(|(angle, radius)| (radius * angle.cos(), radius * angle.sin()))
            .collect();
        for mut polygon in [arrow, ring] {
            for _ in 0..2 {
                let area: f64 =
                    triangles(&polygon).iter().map(|[a, b, c]| signed(&[polygon[*a], polygon[*b], polygon[*c]]).abs()).sum();
                assert!((area - signed(&polygon).abs()).abs() < 1e-9, "{area}");
                polygon.reverse();
            }
        }
    }

    #[test]
    fn shapes_keep_their_order_and_grow_with_the_density_of_the_screen() {
        let mut scene = Scene::new((100.0, 100.0));
        scene.disc((10.0, 10.0), 2.0, Ink::Ink, 1.0);
        scene.line(vec![(0.0, 0.0), (10.0, 0.0)], Stroke::new(Ink::Ink, 1.0));
        scene.area(vec![(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)], Ink::Accent, 1.0);
        scene.dot((20.0, 10.0), 2.0, 3, 0.5);
        scene.shapes.push(Shape::Ball { at: (50.0, 50.0), radius: 40.0 });
        let all = Instances::of(&scene, 2.0, false);
        let runs = [(Kind::Balls, 0..1), (Kind::Discs, 0..1), (Kind::Quads, 0..2), (Kind::Discs, 1..2)];
        assert_eq!(all.runs, runs);
        assert_eq!(float(all.balls[0][2]), 80.0);
        assert_eq!([all.discs[1][0], all.discs[1][2], all.discs[1][3]].map(float), [40.0, 4.0, 1.0]);
        assert_eq!(all.discs[1][4].to_ne_bytes()[3], 128);
        assert_eq!(corners(&all.quads[0]).len(), 4);
    }

    /// Every quad goes round the way that the shader takes for inside; segments of a path meet in the same corners.
    #[test]
    fn segments_meet_and_quads_go_round_one_way() {
        let mut scene = Scene::new((100.0, 100.0));
        scene.line(vec![(10.0, 10.0), (50.0, 10.0), (50.0, 60.0), (20.0, 30.0)], Stroke::new(Ink::Ink, 4.0));
        scene.ring((50.0, 50.0), 20.0, Stroke::new(Ink::Ink, 2.0));
        scene.area(vec![(0.0, 0.0), (0.0, 10.0), (10.0, 10.0), (10.0, 0.0)], Ink::Ink, 1.0);
        let all = Instances::of(&scene, 1.0, false);
        assert!(all.quads.iter().all(|quad| signed(&corners(quad)) > 0.0));
        let near = |a: Point, b: Point| (a.0 - b.0).hypot(a.1 - b.1) < 1e-4;
        let meet = |one: &Quad, two: &Quad| {
            let (one, two) = (corners(one), corners(two));
            one.iter().filter(|a| two.iter().any(|b| near(**a, *b))).count()
        };
        assert_eq!([meet(&all.quads[0], &all.quads[1]), meet(&all.quads[1], &all.quads[2])], [2, 2]);
        let ring = &all.quads[3..all.quads.len() - 1];
        assert!(ring.len() >= 20 && ring.iter().all(|quad| quad[9].count_ones() == 2), "a closed line has no ends");
        assert_eq!(all.quads[0][9].count_ones(), 3, "an open one has");
    }
}
