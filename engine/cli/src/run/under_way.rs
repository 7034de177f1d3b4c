//! A run under way: the engine on one side, the folder and the person on the other.

mod keeping;

use super::plan::GoOn;
use super::words;
use crate::engine::Engine;
use crate::failure::{Failure, describe};
use crate::folder::{RunFolder, SUMMARY};
use crate::outcome::Outcome;
use crate::output;
use crate::progress::Progress;
use crate::protocol::votes;
use crate::stop::Stop;
use augsphere_spec::archive::EXPERIMENT;
use augsphere_spec::{Catalogue, Change, Event, Experiment, Fault, Record, Resumed, RunHeader};
use keeping::Kept;
use std::time::{Duration, Instant};

/// How long the engine works before the terminal looks up: short enough for a smooth bar and a prompt stop.
const BUDGET: Duration = Duration::from_millis(200);

/// Until so many looks, steps are slower than they will be.
const WARM_UP: u32 = 8;

/// So many steps before a checkpoint are taken one by one.
const FEW: u64 = 8;

/// A run under way.
pub struct Run {
    engine: Engine,
    folder: RunFolder,
    outcome: Outcome,
    progress: Progress,
    stop: Stop,
    /// As it began, with what was planned.
    experiment: Experiment,
    header: RunHeader,
    start: Instant,
    /// A checkpoint after so many steps each, where that was said.
    pub every: Option<u64>,
    /// Where it goes on, until it has.
    pub go_on: Option<Box<GoOn>>,
    /// What to do if the encoder that it begins with does not fit.
    pub hint: Option<String>,
    /// Whether its folder was there before.
    own_folder: bool,
    /// Changes that have been made.
    made: Vec<Change>,
    kept: Option<Kept>,
    /// Whether something happened since it was kept.
    dirty: bool,
    /// The shortest time that a step took, in seconds, and of how many looks that is known.
    fastest: (f64, u32),
}

impl Run {
    /// A run that is being set up.
    pub fn new(engine: Engine, folder: RunFolder, experiment: Experiment, header: RunHeader, stop: Stop, start: Instant) -> Self {
        let began_trained = header.parent.as_ref().is_some_and(|parent| parent.encoder_only);
        Self {
            engine,
            folder,
            outcome: Outcome { began_trained, ..Outcome::default() },
            progress: Progress::new(experiment.knobs("train").count("steps") as u64),
            stop,
            experiment,
            header,
            start,
            every: None,
            go_on: None,
            hint: None,
            own_folder: false,
            made: Vec::new(),
            kept: None,
            dirty: true,
            fastest: (f64::INFINITY, 0),
        }
    }

    /// A sentence for the person.
    pub fn say(&self, words: &str) {
        self.progress.say(words);
    }

    /// Sets the experiment up: everything until the first step.
    ///
    /// # Errors
    /// What the engine refuses; a wish to stop; a disk that refuses.
    pub fn begin(&mut self, catalogue: &Catalogue, mut events: Vec<Event>) -> Result<(), Failure> {
        let own = self.go_on.as_ref().and_then(|go_on| go_on.folder.as_ref()).is_some();
        self.own_folder = own;
        self.say(&words::outline(&self.experiment));
        let branches = self.go_on.is_some() && !own;
        let mut withdrawn = false;
        loop {
            self.take(&events)?;
            if self.engine.began() {
                break;
            }
            for event in &events {
                if let Event::Refused { fault, .. } = event {
                    return Err(self.refusal(catalogue, fault.as_ref()));
                }
            }
            events = if self.stop.asked() && !withdrawn {
                withdrawn = true;
                self.engine.cancel()
            } else if self.engine.busy() {
                self.engine.advance(BUDGET)
            } else {
                return Err(Failure::Failed("the engine did not set up the experiment and did not say why".into()));
            };
        }
        if branches {
            self.experiment = replay(catalogue, &self.experiment, &self.made, self.outcome.step);
            self.experiment.name.clone_from(&self.header.name);
            self.folder.write(EXPERIMENT, catalogue.write_toml(&self.experiment).as_bytes())?;
        }
        self.header.device.clone_from(&self.outcome.device);
        self.header.data.clone_from(&self.outcome.data);
        if own {
            // Its folder holds it as it stands.
            self.kept = Some(Kept::now(self.outcome.step));
            self.dirty = false;
            return self.write_header();
        }
        self.keep()
    }

