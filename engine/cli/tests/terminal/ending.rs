//! What is left of a run that is stopped or killed.
#![cfg(unix)]

use crate::bench::{
    LONG, bench, ended, err, json, long_run, metrics, out, program, program_after, run, started, steps, until, weights_step,
};
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
    assert!(err(&output).contains("Stopping"), "{}", err(&output));
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

/// `nohup`, and a shell's `&`, start a program with signals ignored that would otherwise end it.
fn stays_ignored(name: &str) {
    let folder = bench(&format!("ignored-{name}"));
    let kept = folder.join("kept");
    let mut child = started(&folder, program_after(&folder, &format!("trap '' {name}"), &LONG));
    signal(name, child.id());
    let before = steps(&kept);
    until("another hundred steps", || {
        assert!(child.try_wait().unwrap().is_none(), "the signal ended the run");
        steps(&kept) > before + 100
    });
    signal("TERM", child.id());
    let output = child.wait_with_output().unwrap();
    ended(&output, 0);
    assert_eq!(json(&kept.join("summary.json"))["stopped"], true);
}

#[test]
fn a_hang_up_that_was_ignored_before_the_run_stays_ignored() {
    stays_ignored("HUP");
}

#[test]
fn a_ctrl_c_that_was_ignored_before_the_run_stays_ignored() {
    stays_ignored("INT");
}

#[test]
fn a_hang_up_that_was_not_ignored_ends_a_run_with_everything_written() {
    stops_cleanly("HUP");
}

#[test]
fn a_killed_run_leaves_a_readable_folder() {
    let folder = bench("killed");
    let measured = program(&folder, &[&LONG[..], &["--set", "measures.cadence.every=2"]].concat());
    let mut child = started(&folder, measured);
    // Weights come into the folder on the way, in place of those of the untrained encoder.
    until("weights of a later step", || {
        assert!(child.try_wait().unwrap().is_none(), "the run ended by itself");
        weights_step(&folder.join("kept")) > 0
    });
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = folder.join("kept");
    let experiment: Value = toml::from_str(&std::fs::read_to_string(kept.join("experiment.toml")).unwrap()).unwrap();
    assert_eq!(experiment["name"], "tiny");
    assert!(metrics(&kept).iter().any(|line| line.get("loss").is_some()));
    assert!(weights_step(&kept) > 0);
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
        // The loss, not a measure, is what becomes infinite.
        "--set",
        "measures.cadence.every=1000",
    ];
    let output = run(&folder, &[&["run", "tiny.toml", "--device", "cpu", "--json", "--out", "kept"][..], &wild].concat());
    ended(&output, 1);
    assert!(out(&output).is_empty(), "no result on standard output");
    assert!(err(&output).contains("next:"), "{}", err(&output));
    let kept = folder.join("kept");
    let summary = json(&kept.join("summary.json"));
    assert!(summary["fault"].is_string());
    let lines = metrics(&kept);
    let last = lines.last().unwrap().as_object().unwrap();
    assert!(
        last.values().any(Value::is_null),
        "the line of the step that broke is there, with null for what is no number: {last:?}"
    );
    // The last weights that were measured, not those that broke.
    assert_eq!(summary["weights_at_step"], weights_step(&kept));
    assert!(weights_step(&kept) < last["step"].as_u64().unwrap());
}
