//! What people do with kept runs.

use super::*;

#[test]
fn a_kept_run_is_resumed_and_the_one_on_the_page_comes_back_with_undo() {
    let mut world = paused(5);
    let first = id(&world);
    world.does(Msg::Preset(preset("shapes-byol")));
    world.settle();
    world.does(Msg::Step);
    world.settle();
    let second = id(&world);
    shelve(&mut world, ShelfMsg::Resume(first.clone()));
    assert_eq!((world.model.state.step(), id(&world), world.model.standing()), (5, first.clone(), Standing::Same));
    assert_eq!(world.model.preset(), Some(0), "the menu names what it is");
    assert_eq!(world.model.state.former.as_ref().map(|run| run.step), Some(1));
    world.does(Msg::Undo);
    world.settle();
    assert_eq!(id(&world), second);
    // The session has the resumed one in memory now: it is still the same run.
    world.does(Msg::Undo);
    world.settle();
    world.does(Msg::Step);
    world.settle();
    assert_eq!((id(&world), world.store.run(&first).unwrap().header.step, world.store.ids().len()), (first, 6, 2));
}

/// The session may have a run in memory that is resumed from the store as well: only one of the two is that run from then on.
#[test]
fn a_run_that_is_there_twice_is_written_once() {
    let mut world = paused(5);
    let kept = id(&world);
    world.does(Msg::Reset);
    world.settle();
    shelve(&mut world, ShelfMsg::Resume(kept.clone()));
    for _ in 0..3 {
        world.does(Msg::Step);
        world.settle();
    }
    assert_eq!(world.store.run(&kept).unwrap().header.step, 8);
    world.does(Msg::Undo);
    world.settle();
    assert_eq!(world.model.state.step(), 5, "the one that was reset");
    world.does(Msg::Step);
    world.settle();
    assert_eq!(world.store.run(&kept).unwrap().header.step, 8, "what was learnt is not written over");
    let own = world.store.run(&id(&world)).unwrap();
    assert_eq!((own.header.step, own.header.parent.map(|parent| (parent.run, parent.step))), (6, Some((kept, 5))));
}

/// What is resumed is what was learnt, also while the newest of it is still on its way from the worker to the store.
#[test]
fn a_run_is_read_only_once_all_of_it_is_written() {
    let mut world = paused(4);
    world.does(Msg::Reset);
    world.settle();
    world.does(Msg::Play);
    world.train(9);
    let kept = id(&world);
    assert!(world.store.run(&kept).unwrap().header.step < 9);
    // Undo would put the other run in its place; before it does, this one is wanted back.
    world.does(Msg::Undo);
    world.does(Msg::Shelf(ShelfMsg::Resume(kept.clone())));
    world.settle();
    assert_eq!(id(&world), kept);
    let step = world.model.state.step();
    assert!(step >= 9 && world.store.run(&kept).unwrap().header.step == step, "{step}");
}

/// A run that another tab has got hold of meanwhile is written as another one, and so nothing of it is lost.
#[test]
fn a_run_that_another_tab_takes_is_written_as_another_one() {
    let mut world = World::ready();
    let other = world.store.tab();
    world.store.0.borrow_mut().steals = Some(other);
    world.does(Msg::Step);
    world.settle();
    assert_eq!(world.store.run(&id(&world)).map(|run| run.header.step), Some(1));
    assert_eq!(world.store.0.borrow().locks.values().filter(|holder| **holder == other).count(), 1);
}

#[test]
fn a_branch_goes_on_as_a_new_run_with_what_the_controls_show() {
    let mut world = paused(5);
    let first = id(&world);
    world.does(Msg::Reset);
    world.settle();
    world.does(turn("method.temperature", 0.45));
    world.settle();
    shelve(&mut world, ShelfMsg::Branch(first.clone()));
    assert_eq!((world.model.state.step(), world.model.standing()), (5, Standing::Same));
    let branch = id(&world);
    assert_ne!(branch, first);
    let kept = world.store.run(&branch).unwrap();
    let parent = kept.header.parent.unwrap();
    assert_eq!((parent.run.as_str(), parent.step), (first.as_str(), 5));
    assert_eq!(parent.changed, [("method.temperature".to_owned(), Value::Float(0.45))]);
    let run = world.model.state.run.as_ref().unwrap();
    assert_eq!(run.experiment.changes, [Change { at: 5, path: "method.temperature".into(), value: 0.45.into() }]);
    assert_eq!((run.marks.len(), run.history.series("loss").len()), (1, 5), "with the curve until then, and the change on it");
    assert!(kept.records.contains("\"changed\""), "{}", kept.records);
    let leaves = world.model.shelf.leaves();
    assert_eq!(
        leaves.iter().map(|leaf| (leaf.entry.header.id.as_str(), leaf.depth)).collect::<Vec<_>>(),
        [(first.as_str(), 0), (branch.as_str(), 1)]
    );
    assert_ne!(leaves[0].entry.header.name, leaves[1].entry.header.name);
    let world = reload(world);
    assert_eq!((id(&world), world.model.state.step()), (branch, 5));
    assert_eq!(world.model.state.run.as_ref().unwrap().marks.len(), 1);
}

