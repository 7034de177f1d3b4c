//! UniGrad [6.4, 6.5] and the simplified gradients of table 1 [6.3].

use crate::numbers::{near, places, tracked, values};
use crate::{F, Objective, Rows, example, graded, slopes, tangent};
use augsphere_engine::losses::{Terms, form_b, form_g, form_h, form_j, second_moment, unigrad_loss, unigrad_surrogate};
use burn::tensor::Tensor;

/// One of the functions with the same shape of arguments: online, positive, negatives.
type Form = fn([Tensor<2>; 2], [Tensor<2>; 2], [Tensor<2>; 2], f64) -> Terms;

/// The sum of the parts or one of them.
type Part = fn(&Terms) -> Tensor<1>;

const FORMS: [(&str, Form); 4] = [("b", form_b), ("g", form_g), ("h", form_h), ("j", form_j_beside)];

/// (j) has no need of negatives: they are online.
fn form_j_beside(online: [Tensor<2>; 2], positive: [Tensor<2>; 2], _negatives: [Tensor<2>; 2], lambda: f64) -> Terms {
    form_j(online, positive, lambda)
}

/// Inputs 0, 1: both views online; 2, 3: positives; 4, 5: negatives.
fn formed(form: Form, z: &[Tensor<2>], scale: f64) -> Terms {
    let pair = |first: usize| [z[first].clone(), z[first + 1].clone()];
    form(pair(0), pair(2), pair(4), scale)
}

fn six(n: usize, d: usize) -> Vec<Rows> {
    (0..6).map(|seed| Rows::noise([n, d], 20 + seed)).collect()
}

/// `F` of the example, of rows of any length [4.3, 6.5].
#[test]
fn the_second_moment_is_that_of_unit_rows() {
    let (u1, u2) = example();
    let long = Rows { values: u1.values.iter().map(|x| x * 7.0).collect(), shape: u1.shape };
    for place in places() {
        let f = second_moment([long.on(&place.device), u2.on(&place.device)]);
        near(&values(f), &F.as_flattened().iter().map(|&x| f64::from(x)).collect::<Vec<_>>(), place.tolerance, 0.0, "F");
        let online = tracked(&u1.values, u1.shape, &place.device);
        assert!(!second_moment([online.clone(), online]).is_autodiff(), "F carries no gradient");
    }
}

/// One direction of the example, twice, so that the mean of both directions is it [6.5].
#[test]
fn unigrad_has_the_values_and_gradients_of_the_example() {
    let (u1, u2) = example();
    let table = [
        (
            1.0,
            Some(-0.302_092_403_654),
            -0.541_919_754_081,
            [-0.246_410_256_4, -0.552_051_282_1, -0.552_051_282_1, -0.353_589_743_7, 0.686_785_803_9, 0.132_242_839_2],
        ),
        (
            100.0,
            None,
            23.200_987_938_227,
            [54.558_974_359_0, 4.194_871_794_9, 4.194_871_794_9, 43.841_025_641_0, -28.398_906_503_8, 32.639_781_300_8],
        ),
    ];
    for place in places() {
        for (lambda, surrogate, loss, gradient) in &table {
            let inputs = [u1.clone(), u2.clone(), Rows::new(&F)];
            let trained = |z: &[Tensor<2>], how: fn([Tensor<2>; 2], [Tensor<2>; 2], Tensor<2>, f64) -> Terms| {
                how([z[0].clone(), z[0].clone()], [z[1].clone(), z[1].clone()], z[2].clone(), *lambda).total()
            };
            let what = format!("{:?}, lambda {lambda}", place.kind);
            let found = graded(&inputs, &place.device, |z| trained(z, unigrad_surrogate));
            let real = graded(&inputs, &place.device, |z| trained(z, unigrad_loss));
            if let Some(surrogate) = surrogate {
                near(&[found.0], &[*surrogate], place.tolerance, 0.0, &format!("{what}, surrogate"));
            }
            near(&[real.0], &[*loss], place.tolerance, 0.0, &format!("{what}, loss"));
            let expected: Vec<f64> = tangent(&u1, gradient).iter().map(|g| g / 3.0).collect();
            for (which, gradients) in [("surrogate", found.1), ("loss", real.1)] {
                near(&gradients[0], &expected, place.tolerance, 0.0, &format!("{what}, gradient of the {which}"));
                assert!(gradients[1..].concat().iter().all(|&g| g == 0.0), "{what}: target and F are constant");
            }
        }
    }
}

