//! NT-Xent and cross-view InfoNCE: tables, analytic gradients, chance levels and the limits of the temperature.

use super::numbers::{near, noise, places, tensor, values, wide};
use super::{Z1, Z2, both, dot, reordered, shared, through_normalisation, unit};
use augsphere_engine::losses::{Terms, cross_view_terms, nt_xent, nt_xent_chance, nt_xent_terms};
use burn::tensor::Tensor;

/// Both ways to NT-Xent, which must agree.
type Loss = dyn Fn(Tensor<2>, Tensor<2>) -> Tensor<1>;
fn nt_xents(temperature: f64) -> [(&'static str, Box<Loss>); 2] {
    [("nt_xent", Box::new(move |z1, z2| nt_xent(z1, z2, temperature))), ("nt_xent_terms", Box::new(terms(temperature)))]
}

fn terms(temperature: f64) -> impl Fn(Tensor<2>, Tensor<2>) -> Tensor<1> {
    shared(move |online, positive, negatives| nt_xent_terms(online, positive, negatives, temperature).total())
}

fn cross_view(temperature: f64) -> impl Fn(Tensor<2>, Tensor<2>) -> Tensor<1> {
    shared(move |online, positive, negatives| cross_view_terms(online, positive, negatives, temperature).total())
}

/// Temperature, loss and gradients of a table on E2.
type Row = (f64, f64, [f64; 4], [f64; 4]);

const NT_XENT: [Row; 3] = [
    (
        1.0,
        0.957_473_764_706,
        [0.0, 0.042_241_422_1, 0.042_241_422_1, 0.0],
        [-0.219_336_310_9, 0.292_448_414_5, 0.292_448_414_5, -0.219_336_310_9],
    ),
    (
        0.5,
        0.870_713_757_057,
        [0.0, -0.002_282_206_2, -0.002_282_206_2, 0.0],
        [-0.419_429_087_6, 0.559_238_783_5, 0.559_238_783_5, -0.419_429_087_6],
    ),
    (
        0.1,
        0.966_801_729_697,
        [0.0, -1.148_553_835_4, -1.148_553_835_4, 0.0],
        [-1.712_729_415_9, 2.283_639_221_3, 2.283_639_221_3, -1.712_729_415_9],
    ),
];

const CROSS_VIEW: [Row; 3] = [
    (
        1.0,
        0.598_138_869_382,
        [0.0, 0.045_016_600_3, 0.045_016_600_3, 0.0],
        [-0.189_069_721_1, 0.252_092_961_5, 0.252_092_961_5, -0.189_069_721_1],
    ),
    (
        0.5,
        0.513_015_252_400,
        [0.0, 0.080_262_468_0, 0.080_262_468_0, 0.0],
        [-0.337_102_365_5, 0.449_469_820_7, 0.449_469_820_7, -0.337_102_365_5],
    ),
    (
        0.1,
        0.126_928_011_043,
        [0.0, 0.119_202_922_0, 0.119_202_922_0, 0.0],
        [-0.500_652_272_5, 0.667_536_363_3, 0.667_536_363_3, -0.500_652_272_5],
    ),
];

/// The values and gradients of both tables with respect to the raw rows [1.1, 1.2].
#[test]
fn both_losses_have_the_values_and_gradients_of_their_tables() {
    for place in places() {
        let check = |row: &Row, name: &str, loss: &Loss| {
            let (temperature, expected, grad1, grad2) = row;
            let what = format!("{name} on {:?}, temperature {temperature}", place.kind);
            let found = both(&Z1, &Z2, 2, &place.device, loss);
            near(&[found.0], &[*expected], place.tolerance, 0.0, &format!("{what}, loss"));
            // Both blocks are one gradient: its size is that of the larger block.
            let (grads, expected) = ([found.1, found.2].concat(), [*grad1, *grad2].concat());
            near(&grads, &expected, place.tolerance, 0.0, &format!("{what}, gradient"));
        };
        for row in &NT_XENT {
            nt_xents(row.0).iter().for_each(|(name, loss)| check(row, name, loss));
        }
        CROSS_VIEW.iter().for_each(|row| check(row, "cross view", &cross_view(row.0)));
    }
}

/// What attracts is minus the mean positive similarity over the temperature; the rest repels [1.1].
#[test]
fn the_attracting_part_is_the_positive_similarity() {
    for place in places() {
        let views = || [tensor(&Z1, [2, 2], &place.device), tensor(&Z2, [2, 2], &place.device)];
        let check = |terms: Terms, expected: f64| {
            near(&values(terms.attract), &[-1.6], place.tolerance, 0.0, "attracts");
            near(&values(terms.repel), &[expected + 1.6], place.tolerance, 0.0, "repels");
        };
        check(nt_xent_terms(views(), views(), views(), 0.5), 0.870_713_757_057);
        check(cross_view_terms(views(), views(), views(), 0.5), 0.513_015_252_400);
    }
}

/// `[2N][2N]`: the softmax of the candidates of each anchor, none for the anchor itself.
fn softmax(z: &[Vec<f64>], temperature: f64) -> Vec<Vec<f64>> {
    let row = |i: usize| {
        let weight = |k: usize| if k == i { 0.0 } else { (dot(&z[i], &z[k]) / temperature).exp() };
        let sum: f64 = (0..z.len()).map(weight).sum();
        (0..z.len()).map(|k| weight(k) / sum).collect()
    };
    (0..z.len()).map(row).collect()
}

/// The analytic gradient, both brackets and the anchor's alone [1.1]: with targets from a branch without gradient the second
/// one is gone.
#[test]
fn nt_xent_has_the_analytic_gradient_with_and_without_detached_targets() {
    let (n, d, temperature) = (5, 3, 0.3);
    let (z1, z2) = (noise(n * d, 3), noise(n * d, 4));
    let raw = wide(&[z1.clone(), z2.clone()].concat());
    let z = unit(&raw, d);
    let p = softmax(&z, temperature);
    let bracket = |anchor: bool| {
        let cell = |i: usize, c: usize| {
            let share = |k: usize| if anchor { p[i][k] } else { p[k][i] };
            let sum: f64 = (0..2 * n).map(|k| share(k) * z[k][c]).sum();
            (sum - z[(i + n) % (2 * n)][c]) / (2.0 * n as f64 * temperature)
        };
        let free: Vec<f64> = (0..2 * n * d).map(|at| cell(at / d, at % d)).collect();
        through_normalisation(&raw, &free, d)
    };
    let (anchor, target) = (bracket(true), bracket(false));
    let whole: Vec<f64> = anchor.iter().zip(&target).map(|(a, t)| a + t).collect();
    for place in places() {
        let what = format!("{:?}", place.kind);
        for (name, loss) in nt_xents(temperature) {
            let (_, grad1, grad2) = both(&z1, &z2, d, &place.device, loss);
            near(&[grad1, grad2].concat(), &whole, place.tolerance, 0.0, &format!("{name} on {what}"));
        }
        // Targets without any knowledge of gradients, then targets cut off from a graph.
        for cut in [Tensor::<2>::inner, |z: Tensor<2>| (z * 1.0).detach()] {
            let (_, grad1, grad2) = both(&z1, &z2, d, &place.device, |z1, z2| {
                let targets = || [cut(z1.clone()), cut(z2.clone())];
                nt_xent_terms([z1.clone(), z2.clone()], targets(), targets(), temperature).total()
            });
            near(&[grad1, grad2].concat(), &anchor, place.tolerance, 0.0, &format!("detached, {what}"));
        }
    }
}

/// The three images of 6.5: the loss, and the gradient of the first row with and without detached targets. Those numbers are
/// for free vectors; for the unit row (1, 0) the normalisation leaves the second coordinate.
#[test]
fn nt_xent_has_the_gradients_of_three_images() {
    let (u1, u2) = ([1.0, 0.0, 0.0, 1.0, -0.6, 0.8], [0.8, 0.6, 0.6, 0.8, -1.0, 0.2]);
    for place in places() {
        let (loss, whole, _) = both(&u1, &u2, 2, &place.device, terms(0.5));
        near(&[loss], &[0.953_401_450_469], place.tolerance, 0.0, "loss");
        near(&whole[..2], &[0.0, -0.022_499_529_0], place.tolerance, 0.5, "both brackets");
        let (_, half, _) = both(&u1, &u2, 2, &place.device, |z1, z2| {
            let targets = || [z1.clone().inner(), z2.clone().inner()];
            nt_xent_terms([z1.clone(), z2.clone()], targets(), targets(), 0.5).total()
        });
        near(&half[..2], &[0.0, 0.036_624_930_0], place.tolerance, 0.5, "the anchor's bracket");
    }
}

/// Scaling a row changes nothing but the length of its gradient [0.2].
#[test]
fn the_length_of_rows_does_not_matter() {
    for place in places() {
        for (loss, expected) in [
            (&terms(0.5) as &Loss, 0.870_713_757_057),
            (&cross_view(0.5), 0.513_015_252_400),
            (&nt_xents(0.5)[0].1, 0.870_713_757_057),
        ] {
            let (long, _, _) = both(&[5.0, 0.0, 0.0, 0.01], &[8.0, 6.0, 0.06, 0.08], 2, &place.device, loss);
            near(&[long], &[expected], place.tolerance, 0.0, &format!("{:?}", place.kind));
        }
    }
}

/// The order of images does not matter, nor which view is called the first.
#[test]
fn images_and_views_have_no_order() {
    let (a, b, order) = (noise(15, 1), noise(15, 2), [3, 0, 4, 2, 1]);
    for place in places() {
        for (what, of) in [("NT-Xent", &terms(0.2) as &Loss), ("nt_xent", &nt_xents(0.2)[0].1), ("cross view", &cross_view(0.2))]
        {
            let loss = |z1: &[f32], z2: &[f32]| {
                f64::from(values(of(tensor(z1, [5, 3], &place.device), tensor(z2, [5, 3], &place.device)))[0])
            };
            let expected = loss(&a, &b);
            let same =
                |found: f64, how: &str| near(&[found as f32], &[expected], place.tolerance, 0.0, &format!("{what}, {how}"));
            same(loss(&b, &a), "views exchanged");
            same(loss(&reordered(&a, 3, &order), &reordered(&b, 3, &order)), "images reordered");
            assert!(
                (loss(&a, &reordered(&b, 3, &order)) - expected).abs() > 1e-2,
                "{what}: pairing other images is another loss"
            );
        }
    }
}

/// All rows equal: exactly log(2N - 1), the level that charts draw, and log N across the views [1.1, 1.2, 10.2].
#[test]
fn collapse_is_the_chance_level() {
    assert!((nt_xent_chance(256) - 6.236_369_590).abs() < 1e-9);
    for place in places() {
        for images in [1, 2, 16, 256] {
            let rows = [0.3, -1.2, 0.4].repeat(images);
            for temperature in [0.07, 0.5, 2.0] {
                let check = |loss: &Loss, level: f64, name: &str| {
                    let what = format!("{name} on {:?}, {images} images, {temperature}", place.kind);
                    let (found, grad1, grad2) = both(&rows, &rows, 3, &place.device, loss);
                    near(&[found], &[level], place.tolerance, 1.0, &what);
                    near(&[grad1, grad2].concat(), &vec![0.0; 6 * images], place.tolerance, 1.0, &what);
                };
                nt_xents(temperature).iter().for_each(|(name, loss)| check(loss, nt_xent_chance(images), name));
                check(&cross_view(temperature), (images as f64).ln(), "cross view");
            }
        }
    }
}

/// tau (L - log candidates) approaches minus the positive plus the mean similarity: on E2 -0.1733333333, and across the views,
/// where there is one negative, (-0.8 + 0.6) / 2 [1.6]. Multiplying by tau multiplies the rounding of L (about 1e-7) as well,
/// so the tolerance grows with tau and a tau above 100 would test nothing in 32 bits.
#[test]
fn high_temperature_is_the_simple_loss() {
    for place in places() {
        let check = |loss: &Loss, temperature: f64, candidates: f64, expected: f64, closeness: f64| {
            let (loss, _, _) = both(&Z1, &Z2, 2, &place.device, loss);
            let scaled = temperature * (f64::from(loss) - candidates.ln());
            assert!(
                (scaled - expected).abs() < closeness.max(place.tolerance * temperature.max(1.0)),
                "{:?}, temperature {temperature}: expected {expected}, found {scaled}",
                place.kind
            );
        };
        for (temperature, expected) in [(1.0, -0.141_138_524_0), (10.0, -0.169_920_290_1), (100.0, -0.172_990_399_1)] {
            nt_xents(temperature).iter().for_each(|(_, loss)| check(loss, temperature, 3.0, expected, 0.0));
            check(&cross_view(temperature), temperature, 2.0, -0.1, 0.01 / temperature);
        }
    }
}

/// tau L approaches the hard triplet [1.6]; exp(1 / 0.01) would overflow without subtracting the largest logit.
#[test]
fn low_temperature_is_the_hard_triplet() {
    for place in places() {
        let check = |loss: &Loss, expected: f64| {
            let (loss, grad1, grad2) = both(&Z1, &Z2, 2, &place.device, loss);
            near(&[loss * 0.01], &[expected], place.tolerance, 0.05, &format!("{:?}", place.kind));
            assert!(grad1.iter().chain(&grad2).all(|value| value.is_finite()));
        };
        nt_xents(0.01).iter().for_each(|(_, loss)| check(loss, 0.080_000_000_6));
        check(&cross_view(0.01), 0.0);
    }
}

/// A line and a square, both with mean zero: the softmax tells them apart, the simple loss does not [1.5].
#[test]
fn nt_xent_prefers_the_square_to_the_line() {
    let line = [1.0, 0.0, 1.0, 0.0, -1.0, 0.0, -1.0, 0.0];
    let square = [1.0, 0.0, -1.0, 0.0, 0.0, 1.0, 0.0, -1.0];
    for place in places() {
        for (temperature, of_line, of_square) in
            [(0.5, 1.122_739_718_989, 0.456_140_738_572), (1.0, 1.264_505_506_515, 1.008_756_262_647)]
        {
            for (name, loss) in nt_xents(temperature) {
                let found = [line, square].map(|rows| both(&rows, &rows, 2, &place.device, &loss).0);
                near(&found, &[of_line, of_square], place.tolerance, 0.0, &format!("{name} on {:?}", place.kind));
            }
        }
    }
}
