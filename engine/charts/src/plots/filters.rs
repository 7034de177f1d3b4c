//! What the first layer of the encoder looks for.

use super::axes::SMALL;
use super::runs::{fitted, number};
use super::{Cell, Inputs, Plot, Table};
use crate::scene::{Anchor, Ink, Scene, Stroke};
use augsphere_spec::{Payload, Thumbnails};

#[cfg(test)]
mod tests;

/// The filters of the first convolution as small images.
pub struct Filters;

/// Space between filters, CSS pixels.
const GAP: f64 = 6.0;
/// Height of the bars below them, with the space above.
const BAR: f64 = 6.0;
/// Height of the line of words.
const FOOT: f64 = 22.0;

/// The filters.
struct Shown<'a> {
    images: &'a Thumbnails,
    /// Weights of a filter, and of all.
    columns: usize,
    weights: &'a [f32],
}

impl<'a> Shown<'a> {
    fn of(inputs: &Inputs<'a>) -> Option<Self> {
        let Some(Payload::Images(images)) = inputs.part("filters") else { return None };
        let (columns, weights) = inputs.matrix("weights")?;
        let shown = Self { images, columns, weights };
        (images.side > 0 && columns > 0 && shown.count() > 0).then_some(shown)
    }

    fn count(&self) -> usize {
        let pixels = self.images.rgba.len() / (4 * self.images.side * self.images.side).max(1);
        pixels.min(self.weights.len() / self.columns.max(1))
    }

    /// The length of each filter: the root of the sum of its squared weights.
    fn lengths(&self) -> Vec<f64> {
        let length = |filter: &[f32]| filter.iter().map(|weight| f64::from(*weight).powi(2)).sum::<f64>().sqrt();
        self.weights.chunks_exact(self.columns).take(self.count()).map(length).collect()
    }
}

fn longest(lengths: &[f64]) -> f64 {
    lengths.iter().filter(|length| length.is_finite()).fold(0.0, |longest, length| longest.max(*length))
}

/// The number of columns for which images of a side are largest, or nearly so with fewer places left empty, and that side.
fn grid(count: usize, width: f64, height: f64) -> (usize, f64) {
    let side = |columns: usize| {
        let rows = count.div_ceil(columns);
        ((width - GAP) / columns as f64 - GAP).min((height - GAP) / rows as f64 - GAP - BAR)
    };
    let largest = (1..=count).map(side).fold(f64::NEG_INFINITY, f64::max);
    let empty = |columns: &usize| count.div_ceil(*columns) * columns - count;
    let best = (1..=count).filter(|columns| side(*columns) >= 0.85 * largest).min_by_key(empty).unwrap_or(1);
    (best, side(best).floor().max(1.0))
}

impl Plot for Filters {
    fn name(&self) -> &'static str {
        "filters"
    }

    fn title(&self) -> &'static str {
        "First-layer filters"
    }

    fn sentence(&self) -> &'static str {
        "What each filter of the first layer looks for in a patch of an image: mid-grey is a weight of 0, and the bar is the filter's length."
    }

    fn asks(&self) -> bool {
        true
    }

    fn aspect(&self) -> f64 {
        0.8
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let Some(shown) = Shown::of(inputs) else { return Scene::nothing(size, &inputs.why_empty()) };
        let mut scene = Scene::new(size);
        let lengths = shown.lengths();
        let longest = longest(&lengths);
        let (columns, side) = grid(shown.count(), size.0 - 4.0, size.1 - FOOT);
        let wide = side + GAP;
        let left = (0.5 * (size.0 - columns as f64 * wide + GAP)).floor().max(0.0);
        let mut end: f64 = 0.0;
        for (filter, length) in lengths.iter().enumerate() {
            let x = left + (filter % columns) as f64 * wide;
            let y = GAP + (filter / columns) as f64 * (wide + BAR);
            scene.image(shown.images, filter, [x, y, side, side]);
            scene.frame([x, y, side, side], Stroke::new(Ink::Muted, 1.0).alpha(0.5));
            let bar = y + side + 0.5 * BAR + 0.5;
            scene.line(vec![(x, bar), (x + side, bar)], Stroke::new(Ink::Grid, 2.0));
            if longest > 0.0 && length.is_finite() {
                scene.line(vec![(x, bar), (x + side * length / longest, bar)], Stroke::new(Ink::Accent, 2.0));
            }
            end = end.max(bar);
        }
        let pixels = shown.images.side;
        let words = format!("{} filters of {pixels}\u{d7}{pixels} pixels, the longest {}", shown.count(), number(longest, false));
        let middle = (end + 14.0).min(size.1 - 8.0);
        scene.words(&fitted(&words, SMALL, size.0 - 8.0), (0.5 * size.0, middle), SMALL, Ink::Muted, Anchor::Middle);
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let Some(shown) = Shown::of(inputs) else { return inputs.why_empty() };
        let lengths = shown.lengths();
        let longest = longest(&lengths);
        let shortest = lengths.iter().filter(|length| length.is_finite()).fold(longest, |shortest, length| shortest.min(*length));
        let pixels = shown.images.side;
        let weak = lengths.iter().filter(|length| **length < 0.1 * longest).count();
        let weak = match weak {
            0 => String::new(),
            1 => " One of them is shorter than a tenth of the longest.".into(),
            weak => format!(" {weak} of them are shorter than a tenth of the longest."),
        };
        let (shortest, longest) = (number(shortest, false), number(longest, false));
        format!(
            "The first layer has {} filters of {pixels} by {pixels} pixels, of lengths from {shortest} to {longest}.{weak}",
            lengths.len()
        )
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&["filter", "colour", "row", "column", "weight"]);
        let Some(shown) = Shown::of(inputs) else { return table };
        let side = shown.images.side;
        for (filter, weights) in (1u32..).zip(shown.weights.chunks_exact(shown.columns).take(shown.count())) {
            for (at, weight) in weights.iter().enumerate() {
                let colour = ["red", "green", "blue"].get(at / (side * side)).copied().unwrap_or_default();
                let place = |at: usize| Cell::Number((at + 1) as f64);
                let [row, column] = [at / side % side, at % side].map(place);
                table.rows.push(vec![f64::from(filter).into(), colour.into(), row, column, f64::from(*weight).into()]);
            }
        }
        table
    }
}
