//! A preset's name is said of that preset only, and a suggestion starts from a preset.

use super::*;
use crate::model::changes::same;
use crate::model::names::presets;
use crate::text::suggestions::SUGGESTIONS;

#[test]
fn a_preset_that_was_edited_says_so_and_one_that_was_mended_does_not() {
    let mut world = World::ready();
    let name = |world: &World| world.model.name();
    assert_eq!((name(&world).preset, name(&world).edited), (Some(0), false));
    let former = world.model.draft.get("method.temperature").unwrap();
    world.does(turn("method.temperature", 0.25));
    assert!(name(&world).edited && name(&world).text.ends_with(", edited"));
    assert!(world.model.lasting().name.ends_with(", edited"), "the file says so, too");
    world.does(turn("method.temperature", former));
    assert_eq!((name(&world).text.as_str(), name(&world).edited), (presets()[0].title, false));
    assert_eq!(name(&world).listed(), Some(0));
    assert_eq!(world.model.lasting().name, presets()[0].experiment.name);
}

#[test]
fn what_equals_another_preset_has_its_name() {
    let mut world = World::ready();
    let other = &presets()[preset("shapes-dcl")].experiment;
    let link = augsphere_spec::to_fragment(&world.model.catalogue, other);
    world.does(Msg::Address(link));
    assert_eq!(world.model.name().text, presets()[preset("shapes-dcl")].title);
    world.does(Msg::Address("#v=1&seed=99".into()));
    assert_eq!((world.model.name().preset, world.model.name().text.as_str()), (None, "From a link"));
}

/// Two suggestions one after the other do not add up: each starts from its preset as that is.
#[test]
fn a_suggestion_starts_from_its_preset() {
    let mut world = World::ready();
    world.does(turn("method.temperature", 0.25));
    let circle = SUGGESTIONS.iter().position(|suggestion| suggestion.title == "A circle").unwrap();
    world.does(Msg::Suggestion(1));
    world.does(Msg::Suggestion(circle));
    world.settle();
    let expected = world.model.catalogue.with(&presets()[0].experiment, &SUGGESTIONS[circle].values()).unwrap();
    assert!(same(world.running().unwrap(), &expected));
    let name = world.model.name();
    assert!(name.text.starts_with(presets()[0].title) && name.text.contains("circle") && !name.edited, "{}", name.text);
    assert_eq!(name.listed(), None, "it is not that preset");
    world.does(turn("method.temperature", 0.25));
    assert!(world.model.name().edited);
}
