//! The page's logic against a worker that may do anything a worker can do.

mod board;
mod entrance;
mod faults;
mod fields;
mod files;
mod links;
mod names;
mod pictures;
mod random;
mod runs;
mod shelf;
mod store;
mod studies;
mod worker;
mod world;

use super::*;
use augsphere_spec::{Command, Event, Fault, Value, WorkerCommand, WorkerEvent};
use world::World;

/// A fault in a few words.
fn fault(what: &str, recoverable: bool) -> Fault {
    Fault { what: what.into(), location: "here".into(), remedy: "Do something else.".into(), recoverable, settings: Vec::new() }
}

/// What was sent to the session.
fn sent(effects: &[Effect]) -> Vec<&Command> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Send(WorkerCommand::Session(command)) => Some(command),
            _ => None,
        })
        .collect()
}

fn turn(path: &str, value: impl Into<Value>) -> Msg {
    Msg::Turn { path: path.into(), value: value.into() }
}

fn typed(path: &str, text: &str) -> Msg {
    Msg::Typed { path: path.into(), text: text.into() }
}

/// The place of the preset with this key.
fn preset(key: &str) -> usize {
    augsphere_spec::PRESETS.iter().position(|preset| preset.name == key).unwrap()
}

fn told(event: Event) -> Msg {
    Msg::Worker(WorkerEvent::Session(event))
}
