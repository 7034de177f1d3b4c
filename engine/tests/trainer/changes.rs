//! Does a run go on with something else, and can what was changed by hand be run again exactly?

use crate::tiny::{self, begun, faults, handle, losses, play, reset, tiny};
use augsphere_engine::Session;
use augsphere_spec::{Change, Command, DeviceChoice, Event, Experiment, Value};
use safetensors::SafeTensors;

fn change(session: &mut Session, path: &str, value: impl Into<Value>) -> Vec<Event> {
    handle(session, tiny::change(path, value))
}

fn steps(session: &mut Session, count: usize) -> Vec<Event> {
    (0..count).flat_map(|_| handle(session, Command::Step)).collect()
}

fn weights(session: &mut Session) -> Vec<u8> {
    let events = handle(session, Command::Save);
    events
        .into_iter()
        .find_map(|event| if let Event::Weights { bytes, .. } = event { Some(bytes) } else { None })
        .expect("weights")
}

/// All tensors whose name begins with `prefix`, name by name.
fn tensors(bytes: &[u8], prefix: &str) -> Vec<(String, Vec<u8>)> {
    let file = SafeTensors::deserialize(bytes).expect("a safetensors file");
    let mut all: Vec<(String, Vec<u8>)> = file
        .tensors()
        .into_iter()
        .filter(|(name, _)| name.starts_with(prefix))
        .map(|(name, view)| (name, view.data().to_vec()))
        .collect();
    all.sort();
    all
}

#[test]
fn another_method_keeps_the_encoder_and_every_weight_that_has_a_place() {
    let (mut session, _) = begun(tiny(&[]), DeviceChoice::Cpu);
    steps(&mut session, 3);
    let before = weights(&mut session);
    let events = change(&mut session, "method.kind", "byol");
    let told = events
        .iter()
        .find_map(|event| if let Event::Changed { experiment, levels, .. } = event { Some((experiment, levels)) } else { None });
    let (experiment, levels) = told.expect("the change is told");
    assert_eq!(experiment.get("target.kind"), Some("momentum".into()), "what implies the method comes along");
    assert!(levels.iter().any(|(name, _, words)| name == "loss" && words.contains("prediction")), "{levels:?}");
    let after = weights(&mut session);
    assert_eq!(tensors(&before, "encoder."), tensors(&after, "encoder."), "not a bit of the encoder changed");
    assert_eq!(tensors(&before, "projector."), tensors(&after, "projector."), "nor of a projector that was said");
    assert!(tensors(&before, "predictor.").is_empty() && !tensors(&after, "predictor.").is_empty());
    let events = steps(&mut session, 2);
    assert_eq!(faults(&events), []);
    assert_eq!(losses(&events).iter().map(|(step, _)| *step).collect::<Vec<_>>(), [4, 5], "the count goes on");
    assert_ne!(tensors(&after, "encoder."), tensors(&weights(&mut session), "encoder."), "and it trains");
}

/// By hand after some steps, then the same changes planned: bit for bit the same weights on the CPU.
#[test]
fn a_run_that_was_changed_by_hand_can_be_run_again_exactly() {
    let (mut session, _) = begun(tiny(&[]), DeviceChoice::Cpu);
    let mut events = steps(&mut session, 2);
    let mut changes: Vec<Change> = Vec::new();
    let by_hand: [(&str, Value); 6] = [
        ("method.temperature", 0.1.into()),
        ("target.kind", "stop_gradient".into()),
        ("optimiser.learning_rate", 0.001.into()),
        ("method.kind", "vicreg".into()),
        ("method.variance", 10.0.into()),
        ("augment.flip.probability", 0.0.into()),
    ];
    for (path, value) in by_hand {
        for event in change(&mut session, path, value) {
            if let Event::Changed { experiment, .. } = &event {
                changes.clone_from(&experiment.changes);
            }
            events.push(event);
        }
        events.extend(steps(&mut session, 2));
    }
    assert_eq!(faults(&events), []);
    assert_eq!(changes.len(), 6);
    let last = weights(&mut session);

    let planned = Experiment { changes, ..tiny(&[("train.steps", Value::Int(20))]) };
    let (mut again, _) = begun(planned, DeviceChoice::Cpu);
    let replayed = steps(&mut again, 14);
    assert_eq!(losses(&replayed), losses(&events));
    assert_eq!(tensors(&weights(&mut again), ""), tensors(&last, ""));
    // A reset begins with the same plan.
    handle(&mut again, reset());
    assert_eq!(losses(&steps(&mut again, 14)), losses(&events));
}

