//! What the presets promise, run as they are on the CPU: the first one learns within its first hundred steps, and the collapse collapses.

mod tiny;

use augsphere_engine::{Session, block_on, catalogue};
use augsphere_spec::{Command, DeviceChoice, Event, Experiment, PRESETS, Scalar, Value, preset};
use std::time::Duration;
use tiny::{begun, faults, handle, measures};

/// Seeds on which nothing was tuned; the presets were tuned on 0 to 4.
const SEEDS: [i64; 5] = [11, 12, 13, 14, 15];

/// A preset with this seed, measured every so many steps: how often it is measured changes nothing of the run.
fn experiment(toml: &str, seed: i64, every: i64) -> Experiment {
    let catalogue = catalogue();
    let experiment = catalogue.read_toml(toml).expect("a preset is free of mistakes");
    let changes = [("seed".to_owned(), Value::Int(seed)), ("measures.cadence.every".to_owned(), Value::Int(every))];
    let seeded = catalogue.with(&experiment, &changes).expect("the changes are free of mistakes");
    Experiment { changes: experiment.changes, ..seeded }
}

/// Everything that is measured, each time, up to `step`.
fn rows(experiment: Experiment, step: u64) -> Vec<(u64, Vec<Scalar>)> {
    let (mut session, mut events): (Session, Vec<Event>) = begun(experiment, DeviceChoice::Cpu);
    events.extend(handle(&mut session, Command::Play));
    while (session.running() || session.measuring()) && measures(&events).last().is_none_or(|(taken, _)| *taken < step) {
        events.extend(block_on(session.advance(Duration::from_millis(50))));
    }
    assert_eq!(faults(&events), []);
    measures(&events)
}

/// The value of this name in a row.
fn named(scalars: &[Scalar], name: &str) -> f32 {
    scalars.iter().find(|scalar| scalar.name == name).expect("it is measured").value
}

/// The named measure each time it is taken, up to `step`.
fn until(experiment: Experiment, name: &str, step: u64) -> Vec<(u64, f32)> {
    rows(experiment, step).iter().map(|(step, scalars)| (*step, named(scalars, name))).collect()
}

/// The first minute: a person who presses play sees the accuracy rise above that of the untrained encoder.
#[test]
fn the_first_preset_learns_within_a_hundred_steps() {
    for seed in SEEDS {
        let accuracy = until(experiment(PRESETS[0].toml, seed, 100), "knn_accuracy", 100);
        let [(0, untrained), (100, trained)] = accuracy[..] else { panic!("measured at 0 and 100: {accuracy:?}") };
        assert!(trained > untrained, "seed {seed}: {trained} after 100 steps, {untrained} untrained");
    }
}

/// All images on one point, from a sphere on which they were spread.
#[test]
fn the_collapse_collapses() {
    let found = preset("shapes-collapse").expect("it is a preset");
    for seed in [SEEDS[0], SEEDS[1]] {
        let std = until(experiment(found.toml, seed, 50), "std", 400);
        let at = |step: u64| std.iter().find(|(taken, _)| *taken == step).expect("it is measured then").1;
        assert!(at(150) > 0.3, "seed {seed}: spread before: {std:?}");
        assert!(at(400) < 0.3 * at(150), "seed {seed}: together after: {std:?}");
    }
}

/// The linear loss only asks for a mean of zero: the images end on two opposite points, where those of InfoNCE spread over the sphere.
#[test]
fn the_linear_loss_ends_on_two_opposite_points() {
    let at_the_end = |name: &str, seed: i64| {
        let found = experiment(preset(name).expect("it is a preset").toml, seed, 100);
        let sphere = catalogue().with(&found, &[("projector.dimension".into(), Value::Int(3))]).expect("three dimensions");
        rows(sphere, 200).pop().expect("measures").1
    };
    for seed in SEEDS.into_iter().take(3) {
        let linear = at_the_end("shapes-linear", seed);
        assert!(named(&linear, "std") > 0.25, "seed {seed}: they are not one point: {linear:?}");
        assert!(named(&linear, "effective_rank") < 1.9, "seed {seed}: but on one line: {linear:?}");
        assert!(named(&linear, "participation") < 1.1, "seed {seed}: on one line about their mean, too: {linear:?}");
    }
    let spread = at_the_end("shapes-infonce", SEEDS[0]);
    assert!(named(&spread, "effective_rank") > 2.5 && named(&spread, "participation") > 1.5, "{spread:?}");
}
