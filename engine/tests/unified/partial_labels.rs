//! PiCO [7].

use crate::numbers::{near, noise, places, tensor, values, wide};
use crate::{Rows, slopes};
use augsphere_engine::catalogue;
use augsphere_engine::losses::{Views, classification, confidence_after, partial_contrast, prototypes_after, pseudo_labels};
use augsphere_engine::methods::{self, Branches, Labels};
use augsphere_spec::Choice;
use burn::tensor::Tensor;

/// The contrastive loss of the example, at both temperatures.
#[test]
fn the_contrast_has_the_values_of_the_example() {
    let pool = Rows::new(&[[0.8, 0.6], [0.0, 1.0], [0.6, 0.8], [-1.0, 0.0]]);
    let same = Rows::new(&[[1.0, 0.0, 1.0, 0.0]]);
    // The query itself among the candidates, marked as such, is none.
    let pool_with = Rows::new(&[[0.8, 0.6], [2.0, 0.0], [0.0, 1.0], [0.6, 0.8], [-1.0, 0.0]]);
    let same_with = Rows::new(&[[1.0, -1.0, 0.0, 1.0, 0.0]]);
    for place in places() {
        for (temperature, expected) in [(0.07, 1.484_425_630_633), (0.5, 0.841_611_902_411)] {
            for (pool, same) in [(&pool, &same), (&pool_with, &same_with)] {
                let query = Rows::new(&[[3.0, 0.0]]).on(&place.device);
                let terms = partial_contrast(query, pool.on(&place.device), same.on(&place.device), temperature);
                let what = format!("{:?}, temperature {temperature}", place.kind);
                // Two parts of about 1 / temperature are subtracted.
                near(&values(terms.total()), &[expected], place.tolerance, 0.7 / temperature, &what);
                near(&values(terms.attract), &[-0.7 / temperature], place.tolerance, 0.0, &what);
            }
        }
    }
}

/// As in the official code the queries keep their gradient where they are candidates of other queries: the gradient is that of finite
/// differences. Keys come from another encoder and have other rows; an empty queue adds no candidate.
#[test]
fn the_pool_keeps_the_queries_gradient() {
    let card = catalogue().section("method").and_then(|section| section.card("pico")).expect("PiCO").clone();
    let mut knobs = card.defaults();
    knobs.set("queue_start", "empty");
    knobs.set("temperature", 0.5);
    let method = methods::build(&Choice { kind: "pico".into(), knobs: knobs.clone() }, 0, 64);
    let inputs: Vec<Rows> = (0..3).map(|seed| Rows::noise([6, 4], 60 + seed)).collect();
    let loss = |z: &[Tensor<2>]| {
        let keys = Rows::noise([6, 4], 70).on(&z[0].device().without_autodiff());
        let logits = Rows::noise([6, 3], 71).on(&z[0].device().without_autodiff());
        let like = |plain: Tensor<2>| if z[0].is_autodiff() { plain.autodiff() } else { plain };
        let (keys, logits) = (like(keys), like(logits));
        let mut branches = Branches::shared([z[0].clone(), z[1].clone()]);
        branches.target = Views::from([keys.clone(), keys]);
        branches.negatives = branches.target.clone();
        branches.logits = Some([logits.clone(), logits]);
        branches.labels = Some(Labels { rows: (0..6).collect(), classes: (0..6).map(|row| row % 3).collect(), count: 3 });
        branches.epoch = 5;
        method.loss(&branches, &knobs).terms.total()
    };
    slopes("the pool", &inputs[..2], &[0], loss, loss);
}

/// All rows equal: the logarithm of the number of candidates, whatever the labels; without positives nothing.
#[test]
fn the_contrast_at_collapse_is_the_chance_level() {
    for place in places() {
        let row = |count: usize| tensor(&[0.3, -1.2, 0.4].repeat(count), [count, 3], &place.device);
        let same: Vec<f32> = [[1.0, -1.0, 0.0, 0.0, 1.0, 1.0], [-1.0, 1.0, 0.0, 0.0, 0.0, 0.0]].concat();
        let terms = partial_contrast(row(2), row(6), tensor(&same, [2, 6], &place.device), 0.07);
        near(&values(terms.total()), &[5f64.ln()], place.tolerance, 1.0 / 0.07, &format!("{:?}", place.kind));
        let none: Vec<f32> = [[1.0, -1.0, 0.0, 0.0, 1.0, 1.0], [-1.0, 0.0, 0.0, 0.0, 0.0, 0.0]].concat();
        let terms = partial_contrast(row(2), row(6), tensor(&none, [2, 6], &place.device), 0.07);
        near(&values(terms.total()), &[5f64.ln() / 2.0], place.tolerance, 1.0 / 0.07, "a query without positives");
    }
}

/// Queries and pool receive gradient, a detached pool does not; `same` never does.
#[test]
fn the_contrast_has_the_gradient_of_finite_differences() {
    let same = [[1.0, 0.0, 1.0, -1.0, 0.0], [0.0, 1.0, -1.0, 0.0, 0.0], [-1.0, 1.0, 1.0, 1.0, 0.0]];
    let inputs = [Rows::noise([3, 4], 60), Rows::noise([5, 4], 61), Rows::new(&same)];
    let loss = |z: &[Tensor<2>]| partial_contrast(z[0].clone(), z[1].clone(), z[2].clone(), 0.4).total();
    slopes("all", &inputs, &[0, 1], loss, loss);
    let fixed = |z: &[Tensor<2>]| partial_contrast(z[0].clone(), z[1].clone().inner(), z[2].clone().inner(), 0.4).total();
    slopes("constant pool", &inputs, &[0], fixed, fixed);
    let keys = |z: &[Tensor<2>]| partial_contrast(z[0].clone().inner(), z[1].clone(), z[2].clone(), 0.4).total();
    slopes("constant queries", &inputs, &[1], keys, keys);
}

