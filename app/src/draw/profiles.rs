//! Charts of measures that are more than one number.

use augsphere_charts::{Chart, Level, Line, Place, Sample, Weight};
use augsphere_spec::Payload;

/// What is drawn along the two axes of a profile.
#[derive(Clone, Copy)]
pub struct Axes {
    /// In words, below the chart.
    pub words: &'static str,
    x: fn(f64) -> f64,
    y: fn(f64) -> f64,
}

/// The axes of the profile called `name`.
pub fn axes(name: &str) -> Axes {
    let same = |value: f64| value;
    match name {
        "spectrum" => Axes {
            words: "Across: the directions, the widest first. Up: the base-10 logarithm of the variance along each.",
            x: same,
            y: |value| value.max(1e-12).log10(),
        },
        "contrastive_minus_log_m" => Axes {
            words: "Across: the base-2 logarithm of the number M of negatives. Up: the loss minus log M.",
            x: f64::log2,
            y: same,
        },
        "positive_distances" | "negative_distances" => {
            Axes { words: "Across: the distance on the sphere, 0 to 2. Up: the share of pairs.", x: same, y: same }
        }
        "queue_drift" => Axes {
            words: "Across: the age of the keys in steps. Up: 1 minus the cosine to what the key encoder makes of the same views now.",
            x: same,
            y: same,
        },
        _ => Axes { words: "", x: same, y: same },
    }
}

/// The number that the profile called `name` is to be compared with, and what it is; nothing if there is none.
pub fn level_of(name: &str) -> Option<(&'static str, &'static str)> {
    (name == "contrastive_minus_log_m").then_some(("contrastive_limit", "the limit of many negatives"))
}

/// Profiles on one chart, each with its name and what it is: at most two lines can be told apart. Levels are what they are compared with.
pub fn chart(profiles: &[(&str, &str, &Payload)], levels: Vec<Level>) -> Chart {
    let places = [(Place::First, Sample::First), (Place::Second, Sample::Second)];
    let drawn = profiles.iter().zip(places);
    let lines: Vec<Line> = drawn
        .clone()
        .map(|((name, _, payload), (place, _))| Line {
            points: points(payload).into_iter().map(|(x, y)| ((axes(name).x)(x), (axes(name).y)(y))).collect(),
            weight: Weight::Strong,
            dots: false,
            place,
        })
        .collect();
    let all = || lines.iter().flat_map(|line| &line.points).map(|point| point.0);
    let (first, last) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    let key: Vec<_> = drawn.map(|((_, title, _), (_, sample))| (sample, (*title).to_owned())).collect();
    let across = (first < last).then_some((first, last));
    let mut chart = Chart { across, lines, levels, ..Chart::default() };
    if profiles.len() + chart.levels.len() > 1 {
        let level = |level: &Level| (Sample::Level, format!("{} \u{b7} {}", chart.height_of(level), level.label));
        chart.key = key.into_iter().chain(chart.levels.iter().map(level)).collect();
    }
    chart
}

/// Places and values, places rising; a histogram's as steps.
fn points(payload: &Payload) -> Vec<(f64, f64)> {
    match payload {
        Payload::Series { x, y } => x.iter().zip(y).map(|(x, y)| (f64::from(*x), f64::from(*y))).collect(),
        Payload::Histogram { from, to, counts } => {
            let (from, to) = (f64::from(*from), f64::from(*to));
            let edge = |bin: usize| from + (to - from) * bin as f64 / counts.len().max(1) as f64;
            let step = |(bin, share): (usize, &f32)| [edge(bin), edge(bin + 1)].map(|x| (x, f64::from(*share)));
            counts.iter().enumerate().flat_map(step).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_is_drawn_as_steps() {
        let payload = Payload::Histogram { from: 0.0, to: 2.0, counts: vec![0.25, 0.75] };
        let chart = chart(&[("positive_distances", "views of one image", &payload)], Vec::new());
        assert_eq!(chart.lines[0].points, [(0.0, 0.25), (1.0, 0.25), (1.0, 0.75), (2.0, 0.75)]);
        assert_eq!(chart.key, []);
        assert_eq!(chart.across, Some((0.0, 2.0)), "the plot is as wide as what is drawn");
    }

    #[test]
    fn a_spectrum_is_drawn_in_orders_of_magnitude() {
        let payload = Payload::Series { x: vec![1.0, 2.0], y: vec![0.25, 0.0] };
        assert_eq!(chart(&[("spectrum", "", &payload)], Vec::new()).lines[0].points, [(1.0, 0.25f64.log10()), (2.0, -12.0)]);
    }

    #[test]
    fn two_profiles_are_told_apart() {
        let payload = Payload::Series { x: vec![1.0], y: vec![0.5] };
        let chart = chart(&[("a", "one", &payload), ("b", "other", &payload)], Vec::new());
        assert_eq!(chart.key, [(Sample::First, "one".to_owned()), (Sample::Second, "other".to_owned())]);
        assert_ne!(chart.lines[0].place, chart.lines[1].place);
    }

    #[test]
    fn the_limit_is_drawn_beside_what_tends_to_it() {
        let payload = Payload::Series { x: vec![1.0, 2.0], y: vec![0.25, 0.5] };
        assert_eq!(level_of("contrastive_minus_log_m").map(|level| level.0), Some("contrastive_limit"));
        assert_eq!(level_of("spectrum"), None);
        let limit = Level { value: 0.75, label: "the limit".to_owned() };
        let chart = chart(&[("contrastive_minus_log_m", "loss minus log M", &payload)], vec![limit.clone()]);
        assert_eq!(chart.lines[0].points, [(0.0, 0.25), (1.0, 0.5)]);
        assert_eq!(chart.levels, [limit]);
        let words = [(Sample::First, "loss minus log M".to_owned()), (Sample::Level, "0.75 \u{b7} the limit".to_owned())];
        assert_eq!(chart.key, words);
    }
}
