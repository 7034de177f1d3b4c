//! What the program says about itself.

use crate::bench::{bench, ended, err, out, program, run};
use serde_json::Value;
use std::process::Stdio;

#[test]
fn help_names_every_option_and_the_exit_codes() {
    let output = run(&bench("help"), &["run", "--help"]);
    ended(&output, 0);
    for word in ["--set", "--device", "--out", "--json", "auto", "cuda", "Exit codes"] {
        assert!(out(&output).contains(word), "{word} is missing from:\n{}", out(&output));
    }
}

#[test]
fn the_catalogue_lists_what_the_issue_names() {
    let output = run(&bench("catalogue"), &["catalogue", "--json"]);
    ended(&output, 0);
    let catalogue: Value = serde_json::from_str(&out(&output)).unwrap();
    let cards = |name: &str| -> Vec<String> {
        let sections = catalogue["sections"].as_array().unwrap();
        let section = sections.iter().find(|section| section["name"] == name).unwrap_or_else(|| panic!("no section {name}"));
        section["cards"].as_array().unwrap().iter().map(|card| card["name"].as_str().unwrap().to_owned()).collect()
    };
    for (section, expected) in [
        ("data", &["shapes", "cifar10", "cifar100"][..]),
        ("augment", &["crop", "flip", "jitter", "grayscale", "blur"]),
        ("encoder", &["conv", "resnet18"]),
        ("method", &["simclr"]),
        ("optimiser", &["sgd", "adam", "adamw", "lars"]),
    ] {
        let found = cards(section);
        for card in expected {
            assert!(found.iter().any(|name| name == card), "{section} lacks {card}: {found:?}");
        }
    }
    assert!(!cards("measures").is_empty());
}

#[test]
fn the_catalogue_in_words_names_knobs_by_the_path_that_set_takes() {
    let output = run(&bench("catalogue-words"), &["catalogue"]);
    ended(&output, 0);
    for path in ["method.temperature", "augment.crop.scale_min", "train.steps"] {
        assert!(out(&output).contains(path), "{path} is missing");
    }
}

#[test]
fn a_printed_preset_can_be_run_as_a_file() {
    let folder = bench("preset");
    let output = run(&folder, &["presets", "shapes-simclr"]);
    ended(&output, 0);
    std::fs::write(folder.join("mine.toml"), &output.stdout).unwrap();
    let small = [
        "--set",
        "data.train=64",
        "--set",
        "data.validation=32",
        "--set",
        "data.test=32",
        "--set",
        "train.batch=16",
        "--set",
        "train.steps=1",
    ];
    let arguments = [&["run", "mine.toml", "--device", "cpu", "--out", "kept"][..], &small].concat();
    ended(&run(&folder, &arguments), 0);
}

#[test]
fn the_presets_are_listed_and_an_unknown_one_is_bad_usage() {
    let folder = bench("presets");
    let output = run(&folder, &["presets"]);
    ended(&output, 0);
    assert!(out(&output).contains("shapes-simclr") && out(&output).contains("cifar10-simclr"));
    let output = run(&folder, &["presets", "shape"]);
    ended(&output, 2);
    assert!(err(&output).contains("shapes-simclr"));
}

#[test]
fn a_closed_standard_output_ends_it_quietly() {
    let folder = bench("closed-output");
    for arguments in [&["catalogue", "--json"][..], &["run", "tiny.toml", "--device", "cpu", "--json", "--out", "kept"]] {
        let mut child = program(&folder, arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        ended(&output, 0);
        assert!(!err(&output).contains("panicked"), "{}", err(&output));
    }
    assert!(folder.join("kept/summary.json").is_file());
}
