//! Pictures are acknowledged because they came, whatever is on them.

use super::worker::sphere;
use super::*;
use crate::model::BoardMsg;
use crate::model::cloud::Cloud;
use augsphere_spec::{Answer, Ask, AskId, Command, DeviceChoice, Part, Payload, Points, Value, WorkerCommand};

/// The step of the embeddings that are shown after so many steps of a run that was begun in some way.
fn shown_after(begin: impl FnOnce(&mut World)) -> u64 {
    let mut world = World::ready();
    begin(&mut world);
    world.settle();
    world.does(Msg::Play);
    world.train(60);
    world.model.state.points.as_ref().unwrap().step
}

/// Something that a person does.
type Way = Box<dyn FnOnce(&mut World)>;

/// Whatever a person does before the first step, the cloud moves with the run, even if the first cloud equals the one before.
#[test]
fn the_sphere_moves_whatever_was_done_before_the_first_step() {
    let ways: [(&str, Way); 7] = [
        ("nothing", Box::new(|_| {})),
        ("reset", Box::new(|world| drop(world.does(Msg::Reset)))),
        ("a suggestion", Box::new(|world| drop(world.does(Msg::Suggestion(1))))),
        ("another device", Box::new(|world| drop(world.does(Msg::Device(DeviceChoice::Cpu))))),
        ("an image pointed at", Box::new(|world| drop(world.does(Msg::Board(BoardMsg::Point(Some(1))))))),
        ("a preset", Box::new(|world| drop(world.does(Msg::Preset(preset("shapes-byol")))))),
        (
            "reset and back",
            Box::new(|world| {
                world.does(Msg::Reset);
                world.settle();
                world.does(Msg::Undo);
            }),
        ),
    ];
    for (way, begin) in ways {
        let step = shown_after(begin);
        assert!(step >= 58, "after {way} the sphere stands at step {step}");
    }
}

/// An answer about the large sphere of the run that is shown.
fn shows(world: &World, step: u64, parts: Vec<Part>) -> Msg {
    let run = world.model.state.run.as_ref().map(|run| run.id);
    told(Event::Answer(Box::new(Answer { id: AskId::STAGE, run, step, parts: Ok(parts) })))
}

#[test]
fn an_equal_picture_is_acknowledged_like_any_other() {
    let mut world = World::ready();
    for step in [3, 3, 3] {
        let shown = shows(&world, step, sphere(step, false));
        let effects = world.does(shown);
        let owed = |effect: &&Effect| matches!(effect, Effect::Drawn { id: AskId::STAGE, .. });
        assert_eq!(effects.iter().filter(owed).count(), 1);
    }
}

#[test]
fn what_looks_like_a_point_is_said_to_be_one_or_to_be_nothing() {
    let mut world = World::ready();
    let broken = shows(&world, 1, sphere(1, true));
    world.does(broken);
    assert!(matches!(world.model.state.cloud, Cloud::NotFinite { points: 3, of: 3 }));
    assert!(world.model.state.cloud.sentence().unwrap().contains("No embedding is a number"));
    let mut same = sphere(1, false);
    same[0] = Part::new("points", Payload::points(3, &[0.0, 0.0, 1.0].repeat(3)));
    let same = shows(&world, 1, same);
    world.does(same);
    assert!(world.model.state.cloud.sentence().unwrap().contains("one point"));
    let apart = shows(&world, 5, sphere(5, false));
    world.does(apart);
    assert_eq!(world.model.state.cloud.sentence(), None);
}

/// The large sphere goes back in time with all the others; what is kept of the run is its present.
#[test]
fn the_sphere_goes_back_in_time() {
    let mut world = World::ready();
    world.does(Msg::Play);
    world.train(9);
    world.does(Msg::Pause);
    world.settle();
    world.does(Msg::Board(BoardMsg::Look(Some(4))));
    world.settle();
    let steps = |world: &World| {
        let step = |points: &Option<std::sync::Arc<Points>>| points.as_ref().unwrap().step;
        (step(&world.model.state.points), step(&world.model.state.present))
    };
    assert_eq!(steps(&world), (4, 9));
    world.does(Msg::Board(BoardMsg::Look(None)));
    world.settle();
    assert_eq!(steps(&world), (9, 9));
}

/// Who points at an image is told its neighbours: the question says which, and keeps its name.
#[test]
fn an_image_that_is_pointed_at_is_asked_about() {
    let mut world = World::ready();
    let asked = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::Send(WorkerCommand::Session(Command::Ask(asks))) => asks.iter().find(|ask| ask.id == AskId::STAGE).cloned(),
            _ => None,
        })
    };
    let image = |ask: Option<Ask>| ask.and_then(|ask| ask.knobs.0.get("image").cloned());
    assert_eq!(image(asked(&world.does(Msg::Board(BoardMsg::Point(Some(1)))))), Some(Value::Int(1)));
    assert_eq!(asked(&world.does(Msg::Board(BoardMsg::Point(Some(1))))), None, "nothing else is asked");
    assert_eq!(image(asked(&world.does(Msg::Board(BoardMsg::Point(None))))), Some(Value::Int(-1)));
}
