//! Runs that begin where others stood: at their step, or with their encoder.

use crate::bench::{bench, contents, ended, err, json, metrics, out, run, same_run};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

/// What is measured often and cheaply, at a rate at which no method diverges.
const OFTEN: [&str; 8] = [
    "--device",
    "cpu",
    "--set",
    "measures.cadence.every=10",
    "--set",
    "measures.cadence.images=16",
    "--set",
    "optimiser.learning_rate=0.01",
];

/// A finished run of 40 steps in `warm`, with checkpoints of steps 20 and 40.
fn warm(name: &str) -> PathBuf {
    let folder = bench(name);
    let steps = ["--set", "train.steps=40", "--checkpoint-every", "20", "--out", "warm"];
    ended(&run(&folder, &[&["run", "tiny.toml"][..], &OFTEN, &steps].concat()), 0);
    folder
}

/// A branch is the run that planned the change from the beginning.
#[test]
fn a_branch_is_the_run_in_which_the_change_was_planned() {
    let folder = warm("branch");
    let planned = [
        "--set",
        "train.steps=40",
        "--change",
        "20:method.temperature=0.1",
        "--change",
        "20:method.kind=vicreg",
        "--out",
        "planned",
    ];
    ended(&run(&folder, &[&["run", "tiny.toml"][..], &OFTEN, &planned].concat()), 0);
    let before = contents(&folder.join("warm"));
    let changes = ["--set", "method.temperature=0.1", "--set", "method.kind=vicreg", "--device", "cpu", "--out", "branched"];
    ended(&run(&folder, &[&["run", "--from", "warm@20"][..], &changes].concat()), 0);
    same_run(&folder.join("planned"), &folder.join("branched"));
    assert_eq!(contents(&folder.join("warm")), before, "where it came from is as it was");
    let header = json(&folder.join("branched/run.json"));
    assert_eq!((&header["id"], &header["name"]), (&"branched".into(), &"tiny".into()));
    let changed = json!([["method.temperature", 0.1], ["method.kind", "vicreg"]]);
    assert_eq!(header["parent"], json!({"run": "warm", "name": "tiny", "step": 20, "changed": changed}));
    // Its folder stands for itself: it can be run again from its first step.
    ended(&run(&folder, &["run", "branched", "--device", "cpu", "--out", "again"]), 0);
    same_run(&folder.join("planned"), &folder.join("again"));
}

#[test]
fn a_run_at_its_end_is_given_more_steps() {
    let folder = warm("longer");
    let longer = ["--set", "train.steps=60", "--set", "name=longer", "--device", "cpu", "--out", "longer"];
    ended(&run(&folder, &[&["run", "--from", "warm"][..], &longer].concat()), 0);
    let steps: Vec<u64> = metrics(&folder.join("longer"))
        .iter()
        .filter(|line| line.get("loss").is_some())
        .map(|line| line["step"].as_u64().unwrap())
        .collect();
    assert_eq!(steps, (1..=60).collect::<Vec<u64>>(), "its records begin with those of the run that it goes on from");
    let header = json(&folder.join("longer/run.json"));
    assert_eq!((&header["name"], &header["step"], &header["parent"]["step"]), (&"longer".into(), &60.into(), &40.into()));
    let kept: Value = toml::from_str(&fs::read_to_string(folder.join("longer/experiment.toml")).unwrap()).unwrap();
    assert_eq!((&kept["train"]["steps"], &kept["name"]), (&60.into(), &"longer".into()));
    // A branch that is cut off goes on as well.
    ended(&run(&folder, &["resume", "longer"]), 2);
    fs::remove_file(folder.join("longer/summary.json")).unwrap();
    ended(&run(&folder, &["resume", "longer"]), 0);
}

