//! Does the gradient fall into its two parts, and are methods compared on the same batch?

use crate::numbers::{places, tracked, values};
use crate::tiny::{begin, begun, handle, measures, tiny};
use augsphere_engine::catalogue;
use augsphere_engine::losses::{margin_terms, normalise};
use augsphere_spec::{Anatomy, Command, DeviceChoice, Event, Picture, Topic, Value};

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect()
}

/// The anatomy after five steps of an experiment.
fn anatomy(changes: &[(&str, Value)]) -> Anatomy {
    let mut session = augsphere_engine::Session::new();
    handle(&mut session, Command::Watch(vec![Topic::Anatomy]));
    let mut events = handle(&mut session, begin(tiny(changes), DeviceChoice::Cpu));
    handle(&mut session, Command::Acknowledge(Topic::Anatomy));
    (0..5).for_each(|_| events.extend(handle(&mut session, Command::Step)));
    let found = events.into_iter().rev().find_map(|event| match event {
        Event::Picture(Picture::Anatomy(anatomy)) => Some(anatomy),
        _ => None,
    });
    found.expect("an anatomy at the measurement after five steps")
}

#[test]
fn every_method_has_an_anatomy_of_finite_numbers() {
    for card in &catalogue().section("method").expect("methods").cards {
        let found = anatomy(&[("method.kind", card.name.as_str().into())]);
        let rows = 2 * 16 * found.dimension;
        for (what, bytes) in [("positive", &found.positive), ("negative", &found.negative), ("embedding", &found.embedding)] {
            let values = floats(bytes);
            assert_eq!(values.len(), rows, "{}: {what}", card.name);
            assert!(values.iter().all(|value| value.is_finite()), "{}: {what}", card.name);
        }
        let count = found.methods.len();
        assert_eq!(found.methods[0], card.title);
        assert_eq!(found.cosines.len(), count * count, "{}", card.name);
        for row in 0..count {
            for column in 0..count {
                let (one, other) = (found.cosines[row * count + column], found.cosines[column * count + row]);
                assert!((one - other).abs() < 1e-5 && one.abs() < 1.0 + 1e-5, "{}: {one} and {other}", card.name);
            }
            let own = found.cosines[row * count + row];
            assert!((own - 1.0).abs() < 1e-5 || own == 0.0, "{}: {} with itself is {own}", card.name, found.methods[row]);
        }
    }
}

