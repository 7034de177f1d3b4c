//! Files as other programs leave them, and paths as people type them.

use crate::bench::{TINY, bench, cifar, ended, err, program, run};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// As PowerShell 5 writes what is redirected with `>`.
fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.replace('\n', "\r\n").encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// Runs one step of `source` into `out`; the experiment that was kept.
#[track_caller]
fn kept(folder: &Path, source: &str, out: &str, more: &[&str]) -> String {
    let arguments = ["run", source, "--device", "cpu", "--out", out, "--set", "train.steps=1"];
    ended(&run(folder, &[&arguments[..], more].concat()), 0);
    fs::read_to_string(folder.join(out).join("experiment.toml")).unwrap()
}

#[test]
fn experiments_are_read_as_windows_and_editors_save_them() {
    let folder = bench("saved");
    let tree: Value = toml::from_str(TINY).unwrap();
    let expected = kept(&folder, "tiny.toml", "plain", &[]);
    for (file, bytes) in [
        ("wide.toml", utf16(TINY)),
        ("marked.toml", [&MARK, TINY.as_bytes()].concat()),
        ("marked.json", [&MARK, tree.to_string().as_bytes()].concat()),
        ("wide.JSON", utf16(&tree.to_string())),
        ("shout.TOML", TINY.as_bytes().to_vec()),
        ("unnamed", TINY.as_bytes().to_vec()),
    ] {
        fs::write(folder.join(file), bytes).unwrap();
        assert_eq!(kept(&folder, file, &format!("{file}-kept"), &[]), expected, "{file}");
    }
}

#[test]
fn augmentations_are_read_as_windows_and_editors_save_them() {
    let folder = bench("saved-policies");
    let text = "- rrc: {enabled: True, crop_min_scale: 0.5, crop_max_scale: 1.0}\n  horizontal_flip: {prob: 0.25}\n";
    fs::write(folder.join("plain.yaml"), text).unwrap();
    let expected = kept(&folder, "tiny.toml", "plain", &["--policy", "plain.yaml"]);
    assert!(expected.contains("probability = 0.25"), "{expected}");
    for (file, bytes) in [("marked.yaml", [&MARK, text.as_bytes()].concat()), ("wide.YML", utf16(text))] {
        fs::write(folder.join(file), bytes).unwrap();
        assert_eq!(kept(&folder, "tiny.toml", &format!("{file}-kept"), &["--policy", file]), expected, "{file}");
    }
}

#[test]
fn what_is_no_text_is_named_with_the_way_out() {
    let folder = bench("no-text");
    fs::write(folder.join("latin.toml"), b"seed = 1\nname = \"\xdcbung\"\n").unwrap();
    let output = run(&folder, &["run", "latin.toml"]);
    ended(&output, 2);
    assert!(err(&output).contains("line 2") && err(&output).contains("save it as UTF-8"), "{}", err(&output));
}

/// Runs the program with `text` on its standard input, a pipe.
#[cfg(unix)]
fn piped(folder: &Path, text: &str, arguments: &[&str]) -> Output {
    let mut command = program(folder, arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// What a shell's `<(...)` hands over is a pipe, too.
#[cfg(unix)]
#[test]
fn pipes_are_read_like_files() {
    let folder = bench("pipes");
    let json: Value = toml::from_str(TINY).unwrap();
    let unnamed = TINY.replace("name = \"tiny\"", "");
    for (text, source, out) in
        [(TINY, "/dev/stdin", "a"), (TINY, "-", "b"), (&json.to_string(), "/dev/fd/0", "c"), (&unnamed, "/dev/stdin", "d")]
    {
        ended(&piped(&folder, text, &["run", source, "--device", "cpu", "--out", out, "--set", "train.steps=1"]), 0);
    }
    let read = |out: &str| fs::read_to_string(folder.join(out).join("experiment.toml")).unwrap();
    assert!(read("a") == read("b") && read("a") == read("c"));
    let flip = "- horizontal_flip: {prob: 0.25}\n";
    let output = piped(&folder, flip, &["distance", "tiny.toml", "--policy", "/dev/stdin", "--per-class", "2", "--views", "2"]);
    ended(&output, 0);
}

/// A shell leaves the `~` of `--set data.path=~/x` alone.
#[test]
fn a_tilde_is_the_home_folder() {
    let folder = bench("home");
    cifar(&folder.join("images"), 40, str::to_owned);
    let at_home = |arguments: &[&str]| program(&folder, arguments).env("HOME", &folder).output().unwrap();
    let small = ["--device", "cpu", "--set", "train.steps=1", "--set", "train.batch=16", "--set", "encoder.kind=conv"];
    let preset = [&["run", "cifar10-simclr", "--set", "data.path=~/images", "--out", "~/kept"][..], &small].concat();
    ended(&at_home(&preset), 0);
    let kept: toml::Table = fs::read_to_string(folder.join("kept/experiment.toml")).unwrap().parse().unwrap();
    assert_eq!(kept["data"]["path"].as_str(), Some(folder.join("images").to_str().unwrap()));
    fs::write(folder.join("mine.toml"), "[data]\nkind = \"cifar10\"\npath = \"~/images\"\n").unwrap();
    ended(&at_home(&[&["run", "~/mine.toml", "--out", "again"][..], &small].concat()), 0);
    let absent = at_home(&["run", "cifar10-simclr", "--set", "data.path=~/elsewhere"]);
    ended(&absent, 2);
    assert!(err(&absent).contains(folder.join("elsewhere").to_str().unwrap()), "{}", err(&absent));
}

#[test]
fn a_seed_may_be_written_with_an_exponent() {
    let folder = bench("exponent");
    assert!(kept(&folder, "tiny.toml", "kept", &["--set", "seed=1e3"]).contains("seed = 1000\n"));
}

/// Run folders of earlier builds call an augmentation's order its place.
#[test]
fn a_run_folder_with_a_former_name_is_run_again() {
    let folder = bench("former");
    let text = format!("{TINY}[augment.crop]\nplace = 7\n");
    fs::create_dir(folder.join("old")).unwrap();
    fs::write(folder.join("old/experiment.toml"), &text).unwrap();
    assert!(kept(&folder, "old", "again", &[]).contains("order = 7\n"));
    assert!(kept(&folder, "old", "changed", &["--set", "augment.crop.order=9"]).contains("order = 9\n"));
    assert!(kept(&folder, "old", "as-before", &["--set", "augment.crop.place=8"]).contains("order = 8\n"));
}
