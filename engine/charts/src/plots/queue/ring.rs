//! The ring of the keys.

use super::super::Inputs;
use super::super::axes::{SMALL, WORDS};
use super::super::runs::{LINE, width};
use super::{Keys, Shown, plural};
use crate::scene::{Anchor, Ink, Item, Reach, Scene, Stroke};
use std::f64::consts::TAU;

/// Most pieces of a ring; of more steps several are one piece.
const PIECES: usize = 360;
/// Room beside, and above and below the ring, for the arrow and its word, CSS pixels.
const MARGIN: (f64, f64) = (46.0, 26.0);
/// Height of the line of words below the ring.
const FOOT: f64 = 22.0;
/// Smallest width of a key that is told from its neighbour by a line, CSS pixels.
const APART: f64 = 4.0;

/// Where places stand: the first at the top, then clockwise.
struct Round {
    centre: (f64, f64),
    outer: f64,
    inner: f64,
    length: usize,
}

impl Round {
    fn at(&self, place: f64, radius: f64) -> (f64, f64) {
        let (sin, cos) = (TAU * place / self.length as f64).sin_cos();
        (self.centre.0 + radius * sin, self.centre.1 - radius * cos)
    }

    /// The corners of some places.
    fn piece(&self, first: usize, count: usize) -> Vec<(f64, f64)> {
        let share = count as f64 / self.length as f64;
        let corners = (share * 120.0).ceil().max(2.0);
        let place = |corner: u32| first as f64 + count as f64 * f64::from(corner) / corners;
        let steps = || 0..=(corners as u32);
        steps()
            .map(|corner| self.at(place(corner), self.outer))
            .chain(steps().rev().map(|corner| self.at(place(corner), self.inner)))
            .collect()
    }

    /// Lines across the ring before each of some places.
    fn lines(&self, scene: &mut Scene, first: usize, count: usize, stroke: Stroke) {
        for place in first..first + count {
            scene.line(vec![self.at(place as f64, self.inner), self.at(place as f64, self.outer)], stroke);
        }
    }

    /// Width of so many places along the outer edge, CSS pixels.
    fn wide(&self, count: usize) -> f64 {
        TAU * self.outer * count as f64 / self.length as f64
    }
}

/// The keys of some steps together, each beginning where the one before it in time ends: the older ones are the first.
fn together(keys: &[Keys]) -> Keys {
    let (newest, oldest) = (keys[0], keys[keys.len() - 1]);
    Keys { age: (newest.age + oldest.age) / 2, first: oldest.first, count: keys.iter().map(|keys| keys.count).sum() }
}

/// Draws the ring, the arrow and what the colours mean.
pub(super) fn draw(scene: &mut Scene, [left, upper, wide, high]: [f64; 4], shown: &Shown, inputs: &Inputs<'_>) {
    let outer = (0.5 * wide - MARGIN.0.min(0.24 * wide)).min(0.5 * (high - FOOT) - MARGIN.1).max(12.0);
    let centre = (left + 0.5 * wide, upper + 0.5 * (high - FOOT));
    let round = Round { centre, outer, inner: 0.7 * outer, length: shown.length };
    for radius in [round.outer, round.inner].into_iter().filter(|_| shown.real < shown.length) {
        scene.ring(centre, radius, Stroke::new(Ink::Muted, 1.0).dashed().alpha(0.7));
    }
    let group = shown.keys.len().div_ceil(PIECES).max(1);
    for keys in shown.keys.chunks(group) {
        let keys = together(keys);
        scene.area(round.piece(keys.first, keys.count), Ink::Amount(shown.shade(keys.age as f64)), 1.0);
        if round.wide(1) >= APART {
            round.lines(scene, keys.first, keys.count, Stroke::new(Ink::Paper, 0.8));
        }
        if round.wide(keys.count) >= APART {
            round.lines(scene, keys.first, 1, Stroke::new(Ink::Paper, 2.0));
        }
        let middle = round.at(keys.first as f64 + 0.5 * keys.count as f64, 0.5 * (round.outer + round.inner));
        scene.thing(Reach::Point(middle.0, middle.1), Item::Step(shown.step(keys.age)));
    }
    let pointed = shown.pointed(inputs);
    if let Some(keys) = pointed {
        let mut corners = round.piece(keys.first, keys.count);
        corners.extend(corners.first().copied());
        scene.line(corners, Stroke::new(Ink::Ink, 2.0));
    }
    arrow(scene, &round, shown);
    words(scene, &round, shown, pointed);
    scale(scene, (left, upper + high - 0.5 * FOOT), wide, shown);
}

