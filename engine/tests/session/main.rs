//! The session as the page and the terminal see it: whatever takes long is done in pieces, between which everything is answered.

mod desk;
mod ending;
mod files;
mod measures;
mod pictures;
mod preparing;
mod resuming;
mod returning;
#[path = "../tiny/mod.rs"]
mod tiny;

use augsphere_engine::{Session, block_on};
use augsphere_spec::{Ask, AskId, Command, DeviceChoice, Event, Experiment, Knobs, Moment, Phase, Points, RunId};
use std::time::Duration;

/// Asks for a run by name.
fn begin(run: u64, experiment: Experiment) -> Command {
    Command::Begin { run: RunId(run), experiment, device: DeviceChoice::Cpu, encoder: None }
}

/// Tells the session, which does not wait for anything long.
fn tell(session: &mut Session, command: Command) -> Vec<Event> {
    block_on(session.handle(command))
}

/// One piece of whatever is to be done.
fn piece(session: &mut Session) -> Vec<Event> {
    block_on(session.advance(Duration::ZERO))
}

/// Piece by piece, until `over`.
fn pieces_until(session: &mut Session, over: impl Fn(&Event) -> bool) -> Vec<Event> {
    let mut events = Vec::new();
    while !events.iter().any(&over) {
        assert!(session.busy(), "nothing is left to do, and it has not come: {events:?}");
        events.extend(piece(session));
    }
    events
}

/// Whether a run has begun or was refused.
fn answered(run: u64) -> impl Fn(&Event) -> bool {
    move |event| {
        matches!(event, Event::Began { run: RunId(found), .. } if *found == run)
            || matches!(event, Event::Refused { request: augsphere_spec::Request::Run(RunId(found)), .. } if *found == run)
    }
}

fn phases(events: &[Event]) -> Vec<Phase> {
    events.iter().filter_map(|event| if let Event::Phase(phase) = event { Some(*phase) } else { None }).collect()
}

fn steps(events: &[Event]) -> Vec<u64> {
    events.iter().filter_map(|event| if let Event::Steps { step, .. } = event { Some(*step) } else { None }).collect()
}

fn points(events: &[Event]) -> Vec<Points> {
    events.iter().filter_map(|event| if let Event::Answer(answer) = event { Points::of(answer) } else { None }).collect()
}

/// A look at the large sphere.
fn look() -> Command {
    let (id, picture) = (AskId::STAGE, "sphere".to_owned());
    Command::Ask(vec![Ask { id, picture, knobs: Knobs::default(), at: Moment::Latest, run: None }])
}
