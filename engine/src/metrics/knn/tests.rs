//! Do search and votes say what sorting all cosines would?

use super::*;
use crate::pace::Task;
use crate::random::{Purpose, RngExt as _, stream};
use std::time::Duration;

/// Rows of coordinates 1 and -1: those of 4 or 64 have lengths and cosines without rounding, and many are equal.
fn signs(count: usize, width: usize, index: u64) -> Vec<f32> {
    let mut rng = stream(5, Purpose::Measures, index);
    (0..count * width).map(|_| if rng.chance(0.5) { 1.0 } else { -1.0 }).collect()
}

fn normal(count: usize, width: usize, index: u64) -> Vec<f32> {
    let mut rng = stream(6, Purpose::Measures, index);
    (0..count * width).map(|_| rng.normal()).collect()
}

/// The neighbours of each query.
async fn found(bank: &[f32], queries: &[f32], width: usize, k: usize, pace: &Pace) -> Vec<Vec<Neighbour>> {
    let mut all = Vec::new();
    nearest(&Features::new(bank, width), &Features::new(queries, width), k, pace, |found| all.push(found.to_vec())).await;
    all
}

fn found_at_once(bank: &[f32], queries: &[f32], width: usize, k: usize) -> Vec<Vec<Neighbour>> {
    at_once(found(bank, queries, width, k, &Pace::default()))
}

/// Several groups of queries and blocks of the bank, against a sort of all cosines that is stable.
#[test]
fn the_search_is_a_sort_of_all_cosines() {
    for (rows, count, width, ks) in [(1500, 1000, 4, [1, 7, 200]), (1111, 97, 64, [10, 300, 5000]), (5, 3, 64, [1, 5, 6])] {
        let (bank, queries) = (signs(rows, width, 1), signs(count, width, 2));
        for k in ks {
            let found = found_at_once(&bank, &queries, width, k);
            assert_eq!(found.len(), count);
            for (query, found) in queries.chunks_exact(width).zip(&found) {
                let cosine = |row: &[f32]| row.iter().zip(query).map(|(a, b)| a * b).sum::<f32>() / width as f32;
                let mut all: Vec<Neighbour> = bank.chunks_exact(width).map(cosine).zip(0..).collect();
                all.sort_by(|a, b| b.0.total_cmp(&a.0));
                all.truncate(k);
                assert_eq!(*found, all, "{rows} rows of {width}, k = {k}");
            }
        }
    }
}

/// The same to the bit, in how many pieces and on how many threads ever.
#[test]
fn threads_and_pieces_change_nothing() {
    let (bank, queries, width) = (normal(3000, 40, 1), normal(1200, 40, 2), 40);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| found_at_once(&bank, &queries, width, 200))
    };
    let expected = on(1);
    assert!(on(3) == expected, "three threads");
    let (bank, queries) = (bank.clone(), queries.clone());
    let mut task = Task::new(async move |pace| found(&bank, &queries, width, 200, &pace).await);
    let mut turns = 0;
    let in_pieces = loop {
        turns += 1;
        if let Some(found) = at_once(task.advance(Duration::ZERO)) {
            break found;
        }
    };
    assert!(in_pieces == expected, "in pieces");
    // Two groups of queries by seven blocks of 480 rows of the bank, and the end.
    assert_eq!(turns, 15);
}

/// A turn comes soon enough for a tab (0.1 s at 10 GFLOP/s), from a toy's features to the pixels of 96 x 96 images.
#[test]
fn pieces_are_short_and_lists_small() {
    for width in [1, 2, 64, 512, 2048, 3072, 27_648] {
        for k in [1, 10, 200, 1000] {
            let sizes = search::Sizes::of(width, k);
            assert!(2 * sizes.queries * sizes.depth * sizes.rows <= 1_000_000_000, "{width}: {sizes:?}");
            assert!(sizes.queries * 2 * k * size_of::<Neighbour>() <= 4 << 20, "{width}, {k}: {sizes:?}");
        }
    }
}

const BANK: Bank<'_> =
    Bank { rows: &[1.0, 0.0, 0.8, 0.6, 0.0, 1.0, -0.6, 0.8, -1.0, 0.0], labels: &[0, 0, 1, 1, 2], width: 2, classes: 3 };

fn votes(bank: &Bank<'_>, queries: &[f32], k: usize, temperature: f64) -> Votes {
    at_once(classify(bank, queries, k, temperature, &Pace::default()))
}

