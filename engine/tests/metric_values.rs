//! Do the measures of pairs, of scatter and of the contrastive limit give the numbers of their formulas?
//!
//! Numbers: METHODS.md, sections in brackets; E2 is its standard tiny batch. Sums over all draws of negatives were enumerated in Python.

use augsphere_engine::metrics::{EvalOutputs, RestOutputs, Rows, Shape, cosines, limit, scatter, spread};
use augsphere_engine::pace::{Pace, at_once};
use augsphere_engine::random::{Purpose, RngExt as _, stream};
use augsphere_spec::{Card, Choice, Payload, Profile, Scalar};
use std::f64::consts::PI;

const E2: [&[f32]; 2] = [&[1.0, 0.0, 0.0, 1.0], &[0.8, 0.6, 0.6, 0.8]];

/// The Bessel function `I_0(2)`: the mean of `e^{2 cos}` over the circle.
const I0: f64 = 2.279_585_302_336_067;

fn near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: expected {expected}, found {found}");
}

fn all_near(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    found.iter().zip(expected).for_each(|(found, expected)| near(*found, *expected, tolerance, what));
}

/// Two views of `n` images in directions without preference, `noise` apart.
fn random(n: usize, d: usize, noise: f32) -> [Vec<f32>; 2] {
    let mut rng = stream(3, Purpose::Measures, (n * d) as u64);
    let mut views = [Vec::new(), Vec::new()];
    for _ in 0..n {
        let image: Vec<f32> = (0..d).map(|_| rng.normal()).collect();
        for view in &mut views {
            let row: Vec<f32> = image.iter().map(|value| value + noise * rng.normal()).collect();
            let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
            view.extend(row.iter().map(|value| value / length));
        }
    }
    views
}

/// `n` points at equal angles on the circle.
fn polygon(n: usize) -> Vec<f32> {
    let angle = |at: usize| 2.0 * PI * at as f64 / n as f64;
    (0..n).flat_map(|at| [angle(at).cos() as f32, angle(at).sin() as f32]).collect()
}

fn both(views: &[Vec<f32>; 2]) -> [&[f32]; 2] {
    [&views[0], &views[1]]
}

fn held<'a>(views: [&'a [f32]; 2], dimension: usize, features: &'a [f32], labels: &'a [u8], width: usize) -> EvalOutputs<'a> {
    EvalOutputs {
        bank: &[],
        bank_labels: &[],
        features,
        labels,
        width,
        classes: 3,
        views,
        fixed_views: [&[], &[]],
        dimension,
        device: None,
    }
}

/// What is looked at where a run stands still, of which only the views matter.
fn rest(views: [&[f32]; 2], dimension: usize) -> RestOutputs<'_> {
    let none = Rows::new(&[], 1, &[]);
    let embedding = Rows::new(&[], dimension, &[]);
    RestOutputs {
        train: none,
        validation: none,
        test: none,
        train_embedding: embedding,
        validation_embedding: embedding,
        views,
        bank: 0,
        classes: 3,
        factors: &[],
        device: None,
    }
}

/// A measure's defaults, and other values.
fn chosen(card: Card, values: &[(&str, f64)]) -> Choice {
    let mut knobs = card.defaults();
    for (name, value) in values {
        if *name == "images" { knobs.set(name, *value as i64) } else { knobs.set(name, *value) }
    }
    Choice { kind: card.name, knobs }
}

fn names(scalars: &[Scalar]) -> Vec<&str> {
    scalars.iter().map(|scalar| scalar.name.as_str()).collect()
}

fn profile_names(profiles: &[Profile]) -> Vec<&str> {
    profiles.iter().map(|profile| profile.name.as_str()).collect()
}

fn contrastive(views: [&[f32]; 2], d: usize, tau: f64) -> limit::Contrastive {
    at_once(limit::contrastive(views, d, tau, &Pace::default())).expect("two images or more")
}

fn negative_distances(views: [&[f32]; 2], d: usize) -> Vec<f32> {
    at_once(cosines::negative_distances(views, d, &Pace::default())).expect("two images or more")
}

/// The rows of all images but one's own, for each row: itself, its positive, and the cosines with the others.
fn rows(views: [&[f32]; 2], d: usize) -> Vec<(f64, Vec<f64>)> {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    let all: Vec<&[f32]> = views[0].chunks(d).zip(views[1].chunks(d)).flat_map(|(x, y)| [x, y]).collect();
    let others = |own: usize| (0..all.len()).filter(move |other| other / 2 != own / 2);
    (0..all.len())
        .map(|own| (dot(all[own], all[own ^ 1]), others(own).map(|other| dot(all[own], all[other])).collect()))
        .collect()
}

