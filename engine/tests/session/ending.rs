//! The end of a run: its last step, numbers that become infinite, a device that is lost.

use super::tiny::{begun, change, faults, handle, losses, play, reset, tiny};
use super::{begin, phases};
use augsphere_engine::{Session, catalogue};
use augsphere_spec::{Command, DeviceChoice, Event, Mistakes, Phase, Request, Scalar, Value};
use safetensors::SafeTensors;

/// Weights that grow a hundredfold with every step.
const ABSURD: [(&str, Value); 3] = [
    ("optimiser.learning_rate", Value::Float(100.0)),
    ("optimiser.weight_decay", Value::Float(1.0)),
    ("train.warmup", Value::Int(0)),
];

fn saved(session: &mut Session) -> (String, Vec<u8>) {
    let events = handle(session, Command::Save);
    let weights =
        events.into_iter().find_map(|event| if let Event::Weights { name, bytes } = event { Some((name, bytes)) } else { None });
    weights.expect("weights")
}

fn measures(events: &[Event]) -> impl Iterator<Item = (u64, &[Scalar])> {
    events
        .iter()
        .filter_map(|event| if let Event::Measures { step, scalars, .. } = event { Some((*step, &scalars[..])) } else { None })
}

/// A planned change that would never happen is a mistake, with the number of the change.
#[test]
fn a_change_at_the_last_step_is_a_mistake() {
    let read = |at: u64| {
        let text = format!(
            "[train]\nsteps = 20\n[[changes]]\nat = 1\npath = \"method.temperature\"\nvalue = 0.2\n[[changes]]\nat = {at}\npath = \"method.temperature\"\nvalue = 0.3\n"
        );
        catalogue().read_toml(&text)
    };
    assert!(read(19).is_ok());
    for at in [20, 21, 1_000_000] {
        let Err(Mistakes(mistakes)) = read(at) else { panic!("{at} is past the end") };
        let [mistake] = &mistakes[..] else { panic!("{mistakes:?}") };
        assert_eq!(mistake.path, "changes[1].at");
        assert!(mistake.what.contains("20") && mistake.what.contains(&at.to_string()), "{}", mistake.what);
    }
}

/// So that what a run notes can be read again, nothing changes after its last step.
#[test]
fn a_run_that_is_over_does_not_change() {
    let (mut session, _) = begun(tiny(&[]), DeviceChoice::Cpu);
    play(&mut session);
    let events = handle(&mut session, change("method.temperature", 0.3));
    let [Event::Refused { request: Request::Change(_), fault: Some(fault) }] = &events[..] else { panic!("{events:?}") };
    assert!(fault.what.contains("last step") && fault.recoverable, "{fault:?}");
}

/// The weights that were last measured outlive a run whose numbers become infinite, and the row of the bad step says what it was.
#[test]
fn a_run_that_diverges_keeps_its_last_good_weights() {
    let changes: Vec<(&str, Value)> =
        ABSURD.into_iter().chain([("train.steps", Value::Int(500)), ("measures.cadence.every", Value::Int(2))]).collect();
    let (mut session, _) = begun(tiny(&changes), DeviceChoice::Cpu);
    let events = play(&mut session);
    let [fault] = &faults(&events)[..] else { panic!("{:?}", faults(&events)) };
    let sound = |scalars: &[Scalar]| scalars.iter().all(|scalar| scalar.value.is_finite());
    let step = measures(&events).filter(|(_, scalars)| sound(scalars)).map(|(step, _)| step).max();
    let step = step.expect("it was measured on the way");
    assert!(fault.remedy.contains(&format!("step {step}")), "{}", fault.remedy);
    let (name, bytes) = saved(&mut session);
    assert_eq!(name, format!("encoder-step{step}.safetensors"));
    let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
    for (name, tensor) in file.tensors() {
        let finite =
            tensor.data().chunks_exact(4).all(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]).is_finite());
        assert!(finite, "{name}");
    }
    let again = handle(&mut session, Command::Play);
    assert!(matches!(&again[..], [Event::Fault(again), ..] if again == fault), "what is over stays over: {again:?}");
    assert!(!session.running());
}

/// The loss that is not finite is told as it is, in the row of its step.
#[test]
fn the_bad_row_is_told() {
    let changes: Vec<(&str, Value)> =
        ABSURD.into_iter().chain([("train.steps", Value::Int(500)), ("measures.cadence.every", Value::Int(1000))]).collect();
    let (mut session, _) = begun(tiny(&changes), DeviceChoice::Cpu);
    let events = play(&mut session);
    let rows: Vec<_> = events
        .iter()
        .filter_map(|event| if let Event::Steps { losses, .. } = event { Some(losses) } else { None })
        .flatten()
        .collect();
    let ((last, bad), before) = rows.split_last().expect("rows");
    assert_eq!(faults(&events)[0].location, format!("step {last}"));
    assert!(bad.iter().any(|scalar| !scalar.value.is_finite()), "{bad:?}");
    assert!(before.iter().all(|(_, scalars)| scalars.iter().all(|scalar| scalar.value.is_finite())));
}

/// Measures that are not finite are told as they are, too, in the row of their step.
#[test]
fn the_bad_measures_are_told() {
    let changes: Vec<(&str, Value)> =
        ABSURD.into_iter().chain([("train.steps", Value::Int(500)), ("measures.cadence.every", Value::Int(1))]).collect();
    let (mut session, _) = begun(tiny(&changes), DeviceChoice::Cpu);
    let events = play(&mut session);
    let (step, bad) = measures(&events).last().expect("measures");
    assert!(bad.iter().any(|scalar| !scalar.value.is_finite()), "{bad:?}");
    assert_eq!(faults(&events)[0].location, format!("step {step}"));
}

/// After a lost device the remedy works: a reset opens the device anew, and the run is the same from its beginning.
#[test]
fn a_reset_after_a_lost_device_begins_anew() {
    let (mut session, events) = begun(tiny(&[]), DeviceChoice::Cpu);
    let first = losses(&handle(&mut session, Command::Step));
    let lost = session.device_lost("it was unplugged");
    assert!(
        matches!(&lost[0], Event::Fault(fault) if !fault.recoverable && fault.what.contains("unplugged") && fault.remedy.contains("Reset"))
    );
    assert_eq!(phases(&lost), [Phase::Paused]);
    for command in [Command::Play, Command::Step] {
        let refused = handle(&mut session, command);
        assert!(!faults(&refused).is_empty() && !session.running(), "nothing counts on a dead device: {refused:?}");
    }
    assert!(session.opened().is_none(), "nor is it handed to anybody");
    let again = handle(&mut session, reset());
    assert!(matches!(&again[..2], [Event::Device(_), Event::Began { .. }]), "{again:?}");
    assert_eq!(again.len(), events.len());
    assert_eq!(losses(&handle(&mut session, Command::Step)), first);
    let back = handle(&mut session, Command::Return);
    assert!(
        faults(&back).iter().any(|fault| fault.what.contains("unplugged")),
        "the run before says why it cannot go on: {back:?}"
    );
}

/// The same run gives the same file, byte for byte.
#[test]
fn equal_runs_give_equal_files() {
    let file = || {
        let mut session = Session::new();
        handle(&mut session, begin(1, tiny(&[])));
        handle(&mut session, Command::Step);
        saved(&mut session).1
    };
    let first = file();
    // A map without an order would agree by chance in half of these.
    assert!((0..12).all(|_| file() == first));
}
