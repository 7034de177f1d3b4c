//! The run under way: steps, measures on the way and at its pauses, and the run before it.

use super::checkpoint::GoOn;
use super::prepare::{Asked, Start};
use super::{Session, no_run, refused};
use crate::device;
use crate::metrics::Found;
use crate::pace::Task;
use crate::pictures::{Kept, KeptMoment};
use crate::trainer::{Checkpoint, Failure, Trainer};
use augsphere_spec::{Change, DeviceChoice, Event, Experiment, Fault, Phase, Request, RunId};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use web_time::Instant;

/// An experiment under way.
pub(super) struct Run {
    pub name: RunId,
    pub device: DeviceChoice,
    pub trainer: Trainer,
    /// As it was begun, with the changes that were planned.
    pub began: Experiment,
    /// The file whose encoder it began with.
    pub encoder: Option<Rc<[u8]>>,
    /// Changes still to come, in order.
    pub planned: VecDeque<Change>,
    pub running: bool,
    /// Whether to stand still after the next step.
    single: bool,
    /// Seconds of training, without pauses and measures.
    pub seconds: f64,
    /// Moments that can be gone back to.
    pub kept: Kept,
    /// The network when its measures were last taken: all of it was finite then.
    pub sound: Checkpoint,
    /// Measures that are being taken.
    measuring: Option<Measuring>,
    /// Measures of this very step that are wanted, because the run stands still at it.
    wanted: Option<Extent>,
    /// Measures of this very step that a run which goes on was to take before it went on.
    owed: Option<Extent>,
    /// What was measured when [`Run::sound`] was.
    measured: Measured,
    /// The step of the last measures that were taken at rest.
    rested: u64,
    /// Why it cannot go on, if it cannot.
    pub ended: Option<Fault>,
}

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// What is measured on the way.
    Routine,
    /// What takes long, after that.
    AtRest,
    /// Both, after the last step.
    Whole,
}

/// What was measured of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measured {
    /// Nothing.
    Not,
    /// What is measured on the way.
    Routine,
    /// That, and what takes long.
    Whole,
}

impl Measured {
    const ALL: [(Self, &str); 3] = [(Self::Not, "nothing"), (Self::Routine, "routine"), (Self::Whole, "all")];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }

    /// The one of this name; nothing was measured if there is none.
    pub fn named(name: &str) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == name).map_or(Self::Not, |(measured, _)| *measured)
    }
}

/// Measures that were taken: of what, what they are, and the embeddings that they were taken of.
type Taken = (Checkpoint, Found, Option<KeptMoment>);

/// Measures on their way.
struct Measuring {
    /// Training waits for these; others are dropped when it goes on.
    due: bool,
    extent: Extent,
    task: Task<Result<Taken, Fault>>,
    /// Time that they took so far.
    spent: Duration,
}

impl Run {
    /// A run that was just set up, paused: at step 0 and measured, or where it goes on.
    pub fn new(asked: Asked, trainer: Trainer) -> Self {
        let planned = asked.experiment.changes.iter().cloned().collect();
        let encoder = if let Start::Encoder(file) = &asked.start { Some(Rc::clone(file)) } else { None };
        let run = Self {
            name: asked.run,
            encoder,
            device: asked.device,
            sound: trainer.checkpoint(),
            trainer,
            planned,
            began: asked.experiment,
            running: false,
            single: false,
            seconds: 0.0,
            kept: Kept::default(),
            measuring: None,
            wanted: None,
            owed: None,
            measured: Measured::Routine,
            rested: 0,
            ended: None,
        };
        match asked.start {
            Start::Random | Start::Encoder(_) => run,
            Start::GoOn(go_on) => run.where_it_stood(go_on),
        }
    }

    /// The same where it goes on.
    fn where_it_stood(self, GoOn { at, measured, planned, .. }: GoOn) -> Self {
        let (step, due) = (self.trainer.steps(), self.trainer.measures_due());
        let lacking = match (measured, self.trainer.finished()) {
            (Measured::Not, true) => Some(Extent::Whole),
            (Measured::Not, false) => Some(Extent::Routine),
            (Measured::Routine, true) => Some(Extent::AtRest),
            _ => None,
        };
        let rested = if measured == Measured::Whole { step } else { 0 };
        let (owed, wanted) = if due { (lacking, None) } else { (None, lacking) };
        Self { planned, seconds: at.seconds, measured, rested, owed, wanted, ..self }
    }

