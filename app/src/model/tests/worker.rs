//! A small model of the worker: one session that keeps what the protocol promises, and can be made to die, hang or refuse.

use crate::model::names::catalogue;
use augsphere_spec::{
    Answer, Ask, AskId, Change, ClassTable, Command, DatasetReport, DeviceChoice, DeviceReport, DistanceAnswer, Estimate, Event,
    Experiment, Moment, Part, Payload, Phase, Progress, Request, Resumed, RunId, Scalar, Thumbnails, Value, Views, WorkerCommand,
    WorkerEvent,
};
use std::collections::{BTreeSet, VecDeque};

/// What reaches a worker.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A message.
    Command(WorkerCommand),
    /// Files: the number they are kept under, and the data set that is in them, if one is.
    Files(u64, Option<&'static str>),
}

/// A run as the session has it.
#[derive(Clone, Debug)]
pub struct SessionRun {
    pub id: RunId,
    pub began: Experiment,
    pub now: Experiment,
    pub device: DeviceChoice,
    /// The file of the encoder that it began with.
    pub encoder: Option<Vec<u8>>,
    pub step: u64,
    pub lost: bool,
}

impl SessionRun {
    fn last(&self) -> u64 {
        self.now.get("train.steps").and_then(|value| value.as_int()).unwrap_or(1000) as u64
    }

    fn phase(&self) -> Phase {
        if self.step >= self.last() { Phase::Finished } else { Phase::Paused }
    }
}

/// Where a run goes on: its experiment there, the step, and what is to change.
type GoesOn = (Experiment, u64, Vec<(String, Value)>);

/// A run that is being prepared, and how far it is.
#[derive(Clone, Debug)]
pub struct Preparation {
    pub run: RunId,
    pub experiment: Experiment,
    pub device: DeviceChoice,
    pub encoder: Option<Vec<u8>>,
    pub stage: u32,
    /// As it is, its steps and what is to change there, if it goes on from a checkpoint.
    pub from: Option<GoesOn>,
}

/// How a worker behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mood {
    /// It reads and says nothing.
    pub deaf: bool,
    /// It has no GPU.
    pub no_gpu: bool,
    /// It refuses the next change.
    pub refuses: bool,
    /// Its pictures are all the same.
    pub frozen: bool,
    /// Its embeddings are not numbers.
    pub broken: bool,
}

/// A worker.
#[derive(Clone, Debug, Default)]
pub struct Worker {
    pub mood: Mood,
    pub ready: bool,
    pub inbox: VecDeque<Input>,
    pub outbox: VecDeque<WorkerEvent>,
    pub run: Option<SessionRun>,
    pub former: Option<SessionRun>,
    pub preparing: Option<Preparation>,
    pub playing: bool,
    /// Bytes that it holds.
    pub memory: u64,
    pub kept: BTreeSet<&'static str>,
    /// What is asked, the step that was answered last, and whether that was drawn.
    pub asks: Vec<(Ask, Option<u64>, bool)>,
}

impl Worker {
    fn say(&mut self, event: Event) {
        self.outbox.push_back(WorkerEvent::Session(event));
    }

    /// Does one thing: starts, reads a message, goes on preparing, or trains a step. Whether there was anything to do.
    pub fn work(&mut self) -> bool {
        if self.mood.deaf {
            return false;
        }
        if !self.ready {
            self.ready = true;
            self.outbox.push_back(WorkerEvent::Ready);
        } else if let Some(input) = self.inbox.pop_front() {
            self.read(input);
        } else if self.preparing.is_some() {
            self.prepare();
        } else if self.playing {
            self.train();
        } else {
            return false;
        }
        true
    }

