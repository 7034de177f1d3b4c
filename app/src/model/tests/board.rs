//! The board: what is in view is asked once, answered for the run and the moment that are shown, and travels in the link.

use super::*;
use crate::model::board::{ARRANGEMENTS, BoardMsg};
use augsphere_charts::plots;
use augsphere_spec::{Ask, AskId, Moment};

fn arrange(world: &mut World, names: &[&str]) {
    world.does(Msg::Board(BoardMsg::Arrange(names.iter().map(|&name| name.to_owned()).collect())));
    for name in names {
        world.does(Msg::Board(BoardMsg::Seen((*name).into(), true)));
    }
}

/// The questions about pictures of the board that the worker was told last.
fn told(world: &World) -> Vec<Ask> {
    let asked = world.log.iter().rev().find_map(|effect| match effect {
        Effect::Send(WorkerCommand::Session(Command::Ask(asks))) => Some(asks.clone()),
        _ => None,
    });
    asked.unwrap_or_default().into_iter().filter(|ask| ask.id != AskId::STAGE).collect()
}

fn step(world: &World, picture: &str) -> Option<u64> {
    let run = world.model.state.run.as_ref().map(|run| run.id);
    world.model.board.answer(picture, run).map(|answered| answered.answer.step)
}

#[test]
fn only_what_is_in_view_and_needs_the_engine_is_asked() {
    let mut world = World::ready();
    world.does(Msg::Board(BoardMsg::Arrange(vec!["spectrum".into(), "plane".into(), "toy".into()])));
    assert_eq!(told(&world), [], "nothing is in view yet");
    arrange(&mut world, &["spectrum", "plane", "toy"]);
    let names = |world: &World| told(world).iter().map(|ask| ask.picture.clone()).collect::<Vec<_>>();
    assert_eq!(names(&world), ["spectrum", "toy"], "the plane is drawn from curves");
    let ids: Vec<_> = told(&world).iter().map(|ask| ask.id).collect();
    world.does(Msg::Board(BoardMsg::Seen("toy".into(), false)));
    assert_eq!(names(&world), ["spectrum"]);
    assert_eq!(told(&world)[0].id, ids[0], "the same question keeps its name");
    world.does(Msg::Board(BoardMsg::Remove("spectrum".into())));
    assert_eq!(told(&world), []);
}

#[test]
fn a_picture_follows_the_run_and_goes_back_with_the_slider() {
    let mut world = World::ready();
    arrange(&mut world, &["spectrum"]);
    world.does(Msg::Play);
    world.train(30);
    world.does(Msg::Pause);
    world.settle();
    let now = world.model.state.step();
    assert_eq!(step(&world, "spectrum"), Some(now));
    world.does(Msg::Board(BoardMsg::Look(Some(12))));
    assert_eq!(told(&world)[0].at, Moment::Step(12));
    world.settle();
    assert_eq!(step(&world, "spectrum"), Some(12));
    world.does(Msg::Board(BoardMsg::Look(Some(now))));
    assert_eq!(world.model.board.step, None, "the last step is the present");
    world.does(Msg::Board(BoardMsg::Look(Some(5))));
    world.does(Msg::Reset);
    world.settle();
    assert_eq!((world.model.board.step, step(&world, "spectrum")), (None, Some(0)), "another run has another past");
}

/// The run before is asked for at the step of the present one, stops where it ended, and is no longer asked for when nobody wants it.
#[test]
fn the_run_before_is_shown_beside_the_present_one_at_its_step() {
    let mut world = World::ready();
    arrange(&mut world, &["spectrum", "toy", "plane"]);
    world.does(Msg::Board(BoardMsg::Beside(true)));
    assert!(world.model.link().ends_with("&board=beside,spectrum,toy,plane"), "{}", world.model.link());
    world.does(Msg::Play);
    world.train(20);
    world.does(Msg::Pause);
    world.settle();
    assert!(told(&world).iter().all(|ask| ask.run.is_none()), "there is no run before");
    let (first, ended) = (world.model.state.run.as_ref().unwrap().id, world.model.state.step());
    world.does(Msg::Reset);
    world.does(Msg::Play);
    world.train(5);
    world.does(Msg::Pause);
    world.settle();
    let beside = |world: &World, picture: &str| world.model.board.answer_before(picture, first).map(|found| found.answer.step);
    assert_eq!(beside(&world, "spectrum"), Some(world.model.state.step()), "both are shown at the same step");
    assert_eq!(beside(&world, "toy"), None, "it belongs to no run");
    world.does(Msg::Play);
    world.train(30);
    world.does(Msg::Pause);
    world.settle();
    assert_eq!(beside(&world, "spectrum"), Some(ended));
    assert!(World::open(&world.model.link()).model.board.beside);
    world.does(Msg::Board(BoardMsg::Beside(false)));
    assert!(told(&world).iter().all(|ask| ask.run.is_none()));
    assert_eq!(beside(&world, "spectrum"), None);
}

