//! The density of images in the plane around their circle.

use crate::globe::sector;
use crate::plots::Inputs;
use crate::scene::{Ink, Scene};
use std::f64::consts::{PI, TAU};

/// The density in the plane around the circle.
pub(super) struct Map<'a> {
    /// Shares of the largest density, ring by ring from the inside, sectors from -pi on.
    values: &'a [f32],
    sectors: usize,
    /// Radii of the middles of the first and the last ring, and half of the breadth of a ring, the circle being 1.
    first: f64,
    last: f64,
    half: f64,
}

impl<'a> Map<'a> {
    /// That of the engine's answer, if it is whole.
    pub fn of(inputs: &Inputs<'a>) -> Option<Self> {
        let (sectors, values) = inputs.matrix("map")?;
        let (_, radii) = inputs.series("rings")?;
        let (first, last) = (f64::from(*radii.first()?), f64::from(*radii.last()?));
        let whole = sectors > 0 && radii.len() > 1 && values.len() == sectors * radii.len();
        let half = 0.5 * (last - first) / (radii.len() - 1) as f64;
        (whole && half > 0.0 && first > half).then_some(Self { values, sectors, first, last, half })
    }

    /// A ring of the map, between two of them where `ring` is no whole number.
    fn ring(&self, ring: f64) -> impl Iterator<Item = f64> {
        let row = |ring: f64| self.values.chunks_exact(self.sectors).nth(ring as usize).unwrap_or_default().iter();
        let share = ring.fract();
        row(ring).zip(row(ring.ceil())).map(move |(one, other)| (1.0 - share) * f64::from(*one) + share * f64::from(*other))
    }

    /// The radius of all of it.
    pub fn outermost(&self) -> f64 {
        self.last + self.half
    }

    /// Draws it around a point, with so many pixels to the radius of the circle.
    pub fn draw(&self, scene: &mut Scene, at: (f64, f64), unit: f64) {
        // On a large circle the rings would be seen: there are others between them.
        let between = if self.half * unit > 2.0 { 3 } else { 1 };
        let rings = between * (self.values.len() / self.sectors - 1);
        let half = self.half / f64::from(between as u32);
        for place in 0..=rings {
            let ring = place as f64 / between as f64;
            let radius = self.first + 2.0 * self.half * ring;
            for (place, value) in self.ring(ring).enumerate().filter(|(_, value)| *value > 0.01) {
                let angle = TAU * place as f64 / self.sectors as f64 - PI;
                // A little over the next one, so that no seam is seen.
                let angles = (angle, angle + 1.1 * TAU / self.sectors as f64);
                let outer = (radius + half + 0.8 / unit).min(self.outermost());
                scene.area(
                    sector(at, (unit * (radius - half), unit * outer), angles),
                    Ink::Amount(value),
                    (6.0 * value).min(1.0),
                );
            }
        }
    }
}
