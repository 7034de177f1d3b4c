//! What the presets promise, run as they are on the CPU: the first one learns within its first hundred steps, and the collapse collapses.

mod tiny;

use augsphere_engine::{Session, block_on, catalogue};
use augsphere_spec::{Command, DeviceChoice, Event, Experiment, PRESETS, Value, preset};
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

/// The named measure each time it is taken, up to `step`.
fn until(experiment: Experiment, name: &str, step: u64) -> Vec<(u64, f32)> {
    let (mut session, mut events): (Session, Vec<Event>) = begun(experiment, DeviceChoice::Cpu);
    events.extend(handle(&mut session, Command::Play));
    let taken = |events: &[Event]| -> Vec<(u64, f32)> {
        let named =
            |scalars: Vec<augsphere_spec::Scalar>| scalars.iter().find(|scalar| scalar.name == name).map(|scalar| scalar.value);
        measures(events).into_iter().filter_map(|(step, scalars)| Some((step, named(scalars)?))).collect()
    };
    while (session.running() || session.measuring()) && taken(&events).last().is_none_or(|(taken, _)| *taken < step) {
        events.extend(block_on(session.advance(Duration::from_millis(50))));
    }
    assert_eq!(faults(&events), []);
    taken(&events)
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
