//! How does one experiment go from its file to its run folder?

use crate::arguments::RunArguments;
use crate::experiment::{self, Request};
use crate::failure::{Failure, describe};
use crate::folder::RunFolder;
use crate::lab::{self, Lab};
use crate::output;
use crate::progress::Progress;
use crate::record::{Ending, Record, rows};
use crate::stop::Stop;
use augsphere_spec::{Catalogue, Event, Experiment};
use std::time::{Duration, Instant};

/// How long the engine trains before the terminal looks up: short enough for a smooth bar and a prompt stop.
const BUDGET: Duration = Duration::from_millis(200);

/// Runs an experiment to its last step or to a clean stop.
///
/// # Errors
/// Mistakes in the experiment or its folder; faults of the engine; a disk that refuses.
pub fn run(arguments: &RunArguments) -> Result<(), Failure> {
    let start = Instant::now();
    let catalogue = lab::catalogue();
    let Request { experiment, label } = experiment::read(
        &catalogue,
        &arguments.experiment,
        arguments.policy.as_deref(),
        &arguments.settings,
        &arguments.changes,
    )?;
    let stop = Stop::listen()?;
    let folder = RunFolder::create(arguments.out.as_deref(), &label, experiment.seed, &catalogue.write_toml(&experiment))?;
    let mut run = Run {
        lab: Lab::new(),
        folder,
        record: Record::default(),
        progress: Progress::new(experiment.knobs("train").count("steps") as u64),
        stop,
        experiment,
        start,
    };
    if let Err(failure) = run.begin(&catalogue, arguments) {
        run.progress.finish();
        run.folder.discard();
        return Err(failure);
    }
    let trained = run.train();
    run.progress.finish();
    let kept = run.keep(trained.as_ref().err());
    trained?;
    kept?;
    run.report(arguments.json)
}

/// A run under way.
struct Run {
    lab: Lab,
    folder: RunFolder,
    record: Record,
    progress: Progress,
    stop: Stop,
    experiment: Experiment,
    start: Instant,
}

impl Run {
    fn begin(&mut self, catalogue: &Catalogue, arguments: &RunArguments) -> Result<(), Failure> {
        self.progress.say("Preparing: data, device and the measures of the untrained encoder.");
        let events = self.lab.begin(self.experiment.clone(), arguments.device.into());
        if events.iter().any(|event| matches!(event, Event::Began { .. })) {
            return self.take(&events);
        }
        // Nothing was under way, so whatever the fault says recoverable is nothing.
        let fault = events.iter().find_map(|event| if let Event::Fault(fault) = event { Some(fault) } else { None });
        Err(match fault {
            // A knob whose value only the engine could refuse: a mistake in the experiment like the others.
            Some(fault) if catalogue.knob(&self.experiment, &fault.location).is_some() => Failure::Usage(describe(fault)),
            Some(fault) => fault.into(),
            None => Failure::Failed("the engine did not set up the experiment and did not say why".into()),
        })
    }

    fn train(&mut self) -> Result<(), Failure> {
        while !self.record.finished && !self.stop.asked() {
            let events = self.lab.advance(BUDGET);
            self.take(&events)?;
        }
        Ok(())
    }

    /// Takes in what the engine told: into the folder, the record and onto the screen.
    fn take(&mut self, events: &[Event]) -> Result<(), Failure> {
        let mut measured = false;
        for event in events {
            self.record.apply(event);
            for row in rows(event) {
                self.folder.record(&row)?;
            }
            match event {
                Event::Progress { what } => self.progress.say(what),
                Event::Device(device) => self.progress.say(&format!("Device: {} ({})", device.name, device.reason)),
                Event::Began { data, encoder_weights, projector_weights, .. } => {
                    self.progress.say(&format!("Data: {}", data.title));
                    self.progress
                        .say(&format!("Weights: {encoder_weights} in the encoder, {projector_weights} in the projector"));
                    self.progress.say(&format!("Run folder: {}", self.folder.path().display()));
                }
                Event::Changed { step, path, value, .. } => {
                    self.progress.say(&format!("Changed after {step} steps: {path} = {value}; the encoder was kept"));
                }
                Event::Fault(fault) if fault.recoverable => self.progress.say(&format!("warning: {}", describe(fault))),
                Event::Measures { .. } => measured = true,
                _ => {}
            }
        }
        self.progress.show(&self.record, measured);
        match &self.record.fault {
            Some(fault) => Err(fault.into()),
            None => Ok(()),
        }
    }

    /// Writes weights and summary; the summary comes last, so that where it is, everything is.
    fn keep(&mut self, failure: Option<&Failure>) -> Result<(), Failure> {
        // After a fault the weights may not be numbers any more.
        let saved = if failure.is_none() { self.save() } else { Ok(()) };
        let ending = Ending {
            stopped: !self.record.finished && failure.is_none(),
            fault: failure.or(saved.as_ref().err()).map(ToString::to_string),
            wall_seconds: self.start.elapsed().as_secs_f64(),
        };
        let summary = serde_json::to_string_pretty(&self.record.summary(&self.experiment, &ending));
        let summary = summary.map_err(|error| Failure::Failed(format!("could not write the summary as JSON: {error}")))?;
        self.folder.write("summary.json", format!("{summary}\n").as_bytes())?;
        saved
    }

    fn save(&mut self) -> Result<(), Failure> {
        for event in self.lab.save() {
            match event {
                Event::Weights { bytes, .. } => return self.folder.write("encoder.safetensors", &bytes),
                Event::Fault(fault) => return Err((&fault).into()),
                _ => {}
            }
        }
        Err(Failure::Failed("the engine did not hand over the weights and did not say why".into()))
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
        lines.extend(record.measures.iter().map(|(name, value)| self.reading(name, *value)));
        lines.push(format!("kept in {}", self.folder.path().display()));
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
            beside.push(format!("k = {}, T = {}", knn.knobs.count("k"), knn.knobs.float("temperature")));
        }
        format!("  {name:<14} {value:>8.4}   {}", beside.join("; ")).trim_end().to_owned()
    }
}
