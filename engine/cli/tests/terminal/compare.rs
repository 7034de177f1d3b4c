//! Runs beside each other.

use crate::bench::{bench, ended, err, json, out, run};
use serde_json::Value;

#[test]
fn differences_are_told_in_words_and_measures_stand_beside_each_other() {
    let folder = bench("compare");
    let start = |more: &[&str]| ended(&run(&folder, &[&["run", "tiny.toml", "--device", "cpu"][..], more].concat()), 0);
    start(&["--out", "warm"]);
    start(&["--set", "method.temperature=0.1", "--set", "projector.hidden=32", "--out", "cold"]);
    start(&["--change", "2:method.kind=byol", "--out", "late"]);
    let output = run(&folder, &["compare", "warm", "cold", "late"]);
    ended(&output, 0);
    let text = out(&output);
    let cold = text.find("from warm to cold:\n  temperature 0.5 to 0.1\n  projector hidden width 16 to 32\n");
    let late = text.find("from warm to late:\n  after 2 steps method BYOL\n");
    assert!(cold.is_some() && late > cold, "{text}");
    let summaries = ["warm", "cold", "late"].map(|name| json(&folder.join(name).join("summary.json")));
    for measure in ["knn_accuracy", "alignment", "probe_accuracy_test"] {
        let line =
            text.lines().find(|line| line.contains(&format!("({measure})"))).unwrap_or_else(|| panic!("{measure}: {text}"));
        let numbers: Vec<&str> = line.split_whitespace().rev().take(3).collect();
        let expected = summaries.each_ref().map(|summary| format!("{:.4}", summary["measures"][measure].as_f64().unwrap()));
        assert_eq!(numbers, [&expected[2], &expected[1], &expected[0]], "{measure}");
    }
    let output = run(&folder, &["compare", "warm", "cold", "late", "--json"]);
    ended(&output, 0);
    let told: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(told["runs"].as_array().unwrap().len(), 3);
    assert_eq!(told["differences"][0][0]["words"], "temperature 0.5 to 0.1");
    assert_eq!(told["differences"][1][0]["path"], "method.kind");
    assert_eq!(told["runs"][1]["measures"]["std"], summaries[1]["measures"]["std"]);
}

#[test]
fn equal_experiments_and_lineage_are_said() {
    let folder = bench("compare-equal");
    let steps = ["--set", "train.steps=4", "--checkpoint-every", "2"];
    for name in ["one", "other"] {
        ended(&run(&folder, &[&["run", "tiny.toml", "--device", "cpu", "--out", name][..], &steps].concat()), 0);
    }
    ended(&run(&folder, &["run", "--from", "one@2", "--set", "method.temperature=0.1", "--device", "cpu", "--out", "branch"]), 0);
    let output = run(&folder, &["compare", "one", "other", "branch"]);
    ended(&output, 0);
    let text = out(&output);
    assert!(text.contains("other is the same experiment as one"), "{text}");
    assert!(text.contains("after 2 steps temperature 0.1\n  (branch went on from tiny after 2 steps)"), "{text}");
}

#[test]
fn what_cannot_be_compared_is_named() {
    let folder = bench("compare-wrong");
    ended(&run(&folder, &["run", "tiny.toml", "--device", "cpu", "--set", "train.steps=1", "--out", "one"]), 0);
    for (arguments, says) in
        [(&["compare", "one"][..], "RUNS"), (&["compare", "one", "two"], "two"), (&["compare", "one", "."], "experiment.toml")]
    {
        let output = run(&folder, arguments);
        ended(&output, 2);
        assert!(err(&output).contains(says), "{arguments:?}: {}", err(&output));
    }
}
