//! How many kernels a training step launches, and how often it submits them. A test of its own: the counter is the process's.
#![cfg(feature = "gpu")]

use augsphere_engine::datasets::{self, DroppedArchives};
use augsphere_engine::device::{self, LaunchCounter, Launches};
use augsphere_engine::trainer::Trainer;
use augsphere_engine::{block_on, catalogue};
use augsphere_spec::{DeviceChoice, Value};
use std::rc::Rc;

/// Steps that are counted together.
const STEPS: usize = 8;

/// What `STEPS` steps of the default experiment launch with these changes; nothing without a GPU.
fn launches(changes: &[(&str, Value)]) -> Option<Launches> {
    let opened = match block_on(device::open(DeviceChoice::Gpu, None)) {
        Ok(opened) => opened,
        Err(fault) => {
            eprintln!("SKIPPED: {}", fault.what);
            return None;
        }
    };
    let small = [
        ("data.train", Value::Int(64)),
        ("data.validation", Value::Int(16)),
        ("data.test", Value::Int(16)),
        ("data.side", Value::Int(16)),
        ("train.batch", Value::Int(16)),
        ("encoder.size", Value::from("tiny")),
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

#[test]
fn a_step_of_simclr_is_few_launches() {
    let Some(found) = launches(&[]) else { return };
    eprintln!("{}", told(&found));
    assert!(found.total() <= 100 * STEPS, "launches of a step:\n{}", told(&found));
    let submits = found.submits.expect("wgpu counts");
    assert!(submits as usize <= 4 * STEPS, "{submits} submits for {STEPS} steps");
}
