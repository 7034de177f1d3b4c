//! A store that has no room, cannot write, or holds what this program cannot read.

use super::*;

#[test]
fn where_there_is_no_room_the_oldest_checkpoint_is_given_up_and_it_is_said() {
    let mut world = paused(3);
    let oldest = id(&world);
    for seed in [5, 6] {
        world.does(Msg::Address(format!("#v=1&seed={seed}")));
        world.settle();
        world.pass(2000.0);
        world.does(Msg::Step);
        world.settle();
    }
    shelve(&mut world, ShelfMsg::Pin(oldest.clone(), true));
    // What the session has in memory is not given up.
    world.does(Msg::Address("#v=1&seed=7".into()));
    world.settle();
    let given = world.model.shelf.entries.iter().rev().nth(1).unwrap().header.clone();
    world.store.0.borrow_mut().refuses.push_back(Refusal::Full);
    world.does(Msg::Step);
    world.settle();
    assert!(said(&world).contains(&format!("the checkpoint of \u{201c}{}\u{201d} was given up", given.name)), "{}", said(&world));
    let run = world.store.run(&given.id).unwrap();
    assert!(run.checkpoint.is_none() && !run.records.is_empty(), "its numbers stay");
    assert!(world.store.run(&oldest).unwrap().checkpoint.is_some(), "what is pinned is not given up");
    assert_eq!(world.store.run(&id(&world)).unwrap().header.step, 1, "the run on the page is written");
    shelve(&mut world, ShelfMsg::Resume(given.id));
    assert!(said(&world).contains("cannot go on"), "{}", said(&world));
    assert_eq!(world.model.standing(), Standing::Same);
}

#[test]
fn a_run_that_cannot_be_written_says_so_and_is_tried_again() {
    for refusal in [Refusal::Full, Refusal::Failed("The disk is gone".into())] {
        let mut world = World::ready();
        world.store.0.borrow_mut().refuses.extend([refusal.clone(), refusal.clone()]);
        world.does(Msg::Step);
        world.settle();
        assert!(said(&world).contains("could not be kept"), "{}", said(&world));
        assert!(world.store.ids().is_empty() && world.asks_before_leaving);
        world.pass(130_000.0);
        world.settle();
        assert_eq!(world.store.ids().len(), 1);
        assert!(!world.asks_before_leaving);
    }
}

#[test]
fn without_files_runs_are_kept_while_the_page_is_open() {
    let store = Store::default();
    store.0.borrow_mut().place = Place::Memory(Why::Missing);
    let mut world = tab(&store, "");
    world.does(Msg::Step);
    world.settle();
    let kept = id(&world);
    assert!(world.asks_before_leaving, "it would be lost");
    world.does(Msg::Reset);
    world.settle();
    assert!(world.asks_before_leaving, "undo would bring it back");
    shelve(&mut world, ShelfMsg::Resume(kept.clone()));
    assert_eq!((world.model.state.step(), id(&world)), (1, kept));
}

#[test]
fn a_run_of_a_newer_program_stands_on_the_shelf_and_cannot_go_on() {
    let world = paused(3);
    let kept = id(&world);
    world.store.0.borrow_mut().runs.get_mut(&kept).unwrap().experiment.push_str("\n[nothing]\nx = 1\n");
    let (store, tab): (Store, Tab) = (world.store.clone(), world.tab);
    store.close(tab);
    let mut world = World::open_in(store, tab, "");
    world.settle();
    assert_eq!((world.model.state.step(), world.model.shelf.count()), (0, 1));
    shelve(&mut world, ShelfMsg::Resume(kept.clone()));
    assert!(said(&world).contains("another version"), "{}", said(&world));
    shelve(&mut world, ShelfMsg::Branch(kept));
    assert!(said(&world).contains("another version"), "{}", said(&world));
    assert!(same(&world.model.draft, world.running().unwrap()));
}
