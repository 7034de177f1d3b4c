//! A scene: what one image shows, and how it is drawn.

use super::Variety;
use super::colour::{colour, mix};
use super::outline::{OUTLINES, Outline, REACH};
use crate::random::RngExt;
use std::f32::consts::TAU;

/// How many background textures there are: smooth, stripes, checker, noise.
pub(super) const TEXTURES: usize = 4;

/// Cells of the noise in each direction; it repeats after them.
const CELLS: usize = 8;

/// Everything that is varied in an image, apart from its class.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    /// Hue of the shape, turns.
    pub(super) hue: f32,
    /// Luma of the shape, 0..=1.
    pub(super) lightness: f32,
    chroma: f32,
    /// Hue of the background, turns.
    pub(super) ground_hue: f32,
    /// Mean luma of the background, at least 0.2 away from the shape's everywhere.
    ground_lightness: f32,
    ground_chroma: f32,
    /// 0 smooth, 1 stripes, 2 checker, 3 noise.
    pub(super) texture: u8,
    /// Where the texture begins, in turns of its period.
    pub(super) phase: f32,
    /// Direction of the texture, turns.
    grain: f32,
    /// Periods of stripes and checker over the image's side.
    frequency: f32,
    noise: [[f32; CELLS]; CELLS],
    /// Radius of the shape as a share of the side.
    pub(super) size: f32,
    /// Centre of the shape as shares of the side, from the image's centre: to the right, down.
    pub(super) position: [f32; 2],
    /// Angle of the shape, turns, clockwise.
    pub(super) turn: f32,
}

impl Scene {
    /// Draws a scene. Each factor lies around its own middle, as far away as `variety.nuisance` lets it.
    pub(super) fn draw(variety: Variety, class: u8, source: &mut impl RngExt) -> Self {
        let nuisance = variety.nuisance;
        let around =
            |source: &mut dyn FnMut() -> f32, middle: f32, reach: f32| middle + nuisance * reach * (2.0 * source() - 1.0);
        let mut uniform = || source.uniform();
        let mut hue = around(&mut uniform, 0.08, 0.5);
        if uniform() < variety.shortcut {
            hue = f32::from(class) / OUTLINES.len() as f32 + nuisance * 0.03 * (2.0 * uniform() - 1.0);
        }
        let (mut lightness, mut ground_lightness) = (around(&mut uniform, 0.75, 0.12), around(&mut uniform, 0.26, 0.1));
        if uniform() < 0.5 * nuisance {
            (lightness, ground_lightness) = (1.0 - lightness, 1.0 - ground_lightness);
        }
        let texture = if uniform() < nuisance { (uniform() * TEXTURES as f32) as u8 } else { 0 };
        Self {
            hue: part(hue),
            lightness,
            chroma: around(&mut uniform, 0.6, 0.25),
            ground_hue: part(around(&mut uniform, 0.6, 0.5)),
            ground_lightness,
            ground_chroma: around(&mut uniform, 0.45, 0.25),
            texture,
            phase: part(around(&mut uniform, 0.5, 0.5)),
            grain: around(&mut uniform, 0.1, 0.5),
            frequency: around(&mut uniform, 4.0, 1.5),
            size: around(&mut uniform, 0.33, 0.07),
            position: [around(&mut uniform, 0.0, 0.12), around(&mut uniform, 0.0, 0.12)],
            turn: around(&mut uniform, 0.0, 1.0 / 12.0),
            noise: std::array::from_fn(|_| std::array::from_fn(|_| uniform())),
        }
    }

