//! Which experiment is small enough to run whole in a test?

#![allow(dead_code, reason = "each test binary uses its own part")]

use augsphere_engine::datasets::OfferedFile;
use augsphere_engine::{Session, block_on, catalogue};
use augsphere_spec::{ChangeId, Command, DeviceChoice, Event, Experiment, Fault, Request, RunId, Scalar, Value};
use std::time::Duration;

/// 64 images of 8x8 pixels, batches of 16, the tiny encoder, an embedding on the sphere, measured every 5 steps.
const TINY: &str = r#"
[data]
kind = "shapes"
train = 64
validation = 32
test = 16
side = 8
[encoder]
kind = "conv"
size = "tiny"
[projector]
hidden = 16
dimension = 3
[train]
steps = 20
batch = 16
warmup = 2
[measures.cadence]
every = 5
images = 32
[measures.knn]
k = 5
bank = 64
"#;

/// The tiny experiment with some dotted paths set.
pub fn tiny(changes: &[(&str, Value)]) -> Experiment {
    let catalogue = catalogue();
    let experiment = catalogue.read_toml(TINY).expect("the tiny experiment is free of mistakes");
    let changes: Vec<(String, Value)> = changes.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect();
    catalogue.with(&experiment, &changes).expect("the changes are free of mistakes")
}

/// Tells the session, and returns what it answers: to a run that is asked for once it is there or refused, to a step with the measures
/// that are due after it. How far it has come meanwhile, and what it will cost, is left out.
pub fn handle(session: &mut Session, command: Command) -> Vec<Event> {
    let mut events = block_on(session.handle(command));
    while session.preparing() || session.measuring() {
        events.extend(block_on(session.advance(Duration::ZERO)));
    }
    facts(events)
}

/// Events without estimates and progress, which depend on how fast the machine is.
pub fn facts(mut events: Vec<Event>) -> Vec<Event> {
    events.retain(|event| !matches!(event, Event::Progress(_) | Event::Estimate(_)));
    events
}

/// Asks for a run.
pub fn begin(experiment: Experiment, device: DeviceChoice) -> Command {
    Command::Begin { run: RunId(1), experiment, device, encoder: None }
}

/// Asks for the same run again.
pub fn reset() -> Command {
    Command::Reset { run: RunId(2) }
}

/// Asks for a change.
pub fn change(path: &str, value: impl Into<Value>) -> Command {
    Command::Change { change: ChangeId(1), path: path.into(), value: value.into() }
}

/// A session with this experiment at step 0, and what it said.
pub fn begun(experiment: Experiment, device: DeviceChoice) -> (Session, Vec<Event>) {
    let mut session = Session::new();
    let events = handle(&mut session, begin(experiment, device));
    assert_eq!(faults(&events), Vec::<Fault>::new(), "the experiment begins");
    (session, events)
}

/// Hands over files: names and contents.
pub fn offer(session: &mut Session, files: &[(&str, &[u8])]) -> Vec<Event> {
    let file = |(name, bytes): &(&str, &[u8])| OfferedFile {
        name: (*name).to_owned(),
        size: bytes.len() as u64,
        contents: Box::new(std::io::Cursor::new(bytes.to_vec())),
    };
    session.offer(files.iter().map(file).collect());
    let mut events = Vec::new();
    let over = |event: &Event| matches!(event, Event::Data(_) | Event::Refused { request: Request::Files, .. });
    while !events.iter().any(over) {
        events.extend(block_on(session.advance(Duration::ZERO)));
    }
    facts(events)
}

/// Plays until nothing runs any more.
pub fn play(session: &mut Session) -> Vec<Event> {
    let mut events = handle(session, Command::Play);
    while session.running() {
        events.extend(block_on(session.advance(Duration::from_millis(50))));
    }
    events
}

/// Every reported loss, in order, with its step.
pub fn losses(events: &[Event]) -> Vec<(u64, f32)> {
    let steps = events.iter().filter_map(|event| if let Event::Steps { losses, .. } = event { Some(losses) } else { None });
    let loss = |scalars: &[Scalar]| scalars.iter().find(|scalar| scalar.name == "loss").expect("a loss is called loss").value;
    steps.flatten().map(|(step, scalars)| (*step, loss(scalars))).collect()
}

/// Every measurement, in order, with its step.
pub fn measures(events: &[Event]) -> Vec<(u64, Vec<Scalar>)> {
    events
        .iter()
        .filter_map(|event| if let Event::Measures { step, scalars, .. } = event { Some((*step, scalars.clone())) } else { None })
        .collect()
}

/// Every fault, those of refusals included.
pub fn faults(events: &[Event]) -> Vec<Fault> {
    let fault = |event: &Event| match event {
        Event::Fault(fault) | Event::Refused { fault: Some(fault), .. } => Some(fault.clone()),
        _ => None,
    };
    events.iter().filter_map(fault).collect()
}
