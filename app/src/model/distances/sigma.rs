//! How many of a class lie within delta of each other, as a curve and in words?

use super::Answer;
use augsphere_charts::scene::Ink;
use augsphere_charts::{Chart, Line, Place, Weight};
use augsphere_spec::{Interval, SigmaCurve};

/// A curve that was kept for comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct PinnedCurve {
    /// What the policy was called.
    pub name: String,
    /// Views of each image: only curves with equally many can be compared.
    pub views: usize,
    /// The grid of thresholds.
    pub deltas: Vec<f64>,
    /// The smallest sigma of all classes.
    pub sigma: Vec<Interval>,
    /// Which of the kept curves' colours it has.
    pub colour: usize,
}

/// The curve of the smallest sigma of all classes.
pub fn smallest(answer: &Answer) -> Option<&SigmaCurve> {
    answer.data.curves.iter().find(|curve| curve.class.is_none())
}

/// Sigma at `delta`: as at the last threshold that is not larger.
pub fn at(deltas: &[f64], sigma: &[Interval], delta: f64) -> Interval {
    let index = deltas.partition_point(|&known| known <= delta + 1e-9).saturating_sub(1);
    sigma.get(index).copied().unwrap_or_default()
}

/// The threshold of a grid that is nearest to `delta`.
pub fn nearest(deltas: &[f64], delta: f64) -> f64 {
    deltas.iter().copied().min_by(|a, b| (a - delta).abs().total_cmp(&(b - delta).abs())).unwrap_or(delta)
}

/// The threshold of a grid up to which curves are drawn: a little beyond the one from which on everything is near.
pub fn end(answer: &Answer) -> usize {
    let full = |curve: &SigmaCurve| curve.sigma.iter().position(|sigma| sigma.lower >= 1.0).unwrap_or(curve.sigma.len());
    let last = answer.data.curves.iter().map(full).max().unwrap_or(0);
    (last + last / 5 + 2).min(answer.data.deltas.len()).saturating_sub(1)
}

/// The first threshold at which at least half of every class is surely within it; where no curve says so, the middle.
pub fn halfway(answer: &Answer) -> f64 {
    let deltas = &answer.data.deltas;
    let half = smallest(answer).and_then(|curve| curve.sigma.iter().skip(1).position(|sigma| sigma.lower >= 0.5));
    let found = half.and_then(|index| deltas.get(index + 1)).copied();
    found.unwrap_or_else(|| deltas.last().copied().unwrap_or(1.0) / 2.0)
}

/// How many of `count` images, in words: `7`, or `6 to 7` where the largest clique is not known for sure.
fn many(sigma: Interval, count: usize) -> String {
    let images = |share: f64| (share * count as f64).round();
    let (low, high) = (images(sigma.lower), images(sigma.upper));
    if low == high { format!("{low:.0}") } else { format!("{low:.0} to {high:.0}") }
}

/// A share as it is known: `0.58`, or `0.50 to 0.58`.
pub fn share(sigma: Interval) -> String {
    let (low, high) = (format!("{:.2}", sigma.lower), format!("{:.2}", sigma.upper));
    if low == high { low } else { format!("{low} to {high}") }
}

/// The curve at `delta` in words; `names` are those of the classes.
pub fn reading(answer: &Answer, delta: f64, names: &[String]) -> String {
    let deltas = &answer.data.deltas;
    let blocks = answer.blocks();
    let text: Vec<String> = blocks
        .iter()
        .filter_map(|&(class, _, count)| {
            let curve = answer.data.curves.iter().find(|curve| curve.class == Some(class))?;
            let name = names.get(class).map_or("", String::as_str);
            Some(format!("{} of {count} images of \u{201c}{name}\u{201d}", many(at(deltas, &curve.sigma, delta), count)))
        })
        .collect();
    let text = match text.as_slice() {
        [] => return String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    };
    let least = smallest(answer).map(|curve| share(at(deltas, &curve.sigma, delta))).unwrap_or_default();
    format!("At \u{3b4} = {delta:.1}: {text} are pairwise closest within \u{3b4}; \u{3c3} = {least} (the smallest class counts).")
}

/// The colour of a kept curve.
pub fn colour(kept: &PinnedCurve) -> Ink {
    // The first colours of the palette belong to the classes that are usually looked at.
    Ink::Class([5, 2, 8, 6, 9][kept.colour % 5])
}

