//! The cosines of each two methods: the lower half of a symmetric table, each method named once, where its row meets its column.

use super::super::axes::SMALL;
use super::super::heat::{Heat, scale};
use super::super::runs::{fitted, number, width};
use super::Compared;
use crate::scene::{Anchor, Ink, Scene, Stroke};

/// Smallest side of a cell beside whose row there is room for a name, CSS pixels.
pub(super) const CELL: f64 = 10.5;
/// Largest side of a cell.
const LARGEST: f64 = 64.0;
/// Smallest side of a cell with room for its number.
const NUMBERED: f64 = 22.0;
/// Room at the left and at the top.
pub(super) const EDGE: f64 = 5.0;

/// The side of the table that has room for the names beside it.
pub(super) fn side(count: usize, (wide, high): (f64, f64)) -> f64 {
    let names = (0.3 * wide).clamp(86.0, 190.0);
    (wide - EDGE - names).min(high - EDGE - 8.0).min(LARGEST * count as f64).floor().max(1.0)
}

/// Draws the table, this wide, at the upper left corner.
pub(super) fn draw(scene: &mut Scene, compared: &Compared<'_>, side: f64) {
    let count = compared.count();
    let heat = Heat { values: compared.cosines, side: count, area: (EDGE, EDGE, side) };
    let cell = side / count as f64;
    let numbered = cell >= NUMBERED;
    for row in 0..count {
        for column in 0..=row {
            let area = heat.cells(row..row + 1, column..column + 1);
            one(scene, compared.cosine(row, column), area, numbered);
        }
    }
    // The column of the method that trains says how the others agree with it.
    scene.frame(heat.cells(0..count, 0..1), Stroke::new(Ink::Ink, 1.5));
    let letters = if cell < 12.0 { 9.0 } else { SMALL };
    let mut last = f64::NEG_INFINITY;
    for (row, name) in compared.names.iter().enumerate() {
        let [left, upper, wide, high] = heat.cells(row..row + 1, row..row + 1);
        let y = (upper + 0.5 * high).max(0.5 * letters);
        if y - last < 0.95 * letters {
            continue;
        }
        last = y;
        let words = match (row, numbered) {
            (0, _) => format!("{name} (trains)"),
            (_, true) => name.clone(),
            // Where cells have no room for numbers, the one with the method that trains stands here.
            (_, false) => format!("{}  {name}", two_digits(compared.cosine(row, 0), true)),
        };
        let start = left + wide + 6.0;
        let ink = if row == 0 { Ink::Ink } else { Ink::Muted };
        let room = scene.width - start - 4.0;
        let words = if width(&words, letters) > room { words.replace("Gradient of ", "\u{2207} ") } else { words };
        scene.words(&fitted(&words, letters, room), (start, y), letters, ink, Anchor::Start);
    }
    // The upper right is empty.
    let used = EDGE + cell + 6.0 + width(&compared.names[0], SMALL) + width(" (trains)", SMALL);
    let start = scene.width - 150.0;
    if start > used + 10.0 && side > 3.0 * CELL {
        scale(scene, (start, EDGE + 0.5 * cell.min(24.0)), "cosine");
    }
}

fn one(scene: &mut Scene, cosine: f64, [left, upper, wide, high]: [f64; 4], numbered: bool) {
    // A gap keeps cells apart.
    let gap = if wide >= 8.0 { 1.0 } else { 0.0 };
    let middle = (left + 0.5 * wide, upper + 0.5 * high);
    if !cosine.is_finite() {
        return scene.words("\u{2013}", middle, SMALL, Ink::Muted, Anchor::Middle);
    }
    scene.block([left, upper, wide - gap, high - gap], Ink::Signed(cosine.clamp(-1.0, 1.0)), 1.0);
    let ink = if cosine.abs() > 0.68 { Ink::Paper } else { Ink::Ink };
    if numbered {
        let text = two_digits(cosine, wide >= 34.0);
        let size = if wide >= 30.0 { SMALL } else { 9.0 };
        scene.words(&text, middle, size, ink, Anchor::Middle);
    } else if cosine < -0.25 && wide >= 8.0 {
        scene.line(vec![(left + 0.25 * wide, middle.1), (left + 0.7 * wide, middle.1)], Stroke::new(ink, 1.0));
    }
}

/// A cosine with two digits: `0.97`, or `.97` where there is little room.
fn two_digits(cosine: f64, whole: bool) -> String {
    if !cosine.is_finite() {
        return "\u{2013}".into();
    }
    let text = number((100.0 * cosine).round() / 100.0, false);
    // Two digits, of a whole one none.
    let text = match text.strip_suffix("0").filter(|_| text.contains('.')).unwrap_or(&text) {
        "1.0" => "1",
        "\u{2212}1.0" => "\u{2212}1",
        text => text,
    };
    if whole { text.to_owned() } else { text.replacen("0.", ".", 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosines_have_two_digits() {
        let all = [0.974, -0.12, 1.0, 0.0, -0.004, -1.0].map(|cosine| two_digits(cosine, true));
        assert_eq!(all, ["0.97", "\u{2212}0.12", "1", "0.00", "0.00", "\u{2212}1"]);
        assert_eq!([0.974, -0.12, f64::NAN].map(|cosine| two_digits(cosine, false)), [".97", "\u{2212}.12", "\u{2013}"]);
    }
}
