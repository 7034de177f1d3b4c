//! Runs that go on from a checkpoint: at the exact step, to the same numbers, or with a reason why not.

use crate::tiny::{self, change, faults, handle, losses, measures, play, tiny};
use augsphere_engine::random::{Purpose, RngExt as _, stream};
use augsphere_engine::{Session, catalogue};
use augsphere_spec::{Command, DeviceChoice, Event, Experiment, Fault, Phase, Resumed, RunId, Value};
use safetensors::SafeTensors;
use std::collections::BTreeMap;

/// The checkpoint of the current run.
fn checkpoint(session: &mut Session) -> Vec<u8> {
    let events = handle(session, Command::Checkpoint);
    assert_eq!(faults(&events), []);
    let file = events.into_iter().find_map(|event| if let Event::Checkpoint { file, .. } = event { Some(file) } else { None });
    file.expect("a checkpoint")
}

fn resume(session: &mut Session, file: &[u8], changes: &[(&str, Value)]) -> Vec<Event> {
    let changes = changes.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect();
    handle(session, Command::Resume { run: RunId(7), file: file.to_vec(), device: DeviceChoice::Cpu, changes })
}

fn resumed(events: &[Event]) -> &Resumed {
    let found = events.iter().find_map(|event| if let Event::Began { resumed, .. } = event { resumed.as_deref() } else { None });
    found.expect("it goes on")
}

/// Everything in a checkpoint but how long it took: tensors by name, and the notes.
fn contents(file: &[u8]) -> (BTreeMap<String, Vec<u8>>, BTreeMap<String, String>) {
    let tensors = SafeTensors::deserialize(file).expect("a safetensors file");
    let (_, metadata) = SafeTensors::read_metadata(file).expect("with a header");
    let mut notes: BTreeMap<String, String> = metadata.metadata().clone().unwrap_or_default().into_iter().collect();
    assert!(notes.remove("seconds").is_some());
    (tensors.tensors().into_iter().map(|(name, view)| (name, view.data().to_vec())).collect(), notes)
}

/// An experiment of 20 steps goes on after 10 in another session to the same losses, measures and memory as if it had never stopped, bit for
/// bit; what a part of it forgets to keep is found here.
fn goes_on(what: &str, experiment: &Experiment) {
    let (mut whole, _) = tiny::begun(experiment.clone(), DeviceChoice::Cpu);
    let mut undisturbed = Vec::new();
    for _ in 0..10 {
        undisturbed.extend(handle(&mut whole, Command::Step));
    }
    let file = checkpoint(&mut whole);
    let mut other = Session::new();
    let events = resume(&mut other, &file, &[]);
    assert_eq!(faults(&events), [], "{what}");
    let at = resumed(&events);
    assert_eq!(at.step, 10, "{what}");
    let phases = events.iter().filter(|event| matches!(event, Event::Phase(Phase::Paused))).count();
    assert_eq!(phases, 1, "{what} stands still");
    assert_eq!(contents(&checkpoint(&mut other)), contents(&file), "{what}: a checkpoint of it says the same");
    let (rest, again) = (play(&mut whole), play(&mut other));
    assert_eq!((faults(&rest), faults(&again)), (Vec::new(), Vec::new()), "{what}");
    assert_eq!(losses(&rest).len(), 10, "{what}");
    assert_eq!(losses(&rest), losses(&again), "{what}");
    assert_eq!(measures(&rest), measures(&again), "{what}");
    assert_eq!(contents(&checkpoint(&mut whole)), contents(&checkpoint(&mut other)), "{what}");
}

#[test]
fn every_method_goes_on_as_if_it_had_never_stopped() {
    for card in catalogue().section("method").expect("methods").cards.iter() {
        // The methods without training have nothing to go on from but their weights: they are walked, too.
        // At the default rate some of them diverge on so little.
        goes_on(
            &card.name,
            &tiny(&[("method.kind", card.name.as_str().into()), ("optimiser.learning_rate", Value::Float(0.01))]),
        );
    }
}

#[test]
fn every_optimiser_target_and_predictor_goes_on() {
    for section in ["optimiser", "target", "predictor"] {
        for card in catalogue().section(section).expect("a section").cards.iter() {
            for method in ["byol", "unigrad"] {
                let changes = [("method.kind", method.into()), (&*format!("{section}.kind"), card.name.as_str().into())];
                let changes = changes.map(|(path, value): (&str, Value)| (path.to_owned(), value));
                // What does not go together is refused before there is a run.
                if let Ok(experiment) = catalogue().with(&tiny(&[]), &changes) {
                    goes_on(&format!("{method} with {section}.kind = {}", card.name), &experiment);
                }
            }
        }
    }
    let between =
        [("method.kind", "direct_pred".into()), ("predictor.every", Value::Int(3)), ("predictor.between", "gradient".into())];
    goes_on("the hybrid of DirectPred", &tiny(&between));
}

