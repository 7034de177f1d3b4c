//! sigma(delta) and delta(sigma): METHODS.md 3.5.4 to 3.5.7 and 3.6.

use super::numbers::{noise, places};
use super::{HAND, HAND_VIEWS, hand, measured};
use augsphere_engine::augmented_distance::{DistanceMatrix, LIMIT, Unmeasured};
use augsphere_engine::concentration::{BUDGET, Interval, by_views, delta, sigma, sigma_curve, thresholds, within_classes};
use augsphere_engine::random::{Purpose, RngExt as _, stream};

const EXACTLY: fn(f64) -> Interval = |value| Interval { lower: value, upper: value };

fn random(size: usize, seed: u64) -> DistanceMatrix {
    let mut rng = stream(seed, Purpose::SelfTest, 77);
    DistanceMatrix::from_fn(size, |_, _| rng.uniform())
}

#[test]
fn the_hand_example_gives_its_shares() {
    let class = [hand()];
    for (delta, share) in [(0.1, 0.5), (0.2, 0.5), (0.35, 0.5), (0.5, 0.5), (1.0, 0.75), (1.2, 0.75), (2.5, 1.0)] {
        assert_eq!(sigma(&class, delta, BUDGET).expect("a class").least(), EXACTLY(share), "at {delta}");
    }
    assert_eq!(sigma(&class, 0.0, BUDGET).expect("a class").least(), EXACTLY(0.25), "one image alone");
    let near = |found: Interval, expected: f64| {
        assert!(found.exact() && (found.lower - expected).abs() < 1e-6, "{found:?}, expected {expected}");
    };
    near(delta(&class, 0.25, BUDGET).expect("a class"), 0.0);
    near(delta(&class, 0.5, BUDGET).expect("a class"), 0.1);
    near(delta(&class, 0.75, BUDGET).expect("a class"), 0.7);
    near(delta(&class, 0.76, BUDGET).expect("a class"), 1.6);
    near(delta(&class, 1.0, BUDGET).expect("a class"), 1.6);
}

#[test]
fn everything_is_within_the_largest_distance() {
    for seed in 0..3 {
        let class = random(40, seed);
        let largest = class.off_diagonal().iter().copied().fold(0.0, f32::max);
        let all = sigma(std::slice::from_ref(&class), f64::from(largest), BUDGET).expect("a class");
        assert_eq!(all.least(), EXACTLY(1.0));
        assert_eq!(all.classes[0].members.len(), 40);
    }
}

#[test]
fn shares_never_fall_with_delta_at_any_budget() {
    for (size, budget) in [(30, BUDGET), (60, 3), (60, 200), (520, BUDGET)] {
        let classes = [random(size, 1), random(size / 2, 2)];
        let mut deltas = thresholds(&classes, 25);
        deltas.reverse();
        let curve = sigma_curve(&classes, &deltas, budget).expect("classes");
        assert_eq!(curve.iter().map(|point| point.delta).collect::<Vec<_>>(), deltas, "in the order asked");
        for pair in curve.windows(2) {
            for (wide, narrow) in [(pair[0].least(), pair[1].least()), (pair[0].mean(), pair[1].mean())] {
                assert!(wide.lower >= narrow.lower && wide.upper >= narrow.upper, "{wide:?} {narrow:?}");
            }
            assert!(pair[0].least().lower > 0.0 && pair[0].least().upper <= 1.0);
            assert!(pair[0].least().upper <= pair[0].mean().upper + 1e-12);
        }
        assert_eq!(curve[0].least(), EXACTLY(1.0));
    }
}

#[test]
fn delta_is_the_inverse_of_sigma() {
    let classes = [random(24, 5), random(17, 6)];
    for wanted in [0.05, 0.2, 0.33, 0.5, 0.9, 1.0] {
        let found = delta(&classes, wanted, BUDGET).expect("classes");
        assert!(found.exact());
        assert!(sigma(&classes, found.lower, BUDGET).expect("classes").least().lower >= wanted);
        let below = sigma(&classes, found.lower * (1.0 - 1e-5), BUDGET).expect("classes");
        assert!(found.lower == 0.0 || below.least().upper < wanted, "{wanted}: a smaller delta would do");
    }
    // With hardly any search the interval still holds the exact answer.
    let class = [random(90, 8)];
    for wanted in [0.1, 0.3, 0.6] {
        let (rough, exact) = (delta(&class, wanted, 0).expect("a class"), delta(&class, wanted, u64::MAX).expect("a class"));
        assert!(exact.exact() && rough.lower <= exact.lower && exact.lower <= rough.upper, "{rough:?} {exact:?}");
    }
}

