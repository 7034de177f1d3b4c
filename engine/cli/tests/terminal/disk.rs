//! What a disk that takes no more leaves of a run. A limit on the size of files stands in for a full one.
#![cfg(unix)]

use crate::bench::{bench, ended, err, metrics, program_after, weights_step};

const RUN: [&str; 12] = [
    "run",
    "tiny.toml",
    "--device",
    "cpu",
    "--out",
    "kept",
    "--set",
    "train.steps=100000",
    "--set",
    "measures.cadence.every=1",
    "--set",
    "measures.cadence.images=16",
];

/// 150 KiB hold the weights, and the lines of a few hundred steps.
#[test]
fn a_run_whose_metrics_no_longer_fit_ends_with_whole_lines_and_the_last_weights() {
    let folder = bench("full-metrics");
    let output = program_after(&folder, "ulimit -f 300", &RUN).output().unwrap();
    ended(&output, 1);
    assert!(err(&output).contains("metrics.jsonl") && err(&output).contains("next:"), "{}", err(&output));
    let kept = folder.join("kept");
    let lines = metrics(&kept);
    assert!(lines.len() > 100, "{}", lines.len());
    let last = lines.iter().filter_map(|line| line["step"].as_u64()).max().unwrap();
    assert!(weights_step(&kept) <= last);
    assert!(!kept.join("summary.json").exists(), "where a summary is, everything is");
    assert!(!kept.join(".encoder.safetensors.part").exists());
}

/// Whether the weights fit is known before hours of training, not after.
#[test]
fn a_disk_that_cannot_hold_the_weights_is_found_before_the_first_step() {
    let folder = bench("full-weights");
    let output = program_after(&folder, "ulimit -f 100", &RUN).output().unwrap();
    ended(&output, 1);
    assert!(err(&output).contains("encoder.safetensors") && err(&output).contains("next:"), "{}", err(&output));
    assert!(!folder.join("kept").exists(), "a run that never began leaves no folder");
}
