//! Do the measures and the picture's projection say what they claim?
//!
//! Numbers: METHODS.md, sections in brackets.

mod numbers;

use augsphere_engine::block_on;
use augsphere_engine::datasets;
use augsphere_engine::losses;
use augsphere_engine::metrics::knn::{Bank, classify, classify_on, neighbours, predict, scores, unit_rows};
use augsphere_engine::metrics::rank::{effective_rank, participation, rankme, spectrum};
use augsphere_engine::metrics::{EvalOutputs, Found, Shape, cards, levels, measure, measure_pixels};
use augsphere_engine::pace::{Pace, at_once};
use augsphere_engine::projection::Projector3;
use augsphere_engine::random::{Purpose, RngExt as _, stream};
use augsphere_spec::{Choice, Projection};
use burn::tensor::Device;
use numbers::{near, noise, tensor, values, wide};

/// Every measure at its defaults.
fn choices() -> Vec<Choice> {
    cards().into_iter().map(|card| Choice { kind: card.name.clone(), knobs: card.defaults() }).collect()
}

/// Validation images of which only the neighbours matter.
fn bank<'a>(bank: &'a [f32], bank_labels: &'a [u8], features: &'a [f32], labels: &'a [u8], width: usize) -> EvalOutputs<'a> {
    EvalOutputs {
        bank,
        bank_labels,
        features,
        labels,
        width,
        classes: 3,
        views: [&[], &[]],
        fixed_views: [&[], &[]],
        dimension: 2,
        device: None,
    }
}

/// Validation images of which only the views matter.
fn views<'a>(views: [&'a [f32]; 2], dimension: usize) -> EvalOutputs<'a> {
    let fixed_views = [&[][..]; 2];
    EvalOutputs {
        bank: &[],
        bank_labels: &[],
        features: &[],
        labels: &[],
        width: 1,
        classes: 3,
        views,
        fixed_views,
        dimension,
        device: None,
    }
}

/// What a measure tells.
fn found(held: &EvalOutputs<'_>, kind: &str) -> Found {
    let choices: Vec<Choice> = choices().into_iter().filter(|choice| choice.kind == kind).collect();
    measure(held, &choices)
}

/// The first number of a measure.
fn number(held: &EvalOutputs<'_>, kind: &str) -> f32 {
    found(held, kind).scalars.first().map_or(f32::NAN, |scalar| scalar.value)
}

/// Effective rank and participation.
fn ranks(rows: &[f32], dimension: usize) -> [f32; 2] {
    let scalars = found(&views([rows, rows], dimension), "rank").scalars;
    assert_eq!(
        scalars.iter().map(|scalar| scalar.name.as_str()).collect::<Vec<_>>(),
        ["effective_rank", "participation", "rankme"]
    );
    assert!(
        (scalars[2].value - scalars[0].value).abs() <= 1e-3 * scalars[0].value,
        "RankMe is the same but for 1e-7: {scalars:?}"
    );
    [scalars[0].value, scalars[1].value]
}

/// Directions without a preferred one: normal coordinates, scaled to unit length.
fn isotropic(count: usize, dimension: usize, index: u64) -> Vec<f32> {
    let mut rng = stream(3, Purpose::Measures, index);
    let rows: Vec<f32> = (0..count * dimension).map(|_| rng.normal()).collect();
    unit_rows(&rows, dimension)
}

const BANK: [f32; 10] = [1.0, 0.0, 0.8, 0.6, 0.0, 1.0, -0.6, 0.8, -1.0, 0.0];
const BANK_LABELS: [u8; 5] = [0, 0, 1, 1, 2];

