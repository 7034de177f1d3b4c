//! BYOL, SimSiam and DirectPred: published examples, which gradient goes where, and the predictor by eigenvectors.

use super::numbers::{near, noise, places, tensor, tracked, values, wide};
use super::{Z1, Z2, both, gradient};
use augsphere_engine::eigen::symmetric_eigen;
use augsphere_engine::losses::{Scaling, byol, cosine_terms, direct_predictor, simsiam};
use burn::tensor::Tensor;

/// The example of 4.3.
const F: [f64; 4] = [0.553_589_743_6, 0.047_948_717_9, 0.047_948_717_9, 0.446_410_256_4];

fn moments() -> [f32; 4] {
    F.map(|value| value as f32)
}

/// The loss and the gradient of the prediction, and its formula -2/|p| (t - cos p) / N [4.1].
#[test]
fn byol_has_the_values_and_gradients_of_the_example() {
    let (p, z) = ([1.0, 2.0, 2.0, -1.0], [1.0, 1.0, 1.0, 0.0]);
    let expected = [-0.126_491_106_4, 0.063_245_553_2, -0.089_442_719_1, -0.178_885_438_2];
    for place in places() {
        let what = format!("{:?}", place.kind);
        let (loss, grad, _) = both(&p, &z, 2, &place.device, |p, z| byol(p, z.inner()));
        near(&[loss], &[0.156_889_510_950], place.tolerance, 1.0, &what);
        near(&grad, &expected, place.tolerance, 0.0, &what);
        for row in [0..2, 2..4] {
            let (p, z) = (wide(&p[row.clone()]), wide(&z[row.clone()]));
            let (lp, lz) = (p[0].hypot(p[1]), z[0].hypot(z[1]));
            let cos = (p[0] * z[0] + p[1] * z[1]) / (lp * lz);
            assert!((cos - [0.948_683_298_1, 0.894_427_191_0][row.start / 2]).abs() < 1e-9);
            let formula: Vec<f64> = (0..2).map(|c| -2.0 / lp * (z[c] / lz - cos * p[c] / lp) / 2.0).collect();
            near(&grad[row], &formula, place.tolerance, 0.0, &what);
        }
    }
}

/// SimSiam with a linear predictor: the loss and the gradients of predictor and both views, each only through its own
/// prediction [4.2].
#[test]
fn simsiam_has_the_values_and_gradients_of_the_example() {
    for place in places() {
        let what = format!("{:?}", place.kind);
        let of = |loss: fn(Tensor<2>, Tensor<2>) -> Tensor<1>| {
            let w = tracked(&[0.9, 0.1, -0.2, 0.7], [2, 2], &place.device);
            let (z1, z2) = (tracked(&Z1, [2, 2], &place.device), tracked(&Z2, [2, 2], &place.device));
            let predict = |z: &Tensor<2>| z.clone().matmul(w.clone().transpose());
            // A leaf keeps its gradient when it is detached; what the branches hand over is no leaf.
            let target = |z: &Tensor<2>| (z.clone() * 1.0).detach();
            let total = (loss(predict(&z1), target(&z2)) + loss(predict(&z2), target(&z1))) / 2.0;
            let gradients = total.backward();
            (values(total)[0], gradient(&w, &gradients), gradient(&z1, &gradients), gradient(&z2, &gradients))
        };
        for loss in [simsiam as fn(_, _) -> _, |p, t| cosine_terms(p, t).total()] {
            let (loss, w, z1, z2) = of(loss);
            near(&[loss], &[-0.763_758_521_530], place.tolerance, 0.0, &what);
            let of_w = [0.024_132_827_1, -0.062_375_066_2, -0.259_218_868_0, -0.096_179_730_6];
            near(&w, &of_w, place.tolerance, 0.0, &what);
            near(&z1, &[0.0, -0.145_151_997_5, -0.156_270_598_6, 0.0], place.tolerance, 0.0, &what);
            let of_z2 = [-0.045_609_773_9, 0.060_813_031_9, 0.183_418_562_0, -0.137_563_921_5];
            near(&z2, &of_z2, place.tolerance, 0.0, &what);
        }
    }
}

