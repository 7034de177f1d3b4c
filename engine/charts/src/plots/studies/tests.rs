use super::study::{correlation, spearman};
use super::testing::rows;
use super::*;
use crate::plots::runs::testing::{assert_inside, discs, turned, words};
use crate::plots::{Linked, Table, defaults};
use crate::scene::Ink;
use augsphere_spec::StudyRow;

/// Sizes from a phone's to an enlarged picture's, and one that is far too low.
const SIZES: [(f64, f64); 4] = [(280.0, 294.0), (340.0, 357.0), (900.0, 945.0), (280.0, 90.0)];

fn study(kind: StudyKind, rows: Vec<StudyRow>) -> Study {
    Study { rows, ..Study::new(1, kind, 150) }
}

fn look<R>(studies: &[Study], knobs: &Knobs, act: impl FnOnce(&Inputs<'_>) -> R) -> R {
    let linked = Linked::default();
    act(&Inputs { studies, ..Inputs::nothing(&linked, knobs) })
}

fn scene(study: &Study, size: (f64, f64)) -> Scene {
    let name = KINDS.iter().find(|kind| kind.0 == study.kind).map_or("", |kind| kind.1);
    look(std::slice::from_ref(study), &turned(&Studies, "study", name), |inputs| Studies.scene(inputs, size))
}

/// Five policies that learn more the richer they are.
fn richness() -> Study {
    let told = [
        ("(a)", 0.9, 0.6),
        ("(a, b)", 0.8, 0.55),
        ("(a, b, c)", 0.7, 0.4),
        ("(a, b, c, d)", 0.4, 0.3),
        ("(a, b, c, d, e)", 0.3, 0.2),
    ];
    study(StudyKind::Richness, rows(&told))
}

#[test]
fn rank_correlation_by_hand() {
    // Ranks 1 2 3 4 5 and 2 1 4 3 5: 1 - 6 * 4 / (5 * 24) = 0.8.
    let close = |found: Option<f64>, wanted: f64| {
        assert!(found.is_some_and(|found| (found - wanted).abs() < 1e-12), "{found:?} {wanted}")
    };
    close(spearman(&[1.0, 2.0, 3.0, 4.0, 5.0], &[0.2, 0.1, 0.4, 0.3, 0.5]), 0.8);
    close(spearman(&[1.0, 2.0, 3.0], &[9.0, 8.0, 1.0]), -1.0);
    // Ranks 1.5 1.5 3 and 1 2 3: 1.5 / sqrt(1.5 * 2).
    close(spearman(&[1.0, 1.0, 3.0], &[0.1, 0.2, 0.3]), 1.5 / 3.0f64.sqrt());
    assert_eq!(spearman(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), None, "what does not vary has no rank");
    assert_eq!(spearman(&[1.0, 2.0], &[1.0, 2.0]), None);
    close(correlation(&rows(&[("(a)", 0.3, 0.6), ("(b)", 0.2, 0.5), ("(c)", 0.1, 0.4)]), 1), 1.0);
}

/// Rows come in any order and again; those of another study are not its own.
#[test]
fn a_study_grows_row_by_row() {
    let all = richness().rows;
    let mut study = Study::new(1, StudyKind::Richness, 150);
    assert!(study.running() && study.state().ends_with('.'));
    let begun = |place: usize| StudyRow { errors: Vec::new(), ..all[place].clone() };
    for row in [begun(1), begun(0), StudyRow { tag: 2, ..all[0].clone() }, all[0].clone(), begun(4), begun(2), begun(3)] {
        study.take(row);
    }
    assert_eq!(
        study.rows.iter().map(|row| (row.index, row.errors.len())).collect::<Vec<_>>(),
        [(0, 3), (1, 0), (2, 0), (3, 0), (4, 0)]
    );
    assert_eq!(study.state(), "1 of 5 policies are done.");
    let stopped = Study { ended: true, ..study.clone() };
    assert!(!stopped.running() && stopped.state() == "Stopped: 1 of 5 policies are done.");
    all[1..].iter().for_each(|row| study.take(row.clone()));
    assert!(study.complete() && !study.running());
    assert_eq!(study.state(), "All 5 policies are done.");
}

#[test]
fn what_was_not_begun_says_how_to_begin() {
    let knobs = turned(&Studies, "study", "pairs");
    look(&[richness()], &knobs, |inputs| {
        assert_eq!(Studies.summary(inputs), "Pairs: nothing was trained yet; press Start.");
        assert_eq!(Studies.table(inputs).rows.len(), 0);
        assert!(words(&Studies.scene(inputs, SIZES[1])).concat().contains("press Start"));
    });
    let begun = Study::new(1, StudyKind::Pairs, 10);
    assert!(!words(&scene(&begun, SIZES[1])).is_empty());
}

/// One policy with one seed has a dot but no interval, and nothing to be compared with.
#[test]
fn one_policy_has_a_mark_and_no_verdict() {
    let mut row = rows(&[("(a)", 0.3, 0.5)]).remove(0);
    (row.errors, row.total, row.words) = (vec![0.5], 5, "crop".into());
    let study = study(StudyKind::Richness, vec![row]);
    for size in SIZES {
        assert_inside(&scene(&study, size));
    }
    let scene = scene(&study, SIZES[2]);
    let said = words(&scene);
    assert!(said.contains(&"50.0 %") && said.contains(&"90.0 %") && said.contains(&"crop"), "{said:?}");
    assert!(said.iter().any(|words| words.contains("second policy")), "{said:?}");
    assert_eq!(discs(&scene).iter().filter(|disc| disc.2 == Ink::Accent).count(), 1);
    let summary = look(&[study], &defaults(&Studies), |inputs| Studies.summary(inputs));
    assert!(summary.starts_with("Richness, 150 steps with 3 seeds") && !summary.contains("Published"), "{summary}");
}

/// Every policy has its line, its dot in the table, and a dot and a name in the plot of each threshold that is chosen.
#[test]
fn many_policies_stand_in_order_and_in_both_plots() {
    let study = richness();
    for size in SIZES {
        assert_inside(&scene(&study, size));
    }
    let drawn = scene(&study, SIZES[2]);
    let dots = |scene: &Scene| discs(scene).into_iter().filter(|disc| disc.2 == Ink::Accent).collect::<Vec<_>>();
    assert_eq!(dots(&drawn).len(), 15, "five in the table and five in each of two plots");
    let table: Vec<(f64, f64)> = dots(&drawn)[..5].iter().map(|dot| dot.0).collect();
    assert!(table.windows(2).all(|two| two[0].1 < two[1].1 && two[0].0 > two[1].0), "lower lines err less here: {table:?}");
    let said = words(&drawn);
    assert!(
        said.contains(&"\u{3b4} = 5.0: rank correlation 1.00") && said.contains(&"\u{3b4} = 8.0: rank correlation 1.00"),
        "{said:?}"
    );
    assert!(["(a, b, c, d, e)", "abcde", "0.30", "policy"].iter().all(|word| said.contains(word)), "{said:?}");
    let knobs = turned(&Studies, "threshold", "smaller");
    let one = look(&[study], &knobs, |inputs| Studies.scene(inputs, SIZES[1]));
    assert_eq!(dots(&one).len(), 10);
    assert!(!words(&one).concat().contains("8.0: rank"), "{:?}", words(&one));
}

/// While a policy is trained a bar says how far it is; where a study was stopped there is none.
#[test]
fn a_bar_grows_while_a_policy_is_trained() {
    let mut study = richness();
    study.rows[4].errors.truncate(1);
    study.rows[4].step = 75;
    let bars = |study: &Study| {
        let shapes = scene(study, SIZES[1]).shapes;
        let bar = |shape: &crate::scene::Shape| match shape {
            crate::scene::Shape::Area { points, ink: Ink::Accent, .. } => Some(points[2].0 - points[0].0),
            _ => None,
        };
        shapes.iter().filter_map(bar).collect::<Vec<f64>>()
    };
    let half = bars(&study);
    study.rows[4].step = 135;
    let later = bars(&study);
    assert!(half.len() == 1 && later.len() == 1 && half[0] > 0.0 && half[0] < later[0], "{half:?} {later:?}");
    study.ended = true;
    assert_eq!(bars(&study), Vec::<f64>::new());
}

/// Target branches stand below their family, have no thresholds, and fill the picture.
#[test]
fn target_branches_stand_below_their_family() {
    let mut told =
        rows(&[("contrastive", 0.0, 0.5), ("contrastive", 0.0, 0.4), ("asymmetric", 0.0, 0.6), ("asymmetric", 0.0, 0.3)]);
    for (row, words) in told.iter_mut().zip(["stop-gradient", "momentum", "stop-gradient", "momentum"]) {
        (row.words, row.spread, row.deltas) = (words.into(), Vec::new(), Vec::new());
    }
    let study = study(StudyKind::Targets, told);
    for size in SIZES {
        assert_inside(&scene(&study, size));
    }
    let drawn = scene(&study, SIZES[1]);
    let said = words(&drawn);
    let place = |word: &str| said.iter().position(|said| *said == word);
    assert!(place("contrastive") < place("stop-gradient") && place("momentum") < place("asymmetric"), "{said:?}");
    assert_eq!(said.iter().filter(|word| **word == "momentum").count(), 2);
    assert!(said.contains(&"target branch") && !said.concat().contains('\u{3b4}'), "{said:?}");
    let knobs = turned(&Studies, "study", "targets");
    let summary = look(&[study], &knobs, |inputs| Studies.summary(inputs));
    assert!(summary.contains("The smallest mean error has asymmetric momentum: 30."), "{summary}");
    assert!(!summary.contains("Rank correlation") && summary.contains("contrastive, momentum errs less"), "{summary}");
}

/// The table has what is drawn: both ends of `1 - sigma`, the means, the interval, and every seed.
#[test]
fn the_table_holds_what_is_drawn() {
    let mut study = richness();
    study.rows[4].errors = vec![0.25];
    study.rows[3].untrained.clear();
    let table: Table = look(&[study], &defaults(&Studies), |inputs| Studies.table(inputs));
    let csv = table.csv();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 6);
    assert_eq!(
        lines[0],
        "policy,words,1-sigma_lower delta=5.0000,1-sigma_upper delta=5.0000,1-sigma_lower delta=8.0000,1-sigma_upper delta=8.0000,\
         error_untrained,error,error_lower,error_upper,error_seed_1,error_seed_2,error_seed_3"
    );
    assert_eq!(
        lines[5], "\"(a, b, c, d, e)\",\"words of (a, b, c, d, e)\",0.3,0.3,0.3,0.3,0.9,0.25,,,0.25,,",
        "what is not known is empty"
    );
    assert!(lines[4].contains(",0.4,0.4,,0."), "{}", lines[4]);
    assert!(table.rows.iter().all(|row| row.len() == table.columns.len()));
}

#[test]
fn a_finished_study_says_how_it_compares_with_the_paper() {
    let summary = look(&[richness()], &defaults(&Studies), |inputs| Studies.summary(inputs));
    for words in [
        "All 5 policies are done.",
        "Rank correlation (Spearman) of the error with 1 \u{2212} \u{3c3}: 1.00 at \u{3b4} = 5.0",
        "9 come out in",
        "Published: a",
    ] {
        assert!(summary.contains(words), "{words}: {summary}");
    }
    assert!(summary.ends_with('.'));
}
