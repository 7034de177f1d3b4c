//! A circle with the density of its points around it, and a histogram of their angles.

use crate::plots::Inputs;
use crate::plots::axes::SMALL;
use crate::plots::runs::{fitted, number, width};
use crate::scene::{Anchor, Ink, Scene, Stroke};
use std::f64::consts::{PI, TAU};

/// The density of an even spread, per radian.
pub(in crate::plots) const EVEN: f64 = 1.0 / TAU;

/// Angles and densities as the engine tells them, if they are whole.
pub(in crate::plots) fn density(inputs: &Inputs<'_>, name: &str) -> Option<Vec<(f64, f64)>> {
    let (x, y) = inputs.series(name)?;
    let density: Vec<(f64, f64)> = x.iter().zip(y).map(|(x, y)| (f64::from(*x), f64::from(*y))).collect();
    (density.len() > 2 && density.iter().all(|(x, y)| x.is_finite() && y.is_finite())).then_some(density)
}

/// Where a density is largest, and how large it is there.
pub(in crate::plots) fn peak(density: &[(f64, f64)]) -> Option<(f64, f64)> {
    density.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1))
}

/// A ring with densities outwards from it, all in one scale: that of an even spread has half of the reach at most.
pub(in crate::plots) struct Around {
    /// The middle of the ring.
    pub at: (f64, f64),
    /// Its radius.
    pub inner: f64,
    /// How far the highest density reaches out from it.
    pub reach: f64,
    /// The highest density.
    pub highest: f64,
}

impl Around {
    /// A ring for these densities.
    pub fn new<'a>(at: (f64, f64), (inner, reach): (f64, f64), densities: impl Iterator<Item = &'a [(f64, f64)]>) -> Self {
        let highest = densities.filter_map(peak).fold(2.0 * EVEN, |most, peak| peak.1.max(most));
        Self { at, inner, reach, highest }
    }

    /// Where a density stands at an angle.
    pub fn place(&self, angle: f64, value: f64) -> (f64, f64) {
        let (sin, cos) = angle.sin_cos();
        let radius = self.inner + self.reach * value / self.highest;
        (self.at.0 + radius * cos, self.at.1 - radius * sin)
    }

    fn line(&self, density: &[(f64, f64)]) -> Vec<(f64, f64)> {
        density.iter().map(|&(angle, value)| self.place(angle, value)).collect()
    }

    /// Draws the density of all, filled, and the even spread as a dashed ring; where its name begins.
    pub fn all(&self, scene: &mut Scene, density: &[(f64, f64)]) -> (f64, f64) {
        let outer = self.line(density);
        let below = density.iter().rev().map(|&(angle, _)| self.place(angle, 0.0));
        scene.area(outer.iter().copied().chain(below).collect(), Ink::Accent, 0.22);
        scene.line(outer, Stroke::new(Ink::Accent, 1.6));
        let even: Vec<(f64, f64)> = (0..=72u8).map(|part| self.place(TAU * f64::from(part) / 72.0, EVEN)).collect();
        scene.line(even, Stroke::new(Ink::Level, 1.0).dashed());
        let name = self.place(0.25 * PI, EVEN + 0.12 * self.highest);
        scene.words("even", name, SMALL, Ink::Level, Anchor::Start);
        name
    }

    /// Draws the density of one class as a line; where it is highest.
    pub fn class(&self, scene: &mut Scene, density: &[(f64, f64)], class: usize, dashed: bool) -> Option<(f64, f64)> {
        let stroke = Stroke { dashed, ..Stroke::new(Ink::Class(class), 2.0) };
        scene.line(self.line(density), stroke);
        peak(density).map(|(angle, value)| self.place(angle, value))
    }
}

/// Shares of angles in equal bins from -pi to pi, each bin split by class: `[bins][classes]`. What is no number does not count.
pub(in crate::plots) fn histogram(angles: impl Iterator<Item = (f64, usize)>, bins: usize, classes: usize) -> Vec<Vec<f64>> {
    let mut counts = vec![vec![0.0; classes]; bins];
    let mut all = 0.0f64;
    for (angle, class) in angles.filter(|(angle, class)| angle.is_finite() && *class < classes) {
        let bin = ((angle + PI) / TAU * bins as f64) as usize;
        counts[bin.min(bins - 1)][class] += 1.0;
        all += 1.0;
    }
    counts.iter_mut().flatten().for_each(|count| *count /= all.max(1.0));
    counts
}

