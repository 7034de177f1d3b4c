//! The formulas of the families, with the lengths that their parts have on a batch.

use super::super::Inputs;
use super::super::axes::{SMALL, WORDS};
use super::super::runs::{fitted, number, width};
use super::Compared;
use crate::scene::{Anchor, Ink, Scene, Stroke, wrapped};

/// The name and the gradient of each family, in the order of the part `forms` (METHODS.md 6.2).
const FAMILIES: [(&str, &str); 5] = [
    ("Contrastive", "(\u{2212}u\u{2032} + \u{3a3} s v) / \u{3c4}"),
    ("Asymmetric", "(\u{2212}W u\u{2032} + \u{3bb} W\u{b2} u) / |W u|"),
    ("Barlow Twins", "2 (\u{2212}A u\u{2032} + \u{3bb} \u{3a3} (u\u{2032}\u{b7}v\u{2032}/N) v)"),
    ("VICReg", "2a (u \u{2212} u\u{2032}) + 2\u{3bb} (\u{3a3} (u\u{b7}v/N) v \u{2212} B u)"),
    ("UniGrad", "\u{2212}u\u{2032} + \u{3bb} F u"),
];

/// The gradient as the two parts that are measured.
const MEASURED: &str = "\u{2212}pull + push";

/// What the letters are.
const KEY: &str = "u: an embedding; u\u{2032}: its other view; v: others; s: their softmax at temperature \u{3c4}; W: predictor; \u{3bb}: balance; \
                   a: weight of invariance; A, B: diagonal matrices; F: second moments. Numbers: mean lengths along the sphere.";

/// Height of a line of a table, and of a block of three lines.
const LINE: f64 = 18.0;
const BLOCK: f64 = 46.0;
/// Least width of a table, and of a block.
const TABLE: f64 = 640.0;
const COLUMN: f64 = 250.0;

/// A gradient as pull and push.
pub(super) struct Row {
    pub name: String,
    pub formula: &'static str,
    /// Mean length of the pull.
    pub pull: f64,
    /// The balance factor; not a number where there is none, or one for each image.
    pub balance: f64,
    /// Mean length of the push, the factor included.
    pub push: f64,
    /// Mean angle between their arrows, degrees.
    pub angle: f64,
    /// Cosine with what the method that trains asks for.
    pub cosine: f64,
    /// Whether the method that trains is of this family.
    pub own: bool,
}

impl Row {
    /// The formula as lengths: pull and push.
    pub fn lengths(&self) -> String {
        let said = |value: f64| number(value, false);
        let push = if self.balance.is_finite() && self.balance != 0.0 {
            format!("{} \u{d7} {}", said(self.balance), said(self.push / self.balance))
        } else {
            said(self.push)
        };
        format!("\u{2212}{} + {push}", said(self.pull))
    }

    /// Whether it is what was measured, no formula.
    fn measured(&self) -> bool {
        self.formula == MEASURED
    }

    fn ratio(&self) -> String {
        number(self.push / self.pull, false)
    }

    fn degrees(&self) -> String {
        if self.angle.is_finite() { format!("{:.0}\u{b0}", self.angle) } else { "\u{2013}".into() }
    }

    fn ink(&self) -> Ink {
        if self.own { Ink::Ink } else { Ink::Muted }
    }
}

/// The method that trains as it was measured, its family, then the others.
pub(super) fn rows(inputs: &Inputs<'_>) -> Vec<Row> {
    let own = inputs.number("family").filter(|family| *family >= 0.0).map(|family| family as usize);
    let mut rows = Vec::new();
    if let (Some((_, [pull, push, angle, ..])), Some(compared)) = (inputs.series("measured"), Compared::of(inputs)) {
        let [pull, push, angle] = [*pull, *push, *angle].map(f64::from);
        let name = format!("{}, measured", compared.names[0]);
        rows.push(Row { name, formula: MEASURED, pull, balance: f64::NAN, push, angle, cosine: 1.0, own: false });
    }
    let mut forms: Vec<Row> = Vec::new();
    if let Some((5, values)) = inputs.matrix("forms") {
        for (place, (form, (name, formula))) in values.chunks_exact(5).zip(FAMILIES).enumerate() {
            let of = |column: usize| f64::from(form[column]);
            let (name, own) = (name.to_owned(), own == Some(place));
            forms.push(Row { name, formula, pull: of(0), balance: of(1), push: of(2), angle: of(3), cosine: of(4), own });
        }
    }
    forms.sort_by_key(|row| !row.own);
    rows.append(&mut forms);
    rows
}

/// Heights that formulas may take at this width: all of them with their key, all, the first two, the first one, none.
pub(super) fn heights(wide: f64, rows: &[Row]) -> Vec<f64> {
    let key = 13.0 * key(wide).len() as f64 + 4.0;
    let count = rows.len();
    let of = |count: usize| {
        if wide >= TABLE { LINE * (count + 1) as f64 } else { BLOCK * count.div_ceil(columns(wide)) as f64 }
    };
    if count == 0 {
        return vec![0.0];
    }
    vec![of(count) + key + 8.0, of(count) + 8.0, of(count.min(4)) + 8.0, of(count.min(2)) + 8.0, 0.0]
}

fn columns(wide: f64) -> usize {
    ((wide / COLUMN) as usize).clamp(1, 2)
}