    fn read(&mut self, input: Input) {
        match input {
            Input::Files(_, Some(kind)) => {
                self.kept.insert(kind);
                self.say(Event::Data(data(kind)));
            }
            Input::Files(_, None) => {
                let fault = super::fault("This archive is broken.", true);
                self.say(Event::Refused { request: Request::Files, fault: Some(fault) });
            }
            Input::Command(WorkerCommand::Ping(ping)) => self.outbox.push_back(WorkerEvent::Pong { ping, memory: self.memory }),
            Input::Command(WorkerCommand::Sphere(_)) => {}
            Input::Command(WorkerCommand::Session(command)) => self.obey(command),
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Begin { run, experiment, device, encoder } => {
                self.withdraw();
                self.say(Event::Phase(Phase::Preparing));
                self.preparing = Some(Preparation { run, experiment, device, encoder, stage: 0, from: None });
            }
            Command::Resume { run, file, device, changes } => {
                self.withdraw();
                self.say(Event::Phase(Phase::Preparing));
                let (mut began, mut now, step): (Experiment, Experiment, u64) = augsphere_spec::decode(&file).unwrap();
                let (ends, changes): (Vec<_>, Vec<_>) = changes.into_iter().partition(|(path, _)| path == "train.steps");
                for experiment in [&mut began, &mut now] {
                    let turned = catalogue().with(experiment, &ends).unwrap();
                    *experiment = Experiment { changes: std::mem::take(&mut experiment.changes), ..turned };
                }
                let (experiment, from) = (began, Some((now, step, changes)));
                self.preparing = Some(Preparation { run, experiment, device, encoder: None, stage: 0, from });
            }
            Command::Checkpoint => {
                if let Some(SessionRun { id, began, now, step, lost: false, .. }) = &self.run {
                    let file = augsphere_spec::encode(&(began.clone(), now.clone(), *step)).unwrap();
                    let (run, step) = (*id, *step);
                    self.say(Event::Checkpoint { run, step, file });
                }
            }
            Command::Reset { run } => {
                self.withdraw();
                match &self.run {
                    Some(now) => {
                        let (experiment, device, encoder) = (now.began.clone(), now.device, now.encoder.clone());
                        self.preparing = Some(Preparation { run, experiment, device, encoder, stage: 0, from: None });
                    }
                    None => {
                        self.say(Event::Refused { request: Request::Run(run), fault: Some(super::fault("Nothing runs.", true)) })
                    }
                }
            }
            Command::Cancel => self.withdraw(),
            Command::Return => self.go_back(),
            Command::Play => self.set_playing(true),
            Command::Pause => self.set_playing(false),
            Command::Step => {
                if self.run.as_ref().is_some_and(|run| !run.lost && run.step < run.last()) {
                    self.train();
                }
                self.set_playing(false);
            }
            Command::Change { change, path, value } => {
                let refuses = std::mem::take(&mut self.mood.refuses);
                let turned = self.run.as_ref().filter(|_| !refuses).and_then(|run| {
                    catalogue()
                        .changeable(&run.now, &path)
                        .then(|| catalogue().with(&run.now, &[(path.clone(), value.clone())]).ok())?
                });
                match turned {
                    Some(turned) => self.change(Some(change), &path, &value, turned),
                    None => {
                        self.say(Event::Refused { request: Request::Change(change), fault: Some(super::fault("Not now.", true)) })
                    }
                }
            }
            Command::Views { image, .. } => {
                if self.run.is_some() {
                    let thumbnails = Thumbnails { side: 1, rgba: vec![0; 8] };
                    self.say(Event::Views(Views { image, class: 0, thumbnails, words: vec![String::new(); 2] }));
                }
            }
            Command::Distances(question) => {
                let answer =
                    DistanceAnswer { complete: true, tag: question.tag, ..crate::model::distances::answer::example::reply(0) };
                self.say(Event::Distances(Box::new(answer)));
            }
            Command::Study(_) | Command::Bench(_) => self.set_playing(false),
            Command::Ask(asks) => {
                let known = std::mem::take(&mut self.asks);
                let before = |ask: &Ask| known.iter().find(|(known, ..)| known == ask).cloned();
                self.asks = asks.into_iter().map(|ask| before(&ask).unwrap_or((ask, None, true))).collect();
                self.answer();
            }
            Command::Drawn(id) => {
                self.asks.iter_mut().filter(|(ask, ..)| ask.id == id).for_each(|(.., drawn)| *drawn = true);
                self.answer();
            }
            Command::Save | Command::Toy(_) => {}
        }
    }

    fn withdraw(&mut self) {
        if let Some(preparing) = self.preparing.take() {
            self.say(Event::Refused { request: Request::Run(preparing.run), fault: None });
        }
    }

    fn go_back(&mut self) {
        match self.former.take() {
            Some(back) => {
                self.playing = false;
                let (run, phase) = (back.id, back.phase());
                self.former = self.run.replace(back);
                self.say(Event::Returned { run });
                self.say(Event::Phase(phase));
                self.answer_afresh();
            }
            None => self.say(Event::Refused { request: Request::Return, fault: Some(super::fault("It was not kept.", true)) }),
        }
    }

