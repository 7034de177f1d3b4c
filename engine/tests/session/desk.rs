//! Pictures that are asked for one by one: each is answered, of the right run and moment, and no more often than it is drawn.

use super::*;
use crate::tiny::{self, tiny};
use augsphere_spec::{Answer, Ask, AskId, Knobs, Moment, Value};

/// A question about a picture, with the knobs that any of these pictures has.
fn ask(id: u64, picture: &str, at: Moment) -> Ask {
    let mut knobs = Knobs::default();
    let numbers = [("temperature", 0.5), ("phi", 0.6), ("theta", 0.1), ("momentum", 0.0), ("weight_decay", 0.0), ("time", 20.0)];
    numbers.iter().for_each(|(name, value)| knobs.set(name, *value));
    knobs.set("images", Value::Int(32));
    knobs.set("variant", Value::from("stop-gradient"));
    Ask { id: AskId(id), picture: picture.into(), knobs, at, run: None }
}

fn answers(events: &[Event]) -> Vec<Answer> {
    events.iter().filter_map(|event| if let Event::Answer(answer) = event { Some((**answer).clone()) } else { None }).collect()
}

/// Everything that is owed at rest.
fn rest(session: &mut Session) -> Vec<Event> {
    let mut events = Vec::new();
    while session.busy() {
        events.extend(piece(session));
    }
    events
}

fn trained() -> Session {
    let mut session = tiny::begun(tiny(&[]), DeviceChoice::Cpu).0;
    rest(&mut session);
    session
}

#[test]
fn what_is_looked_at_is_answered_once_for_every_step_that_stands_still() {
    let mut session = trained();
    let mut events = tell(&mut session, Command::Ask(vec![ask(7, "spectrum", Moment::Latest)]));
    events.extend(rest(&mut session));
    let first = answers(&events);
    assert_eq!(
        first.iter().map(|answer| (answer.id, answer.run, answer.step)).collect::<Vec<_>>(),
        [(AskId(7), Some(RunId(1)), 0)]
    );
    assert!(first[0].parts.as_ref().is_ok_and(|parts| !parts.is_empty()), "{first:?}");

    let mut events = tell(&mut session, Command::Step);
    events.extend(rest(&mut session));
    let now = answers(&events).iter().map(|answer| answer.step).collect::<Vec<_>>();
    assert_eq!(now, [1], "the run stands still: its present is told although the first answer was not drawn");
    let mut events = tell(&mut session, Command::Drawn(AskId(7)));
    events.extend(rest(&mut session));
    assert_eq!(answers(&events), [], "nothing has changed");

    tell(&mut session, Command::Ask(Vec::new()));
    let mut events = tell(&mut session, Command::Step);
    events.extend(rest(&mut session));
    assert_eq!(answers(&events), [], "nobody looks");
}

#[test]
fn a_kept_step_can_be_gone_back_to_and_what_needs_the_network_says_so() {
    let mut session = trained();
    let mut told = Vec::new();
    let mut seen = Vec::new();
    tell(&mut session, Command::Ask(vec![ask(1, "spectrum", Moment::Latest)]));
    for _ in 0..4 {
        let mut events = tell(&mut session, Command::Step);
        events.extend(rest(&mut session));
        events.extend(tell(&mut session, Command::Drawn(AskId(1))));
        events.extend(rest(&mut session));
        told.extend(
            events.iter().filter_map(|event| if let Event::Kept { steps, .. } = event { Some(steps.clone()) } else { None }),
        );
        seen.extend(answers(&events));
    }
    assert_eq!(told.last().map(Vec::as_slice), Some([0, 1, 2, 3, 4].as_slice()));
    let past = [ask(2, "spectrum", Moment::Step(2)), ask(3, "limit", Moment::Step(2)), ask(4, "spectrum", Moment::Step(999))];
    let mut events = tell(&mut session, Command::Ask(past.to_vec()));
    events.extend(rest(&mut session));
    let found = answers(&events);
    assert_eq!(found.iter().map(|answer| (answer.id.0, answer.step)).collect::<Vec<_>>(), [(2, 2), (3, 2), (4, 4)]);
    let then = seen.iter().find(|answer| answer.step == 2).expect("it was shown");
    assert_eq!(found[0].parts, then.parts, "the past is as it was");
    assert!(found[1].parts.as_ref().is_err_and(|why| why.contains("present")), "{:?}", found[1].parts);
}

#[test]
fn another_run_is_answered_afresh_under_its_own_name() {
    let mut session = trained();
    tell(&mut session, Command::Ask(vec![ask(1, "spectrum", Moment::Latest), ask(2, "toy", Moment::Latest)]));
    rest(&mut session);
    let mut events = tell(&mut session, Command::Reset { run: RunId(9) });
    events.extend(pieces_until(&mut session, answered(9)));
    events.extend(rest(&mut session));
    let found: Vec<_> = answers(&events).iter().filter(|answer| answer.run == Some(RunId(9))).map(|answer| answer.id.0).collect();
    assert_eq!(found, [1, 2]);
}

#[test]
fn without_a_run_or_without_such_a_picture_the_reason_comes_back() {
    let mut session = Session::new();
    let asks =
        vec![ask(1, "spectrum", Moment::Latest), ask(2, "toy", Moment::Latest), ask(3, "a picture of nothing", Moment::Latest)];
    let mut events = tell(&mut session, Command::Ask(asks));
    events.extend(rest(&mut session));
    let found = answers(&events);
    assert_eq!(found.len(), 3);
    assert!(found[0].parts.as_ref().is_err_and(|why| why.contains("no run yet")), "{:?}", found[0]);
    assert!(found[1].parts.is_ok() && found[1].run.is_none(), "the toy needs no run: {:?}", found[1]);
    assert!(found[2].parts.as_ref().is_err_and(|why| why.contains("a picture of nothing")), "{:?}", found[2]);
}

