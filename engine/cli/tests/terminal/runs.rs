//! The table of runs.

use crate::bench::{LONG, bench, ended, err, json, out, program, run, started};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Three short runs under `runs`, one of them deeper; the first is the oldest.
fn three(name: &str) -> PathBuf {
    let folder = bench(name);
    let runs: [&[&str]; 3] = [
        &["--out", "runs/warm"],
        &["--set", "method.temperature=0.1", "--set", "augment.grayscale.probability=0", "--out", "runs/group/cold"],
        &["--set", "method.kind=byol", "--set", "train.steps=5", "--out", "runs/other"],
    ];
    for (age, more) in (1..).zip(runs) {
        ended(&run(&folder, &[&["run", "tiny.toml", "--device", "cpu"][..], more].concat()), 0);
        let header = folder.join(more[more.len() - 1]).join("run.json");
        let mut value = json(&header);
        value["created"] = age.into();
        fs::write(&header, value.to_string()).unwrap();
    }
    folder
}

fn listed(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    let output = run(folder, &[&["runs", "--json"][..], arguments].concat());
    ended(&output, 0);
    serde_json::from_str(&out(&output)).unwrap()
}

fn names(runs: &[Value]) -> Vec<&str> {
    runs.iter().map(|run| run["name"].as_str().unwrap()).collect()
}

#[test]
fn runs_are_listed_with_what_differs() {
    let folder = three("runs-table");
    let output = run(&folder, &["runs"]);
    ended(&output, 0);
    let text = out(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    for (line, parts) in lines.iter().zip([
        &["name", "state", "step", "knn_accuracy", "differs in"][..],
        &["warm", "finished", "3/3", "compared with this one"],
        &["cold", "finished", "3/3", "no grayscale, temperature 0.5 to 0.1"],
        &["other", "finished", "5/5", "method SimCLR to BYOL, steps 3 to 5"],
    ]) {
        assert!(parts.iter().all(|part| line.contains(part)), "{parts:?}: {text}");
    }
    let runs = listed(&folder, &[]);
    assert_eq!(names(&runs), ["warm", "cold", "other"]);
    let summary = json(&folder.join("runs/warm/summary.json"));
    for measure in ["knn_accuracy", "alignment", "probe_accuracy_test"] {
        assert_eq!(runs[0]["measures"][measure], summary["measures"][measure], "{measure}");
    }
    assert_eq!((&runs[0]["loss"], &runs[0]["seconds"]), (&summary["loss"], &json(&folder.join("runs/warm/run.json"))["seconds"]));
    assert_eq!(runs[0]["differs"], Value::Null);
    assert_eq!(runs[1]["differs"][1]["path"], "method.temperature");
    assert_eq!(runs[1]["experiment"]["method.temperature"], 0.1);
}

#[test]
fn any_column_sorts() {
    let folder = three("runs-sorted");
    assert_eq!(names(&listed(&folder, &["--sort", "name"])), ["cold", "other", "warm"]);
    assert_eq!(names(&listed(&folder, &["--sort", "name", "--reverse"])), ["warm", "other", "cold"]);
    assert_eq!(names(&listed(&folder, &["--sort", "step", "--reverse"]))[0], "other");
    let by_loss = listed(&folder, &["--sort", "loss"]);
    let losses: Vec<f64> = by_loss.iter().map(|run| run["loss"].as_f64().unwrap()).collect();
    assert!(losses.is_sorted(), "{losses:?}");
    // BYOL has no temperature: it comes last, whichever way.
    assert_eq!(names(&listed(&folder, &["--sort", "method.temperature"])), ["cold", "warm", "other"]);
    assert_eq!(names(&listed(&folder, &["--sort", "method.temperature", "--reverse"])), ["warm", "cold", "other"]);
    // What is no column yet becomes one.
    let output = run(&folder, &["runs", "--sort", "probe_accuracy_test"]);
    ended(&output, 0);
    assert!(out(&output).lines().next().unwrap().contains("probe_accuracy_test"), "{}", out(&output));
    let output = run(&folder, &["runs", "--sort", "warmth"]);
    ended(&output, 2);
    assert!(
        err(&output).contains("no run has a column called warmth") && err(&output).contains("knn_accuracy"),
        "{}",
        err(&output)
    );
}

#[test]
fn folders_may_be_named_and_one_that_cannot_be_read_hides_no_other() {
    let folder = three("runs-named");
    assert_eq!(names(&listed(&folder, &["runs/group"])), ["cold"]);
    assert_eq!(names(&listed(&folder, &["runs/other", "runs/warm", "runs/warm"])), ["warm", "other"]);
    fs::write(folder.join("runs/warm/run.json"), r#"{"format":7}"#).unwrap();
    let output = run(&folder, &["runs", "--json"]);
    ended(&output, 0);
    assert!(err(&output).contains("newer version (format 7"), "{}", err(&output));
    assert_eq!(names(&serde_json::from_str::<Vec<Value>>(&out(&output)).unwrap()), ["cold", "other"]);
    let output = run(&folder, &["runs", "elsewhere"]);
    ended(&output, 2);
    assert!(err(&output).contains("elsewhere"), "{}", err(&output));
}

#[test]
fn without_any_run_there_is_an_empty_list_and_a_hint() {
    let folder = bench("runs-none");
    assert_eq!(listed(&folder, &[]), [Value::Null; 0]);
    let output = run(&folder, &["runs"]);
    ended(&output, 0);
    assert!(out(&output).contains("augsphere run"), "{}", out(&output));
}

/// How each ended: at its end, by a wish, by a fault, not yet, not at all.
#[cfg(unix)]
#[test]
fn the_state_of_each_run_is_told() {
    let folder = bench("runs-states");
    let state = |name: &str| {
        let runs = listed(&folder, &["."]);
        runs.iter().find(|run| run["name"] == name).map(|run| run["state"].as_str().unwrap().to_owned())
    };
    let wild = ["--set", "optimiser.kind=sgd", "--set", "optimiser.learning_rate=100", "--set", "optimiser.weight_decay=1"];
    let wild = [&["run", "tiny.toml", "--device", "cpu", "--set", "train.steps=200", "--out", "wild"][..], &wild].concat();
    ended(&run(&folder, &wild), 1);
    assert_eq!(state("wild").as_deref(), Some("failed"));
    let mut child = started(&folder, program(&folder, &LONG));
    assert_eq!(state("kept").as_deref(), Some("running"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(state("kept").as_deref(), Some("cut off"));
}

/// Folders of earlier builds have neither a header nor a checkpoint.
#[test]
fn a_folder_without_a_header_is_listed() {
    let folder = three("runs-old");
    fs::remove_file(folder.join("runs/warm/run.json")).unwrap();
    let runs = listed(&folder, &["runs/warm"]);
    assert_eq!((&runs[0]["name"], &runs[0]["id"], &runs[0]["step"]), (&"warm".into(), &"warm".into(), &3.into()));
}
