//! The two expansions of a loss without negatives: of views against their mean, and of two views against each other.

use super::axes::{Axes, Axis, SMALL};
use super::panels::{areas, below, draw, roomy};
use super::runs::{number, spread, width};
use super::{Inputs, Plot, Table};
use crate::scene::{Anchor, Ink, Scene, Stroke};
use augsphere_spec::Knob;

/// Losses of views and their expansions over the strength of the augmentations.
pub struct Expansions;

/// The columns of the table, as the engine's picture has them.
const COLUMNS: [&str; 9] = [
    "share_of_strength",
    "mean_view_loss",
    "mean_view_first_order",
    "two_views_loss",
    "two_views_first_order",
    "mean_view_variance",
    "mean_view_first_order_variance",
    "two_views_variance",
    "two_views_first_order_variance",
];

/// Measured with the mean view, its expansion, measured with two views, its expansion: names where they end, and how they are drawn.
const LINES: [(&str, Ink, bool); 4] = [
    ("mean view", Ink::Accent, false),
    ("(8)", Ink::Accent, true),
    ("two views", Ink::Second, false),
    ("(9)", Ink::Second, true),
];

/// Rows of the table by their share of the strength, those that have one above 0.
fn rows(inputs: &Inputs<'_>) -> Vec<[f64; 9]> {
    let Some((9, values)) = inputs.matrix("expansions") else { return Vec::new() };
    let rows = values.chunks_exact(9).map(|row| std::array::from_fn(|at| f64::from(row[at])));
    rows.filter(|row: &[f64; 9]| row[0] > 0.0 && row[0].is_finite()).collect()
}

/// The points of a column that have a place on axes of powers.
fn column(rows: &[[f64; 9]], place: usize) -> Vec<(f64, f64)> {
    rows.iter().map(|row| (row[0], row[place])).filter(|(_, value)| *value > 0.0 && value.is_finite()).collect()
}

fn why_empty(inputs: &Inputs<'_>) -> String {
    match inputs.answer.map(|answer| &answer.parts) {
        Some(Ok(_)) => "No strength of the augmentations was measured.".into(),
        _ => inputs.why_empty(),
    }
}

impl Plot for Expansions {
    fn name(&self) -> &'static str {
        "expansions"
    }

    fn title(&self) -> &'static str {
        "Two views or their mean"
    }

    fn sentence(&self) -> &'static str {
        "How far views of an image lie from their mean and from each other in the embedding, measured and to first order: with two \
         views the loss is twice as large, which is a matter of scale; the variance of one draw stands beside it."
    }

    fn source(&self) -> &'static str {
        "Su, 2020, spaces.ac.cn/archives/7980, equations 8 and 9"
    }

    fn knobs(&self) -> Vec<Knob> {
        vec![
            Knob::choice(
                "strength",
                "Strength",
                &["augmentations", "fading"],
                "augmentations: each at a share of its strength. fading: views of full strength, faded into their image.",
            ),
            Knob::int("images", "Images", 24, 1, 128, "Validation images."),
            Knob::int("views", "Views", 6, 4, 16, "Views of each image at each strength."),
        ]
    }

    fn asks(&self) -> bool {
        true
    }

    fn aspect(&self) -> f64 {
        0.55
    }

    fn scene(&self, inputs: &Inputs<'_>, size: (f64, f64)) -> Scene {
        let rows = rows(inputs);
        if (1..9).all(|place| column(&rows, place).is_empty()) {
            return Scene::nothing(size, &why_empty(inputs));
        }
        let mut scene = Scene::new(size);
        let [left, right] = areas(size);
        let titles = if roomy(left) { ["loss, squared distance", "variance of one draw"] } else { ["loss", "variance"] };
        panel(&mut scene, left, &rows, 1, titles[0]);
        panel(&mut scene, right, &rows, 5, titles[1]);
        scene
    }

    fn summary(&self, inputs: &Inputs<'_>) -> String {
        let rows = rows(inputs);
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return why_empty(inputs) };
        let said = |value: f64| number(value, false);
        let whole = |value: f64| if value.is_finite() { format!("{value:.0}%") } else { "no number".into() };
        let order = |row: &[f64; 9]| format!("{} times what is measured at {}", said(row[2] / row[1]), whole(100.0 * row[0]));
        let both = if rows.len() > 1 { format!("{}, {}", order(first), order(last)) } else { order(last) };
        format!(
            "At {} of the strength a view lies {} from the mean of its image's views and {} from another view, squared: {} times as far, and \
             one draw's variance is {} times as large. The first order is {both}.",
            whole(100.0 * last[0]),
            said(last[1]),
            said(last[3]),
            said(last[3] / last[1]),
            said(last[7] / last[5]),
        )
    }

    fn table(&self, inputs: &Inputs<'_>) -> Table {
        let mut table = Table::new(&COLUMNS);
        rows(inputs).iter().for_each(|row| table.numbers(row));
        table
    }
}

/// Whole powers of ten around some values.
fn powers(title: &str, values: impl Iterator<Item = f64>) -> Axis {
    let (low, high) = values.fold((f64::INFINITY, 0.0f64), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return Axis::log(title, (0.1, 1.0));
    }
    let low = 10f64.powf(low.log10().floor());
    Axis::log(title, (low, 10f64.powf(high.log10().ceil()).max(10.0 * low)))
}

/// The four columns from `first` on: what is measured as lines with dots, what the expansions say dashed.
fn panel(scene: &mut Scene, area: [f64; 4], rows: &[[f64; 9]], first: usize, title: &str) {
    let columns: Vec<Vec<(f64, f64)>> = (first..first + LINES.len()).map(|place| column(rows, place)).collect();
    let named = |name: &'static str| if roomy(area) { name } else { name.trim_end_matches(" view").trim_end_matches(" views") };
    let room = LINES.iter().map(|line| width(named(line.0), SMALL)).fold(0.0, f64::max);
    let [left, upper, wide, height] = below(area);
    let x = if roomy(area) { "share of the strength" } else { "strength" };
    let (from, to) = rows.iter().fold((f64::INFINITY, 0.0f64), |(from, to), row| (from.min(row[0]), to.max(row[0])));
    let y = powers("", columns.iter().flatten().map(|point| point.1));
    let axes = Axes::inside([left, upper, wide - room, height], Axis::log(x, (from, to)), y);
    draw(scene, &axes, area, title);
    let [_, upper, right, lower] = axes.edges;
    let radius = if roomy(area) { 3.0 } else { 2.2 };
    let mut ends = Vec::new();
    for (points, (name, ink, dashed)) in columns.iter().zip(LINES) {
        let placed = axes.curve(points.iter().copied());
        let Some(end) = placed.last().copied() else { continue };
        if !dashed {
            placed.iter().for_each(|at| scene.disc(*at, radius, ink, 1.0));
        }
        let stroke = if dashed { Stroke::new(ink, 1.5).dashed() } else { Stroke::new(ink, 2.2) };
        scene.line(placed, stroke);
        ends.push((name, ink, end.1));
    }
    let heights: Vec<f64> = ends.iter().map(|end| end.2).collect();
    for ((name, ink, _), height) in ends.into_iter().zip(spread(&heights, upper + 4.0, lower - 4.0)) {
        scene.words(named(name), (right + 6.0, height), SMALL, ink, Anchor::Start);
    }
}

#[cfg(test)]
mod tests;
