//! Barlow Twins [5.1] and VICReg [5.2].

use crate::numbers::{near, places, values};
use crate::{Rows, graded, slopes};
use augsphere_engine::losses::{Standardise, VicReg, VicRegForm, barlow_terms, cross_correlation, vicreg_parts};
use burn::tensor::Tensor;

fn twins() -> [Rows; 2] {
    [
        Rows::new(&[[1.0, 0.0], [0.0, 1.0], [-1.0, 2.0], [2.0, -1.0]]),
        Rows::new(&[[1.0, 0.5], [0.0, 1.0], [-1.0, 1.0], [1.0, -1.0]]),
    ]
}

/// Correlation, loss and gradient of the three ways to standardise.
#[test]
fn barlow_twins_has_the_values_and_gradients_of_the_table() {
    let table: [(Standardise, [f64; 4], f64, [f64; 8]); 3] = [
        (
            Standardise::Biased,
            [0.943_879_807_4, -0.886_592_641_3, -0.943_879_807_4, 0.886_592_641_3],
            0.024_395_483_029,
            [
                -0.013_195_964_4,
                -0.028_861_725_4,
                -0.003_752_479_5,
                -0.018_816_907_9,
                0.006_900_307_8,
                0.022_165_180_4,
                0.010_048_136_1,
                0.025_513_452_9,
            ],
        ),
        (
            Standardise::BatchNorm,
            [0.943_869_167_5, -0.886_582_497_2, -0.943_869_167_5, 0.886_582_497_2],
            0.024_398_787_958,
            [
                -0.013_198_177_0,
                -0.028_863_720_7,
                -0.003_752_924_2,
                -0.018_818_503_9,
                0.006_901_603_4,
                0.022_166_396_9,
                0.010_049_497_8,
                0.025_515_827_6,
            ],
        ),
        (
            Standardise::Unbiased,
            [0.707_909_855_6, -0.664_944_481_0, -0.707_909_855_6, 0.664_944_481_0],
            0.202_295_290_919,
            [
                -0.047_874_721_7,
                -0.062_269_338_5,
                -0.012_223_767_6,
                -0.041_274_255_9,
                0.024_107_419_0,
                0.048_272_616_8,
                0.035_991_070_4,
                0.055_270_977_6,
            ],
        ),
    ];
    for place in places() {
        for (how, correlation, loss, gradient) in &table {
            let what = format!("{:?}, {how:?}", place.kind);
            let [a, b] = twins().map(|rows| rows.on(&place.device));
            near(&values(cross_correlation(a, b, *how)), correlation, place.tolerance, 0.0, &format!("{what}, C"));
            let found = graded(&twins(), &place.device, |z| barlow_terms(z[0].clone(), z[1].clone(), 1.0, 0.005, *how).total());
            near(&[found.0], &[*loss], place.tolerance, 0.0, &format!("{what}, loss"));
            near(&found.1[0], gradient, place.tolerance.max(2e-5), 0.0, &format!("{what}, gradient"));
        }
    }
}

/// Views that coincide in anti-correlated columns: aligned but redundant [5.1, 10.2].
#[test]
fn barlow_twins_of_a_view_with_itself_is_the_redundancy_alone() {
    for place in places() {
        for (how, expected) in [(Standardise::Biased, 0.01), (Standardise::Unbiased, 0.130_625)] {
            let z = twins()[0].on(&place.device);
            let found = barlow_terms(z.clone(), z, 1.0, 0.005, how).total();
            near(&values(found), &[expected], place.tolerance, 0.0, &format!("{:?}, {how:?}", place.kind));
        }
    }
}

