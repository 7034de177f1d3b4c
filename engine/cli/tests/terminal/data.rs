//! Data sets that are found where people keep them.

use crate::bench::{bench, cifar, ended, err, run};
use std::fs;

const SMALL: [&str; 8] =
    ["--device", "cpu", "--set", "train.steps=1", "--set", "train.batch=16", "--set", "measures.cadence.images=16"];

#[test]
fn the_batches_are_found_two_folders_below_the_root_and_in_upper_case() {
    let folder = bench("root");
    cifar(&folder.join("data/cifar/cifar-10-batches-bin"), 40, str::to_uppercase);
    fs::create_dir_all(folder.join("data/other/empty")).unwrap();
    let output = run(&folder, &[&["run", "cifar10-simclr", "--set", "data.path=data", "--out", "kept"][..], &SMALL].concat());
    ended(&output, 0);
    assert!(err(&output).contains("CIFAR-10: 36 training, 4 validation"), "{}", err(&output));
}

#[test]
fn a_folder_without_the_batches_says_where_it_was_looked() {
    let folder = bench("no-batches");
    fs::create_dir_all(folder.join("data/a/b/c/d/e/f")).unwrap();
    cifar(&folder.join("data/a/b/c/d/e/f"), 4, str::to_owned);
    let output = run(&folder, &[&["run", "cifar10-simclr", "--set", "data.path=data"][..], &SMALL].concat());
    ended(&output, 1);
    let said = err(&output);
    assert!(said.contains("data_batch_1.bin") && said.contains("next:") && said.contains("folders"), "{said}");
}
