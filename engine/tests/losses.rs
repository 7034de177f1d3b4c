//! Do the losses give the numbers of METHODS.md, and their gradients, on every device at hand?
//!
//! E2 is the standard tiny batch of METHODS.md 0.2; sections in brackets. The tolerance is a share of the largest number
//! of each table (see `numbers::places`): all sums are in 32 bits.

mod numbers;

use augsphere_engine::losses::{alignment, normalise, nt_xent, nt_xent_chance, uniformity, uniformity_optimum};
use burn::tensor::{Device, Tensor};
use numbers::{near, noise, places, tensor, tracked, values};

const Z1: [f32; 4] = [1.0, 0.0, 0.0, 1.0];
const Z2: [f32; 4] = [0.8, 0.6, 0.6, 0.8];

/// The loss and its gradients with respect to two blocks of rows.
fn both(
    z1: &[f32],
    z2: &[f32],
    d: usize,
    device: &Device,
    loss: impl Fn(Tensor<2>, Tensor<2>) -> Tensor<1>,
) -> (f32, Vec<f32>, Vec<f32>) {
    let (z1, z2) = (tracked(z1, [z1.len() / d, d], device), tracked(z2, [z2.len() / d, d], device));
    let total = loss(z1.clone(), z2.clone());
    let gradients = total.backward();
    let gradient = |z: &Tensor<2>| values(z.grad(&gradients).expect("a gradient arrives"));
    (values(total.clone())[0], gradient(&z1), gradient(&z2))
}

/// The loss of one block of rows and its gradient.
fn one(z: &[f32], d: usize, device: &Device, loss: impl Fn(Tensor<2>) -> Tensor<1>) -> (f32, Vec<f32>) {
    let z = tracked(z, [z.len() / d, d], device);
    let total = loss(z.clone());
    let gradients = total.backward();
    (values(total)[0], values(z.grad(&gradients).expect("a gradient arrives")))
}

