//! Run folders as they lie there: their headers, numbers, weights and how they ended.

use crate::engine::{CheckpointFile, WeightsFile};
use crate::failure::Failure;
use crate::folder::{self, Lock, PREVIOUS, SUMMARY};
use crate::outcome::Outcome;
use crate::text;
use augsphere_spec::archive::{CHECKPOINT, ENCODER, EXPERIMENT, HEADER, METRICS};
use augsphere_spec::{Catalogue, Experiment, Record, RunHeader};
use serde_json::Value as Json;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// How deep run folders are looked for: `runs/group/run`.
const DEPTH: usize = 3;

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// At its last step.
    Finished,
    /// Before it, by a wish.
    Stopped,
    /// By something that went wrong.
    Failed(String),
    /// It has not: a process is at work.
    Running,
    /// It was cut off.
    CutOff,
    /// It never took a step: its encoder came from elsewhere.
    Imported,
}

impl State {
    /// In a word or two.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Stopped => "stopped",
            Self::Failed(_) => "failed",
            Self::Running => "running",
            Self::CutOff => "cut off",
            Self::Imported => "imported",
        }
    }
}

/// A run folder.
pub struct KeptRun {
    /// Where it is.
    pub path: PathBuf,
    /// The folder's name.
    pub name: String,
    /// Its `run.json`, or what can be said without one.
    pub header: RunHeader,
    /// The experiment as it began, with what changes on the way.
    pub experiment: Experiment,
    /// What it amounts to so far.
    pub outcome: Outcome,
    /// How it ended.
    pub state: State,
}

impl KeptRun {
    /// Reads a run folder.
    ///
    /// # Errors
    /// If there is none at `path`, or if its experiment or header cannot be read.
    pub fn read(catalogue: &Catalogue, path: &Path) -> Result<Self, Failure> {
        let path = existing(path)?;
        let experiment = experiment(catalogue, &path)?;
        let name = folder::name(&path);
        let header = header(&path)?.unwrap_or_else(|| RunHeader {
            id: RunHeader::id_of(&name),
            name: experiment.name.clone(),
            ..RunHeader::default()
        });
        let mut outcome = Outcome { device: header.device.clone(), data: header.data.clone(), ..Outcome::default() };
        outcome.recall(&Record::read_all(&metrics(&path)?, u64::MAX));
        outcome.seconds = header.seconds;
        let state = state(&path, &outcome);
        Ok(Self { path, name, header, experiment, outcome, state })
    }

    /// What people call it; the folder's name otherwise.
    pub fn title(&self) -> &str {
        if self.header.name.is_empty() { &self.name } else { &self.header.name }
    }
}

/// `path` as a folder that is there.
///
/// # Errors
/// If it is none.
pub fn existing(path: &Path) -> Result<PathBuf, Failure> {
    let whole = text::home(path);
    if whole.is_dir() {
        return Ok(whole);
    }
    Err(Failure::Usage(format!("{} is no run folder; `augsphere run` leaves one, `augsphere runs` lists them", path.display())))
}

/// The header of a run folder, if it has one: older ones have not.
///
/// # Errors
/// If it cannot be read, or is of a newer version.
pub fn header(path: &Path) -> Result<Option<RunHeader>, Failure> {
    let file = path.join(HEADER);
    match fs::read_to_string(&file) {
        Ok(text) => {
            RunHeader::read(&text).map(Some).map_err(|mistake| Failure::Failed(format!("{}: {}", file.display(), mistake.what)))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::disk("read", &file, &error)),
    }
}

/// The experiment of a run folder as it began.
fn experiment(catalogue: &Catalogue, path: &Path) -> Result<Experiment, Failure> {
    let file = path.join(EXPERIMENT);
    if !file.exists() {
        let what = "is a folder, but no run folder: it holds no experiment.toml";
        return Err(Failure::Usage(format!("{} {what}", path.display())));
    }
    let text = text::read(&file)?;
    catalogue.read_toml(&text).map_err(|mistakes| Failure::Usage(format!("{}: {mistakes}", file.display())))
}

/// The text of `metrics.jsonl`; empty if there is none.
///
/// # Errors
/// A disk that refuses.
pub fn metrics(path: &Path) -> Result<String, Failure> {
    let file = path.join(METRICS);
    match fs::read(&file) {
        // Lines that are no text are no records.
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Failure::disk("read", &file, &error)),
    }
}

