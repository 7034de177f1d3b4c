//! Measures on the way and at a pause.

use super::tiny::{handle, measures, tiny};
use super::{answered, begin, phases, piece, pieces_until, steps, tell};
use augsphere_engine::Session;
use augsphere_spec::{Command, Event, Phase, Value};

fn begun() -> Session {
    let mut session = Session::new();
    tell(&mut session, begin(1, tiny(&[])));
    pieces_until(&mut session, answered(1));
    session
}

fn measured(event: &Event) -> bool {
    matches!(event, Event::Measures { .. })
}

#[test]
fn a_pause_takes_the_measures_of_its_step() {
    let mut session = begun();
    tell(&mut session, Command::Play);
    (0..3).for_each(|_| drop(piece(&mut session)));
    assert_eq!(phases(&tell(&mut session, Command::Pause)), [Phase::Paused]);
    assert!(session.busy() && !session.measuring(), "they are wanted, nothing waits for them");
    let events = pieces_until(&mut session, measured);
    assert_eq!(measures(&events).iter().map(|(step, _)| *step).collect::<Vec<_>>(), [3]);
    assert!(!session.busy(), "once is enough");
    tell(&mut session, Command::Pause);
    assert!(!session.busy(), "they are known");

    // The same run, measured at step 3 because it was due there.
    let mut other = Session::new();
    tell(&mut other, begin(1, tiny(&[("measures.cadence.every", Value::Int(3))])));
    pieces_until(&mut other, answered(1));
    let due: Vec<Event> = (0..3).flat_map(|_| handle(&mut other, Command::Step)).collect();
    assert_eq!(measures(&due), measures(&events), "bit for bit");
}

#[test]
fn play_drops_measures_that_nothing_waits_for() {
    let mut session = begun();
    tell(&mut session, Command::Step);
    piece(&mut session);
    tell(&mut session, Command::Play);
    let mut events = Vec::new();
    while steps(&events).len() < 2 {
        events.extend(piece(&mut session));
    }
    assert_eq!((measures(&events), steps(&events)), (Vec::new(), vec![2, 3]));
}

/// A pause is answered in the middle of a measurement that is due, which is then finished all the same.
#[test]
fn a_pause_does_not_wait_for_measures() {
    let mut session = begun();
    tell(&mut session, Command::Play);
    while !session.measuring() {
        piece(&mut session);
    }
    assert_eq!(phases(&tell(&mut session, Command::Pause)), [Phase::Paused]);
    assert!(session.measuring(), "it is still under way");
    assert_eq!(steps(&tell(&mut session, Command::Step)), [0; 0], "a step has to wait for it");
    let events = pieces_until(&mut session, |event| matches!(event, Event::Steps { .. }));
    assert_eq!((measures(&events)[0].0, steps(&events), phases(&events)), (5, vec![6], vec![Phase::Paused]));
}

#[test]
fn the_last_measures_come_before_the_end() {
    let mut session = begun();
    tell(&mut session, Command::Play);
    let events = pieces_until(&mut session, |event| matches!(event, Event::Phase(Phase::Finished)));
    assert_eq!(measures(&events).last().map(|(step, _)| *step), Some(20));
    assert!(!session.busy());
}

/// Alignment is of the views that the run trains with, so a weak policy seems to align better; the same encoder has one alignment under a
/// fixed policy.
#[test]
fn alignment_under_a_fixed_policy_does_not_depend_on_the_policy_of_the_run() {
    let untrained = |changes: &[(&str, Value)]| {
        let mut session = Session::new();
        let mut events = tell(&mut session, begin(1, tiny(changes)));
        events.extend(pieces_until(&mut session, answered(1)));
        let scalars = measures(&events)[0].1.clone();
        move |name: &str| scalars.iter().find(|scalar| scalar.name == name).map(|scalar| scalar.value)
    };
    let images = ("measures.alignment_fixed.images", Value::Int(32));
    let usual = untrained(std::slice::from_ref(&images));
    let weak = untrained(&[images.clone(), ("augment.crop.scale_min", 0.9.into()), ("augment.jitter.probability", 0.0.into())]);
    assert!(usual("alignment") > weak("alignment"), "{:?} and {:?}", usual("alignment"), weak("alignment"));
    assert!(usual("alignment_fixed").is_some_and(|fixed| fixed > 0.0));
    assert_eq!(usual("alignment_fixed"), weak("alignment_fixed"));
    assert_eq!(untrained(&[])("alignment_fixed"), None, "off by default: it takes more images through the encoder");
    // Where the run trains with that policy, both are one.
    let simclr = augsphere_engine::catalogue();
    let recipe = simclr.section("augment").and_then(|section| section.recipes.iter().find(|recipe| recipe.name == "simclr"));
    let values = recipe.expect("the recipe").values.iter().map(|(path, value)| (path.as_str(), value.clone()));
    let alike = untrained(&values.chain([images]).collect::<Vec<_>>());
    assert_eq!(alike("alignment"), alike("alignment_fixed"));
}
