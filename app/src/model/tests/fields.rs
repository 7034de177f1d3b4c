//! A field shows what runs, or its mistake, always; a drag is one change.

use super::*;
use crate::model::Standing;

fn at(world: &World, path: &str) -> Value {
    world.model.draft.get(path).unwrap()
}

/// What stands in a field, and what is wrong with it.
fn field(world: &World, path: &str) -> (Option<String>, Option<String>) {
    let slip = world.model.fields.slip(path);
    (slip.map(|slip| slip.text.clone()), slip.map(|slip| slip.what.clone()))
}

#[test]
fn a_bad_value_stays_marked_while_another_knob_of_its_card_is_turned() {
    let mut world = World::ready();
    for (bad, good) in [("abc", 64), ("-3", 32), ("1e9", 16)] {
        world.does(typed("train.batch", bad));
        world.does(turn("train.warmup", good));
        world.settle();
        let (text, what) = field(&world, "train.batch");
        assert_eq!(text.as_deref(), Some(bad));
        assert!(what.is_some_and(|what| what.contains("must be")), "{bad} is marked");
        assert_eq!(world.running().unwrap().get("train.warmup"), Some(good.into()), "the other knob was turned");
        assert_eq!(world.running().unwrap().get("train.batch"), Some(at(&world, "train.batch")));
    }
}

#[test]
fn the_mark_goes_with_the_mistake() {
    let mut world = World::ready();
    let former = crate::model::knobs::text(&at(&world, "method.temperature"));
    world.does(typed("method.temperature", "99"));
    assert!(world.model.fields.slip("method.temperature").is_some());
    world.does(typed("method.temperature", &former));
    assert_eq!(field(&world, "method.temperature"), (None, None));
}

/// A smallest value above a largest one is named where it was typed, and fits once the largest has grown.
#[test]
fn what_did_not_fit_is_taken_when_it_does() {
    let mut world = World::ready();
    let (low, high) = ("augment.crop.scale_min", "augment.crop.scale_max");
    world.does(turn(high, 0.8));
    world.does(typed(low, "0.9"));
    assert!(field(&world, low).1.is_some_and(|what| what.contains("must not exceed")));
    world.does(turn(high, 0.95));
    assert_eq!((field(&world, low).0, at(&world, low)), (None, 0.9.into()));
    world.does(typed(high, "0.2"));
    assert!(field(&world, high).1.is_some(), "the mark stands where it was typed");
    assert_eq!(field(&world, low).1, None);
}

#[test]
fn a_change_that_the_run_refuses_goes_back_and_says_so() {
    let mut world = World::trained(5);
    let before = at(&world, "method.temperature");
    world.worker.as_mut().unwrap().mood.refuses = true;
    world.does(typed("method.temperature", "0.7"));
    assert_eq!(world.model.standing(), Standing::Changing);
    for _ in 0..5 {
        world.work();
    }
    assert_eq!(at(&world, "method.temperature"), before, "the controls show what runs");
    let (text, what) = field(&world, "method.temperature");
    assert_eq!(text.as_deref(), Some("0.7"));
    assert!(what.is_some_and(|what| what.contains("Not now.")));
}

#[test]
fn a_drag_is_one_change_when_it_ends() {
    let mut world = World::trained(5);
    let changes = |world: &World| sent(&world.log).iter().filter(|command| matches!(command, Command::Change { .. })).count();
    let address = world.address.clone();
    for place in 1..=118 {
        world.does(Msg::Slide { path: "method.temperature".into(), value: (0.5 + f64::from(place) / 1000.0).into() });
        world.pass(100.0);
    }
    assert_eq!((changes(&world), &world.address), (0, &address));
    assert_eq!(world.model.fields.slid("method.temperature"), Some(&Value::Float(0.618)), "the field follows the thumb");
    world.does(Msg::Release);
    for _ in 0..20 {
        world.work();
    }
    assert_eq!(changes(&world), 1);
    assert_eq!(world.running().unwrap().get("method.temperature"), Some(0.618.into()));
    assert!(world.model.link().len() < 400, "{}", world.model.link());
}

/// Keys that turn a slider never let it go: what they came to is taken when they pause.
#[test]
fn a_slider_that_rests_is_taken() {
    let mut world = World::trained(5);
    for place in 1..=9 {
        world.does(Msg::Slide { path: "method.temperature".into(), value: (0.5 + f64::from(place) / 100.0).into() });
        world.pass(100.0);
    }
    world.pass(4000.0);
    world.settle();
    assert_eq!(world.running().unwrap().get("method.temperature"), Some(0.59.into()));
    assert_eq!(world.model.fields.sliding, None);
}

#[test]
fn fields_of_another_experiment_have_no_marks() {
    let mut world = World::ready();
    world.does(typed("train.batch", "abc"));
    world.does(Msg::Preset(preset("shapes-byol")));
    assert_eq!(field(&world, "train.batch"), (None, None));
    world.does(typed("seed", "x"));
    assert!(field(&world, "seed").1.is_some());
    world.does(typed("seed", "7"));
    assert_eq!((field(&world, "seed").1, at(&world, "seed")), (None, 7.into()));
}