/// Positives 0.8 and 0.8; negatives 0, 0.6, 0.6 and 0.96.
#[test]
fn cosines_of_the_tiny_batch() {
    let [positive, negative] = cosines::mean_cosines(E2, 2).map(|cosine| cosine.expect("two images"));
    near(positive, 0.8, 1e-7, "positive");
    near(negative, 0.54, 1e-7, "negative");
}

#[test]
fn cosines_from_sums_of_rows_are_those_over_all_pairs() {
    let views = random(23, 5, 0.7);
    let rows = rows(both(&views), 5);
    let [positive, negative] = cosines::mean_cosines(both(&views), 5).map(|cosine| cosine.expect("images"));
    near(positive, rows.iter().map(|row| row.0).sum::<f64>() / 46.0, 1e-12, "positive");
    near(negative, rows.iter().flat_map(|row| &row.1).sum::<f64>() / (46.0 * 44.0), 1e-12, "negative");
}

/// E2: both positives are sqrt(0.4) = 0.632 apart, bin 12; negatives sqrt 2 (28), twice sqrt 0.8 = 0.894 (17), and sqrt 0.08 = 0.283 (5).
#[test]
fn distances_of_the_tiny_batch() {
    let mut expected = vec![0.0; cosines::BINS];
    expected[12] = 1.0;
    assert_eq!(cosines::positive_distances(E2, 2), Some(expected));
    let mut expected = vec![0.0; cosines::BINS];
    (expected[28], expected[17], expected[5]) = (0.25, 0.5, 0.25);
    assert_eq!(negative_distances(E2, 2), expected);
}

/// Antipodes lie in the last bin and equal points in the first.
#[test]
fn distances_at_both_ends() {
    let (x, y) = ([1.0, 0.0, -1.0, 0.0], [1.0, 0.0, 1.0, 0.0]);
    let shares = cosines::positive_distances([&x, &y], 2).expect("two images");
    assert_eq!((shares[0], shares[cosines::BINS - 1]), (0.5, 0.5));
    let shares = negative_distances([&x, &x], 2);
    assert_eq!(shares[cosines::BINS - 1], 1.0, "all four of (1, 0) and (-1, 0)");
}

/// Several tiles and blocks: the same counts as one pair after the other, but for a few at the ends of bins.
#[test]
fn negative_distances_are_of_every_pair_once() {
    let (n, d) = (300, 37);
    let views = random(n, d, 0.3);
    let found = negative_distances(both(&views), d);
    near(found.iter().map(|share| f64::from(*share)).sum(), 1.0, 1e-6, "sum");
    let mut expected = vec![0.0; cosines::BINS];
    for cosine in rows(both(&views), d).iter().flat_map(|row| &row.1) {
        let bin = ((2.0 - 2.0 * cosine).max(0.0).sqrt() * 20.0) as usize;
        expected[bin.min(cosines::BINS - 1)] += 1.0 / (4 * n * (n - 1)) as f64;
    }
    let found: Vec<f64> = found.iter().map(|share| f64::from(*share)).collect();
    all_near(&found, &expected, 3.0 / (n * n) as f64, "shares");
}

/// The first 1,000 images: those after them, all in one point, do not show.
#[test]
fn negative_distances_are_of_the_first_thousand_images() {
    let mut rows = polygon(1000);
    let before = negative_distances([&rows, &rows], 2);
    rows.extend([1.0, 0.0].repeat(500));
    assert_eq!(negative_distances([&rows, &rows], 2), before);
}

#[test]
fn cosines_are_reported_where_there_are_pairs() {
    let choice = chosen(cosines::card(), &[]);
    let reported = |views: [&[f32]; 2], d: usize| {
        let found = at_once(cosines::measure(&held(views, d, &[], &[], 1), &choice, &Pace::default()));
        (names(&found.scalars).join(" "), profile_names(&found.profiles).join(" "))
    };
    let all = ("positive_cosine negative_cosine".into(), "positive_distances negative_distances".into());
    let none = (String::new(), String::new());
    assert_eq!(reported(E2, 2), all);
    assert_eq!(reported([&[1.0, 0.0], &[1.0, 0.0]], 2), ("positive_cosine".into(), "positive_distances".into()));
    assert_eq!(reported([&[], &[]], 2), none);
    assert_eq!(reported([&[], &[]], 0), none);
    assert_eq!(reported([&[f32::NAN, 0.0], &[1.0, 0.0]], 2), none);
}

