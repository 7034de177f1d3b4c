//! Pictures of a run folder as files, and the scalar toy.

use crate::bench::{bench, ended, err, out, run};
use serde_json::Value as Json;
use std::fs;

#[test]
fn every_picture_is_drawn_from_a_run_folder_or_says_why_not() {
    let folder = bench("figures");
    ended(&run(&folder, &["run", "tiny.toml", "--device", "cpu", "--out", "kept"]), 0);
    let listed = run(&folder, &["figure", "--list", "--json"]);
    ended(&listed, 0);
    let pictures: Vec<Json> = serde_json::from_str(&out(&listed)).unwrap();
    assert!(pictures.len() >= 12, "{pictures:?}");
    for picture in &pictures {
        let name = picture["name"].as_str().unwrap();
        let drawn = run(&folder, &["figure", "kept", name, "-o", "figure.svg"]);
        if drawn.status.code() != Some(0) {
            let said = err(&drawn);
            assert!(
                drawn.status.code() == Some(1) && said.contains("cannot be drawn") && said.trim().ends_with('.'),
                "{name}: {said}"
            );
            continue;
        }
        let svg = fs::read_to_string(folder.join("figure.svg")).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>") && svg.len() > 1000, "{name}");
        ended(&run(&folder, &["figure", "kept", name, "-o", "figure.csv", "--dark"]), 0);
        let csv = fs::read_to_string(folder.join("figure.csv")).unwrap();
        let columns = csv.lines().next().unwrap().split(',').count();
        assert!(csv.lines().count() > 1, "{name} has no numbers: {csv}");
        assert!(csv.lines().all(|line| line.contains('"') || line.split(',').count() == columns), "{name}: {csv}");
    }
    // Two runs in one file: both names are on it, and each row of the table says of which run it is.
    ended(&run(&folder, &["run", "tiny.toml", "--device", "cpu", "--set", "seed=5", "--out", "again"]), 0);
    ended(&run(&folder, &["figure", "kept", "spectrum", "--beside", "again", "-o", "two.svg"]), 0);
    let svg = fs::read_to_string(folder.join("two.svg")).unwrap();
    assert!([">\nkept\n", ">\nagain\n"].iter().all(|name| svg.contains(name)), "{svg}");
    ended(&run(&folder, &["figure", "kept", "spectrum", "--beside", "again", "-o", "two.csv"]), 0);
    let csv = fs::read_to_string(folder.join("two.csv")).unwrap();
    let of = |name: &str| csv.lines().filter(|line| line.starts_with(&format!("{name},"))).count();
    assert!(csv.starts_with("run,") && of("kept") > 2 && of("kept") == of("again"), "{csv}");
    ended(&run(&folder, &["figure", "kept", "plane", "-o", "figure.png", "--width", "400"]), 0);
    assert_eq!(fs::read(folder.join("figure.png")).unwrap()[1..4], *b"PNG");
}

#[test]
fn what_there_is_not_is_refused_with_what_there_is() {
    let folder = bench("figures-wrong");
    for (arguments, says) in [
        (&["figure"][..], "figure --list"),
        (&["figure", "nowhere", "plane"], "no run folder"),
        (&["figure", ".", "portrait"], "spectrum"),
        (&["figure", ".", "limit", "--set", "warmth=1"], "temperature"),
        (&["figure", ".", "limit", "--set", "temperature=-1"], "cannot be -1"),
    ] {
        let output = run(&folder, arguments);
        ended(&output, 2);
        assert!(err(&output).contains(says), "{arguments:?}: {}", err(&output));
    }
}

/// The end of METHODS.md's example: a predictor at 0.6 and an encoder at 0.1 end at 1 and at the root of 0.65.
#[test]
fn the_toy_goes_where_the_invariant_leads() {
    let folder = bench("toy");
    let output = run(&folder, &["toy", "--json"]);
    ended(&output, 0);
    let told: Json = serde_json::from_str(&out(&output)).unwrap();
    let last = told["trajectory"].as_array().unwrap().last().unwrap();
    assert!(
        (last[1].as_f64().unwrap() - 1.0).abs() < 1e-3 && (last[2].as_f64().unwrap() - 0.65f64.sqrt()).abs() < 1e-3,
        "{last}"
    );
    let words = run(&folder, &["toy", "--phi", "-0.5", "--theta", "0.2"]);
    ended(&words, 0);
    assert!(out(&words).lines().count() > 10 && out(&words).contains("theta^2 - phi^2"), "{}", out(&words));
    ended(&run(&folder, &["toy", "--time", "-3"]), 2);
}
