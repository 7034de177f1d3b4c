//! A device with no more than what WebGPU guarantees: the same numbers as the CPU's, a data set larger than one binding among them.
#![cfg(feature = "gpu")]

mod numbers;

use augsphere_engine::datasets::{self, DroppedArchives};
use augsphere_engine::device::{self, ComputeDevice};
use augsphere_engine::trainer::Trainer;
use augsphere_engine::{block_on, catalogue};
use augsphere_spec::{DeviceChoice, Scalar, Value};
use burn::tensor::wgpu::wgpu::Features;
use numbers::say;
use std::rc::Rc;

/// A device of the first adapter, held to the guaranteed limits; nothing without a GPU.
fn weak() -> Option<ComputeDevice> {
    let Some(info) = block_on(device::list()).into_iter().find(|info| info.device == DeviceChoice::Gpu) else {
        say("SKIPPED ON THE GPU: there is no adapter");
        return None;
    };
    Some(block_on(device::open_least(&info)).expect("every adapter has what is guaranteed"))
}

/// Losses of the first steps of an experiment.
fn losses(opened: &ComputeDevice, changes: &[(&str, Value)], steps: usize) -> Vec<f32> {
    let catalogue = catalogue();
    let changes: Vec<(String, Value)> = changes.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect();
    let experiment = catalogue.with(&catalogue.default_experiment(), &changes).expect("knobs of the catalogue");
    let data = datasets::load(experiment.choice("data").expect("data"), 0, &DroppedArchives::default()).expect("shapes");
    let mut trainer = Trainer::new(experiment, Rc::new(data), opened).expect("fits");
    (0..steps).for_each(|_| trainer.step());
    let (losses, failure) = block_on(trainer.read_losses());
    assert_eq!(failure, None);
    let loss = |scalars: Vec<Scalar>| scalars.iter().find(|scalar| scalar.name == "loss").map(|scalar| scalar.value);
    losses.into_iter().map(|(_, scalars)| loss(scalars).expect("every step has its loss")).collect()
}

fn agree(weak: &ComputeDevice, changes: &[(&str, Value)], steps: usize) {
    let cpu = block_on(device::open(DeviceChoice::Cpu, None)).expect("there always is a CPU");
    let (found, right) = (losses(weak, changes, steps), losses(&cpu, changes, steps));
    assert_eq!((found.len(), right.len()), (steps, steps));
    for (found, right) in found.iter().zip(&right) {
        assert!((found - right).abs() <= 1e-3 * right.abs(), "{found:?} on the weak device, {right:?} on the CPU: {changes:?}");
    }
}

#[test]
fn the_guaranteed_limits_are_enough() {
    let Some(weak) = weak() else { return };
    let setup = weak.setup.as_ref().expect("a device of wgpu");
    let (limits, features) = (setup.device.limits(), setup.device.features());
    assert_eq!((limits.max_compute_invocations_per_workgroup, limits.max_storage_buffer_binding_size), (256, 128 << 20));
    let dispensable = Features::SHADER_F16 | Features::SUBGROUP | Features::TIMESTAMP_QUERY;
    assert!(!features.intersects(dispensable), "{features:?}");

    let checks = block_on(device::self_test(&weak.device, true)).expect("a result");
    let wrong: Vec<_> = checks.iter().filter(|check| !check.passed).collect();
    assert!(checks.len() > 20 && wrong.is_empty(), "{wrong:?}");

    let small = |more: &[(&'static str, Value)]| {
        let counts = [("data.train", 64), ("data.validation", 16), ("data.test", 16), ("train.batch", 16), ("data.side", 16)];
        let counts = counts.map(|(path, count)| (path, Value::Int(count)));
        more.iter()
            .cloned()
            .chain(counts.into_iter().filter(|(path, _)| more.iter().all(|(own, _)| own != path)))
            .collect::<Vec<_>>()
    };
    agree(&weak, &small(&[]), 8);
    // 144 MiB of images: more than one binding.
    agree(&weak, &small(&[("data.train", Value::Int(3072)), ("data.side", Value::Int(128)), ("train.batch", Value::Int(4))]), 2);
}