/// The worked example [8.1], with lengths that normalisation must undo.
#[test]
fn knn_gives_the_scores_of_the_example() {
    let long: Vec<f32> = BANK.iter().map(|value| value * 7.0).collect();
    let held = bank(&long, &BANK_LABELS, &[1.2, 1.6], &[0], 2);
    for (temperature, expected) in [
        (0.07, [909_008.477_5, 91_910.580_2, 0.0]),
        (0.1, [15_168.210_4, 2_980.958_0, 0.0]),
        (1.0, [4.433_815_273_8, 2.225_540_928_5, 0.0]),
    ] {
        let found = scores(&held, 3, temperature);
        for (class, (found, expected)) in found.iter().zip(expected).enumerate() {
            // A cosine is good to 1e-7, which exp(cosine / 0.07) makes 1e-6 and more.
            assert!(
                (found - expected).abs() <= 5e-6 * expected.max(1.0),
                "T {temperature}, class {class}: expected {expected}, found {found}"
            );
        }
        assert_eq!(predict(&held, 3, temperature), [0]);
    }
    assert_eq!(number(&bank(&long, &BANK_LABELS, &[1.2, 1.6, -1.0, 0.1], &[0, 1], 2), "knn"), 0.5, "one of two is right");
}

/// Coordinates 1 and -1 in a number that is a power of four: many cosines are equal, none is rounded, so both must name the same classes.
#[test]
fn a_gpu_finds_the_neighbours_that_the_host_finds() {
    let Some(mut gpu) = numbers::gpu() else { return };
    for (rows, count, width, k) in [(1500, 1100, 4, 200), (1111, 97, 64, 30), (5, 3, 64, 200), (700, 20, 16, 1)] {
        let signs = |count: usize, seed: u64| -> Vec<f32> {
            noise(count * width, seed).into_iter().map(|value| if value > 0.0 { 1.0 } else { -1.0 }).collect()
        };
        let (mut bank, mut queries) = (signs(rows, 1), signs(count, 2));
        let labels: Vec<u8> = noise(rows, 3).into_iter().map(|value| ((value + 1.0) * 3.5) as u8).collect();
        // Blocks of at most 400 rows of the bank.
        gpu.max_binding = 4 * 400 * width as u64;
        let both = |bank: &[f32], queries: &[f32]| {
            let bank = Bank { rows: bank, labels: &labels, width, classes: 7 };
            let pace = Pace::default();
            let host = at_once(classify(&bank, queries, k, 0.1, &pace));
            (host, block_on(classify_on(&gpu, &bank, queries, k, 0.1, &pace)))
        };
        let (host, device) = both(&bank, &queries);
        assert_eq!(device.weighted.len(), count);
        assert_eq!(device, host, "{count} queries among {rows} rows of {width}, k = {k}");
        // What is not a number has no neighbours there either.
        bank[width] = f32::NAN;
        queries[0] = f32::INFINITY;
        let (host, device) = both(&bank, &queries);
        assert_eq!(device, host, "with numbers that are none");
    }
}

/// With one neighbour it is the nearest's class, with more than there are it is a vote of all.
#[test]
fn knn_counts_k_neighbours() {
    let held = bank(&BANK, &BANK_LABELS, &[-0.1, 1.0], &[1], 2);
    assert_eq!(predict(&held, 1, 0.1), [1]);
    assert_eq!(scores(&held, 1, 0.1).iter().filter(|score| **score > 0.0).count(), 1);
    assert_eq!(
        scores(&held, 1000, 0.1).iter().filter(|score| **score > 0.0).count(),
        3,
        "a bank smaller than k votes as a whole"
    );
}

/// Equal scores go to the lowest class, equal cosines to the first of the bank [8.1].
#[test]
fn knn_ties_go_to_the_lowest_class() {
    let held = bank(&[0.0, 1.0, 0.0, -1.0, 0.0, 1.0], &[2, 0, 1], &[1.0, 0.0], &[0], 2);
    assert_eq!(predict(&held, 3, 0.1), [0]);
    assert_eq!(predict(&held, 1, 0.1), [2], "the first of three at the same cosine");
}

#[test]
fn neighbours_are_nearest_first_without_oneself() {
    let found = neighbours(&BANK, 2, 1, 3);
    assert_eq!(found.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [0, 2, 3]);
    near(&found.iter().map(|(_, cosine)| *cosine).collect::<Vec<_>>(), &[0.8, 0.6, 0.0], 1e-6, 1.0, "cosines");
    assert_eq!(neighbours(&BANK, 2, 9, 3), [], "no such image");
}

