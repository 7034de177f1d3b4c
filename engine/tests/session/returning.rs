//! The run before comes back as it was left.

use super::tiny::{faults, handle, losses, reset, tiny};
use super::{answered, begin, look, phases, pieces_until, points, tell};
use augsphere_engine::Session;
use augsphere_spec::{Command, Event, Phase, Request, RunId, Value};

fn losses_of(session: &mut Session, count: usize) -> Vec<(u64, f32)> {
    losses(&(0..count).flat_map(|_| handle(session, Command::Step)).collect::<Vec<_>>())
}

#[test]
fn two_runs_change_places() {
    let mut alone = Session::new();
    handle(&mut alone, begin(1, tiny(&[])));
    let expected = losses_of(&mut alone, 6);

    let mut session = Session::new();
    handle(&mut session, begin(1, tiny(&[])));
    handle(&mut session, look());
    let mut found = losses_of(&mut session, 3);
    handle(&mut session, begin(2, tiny(&[("method.temperature", 0.1.into()), ("seed", Value::Int(4))])));
    let other = losses_of(&mut session, 2);
    let back = handle(&mut session, Command::Return);
    assert!(matches!(&back[0], Event::Returned { run: RunId(1) }), "{back:?}");
    assert_eq!(phases(&back), [Phase::Paused]);
    assert_eq!(points(&back).iter().map(|points| points.step).collect::<Vec<_>>(), [3], "its points are shown");
    found.extend(losses_of(&mut session, 3));
    assert_eq!(found, expected, "as if nothing had happened");

    let forth = handle(&mut session, Command::Return);
    assert!(matches!(&forth[0], Event::Returned { run: RunId(2) }), "{forth:?}");
    let more = losses_of(&mut session, 1);
    assert_eq!((other.len(), more[0].0), (2, 3), "the other one goes on at its own step");
}

#[test]
fn a_reset_is_undone() {
    let mut session = Session::new();
    handle(&mut session, begin(1, tiny(&[])));
    losses_of(&mut session, 4);
    handle(&mut session, reset());
    assert!(matches!(&handle(&mut session, Command::Return)[0], Event::Returned { run: RunId(1) }));
    assert_eq!(losses_of(&mut session, 1)[0].0, 5);
}

/// Runs that never took a step do not push out the one that did.
#[test]
fn what_was_learnt_comes_back_through_untrained_runs() {
    let mut session = Session::new();
    handle(&mut session, begin(1, tiny(&[])));
    losses_of(&mut session, 4);
    handle(&mut session, reset());
    handle(&mut session, begin(2, tiny(&[("method.temperature", 0.1.into())])));
    assert!(matches!(&handle(&mut session, Command::Return)[0], Event::Returned { run: RunId(1) }));
    assert!(matches!(&handle(&mut session, Command::Return)[0], Event::Returned { run: RunId(2) }));
}

/// What was replaced while it ran comes back standing still.
#[test]
fn a_run_that_ran_comes_back_paused() {
    let mut session = Session::new();
    handle(&mut session, begin(1, tiny(&[])));
    tell(&mut session, Command::Play);
    tell(&mut session, begin(2, tiny(&[])));
    pieces_until(&mut session, answered(2));
    handle(&mut session, Command::Return);
    assert!(!session.running());
}

#[test]
fn without_a_run_before_it_is_refused_in_words() {
    let mut session = Session::new();
    for _ in 0..2 {
        let events = handle(&mut session, Command::Return);
        let [Event::Refused { request: Request::Return, fault: Some(fault) }] = &events[..] else { panic!("{events:?}") };
        assert!(fault.recoverable && !fault.remedy.is_empty());
        assert_eq!(faults(&handle(&mut session, begin(1, tiny(&[])))), []);
    }
}
