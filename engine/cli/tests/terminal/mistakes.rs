//! Mistakes of a person: each is named, with exit code 2 and what to do next.

use crate::bench::{bench, ended, err, out, run};
use std::fs;

/// Runs `tiny.toml` with `settings`, expects bad usage, and gives back what was said.
fn refused(name: &str, settings: &[&str]) -> String {
    let folder = bench(name);
    let mut arguments = vec!["run", "tiny.toml", "--device", "cpu", "--out", "kept"];
    settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
    let output = run(&folder, &arguments);
    ended(&output, 2);
    assert!(out(&output).is_empty(), "nothing belongs on standard output");
    assert!(!folder.join("kept").exists(), "a refused experiment leaves no folder");
    err(&output)
}

#[test]
fn an_unknown_knob_is_answered_with_the_nearest_known_one() {
    let said = refused("unknown-knob", &["method.temprature=0.2"]);
    assert!(said.contains("method.temprature") && said.contains("`temperature`"), "{said}");
}

#[test]
fn all_mistakes_are_named_at_once_those_of_the_file_and_those_of_the_settings() {
    let folder = bench("several");
    fs::write(folder.join("bad.toml"), "sed = 1\n[train]\nsteps = -3\nbatch = \"many\"\n[data]\nkind = \"shape\"\n").unwrap();
    let output = run(&folder, &["run", "bad.toml", "--set", "method.temperature=-1", "--set", "optimiser.kind=sgdm"]);
    ended(&output, 2);
    let said = err(&output);
    for words in [
        "6 mistakes",
        "sed:",
        "`seed`",
        "train.steps:",
        "train.batch:",
        "data.kind:",
        "method.temperature:",
        "optimiser.kind:",
        "\"sgd\"",
    ] {
        assert!(said.contains(words), "{words} is missing from:\n{said}");
    }
}

#[test]
fn what_is_no_number_is_refused() {
    for number in ["nan", "inf", "-inf"] {
        let said = refused("not-a-number", &[&format!("method.temperature={number}")]);
        assert!(
            said.contains("method.temperature") && said.to_lowercase().contains(&format!("found {number}, which is no")),
            "{said}"
        );
    }
    let folder = bench("not-a-number-in-a-file");
    fs::write(folder.join("nan.toml"), "[method]\ntemperature = nan\n").unwrap();
    let output = run(&folder, &["run", "nan.toml"]);
    ended(&output, 2);
    assert!(err(&output).to_lowercase().contains("found nan"), "{}", err(&output));
}

#[test]
fn a_value_that_only_the_engine_can_refuse_is_a_mistake_too() {
    let said = refused("odd-side", &["data.side=9"]);
    assert!(said.contains("data.side") && said.contains("multiple of 4"), "{said}");
}

#[test]
fn a_setting_without_a_value_is_bad_usage() {
    let said = refused("no-value", &["train.steps"]);
    assert!(said.contains("PATH=VALUE"), "{said}");
}

#[test]
fn text_that_is_neither_toml_nor_json_says_where() {
    let folder = bench("syntax");
    fs::write(folder.join("bad.toml"), "[train\nsteps = 3\n").unwrap();
    fs::write(folder.join("bad.json"), "{\"train\": {\"steps\": 3,}}").unwrap();
    for file in ["bad.toml", "bad.json"] {
        let output = run(&folder, &["run", file]);
        ended(&output, 2);
        assert!(err(&output).contains(file) && err(&output).contains("line 1"), "{}", err(&output));
    }
}

#[test]
fn an_experiment_that_is_not_there_names_the_presets() {
    let folder = bench("absent");
    let output = run(&folder, &["run", "shapes-simcrl"]);
    ended(&output, 2);
    assert!(err(&output).contains("shapes-simclr"), "{}", err(&output));
    let output = run(&folder, &["run", "nowhere.toml"]);
    ended(&output, 2);
    assert!(err(&output).contains("nowhere.toml"), "{}", err(&output));
}

#[test]
fn data_from_a_file_needs_a_file_that_is_there() {
    let folder = bench("no-data");
    let output = run(&folder, &["run", "cifar10-simclr", "--device", "cpu"]);
    ended(&output, 2);
    assert!(err(&output).contains("--set data.path="), "{}", err(&output));
    let output = run(&folder, &["run", "cifar10-simclr", "--device", "cpu", "--set", "data.path=2000"]);
    ended(&output, 2);
    assert!(err(&output).contains("there is no 2000"), "{}", err(&output));
    assert!(!folder.join("runs").exists());
}

#[test]
fn data_that_is_broken_fails_with_exit_code_1_and_leaves_no_folder() {
    let folder = bench("broken-data");
    fs::write(folder.join("broken.tar.gz"), b"these are no images").unwrap();
    let output = run(&folder, &["run", "cifar10-simclr", "--device", "cpu", "--set", "data.path=broken.tar.gz", "--out", "kept"]);
    ended(&output, 1);
    assert!(err(&output).contains("broken.tar.gz"), "{}", err(&output));
    assert!(!folder.join("kept").exists());
}

#[test]
fn bad_arguments_are_bad_usage() {
    let folder = bench("arguments");
    for arguments in [&["run"][..], &["run", "tiny.toml", "--device", "tpu"], &["walk"], &[], &["run", "tiny.toml", "--jason"]] {
        ended(&run(&folder, arguments), 2);
    }
}

#[test]
fn a_change_that_would_never_happen_is_refused() {
    let folder = bench("late-change");
    let run_with = |change: &str| run(&folder, &["run", "tiny.toml", "--device", "cpu", "--out", "kept", "--change", change]);
    for late in ["3:method.temperature=0.1", "5:method.kind=byol"] {
        let output = run_with(late);
        ended(&output, 2);
        assert!(err(&output).contains("changes[0].at") && err(&output).contains("train.steps = 3"), "{}", err(&output));
        assert!(!folder.join("kept").exists());
    }
    ended(&run_with("2:method.temperature=0.1"), 0);
}

#[test]
fn augmentations_where_an_experiment_belongs_are_named_for_what_they_are() {
    let folder = bench("yaml-experiment");
    fs::write(folder.join("augmentations.yaml"), "- rrc: {enabled: True}\n").unwrap();
    let output = run(&folder, &["run", "augmentations.yaml"]);
    ended(&output, 2);
    assert!(err(&output).contains("--policy"), "{}", err(&output));
}
