//! All measures of an encoder, on its own data and on others.

use crate::bench::{bench, cifar, copied, ended, err, json, out, run};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A short run in `kept`, with more settings.
fn trained(name: &str, more: &[&str]) -> PathBuf {
    let folder = bench(name);
    ended(&run(&folder, &[&["run", "tiny.toml", "--device", "cpu", "--out", "kept"][..], more].concat()), 0);
    folder
}

fn evaluated(folder: &Path, arguments: &[&str]) -> Value {
    let output = run(folder, &[&["eval"][..], arguments, &["--device", "cpu", "--json"]].concat());
    ended(&output, 0);
    assert_eq!(out(&output).lines().count(), 1, "{}", out(&output));
    serde_json::from_str(&out(&output)).unwrap()
}

/// On its own data an encoder has the measures that its run ended with.
#[test]
fn an_encoder_has_the_measures_of_its_run() {
    let folder = trained("eval", &[]);
    let told = evaluated(&folder, &["kept"]);
    let summary = json(&folder.join("kept/summary.json"));
    let measures = told["measures"].as_object().unwrap();
    for name in [
        "knn_accuracy",
        "knn_accuracy_test",
        "probe_accuracy_test",
        "pixel_knn_accuracy",
        "alignment",
        "uniformity",
        "effective_rank",
    ] {
        assert!(measures.contains_key(name), "{name} is missing: {measures:?}");
    }
    for (name, value) in measures {
        assert_eq!(*value, summary["measures"][name], "{name}");
    }
    assert_eq!(told["profiles"]["confusion"], summary["profiles"]["confusion"]);
    assert_eq!((&told["step"], &told["device"], &told["data"]["kind"]), (&3.into(), &"cpu".into(), &"shapes".into()));
    assert_eq!(told["protocol"]["knn_accuracy"], summary["protocol"]["knn_accuracy"]);
    assert!(told["protocol"].get("loss").is_none(), "there is no loss to explain");
    let words = run(&folder, &["eval", "kept", "--device", "cpu"]);
    ended(&words, 0);
    let knn = format!("{:.4}", summary["knn_accuracy"].as_f64().unwrap());
    assert!(out(&words).contains(&knn) && out(&words).contains("protocol:"), "{}", out(&words));
}

/// A run of the page has a checkpoint and no file of its encoder alone.
#[test]
fn a_checkpoint_is_as_good_as_an_encoder() {
    let folder = trained("eval-checkpoint", &[]);
    let told = evaluated(&folder, &["kept"]);
    copied(&folder.join("kept"), &folder.join("page"));
    fs::remove_file(folder.join("page/encoder.safetensors")).unwrap();
    assert_eq!(evaluated(&folder, &["page"])["measures"], told["measures"]);
    // A run whose heads changed on the way is measured as it is at its end.
    let change = ["--change", "2:method.kind=barlow_twins"];
    ended(&run(&folder, &[&["run", "tiny.toml", "--device", "cpu", "--out", "changed"][..], &change].concat()), 0);
    let summary = json(&folder.join("changed/summary.json"));
    assert_eq!(evaluated(&folder, &["changed"])["measures"]["alignment"], summary["measures"]["alignment"]);
}

#[test]
fn other_data_and_other_measures_may_be_named() {
    let folder = trained("eval-other", &["--set", "method.kind=supervised"]);
    cifar(&folder.join("images"), 60, str::to_owned);
    let own = evaluated(&folder, &["kept"]);
    let more = evaluated(&folder, &["kept", "--set", "data.train=128", "--set", "measures.knn.k=9"]);
    assert_eq!((&more["data"]["train"], &more["protocol"]["knn_accuracy"]["k"]), (&128.into(), &9.into()));
    assert_ne!(more["measures"]["probe_accuracy_test"], own["measures"]["probe_accuracy_test"]);
    // The kind of an archive is found out; a classifier for other classes is left aside.
    for data in [&["--data", "images"][..], &["--data", "cifar10", "--set", "data.path=images"]] {
        let told = evaluated(&folder, &[&["kept"][..], data].concat());
        assert_eq!((&told["data"]["kind"], &told["data"]["side"]), (&"cifar10".into(), &32.into()), "{data:?}");
        assert!(told["measures"]["knn_accuracy_test"].is_number());
    }
    let larger = evaluated(
        &folder,
        &["kept", "--data", "shapes", "--set", "data.side=16", "--set", "data.train=64", "--set", "data.test=32"],
    );
    assert_eq!((&larger["data"]["side"], &larger["data"]["train"]), (&16.into(), &64.into()));
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let folder = trained("eval-wrong", &[]);
    let kept = folder.join("kept");
    for (arguments, code, says) in [
        (&["eval", "nowhere"][..], 2, "no run folder"),
        (&["eval", "kept", "--data", "flowers"], 2, "shapes, cifar10, cifar100"),
        (&["eval", "kept", "--data", "cifar10"], 2, "data.path"),
        (&["eval", "kept", "--data", "tiny.toml", "--device", "cpu"], 2, "tiny.toml"),
        (&["eval", "kept", "--set", "method.temperature=1"], 2, "as it was trained"),
        (&["eval", "kept", "--set", "measures.knn.k=0"], 2, "measures.knn.k"),
    ] {
        let output = run(&folder, arguments);
        ended(&output, code);
        assert!(err(&output).contains(says), "{arguments:?}: {}", err(&output));
    }
    for name in ["checkpoint", "checkpoint-previous", "encoder"] {
        let file = kept.join(name).with_extension("safetensors");
        let bytes = fs::read(&file).unwrap();
        fs::write(&file, &bytes[..bytes.len() - 2]).unwrap();
    }
    let output = run(&folder, &["eval", "kept", "--device", "cpu"]);
    ended(&output, 1);
    assert!(err(&output).contains("encoder.safetensors is no whole safetensors file"), "{}", err(&output));
}