/// The pull of SimCLR's positive, worked out by hand: `positive = z' / (2N tau) * 2N` from both of its roles, along the sphere.
#[test]
fn the_pull_of_the_positive_is_that_of_the_formula() {
    let tau = 0.5;
    let found = anatomy(&[("method.temperature", Value::Float(tau)), ("target.kind", "stop_gradient".into())]);
    let (d, embedding, positive) = (found.dimension, floats(&found.embedding), floats(&found.positive));
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
fn total(found: &Anatomy) -> Vec<f32> {
    floats(&found.negative).iter().zip(floats(&found.positive)).map(|(push, pull)| push - pull).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// A point on the sphere is moved by the tangent part of a gradient only, so that is all that norms, angles and cosines are of.
#[test]
fn both_parts_are_tangent_to_the_sphere_for_every_method() {
    for card in &catalogue().section("method").expect("methods").cards {
        // No unit length on the way: raw embeddings are where it can go wrong.
        let found = anatomy(&[("method.kind", card.name.as_str().into()), ("projector.l2", false.into())]);
        let (d, embedding) = (found.dimension, floats(&found.embedding));
        for (what, bytes) in [("pull", &found.positive), ("push", &found.negative)] {
            for (row, u) in floats(bytes).chunks_exact(d).zip(embedding.chunks_exact(d)) {
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
    let found = anatomy(&changes);
    let value = |name: &str| found.scalars.iter().find(|scalar| scalar.name == name).map(|scalar| scalar.value);
    assert!(value("gradient_positive").is_some_and(|pull| pull > 0.1), "{:?}", found.scalars);
    assert_eq!((value("gradient_negative"), value("gradient_balance")), (Some(0.0), Some(0.0)), "{:?}", found.scalars);
    assert_eq!(value("gradient_angle"), None, "no push, no angle");
    let with = anatomy(&[("method.kind", "byol".into()), ("predictor.kind", "mlp".into())]);
    assert!(with.scalars.iter().any(|scalar| scalar.name == "gradient_negative" && scalar.value > 1e-3), "{:?}", with.scalars);
}

/// The margin loss is defined on unit rows: how long the embeddings of the method that trains happen to be says nothing of it.
#[test]
fn the_margin_loss_is_compared_on_unit_rows() {
    let found = anatomy(&[("target.kind", "shared".into()), ("projector.l2", false.into())]);
    let (d, embedding) = (found.dimension, floats(&found.embedding));
    let rows = embedding.len() / d;
    let leaf = tracked(&embedding, [rows, d], &places()[0].device);
    let unit = normalise(leaf.clone());
    let halves = [unit.clone().narrow(0, 0, rows / 2), unit.narrow(0, rows / 2, rows / 2)];
    let gradients = margin_terms(halves.clone(), halves.clone(), halves, 1.0).total().backward();
    let expected = values(leaf.grad(&gradients).expect("a gradient"));
    let own = total(&found);
    let wanted = dot(&own, &expected) / (dot(&own, &own) * dot(&expected, &expected)).sqrt();
    let place = found.methods.iter().position(|title| title.starts_with("Margin")).expect("the margin loss is compared");
    assert!((f64::from(found.cosines[place]) - wanted).abs() < 1e-3, "{} instead of {wanted}", found.cosines[place]);
}

/// Tao et al. 2022: with stopped targets, what was dropped from a gradient hardly changes it. Row j is UniGrad with the
/// second moments of this batch alone.
#[test]
fn methods_are_compared_on_one_batch() {
    let found = anatomy(&[("target.kind", "stop_gradient".into()), ("projector.dimension", Value::Int(16))]);
    let place = |part: &str| {
        found.methods.iter().position(|title| title.contains(part)).unwrap_or_else(|| panic!("{part}: {:?}", found.methods))
    };
    let cosine = |one: &str, other: &str| found.cosines[place(one) * found.methods.len() + place(other)];
    assert!(cosine("SimCLR", "InfoNCE") > 0.9, "{}", cosine("SimCLR", "InfoNCE"));
    assert!(cosine("SimCLR", "Gradient of SimCLR") > 0.9, "{}", cosine("SimCLR", "Gradient of SimCLR"));
    assert!(cosine("UniGrad", "Gradient of VICReg") > 0.5, "{}", cosine("UniGrad", "Gradient of VICReg"));
    // An unrelated number would do the same for all of them.
    assert!(cosine("SimCLR", "Barlow") < 0.9, "{:?} of {:?}", &found.cosines[..found.methods.len()], found.methods);
}

#[test]
fn norms_angle_and_balance_are_measured() {
    let (_, events) = begun(tiny(&[]), DeviceChoice::Cpu);
    let (_, scalars) = measures(&events)[0].clone();
    let value = |name: &str| scalars.iter().find(|scalar| scalar.name == name).unwrap_or_else(|| panic!("{name}")).value;
    let (pull, push, balance) = (value("gradient_positive"), value("gradient_negative"), value("gradient_balance"));
    assert!(pull > 0.0 && push > 0.0 && (balance - push / pull).abs() < 1e-3 * balance);
    assert!((0.0..=180.0).contains(&value("gradient_angle")));
}

/// Who opens the picture of a paused run sees it at once.
#[test]
fn a_paused_run_answers_who_begins_to_watch() {
    let (mut session, _) = begun(tiny(&[]), DeviceChoice::Cpu);
    handle(&mut session, Command::Step);
    let events = handle(&mut session, Command::Watch(vec![Topic::Anatomy]));
    assert!(matches!(&events[..], [Event::Picture(Picture::Anatomy(anatomy))] if anatomy.step == 1), "{events:?}");
}
