//! Decoupled contrastive learning: its table on E2, what it has in common with NT-Xent, and its level at collapse.
//!
//! METHODS.md has no numbers for it. On E2 [0.2] the four anchors are two kinds. (1, 0) has the positive 0.8 and the negatives
//! 0 and 0.6; (0.8, 0.6) has the positive 0.8 and the negatives 0.6 and 0.96. So by hand
//!
//!     L = -0.8/tau + (log(1 + e^(0.6/tau)) + log(e^(0.6/tau) + e^(0.96/tau))) / 2
//!
//! With a = 1/(1 + e^(-0.6/tau)) and b = 1/(1 + e^(-0.36/tau)), the shares of the nearer negative of each kind, and every row
//! once as an anchor, once as a positive and as a negative of both rows of the other image, the slope along the tangent (0, 1) of
//! the row (1, 0) is (1.6 - 1.2 a - 0.8 b) / (4 tau), that along (-0.6, 0.8) of the row (0.8, 0.6) is
//! (2 + 0.8 a - 0.24 b) / (4 tau). The second image mirrors the first. Both were checked in float64 against the sum over all
//! anchors as it is defined and its central differences (step 1e-6, agreement 1e-7).

use super::numbers::{near, noise, places, wide};
use super::{Z1, Z2, both, dot, reordered, shared, unit};
use augsphere_engine::losses::{decoupled_collapse, decoupled_terms, nt_xent_terms};
use burn::tensor::Tensor;

fn decoupled(temperature: f64) -> impl Fn(Tensor<2>, Tensor<2>) -> Tensor<1> {
    shared(move |online, positive, negatives| decoupled_terms(online, positive, negatives, temperature).total())
}

/// Temperature, loss, gradient of the first and of the second view.
const TABLE: [(f64, f64, [f64; 4], [f64; 4]); 3] = [
    (
        1.0,
        0.463_374_199_758,
        [0.0, 0.088_495_021_3, 0.088_495_021_3, 0.0],
        [-0.356_273_301_1, 0.475_031_068_2, 0.475_031_068_2, -0.356_273_301_1],
    ),
    (
        0.5,
        0.289_938_257_159,
        [0.0, 0.069_842_323_1, 0.069_842_323_1, 0.0],
        [-0.736_018_242_8, 0.981_357_657_1, 0.981_357_657_1, -0.736_018_242_8],
    ),
    (
        0.1,
        -0.185_283_610_927,
        [0.0, -0.939_388_143_4, -0.939_388_143_4, 0.0],
        [-3.846_607_769_9, 5.128_810_359_9, 5.128_810_359_9, -3.846_607_769_9],
    ),
];

#[test]
fn it_has_the_values_and_gradients_of_its_table() {
    for place in places() {
        for (temperature, expected, grad1, grad2) in TABLE {
            let what = format!("{:?}, temperature {temperature}", place.kind);
            let (loss, found1, found2) = both(&Z1, &Z2, 2, &place.device, decoupled(temperature));
            near(&[loss], &[expected], place.tolerance, 1.0, &what);
            near(&[found1, found2].concat(), &[grad1, grad2].concat(), place.tolerance, 0.0, &what);
        }
    }
}

/// With targets that count as constants, the gradient of an anchor in NT-Xent is that of the decoupled loss times the share of
/// the negatives in the denominator: the negative-positive coupling that the paper takes away.
#[test]
fn without_the_coupling_nt_xent_has_its_gradient() {
    let (n, d, temperature) = (5, 3, 0.3);
    let (z1, z2) = (noise(n * d, 3), noise(n * d, 4));
    let z = unit(&wide(&[z1.clone(), z2.clone()].concat()), d);
    let share = |i: usize| {
        let weight = |k: usize| (dot(&z[i], &z[k]) / temperature).exp();
        let positive = (i + n) % (2 * n);
        let negatives: f64 = (0..2 * n).filter(|&k| k != i && k != positive).map(weight).sum();
        negatives / (negatives + weight(positive))
    };
    for place in places() {
        let anchors = |terms: fn([Tensor<2>; 2], [Tensor<2>; 2], [Tensor<2>; 2], f64) -> augsphere_engine::losses::Terms| {
            let (_, grad1, grad2) = both(&z1, &z2, d, &place.device, |z1, z2| {
                let constants = || [z1.clone().inner(), z2.clone().inner()];
                terms([z1.clone(), z2.clone()], constants(), constants(), temperature).total()
            });
            [grad1, grad2].concat()
        };
        let expected: Vec<f64> =
            wide(&anchors(decoupled_terms)).iter().enumerate().map(|(at, slope)| share(at / d) * slope).collect();
        near(&anchors(nt_xent_terms), &expected, place.tolerance, 0.0, &format!("{:?}", place.kind));
    }
}

/// Neither lengths, nor the order of images, nor which view is the first; but which images are paired.
#[test]
fn it_looks_at_directions_and_pairs_only() {
    let (a, b, order) = (noise(15, 1), noise(15, 2), [3, 0, 4, 2, 1]);
    for place in places() {
        let loss = |z1: &[f32], z2: &[f32]| both(z1, z2, 3, &place.device, decoupled(0.2)).0;
        let expected = [f64::from(loss(&a, &b))];
        let longer: Vec<f32> = a.iter().map(|value| 7.0 * value).collect();
        let (a2, b2) = (reordered(&a, 3, &order), reordered(&b, 3, &order));
        for (found, what) in
            [(loss(&longer, &b), "longer rows"), (loss(&b, &a), "views exchanged"), (loss(&a2, &b2), "reordered")]
        {
            near(&[found], &expected, place.tolerance, 1.0, &format!("{what} on {:?}", place.kind));
        }
        assert!((f64::from(loss(&a, &b2)) - expected[0]).abs() > 1e-2, "pairing other images is another loss");
    }
}

/// All rows equal: exactly log(2N - 2), the level that charts draw, and nothing pulls anywhere.
#[test]
fn collapse_is_its_level() {
    assert!((decoupled_collapse(256) - 6.234_410_725_7).abs() < 1e-9);
    for place in places() {
        for images in [2, 16, 256] {
            let rows = [0.3, -1.2, 0.4].repeat(images);
            for temperature in [0.07, 0.5, 2.0] {
                let what = format!("{:?}, {images} images, temperature {temperature}", place.kind);
                let (found, grad1, grad2) = both(&rows, &rows, 3, &place.device, decoupled(temperature));
                near(&[found], &[decoupled_collapse(images)], place.tolerance, 1.0, &what);
                near(&[grad1, grad2].concat(), &vec![0.0; 6 * images], place.tolerance, 1.0, &what);
            }
        }
    }
}

/// `exp(1 / 0.01)` would overflow: at a low temperature, tau L is the hardest negative minus the positive, on E2
/// ((0.6 - 0.8) + (0.96 - 0.8)) / 2, and gradients are finite.
#[test]
fn a_low_temperature_overflows_nothing() {
    for place in places() {
        let (loss, grad1, grad2) = both(&Z1, &Z2, 2, &place.device, decoupled(0.01));
        near(&[loss * 0.01], &[-0.02], place.tolerance, 1.0, &format!("{:?}", place.kind));
        assert!(grad1.iter().chain(&grad2).all(|slope| slope.is_finite()));
    }
}
