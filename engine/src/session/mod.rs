//! The session: commands become events. The page, the terminal and the tests are three ways to ask the same [`Session`].
//!
//! Whatever takes long (preparing a run, measures, questions about distances, studies, files) is a [`Task`](crate::pace::Task):
//! [`Session::handle`] takes it in and returns, [`Session::advance`] goes on with it for a while and returns, so that whoever asks next
//! need not wait.

mod bench;
mod changes;
mod checkpoint;
mod desk;
mod distances;
mod estimate;
mod files;
mod prepare;
mod run;
mod study;
mod theorem;
mod views;

use crate::datasets::DroppedArchives;
use crate::device::ComputeDevice;
use crate::pace::Task;
use crate::toy;
use augsphere_spec::{Command, DeviceReport, Event, Fault, Request};
use desk::Desk;
use distances::Stage;
use estimate::Rates;
use files::Files;
use prepare::{Asked, KnownData, Preparation, Start};
use run::Run;
use std::time::Duration;
use web_time::Instant;

/// One experiment at a time, and what people have put on the table.
#[derive(Default)]
pub struct Session {
    /// Which GPU to take, where one was named.
    adapter: Option<String>,
    kept: DroppedArchives,
    /// Files that are being read.
    files: Files,
    run: Option<Run>,
    /// The run before it, as it was left.
    previous: Option<Run>,
    preparation: Option<Preparation>,
    /// Images are slow to draw: the last ones are there for the next experiment on the same choice.
    known: Option<KnownData>,
    rates: Rates,
    /// The pictures that are looked at.
    desk: Desk,
    /// A question about augmented distances that is being answered.
    distances: Option<Task<Result<Stage, Fault>>>,
    /// A study under way.
    study: Option<Task<Result<(), Fault>>>,
    /// A benchmark under way.
    bench: Option<Task<()>>,
    /// What [`Command::Cancel`] may withdraw, the newest last.
    withdrawable: Vec<Job>,
}

/// Something long that can be withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Job {
    Run,
    Distances,
    Study,
    Bench,
}

impl Session {
    /// An empty session.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with a GPU that runs are to take: its number in [`crate::device::list`], or a part of its name.
    pub fn with_adapter(adapter: Option<String>) -> Self {
        Self { adapter, ..Self::default() }
    }

