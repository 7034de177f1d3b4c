//! Runs on their way from an experiment, or from a checkpoint, to a run folder.

mod plan;
mod under_way;
mod words;

pub use plan::new_header;
pub use words::reading;

use crate::arguments::{ResumeArguments, RunArguments};
use crate::engine::{self, DeviceRequest, Engine};
use crate::failure::Failure;
use crate::folder::RunFolder;
use crate::stop::Stop;
use augsphere_spec::{Catalogue, RunHeader};
use plan::{GoOn, Own, Plan, Start};
use std::path::Path;
use std::time::Instant;
use under_way::Run;

/// Runs an experiment, or goes on from a run in a new folder, to the last step or to a clean stop.
///
/// # Errors
/// Mistakes in the experiment or its folder; faults of the engine; a disk that refuses.
pub fn run(arguments: &RunArguments) -> Result<(), Failure> {
    let began = Instant::now();
    let catalogue = engine::catalogue();
    let plan = match (&arguments.experiment, &arguments.from) {
        (Some(source), _) => plan::fresh(&catalogue, arguments, source)?,
        (None, Some(from)) => plan::branch(&catalogue, arguments, from)?,
        (None, None) => return Err(Failure::Usage("name an experiment, or a run to go on from with --from".into())),
    };
    let ending = Ending { every: arguments.checkpoint_every, json: arguments.json };
    carry_out(&catalogue, plan, arguments.out.as_deref(), arguments.device.request(), ending, began)
}

/// Goes on with a run in its own folder, to the last step or to a clean stop.
///
/// # Errors
/// A folder without a checkpoint that can be read; faults of the engine; a disk that refuses.
pub fn resume(arguments: &ResumeArguments) -> Result<(), Failure> {
    let began = Instant::now();
    let catalogue = engine::catalogue();
    let plan = plan::resume(&catalogue, arguments)?;
    let kind = plan.header.device.as_ref().map(|device| device.kind.clone());
    let ending = Ending { every: arguments.checkpoint_every, json: arguments.json };
    carry_out(&catalogue, plan, None, arguments.device(kind.as_deref()), ending, began)
}

/// What is written on the way and at the end.
struct Ending {
    /// A checkpoint after so many steps each; nothing for the time that it takes to decide.
    every: Option<u64>,
    /// The result as one line of JSON.
    json: bool,
}

fn carry_out(
    catalogue: &Catalogue,
    plan: Plan,
    out: Option<&Path>,
    device: DeviceRequest,
    ending: Ending,
    began: Instant,
) -> Result<(), Failure> {
    let stop = Stop::listen()?;
    let Plan { experiment, label, mut header, start, notes } = plan;
    let own = if let Start::GoOn(go_on) = &start { go_on.folder.as_ref() } else { None };
    let folder = match own {
        Some(Own { path, newest }) => RunFolder::reopen(path, *newest)?,
        None => RunFolder::create(out, &label, experiment.seed, &catalogue.write_toml(&experiment), |name| {
            header = RunHeader { id: RunHeader::id_of(name), ..header.clone() };
            header.write()
        })?,
    };
    let ((engine, events), go_on, hint) = match start {
        Start::Random => (Engine::begin(experiment.clone(), None, device), None, None),
        Start::Encoder(encoder, hint) => (Engine::begin(experiment.clone(), Some(encoder), device), None, hint),
        Start::GoOn(go_on) => {
            let GoOn { file, changes, .. } = &*go_on;
            (Engine::resume(file.weights.bytes.clone(), changes.clone(), device), Some(go_on), None)
        }
    };
    let mut run = Run::new(engine, folder, experiment, header, stop, began);
    run.every = ending.every;
    run.go_on = go_on;
    run.hint = hint;
    notes.iter().for_each(|note| run.say(note));
    if let Err(failure) = run.begin(catalogue, events) {
        run.give_up();
        return Err(failure);
    }
    let trained = run.train();
    let kept = run.finish(trained.as_ref().err());
    run.close();
    trained.map_err(|failure| run.with_way_on(failure))?;
    kept.map_err(|failure| run.with_way_on(failure))?;
    run.report(ending.json)
}
