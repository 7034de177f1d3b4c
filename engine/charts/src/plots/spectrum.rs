//! Over how many directions the embeddings spread, and over which channels.

use super::axes::{Axes, Axis, SMALL};
use super::marks::{self, Mark};
use super::runs::number;
use super::{Cell, Inputs, Plot, Table, panels};
use crate::scene::{Anchor, Ink, Scene, Stroke};

#[cfg(test)]
mod tests;

/// The spectrum of the covariance of the embeddings, and each channel's deviation.
pub struct Spectrum;

/// The eigenvalues are drawn over so many powers of ten at least, below 1.
const POWERS: f64 = 1e-6;
/// Lowest eigenvalue that is drawn: below is rounding.
const LOWEST: f64 = 1e-12;

/// What is drawn.
struct Shown<'a> {
    eigenvalues: &'a [f32],
    deviations: &'a [f32],
    dimension: f64,
    images: f64,
    /// Effective rank, RankMe, participation ratio and stable rank.
    ranks: [f64; 4],
}

impl<'a> Shown<'a> {
    fn of(inputs: &Inputs<'a>) -> Option<Self> {
        let number = |name: &str| inputs.number(name).unwrap_or(f64::NAN);
        let eigenvalues = inputs.series("eigenvalues").map(|(_, values)| values).filter(|values| !values.is_empty())?;
        Some(Self {
            eigenvalues,
            deviations: inputs.series("std").map_or(&[], |(_, values)| values),
            dimension: number("dimension"),
            images: number("images"),
            ranks: ["effective_rank", "rankme", "participation", "stable_rank"].map(number),
        })
    }

    /// The eigenvalues that have a place on a logarithmic axis, with their ranks.
    fn positive(&self) -> impl Iterator<Item = (f64, f64)> {
        let values = (1u32..).zip(self.eigenvalues).map(|(rank, value)| (f64::from(rank), f64::from(*value)));
        values.filter(|(_, value)| value.is_finite() && *value >= LOWEST)
    }

    /// How many eigenvalues are 0, or so small that they are rounding.
    fn none(&self) -> usize {
        self.eigenvalues.iter().filter(|value| f64::from(**value) < LOWEST).count()
    }

    /// The ranks in words, by their names; RankMe beside the effective rank where they are alike to the digits that are written.
    fn marks(&self, all: bool) -> Vec<Mark> {
        let [effective, rankme, participation, stable] = self.ranks;
        let mark = |x: f64, words: &str, dashed: bool| Mark {
            x,
            words: format!("{words} {}", number(x, false)),
            stroke: Stroke { dashed, ..Stroke::new(Ink::Second, 1.2) },
        };
        if !all {
            return vec![mark(effective, "effective rank", false)];
        }
        let mut marks = if number(effective, false) == number(rankme, false) {
            vec![mark(effective, "effective rank, RankMe", false)]
        } else {
            vec![mark(effective, "effective rank", false), mark(rankme, "RankMe", false)]
        };
        marks.extend([mark(participation, "participation ratio", true), mark(stable, "stable rank", true)]);
        marks.retain(|mark| mark.x.is_finite());
        marks
    }
}

/// Areas of the two panels: left, upper, width, height.
fn areas((width, height): (f64, f64)) -> [[f64; 4]; 2] {
    if width >= 1.15 * height {
        let part = (0.6 * width).round();
        [[0.0, 0.0, part, height], [part, 0.0, width - part, height]]
    } else {
        let part = (0.64 * height).round();
        [[0.0, 0.0, width, part], [0.0, part, width, height - part]]
    }
}

impl Plot for Spectrum {
    fn name(&self) -> &'static str {
        "spectrum"
    }

    fn title(&self) -> &'static str {
        "Spectrum of the embeddings"
    }

    fn sentence(&self) -> &'static str {
        "How much the embeddings vary along each of their directions, and in each channel: a fall to nearly nothing is a dimensional collapse."
    }

    fn source(&self) -> &'static str {
        "Jing, Vincent, LeCun, Tian, 2022, arXiv 2110.09348, section 3; Chen, He, 2021, arXiv 2011.10566, figure 2 (deviation)"
    }

    fn asks(&self) -> bool {
        true
    }

    fn aspect(&self) -> f64 {
        0.9
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let Some(shown) = Shown::of(inputs) else { return Scene::nothing(size, &inputs.why_empty()) };
        let mut scene = Scene::new(size);
        let [first, second] = areas(size);
        spectrum(&mut scene, &shown, first);
        deviations(&mut scene, &shown, second);
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let Some(shown) = Shown::of(inputs) else { return inputs.why_empty() };
        let [effective, _, participation, stable] = shown.ranks.map(|rank| number(rank, false));
        let count = shown.eigenvalues.len();
        let none = shown.none();
        let flat = match none {
            0 => String::new(),
            1 => format!(" One of {count} eigenvalues is 0."),
            none => format!(" {none} of {count} eigenvalues are 0."),
        };
        let known: Vec<f64> = shown.deviations.iter().map(|value| f64::from(*value)).filter(|value| value.is_finite()).collect();
        let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
        let spread = if known.is_empty() {
            String::new()
        } else {
            let level = number(1.0 / shown.dimension.sqrt(), false);
            format!(
                " A channel's standard deviation is {} on average, {level} if embeddings are spread evenly.",
                number(mean, false)
            )
        };
        format!(
            "The {} embeddings in {} dimensions have effective rank {effective}, participation ratio {participation} and stable rank \
             {stable}.{flat}{spread}",
            shown.images, shown.dimension
        )
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["what", "place", "value"]);
        let Some(shown) = Shown::of(inputs) else { return table };
        let mut add = |what: &str, place: f64, value: f64| table.rows.push(vec![what.into(), Cell::Number(place), value.into()]);
        for (what, values) in [("eigenvalue", shown.eigenvalues), ("standard deviation of a channel", shown.deviations)] {
            (1u32..).zip(values).for_each(|(place, value)| add(what, f64::from(place), f64::from(*value)));
        }
        for (what, rank) in ["effective rank", "RankMe", "participation ratio", "stable rank"].into_iter().zip(shown.ranks) {
            add(what, f64::NAN, rank);
        }
        table
    }
}