    /// Whether measures are being taken or wanted.
    pub fn measures(&self) -> bool {
        self.ended.is_none() && (self.measuring.is_some() || self.wanted.is_some() || self.owed.is_some())
    }

    /// Whether training waits for measures.
    pub fn waits(&self) -> bool {
        self.ended.is_none() && (self.owed.is_some() || self.measuring.as_ref().is_some_and(|measuring| measuring.due))
    }

    /// What was measured of the step at which it stands.
    pub fn measured(&self) -> Measured {
        let step = self.trainer.steps();
        match (self.sound.step() == step, self.rested == step) {
            (false, _) => Measured::Not,
            (true, true) if step > 0 => Measured::Whole,
            (true, _) => self.measured,
        }
    }

    pub fn phase(&self) -> Phase {
        match (self.running, self.trainer.finished()) {
            (true, _) => Phase::Running,
            (false, true) => Phase::Finished,
            (false, false) => Phase::Paused,
        }
    }

    /// An error if the run cannot go on.
    pub fn check(&self) -> Result<(), Fault> {
        self.ended.clone().map_or(Ok(()), Err)
    }

    /// Begins to take measures of this step.
    async fn measure(&mut self, due: bool, extent: Extent) -> Result<(), Fault> {
        let mut found = Found::default();
        if extent != Extent::AtRest {
            found = self.trainer.queue_drift().await?;
            found.scalars.extend(self.trainer.gradient_scalars().await?);
        }
        let checkpoint = self.trainer.checkpoint();
        let what = format!("Measuring after {} steps", checkpoint.step());
        let task = Task::new(async move |pace| {
            let mut kept = None;
            if extent != Extent::AtRest {
                let (routine, moment) = checkpoint.measure_and_keep(&what, &pace).await?;
                found.add(routine);
                kept = Some(moment);
            }
            if extent != Extent::Routine {
                found.add(checkpoint.measure_at_rest(&pace).await?);
            }
            Ok((checkpoint, found, kept))
        });
        self.measuring = Some(Measuring { due, extent, task, spent: Duration::ZERO });
        self.wanted = None;
        Ok(())
    }

    /// What the run does between two measures is about to happen: measures that nothing waits for are dropped.
    fn go_on(&mut self) {
        self.wanted = None;
        self.measuring.take_if(|measuring| !measuring.due);
    }

    /// The run stands still: the measures of its step are to be had.
    fn stand_still(&mut self) {
        (self.running, self.single) = (false, false);
        self.wanted = if self.ended.is_some() || self.measuring.is_some() { None } else { self.lacking() };
    }

    /// Measures of this step that are not known. The untrained encoder is measured at rest with the first others.
    fn lacking(&self) -> Option<Extent> {
        let step = self.trainer.steps();
        match (self.measured(), self.rested == step) {
            (Measured::Not, _) => Some(Extent::Routine),
            (_, false) => Some(Extent::AtRest),
            (_, true) => None,
        }
    }
}

/// Most bytes that the run before may take beside the current one: a quarter of what a browser gives a page.
const ROOM: u64 = 1 << 30;

/// Whether there is room for a run beside the next one.
fn room_for(run: &Trainer, next: &Trainer) -> bool {
    let shared = Rc::ptr_eq(&run.loader().shared(), &next.loader().shared());
    run.bytes_at_rest(!shared) <= ROOM
}

impl Session {
    pub(super) fn play(&mut self) -> Result<Vec<Event>, Fault> {
        let run = self.run()?;
        run.check()?;
        run.running = !run.trainer.finished();
        if run.running {
            run.go_on();
        }
        Ok(vec![Event::Phase(run.phase())])
    }

    pub(super) fn pause(&mut self) -> Vec<Event> {
        let Some(run) = &mut self.run else { return Vec::new() };
        run.stand_still();
        vec![Event::Phase(run.phase())]
    }