#[test]
fn a_branch_may_end_later() {
    let mut world = World::open("v=1&train.steps=5");
    world.settle();
    world.does(Msg::Play);
    world.train(5);
    world.settle();
    assert_eq!(world.model.state.phase, Some(Phase::Finished));
    let first = id(&world);
    world.does(turn("train.steps", 8));
    world.does(turn("method.temperature", 0.45));
    world.settle();
    shelve(&mut world, ShelfMsg::Branch(first.clone()));
    assert_eq!((world.model.state.step(), world.model.standing()), (5, Standing::Same));
    assert_eq!(world.model.draft.get("train.steps"), Some(8.into()));
    world.does(Msg::Play);
    world.train(8);
    world.settle();
    assert_eq!((world.model.state.phase, world.store.run(&id(&world)).unwrap().header.step), (Some(Phase::Finished), 8));
    assert_eq!(world.store.run(&first).unwrap().header.step, 5);
}

#[test]
fn a_branch_that_would_need_another_network_says_why_not() {
    let mut world = paused(5);
    let first = id(&world);
    world.does(turn("seed", 16));
    world.settle();
    shelve(&mut world, ShelfMsg::Branch(first.clone()));
    assert!(said(&world).contains("cannot change within a run"), "{}", said(&world));
    assert_eq!((id(&world), world.model.standing()), (first, Standing::Edited), "nothing else happens");
}

/// The run on the page is branched from where it is, not from where it was written last.
#[test]
fn the_run_on_the_page_is_branched_where_it_is() {
    let mut world = World::trained(5);
    let first = id(&world);
    assert!(world.store.run(&first).unwrap().header.step < 5);
    shelve(&mut world, ShelfMsg::Branch(first.clone()));
    let branch = id(&world);
    assert_ne!(branch, first);
    let (there, here) = (world.store.run(&first).unwrap().header.step, world.store.run(&branch).unwrap().header.step);
    assert!(there == here && here >= 5, "{there}, {here}");
    assert_eq!(world.model.state.phase, Some(Phase::Paused));
}

#[test]
fn people_name_note_and_pin_their_runs() {
    let mut world = paused(3);
    let kept = id(&world);
    shelve(&mut world, ShelfMsg::Rename(kept.clone(), "  The good one ".into()));
    shelve(&mut world, ShelfMsg::Rename(kept.clone(), " ".into()));
    shelve(&mut world, ShelfMsg::Note(kept.clone(), "Look at step 3".into()));
    shelve(&mut world, ShelfMsg::Pin(kept.clone(), true));
    world.does(Msg::Step);
    world.settle();
    let header = world.store.run(&kept).unwrap().header;
    assert_eq!(
        (header.name.as_str(), header.note.as_str(), header.pinned, header.step),
        ("The good one", "Look at step 3", true, 4)
    );
    let world = reload(world);
    assert_eq!(world.model.shelf.entry(&kept).unwrap().header.name, "The good one");
    assert!(world.model.shelf.entry(&kept).unwrap().says("GOOD simclr 3"));
}

#[test]
fn a_deleted_run_can_be_had_back_for_a_while() {
    let mut world = paused(3);
    let kept = id(&world);
    shelve(&mut world, ShelfMsg::Delete(kept.clone()));
    assert!(said(&world).contains("is the run on the page"), "{}", said(&world));
    world.does(Msg::Reset);
    world.settle();
    world.does(Msg::Shelf(ShelfMsg::Delete(kept.clone())));
    assert_eq!((world.model.shelf.count(), world.model.shelf.leaves().len()), (0, 0));
    let offer = world.model.notices.newest().unwrap().offer.clone().unwrap();
    world.does(Msg::Take(offer));
    world.pass(30_000.0);
    assert_eq!((world.model.shelf.count(), world.store.ids().len(), world.model.notices.len()), (1, 1, 0));

    world.does(Msg::Shelf(ShelfMsg::Delete(kept.clone())));
    world.pass(30_000.0);
    world.settle();
    assert_eq!((world.model.shelf.count(), world.store.ids().len(), world.model.notices.len()), (0, 0, 0));
    // The session still has it: brought back by undo, it is a run like any other.
    world.does(Msg::Undo);
    world.settle();
    assert_eq!((world.model.state.step(), world.store.ids().len()), (3, 1));
    assert_ne!(id(&world), kept);
}

