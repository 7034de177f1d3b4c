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

/// What is measured of drawn images where a run stands still.
const AT_REST: [&str; 10] = [
    "probe_accuracy",
    "probe_accuracy_test",
    "probe_accuracy_untrained",
    "embedding_probe_accuracy",
    "knn_accuracy_test",
    "pixel_knn_accuracy",
    "factor_foreground_hue",
    "factor_background_texture_accuracy",
    "contrastive_limit",
    "contrastive_single_negative",
];

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
    assert!(session.busy() && !session.measuring(), "then what takes long");
    let rest = pieces_until(&mut session, measured);
    assert!(!session.busy(), "once is enough");
    tell(&mut session, Command::Pause);
    assert!(!session.busy(), "they are known");
    let names = |events: &[Event]| -> Vec<String> {
        measures(events).iter().flat_map(|(_, scalars)| scalars.iter().map(|scalar| scalar.name.clone())).collect()
    };
    let (routine, rest) = (names(&events), names(&rest));
    assert!(routine.iter().any(|name| name == "knn_accuracy") && routine.iter().all(|name| !rest.contains(name)), "{rest:?}");
    for name in AT_REST {
        assert!(rest.iter().any(|told| told == name), "{name} is not among {rest:?}");
    }

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
    let last = measures(&events).pop().expect("measures");
    assert_eq!(last.0, 20);
    for name in AT_REST.iter().chain(&["knn_accuracy", "uniformity"]) {
        assert!(last.1.iter().any(|scalar| scalar.name == *name), "{name} is not among the last");
    }
    assert!(!session.busy());
    let profiles = events.iter().rev().find_map(|event| match event {
        Event::Measures { profiles, .. } => Some(profiles.iter().map(|profile| profile.name.as_str()).collect::<Vec<_>>()),
        _ => None,
    });
    let expected = ["confusion", "spectrum", "positive_distances", "negative_distances", "contrastive_minus_log_m"];
    assert_eq!(profiles.expect("measures"), expected);
}

/// What there is without training is a property of the data and the seed: measured at one pause, it is the same at the next, and the untrained
/// encoder's probe is that of a run that has not begun.
#[test]
fn baselines_do_not_move() {
    let mut session = begun();
    let mut told = Vec::new();
    for _ in 0..2 {
        tell(&mut session, Command::Step);
        pieces_until(&mut session, measured);
        told.push(measures(&pieces_until(&mut session, measured)).remove(0).1);
    }
    let of = |scalars: &[augsphere_spec::Scalar], name: &str| {
        scalars.iter().find(|scalar| scalar.name == name).map(|scalar| scalar.value)
    };
    for name in ["probe_accuracy_untrained", "pixel_knn_accuracy"] {
        assert!(of(&told[0], name).is_some_and(|value| value > 0.0));
        assert_eq!(of(&told[0], name), of(&told[1], name), "{name}");
    }
    let mut other = Session::new();
    tell(&mut other, begin(1, tiny(&[("method.kind", "random".into())])));
    pieces_until(&mut other, answered(1));
    tell(&mut other, Command::Step);
    pieces_until(&mut other, measured);
    let rest = measures(&pieces_until(&mut other, measured)).remove(0).1;
    assert_eq!(of(&rest, "probe_accuracy"), of(&rest, "probe_accuracy_untrained"), "nothing was trained");
    assert_eq!(of(&rest, "probe_accuracy_untrained"), of(&told[0], "probe_accuracy_untrained"), "the same seed");
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
