//! Does the session answer questions about augmented distances, stage by stage, and run studies?

use super::tiny::{begun, faults, handle, tiny};
use super::{advance, cpu};
use augsphere_engine::{Session, block_on, catalogue};
use augsphere_spec::{
    Command, DeviceChoice, DistanceAnswer, DistanceQuestion, Event, Experiment, Fault, Phase, StudyKind, StudyQuestion, StudyRow,
    TheoremCase, Value,
};
use std::time::Duration;

fn question(experiment: &Experiment) -> DistanceQuestion {
    DistanceQuestion {
        tag: 7,
        experiment: experiment.clone(),
        classes: vec![0, 3],
        per_class: 4,
        views: 8,
        seed: 0,
        draws: 1,
        delta: 2.0,
        epsilon: 0.5,
        theorem: TheoremCase::Features,
    }
}

/// Everything that comes until nothing is left to do.
fn until_done(session: &mut Session) -> Vec<Event> {
    let mut events = Vec::new();
    while session.busy() {
        events.extend(advance(session));
    }
    events
}

fn answers(session: &mut Session, question: DistanceQuestion) -> Vec<DistanceAnswer> {
    let events = handle(session, Command::Distances(question));
    assert_eq!(faults(&events), Vec::<Fault>::new());
    let events = until_done(session);
    assert_eq!(faults(&events), Vec::<Fault>::new());
    events.into_iter().filter_map(|event| if let Event::Distances(one) = event { Some(*one) } else { None }).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect()
}

#[test]
fn a_question_is_answered_roughly_and_then_completely() {
    let (mut session, _) = cpu(&[]);
    let found = answers(&mut session, question(&tiny(&[])));
    assert_eq!(found.iter().map(|one| (one.views, one.complete)).collect::<Vec<_>>(), [(4, false), (8, true)]);
    for one in &found {
        let images = one.rows.len();
        assert_eq!((one.tag, images, one.classes.len()), (7, 8, 8));
        assert_eq!(one.thumbnails.rgba.len(), images * one.views * 8 * 8 * 4);
        assert_eq!((one.words.len(), one.closest.len()), (images * one.views, images * images * 4));
        assert!(one.words.iter().step_by(one.views).all(String::is_empty), "nothing was done to the images themselves");
        let (near, plain) = (floats(&one.distances), floats(&one.plain));
        assert_eq!((near.len(), plain.len()), (images * images, images * images));
        assert!(near.iter().zip(&plain).all(|(near, plain)| near <= plain), "views come no farther apart than images");
        assert!((0..images).all(|at| near[at * images + at] == 0.0));
        assert_eq!(one.curves.iter().map(|curve| curve.class).collect::<Vec<_>>(), [Some(0), Some(3), None]);
        for curve in &one.curves {
            assert_eq!(curve.sigma.len(), one.deltas.len());
            assert!(curve.sigma.is_sorted_by(|a, b| a.lower <= b.lower && a.upper <= b.upper), "wider thresholds, larger shares");
            assert_eq!(curve.sigma.last().map(|sigma| sigma.lower), Some(1.0), "the last threshold holds everything");
        }
        assert!(one.by_views.is_sorted_by(|a, b| a.0 < b.0 && a.1 >= b.1 && a.2 >= b.2), "{:?}", one.by_views);
    }
    let (rough, complete) = (floats(&found[0].distances), floats(&found[1].distances));
    assert!(complete.iter().zip(&rough).all(|(more, few)| more <= few), "more views are never farther apart");
    assert!(found[0].theorem.is_empty(), "the theorem comes with the whole answer");
    let symbols: Vec<&str> = found[1].theorem.iter().map(|one| one.symbol.as_str()).collect();
    assert!(
        ["sigma", "R_epsilon", "L", "rho_max", "Delta_mu", "threshold", "error", "verdict"].iter().all(|s| symbols.contains(s))
    );
    assert!(found[1].theorem.iter().all(|one| one.value.is_finite() && !one.words.is_empty()), "{:?}", found[1].theorem);
}

