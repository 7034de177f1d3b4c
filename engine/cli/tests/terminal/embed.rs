//! Embeddings, features and labels for other programs.

use crate::bench::{bench, ended, err, run};
use safetensors::{Dtype, SafeTensors};
use std::fs;
use std::path::{Path, PathBuf};

fn trained(name: &str) -> PathBuf {
    let folder = bench(name);
    ended(&run(&folder, &["run", "tiny.toml", "--device", "cpu", "--out", "kept"]), 0);
    folder
}

fn embedded(folder: &Path, out: &str, more: &[&str]) {
    ended(&run(folder, &[&["embed", "kept", "-o", out, "--device", "cpu"][..], more].concat()), 0);
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect()
}

/// Type, shape and numbers of a file in NumPy's form.
fn npy(file: &Path) -> (String, Vec<u8>) {
    let bytes = fs::read(file).unwrap();
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert_eq!((10 + length) % 64, 0);
    (String::from_utf8(bytes[10..10 + length].to_vec()).unwrap(), bytes[10 + length..].to_vec())
}

/// The same numbers in three forms, of unit length where that is said.
#[test]
fn the_three_forms_hold_the_same_numbers() {
    let folder = trained("embed");
    ["x.safetensors", "x.npy", "x.csv"].iter().for_each(|out| embedded(&folder, out, &[]));
    let bytes = fs::read(folder.join("x.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let [embeddings, features, labels] = ["embeddings", "features", "labels"].map(|name| tensors.tensor(name).unwrap());
    assert_eq!((embeddings.shape(), features.shape(), labels.shape()), (&[32, 3][..], &[32, 64][..], &[32][..]));
    assert_eq!((features.dtype(), labels.dtype()), (Dtype::F32, Dtype::U8));
    let (rows, wide) = (floats(embeddings.data()), floats(features.data()));
    for row in rows.chunks(3) {
        assert!((row.iter().map(|value| value * value).sum::<f32>() - 1.0).abs() < 1e-5, "{row:?}");
    }
    assert!(wide.iter().all(|value| value.is_finite()) && wide.iter().any(|value| value.abs() > 1e-3));
    for (file, kind, shape, numbers) in [
        ("x.npy", "<f4", "(32, 3,)", embeddings.data()),
        ("x-features.npy", "<f4", "(32, 64,)", features.data()),
        ("x-labels.npy", "|u1", "(32,)", labels.data()),
    ] {
        let (header, found) = npy(&folder.join(file));
        assert!(header.contains(kind) && header.contains(shape), "{file}: {header}");
        assert_eq!(found, numbers, "{file}");
    }
    let text = fs::read_to_string(folder.join("x.csv")).unwrap();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!((lines.len(), lines[0].len()), (33, 3 + 3 + 64));
    assert_eq!(lines[0][..4], ["image", "label", "class", "embedding_0"]);
    for (image, line) in lines[1..].iter().enumerate() {
        let numbers: Vec<f32> = line[3..].iter().map(|number| number.parse().unwrap()).collect();
        assert_eq!((line[0], line[1]), (image.to_string().as_str(), labels.data()[image].to_string().as_str()));
        assert_eq!((&numbers[..3], &numbers[3..]), (&rows[3 * image..3 * image + 3], &wide[64 * image..64 * image + 64]));
    }
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let notes = header.metadata().as_ref().unwrap();
    assert_eq!((notes["split"].as_str(), notes["steps"].as_str()), ("validation", "3"));
}

#[test]
fn any_split_and_any_data_are_encoded() {
    let folder = trained("embed-splits");
    let count = |file: &str| {
        let bytes = fs::read(folder.join(file)).unwrap();
        SafeTensors::deserialize(&bytes).unwrap().tensor("labels").unwrap().shape()[0]
    };
    for (split, images) in [("train", 64), ("validation", 32), ("test", 32)] {
        embedded(&folder, "part.safetensors", &["--split", split]);
        assert_eq!(count("part.safetensors"), images, "{split}");
    }
    embedded(&folder, "more.safetensors", &["--set", "data.test=48", "--split", "test"]);
    assert_eq!(count("more.safetensors"), 48);
}

#[test]
fn what_cannot_be_written_is_refused() {
    let folder = trained("embed-wrong");
    for (arguments, code, says) in [
        (&["embed", "kept", "-o", "x.txt"][..], 2, ".npy, .csv or .safetensors"),
        (&["embed", "kept"], 2, "--out"),
        (&["embed", "nowhere", "-o", "x.npy"], 2, "no run folder"),
        (&["embed", "kept", "-o", "x.npy", "--set", "train.steps=1"], 2, "as it was trained"),
        (&["embed", "kept", "-o", "nowhere/x.npy", "--device", "cpu"], 1, "nowhere/x.npy"),
    ] {
        let output = run(&folder, arguments);
        ended(&output, code);
        assert!(err(&output).contains(says), "{arguments:?}: {}", err(&output));
    }
}