    fn refusal(&self, catalogue: &Catalogue, fault: Option<&Fault>) -> Failure {
        match (fault, &self.hint) {
            (Some(fault), Some(hint)) if fault.location == "weights" => {
                Failure::Usage(describe(&Fault { remedy: hint.clone(), ..fault.clone() }))
            }
            // A knob whose value only the engine could refuse: a mistake in the experiment like the others.
            (Some(fault), _) if catalogue.knob(&self.experiment, &fault.location).is_some() => Failure::Usage(describe(fault)),
            (Some(fault), _) => fault.into(),
            (None, _) if self.own_folder => {
                Failure::Withdrawn("stopped before the next step; the run folder is as it was".into())
            }
            (None, _) => Failure::Withdrawn("stopped before the first step; no run folder is left".into()),
        }
    }

    /// The run could not be set up: a folder that was made for it goes, another one stays as it was.
    pub fn give_up(self) {
        self.progress.finish();
        if !self.own_folder {
            self.folder.discard();
        }
    }

    /// Takes the progress bar away.
    pub fn close(&self) {
        self.progress.finish();
    }

    /// Trains to the last step, or to a wish to stop.
    ///
    /// # Errors
    /// Faults of the engine; a disk that refuses.
    pub fn train(&mut self) -> Result<(), Failure> {
        while !self.is_over() && !self.stop.asked() {
            let events = self.engine.advance(self.budget());
            self.take(&events)?;
            let measured = events.iter().any(|event| matches!(event, Event::Measures { .. }));
            // The end is kept at the end.
            if !self.is_over() && self.keeping_is_due(measured) {
                self.keep()?;
            }
        }
        Ok(())
    }

    /// Whether the last step is taken and measured.
    fn is_over(&self) -> bool {
        self.outcome.finished && !self.engine.measuring()
    }

    /// How long the engine may work before the terminal looks up. Where checkpoints are wanted after so many steps, half of what is left until
    /// then, and at the end a single step.
    fn budget(&self) -> Duration {
        let Some(every) = self.every else { return BUDGET };
        let left = every - self.outcome.step % every;
        let (fastest, looks) = self.fastest;
        // Training goes on as soon as measures are taken, in the same look.
        let waits = self.engine.measuring() && self.is_beyond(every);
        if waits || looks < WARM_UP || left <= FEW {
            return Duration::ZERO;
        }
        BUDGET.min(Duration::try_from_secs_f64(0.5 * fastest * left as f64).unwrap_or(BUDGET))
    }