/// Which encoder the theorem is asked of decides its numbers, and each says its name.
#[test]
fn the_theorem_is_of_the_features_of_the_embedding_or_of_the_constructed_case() {
    let (mut session, _) = cpu(&[]);
    let mut told = |theorem: TheoremCase| {
        let answer = answers(&mut session, DistanceQuestion { theorem, ..question(&tiny(&[])) }).pop().expect("an answer");
        let of = |symbol: &str| answer.theorem.iter().find(|one| one.symbol == symbol).cloned().expect("it is there");
        (of("r").words, of("max mu.mu").value, of("error"), of("verdict"))
    };
    let (features, embedding) = (told(TheoremCase::Features), told(TheoremCase::Embedding));
    assert!(features.0.contains("features before the projector") && embedding.0.contains("embedding after the projector"));
    assert!((features.1 - embedding.1).abs() > 1e-3, "{} and {}", features.1, embedding.1);
    assert!(features.2.words.contains("held-out images"), "{}", features.2.words);
    let constructed = told(TheoremCase::Constructed);
    assert_eq!((constructed.1, constructed.2.value, constructed.3.value), (0.0, 0.0, 1.0));
    assert!(constructed.3.words.starts_with("The condition holds"), "{}", constructed.3.words);
    // It needs no encoder.
    let alone = DistanceQuestion { theorem: TheoremCase::Constructed, ..question(&tiny(&[])) };
    let answer = answers(&mut Session::new(), alone).pop().expect("an answer");
    assert_eq!(answer.theorem.last().map(|last| last.value), Some(1.0));
}

/// The means of one draw say nothing of how much they depend on it.
#[test]
fn several_draws_are_told_with_the_answer_and_shared_by_equal_questions() {
    let (mut session, _) = cpu(&[]);
    let one = answers(&mut session, question(&tiny(&[]))).pop().expect("an answer");
    let all = answers(&mut session, DistanceQuestion { draws: 3, ..question(&tiny(&[])) });
    assert_eq!(all.iter().map(|answer| answer.complete).collect::<Vec<_>>(), [false, true], "one complete answer");
    let several = &all[1];
    assert_eq!((&several.rows, &several.distances), (&one.rows, &one.distances), "the first draw is the one that is shown");
    assert_eq!((several.draws.len(), one.draws.len(), all[0].draws.len()), (3, 1, 0));
    assert_eq!(several.draws[0], one.draws[0]);
    let last = several.by_views.last().expect("views");
    assert_eq!(several.draws[0], (last.1, last.2));
    assert!(several.draws[1] != several.draws[0] && several.draws[2] != several.draws[1], "{:?}", several.draws);
    let next = answers(&mut session, DistanceQuestion { seed: 1, ..question(&tiny(&[])) }).pop().expect("an answer");
    assert_eq!(several.draws[1], next.draws[0], "the second draw is that of the next seed");
}

#[test]
fn the_closest_views_are_as_far_apart_as_it_says() {
    let (mut session, _) = cpu(&[]);
    let one = answers(&mut session, question(&tiny(&[]))).pop().expect("an answer");
    let (images, size) = (one.rows.len(), 8 * 8 * 4);
    let view = |image: usize, view: usize| &one.thumbnails.rgba[(image * one.views + view) * size..][..size];
    let distances = floats(&one.distances);
    for (at, pair) in one.closest.chunks_exact(4).enumerate().filter(|(at, _)| at / images != at % images) {
        let [a, b] = [0, 2].map(|place| usize::from(u16::from_le_bytes([pair[place], pair[place + 1]])));
        let squares = view(at / images, a).iter().zip(view(at % images, b));
        let shown = squares.map(|(a, b)| ((f32::from(*a) - f32::from(*b)) / 255.0).powi(2)).sum::<f32>().sqrt();
        // Bytes are rounded: half a level in each of 192 values of both views.
        assert!((shown - distances[at]).abs() < 0.06, "{shown} is shown, {} told", distances[at]);
    }
}

#[test]
fn a_question_needs_no_run_and_then_has_no_theorem() {
    let mut session = Session::new();
    let one = answers(&mut session, question(&tiny(&[]))).pop().expect("an answer");
    assert!(one.complete && one.theorem.is_empty());
    let (mut with_run, _) = cpu(&[]);
    let other = answers(&mut with_run, question(&tiny(&[]))).pop().expect("an answer");
    assert_eq!(one.distances, other.distances, "a run changes nothing of the distances");
}

#[test]
fn the_newest_question_is_the_one_that_is_answered_and_training_goes_on() {
    let (mut session, _) = cpu(&[]);
    handle(&mut session, Command::Play);
    handle(&mut session, Command::Distances(question(&tiny(&[]))));
    let newer = DistanceQuestion { tag: 8, ..question(&tiny(&[])) };
    handle(&mut session, Command::Distances(newer));
    let events = until_done(&mut session);
    let tags: Vec<u64> =
        events.iter().filter_map(|event| if let Event::Distances(one) = event { Some(one.tag) } else { None }).collect();
    assert_eq!(tags, [8, 8]);
    assert!(events.contains(&Event::Phase(Phase::Finished)), "the run came to its end beside it");
}