/// The run before is answered at the step that is asked for, with its network where it ended, and its name is on it.
#[test]
fn the_run_before_is_answered_beside_the_present_one() {
    let mut session = trained();
    tell(&mut session, Command::Ask(vec![ask(1, "spectrum", Moment::Latest)]));
    for _ in 0..3 {
        tell(&mut session, Command::Step);
        rest(&mut session);
        tell(&mut session, Command::Drawn(AskId(1)));
        rest(&mut session);
    }
    tell(&mut session, Command::Reset { run: RunId(9) });
    pieces_until(&mut session, answered(9));
    rest(&mut session);
    let of_before = |id, picture, step, run| Ask { run: Some(RunId(run)), ..ask(id, picture, Moment::Step(step)) };
    let asks = [
        of_before(2, "spectrum", 1, 1),
        of_before(3, "limit", 99, 1),
        of_before(4, "limit", 1, 1),
        of_before(5, "spectrum", 1, 77),
    ];
    let mut events = tell(&mut session, Command::Ask(asks.to_vec()));
    events.extend(rest(&mut session));
    let found = answers(&events);
    let told: Vec<_> = found.iter().map(|answer| (answer.id.0, answer.run, answer.step)).collect();
    assert_eq!(told[..3], [(2, Some(RunId(1)), 1), (3, Some(RunId(1)), 3), (4, Some(RunId(1)), 1)]);
    assert!(found[0].parts.is_ok() && found[1].parts.is_ok(), "where it ended its network is there: {:?}", found[1].parts);
    assert!(found[2].parts.as_ref().is_err_and(|why| why.contains("past step")), "{:?}", found[2].parts);
    assert!(found[3].parts.as_ref().is_err_and(|why| why.contains("no longer in memory")), "{:?}", found[3].parts);
    let mut events = tell(&mut session, Command::Step);
    events.extend(rest(&mut session));
    assert_eq!(answers(&events), [], "the run before no longer changes");
}

/// What asks images and augmentations alone is answered once, however many steps are taken; another augmentation is answered anew, and the
/// past as it was augmented then.
#[test]
fn distances_follow_the_augmentations_and_not_the_steps() {
    let mut session = trained();
    let distances = |id, at| {
        let mut ask = ask(id, "distances", at);
        // The first four views are listed (the image itself, mirrored, gray, both): only those after them are drawn.
        for (name, value) in [("classes", 10), ("images", 3), ("views", 8)] {
            ask.knobs.set(name, Value::Int(value));
        }
        ask
    };
    let mut events = tell(&mut session, Command::Ask(vec![distances(1, Moment::Latest)]));
    events.extend(rest(&mut session));
    let [first] = &answers(&events)[..] else { panic!("one answer: {events:?}") };
    assert!(first.parts.is_ok() && first.step == 0, "{first:?}");
    let mut events = tell(&mut session, Command::Drawn(AskId(1)));
    events.extend(tell(&mut session, Command::Step));
    events.extend(rest(&mut session));
    assert_eq!(answers(&events), [], "no step moves it");
    let mut events = tell(&mut session, tiny::change("augment.crop.scale_min", 0.95));
    events.extend(rest(&mut session));
    let [changed] = &answers(&events)[..] else { panic!("one answer: {events:?}") };
    assert_eq!(changed.step, 1);
    assert!(changed.parts.is_ok(), "{:?}", changed.parts);
    assert!(changed.parts != first.parts, "other views, other distances");
    let mut events = tell(&mut session, Command::Ask(vec![distances(2, Moment::Step(0))]));
    events.extend(rest(&mut session));
    let [past] = &answers(&events)[..] else { panic!("one answer: {events:?}") };
    assert_eq!((past.step, &past.parts), (0, &first.parts), "as it was augmented then");
}

/// What a change means for a picture of the present is seen before the next step: the theorem speaks of the augmentations, too.
#[test]
fn a_change_where_the_run_stands_still_is_answered() {
    let mut session = trained();
    let mut theorem = ask(1, "theorem", Moment::Latest);
    for (name, value) in [("classes", 3), ("images", 3), ("views", 8)] {
        theorem.knobs.set(name, Value::Int(value));
    }
    for (name, value) in [("delta", -1.0), ("epsilon", 0.5)] {
        theorem.knobs.set(name, Value::Float(value));
    }
    let mut events = tell(&mut session, Command::Ask(vec![theorem]));
    events.extend(rest(&mut session));
    let [first] = &answers(&events)[..] else { panic!("one answer: {events:?}") };
    let mut events = tell(&mut session, Command::Drawn(AskId(1)));
    events.extend(tell(&mut session, tiny::change("augment.crop.scale_min", 0.95)));
    events.extend(rest(&mut session));
    let [changed] = &answers(&events)[..] else { panic!("one answer: {events:?}") };
    assert_eq!(changed.step, first.step);
    // In words: what is no number is equal to nothing, not even to itself.
    let said = |answer: &Answer| format!("{:?}", answer.parts);
    assert!(changed.parts.is_ok() && said(changed) != said(first), "{}", said(changed));
}
