//! The predictor in closed form: what is its default, what happens between two decompositions, and do the eigenspaces align?

use crate::tiny::{self, begun, faults, handle, losses, measures, tiny};
use augsphere_engine::{Session, catalogue};
use augsphere_spec::{Command, DeviceChoice, Event, Scalar, Value};
use safetensors::SafeTensors;

const D: usize = 4;

fn direct(changes: &[(&str, Value)]) -> (Session, Vec<Event>) {
    let mut all: Vec<(&str, Value)> = vec![
        ("method.kind", "direct_pred".into()),
        ("projector.dimension", Value::Int(D as i64)),
        ("train.warmup", Value::Int(0)),
    ];
    all.extend(changes.iter().cloned());
    begun(tiny(&all), DeviceChoice::Cpu)
}

/// The map as it lies among the weights, row-major.
fn map(session: &mut Session) -> Option<Vec<f32>> {
    let events = handle(session, Command::Save);
    let bytes = events.into_iter().find_map(|event| if let Event::Weights { bytes, .. } = event { Some(bytes) } else { None });
    let bytes = bytes.expect("weights");
    let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
    let values = file.tensor("predictor.map.weight").ok()?.data().to_vec();
    Some(values.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect())
}

fn symmetric(map: &[f32]) -> bool {
    (0..D * D).all(|at| (map[at] - map[at % D * D + at / D]).abs() < 1e-6)
}

/// METHODS.md 4.3: the paper's rule is not homogeneous in the embeddings, the authors' verified command divides by the largest eigenvalue.
#[test]
fn the_authors_scaling_is_the_default() {
    let card = catalogue().section("predictor").and_then(|section| section.card("direct").cloned()).expect("a card");
    let defaults = card.defaults();
    assert_eq!(defaults.text("scaling"), "boost_scale");
    assert!((defaults.float("epsilon") - 0.01).abs() < 1e-9 && (defaults.float("rho") - 0.3).abs() < 1e-9);
    assert_eq!(defaults.count("every"), 1);
}

/// The hybrid: set in closed form (and so symmetric) every three steps, moved by gradients in between.
#[test]
fn between_two_decompositions_the_map_learns_if_it_may() {
    let (mut session, _) = direct(&[("predictor.every", Value::Int(3)), ("predictor.between", "gradient".into())]);
    assert!(map(&mut session).is_some_and(|map| (0..D * D).all(|at| map[at] == f32::from(u8::from(at / D == at % D)))));
    let mut maps = Vec::new();
    for _ in 0..7 {
        let events = handle(&mut session, Command::Step);
        assert_eq!(faults(&events), []);
        maps.push(map(&mut session).expect("it is one of the weights"));
    }
    let set: Vec<bool> = maps.iter().map(|map| symmetric(map)).collect();
    assert_eq!(set, [true, false, false, true, false, false, true]);
    // The largest eigenvalue of what was set is 1 + epsilon.
    for map in [&maps[0], &maps[3]] {
        let trace: f32 = (0..D).map(|at| map[at * D + at]).sum();
        assert!(trace > 1.01 - 1e-4 && trace < 1.01 * D as f32 + 1e-4, "{trace}");
    }
    for pair in maps.windows(2) {
        assert_ne!(pair[0], pair[1]);
    }
}

/// Another method goes on with what the predictor has seen; its place among the weights follows the layout.
#[test]
fn a_trained_map_stays_when_the_projector_changes() {
    let (mut session, _) = direct(&[("predictor.every", Value::Int(100)), ("predictor.between", "gradient".into())]);
    (0..3).for_each(|_| drop(handle(&mut session, Command::Step)));
    let before = map(&mut session);
    let events = handle(&mut session, tiny::change("projector.layers", 3i64));
    assert_eq!(faults(&events), []);
    assert_eq!(map(&mut session), before);
    let events = handle(&mut session, Command::Step);
    assert_eq!((faults(&events), losses(&events).len()), (vec![], 1));
    assert!(map(&mut session) != before, "and it trains there");
    assert!(map(&mut session).is_some_and(|map| !symmetric(&map)), "without being set before it is due");
}

#[test]
fn a_map_that_stays_as_it_was_set_is_no_weight() {
    let (mut session, _) = direct(&[("predictor.every", Value::Int(3))]);
    handle(&mut session, Command::Step);
    assert_eq!(map(&mut session), None);
}

fn alignment(scalars: &[Scalar]) -> Option<f32> {
    scalars.iter().find(|scalar| scalar.name == "eigenspace_alignment").map(|scalar| scalar.value)
}

/// In closed form the eigenspaces are those of the correlation matrix; a trained linear predictor starts at random. Neither without a
/// predictor nor with one that is not linear or not learnt there is anything to compare.
#[test]
fn eigenspaces_are_compared_where_a_linear_predictor_is_learnt() {
    let course = |changes: &[(&str, Value)]| {
        let mut all: Vec<(&str, Value)> =
            vec![("projector.dimension", Value::Int(8)), ("measures.cadence.every", Value::Int(10))];
        all.extend(changes.iter().cloned());
        let (mut session, mut events) = begun(tiny(&all), DeviceChoice::Cpu);
        events.extend(tiny::play(&mut session));
        measures(&events).iter().map(|(_, scalars)| alignment(scalars)).collect::<Vec<_>>()
    };
    let closed = course(&[("method.kind", "direct_pred".into())]);
    assert!(closed[0].is_none(), "it is the identity before it is set: {closed:?}");
    assert!(closed[1..].iter().all(|value| value.is_some_and(|value| (0.7..=1.0).contains(&value))), "{closed:?}");
    let trained = course(&[("method.kind", "byol".into()), ("predictor.layers", Value::Int(1))]);
    // A random matrix of 8 dimensions: about sqrt(2 / (8 pi)) = 0.28.
    assert!(trained[0].is_some_and(|value| value < 0.7), "{trained:?}");
    assert!(trained.iter().all(|value| value.is_some_and(|value| (0.0..=1.0).contains(&value))), "{trained:?}");
    for without in [
        course(&[]),
        course(&[("method.kind", "byol".into())]),
        course(&[("method.kind", "byol".into()), ("predictor.kind", "fixed".into()), ("predictor.layers", Value::Int(1))]),
    ] {
        assert!(without.iter().all(Option::is_none), "{without:?}");
    }
}
