//! What a person sees and can do before the first step.
#![cfg(unix)]

use crate::bench::{bench, ended, err, out, program_after, program_in_terminal, run, until};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// A network that takes minutes to measure before its first step.
const HEAVY: [&str; 16] = [
    "run",
    "tiny.toml",
    "--device",
    "cpu",
    "--out",
    "kept",
    "--set",
    "encoder.kind=resnet18",
    "--set",
    "data.side=32",
    "--set",
    "data.train=20000",
    "--set",
    "data.test=5000",
    "--set",
    "measures.knn.bank=20000",
];

#[test]
fn device_data_and_an_estimate_are_told_and_ctrl_c_ends_the_preparation() {
    let folder = bench("preparing");
    let mut child = program_in_terminal(&folder, &HEAVY).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let said = Arc::new(Mutex::new(String::new()));
    let heard = Arc::clone(&said);
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let listener = std::thread::spawn(move || {
        for line in stderr.lines().map_while(Result::ok) {
            let mut heard = heard.lock().unwrap();
            heard.push_str(&line);
            heard.push('\n');
        }
    });
    let text = || said.lock().unwrap().clone();
    until("an estimate and a word on how far it is", || {
        assert!(child.try_wait().unwrap().is_none(), "the run ended by itself:\n{}", text());
        let text = text();
        text.contains("Device: CPU") && text.contains("Estimate: ") && text.contains("Measuring") && text.contains(" of ")
    });
    assert!(text().contains("shapes (up to 20000 training, 32 validation and 5000 test images) with resnet18"), "{}", text());
    assert!(!text().contains("step 0/"), "it is still preparing:\n{}", text());
    assert!(Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap().success());
    until("an end", || child.try_wait().unwrap().is_some());
    let status = child.wait().unwrap();
    listener.join().unwrap();
    assert_eq!(status.code(), Some(130), "{}", text());
    assert!(text().contains("stopped before the first step"), "{}", text());
    assert!(!folder.join("kept").exists(), "a run that never began leaves no folder");
}

#[test]
fn an_estimate_is_told_of_every_run() {
    let folder = bench("estimate");
    let output = run(&folder, &["run", "tiny.toml", "--device", "cpu", "--out", "kept"]);
    ended(&output, 0);
    let said = err(&output);
    let estimate = said.lines().find(|line| line.starts_with("Estimate: ")).unwrap_or_else(|| panic!("{said}"));
    assert!(estimate.contains("MB of memory") && estimate.contains("3 steps"), "{estimate}");
}

/// 2 GiB of address space: enough for the program, not for batches of this size.
#[test]
fn what_does_not_fit_into_memory_is_refused_with_what_would() {
    let folder = bench("memory");
    let wide = ["--set", "train.batch=2048", "--set", "data.train=4096"];
    let output = program_after(&folder, "ulimit -v 2097152", &[&HEAVY[..], &wide].concat()).output().unwrap();
    assert!(matches!(output.status.code(), Some(1 | 2)), "{:?}\n{}{}", output.status, out(&output), err(&output));
    let said = err(&output);
    assert!(said.contains("would fit") && said.contains("train.batch") && said.contains("next:"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    assert!(!folder.join("kept").exists());
}
