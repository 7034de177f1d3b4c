//! The density of the dots as soft shading of the ball: a band more for each level that is passed.

use super::told::Eye;
use crate::Camera;
use crate::plots::Inputs;
use crate::scene::{Ink, Scene};
use std::f64::consts::{PI, TAU};

/// Levels, in densities of an even spread: the same at every step.
pub(super) const LEVELS: [f64; 8] = [1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0];
/// Opacity of a band.
const BAND: f64 = 0.1;
/// Rings and sectors of the disc that is shaded.
const PARTS: (usize, usize) = (44, 120);

/// A density on the sphere, in densities of an even spread, on a grid of equal steps from pole to pole and around.
pub(super) struct Density<'a> {
    columns: usize,
    values: &'a [f32],
}

impl<'a> Density<'a> {
    /// The density that was told.
    pub fn of(inputs: &Inputs<'a>) -> Option<Self> {
        let (columns, values) = inputs.matrix("shading").filter(|_| inputs.knobs.switch("density"))?;
        // One row more than half as many as columns.
        let whole = columns > 2 && values.len() == columns * (columns / 2 + 1) && values.iter().all(|value| value.is_finite());
        whole.then_some(Self { columns, values })
    }

    fn value(&self, row: usize, column: usize) -> f64 {
        f64::from(self.values[row.min(self.columns / 2) * self.columns + column % self.columns]) * 4.0 * PI
    }

    /// Its value towards a point of the unit sphere, between the places of the grid.
    fn at(&self, [x, y, z]: [f64; 3]) -> f64 {
        let row = y.clamp(-1.0, 1.0).acos() / PI * (self.columns / 2) as f64;
        let column = z.atan2(x).rem_euclid(TAU) / TAU * self.columns as f64;
        let (upper, left) = (row as usize, column as usize);
        let (down, right) = (row - upper as f64, column - left as f64);
        let along = |row: usize| (1.0 - right) * self.value(row, left) + right * self.value(row, left + 1);
        (1.0 - down) * along(upper) + down * along(upper + 1)
    }

    /// The highest value.
    pub fn highest(&self) -> f64 {
        4.0 * PI * self.values.iter().fold(0.0, |most, value| f64::from(*value).max(most))
    }
}

/// A corner of the disc that is shaded: where, and the density there.
type Corner = ((f64, f64), f64);

/// Shades the front of the ball.
pub(super) fn draw(scene: &mut Scene, inputs: &Inputs<'_>, eye: &Eye) {
    let Some(density) = Density::of(inputs) else { return };
    let (rings, sectors) = PARTS;
    let outline = f64::from(eye.camera.outline(eye.size.0 as f32, eye.size.1 as f32));
    let (middle, behind) = (eye.middle(), behind(eye));
    let corner = |ring: usize, sector: usize| -> Corner {
        let (sin, cos) = (TAU * (sector % sectors) as f64 / sectors as f64).sin_cos();
        let away = outline * ring as f64 / rings as f64;
        let (x, y) = (away * cos, away * sin);
        ((middle.0 + x, middle.1 - y), density.at(behind(x, y)))
    };
    let corners: Vec<Vec<Corner>> = (0..=rings).map(|ring| (0..=sectors).map(|sector| corner(ring, sector)).collect()).collect();
    for level in LEVELS.into_iter().filter(|level| *level < density.highest()) {
        for pair in corners.windows(2) {
            band(scene, &pair[0], &pair[1], level);
        }
    }
}

/// Fills what lies above a level between two rings: cells that do so all over in one piece, others up to where the level is passed.
fn band(scene: &mut Scene, inner: &[Corner], outer: &[Corner], level: f64) {
    let mut full: Vec<usize> = Vec::new();
    let mut flush = |full: &mut Vec<usize>| {
        if let (Some(first), Some(last)) = (full.first(), full.last()) {
            let (first, last) = (*first, *last + 1);
            let there = outer[first..=last].iter().map(|corner| corner.0);
            let back = inner[first..=last].iter().rev().map(|corner| corner.0);
            scene.area(there.chain(back).collect(), Ink::Accent, BAND);
        }
        full.clear();
    };
    let mut pieces = Vec::new();
    for sector in 0..inner.len().min(outer.len()).saturating_sub(1) {
        let cell = [inner[sector], outer[sector], outer[sector + 1], inner[sector + 1]];
        if cell.iter().all(|corner| corner.1 >= level) {
            full.push(sector);
        } else {
            flush(&mut full);
            pieces.push(above(&cell, level));
        }
    }
    flush(&mut full);
    pieces.into_iter().for_each(|piece| scene.area(piece, Ink::Accent, BAND));
}

