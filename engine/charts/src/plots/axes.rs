//! Two axes around a plot.

use crate::scene::{Anchor, Ink, LETTER, Scene, Stroke};
use crate::{label, ticks};

/// Size of the numbers on axes, CSS pixels.
pub const SMALL: f64 = 10.5;
/// Size of the words on axes and in keys.
pub const WORDS: f64 = 11.5;

/// How an axis divides its length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    #[default]
    Linear,
    /// By powers; what is not above 0 has no place.
    Log,
}

/// An axis: from where to where, and in what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// What it measures; empty if the picture says it elsewhere.
    pub title: String,
    /// Its two ends.
    pub span: (f64, f64),
    /// How it divides its length.
    pub scale: Scale,
    /// Whether its numbers are shares, written in percent.
    pub percent: bool,
}

impl Axis {
    /// An even axis.
    pub fn new(title: &str, span: (f64, f64)) -> Self {
        Self { title: title.into(), span: widened(span), ..Self::default() }
    }

    /// A logarithmic axis.
    pub fn log(title: &str, (low, high): (f64, f64)) -> Self {
        let low = if low > 0.0 { low } else { 1e-6 };
        let high = if high > low { high } else { 10.0 * low };
        Self { title: title.into(), span: (low, high), scale: Scale::Log, percent: false }
    }

    /// The same with numbers in percent.
    pub fn percent(self) -> Self {
        Self { percent: true, ..self }
    }

    /// An even axis around all values that are numbers, with a little room; 0 to 1 if there are none.
    pub fn around(title: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let finite = values.into_iter().filter(|value| value.is_finite());
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return Self::new(title, (0.0, 1.0));
        }
        let room = 0.05 * (high - low);
        Self::new(title, (low - room, high + room))
    }

    /// The share of the axis at which a value stands.
    fn share(&self, value: f64) -> f64 {
        let (low, high) = self.span;
        match self.scale {
            Scale::Linear => (value - low) / (high - low),
            Scale::Log if value > 0.0 => (value / low).ln() / (high / low).ln(),
            Scale::Log => f64::NAN,
        }
    }

    /// Round numbers on it, about so many, and how each is written.
    fn ticks(&self, wanted: usize) -> Vec<(f64, String)> {
        let (low, high) = (self.span.0.min(self.span.1), self.span.0.max(self.span.1));
        match self.scale {
            Scale::Linear => {
                let places = ticks(low, high, wanted);
                // A number that stands alone is written with two digits.
                let alone = |value: f64| if value == 0.0 { 1.0 } else { 0.1 * 10f64.powf(value.abs().log10().floor()) };
                let spacing = match places.as_slice() {
                    [first, second, ..] => second - first,
                    [only] => alone(*only),
                    [] => 1.0,
                };
                places.into_iter().map(|value| (value, label(value, spacing, self.percent))).collect()
            }
            Scale::Log => {
                let powers = low.log10().ceil() as i32..=high.log10().floor() as i32;
                let every = (powers.clone().count() / wanted.max(1)).max(1);
                powers.step_by(every).map(|power| (10f64.powi(power), power_label(power))).collect()
            }
        }
    }
}

/// Numbers that an axis of this height has room for.
fn rows(height: f64) -> usize {
    ((height / 34.0).max(0.0) as usize).clamp(2, 7)
}

/// Two ends that are not the same.
fn widened((low, high): (f64, f64)) -> (f64, f64) {
    if !low.is_finite() || !high.is_finite() {
        (0.0, 1.0)
    } else if low == high {
        (low - 0.5, high + 0.5)
    } else {
        (low, high)
    }
}

