//! Does every refusal say what is wrong, and leave what runs alone?

use super::tiny::{begin, change, faults, handle, losses, measures, offer, play, reset, tiny};
use super::{advance, bits, counts, cpu, phases, steps};
use augsphere_engine::Session;
use augsphere_spec::{AskId, Command, DeviceChoice, Event, Phase, Request, Scalar, Value};

#[test]
fn knobs_that_decide_the_run_are_refused_while_it_runs() {
    let (mut session, _) = cpu(&[]);
    handle(&mut session, Command::Play);
    advance(&mut session);
    let refused: [(&str, Value); 6] = [
        ("train.batch", Value::Int(8)),
        ("seed", Value::Int(7)),
        ("encoder.size", "small".into()),
        ("encoder.kind", "resnet18".into()),
        ("method.nonsense", Value::Int(1)),
        ("method.temperature", Value::Float(-1.0)),
    ];
    for (path, value) in refused {
        let events = handle(&mut session, change(path, value));
        let [Event::Refused { request: Request::Change(_), fault: Some(fault) }] = &events[..] else {
            panic!("{path}: expected one fault, found {events:?}")
        };
        assert!(fault.recoverable && fault.location == path && !fault.remedy.is_empty(), "{fault:?}");
        assert!(session.running(), "{path}: the run goes on");
    }
    assert_eq!(counts(&advance(&mut session)), [2]);
}

/// Each of these gets a fault that names its place, and what ran before goes on.
#[test]
fn faults_leave_the_run_alone() {
    let (mut session, _) = cpu(&[("train.steps", Value::Int(1000)), ("measures.cadence.every", Value::Int(1000))]);
    handle(&mut session, Command::Play);
    advance(&mut session);
    let ask = |command| move |session: &mut Session| handle(session, command);
    let offer = |name: &'static str, bytes: &'static [u8]| move |session: &mut Session| offer(session, &[(name, bytes)]);
    type Ask = Box<dyn FnOnce(&mut Session) -> Vec<Event>>;
    let mut commands: Vec<(&str, Ask)> = vec![
        ("train.batch", Box::new(ask(begin(tiny(&[("train.batch", Value::Int(128))]), DeviceChoice::Cpu)))),
        ("data.side", Box::new(ask(begin(tiny(&[("data.side", Value::Int(10))]), DeviceChoice::Cpu)))),
        ("data", Box::new(ask(begin(tiny(&[("data.kind", "cifar10".into())]), DeviceChoice::Cpu)))),
        ("broken.tar.gz", Box::new(offer("broken.tar.gz", b"\x1f\x8bthis is no archive"))),
        ("empty.bin", Box::new(offer("empty.bin", b""))),
    ];
    if !cfg!(feature = "cuda") {
        commands.push(("device", Box::new(ask(begin(tiny(&[]), DeviceChoice::Cuda)))));
    }
    let mut taken = 1;
    for (place, command) in commands {
        let events = command(&mut session);
        let refused = events.iter().filter_map(|event| match event {
            Event::Refused { request: Request::Run(_) | Request::Files, fault: Some(fault) } => Some(fault),
            _ => None,
        });
        let [fault] = &refused.collect::<Vec<_>>()[..] else { panic!("{place}: expected one fault, found {events:?}") };
        assert!(fault.recoverable, "{place}: {fault:?}");
        assert!(fault.location.contains(place) || fault.what.contains(place), "{place}: {fault:?}");
        assert!(!fault.what.is_empty() && !fault.remedy.is_empty(), "{place}: {fault:?}");
        assert!(session.running(), "{place}: the run goes on");
        // Files are read beside the steps.
        taken += counts(&events).len() as u64 + 1;
        assert_eq!(counts(&advance(&mut session)), [taken], "{place}");
    }
}

#[test]
fn commands_before_the_first_experiment_get_a_fault() {
    for command in [Command::Play, Command::Step, reset(), Command::Save, Command::Views { image: 0, draw: 0 }] {
        let events = handle(&mut Session::new(), command.clone());
        assert!(
            matches!(&events[..], [Event::Fault(fault) | Event::Refused { fault: Some(fault), .. }] if fault.recoverable),
            "{command:?}: {events:?}"
        );
    }
    let mut session = Session::new();
    assert_eq!(handle(&mut session, Command::Pause), []);
    assert_eq!(handle(&mut session, Command::Drawn(AskId::STAGE)), []);
    assert_eq!(advance(&mut session), []);
}

/// Weights that grow a hundredfold with every step: the row that is no number is the last one, and reset begins anew.
#[test]
fn numbers_that_are_none_stop_the_run_with_a_fault() {
    for clip in [0.0, 1.0] {
        let absurd = [
            ("optimiser.learning_rate", Value::Float(100.0)),
            ("optimiser.weight_decay", Value::Float(1.0)),
            ("train.warmup", Value::Int(0)),
            ("train.schedule", "constant".into()),
            ("train.steps", Value::Int(500)),
            ("train.clip", Value::Float(clip)),
        ];
        let (mut session, _) = cpu(&absurd);
        let events = play(&mut session);
        let stopped = faults(&events);
        assert_eq!(stopped.len(), 1, "clip {clip}: one fault and no more: {stopped:?}");
        assert!(!stopped[0].recoverable && stopped[0].remedy.contains("learning rate"), "{stopped:?}");
        assert_eq!(phases(&events), [Phase::Running, Phase::Paused]);

        let mut told = losses(&events);
        let step: u64 =
            stopped[0].location.strip_prefix("step ").and_then(|step| step.parse().ok()).expect("the fault names its step");
        let finite = |(_, scalars): &(u64, Vec<Scalar>)| scalars.iter().all(|scalar| scalar.value.is_finite());
        let rows = events.iter().filter_map(|event| if let Event::Steps { losses, .. } = event { Some(losses) } else { None });
        let (rows, measured): (Vec<_>, Vec<_>) = (rows.flatten().cloned().collect(), measures(&events));
        let bad: Vec<u64> = rows.iter().chain(&measured).filter(|row| !finite(row)).map(|row| row.0).collect();
        assert_eq!(bad, [step], "clip {clip}: one row says what became of it, that of its step");
        if rows.last().is_some_and(|row| !finite(row)) {
            told.pop();
        } else {
            assert!(measured.last().is_some_and(|row| !finite(row)), "the loss was finite, what it made of the weights was not");
        }
        assert!(told.len() as u64 == step || told.len() as u64 == step - 1, "the losses before it were told");
        assert!(told.iter().all(|(_, loss)| loss.is_finite()));

        let again = handle(&mut session, reset());
        assert_eq!((faults(&again), phases(&again)), (vec![], vec![Phase::Paused]));
        assert_eq!(bits(&steps(&mut session, 1)), bits(&events)[..1], "reset begins with sound weights");
    }
}