#[test]
fn both_views_policies_count() {
    let (mut session, _) = cpu(&[]);
    let unlike = tiny(&[("augment.blur.probability", 1.0.into()), ("second.solarize.probability", 1.0.into())]);
    let one = answers(&mut session, DistanceQuestion { views: 16, ..question(&unlike) }).pop().expect("an answer");
    assert!(one.words.iter().any(|words| words.contains("solarized")), "{:?}", one.words);
    assert!(one.words.iter().any(|words| words.contains("blur") && !words.contains("solarized")), "{:?}", one.words);
}

#[test]
fn one_image_and_identical_images_have_the_right_answers() {
    let (mut session, _) = cpu(&[]);
    let alone = DistanceQuestion { classes: vec![0], per_class: 1, ..question(&tiny(&[])) };
    let one = answers(&mut session, alone).pop().expect("an answer");
    assert_eq!((floats(&one.distances), one.rows.len()), (vec![0.0], 1));
    assert!(one.curves.iter().all(|curve| curve.sigma.iter().all(|sigma| sigma.lower == 1.0)), "a class of one is concentrated");
    let itself = DistanceQuestion { views: 1, ..question(&tiny(&[])) };
    let one = answers(&mut session, itself).pop().expect("an answer");
    assert_eq!(one.distances, one.plain, "one view is the image itself");
}

#[test]
fn impossible_questions_are_refused_in_words() {
    let (mut session, _) = cpu(&[]);
    let asked = question(&tiny(&[]));
    let wrong = [
        (DistanceQuestion { classes: vec![], ..asked.clone() }, "class"),
        (DistanceQuestion { classes: vec![0, 0], ..asked.clone() }, "twice"),
        (DistanceQuestion { classes: vec![99], ..asked.clone() }, "99"),
        (DistanceQuestion { per_class: 0, ..asked.clone() }, "images"),
        (DistanceQuestion { views: 0, ..asked.clone() }, "0 views"),
        (DistanceQuestion { views: 5000, ..asked.clone() }, "5000 views"),
        (DistanceQuestion { draws: 0, ..asked.clone() }, "draws"),
        (DistanceQuestion { delta: f64::NAN, ..asked.clone() }, "delta"),
        (DistanceQuestion { epsilon: -1.0, ..asked }, "epsilon"),
    ];
    for (question, word) in wrong {
        let events = handle(&mut session, Command::Distances(question));
        let [fault] = &faults(&events)[..] else { panic!("expected one fault, found {events:?}") };
        assert!(fault.what.contains(word) && fault.recoverable && !fault.remedy.is_empty(), "{fault:?}");
        assert!(!session.busy());
    }
}

fn rows(events: &[Event]) -> Vec<StudyRow> {
    events.iter().filter_map(|event| if let Event::Study(row) = event { Some(row.clone()) } else { None }).collect()
}

#[test]
fn a_study_tells_its_policies_first_and_then_trains_each() {
    let (mut session, _) = begun(tiny(&[]), DeviceChoice::Cpu);
    handle(&mut session, Command::Play);
    for (kind, count) in [(StudyKind::Richness, 5), (StudyKind::Strength, 4)] {
        let experiment = tiny(&[]);
        let study = StudyQuestion { tag: 3, experiment, kind, steps: 4, seeds: 2, classes: vec![0, 1], per_class: 3, views: 4 };
        let events = handle(&mut session, Command::Study(study));
        assert_eq!(faults(&events), Vec::<Fault>::new());
        assert!(!session.running(), "the run waits");
        let found = rows(&until_done(&mut session));
        assert!(found[..count].iter().enumerate().all(|(at, row)| row.index == at && row.step == 0 && row.errors.is_empty()));
        let grown = |seeds: usize| found.iter().filter(move |row| row.step == 4 && row.errors.len() == seeds);
        for seeds in [1, 2] {
            let order: Vec<usize> = grown(seeds).map(|row| row.index).collect();
            assert_eq!(order, (0..count).collect::<Vec<_>>(), "every policy with {seeds} of the seeds");
        }
        // The second seed is another start, the same for every policy.
        let starts: Vec<&Vec<f64>> = grown(2).map(|row| &row.untrained).collect();
        assert!(starts.iter().all(|start| *start == starts[0] && start.len() == 2 && start[0] != start[1]), "{starts:?}");
        for row in grown(2) {
            assert_eq!((row.tag, row.total, row.seeds, row.spread.len(), row.deltas.len()), (3, count, 2, 2, 2));
            assert!(row.errors.iter().all(|error| (0.0..=1.0).contains(error)));
            assert!(row.spread.iter().all(|spread| (0.0..1.0).contains(&spread.lower) && spread.lower <= spread.upper));
            assert!(row.letters.starts_with("(a") && row.letters.ends_with(')') && !row.words.is_empty(), "{row:?}");
        }
    }
}

