//! The condition of the theorem on a line: where the largest product of two class centres is, and where it would have to be.

use crate::plots::axes::SMALL;
use crate::plots::runs::{LINE, fitted, number, width};
use crate::scene::{Anchor, Ink, Scene, Stroke};
use crate::{label, ticks};

/// Draws it from `upper` on: the largest product above the line, the threshold below; up to the threshold the line is thick.
pub(super) fn draw(scene: &mut Scene, (product, threshold): (f64, f64), upper: f64, refuted: bool) {
    let (left, right) = (14.0, (scene.width - 14.0).max(40.0));
    let (low, high) = ((-1.0f64).min(threshold).min(product), 1.0f64.max(threshold).max(product));
    let at = |value: f64| left + (right - left) * (value - low) / (high - low);
    let line = upper + 30.0;
    scene.line(vec![(left, line), (right, line)], Stroke::new(Ink::Muted, 1.2));
    scene.line(vec![(left, line), (at(threshold), line)], Stroke::new(Ink::Second, 4.0).alpha(0.7));
    let places = ticks(low, high, 4);
    let spacing = if places.len() > 1 { places[1] - places[0] } else { 1.0 };
    // A number below the line gives way to the threshold's.
    let below = format!("must lie below {}", number(threshold, false));
    let below = placed(scene, &below, at(threshold), line + 24.0, Ink::Second);
    for value in places {
        let x = at(value);
        scene.line(vec![(x, line), (x, line + 4.0)], Stroke::new(Ink::Muted, 1.0));
        let words = label(value, spacing, false);
        let half = 0.5 * width(&words, SMALL);
        if x - half >= 1.0 && x + half <= scene.width - 1.0 {
            scene.words(&words, (x, line + 11.0), SMALL, Ink::Muted, Anchor::Middle);
        }
    }
    scene.line(vec![(at(threshold), line - 7.0), (at(threshold), below - 0.5 * LINE)], Stroke::new(Ink::Second, 1.6));
    let ink = if refuted { Ink::Level } else { Ink::Accent };
    placed(scene, &format!("largest product of two class centres {}", number(product, false)), at(product), upper + 10.0, ink);
    scene.line(vec![(at(product), upper + 17.0), (at(product), line)], Stroke::new(ink, 1.6));
    scene.disc((at(product), line), 4.6, ink, 1.0);
}

/// Small words in the middle of `x`, moved inside; at which height.
fn placed(scene: &mut Scene, words: &str, x: f64, middle: f64, ink: Ink) -> f64 {
    let words = fitted(words, SMALL, scene.width - 12.0);
    let half = 0.5 * width(&words, SMALL);
    let x = x.min(scene.width - half - 4.0).max(half + 4.0);
    scene.words(&words, (x, middle), SMALL, ink, Anchor::Middle);
    middle
}
