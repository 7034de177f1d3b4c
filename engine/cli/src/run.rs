//! One experiment on its way from its file to its run folder.

use crate::arguments::RunArguments;
use crate::engine::{self, Engine, WeightsFile};
use crate::experiment::{self, Request};
use crate::failure::{Failure, describe};
use crate::folder::RunFolder;
use crate::output;
use crate::progress::Progress;
use crate::protocol::votes;
use crate::record::{Ending, Record, rows};
use crate::stop::Stop;
use augsphere_spec::{Catalogue, Estimate, Event, Experiment, Fault, bytes, duration};
use std::time::{Duration, Instant};

/// How long the engine works before the terminal looks up: short enough for a smooth bar and a prompt stop.
const BUDGET: Duration = Duration::from_millis(200);

/// Weights are kept after measures, and at least this often.
const KEEP_EVERY: Duration = Duration::from_secs(10);

/// Keeping weights may take one part in so many of the time.
const KEEP_SHARE: u32 = 20;

/// The measures that are told in words, in the order of reading.
const TOLD: [&str; 13] = [
    "knn_accuracy",
    "knn_accuracy_test",
    "pixel_knn_accuracy",
    "probe_accuracy",
    "probe_accuracy_untrained",
    "probe_accuracy_test",
    "alignment",
    "alignment_fixed",
    "uniformity",
    "std",
    "effective_rank",
    "participation",
    "centre_product",
];

/// Runs an experiment to its last step or to a clean stop.
///
/// # Errors
/// Mistakes in the experiment or its folder; faults of the engine; a disk that refuses.
pub fn run(arguments: &RunArguments) -> Result<(), Failure> {
    let start = Instant::now();
    let catalogue = engine::catalogue();
    let Request { experiment, label } = experiment::read(
        &catalogue,
        &arguments.experiment,
        arguments.policy.as_deref(),
        &arguments.settings,
        &arguments.changes,
    )?;
    let stop = Stop::listen()?;
    let folder = RunFolder::create(arguments.out.as_deref(), &label, experiment.seed, &catalogue.write_toml(&experiment))?;
    let (engine, events) = Engine::begin(experiment.clone(), arguments.device());
    let mut run = Run {
        engine,
        folder,
        record: Record::default(),
        progress: Progress::new(experiment.knobs("train").count("steps") as u64),
        stop,
        experiment,
        start,
        weights: None,
    };
    if let Err(failure) = run.begin(&catalogue, events) {
        run.progress.finish();
        run.folder.discard();
        return Err(failure);
    }
    let trained = run.train();
    let kept = run.keep(trained.as_ref().err());
    run.progress.finish();
    trained?;
    kept?;
    run.report(arguments.json)
}

/// Weights that are in the run folder.
struct Weights {
    /// After so many steps.
    step: u64,
    at: Instant,
    /// What it took to keep them.
    cost: Duration,
}

/// A run under way.
struct Run {
    engine: Engine,
    folder: RunFolder,
    record: Record,
    progress: Progress,
    stop: Stop,
    experiment: Experiment,
    start: Instant,
    weights: Option<Weights>,
}