#[test]
fn an_answer_for_another_run_or_question_is_not_shown() {
    let mut world = World::ready();
    arrange(&mut world, &["spectrum"]);
    world.settle();
    let late = told(&world)[0].id;
    let of = |id, run| super::told(Event::Answer(Box::new(augsphere_spec::Answer { id, run, step: 99, parts: Ok(Vec::new()) })));
    world.does(Msg::Board(BoardMsg::Turn { picture: "spectrum".into(), knob: "nothing".into(), value: Value::Int(3) }));
    assert_eq!(told(&world)[0].id, late, "there is no such knob");
    world.does(of(late, Some(augsphere_spec::RunId(77))));
    assert_eq!(step(&world, "spectrum"), None, "it is of another run");
    world.does(Msg::Board(BoardMsg::Remove("spectrum".into())));
    arrange(&mut world, &["toy"]);
    world.does(of(late, None));
    assert_eq!(step(&world, "toy"), None, "nobody asks that any more");
}

#[test]
fn what_is_laid_out_is_in_the_link_and_comes_back() {
    let mut world = World::ready();
    arrange(&mut world, &["toy", "plane"]);
    world.does(Msg::Board(BoardMsg::Turn { picture: "toy".into(), knob: "phi".into(), value: Value::Float(0.25) }));
    world.does(Msg::Board(BoardMsg::Turn { picture: "toy".into(), knob: "phi".into(), value: Value::Float(1e9) }));
    let link = world.model.link();
    assert!(link.ends_with("&board=toy~phi:0.25,plane"), "{link}");
    assert_eq!(world.address, link);
    let again = World::open(&link);
    assert_eq!(again.model.board.placed, world.model.board.placed);
    world.does(Msg::Board(BoardMsg::Move("plane".into(), -1)));
    assert!(world.model.link().ends_with("&board=plane,toy~phi:0.25"));
    world.does(Msg::Board(BoardMsg::Arrange(Vec::new())));
    assert!(!world.model.link().contains("board"), "nothing is laid out");
}

/// The board opens with what the experiment is about, with less on a phone, and never over what somebody has laid out.
#[test]
fn the_board_begins_with_the_pictures_of_the_preset() {
    let names = |world: &World| world.model.board.placed.iter().map(|placed| placed.name.clone()).collect::<Vec<_>>();
    let mut world = World::ready();
    world.does(Msg::Board(BoardMsg::Begin));
    assert_eq!(names(&world), ARRANGEMENTS[0].1);
    let of = |name: &str| augsphere_spec::PRESETS.iter().position(|preset| preset.name == name).expect("it is in the list");
    world.does(Msg::Preset(of("shapes-barlow-twins")));
    world.does(Msg::Board(BoardMsg::Begin));
    assert_eq!(names(&world), ARRANGEMENTS[0].1, "what is laid out stays");
    world.does(Msg::Board(BoardMsg::Arrange(Vec::new())));
    world.does(Msg::Board(BoardMsg::Begin));
    assert_eq!(names(&world), augsphere_spec::PRESETS[of("shapes-barlow-twins")].pictures());
    world.does(Msg::Board(BoardMsg::Arrange(Vec::new())));
    world.model.narrow = true;
    world.does(Msg::Board(BoardMsg::Begin));
    assert_eq!(names(&world).len(), 2);
}

#[test]
fn arrangements_name_pictures_that_there_are() {
    for preset in augsphere_spec::PRESETS {
        for name in preset.pictures() {
            assert!(plots::plot(name).is_some(), "{} has {name}", preset.name);
        }
    }
    for (title, names) in ARRANGEMENTS {
        for name in names {
            assert!(plots::plot(name).is_some(), "{title} has {name}");
        }
    }
}