/// The part of a polygon in which what stands at its corners is above a level.
fn above(cell: &[Corner], level: f64) -> Vec<(f64, f64)> {
    let mut part = Vec::new();
    for (here, next) in cell.iter().zip(cell.iter().cycle().skip(1)) {
        if here.1 >= level {
            part.push(here.0);
        }
        if (here.1 >= level) != (next.1 >= level) {
            let share = (level - here.1) / (next.1 - here.1);
            part.push((here.0.0 + share * (next.0.0 - here.0.0), here.0.1 + share * (next.0.1 - here.0.1)));
        }
    }
    part
}

/// The point of the sphere that is seen so far to the right of its middle and so far up, CSS pixels: the nearer of two.
fn behind(eye: &Eye) -> impl Fn(f64, f64) -> [f64; 3] + use<> {
    let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(|axis| eye.camera.turn(axis).map(f64::from));
    let (radius, distance) = (eye.radius().max(1e-6), f64::from(Camera::DISTANCE));
    move |right, up| {
        // On the line from the eye through the picture, x = u (D - z) and y = v (D - z), and x^2 + y^2 + z^2 = 1.
        let (u, v) = (right / (radius * distance), up / (radius * distance));
        let k = u * u + v * v;
        let root = (1.0 - k * (distance * distance - 1.0)).max(0.0).sqrt();
        let z = (k * distance + root) / (k + 1.0);
        let turned = [u * (distance - z), v * (distance - z), z];
        // Back by the transposed turn.
        let point = axes.map(|axis| axis.iter().zip(turned).map(|(axis, value)| axis * value).sum::<f64>());
        let length = point.iter().map(|value| value * value).sum::<f64>().sqrt().max(1e-9);
        point.map(|value| value / length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is seen at a place is what the camera puts there.
    #[test]
    fn the_point_behind_a_place_is_seen_there() {
        for (yaw, pitch, zoom) in [(0.0, 0.0, 1.0), (0.7, -0.4, 1.0), (-2.0, 1.1, 2.5)] {
            let eye = Eye { flat: false, camera: Camera { yaw, pitch, zoom }, size: (400.0, 300.0) };
            let (behind, sight) = (behind(&eye), eye.sight());
            for (right, up) in [(0.0, 0.0), (40.0, -70.0), (-90.0, 60.0)] {
                let seen = sight(behind(right, up).map(|value| value as f32));
                assert!((seen.at.0 - 200.0 - right).abs() < 0.01 && (seen.at.1 - 150.0 + up).abs() < 0.01, "{:?}", seen.at);
                assert!(seen.front);
            }
        }
    }

    /// In the middle between four places it is their mean; beyond the last column it goes on with the first.
    #[test]
    fn between_the_places_of_the_grid_the_density_is_between_theirs() {
        let mut values = [0.0f32; 4 * 3];
        values[4..8].copy_from_slice(&[1.0, 2.0, 3.0, 4.0]);
        let density = Density { columns: 4, values: &values };
        let near = |found: f64, expected: f64| (found / (4.0 * PI) - expected).abs() < 1e-6;
        assert!(near(density.at([1.0, 0.0, 0.0]), 1.0) && near(density.at([0.0, 0.0, 1.0]), 2.0));
        let half = std::f64::consts::FRAC_1_SQRT_2;
        assert!(near(density.at([half, 0.0, half]), 1.5) && near(density.at([half, 0.0, -half]), 2.5));
        assert!(near(density.at([0.0, 1.0, 0.0]), 0.0) && near(density.at([half, half, 0.0]), 0.5));
        assert!(near(density.highest(), 4.0));
    }

    #[test]
    fn a_cell_is_cut_where_the_level_is_passed() {
        let cell = [((0.0, 0.0), 0.0), ((4.0, 0.0), 4.0), ((4.0, 4.0), 4.0), ((0.0, 4.0), 0.0)];
        assert_eq!(above(&cell, 1.0), [(1.0, 0.0), (4.0, 0.0), (4.0, 4.0), (1.0, 4.0)]);
        assert_eq!(above(&cell, 5.0), []);
    }
}
