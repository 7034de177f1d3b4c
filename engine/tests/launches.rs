//! How many kernels a training step launches, and how often it submits them. A test of its own: the counter is the process's.
#![cfg(feature = "gpu")]

mod numbers;

use augsphere_engine::datasets::{self, DroppedArchives};
use augsphere_engine::device::{LaunchCounter, Launches};
use augsphere_engine::trainer::Trainer;
use augsphere_engine::{block_on, catalogue};
use augsphere_spec::Value;
use std::rc::Rc;

/// Steps that are counted together.
const STEPS: usize = 8;

/// What `STEPS` steps of the default experiment launch with these changes; nothing without a GPU.
fn launches(changes: &[(&str, Value)]) -> Option<Launches> {
    let opened = numbers::gpu()?;
    let small = [
        ("data.train", Value::Int(64)),
        ("data.validation", Value::Int(16)),
        ("data.test", Value::Int(16)),
        ("data.side", Value::Int(16)),
        ("train.batch", Value::Int(16)),
    ];
    let catalogue = catalogue();
    let changes: Vec<(String, Value)> =
        small.iter().chain(changes).map(|(path, value)| ((*path).to_owned(), value.clone())).collect();
    let experiment = catalogue.with(&catalogue.default_experiment(), &changes).expect("knobs of the catalogue");
    let data = datasets::load(experiment.choice("data").expect("data"), 0, &DroppedArchives::default()).expect("shapes");
    let mut trainer = Trainer::new(experiment, Rc::new(data), &opened).expect("fits");
    let mut steps = |count: usize| {
        for _ in 0..count {
            trainer.step();
            if trainer.should_sync() {
                let (_, failure) = block_on(trainer.read_losses());
                assert_eq!(failure, None);
            }
        }
    };
    steps(STEPS);
    let counter = LaunchCounter::new(&opened);
    steps(STEPS);
    Some(counter.finish(&opened))
}

/// A line a kernel, for a step.
fn told(launches: &Launches) -> String {
    let mut rows: Vec<_> = launches.by_kernel.iter().collect();
    rows.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), (*name).clone()));
    let each = |count: usize| count as f64 / STEPS as f64;
    let lines = rows.iter().map(|(name, count)| format!("{:7.2}  {name}", each(**count)));
    let total =
        format!("{:7.2}  in all; submits {:?}", each(launches.total()), launches.submits.map(|submits| each(submits as usize)));
    lines.chain([total]).collect::<Vec<_>>().join("\n")
}

/// Launches, at most so many a step, and at most so many submits.
fn check(changes: &[(&str, Value)], most: usize, submits: usize) {
    let Some(found) = launches(changes) else { return };
    eprintln!("{changes:?}:\n{}", told(&found));
    assert!(found.total() <= most * STEPS, "at most {most} launches a step, found\n{}", told(&found));
    let found = found.submits.expect("wgpu counts");
    assert!(found as usize <= submits * STEPS, "{found} submits for {STEPS} steps");
}

/// In one test, because there is one counter: the default experiment in at most 100 launches, deeper encoders in 60 and 12 for each
/// convolution.
#[test]
fn a_step_is_few_launches() {
    check(&[("encoder.size", Value::from("tiny"))], 100, 4);
    check(&[("encoder.size", Value::from("small"))], 60 + 12 * 4, 4);
    check(
        &[("encoder.kind", Value::from("resnet18")), ("data.side", Value::Int(8)), ("train.batch", Value::Int(4))],
        60 + 12 * 20,
        8,
    );
}