/// The curves of the answer and those that were kept.
pub fn chart(answer: Option<&Answer>, kept: &[PinnedCurve]) -> Chart {
    let line = |deltas: &[f64], sigma: &[Interval], upper: bool, weight, place| {
        let heights = sigma.iter().map(|sigma| if upper { sigma.upper } else { sigma.lower });
        Line { points: stairs(deltas, &heights.collect::<Vec<_>>()), weight, dots: false, place }
    };
    let mut lines: Vec<Line> = Vec::new();
    for kept in kept {
        let place = Place::Own { ink: colour(kept), dashed: true };
        lines.push(line(&kept.deltas, &kept.sigma, false, Weight::Strong, place));
    }
    if let Some(answer) = answer {
        let deltas = &answer.data.deltas;
        for curve in &answer.data.curves {
            let place = curve.class.map_or(Place::First, |class| Place::Own { ink: Ink::Class(class), dashed: false });
            if curve.sigma.iter().any(|sigma| sigma.upper > sigma.lower) {
                lines.push(line(deltas, &curve.sigma, true, Weight::Faint, place));
            }
            lines.push(line(deltas, &curve.sigma, false, Weight::Strong, place));
        }
    }
    if let Some(end) = answer.and_then(|answer| answer.data.deltas.get(end(answer))) {
        lines.iter_mut().for_each(|line| line.points.retain(|point| point.0 <= *end));
    }
    Chart { lines, percent: true, ..Chart::default() }
}

/// A curve that stays as it is up to the next threshold, as sigma does.
fn stairs(deltas: &[f64], heights: &[f64]) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::with_capacity(2 * deltas.len());
    for (&delta, &height) in deltas.iter().zip(heights) {
        if let Some(&(_, before)) = points.last() {
            points.push((delta, before));
        }
        points.push((delta, height));
    }
    points
}

/// Mean distances with more and more views: within classes, and between them dashed.
pub fn views_chart(by_views: &[(usize, f64, f64)]) -> Chart {
    let line = |value: fn(&(usize, f64, f64)) -> f64, place| Line {
        points: by_views.iter().map(|row| (row.0 as f64, value(row))).filter(|point| point.1.is_finite()).collect(),
        weight: Weight::Strong,
        dots: true,
        place,
    };
    Chart { lines: vec![line(|row| row.2, Place::Second), line(|row| row.1, Place::First)], ..Chart::default() }
}

#[cfg(test)]
mod tests {
    use super::super::answer::example::answer;
    use super::*;

    #[test]
    fn sigma_is_that_of_the_last_threshold_reached() {
        let answer = answer();
        let curve = &answer.data.curves[0];
        let sigma = |delta| at(&answer.data.deltas, &curve.sigma, delta).lower;
        assert_eq!((sigma(-1.0), sigma(0.0), sigma(2.9), sigma(3.0), sigma(99.0)), (0.5, 0.5, 0.5, 1.0, 1.0));
        assert_eq!(at(&[], &[], 1.0), Interval::default());
    }

    #[test]
    fn the_curve_is_read_in_words() {
        let names = ["dog", "", "", "cat"].map(str::to_owned);
        assert_eq!(
            reading(&answer(), 6.0, &names),
            "At \u{3b4} = 6.0: 2 of 2 images of \u{201c}dog\u{201d} and 1 to 2 of 2 images of \u{201c}cat\u{201d} are pairwise \
             closest within \u{3b4}; \u{3c3} = 0.50 to 1.00 (the smallest class counts)."
        );
        assert_eq!(halfway(&answer()), 3.0);
    }

    #[test]
    fn a_chart_has_a_line_for_every_class_and_a_second_one_where_it_is_not_sure() {
        let kept = PinnedCurve {
            name: "crop".into(),
            views: 2,
            deltas: vec![0.0, 1.0],
            sigma: vec![Interval { lower: 0.2, upper: 0.2 }, Interval { lower: 1.0, upper: 1.0 }],
            colour: 0,
        };
        let chart = chart(Some(&answer()), &[kept]);
        let strong = |line: &&Line| line.weight == Weight::Strong;
        assert_eq!((chart.lines.len(), chart.lines.iter().filter(strong).count()), (6, 4));
        assert_eq!(chart.lines[0].points, [(0.0, 0.2), (1.0, 0.2), (1.0, 1.0)]);
        assert_eq!(chart.lines[5].place, Place::First, "the smallest of all lies on top");
    }

    #[test]
    fn thresholds_are_those_of_the_grid_up_to_where_all_is_near() {
        assert_eq!([-1.0, 1.4, 1.6, 4.6, 99.0].map(|delta| nearest(&[0.0, 3.0, 6.0], delta)), [0.0, 0.0, 3.0, 6.0, 6.0]);
        assert_eq!(nearest(&[], 2.0), 2.0);
        let mut answer = answer();
        assert_eq!(end(&answer), 2, "where a class never is near as a whole, the whole grid");
        answer.data.deltas = (0..30).map(f64::from).collect();
        let rising = (0..30).map(|place| Interval { lower: f64::from(place) / 10.0, upper: 1.0 }).collect();
        answer.data.curves = vec![SigmaCurve { class: None, sigma: rising }];
        assert_eq!(end(&answer), 13);
    }

    #[test]
    fn one_class_has_no_line_between_classes() {
        let chart = views_chart(&[(1, 3.0, f64::NAN), (2, 2.0, f64::NAN)]);
        assert!(chart.lines[0].points.is_empty() && chart.lines[1].points == [(1.0, 3.0), (2.0, 2.0)]);
    }
}