/// The surrogate has the gradient of the loss, in each of its two parts.
#[test]
fn unigrad_has_the_gradient_of_finite_differences() {
    let f = {
        let moment = second_moment([0, 1].map(|seed| Rows::noise([9, 4], 40 + seed).on(&places()[0].device)));
        Rows { values: values(moment), shape: [4, 4] }
    };
    let inputs: Vec<Rows> = (0..4).map(|seed| Rows::noise([5, 4], 30 + seed)).chain([f]).collect();
    let of = |z: &[Tensor<2>], how: fn([Tensor<2>; 2], [Tensor<2>; 2], Tensor<2>, f64) -> Terms| {
        how([z[0].clone(), z[1].clone()], [z[2].clone(), z[3].clone()], z[4].clone(), 3.0)
    };
    let (surrogate, loss) = (|z: &[Tensor<2>]| of(z, unigrad_surrogate), |z: &[Tensor<2>]| of(z, unigrad_loss));
    slopes("surrogate", &inputs, &[0, 1], |z| surrogate(z).total(), |z| loss(z).total());
    slopes("surrogate, attract", &inputs, &[0, 1], |z| surrogate(z).attract, |z| loss(z).attract);
    slopes("surrogate, repel", &inputs, &[0, 1], |z| surrogate(z).repel, |z| loss(z).repel);
    slopes("loss", &inputs, &[0, 1], |z| loss(z).total(), |z| loss(z).total());
}

