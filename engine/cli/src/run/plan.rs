//! What is to be run: an experiment from its first step, or a run that goes on, in its own folder or in a new one.

use crate::arguments::{Origin, ResumeArguments, RunArguments, Setting};
use crate::engine::CheckpointFile;
use crate::experiment::{self, Request};
use crate::failure::Failure;
use crate::folder::{self, SUMMARY};
use crate::{clock, kept, text};
use augsphere_spec::{Catalogue, Change, Experiment, Parent, RUN_FORMAT, Record, RunHeader, Value, differences};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What is to be run.
pub struct Plan {
    /// The experiment as it begins, or began.
    pub experiment: Experiment,
    /// What to call a new folder.
    pub label: String,
    /// What is known of the run; the id of a new one follows its folder.
    pub header: RunHeader,
    /// Where it begins.
    pub start: Start,
    /// Sentences for the person before anything else.
    pub notes: Vec<String>,
}

/// Where a run begins.
pub enum Start {
    /// At step 0.
    Random,
    /// At step 0, with the encoder of another run; and what to do if it does not fit.
    Encoder(Vec<u8>, Option<String>),
    /// At a checkpoint.
    GoOn(Box<GoOn>),
}

/// Where a run goes on.
pub struct GoOn {
    /// The checkpoint.
    pub file: CheckpointFile,
    /// What is to change there.
    pub changes: Vec<(String, Value)>,
    /// What was recorded until the run ended, beyond the checkpoint perhaps: `metrics.jsonl`.
    pub metrics: String,
    /// Its own folder; nothing for a run that goes on in a new one.
    pub folder: Option<Own>,
}

/// The folder of a run that goes on in it.
pub struct Own {
    /// Where it is.
    pub path: PathBuf,
    /// Whether its newest checkpoint is the one that is used.
    pub newest: bool,
}

impl GoOn {
    /// The lines of `metrics.jsonl` that the run has behind it, as they are: what comes after them comes again.
    pub fn lines(&self) -> String {
        let CheckpointFile { changes, measured, .. } = &self.file;
        let behind = |line: &&str| {
            let whole = line.ends_with('\n');
            whole && Record::read(line).is_some_and(|record| record.is_behind(self.file.step(), changes, *measured))
        };
        self.metrics.split_inclusive('\n').filter(behind).collect()
    }
}

/// The plan of a run that begins at step 0, perhaps with the encoder of another one.
///
/// # Errors
/// Mistakes in the experiment; an encoder that is not there.
pub fn fresh(catalogue: &Catalogue, arguments: &RunArguments, source: &str) -> Result<Plan, Failure> {
    let RunArguments { policy, settings, changes, from, .. } = arguments;
    let Request { experiment, label } = experiment::read(catalogue, source, policy.as_deref(), settings, changes)?;
    let header = RunHeader { name: label.clone(), ..new_header() };
    let Some(Origin { folder, step }) = from else {
        let notes = began_trained(source).into_iter().collect();
        return Ok(Plan { experiment, label, header, start: Start::Random, notes });
    };
    let path = kept::existing(folder)?;
    let weights = kept::weights(&path, *step)?;
    let parent = Parent { step: weights.step, encoder_only: true, ..parent(&path)? };
    let other = weights.experiment(catalogue).and_then(|its| other_encoder(catalogue, folder, &its, &experiment));
    let notes = vec![format!("Beginning with the encoder of {} after {} steps", folder.display(), weights.step)];
    let start = Start::Encoder(weights.bytes, other);
    Ok(Plan { experiment, label, header: RunHeader { parent: Some(parent), ..header }, start, notes })
}

