//! A device that is lost while it is measured. A test of its own: it destroys the process's device.
#![cfg(feature = "gpu")]

mod numbers;

use augsphere_engine::bench::{Bench, Scope};
use augsphere_engine::{block_on, device};
use augsphere_spec::{DeviceChoice, Event};
use std::time::Duration;

#[test]
fn what_was_measured_before_a_loss_stays_and_the_rest_is_left_out_with_the_reason() {
    let Some(opened) = numbers::gpu() else { return };
    let lost = opened.setup.clone().expect("a GPU through wgpu").device;
    let mut bench = Bench::new(opened, Scope::least());
    let mut destroyed = false;
    while block_on(bench.advance(Duration::ZERO)) {
        let steps = |event: &Event| matches!(event, Event::Progress(progress) if progress.what.starts_with("Taking a step"));
        if !destroyed && bench.events().iter().any(steps) {
            destroyed = true;
            lost.destroy();
            // The loss is told at the device's next look at its work.
            let _ = lost.poll(burn::tensor::wgpu::wgpu::PollType::wait_indefinitely());
        }
    }
    let found = bench.report();
    assert!(destroyed && found.gemm_gflops.is_some() && found.memory_gb_per_s.is_some(), "{found:?}");
    assert!(found.rows.is_empty() && found.views_per_second.is_none() && found.knn_gflops.is_none(), "{found:?}");
    let left: Vec<&str> = found.left_out.iter().map(|left| left.what.as_str()).collect();
    assert_eq!(left, ["a step of tiny, 16 images", "views", "augmented distances", "nearest neighbours"], "{found:?}");
    assert!(found.left_out.iter().all(|left| !left.reason.is_empty()), "{found:?}");
    assert!(found.left_out[1].reason.contains("lost"), "{found:?}");
    let again = block_on(device::open(DeviceChoice::Gpu, None)).expect("opened anew");
    assert!(again.checks.iter().all(|check| check.passed));
}