    /// Takes in what the engine told: into the folder, the outcome and onto the screen.
    fn take(&mut self, events: &[Event]) -> Result<(), Failure> {
        let (mut measured, mut stepped) = (false, false);
        for event in events {
            match event {
                Event::Began { experiment, resumed, .. } => self.began(experiment, resumed.as_deref())?,
                Event::Changed { experiment, .. } => self.made.clone_from(&experiment.changes),
                Event::Steps { step, seconds, .. } if *step > self.outcome.step => {
                    let each = (seconds - self.outcome.seconds) / (step - self.outcome.step) as f64;
                    self.fastest = (self.fastest.0.min(each), self.fastest.1.saturating_add(1));
                }
                _ => {}
            }
            self.outcome.apply(event);
            for record in Record::of(event) {
                self.folder.record(&record)?;
                self.dirty = true;
            }
            match event {
                Event::Progress(work) => self.progress.work(work),
                Event::Estimate(estimate) => {
                    let behind = self.go_on.as_ref().map_or(0, |go_on| go_on.file.step());
                    self.say(&words::estimated(&self.experiment, behind, estimate));
                }
                Event::Device(device) => self.say(&format!("Device: {} ({})", device.name, device.reason)),
                Event::Began { data, encoder_weights, projector_weights, .. } => {
                    self.say(&format!("Data: {}", data.title));
                    self.say(&format!("Weights: {encoder_weights} in the encoder, {projector_weights} in the projector"));
                    if let Some(votes) = votes(&self.experiment, Some(data)).filter(|votes| votes.used < votes.asked) {
                        self.say(&format!(
                            "note: measures.knn.k = {} is more than the {} training images of the bank: all {} of them vote",
                            votes.asked, votes.bank, votes.bank
                        ));
                    }
                    self.say(&format!("Run folder: {}", self.folder.path().display()));
                }
                Event::Changed { step, path, value, .. } => {
                    self.say(&format!("Changed after {step} steps: {path} = {value}; the encoder was kept"));
                }
                Event::Fault(fault) if fault.recoverable => self.say(&format!("warning: {}", describe(fault))),
                Event::Steps { .. } => stepped = true,
                Event::Measures { .. } => measured = true,
                _ => {}
            }
        }
        if measured || stepped {
            self.progress.show(&self.outcome, measured);
        }
        match &self.outcome.fault {
            Some(fault) => Err(fault.into()),
            None => Ok(()),
        }
    }

    /// The run is set up. One that goes on has its past: the records up to the checkpoint, and no others.
    fn began(&mut self, experiment: &Experiment, resumed: Option<&Resumed>) -> Result<(), Failure> {
        self.experiment = experiment.clone();
        let (Some(go_on), Some(resumed)) = (self.go_on.take(), resumed) else { return Ok(()) };
        // Where a summary is, everything is: so it goes first.
        self.folder.remove(SUMMARY)?;
        let lines = go_on.lines();
        self.folder.restart(&lines)?;
        self.outcome.recall(&Record::read_all(&lines, u64::MAX));
        if self.outcome.step < resumed.step {
            self.say(&format!(
                "warning: metrics.jsonl ends at step {}, the checkpoint is of step {}: the numbers between them are missing",
                self.outcome.step, resumed.step
            ));
        }
        self.outcome.step = resumed.step;
        self.outcome.seconds = resumed.seconds;
        self.made.clone_from(&resumed.experiment.changes);
        self.dirty = true;
        Ok(())
    }

    /// A failure of the disk with the way on: what was kept last can be gone on from.
    pub fn with_way_on(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Disk(words) if self.kept.is_some() => {
                let path = self.folder.path().display();
                Failure::Disk(format!("{words}\n  then: augsphere resume {path} (the last checkpoint is there)"))
            }
            other => other,
        }
    }

    /// Prints the result, as one line of JSON or in words.
    ///
    /// # Errors
    /// If standard output cannot be written.
    pub fn report(&self, json: bool) -> Result<(), Failure> {
        let batch = self.experiment.knobs("train").count("batch");
        if json {
            let line = serde_json::to_string(&self.outcome.line(batch));
            return output::result(
                &line.map_err(|error| Failure::Failed(format!("could not write the result as JSON: {error}")))?,
            );
        }
        output::result(&words::summary(&self.outcome, &self.experiment, self.is_over(), self.folder.path()))
    }
}

/// The experiment that does what a run did which went on from another one after `step` steps: as it `began`, with the changes that were `made`
/// and those that are still to come.
fn replay(catalogue: &Catalogue, began: &Experiment, made: &[Change], step: u64) -> Experiment {
    let to_come = began.changes.iter().filter(|change| change.at >= step && !made.contains(change));
    let changes: Vec<Change> = made.iter().chain(to_come).cloned().collect();
    let whole = Experiment { changes, ..began.clone() };
    if catalogue.read(&catalogue.write(&whole)).is_ok() {
        return whole;
    }
    // What was planned does not go with what was changed before it.
    Experiment { changes: made.to_vec(), ..whole }
}