/// Target branches of three families: those that a family can have, without distances, all with the same augmentations.
#[test]
fn a_study_of_target_branches_trains_each_family_with_each_target_that_it_can_have() {
    let (mut session, _) = begun(tiny(&[]), DeviceChoice::Cpu);
    let (experiment, kind) = (tiny(&[]), StudyKind::Targets);
    let study = StudyQuestion { tag: 4, experiment, kind, steps: 2, seeds: 1, classes: vec![0], per_class: 2, views: 2 };
    let events = handle(&mut session, Command::Study(study));
    assert_eq!(faults(&events), Vec::<Fault>::new());
    let events = until_done(&mut session);
    assert_eq!(faults(&events), Vec::<Fault>::new());
    let mut done: Vec<StudyRow> = rows(&events).into_iter().filter(|row| row.errors.len() == 1).collect();
    done.sort_by_key(|row| row.index);
    done.dedup_by_key(|row| row.index);
    assert!(done.iter().all(|row| row.spread.is_empty() && row.deltas.is_empty() && row.total == done.len()));
    let told: Vec<(&str, &str)> = done.iter().map(|row| (row.letters.as_str(), row.words.as_str())).collect();
    for family in ["contrastive", "asymmetric", "decorrelation"] {
        assert!(["stop-gradient", "momentum"].iter().all(|target| told.contains(&(family, target))), "{told:?}");
    }
    assert!(told.contains(&("contrastive", "momentum in the positive only")));
    assert!(!told.contains(&("asymmetric", "momentum in the positive only")), "it has nothing but positives");
}

#[test]
fn a_study_can_be_ended() {
    let (mut session, _) = begun(tiny(&[]), DeviceChoice::Cpu);
    let experiment = tiny(&[]);
    let kind = StudyKind::Pairs;
    let study = StudyQuestion { tag: 1, experiment, kind, steps: 1000, seeds: 1, classes: vec![0], per_class: 2, views: 2 };
    handle(&mut session, Command::Study(study.clone()));
    block_on(session.advance(Duration::from_millis(1)));
    assert!(session.busy());
    handle(&mut session, Command::Study(StudyQuestion { steps: 0, ..study.clone() }));
    assert!(!session.busy());
    for seeds in [0, 21] {
        let events = handle(&mut session, Command::Study(StudyQuestion { seeds, ..study.clone() }));
        assert!(matches!(&faults(&events)[..], [fault] if fault.what.contains("seeds")), "{events:?}");
    }
}

/// The views of a step's images, first ones and second ones, follow their own policies.
#[test]
fn first_and_second_views_are_made_apart() {
    let strip = |changes: &[(&str, Value)]| {
        let (mut session, _) = cpu(changes);
        match &handle(&mut session, Command::Views { image: 5, draw: 0 })[..] {
            [Event::Views(views)] => views.clone(),
            other => panic!("expected views, found {other:?}"),
        }
    };
    let unlike = strip(&[("second.grayscale.probability", 1.0.into()), ("augment.grayscale.probability", 0.0.into())]);
    let gray = |words: &String| words.contains("gray");
    assert!(unlike.words[1..].iter().enumerate().all(|(at, words)| gray(words) == (at % 2 == 1)), "{:?}", unlike.words);
    let catalogue = catalogue();
    let alike = tiny(&[]);
    assert_eq!(alike.choices("augment"), alike.choices("second"));
    assert!(catalogue.changeable(&alike, "second.crop.scale_min"), "it may change while a run is under way");
}

/// Training sees them apart as well: gray second views give another loss, and what is the same policy said twice does not.
#[test]
fn training_follows_both_policies() {
    let losses = |changes: &[(&str, Value)]| {
        let (mut session, _) = cpu(changes);
        super::bits(&super::steps(&mut session, 2))
    };
    let usual = losses(&[]);
    assert_ne!(losses(&[("second.grayscale.probability", 1.0.into())]), usual);
    assert_eq!(
        losses(&[("augment.grayscale.probability", 1.0.into())]),
        losses(&[("augment.grayscale.probability", 1.0.into()), ("second.grayscale.probability", 1.0.into()),])
    );
}