/// The classification loss of the example, and ordinary cross-entropy for one-hot targets.
#[test]
fn the_classification_loss_has_the_value_of_the_example() {
    for place in places() {
        let logits = tensor(&[0.3f32.ln() + 2.0, 0.7f32.ln() + 2.0], [1, 2], &place.device);
        for (targets, expected) in [([0.525, 0.475], 0.801_506_320_642), ([0.0, 1.0], -0.7f64.ln())] {
            let loss = classification(logits.clone(), tensor(&targets, [1, 2], &place.device));
            near(&values(loss), &[expected], place.tolerance, 0.0, &format!("{:?}", place.kind));
        }
    }
}

#[test]
fn the_classification_loss_has_the_gradient_of_finite_differences() {
    let targets = Rows::new(&[[0.2, 0.3, 0.5], [0.0, 1.0, 0.0], [0.5, 0.0, 0.5]]);
    let inputs = [Rows::noise([3, 3], 62), targets];
    let loss = |z: &[Tensor<2>]| classification(z[0].clone(), z[1].clone());
    slopes("classification", &inputs, &[0], loss, loss);
}

/// The example from the scores to the soft targets, and the prototype that moves.
#[test]
fn one_step_of_disambiguation_is_that_of_the_example() {
    for place in places() {
        let what = format!("{:?}", place.kind);
        let query = tensor(&[0.6, 0.8], [1, 2], &place.device);
        let prototypes = tensor(&[0.0, 1.0, 1.0, 0.0], [2, 2], &place.device);
        let both = tensor(&[1.0, 1.0], [1, 2], &place.device);
        let scores = query.clone().matmul(prototypes.clone().transpose());
        near(&values(scores.clone()), &[0.8, 0.6], place.tolerance, 0.0, &what);
        let after = confidence_after(both.clone() / 2.0, both.clone(), scores, 0.95);
        near(&values(after), &[0.525, 0.475], place.tolerance, 0.0, &what);
        let label = pseudo_labels(both, tensor(&[0.3, 0.7], [1, 2], &place.device));
        assert_eq!(values(label.clone()), [0.0, 1.0]);
        let moved = values(prototypes_after(prototypes, query, label, 0.99));
        near(&moved, &[0.0, 1.0, 0.999_967_744_0, 0.008_031_869_4], 1e-6, 1.0, &what);
    }
}

/// Only candidates count, and the first of equal scores wins: so it is with prototypes of zeros [7, failure modes].
#[test]
fn pseudo_labels_are_the_first_best_candidate() {
    let candidates = Rows::new(&[[1.0, 1.0, 1.0], [0.0, 1.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]);
    let scores = Rows::new(&[[0.1, 0.9, 0.3], [0.9, 0.2, 0.3], [0.0, 0.0, 0.0], [-5.0, 3.0, 3.0]]);
    for place in places() {
        let found = values(pseudo_labels(candidates.on(&place.device), scores.on(&place.device)));
        assert_eq!(found, [0., 1., 0., 0., 0., 1., 0., 1., 0., 1., 0., 0.], "{:?}", place.kind);
        let tracked = pseudo_labels(candidates.on(&place.device).autodiff(), scores.on(&place.device).autodiff());
        assert!(!tracked.is_autodiff());
    }
}

/// The closed form is the loop over samples, for many samples of some classes and none of one.
#[test]
fn prototypes_move_sample_by_sample() {
    let (n, d, classes) = (12, 3, 4);
    let (start, queries) = (Rows::noise([classes, d], 70).unit(), Rows::noise([n, d], 71));
    let classes_of: Vec<usize> = noise(n, 72)
        .iter()
        .map(|x| {
            if *x < -0.3 {
                0
            } else if *x < 0.4 {
                2
            } else {
                3
            }
        })
        .collect();
    let labels: Vec<f32> = classes_of.iter().flat_map(|&of| (0..4).map(move |c| f32::from(u8::from(c == of)))).collect();
    for gamma in [0.0, 0.5, 0.99, 1.0] {
        let mut expected = wide(&start.values);
        for (query, &class) in wide(&queries.unit().values).chunks(d).zip(&classes_of) {
            for (mu, q) in expected[class * d..][..d].iter_mut().zip(query) {
                *mu = gamma * *mu + (1.0 - gamma) * q;
            }
        }
        for row in expected.chunks_mut(d) {
            let length = row.iter().map(|x| x * x).sum::<f64>().sqrt();
            row.iter_mut().for_each(|x| *x /= length);
        }
        for place in places() {
            let labels = tensor(&labels, [n, classes], &place.device);
            let found = values(prototypes_after(start.on(&place.device), queries.on(&place.device), labels, gamma));
            near(&found, &expected, place.tolerance, 1.0, &format!("{:?}, gamma {gamma}", place.kind));
        }
    }
    let device = &places()[0].device;
    let zeros = Rows { values: vec![0.0; 12], shape: [classes, d] };
    let found = values(prototypes_after(zeros.on(device), queries.on(device), tensor(&labels, [n, classes], device), 0.99));
    assert!(found[3..6].iter().all(|&x| x == 0.0), "a class without samples stays at zero: {found:?}");
    let length = found[..3].iter().map(|x| x * x).sum::<f32>();
    assert!((length - 1.0).abs() < 1e-5, "a class with samples is normalised: {length}");
}