/// What attracts is -W^T t / |W u| / N, what repels is the rest, whose value is exactly zero [6.1, 6.2].
#[test]
fn the_parts_of_the_cosine_are_its_two_gradients() {
    let (n, d) = (4, 3);
    let (u, t, w) = (noise(n * d, 11), noise(n * d, 12), noise(d * d, 13));
    let (uu, tt, ww) = (wide(&u), wide(&t), wide(&w));
    let mut expected = Vec::new();
    for (u, t) in uu.chunks(d).zip(tt.chunks(d)) {
        let p: Vec<f64> = ww.chunks(d).map(|row| super::dot(row, u)).collect();
        let scale = n as f64 * super::dot(&p, &p).sqrt() * super::dot(t, t).sqrt();
        expected.extend((0..d).map(|c| -(0..d).map(|r| ww[r * d + c] * t[r]).sum::<f64>() / scale));
    }
    for place in places() {
        let (u, t) = (tracked(&u, [n, d], &place.device), tracked(&t, [n, d], &place.device));
        let w = tensor(&w, [d, d], &place.device).autodiff();
        let predict = || u.clone().matmul(w.clone().transpose());
        // A graph serves one backward pass.
        let terms = || cosine_terms(predict(), t.clone());
        assert_eq!(values(terms().repel), [0.0], "no value, only a gradient");
        let (attract, repel) = (terms().attract.backward(), terms().repel.backward());
        let whole = simsiam(predict(), t.clone()).backward();
        near(&gradient(&u, &attract), &expected, place.tolerance, 0.0, "attracts");
        assert_eq!(gradient(&t, &repel), vec![0.0; n * d], "the length of the prediction is no matter of the target");
        for input in [&u, &t] {
            let sum: Vec<f32> = gradient(input, &attract).iter().zip(gradient(input, &repel)).map(|(a, r)| a + r).collect();
            near(&sum, &wide(&gradient(input, &whole)), place.tolerance, 0.0, "both parts are the whole");
        }
        let gradients = cosine_terms(predict(), t.clone().inner()).total().backward();
        assert_eq!(gradient(&t, &gradients), vec![0.0; n * d], "stop-gradient");
    }
}

/// All rows equal: -1, and 0 for BYOL, without gradient: the collapse that nothing in the loss forbids [4.2, 10.2].
#[test]
fn the_cosine_at_collapse_is_at_its_best() {
    let (p, t) = ([0.3, -1.2, 0.4].repeat(16), [0.6, -2.4, 0.8].repeat(16));
    for place in places() {
        for (loss, level) in [(simsiam as fn(_, _) -> _, -1.0), (byol, 0.0), (|p, t| cosine_terms(p, t).total(), -1.0)] {
            let (found, grad_p, grad_t) = both(&p, &t, 3, &place.device, loss);
            near(&[found], &[level], place.tolerance, 1.0, &format!("{:?}", place.kind));
            near(&[grad_p, grad_t].concat(), &[0.0; 96], place.tolerance, 1.0, &format!("{:?}", place.kind));
        }
    }
}

/// The example's predictor by the code's rule, and the eigenvalues of both [4.3].
#[test]
fn the_direct_predictor_has_the_values_of_the_example() {
    let near = |found: &[f32], expected: &[f64]| near(found, expected, 1e-6, 0.0, "predictor");
    let code = direct_predictor(&moments(), 2, 0.3, Scaling::BoostScale);
    near(&code, &[1.282_826_181_6, 0.044_950_042_6, 0.044_950_042_6, 1.182_349_615_8]);
    let paper = direct_predictor(&moments(), 2, 0.3, Scaling::Paper);
    for (predictor, [small, large]) in [(code, [1.165_175_797_5, 1.3]), (paper, [0.825_859_218_6, 0.927_819_592_7])] {
        // W has the eigenvectors of F, so it is a + b F.
        let b = (large - small) / (0.571_909_249_6 - 0.428_090_750_4);
        let a = small - b * 0.428_090_750_4;
        near(&predictor, &[a + b * F[0], b * F[1], b * F[2], a + b * F[3]]);
    }
}

