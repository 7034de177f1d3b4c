use super::answer::example::reply;
use super::*;

fn row(tag: u64, index: usize, error: Option<f64>) -> StudyRow {
    let errors = error.into_iter().collect();
    StudyRow { tag, index, errors, seeds: 1, total: 2, ..study::tests::rows(&[("(a)", 0.1, 0.2)]).remove(0) }
}

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
fn a_study_grows_row_by_row() {
    let mut distances = Distances::default();
    let tag = distances.begin(StudyKind::Richness, 150);
    for news in [row(tag, 1, None), row(tag, 0, None), row(tag + 1, 0, Some(0.9)), row(tag, 0, Some(0.5))] {
        distances.row(news);
    }
    let shown = |distances: &Distances| {
        let rows = distances.study.as_ref().map(|study| study.rows.as_slice()).unwrap_or_default();
        rows.iter().map(|row| (row.index, study::error(row))).collect::<Vec<_>>()
    };
    assert_eq!(shown(&distances), [(0, Some(0.5)), (1, None)]);
    assert!(distances.study.as_ref().is_some_and(Study::running));
    distances.row(row(tag, 1, Some(0.4)));
    assert!(distances.study.as_ref().is_some_and(|study| study.complete() && !study.running()));
}

#[test]
fn after_a_fault_nothing_is_waited_for() {
    let mut distances = Distances::default();
    distances.ask();
    distances.begin(StudyKind::Pairs, 10);
    distances.compare(ABLATIONS[0]);
    distances.give_up();
    assert!(!distances.waiting && distances.comparison.is_none());
    assert!(distances.study.as_ref().is_some_and(|study| !study.running()));
}
