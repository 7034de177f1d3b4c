//! Links: opened whenever the address changes, made of the experiment, copied or shown.

use super::*;
use crate::model::changes::same;
use crate::model::names::presets;
use crate::model::notices::Scope;
use crate::model::{Standing, Surroundings};

#[test]
fn a_link_that_is_pasted_into_an_open_page_opens() {
    let mut world = World::trained(5);
    world.does(Msg::Address("#v=1&method.temperature=0.25&device=cpu".into()));
    world.settle();
    assert_eq!(world.running().unwrap().get("method.temperature"), Some(0.25.into()));
    assert_eq!((world.model.standing(), world.address.as_str()), (Standing::Same, "v=1&method.temperature=0.25&device=cpu"));
    world.does(Msg::Address("#v=1&method.temperature=0.3".into()));
    world.settle();
    assert_eq!(world.running().unwrap().get("method.temperature"), Some(0.3.into()));
}

#[test]
fn the_benchmark_has_the_page_for_itself_and_costs_no_run() {
    let mut world = World::ready();
    assert!(world.does(Msg::Address("#bench".into())).contains(&Effect::OpenAt("bench")));
    // A run that is kept comes back.
    let mut world = World::trained(5);
    assert!(world.does(Msg::Address("#bench".into())).contains(&Effect::OpenAt("bench")));
    let mut world = World::ready();
    world.store.0.borrow_mut().deaf = true;
    world.does(Msg::Play);
    world.train(5);
    let before = world.model.address.clone();
    let effects = world.does(Msg::Address("#bench".into()));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::OpenAt(_))), "{effects:?}");
    assert_eq!((&world.address, &world.model.address), (&before, &before));
    assert!(world.model.notices.newest().is_some_and(|notice| notice.fault.remedy.contains("new tab")));
    // After a reset undo would still bring the run back.
    world.does(Msg::Reset);
    world.settle();
    let effects = world.does(Msg::Address("#bench".into()));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::OpenAt(_))), "{effects:?}");
}

#[test]
fn an_anchor_moves_the_page_and_the_address_stays() {
    let mut world = World::ready();
    world.does(turn("method.temperature", 0.25));
    let link = world.address.clone();
    for anchor in ["#stage", "#", "", "#measures-title"] {
        world.address = anchor.trim_start_matches('#').into();
        world.does(Msg::Address(anchor.into()));
        assert_eq!(world.address, link, "{anchor}");
    }
    assert_eq!(world.model.draft.get("method.temperature"), Some(0.25.into()));
}

#[test]
fn many_mistakes_in_a_link_are_one_fault_that_lists_them() {
    let unknown: Vec<String> = (0..12).map(|key| format!("nothing{key}=1")).collect();
    for open in [true, false] {
        let mut world = World::open(if open { "" } else { "v=1" });
        let fragment = format!("v=1&{}", unknown.join("&"));
        if open {
            world = World::open(&fragment);
        } else {
            world.settle();
            world.does(Msg::Address(fragment));
        }
        world.settle();
        assert_eq!(world.model.notices.len(), 1);
        let what = &world.model.notices.newest().unwrap().fault.what;
        assert!((0..12).all(|key| what.contains(&format!("nothing{key}"))), "{what}");
        assert_eq!(world.model.standing(), Standing::Same);
        world.does(Msg::Preset(2));
        assert!(world.model.notices.is_empty(), "it is over when something else is opened");
    }
}

#[test]
fn a_link_with_the_presets_own_address_is_the_preset() {
    let world = World::open("");
    assert!(same(&world.model.draft, &presets()[0].experiment));
    let link = {
        let mut world = World::ready();
        world.does(Msg::Preset(3));
        world.model.link()
    };
    assert_eq!(World::open(&link).model.name().preset, Some(3));
}

/// The link is made when it is asked for, of what the page shows then; "copied" is said of the newest link only.
#[test]
fn the_copied_link_is_that_of_the_experiment() {
    let mut world = World::ready();
    // As in a browser that limits how often a page may change its address.
    world.address = "an old one".into();
    world.does(turn("method.temperature", 0.25));
    world.address = "an old one".into();
    world.does(Msg::CopyLink);
    assert_eq!(world.copied, Some(world.model.link()));
    assert!(world.copied.as_ref().unwrap().contains("0.25"));
    world.does(Msg::Copied(true));
    assert!(world.model.is_copied());
    world.does(turn("method.temperature", 0.3));
    assert!(!world.model.is_copied());
}

#[test]
fn without_a_clipboard_the_link_is_there_to_be_copied_by_hand() {
    let mut world = World::ready();
    for (secure, why) in [(true, "does not let"), (false, "http")] {
        world.model.secure = secure;
        world.does(Msg::CopyLink);
        world.does(Msg::Copied(false));
        let notice = world.model.notices.newest().unwrap();
        assert_eq!((notice.scope, notice.link.clone()), (Scope::Copy, Some(world.model.link())));
        assert!(notice.fault.what.contains(why), "{}", notice.fault.what);
    }
    world.does(Msg::CopyLink);
    world.does(Msg::Copied(true));
    assert!(world.model.notices.is_empty());
}

#[test]
fn a_page_over_plain_http_says_why_there_is_no_gpu() {
    let mut world = World::ready();
    assert_eq!(world.model.insecure_note(), None);
    world.model.secure = Model::open(Surroundings::default()).secure;
    assert!(world.model.insecure_note().unwrap().contains("https"));
}

#[test]
fn changes_by_hand_are_part_of_the_link() {
    let mut world = World::trained(5);
    world.does(turn("method.temperature", 0.25));
    for _ in 0..12 {
        world.work();
    }
    let link = world.model.link();
    assert!(link.contains("at."), "{link}");
    let again = World::open(&link).model.draft;
    assert_eq!(again.changes.len(), 1);
    assert!(same(&again, &world.model.state.run.as_ref().unwrap().began));
}
