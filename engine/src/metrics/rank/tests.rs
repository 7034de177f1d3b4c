//! Are the eigenvalues those of the two second moments, and do they stand the roundings of many rows?

use super::*;
use crate::pace::Task;
use crate::random::{Purpose, RngExt as _, stream};
use std::time::Duration;

fn normal(count: usize, d: usize, index: u64) -> Vec<f32> {
    let mut rng = stream(8, Purpose::Measures, index);
    (0..count * d).map(|_| rng.normal() + 0.5).collect()
}

fn of(rows: &[f32], d: usize) -> Spectra {
    at_once(spectra(rows, d, &Pace::default()))
}

fn numbers(spectra: &Spectra) -> [f32; 3] {
    let scalars = scalars(spectra);
    [scalars[0].value, scalars[1].value, scalars[2].value]
}

/// The moments of rows by their definition, over columns or over rows.
fn check(count: usize, d: usize) {
    let values = normal(count, d, 1);
    let rows: Vec<&[f32]> = values.chunks_exact(d).collect();
    let gram = at_once(Gram::of(&rows, d, &Pace::default()));
    assert_eq!(gram.side, d.min(count));
    let mean: Vec<f64> = (0..d).map(|c| rows.iter().map(|row| f64::from(row[c])).sum::<f64>() / count as f64).collect();
    for (products, centre) in [(gram.products.clone(), 0.0), (gram.centred(), 1.0)] {
        let z: Vec<Vec<f64>> = rows.iter().map(|row| (0..d).map(|c| f64::from(row[c]) - centre * mean[c]).collect()).collect();
        for i in 0..gram.side {
            for j in 0..gram.side {
                let sum: f64 = if d <= count {
                    z.iter().map(|row| row[i] * row[j]).sum()
                } else {
                    z[i].iter().zip(&z[j]).map(|(a, b)| a * b).sum()
                };
                let found = products[i * gram.side + j];
                assert!((found - sum / count as f64).abs() < 1e-12, "{count} x {d} at {i}, {j}: {found}");
            }
        }
    }
}

#[test]
fn products_are_those_of_columns_or_rows() {
    for (count, d) in [(1, 1), (7, 7), (600, 13), (256, 8), (257, 4), (9, 30), (13, 600), (2, 256)] {
        check(count, d);
    }
}

/// Sums over many rows round far below what counts as rounding: a point stays a point, and noise of 1e-5 of its length is seen.
#[test]
fn many_equal_rows_are_one_direction() {
    let (count, d) = (10_000, 24);
    let point = normal(1, d, 2).repeat(count);
    assert_eq!(numbers(&of(&point, d)), [1.0, 0.0, rankme(&[&[1.0][..], &[0.0; 23]].concat()) as f32]);
    let length = 3e-5;
    let noisy: Vec<f32> = point.iter().zip(normal(count, d, 3)).map(|(value, noise)| value + length * (noise - 0.5)).collect();
    let [rank, spread, _] = numbers(&of(&noisy, d));
    assert!((1.0..1.01).contains(&rank) && spread > 23.5, "{rank}, {spread}");
}

/// RankMe of the worked example [8.4], and what 1e-7 adds of itself: `exp(-(1 + a) ln(1 + a) - 3 a ln a)` with `a` = 1e-7 and one of four.
#[test]
fn rankme_adds_to_every_share() {
    let z = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.1, 2.0, 1.0, 0.0];
    let moments = of(&z, 3).moments;
    assert!((rankme(&moments) - 1.969_705_064_4).abs() < 1e-8, "{}", rankme(&moments));
    assert!((rankme(&moments) - effective_rank(&moments) - 4.987e-7).abs() < 1e-10);
    assert!((rankme(&[2.0, 0.0, 0.0, 0.0]) - 1.000_004_735_5).abs() < 1e-9, "{}", rankme(&[2.0, 0.0, 0.0, 0.0]));
    assert_eq!([rankme(&[]), rankme(&[0.0; 3])], [0.0; 2]);
}

/// Above 512 dimensions 512 images count.
#[test]
fn levels_can_be_reached() {
    let choice = Choice { kind: "rank".into(), knobs: card().defaults() };
    for (dimension, images, expected) in [
        (64, 512, [64.0, 64.0]),
        (64, 64, [64.0, 63.0]),
        (64, 10, [10.0, 9.0]),
        (2048, 10_000, [512.0, 511.0]),
        (8, 0, [0.0, 0.0]),
    ] {
        let levels = levels(&choice, Shape { dimension, classes: 10, images });
        let value = |name: &str| levels.iter().find(|level| level.0 == name).expect("a level").1;
        assert_eq!([value("effective_rank"), value("participation")], expected, "{dimension} dimensions, {images} images");
        assert_eq!(value("rankme"), expected[0]);
    }
}

#[test]
fn threads_and_pieces_change_nothing() {
    let rows = normal(700, 40, 4);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| of(&rows, 40))
    };
    let expected = on(1);
    assert_eq!(on(3), expected);
    let own = rows.clone();
    let mut task = Task::new(async move |pace| spectra(&own, 40, &pace).await);
    let (mut turns, mut found) = (0, None);
    while found.is_none() {
        turns += 1;
        found = at_once(task.advance(Duration::ZERO));
    }
    assert_eq!(found, Some(expected));
    assert!(turns > 3 + 2 * 39, "after each 256 rows and each reflection: {turns}");
}
