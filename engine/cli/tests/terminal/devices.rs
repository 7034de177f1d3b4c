//! The list of devices, and the choice among them. What is there depends on the machine; the CPU is everywhere.

use crate::bench::{bench, ended, err, out, run};
use serde_json::Value as Json;

fn listed(arguments: &[&str]) -> Json {
    let output = run(&bench("devices-json"), &[&["devices", "--json"][..], arguments].concat());
    ended(&output, 0);
    assert_eq!(out(&output).lines().count(), 1);
    serde_json::from_str(&out(&output)).unwrap()
}

#[test]
fn devices_are_listed_with_their_self_test() {
    let told = listed(&[]);
    let devices = told["devices"].as_array().unwrap();
    for (index, device) in devices.iter().enumerate() {
        assert_eq!(device["index"], index);
        assert!(device["name"].as_str().is_some_and(|name| !name.is_empty()), "{device}");
        assert!(device["software"].is_boolean() && device["backend"].is_string(), "{device}");
        let checks = device["self_test"]["checks"].as_array().unwrap();
        let all = checks.iter().all(|check| check["passed"] == true);
        assert!(device["self_test"]["passed"] == all || device["self_test"]["error"].is_string(), "{device}");
        for check in checks {
            assert!(check["name"].is_string() && check["shape"].is_string() && check["tolerance"].is_number(), "{check}");
            assert!(check["worst"].as_f64() <= check["tolerance"].as_f64() || check["passed"] == false, "{check}");
        }
        if device["kind"] != "cpu" && device["self_test"]["error"].is_null() {
            // The products that went wrong elsewhere had five hundred rows and more, and our own kernels go both ways.
            let shapes: Vec<String> = checks.iter().map(|check| format!("{} {}", check["name"], check["shape"])).collect();
            assert!(shapes.len() > 20, "{shapes:?}");
        }
    }
    let cpu = devices.last().unwrap();
    assert_eq!((&cpu["kind"], &cpu["self_test"]["passed"]), (&"cpu".into(), &true.into()));
    assert!(told["auto"]["reason"].is_string());
}

#[test]
fn the_list_in_words_ends_with_what_is_taken_and_why() {
    let output = run(&bench("devices-words"), &["devices"]);
    ended(&output, 0);
    assert!(out(&output).contains("CPU") && out(&output).lines().last().unwrap().starts_with("--device auto takes"));
}

#[test]
fn an_adapter_that_is_not_there_is_refused_with_those_that_are() {
    let folder = bench("no-adapter");
    for arguments in [
        &["devices", "--adapter", "voodoo"][..],
        &["run", "tiny.toml", "--adapter", "voodoo", "--out", "kept"],
        &["distance", "tiny.toml", "--adapter", "voodoo"],
    ] {
        let output = run(&folder, arguments);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{}", err(&output));
        assert!(err(&output).contains("voodoo"), "{}", err(&output));
    }
    assert!(!folder.join("kept").exists());
}

/// A machine with a GPU, be it in software, has one to choose by its number and by a part of its name.
#[test]
fn an_adapter_is_chosen_by_number_or_by_name() {
    let Some(gpu) = listed(&[])["devices"].as_array().unwrap().iter().find(|device| device["kind"] == "gpu").cloned() else {
        eprintln!("no adapter on this machine: nothing to choose");
        return;
    };
    let name = gpu["name"].as_str().unwrap().split(' ').next().unwrap().to_lowercase();
    for wanted in [gpu["index"].to_string(), name] {
        let told = listed(&["--adapter", &wanted]);
        assert!(told["devices"].as_array().unwrap().contains(&gpu), "{wanted}: {told}");
    }
    let folder = bench("adapter");
    let index = gpu["index"].to_string();
    let small = ["--set", "train.steps=1", "--adapter", &index, "--json", "--out", "kept"];
    let output = run(&folder, &[&["run", "tiny.toml"][..], &small].concat());
    ended(&output, 0);
    let line: Json = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(line["device"], "gpu", "{}", err(&output));
}
