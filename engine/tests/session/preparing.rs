//! Preparing a run: an estimate first, then pieces that can be withdrawn.

use super::tiny::{change, faults, tiny};
use super::{answered, begin, phases, piece, pieces_until, steps, tell};
use augsphere_engine::Session;
use augsphere_spec::{Command, Event, Fault, Phase, Progress, Request, RunId, Value};

fn progress(events: &[Event]) -> Vec<&Progress> {
    events.iter().filter_map(|event| if let Event::Progress(progress) = event { Some(progress) } else { None }).collect()
}

/// Where the first event of a kind stands.
fn first(events: &[Event], is: impl Fn(&Event) -> bool) -> usize {
    events.iter().position(is).unwrap_or_else(|| panic!("not among {events:?}"))
}

#[test]
fn what_it_will_cost_is_told_before_the_work() {
    let mut session = Session::new();
    assert_eq!(tell(&mut session, begin(7, tiny(&[]))), [], "it is only taken in");
    assert!(session.preparing() && session.busy());
    let events = pieces_until(&mut session, answered(7));
    let estimate = first(&events, |event| matches!(event, Event::Estimate(_)));
    let Event::Estimate(told) = &events[estimate] else { unreachable!() };
    assert_eq!(told.run, RunId(7));
    assert!(told.prepare_seconds > 0.0 && told.step_seconds > 0.0 && told.memory > 0, "{told:?}");
    assert!(first(&events, |event| matches!(event, Event::Device(_))) < estimate, "the device is known by then");
    let drawing = first(&events, |event| matches!(event, Event::Progress(stage) if stage.what.contains("images")));
    let measuring = first(&events, |event| matches!(event, Event::Progress(stage) if stage.what.contains("untrained")));
    assert!(estimate < drawing && drawing < measuring && measuring < first(&events, answered(7)));
    // 64 images of the bank, 32 validation images, and two views of each of those.
    assert_eq!(progress(&events).iter().find(|stage| stage.what.contains("untrained")).map(|stage| stage.total), Some(160));
    assert!(progress(&events).iter().all(|stage| stage.total == 0 || stage.done <= stage.total), "{events:?}");
}

/// A larger network or more images cost more, whatever the machine.
#[test]
fn the_estimate_follows_the_experiment() {
    let mut session = Session::new();
    let mut estimate = |run: u64, changes: &[(&str, Value)]| {
        tell(&mut session, begin(run, tiny(changes)));
        let events = pieces_until(&mut session, |event| matches!(event, Event::Estimate(_)));
        tell(&mut session, Command::Cancel);
        events
            .into_iter()
            .find_map(|event| if let Event::Estimate(estimate) = event { Some(estimate) } else { None })
            .expect("one")
    };
    let small = estimate(1, &[("data.side", Value::Int(32))]);
    let large = estimate(2, &[("data.side", Value::Int(32)), ("encoder.kind", "resnet18".into())]);
    assert!(large.step_seconds > 20.0 * small.step_seconds, "{small:?} and {large:?}");
    assert!(large.prepare_seconds > 5.0 * small.prepare_seconds && large.memory > 5 * small.memory, "{small:?} and {large:?}");
}

/// Between any two pieces a message is read: there are as many as images to draw, and then as many as batches to measure.
#[test]
fn it_comes_in_pieces() {
    let mut session = Session::new();
    tell(&mut session, begin(1, tiny(&[("data.train", Value::Int(500)), ("measures.knn.bank", Value::Int(500))])));
    let mut pieces = 0;
    while session.preparing() {
        piece(&mut session);
        pieces += 1;
    }
    // 548 images and 4 batches of the measures.
    assert!(pieces > 550, "{pieces}");
}

