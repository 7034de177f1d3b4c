//! What is left of a run that is stopped or killed?
#![cfg(unix)]

use crate::bench::{bench, ended, err, json, long_run, metrics, out, run};
use serde_json::Value;
use std::process::Command;

fn signal(name: &str, process: u32) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {process}")]).status().unwrap();
    assert!(sent.success());
}

/// Stops a long run with a signal and checks that everything is there.
fn stops_cleanly(name: &str) {
    let folder = bench(&format!("stopped-{name}"));
    let child = long_run(&folder);
    signal(name, child.id());
    let output = child.wait_with_output().unwrap();
    ended(&output, 0);
    assert!(err(&output).contains("Stopping after this step"), "{}", err(&output));
    let kept = folder.join("kept");
    let summary = json(&kept.join("summary.json"));
    assert_eq!(summary["stopped"], true);
    let steps = summary["steps"].as_u64().unwrap();
    assert!((1..1_000_000).contains(&steps), "{steps}");
    let last = metrics(&kept).iter().filter(|line| line.get("loss").is_some()).filter_map(|line| line["step"].as_u64()).max();
    assert_eq!(last, Some(steps), "every step that was taken is in metrics.jsonl");
    assert!(kept.join("encoder.safetensors").is_file() && kept.join("experiment.toml").is_file());
}

#[test]
fn ctrl_c_ends_a_run_with_everything_written() {
    stops_cleanly("INT");
}

#[test]
fn a_termination_signal_does_the_same() {
    stops_cleanly("TERM");
}

#[test]
fn a_killed_run_leaves_a_readable_folder() {
    let folder = bench("killed");
    let mut child = long_run(&folder);
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = folder.join("kept");
    let experiment: Value = toml::from_str(&std::fs::read_to_string(kept.join("experiment.toml")).unwrap()).unwrap();
    assert_eq!(experiment["name"], "tiny");
    assert!(metrics(&kept).iter().any(|line| line.get("loss").is_some()));
    assert!(!kept.join("summary.json").exists(), "a summary says that a run came to its end");
}

#[test]
fn a_run_that_diverges_says_so_and_keeps_what_it_measured() {
    let folder = bench("diverged");
    // With this weight decay the weights grow ninety-nine-fold a step until they are no numbers any more.
    let wild = [
        "--set",
        "optimiser.kind=sgd",
        "--set",
        "optimiser.learning_rate=100",
        "--set",
        "optimiser.weight_decay=1",
        "--set",
        "train.steps=200",
    ];
    let output = run(&folder, &[&["run", "tiny.toml", "--device", "cpu", "--json", "--out", "kept"][..], &wild].concat());
    ended(&output, 1);
    assert!(out(&output).is_empty(), "no result on standard output");
    assert!(err(&output).contains("next:"), "{}", err(&output));
    let kept = folder.join("kept");
    assert!(json(&kept.join("summary.json"))["fault"].is_string());
    assert!(!metrics(&kept).is_empty());
    assert!(!kept.join("encoder.safetensors").exists(), "weights that are no numbers are not kept");
}