#[test]
fn a_class_of_one_and_none() {
    let one = [DistanceMatrix::from_fn(1, |_, _| 0.0)];
    assert_eq!(sigma(&one, 0.0, BUDGET).expect("a class").least(), EXACTLY(1.0));
    assert_eq!(delta(&one, 1.0, BUDGET).expect("a class"), EXACTLY(0.0));
    let table = hand();
    assert_eq!(within_classes(&table, &[vec![0, 1], vec![]]).err(), Some(Unmeasured::EmptyClass { class: 1 }));
    assert_eq!(within_classes(&table, &[]).err(), Some(Unmeasured::NoImages));
    let none = DistanceMatrix::from_fn(0, |_, _| 0.0);
    assert_eq!(sigma(&[one[0].clone(), none], 0.1, BUDGET).err(), Some(Unmeasured::EmptyClass { class: 1 }));
    assert!(matches!(sigma(&one, -0.1, BUDGET).err(), Some(Unmeasured::Range { name: "delta", .. })));
    assert!(matches!(sigma(&one, f64::NAN, BUDGET).err(), Some(Unmeasured::Range { name: "delta", .. })));
    for wrong in [0.0, 1.1, f64::NAN] {
        assert!(matches!(delta(&one, wrong, BUDGET).err(), Some(Unmeasured::Range { name: "sigma", .. })));
    }
}

#[test]
fn identical_images_are_all_within_zero() {
    let values: Vec<f32> = noise(30, 4).repeat(5);
    let distances = measured(&values, 30, &[1; 5], LIMIT, &places()[0]).expect("views");
    let classes = within_classes(distances.table(), &[(0..5).collect()]).expect("a class");
    assert_eq!(sigma(&classes, 0.0, BUDGET).expect("a class").least(), EXACTLY(1.0));
    assert_eq!(delta(&classes, 1.0, BUDGET).expect("a class"), EXACTLY(0.0));
}

#[test]
fn more_views_give_more_concentration() {
    let views = [9usize; 20];
    let values = noise(180 * 12, 31);
    let distances = measured(&values, 12, &views, LIMIT, &places()[0]).expect("views");
    let members = [(0..12).collect::<Vec<_>>(), (12..20).collect()];
    let classes = within_classes(distances.table(), &members).expect("classes");
    let middle = delta(&classes, 0.5, BUDGET).expect("classes").lower;
    let curve = by_views(&distances, &members, middle, BUDGET).expect("classes");
    assert_eq!(curve.iter().map(|(views, _)| *views).collect::<Vec<_>>(), [1, 2, 4, 8, 9]);
    for pair in curve.windows(2) {
        assert!(pair[0].1.least().lower <= pair[1].1.least().lower && pair[0].1.least().upper <= pair[1].1.least().upper);
    }
    assert!(curve[0].1.least().upper < curve[4].1.least().lower, "one view is far too few");
    assert_eq!(curve[4].1.classes, sigma(&classes, middle, BUDGET).expect("classes").classes);
}

#[test]
fn classes_are_taken_apart() {
    let distances = measured(&HAND, 1, &HAND_VIEWS, LIMIT, &places()[0]).expect("views");
    let classes = within_classes(distances.table(), &[vec![0, 1], vec![3, 2]]).expect("classes");
    assert_eq!((classes[0].get(0, 1), classes[1].get(1, 0)), (distances.get(0, 1), distances.get(2, 3)));
    let part = sigma(&classes, 0.25, BUDGET).expect("classes");
    assert_eq!((part.share(0), part.share(1)), (EXACTLY(1.0), EXACTLY(0.5)));
    assert_eq!((part.least(), part.mean()), (EXACTLY(0.5), EXACTLY(0.75)));
    assert_eq!(thresholds(&classes, 5).len(), 2);
    assert_eq!(thresholds(&[DistanceMatrix::from_fn(1, |_, _| 0.0)], 5), [0.0; 0]);
}
