//! MoCo's queue and the limit of many negatives: the example, the level at collapse, and theorems 1 and 2 of Wang & Isola.

use super::numbers::{near, noise, places, tensor, tracked, values, wide};
use super::{dot, gradient, one, polygon, through_normalisation, unit};
use augsphere_engine::losses::{queue_chance, queue_terms, uniformity_optimum};
use burn::tensor::Device;

/// The example's loss and its gradient with respect to the raw query [1.3]; a part of the queue that is not filled yet does not
/// count, nor does the batch.
#[test]
fn the_queue_has_the_values_and_gradients_of_the_table() {
    let table = [
        (0.07, 0.000_189_424_002, 0.000_541_158_5),
        (0.2, 0.048_906_853_547, 0.046_132_919_2),
        (1.0, 0.560_020_365_562, -0.029_562_258_6),
    ];
    let full = vec![0.0, 1.0, -1.0, 0.0];
    let started = [full.clone(), vec![0.6, 0.8, 1.0, 0.0]].concat();
    for place in places() {
        for (temperature, loss, grad) in table {
            for (queue, what) in [(&full, "full"), (&started, "half filled")] {
                let queue = tensor(queue, [queue.len() / 2, 2], &place.device);
                let keys = tensor(&[0.6, 0.8], [1, 2], &place.device);
                let (found, gradient) = one(&[1.0, 0.0], 2, &place.device, |query| {
                    queue_terms(query, keys.clone(), queue.clone(), 2, temperature).total()
                });
                let what = format!("{what} on {:?}, temperature {temperature}", place.kind);
                // The logits are up to 1 / tau, and that is what is rounded: a relative bound would ask for more digits than there are.
                near(&[found], &[loss], place.tolerance, 0.3, &what);
                near(&gradient, &[0.0, grad], place.tolerance, 0.3, &what);
            }
        }
    }
}

/// The share of each candidate is the gradient with respect to its logit: the analytic gradient of the query, and of a key that
/// is not detached [1.3].
#[test]
fn the_queue_has_the_analytic_gradient() {
    let (n, d, filled, temperature) = (4, 3, 5, 0.3);
    let (q, k) = (noise(n * d, 5), noise(n * d, 6));
    let queue: Vec<f32> = unit(&wide(&noise(7 * d, 7)), d).concat().iter().map(|&value| value as f32).collect();
    let (raw_q, raw_k, rows) = (wide(&q), wide(&k), unit(&wide(&queue), d));
    let (unit_q, unit_k) = (unit(&raw_q, d), unit(&raw_k, d));
    let (mut of_q, mut of_k) = (Vec::new(), Vec::new());
    for (q, k) in unit_q.iter().zip(&unit_k) {
        let weight = |row: &Vec<f64>| (dot(q, row) / temperature).exp();
        let sum = weight(k) + rows[..filled].iter().map(weight).sum::<f64>();
        let scale = 1.0 / (temperature * n as f64);
        for c in 0..d {
            let others: f64 = rows[..filled].iter().map(|row| weight(row) / sum * row[c]).sum();
            of_q.push(scale * ((weight(k) / sum - 1.0) * k[c] + others));
            of_k.push(scale * (weight(k) / sum - 1.0) * q[c]);
        }
    }
    for place in places() {
        let (queries, keys) = (tracked(&q, [n, d], &place.device), tracked(&k, [n, d], &place.device));
        let loss = |keys| queue_terms(queries.clone(), keys, tensor(&queue, [7, d], &place.device), filled, temperature).total();
        let gradients = loss(keys.clone()).backward();
        let expected = through_normalisation(&raw_q, &of_q, d);
        near(&gradient(&queries, &gradients), &expected, place.tolerance, 0.0, "query");
        near(&gradient(&keys, &gradients), &through_normalisation(&raw_k, &of_k, d), place.tolerance, 0.0, "key");
        let gradients = loss(keys.clone().inner()).backward();
        near(&gradient(&queries, &gradients), &expected, place.tolerance, 0.0, "query beside a detached key");
        assert_eq!(gradient(&keys, &gradients), vec![0.0; n * d], "a detached key");
    }
}

/// All rows equal: log(1 + K) of what is filled; nothing filled: exactly 0 [1.3].
#[test]
fn the_queue_at_collapse_is_its_chance_level() {
    assert!((queue_chance(65_536) - 11.090_370_148).abs() < 1e-9);
    for place in places() {
        let rows = |count: usize| tensor(&[0.6, 0.0, -0.8].repeat(count), [count, 3], &place.device);
        for (filled, level) in [(256, queue_chance(256)), (64, queue_chance(64)), (0, 0.0)] {
            for temperature in [0.07, 1.0] {
                let loss = queue_terms(rows(8), rows(8), rows(256), filled, temperature).total();
                near(&values(loss), &[level], place.tolerance, 1.0, &format!("{filled} filled, temperature {temperature}"));
            }
        }
    }
}

/// L - log M of aligned queries on the circle, evenly spread, with `negatives` in the queue.
fn above_log(device: &Device, negatives: usize, temperature: f64) -> f64 {
    let queries = tensor(&polygon(64), [64, 2], device);
    let queue = tensor(&polygon(negatives), [negatives, 2], device);
    let loss = values(queue_terms(queries.clone(), queries, queue, negatives, temperature).total())[0];
    f64::from(loss) - (negatives as f64).ln()
}

/// With one negative, averaged over the circle: the optimum of theorem 2 [2.3].
#[test]
fn one_negative_has_the_optimum_of_theorem_2() {
    for place in places() {
        for (temperature, expected) in [(0.5, 0.239_367_962_4), (1.0, 0.361_844_068_6)] {
            let found = above_log(&place.device, 1, temperature);
            near(&[found as f32], &[expected], place.tolerance, 0.0, &format!("{:?}, temperature {temperature}", place.kind));
        }
    }
}

/// With many, L - log M comes as near to the least uniformity with t = 1 / (2 tau) as theorem 1 says, and its table [2.3].
#[test]
fn many_negatives_approach_the_limit_of_theorem_1() {
    for (dimension, temperature, expected) in [
        (2, 0.07, -2.239_487_098_8),
        (2, 0.1, -2.057_027_916_9),
        (2, 0.2, -1.695_318_224_2),
        (2, 0.5, -1.176_006_458_5),
        (2, 1.0, -0.764_085_641_5),
        (3, 0.2, -2.302_630_49),
        (3, 0.5, -1.404_779_81),
        (3, 1.0, -0.838_560_64),
        (128, 0.2, -4.902_416_97),
        (128, 0.5, -1.984_376_88),
        (128, 1.0, -0.996_093_87),
    ] {
        let found = uniformity_optimum(dimension, 1.0 / (2.0 * temperature));
        assert!((found - expected).abs() < 1e-8, "dimension {dimension}, temperature {temperature}: {found}");
    }
    for place in places() {
        for temperature in [0.2f64, 0.5, 1.0] {
            let optimum = uniformity_optimum(2, 1.0 / (2.0 * temperature));
            let gap = |negatives: usize| above_log(&place.device, negatives, temperature) - optimum;
            // An even queue leaves only what the positive adds to the denominator: exp(1 / tau) / (M I0), below exp(2 / tau) / M.
            let bound = (2.0 / temperature).exp() / 1024.0 + 10.0 * place.tolerance;
            assert!(gap(1024).abs() < bound, "{:?}, temperature {temperature}: {}", place.kind, gap(1024));
            assert!(gap(64) > gap(1024), "more negatives come nearer");
        }
    }
}