impl Run {
    /// Sets the experiment up: everything until the first step.
    fn begin(&mut self, catalogue: &Catalogue, mut events: Vec<Event>) -> Result<(), Failure> {
        self.progress.say(&outline(&self.experiment));
        let mut withdrawn = false;
        loop {
            self.take(&events)?;
            if self.engine.began() {
                return self.keep_weights();
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
    }

    fn refusal(&self, catalogue: &Catalogue, fault: Option<&Fault>) -> Failure {
        match fault {
            // A knob whose value only the engine could refuse: a mistake in the experiment like the others.
            Some(fault) if catalogue.knob(&self.experiment, &fault.location).is_some() => Failure::Usage(describe(fault)),
            Some(fault) => fault.into(),
            None => Failure::Withdrawn("stopped before the first step; no run folder is left".into()),
        }
    }

    fn train(&mut self) -> Result<(), Failure> {
        while !self.record.finished && !self.stop.asked() {
            let events = self.engine.advance(BUDGET);
            self.take(&events)?;
            let measured = events.iter().any(|event| matches!(event, Event::Measures { .. }));
            // The last weights are kept at the end.
            if !self.record.finished && self.weights_due(measured) {
                self.keep_weights()?;
            }
        }
        Ok(())
    }

    /// Takes in what the engine told: into the folder, the record and onto the screen.
    fn take(&mut self, events: &[Event]) -> Result<(), Failure> {
        let (mut measured, mut stepped) = (false, false);
        for event in events {
            self.record.apply(event);
            for row in rows(event) {
                self.folder.record(&row)?;
            }
            match event {
                Event::Progress(work) => self.progress.work(work),
                Event::Estimate(estimate) => self.progress.say(&estimated(&self.experiment, estimate)),
                Event::Device(device) => self.progress.say(&format!("Device: {} ({})", device.name, device.reason)),
                Event::Began { data, encoder_weights, projector_weights, .. } => {
                    self.progress.say(&format!("Data: {}", data.title));
                    self.progress
                        .say(&format!("Weights: {encoder_weights} in the encoder, {projector_weights} in the projector"));
                    if let Some(votes) = votes(&self.experiment, Some(data)).filter(|votes| votes.used < votes.asked) {
                        self.progress.say(&format!(
                            "note: measures.knn.k = {} is more than the {} training images of the bank: all {} of them vote",
                            votes.asked, votes.bank, votes.bank
                        ));
                    }
                    self.progress.say(&format!("Run folder: {}", self.folder.path().display()));
                }
                Event::Changed { step, path, value, .. } => {
                    self.progress.say(&format!("Changed after {step} steps: {path} = {value}; the encoder was kept"));
                }
                Event::Fault(fault) if fault.recoverable => self.progress.say(&format!("warning: {}", describe(fault))),
                Event::Steps { .. } => stepped = true,
                Event::Measures { .. } => measured = true,
                _ => {}
            }
        }
        if measured || stepped {
            self.progress.show(&self.record, measured);
        }
        match &self.record.fault {
            Some(fault) => Err(fault.into()),
            None => Ok(()),
        }
    }

    /// Whether weights should be kept now; it may not take much of the time.
    fn weights_due(&self, measured: bool) -> bool {
        self.weights.as_ref().is_none_or(|weights| {
            let since = weights.at.elapsed();
            since >= weights.cost * KEEP_SHARE && (measured || since >= KEEP_EVERY)
        })
    }

    /// Puts the weights into the folder, in place of the earlier ones, if every one of them is finite.
    fn keep_weights(&mut self) -> Result<(), Failure> {
        let begun = Instant::now();
        let WeightsFile { bytes, step } = self.engine.weights()?;
        self.folder.weights(&bytes)?;
        if let Some(warning) = self.folder.warning().filter(|_| self.weights.is_none()) {
            self.progress.say(&format!("warning: {warning}"));
        }
        self.weights = Some(Weights { step, at: Instant::now(), cost: begun.elapsed() });
        Ok(())
    }

    /// Writes the last weights and the summary; the summary comes last, so that where it is, everything is.
    fn keep(&mut self, failure: Option<&Failure>) -> Result<(), Failure> {
        let saved = match failure {
            // What the disk refused is missing, so nothing may say that all is there.
            Some(Failure::Disk(_)) => return Ok(()),
            // Those that were measured last, if they can still be had; those that were kept on the way otherwise.
            Some(_) => match self.keep_weights() {
                Err(Failure::Disk(_)) => return Ok(()),
                _ => Ok(()),
            },
            None => self.keep_weights(),
        };
        if let Err(Failure::Disk(_)) = saved {
            return saved;
        }
        let ending = Ending {
            stopped: !self.record.finished && failure.is_none(),
            weights_at_step: self.weights.as_ref().map_or(0, |weights| weights.step),
            fault: failure.or(saved.as_ref().err()).map(ToString::to_string),
            wall_seconds: self.start.elapsed().as_secs_f64(),
        };
        let summary = serde_json::to_string_pretty(&self.record.summary(&self.experiment, &ending));
        let summary = summary.map_err(|error| Failure::Failed(format!("could not write the summary as JSON: {error}")))?;
        self.folder.write("summary.json", format!("{summary}\n").as_bytes())?;
        saved
    }

    fn report(&self, json: bool) -> Result<(), Failure> {
        let batch = self.experiment.knobs("train").count("batch");
        if json {
            let line = serde_json::to_string(&self.record.line(batch));
            return output::result(
                &line.map_err(|error| Failure::Failed(format!("could not write the result as JSON: {error}")))?,
            );
        }
        output::result(&self.in_words(batch))
    }

    fn in_words(&self, batch: usize) -> String {
        let record = &self.record;
        let device = record.device.as_ref().map_or("", |device| device.name.as_str());
        let stopped = if record.finished { "" } else { ", stopped early" };
        let mut lines = vec![format!(
            "{} steps in {:.1} s ({:.0} images/s) on {device}{stopped}",
            record.step,
            record.seconds,
            record.images_per_second(batch).unwrap_or_default()
        )];
        lines.extend(record.loss.map(|loss| self.reading("loss", loss)));
        lines.extend(TOLD.iter().filter_map(|name| Some(self.reading(name, *record.measures.get(*name)?))));
        lines.push(format!("kept in {}; every measure is in its summary.json", self.folder.path().display()));
        lines.join("\n")
    }

    /// A number, and those to read it by.
    fn reading(&self, name: &str, value: f32) -> String {
        let mut beside = Vec::new();
        if name != "loss" {
            beside.extend(self.record.untrained.get(name).map(|untrained| format!("untrained {untrained:.4}")));
        }
        beside.extend(self.record.level(name).map(|(level, words)| format!("{level:.4} is {words}")));
        if let Some(knn) = self.experiment.card("measures", "knn").filter(|_| name == "knn_accuracy") {
            let k = votes(&self.experiment, self.record.data.as_ref()).map_or(knn.knobs.count("k"), |votes| votes.used);
            beside.push(format!("k = {k}, T = {}", knn.knobs.float("temperature")));
        }
        format!("  {name:<24} {value:>8.4}   {}", beside.join("; ")).trim_end().to_owned()
    }
}

/// What is about to be prepared, in a sentence.
fn outline(experiment: &Experiment) -> String {
    let kind = |section: &str| experiment.choice(section).map_or("", |choice| choice.kind.as_str());
    let data = experiment.knobs("data");
    format!(
        "Preparing {} on {} (up to {} training, {} validation and {} test images) with {}",
        kind("method"),
        kind("data"),
        data.count("train"),
        data.count("validation"),
        data.count("test"),
        kind("encoder")
    )
}

/// What a run will cost, in a sentence.
fn estimated(experiment: &Experiment, estimate: &Estimate) -> String {
    let steps = experiment.knobs("train").count("steps");
    let Estimate { prepare_seconds, step_seconds, memory, .. } = estimate;
    format!(
        "Estimate: {} to prepare, {} for {steps} steps ({} each, measures not counted), {} of memory",
        duration(*prepare_seconds),
        duration(step_seconds * steps as f32),
        duration(*step_seconds),
        bytes(*memory)
    )
}
