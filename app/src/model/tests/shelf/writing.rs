//! When a run is written.

use super::*;

#[test]
fn a_run_is_kept_from_its_first_step_on() {
    let mut world = World::ready();
    world.pass(20_000.0);
    assert!(world.store.ids().is_empty() && world.model.current().is_none(), "an untrained run is not kept");
    world.does(Msg::Step);
    world.settle();
    let kept = world.store.run(&id(&world)).unwrap();
    assert_eq!((kept.header.step, kept.header.name.as_str()), (1, world.model.name().text.as_str()));
    assert!(
        kept.checkpoint.is_some() && kept.records.lines().count() >= 2,
        "with its numbers from the beginning: {}",
        kept.records
    );
    assert_eq!(catalogue().read_toml(&kept.experiment).unwrap().sections, world.running().unwrap().sections);
    let entry = world.model.shelf.entry(&id(&world)).unwrap();
    assert_eq!(
        (entry.accuracy.as_slice(), entry.checkpoint.is_some(), entry.header.device.is_some()),
        (&[(0, 0.3)][..], true, true)
    );
}

#[test]
fn a_run_that_trains_is_written_every_five_seconds_and_where_it_stands_still() {
    let mut world = World::trained(2);
    let first = writes(&world);
    assert_eq!(first, 1);
    train_for(&mut world, 4);
    assert_eq!(writes(&world), first);
    train_for(&mut world, 2);
    assert_eq!(writes(&world), first + 1);
    train_for(&mut world, 30);
    assert!((5..=7).contains(&(writes(&world) - first)), "{} writes in 36 s", writes(&world) - first);
    world.does(Msg::Pause);
    world.settle();
    assert_eq!(world.store.run(&id(&world)).unwrap().header.step, world.model.state.step());
    let still = writes(&world);
    world.pass(60_000.0);
    assert_eq!(writes(&world), still, "what stands still is written once");
    let told =
        Event::Measures { step: world.model.state.step(), scalars: vec![scalar("probe_accuracy", 0.5)], profiles: Vec::new() };
    world.does(super::told(told));
    world.settle();
    let kept = world.store.run(&id(&world)).unwrap();
    assert!(kept.records.contains("probe_accuracy") && kept.checkpoint.is_some(), "what is measured at rest comes later");
    assert_eq!(writes(&world), still + 1);
}

/// Seconds pass in which the worker does what it can.
fn train_for(world: &mut World, seconds: usize) {
    for _ in 0..seconds {
        world.pass(1000.0);
        for _ in 0..8 {
            world.work();
        }
    }
}

/// Writing takes at most 3 % of the time, however slow the disk is.
#[test]
fn what_is_slow_to_write_is_written_seldom() {
    let mut world = World::trained(2);
    // The next write takes three seconds from the question to the answer.
    train_for(&mut world, 4);
    world.store.0.borrow_mut().deaf = true;
    train_for(&mut world, 4);
    let before = writes(&world);
    world.store.0.borrow_mut().deaf = false;
    train_for(&mut world, 50);
    assert_eq!(writes(&world), before, "the last one took two seconds or more");
    train_for(&mut world, 100);
    assert!(writes(&world) > before);
}

#[test]
fn before_anything_takes_its_place_a_run_is_written() {
    for way in [
        Msg::Reset,
        Msg::Preset(preset("shapes-byol")),
        Msg::Suggestion(1),
        Msg::Device(augsphere_spec::DeviceChoice::Cpu),
        Msg::Address("#v=1&seed=9".into()),
    ] {
        let mut world = World::trained(9);
        let kept = id(&world);
        assert!(world.store.run(&kept).unwrap().header.step < 9);
        world.does(way.clone());
        world.settle();
        let last = world.model.state.former.as_ref().unwrap().step;
        assert_eq!(world.store.run(&kept).unwrap().header.step, last, "{way:?}");
        assert!(world.model.current().is_none() && world.model.shelf.count() == 1);
        // It is the same run after an undo, and is written on.
        world.does(Msg::Undo);
        world.settle();
        assert_eq!(id(&world), kept);
        world.does(Msg::Step);
        world.settle();
        assert_eq!((world.store.ids().len(), world.store.run(&kept).unwrap().header.step), (1, last + 1));
    }
}

#[test]
fn a_run_without_a_future_is_not_written() {
    let mut world = paused(3);
    let before = world.store.run(&id(&world)).unwrap();
    world.does(told(Event::Steps {
        step: 4,
        seconds: 4.0,
        images_per_second: 1.0,
        losses: vec![(4, vec![scalar("loss", f32::NAN)])],
    }));
    world.does(told(Event::Fault(fault("The loss became NaN.", false))));
    world.settle();
    assert_eq!(world.store.run(&id(&world)).unwrap().records, before.records);
    assert!(
        world.model.state.run.as_ref().unwrap().ended && world.model.state.preparing.is_none(),
        "and does not come back by itself"
    );
    let notice = world.model.notices.newest().unwrap();
    assert_eq!((notice.scope, &notice.offer), (Scope::Run, &None));
}
