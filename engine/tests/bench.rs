//! The benchmark through the engine's public face: figures, never how large they are.

use augsphere_engine::bench::{Bench, Scope};
use augsphere_engine::{block_on, device};
use augsphere_spec::{DeviceBench, DeviceChoice, Event};
use std::time::Duration;

/// What a scope finds on a device, and what was told on the way.
fn measured(choice: DeviceChoice, scope: Scope) -> Option<(DeviceBench, Vec<String>)> {
    let opened = match block_on(device::open(choice, None)) {
        Ok(opened) => opened,
        Err(fault) => {
            eprintln!("SKIPPED: {}", fault.what);
            return None;
        }
    };
    let mut bench = Bench::new(opened, scope);
    let mut told = Vec::new();
    loop {
        let more = block_on(bench.advance(Duration::ZERO));
        told.extend(bench.events().into_iter().filter_map(|event| match event {
            Event::Progress(progress) => Some(progress.what),
            _ => None,
        }));
        if !more {
            return Some((bench.report(), told));
        }
    }
}

/// Every figure is there, finite and above 0.
fn sound(found: &DeviceBench) {
    assert_eq!(found.left_out, [], "{found:?}");
    assert!(found.self_test.passed && found.self_test.failed.is_empty(), "{found:?}");
    let figures = [
        ("gemm_gflops", found.gemm_gflops),
        ("memory_gb_per_s", found.memory_gb_per_s),
        ("first_step_seconds", found.first_step_seconds),
        ("views_per_second", found.views_per_second),
        ("views_share_of_memory", found.views_share_of_memory),
        ("distance_seconds", found.distance_seconds),
        ("distance_pairs_per_second", found.distance_pairs_per_second),
        ("distance_gflops", found.distance_gflops),
        ("distance_share_of_gemm", found.distance_share_of_gemm),
        ("knn_seconds", found.knn_seconds),
        ("knn_gflops", found.knn_gflops),
        ("seconds", Some(found.seconds)),
    ];
    let row = &found.rows[0];
    let row = [
        ("ms", row.ms),
        ("ms_least", row.ms_least),
        ("images_per_second", row.images_per_second),
        ("gflops", row.gflops),
        ("share_of_gemm", row.share_of_gemm.unwrap_or_default()),
        ("first_step_seconds", row.first_step_seconds),
        ("memory_bytes", row.memory_bytes as f64),
    ];
    for (name, figure) in figures.map(|(name, figure)| (name, figure.unwrap_or_default())).into_iter().chain(row) {
        assert!(figure.is_finite() && figure > 0.0, "{name} is {figure}");
    }
    assert_eq!((found.rows.len(), found.rows[0].encoder.as_str(), found.rows[0].batch), (1, "tiny", 16));
    assert!(found.rows[0].steps >= 1 && found.gemm_side > 0 && found.distance_images > 1 && found.knn_queries > 0);
}

#[test]
fn the_least_benchmark_of_the_cpu_has_every_figure() {
    let (found, told) = measured(DeviceChoice::Cpu, Scope::least()).expect("the CPU is everywhere");
    sound(&found);
    assert_eq!((found.kind.as_str(), found.hardware.as_str(), found.software), ("cpu", "cpu", false));
    assert!(found.knn_share_of_gemm.is_some_and(|share| share > 0.0));
    assert_eq!(found.rows[0].dispatches, None, "the CPU launches nothing");
    assert_eq!(told.len(), 6, "a word for each part: {told:?}");
}

#[test]
fn a_gpu_tells_its_launches_too() {
    let Some((found, _)) = measured(DeviceChoice::Gpu, Scope::least()) else { return };
    sound(&found);
    assert_eq!(found.kind, "gpu");
    assert_eq!(found.software, found.hardware == "software");
    assert!(found.rows[0].dispatches.is_some_and(|count| count > 1.0), "{found:?}");
    assert!(found.rows[0].submits.is_some_and(|count| count > 0.0), "{found:?}");
    assert!(found.rows[0].read_backs.is_some_and(|count| count > 0.0 && count <= 1.0), "{found:?}");
    assert_eq!(found.knn_share_of_gemm.is_none(), found.software, "neighbours are the host's on an adapter in software");
}

#[test]
fn without_time_the_first_row_is_taken_and_the_others_are_left_out_with_the_reason() {
    let steps = [("resnet18", 16), ("tiny", 16), ("tiny", 4096)].map(|(encoder, batch)| (encoder.to_owned(), batch)).to_vec();
    let (found, _) = measured(DeviceChoice::Cpu, Scope { seconds: 0.0, steps, ..Scope::least() }).expect("the CPU is everywhere");
    assert_eq!((found.rows.len(), found.rows[0].encoder.as_str(), found.rows[0].batch), (1, "tiny", 16), "{found:?}");
    let left: Vec<&str> = found.left_out.iter().map(|left| left.what.as_str()).collect();
    assert_eq!(left, ["a step of tiny, 4096 images", "a step of resnet18, 16 images"], "{found:?}");
    assert!(found.left_out.iter().all(|left| left.reason.contains("were left")), "{found:?}");
}

#[test]
fn what_fails_is_left_out_and_the_rest_goes_on() {
    let steps = vec![("enormous".to_owned(), 16)];
    let (found, _) = measured(DeviceChoice::Cpu, Scope { steps, ..Scope::least() }).expect("the CPU is everywhere");
    assert_eq!(found.left_out.len(), 1, "{found:?}");
    assert_eq!(found.left_out[0].what, "a step of enormous, 16 images");
    assert!(found.left_out[0].reason.contains("enormous"), "{found:?}");
    assert!(found.rows.is_empty() && found.gemm_gflops.is_some() && found.knn_gflops.is_some(), "{found:?}");
}
