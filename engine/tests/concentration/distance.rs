//! The smallest distance of two views, whatever the blocks: against every pair of views, one by one, in 64 bits.

use super::numbers::{near, noise, places};
use super::{HAND, HAND_VIEWS, measured};
use augsphere_engine::augmented_distance::{Closest, DistanceJob, LIMIT, Unmeasured, ViewLayout};
use augsphere_engine::block_on;

/// Squared distance in 64 bits, the views, and how many are within a billionth of it.
fn brute(
    values: &[f32],
    dimension: usize,
    views: &[usize],
    (i, j): (usize, usize),
    level: usize,
) -> (f64, (usize, usize), usize) {
    let start = |image: usize| views[..image].iter().sum::<usize>();
    let row = |image: usize, view: usize| &values[(start(image) + view) * dimension..][..dimension];
    let square = |a: usize, b: usize| -> f64 {
        row(i, a).iter().zip(row(j, b)).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
    };
    let within = |image: usize| views[image].min(level);
    let all: Vec<(f64, (usize, usize))> =
        (0..within(i)).flat_map(|a| (0..within(j)).map(move |b| (a, b))).map(|(a, b)| (square(a, b), (a, b))).collect();
    let least = all.iter().fold(f64::INFINITY, |least, (square, _)| least.min(*square));
    let tied: Vec<&(f64, (usize, usize))> = all.iter().filter(|(square, _)| *square <= least * (1.0 + 1e-9)).collect();
    (least, tied[0].1, tied.len())
}

#[test]
fn the_hand_example_gives_its_table() {
    let expected = [0.0, 0.2, 0.7, 1.6, 0.2, 0.0, 0.1, 1.0, 0.7, 0.1, 0.0, 0.3, 1.6, 1.0, 0.3, 0.0];
    for place in places() {
        let distances = measured(&HAND, 1, &HAND_VIEWS, LIMIT, place).expect("four images");
        near(&distances.table().matrix(), &expected, 1e-6, 1.0, "3.6");
        assert_eq!(distances.closest(0, 3), Closest { first: 1, second: 2, ties: 1 });
        assert_eq!(distances.closest(3, 0), Closest { first: 2, second: 1, ties: 1 });
        assert_eq!(distances.closest(2, 2), Closest { first: 0, second: 0, ties: 1 });
        assert_eq!(distances.levels(), [1, 2, 3]);
        let first = distances.at_level(1).expect("the first views").matrix();
        near(&first, &[0.0, 0.5, 1.0, 3.0, 0.5, 0.0, 0.5, 2.5, 1.0, 0.5, 0.0, 2.0, 3.0, 2.5, 2.0, 0.0], 1e-6, 1.0, "one view");
        near(&[distances.at_level(2).expect("two views").get(0, 3)], &[2.2], 1e-6, 1.0, "two views of the fourth");
        assert!(distances.get(0, 2) > distances.get(0, 1) + distances.get(1, 2), "it is no metric");
    }
}

/// Views in [0, 1] of images that are near each other, so that large numbers cancel.
fn crowded(dimension: usize, views: &[usize], seed: u64) -> Vec<f32> {
    let base = noise(dimension, seed);
    let total: usize = views.iter().sum();
    let changes = noise(total * dimension, seed + 1);
    changes.iter().enumerate().map(|(at, change)| 0.5 + 0.4 * base[at % dimension] + 0.1 * change).collect()
}

#[test]
fn a_random_bundle_agrees_with_every_pair_of_views() {
    let cases: [(usize, Vec<usize>); 5] =
        [(50, vec![3, 1, 4, 1, 5, 9, 2, 6]), (192, vec![16; 9]), (7, vec![1; 130]), (33, vec![150, 40, 97]), (300, vec![8; 20])];
    for place in places() {
        for (dimension, views) in &cases {
            let values = crowded(*dimension, views, 3);
            let distances = measured(&values, *dimension, views, LIMIT, place).expect("views");
            for &level in distances.levels() {
                let table = distances.at_level(level).expect("a level");
                for (i, j) in (0..views.len()).flat_map(|j| (0..j).map(move |i| (i, j))) {
                    let (square, ..) = brute(&values, *dimension, views, (i, j), level);
                    near(
                        &[table.get(i, j)],
                        &[square.sqrt()],
                        2e-6,
                        1e-3,
                        &format!("{dimension} values, {level} views, {i} {j}"),
                    );
                }
            }
            for (i, j) in (0..views.len()).flat_map(|j| (0..j).map(move |i| (i, j))) {
                let (_, (first, second), ties) = brute(&values, *dimension, views, (i, j), usize::MAX);
                assert_eq!(distances.closest(i, j), Closest { first, second, ties }, "{dimension} values, {i} {j}");
            }
        }
    }
}