#[test]
fn r_epsilon_is_at_its_epsilon() {
    let measured = |values: &[(&str, f64)]| spread::measure(&held(E2, 2, &[], &[], 1), &chosen(spread::card(), values)).scalars;
    assert_eq!(measured(&[]), [Scalar { name: "r_epsilon".into(), value: 1.0 }], "0.632 is beyond the default of 0.5");
    assert_eq!(measured(&[("epsilon", 0.7)])[0].value, 0.0);
    assert!(spread::measure(&held([&[], &[]], 0, &[], &[], 1), &chosen(spread::card(), &[])).scalars.is_empty());
}

/// Centres (0.8, 0.4) and its opposite: each image at squared distance 0.2 from its own, each centre at 0.8 from 0. Lengths do not matter.
#[test]
fn scatter_of_four_images() {
    let features = [7.0, 0.0, 0.6, 0.8, -1.0, 0.0, -3.0, -4.0];
    let found = scatter::measure(&held([&[], &[]], 2, &features, &[0, 0, 2, 2], 2), &chosen(scatter::card(), &[]));
    assert_eq!(names(&found.scalars), ["within_scatter", "between_scatter", "scatter_ratio"]);
    let values: Vec<f64> = found.scalars.iter().map(|scalar| f64::from(scalar.value)).collect();
    all_near(&values, &[0.2, 0.8, 0.25], 1e-6, "within, between, ratio");
}

#[test]
fn scatter_needs_two_classes_that_differ() {
    let reported = |features: &[f32], labels: &[u8]| {
        let found = scatter::measure(&held([&[], &[]], 2, features, labels, 2), &chosen(scatter::card(), &[]));
        assert!(found.scalars.iter().all(|scalar| scalar.value.is_finite()));
        names(&found.scalars).len()
    };
    assert_eq!(reported(&[], &[]), 0);
    assert_eq!(reported(&[1.0, 0.0, 0.0, 1.0], &[3, 3]), 2, "one class");
    assert_eq!(reported(&[0.6, 0.8, 0.6, 0.8], &[0, 1]), 2, "two in one point");
    assert_eq!(reported(&[f32::NAN, 0.0, 1.0, 0.0], &[0, 1]), 2, "of one class nothing is left");
    assert_eq!(reported(&[f32::NAN, 0.0], &[0]), 0);
}

/// All draws enumerated, with 1, 2, 4 and 8 negatives, and the limit.
#[test]
fn contrastive_loss_of_the_tiny_batch() {
    for (tau, expected, limit) in [
        (1.0, [0.585_930_544_4, 0.259_196_202_9, 0.044_344_398_4, -0.083_348_030_2], -0.229_772_980_8),
        (0.5, [0.518_956_045_7, 0.162_574_293_0, -0.079_887_367_7, -0.228_220_992_9], -0.403_208_923_4),
        (0.1, [0.509_523_042_3, 0.148_888_593_7, -0.130_378_151_3, -0.367_014_546_2], -0.878_430_791_5),
    ] {
        let found = contrastive(E2, 2, tau);
        all_near(&found.minus_log_m[..4], &expected, 5e-5, &format!("temperature {tau}"));
        near(found.limit, limit, 5e-5, &format!("limit, temperature {tau}"));
    }
}

/// One negative and the limit, pair by pair, also where rows fill several tiles and temperatures are low or high.
#[test]
fn contrastive_loss_is_that_of_all_pairs() {
    for (n, d, noise) in [(2, 3, 0.5), (24, 5, 0.7), (150, 40, 0.3)] {
        let views = random(n, d, noise);
        let rows = rows(both(&views), d);
        for (tau, tolerance) in [(0.01, 5e-4), (0.07, 1e-4), (0.5, 5e-5), (10.0, 5e-5)] {
            let mean =
                |of: &dyn Fn(f64, &[f64]) -> f64| rows.iter().map(|(p, others)| of(*p, others)).sum::<f64>() / rows.len() as f64;
            let average =
                |others: &[f64], of: &dyn Fn(f64) -> f64| others.iter().map(|s| of(*s)).sum::<f64>() / others.len() as f64;
            let single = mean(&|p, others| average(others, &|s| ((s - p) / tau).exp().ln_1p()));
            let limit = mean(&|p, others| average(others, &|s| ((s - p) / tau).exp()).ln());
            let found = contrastive(both(&views), d, tau);
            near(found.minus_log_m[0], single, tolerance * single.abs().max(1.0), &format!("{n} images, temperature {tau}"));
            near(found.limit, limit, tolerance, &format!("limit, {n} images, temperature {tau}"));
        }
    }
}

