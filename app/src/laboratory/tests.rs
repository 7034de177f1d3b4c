use super::answer::trial::told;
use super::*;

fn row(tag: u64, index: usize, error: Option<f64>) -> StudyRow {
    StudyRow { tag, index, error, total: 2, ..study::tests::rows(&[("(a)", 0.1, 0.2)]).remove(0) }
}

#[test]
fn only_the_newest_question_is_answered() {
    let mut laboratory = Laboratory::default();
    let first = laboratory.ask();
    let second = laboratory.ask();
    laboratory.hear(told(first));
    assert!(laboratory.answer.is_none() && laboratory.waiting, "an answer to an older question");
    laboratory.hear(DistanceAnswer { complete: false, ..told(second) });
    assert!(laboratory.answer.is_some() && laboratory.waiting, "a rough answer is shown, the complete one is still to come");
    laboratory.hear(told(second));
    assert!(!laboratory.waiting);
    let third = laboratory.ask();
    assert!(laboratory.answer.is_some() && laboratory.waiting, "the former answer stays until the next one comes");
    laboratory.hear(told(third + 7));
    assert!(laboratory.waiting, "an answer to nobody's question");
}

#[test]
fn a_comparison_waits_for_both_answers() {
    let mut laboratory = Laboratory::default();
    laboratory.ask();
    let [one, other] = laboratory.compare(TRIALS[0]);
    assert_eq!(laboratory.hear(Concentration { complete: false, ..told(one) }), None, "a rough answer is not compared");
    assert_eq!(laboratory.hear(told(one)), Some(0));
    assert_eq!(laboratory.hear(told(other)), Some(1));
    assert!(laboratory.answer.is_none(), "a comparison does not touch what is shown");
    laboratory.ask();
    assert!(laboratory.comparison.is_some(), "a finished comparison stays");
    laboratory.compare(TRIALS[0]);
    laboratory.ask();
    assert!(laboratory.comparison.is_none(), "one under way gives way to a newer question");
    assert_eq!(laboratory.hear(told(one)), None);
}

#[test]
fn a_study_grows_row_by_row() {
    let mut laboratory = Laboratory::default();
    let tag = laboratory.begin(StudyKind::Richness, 150);
    for news in [row(tag, 1, None), row(tag, 0, None), row(tag + 1, 0, Some(0.9)), row(tag, 0, Some(0.5))] {
        laboratory.row(news);
    }
    let told = |laboratory: &Laboratory| {
        let rows = laboratory.study.as_ref().map(|study| study.rows.as_slice()).unwrap_or_default();
        rows.iter().map(|row| (row.index, row.error)).collect::<Vec<_>>()
    };
    assert_eq!(told(&laboratory), [(0, Some(0.5)), (1, None)]);
    assert!(laboratory.study.as_ref().is_some_and(Study::running));
    laboratory.row(row(tag, 1, Some(0.4)));
    assert!(laboratory.study.as_ref().is_some_and(|study| study.complete() && !study.running()));
}

#[test]
fn after_a_fault_nothing_is_waited_for() {
    let mut laboratory = Laboratory::default();
    laboratory.ask();
    laboratory.begin(StudyKind::Pairs, 10);
    laboratory.compare(TRIALS[0]);
    laboratory.give_up();
    assert!(!laboratory.waiting && laboratory.comparison.is_none());
    assert!(laboratory.study.as_ref().is_some_and(|study| !study.running()));
}
