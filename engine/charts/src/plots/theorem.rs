//! Theorem 1 of Huang et al.: the bound beside the measured error, whether its condition holds, and every quantity of it.

mod condition;
mod words;

pub use words::{greek, quantity};

use super::axes::{SMALL, WORDS};
use super::distances::knobs;
use super::runs::{LINE, fitted, number, width};
use super::{Inputs, Plot, Table};
use crate::scene::{Anchor, Ink, Scene, Stroke};
use augsphere_spec::{Knob, Payload};

#[cfg(test)]
mod tests;

/// The theorem for the present encoder.
pub struct Theorem;

/// Height of the two bars, of the condition, and of the space before the quantities, CSS pixels.
const BARS: f64 = 44.0;
const CONDITION: f64 = 66.0;
const VERDICT: f64 = 20.0;

/// What was told.
struct Told<'a> {
    symbols: &'a [String],
    values: &'a [f32],
    whence: &'a [String],
    /// Whether the numbers are exact.
    complete: bool,
}

/// What the condition comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It holds.
    Holds,
    /// It is not refuted by bounds of its numbers.
    Open,
    /// It does not hold.
    Refuted,
    /// There is one class alone.
    Alone,
}

impl Verdict {
    /// In a few words, and in fewer.
    fn words(self) -> [&'static str; 2] {
        match self {
            Self::Holds => ["The condition holds: the bound is promised.", "The condition holds."],
            Self::Open => [
                "The condition is not refuted, and not shown to hold: its numbers are bounds.",
                "Not refuted, and not shown to hold.",
            ],
            Self::Refuted => ["The condition does not hold: nothing is promised.", "The condition does not hold."],
            Self::Alone => ["With one class there is nothing to confuse.", "One class alone: nothing to confuse."],
        }
    }
}

impl<'a> Told<'a> {
    fn of(inputs: &Inputs<'a>) -> Option<Self> {
        let (_, values) = inputs.series("values")?;
        let Some(Payload::Words(symbols)) = inputs.part("symbols") else { return None };
        let Some(Payload::Words(whence)) = inputs.part("whence") else { return None };
        let complete = inputs.number("complete")? > 0.5;
        let whole = !values.is_empty() && symbols.len() == values.len() && whence.len() == values.len();
        whole.then_some(Self { symbols, values, whence, complete })
    }

    /// The quantity of this symbol, if it was measured.
    fn value(&self, symbol: &str) -> Option<f64> {
        let place = self.symbols.iter().position(|known| known == symbol)?;
        self.values.get(place).map(|value| f64::from(*value)).filter(|value| value.is_finite())
    }

    fn verdict(&self) -> Verdict {
        match (self.value("max mu.mu"), self.value("verdict")) {
            (None, _) => Verdict::Alone,
            (_, Some(1.0)) if self.complete => Verdict::Holds,
            (_, Some(1.0)) => Verdict::Open,
            _ => Verdict::Refuted,
        }
    }

    /// Every quantity but the verdict: symbol, value, where it comes from.
    fn quantities(&self) -> impl Iterator<Item = (&str, f64, &str)> {
        let rows = self.symbols.iter().zip(self.values).zip(self.whence);
        let rows = rows.map(|((symbol, value), whence)| (symbol.as_str(), f64::from(*value), whence.as_str()));
        rows.filter(|(symbol, ..)| *symbol != "verdict")
    }

    /// What the verdict says.
    fn said(&self) -> Option<String> {
        let place = self.symbols.iter().position(|symbol| symbol == "verdict")?;
        self.whence.get(place).map(|words| greek(words))
    }
}

impl Plot for Theorem {
    fn name(&self) -> &'static str {
        "theorem"
    }

    fn title(&self) -> &'static str {
        "Theorem 1: bound and error"
    }

    fn sentence(&self) -> &'static str {
        "The error of the nearest class centre, and the bound (1 \u{2212} \u{3c3}) + R that Theorem 1 promises if all class centres lie far \
         enough apart; below, every quantity of it for the present network."
    }

    fn source(&self) -> &'static str {
        "Huang, Yi, Zhao, Jiang, 2023, arXiv 2111.00743, section 3, theorems 1 and 2"
    }

    fn knobs(&self) -> Vec<Knob> {
        let case = "features: before the projector, what neighbours vote by. embedding: after it, what the loss sees. constructed: a small case \
            without your network in which the condition holds.";
        vec![
            Knob::choice("case", "Of", &["features", "embedding", "constructed"], case),
            knobs::delta(),
            Knob::float("epsilon", "\u{3b5}", 0.5, 0.05, 2.0, "How far apart the features of an image's views may be."),
            knobs::images(4, 24),
            knobs::views(4),
            knobs::classes(10),
            knobs::draw(),
        ]
    }

    fn asks(&self) -> bool {
        true
    }

    fn aspect(&self) -> f64 {
        0.78
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let Some(told) = Told::of(inputs) else { return Scene::nothing(size, &inputs.why_empty()) };
        let mut scene = Scene::new(size);
        let verdict = told.verdict();
        bars(&mut scene, &told, verdict);
        let mut upper = BARS;
        if let (Some(product), Some(threshold)) = (told.value("max mu.mu"), told.value("threshold")) {
            condition::draw(&mut scene, (product, threshold), upper, verdict == Verdict::Refuted);
            upper += CONDITION;
        }
        let ink = if verdict == Verdict::Refuted { Ink::Level } else { Ink::Ink };
        let [long, short] = verdict.words();
        let words = if width(long, WORDS) <= size.0 - 16.0 { long } else { short };
        scene.words(words, (8.0, upper + 0.5 * VERDICT), WORDS, ink, Anchor::Start);
        quantities(&mut scene, &told, upper + VERDICT);
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        Told::of(inputs).and_then(|told| told.said()).unwrap_or_else(|| inputs.why_empty())
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["symbol", "value", "where_from"]);
        if let Some(told) = Told::of(inputs) {
            let row = |(symbol, value, whence): (&str, f64, &str)| vec![symbol.into(), value.into(), whence.into()];
            table.rows.extend(told.quantities().map(row));
            let verdict = (told.value("verdict"), told.said());
            if let (Some(value), Some(said)) = verdict {
                table.rows.push(vec!["verdict".into(), value.into(), said.as_str().into()]);
            }
        }
        table
    }
}