/// `F = I / d`: the push is radial and has no effect, a perfect spread feels only the pull [6.4].
#[test]
fn a_perfect_spread_is_not_pushed() {
    let axes = Rows::new(&[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    let online = Rows::noise([3, 3], 50);
    for place in places() {
        let f = second_moment([axes.on(&place.device), axes.on(&place.device)]);
        near(&values(f.clone().reshape([9])), &[1, 0, 0, 0, 1, 0, 0, 0, 1].map(|x| f64::from(x) / 3.0), 1e-6, 0.0, "F");
        for how in [unigrad_surrogate, unigrad_loss] {
            let (_, gradients) = graded(std::slice::from_ref(&online), &place.device, |z| {
                how([z[0].clone(), z[0].clone()], [axes.on(&place.device), axes.on(&place.device)], f.clone(), 100.0).repel
            });
            near(&gradients[0], &[0.0; 9], place.tolerance, 100.0, &format!("{:?}", place.kind));
        }
    }
}

/// All rows equal: the pull is at its end, the push at its largest and radial.
#[test]
fn every_form_at_collapse_has_its_level() {
    let rows = Rows { values: [0.3, -1.2, 0.4].repeat(8), shape: [8, 3] };
    let inputs = vec![rows.clone(); 6];
    for place in places() {
        let f = second_moment([rows.on(&place.device), rows.on(&place.device)]);
        let levels: [(&str, f64, Objective); 5] = [
            ("b", 16f64.ln(), &|z| formed(form_b, z, 0.2).total()),
            ("h", 6.0, &|z| formed(form_h, z, 7.0).total()),
            ("j", 6.0, &|z| formed(form_j_beside, z, 7.0).total()),
            ("surrogate", 6.0, &|z| {
                unigrad_surrogate([z[0].clone(), z[1].clone()], [z[2].clone(), z[3].clone()], f.clone(), 7.0).total()
            }),
            ("loss", 2.5, &|z| unigrad_loss([z[0].clone(), z[1].clone()], [z[2].clone(), z[3].clone()], f.clone(), 7.0).total()),
        ];
        for (name, level, loss) in levels {
            let (found, gradients) = graded(&inputs, &place.device, loss);
            near(&[found], &[level], place.tolerance, 0.0, &format!("{:?}, {name}", place.kind));
            near(&gradients[0], &[0.0; 24], place.tolerance, 1.0, &format!("{:?}, {name}, gradient", place.kind));
        }
    }
}

/// With the same rows everywhere (b) is NT-Xent with constant targets and one candidate more, the anchor itself at cosine 1: from the
/// value of each row's NT-Xent, `l`, follows `log(exp(l) + exp((1 - cos) / tau))` [6.5].
#[test]
fn form_b_is_nt_xent_with_the_anchor_itself_as_a_candidate() {
    let (u1, u2) = example();
    let rows: Vec<[f64; 2]> =
        [&u1, &u2].iter().flat_map(|z| z.values.chunks(2)).map(|r| [f64::from(r[0]), f64::from(r[1])]).collect();
    let cosine = |a: usize, b: usize| rows[a][0] * rows[b][0] + rows[a][1] * rows[b][1];
    let partner = |a: usize| (a + 3) % 6;
    let others = |a: usize| (0..6).filter(move |&b| b != a).map(move |b| (cosine(a, b) / 0.5).exp()).sum::<f64>();
    let each: Vec<f64> = (0..6).map(|a| others(a).ln() - cosine(a, partner(a)) / 0.5).collect();
    assert!((each.iter().sum::<f64>() / 6.0 - 0.953_401_450_469).abs() < 1e-6, "NT-Xent of the example");
    let more = |a: usize| (each[a].exp() + ((1.0 - cosine(a, partner(a))) / 0.5).exp()).ln();
    let expected = (0..6).map(more).sum::<f64>() / 6.0;
    for place in places() {
        let inputs = [&u1, &u2, &u1, &u2, &u1, &u2].map(Rows::clone);
        let (loss, gradients) = graded(&inputs, &place.device, |z| formed(form_b, z, 0.5).total());
        near(&[loss], &[expected], place.tolerance, 0.0, "loss");
        // The anchor itself pulls along the anchor only, and lessens the weight of all others.
        let share = others(0) / (others(0) + (1.0f64 / 0.5).exp());
        let across = |b: usize| rows[b][1] - cosine(0, b) * rows[0][1];
        let push: f64 = (1..6).map(|b| (cosine(0, b) / 0.5).exp() / others(0) * across(b)).sum();
        let slope = (share * push - across(3)) / 0.5 / 6.0;
        near(&gradients[0][..2], &[0.0, slope], place.tolerance.max(2e-5), 0.0, &format!("{:?}", place.kind));
        assert!(gradients[2..].concat().iter().all(|&g| g == 0.0));
        let single: Vec<Rows> = inputs.iter().map(|rows| Rows { values: rows.values[..2].to_vec(), shape: [1, 2] }).collect();
        let (loss, _) = graded(&single, &place.device, |z| formed(form_b, z, 0.5).total());
        // One image: its positive at cosine 0.8, and itself.
        near(&[loss], &[(1.0 + (0.2f64 / 0.5).exp()).ln()], place.tolerance, 1.0, "one image has itself as a candidate");
    }
}

/// (h) is half of Barlow's gradient with A = I [6.5], and half again for the mean of both directions.
#[test]
fn form_h_has_the_gradient_of_the_example() {
    let (u1, u2) = example();
    let barlow = [-0.527_110_769_3, -0.398_104_159_5, -0.394_582_785_3, -0.530_422_952_9, 0.648_090_251_1, -0.129_106_114_5];
    let expected: Vec<f64> = tangent(&u1, &barlow).iter().map(|g| g / 4.0).collect();
    for place in places() {
        let inputs = [&u1, &u2, &u1, &u2, &u1, &u2].map(Rows::clone);
        let (_, gradients) = graded(&inputs, &place.device, |z| formed(form_h, z, 0.02).total());
        near(&gradients[0], &expected, place.tolerance, 0.0, &format!("{:?}", place.kind));
    }
}

/// (j) by hand for lambda = 1: `u1^T u1 / 3 = [[1.36, -0.48], [-0.48, 1.64]] / 3`, of which `u_3` is an eigenvector, so that
/// the push turns the first two rows by 0.16 each and the third not at all; the pulls across the rows are 0.6, 0.6 and u2_3's.
#[test]
fn form_j_has_the_gradient_worked_out_by_hand() {
    let (u1, u2) = example();
    let along = 0.6 * 0.980_580_675_7 + 0.8 * 0.196_116_135_1;
    let third = [0.980_580_675_7 - 0.6 * along, -0.196_116_135_1 + 0.8 * along];
    let expected = [0.0, -0.76, -0.76, 0.0, third[0], third[1]].map(|g| g / 6.0);
    for place in places() {
        let inputs = [&u1, &u2, &u1, &u2, &u1, &u2].map(Rows::clone);
        let (_, gradients) = graded(&inputs, &place.device, |z| formed(form_j_beside, z, 1.0).total());
        near(&gradients[0], &expected, place.tolerance, 0.0, &format!("{:?}", place.kind));
    }
}

/// Only the online rows receive gradient. The push of (h) is of second degree in them and that of (j) of fourth, so that their potentials
/// are a half and a quarter of it; (b) is its own potential, and UniGrad's surrogate with `F` of the anchors' own view is (j).
#[test]
fn the_forms_have_the_gradient_of_finite_differences() {
    let inputs = six(5, 4);
    let share = |name: &str| match name {
        "g" | "h" => 0.5,
        "j" => 0.25,
        _ => 1.0,
    };
    for (scale, (name, form)) in [0.3, 0.5, 4.0, 4.0].into_iter().zip(FORMS) {
        let parts: [(&str, Part, f64); 2] =
            [("attract", |terms| terms.attract.clone(), 1.0), ("repel", |terms| terms.repel.clone(), share(name))];
        for (part, of, share) in parts {
            let loss = |z: &[Tensor<2>]| of(&formed(form, z, scale));
            slopes(&format!("({name}), {part}"), &inputs, &[0, 1], loss, |z| loss(z) * share);
        }
        slopes(
            &format!("({name})"),
            &inputs,
            &[0, 1],
            |z| formed(form, z, scale).total(),
            |z| {
                let terms = formed(form, z, scale);
                terms.attract + terms.repel * share(name)
            },
        );
    }
    let device = &places()[0].device;
    let (_, own) = graded(&inputs, device, |z| formed(form_j_beside, z, 4.0).total());
    let (_, surrogate) = graded(&inputs, device, |z| {
        let way = |own: usize, other: usize| {
            let view = |index: usize| [z[index].clone(), z[index].clone()];
            unigrad_surrogate(view(own), view(2 + other), second_moment(view(own)), 4.0).total()
        };
        (way(0, 1) + way(1, 0)) / 2.0
    });
    for (own, surrogate) in own.iter().zip(&surrogate) {
        near(own, &surrogate.iter().map(|&g| f64::from(g)).collect::<Vec<_>>(), 1e-5, 1e-3, "(j)");
    }
}

/// Where each sample comes from: the pull has the positive of the other view; the push has the negatives of both views and the positive
/// in (b), the target's rows of the other view in (g) and (h), and none but the online branch in (j).
#[test]
fn the_forms_take_each_row_from_its_branch() {
    let device = &places()[0].device;
    let inputs = six(4, 3);
    // The gradient of each part with respect to view 1 online.
    let parts = |inputs: &[Rows], form: Form| {
        let attract = graded(inputs, device, |z| formed(form, z, 0.5).attract);
        let repel = graded(inputs, device, |z| formed(form, z, 0.5).repel);
        [attract, repel].map(|(_, gradients)| gradients[0].clone())
    };
    for (name, form) in FORMS {
        let before = parts(&inputs, form);
        // Which parts of view 1's gradient change when an input does.
        let changes: Vec<[bool; 2]> = (1..6)
            .map(|changed| {
                let mut inputs = inputs.clone();
                inputs[changed] = Rows::noise([4, 3], 99);
                let after = parts(&inputs, form);
                [before[0] != after[0], before[1] != after[1]]
            })
            .collect();
        let expected = match name {
            // Online view 2, positive of view 1, positive of view 2, negatives of view 1, negatives of view 2.
            "b" => [[false; 2], [false; 2], [true, true], [false, true], [false, true]],
            "g" | "h" => [[false; 2], [false; 2], [true, false], [false, false], [false, true]],
            _ => [[false; 2], [false; 2], [true, false], [false, false], [false, false]],
        };
        assert_eq!(changes, expected, "({name})");
    }
}

/// Online with gradients, everything else without: the way a momentum target comes.
#[test]
fn targets_may_come_without_gradients() {
    let inputs = six(4, 3);
    for place in places() {
        let fixed: Vec<Tensor<2>> = inputs[2..].iter().map(|rows| rows.on(&place.device)).collect();
        for (name, form) in FORMS {
            let loss = |z: &[Tensor<2>]| formed(form, &[z, &fixed].concat(), 0.5).total();
            let found = graded(&inputs[..2], &place.device, loss);
            let expected = graded(&inputs, &place.device, |z| formed(form, z, 0.5).total());
            assert_eq!((found.0, &found.1[..]), (expected.0, &expected.1[..2]), "{:?}, ({name})", place.kind);
        }
    }
}
