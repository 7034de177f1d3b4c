//! What happens to a run whose worker or device is gone.

use super::*;

#[test]
fn a_run_whose_worker_is_gone_goes_on_by_itself_once() {
    for memory in [None, Some(4 << 30)] {
        let mut world = World::trained(6);
        world.pass(6000.0);
        let kept = id(&world);
        let step = world.store.run(&kept).unwrap().header.step;
        world.fail(memory);
        assert!(!world.model.notices.about(Scope::Worker));
        while world.model.state.preparing.is_none() {
            world.work();
        }
        while world.model.state.preparing.is_some() {
            world.work();
        }
        assert_eq!((world.model.state.step(), id(&world)), (step, kept.clone()));
        assert!(world.model.play_requested, "it was playing");
        assert!(world.model.state.former.is_none(), "it is the same run, not one before it");
        assert!(said(&world).contains(&format!("goes on from step {step}")), "{}", said(&world));
        world.train(step + 3);
        world.does(Msg::Pause);
        world.settle();
        assert!(!said(&world).is_empty(), "it is said until another run is shown");
        let step = world.model.state.step();

        world.fail(memory);
        world.settle();
        assert_eq!((world.model.standing(), world.model.state.step()), (Standing::Down, step), "the page asks now");
        let notice = world.model.notices.newest().unwrap();
        assert!(
            notice.scope == Scope::Worker && notice.fault.remedy.contains(&format!("goes on from step {step}")),
            "{}",
            notice.fault.remedy
        );
        world.does(Msg::Restart);
        world.settle();
        if memory.is_some() {
            assert_eq!(world.model.standing(), Standing::Hindered, "what ran out of memory twice is asked for once more");
            world.does(Msg::Take(Offer::TryAgain));
            world.settle();
        }
        assert_eq!((world.model.standing(), world.model.state.step(), id(&world)), (Standing::Same, step, kept));
    }
}

#[test]
fn a_run_whose_device_is_lost_goes_on_by_itself_once() {
    let mut world = paused(6);
    let kept = id(&world);
    world.worker.as_mut().unwrap().lose_device();
    world.settle();
    assert_eq!((world.model.standing(), world.model.state.step(), id(&world)), (Standing::Same, 6, kept.clone()));
    assert!(said(&world).contains("The device is lost. The run goes on from step 6"), "{}", said(&world));
    world.worker.as_mut().unwrap().lose_device();
    world.settle();
    assert_eq!(world.model.standing(), Standing::Ended);
    let notice = world.model.notices.newest().unwrap().clone();
    assert_eq!((notice.scope, notice.offer.clone()), (Scope::Run, Some(Offer::Resume(kept.clone()))));
    world.does(Msg::Take(notice.offer.unwrap()));
    world.settle();
    assert_eq!((world.model.standing(), world.model.state.step(), id(&world)), (Standing::Same, 6, kept));
    assert!(world.model.notices.is_empty());
}

#[test]
fn a_device_that_is_asked_for_by_name_is_part_of_the_question() {
    let world = paused(4);
    let address = world.address.clone();
    world.store.close(world.tab);
    for (device, step) in [("gpu", 0), ("cpu", 4)] {
        let mut store = world.store.clone();
        store.0.borrow_mut().left = store.ids().into_iter().collect();
        let tab = store.tab();
        let mut again = World::open_in(store.clone(), tab, &format!("{address}&device={device}"));
        again.settle();
        assert_eq!(again.model.state.step(), step, "the worker's device is a CPU");
        store.close(tab);
    }
}

/// So many seconds pass, in each of which the worker reads what it was told and takes some steps.
fn live(world: &mut World, seconds: u32) {
    for _ in 0..seconds {
        world.pass(1000.0);
        for _ in 0..6 {
            world.work();
        }
    }
}

#[test]
fn a_worker_that_has_grown_gets_a_successor_in_which_the_run_goes_on() {
    let mut world = World::ready();
    world.does(typed("train.steps", "100000"));
    world.pass(2000.0);
    world.settle();
    world.does(Msg::Play);
    world.worker.as_mut().unwrap().memory = 1 << 28;
    live(&mut world, 400);
    let kept = id(&world);
    assert_eq!((world.workers, world.model.memory()), (1, Some(1 << 28)));
    world.worker.as_mut().unwrap().memory = 1 << 30;
    live(&mut world, 14);
    assert_eq!(world.workers, 2);
    assert_eq!((world.model.standing(), id(&world)), (Standing::Same, kept.clone()));
    assert!(world.model.play_requested, "it was playing");
    assert!(world.model.notices.is_empty(), "nobody has to do anything");
    let step = world.model.state.step();
    world.train(step + 3);

    // What it needs from its beginning is no growth.
    world.worker.as_mut().unwrap().memory = 3 << 30;
    live(&mut world, 400);
    assert_eq!((world.workers, id(&world)), (2, kept));
}

#[test]
fn a_worker_that_grew_for_a_run_before_gets_a_successor_once() {
    let mut world = paused(6);
    world.worker.as_mut().unwrap().memory = 3 << 30;
    live(&mut world, 14);
    assert_eq!(world.workers, 1, "its only run needs that");
    world.does(Msg::Reset);
    world.settle();
    live(&mut world, 14);
    assert_eq!(world.workers, 1, "there is nothing to go on from");
    world.does(Msg::Play);
    world.train(4);
    world.does(Msg::Pause);
    live(&mut world, 14);
    assert_eq!((world.workers, world.model.standing()), (2, Standing::Same));
    assert!(world.model.state.step() >= 4);
    assert!(!world.model.play_requested && !world.is_playing());
    world.worker.as_mut().unwrap().memory = 3 << 30;
    live(&mut world, 400);
    assert_eq!(world.workers, 2);
}

#[test]
fn a_run_whose_gpu_is_lost_again_is_offered_the_cpu() {
    let mut world = paused(6);
    let kept = id(&world);
    world.worker.as_mut().unwrap().lose_device();
    world.settle();
    let report = world.model.state.device.clone().unwrap();
    world.hears(WorkerEvent::Session(Event::Device(DeviceReport { kind: "gpu".into(), ..report })));
    world.worker.as_mut().unwrap().lose_device();
    world.settle();
    let offer = world.model.notices.newest().unwrap().offer.clone().unwrap();
    assert_eq!(offer, Offer::ResumeOnCpu(kept.clone()));
    world.does(Msg::Take(offer));
    world.settle();
    assert_eq!((world.model.standing(), world.model.state.step(), id(&world)), (Standing::Same, 6, kept));
    assert_eq!(world.model.device, DeviceChoice::Cpu);
}