fn power_label(power: i32) -> String {
    match power {
        -2..=4 => {
            let text = format!("{:.2}", 10f64.powi(power));
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        _ => {
            let digits = [
                '\u{2070}', '\u{b9}', '\u{b2}', '\u{b3}', '\u{2074}', '\u{2075}', '\u{2076}', '\u{2077}', '\u{2078}', '\u{2079}',
            ];
            let sign = if power < 0 { "\u{207b}" } else { "" };
            let raised: String =
                power.unsigned_abs().to_string().chars().filter_map(|c| digits.get(c.to_digit(10)? as usize)).collect();
            format!("10{sign}{raised}")
        }
    }
}

/// Two axes and the rectangle between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Axes {
    /// Left, upper, right and lower edge of the plot.
    pub edges: [f64; 4],
    /// Across.
    pub x: Axis,
    /// Up.
    pub y: Axis,
}

impl Axes {
    /// Axes in a rectangle (left, upper, width, height) of a scene, with room for their numbers and titles.
    pub fn inside([left, upper, width, height]: [f64; 4], x: Axis, y: Axis) -> Self {
        let (above, below) = (if y.title.is_empty() { 8.0 } else { 22.0 }, if x.title.is_empty() { 18.0 } else { 34.0 });
        let letters =
            y.ticks(rows(height - above - below)).iter().map(|(_, text)| text.chars().count()).max().unwrap_or(1) as f64;
        let margin = LETTER * SMALL * letters + 10.0;
        let (right, lower) =
            ((left + width - 10.0).max(left + margin + 10.0), (upper + height - below).max(upper + above + 10.0));
        Self { edges: [left + margin, upper + above, right, lower], x, y }
    }

    /// Axes over a whole scene.
    pub fn whole(scene: &Scene, x: Axis, y: Axis) -> Self {
        Self::inside([0.0, 0.0, scene.width, scene.height], x, y)
    }

    /// Where a point stands.
    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let [left, upper, right, lower] = self.edges;
        (left + self.x.share(x) * (right - left), lower - self.y.share(y) * (lower - upper))
    }

    /// Where the points of a curve stand, those that have a place.
    pub fn curve(&self, points: impl IntoIterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
        points.into_iter().map(|(x, y)| self.at(x, y)).filter(|(x, y)| x.is_finite() && y.is_finite()).collect()
    }

    /// What stands at a place inside the plot, on even axes.
    pub fn values(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let [left, upper, right, lower] = self.edges;
        let of = |axis: &Axis, share: f64| axis.span.0 + share * (axis.span.1 - axis.span.0);
        (of(&self.x, (x - left) / (right - left)), of(&self.y, (lower - y) / (lower - upper)))
    }

    /// Draws grid, numbers and titles.
    pub fn draw(&self, scene: &mut Scene) {
        let [left, upper, right, lower] = self.edges;
        for (value, text) in self.y.ticks(rows(lower - upper)) {
            let (_, y) = self.at(self.x.span.0, value);
            scene.line(vec![(left, y), (right, y)], Stroke::new(Ink::Grid, 1.0));
            scene.words(&text, (left - 6.0, y), SMALL, Ink::Muted, Anchor::End);
        }
        let places = self.x.ticks((((right - left) / 64.0) as usize).clamp(2, 8));
        for (value, text) in places {
            let (x, _) = self.at(value, self.y.span.0);
            scene.line(vec![(x, lower), (x, lower + 4.0)], Stroke::new(Ink::Muted, 1.0));
            let anchor = if x > right - 12.0 { Anchor::End } else { Anchor::Middle };
            scene.words(&text, (x, lower + 11.0), SMALL, Ink::Muted, anchor);
        }
        scene.line(vec![(left, lower), (right, lower)], Stroke::new(Ink::Muted, 1.0));
        scene.words(&self.y.title, (left.clamp(4.0, 8.0), upper - 13.0), WORDS, Ink::Muted, Anchor::Start);
        scene.words(&self.x.title, (0.5 * (left + right), lower + 26.0), WORDS, Ink::Muted, Anchor::Middle);
    }

    /// Draws a vertical line at a value across.
    pub fn cursor(&self, scene: &mut Scene, x: f64) {
        let [left, upper, right, lower] = self.edges;
        let (x, _) = self.at(x, self.y.span.0);
        if (left - 0.5..=right + 0.5).contains(&x) {
            scene.line(vec![(x, upper), (x, lower)], Stroke::new(Ink::Ink, 1.0).alpha(0.5));
        }
    }

    /// Draws a dashed horizontal level with words at its right end.
    pub fn level(&self, scene: &mut Scene, y: f64, words: &str) {
        let [left, upper, right, lower] = self.edges;
        let (_, place) = self.at(self.x.span.0, y);
        if (upper - 0.5..=lower + 0.5).contains(&place) {
            scene.line(vec![(left, place), (right, place)], Stroke::new(Ink::Level, 1.0).dashed());
            let above = if place - upper < 14.0 { 8.0 } else { -8.0 };
            scene.words(words, (right - 2.0, place + above), SMALL, Ink::Level, Anchor::End);
        }
    }
}