/// The same number from the metric on the host and from the loss on a device.
#[test]
fn alignment_and_uniformity_are_the_losses_of_the_same_name() {
    let (d, n) = (5, 24);
    let (x, y) = (unit_rows(&noise(n * d, 1), d), unit_rows(&noise(n * d, 2), d));
    let held = views([&x, &y], d);
    let tensors = || (tensor(&x, [n, d], &Device::flex()), tensor(&y, [n, d], &Device::flex()));
    let (a, b) = tensors();
    near(&[number(&held, "alignment")], &wide(&values(losses::alignment(a, b, 2.0))), 1e-5, 0.0, "alignment");
    let (a, b) = tensors();
    let expected = (losses::uniformity(a, 2.0) + losses::uniformity(b, 2.0)) / 2.0;
    near(&[number(&held, "uniformity")], &wide(&values(expected)), 1e-5, 0.0, "uniformity");
}

/// E2 [2.6]: alignment 0.4, uniformity (-4 - 0.16) / 2.
#[test]
fn alignment_and_uniformity_of_the_tiny_batch() {
    let held = views([&[1.0, 0.0, 0.0, 1.0], &[0.8, 0.6, 0.6, 0.8]], 2);
    near(&[number(&held, "alignment")], &[0.4], 1e-5, 0.0, "alignment");
    near(&[number(&held, "uniformity")], &[-2.08], 1e-5, 0.0, "uniformity");
}

/// Near 1/sqrt(d) for directions without preference (4,000 rows: within 1 %), 0 at collapse, and levels to compare with.
#[test]
fn standard_deviation_tells_spread_from_collapse() {
    for d in [2, 3, 16, 64] {
        let rows = isotropic(4000, d, d as u64);
        near(&[number(&views([&rows, &rows], d), "std")], &[1.0 / (d as f64).sqrt()], 0.01, 0.0, &format!("{d} dimensions"));
    }
    let collapsed = [0.6, 0.0, -0.8].repeat(50);
    let held = views([&collapsed, &collapsed], 3);
    assert!(number(&held, "std") < 1e-6);
    assert!(number(&held, "uniformity").abs() < 1e-6);
    assert!(number(&held, "alignment").abs() < 1e-6);
}

/// The worked example [8.4]: four rows in three dimensions, not of unit length.
#[test]
fn ranks_are_those_of_the_example() {
    let z = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.1, 2.0, 1.0, 0.0];
    let raw = spectrum(&z, 3, false);
    let singular: Vec<f32> = raw.iter().map(|value| (4.0 * value).sqrt() as f32).collect();
    near(&singular, &[2.802_947_799_9, 1.070_898_873_1, 0.081_604_132_8], 1e-7, 0.0, "singular values");
    let covariance = spectrum(&z, 3, true);
    let single: Vec<f32> = covariance.iter().map(|value| *value as f32).collect();
    near(&single, &[0.5, 0.187_710_199_7, 0.001_664_800_3], 1e-7, 0.0, "covariance");
    // The coordinate 0.1 is not exact in single precision: 1.5e-8 of it.
    assert!((effective_rank(&raw) - 1.969_704_565_7).abs() < 1e-8, "{}", effective_rank(&raw));
    assert!((rankme(&raw) - 1.969_705_064_4).abs() < 1e-8, "{}", rankme(&raw));
    assert!((effective_rank(&covariance) - 2.206_238_763_1).abs() < 1e-8, "{}", effective_rank(&covariance));
    assert!((participation(&covariance) - 1.666_110_661_5).abs() < 1e-8, "{}", participation(&covariance));
    near(&ranks(&z, 3), &[1.969_704_565_7, 1.666_110_661_5], 1e-6, 0.0, "the measure");
}