#[test]
fn a_newer_one_takes_the_place_of_an_older_one() {
    let mut session = Session::new();
    tell(&mut session, begin(1, tiny(&[])));
    piece(&mut session);
    let withdrawn = tell(&mut session, begin(2, tiny(&[("seed", Value::Int(5))])));
    assert_eq!(withdrawn, [Event::Refused { request: Request::Run(RunId(1)), fault: None }]);
    let events = pieces_until(&mut session, answered(2));
    assert_eq!(faults(&events), Vec::<Fault>::new());
    let began = events
        .iter()
        .filter_map(|event| if let Event::Began { run, experiment, .. } = event { Some((run, experiment)) } else { None });
    assert_eq!(began.map(|(run, experiment)| (run.0, experiment.seed)).collect::<Vec<_>>(), [(2, 5)]);
}

/// What runs stands still while something else is prepared, answers all the same, and goes on when that is withdrawn.
#[test]
fn what_runs_waits_and_goes_on_after_a_cancel() {
    let mut session = Session::new();
    tell(&mut session, begin(1, tiny(&[])));
    pieces_until(&mut session, answered(1));
    tell(&mut session, Command::Play);
    assert_eq!(steps(&piece(&mut session)), [1]);
    tell(&mut session, begin(2, tiny(&[("seed", Value::Int(5))])));
    for _ in 0..20 {
        assert_eq!(steps(&piece(&mut session)), [0; 0]);
    }
    assert!(session.preparing() && session.running());
    let changed = tell(&mut session, change("method.temperature", 0.3));
    assert!(matches!(&changed[..], [Event::Changed { step: 1, .. }]), "{changed:?}");
    assert_eq!(phases(&tell(&mut session, Command::Pause)), [Phase::Paused]);
    assert_eq!(steps(&tell(&mut session, Command::Step)), [2], "a step that is asked for by name is taken");
    tell(&mut session, Command::Play);
    let withdrawn = tell(&mut session, Command::Cancel);
    assert!(withdrawn.contains(&Event::Refused { request: Request::Run(RunId(2)), fault: None }), "{withdrawn:?}");
    assert!(!session.preparing());
    assert_eq!(steps(&piece(&mut session)), [3]);
    assert_eq!(tell(&mut session, Command::Cancel), [], "there is nothing else to withdraw");
}

/// Cancel withdraws what was asked for last, and only that.
#[test]
fn cancel_withdraws_the_newest() {
    let mut session = Session::new();
    let question = augsphere_spec::StudyQuestion {
        tag: 1,
        experiment: tiny(&[]),
        kind: Default::default(),
        steps: 10,
        seeds: 1,
        classes: vec![0],
        per_class: 2,
        views: 2,
    };
    tell(&mut session, Command::Study(question));
    tell(&mut session, begin(1, tiny(&[])));
    assert!(matches!(
        &tell(&mut session, Command::Cancel)[..],
        [Event::Refused { request: Request::Run(RunId(1)), fault: None }]
    ));
    assert!(session.busy(), "the study goes on");
    assert_eq!(tell(&mut session, Command::Cancel), []);
    assert!(!session.busy());
}

/// The figures of the first device come part by part, and nothing goes on after it was withdrawn.
#[test]
fn a_benchmark_tells_its_parts_and_can_be_withdrawn() {
    let mut session = Session::new();
    assert_eq!(tell(&mut session, Command::Bench(augsphere_spec::BenchQuestion { quick: true })), []);
    let mut found = Vec::new();
    while found.is_empty() {
        assert!(session.busy());
        let events = augsphere_engine::block_on(session.advance(std::time::Duration::from_millis(50)));
        found.extend(events.into_iter().filter_map(|event| match event {
            Event::Bench(answer) if answer.found.gemm_gflops.is_some() => Some(answer),
            _ => None,
        }));
    }
    assert_eq!((found[0].index, found[0].done), (0, false));
    assert!(found[0].total >= 1 && found[0].found.self_test.passed, "{found:?}");
    assert_eq!(tell(&mut session, Command::Cancel), []);
    assert!(!session.busy());
}
