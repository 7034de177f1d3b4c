//! What a disk that takes no more leaves of a run. A limit on the size of files stands in for a full one.
#![cfg(unix)]

use crate::bench::{bench, ended, err, metrics, program_after, run, same_run, step_of, weights_step};
use std::fs;

const RUN: [&str; 10] = [
    "run",
    "tiny.toml",
    "--device",
    "cpu",
    "--out",
    "kept",
    "--set",
    "measures.cadence.every=1",
    "--set",
    "measures.cadence.images=16",
];

/// 300 KiB hold a checkpoint, and the lines of a few hundred steps.
#[test]
fn a_run_whose_metrics_no_longer_fit_ends_with_whole_lines_and_the_last_weights() {
    let folder = bench("full-metrics");
    let endless = [&RUN[..], &["--set", "train.steps=100000"]].concat();
    let output = program_after(&folder, "ulimit -f 600", &endless).output().unwrap();
    ended(&output, 1);
    let said = err(&output);
    assert!(said.contains("metrics.jsonl") && said.contains("next:") && said.contains("augsphere resume kept"), "{said}");
    let kept = folder.join("kept");
    let lines = metrics(&kept);
    assert!(lines.len() > 100, "{}", lines.len());
    let last = lines.iter().filter_map(|line| line["step"].as_u64()).max().unwrap();
    assert!(weights_step(&kept) <= last && step_of(&kept.join("checkpoint.safetensors")) <= last);
    assert!(!kept.join("summary.json").exists(), "where a summary is, everything is");
    let left = fs::read_dir(&kept).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(left.filter(|name| name.ends_with(".part") || name == ".running").count(), 0, "half a file was left");
}

/// Once there is room again, the run goes on from the last good checkpoint as if nothing had happened.
#[test]
fn a_run_that_met_a_full_disk_goes_on_when_there_is_room() {
    let folder = bench("full-and-on");
    let steps = ["--set", "train.steps=700"];
    let whole: Vec<&str> =
        [&RUN[..], &steps].concat().into_iter().map(|word| if word == "kept" { "whole" } else { word }).collect();
    ended(&run(&folder, &whole), 0);
    let size = |name: &str| fs::metadata(folder.join("whole").join(name)).unwrap().len();
    let limit = size("metrics.jsonl") * 3 / 5;
    assert!(limit > size("checkpoint.safetensors"), "the metrics are to meet the limit, not the checkpoint: {limit}");
    // In blocks of 512 bytes, as POSIX has it.
    let output = program_after(&folder, &format!("ulimit -f {}", limit / 512), &[&RUN[..], &steps].concat()).output().unwrap();
    ended(&output, 1);
    ended(&run(&folder, &["resume", "kept"]), 0);
    same_run(&folder.join("whole"), &folder.join("kept"));
}

/// Whether the weights and a checkpoint fit is known before hours of training, not after.
#[test]
fn a_disk_that_cannot_hold_the_weights_is_found_before_the_first_step() {
    for (name, blocks, file) in [("full-weights", 100, "encoder.safetensors"), ("full-checkpoint", 206, "checkpoint.safetensors")]
    {
        let folder = bench(name);
        let endless = [&RUN[..], &["--set", "train.steps=100000"]].concat();
        let output = program_after(&folder, &format!("ulimit -f {blocks}"), &endless).output().unwrap();
        ended(&output, 1);
        assert!(err(&output).contains(file) && err(&output).contains("next:"), "{}", err(&output));
        assert!(!folder.join("kept").exists(), "a run that never began leaves no folder");
    }
}

/// Nobody can make a folder there, whoever they are.
#[cfg(target_os = "linux")]
#[test]
fn a_place_that_takes_no_files_is_named_with_what_to_do() {
    let folder = bench("read-only");
    let output = run(&folder, &["run", "tiny.toml", "--device", "cpu", "--out", "/sys/augsphere-kept"]);
    ended(&output, 1);
    assert!(
        err(&output).contains("could not make the folder /sys/augsphere-kept") && err(&output).contains("next:"),
        "{}",
        err(&output)
    );
}
