//! A fault is there as long as what it is about; silence is noticed.

use super::*;
use crate::model::Standing;
use crate::model::notices::Scope;
use augsphere_spec::DeviceChoice;

#[test]
fn a_fault_of_a_run_is_over_when_another_is_healthy() {
    for mend in [Msg::Reset, Msg::Device(DeviceChoice::Cpu), Msg::Preset(preset("shapes-byol"))] {
        let mut world = World::trained(5);
        world.lose_for_good();
        assert!(world.model.notices.newest().is_some_and(|notice| !notice.fault.recoverable));
        world.does(mend);
        world.settle();
        assert!(world.model.notices.is_empty());
    }
}

#[test]
fn play_on_a_run_that_has_ended_says_so() {
    let mut world = World::trained(5);
    world.lose_for_good();
    world.does(Msg::Dismiss);
    assert!(world.model.notices.is_empty());
    world.does(Msg::Play);
    assert!(!world.model.play_requested);
    assert!(world.model.notices.newest().is_some_and(|notice| notice.fault.remedy.contains("Reset")));
}

/// A worker that hangs or ends without a word is noticed within seconds; what it says next ends the notice.
#[test]
fn silence_is_noticed_and_over_when_it_is_over() {
    let mut world = World::trained(5);
    world.worker.as_mut().unwrap().mood.deaf = true;
    world.pass(9000.0);
    assert!(!world.model.notices.about(Scope::Worker));
    world.pass(6000.0);
    let notice = world.model.notices.newest().unwrap().clone();
    assert!(notice.scope == Scope::Worker && notice.fault.what.contains("does not answer since"), "{}", notice.fault.what);
    world.worker.as_mut().unwrap().mood.deaf = false;
    world.pass(3000.0);
    assert!(world.model.notices.is_empty());
}

#[test]
fn a_worker_that_never_starts_is_noticed_within_ten_seconds_and_can_be_restarted() {
    let mut world = World::open("");
    world.worker.as_mut().unwrap().mood.deaf = true;
    world.pass(11_000.0);
    let notice = world.model.notices.newest().unwrap();
    assert!(notice.fault.what.contains("has not started within") && notice.fault.remedy.contains("restart"));
    world.does(Msg::Restart);
    assert!(world.model.notices.is_empty());
    world.settle();
    assert_eq!(world.model.standing(), Standing::Same);
}

#[test]
fn a_worker_that_says_it_is_busy_is_left_in_peace() {
    let mut world = World::trained(5);
    world.hears(WorkerEvent::Busy { seconds: 30.0 });
    world.worker.as_mut().unwrap().mood.deaf = true;
    world.pass(35_000.0);
    assert!(world.model.notices.is_empty());
    world.pass(10_000.0);
    assert!(world.model.notices.about(Scope::Worker));
}

/// What a worker has died of is not asked of the next one by itself.
#[test]
fn a_restart_does_not_repeat_what_ran_out_of_memory() {
    let mut world = World::ready();
    world.does(turn("encoder.kind", "resnet18"));
    world.pass(400.0);
    assert!(world.model.state.preparing.is_some());
    world.fail(Some(4 << 30));
    assert_eq!(world.model.standing(), Standing::Down);
    assert!(world.model.state.preparing.is_none() && !world.model.play_requested);
    world.does(Msg::Restart);
    world.settle();
    assert!(world.running().is_none(), "nothing was asked of the new worker");
    let (fault, offers) = world.model.obstruction().unwrap();
    assert!(fault.what.contains("memory"), "{}", fault.what);
    assert!(offers.iter().any(|offer| matches!(offer, Offer::Set(_))) && offers.contains(&Offer::TryAgain));
    world.does(turn("encoder.kind", "conv"));
    world.settle();
    assert_eq!(world.model.standing(), Standing::Same, "something smaller runs");
}

#[test]
fn a_worker_that_dies_takes_nothing_with_it_that_was_measured() {
    let mut world = World::ready();
    // What could not be kept does not come back.
    world.store.0.borrow_mut().deaf = true;
    world.does(Msg::Play);
    world.train(7);
    world.fail(None);
    assert_eq!((world.model.state.step(), world.model.standing()), (7, Standing::Down));
    assert!(!world.model.play_requested && !world.model.can_undo());
    world.does(Msg::Play);
    assert!(!world.model.play_requested, "nothing waits for a worker that is gone");
    world.does(Msg::Restart);
    world.settle();
    assert_eq!((world.model.standing(), world.model.state.step()), (Standing::Same, 0));
    assert_eq!(world.model.state.former.as_ref().map(|run| run.step), Some(7), "it stays for comparison");
    assert!(!world.model.can_undo(), "the new worker has never seen it");
}

/// An answer that a worker never gives is not waited for for ever, though it answers otherwise.
#[test]
fn a_change_that_is_never_confirmed_goes_back() {
    let mut world = World::trained(5);
    world.does(Msg::Pause);
    world.settle();
    let before = world.model.draft.get("method.temperature");
    update(&mut world.model, turn("method.temperature", 0.7));
    assert_eq!(world.model.standing(), Standing::Changing);
    world.pass(70_000.0);
    assert_eq!((world.model.standing(), world.model.draft.get("method.temperature")), (Standing::Same, before));
    assert!(world.model.fields.slip("method.temperature").is_some());
}

#[test]
fn the_same_fault_is_shown_once() {
    let mut world = World::ready();
    for _ in 0..3 {
        world.does(told(Event::Fault(fault("The views could not be made.", true))));
    }
    assert_eq!(world.model.notices.len(), 1);
    world.does(Msg::Dismiss);
    assert!(world.model.notices.is_empty());
}
