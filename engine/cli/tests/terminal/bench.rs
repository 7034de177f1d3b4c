//! The program, run on an experiment that takes no time.

use safetensors::SafeTensors;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The smallest experiment that trains: 64 drawn images in batches of 16.
pub const TINY: &str = r#"
name = "tiny"
seed = 7
[data]
kind = "shapes"
train = 64
validation = 32
test = 32
side = 8
[encoder]
kind = "conv"
size = "tiny"
[projector]
layers = 2
hidden = 16
dimension = 3
[train]
steps = 3
batch = 16
[measures.cadence]
every = 2
images = 32
[measures.knn]
k = 5
"#;

/// What `--json` promises, in order.
pub const KEYS: [&str; 18] = [
    "steps",
    "loss",
    "alignment",
    "uniformity",
    "knn_accuracy",
    "knn_accuracy_untrained",
    "knn_accuracy_test",
    "pixel_knn_accuracy",
    "probe_accuracy",
    "probe_accuracy_untrained",
    "probe_accuracy_test",
    "std",
    "effective_rank",
    "participation",
    "centre_product",
    "seconds",
    "images_per_second",
    "device",
];

/// A fresh folder for one test, with `tiny.toml` in it.
pub fn bench(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _absent = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("tiny.toml"), TINY).unwrap();
    folder
}

/// The program, to be run in `folder`.
pub fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_augsphere"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    program(folder, arguments).output().unwrap()
}

pub fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Asserts the exit code, showing what the program said if it is another.
pub fn ended(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "stdout:\n{}\nstderr:\n{}", out(output), err(output));
}

pub fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}\n{text}", path.display()))
}

/// The lines of `metrics.jsonl`, every one complete.
pub fn metrics(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("metrics.jsonl")).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "the last line is cut off: {text:?}");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// The program with a shell's settings before it, such as `ulimit -f 100`.
#[cfg(unix)]
pub fn program_after(folder: &Path, settings: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    let script = format!("{settings}; exec \"$0\" \"$@\"");
    command.current_dir(folder).args(["-c", &script, env!("CARGO_BIN_EXE_augsphere")]).args(arguments).stdin(Stdio::null());
    command
}

/// What `--out kept` and so many steps make of `tiny.toml` a run that would take hours.
pub const LONG: [&str; 10] = [
    "run",
    "tiny.toml",
    "--device",
    "cpu",
    "--out",
    "kept",
    "--set",
    "train.steps=1000000",
    "--set",
    "measures.cadence.every=1000000",
];

/// The program as a terminal starts it: no signal is ignored, whatever these tests were started with. A shell cannot undo that.
pub fn program_in_terminal(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("perl");
    let script = "$SIG{$_} = 'DEFAULT' for qw(HUP INT TERM); exec @ARGV or die $!";
    command.current_dir(folder).args(["-e", script, env!("CARGO_BIN_EXE_augsphere")]).args(arguments).stdin(Stdio::null());
    command
}

/// Starts a run that would take hours, and waits until it has taken steps.
pub fn long_run(folder: &Path) -> Child {
    started(folder, program_in_terminal(folder, &LONG))
}

/// Starts a run into `kept`, and waits until it has taken steps.
pub fn started(folder: &Path, mut command: Command) -> Child {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let metrics = folder.join("kept/metrics.jsonl");
    until("a step", || {
        assert!(child.try_wait().unwrap().is_none(), "the run ended by itself");
        fs::read_to_string(&metrics).is_ok_and(|text| text.contains("\"loss\""))
    });
    child
}

/// Waits until something is so.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < Duration::from_secs(120), "within two minutes there was not {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// How many steps `metrics.jsonl` tells of.
pub fn steps(folder: &Path) -> usize {
    fs::read_to_string(folder.join("metrics.jsonl")).unwrap_or_default().matches("\"loss\"").count()
}

/// The step whose weights a run folder holds, once every one of them has been seen to be a number.
pub fn weights_step(folder: &Path) -> u64 {
    step_of(&folder.join("encoder.safetensors"))
}

/// The step of a file of weights or of a checkpoint, all of whose numbers are finite.
pub fn step_of(file: &Path) -> u64 {
    let bytes = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let weights = SafeTensors::deserialize(&bytes).unwrap();
    for (name, weight) in weights.tensors() {
        let mut values = weight.data().chunks_exact(4).map(|value| f32::from_le_bytes(value.try_into().unwrap()));
        assert!(values.all(f32::is_finite), "{name}");
    }
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    header.metadata().as_ref().unwrap()["steps"].parse().unwrap()
}

/// Every file of a folder by name, to see whether anything was changed.
pub fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    files.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

/// A copy of a run folder.
pub fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    contents(from).into_iter().for_each(|(name, bytes)| fs::write(to.join(name), bytes).unwrap());
}

/// Asserts that two run folders hold the same numbers and weights, byte for byte.
#[track_caller]
pub fn same_run(one: &Path, other: &Path) {
    let text = |folder: &Path| fs::read_to_string(folder.join("metrics.jsonl")).unwrap();
    let (lines, others) = (text(one), text(other));
    for (line, other) in lines.lines().zip(others.lines()) {
        assert_eq!(line, other);
    }
    assert!(lines == others, "{} lines and {}", lines.lines().count(), others.lines().count());
    for file in ["encoder.safetensors", "experiment.toml"] {
        assert!(fs::read(one.join(file)).unwrap() == fs::read(other.join(file)).unwrap(), "{file} differs");
    }
    let told = |folder: &Path| {
        let mut summary = json(&folder.join("summary.json"));
        // What depends on the clock.
        for key in ["seconds", "wall_seconds", "images_per_second"] {
            summary[key] = Value::Null;
        }
        summary
    };
    assert_eq!(told(one), told(other));
}

/// Writes the files of a CIFAR-10 of so many images (at most 256), `name` saying what each is called.
pub fn cifar(folder: &Path, images: u8, name: impl Fn(&str) -> String) {
    fs::create_dir_all(folder).unwrap();
    for file in ["data_batch_1.bin", "test_batch.bin"] {
        let record = |image: u8| {
            std::iter::once(image % 10).chain((0..3072u32).map(move |value| (value * 7 + u32::from(image) * 31) as u8))
        };
        fs::write(folder.join(name(file)), (0..images).flat_map(record).collect::<Vec<u8>>()).unwrap();
    }
}
