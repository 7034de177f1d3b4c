//! Studies: asked as the knobs of their picture say, kept one of each kind, and over when they are stopped or the worker is gone.

use super::*;
use augsphere_charts::plots::studies::Study;
use augsphere_spec::{Progress, StudyKind, StudyQuestion, StudyRow};

/// A page with the picture of the studies, and its knobs turned.
fn world(knobs: &[(&str, Value)]) -> World {
    let mut world = World::ready();
    world.does(Msg::Board(BoardMsg::Arrange(vec!["studies".into()])));
    turn_all(&mut world, knobs);
    world
}

fn turn_all(world: &mut World, knobs: &[(&str, Value)]) {
    for (knob, value) in knobs {
        world.does(Msg::Board(BoardMsg::Turn { picture: "studies".into(), knob: (*knob).into(), value: value.clone() }));
    }
}

/// The studies that the worker was asked for, in order.
fn asked(world: &World) -> Vec<StudyQuestion> {
    let question = |command: &&Command| if let Command::Study(question) = command { Some(question.clone()) } else { None };
    sent(&world.log).iter().filter_map(question).collect()
}

fn start(world: &mut World) -> StudyQuestion {
    let before = asked(world).len();
    world.does(Msg::Studies(StudyMsg::Start));
    let all = asked(world);
    assert_eq!(all.len(), before + 1, "one question");
    all.last().unwrap().clone()
}

/// Tells a row: one of two policies, with its errors so far.
fn row(world: &mut World, tag: u64, index: usize, errors: &[f64]) {
    let row = StudyRow {
        tag,
        index,
        total: 2,
        letters: format!("({index})"),
        seeds: 1,
        errors: errors.to_vec(),
        ..StudyRow::default()
    };
    world.does(told(Event::Study(row)));
}

fn begun(world: &World) -> Vec<(StudyKind, usize, bool)> {
    let one = |study: &Study| (study.kind, study.rows.len(), study.running());
    world.model.studies.begun().iter().map(one).collect()
}

#[test]
fn a_study_is_asked_as_its_knobs_say_of_what_the_controls_show() {
    let knobs = [
        ("study", "strength".into()),
        ("steps", Value::Int(7)),
        ("seeds", Value::Int(2)),
        ("classes", Value::Int(20)),
        ("images", Value::Int(5)),
    ];
    let mut world = world(&knobs);
    world.does(Msg::Play);
    world.does(turn("method.temperature", 0.3));
    let question = start(&mut world);
    assert_eq!(
        (question.kind, question.steps, question.seeds, question.per_class, question.views),
        (StudyKind::Strength, 7, 2, 5, 16)
    );
    let names = &world.model.state.run.as_ref().unwrap().data.classes.names;
    assert_eq!(question.classes, (0..names.len()).collect::<Vec<_>>(), "no more classes than there are");
    assert_eq!(question.experiment.get("method.temperature"), Some(Value::Float(0.3)));
    assert!(!world.model.play_requested, "the run waits");
    assert!(world.model.link().contains("board=studies~"), "{}", world.model.link());
}

#[test]
fn nothing_is_asked_before_there_are_images() {
    let mut world = World::open("");
    world.does(Msg::Board(BoardMsg::Arrange(vec!["studies".into()])));
    world.does(Msg::Studies(StudyMsg::Start));
    assert_eq!(asked(&world), []);
    assert_eq!(begun(&world), []);
}

/// Rows of the study under way are taken in, the last one ends it, and a study of another kind stands beside it.
#[test]
fn rows_grow_and_each_kind_keeps_its_newest_study() {
    let mut world = world(&[]);
    assert_eq!(world.model.study_state(), "");
    let first = start(&mut world).tag;
    let progress = Progress { what: "Training with policy 2 of 2".into(), done: 1, total: 2, seconds_left: None };
    world.does(told(Event::Progress(progress.clone())));
    row(&mut world, first, 1, &[]);
    row(&mut world, first, 0, &[0.5]);
    row(&mut world, first + 7, 1, &[0.9]);
    assert_eq!(begun(&world), [(StudyKind::Richness, 2, true)]);
    assert_eq!(world.model.study_state(), "1 of 2 policies are done.");
    assert!(world.model.state.progress.is_some(), "it goes on");
    row(&mut world, first, 1, &[0.4]);
    assert_eq!(world.model.study_state(), "All 2 policies are done.");
    assert_eq!(world.model.state.progress, None, "nothing goes on any more");

    turn_all(&mut world, &[("study", "pairs".into())]);
    assert_eq!(world.model.study_state(), "", "it was not begun");
    let second = start(&mut world).tag;
    assert_ne!(second, first);
    row(&mut world, second, 0, &[]);
    turn_all(&mut world, &[("study", "richness".into())]);
    assert_eq!(world.model.study_state(), "Pairs is under way: 0 of 2 policies are done.");
    let third = start(&mut world).tag;
    row(&mut world, second, 0, &[0.3]);
    assert_eq!(
        begun(&world),
        [(StudyKind::Pairs, 1, false), (StudyKind::Richness, 0, true)],
        "one at a time, the newest of each kind"
    );
    row(&mut world, third, 0, &[]);
    assert_eq!(begun(&world)[1], (StudyKind::Richness, 1, true));
}

#[test]
fn a_study_that_is_stopped_is_over() {
    let mut world = world(&[]);
    world.does(Msg::Studies(StudyMsg::Stop));
    assert_eq!(asked(&world), [], "there was none");
    let question = start(&mut world);
    row(&mut world, question.tag, 0, &[0.5]);
    world.does(Msg::Studies(StudyMsg::Stop));
    assert_eq!(asked(&world).last(), Some(&StudyQuestion { steps: 0, ..question.clone() }), "a question without steps ends it");
    assert_eq!(world.model.study_state(), "Stopped: 1 of 2 policies are done.");
    row(&mut world, question.tag, 1, &[0.5]);
    assert_eq!(begun(&world), [(StudyKind::Richness, 1, false)], "a row that was under way is late");
}

#[test]
fn after_a_fault_or_without_a_worker_nothing_is_waited_for() {
    let mut world = world(&[]);
    start(&mut world);
    world.does(told(Event::Fault(fault("There are too few images.", true))));
    assert_eq!(begun(&world), [(StudyKind::Richness, 0, false)]);
    start(&mut world);
    assert!(world.model.studies.running().is_some());
    world.does(Msg::Restart);
    assert!(world.model.studies.running().is_none());
}