/// By hand. Cosines of (0, 1) are 0, 0.6, 1, 0.8, 0: two votes for class 0, two for class 1, whose nearest is nearer. Those of (0.6, 0.8)
/// are 0.6, 0.96, 0.8, 0.28, -0.6: the nearest is of class 0. Those of (-0.8, -0.6) are -0.8, -1, -0.6, 0 and 0.8.
#[test]
fn both_votes_by_hand() {
    let queries = [0.0, 1.0, 0.6, 0.8, -0.8, -0.6];
    assert_eq!(votes(&BANK, &queries, 3, 0.1), Votes { weighted: vec![1, 0, 2], plain: vec![1, 0, 1] });
    // One at 1 against two at 0.8 and 0.6: sharp weights go by the nearest, flat ones by the count.
    let single = Bank { labels: &[2, 0, 1, 0, 2], ..BANK };
    assert_eq!([0.1, 10.0].map(|temperature| votes(&single, &[0.0, 1.0], 3, temperature).weighted[0]), [1, 0]);
}

/// Four of class 1 against five of class 0 up to the ninth, five against five up to the tenth, five against six up to the eleventh.
#[test]
fn ten_have_a_plain_vote() {
    let labels = [1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0];
    let rows: Vec<f32> = (0..12).flat_map(|at| [(0.1 * at as f32).cos(), (0.1 * at as f32).sin()]).collect();
    let bank = Bank { rows: &rows, labels: &labels, width: 2, classes: 2 };
    for k in [1, 200] {
        assert_eq!(votes(&bank, &[1.0, 0.0], k, 10.0).plain, [1], "five of each, the nearest is of class 1");
        assert_eq!(votes(&bank, &[1.0, 0.0], k, 10.0).weighted, [u8::from(k == 1)], "the others vote only where k says so");
    }
}

/// What has no cosine or no class does not vote, and nothing else changes.
#[test]
fn rows_that_are_not_numbers_have_no_vote() {
    let (bank, queries) = (normal(600, 20, 1), normal(60, 20, 2));
    let labels: Vec<u8> = (0..600).map(|at| (at * at % 7 % 4) as u8).collect();
    let clean = Bank { rows: &bank, labels: &labels, width: 20, classes: 4 };
    let expected = votes(&clean, &queries, 50, 0.1);
    let mut rows = vec![f32::NAN; 20];
    rows.extend(&bank);
    rows.extend([&[f32::INFINITY; 20][..], &[0.0; 19], &[f32::NEG_INFINITY]].concat());
    let labels = [&[3][..], &labels, &[3, 3]].concat();
    let spoilt = Bank { rows: &rows, labels: &labels, ..clean };
    assert_eq!(votes(&spoilt, &queries, 50, 0.1), expected);
    let two = [&[f32::NAN; 20][..], &queries[..20]].concat();
    assert_eq!(votes(&spoilt, &two, 50, 0.1).weighted, [0, expected.weighted[0]]);
    assert_eq!(votes(&Bank { classes: 2, ..BANK }, &[-1.0, 0.0], 1, 0.1), Votes { weighted: vec![0], plain: vec![1] });
}

#[test]
fn nothing_is_voted_on_and_by() {
    let empty = Bank { rows: &[], labels: &[], ..BANK };
    let none = Votes { weighted: vec![0], plain: vec![0] };
    assert_eq!(votes(&empty, &[1.0, 0.0], 200, 0.1), none);
    assert_eq!(votes(&BANK, &[], 200, 0.1), Votes::default());
    assert_eq!(votes(&BANK, &[0.0, 1.0], 0, 0.1).weighted, [0]);
    assert_eq!(votes(&Bank { width: 0, classes: 0, ..empty }, &[1.0], 1, 0.1), none);
    assert_eq!(votes(&Bank { labels: &[1], ..BANK }, &[1.0, 0.0], 5, 0.1).weighted, [1], "rows without a label");
    assert_eq!(scalars(&Votes::default(), &[]), []);
}

/// The example of METHODS.md 8.1 with its query as a sixth row, of class 1: its own vote would win, the two of class 0 do.
#[test]
fn no_row_votes_on_itself() {
    let rows = [1.0, 0.0, 0.8, 0.6, 0.0, 1.0, -0.6, 0.8, -1.0, 0.0, 0.6, 0.8];
    let bank = Bank { rows: &rows, labels: &[0, 0, 1, 1, 2, 1], width: 2, classes: 3 };
    let votes = |k| at_once(leave_one_out(&bank, k, 0.07, &Pace::default()));
    // (1, 0) has (0.8, 0.6) and (0.6, 0.8) nearest; (0.8, 0.6) the last row, at 0.96, before (1, 0), at 0.8.
    assert_eq!(votes(1), [0, 1, 1, 1, 1, 0]);
    assert_eq!(votes(3)[5], 0);
    let twins = Bank { rows: &[1.0, 0.0, 1.0, 0.0, 1.0, 0.0], labels: &[0, 1, 1], width: 2, classes: 2 };
    assert_eq!(at_once(leave_one_out(&twins, 1, 0.1, &Pace::default())), [1, 0, 0], "equal cosines in the order of the bank");
}
