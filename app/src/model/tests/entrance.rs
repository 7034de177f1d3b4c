//! Two entrances to one page: what is looked at, what the address says, and one slider for all augmentations.

use super::*;
use crate::model::entrance::{Entrance, strength};
use augsphere_spec::{Ask, AskId};

/// The question about the large sphere that the worker was told last.
fn asked(world: &World) -> Ask {
    let stage = |asks: &[Ask]| asks.iter().find(|ask| ask.id == AskId::STAGE).cloned();
    let told = |effect: &Effect| match effect {
        Effect::Send(WorkerCommand::Session(Command::Ask(asks))) => stage(asks),
        _ => None,
    };
    world.log.iter().rev().find_map(told).unwrap()
}

#[test]
fn explore_looks_at_two_views_and_the_lab_at_none() {
    let mut world = World::ready();
    let knob = |world: &World, name: &str| asked(world).knobs.0.get(name).cloned();
    assert_eq!((knob(&world, "image"), knob(&world, "views")), (Some(Value::Int(-1)), Some(Value::Bool(false))));
    world.does(Msg::Enter(Entrance::Explore));
    assert_eq!((knob(&world, "image"), knob(&world, "views")), (Some(Value::Int(0)), Some(Value::Bool(true))));
    assert_eq!(knob(&world, "forces"), Some(Value::Bool(true)));
    // The small data of these tests has two images.
    world.does(Msg::NextPair);
    assert_eq!(knob(&world, "image"), Some(Value::Int(1)));
    world.does(Msg::NextPair);
    assert_eq!(knob(&world, "image"), Some(Value::Int(0)));
    world.does(Msg::Enter(Entrance::Lab));
    assert_eq!(knob(&world, "image"), Some(Value::Int(-1)));
}

#[test]
fn the_address_says_which_entrance_and_what_runs_goes_on() {
    let mut world = World::trained(5);
    let lab = world.address.clone();
    world.does(Msg::Enter(Entrance::Explore));
    assert_eq!(world.address, format!("{lab}&entrance=explore"));
    assert_eq!(world.model.state.step(), 5);
    assert_eq!(World::open(&world.address).model.entrance, Entrance::Explore);
    world.does(Msg::Address(format!("#{lab}")));
    assert_eq!(world.model.entrance, Entrance::Lab, "a link without it is one of the lab");
}

#[test]
fn a_strength_is_one_of_a_run_and_it_plays_on() {
    let mut world = World::ready();
    world.does(Msg::Enter(Entrance::Explore));
    world.does(Msg::Play);
    world.train(6);
    let first = world.model.state.run.as_ref().unwrap().id;
    world.does(Msg::Strength(0.25));
    world.settle();
    let run = world.model.state.run.as_ref().unwrap();
    assert_eq!((strength(&run.experiment), run.experiment.changes.len()), (Some(0.25), 0));
    assert_eq!(world.model.state.former.as_ref().map(|run| run.id), Some(first), "the run before is there to compare");
    assert!(world.model.play_requested);
    let effects = world.does(Msg::Strength(0.25));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Send(_))), "nothing is asked for twice: {effects:?}");
}