#[test]
fn a_run_that_is_compared_is_read() {
    let mut world = paused(3);
    let kept = id(&world);
    shelve(&mut world, ShelfMsg::Choose(kept.clone(), true));
    let entry = world.model.shelf.entry(&kept).unwrap();
    let (points, run) = (world.model.state.points.clone().unwrap(), world.model.state.run.as_ref().unwrap());
    assert_eq!(entry.sphere.as_deref(), Some(&Sphere::of(&points, &run.labels)));
    let told = entry.told.clone().unwrap();
    assert_eq!(told.history.series("loss"), world.model.state.run.as_ref().unwrap().history.series("loss"));
    shelve(&mut world, ShelfMsg::Choose(kept, false));
    assert!(world.model.shelf.chosen.is_empty());
}

#[test]
fn a_run_begins_with_the_encoder_of_another() {
    let mut world = paused(5);
    let kept = id(&world);
    world.does(typed("encoder.width", "16"));
    shelve(&mut world, ShelfMsg::BeginFrom(kept.clone()));
    let began = |world: &World| world.worker.as_ref().unwrap().run.as_ref().unwrap().encoder.clone();
    let file = world.store.run(&kept).unwrap().checkpoint;
    assert_eq!((world.model.standing(), world.model.state.step(), began(&world)), (Standing::Same, 0, file.clone()));
    assert_ne!(world.model.draft.get("encoder.width"), Some(Value::Int(16)), "the controls show the form of that encoder");
    let parent = world.model.encoder.clone().unwrap();
    assert_eq!((parent.run.as_str(), parent.step, parent.encoder_only), (kept.as_str(), 5, true));
    assert_eq!(world.model.state.run.as_ref().unwrap().beginning(), "encoder that it began with");

    // What is turned before the first step, and a reset after some, begin with it, too.
    world.does(typed("seed", "7"));
    world.pass(2000.0);
    world.settle();
    assert_eq!((world.model.standing(), began(&world)), (Standing::Same, file.clone()));
    world.does(Msg::Play);
    world.train(3);
    world.does(Msg::Pause);
    world.settle();
    let own = id(&world);
    assert_eq!(world.store.run(&own).unwrap().header.parent.as_ref(), Some(&*parent));
    world.does(Msg::Reset);
    world.settle();
    assert_eq!((world.model.state.step(), began(&world)), (0, file.clone()));

    // So does a reset after a reload, and undo brings its encoder back, not a random one.
    shelve(&mut world, ShelfMsg::Resume(own));
    let mut world = reload(world);
    assert_eq!((world.model.state.step(), world.model.encoder.clone()), (3, Some(parent.clone())));
    world.does(Msg::Reset);
    world.settle();
    assert_eq!((world.model.state.step(), began(&world)), (0, file));
    world.does(Msg::Preset(0));
    world.settle();
    assert_eq!((world.model.encoder.clone(), began(&world)), (None, None));
    world.does(Msg::Undo);
    world.settle();
    assert_eq!((world.model.standing(), world.model.encoder.clone()), (Standing::Same, Some(parent)));
    world.does(Msg::Take(Offer::RandomEncoder));
    world.settle();
    assert_eq!((world.model.standing(), world.model.state.step(), began(&world)), (Standing::Same, 0, None));
}

#[test]
fn an_encoder_that_is_gone_is_said_to_be() {
    let mut world = paused(5);
    let kept = id(&world);
    world.store.0.borrow_mut().runs.get_mut(&kept).unwrap().checkpoint = None;
    shelve(&mut world, ShelfMsg::BeginFrom(kept));
    assert!(said(&world).contains("could not be read: it is gone"), "{}", said(&world));
    assert_eq!((world.model.standing(), world.model.state.step(), world.model.encoder.clone()), (Standing::Same, 5, None));
}
