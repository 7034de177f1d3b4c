//! The gradients of the unified form [6.2]: the example [6.5], and automatic derivatives of the losses on free vectors.

use crate::numbers::{near, places, tensor, values, wide};
use crate::{F, Objective, Rows, example, graded, tangent};
use augsphere_engine::gradients::{self, Brackets, Gradient};
use augsphere_engine::losses::{self, VicReg, VicRegForm};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor};

/// DirectPred's predictor as coded, of `F` with epsilon 0.3 [4.3].
const PREDICTOR: [[f32; 2]; 2] = [[1.282_826_2, 0.044_950_043], [0.044_950_043, 1.182_349_6]];
/// The largest eigenvalue of `F` [4.3].
const LARGEST: f32 = 0.571_909_25;

/// The gradient is the expected one, and its parts add up to it.
#[track_caller]
fn is(gradient: Gradient, expected: &[f64], tolerance: f64, what: &str) {
    near(&values(gradient.total()), expected, tolerance, 0.0, what);
    let (positive, negative) = (wide(&values(gradient.positive)), wide(&values(gradient.negative)));
    let sum: Vec<f64> = positive.iter().zip(&negative).map(|(p, n)| gradient.balance * n - p).collect();
    near(&sum.iter().map(|&x| x as f32).collect::<Vec<_>>(), expected, tolerance, 0.0, what);
}

/// Both sets of rows of the example on a device.
fn pair(device: &Device) -> (Tensor<2>, Tensor<2>) {
    let (u1, u2) = example();
    (u1.on(device), u2.on(device))
}

#[test]
fn moco_is_the_example() {
    let expected = [-0.114_272_939_3, -0.184_088_878_0, -0.184_088_878_0, -0.114_272_939_3, 0.011_179_264_6, -0.074_747_062_5];
    for place in places() {
        let (u1, u2) = pair(&place.device);
        let queue = tensor(&[0.0, -1.0, -1.0, 0.0], [2, 2], &place.device);
        is(gradients::queue_contrast(u1, u2, queue, 0.5), &expected, place.tolerance, &format!("{:?}", place.kind));
    }
}

#[test]
fn simclr_is_the_example() {
    for place in places() {
        let (u1, u2) = pair(&place.device);
        let cases =
            [(Brackets::Both, [-0.232_417_992_3, -0.022_499_529_0]), (Brackets::Anchor, [-0.073_295_779_4, 0.036_624_930_0])];
        for (brackets, expected) in cases {
            let [first, _] = gradients::nt_xent([u1.clone(), u2.clone()], 0.5, brackets);
            let row = values(first.total().narrow(0, 0, 1));
            near(&row, &expected, place.tolerance, 0.0, &format!("{:?}, {brackets:?}", place.kind));
        }
    }
}

#[test]
fn asymmetric_is_the_example() {
    let exact = [0.0, -0.175_166_236_5, -0.205_276_920_6, 0.0, 0.188_093_575_1, 0.141_070_181_3];
    let approximate = [0.0, -0.171_885_973_3, -0.200_575_511_2, 0.0, 0.185_241_163_4, 0.138_930_872_6];
    for place in places() {
        let what = format!("{:?}", place.kind);
        let (u1, u2) = pair(&place.device);
        let predictor = Rows::new(&PREDICTOR).on(&place.device);
        is(gradients::asymmetric(u1.clone(), u2.clone(), predictor.clone()), &exact, place.tolerance, &what);
        let f = Rows::new(&F).on(&place.device) / LARGEST;
        is(gradients::asymmetric_approximate(u1, u2, predictor, f, 0.3), &approximate, place.tolerance, &what);
    }
}

#[test]
fn barlow_is_the_example() {
    let exact = [-0.285_229_624_9, -0.273_070_152_8, -0.213_171_927_0, -0.363_710_944_0, 0.351_610_281_1, -0.088_237_470_9];
    let plain = [-0.527_110_769_3, -0.398_104_159_5, -0.394_582_785_3, -0.530_422_952_9, 0.648_090_251_1, -0.129_106_114_5];
    for place in places() {
        let what = format!("{:?}", place.kind);
        let (u1, u2) = pair(&place.device);
        let gradient = gradients::barlow(u1.clone(), u2.clone(), 0.02);
        assert!((gradient.balance - 0.02).abs() < 1e-12);
        is(gradient, &exact, place.tolerance, &what);
        is(gradients::barlow_plain(u1, u2, 0.02), &plain, place.tolerance, &what);
    }
}