/// Changes that were made by hand stay, those that were planned are still to come.
#[test]
fn changes_before_and_after_the_checkpoint_are_kept() {
    let mut experiment = tiny(&[("train.steps", Value::Int(12))]);
    experiment.changes = vec![augsphere_spec::Change { at: 9, path: "method.temperature".into(), value: Value::Float(0.9) }];
    let (mut whole, _) = tiny::begun(experiment, DeviceChoice::Cpu);
    (0..4).for_each(|_| drop(handle(&mut whole, Command::Step)));
    assert_eq!(faults(&handle(&mut whole, change("method.kind", "vicreg"))), []);
    assert_eq!(faults(&handle(&mut whole, change("method.kind", "moco_v2"))), []);
    (0..2).for_each(|_| drop(handle(&mut whole, Command::Step)));
    let file = checkpoint(&mut whole);
    let mut other = Session::new();
    let events = resume(&mut other, &file, &[]);
    assert_eq!(faults(&events), []);
    let at = resumed(&events);
    assert_eq!((at.step, at.experiment.changes.len()), (6, 2));
    assert_eq!(at.experiment.choice("method").map(|choice| choice.kind.as_str()), Some("moco_v2"));
    let (rest, again) = (play(&mut whole), play(&mut other));
    assert_eq!((losses(&rest).len(), losses(&rest)), (6, losses(&again)));
    let changed = |events: &[Event]| events.iter().filter(|event| matches!(event, Event::Changed { step: 9, .. })).count();
    assert_eq!((changed(&rest), changed(&again)), (1, 1), "the planned one comes");
}

/// A branch goes on with something changed, and notes it; its end can be put off.
#[test]
fn a_branch_goes_on_with_something_changed() {
    let (mut whole, _) = tiny::begun(tiny(&[("train.steps", Value::Int(6))]), DeviceChoice::Cpu);
    play(&mut whole);
    let file = checkpoint(&mut whole);
    let mut other = Session::new();
    let at_its_end = faults(&resume(&mut other, &file, &[("method.temperature", Value::Float(1.0))]));
    assert!(at_its_end.iter().any(|fault| fault.what.contains("last step, 6")), "{at_its_end:?}");
    let events = resume(&mut other, &file, &[("method.temperature", Value::Float(1.0)), ("train.steps", Value::Int(9))]);
    assert_eq!(faults(&events), []);
    assert!(events.iter().any(|event| matches!(event, Event::Changed { step: 6, path, .. } if path == "method.temperature")));
    let branch = play(&mut other);
    assert_eq!(losses(&branch).iter().map(|(step, _)| *step).collect::<Vec<_>>(), [7, 8, 9]);
    let refused = faults(&resume(&mut other, &file, &[("train.batch", Value::Int(8))]));
    assert!(refused[0].what.contains("train.batch") && refused[0].remedy.contains("encoder"), "{refused:?}");
}

/// The measures that a step was to have come before it goes on, once.
#[test]
fn measures_that_were_due_come_first() {
    let (mut whole, _) = tiny::begun(tiny(&[]), DeviceChoice::Cpu);
    (0..4).for_each(|_| drop(handle(&mut whole, Command::Step)));
    // The fifth step is measured; the checkpoint is taken before that.
    let events = augsphere_engine::block_on(whole.handle(Command::Step));
    assert_eq!(measures(&events), []);
    assert!(whole.measuring());
    let file = augsphere_engine::block_on(whole.handle(Command::Checkpoint));
    let file = file.into_iter().find_map(|event| if let Event::Checkpoint { file, .. } = event { Some(file) } else { None });
    let mut other = Session::new();
    let again = resume(&mut other, &file.expect("a checkpoint"), &[]);
    assert_eq!(measures(&again).iter().map(|(step, _)| *step).collect::<Vec<_>>(), [5]);
    let mut undisturbed = handle(&mut whole, Command::Step);
    let first = undisturbed.iter().position(|event| matches!(event, Event::Measures { step: 5, .. })).expect("measured");
    assert_eq!(measures(&undisturbed.drain(..=first).collect::<Vec<_>>()), measures(&again));
}

