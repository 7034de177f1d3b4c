//! The benchmark of this machine: the names that tools hold on to, and what is refused. Never how fast anything is.

use crate::bench::{bench, ended, err, out, run};
use serde_json::Value as Json;

/// A short look: the parts are all there, and little is repeated.
const SHORT: [&str; 5] = ["bench", "--quick", "--seconds", "2", "--device"];

#[test]
fn the_last_line_is_json_with_the_promised_names() {
    let output = run(&bench("bench-json"), &[&SHORT[..], &["cpu", "--json"]].concat());
    ended(&output, 0);
    assert_eq!(out(&output).lines().count(), 1, "{}", out(&output));
    let told: Json = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!((&told["quick"], &told["stopped"]), (&true.into(), &false.into()));
    for name in ["cpu", "system", "version", "date"] {
        assert!(told["machine"][name].is_string(), "machine.{name}: {told}");
    }
    assert!(told["machine"]["threads"].as_u64().is_some_and(|threads| threads > 0), "{told}");
    let devices = told["devices"].as_array().unwrap();
    assert_eq!(devices.len(), 1);
    let cpu = &devices[0];
    assert_eq!((&cpu["name"], &cpu["kind"], &cpu["self_test"]["passed"]), (&"CPU".into(), &"cpu".into(), &true.into()));
    assert_eq!((&cpu["software"], &cpu["hardware"]), (&false.into(), &"cpu".into()));
    let positive = |of: &Json, name: &str| assert!(of[name].as_f64().is_some_and(|figure| figure > 0.0), "{name}: {of}");
    for name in [
        "gemm_gflops",
        "memory_gb_per_s",
        "views_per_second",
        "distance_gflops",
        "distance_pairs_per_second",
        "knn_seconds",
        "knn_gflops",
        "knn_queries",
        "first_step_seconds",
        "seconds",
    ] {
        positive(cpu, name);
    }
    let rows = cpu["rows"].as_array().unwrap();
    assert_eq!((&rows[0]["encoder"], &rows[0]["batch"]), (&"tiny".into(), &32.into()), "the cheapest is always taken: {told}");
    for row in rows {
        for name in ["batch", "ms", "images_per_second", "share_of_gemm", "memory_bytes", "steps"] {
            positive(row, name);
        }
        assert!(row["dispatches"].is_null() && row["submits"].is_null(), "the CPU launches nothing: {row}");
    }
    assert!(cpu["left_out"].as_array().unwrap().iter().all(|left| left["what"].is_string() && left["reason"].is_string()));
    assert!(err(&output).contains("Taking a step of tiny"), "progress is told: {}", err(&output));
}

#[test]
fn in_words_it_is_a_heading_a_table_and_a_sentence() {
    let output = run(&bench("bench-words"), &[&SHORT[..], &["cpu"]].concat());
    ended(&output, 0);
    let text = out(&output);
    assert!(text.starts_with("## "), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("### ")).count(), 1, "{text}");
    for word in ["| matrix multiplication, ", "| memory", "| step of tiny, 32 images |", "| views", "| kNN", "A step is SimCLR's"]
    {
        assert!(text.contains(word), "{word} is missing from:\n{text}");
    }
    assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
}

#[test]
fn a_device_that_is_not_there_is_bad_usage() {
    let folder = bench("bench-device");
    for arguments in [
        &["bench", "--device", "quantum"][..],
        &["bench", "--adapter", "voodoo"],
        &["bench", "--device", "all", "--adapter", "voodoo"],
        &["bench", "--seconds", "0"],
    ] {
        let output = run(&folder, arguments);
        ended(&output, 2);
        assert!(out(&output).is_empty() && !err(&output).contains("panicked"), "{}", err(&output));
    }
}
