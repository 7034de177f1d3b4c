use super::answer::example::reply;
use super::*;

#[test]
fn only_the_newest_question_is_answered() {
    let mut distances = Distances::default();
    let first = distances.ask();
    let second = distances.ask();
    distances.hear(reply(first));
    assert!(distances.answer.is_none() && distances.waiting, "an answer to an older question");
    distances.hear(DistanceAnswer { complete: false, ..reply(second) });
    assert!(distances.answer.is_some() && distances.waiting, "a rough answer is shown, the complete one is still to come");
    distances.hear(reply(second));
    assert!(!distances.waiting);
    let third = distances.ask();
    assert!(distances.answer.is_some() && distances.waiting, "the former answer stays until the next one comes");
    distances.hear(reply(third + 7));
    assert!(distances.waiting, "an answer to nobody's question");
}

#[test]
fn a_comparison_waits_for_both_answers() {
    let mut distances = Distances::default();
    distances.ask();
    let [one, other] = distances.compare(ABLATIONS[0]);
    assert_eq!(distances.hear(DistanceAnswer { complete: false, ..reply(one) }), None, "a rough answer is not compared");
    assert_eq!(distances.hear(reply(one)), Some(0));
    assert_eq!(distances.hear(reply(other)), Some(1));
    assert!(distances.answer.is_none(), "a comparison does not touch what is shown");
    distances.ask();
    assert!(distances.comparison.is_some(), "a finished comparison stays");
    distances.compare(ABLATIONS[0]);
    distances.ask();
    assert!(distances.comparison.is_none(), "one under way gives way to a newer question");
    assert_eq!(distances.hear(reply(one)), None);
}

#[test]
fn after_a_fault_nothing_is_waited_for() {
    let mut distances = Distances::default();
    distances.ask();
    distances.compare(ABLATIONS[0]);
    distances.give_up();
    assert!(!distances.waiting && distances.comparison.is_none());
}
