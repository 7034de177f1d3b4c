//! Runs that are killed, stopped or cut off go on as if they had never stopped.
#![cfg(unix)]

use crate::bench::{
    LONG, bench, contents, copied, ended, err, json, long_run, out, program, program_in_terminal, run, same_run, started,
    step_of, steps, until,
};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What is measured often and cheaply.
const OFTEN: [&str; 6] = ["--device", "cpu", "--set", "measures.cadence.every=20", "--set", "measures.cadence.images=16"];

/// A run of so many steps that changes on the way, twice at a step after which a checkpoint is written, too.
const CHANGING: [&str; 8] = [
    "--change",
    "70:method.temperature=0.2",
    "--change",
    "140:method.kind=byol",
    "--change",
    "200:optimiser.learning_rate=0.01",
    "--checkpoint-every",
    "7",
];

/// The program, its words thrown away: nobody reads the pipes of a process that is killed.
fn quietly(folder: &Path, arguments: &[&str]) -> Child {
    program(folder, arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Numbers below `below`, the same ones every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// The promise of checkpoints: SIGKILL at twenty random moments, while it prepares, trains, measures or writes, and the run reads as if nothing
/// had happened, byte for byte.
#[test]
fn a_run_that_is_killed_twenty_times_gives_the_undisturbed_curve() {
    let folder = bench("killed-twenty-times");
    let start = |out| [&["run", "tiny.toml", "--set", "train.steps=2000", "--out", out][..], &OFTEN, &CHANGING].concat();
    ended(&run(&folder, &start("whole")), 0);
    let kept = folder.join("kept");
    let mut dice = Dice(42);
    let mut child = quietly(&folder, &start("kept"));
    until("a first checkpoint", || {
        assert!(child.try_wait().unwrap().is_none(), "the run ended by itself");
        kept.join("checkpoint.safetensors").exists()
    });
    for kill in 0..20 {
        let (before, more) = (steps(&kept), dice.roll(10) as usize);
        if kill % 3 == 2 {
            // Soon after its start: before it goes on, or in the middle of that.
            std::thread::sleep(Duration::from_millis(dice.roll(300)));
        } else {
            until("more steps", || {
                assert!(child.try_wait().unwrap().is_none(), "the run ended by itself before kill {kill}");
                steps(&kept) > before + more
            });
            std::thread::sleep(Duration::from_millis(dice.roll(20)));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!kept.join("summary.json").exists(), "it came to its end before kill {kill}");
        child = quietly(&folder, &["resume", "kept", "--checkpoint-every", "7"]);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    ended(&run(&folder, &["resume", "kept"]), 0);
    same_run(&folder.join("whole"), &kept);
    let header = json(&kept.join("run.json"));
    assert_eq!((&header["step"], &header["id"]), (&2000.into(), &"kept".into()));
}

/// What a kill after a checkpoint leaves: records beyond it, among them those of a change at its very step, and half a line.
#[test]
fn records_beyond_the_checkpoint_are_taken_back_and_come_again() {
    let folder = bench("beyond");
    let change =
        ["--set", "train.steps=40", "--change", "20:method.temperature=0.2", "--checkpoint-every", "20", "--out", "whole"];
    ended(&run(&folder, &[&["run", "tiny.toml"][..], &OFTEN, &change].concat()), 0);
    let (whole, kept) = (folder.join("whole"), folder.join("kept"));
    copied(&whole, &kept);
    fs::remove_file(kept.join("summary.json")).unwrap();
    fs::remove_file(kept.join("checkpoint.safetensors")).unwrap();
    assert_eq!(step_of(&kept.join("checkpoint-previous.safetensors")), 20);
    let metrics = kept.join("metrics.jsonl");
    let lines = fs::read_to_string(&metrics).unwrap();
    assert!(lines.contains(r#"{"step":20,"changed""#), "{lines}");
    fs::write(&metrics, lines + r#"{"step":41,"lo"#).unwrap();
    ended(&run(&folder, &["resume", "kept"]), 0);
    same_run(&whole, &kept);
}

/// A signal comes whenever it comes: in the middle of measures, too, which then are of the step at which the run goes on.
#[test]
fn a_run_that_was_stopped_cleanly_goes_on_to_the_undisturbed_curve() {
    let folder = bench("stopped-and-on");
    let start = |out| [&["run", "tiny.toml", "--set", "train.steps=2000", "--out", out][..], &OFTEN].concat();
    ended(&run(&folder, &start("whole")), 0);
    let kept = folder.join("kept");
    let mut command = program_in_terminal(&folder, &start("kept"));
    for stop in 0..4 {
        let before = steps(&kept);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        until("more steps", || {
            assert!(child.try_wait().unwrap().is_none(), "the run ended by itself");
            steps(&kept) > before + 15 * stop + 1
        });
        assert!(!kept.join("summary.json").exists(), "where a summary is, everything is");
        assert!(Command::new("sh").args(["-c", &format!("kill -TERM {}", child.id())]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        ended(&output, 0);
        assert!(out(&output).contains("augsphere resume kept"), "{}", out(&output));
        let summary = json(&kept.join("summary.json"));
        assert_eq!(summary["stopped"], true);
        assert_eq!(summary["steps"], step_of(&kept.join("checkpoint.safetensors")), "the last step is the one to go on from");
        command = program_in_terminal(&folder, &["resume", "kept"]);
    }
    let output = run(&folder, &["resume", "kept", "--json"]);
    ended(&output, 0);
    let line: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(line["steps"], 2000);
    assert!(line["knn_accuracy_untrained"].is_number(), "what was measured before it stopped is known: {line}");
    same_run(&folder.join("whole"), &kept);
}

/// A finished run of 40 steps in `whole`, with checkpoints of steps 20 and 40.
fn finished(name: &str) -> PathBuf {
    let folder = bench(name);
    let steps = ["--set", "train.steps=40", "--checkpoint-every", "20", "--out", "whole"];
    ended(&run(&folder, &[&["run", "tiny.toml"][..], &OFTEN, &steps].concat()), 0);
    let steps =
        ["checkpoint-previous", "checkpoint"].map(|name| step_of(&folder.join("whole").join(name).with_extension("safetensors")));
    assert_eq!(steps, [20, 40]);
    folder
}

#[test]
fn a_run_that_came_to_its_end_is_not_gone_on_with_but_branched() {
    let folder = finished("at-its-end");
    let before = contents(&folder.join("whole"));
    let output = run(&folder, &["resume", "whole"]);
    ended(&output, 2);
    assert!(err(&output).contains("--from whole --set train.steps=80"), "{}", err(&output));
    assert_eq!(contents(&folder.join("whole")), before);
    // A kill between its last checkpoint and its summary.
    fs::remove_file(folder.join("whole/summary.json")).unwrap();
    ended(&run(&folder, &["resume", "whole"]), 0);
    let (mut now, mut then) = (contents(&folder.join("whole")), before);
    let told = |files: &mut std::collections::BTreeMap<String, Vec<u8>>| {
        let mut summary: Value = serde_json::from_slice(&files.remove("summary.json").unwrap()).unwrap();
        summary["wall_seconds"] = Value::Null;
        summary
    };
    assert_eq!(told(&mut now), told(&mut then));
    assert_eq!(now, then, "nothing else was to be done");
}

#[test]
fn a_damaged_checkpoint_gives_way_to_the_one_before_it() {
    let folder = finished("damaged");
    let kept = folder.join("kept");
    copied(&folder.join("whole"), &kept);
    fs::remove_file(kept.join("summary.json")).unwrap();
    let newest = kept.join("checkpoint.safetensors");
    let bytes = fs::read(&newest).unwrap();
    fs::write(&newest, &bytes[..bytes.len() / 2]).unwrap();
    let output = run(&folder, &["resume", "kept", "--checkpoint-every", "15"]);
    ended(&output, 0);
    let said = err(&output);
    assert!(said.contains("warning:") && said.contains("no whole safetensors file") && said.contains("of step 20"), "{said}");
    same_run(&folder.join("whole"), &kept);
    // The damaged file is not what was kept beside the newest.
    assert_eq!((step_of(&newest), step_of(&kept.join("checkpoint-previous.safetensors"))), (40, 30));
}

/// Every number of the last tensor, as another one.
fn ending_in(bytes: &[u8], value: f32) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&value.to_le_bytes());
    bytes
}

/// The header with some text replaced by as many letters.
fn with_header(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let place = bytes.windows(from.len()).position(|window| window == from.as_bytes());
    let place = place.unwrap_or_else(|| panic!("the header has no {from}"));
    [&bytes[..place], to.as_bytes(), &bytes[place + to.len()..]].concat()
}

#[test]
fn what_cannot_be_gone_on_from_is_refused_and_nothing_is_changed() {
    let folder = finished("refused");
    let whole = folder.join("whole");
    fs::remove_file(whole.join("summary.json")).unwrap();
    fs::remove_file(whole.join("checkpoint-previous.safetensors")).unwrap();
    let sound = fs::read(whole.join("checkpoint.safetensors")).unwrap();
    let encoder = fs::read(whole.join("encoder.safetensors")).unwrap();
    for (name, bytes, says) in [
        ("truncated", sound[..sound.len() - 1].to_vec(), "no whole safetensors file"),
        ("empty", Vec::new(), "no whole safetensors file"),
        ("foreign", b"PK\x03\x04 something else".to_vec(), "no whole safetensors file"),
        ("newer", with_header(&sound, r#""format":"1""#, r#""format":"9""#), "newer version"),
        ("nan", ending_in(&sound, f32::NAN), "not finite"),
        ("infinite", ending_in(&sound, f32::NEG_INFINITY), "not finite"),
        ("weights", encoder, "no checkpoint"),
        ("shapes", with_header(&sound, "[16,3,3,3]", "[16,9,3,1]"), "encoder.stage1.conv.weight"),
    ] {
        let kept = folder.join(name);
        copied(&whole, &kept);
        fs::write(kept.join("checkpoint.safetensors"), bytes).unwrap();
        let before = contents(&kept);
        let output = run(&folder, &["resume", name]);
        ended(&output, 1);
        assert!(err(&output).contains(says) && err(&output).contains("next:"), "{name}: {}", err(&output));
        assert_eq!(contents(&kept), before, "{name}");
    }
    let kept = folder.join("header");
    copied(&whole, &kept);
    fs::write(kept.join("run.json"), r#"{"format":2}"#).unwrap();
    let output = run(&folder, &["resume", "header"]);
    ended(&output, 1);
    assert!(err(&output).contains("newer version"), "{}", err(&output));
    for (arguments, says) in [
        (&["resume", "nowhere"][..], "no run folder"),
        (&["resume", "."], "no checkpoint"),
        (&["resume", "whole", "--set", "train.steps=90"], "run --from whole --set train.steps=90"),
    ] {
        let output = run(&folder, arguments);
        ended(&output, 2);
        assert!(err(&output).contains(says), "{arguments:?}: {}", err(&output));
    }
}

#[test]
fn two_processes_cannot_go_on_with_one_run() {
    let folder = bench("twice");
    let mut child = long_run(&folder);
    // It would take hours, were it not refused.
    let mut second = program(&folder, &["resume", "kept"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let refused = (0..1500).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        second.try_wait().unwrap().is_some()
    });
    let _ended_already = second.kill();
    child.kill().unwrap();
    child.wait().unwrap();
    let output = second.wait_with_output().unwrap();
    assert!(refused && err(&output).contains("another process"), "{}", err(&output));
    ended(&output, 2);
    // A killed process lets go of it.
    let mut child = program(&folder, &["resume", "kept"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let before = steps(&folder.join("kept"));
    until("a hundred more steps", || {
        assert!(child.try_wait().unwrap().is_none(), "it was refused");
        steps(&folder.join("kept")) > before + 100
    });
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A hand in the experiment of a run that was cut off changes nothing of it, and is told what would.
#[test]
fn an_edited_experiment_is_noted_and_the_run_goes_on_as_it_began() {
    let folder = finished("edited");
    let kept = folder.join("kept");
    copied(&folder.join("whole"), &kept);
    fs::remove_file(kept.join("summary.json")).unwrap();
    fs::remove_file(kept.join("checkpoint.safetensors")).unwrap();
    let text = fs::read_to_string(kept.join("experiment.toml")).unwrap();
    fs::write(kept.join("experiment.toml"), text.replace("temperature = 0.5", "temperature = 0.1")).unwrap();
    let output = run(&folder, &["resume", "kept"]);
    ended(&output, 0);
    assert!(err(&output).contains("temperature 0.5 to 0.1"), "{}", err(&output));
    fs::write(kept.join("experiment.toml"), text).unwrap();
    same_run(&folder.join("whole"), &kept);
}

/// `--checkpoint-every` is kept to the step, and the last two are there.
#[test]
fn checkpoints_are_of_the_steps_that_were_asked_for() {
    let folder = bench("every");
    let command = program(&folder, &[&LONG[..], &["--checkpoint-every", "50"]].concat());
    let mut child = started(&folder, command);
    let kept = folder.join("kept");
    until("a few checkpoints", || {
        assert!(child.try_wait().unwrap().is_none(), "the run ended by itself");
        steps(&kept) > 420
    });
    child.kill().unwrap();
    child.wait().unwrap();
    let newest = step_of(&kept.join("checkpoint.safetensors"));
    let previous = step_of(&kept.join("checkpoint-previous.safetensors"));
    assert!(newest >= 300 && newest.is_multiple_of(50) && previous + 50 == newest, "{previous}, {newest}");
}
