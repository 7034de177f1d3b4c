//! The probes of known factors.

use super::stored::{near, number, stored};
use augsphere_engine::datasets::Scale;
use augsphere_engine::metrics::factors::{Sets, card, survived};
use augsphere_engine::pace::{Pace, at_once};

fn measured(features: Sets<'_>, width: usize, factors: &[(Scale, Sets<'_>)]) -> Vec<Option<f64>> {
    at_once(survived(features, width, factors, &Pace::default()))
}

/// The same for the three sets.
fn alike(values: &[f32]) -> Sets<'_> {
    Sets { train: values, validation: values, test: values }
}

fn of_one(features: Sets<'_>, width: usize, scale: Scale, values: Sets<'_>) -> Option<f64> {
    let found = measured(features, width, &[(scale, values)]);
    assert_eq!(found.len(), 1, "one factor, one answer");
    found[0]
}

/// Each with the penalty that was best on the validation rows.
#[test]
fn the_factors_are_scikit_learns() {
    let stored = stored();
    let found = measured(stored.sets(), super::stored::WIDTH, &stored.factors());
    for (found, (name, tolerance)) in found.iter().zip([("size", 1e-6), ("tint", 1e-6), ("hue", 1e-6), ("texture", 2e-3)]) {
        near(found.expect(name), number(&stored.reference["factors"][name]), tolerance, name);
    }
}

/// Which factors stand beside it makes no difference.
#[test]
fn a_factor_alone_is_the_factor_among_others() {
    let stored = stored();
    let all = measured(stored.sets(), super::stored::WIDTH, &stored.factors());
    for (factor, all) in stored.factors().iter().zip(all) {
        assert_eq!(measured(stored.sets(), super::stored::WIDTH, &[*factor]), [all]);
    }
}

/// Fitted `y = x` around 0. On the test rows it misses (1, 0) and (-1, -2) by 1 each, and they are 0 and 2 from the mean of the
/// *training* values: 1 - 2 / 4. Around their own mean it would be 0.
#[test]
fn r_squared_by_hand() {
    let line = [1.0, -1.0];
    let values = Sets { test: &[0.0, -2.0], ..alike(&line) };
    near(of_one(alike(&line), 1, Scale::Linear, values).expect("a value"), 0.5, 1e-5, "a line");
    // A row that is no number is taken for the mean: it misses (., 1) by 1, and 1 - 1 / 2 is left.
    let lost = Sets { test: &[1.0, f32::NAN], ..alike(&line) };
    let values = Sets { test: &[1.0, 1.0], ..alike(&line) };
    near(of_one(lost, 1, Scale::Linear, values).expect("a value"), 0.5, 1e-5, "a lost row");
    // A training row that is no number is left out, with its value.
    let (features, values) = ([1.0, f32::INFINITY, -1.0], [1.0, 1e6, -1.0]);
    let (features, values) = (Sets { train: &features, ..alike(&line) }, Sets { train: &values, ..alike(&line) });
    near(of_one(features, 1, Scale::Linear, values).expect("a value"), 1.0, 1e-5, "a training row left out");
}

/// At a hue of 0.5 (cosine -1, sine 0) the sine is unknown to a feature that is the cosine: of the quarter turns, whose squares
/// are 1 each around a mean of 0, half is explained.
#[test]
fn a_circle_has_no_end() {
    let turns = [0.0, 0.25, 0.5, 0.75];
    let (cosines, both) = ([1.0, 0.0, -1.0, 0.0], [1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0, -1.0]);
    near(of_one(alike(&cosines), 1, Scale::Circular, alike(&turns)).expect("a value"), 0.5, 1e-5, "the cosine alone");
    near(of_one(alike(&both), 2, Scale::Circular, alike(&turns)).expect("a value"), 1.0, 1e-5, "both");
    let next = Sets { test: &[1.0, -0.75, 0.5, 1.75], ..alike(&turns) };
    near(of_one(alike(&both), 2, Scale::Circular, next).expect("a value"), 1.0, 1e-5, "whole turns away");
    assert_eq!(of_one(alike(&both), 2, Scale::Circular, alike(&[0.0, 1.0, 1.0, 0.0])), None, "the same place on the circle");
}

