//! Pictures are acknowledged because they came, whatever is on them.

use super::worker::points;
use super::*;
use crate::model::cloud::Cloud;
use augsphere_spec::{DeviceChoice, Picture, Topic};

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
        ("the gradient opened", Box::new(|world| drop(world.does(Msg::WatchGradient(true))))),
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

#[test]
fn an_equal_picture_is_acknowledged_like_any_other() {
    let mut world = World::ready();
    for step in [3, 3, 3] {
        let effects = world.does(told(Event::Picture(Picture::Points(points(step, false)))));
        let owed = |effect: &&Effect| matches!(effect, Effect::Acknowledge { topic: Topic::Points, .. });
        assert_eq!(effects.iter().filter(owed).count(), 1);
    }
}

#[test]
fn what_looks_like_a_point_is_said_to_be_one_or_to_be_nothing() {
    let mut world = World::ready();
    world.does(told(Event::Picture(Picture::Points(points(1, true)))));
    assert!(matches!(world.model.state.cloud, Cloud::NotFinite { points: 3, of: 3 }));
    assert!(world.model.state.cloud.sentence().unwrap().contains("No embedding is a number"));
    let mut same = points(1, false);
    same.xyz = same.xyz[..12].repeat(3);
    world.does(told(Event::Picture(Picture::Points(same))));
    assert!(world.model.state.cloud.sentence().unwrap().contains("one point"));
    world.does(told(Event::Picture(Picture::Points(points(5, false)))));
    assert_eq!(world.model.state.cloud.sentence(), None);
}