/// An encoder is all that a new run takes of a file.
#[test]
fn a_run_begins_with_the_encoder_of_another() {
    let (mut trained, _) = tiny::begun(tiny(&[]), DeviceChoice::Cpu);
    (0..6).for_each(|_| drop(handle(&mut trained, Command::Step)));
    let file = checkpoint(&mut trained);
    let mut other = Session::new();
    let experiment = tiny(&[("method.kind", "vicreg".into()), ("projector.dimension", Value::Int(5)), ("seed", Value::Int(4))]);
    let begin = |experiment: Experiment| Command::Begin {
        run: RunId(3),
        experiment,
        device: DeviceChoice::Cpu,
        encoder: Some(file.clone()),
    };
    assert_eq!(faults(&handle(&mut other, begin(experiment))), []);
    let (theirs, ours) = (contents(&file).0, contents(&checkpoint(&mut other)).0);
    let encoder = |tensors: &BTreeMap<String, Vec<u8>>| -> BTreeMap<String, Vec<u8>> {
        tensors.iter().filter(|(name, _)| name.starts_with("encoder.")).map(|(name, data)| (name.clone(), data.clone())).collect()
    };
    assert_eq!(encoder(&theirs), encoder(&ours));
    assert!(encoder(&ours).len() > 10, "weights and running statistics of three layers");
    assert_ne!(theirs["projector.last.weight"], ours["projector.last.weight"]);
    handle(&mut other, Command::Step);
    assert_eq!(faults(&handle(&mut other, Command::Reset { run: RunId(4) })), []);
    assert_eq!(encoder(&contents(&checkpoint(&mut other)).0), encoder(&theirs), "a reset begins with it again");
    let wide = faults(&handle(&mut other, begin(tiny(&[("encoder.size", "small".into())]))));
    assert!(wide[0].what.contains("encoder.stage1.conv.weight"), "{wide:?}");
}

#[test]
fn what_is_no_checkpoint_is_refused_in_words_and_the_run_stays() {
    let (mut session, _) = tiny::begun(tiny(&[]), DeviceChoice::Cpu);
    handle(&mut session, Command::Step);
    let file = checkpoint(&mut session);
    let weights = handle(&mut session, Command::Save);
    let weights = weights.into_iter().find_map(|event| if let Event::Weights { bytes, .. } = event { Some(bytes) } else { None });
    let newer = replaced(&file, r#""format":"1""#, r#""format":"9""#);
    let half = &file[..file.len() / 2];
    for (file, said) in [
        (&b"PK\x03\x04 a zip"[..], "no safetensors file"),
        (half, "no safetensors file"),
        (&weights.expect("weights"), "only the weights of an encoder"),
        (&newer, "newer version"),
    ] {
        let refused: Vec<Fault> = faults(&resume(&mut session, file, &[]));
        assert!(refused.len() == 1 && refused[0].what.contains(said), "{refused:?}");
    }
    assert_eq!(losses(&handle(&mut session, Command::Step)).len(), 1, "the run goes on");
}

/// The file with some bytes replaced by as many.
fn replaced(file: &[u8], old: &str, new: &str) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let at = file.windows(old.len()).position(|window| window == old.as_bytes()).expect("it is there");
    [&file[..at], new.as_bytes(), &file[at + old.len()..]].concat()
}

/// Whatever a damaged file says, the session answers: it goes on, or says why not. `cargo run --release --example mutate` tries a million.
#[test]
fn damaged_checkpoints_never_panic() {
    let methods = ["moco_v2", "pico", "direct_pred", "unigrad"];
    for (number, method) in methods.into_iter().enumerate() {
        let (mut whole, _) = tiny::begun(tiny(&[("method.kind", method.into())]), DeviceChoice::Cpu);
        (0..3).for_each(|_| drop(handle(&mut whole, Command::Step)));
        let file = checkpoint(&mut whole);
        let header = 8 + usize::try_from(u64::from_le_bytes(*file.first_chunk().expect("a length"))).expect("small");
        let mut rng = stream(5, Purpose::Batches, number as u64);
        let mut pick = |bound: usize| rng.below(u32::try_from(bound).expect("small")) as usize;
        let mut session = Session::new();
        let (mut went_on, mut refused) = (0, 0);
        for round in 0..60 {
            let mut damaged = file.clone();
            // Most of what can go wrong stands in the header.
            let end = if round % 3 == 0 { damaged.len() } else { header };
            for _ in 0..=pick(4) {
                let at = pick(end);
                damaged[at] = b"0123456789,:[]{}\"x\xff\x00"[pick(20)];
            }
            if round % 7 == 0 {
                let length = pick(damaged.len());
                damaged.truncate(length);
            }
            let events = resume(&mut session, &damaged, &[]);
            if events.iter().any(|event| matches!(event, Event::Began { .. })) {
                went_on += 1;
                handle(&mut session, Command::Step);
            } else {
                refused += 1;
                assert!(!faults(&events).is_empty(), "it says why: {events:?}");
            }
        }
        assert!(refused > 0 && went_on + refused == 60, "{went_on} went on, {refused} were refused");
    }
}
