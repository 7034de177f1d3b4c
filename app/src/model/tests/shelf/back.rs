//! How a run comes back when the page is opened again.

use super::*;

#[test]
fn a_run_survives_a_reload_at_its_exact_step_with_its_curves() {
    let mut world = paused(7);
    world.does(turn("method.temperature", 0.3));
    world.settle();
    world.does(Msg::Step);
    world.settle();
    let (kept, before) = (id(&world), world.model.clone());
    let was = before.state.run.as_ref().unwrap();
    for address in [world.address.clone(), String::new()] {
        let again = reload_at(world, &address);
        let run = again.model.state.run.as_ref().unwrap();
        assert_eq!(
            (run.step, run.seconds, &run.history, &run.marks, &run.parts),
            (was.step, was.seconds, &was.history, &was.marks, &was.parts)
        );
        assert_eq!((&run.profiles, run.changed, run.by_hand), (&was.profiles, was.changed, was.by_hand));
        assert_eq!((again.model.standing(), again.model.state.phase), (Standing::Same, Some(Phase::Paused)));
        assert_eq!(again.model.link(), before.link(), "the address is that of the run");
        assert_eq!(id(&again), kept);
        world = again;
    }
    world.does(Msg::Play);
    world.train(was.step + 3);
    world.does(Msg::Pause);
    world.settle();
    assert_eq!(world.store.ids(), std::slice::from_ref(&kept), "it goes on as the same run");
    let records = Record::read_all(&world.store.run(&kept).unwrap().records, u64::MAX);
    let losses: Vec<u64> = records
        .iter()
        .filter(|record| record.scalars.iter().any(|scalar| scalar.name == "loss"))
        .map(|record| record.step)
        .collect();
    assert_eq!(losses, (1..=world.model.state.step()).collect::<Vec<_>>(), "every step once");
}

#[test]
fn another_address_leaves_the_run_on_the_shelf() {
    let world = paused(7);
    let kept = id(&world);
    let world = reload_at(world, "v=1&seed=9");
    assert_eq!((world.model.state.step(), world.running().unwrap().seed), (0, 9));
    assert_eq!((world.model.shelf.count(), world.model.current()), (1, None));
    assert!(world.store.0.borrow().locks.is_empty(), "it is free for other tabs");
    let mut world = reload(world);
    assert_eq!(world.model.state.step(), 0, "the tab has another run by now");
    shelve(&mut world, ShelfMsg::Resume(kept.clone()));
    assert_eq!((world.model.state.step(), id(&world)), (7, kept));
}

#[test]
fn the_newest_run_of_a_browser_that_was_killed_comes_back_in_a_new_tab() {
    let one = paused(4);
    let store = one.store.clone();
    let older = id(&one);
    let mut two = tab(&store, "v=1&seed=3");
    two.does(Msg::Step);
    two.settle();
    let newer = id(&two);
    for tab in [one.tab, two.tab] {
        store.close(tab);
    }
    let three = tab(&store, "");
    assert_eq!((id(&three), three.model.state.step()), (newer.clone(), 1));
    // The next one gets the other one: the newest is taken.
    let four = tab(&store, "");
    assert_eq!((id(&four), four.model.state.step()), (older, 4));
    let five = tab(&store, "");
    assert_eq!((five.model.state.step(), five.model.shelf.count()), (0, 2), "both are open elsewhere");
    assert!(five.model.shelf.entries.iter().all(|entry| entry.elsewhere));
    let six = tab(&store, "v=1&seed=3");
    assert_eq!(six.model.state.step(), 0, "what another tab has is not taken, whatever the address says");
}

#[test]
fn what_was_replaced_does_not_come_back_by_itself() {
    let mut world = paused(4);
    world.does(Msg::Reset);
    world.settle();
    let world = reload(world);
    assert_eq!((world.model.state.step(), world.model.shelf.count()), (0, 1));
    world.store.close(world.tab);
    assert_eq!(tab(&world.store, "").model.state.step(), 0);
}

