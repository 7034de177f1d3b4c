//! How do commands become events? The page, the terminal and the tests are three ways to ask the same [`Session`].

mod answers;
mod changes;
mod inquiry;
mod study;

use crate::datasets::{self, DataError, Dataset, Kept, OfferedFile};
use crate::device::{self, ComputeDevice};
use crate::projection::Projector3;
use crate::toy;
use crate::trainer::{Snapshot, Split, Trainer, not_finite};
use augsphere_spec::{
    Change, Choice, Command, DeviceChoice, Event, Experiment, Fault, Phase, Picture, Request, RunId, Scalar, Thumbnails, Topic,
};
use inquiry::Inquiry;
use std::collections::{BTreeSet, VecDeque};
use std::io::Read as _;
use std::rc::Rc;
use std::time::Duration;
use study::Study;
use web_time::Instant;

/// One experiment at a time, and what people have put on the table.
#[derive(Default)]
pub struct Session {
    kept: Kept,
    run: Option<Run>,
    /// Data sets are slow to make: the last one is kept for the next experiment on the same choice.
    last_data: Option<(Choice, u64, Rc<Dataset>)>,
    watched: BTreeSet<Topic>,
    unacknowledged: BTreeSet<Topic>,
    projector: Projector3,
    /// A question about augmented distances that is being answered.
    inquiry: Option<Inquiry>,
    /// A study under way.
    study: Option<Study>,
}

struct Run {
    trainer: Trainer,
    /// As it was begun, with the changes that were planned.
    began: Experiment,
    /// Changes still to come, in order.
    planned: VecDeque<Change>,
    running: bool,
    /// Seconds of training, without pauses and measures.
    seconds: f64,
    snapshot: Option<Snapshot>,
    pictured_at: Option<(u64, Instant)>,
    picture_cost: Duration,
}