/// E2 without centring [5.1]: rows together with their opposites are centred already and have the same correlations.
#[test]
fn barlow_twins_of_centred_columns_is_their_cosine() {
    let a = Rows::new(&[[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]);
    let b = Rows::new(&[[0.8, 0.6], [0.6, 0.8], [-0.8, -0.6], [-0.6, -0.8]]);
    for place in places() {
        let (a, b) = (a.on(&place.device), b.on(&place.device));
        let correlation = values(cross_correlation(a.clone(), b.clone(), Standardise::Biased));
        near(&correlation, &[0.8, 0.6, 0.6, 0.8], place.tolerance, 0.0, "C");
        let terms = |diagonal, lambda| barlow_terms(a.clone(), b.clone(), diagonal, lambda, Standardise::Biased);
        near(&values(terms(1.0, 0.005).total()), &[0.0836], place.tolerance, 0.0, "loss");
        // 3 * 2 * 0.2^2 + 0.1 * 2 * 0.6^2, and the parts 3 * 0.08 - 0.1 * 1.28 and 0.1 * 2 * (0.64 + 0.36).
        near(&values(terms(3.0, 0.1).total()), &[0.312], place.tolerance, 0.0, "weighted");
        near(&values(terms(3.0, 0.1).attract), &[0.112], place.tolerance, 0.2, "attract");
        near(&values(terms(3.0, 0.1).repel), &[0.2], place.tolerance, 0.0, "repel");
        near(&values(terms(0.0, 1.0).total()), &[0.72], place.tolerance, 0.0, "off the diagonal only");
        near(&values(terms(1.0, 0.0).total()), &[0.08], place.tolerance, 0.0, "on the diagonal only");
    }
}

/// A column that does not vary, however large its mean, counts as uncorrelated and passes no gradient; the others are as if alone.
#[test]
fn barlow_twins_survives_a_column_without_variance() {
    let [a, b] = twins();
    let with = |rows: &Rows, value: f32| {
        let values = rows.values.chunks(2).flat_map(|row| [row[0], value, row[1]]).collect();
        Rows { values, shape: [4, 3] }
    };
    for place in places() {
        for how in Standardise::ALL {
            for value in [0.0, 0.1, 1234.567] {
                let what = format!("{:?}, {how:?}, {value}", place.kind);
                let loss = |z: &[Tensor<2>]| barlow_terms(z[0].clone(), z[1].clone(), 1.0, 0.005, how).total();
                let alone = graded(&[a.clone(), b.clone()], &place.device, loss);
                let found = graded(&[with(&a, value), with(&b, value)], &place.device, loss);
                near(&[found.0], &[f64::from(alone.0) + 1.0], place.tolerance, 0.0, &what);
                for (found, alone) in found.1.iter().zip(&alone.1) {
                    let expected: Vec<f64> = alone.chunks(2).flat_map(|g| [g[0], 0.0, g[1]].map(f64::from)).collect();
                    // The batch normalisation has its epsilon there, so it passes whatever gradient rounding makes.
                    if how != Standardise::BatchNorm {
                        near(found, &expected, place.tolerance.max(2e-5), 0.0, &what);
                        assert!(found.iter().skip(1).step_by(3).all(|&g| g == 0.0), "{what}: {found:?}");
                    }
                    assert!(found.iter().all(|g| g.is_finite()), "{what}: {found:?}");
                }
            }
        }
    }
}

/// Total collapse: nothing is correlated, `d` times the weight of the diagonal; and a batch of one image.
#[test]
fn barlow_twins_at_collapse_is_the_number_of_dimensions() {
    let collapsed = Rows { values: [0.3, -1.2, 0.4].repeat(8), shape: [8, 3] };
    let single = Rows::new(&[[0.3, -1.2, 0.4]]);
    for place in places() {
        for how in Standardise::ALL {
            for rows in [&collapsed, &single] {
                let (loss, gradients) = graded(&[rows.clone(), rows.clone()], &place.device, |z| {
                    barlow_terms(z[0].clone(), z[1].clone(), 2.0, 0.005, how).total()
                });
                near(&[loss], &[6.0], place.tolerance, 0.0, &format!("{:?}, {how:?}", place.kind));
                assert!(gradients.concat().iter().all(|g| g.is_finite()), "{:?}, {how:?}: {gradients:?}", place.kind);
            }
        }
    }
}

#[test]
fn barlow_twins_has_the_gradient_of_finite_differences() {
    let inputs = [Rows::noise([7, 4], 1), Rows::noise([7, 4], 2)];
    for how in Standardise::ALL {
        let loss = |z: &[Tensor<2>]| barlow_terms(z[0].clone(), z[1].clone(), 0.7, 0.3, how).total();
        slopes(&format!("{how:?}"), &inputs, &[0, 1], loss, loss);
        let attract = |z: &[Tensor<2>]| barlow_terms(z[0].clone(), z[1].clone(), 0.7, 0.3, how).attract;
        slopes(&format!("{how:?}, attract"), &inputs, &[0, 1], attract, attract);
    }
}

fn regularised() -> [Rows; 2] {
    [Rows::new(&[[0.5, 0.0], [0.0, 0.5], [-0.5, 0.1]]), Rows::new(&[[0.4, 0.1], [0.1, 0.4], [-0.5, 0.0]])]
}

/// Loss, the three terms without their weights, and the gradient of the three forms.
#[test]
fn vicreg_has_the_values_and_gradients_of_the_table() {
    let table: [(VicRegForm, f64, [f64; 3], [f64; 6]); 3] = [
        (
            VicRegForm::Paper,
            32.523_424_727_684,
            [0.016_666_666_7, 1.284_181_322_4, 0.002_225],
            [-4.577_083_708_2, 3.042_018_174_6, -1.674_166_666_7, -5.415_110_595_2, 6.251_250_374_9, 4.039_759_087_3],
        ),
        (
            VicRegForm::Official,
            16.262_824_863_842,
            [0.008_333_333_3, 0.642_090_661_2, 0.002_225],
            [-2.286_041_854_1, 1.514_759_087_3, -0.840_833_333_3, -2.707_555_297_6, 3.126_875_187_4, 2.026_129_543_6],
        ),
        (
            VicRegForm::SoloLearn,
            32.315_091_394_350,
            [0.008_333_333_3, 1.284_181_322_4, 0.002_225],
            [-5.410_417_041_5, 3.875_351_507_9, -0.840_833_333_3, -6.248_443_928_5, 6.251_250_374_9, 3.206_425_754_0],
        ),
    ];
    for place in places() {
        for (form, loss, parts, gradient) in &table {
            let what = format!("{:?}, {form:?}", place.kind);
            let how = VicReg { form: *form, ..VicReg::default() };
            let found = graded(&regularised(), &place.device, |z| vicreg_parts(z[0].clone(), z[1].clone(), &how).total());
            near(&[found.0], &[*loss], place.tolerance, 0.0, &format!("{what}, loss"));
            near(&found.1[0], gradient, place.tolerance, 0.0, &format!("{what}, gradient"));
            let [a, b] = regularised().map(|rows| rows.on(&place.device));
            let each = vicreg_parts(a, b, &how);
            near(&values(each.invariance.clone()), &[25.0 * parts[0]], place.tolerance, 0.0, &format!("{what}, s"));
            near(&values(each.variance.clone()), &[25.0 * parts[1]], place.tolerance, 0.0, &format!("{what}, v"));
            near(&values(each.covariance.clone()), &[parts[2]], place.tolerance, 0.0, &format!("{what}, c"));
            let terms = each.terms();
            near(&values(terms.attract.clone()), &[25.0 * parts[0]], place.tolerance, 0.0, &format!("{what}, attract"));
            near(&values(terms.repel.clone()), &[25.0 * parts[1] + parts[2]], place.tolerance, 0.0, &format!("{what}, repel"));
            near(&values(terms.total()), &[*loss], place.tolerance, 0.0, &format!("{what}, sum"));
        }
    }
}

/// At collapse only the deviation is missing: `mu (gamma - sqrt(epsilon))` for each view, 49.5 with the paper's weights.
#[test]
fn vicreg_at_collapse_lacks_both_deviations() {
    let rows = Rows { values: [0.25, -1.5, 0.5].repeat(8), shape: [8, 3] };
    for place in places() {
        for (form, expected) in [(VicRegForm::Paper, 49.5), (VicRegForm::Official, 24.75), (VicRegForm::SoloLearn, 49.5)] {
            let how = VicReg { form, ..VicReg::default() };
            for rows in [rows.clone(), Rows::new(&[[0.25, -1.5, 0.5]])] {
                let (loss, gradients) =
                    graded(&[rows.clone(), rows], &place.device, |z| vicreg_parts(z[0].clone(), z[1].clone(), &how).total());
                near(&[loss], &[expected], place.tolerance, 0.0, &format!("{:?}, {form:?}", place.kind));
                assert!(gradients.concat().iter().all(|g| g.is_finite()), "{gradients:?}");
            }
        }
    }
}

#[test]
fn vicreg_has_the_gradient_of_finite_differences() {
    let inputs = [Rows::noise([6, 4], 3), Rows::noise([6, 4], 4)];
    for form in VicRegForm::ALL {
        // Deviations are about 0.58: the hinge is open for all of them, then for none.
        for gamma in [1.0, 0.2] {
            let how = VicReg { invariance: 0.8, variance: 1.5, covariance: 0.6, gamma, epsilon: 1e-4, form };
            let loss = |z: &[Tensor<2>]| vicreg_parts(z[0].clone(), z[1].clone(), &how).total();
            slopes(&format!("{form:?}, gamma {gamma}"), &inputs, &[0, 1], loss, loss);
        }
    }
}

/// One view may be a constant without gradients, as a momentum target is.
#[test]
fn one_view_may_be_constant() {
    let [a, b] = twins();
    for place in places() {
        let fixed = b.on(&place.device);
        let expected = graded(&[a.clone(), b.clone()], &place.device, |z| {
            barlow_terms(z[0].clone(), z[1].clone(), 1.0, 0.1, Standardise::Biased).total()
                + vicreg_parts(z[0].clone(), z[1].clone(), &VicReg::default()).total()
        });
        let found = graded(std::slice::from_ref(&a), &place.device, |z| {
            barlow_terms(z[0].clone(), fixed.clone(), 1.0, 0.1, Standardise::Biased).total()
                + vicreg_parts(z[0].clone(), fixed.clone(), &VicReg::default()).total()
        });
        assert_eq!(found.1[0], expected.1[0], "{:?}", place.kind);
    }
}

#[test]
fn the_variants_are_what_the_cards_offer() {
    let catalogue = augsphere_engine::catalogue();
    let offered = |kind: &str, knob: &str| {
        let card = catalogue.section("method").and_then(|section| section.card(kind)).expect("a method");
        match &card.knob(knob).expect("a knob").kind {
            augsphere_spec::KnobKind::Choice { options } => options.clone(),
            other => panic!("{other:?}"),
        }
    };
    let sorted = |mut names: Vec<String>| {
        names.sort_unstable();
        names
    };
    let names = Standardise::ALL.map(|how| how.name().to_owned());
    assert_eq!(sorted(offered("barlow_twins", "standardise")), sorted(names.to_vec()));
    let names = VicRegForm::ALL.map(|form| form.name().to_owned());
    assert_eq!(sorted(offered("vicreg", "form")), sorted(names.to_vec()));
    assert!(Standardise::ALL.iter().all(|how| Standardise::named(how.name()) == *how));
    assert!(VicRegForm::ALL.iter().all(|form| VicRegForm::named(form.name()) == *form));
}