/// With a feature that says nothing the mean is as good as it gets, and the largest penalty is nearest to it.
#[test]
fn what_is_not_there_is_not_found() {
    let features: Vec<f32> = (0..400).map(|row| (row % 2) as f32).collect();
    let values: Vec<f32> = (0..400).map(|row| (row / 2 % 2) as f32).collect();
    near(of_one(alike(&features), 1, Scale::Linear, alike(&values)).expect("a value"), 0.0, 1e-9, "a line");
    near(of_one(alike(&features), 1, Scale::Categories(2), alike(&values)).expect("a value"), 0.5, 1e-9, "categories");
    near(
        of_one(alike(&values), 1, Scale::Categories(2), alike(&values)).expect("a value"),
        1.0,
        0.0,
        "categories that are there",
    );
    assert_eq!(of_one(alike(&[0.0; 400]), 1, Scale::Linear, alike(&values)), Some(0.0), "a constant feature");
}

#[test]
fn factors_without_a_value() {
    let (features, categories, turns) = ([0.0, 1.0, 2.0, 3.0], [1.0, 0.0, 2.0, 1.0], [0.25, 0.0, 0.5, 0.25]);
    for (scale, values) in [(Scale::Linear, categories), (Scale::Circular, turns), (Scale::Categories(3), categories)] {
        let good = alike(&values);
        let none =
            |features, width, values, what: &str| assert_eq!(of_one(features, width, scale, values), None, "{scale:?}: {what}");
        none(alike(&features), 1, Sets { train: &[2.0; 4], ..good }, "constant");
        none(alike(&features), 1, Sets { train: &[0.3; 4], ..good }, "constant, and its mean rounded");
        none(alike(&features), 1, Sets { test: &[1.0, f32::NAN, 2.0, 1.0], ..good }, "a value that is no number");
        none(alike(&features), 1, Sets { validation: &values[1..], ..good }, "a value is missing");
        none(alike(&features), 2, good, "more values than rows");
        none(alike(&features), 0, good, "no width");
        none(alike(&[f32::NAN; 4]), 1, good, "no finite features");
        none(Sets { test: &[], ..alike(&features) }, 1, Sets { test: &[], ..good }, "no test images");
        none(alike(&[]), 1, alike(&[]), "nothing at all");
        let without = (Sets { validation: &[], ..alike(&features) }, Sets { validation: &[], ..good });
        assert!(of_one(without.0, 1, scale, without.1).is_some_and(f64::is_finite), "{scale:?}: without validation images");
    }
    let good = alike(&categories);
    assert_eq!(of_one(alike(&features), 1, Scale::Categories(2), good), None, "a category too many");
    assert_eq!(of_one(alike(&features), 1, Scale::Categories(3), alike(&[0.0, 1.0, 0.5, 2.0])), None, "between two categories");
    assert_eq!(of_one(alike(&features), 1, Scale::Categories(3), alike(&[0.0, 1.0, -1.0, 2.0])), None, "below the first");
    assert_eq!(measured(alike(&features), 1, &[]), [], "no factors");
    let mixed = [(Scale::Linear, alike(&[2.0; 4])), (Scale::Linear, alike(&features)), (Scale::Categories(2), good)];
    let found = measured(alike(&features), 1, &mixed);
    assert!(
        found[0].is_none() && found[1].is_some_and(|share| share > 0.99) && found[2].is_none(),
        "each in its place: {found:?}"
    );
}

#[test]
fn the_card() {
    assert_eq!((card().name.as_str(), card().defaults().count("images")), ("factors", 4_000));
}