/// The arrow at the place of the next key.
fn arrow(scene: &mut Scene, round: &Round, shown: &Shown) {
    let place = shown.next as f64;
    scene.line(vec![round.at(place, round.inner - 3.0), round.at(place, round.outer + 4.0)], Stroke::new(Ink::Ink, 2.0));
    scene.arrow(round.at(place, round.outer + 15.0), round.at(place, round.outer + 2.0), Stroke::new(Ink::Ink, 1.6));
    let (sin, _) = (TAU * place / round.length as f64).sin_cos();
    let at = round.at(place, round.outer + 19.0);
    let text = "next";
    let (anchor, shift) = match sin {
        0.35.. => (Anchor::Start, 0.0),
        ..-0.35 => (Anchor::End, 0.0),
        _ => (Anchor::Middle, if at.1 < round.centre.1 { -2.0 } else { 2.0 }),
    };
    let wide = width(text, SMALL);
    // Inside the picture, whichever side it stands on.
    let x = match anchor {
        Anchor::Start => at.0.min(scene.width - wide - 2.0),
        Anchor::End => at.0.max(wide + 2.0),
        Anchor::Middle => at.0,
    };
    scene.words(text, (x, (at.1 + shift).clamp(6.0, scene.height - 6.0)), SMALL, Ink::Ink, anchor);
}

/// How many keys there are, or which are pointed at, in the middle of the ring.
fn words(scene: &mut Scene, round: &Round, shown: &Shown, pointed: Option<&Keys>) {
    // Each line in two lengths.
    let whole = keys_of(shown.length);
    let lines = match pointed {
        Some(keys) => vec![
            [format!("step {}", shown.step(keys.age)), shown.step(keys.age).to_string()],
            [format!("{} old", plural(keys.age as f64)), plural(keys.age as f64)],
            [keys_of(keys.count), String::new()],
        ],
        None if shown.real == shown.length => {
            vec![[whole, shown.length.to_string()], [format!("of {}", plural(shown.whole as f64)), plural(shown.whole as f64)]]
        }
        None => vec![
            [format!("{} of", shown.real), shown.real.to_string()],
            [whole, format!("of {}", shown.length)],
            [format!("rest: {}", shown.rest()), if shown.random { "rest: random".into() } else { "rest: none".into() }],
        ],
    };
    let scaled = (0.01 * round.inner).clamp(1.0, 1.5);
    let high = scaled * LINE;
    let first = round.centre.1 - 0.5 * high * (lines.len() as f64 - 1.0);
    for (place, choices) in lines.iter().enumerate() {
        let (size, ink) = if place == 0 { (scaled * WORDS, Ink::Ink) } else { (scaled * SMALL, Ink::Muted) };
        let y = first + high * place as f64;
        // As wide as the hole is where the line stands.
        let away = ((y - round.centre.1).abs() + 0.5 * high) / round.inner;
        let room = 1.9 * round.inner * (1.0 - away * away).max(0.0).sqrt();
        if let Some(line) = choices.iter().find(|line| width(line, size) <= room) {
            scene.words(line, (round.centre.0, y), size, ink, Anchor::Middle);
        }
    }
}

fn keys_of(count: usize) -> String {
    if count == 1 { "1 key".into() } else { format!("{count} keys") }
}

/// What the colours mean, in one line in the middle of the panel.
fn scale(scene: &mut Scene, (left, middle): (f64, f64), wide: f64, shown: &Shown) {
    const STEPS: u32 = 20;
    const STEP: f64 = 3.0;
    let oldest = shown.oldest();
    if oldest == 0 {
        return;
    }
    let (new, old) = ("1 step old".to_owned(), oldest.to_string());
    let bar = STEP * f64::from(STEPS);
    let long = width(&new, SMALL) + width(&old, SMALL) + bar + 10.0;
    let start = (left + 0.5 * (wide - long)).max(left + 2.0);
    let from = (start + width(&new, SMALL) + 5.0).round();
    scene.words(&new, (from - 5.0, middle), SMALL, Ink::Muted, Anchor::End);
    for step in 0..STEPS {
        let age = 1.0 + f64::from(step) / f64::from(STEPS - 1) * (oldest as f64 - 1.0);
        scene.block([from + STEP * f64::from(step), middle - 4.0, STEP, 8.0], Ink::Amount(shown.shade(age)), 1.0);
    }
    scene.words(&old, (from + bar + 5.0, middle), SMALL, Ink::Muted, Anchor::Start);
}
