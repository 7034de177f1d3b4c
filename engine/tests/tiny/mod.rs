//! Which experiment is small enough to run whole in a test?

#![allow(dead_code, reason = "each test binary uses its own part")]

use augsphere_engine::{Session, block_on, catalogue};
use augsphere_spec::{Command, DeviceChoice, Event, Experiment, Fault, Scalar, Value};
use std::time::Duration;

/// 64 images of 8x8 pixels, batches of 16, the tiny encoder, an embedding on the sphere, measured every 5 steps.
const TINY: &str = r#"
[data]
kind = "shapes"
train = 64
test = 32
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

/// Tells the laboratory, and returns what it answers.
pub fn handle(laboratory: &mut Session, command: Command) -> Vec<Event> {
    block_on(laboratory.handle(command))
}

/// A laboratory with this experiment at step 0, and what it said.
pub fn begun(experiment: Experiment, device: DeviceChoice) -> (Session, Vec<Event>) {
    let mut laboratory = Session::new();
    let events = handle(&mut laboratory, Command::Begin { experiment, device });
    assert_eq!(faults(&events), Vec::<Fault>::new(), "the experiment begins");
    (laboratory, events)
}

/// Plays until nothing runs any more.
pub fn play(laboratory: &mut Session) -> Vec<Event> {
    let mut events = handle(laboratory, Command::Play);
    while laboratory.running() {
        events.extend(block_on(laboratory.advance(Duration::from_millis(50))));
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
        .filter_map(|event| if let Event::Measures { step, scalars } = event { Some((*step, scalars.clone())) } else { None })
        .collect()
}

/// Every fault.
pub fn faults(events: &[Event]) -> Vec<Fault> {
    events.iter().filter_map(|event| if let Event::Fault(fault) = event { Some(fault.clone()) } else { None }).collect()
}