/// The weights of the example: `lambda_1 = 1` on covariances, `lambda_2 = 25` on deviations, no epsilon.
const ONE_BRANCH: VicReg =
    VicReg { invariance: 1.0, variance: 25.0, covariance: 1.0, gamma: 1.0, epsilon: 0.0, form: VicRegForm::Paper };

#[test]
fn vicreg_is_the_example() {
    let expected = [-6.352_053_719_8, 6.374_833_868_9, 0.486_982_623_6, -4.543_222_579_3, 5.852_124_880_0, -1.695_688_713_1];
    for place in places() {
        let (u1, u2) = pair(&place.device);
        let gradient = gradients::vicreg(u1.clone(), u2.clone(), &ONE_BRANCH);
        assert!((gradient.balance - 2.25).abs() < 1e-12, "lambda: {}", gradient.balance);
        is(gradient, &expected, place.tolerance, &format!("{:?}", place.kind));
    }
}

#[test]
fn unigrad_is_the_example() {
    let one = [-0.246_410_256_4, -0.552_051_282_1, -0.552_051_282_1, -0.353_589_743_7, 0.686_785_803_9, 0.132_242_839_2];
    let hundred = [54.558_974_359_0, 4.194_871_794_9, 4.194_871_794_9, 43.841_025_641_0, -28.398_906_503_8, 32.639_781_300_8];
    for place in places() {
        for (lambda, rows) in [(1.0, one), (100.0, hundred)] {
            let (u1, u2) = pair(&place.device);
            let gradient = gradients::unigrad(u1, u2, Rows::new(&F).on(&place.device), lambda);
            is(gradient, &rows.map(|g| g / 3.0), place.tolerance, &format!("{:?}, lambda {lambda}", place.kind));
        }
    }
}

/// Random unit rows, none of which are the example's: view 1, view 2, and others.
fn free() -> (Rows, Rows, Rows) {
    let rows = |n, seed| Rows::noise([n, 5], seed).unit();
    (rows(8, 80), rows(8, 81), rows(6, 82))
}

/// Symmetric and positive.
fn symmetric() -> Rows {
    let f = losses::second_moment([83, 84].map(|seed| Rows::noise([9, 5], seed).on(&places()[0].device)));
    Rows { values: values(f), shape: [5, 5] }
}

/// The analytic gradient with respect to the first input is the automatic one of the loss, on the CPU, within 1e-4.
#[track_caller]
fn automatic(what: &str, inputs: &[Rows], analytic: impl Fn(&[Tensor<2>]) -> Gradient, loss: impl Fn(&[Tensor<2>]) -> Tensor<1>) {
    let device = &places()[0].device;
    let (_, found) = graded(inputs, device, loss);
    let plain: Vec<Tensor<2>> = inputs.iter().map(|rows| rows.on(device)).collect();
    is(analytic(&plain), &wide(&found[0]), 1e-4, what);
    // The same from tensors with gradients, without any in the answer.
    let tracked: Vec<Tensor<2>> = plain.into_iter().map(|z| z.autodiff().require_grad()).collect();
    let gradient = analytic(&tracked);
    assert!(!gradient.positive.is_autodiff() && !gradient.negative.is_autodiff(), "{what}: no gradient in the answer");
}

fn mean_product(a: &Tensor<2>, b: &Tensor<2>) -> Tensor<1> {
    (a.clone() * b.clone()).sum() / a.dims()[0] as f64
}