#[test]
fn a_small_limit_changes_nothing_and_is_kept() {
    let (dimension, views) = (96, vec![12usize; 40]);
    let values = crowded(dimension, &views, 7);
    for place in places() {
        let whole = measured(&values, dimension, &views, LIMIT, place).expect("views");
        assert!(whole.peak() <= LIMIT);
        for limit in [2 << 20, 3 << 20] {
            let mut job = DistanceJob::new(ViewLayout::new(dimension, &views).expect("a layout"), &super::opened(place), limit);
            let mut made = 0;
            let mut make = |range: std::ops::Range<usize>| {
                made += range.len();
                values[range.start * dimension..range.end * dimension].to_vec()
            };
            while block_on(job.advance(&mut make)).expect("views") {}
            let small = job.finish().expect("done");
            assert_eq!(small.table(), whole.table());
            assert!(small.peak() <= limit, "{} bytes over {limit}", small.peak());
            assert!(made >= 480);
        }
    }
}

#[test]
fn an_image_may_have_more_views_than_fit_at_once() {
    let (dimension, views) = (512, vec![400, 7, 200]);
    let values = crowded(dimension, &views, 17);
    for place in places() {
        let limit = 2 << 20;
        let distances = measured(&values, dimension, &views, limit, place).expect("views");
        assert!(distances.peak() <= limit && values.len() * 4 > limit / 2);
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            for &level in distances.levels() {
                let (square, ..) = brute(&values, dimension, &views, (i, j), level);
                near(&[distances.at_level(level).expect("a level").get(i, j)], &[square.sqrt()], 2e-6, 1e-3, "in parts");
            }
            let (_, (first, second), ties) = brute(&values, dimension, &views, (i, j), usize::MAX);
            assert_eq!(distances.closest(i, j), Closest { first, second, ties });
        }
    }
}

#[test]
fn views_are_made_again_when_they_do_not_fit() {
    let (dimension, views) = (3072, vec![8usize; 30]);
    let values = crowded(dimension, &views, 9);
    let layout = || ViewLayout::new(dimension, &views).expect("a layout");
    let run = |limit: usize| {
        let (mut made, mut job) = (0, DistanceJob::on_host(layout(), limit));
        let mut make = |range: std::ops::Range<usize>| {
            made += range.len();
            values[range.start * dimension..range.end * dimension].to_vec()
        };
        while block_on(job.advance(&mut make)).expect("views") {}
        let distances = job.finish().expect("done");
        (distances, made)
    };
    let (whole, once) = run(LIMIT);
    assert_eq!(once, 240);
    let limit = 3 << 20;
    let (small, often) = run(limit);
    assert!(often > 240, "3 MB of views do not fit into {limit} bytes with what is computed");
    assert!(small.peak() <= limit, "{}", small.peak());
    for (i, j) in (0..30).flat_map(|j| (0..j).map(move |i| (i, j))) {
        // Another first block gives another mean to subtract, and so another rounding.
        near(&[small.get(i, j)], &[f64::from(whole.get(i, j))], 1e-6, 1e-3, "in pieces");
    }
}