/// A point, whatever noise remains around it, and two opposite points are rank 1; half of the directions are half the rank.
#[test]
fn rank_tells_spread_from_collapse() {
    let point = [0.6, 0.0, -0.8].repeat(50);
    near(&ranks(&point, 3), &[1.0, 0.0], 1e-6, 0.0, "one point");
    let poles = [0.6, 0.0, -0.8, -0.6, 0.0, 0.8].repeat(25);
    near(&ranks(&poles, 3), &[1.0, 1.0], 1e-6, 0.0, "two opposite points");

    let d = 32;
    let noise = isotropic(2000, d, 32);
    let mut near_point: Vec<f32> = noise.iter().map(|value| 1e-3 * value).collect();
    near_point.iter_mut().step_by(d).for_each(|value| *value += 1.0);
    let [rank, spread] = ranks(&unit_rows(&near_point, d), d);
    assert!(rank < 1.1, "all but one point: {rank}");
    assert!(spread > 28.0, "but what differs, differs in every direction: {spread}");

    let half: Vec<f32> = isotropic(2000, 16, 16).chunks_exact(16).flat_map(|row| [row, &[0.0; 16]].concat()).collect();
    for (rows, expected, what) in [(noise, 32.0, "every direction"), (half, 16.0, "half of them")] {
        near(&ranks(&rows, d), &[expected, expected], 0.03, 0.0, what);
    }
}

/// Both Gram matrices give the same: fewer images than dimensions, then a basis of all of them, exactly.
#[test]
fn rank_is_at_most_the_number_of_images() {
    let basis: Vec<f32> = (0..24 * 32).map(|index| f32::from(u8::from(index / 32 == index % 32))).collect();
    near(&ranks(&basis, 32), &[24.0, 23.0], 1e-6, 0.0, "24 orthogonal rows span 24 directions and differ in 23");
    let wide = noise(6 * 9, 5);
    let tall: Vec<f32> = (0..54).map(|index| wide[index % 6 * 9 + index / 6]).collect();
    let [wide, tall] = [spectrum(&wide, 9, false), spectrum(&tall, 6, false)];
    assert_eq!([wide.len(), tall.len()], [6, 6]);
    let scaled: Vec<f32> = tall.iter().map(|value| (value * 9.0 / 6.0) as f32).collect();
    near(&scaled, &wide, 1e-6, 0.0, "a matrix and its transpose");
    let basis: Vec<f32> = (0..540 * 600).map(|index| f32::from(u8::from(index / 600 == index % 600))).collect();
    near(&ranks(&basis, 600), &[512.0, 511.0], 1e-6, 0.0, "the first 512 of 540 orthogonal rows");
}

/// Nothing, zeros and numbers that are none have rank 0, one row has rank 1, and a large collapsed embedding settles.
#[test]
fn rank_is_a_number_whatever_it_is_given() {
    for (rows, expected, what) in [
        (vec![], [0.0, 0.0], "no rows"),
        (vec![0.0; 40], [0.0, 0.0], "zeros"),
        (vec![f32::NAN; 40], [0.0, 0.0], "not numbers"),
        (vec![0.6, 0.8, 0.0, 0.0], [1.0, 0.0], "one row"),
        (
            [[0.6, 0.8, 0.0, 0.0], [f32::INFINITY, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]].concat(),
            [2.0, 1.0],
            "one row of three lost",
        ),
        (vec![1e-30; 40], [1.0, 0.0], "tiny"),
        (vec![1e30; 40], [1.0, 0.0], "huge"),
    ] {
        near(&ranks(&rows, 4), &expected.map(f64::from), 1e-6, 1.0, what);
    }
    let d = 512;
    let row = isotropic(1, d, 1);
    near(&ranks(&row.repeat(d), d), &[1.0, 0.0], 1e-6, 0.0, "512 equal rows");
    let wobbly: Vec<f32> = row.repeat(d).iter().zip(noise(d * d, 2)).map(|(value, noise)| value + 1e-7 * noise).collect();
    let [rank, spread] = ranks(&unit_rows(&wobbly, d), d);
    assert!((1.0..1.01).contains(&rank) && spread.is_finite(), "equal but for rounding: {rank}, {spread}");
}

/// Huang's divergence by hand [3.2]: features of any length, centres (0.9, 0.3), (0, 1) and (-0.6, 0.8).
#[test]
fn the_largest_product_of_class_centres_by_hand() {
    let features = [3.0, 0.0, 1.6, 1.2, 0.0, 5.0, -0.6, 0.8];
    // Class 0 and class 1: 0.3; class 1 and class 2: 0.8; class 0 and class 2: -0.3.
    let held = bank(&[], &[], &features, &[0, 0, 1, 2], 2);
    near(&[number(&held, "centre_product")], &[0.8], 1e-6, 0.0, "three classes");
    // A class without images has no centre: 0 would be larger than the product of the others.
    let opposite = bank(&[], &[], &[2.0, 0.0, -7.0, 0.0], &[0, 2], 2);
    near(&[number(&opposite, "centre_product")], &[-1.0], 1e-6, 0.0, "two of three classes");
    let alone = found(&bank(&[], &[], &features, &[1; 4], 2), "centre_product");
    assert_eq!(alone, Found::default(), "one class has none beside it");
}