    fn set_playing(&mut self, playing: bool) {
        let Some(run) = &self.run else { return };
        if run.lost && playing {
            self.say(Event::Fault(super::fault("The device is lost.", false)));
        }
        let Some(run) = &self.run else { return };
        self.playing = playing && !run.lost && run.step < run.last();
        let phase = if self.playing { Phase::Running } else { run.phase() };
        self.say(Event::Phase(phase));
    }

    fn prepare(&mut self) {
        let Some(preparing) = &mut self.preparing else { return };
        preparing.stage += 1;
        let (stage, run) = (preparing.stage, preparing.run);
        match stage {
            1 => self.say(Event::Estimate(Estimate { run, prepare_seconds: 2.0, step_seconds: 0.1, memory: 1 << 20 })),
            2 => self.say(Event::Progress(Progress { what: "Measuring".into(), done: 1, total: 2, seconds_left: Some(3.0) })),
            _ => self.settle(),
        }
    }

    /// The end of preparing: what was asked for begins, or is refused.
    fn settle(&mut self) {
        let Some(Preparation { run, experiment, device, encoder, from, .. }) = self.preparing.take() else { return };
        if let Some(why) = self.objection(&experiment, device) {
            self.say(Event::Refused { request: Request::Run(run), fault: Some(super::fault(why, true)) });
            if let Some(run) = &self.run {
                let phase = run.phase();
                self.say(Event::Phase(phase));
            }
            return;
        }
        self.say(Event::Device(DeviceReport { kind: "cpu".into(), name: "CPU".into(), reason: "It was asked for.".into() }));
        let kind = experiment.choice("data").map(|choice| choice.kind.clone()).unwrap_or_default();
        // What was changed so far is told; what is planned stands in how it began.
        let fresh = Experiment { changes: Vec::new(), ..experiment.clone() };
        let (from, changes) = from.map_or((None, Vec::new()), |(now, step, changes)| (Some((now, step)), changes));
        let resumed = from.map(|(experiment, step)| Box::new(Resumed { step, seconds: step as f64, experiment }));
        let (now, step) = resumed.as_ref().map_or((fresh, 0), |resumed| (resumed.experiment.clone(), resumed.step));
        let began = SessionRun { id: run, began: experiment.clone(), now, device, encoder, step, lost: false };
        let phase = began.phase();
        let replaced = self.run.replace(began);
        let stays = self.former.as_ref().is_some_and(|former| former.step > 0 && !former.lost);
        if !stays || replaced.as_ref().is_some_and(|replaced| replaced.step > 0) {
            self.former = replaced;
        }
        self.playing = false;
        self.say(Event::Began {
            run,
            experiment,
            data: data(&kind),
            encoder_weights: 10,
            projector_weights: 5,
            labels: vec![0, 1],
            images: Thumbnails { side: 1, rgba: vec![0; 8] },
            levels: Vec::new(),
            resumed,
        });
        if step == 0 {
            let scalars = vec![Scalar { name: "knn_accuracy".into(), value: 0.3 }];
            self.say(Event::Measures { step, scalars, profiles: Vec::new() });
        }
        self.say(Event::Phase(phase));
        self.answer_afresh();
        for (path, value) in changes {
            let turned = self.run.as_ref().and_then(|run| catalogue().with(&run.now, &[(path.clone(), value.clone())]).ok());
            self.change(None, &path, &value, turned.unwrap());
        }
    }