/// The plan of a run that goes on in a new folder.
///
/// # Errors
/// A checkpoint that is not there or cannot be read; what cannot change there.
pub fn branch(catalogue: &Catalogue, arguments: &RunArguments, from: &Origin) -> Result<Plan, Failure> {
    if arguments.policy.is_some() || !arguments.changes.is_empty() {
        let what = "a run that goes on takes --set only; with an EXPERIMENT a new one begins, with the encoder of the old one";
        return Err(Failure::Usage(what.into()));
    }
    let path = kept::existing(&from.folder)?;
    let found = kept::checkpoint(catalogue, &path, from.step)?;
    let (name, path_of_data, others) = sorted(&arguments.settings);
    let file = moved(catalogue, found.file, path_of_data)?;
    let now = file.now(catalogue).map_err(|why| Failure::Failed(format!("the checkpoint {why}")))?;
    let changes = experiment::values(catalogue, &now, &others);
    let experiment = ends_at(catalogue, &file.began, &changes)?;
    check_changes(catalogue, &now, &changes)?;
    experiment::check_data(catalogue, &experiment)?;
    let end = experiment.knobs("train").count("steps") as u64;
    if file.step() >= end {
        let step = file.step();
        return Err(Failure::Usage(format!(
            "{} has come to its last step, {step}: give it more with --set train.steps={}",
            from.folder.display(),
            2 * step
        )));
    }
    let parent = Parent { step: file.step(), changed: changes.clone(), ..parent(&path)? };
    let name = name.map_or_else(|| parent.name.clone(), |name| name.value.clone());
    let header = RunHeader { name: name.clone(), parent: Some(parent), ..new_header() };
    let mut notes: Vec<String> = found.warning.map(|warning| format!("warning: {warning}")).into_iter().collect();
    notes.push(format!("Going on from {} after {} steps, in a new folder", from.folder.display(), file.step()));
    let go_on = GoOn { file, changes, metrics: kept::metrics(&path)?, folder: None };
    Ok(Plan { experiment, label: name, header, start: Start::GoOn(Box::new(go_on)), notes })
}

/// The plan of a run that goes on in its own folder.
///
/// # Errors
/// A checkpoint that is not there or cannot be read; a run that is at its end.
pub fn resume(catalogue: &Catalogue, arguments: &ResumeArguments) -> Result<Plan, Failure> {
    let (name, path_of_data, others) = sorted(&arguments.settings);
    if let Some(setting) = others.first().copied().or(name) {
        return Err(Failure::Usage(format!(
            "{} of a run that goes on in its own folder cannot change: branch it with augsphere run --from {} --set {}={}",
            setting.path,
            arguments.run.display(),
            setting.path,
            setting.value
        )));
    }
    let path = kept::existing(&arguments.run)?;
    let header = kept::header(&path)?;
    let found = kept::checkpoint(catalogue, &path, None)?;
    let file = moved(catalogue, found.file, path_of_data)?;
    let (step, end) = (file.step(), file.began.knobs("train").count("steps") as u64);
    if step >= end && path.join(SUMMARY).exists() {
        return Err(Failure::Usage(format!(
            "{} has come to its last step, {step}; to train further: augsphere run --from {} --set train.steps={}",
            path.display(),
            path.display(),
            2 * step
        )));
    }
    experiment::check_data(catalogue, &file.began)?;
    let mut notes: Vec<String> = found.warning.map(|warning| format!("warning: {warning}")).into_iter().collect();
    notes.extend(edited(catalogue, &path, &file.began));
    notes.push(format!("Going on with {} after {step} of {end} steps", path.display()));
    let label = folder::name(&path);
    let header = header.unwrap_or_else(|| RunHeader {
        id: RunHeader::id_of(&label),
        name: file.began.name.clone(),
        created: 0,
        ..new_header()
    });
    let (experiment, metrics) = (file.began.clone(), kept::metrics(&path)?);
    let folder = Some(Own { path, newest: found.newest });
    Ok(Plan {
        experiment,
        label,
        header,
        start: Start::GoOn(Box::new(GoOn { file, changes: Vec::new(), metrics, folder })),
        notes,
    })
}

/// The header of a run that begins now.
pub fn new_header() -> RunHeader {
    RunHeader {
        format: RUN_FORMAT,
        created: clock::seconds(SystemTime::now()),
        program: env!("CARGO_PKG_VERSION").into(),
        ..RunHeader::default()
    }
}

/// The run of a folder as another one's parent.
fn parent(path: &Path) -> Result<Parent, Failure> {
    let name = folder::name(path);
    let header = kept::header(path)?.unwrap_or_default();
    let known = |text: String, otherwise: &dyn Fn() -> String| if text.is_empty() { otherwise() } else { text };
    let run = known(header.id, &|| RunHeader::id_of(&name));
    Ok(Parent { run, name: known(header.name, &|| name.clone()), ..Parent::default() })
}