#[test]
fn what_cannot_change_is_refused_and_the_run_goes_on() {
    let (mut session, _) = begun(tiny(&[]), DeviceChoice::Cpu);
    steps(&mut session, 1);
    let refusals: [(&str, Value, &str); 4] = [
        ("train.batch", 8i64.into(), "cannot change"),
        ("encoder.kind", "resnet18".into(), "cannot change"),
        ("method.temperature", (-1.0).into(), "0.01"),
        ("method.kind", "nonsense".into(), "must be one of"),
    ];
    for (path, value, words) in refusals {
        let faults = faults(&change(&mut session, path, value));
        assert_eq!(faults.len(), 1, "{path}");
        assert!(faults[0].recoverable && faults[0].what.contains(words), "{path}: {}", faults[0].what);
    }
    change(&mut session, "method.kind", "unigrad");
    let refused = faults(&change(&mut session, "target.kind", "shared"));
    assert!(refused[0].what.contains("UniGrad") && refused[0].what.contains("trained branch alone"), "{}", refused[0].what);
    assert_eq!(faults(&steps(&mut session, 1)), []);
}

/// Taking the temperature down must not empty a queue.
#[test]
fn a_live_knob_leaves_a_methods_memory_alone() {
    let experiment = tiny(&[("method.kind", "moco_v2".into()), ("method.queue", Value::Int(64))]);
    let (mut session, _) = begun(experiment, DeviceChoice::Cpu);
    let filled = |events: &[Event]| {
        let losses = events.iter().filter_map(|event| if let Event::Steps { losses, .. } = event { Some(losses) } else { None });
        let parts: Vec<f32> = losses
            .flatten()
            .flat_map(|(_, parts)| parts.iter().filter(|part| part.name == "queue_filled").map(|part| part.value))
            .collect();
        *parts.last().expect("the queue says how full it is")
    };
    let start = steps(&mut session, 1);
    assert!(filled(&start).abs() < 1e-6, "the first batch finds no real keys");
    let two = steps(&mut session, 1);
    assert!((filled(&two) - 0.5).abs() < 1e-6, "32 keys of 64");
    change(&mut session, "method.temperature", 0.5);
    assert!((filled(&steps(&mut session, 1)) - 1.0).abs() < 1e-6);
    change(&mut session, "method.queue", 128i64);
    assert!(filled(&steps(&mut session, 1)).abs() < 1e-6, "another queue begins anew");
}

/// Planned changes interrupt a stretch of steps where they are due.
#[test]
fn planned_changes_happen_on_time_while_playing() {
    let mut experiment = tiny(&[]);
    experiment.changes = vec![
        Change { at: 0, path: "method.temperature".into(), value: 0.3.into() },
        Change { at: 7, path: "method.kind".into(), value: "simsiam".into() },
    ];
    let (mut session, _) = begun(experiment, DeviceChoice::Cpu);
    let events = play(&mut session);
    let changed: Vec<(u64, &str)> = events
        .iter()
        .filter_map(|event| if let Event::Changed { step, path, .. } = event { Some((*step, path.as_str())) } else { None })
        .collect();
    assert_eq!(changed, [(0, "method.temperature"), (7, "method.kind")]);
    let curve = losses(&events);
    assert_eq!(curve.len(), 20);
    assert!(curve[6].1 > 1.0 && curve[7].1 < 1.0, "NT-Xent until step 7, a cosine from step 8 on: {curve:?}");
}

/// Twenty values of one slider before the next step are one change.
#[test]
fn a_slider_that_is_drawn_along_is_one_change() {
    let (mut session, _) = begun(tiny(&[]), DeviceChoice::Cpu);
    steps(&mut session, 1);
    let mut noted = Vec::new();
    for value in [0.4, 0.3, 0.2] {
        for event in change(&mut session, "method.temperature", value) {
            if let Event::Changed { experiment, .. } = event {
                noted = experiment.changes;
            }
        }
    }
    assert_eq!(noted, [Change { at: 1, path: "method.temperature".into(), value: 0.2.into() }]);
}

/// The windows of a predictor lie elsewhere in the flat vector once the projector before it has other layers.
#[test]
fn a_trained_predictor_stays_in_place_when_the_projector_changes() {
    let (mut session, _) = begun(tiny(&[("method.kind", "byol".into())]), DeviceChoice::Cpu);
    steps(&mut session, 2);
    let before = weights(&mut session);
    change(&mut session, "projector.layers", 3i64);
    let after = weights(&mut session);
    assert_eq!(tensors(&before, "predictor."), tensors(&after, "predictor."));
    let events = steps(&mut session, 2);
    assert_eq!(faults(&events), []);
    let moved = weights(&mut session);
    for name in ["projector.layer2.conv.weight", "projector.last.weight", "predictor.layer1.conv.weight", "predictor.last.weight"]
    {
        assert_ne!(tensors(&after, name), tensors(&moved, name), "{name} is trained");
    }
}