    fn objection(&self, experiment: &Experiment, device: DeviceChoice) -> Option<&'static str> {
        let kind = experiment.choice("data").map(|choice| choice.kind.as_str()).unwrap_or_default();
        let count = |path: &str| experiment.get(path).and_then(|value| value.as_int()).unwrap_or(i64::MAX);
        if kind != "shapes" && !self.kept.contains(kind) {
            return Some("Its images are not here.");
        }
        if device == DeviceChoice::Gpu && self.mood.no_gpu {
            return Some("There is no GPU.");
        }
        (count("train.batch") > count("data.train")).then_some("The batch is larger than the data.")
    }

    fn train(&mut self) {
        let Some(run) = &mut self.run else { return };
        let due: Vec<Change> = run.began.changes.iter().filter(|change| change.at == run.step).cloned().collect();
        for Change { path, value, .. } in due {
            let turned = self.run.as_ref().and_then(|run| catalogue().with(&run.now, &[(path.clone(), value.clone())]).ok());
            if let Some(turned) = turned {
                self.change(None, &path, &value, turned);
            }
        }
        let Some(run) = &mut self.run else { return };
        run.step += 1;
        let (step, last) = (run.step, run.last());
        let losses = vec![(step, vec![Scalar { name: "loss".into(), value: 5.0 }])];
        self.say(Event::Steps { step, seconds: step as f64, images_per_second: 1.0, losses });
        self.answer();
        if step >= last {
            self.playing = false;
            self.say(Event::Phase(Phase::Finished));
        }
    }

    fn change(
        &mut self,
        change: Option<augsphere_spec::ChangeId>,
        path: &str,
        value: &augsphere_spec::Value,
        turned: Experiment,
    ) {
        let Some(run) = &mut self.run else { return };
        let mut changes = run.now.changes.clone();
        if run.step > 0 || change.is_none() {
            changes.push(Change { at: run.step, path: path.to_owned(), value: value.clone() });
        } else {
            changes.push(Change { at: 0, path: path.to_owned(), value: value.clone() });
        }
        run.now = Experiment { changes, ..turned };
        let (step, experiment) = (run.step, run.now.clone());
        self.say(Event::Changed { change, step, path: path.to_owned(), value: value.clone(), experiment, levels: Vec::new() });
    }

    /// What is looked at: what was never answered, and what is of another step and was drawn.
    fn answer(&mut self) {
        let (run, step) = (self.run.as_ref().map(|run| run.id), self.run.as_ref().map_or(0, |run| run.step));
        let mut answers = Vec::new();
        for (ask, answered, drawn) in &mut self.asks {
            let of_former = ask.run.is_some();
            let former = self.former.as_ref().filter(|former| Some(former.id) == ask.run);
            let (run, step) = if of_former { (ask.run, former.map_or(0, |former| former.step)) } else { (run, step) };
            // The toy belongs to no run.
            let run = run.filter(|_| ask.picture != "toy");
            let step = if let Moment::Step(asked) = ask.at { asked.min(step) } else { step };
            if answered.is_none() || (*drawn && *answered != Some(step)) {
                (*answered, *drawn) = (Some(step), false);
                let parts = if ask.id == AskId::STAGE {
                    sphere(if self.mood.frozen { 0 } else { step }, self.mood.broken)
                } else {
                    vec![Part::number("step", step as f32)]
                };
                answers.push(Answer { id: ask.id, run, step, parts: Ok(parts) });
            }
        }
        answers.into_iter().for_each(|answer| self.say(Event::Answer(Box::new(answer))));
        if let Some(run) = run.filter(|_| !self.asks.is_empty()) {
            self.say(Event::Kept { run, steps: (0..=step).collect() });
        }
    }

    /// Another run: everything is answered afresh.
    fn answer_afresh(&mut self) {
        self.asks.iter_mut().for_each(|(_, answered, drawn)| (*answered, *drawn) = (None, true));
        self.answer();
    }

    /// The device is gone: the run with it.
    pub fn lose_device(&mut self) {
        if let Some(run) = self.run.as_mut().filter(|_| !self.mood.deaf) {
            run.lost = true;
            self.playing = false;
            self.say(Event::Fault(super::fault("The device is lost.", false)));
            self.say(Event::Phase(Phase::Paused));
        }
    }
}

/// Three points that move with the steps, as the picture `sphere` tells them.
pub fn sphere(step: u64, broken: bool) -> Vec<Part> {
    let x = if broken { f32::NAN } else { step as f32 / 1000.0 };
    vec![
        Part::new("points", Payload::points(3, &[x, 0.0, 1.0, 1.0, x, 0.0, 0.0, 1.0, x])),
        Part::new("projection", Payload::Words(vec!["sphere".into()])),
        Part::number("explained", 1.0),
        Part::number("dimension", 3.0),
    ]
}

/// A data set of this kind.
pub fn data(kind: &str) -> DatasetReport {
    let classes = ClassTable { names: vec!["one".into(), "two".into()] };
    DatasetReport { kind: kind.into(), title: kind.into(), classes, train: 2000, validation: 2, test: 2, side: 32 }
}
