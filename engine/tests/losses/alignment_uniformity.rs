//! Alignment and uniformity: tables, both estimators, the optimum, and the queue.

use super::numbers::{near, places, tensor, values};
use super::{Z1, Z2, both, one, polygon};
use augsphere_engine::losses::{
    alignment, nt_xent_terms, uniformity, uniformity_against, uniformity_optimum, uniformity_with_self,
};

/// Alignment for both exponents, with gradients [2.6].
#[test]
fn alignment_has_the_values_and_gradients_of_the_table() {
    let opposite = |grad: [f64; 4]| grad.map(|value| -value);
    for place in places() {
        for (alpha, expected, grad) in [
            (1.0, 0.632_455_532_034, [0.158_113_883_0, -0.474_341_649_0, -0.474_341_649_0, 0.158_113_883_0]),
            (2.0, 0.4, [0.2, -0.6, -0.6, 0.2]),
        ] {
            let what = format!("{:?}, alpha {alpha}", place.kind);
            let (loss, grad1, grad2) = both(&Z1, &Z2, 2, &place.device, |x, y| alignment(x, y, alpha));
            near(&[loss], &[expected], place.tolerance, 0.0, &what);
            near(&grad1, &grad, place.tolerance, 0.0, &what);
            near(&grad2, &opposite(grad), place.tolerance, 0.0, &what);
        }
        let (loss, grad1, _) = both(&Z1, &Z1, 2, &place.device, |x, y| alignment(x, y, 2.0));
        assert_eq!((loss, grad1), (0.0, vec![0.0; 4]), "views that coincide");
    }
}

/// Views that coincide stop no run, whatever the exponent: 0.5 has an infinite slope there [2.5].
#[test]
fn alignment_of_views_that_coincide_has_no_gradient() {
    for place in places() {
        for alpha in [0.5, 1.0, 1.5, 2.0, 3.0] {
            let (loss, grad1, grad2) = both(&Z1, &Z1, 2, &place.device, |x, y| alignment(x, y, alpha));
            near(&[loss], &[0.0], place.tolerance, 1.0, &format!("{:?}, alpha {alpha}", place.kind));
            assert_eq!([grad1, grad2].concat(), vec![0.0; 8], "{:?}, alpha {alpha}", place.kind);
        }
        // One pair coincides, the other does not.
        let (loss, grad1, _) = both(&[1.0, 0.0, 0.0, 1.0], &[1.0, 0.0, 0.6, 0.8], 2, &place.device, |x, y| alignment(x, y, 1.0));
        near(&[loss], &[0.316_227_766_017], place.tolerance, 0.0, "the other pair");
        near(&grad1, &[0.0, 0.0, -0.474_341_649_0, 0.158_113_883_0], place.tolerance, 0.0, "the other pair");
    }
}

/// Alignment with alpha = 2 is what attracts in NT-Xent, but for scale and a constant [2.3].
#[test]
fn alignment_is_what_attracts_in_nt_xent() {
    for place in places() {
        let views = || [tensor(&Z1, [2, 2], &place.device), tensor(&Z2, [2, 2], &place.device)];
        for temperature in [0.1, 0.5] {
            let attract = values(nt_xent_terms(views(), views(), views(), temperature).attract)[0];
            let [x, y] = views();
            let alignment = f64::from(values(alignment(x, y, 2.0))[0]);
            near(&[attract], &[alignment / (2.0 * temperature) - 1.0 / temperature], place.tolerance, 0.0, "attracts");
        }
    }
}