    /// Whether a run is to go on until told otherwise.
    pub fn running(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.running)
    }

    /// Whether a run is being prepared.
    pub fn preparing(&self) -> bool {
        self.preparation.is_some()
    }

    /// Whether the run waits for measures that are due before it goes on.
    pub fn measuring(&self) -> bool {
        self.run.as_ref().is_some_and(Run::waits)
    }

    /// Whether [`Session::advance`] has anything to do.
    pub fn busy(&self) -> bool {
        let work = self.distances.is_some() || self.study.is_some() || self.bench.is_some() || !self.files.is_empty();
        let run = self.run.as_ref().is_some_and(|run| run.running || run.measures());
        self.preparing() || work || run || self.desk_busy()
    }

    /// Where the current run computes.
    pub fn opened(&self) -> Option<&ComputeDevice> {
        self.run.as_ref().filter(|run| run.ended.is_none()).map(|run| run.trainer.opened())
    }

    /// What is told of the device of the current run.
    pub fn device(&self) -> Option<&DeviceReport> {
        self.run.as_ref().map(|run| &run.trainer.opened().report)
    }

    /// Does what is asked, or takes it in for [`Session::advance`] if it takes long. A fault is an event; what was running before goes on
    /// unless the fault says otherwise.
    pub async fn handle(&mut self, command: Command) -> Vec<Event> {
        let answer = match command {
            Command::Begin { run, experiment, device, encoder } => {
                let start = encoder.map_or(Start::Random, |file| Start::Encoder(file.into()));
                Ok(self.begin(Asked { run, experiment, device, start }))
            }
            Command::Resume { run, file, device, changes } => Ok(self.resume(run, file, device, changes)),
            Command::Checkpoint => self.checkpoint().await,
            Command::Reset { run: name } => match &self.run {
                Some(run) => {
                    let (experiment, device) = (run.began.clone(), run.device);
                    let start = run.encoder.clone().map_or(Start::Random, Start::Encoder);
                    Ok(self.begin(Asked { run: name, experiment, device, start }))
                }
                None => Ok(vec![refused(Request::Run(name), no_run())]),
            },
            Command::Cancel => Ok(self.cancel()),
            Command::Return => Ok(self.return_to_previous()),
            Command::Play => self.play(),
            Command::Pause => Ok(self.pause()),
            Command::Step => self.single().await,
            Command::Change { change, path, value } => {
                let event = self.change(Some(change), &path, value);
                Ok(vec![event.unwrap_or_else(|fault| refused(Request::Change(change), fault))])
            }
            Command::Views { image, draw } => self.views(image, draw),
            Command::Save => self.save().await,
            Command::Toy(question) => toy::answer(&question).map(|answer| vec![Event::Toy(answer)]),
            Command::Distances(question) => self.ask(question),
            Command::Study(question) => self.study(question),
            Command::Bench(question) => Ok(self.bench(question)),
            Command::Ask(asks) => {
                self.desk.look(asks);
                Ok(Vec::new())
            }
            Command::Drawn(id) => {
                self.desk.drawn(id);
                Ok(Vec::new())
            }
        };
        let mut events = answer.unwrap_or_else(|fault| self.fail(fault));
        events.extend(self.answer_asks().await);
        events
    }

    /// Goes on with everything that takes long for about `budget`, and returns: at least one piece of it, a step or a batch of images, which
    /// is not cut short. While a run is being prepared the one that it will replace does not train.
    pub async fn advance(&mut self, budget: Duration) -> Vec<Event> {
        let until = Instant::now() + budget;
        let mut events = self.answer_asks().await;
        if self.preparing() && !self.waits_for_files() {
            events.extend(self.prepare(until.saturating_duration_since(Instant::now())).await);
        } else {
            let run = !self.preparing() && self.run.as_ref().is_some_and(|run| run.running || run.measures());
            let work = [!self.files.is_empty(), self.distances.is_some(), self.study.is_some(), self.bench.is_some(), run];
            let share = budget / work.iter().filter(|work| **work).count().max(1) as u32;
            events.extend(self.read_files(share).await);
            events.extend(self.answer_distances(share).await);
            events.extend(self.go_on_studying(share).await);
            events.extend(self.go_on_measuring(share).await);
            if run {
                events.extend(self.go_on(until).await);
            }
        }
        events.extend(self.answer_asks().await);
        events
    }

    /// Withdraws what was asked for last and is not done.
    fn cancel(&mut self) -> Vec<Event> {
        while let Some(job) = self.withdrawable.pop() {
            match job {
                Job::Run if self.preparing() => return self.withdraw_preparation(),
                Job::Distances if self.distances.take().is_some() => return Vec::new(),
                Job::Study if self.study.take().is_some() => return Vec::new(),
                Job::Bench if self.bench.take().is_some() => return Vec::new(),
                _ => {}
            }
        }
        Vec::new()
    }

    /// Notes what was asked for last.
    fn asked(&mut self, job: Job) {
        self.withdrawable.retain(|known| *known != job);
        self.withdrawable.push(job);
    }

    fn fail(&mut self, fault: Fault) -> Vec<Event> {
        let stopped = if fault.recoverable { Vec::new() } else { self.pause() };
        std::iter::once(Event::Fault(fault)).chain(stopped).collect()
    }

    fn run(&mut self) -> Result<&mut Run, Fault> {
        match &mut self.run {
            Some(run) => Ok(run),
            None => Err(no_run()),
        }
    }
}

/// What was asked for by name will not happen.
fn refused(request: Request, fault: Fault) -> Event {
    Event::Refused { request, fault: Some(fault) }
}

fn no_run() -> Fault {
    Fault {
        what: "There is no experiment yet.".into(),
        location: "session".into(),
        remedy: "Choose data and a method first.".into(),
        recoverable: true,
        settings: Vec::new(),
    }
}