fn state(path: &Path, outcome: &Outcome) -> State {
    let summary: Option<Json> =
        fs::read_to_string(path.join(SUMMARY)).ok().and_then(|summary| serde_json::from_str(&summary).ok());
    match summary {
        Some(summary) => match (summary.get("fault").and_then(Json::as_str), summary.get("stopped").and_then(Json::as_bool)) {
            (Some(fault), _) => State::Failed(fault.lines().next().unwrap_or_default().to_owned()),
            (None, Some(true)) => State::Stopped,
            (None, _) => State::Finished,
        },
        None if Lock::is_held(path) => State::Running,
        None if outcome.step == 0 && outcome.measured_at.is_none() && !path.join(CHECKPOINT).exists() => State::Imported,
        None => State::CutOff,
    }
}

/// The folders below these that are run folders, each once, by name; those that are none themselves are looked into.
///
/// # Errors
/// If one of them is not there.
pub fn find(folders: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    fn below(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
        if folder.join(EXPERIMENT).is_file() {
            found.push(folder.to_owned());
        } else if depth > 0 {
            let inner = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
            inner.filter(|inner| inner.is_dir()).for_each(|inner| below(&inner, depth - 1, found));
        }
    }
    let mut found = Vec::new();
    for folder in folders {
        below(&existing(folder)?, DEPTH, &mut found);
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The weights of a run folder, of its newest step or of `step`, from whichever of its files has them.
///
/// # Errors
/// If no file has them; with the reasons, and the steps that there are.
pub fn weights(path: &Path, step: Option<u64>) -> Result<WeightsFile, Failure> {
    let (mut reasons, mut steps) = (Vec::new(), Vec::new());
    for name in [ENCODER, CHECKPOINT, PREVIOUS] {
        match read(path, name, WeightsFile::read)? {
            None => {}
            Some(Ok(found)) if step.is_none_or(|step| step == found.step) => return Ok(found),
            Some(Ok(found)) => steps.push(found.step),
            Some(Err(why)) => reasons.push(why),
        }
    }
    Err(missing(path, "weights", step, steps, &reasons))
}

/// The checkpoint of a run folder, of its newest step or of `step`.
pub struct Found {
    /// The checkpoint.
    pub file: CheckpointFile,
    /// Whether it is the one that the next one makes the previous one.
    pub newest: bool,
    /// Why a newer one is not used.
    pub warning: Option<String>,
}

/// Finds a checkpoint: the newest that can be read, or that of `step`.
///
/// # Errors
/// If there is none; with the reasons, and the steps that there are.
pub fn checkpoint(catalogue: &Catalogue, path: &Path, step: Option<u64>) -> Result<Found, Failure> {
    let (mut reasons, mut steps) = (Vec::new(), Vec::new());
    for name in [CHECKPOINT, PREVIOUS] {
        match read(path, name, |bytes| CheckpointFile::read(catalogue, bytes))? {
            None => {}
            Some(Ok(file)) if step.is_none_or(|step| step == file.step()) => {
                let warning =
                    reasons.pop().map(|why| format!("{why}; the checkpoint before it is taken, of step {}", file.step()));
                return Ok(Found { file, newest: name == CHECKPOINT, warning });
            }
            Some(Ok(file)) => steps.push(file.step()),
            Some(Err(why)) => reasons.push(why),
        }
    }
    Err(missing(path, "checkpoint", step, steps, &reasons))
}

/// A file of a run folder, read; nothing if it is not there, and why not if it cannot be used.
fn read<T>(
    path: &Path,
    name: &str,
    read: impl FnOnce(Vec<u8>) -> Result<T, String>,
) -> Result<Option<Result<T, String>>, Failure> {
    let file = path.join(name);
    match fs::read(&file) {
        Ok(bytes) => Ok(Some(read(bytes).map_err(|why| format!("{} {why}", file.display())))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::disk("read", &file, &error)),
    }
}

fn missing(path: &Path, what: &str, step: Option<u64>, mut steps: Vec<u64>, reasons: &[String]) -> Failure {
    let path = path.display();
    if !reasons.is_empty() {
        let next = "next: take another run folder, or repeat this one with `augsphere run`";
        return Failure::Failed(format!("{}\n  {next}", reasons.join("\n")));
    }
    steps.sort_unstable();
    steps.dedup();
    let there: Vec<String> = steps.iter().map(ToString::to_string).collect();
    Failure::Usage(match step {
        Some(step) if !steps.is_empty() => format!(
            "{path} keeps no {what} of step {step}, but of step {}; to repeat the run up to another step and change something there, \
             use `augsphere run {path} --change STEP:PATH=VALUE`",
            there.join(" and ")
        ),
        _ if what == "checkpoint" => format!(
            "{path} holds no checkpoint to go on from: a new run can begin with its encoder (augsphere run EXPERIMENT --from {path})"
        ),
        _ => format!("{path} holds no weights"),
    })
}