#[test]
fn levels_say_what_numbers_mean() {
    let at = |images: usize, name: &str| {
        let shape = Shape { dimension: 3, classes: 10, images };
        levels(&choices(), shape).into_iter().find(|level| level.0 == name).expect("a level").1
    };
    let level = |name: &str| at(512, name);
    near(&[level("uniformity")], &[-2.079_777_060_6], 1e-6, 0.0, "uniformity");
    near(&[level("std")], &[1.0 / 3f64.sqrt()], 1e-6, 0.0, "std");
    near(&[level("knn_accuracy")], &[0.1], 1e-6, 0.0, "kNN");
    near(&[level("alignment")], &[2.0], 1e-6, 0.0, "alignment");
    near(&[level("centre_product")], &[-1.0 / 9.0], 1e-6, 0.0, "class centres");
    near(&[level("effective_rank"), level("participation")], &[3.0, 3.0], 1e-6, 0.0, "ranks");
    // Three images lie in three directions and differ in two.
    near(&[at(3, "effective_rank"), at(3, "rankme"), at(3, "participation")], &[3.0, 3.0, 2.0], 1e-6, 0.0, "ranks of few");
}

/// Unrelated directions have an alignment of 2, as the level says.
#[test]
fn unrelated_views_are_at_the_level_of_alignment() {
    let (x, y) = (isotropic(4000, 16, 100), isotropic(4000, 16, 101));
    near(&[number(&views([&x, &y], 16), "alignment")], &[2.0], 0.02, 0.0, "alignment");
}

/// Two and three dimensions are shown as they are.
#[test]
fn circle_and_sphere_are_exact() {
    let mut projector = Projector3::default();
    let circle = projector.project(&[0.6, 0.8, -1.0, 0.0], 2);
    assert_eq!((circle.projection, circle.xyz, circle.explained), (Projection::Circle, vec![0.6, 0.8, 0.0, -1.0, 0.0, 0.0], 1.0));
    let rows = isotropic(10, 3, 7);
    let sphere = projector.project(&rows, 3);
    assert_eq!((sphere.projection, sphere.xyz, sphere.explained), (Projection::Sphere, rows, 1.0));
}

/// `count` rows in 8 dimensions whose coordinates have these deviations, turned by a fixed rotation of the first four.
fn stretched(count: usize, deviations: [f32; 8], index: u64) -> Vec<f32> {
    let mut rng = stream(4, Purpose::Measures, index);
    let row = |_: usize| {
        let z: [f32; 8] = std::array::from_fn(|axis| rng.normal() * deviations[axis]);
        let h = 0.5;
        let turned = [
            h * (z[0] + z[1] + z[2] + z[3]),
            h * (z[0] - z[1] + z[2] - z[3]),
            h * (z[0] + z[1] - z[2] - z[3]),
            h * (z[0] - z[1] - z[2] + z[3]),
        ];
        let mut row = z;
        row[..4].copy_from_slice(&turned);
        row
    };
    (0..count).flat_map(row).collect()
}

/// Variance 9, 4, 1 in three directions and 0.05 in each of five others: 14 of 14.25 can be seen. 3,000 rows: within 1 %.
#[test]
fn principal_components_carry_the_variance_they_claim() {
    let small = 0.05f32.sqrt();
    let rows = stretched(3000, [3.0, 2.0, small, small, 1.0, small, small, small], 1);
    let mut projector = Projector3::default();
    let projected = projector.project(&rows, 8);
    assert_eq!(projected.projection, Projection::Principal);
    near(&[projected.explained], &[14.0 / 14.25], 0.01, 0.0, "explained");
    for point in projected.xyz.chunks_exact(3) {
        near(&[point.iter().map(|value| value * value).sum::<f32>()], &[1.0], 1e-5, 0.0, "length");
    }
    let flat = stretched(500, [1.0; 8], 2);
    near(&[Projector3::default().project(&flat, 8).explained], &[3.0 / 8.0], 0.15, 0.0, "nothing stands out");
    let lone = stretched(200, [2.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.5], 3);
    near(&[projector.project(&lone, 8).explained], &[1.0], 1e-5, 0.0, "three directions are all there is");
}