#[test]
fn equal_views_are_at_distance_zero_and_ties_are_counted() {
    let image = noise(75, 1);
    let other = noise(75, 2);
    // Two images of which one view each is the same; the first has it twice.
    let values =
        [image.clone(), other.clone(), other.clone(), noise(75, 3), other.clone(), image.iter().map(|v| v + 3.0).collect()]
            .concat();
    for place in places() {
        let distances = measured(&values, 75, &[3, 3], LIMIT, place).expect("views");
        assert_eq!(distances.get(0, 1), 0.0);
        assert_eq!(distances.closest(0, 1), Closest { first: 1, second: 1, ties: 2 });
        let same =
            measured(&[image.clone(), image.clone(), image.clone()].concat(), 75, &[1, 1, 1], LIMIT, place).expect("views");
        assert_eq!(same.table().matrix(), [0.0; 9]);
        // Nothing is drawn: every view of an image is the image.
        let still: Vec<f32> = [&image, &other].iter().flat_map(|row| row.repeat(6)).collect();
        let still = measured(&still, 75, &[6, 6], LIMIT, place).expect("views");
        assert_eq!(still.closest(0, 1), Closest { first: 0, second: 0, ties: 36 });
        assert_eq!(still.at_level(1), Some(still.table()));
    }
}

#[test]
fn mirrored_views_tie() {
    let mirror = |row: &[f32]| -> Vec<f32> { row.chunks_exact(5).flat_map(|line| line.iter().rev().copied()).collect() };
    let (a, b) = (noise(75, 5), noise(75, 6));
    let values = [a.clone(), mirror(&a), b.clone(), mirror(&b)].concat();
    for place in places() {
        let closest = measured(&values, 75, &[2, 2], LIMIT, place).expect("views").closest(0, 1);
        assert_eq!((closest.first, closest.ties), (0, 2), "a mirrored pair is as close as the pair");
    }
}

#[test]
fn another_view_never_raises_a_distance() {
    let (dimension, images) = (60, 14);
    let values = crowded(dimension, &[6; 14], 21);
    let first = |count: usize| -> Vec<f32> {
        values.chunks_exact(6 * dimension).flat_map(|image| image[..count * dimension].to_vec()).collect()
    };
    for place in places() {
        let fewer = measured(&first(3), dimension, &[3; 14], LIMIT, place).expect("views");
        let more = measured(&first(5), dimension, &[5; 14], LIMIT, place).expect("views");
        for (i, j) in (0..images).flat_map(|j| (0..j).map(move |i| (i, j))) {
            assert!(f64::from(more.get(i, j)) <= f64::from(fewer.get(i, j)) * (1.0 + 1e-6), "{i} {j}");
        }
        assert!((0..images).any(|i| more.get(i, (i + 1) % images) < fewer.get(i, (i + 1) % images)), "and lowers some");
    }
}

#[test]
fn what_cannot_be_measured_says_why() {
    let place = &places()[0];
    let run = |values: &[f32], dimension, views: &[usize]| measured(values, dimension, views, LIMIT, place);
    assert_eq!(run(&[], 3, &[]).err(), Some(Unmeasured::NoImages));
    assert_eq!(run(&[], 0, &[1]).err(), Some(Unmeasured::NoValues));
    assert_eq!(run(&[0.0; 3], 3, &[1, 0]).err(), Some(Unmeasured::NoViews { image: 1 }));
    let one = run(&[0.5; 6], 3, &[2]).expect("one image");
    assert_eq!((one.images(), one.table().matrix()), (1, vec![0.0]));
    let bad = run(&[0.0, 0.0, 0.0, 0.0, 0.0, f32::INFINITY], 2, &[1, 2]);
    assert_eq!(bad.err(), Some(Unmeasured::NotFinite { image: 1, view: 1, value: f32::INFINITY }));
    let bad = run(&[0.0, 0.0, f32::NAN, 0.0], 2, &[1, 1]);
    assert!(bad.expect_err("a fault").to_string().starts_with("view 0 of image 1 holds NaN"));
    let mut job = DistanceJob::on_host(ViewLayout::even(2, 2, 4).expect("a layout"), LIMIT);
    let fault = block_on(job.advance(&mut |_| vec![0.0; 15]));
    assert_eq!(fault.err(), Some(Unmeasured::WrongLength { from: 0, to: 4, expected: 16, found: 15 }));
    assert!(job.finish().is_none());
}