/// [2.3] Aligned and even on the circle. Without the image itself the mean of `e^{s/tau}` over `n` points is `(n I_0 - e^{1/tau}) / (n - 1)`.
#[test]
fn contrastive_loss_on_the_circle() {
    let n = 2048;
    let points = polygon(n);
    let found = contrastive([&points, &points], 2, 0.5);
    let expected = ((n as f64 * I0 - 2f64.exp()) / (n - 1) as f64).ln() - 2.0;
    near(found.limit, expected, 5e-5, "limit");
    near(found.limit, -1.176_006_458_5, 1.5e-3, "limit of the population");
    let measured = [(0, 0.239_427), (2, -0.628_291), (4, -1.018_204), (6, -1.134_825), (8, -1.165_913), (10, -1.173_425)];
    for (power, expected) in measured {
        near(found.minus_log_m[power], expected, 1.5e-3, &format!("2^{power} negatives"));
        near(found.minus_log_m[power] - found.limit, expected + 1.176_006_458_5, 1.2e-3, &format!("gap, 2^{power} negatives"));
    }
    near(4096.0 * (found.minus_log_m[12] - found.limit), 2.653_950_350_3, 0.01, "the gap is 2.65 / M");
}

#[test]
fn least_losses_are_drawn() {
    let shape = Shape { dimension: 128, classes: 10, images: 512 };
    let levels = limit::levels(&chosen(limit::card(), &[]), shape);
    assert_eq!(
        levels.iter().map(|level| level.0.as_str()).collect::<Vec<_>>(),
        ["contrastive_limit", "contrastive_single_negative"]
    );
    near(f64::from(levels[0].1), -1.984_376_88, 1e-6, "limit in 128 dimensions");
    assert!(limit::levels(&chosen(limit::card(), &[("images", 0.0)]), shape).is_empty(), "not measured");
}

#[test]
fn the_limit_is_reported_where_it_is_asked_for() {
    let measured = |views, d, images: f64| {
        at_once(limit::measure(&rest(views, d), &chosen(limit::card(), &[("images", images)]), &Pace::default()))
    };
    let found = measured(E2, 2, 256.0);
    assert_eq!(names(&found.scalars), ["contrastive_limit", "contrastive_single_negative"]);
    near(f64::from(found.scalars[1].value), 0.518_956, 5e-5, "the default temperature is 0.5");
    let Payload::Series { x, y } = &found.profiles[0].payload else { panic!("a curve") };
    assert_eq!((found.profiles[0].name.as_str(), x.len(), y[0]), ("contrastive_minus_log_m", 13, found.scalars[1].value));
    assert_eq!((x[0], x[1], x[12]), (1.0, 2.0, 4096.0));
    let broken: [&[f32]; 2] = [&[1.0, 0.0, f32::NAN, 0.0, 1e30, 0.0], &[1.0, 0.0, 1.0, 0.0, 1.0, 0.0]];
    for (views, d, images) in
        [(E2, 2, 0.0), (E2, 2, 1.0), ([&[][..]; 2], 0, 256.0), ([&[1.0, 0.0][..]; 2], 2, 256.0), (broken, 2, 256.0)]
    {
        let found = measured(views, d, images);
        assert!(found.scalars.is_empty() && found.profiles.is_empty(), "{views:?}, {images} images");
    }
    for tau in [0.0, -1.0, f64::NAN] {
        assert_eq!(at_once(limit::contrastive(E2, 2, tau, &Pace::default())), None, "temperature {tau}");
    }
}

/// The same bits on one thread and on three.
#[test]
fn threads_do_not_show() {
    let views = random(70, 33, 0.5);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| (negative_distances(both(&views), 33), contrastive(both(&views), 33, 0.2)))
    };
    assert_eq!(on(1), on(3));
}