/// The measured error, and below it the bound: an outline where it is not promised.
fn bars(scene: &mut Scene, told: &Told<'_>, verdict: Verdict) {
    let (error, bound) = (told.value("error"), told.value("bound"));
    let names = ["error, measured", "(1 \u{2212} \u{3c3}) + R"];
    let left = 14.0 + names.iter().map(|name| width(name, SMALL)).fold(0.0, f64::max);
    let room = (scene.width - left - 14.0 - width("100.0% if", SMALL)).max(10.0);
    let most = bound.unwrap_or(1.0).max(1.0);
    for (row, (name, share)) in names.into_iter().zip([error, bound]).enumerate() {
        let middle = 12.0 + 20.0 * row as f64;
        scene.words(name, (8.0, middle), SMALL, Ink::Muted, Anchor::Start);
        let Some(share) = share else {
            scene.words("not known", (left, middle), SMALL, Ink::Muted, Anchor::Start);
            continue;
        };
        let area = [left, middle - 6.0, room * share.max(0.0) / most, 12.0];
        let mut words = number(share, true);
        if row == 0 {
            scene.block(area, Ink::Accent, 0.85);
        } else if verdict == Verdict::Holds {
            scene.block(area, Ink::Second, 0.85);
        } else {
            scene.block(area, Ink::Second, 0.15);
            scene.frame(area, Stroke::new(Ink::Second, 1.2).dashed());
            let room = scene.width - left - area[2] - 8.0;
            let if_it_holds = [" if the condition holds", " if it holds", " if"];
            let fits = |more: &&&str| width(&words, SMALL) + width(more, SMALL) <= room;
            words += if_it_holds.iter().find(fits).copied().unwrap_or_default();
        }
        scene.words(&words, (left + area[2] + 6.0, middle), SMALL, Ink::Ink, Anchor::Start);
    }
}

/// As many quantities as have room: symbol, value, and where it comes from.
fn quantities(scene: &mut Scene, told: &Told<'_>, upper: f64) {
    let rows: Vec<(String, String, String)> =
        told.quantities().map(|(symbol, value, whence)| (greek(symbol), quantity(value), greek(whence))).collect();
    let room = ((scene.height - upper - 4.0) / LINE).max(0.0) as usize;
    let fits = if rows.len() > room { room.saturating_sub(1) } else { rows.len() };
    // Lines stand farther apart where there is room for all.
    let line = ((scene.height - upper - 4.0) / (rows.len() as f64 + 1.0)).clamp(LINE, 1.6 * LINE);
    let symbols = rows.iter().map(|row| width(&row.0, SMALL)).fold(0.0, f64::max);
    let values = rows.iter().map(|row| width(&row.1, SMALL)).fold(0.0, f64::max);
    let (value, words) = (8.0 + symbols + 10.0 + values, 8.0 + symbols + 10.0 + values + 12.0);
    for (row, (symbol, number, whence)) in rows.iter().take(fits).enumerate() {
        let middle = upper + line * (row as f64 + 0.5);
        scene.words(symbol, (8.0, middle), SMALL, Ink::Ink, Anchor::Start);
        scene.words(number, (value, middle), SMALL, Ink::Ink, Anchor::End);
        scene.words(&fitted(whence, SMALL, scene.width - words - 4.0), (words, middle), SMALL, Ink::Muted, Anchor::Start);
    }
    let left = rows.len() - fits;
    if left > 0 && room > 0 {
        let more = fitted(&format!("{left} more in the CSV file"), SMALL, scene.width - 16.0);
        scene.words(&more, (8.0, upper + line * (fits as f64 + 0.5)), SMALL, Ink::Muted, Anchor::Start);
    }
}