/// Uniformity of two and three points, with gradients [2.6].
#[test]
fn uniformity_has_the_values_and_gradients_of_the_table() {
    for place in places() {
        let check = |rows: &[f32], t: f64, expected: f64, gradient: Option<&[f64]>| {
            let what = format!("{:?}, t {t}, {} points", place.kind, rows.len() / 2);
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
    }
}

/// Regular polygons with t = 2, without and with self-pairs: only the latter stays above the optimum of the circle [2.2].
#[test]
fn both_estimators_have_the_values_of_the_polygons() {
    let table = [
        (2, -8.0, -0.692_811_774_2),
        (3, -6.0, -1.093_667_032_3),
        (4, -4.396_348_967_2, -1.349_994_505_3),
        (8, -2.363_108_565_4, -1.573_292_733_7),
        (16, -1.869_923_953_7, -1.575_027_203_8),
        (64, -1.637_762_029_0, -1.575_027_204_5),
        (1024, -1.578_778_977_5, -1.575_027_204_5),
    ];
    let optimum = uniformity_optimum(2, 2.0);
    for place in places() {
        for (corners, pairs, with_self) in table {
            let what = format!("{:?}, {corners} corners", place.kind);
            let rows = tensor(&polygon(corners), [corners, 2], &place.device);
            near(&values(uniformity(rows.clone(), 2.0)), &[pairs], place.tolerance, 1.0, &what);
            let found = values(uniformity_with_self(rows, 2.0));
            near(&found, &[with_self], place.tolerance, 1.0, &what);
            assert!(f64::from(found[0]) > optimum - 2.0 * place.tolerance, "{what}: {found:?} below {optimum}");
            // The relation of the two.
            let b = corners as f64;
            assert!((((b * with_self.exp() - 1.0) / (b - 1.0)).ln() - pairs).abs() < 1e-4, "{what}");
        }
        let three = [1.0, 0.0, 0.0, 1.0, -1.0, 0.0];
        let (loss, found) = one(&three, 2, &place.device, |x| uniformity_with_self(x, 2.0));
        near(&[loss], &[-1.074_266_571_748], place.tolerance, 0.0, "three points");
        // d V = (1 - 1 / (B exp V)) d pdist: the share that is not of self-pairs.
        let share = 1.0 - 1.0 / (3.0 * (-1.074_266_571_748f64).exp());
        let pairs = [-2.054_448_289_1, 1.981_850_570_4, 0.0, -3.963_701_140_6, 2.054_448_289_1, 1.981_850_570_4];
        near(&found, &pairs.map(|value| value * share), place.tolerance, 0.0, "three points, gradient");
    }
}

/// One row has no pair but itself: not a number without self-pairs, which stops a run, and zero without gradient with them [2.5].
#[test]
fn uniformity_of_one_row() {
    for place in places() {
        let (loss, gradient) = one(&[0.6, 0.8], 2, &place.device, |x| uniformity(x, 2.0));
        assert!(loss.is_nan() && gradient.iter().all(|value| value.is_nan()), "{loss}, {gradient:?}");
        let (loss, gradient) = one(&[0.6, 0.8], 2, &place.device, |x| uniformity_with_self(x, 2.0));
        assert_eq!((loss, gradient), (0.0, vec![0.0; 2]));
    }
}

/// Against a queue: by hand, against the rows themselves, and only what is filled [2.1].
#[test]
fn uniformity_against_a_queue_is_the_mean_over_its_pairs() {
    for place in places() {
        let queue = tensor(&[0.0, 1.0, -1.0, 0.0, 1.0, 0.0, 0.6, 0.8], [4, 2], &place.device);
        let queries = || tensor(&[1.0, 0.0], [1, 2], &place.device);
        // Squared distances 2, 4, 0 and 0.8.
        let mean = |distances: &[f64]| (distances.iter().map(|d| (-2.0 * d).exp()).sum::<f64>() / distances.len() as f64).ln();
        for (filled, expected) in [(1, -4.0), (2, mean(&[2.0, 4.0])), (4, mean(&[2.0, 4.0, 0.0, 0.8]))] {
            let found = values(uniformity_against(queries(), queue.clone(), filled, 2.0));
            near(&found, &[expected], place.tolerance, 1.0, &format!("{:?}, {filled} filled", place.kind));
        }
        let (loss, gradient) = one(&[1.0, 0.0], 2, &place.device, |x| uniformity_against(x, queue.clone(), 0, 2.0));
        assert_eq!((loss, gradient), (0.0, vec![0.0; 2]), "nothing filled");
        let rows = tensor(&polygon(16), [16, 2], &place.device);
        let found = values(uniformity_against(rows.clone(), rows, 16, 2.0));
        near(&found, &[-1.575_027_203_8], place.tolerance, 0.0, "against itself, with self-pairs");
        let (loss, gradient) = one(&[0.6, 0.8].repeat(8), 2, &place.device, |x| {
            uniformity_against(x, tensor(&[0.6, 0.8].repeat(4), [4, 2], &place.device), 4, 2.0)
        });
        near(&[loss], &[0.0], place.tolerance, 1.0, "collapse");
        near(&gradient, &[0.0; 16], place.tolerance, 1.0, "collapse");
    }
}

/// The loss of figure 6 for lambda = 1 [2.6]: alignment plus the mean uniformity of the views.
#[test]
fn alignment_and_uniformity_add_up_to_the_loss_of_figure_6() {
    for place in places() {
        let (loss, _, _) = both(&Z1, &Z2, 2, &place.device, |x, y| {
            alignment(x.clone(), y.clone(), 2.0) + (uniformity(x, 2.0) + uniformity(y, 2.0)) / 2.0
        });
        near(&[loss], &[-1.68], place.tolerance, 0.0, &format!("{:?}", place.kind));
    }
}

/// Total collapse is a stationary maximum: value 0 and no gradient, so a collapsed run does not recover [2.5, 10.2].
#[test]
fn uniformity_at_collapse_is_zero_without_gradient() {
    for place in places() {
        let row = [0.6, 0.0, -0.8];
        for estimator in [uniformity, uniformity_with_self] {
            let (loss, gradient) = one(&row.repeat(16), 3, &place.device, |x| estimator(x, 2.0));
            near(&[loss], &[0.0], place.tolerance, 1.0, "value");
            near(&gradient, &[0.0; 48], place.tolerance, 1.0, "gradient");
        }
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
        let rows = tensor(&rows, [points, 3], &place.device);
        let found = f64::from(values(uniformity(rows.clone(), 2.0))[0]);
        let with_self = f64::from(values(uniformity_with_self(rows, 2.0))[0]);
        let optimum = uniformity_optimum(3, 2.0);
        assert!((with_self - optimum).abs() < 1e-3, "{:?}: optimum {optimum}, with self-pairs {with_self}", place.kind);
        assert!(found < optimum, "{:?}: without self-pairs {found} falls below {optimum}", place.kind);
    }
}