/// The settings of a run that goes on: its name, where its data are, and the others.
fn sorted(settings: &[Setting]) -> (Option<&Setting>, Option<&Setting>, Vec<&Setting>) {
    let last = |path: &str| settings.iter().rev().find(|setting| setting.path == path);
    let others = settings.iter().filter(|setting| !["name", "data.path"].contains(&setting.path.as_str())).collect();
    (last("name"), last("data.path"), others)
}

/// The checkpoint with its data where they are now.
fn moved(catalogue: &Catalogue, file: CheckpointFile, path: Option<&Setting>) -> Result<CheckpointFile, Failure> {
    let Some(path) = path else { return Ok(file) };
    let path = text::home(Path::new(&path.value)).display().to_string();
    file.with_data_at(catalogue, &path).map_err(Failure::Usage)
}

/// The experiment with the last step that `changes` say.
fn ends_at(catalogue: &Catalogue, began: &Experiment, changes: &[(String, Value)]) -> Result<Experiment, Failure> {
    let ends: Vec<_> = changes.iter().filter(|(path, _)| path == "train.steps").cloned().collect();
    let with = catalogue.with(began, &ends)?;
    Ok(Experiment { changes: began.changes.clone(), ..with })
}

/// Whether a run may change like this while it goes on.
fn check_changes(catalogue: &Catalogue, now: &Experiment, changes: &[(String, Value)]) -> Result<(), Failure> {
    let mut then = now.clone();
    for (path, value) in changes {
        let with = catalogue.with(&then, &[(path.clone(), value.clone())])?;
        if path != "train.steps" && !catalogue.changeable(&then, path) {
            return Err(Failure::Usage(format!(
                "{path} cannot change while a run goes on; to begin anew with the encoder of the run, name an experiment, too: \
                 augsphere run EXPERIMENT --from DIR --set {path}={value}"
            )));
        }
        then = with;
    }
    Ok(())
}

/// A note if somebody has edited `experiment.toml` since the run began.
fn edited(catalogue: &Catalogue, path: &Path, began: &Experiment) -> Option<String> {
    let file = path.join("experiment.toml");
    let there = catalogue.read_toml(&text::read(&file).ok()?).ok()?;
    let sections = |experiment: &Experiment| Experiment { changes: Vec::<Change>::new(), ..experiment.clone() };
    let found = differences(catalogue, &sections(began), &sections(&there));
    let words: Vec<String> = found.into_iter().filter(|one| one.path != "data.path").map(|one| one.words).collect();
    (!words.is_empty()).then(|| {
        format!(
            "note: {} was edited since the run began ({}); the run goes on as it began. To change it: augsphere run --from",
            file.display(),
            words.join(", ")
        )
    })
}

/// A note if the run of a folder that is to be repeated began with a trained encoder.
fn began_trained(source: &str) -> Option<String> {
    let header = kept::header(&text::home(Path::new(source))).ok()??;
    let parent = header.parent.filter(|parent| parent.encoder_only)?;
    Some(format!(
        "note: {source} began with the encoder of {}; this run begins with a random one. To repeat it: --from {}@{}",
        parent.name, parent.run, parent.step
    ))
}

/// What to say if the encoder of a run is another one than an experiment asks for.
fn other_encoder(catalogue: &Catalogue, folder: &Path, its: &Experiment, asked: &Experiment) -> Option<String> {
    let (its, asked) = (its.choice("encoder")?, asked.choice("encoder")?);
    let defaults = catalogue.section("encoder")?.card(&its.kind)?.defaults();
    let same_kind = its.kind == asked.kind;
    let there = if same_kind { &asked.knobs } else { &defaults };
    let kind = (!same_kind).then(|| format!("--set encoder.kind={}", its.kind));
    let knobs = its.knobs.0.iter().filter(|(name, value)| there.0.get(*name) != Some(value));
    let text = |value: &Value| value.as_text().map_or_else(|| value.to_string(), str::to_owned);
    let knobs = knobs.map(|(name, value)| format!("--set encoder.{name}={}", text(value)));
    let settings: Vec<String> = kind.into_iter().chain(knobs).collect();
    (!settings.is_empty()).then(|| format!("the encoder of {} is another one: add {}", folder.display(), settings.join(" ")))
}
