//! Does the gradient fall into its two parts, and are methods compared on the same batch?

use super::*;
use crate::losses::margin_terms;
use crate::{block_on, catalogue, datasets, device};
use augsphere_spec::{DeviceChoice, Value};
use burn::tensor::{Device, TensorData};
use std::rc::Rc;

const TINY: &str = "[data]\nkind = \"shapes\"\ntrain = 64\nvalidation = 32\ntest = 16\nside = 8\n[encoder]\nkind = \"conv\"\nsize = \"tiny\"\n\
    [projector]\nhidden = 16\ndimension = 3\n[train]\nsteps = 20\nbatch = 16\nwarmup = 2\n";

/// The gradient on the next batch after two steps of an experiment.
fn gradient(changes: &[(&str, Value)]) -> Decomposition {
    let changes: Vec<(String, Value)> = changes.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect();
    let experiment = catalogue().read_toml(TINY).expect("no mistakes");
    let experiment = catalogue().with(&experiment, &changes).expect("no mistakes");
    let choice = experiment.choice("data").expect("data").clone();
    let data = Rc::new(datasets::load(&choice, 0, &datasets::DroppedArchives::default()).expect("shapes"));
    let opened = block_on(device::open(DeviceChoice::Cpu, None)).expect("a CPU");
    let mut trainer = Trainer::new(experiment, data, &opened).expect("it fits");
    for _ in 0..2 {
        trainer.step();
        block_on(trainer.read_losses());
    }
    block_on(trainer.checkpoint().decomposed(&trainer.objective(), Batch::Next, Wanted::Families)).expect("the device answers")
}

#[test]
fn every_method_has_a_gradient_of_finite_numbers() {
    for card in &catalogue().section("method").expect("methods").cards {
        let found = gradient(&[("method.kind", card.name.as_str().into())]);
        let rows = 2 * 16 * found.dimension;
        for (what, values) in [("positive", &found.positive), ("negative", &found.negative), ("embedding", &found.unit())] {
            assert_eq!(values.len(), rows, "{}: {what}", card.name);
            assert!(values.iter().all(|value| value.is_finite()), "{}: {what}", card.name);
        }
        let (count, cosines) = (found.methods.len(), found.cosines());
        assert_eq!(found.methods[0], card.title);
        assert_eq!(cosines.len(), count * count, "{}", card.name);
        for row in 0..count {
            for column in 0..count {
                let (one, other) = (cosines[row * count + column], cosines[column * count + row]);
                assert!((one - other).abs() < 1e-5 && one.abs() < 1.0 + 1e-5, "{}: {one} and {other}", card.name);
            }
            let own = cosines[row * count + row];
            assert!((own - 1.0).abs() < 1e-5 || own == 0.0, "{}: {} with itself is {own}", card.name, found.methods[row]);
        }
    }
}

/// The pull of SimCLR's positive, worked out by hand: `positive = z' / (2N tau) * 2N` from both of its roles, along the sphere.
#[test]
fn the_pull_of_the_positive_is_that_of_the_formula() {
    let tau = 0.5;
    let found = gradient(&[("method.temperature", Value::Float(tau)), ("target.kind", "stop_gradient".into())]);
    let (d, embedding, positive) = (found.dimension, found.unit(), &found.positive);
    let rows = embedding.len() / d;
    for row in 0..rows {
        let own = &embedding[row * d..][..d];
        let other = &embedding[((row + rows / 2) % rows) * d..][..d];
        let cosine: f32 = own.iter().zip(other).map(|(a, b)| a * b).sum();
        for channel in 0..d {
            let expected = (other[channel] - cosine * own[channel]) / tau as f32;
            let gap = (positive[row * d + channel] - expected).abs();
            assert!(gap < 2e-4, "row {row}: {} instead of {expected}", positive[row * d + channel]);
        }
    }
}