#[test]
fn contrast_is_the_automatic_derivative() {
    let (u1, u2, queue) = free();
    for temperature in [0.07, 0.5, 1.0] {
        automatic(
            "queue",
            &[u1.clone(), u2.clone(), queue.clone()],
            |z| gradients::queue_contrast(z[0].clone(), z[1].clone(), z[2].clone(), temperature),
            |z| {
                let own = (z[0].clone() * z[1].clone()).sum_dim(1);
                let logits = Tensor::cat(vec![own, z[0].clone().matmul(z[2].clone().transpose())], 1) / temperature;
                log_softmax(logits, 1).narrow(1, 0, 1).mean() * -1.0
            },
        );
        let full = |rows: Tensor<2>, targets: Tensor<2>| {
            let own: Vec<f32> = (0..256).map(|cell| if cell / 16 == cell % 16 { -1e9 } else { 0.0 }).collect();
            let own = tensor(&own, [16, 16], &places()[0].device).autodiff();
            let positive: Vec<f32> = (0..256).map(|cell| f32::from(u8::from((cell / 16 + 8) % 16 == cell % 16))).collect();
            let positive = tensor(&positive, [16, 16], &places()[0].device).autodiff();
            (log_softmax(rows.matmul(targets.transpose()) / temperature + own, 1) * positive).sum() / -16.0
        };
        for view in 0..2 {
            // The first input is the view whose gradient is asked for.
            let rows = |z: &[Tensor<2>]| Tensor::cat(vec![z[view].clone(), z[1 - view].clone()], 0);
            let inputs = if view == 0 { [u1.clone(), u2.clone()] } else { [u2.clone(), u1.clone()] };
            let analytic = |z: &[Tensor<2>], brackets| {
                let views = [z[view].clone(), z[1 - view].clone()];
                gradients::nt_xent(views, temperature, brackets).into_iter().nth(view).expect("one for each view")
            };
            automatic("both brackets", &inputs, |z| analytic(z, Brackets::Both), |z| full(rows(z), rows(z)));
            automatic("anchors", &inputs, |z| analytic(z, Brackets::Anchor), |z| full(rows(z), rows(z).inner().autodiff()));
        }
    }
}

#[test]
fn asymmetric_is_the_automatic_derivative() {
    let (u1, u2, _) = free();
    automatic(
        "asymmetric",
        &[u1, u2, symmetric()],
        |z| gradients::asymmetric(z[0].clone(), z[1].clone(), z[2].clone()),
        |z| mean_product(&losses::normalise(z[0].clone().matmul(z[2].clone())), &z[1]) * -1.0,
    );
}

/// The approximation differs from the exact form by the missing cross term alone: not at all where that is 0.
#[test]
fn the_approximation_is_exact_without_epsilon() {
    let (u1, u2, _) = free();
    let device = &places()[0].device;
    let root = symmetric().on(device);
    let f = root.clone().matmul(root.clone());
    let exact = gradients::asymmetric(u1.on(device), u2.on(device), root.clone());
    let close = gradients::asymmetric_approximate(u1.on(device), u2.on(device), root, f, 0.0);
    is(close, &wide(&values(exact.total())), 1e-5, "epsilon 0");
}

/// Barlow Twins of features as they are, not standardised.
fn correlated(a: &Tensor<2>, b: &Tensor<2>, lambda: f64) -> [Tensor<1>; 2] {
    let n = a.dims()[0] as f64;
    let same = (a.clone() * b.clone()).sum_dim(0) / n;
    let all = (a.clone().transpose().matmul(b.clone()) / n).square().sum();
    [(same.clone() - 1.0).square().sum() - same.square().sum() * lambda, all * lambda]
}

#[test]
fn barlow_is_the_automatic_derivative() {
    let (u1, u2, _) = free();
    for lambda in [0.005, 0.3, 1.0] {
        let analytic = |z: &[Tensor<2>]| gradients::barlow(z[0].clone(), z[1].clone(), lambda);
        let inputs = [u1.clone(), u2.clone()];
        automatic("barlow", &inputs, analytic, |z| {
            let [attract, repel] = correlated(&z[0], &z[1], lambda);
            attract + repel
        });
        let pull = |z: &[Tensor<2>]| Gradient { balance: 0.0, ..analytic(z) };
        automatic("barlow, pull", &inputs, pull, |z| {
            let [attract, _] = correlated(&z[0], &z[1], lambda);
            attract
        });
    }
}

