//! Encoders of other programs.

use crate::bench::{bench, ended, err, json, metrics, out, run};
use safetensors::tensor::{SafeTensors, TensorView};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The data of the encoder that is imported, with seed 0 as an imported run has.
const DATA: [&str; 8] =
    ["--set", "data.train=64", "--set", "data.validation=32", "--set", "data.test=32", "--set", "data.side=8"];

/// What torchvision calls a weight of ours.
fn torchvision(ours: &str) -> Option<String> {
    let name = ours.strip_prefix("encoder.")?;
    let name = name.replace("stem.conv.", "conv1.").replace("stem.norm.", "bn1.");
    let name = name.replace("first.conv.", "conv1.").replace("first.norm.", "bn1.");
    let name = name.replace("second.conv.", "conv2.").replace("second.norm.", "bn2.");
    Some(name.replace("shortcut.conv.", "downsample.0.").replace("shortcut.norm.", "downsample.1."))
}

/// A ResNet-18 with 8 channels, trained for two steps in `own`, and its encoder as solo-learn would have kept it in `theirs.safetensors`; `edit`
/// may change name and shape of each of its tensors, or leave it out.
fn theirs(name: &str, edit: impl Fn(&str, &[usize]) -> Option<(String, Vec<usize>)>) -> PathBuf {
    let folder = bench(name);
    let small = [
        "--set",
        "seed=0",
        "--set",
        "encoder.kind=resnet18",
        "--set",
        "encoder.width=8",
        "--set",
        "train.steps=2",
        "--out",
        "own",
    ];
    ended(&run(&folder, &[&["run", "tiny.toml", "--device", "cpu"][..], &small].concat()), 0);
    let bytes = fs::read(folder.join("own/encoder.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut views = Vec::new();
    for (name, tensor) in file.iter() {
        let Some(theirs) = torchvision(name) else { continue };
        let Some((theirs, shape)) = edit(&theirs, tensor.shape()) else { continue };
        views.push((format!("backbone.{theirs}"), TensorView::new(tensor.dtype(), shape, tensor.data()).unwrap()));
    }
    // What stands in a checkpoint of solo-learn beside the encoder.
    let head = vec![0; 4 * 6];
    views.push(("classifier.weight".into(), TensorView::new(safetensors::Dtype::F32, vec![2, 3], &head).unwrap()));
    fs::write(folder.join("theirs.safetensors"), safetensors::serialize(views, None).unwrap()).unwrap();
    folder
}

fn as_they_are(name: &str, shape: &[usize]) -> Option<(String, Vec<usize>)> {
    Some((name.to_owned(), shape.to_vec()))
}

fn imported(folder: &Path, more: &[&str]) -> std::process::Output {
    run(folder, &[&["import", "theirs.safetensors", "-o", "imported", "--encoder", "resnet18"][..], more].concat())
}

/// What an encoder measures, it measures under other names.
#[test]
fn an_imported_encoder_is_the_one_that_was_kept() {
    let folder = theirs("import", as_they_are);
    let output = imported(&folder, &DATA);
    ended(&output, 0);
    assert!(out(&output).contains("left out") && out(&output).contains("classifier.weight"), "{}", out(&output));
    let evaluated = |run_folder: &str| -> Value {
        let output = run(&folder, &["eval", run_folder, "--device", "cpu", "--json", "--set", "measures.knn.k=5"]);
        ended(&output, 0);
        serde_json::from_str(&out(&output)).unwrap()
    };
    let (own, theirs) = (evaluated("own"), evaluated("imported"));
    for measure in ["knn_accuracy", "knn_accuracy_test", "probe_accuracy_test", "nearest_centre_accuracy", "centre_product"] {
        assert_eq!(own["measures"][measure], theirs["measures"][measure], "{measure}");
    }
    // It has no projector: its embeddings are its features.
    ended(&run(&folder, &["embed", "imported", "-o", "x.safetensors", "--device", "cpu"]), 0);
    let bytes = fs::read(folder.join("x.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(file.tensor("embeddings").unwrap().shape(), file.tensor("features").unwrap().shape());
    let header = json(&folder.join("imported/run.json"));
    assert_eq!((&header["id"], &header["name"], &header["step"]), (&"imported".into(), &"theirs".into(), &0.into()));
    let listed = run(&folder, &["runs", "imported"]);
    ended(&listed, 0);
    assert!(out(&listed).contains("imported"), "{}", out(&listed));
}

#[test]
fn a_run_begins_with_an_imported_encoder() {
    let folder = theirs("import-from", as_they_are);
    ended(&imported(&folder, &DATA), 0);
    let own = json(&folder.join("own/summary.json"));
    let begin = [
        "run",
        "tiny.toml",
        "--device",
        "cpu",
        "--from",
        "imported",
        "--set",
        "seed=0",
        "--set",
        "train.steps=1",
        "--out",
        "begun",
    ];
    let output = run(&folder, &begin);
    ended(&output, 2);
    assert!(err(&output).contains("--set encoder.kind=resnet18 --set encoder.width=8"), "{}", err(&output));
    let fitting = ["--set", "encoder.kind=resnet18", "--set", "encoder.width=8"];
    ended(&run(&folder, &[&begin[..], &fitting].concat()), 0);
    assert_eq!(metrics(&folder.join("begun"))[0]["knn_accuracy"], own["measures"]["knn_accuracy"]);
    let output = run(&folder, &["resume", "imported"]);
    ended(&output, 2);
    assert!(err(&output).contains("--from imported"), "{}", err(&output));
}

#[test]
fn names_and_shapes_that_do_not_fit_are_listed_and_nothing_is_left() {
    let misfit = theirs("import-misfit", |name, shape| match name {
        "layer3.0.downsample.0.weight" => None,
        "layer2.1.bn2.running_var" => Some(("layer2.1.bn2.running_variance".into(), shape.to_vec())),
        "layer4.0.conv1.weight" => Some((name.into(), vec![shape[1], shape[0], 3, 3])),
        _ => as_they_are(name, shape),
    });
    let output = imported(&misfit, &[]);
    ended(&output, 1);
    let said = err(&output);
    for part in [
        "encoder.layer3.0.shortcut.conv.weight is missing",
        "encoder.layer2.1.second.norm.running_var is missing",
        "backbone.layer4.0.conv1.weight is [32, 64, 3, 3] there",
        "backbone.layer2.1.bn2.running_variance",
        "next:",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!misfit.join("imported").exists());
}

#[test]
fn other_files_are_refused_with_what_to_do() {
    let folder = bench("import-wrong");
    fs::write(folder.join("torch.safetensors"), b"PK\x03\x04 a zip archive").unwrap();
    fs::write(folder.join("model.pth"), b"PK\x03\x04 a zip archive").unwrap();
    fs::create_dir(folder.join("taken")).unwrap();
    fs::write(folder.join("taken/notes.txt"), "mine").unwrap();
    for (arguments, code, says) in [
        (&["import", "torch.safetensors", "-o", "a"][..], 1, "to_safetensors.py"),
        (&["import", "model.pth", "-o", "a"], 2, "to_safetensors.py"),
        (&["import", "absent.safetensors", "-o", "a"], 2, "there is no absent.safetensors"),
        (&["import", "torch.safetensors"], 2, "--out"),
    ] {
        let output = run(&folder, arguments);
        ended(&output, code);
        assert!(err(&output).contains(says), "{arguments:?}: {}", err(&output));
        assert!(!folder.join("a").exists());
    }
    let theirs = theirs("import-taken", as_they_are);
    fs::create_dir(theirs.join("imported")).unwrap();
    fs::write(theirs.join("imported/notes.txt"), "mine").unwrap();
    let output = imported(&theirs, &[]);
    ended(&output, 2);
    assert!(err(&output).contains("nothing is overwritten"), "{}", err(&output));
    for (arguments, says) in
        [(&["--set", "method.temperature=1"][..], "nothing is trained"), (&["--set", "encoder.depth=3"], "encoder.depth")]
    {
        let output = run(&theirs, &[&["import", "theirs.safetensors", "-o", "b"][..], arguments].concat());
        ended(&output, 2);
        assert!(err(&output).contains(says), "{arguments:?}: {}", err(&output));
    }
    let output = run(&theirs, &["import", "theirs.safetensors", "-o", "b", "--encoder", "vit"]);
    ended(&output, 2);
    assert!(err(&output).contains("resnet18"), "{}", err(&output));
}