/// Rows that move a little move the picture a little: no axis swaps or flips from one picture to the next.
#[test]
fn pictures_follow_each_other_without_jumps() {
    // Nearly equal variances: without a warm start the order of the axes would be anybody's guess.
    let rows = stretched(400, [1.1, 1.05, 1.0, 0.3, 0.3, 0.3, 0.3, 0.3], 5);
    let wobble = noise(rows.len(), 9);
    let mut projector = Projector3::default();
    let mut last = projector.project(&rows, 8).xyz;
    for picture in 1..10 {
        let moved: Vec<f32> = rows.iter().zip(&wobble).map(|(row, wobble)| row + 0.01 * picture as f32 * wobble).collect();
        let next = projector.project(&moved, 8).xyz;
        let cosine: f32 =
            last.chunks_exact(3).zip(next.chunks_exact(3)).map(|(a, b)| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>()).sum();
        assert!(cosine / 400.0 > 0.98, "picture {picture} jumped: mean cosine {}", cosine / 400.0);
        last = next;
    }
}

/// All rows equal: a picture without numbers that are none.
#[test]
fn a_collapsed_embedding_can_be_pictured() {
    let rows = [0.5; 8].repeat(20);
    let projected = Projector3::default().project(&rows, 8);
    assert!(projected.xyz.iter().all(|value| value.is_finite()) && projected.explained.is_finite());
    assert_eq!(projected.xyz.len(), 60);
}

/// Neighbours by pixels, one by one in double precision.
#[test]
fn neighbours_by_pixels_are_those_of_the_normalised_images() {
    let card = datasets::cards().into_iter().find(|card| card.name == "shapes").expect("a card");
    let mut choice = Choice { kind: "shapes".into(), knobs: card.defaults() };
    for (name, count) in [("train", 300), ("validation", 100), ("test", 16), ("side", 8)] {
        choice.knobs.set(name, i64::from(count));
    }
    let data = datasets::load(&choice, 5, &datasets::DroppedArchives::default()).expect("shapes");
    let mut measures = choices();
    measures.iter_mut().filter(|choice| choice.kind == "knn").for_each(|choice| choice.knobs.set("k", 7i64));
    let found = at_once(measure_pixels(&data, 250, &measures, None, &Pace::default())).expect("images").value;

    let rows = |images: &datasets::Images| -> Vec<Vec<f64>> {
        let normalised = |(at, value): (usize, &u8)| {
            let channel = at / 64;
            (f64::from(*value) / 255.0 - f64::from(data.mean[channel])) / f64::from(data.deviation[channel])
        };
        images
            .iter()
            .map(|image| {
                let row: Vec<f64> = image.iter().enumerate().map(normalised).collect();
                let length = row.iter().map(|value| value * value).sum::<f64>().sqrt();
                row.into_iter().map(|value| value / length).collect()
            })
            .collect()
    };
    let train = rows(&data.train);
    let bank = &train[..250];
    let queries = rows(&data.validation);
    let right = queries.iter().zip(&data.validation.labels).filter(|(query, label)| {
        let cosine = |row: &Vec<f64>| row.iter().zip(query.iter()).map(|(a, b)| a * b).sum::<f64>();
        let mut near: Vec<(f64, u8)> = bank.iter().map(cosine).zip(data.train.labels.iter().copied()).collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut votes = [0.0; 10];
        near[..7].iter().for_each(|(cosine, class)| votes[usize::from(*class)] += (cosine / 0.1).exp());
        let best = (0..10).fold(0, |best, class| if votes[class] > votes[best] { class } else { best });
        best == usize::from(**label)
    });
    assert_eq!(found, right.count() as f32 / 100.0);
    assert!(found > 0.15, "better than guessing: {found}");
}