impl Session {
    /// An empty laboratory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether [`Session::advance`] would take steps.
    pub fn running(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.running)
    }

    /// Where the current run computes.
    pub fn opened(&self) -> Option<&ComputeDevice> {
        self.run.as_ref().map(|run| run.trainer.opened())
    }

    /// Does what is asked. A fault is an event; what was running before goes on unless the fault says otherwise.
    pub async fn handle(&mut self, command: Command) -> Vec<Event> {
        let answer = match command {
            Command::Begin { run, experiment, device } => {
                let began = self.begin(run, experiment, device).await;
                return began.unwrap_or_else(|fault| vec![refused(Request::Run(run), fault)]);
            }
            Command::Reset { run } => {
                let began = self.reset(run).await;
                return began.unwrap_or_else(|fault| vec![refused(Request::Run(run), fault)]);
            }
            Command::Cancel => {
                (self.inquiry, self.study) = (None, None);
                Ok(Vec::new())
            }
            Command::Return => Ok(vec![refused(Request::Return, no_run())]),
            Command::Play => self.play(),
            Command::Pause => Ok(self.pause()),
            Command::Step => self.single().await,
            Command::Change { change, path, value } => {
                let event = self.change(Some(change), &path, value);
                return vec![event.unwrap_or_else(|fault| refused(Request::Change(change), fault))];
            }
            Command::Watch(topics) => {
                self.watched = topics.into_iter().collect();
                self.unacknowledged.clear();
                self.pictures().await
            }
            Command::Acknowledge(topic) => {
                self.unacknowledged.remove(&topic);
                self.points(false).await
            }
            Command::Views { image, draw } => self.views(image, draw),
            Command::Pick { index } => self.pick(index).await,
            Command::Save => self.save().await,
            Command::Toy(question) => toy::answer(&question).map(|answer| vec![Event::Toy(answer)]),
            Command::Distances(question) => self.ask(question).await,
            Command::Study(question) => self.study(question).await,
        };
        answer.unwrap_or_else(|fault| self.fail(fault))
    }

    /// Whether [`Session::advance`] has anything to do.
    pub fn busy(&self) -> bool {
        self.running() || self.inquiry.is_some() || self.study.is_some()
    }

    /// Goes on with what was asked for until `budget` is used up: first with a question about distances or a study, then takes
    /// steps until the run finishes, and measures where they are due.
    pub async fn advance(&mut self, budget: Duration) -> Vec<Event> {
        let begun = Instant::now();
        let mut events = Vec::new();
        for answered in [self.inquire(budget).await, self.go_on_studying(budget).await] {
            match answered {
                Ok(more) => events.extend(more),
                Err(fault) => events.push(Event::Fault(Fault { recoverable: true, ..fault })),
            }
        }
        while self.running() {
            let limit = budget.saturating_sub(begun.elapsed());
            match self.stretch(limit).await {
                Ok(more) => events.extend(more),
                Err(fault) => events.extend(self.fail(fault)),
            }
            if begun.elapsed() >= budget {
                break;
            }
        }
        events
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

    /// Takes files that were dropped on the page: a data set that is in them is kept, and can then be chosen by `data.kind`.
    pub fn offer(&mut self, files: Vec<OfferedFile>) -> Vec<Event> {
        let take = |file: OfferedFile| {
            let OfferedFile { name, mut contents, .. } = file;
            let mut bytes = Vec::new();
            contents.read_to_end(&mut bytes).map_err(|source| DataError::Unreadable { location: name.clone(), source })?;
            self.kept.insert(&name, &bytes)
        };
        let taken = files.into_iter().map(take);
        taken.map(|report| report.map_or_else(|error| refused(Request::Files, error.into()), Event::Data)).collect()
    }

    async fn begin(&mut self, run: RunId, experiment: Experiment, choice: DeviceChoice) -> Result<Vec<Event>, Fault> {
        let opened = device::open(choice).await?;
        let data = self.data(&experiment)?;
        self.set_up(run, experiment, data, &opened).await
    }

    async fn reset(&mut self, name: RunId) -> Result<Vec<Event>, Fault> {
        let run = self.run()?;
        let (experiment, opened) = (run.began.clone(), run.trainer.opened().clone());
        let data = run.trainer.feed().shared();
        self.set_up(name, experiment, data, &opened).await
    }

    fn data(&mut self, experiment: &Experiment) -> Result<Rc<Dataset>, Fault> {
        let choice = experiment.choice("data").cloned().unwrap_or_default();
        if let Some((known, seed, data)) = &self.last_data
            && *known == choice
            && *seed == experiment.seed
            && choice.kind == "shapes"
        {
            return Ok(Rc::clone(data));
        }
        let data = Rc::new(datasets::load(&choice, experiment.seed, &self.kept)?);
        self.last_data = Some((choice, experiment.seed, Rc::clone(&data)));
        Ok(data)
    }

    async fn set_up(&mut self, run: RunId, began: Experiment, data: Rc<Dataset>, opened: &ComputeDevice) -> Result<Vec<Event>, Fault> {
        let start = Experiment { changes: Vec::new(), ..began.clone() };
        let mut trainer = Trainer::new(start, data, opened)?;
        let shown = trainer.shown();
        let test = trainer.feed().images(Split::Test);
        let mut rgba = Vec::with_capacity(shown * test.side * test.side * 4);
        (0..shown).for_each(|index| test.rgba(index, &mut rgba));
        let network = trainer.network();
        let mut events = vec![
            Event::Device(trainer.opened().report.clone()),
            Event::Began {
                run,
                experiment: began.clone(),
                data: trainer.feed().data().report(),
                encoder_weights: network.encoder_weights,
                projector_weights: network.projector_weights,
                labels: test.labels[..shown].to_vec(),
                images: Thumbnails { side: test.side, rgba },
                levels: trainer.levels(),
            },
        ];
        let anatomy = self.watched.contains(&Topic::Anatomy);
        events.extend(measured(&mut trainer, anatomy).await?);
        self.run = Some(Run {
            trainer,
            planned: began.changes.iter().cloned().collect(),
            began,
            running: false,
            seconds: 0.0,
            snapshot: None,
            pictured_at: None,
            picture_cost: Duration::ZERO,
        });
        events.push(Event::Phase(Phase::Paused));
        self.unacknowledged.clear();
        events.extend(self.points(true).await?);
        Ok(events)
    }

    fn play(&mut self) -> Result<Vec<Event>, Fault> {
        let run = self.run()?;
        run.running = !run.trainer.finished();
        Ok(vec![Event::Phase(if run.running { Phase::Running } else { Phase::Finished })])
    }

    fn pause(&mut self) -> Vec<Event> {
        let Some(run) = &mut self.run else { return Vec::new() };
        run.running = false;
        vec![Event::Phase(if run.trainer.finished() { Phase::Finished } else { Phase::Paused })]
    }

    async fn single(&mut self) -> Result<Vec<Event>, Fault> {
        let run = self.run()?;
        if run.trainer.finished() {
            return Ok(vec![Event::Phase(Phase::Finished)]);
        }
        run.running = true;
        let mut events = self.stretch(Duration::ZERO).await?;
        if self.running() {
            events.extend(self.pause());
        }
        events.extend(self.points(true).await?);
        Ok(events)
    }

    /// At least one step, then as many as fit into `limit`, ending at a measurement or a planned change if one is due.
    async fn stretch(&mut self, limit: Duration) -> Result<Vec<Event>, Fault> {
        let mut events = self.planned_changes()?;
        let compare = self.watched.contains(&Topic::Anatomy) && !self.unacknowledged.contains(&Topic::Anatomy);
        let run = self.run()?;
        let begun = Instant::now();
        let mut losses = Vec::new();
        let mut fault = None;
        loop {
            run.trainer.step();
            let over = run.trainer.measures_due() || run.change_due() || begun.elapsed() >= limit;
            if over || run.trainer.full() {
                let (more, broken) = run.trainer.harvest().await;
                losses.extend(more);
                fault = broken;
            }
            if over || fault.is_some() {
                break;
            }
        }
        let elapsed = begun.elapsed().as_secs_f64();
        run.seconds += elapsed;
        let step = run.trainer.steps();
        let rate = losses.len() as f64 * run.trainer.batch() as f64 / elapsed.max(1e-9);
        events.push(Event::Steps { step, seconds: run.seconds, images_per_second: rate as f32, losses });
        if let Some(fault) = fault {
            // What was learnt until then is told first.
            events.extend(self.fail(fault));
            return Ok(events);
        }
        if run.trainer.measures_due() {
            match measured(&mut run.trainer, compare).await {
                Ok(more) => events.extend(more),
                Err(fault) => {
                    events.extend(self.fail(fault));
                    return Ok(events);
                }
            }
        }
        if run.trainer.finished() {
            run.running = false;
            events.push(Event::Phase(Phase::Finished));
        }
        if events.iter().any(|event| matches!(event, Event::Picture(Picture::Anatomy(_)))) {
            self.unacknowledged.insert(Topic::Anatomy);
        }
        let finished = !self.running();
        events.extend(self.points(finished).await?);
        Ok(events)
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
    }
}

/// The measures, with the gradient's anatomy among them; with `compare` its picture, too.
async fn measured(trainer: &mut Trainer, compare: bool) -> Result<Vec<Event>, Fault> {
    let mut scalars: Vec<Scalar> = trainer.measure().await?;
    let anatomy = trainer.anatomy(compare).await?;
    scalars.extend(anatomy.scalars.iter().cloned());
    if let Some(broken) = scalars.iter().find(|scalar| !scalar.value.is_finite()) {
        // The last step's loss was still a number, what it made of the weights is not.
        return Err(not_finite(trainer.steps() + 1, broken));
    }
    let mut events = vec![Event::Measures { step: trainer.steps(), scalars }];
    if compare {
        events.push(Event::Picture(Picture::Anatomy(anatomy)));
    }
    Ok(events)
}