/// A duplicated tab remembers the same run as the first one.
#[test]
fn a_second_tab_never_writes_the_same_run() {
    let mut one = paused(4);
    let kept = id(&one);
    let mut store = one.store.clone();
    let twin = store.tab();
    store.0.borrow_mut().mine.insert(twin, kept.clone());
    let mut two = World::open_in(store.clone(), twin, &one.address);
    two.settle();
    assert_eq!(two.model.state.step(), 0, "the run is open in the other tab");
    two.does(Msg::Step);
    two.settle();
    assert_ne!(id(&two), kept);
    // By hand it can be had all the same: as a run of its own that went on from it.
    shelve(&mut two, ShelfMsg::Resume(kept.clone()));
    assert_eq!(two.model.state.step(), 4);
    assert!(said(&two).contains("as a run of its own"), "{}", said(&two));
    two.does(Msg::Step);
    two.settle();
    let own = store.run(&id(&two)).unwrap();
    assert_eq!(
        (own.header.parent.as_ref().map(|parent| (parent.run.as_str(), parent.step)), own.header.step),
        (Some((kept.as_str(), 4)), 5)
    );
    one.does(Msg::Step);
    one.settle();
    assert_eq!(store.run(&kept).unwrap().header.step, 5);
    assert!(store.0.borrow().runs.values().all(|run| run.writers.len() == 1), "every run has one writer");
    for msg in [ShelfMsg::Rename(kept.clone(), "Mine".into()), ShelfMsg::Delete(kept.clone()), ShelfMsg::Pin(kept.clone(), true)]
    {
        shelve(&mut two, ShelfMsg::Look);
        shelve(&mut two, msg.clone());
        assert!(said(&two).contains("another tab"), "{msg:?}: {}", said(&two));
    }
    two.pass(30_000.0);
    two.settle();
    assert!(store.run(&kept).is_some_and(|run| run.header.name != "Mine" && !run.header.pinned));
}

/// A killed process has written numbers for which there is no checkpoint, and changes that the address knows already.
#[test]
fn what_came_after_the_checkpoint_is_not_kept_with_it() {
    let mut world = paused(6);
    let kept = id(&world);
    let mut address = world.address.clone();
    {
        let mut inner = world.store.0.borrow_mut();
        let run = inner.runs.get_mut(&kept).unwrap();
        let change = Record {
            step: 6,
            changed: Some(("method.temperature".into(), 0.7.into())),
            scalars: Vec::new(),
            profiles: Vec::new(),
        };
        let late = Record { step: 7, changed: None, scalars: vec![scalar("loss", 1.0)], profiles: Vec::new() };
        run.records.push_str(&format!("{}\n{}\n{{\"step\":8,", change.line(), late.line()));
        address.push_str("&at.6.method.temperature=0.7");
    }
    world = reload_at(world, &address);
    let run = world.model.state.run.as_ref().unwrap();
    assert_eq!((run.step, run.marks.len(), run.history.series("loss").len()), (6, 0, 6));
    world.does(Msg::Step);
    world.settle();
    assert_eq!(
        Record::read_all(&world.store.run(&kept).unwrap().records, u64::MAX).iter().filter(|record| record.step == 7).count(),
        1
    );
}

#[test]
fn a_run_that_needs_a_file_comes_back_with_it() {
    let mut world = World::open("v=1&data.kind=cifar10");
    world.give(Some("cifar10"));
    world.settle();
    world.does(Msg::Step);
    world.settle();
    let kept = id(&world);
    let mut world = reload(world);
    assert!(world.model.situation().contains("needs a file") && world.model.state.run.is_none());
    world.give(Some("cifar10"));
    world.settle();
    assert_eq!((world.model.state.step(), id(&world)), (1, kept));
}

#[test]
fn a_store_that_does_not_answer_keeps_nobody_waiting() {
    let world = paused(4);
    let (store, tab, address, kept) = (world.store.clone(), world.tab, world.address.clone(), id(&world));
    store.close(tab);
    store.0.borrow_mut().deaf = true;
    let mut world = World::open_in(store.clone(), tab, &address);
    world.settle();
    world.pass(5000.0);
    world.settle();
    assert_eq!((world.model.standing(), world.model.state.step()), (Standing::Same, 0));
    // What it says late changes nothing that is under way.
    store.0.borrow_mut().deaf = false;
    world.settle();
    assert_eq!((world.model.standing(), world.model.state.step(), world.model.shelf.count()), (Standing::Same, 0, 1));
    assert!(store.0.borrow().locks.is_empty() && store.run(&kept).is_some());
}

#[test]
fn a_checkpoint_that_cannot_be_read_is_said_and_the_experiment_begins() {
    let world = paused(4);
    let kept = id(&world);
    let (store, tab, address) = (world.store.clone(), world.tab, world.address.clone());
    store.close(tab);
    let mut world = World::open_in(store.clone(), tab, &address);
    while !store.will_fetch(tab, augsphere_spec::RunId(1)) {
        world.work();
        if world.log.iter().any(|effect| matches!(effect, Effect::Store(StoreCommand::Fetch { .. }))) {
            break;
        }
    }
    world.does(Msg::Stored(Stored::Fetched {
        id: kept,
        run: augsphere_spec::RunId(1),
        result: Err("NotFoundError: gone".into()),
    }));
    world.settle();
    assert!(said(&world).contains("could not be read: NotFoundError"), "{}", said(&world));
    assert_eq!((world.model.standing(), world.model.state.step()), (Standing::Same, 0));
}