/// Only the symmetric part counts, negative eigenvalues are none, and dead directions live by epsilon alone [4.3].
#[test]
fn the_direct_predictor_of_odd_moments() {
    let near = |found: &[f32], expected: &[f64], what: &str| near(found, expected, 1e-6, 1e-3, what);
    let skewed = [F[0], F[1] + 0.1, F[2] - 0.1, F[3]].map(|value| value as f32);
    let symmetric = wide(&direct_predictor(&moments(), 2, 0.3, Scaling::Paper));
    near(&direct_predictor(&skewed, 2, 0.3, Scaling::Paper), &symmetric, "made symmetric");
    let odd = [4.0, 0.0, 0.0, -1.0];
    near(&direct_predictor(&odd, 2, 0.1, Scaling::Paper), &[2.4, 0.0, 0.0, 0.4], "negative eigenvalue");
    near(&direct_predictor(&odd, 2, 0.1, Scaling::BoostScale), &[1.1, 0.0, 0.0, 0.1], "negative eigenvalue");
    near(&direct_predictor(&odd, 2, 0.0, Scaling::Paper), &[2.0, 0.0, 0.0, 0.0], "dead direction");
    near(&direct_predictor(&odd, 2, 0.0, Scaling::BoostScale), &[1.0, 0.0, 0.0, 1e-4], "the code's least stretch");
    near(&direct_predictor(&[0.0; 4], 2, 0.1, Scaling::BoostScale), &[0.1, 0.0, 0.0, 0.1], "no features yet");
    near(&direct_predictor(&[0.0; 4], 2, 0.1, Scaling::Paper), &[0.0; 4], "no features yet");
    let broken = direct_predictor(&[f32::NAN, 0.0, 0.0, 1.0], 2, 0.1, Scaling::Paper);
    assert!(broken.iter().all(|value| value.is_nan()), "what is no number shows");
}

/// The code's rule is the paper's divided by the root of the largest eigenvalue, with another epsilon [4.3].
#[test]
fn the_two_scaling_rules_differ_by_a_factor_and_in_epsilon() {
    let d = 6;
    let rows = wide(&noise(20 * d, 14));
    let moments: Vec<f32> =
        (0..d * d).map(|at| rows.chunks(d).map(|row| row[at / d] * row[at % d]).sum::<f64>() as f32 / 20.0).collect();
    let (eigenvalues, _) = symmetric_eigen(&wide(&moments), d);
    let root = eigenvalues.iter().fold(0.0f64, |a, &b| a.max(b)).sqrt();
    let code: Vec<f64> = wide(&direct_predictor(&moments, d, 0.2 * root, Scaling::BoostScale)).iter().map(|v| v * root).collect();
    near(&direct_predictor(&moments, d, 0.2, Scaling::Paper), &code, 1e-6, 0.0, "scaled");
}

/// The code's predictor on the three images of 6.5: the loss and its exact gradient.
#[test]
fn the_direct_predictor_gives_the_gradients_of_three_images() {
    let (u1, u2) = ([1.0, 0.0, 0.0, 1.0, -0.6, 0.8], [0.8, 0.6, 0.6, 0.8, -1.0, 0.2]);
    let exact = [0.0, -0.175_166_236_5, -0.205_276_920_6, 0.0, 0.188_093_575_1, 0.141_070_181_3];
    let predictor = direct_predictor(&moments(), 2, 0.3, Scaling::BoostScale);
    for place in places() {
        let w = tensor(&predictor, [2, 2], &place.device).autodiff();
        let (loss, grad, _) =
            both(&u1, &u2, 2, &place.device, |u1, u2| cosine_terms(u1.matmul(w.clone().transpose()), u2.inner()).total());
        near(&[loss], &[-0.802_615_626_886], place.tolerance, 0.0, "loss");
        near(&grad, &exact, place.tolerance, 0.0, "gradient");
    }
}
