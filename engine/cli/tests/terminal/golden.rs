//! A run folder that an earlier build wrote, committed as it was: it stays readable.
//!
//! Made once by `augsphere run engine/cli/tests/golden/tiny.toml --device cpu --checkpoint-every 1 --out engine/cli/tests/golden/format-1`. A later
//! format gets a folder of its own beside it; this one is never made again.

use crate::bench::{bench, copied, ended, json, metrics, out, run, step_of};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A copy of the golden folder in `golden` of a fresh folder.
fn golden(name: &str) -> PathBuf {
    let folder = bench(name);
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/format-1");
    copied(&kept, &folder.join("golden"));
    folder
}

/// On another processor the last digits may differ.
fn near(one: &Value, other: &Value) -> bool {
    (one.as_f64().unwrap() - other.as_f64().unwrap()).abs() < 0.02
}

#[test]
fn a_golden_folder_is_listed_and_measured() {
    let folder = golden("golden-read");
    let output = run(&folder, &["runs", "golden", "--json"]);
    ended(&output, 0);
    let runs: Vec<Value> = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!((&runs[0]["id"], &runs[0]["state"], &runs[0]["step"]), (&"format-1".into(), &"finished".into(), &2.into()));
    let summary = json(&folder.join("golden/summary.json"));
    assert_eq!(runs[0]["measures"], summary["measures"]);
    let output = run(&folder, &["eval", "golden", "--device", "cpu", "--json"]);
    ended(&output, 0);
    let told: Value = serde_json::from_str(&out(&output)).unwrap();
    for measure in ["alignment", "uniformity", "std"] {
        assert!(near(&told["measures"][measure], &summary["measures"][measure]), "{measure}: {told}");
    }
    ended(&run(&folder, &["figure", "golden", "spectrum", "-o", "spectrum.csv"]), 0);
}

#[test]
fn a_golden_checkpoint_is_gone_on_from() {
    let folder = golden("golden-on");
    let kept = folder.join("golden");
    assert_eq!([step_of(&kept.join("checkpoint-previous.safetensors")), step_of(&kept.join("checkpoint.safetensors"))], [1, 2]);
    let before = metrics(&kept);
    fs::remove_file(kept.join("summary.json")).unwrap();
    fs::remove_file(kept.join("checkpoint.safetensors")).unwrap();
    ended(&run(&folder, &["resume", "golden"]), 0);
    let after = metrics(&kept);
    let steps = |lines: &[Value]| lines.iter().map(|line| line["step"].as_u64().unwrap()).collect::<Vec<_>>();
    assert_eq!(steps(&after), steps(&before));
    let loss = |lines: &[Value]| lines.iter().rev().find_map(|line| line.get("loss").cloned()).unwrap();
    assert!(near(&loss(&after), &loss(&before)), "{after:?}");
    ended(&run(&folder, &["run", "--from", "golden", "--set", "train.steps=4", "--device", "cpu", "--out", "on"]), 0);
    ended(&run(&folder, &["run", "golden", "--device", "cpu", "--out", "again"]), 0);
}