/// A histogram of angles with a density over it.
pub(in crate::plots) struct Angles<'a> {
    /// Shares by bin and class, as [`histogram`] gives them.
    pub bins: &'a [Vec<f64>],
    /// The colour of a class.
    pub ink: &'a dyn Fn(usize) -> Ink,
    /// What stands above it.
    pub title: &'a str,
    /// The colour of the title and of the density.
    pub accent: Ink,
    /// The density over it.
    pub density: Option<&'a [(f64, f64)]>,
    /// Whether angles stand below it.
    pub numbered: bool,
}

impl Angles<'_> {
    /// Draws it into a rectangle: left, upper, width, height.
    pub fn draw(&self, scene: &mut Scene, [left, upper, wide, high]: [f64; 4]) {
        let (left, right) = (left + 8.0, left + wide - 8.0);
        let below = if self.numbered { 18.0 } else { 4.0 };
        let (top, bottom) = (upper + 14.0, (upper + high - below).max(upper + 15.0));
        scene.words(&fitted(self.title, SMALL, right - left), (left, upper + 7.0), SMALL, self.accent, Anchor::Start);
        let total = |bin: &Vec<f64>| bin.iter().sum::<f64>();
        // A share of a bin over its width is a density.
        let per = self.bins.len().max(1) as f64 / TAU;
        let highest = self.bins.iter().map(total).fold(0.0, f64::max) * per;
        let highest = self.density.and_then(peak).map_or(0.0, |peak| peak.1).max(highest).max(1.6 * EVEN);
        let y = |density: f64| bottom - density / highest * (bottom - top);
        let x = |angle: f64| left + (angle + PI) / TAU * (right - left);
        let bar = (right - left) / self.bins.len().max(1) as f64;
        for (place, bin) in self.bins.iter().enumerate() {
            let mut below = 0.0;
            for (class, share) in bin.iter().enumerate().filter(|(_, share)| **share > 0.0) {
                let (from, to) = (y(per * below), y(per * (below + share)));
                scene.block([left + bar * place as f64 + 0.25, to, (bar - 0.5).max(0.5), from - to], (self.ink)(class), 0.75);
                below += share;
            }
        }
        if let Some(density) = self.density {
            scene.line(density.iter().map(|&(angle, value)| (x(angle), y(value))).collect(), Stroke::new(self.accent, 1.4));
        }
        scene.line(vec![(left, y(EVEN)), (right, y(EVEN))], Stroke::new(Ink::Level, 1.0).dashed());
        scene.line(vec![(left, bottom), (right, bottom)], Stroke::new(Ink::Muted, 1.0));
        if self.numbered {
            let every = if right - left < 190.0 { 2 } else { 1 };
            for quarter in (-2i8..=2).step_by(every) {
                let at = x(PI * f64::from(quarter) / 2.0);
                let anchor = match quarter {
                    -2 => Anchor::Start,
                    2 => Anchor::End,
                    _ => Anchor::Middle,
                };
                scene.line(vec![(at, bottom), (at, bottom + 3.0)], Stroke::new(Ink::Muted, 1.0));
                scene.words(&degrees(f64::from(quarter) * PI / 2.0), (at, bottom + 11.0), SMALL, Ink::Muted, anchor);
            }
        }
    }
}

/// An angle in whole degrees.
pub(in crate::plots) fn degrees(angle: f64) -> String {
    // Adding nothing makes a zero of a -0.
    format!("{:.0}\u{b0}", angle.to_degrees().round() + 0.0).replace('-', "\u{2212}")
}

/// Where a density is highest, in words.
pub(in crate::plots) fn told(density: &[(f64, f64)]) -> String {
    let Some((angle, value)) = peak(density) else { return String::new() };
    format!("the density is highest at {}, {} times that of an even spread", degrees(angle), number(value / EVEN, false))
}

/// Words that are cut where they do not fit beside others of the same line.
pub(in crate::plots) fn foot(scene: &mut Scene, text: &str) {
    let room = scene.width - 12.0;
    let size = if width(text, SMALL) > room { SMALL - 1.0 } else { SMALL };
    scene.words(&fitted(text, size, room), (6.0, scene.height - 8.0), size, Ink::Muted, Anchor::Start);
}