    pub(super) async fn single(&mut self) -> Result<Vec<Event>, Fault> {
        let run = self.run()?;
        run.check()?;
        if run.trainer.finished() {
            return Ok(vec![Event::Phase(run.phase())]);
        }
        run.go_on();
        run.single = true;
        if run.waits() {
            // The step is taken once the measures of the one before are.
            run.running = true;
            return Ok(Vec::new());
        }
        self.step_or_steps(Duration::ZERO).await
    }

    /// One step and a pause, if that was asked for; steps for about `limit` otherwise.
    async fn step_or_steps(&mut self, limit: Duration) -> Result<Vec<Event>, Fault> {
        let single = std::mem::take(&mut self.run()?.single);
        let mut events = self.train(if single { Duration::ZERO } else { limit }).await?;
        if single && self.run()?.ended.is_none() {
            events.extend(self.pause());
        }
        Ok(events)
    }

    /// Goes on with measures and steps until `until`: at least one piece of measuring, or one step.
    pub(super) async fn go_on(&mut self, until: Instant) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Some(run) = &self.run else { break };
            if run.measures() {
                events.extend(self.measure(left).await);
            } else if run.running {
                let more = self.step_or_steps(left).await;
                events.extend(more.unwrap_or_else(|fault| self.fail(fault)));
            } else {
                break;
            }
            if Instant::now() >= until {
                break;
            }
        }
        events
    }

    /// Goes on with the measures of the run for about `budget`.
    async fn measure(&mut self, budget: Duration) -> Vec<Event> {
        let Some(run) = &mut self.run else { return Vec::new() };
        let due = run.owed.take();
        if let (None, Some(extent)) = (&run.measuring, due.or(run.wanted))
            && let Err(fault) = run.measure(due.is_some(), extent).await
        {
            return self.end(&Failure::Device(fault));
        }
        let Some(measuring) = &mut run.measuring else { return Vec::new() };
        let begun = Instant::now();
        let result = measuring.task.advance(budget).await;
        measuring.spent += begun.elapsed();
        let mut events = measuring.task.events();
        let Some(result) = result else { return events };
        let Some(Measuring { extent, spent, .. }) = run.measuring.take() else { return events };
        match result {
            Ok((checkpoint, found, kept)) => {
                if let Some(moment) = kept {
                    run.kept.keep(Rc::new(moment));
                }
                if extent == Extent::Routine {
                    let rate = checkpoint.multiply_adds() as f64 / spent.as_secs_f64().max(1e-6);
                    self.rates.evaluated(run.trainer.opened().kind, rate);
                }
                events.extend(self.measured(checkpoint, found, extent));
            }
            Err(fault) => events.extend(self.end(&Failure::Device(fault))),
        }
        events
    }

    fn measured(&mut self, checkpoint: Checkpoint, found: Found, extent: Extent) -> Vec<Event> {
        let Some(run) = &mut self.run else { return Vec::new() };
        let Found { scalars, profiles } = found;
        let step = checkpoint.step();
        if let Some(broken) = scalars.iter().find(|scalar| !scalar.value.is_finite()) {
            // The last step's loss was still finite, what it made of the weights is not.
            let failure = Failure::Diverged { step, name: broken.name.clone(), value: broken.value };
            return std::iter::once(Event::Measures { step, scalars, profiles }).chain(self.end(&failure)).collect();
        }
        let mut events = vec![Event::Measures { step, scalars, profiles }];
        run.sound = checkpoint;
        run.measured = Measured::Routine;
        if extent != Extent::Routine {
            run.rested = step;
        }
        if run.running && run.trainer.finished() {
            run.running = false;
            events.push(Event::Phase(Phase::Finished));
        }
        if !run.running {
            run.wanted = run.lacking();
        }
        events
    }

    /// At least one step, then as many as fit into `limit`, ending at a measurement or a planned change if one is due.
    async fn train(&mut self, limit: Duration) -> Result<Vec<Event>, Fault> {
        let mut events = self.planned_changes()?;
        let Some(run) = &mut self.run else { return Err(no_run()) };
        let begun = Instant::now();
        let mut losses = Vec::new();
        let mut failure = None;
        loop {
            run.trainer.step();
            let over = run.trainer.measures_due() || run.change_due() || begun.elapsed() >= limit;
            if over || run.trainer.should_sync() {
                let (more, broken) = run.trainer.read_losses().await;
                losses.extend(more);
                failure = broken;
            }
            if over || failure.is_some() {
                break;
            }
        }
        let elapsed = begun.elapsed().as_secs_f64();
        run.seconds += elapsed;
        let step = run.trainer.steps();
        let rate = losses.len() as f64 * run.trainer.batch() as f64 / elapsed.max(1e-9);
        self.rates.trained(run.trainer.opened().kind, losses.len() as f64 * run.trainer.step_multiply_adds() as f64 / elapsed);
        events.push(Event::Steps { step, seconds: run.seconds, images_per_second: rate as f32, losses });
        if failure.is_none() && run.trainer.measures_due() {
            // Before anything can change: these measures are of this step, whoever asks for what meanwhile.
            let extent = if run.trainer.finished() { Extent::Whole } else { Extent::Routine };
            failure = run.measure(true, extent).await.err().map(Failure::Device);
        }
        if let Some(failure) = failure {
            // What was learnt until then was told first.
            events.extend(self.end(&failure));
        }
        Ok(events)
    }

    /// The run cannot go on; after a lost device, neither can another one on it.
    pub(super) fn end(&mut self, failure: &Failure) -> Vec<Event> {
        let mut fault = failure.fault();
        if let (Failure::Diverged { .. }, Some(run)) = (failure, &self.run) {
            let step = run.sound.step();
            fault.remedy.push_str(&format!(" The weights of step {step}, the last that were measured, can still be saved."));
        }
        if let Failure::Device(_) = failure {
            let lost = self.run.as_ref().map(|run| run.trainer.opened().clone());
            let on_it = |run: &&mut Run| lost.as_ref().is_some_and(|lost| run.trainer.opened().device == lost.device);
            self.previous.iter_mut().filter(on_it).for_each(|run| run.ended = Some(fault.clone()));
            lost.iter().for_each(device::mark_lost);
        }
        let Some(run) = &mut self.run else { return vec![Event::Fault(fault)] };
        run.ended = Some(fault.clone());
        run.measuring = None;
        std::iter::once(Event::Fault(fault)).chain(self.pause()).collect()
    }

    /// The device of the current run was lost, as whoever watches it has heard: the run cannot go on.
    pub fn device_lost(&mut self, why: &str) -> Vec<Event> {
        let Some(run) = self.run.as_ref().filter(|run| run.ended.is_none()) else { return Vec::new() };
        self.end(&Failure::Device(run.trainer.device_fault(why)))
    }

    /// Keeps the current run for [`augsphere_spec::Command::Return`], if there is room for it beside `next`. One that never took a step
    /// does not push out one that did.
    pub(super) fn keep_previous(&mut self, next: &Trainer) {
        let Some(mut run) = self.run.take() else { return };
        if run.trainer.steps() == 0 {
            self.previous
                .take_if(|former| former.ended.is_some() || former.trainer.steps() == 0 || !room_for(&former.trainer, next));
            if self.previous.is_some() {
                return;
            }
        }
        run.stand_still();
        self.previous = room_for(&run.trainer, next).then_some(run);
    }

    /// The run before becomes the current one.
    pub(super) fn return_to_previous(&mut self) -> Vec<Event> {
        let Some(mut run) = self.previous.take() else {
            let fault = Fault {
                what: "There is no run to go back to: nothing was replaced yet, or there was no memory to keep it.".into(),
                location: "session".into(),
                remedy: "Begin the experiment again.".into(),
                recoverable: true,
                settings: Vec::new(),
            };
            return vec![refused(Request::Return, fault)];
        };
        if let Some(mut current) = self.run.take() {
            current.stand_still();
            self.previous = Some(current);
        }
        run.stand_still();
        let mut events = vec![
            Event::Returned { run: run.name },
            Event::Device(run.trainer.opened().report.clone()),
            Event::Phase(run.phase()),
        ];
        events.extend(run.ended.clone().map(Event::Fault));
        self.run = Some(run);
        self.desk.owe_all();
        events
    }
}