fn key(wide: f64) -> Vec<String> {
    wrapped(KEY, (((wide - 16.0) / width("x", SMALL)) as usize).max(8))
}

/// Draws formulas in an area (left, upper, width, height), as many as have room, and below them what their letters are.
pub(super) fn draw(scene: &mut Scene, rows: &[Row], [left, upper, wide, high]: [f64; 4]) {
    let lower = if wide >= TABLE {
        table(scene, rows, [left, upper, wide, high])
    } else {
        blocks(scene, rows, [left, upper, wide, high])
    };
    let key = key(wide);
    if lower + 13.0 * key.len() as f64 + 2.0 > upper + high {
        return;
    }
    for (line, words) in key.iter().enumerate() {
        scene.words(words, (left + 8.0, lower + 13.0 * (line as f64 + 0.5)), SMALL, Ink::Muted, Anchor::Start);
    }
}

/// A line for each. Where it ends.
fn table(scene: &mut Scene, rows: &[Row], [left, upper, wide, high]: [f64; 4]) -> f64 {
    let shares = [0.0, 0.2, 0.5, 0.68, 0.79, 0.87].map(|share| left + 8.0 + share * (wide - 16.0));
    let head = ["family", "gradient", "in lengths", "push / pull", "apart", "cosine"];
    let mut y = upper + 0.5 * LINE;
    for (words, x) in head.into_iter().zip(shares) {
        scene.words(words, (x, y), SMALL, Ink::Muted, Anchor::Start);
    }
    scene.line(vec![(left + 8.0, y + 9.0), (left + wide - 8.0, y + 9.0)], Stroke::new(Ink::Grid, 1.0));
    for row in rows.iter().take(((high / LINE) as usize).saturating_sub(1)) {
        y += LINE;
        if row.own {
            scene.block([left + 4.0, y - 0.5 * LINE + 1.0, wide - 8.0, LINE - 2.0], Ink::Amount(0.5), 0.25);
        }
        let cells = [name(row), row.formula.to_owned(), row.lengths(), row.ratio(), row.degrees()];
        for ((place, words), x) in cells.iter().enumerate().zip(shares) {
            let ink = if place == 1 { Ink::Ink } else { row.ink() };
            scene.words(&fitted(words, SMALL, shares[place + 1] - x - 6.0), (x, y), SMALL, ink, Anchor::Start);
        }
        cosine(scene, row, (shares[5], y), left + wide - 8.0);
    }
    y + 0.5 * LINE + 4.0
}

/// A cosine as a bar from its middle, and its number at the right.
fn cosine(scene: &mut Scene, row: &Row, (left, y): (f64, f64), right: f64) {
    // That of the method with itself is no news.
    if row.measured() {
        return;
    }
    let text = number(row.cosine, false);
    let room = (right - left - width("\u{2212}0.000 ", SMALL)).max(0.0);
    if row.cosine.is_finite() && room >= 20.0 {
        let (middle, length) = (left + 0.5 * room, 0.5 * room * row.cosine.clamp(-1.0, 1.0));
        scene.block([middle.min(middle + length), y - 4.0, length.abs(), 8.0], Ink::Signed(row.cosine.signum()), 0.8);
        scene.line(vec![(middle, y - 6.0), (middle, y + 6.0)], Stroke::new(Ink::Muted, 1.0));
    }
    scene.words(&fitted(&text, SMALL, right - left), (right, y), SMALL, row.ink(), Anchor::End);
}

fn name(row: &Row) -> String {
    if row.own { format!("\u{25b8} {}", row.name) } else { row.name.clone() }
}

/// Three lines for each, in one or two columns. Where they end.
fn blocks(scene: &mut Scene, rows: &[Row], [left, upper, wide, high]: [f64; 4]) -> f64 {
    let columns = columns(wide);
    let count = rows.len().min(columns * (high / BLOCK) as usize);
    let each = wide / columns as f64;
    for (place, row) in rows.iter().take(count).enumerate() {
        let (x, y) = (left + each * (place % columns) as f64 + 8.0, upper + BLOCK * (place / columns) as f64);
        let room = each - 16.0;
        if row.own {
            scene.block([x - 4.0, y, room + 8.0, BLOCK - 4.0], Ink::Amount(0.5), 0.25);
        }
        let end = format!("cosine {}", number(row.cosine, false));
        let end = if row.measured() { String::new() } else { end };
        scene.words(&end, (x + room, y + 8.0), SMALL, Ink::Muted, Anchor::End);
        let title = fitted(&name(row), WORDS, room - width(&end, SMALL) - 8.0);
        scene.words(&title, (x, y + 8.0), WORDS, Ink::Ink, Anchor::Start);
        scene.words(&fitted(row.formula, SMALL, room), (x, y + 21.0), SMALL, Ink::Ink, Anchor::Start);
        let long = format!("{}; push / pull {}, {} apart", row.lengths(), row.ratio(), row.degrees());
        let short = format!("{}, {}", row.lengths(), row.degrees());
        let numbers = if width(&long, SMALL) <= room { long } else { short };
        scene.words(&fitted(&numbers, SMALL, room), (x, y + 34.0), SMALL, Ink::Muted, Anchor::Start);
    }
    upper + BLOCK * count.div_ceil(columns) as f64
}
