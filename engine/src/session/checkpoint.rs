//! Checkpoints: files that a run goes on from at its exact step.

use super::prepare::{Asked, Start};
use super::run::Measured;
use super::{Session, refused};
use crate::catalogue::catalogue;
use crate::trainer::notes;
use augsphere_spec::{Catalogue, Change, DeviceChoice, Event, Experiment, Fault, RUN_FORMAT, Request, Resumed, RunId, Value};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// What the header of a checkpoint calls itself.
const KIND: &str = "checkpoint";

/// Most moments of the past that a checkpoint holds, and most bytes of them: it is written often.
const MOST_KEPT: usize = 64;
const MOST_KEPT_BYTES: usize = 2 << 20;

/// The step at which a run ends: the one value that a run which goes on may change although no change of a run under way does.
const END: &str = "train.steps";

/// Where a run goes on.
#[derive(Clone)]
pub(super) struct GoOn {
    /// The checkpoint.
    pub file: Rc<[u8]>,
    /// Step, seconds and experiment there.
    pub at: Resumed,
    /// What was measured of that step.
    pub measured: Measured,
    /// Changes that were planned for later steps.
    pub planned: VecDeque<Change>,
    /// What is to change there: paths and values.
    pub changes: Vec<(String, Value)>,
}

impl Session {
    /// Everything that the current run goes on from.
    pub(super) async fn checkpoint(&mut self) -> Result<Vec<Event>, Fault> {
        let run = self.run()?;
        run.check()?;
        let now = run.trainer.experiment();
        let catalogue = catalogue();
        let notes = [
            ("format", RUN_FORMAT.to_string()),
            ("kind", KIND.to_owned()),
            ("program", env!("CARGO_PKG_VERSION").to_owned()),
            ("device", run.trainer.opened().report.name.clone()),
            ("experiment", catalogue.write_toml(&run.began)),
            ("now", catalogue.write_toml(&Experiment { changes: Vec::new(), ..now.clone() })),
            ("changes", json(&now.changes)),
            ("planned", json(&run.planned)),
            ("seconds", run.seconds.to_string()),
            ("measured", run.measured().name().to_owned()),
        ];
        let (name, step) = (run.name, run.trainer.steps());
        let mut kept = run.kept.sample(MOST_KEPT, MOST_KEPT_BYTES);
        kept.retain(|moment| moment.embedding.iter().all(|value| value.is_finite()));
        let file = run.trainer.save(&kept, notes).await?;
        Ok(vec![Event::Checkpoint { run: name, step, file }])
    }

    /// Takes in a run that goes on from a checkpoint.
    pub(super) fn resume(
        &mut self,
        run: RunId,
        file: Vec<u8>,
        device: DeviceChoice,
        changes: Vec<(String, Value)>,
    ) -> Vec<Event> {
        match read(file, changes) {
            Ok((experiment, go_on)) => self.begin(Asked { run, experiment, device, start: Start::GoOn(go_on) }),
            Err(fault) => vec![refused(Request::Run(run), fault)],
        }
    }

    /// Makes the changes with which a run that was just set up goes on.
    pub(super) fn change_there(&mut self, changes: Vec<(String, Value)>) -> Vec<Event> {
        let change = |(path, value): (String, Value)| self.change(None, &path, value).unwrap_or_else(Event::Fault);
        changes.into_iter().map(change).collect()
    }
}

/// Plain data as JSON, which cannot fail in memory.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The experiment as it began, and where it goes on.
fn read(file: Vec<u8>, changes: Vec<(String, Value)>) -> Result<(Experiment, GoOn), Fault> {
    let (notes, _) = notes(&file).map_err(|error| unreadable(&format!("it is no safetensors file: {error}")))?;
    let header = Header(&notes);
    header.check()?;
    let catalogue = catalogue();
    let (mut began, mut now) = (header.experiment(&catalogue, "experiment")?, header.experiment(&catalogue, "now")?);
    now.changes = header.json("changes")?;
    let (ends, changes): (Vec<_>, Vec<_>) = changes.into_iter().partition(|(path, _)| path == END);
    for change in ends {
        for experiment in [&mut began, &mut now] {
            let with =
                catalogue.with(experiment, std::slice::from_ref(&change)).map_err(|mistakes| not_changed(END, &mistakes))?;
            *experiment = Experiment { changes: std::mem::take(&mut experiment.changes), ..with };
        }
    }
    let mut then = now.clone();
    for change in &changes {
        if !catalogue.changeable(&then, &change.0) {
            return Err(not_changed(&change.0, &"this cannot change while a run goes on"));
        }
        then = catalogue.with(&then, std::slice::from_ref(change)).map_err(|mistakes| not_changed(&change.0, &mistakes))?;
    }
    let (step, end) = (header.number("steps")?, now.knobs("train").count("steps") as u64);
    if step > end {
        return Err(unreadable(&format!("it is of step {step}, and its experiment ends at step {end}")));
    }
    if step == end && !changes.is_empty() {
        return Err(not_changed(&changes[0].0, &format!("the run has come to its last step, {end}; raise {END}, too")));
    }
    let go_on = GoOn {
        measured: Measured::named(header.text("measured")?),
        planned: header.json("planned")?,
        at: Resumed { step, seconds: header.number("seconds")?, experiment: now },
        file: file.into(),
        changes,
    };
    Ok((began, go_on))
}

/// The notes of a checkpoint.
struct Header<'a>(&'a BTreeMap<String, String>);

impl Header<'_> {
    /// Whether this program reads it.
    fn check(&self) -> Result<(), Fault> {
        if self.0.get("kind").map(String::as_str) != Some(KIND) {
            return Err(unreadable("it is no checkpoint but only the weights of an encoder, which a new run can begin with"));
        }
        let format: u32 = self.number("format")?;
        if format > RUN_FORMAT {
            let newer =
                format!("it was written by a newer version of the program (format {format}, this one reads {RUN_FORMAT})");
            return Err(Fault { remedy: "Update the program.".into(), ..unreadable(&newer) });
        }
        Ok(())
    }

    fn text(&self, name: &str) -> Result<&str, Fault> {
        self.0.get(name).map(String::as_str).ok_or_else(|| unreadable(&format!("its header has no {name}")))
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T, Fault> {
        self.text(name)?.parse().map_err(|_| unreadable(&format!("{name} in its header is no number")))
    }

    fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, Fault> {
        serde_json::from_str(self.text(name)?).map_err(|error| unreadable(&format!("{name} in its header: {error}")))
    }

    fn experiment(&self, catalogue: &Catalogue, name: &str) -> Result<Experiment, Fault> {
        catalogue.read_toml(self.text(name)?).map_err(|mistakes| unreadable(&format!("{name} in its header: {mistakes}")))
    }
}

fn unreadable(why: &str) -> Fault {
    Fault {
        what: format!("The run cannot go on from this file: {why}."),
        location: "checkpoint".into(),
        remedy: "Take the checkpoint.safetensors of a run folder, or the one before it.".into(),
        recoverable: true,
        settings: Vec::new(),
    }
}

fn not_changed(path: &str, why: &dyn std::fmt::Display) -> Fault {
    Fault {
        what: format!("The run cannot go on with {path} changed: {why}."),
        location: path.to_owned(),
        remedy: "Begin a new run with this run's encoder instead, or leave this as it was.".into(),
        recoverable: true,
        settings: Vec::new(),
    }
}
