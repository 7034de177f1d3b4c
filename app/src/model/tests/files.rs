//! Archives: read, read again after a restart, or said to be unreadable.

use super::*;
use crate::model::Standing;
use crate::model::notices::Scope;

#[test]
fn a_dropped_archive_is_what_the_page_is_about() {
    let mut world = World::ready();
    world.give(Some("cifar10"));
    assert!(world.model.archives.reading().is_some());
    world.settle();
    assert!(world.model.archives.reading().is_none());
    assert_eq!(world.running().unwrap().choice("data").unwrap().kind, "cifar10");
    assert_eq!(world.model.standing(), Standing::Same);
}

#[test]
fn a_broken_archive_is_over_when_a_good_one_is_dropped() {
    let mut world = World::ready();
    world.give(None);
    world.settle();
    assert!(world.model.notices.about(Scope::File) && world.model.archives.reading().is_none());
    assert!(world.files.is_empty(), "nobody needs it any more");
    world.give(Some("cifar10"));
    world.settle();
    assert!(world.model.notices.is_empty());
}

/// A new worker is given the archives that the former one had read, and the experiment begins with them.
#[test]
fn archives_survive_a_restart() {
    let mut world = World::ready();
    world.give(Some("cifar10"));
    world.settle();
    for end in [false, true] {
        if end {
            world.fail(None);
        }
        world.does(Msg::Restart);
        world.settle();
        assert_eq!(world.running().unwrap().choice("data").unwrap().kind, "cifar10");
        assert_eq!(world.model.standing(), Standing::Same);
    }
}

/// Reading an archive again does not change what the page is about meanwhile.
#[test]
fn an_archive_that_is_read_again_does_not_take_over() {
    let mut world = World::ready();
    world.give(Some("cifar10"));
    world.settle();
    world.does(Msg::Preset(0));
    world.settle();
    world.does(Msg::Restart);
    world.settle();
    assert_eq!(world.running().unwrap().choice("data").unwrap().kind, "shapes");
    world.does(Msg::Preset(preset("cifar10-simclr")));
    world.settle();
    assert_eq!(world.model.standing(), Standing::Same, "and it is there when it is needed");
}

#[test]
fn of_two_archives_of_the_same_kind_the_newer_one_is_kept() {
    let mut world = World::ready();
    world.give(Some("cifar10"));
    world.settle();
    world.give(Some("cifar10"));
    world.settle();
    assert_eq!(world.files.len(), 1);
}

#[test]
fn what_is_dropped_before_there_is_a_worker_waits_for_it() {
    let mut world = World::open("v=1&data.kind=cifar10");
    world.give(Some("cifar10"));
    assert!(world.model.archives.reading().is_some());
    world.settle();
    assert_eq!(world.model.standing(), Standing::Same);
}