    /// Appends the image's three planes.
    pub(super) fn render(&self, side: usize, outline: &Outline, planes: &mut Vec<u8>) {
        let area = side * side;
        let start = planes.len();
        planes.resize(start + 3 * area, 0);
        let (red, rest) = planes[start..].split_at_mut(area);
        let (green, blue) = rest.split_at_mut(area);
        let shape = colour(self.hue, self.chroma, self.lightness);
        let dark = colour(self.ground_hue - 0.04, self.ground_chroma, self.ground_lightness - 0.08);
        let light = colour(self.ground_hue + 0.04, self.ground_chroma, self.ground_lightness + 0.08);
        let (tilt, grain) = (direction(self.turn), direction(self.grain));
        let extent = side as f32;
        let radius = self.size * extent;
        let shrink = 1.0 / self.size;
        let near = REACH + 1.0 / radius;
        // Shares of the side, from the centre of the image, of each column and row.
        let centre = |index: usize| (index as f32 + 0.5) / extent - 0.5;
        for row in 0..side {
            let y = centre(row);
            for column in 0..side {
                let x = centre(column);
                let mut shown = mix(dark, light, self.ground(x * grain[0] + y * grain[1], y * grain[0] - x * grain[1]));
                let (x, y) = ((x - self.position[0]) * shrink, (y - self.position[1]) * shrink);
                if x * x + y * y < near * near {
                    let distance = (outline.distance)(x * tilt[0] + y * tilt[1], y * tilt[0] - x * tilt[1]);
                    shown = mix(shown, shape, smooth(0.5 - distance * radius));
                }
                let pixel = row * side + column;
                [red[pixel], green[pixel], blue[pixel]] = shown.map(|channel| (channel * 255.0 + 0.5) as u8);
            }
        }
    }

    /// The texture at a point, 0..=1. `u` and `v` are shares of the side along and across the grain.
    fn ground(&self, u: f32, v: f32) -> f32 {
        match self.texture {
            0 => wave(0.6 * u + self.phase),
            1 => smooth(1.5 * wave(self.frequency * u + self.phase) - 0.25),
            2 => {
                let (across, along) = (wave(self.frequency * u + self.phase), wave(self.frequency * v + self.phase));
                smooth(0.5 + 10.0 * (across - 0.5) * (along - 0.5))
            }
            _ => self.noise(u + self.phase, v + self.phase),
        }
    }

    /// Smooth noise between random values on a grid of cells.
    fn noise(&self, u: f32, v: f32) -> f32 {
        let cells = CELLS as f32;
        let (u, v) = (part(u) * cells, part(v) * cells);
        let (column, row) = (u as usize % CELLS, v as usize % CELLS);
        let (right, below) = ((column + 1) % CELLS, (row + 1) % CELLS);
        let (across, down) = (smooth(part(u)), smooth(part(v)));
        let line = |row: usize| self.noise[row][column] + (self.noise[row][right] - self.noise[row][column]) * across;
        let (upper, lower) = (line(row), line(below));
        upper + (lower - upper) * down
    }
}

/// From 0 at 0 to 1 at 1, flat at both ends and beyond.
fn smooth(x: f32) -> f32 {
    let x = x.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

/// What is left of a number of moderate size above the next lower whole one (`floor` is a slow call on some machines).
fn part(x: f32) -> f32 {
    let part = x - (x as i32) as f32;
    if part < 0.0 { part + 1.0 } else { part }
}

/// A triangle wave of period 1 between 0 and 1.
fn wave(x: f32) -> f32 {
    (2.0 * part(x) - 1.0).abs()
}

/// Cosine and sine of an angle in turns, to 1e-6, without the platform's mathematics library, whose last bits differ.
fn direction(turns: f32) -> [f32; 2] {
    let quarter = (4.0 * turns + 0.5).floor();
    let angle = (turns - quarter / 4.0) * TAU;
    let square = angle * angle;
    let sine = angle * (1.0 - square / 6.0 * (1.0 - square / 20.0 * (1.0 - square / 42.0)));
    let cosine = 1.0 - square / 2.0 * (1.0 - square / 12.0 * (1.0 - square / 30.0 * (1.0 - square / 56.0)));
    match quarter.rem_euclid(4.0) as u8 {
        0 => [cosine, sine],
        1 => [-sine, cosine],
        2 => [-cosine, -sine],
        _ => [sine, -cosine],
    }
}
