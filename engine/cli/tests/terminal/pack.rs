//! Runs that leave and come as one .zip file.

use crate::bench::{bench, contents, ended, err, metrics, out, program, run};
use std::fs;

/// What is packed on one machine is the same on another, goes on there, and never lies over what is there already.
#[test]
fn packed_runs_come_back_whole_and_go_on() {
    let folder = bench("packed");
    for seed in ["1", "2"] {
        let seed = format!("seed={seed}");
        let name = format!("kept/{}", seed.replace('=', "-"));
        ended(&run(&folder, &["run", "tiny.toml", "--device", "cpu", "--set", &seed, "--out", &name]), 0);
    }
    let packed = run(&folder, &["export", "kept/seed-1", "kept/seed-2", "-o", "both.zip"]);
    ended(&packed, 0);
    assert!(out(&packed).starts_with("2 runs in both.zip"), "{}", out(&packed));

    let taken = run(&folder, &["import", "both.zip", "-o", "theirs"]);
    ended(&taken, 0);
    for name in ["seed-1", "seed-2"] {
        let whole = |files: std::collections::BTreeMap<String, Vec<u8>>| {
            files.into_iter().filter(|(name, _)| !name.starts_with('.')).collect::<Vec<_>>()
        };
        assert_eq!(whole(contents(&folder.join("theirs").join(name))), whole(contents(&folder.join("kept").join(name))));
    }
    // A second time beside the first.
    ended(&run(&folder, &["import", "both.zip", "-o", "theirs"]), 0);
    assert_eq!(contents(&folder.join("theirs/seed-1")), contents(&folder.join("theirs/seed-1-2")));

    let on = ["run", "--from", "theirs/seed-1", "--set", "train.steps=5", "--device", "cpu", "--out", "on"];
    ended(&run(&folder, &on), 0);
    assert_eq!(metrics(&folder.join("on")).iter().filter(|row| row.get("loss").is_some()).count(), 5);
}

#[test]
fn what_is_no_archive_of_runs_is_said_and_leaves_nothing() {
    let folder = bench("not-packed");
    fs::write(folder.join("no.zip"), b"PK\x03\x04 and nothing else").unwrap();
    let refused = run(&folder, &["import", "no.zip"]);
    assert_ne!(refused.status.code(), Some(0));
    assert!(err(&refused).contains("no whole .zip file"), "{}", err(&refused));
    assert!(!folder.join("runs").exists());
    let nothing = program(&folder, &["export", "nowhere"]).output().unwrap();
    ended(&nothing, 2);
    assert!(err(&nothing).contains("no run folder") && !folder.join("runs.zip").exists(), "{}", err(&nothing));
}