/// NT-Xent and its gradients with respect to the raw rows [1.1].
#[test]
fn nt_xent_has_the_values_and_gradients_of_the_table() {
    let table: [(f64, f64, [f64; 4], [f64; 4]); 3] = [
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
    for place in places() {
        for (temperature, loss, grad1, grad2) in &table {
            let what = format!("{:?}, temperature {temperature}", place.class);
            let found = both(&Z1, &Z2, 2, &place.device, |z1, z2| nt_xent(z1, z2, *temperature));
            near(&[found.0], &[*loss], place.tolerance, 0.0, &format!("{what}, loss"));
            // Both blocks are one gradient: its size is that of the larger block.
            let (grads, expected) = ([found.1, found.2].concat(), [*grad1, *grad2].concat());
            near(&grads, &expected, place.tolerance, 0.0, &format!("{what}, gradient"));
        }
    }
}

/// Scaling a row changes nothing but the length of its gradient [0.2].
#[test]
fn nt_xent_ignores_the_length_of_rows() {
    for place in places() {
        let (long, _, _) = both(&[5.0, 0.0, 0.0, 0.01], &[8.0, 6.0, 0.06, 0.08], 2, &place.device, |z1, z2| nt_xent(z1, z2, 0.5));
        near(&[long], &[0.870_713_757_057], place.tolerance, 0.0, &format!("{:?}", place.class));
    }
}

/// The order of images does not matter, nor which view is called the first.
#[test]
fn nt_xent_is_symmetric() {
    for place in places() {
        let (a, b) = (noise(15, 1), noise(15, 2));
        let rows =
            |z: &[f32], order: [usize; 5]| order.iter().flat_map(|&row| z[3 * row..3 * row + 3].to_vec()).collect::<Vec<f32>>();
        let loss = |z1: &[f32], z2: &[f32]| {
            values(nt_xent(tensor(z1, [5, 3], &place.device), tensor(z2, [5, 3], &place.device), 0.2))[0]
        };
        let expected = f64::from(loss(&a, &b));
        near(&[loss(&b, &a)], &[expected], place.tolerance, 0.0, "views exchanged");
        let order = [3, 0, 4, 2, 1];
        near(&[loss(&rows(&a, order), &rows(&b, order))], &[expected], place.tolerance, 0.0, "images reordered");
        assert!((f64::from(loss(&a, &rows(&b, order))) - expected).abs() > 1e-2, "pairing other images is another loss");
    }
}

/// All rows equal: exactly log(2N - 1), the level that charts draw [1.1, 10.2].
#[test]
fn nt_xent_at_collapse_is_the_chance_level() {
    assert!((nt_xent_chance(256) - 6.236_369_590).abs() < 1e-9);
    for place in places() {
        for images in [2, 16, 256] {
            let rows = [0.3, -1.2, 0.4].repeat(images);
            for temperature in [0.07, 0.5, 2.0] {
                let (loss, _, _) = both(&rows, &rows, 3, &place.device, |z1, z2| nt_xent(z1, z2, temperature));
                near(
                    &[loss],
                    &[nt_xent_chance(images)],
                    place.tolerance,
                    0.0,
                    &format!("{:?}, {images} images, {temperature}", place.class),
                );
            }
        }
    }
}

/// tau (L - log(2N - 1)) approaches positive minus mean similarity [1.6]. Multiplying by tau multiplies the rounding of L
/// (about 1e-7) as well, so the tolerance grows with tau and a tau above 100 would test nothing in 32 bits.
#[test]
fn nt_xent_at_high_temperature_is_the_simple_loss() {
    for place in places() {
        for (temperature, expected) in [(1.0, -0.141_138_524_0), (10.0, -0.169_920_290_1), (100.0, -0.172_990_399_1)] {
            let (loss, _, _) = both(&Z1, &Z2, 2, &place.device, |z1, z2| nt_xent(z1, z2, temperature));
            let scaled = temperature * (f64::from(loss) - nt_xent_chance(2));
            let tolerance = place.tolerance.max(place.tolerance * temperature);
            assert!(
                (scaled - expected).abs() < tolerance,
                "{:?}, temperature {temperature}: expected {expected}, found {scaled}",
                place.class
            );
        }
    }
}

/// tau L approaches the hard triplet [1.6]; exp(1 / 0.01) would overflow without subtracting the largest logit.
#[test]
fn nt_xent_at_low_temperature_is_the_hard_triplet() {
    for place in places() {
        let (loss, grad1, grad2) = both(&Z1, &Z2, 2, &place.device, |z1, z2| nt_xent(z1, z2, 0.01));
        near(&[loss * 0.01], &[0.080_000_000_6], place.tolerance, 0.0, &format!("{:?}", place.class));
        assert!(grad1.iter().chain(&grad2).all(|value| value.is_finite()));
    }
}

/// Backward through the normalisation [0.2].
#[test]
fn normalisation_passes_only_the_tangent() {
    for place in places() {
        let along = tensor(&[1.0, 2.0], [1, 2], &place.device).autodiff();
        let (_, gradient) = one(&[3.0, 4.0], 2, &place.device, |z| (normalise(z) * along.clone()).sum());
        near(&gradient, &[-0.064, 0.048], place.tolerance, 0.0, &format!("{:?}", place.class));
        let unit = values(normalise(tensor(&[3.0, 4.0, 0.0, 0.0], [2, 2], &place.device)));
        near(&unit, &[0.6, 0.8, 0.0, 0.0], place.tolerance, 0.0, "a row of zeros stays one");
    }
}

/// Alignment for both exponents, with gradients [2.6].
#[test]
fn alignment_has_the_values_and_gradients_of_the_table() {
    let opposite = |grad: [f64; 4]| grad.map(|value| -value);
    for place in places() {
        for (alpha, expected, grad) in [
            (1.0, 0.632_455_532_034, [0.158_113_883_0, -0.474_341_649_0, -0.474_341_649_0, 0.158_113_883_0]),
            (2.0, 0.4, [0.2, -0.6, -0.6, 0.2]),
        ] {
            let what = format!("{:?}, alpha {alpha}", place.class);
            let (loss, grad1, grad2) = both(&Z1, &Z2, 2, &place.device, |x, y| alignment(x, y, alpha));
            near(&[loss], &[expected], place.tolerance, 0.0, &what);
            near(&grad1, &grad, place.tolerance, 0.0, &what);
            near(&grad2, &opposite(grad), place.tolerance, 0.0, &what);
        }
        let (loss, grad1, _) = both(&Z1, &Z1, 2, &place.device, |x, y| alignment(x, y, 2.0));
        assert_eq!((loss, grad1), (0.0, vec![0.0; 4]), "views that coincide");
    }
}

/// Uniformity of two and three points, with gradients [2.6], and of a regular polygon [2.2].
#[test]
fn uniformity_has_the_values_and_gradients_of_the_table() {
    for place in places() {
        let check = |rows: &[f32], t: f64, expected: f64, gradient: Option<&[f64]>| {
            let what = format!("{:?}, t {t}, {} points", place.class, rows.len() / 2);
            let (loss, found) = one(rows, 2, &place.device, |x| uniformity(x, t));
            near(&[loss], &[expected], place.tolerance, 1.0, &what);
            if let Some(gradient) = gradient {
                near(&found, gradient, place.tolerance, 0.0, &what);
            }
        };
        check(&Z1, 1.0, -2.0, None);
        check(&Z1, 2.0, -4.0, Some(&[-4.0, 4.0, 4.0, -4.0]));
        check(&Z1, 3.0, -6.0, None);
        check(&Z2, 1.0, -0.08, None);
        check(&Z2, 2.0, -0.16, Some(&[-0.8, 0.8, 0.8, -0.8]));
        check(&Z2, 3.0, -0.24, None);
        let three = [-2.054_448_289_1, 1.981_850_570_4, 0.0, -3.963_701_140_6, 2.054_448_289_1, 1.981_850_570_4];
        check(&[1.0, 0.0, 0.0, 1.0, -1.0, 0.0], 2.0, -4.396_348_967_229, Some(&three));
        for (corners, expected) in
            [(2, -8.0), (3, -6.0), (4, -4.396_348_967_2), (8, -2.363_108_565_4), (16, -1.869_923_953_7), (64, -1.637_762_029_0)]
        {
            let angle = |corner: usize| std::f64::consts::TAU * corner as f64 / f64::from(corners);
            let polygon: Vec<f32> =
                (0..corners as usize).flat_map(|corner| [angle(corner).cos() as f32, angle(corner).sin() as f32]).collect();
            check(&polygon, 2.0, expected, None);
        }
    }
}

/// The loss of figure 6 for lambda = 1 [2.6]: alignment plus the mean uniformity of the views.
#[test]
fn alignment_and_uniformity_add_up_to_the_loss_of_figure_6() {
    for place in places() {
        let (loss, _, _) = both(&Z1, &Z2, 2, &place.device, |x, y| {
            alignment(x.clone(), y.clone(), 2.0) + (uniformity(x, 2.0) + uniformity(y, 2.0)) / 2.0
        });
        near(&[loss], &[-1.68], place.tolerance, 0.0, &format!("{:?}", place.class));
    }
}

/// Total collapse is a stationary maximum: value 0 and no gradient, so a collapsed run does not recover [2.5, 10.2].
#[test]
fn uniformity_at_collapse_is_zero_without_gradient() {
    for place in places() {
        let row = [0.6, 0.0, -0.8];
        let (loss, gradient) = one(&row.repeat(16), 3, &place.device, |x| uniformity(x, 2.0));
        near(&[loss], &[0.0], place.tolerance, 1.0, "value");
        near(&gradient, &[0.0; 48], place.tolerance, 1.0, "gradient");
    }
}

/// The optimum table [2.2], and its limits: above -2t and falling with the dimension.
#[test]
fn uniformity_optimum_is_that_of_the_table() {
    let dimensions = [2, 3, 4, 8, 16, 64, 128, 512];
    let table: [(f64, [f64; 8]); 4] = [
        (
            1.0,
            [
                -1.1760064585,
                -1.4047798079,
                -1.5358655265,
                -1.7559252385,
                -1.8758538955,
                -1.9687647783,
                -1.9843768774,
                -1.9960937797,
            ],
        ),
        (
            2.0,
            [
                -1.5750272045,
                -2.0797770606,
                -2.4149095815,
                -3.0825272335,
                -3.5130364364,
                -3.8752355897,
                -3.9375300102,
                -3.9843754749,
            ],
        ),
        (
            3.0,
            [
                -1.7918148749,
                -2.4849127940,
                -2.9821485560,
                -4.0978745534,
                -4.9364619285,
                -5.7199354866,
                -5.8595266879,
                -5.9648461542,
            ],
        ),
        (
            5.0,
            [
                -2.0570279169,
                -2.9957322756,
                -3.7192340783,
                -5.5644056509,
                -7.2685258590,
                -9.2277257963,
                -9.6105395907,
                -9.9023622946,
            ],
        ),
    ];
    for (t, row) in table {
        for (dimension, expected) in dimensions.into_iter().zip(row) {
            let found = uniformity_optimum(dimension, t);
            assert!((found - expected).abs() < 1e-9, "t {t}, dimension {dimension}: expected {expected}, found {found}");
            assert!(found > -2.0 * t);
        }
    }
}

/// Points spread evenly over the sphere come near the optimum from below, by no more than the missing self-pairs [2.2].
#[test]
fn an_even_spread_reaches_the_uniformity_optimum() {
    let points = 400;
    // A Fibonacci lattice: the golden angle from one point to the next, equal steps of height.
    let golden = std::f64::consts::PI * (3.0 - 5f64.sqrt());
    let point = |i: usize| {
        let height = 1.0 - (2.0 * i as f64 + 1.0) / points as f64;
        let (radius, angle) = ((1.0 - height * height).sqrt(), golden * i as f64);
        [radius * angle.cos(), radius * angle.sin(), height].map(|value| value as f32)
    };
    let rows: Vec<f32> = (0..points).flat_map(point).collect();
    for place in places() {
        let found = f64::from(values(uniformity(tensor(&rows, [points, 3], &place.device), 2.0))[0]);
        // With self-pairs the estimate cannot fall below the optimum; without them: log((B exp(L) - 1) / (B - 1)).
        let with_self = (((points as f64 - 1.0) * found.exp() + 1.0) / points as f64).ln();
        let optimum = uniformity_optimum(3, 2.0);
        assert!((with_self - optimum).abs() < 1e-3, "{:?}: optimum {optimum}, with self-pairs {with_self}", place.class);
        assert!(found < optimum, "{:?}: without self-pairs {found} falls below {optimum}", place.class);
    }
}