/// The library's loss: every form, hinge open and closed, and without the covariance term; pull and push apart.
#[test]
fn vicreg_is_the_automatic_derivative() {
    let (u1, u2) = (Rows::noise([8, 5], 85), Rows::noise([8, 5], 86));
    for form in VicRegForm::ALL {
        for gamma in [1.0, 0.2] {
            for covariance in [0.7, 0.0] {
                let how = VicReg { invariance: 0.8, variance: 3.0, covariance, gamma, epsilon: 1e-4, form };
                let what = format!("{how:?}");
                let inputs = [u1.clone(), u2.clone()];
                let terms = |z: &[Tensor<2>]| losses::vicreg_parts(z[0].clone(), z[1].clone(), &how).terms();
                let analytic = |z: &[Tensor<2>]| gradients::vicreg(z[0].clone(), z[1].clone(), &how);
                automatic(&what, &inputs, analytic, |z| terms(z).total());
                let pull = |z: &[Tensor<2>]| Gradient { balance: 0.0, ..analytic(z) };
                automatic(&what, &inputs, pull, |z| terms(z).attract);
            }
        }
    }
    // The example's loss has the terms of one branch only; those of the other are constant [6.5].
    let (u1, u2) = pair(&places()[0].device);
    let parts = losses::vicreg_parts(u1.clone(), u2.clone(), &ONE_BRANCH);
    let own = losses::vicreg_parts(u1.clone(), u1, &ONE_BRANCH).terms().repel / 2.0;
    near(&values(parts.invariance + own), &[8.848_097_802_503], 1e-5, 0.0, "loss of one branch");
}

#[test]
fn unigrad_is_the_automatic_derivative() {
    let (u1, u2, _) = free();
    let inputs = [u1.clone(), u2.clone(), symmetric()];
    for lambda in [1.0, 100.0] {
        automatic(
            "unigrad",
            &inputs,
            |z| gradients::unigrad(z[0].clone(), z[1].clone(), z[2].clone(), lambda),
            |z| mean_product(&z[0].clone().matmul(z[2].clone()), &z[0]) * (lambda / 2.0) - mean_product(&z[0], &z[1]),
        );
    }
}

/// Behind the normalisation each written-out gradient, without its radial part, is that of the library's loss on raw rows. Those of the
/// simplified rows of branches that differ are in `branches`.
#[test]
fn the_losses_have_the_written_out_gradients_behind_the_normalisation() {
    let (u1, u2, _) = free();
    let device = &places()[0].device;
    let (a, b, f) = (u1.on(device), u2.on(device), symmetric());
    let behind = |gradient: &Gradient| tangent(&u1, &wide(&values(gradient.total())));
    let [negatives, _] = gradients::nt_xent([a.clone(), b.clone()], 0.2, Brackets::Both);
    let unigrad = gradients::unigrad(a.clone(), b.clone(), f.on(device), 30.0);
    let plain = gradients::barlow_plain(a.clone(), b.clone(), 30.0);
    // NT-Xent is averaged over the 2N rows of both views, the others over N and both directions; (h) has no factor 2.
    let times = |gradient: &Gradient, factor: f64| behind(gradient).iter().map(|g| g * factor).collect::<Vec<f64>>();
    let views = |z: &[Tensor<2>]| [z[0].clone(), z[1].clone()];
    let inputs = [u1.clone(), u2.clone()];
    let cases: [(&str, Vec<f64>, Objective); 3] = [
        ("NT-Xent", times(&negatives, 1.0), &|z| losses::nt_xent(z[0].clone(), z[1].clone(), 0.2)),
        ("UniGrad", times(&unigrad, 0.5), &|z| losses::unigrad_surrogate(views(z), views(z), f.on(device), 30.0).total()),
        ("(h)", times(&plain, 0.25), &|z| losses::form_h(views(z), views(z), views(z), 30.0).total()),
    ];
    for (what, expected, loss) in cases {
        let (_, found) = graded(&inputs, device, loss);
        near(&found[0], &expected, 1e-4, 0.0, what);
    }
}
