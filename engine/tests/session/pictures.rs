//! Pictures are owed to whoever watches: another run is shown, even one whose points equal the last ones.

use super::tiny::{handle, tiny};
use super::{begin, look, points, tell};
use augsphere_engine::{Session, block_on};
use augsphere_spec::{AskId, Command, Value};
use std::time::Duration;

/// The same experiment twice: its first points equal those that were drawn last, and are sent again; and then new ones come.
#[test]
fn a_run_that_begins_again_is_shown_and_moves() {
    let experiment = || tiny(&[("train.steps", Value::Int(100_000)), ("measures.cadence.every", Value::Int(100_000))]);
    let mut session = Session::new();
    handle(&mut session, look());
    let first = points(&handle(&mut session, begin(1, experiment())));
    let second = points(&handle(&mut session, begin(2, experiment())));
    assert_eq!((first.len(), second.len()), (1, 1), "one each, the second although nobody has drawn the first");
    assert_eq!(first, second);
    tell(&mut session, Command::Drawn(AskId::STAGE));
    tell(&mut session, Command::Play);
    let mut moved = Vec::new();
    while moved.is_empty() {
        moved = points(&block_on(session.advance(Duration::from_millis(20))));
    }
    assert!(moved[0].step > 0 && moved[0].xyz != second[0].xyz, "the points of step {}", moved[0].step);
}

/// The points of a step that was asked for are those of that step, whether or not the last ones have been drawn.
#[test]
fn a_single_step_is_shown() {
    let mut session = Session::new();
    handle(&mut session, look());
    handle(&mut session, begin(1, tiny(&[])));
    for step in 1..4 {
        let shown = points(&handle(&mut session, Command::Step));
        assert_eq!(shown.iter().map(|points| points.step).collect::<Vec<_>>(), [step]);
    }
}
