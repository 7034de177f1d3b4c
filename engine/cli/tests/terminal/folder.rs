//! The run folder: what is promised, and only that.

use crate::bench::{KEYS, bench, ended, err, json, metrics, out, run};
use safetensors::SafeTensors;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

#[test]
fn a_run_ends_with_one_line_of_json_and_a_complete_folder() {
    let folder = bench("complete");
    let output = run(&folder, &["run", "tiny.toml", "--device", "cpu", "--json", "--out", "kept"]);
    ended(&output, 0);
    let text = out(&output);
    assert_eq!(text.lines().count(), 1, "{text}");
    // The keys in the promised order: what stands before each colon of a flat object.
    let keys: Vec<&str> = text.split('"').skip(1).step_by(2).take(KEYS.len()).collect();
    assert_eq!(keys, KEYS);
    let line: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(line["steps"], 3);
    assert_eq!(line["device"], "cpu");
    for key in KEYS.iter().filter(|key| **key != "device") {
        assert!(line[*key].is_number(), "{key}: {line}");
    }
    let summary = json(&folder.join("kept/summary.json"));
    for key in KEYS {
        assert_eq!(summary[key], line[key], "{key}");
    }
    assert_eq!(summary["stopped"], false);
    assert_eq!(summary["fault"], Value::Null);
    assert_eq!(summary["weights_at_step"], 3);
    assert_eq!(summary["seed"], 7);
    let knn = &summary["protocol"]["knn_accuracy"];
    assert_eq!((&knn["k"], &knn["bank"], &knn["queries"]), (&5.into(), &64.into(), &32.into()));
    let names: BTreeSet<String> =
        fs::read_dir(folder.join("kept")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let expected = [
        "checkpoint-previous.safetensors",
        "checkpoint.safetensors",
        "encoder.safetensors",
        "experiment.toml",
        "metrics.jsonl",
        "run.json",
        "summary.json",
    ];
    assert_eq!(names, expected.map(String::from).into());
}

#[test]
fn the_header_says_which_run_it_is_and_how_far_it_came() {
    let folder = bench("header");
    ended(&run(&folder, &["run", "tiny.toml", "--device", "cpu", "--out", "Kept 1"]), 0);
    let header = json(&folder.join("Kept 1/run.json"));
    assert_eq!((&header["format"], &header["id"], &header["name"]), (&1.into(), &"kept-1".into(), &"tiny".into()));
    assert_eq!(
        (&header["step"], &header["device"]["kind"], &header["data"]["kind"]),
        (&3.into(), &"cpu".into(), &"shapes".into())
    );
    assert_eq!((&header["parent"], &header["pinned"]), (&Value::Null, &false.into()));
    assert_eq!(header["seconds"].as_f64().map(|seconds| seconds > 0.0), Some(true));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!((now - 600..=now).contains(&header["created"].as_u64().unwrap()), "{header}");
}

#[test]
fn metrics_hold_every_step_and_the_measures_from_the_untrained_encoder_on() {
    let folder = bench("metrics");
    ended(&run(&folder, &["run", "tiny.toml", "--device", "cpu", "--out", "kept"]), 0);
    let lines = metrics(&folder.join("kept"));
    let steps = |key: &str| -> Vec<u64> {
        lines.iter().filter(|line| line.get(key).is_some()).map(|line| line["step"].as_u64().unwrap()).collect()
    };
    assert_eq!(steps("loss"), [1, 2, 3]);
    assert_eq!(steps("knn_accuracy"), [0, 2, 3]);
    for line in &lines {
        let fields = line.as_object().unwrap();
        assert!(fields.iter().all(|(name, value)| value.is_number() || name == "profiles"), "{line}");
        assert_eq!(fields.contains_key("profiles"), fields.contains_key("knn_accuracy"), "{line}");
    }
    let summary = json(&folder.join("kept/summary.json"));
    let count = |numbers: &Value| numbers.as_array().unwrap().len();
    let profiles = &summary["profiles"];
    let [classes, directions] = [count(&profiles["confusion"]["rows"]), count(&profiles["spectrum"])];
    assert_eq!((classes, directions), (10, 3), "a row for each class, an eigenvalue for each direction");
    assert!(summary["measures"]["factor_size"].is_number() && summary["measures"]["contrastive_limit"].is_number());
    assert!(lines[0].get("probe_accuracy").is_none() && lines.last().unwrap()["probe_accuracy"] == summary["probe_accuracy"]);
    let last = lines.iter().rev().find(|line| line.get("loss").is_some()).unwrap();
    assert_eq!(last["loss"], summary["loss"]);
}

#[test]
fn a_run_folder_can_be_run_again_and_gives_the_same_numbers() {
    let folder = bench("again");
    ended(&run(&folder, &["run", "tiny.toml", "--device", "cpu", "--out", "first"]), 0);
    ended(&run(&folder, &["run", "first", "--device", "cpu", "--out", "second"]), 0);
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    for file in ["experiment.toml", "metrics.jsonl"] {
        assert!(read(&format!("first/{file}")) == read(&format!("second/{file}")), "{file} differs");
    }
    assert!(read("first/encoder.safetensors") == read("second/encoder.safetensors"), "the weights differ");
}

/// Byte for byte, the header of the weights included.
#[test]
fn the_same_run_gives_the_same_files_every_time() {
    let folder = bench("same");
    let files: Vec<Vec<u8>> = (0..6)
        .map(|number| {
            let out = format!("kept-{number}");
            ended(&run(&folder, &["run", "tiny.toml", "--device", "cpu", "--set", "train.steps=1", "--out", &out]), 0);
            fs::read(folder.join(out).join("encoder.safetensors")).unwrap()
        })
        .collect();
    assert!(files.iter().all(|file| *file == files[0]));
}

#[test]
fn toml_and_json_are_the_same_experiment() {
    let folder = bench("json");
    let tree: Value = toml::from_str(crate::bench::TINY).unwrap();
    fs::write(folder.join("tiny.json"), tree.to_string()).unwrap();
    for (file, kept) in [("tiny.toml", "a"), ("tiny.json", "b")] {
        ended(&run(&folder, &["run", file, "--device", "cpu", "--out", kept, "--set", "train.steps=1"]), 0);
    }
    assert_eq!(fs::read(folder.join("a/experiment.toml")).unwrap(), fs::read(folder.join("b/experiment.toml")).unwrap());
}

#[test]
fn settings_are_in_the_experiment_that_is_kept() {
    let folder = bench("settings");
    let changes = [
        "--set",
        "method.temperature=0.25",
        "--set",
        "seed=11",
        "--set",
        "optimiser.kind=adamw",
        "--set",
        "train.steps=1",
        "--set",
        "name=2000",
    ];
    ended(&run(&folder, &[&["run", "tiny.toml", "--device", "cpu", "--out", "kept"][..], &changes].concat()), 0);
    let kept: Value = toml::from_str(&fs::read_to_string(folder.join("kept/experiment.toml")).unwrap()).unwrap();
    assert_eq!(kept["method"]["temperature"], 0.25);
    assert_eq!(kept["seed"], 11);
    assert_eq!(kept["optimiser"]["kind"], "adamw");
    assert_eq!(kept["name"], "2000");
    assert!(kept["augment"]["crop"]["scale_min"].is_number(), "defaults are written too");
}

#[test]
fn without_out_every_run_gets_its_own_folder_under_runs() {
    let folder = bench("runs");
    for _ in 0..2 {
        let output = run(&folder, &["run", "tiny.toml", "--device", "cpu", "--set", "train.steps=1"]);
        ended(&output, 0);
        assert!(out(&output).contains("tiny-7-"), "{}", out(&output));
    }
    let names: Vec<String> =
        fs::read_dir(folder.join("runs")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.iter().all(|name| name.starts_with("tiny-7-2")), "{names:?}");
}

#[test]
fn a_folder_that_holds_something_is_refused_and_left_alone() {
    let folder = bench("occupied");
    fs::create_dir(folder.join("kept")).unwrap();
    fs::write(folder.join("kept/notes.txt"), "mine").unwrap();
    for out in ["kept", "tiny.toml"] {
        let output = run(&folder, &["run", "tiny.toml", "--device", "cpu", "--out", out]);
        ended(&output, 2);
        assert!(err(&output).contains("--out"), "{}", err(&output));
    }
    assert_eq!(fs::read_dir(folder.join("kept")).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(folder.join("kept/notes.txt")).unwrap(), "mine");
}

#[test]
fn an_empty_folder_may_be_given() {
    let folder = bench("empty");
    fs::create_dir(folder.join("kept")).unwrap();
    ended(&run(&folder, &["run", "tiny.toml", "--device", "cpu", "--out", "kept", "--set", "train.steps=1"]), 0);
    assert!(folder.join("kept/summary.json").is_file());
}

/// File managers leave such files in folders that look empty.
#[test]
fn a_folder_with_nothing_but_a_file_managers_notes_counts_as_empty() {
    let folder = bench("litter");
    fs::create_dir(folder.join("kept")).unwrap();
    for name in [".DS_Store", "Thumbs.db"] {
        fs::write(folder.join("kept").join(name), "notes").unwrap();
    }
    ended(&run(&folder, &["run", "tiny.toml", "--device", "cpu", "--out", "kept", "--set", "train.steps=1"]), 0);
    assert!(folder.join("kept/summary.json").is_file() && folder.join("kept/.DS_Store").is_file());
}

#[test]
fn more_neighbours_than_there_are_images_are_noted_in_words_and_in_the_summary() {
    let folder = bench("neighbours");
    let many = ["--set", "measures.knn.k=200", "--set", "train.steps=1"];
    let output = run(&folder, &[&["run", "tiny.toml", "--device", "cpu", "--out", "kept"][..], &many].concat());
    ended(&output, 0);
    assert!(err(&output).contains("all 64 of them vote"), "{}", err(&output));
    assert!(out(&output).contains("k = 64,"), "{}", out(&output));
    let knn = &json(&folder.join("kept/summary.json"))["protocol"]["knn_accuracy"];
    assert_eq!((&knn["k"], &knn["k_asked_for"], &knn["bank"]), (&64.into(), &200.into(), &64.into()));
}

#[test]
fn the_weights_are_named_and_shaped_as_documented() {
    let folder = bench("weights");
    ended(&run(&folder, &["run", "tiny.toml", "--device", "cpu", "--out", "kept"]), 0);
    let bytes = fs::read(folder.join("kept/encoder.safetensors")).unwrap();
    let weights = SafeTensors::deserialize(&bytes).unwrap();
    let mut expected = BTreeMap::new();
    let layers = [
        ("encoder.stage1", vec![16, 3, 3, 3]),
        ("encoder.stage2", vec![32, 16, 3, 3]),
        ("encoder.stage3", vec![64, 32, 3, 3]),
        ("projector.layer1", vec![16, 64, 1, 1]),
    ];
    for (name, shape) in layers {
        for vector in ["norm.weight", "norm.bias", "norm.running_mean", "norm.running_var"] {
            expected.insert(format!("{name}.{vector}"), vec![shape[0]]);
        }
        expected.insert(format!("{name}.conv.weight"), shape);
    }
    expected.insert("projector.last.weight".to_owned(), vec![3, 16]);
    expected.insert("projector.last.bias".to_owned(), vec![3]);
    let found: BTreeMap<String, Vec<usize>> =
        weights.tensors().into_iter().map(|(name, weight)| (name, weight.shape().to_vec())).collect();
    assert_eq!(found, expected);
    let counted = |prefix: &str| -> usize {
        let learnt = |name: &str| name.starts_with(prefix) && !name.contains("running");
        found.iter().filter(|(name, _)| learnt(name)).map(|(_, shape)| shape.iter().product::<usize>()).sum()
    };
    let summary = json(&folder.join("kept/summary.json"));
    assert_eq!(summary["encoder_weights"], counted("encoder."));
    assert_eq!(summary["projector_weights"], counted("projector."));
    for (name, weight) in weights.tensors() {
        assert_eq!(weight.dtype(), safetensors::Dtype::F32);
        let values = weight.data().chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        assert!(values.into_iter().all(f32::is_finite), "{name}");
    }
}