/// What the pull and the push ask of the embeddings together.
fn total(found: &Decomposition) -> Vec<f32> {
    found.negative.iter().zip(&found.positive).map(|(push, pull)| push - pull).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// A point on the sphere is moved by the tangent part of a gradient only, so that is all that norms, angles and cosines are of.
#[test]
fn both_parts_are_tangent_to_the_sphere_for_every_method() {
    for card in &catalogue().section("method").expect("methods").cards {
        // No unit length on the way: raw embeddings are where it can go wrong.
        let found = gradient(&[("method.kind", card.name.as_str().into()), ("projector.l2", false.into())]);
        let (d, embedding) = (found.dimension, found.unit());
        for (what, part) in [("pull", &found.positive), ("push", &found.negative)] {
            for (row, u) in part.chunks_exact(d).zip(embedding.chunks_exact(d)) {
                let radial = dot(row, u).abs();
                assert!(radial <= 1e-4 * dot(row, row).sqrt(), "{}: {what} {row:?} at {u:?}, radial {radial}", card.name);
            }
        }
    }
}

/// METHODS.md 6.2: the push of BYOL is what its predictor makes of the length of the prediction. Without one it only lengthens the
/// embedding, which moves nothing: `cos(u, t)` has the gradient `t - cos u`, all of it the tangent part of the pull.
#[test]
fn without_a_predictor_byol_has_no_push() {
    let changes = [("method.kind", "byol".into()), ("predictor.kind", "none".into())];
    let found = gradient(&changes);
    let scalars = found.scalars();
    let value = |name: &str| scalars.iter().find(|scalar| scalar.name == name).map(|scalar| scalar.value);
    assert!(value("gradient_positive").is_some_and(|pull| pull > 0.1), "{:?}", found.scalars());
    assert_eq!((value("gradient_negative"), value("gradient_balance")), (Some(0.0), Some(0.0)), "{:?}", found.scalars());
    assert_eq!(value("gradient_angle"), None, "no push, no angle");
    let with = gradient(&[("method.kind", "byol".into()), ("predictor.kind", "mlp".into())]);
    assert!(
        with.scalars().iter().any(|scalar| scalar.name == "gradient_negative" && scalar.value > 1e-3),
        "{:?}",
        with.scalars()
    );
}

/// The margin loss is defined on unit rows: how long the embeddings of the method that trains happen to be says nothing of it.
#[test]
fn the_margin_loss_is_compared_on_unit_rows() {
    let found = gradient(&[("target.kind", "shared".into()), ("projector.l2", false.into())]);
    let (d, embedding) = (found.dimension, found.unit());
    let rows = embedding.len() / d;
    let device = Device::default().autodiff();
    let leaf = Tensor::<2>::from_data(TensorData::new(embedding, [rows, d]), &device).require_grad();
    let unit = normalise(leaf.clone());
    let halves = [unit.clone().narrow(0, 0, rows / 2), unit.narrow(0, rows / 2, rows / 2)];
    let gradients = margin_terms(halves.clone(), halves.clone(), halves, 1.0).total().backward();
    let expected: Vec<f32> = leaf.grad(&gradients).expect("a gradient").into_data().iter::<f32>().collect();
    let own = total(&found);
    let wanted = dot(&own, &expected) / (dot(&own, &own) * dot(&expected, &expected)).sqrt();
    let place = found.methods.iter().position(|title| title.starts_with("Margin")).expect("the margin loss is compared");
    let cosines = found.cosines();
    assert!((f64::from(cosines[place]) - wanted).abs() < 1e-3, "{} instead of {wanted}", cosines[place]);
}

/// Tao et al. 2022: with stopped targets, what was dropped from a gradient hardly changes it. Row j is UniGrad with the
/// second moments of this batch alone.
#[test]
fn methods_are_compared_on_one_batch() {
    let found = gradient(&[("target.kind", "stop_gradient".into()), ("projector.dimension", Value::Int(16))]);
    let cosines = found.cosines();
    let place = |part: &str| {
        found.methods.iter().position(|title| title.contains(part)).unwrap_or_else(|| panic!("{part}: {:?}", found.methods))
    };
    let cosine = |one: &str, other: &str| cosines[place(one) * found.methods.len() + place(other)];
    assert!(cosine("SimCLR", "InfoNCE") > 0.9, "{}", cosine("SimCLR", "InfoNCE"));
    assert!(cosine("SimCLR", "Gradient of SimCLR") > 0.9, "{}", cosine("SimCLR", "Gradient of SimCLR"));
    assert!(cosine("UniGrad", "Gradient of VICReg") > 0.5, "{}", cosine("UniGrad", "Gradient of VICReg"));
    // An unrelated number would do the same for all of them.
    assert!(cosine("SimCLR", "Barlow") < 0.9, "{:?} of {:?}", &cosines[..found.methods.len()], found.methods);
}