/// A key: one line of samples and words below the title, as many as fit. Where it ends.
pub fn key(scene: &mut Scene, entries: &[(Stroke, &str)], (left, middle): (f64, f64)) -> f64 {
    let mut x = left;
    for (stroke, words) in entries {
        let width = 22.0 + LETTER * SMALL * words.chars().count() as f64;
        if x > left && x + width > scene.width - 4.0 {
            break;
        }
        scene.line(vec![(x, middle), (x + 16.0, middle)], *stroke);
        scene.words(words, (x + 21.0, middle), SMALL, Ink::Muted, Anchor::Start);
        x += width + 12.0;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_values_are_inverses_and_the_plot_lies_inside() {
        let scene = Scene::new((300.0, 200.0));
        let axes = Axes::whole(&scene, Axis::new("time", (0.0, 10.0)), Axis::new("loss", (-1.0, 1.0)));
        let [left, upper, right, lower] = axes.edges;
        assert!(0.0 < left && left < right && right < 300.0 && 0.0 < upper && upper < lower && lower < 200.0);
        assert_eq!(axes.at(0.0, -1.0), (left, lower));
        assert_eq!(axes.at(10.0, 1.0), (right, upper));
        let (x, y) = axes.values(axes.at(3.0, 0.25));
        assert!((x - 3.0).abs() < 1e-9 && (y - 0.25).abs() < 1e-9);
    }

    #[test]
    fn powers_stand_evenly_and_nothing_has_no_place() {
        let axes = Axes::inside([0.0, 0.0, 300.0, 200.0], Axis::log("", (1.0, 1000.0)), Axis::new("", (0.0, 1.0)));
        let [a, b, c] = [1.0, 10.0, 100.0].map(|x| axes.at(x, 0.0).0);
        assert!((b - a - (c - b)).abs() < 1e-9);
        assert_eq!(axes.curve([(0.0, 0.5), (-1.0, 0.5), (f64::NAN, 0.5), (10.0, 0.5)]).len(), 1);
        assert_eq!(axes.x.ticks(8).iter().map(|tick| tick.1.as_str()).collect::<Vec<_>>(), ["1", "10", "100", "1000"]);
        assert_eq!(power_label(-5), "10\u{207b}\u{2075}");
    }

    #[test]
    fn a_number_that_stands_alone_is_not_rounded_away() {
        assert_eq!(Axis::new("", (0.37, 0.44)).ticks(1).iter().map(|tick| tick.1.as_str()).collect::<Vec<_>>(), ["0.40"]);
    }

    #[test]
    fn an_axis_without_numbers_or_with_one_has_a_span() {
        assert_eq!(Axis::around("", [f64::NAN]).span, (0.0, 1.0));
        assert_eq!(Axis::around("", [2.0]).span, (1.5, 2.5));
        let (low, high) = Axis::log("", (0.0, 0.0)).span;
        assert!(low > 0.0 && high > low);
    }
}