fn spectrum(scene: &mut Scene, shown: &Shown<'_>, area: [f64; 4]) {
    let roomy = area[3] >= 150.0;
    let marks = shown.marks(roomy);
    let (above, last) = (marks::height(marks.len()) + 3.0, (shown.eigenvalues.len() as f64).max(2.0));
    let [left, upper, wide, high] = panels::below(area);
    let span =
        shown.positive().map(|(_, value)| value).fold((POWERS, 1.0f64), |(low, high), value| (low.min(value), high.max(value)));
    let low = 10f64.powf(span.0.log10().floor());
    let y = Axis::log("", (low, span.1));
    let axes = Axes::inside([left, upper + above, wide, high - above], Axis::new("rank", (1.0, last)), y);
    panels::draw(scene, &axes, area, "eigenvalues of the covariance");
    let level = 1.0 / shown.dimension;
    marks::level(scene, &axes, level, if panels::roomy(area) { "1/d each: an even spread" } else { "1/d" });
    marks::draw(scene, &axes, marks, upper + 2.0);
    let points = axes.curve(shown.positive());
    let [left, _, right, lower] = axes.edges;
    if right - left > 7.0 * last || points.len() == 1 {
        points.iter().for_each(|at| scene.disc(*at, 2.4, Ink::Accent, 1.0));
    }
    scene.line(points, Stroke::new(Ink::Accent, 2.0));
    let count = shown.eigenvalues.len();
    let none = shown.none();
    if none > 0 {
        // They have no place on the axis of powers: a bar below where they would stand.
        let from = axes.at((count - none) as f64 + 0.5, span.1).0.clamp(left, right - 2.0);
        scene.line(vec![(from, lower), (right, lower)], Stroke::new(Ink::Level, 3.0));
        let words = format!("{none} of {count} are 0");
        scene.words(&words, (right - 3.0, lower - (0.3 * (lower - axes.edges[1])).max(9.0)), SMALL, Ink::Level, Anchor::End);
    }
}

fn deviations(scene: &mut Scene, shown: &Shown<'_>, area: [f64; 4]) {
    if shown.deviations.is_empty() {
        return;
    }
    let level = 1.0 / shown.dimension.sqrt();
    let known = shown.deviations.iter().map(|value| f64::from(*value)).filter(|value| value.is_finite());
    let highest = known.chain([level]).filter(|value| value.is_finite()).fold(0.0, f64::max);
    let count = shown.deviations.len() as f64;
    let y = Axis::new("", (0.0, if highest > 0.0 { 1.25 * highest } else { 1.0 }));
    let axes = Axes::inside(panels::below(area), Axis::new("channel", (0.5, count + 0.5)), y);
    panels::draw(scene, &axes, area, "deviation of each channel");
    // Each channel is as wide as it can be, with a gap where there is room for one.
    let [left, _, right, _] = axes.edges;
    let half = if (right - left) / count >= 4.0 { 0.38 } else { 0.5 };
    for (channel, value) in (1u32..).zip(shown.deviations).filter(|(_, value)| value.is_finite()) {
        let channel = f64::from(channel);
        let corners = [(-half, 0.0), (-half, f64::from(*value)), (half, f64::from(*value)), (half, 0.0)];
        scene.area(corners.iter().map(|(x, y)| axes.at(channel + x, *y)).collect(), Ink::Accent, 0.75);
    }
    // Its words stand beside the title: below are bars.
    axes.level(scene, level, "");
    let words = if panels::roomy(area) { "dashed: 1/\u{221a}d, an even spread" } else { "dashed: 1/\u{221a}d" };
    scene.words(words, (right, area[1] + 9.0), SMALL, Ink::Level, Anchor::End);
}