#[test]
fn what_a_branch_cannot_do_is_refused_with_what_can_be_done() {
    let folder = warm("no-branch");
    for (arguments, says) in [
        (&["--from", "warm"][..], "--set train.steps=80"),
        (&["--from", "warm@7", "--set", "method.temperature=0.1"], "of step 20 and 40"),
        (&["--from", "warm@20", "--set", "data.train=32"], "cannot change while a run goes on"),
        (&["--from", "warm@20", "--set", "method.temprature=0.1"], "did you mean `temperature`"),
        (&["--from", "warm@20", "--set", "method.temperature=-1"], "method.temperature"),
        (&["--from", "warm@20", "--policy", "byol"], "--set only"),
        (&["--from", "warm@20", "--change", "30:method.temperature=1"], "--set only"),
        (&["--from", "nowhere"], "no run folder"),
        (&["--from", "warm@soon"], "DIR@STEP"),
        (&[], "EXPERIMENT"),
    ] {
        let output = run(&folder, &[&["run", "--out", "branched"][..], arguments].concat());
        ended(&output, 2);
        assert!(err(&output).contains(says), "{arguments:?}: {}", err(&output));
        assert!(!folder.join("branched").exists(), "{arguments:?} left a folder");
    }
    // Nothing is overwritten.
    let output = run(&folder, &["run", "--from", "warm@20", "--out", "warm"]);
    ended(&output, 2);
    assert!(err(&output).contains("nothing is overwritten"), "{}", err(&output));
}

/// An experiment with the encoder of another run begins at step 0, and what its first measures see is that encoder.
#[test]
fn an_experiment_begins_with_the_encoder_of_a_run() {
    let folder = warm("encoder");
    let other = ["--from", "warm", "--set", "method.kind=barlow_twins", "--set", "train.steps=5", "--out", "begun"];
    let output = run(&folder, &[&["run", "tiny.toml"][..], &OFTEN, &other].concat());
    ended(&output, 0);
    assert!(out(&output).contains("at the start") && !out(&output).contains("; untrained"), "{}", out(&output));
    let lines = metrics(&folder.join("begun"));
    let summary = json(&folder.join("warm/summary.json"));
    // The same images, the same encoder, other heads.
    for measure in ["knn_accuracy", "nearest_centre_accuracy", "centre_product"] {
        assert_eq!((&lines[0]["step"], &lines[0][measure]), (&0.into(), &summary["measures"][measure]), "{measure}");
    }
    assert_ne!(lines[0]["alignment"], summary["measures"]["alignment"], "the projector is another one");
    let header = json(&folder.join("begun/run.json"));
    assert_eq!(header["parent"], json!({"run": "warm", "name": "tiny", "step": 40, "changed": [], "encoder_only": true}));
    assert_eq!(json(&folder.join("begun/summary.json"))["knn_accuracy_untrained"], Value::Null, "it was never untrained");
    // Whoever repeats it is told what is missing.
    let again = run(&folder, &["run", "begun", "--device", "cpu", "--set", "train.steps=1", "--out", "again"]);
    ended(&again, 0);
    assert!(err(&again).contains("began with the encoder of tiny"), "{}", err(&again));
    // Of an earlier step, too.
    ended(
        &run(
            &folder,
            &["run", "tiny.toml", "--device", "cpu", "--from", "warm@20", "--set", "train.steps=1", "--out", "earlier"],
        ),
        0,
    );
    assert_eq!(json(&folder.join("earlier/run.json"))["parent"]["step"], 20);
    assert_ne!(metrics(&folder.join("earlier"))[0]["centre_product"], lines[0]["centre_product"]);
}

#[test]
fn an_encoder_of_another_form_is_refused_with_the_settings_that_fit() {
    let folder = warm("other-encoder");
    let small = ["--from", "warm", "--set", "encoder.size=small", "--device", "cpu", "--out", "begun"];
    let output = run(&folder, &[&["run", "tiny.toml"][..], &small].concat());
    ended(&output, 2);
    assert!(err(&output).contains("--set encoder.size=tiny"), "{}", err(&output));
    assert!(!folder.join("begun").exists());
}
