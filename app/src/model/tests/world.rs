//! A page, a worker, a clock and an address bar, without a browser.

use super::store::{Store, Tab};
use super::worker::{Input, Worker};
use crate::model::entrance::Entrance;
use crate::model::life::Life;
use crate::model::{Effect, Model, Msg, Surroundings, Timer, update};
use augsphere_spec::{AskId, Command, Experiment, WorkerCommand, WorkerEvent};

/// Everything around a model.
pub struct World {
    pub model: Model,
    pub worker: Option<Worker>,
    /// How many workers were started.
    pub workers: u32,
    /// Where runs are kept, and which of its tabs this is.
    pub store: Store,
    pub tab: Tab,
    /// What the next worker will be like.
    pub mood: super::worker::Mood,
    pub now: f64,
    ticked: f64,
    timers: Vec<(f64, Timer)>,
    pub files: Vec<(u64, Option<&'static str>)>,
    /// Answers that will be drawn with the next frame.
    pub drawn: Vec<AskId>,
    pub address: String,
    pub copied: Option<String>,
    pub asks_before_leaving: bool,
    /// Everything that was done.
    pub log: Vec<Effect>,
}

impl World {
    /// A page that was just opened at this fragment.
    pub fn open(fragment: &str) -> Self {
        let mut store = Store::default();
        let tab = store.tab();
        Self::open_in(store, tab, fragment)
    }

    /// A page that was just opened at this fragment in a tab of a browser that may keep runs.
    pub fn open_in(store: Store, tab: Tab, fragment: &str) -> Self {
        let chance = store.opened();
        let opened = 1.7e9 + chance as f64;
        let model = Model::open(Surroundings {
            fragment: fragment.into(),
            secure: true,
            narrow: false,
            remembered: Some(Entrance::Lab),
            opened,
            chance,
        });
        let mut world = Self {
            model,
            worker: None,
            workers: 0,
            store,
            tab,
            mood: super::worker::Mood::default(),
            now: 0.0,
            ticked: 0.0,
            timers: Vec::new(),
            drawn: Vec::new(),
            files: Vec::new(),
            address: fragment.into(),
            copied: None,
            asks_before_leaving: false,
            log: Vec::new(),
        };
        world.does(Msg::Open);
        world
    }

    /// The page is opened again in its tab, at this fragment; nothing that it was told or asked is of use any more.
    pub fn reload(self, fragment: &str) -> Self {
        let Self { store, tab, mood, .. } = self;
        store.close(tab);
        let mut world = Self::open_in(store, tab, fragment);
        world.mood = mood;
        world.worker.iter_mut().for_each(|worker| worker.mood = mood);
        world
    }

    /// A page with the first preset set up.
    pub fn ready() -> Self {
        let mut world = Self::open("");
        world.settle();
        world
    }

    /// The same, after so many steps.
    pub fn trained(steps: u64) -> Self {
        let mut world = Self::ready();
        world.does(Msg::Play);
        world.train(steps);
        world
    }

    /// Lets a run that plays go to this step.
    pub fn train(&mut self, steps: u64) {
        for _ in 0..20 * steps + 200 {
            if self.model.state.step() >= steps {
                break;
            }
            self.work();
        }
        assert!(self.model.state.step() >= steps, "the run stands at {}", self.model.state.step());
    }

    /// Something happens to the page. What it did about it.
    pub fn does(&mut self, msg: Msg) -> Vec<Effect> {
        if let Msg::Address(fragment) = &msg {
            fragment.trim_start_matches('#').clone_into(&mut self.address);
        }
        let effects = update(&mut self.model, msg);
        for effect in &effects {
            self.perform(effect);
        }
        self.log.extend(effects.iter().cloned());
        effects
    }

    fn perform(&mut self, effect: &Effect) {
        match effect {
            Effect::Send(command) => self.send(Input::Command(command.clone())),
            Effect::SendFiles(batch) => {
                let (_, kind) = *self.files.iter().find(|(known, _)| known == batch).unwrap();
                self.send(Input::Files(*batch, kind));
            }
            Effect::ForgetFiles(batch) => self.files.retain(|(known, _)| known != batch),
            Effect::OpenWorker => {
                self.worker = Some(Worker { mood: self.mood, ..Worker::default() });
                self.workers += 1;
            }
            Effect::CloseWorker => self.worker = None,
            Effect::SetAddress(fragment) => self.address.clone_from(fragment),
            Effect::Copy(fragment) => self.copied = Some(fragment.clone()),
            Effect::After { ms, timer } => self.timers.push((self.now + f64::from(*ms), timer.clone())),
            Effect::AskBeforeLeaving(ask) => self.asks_before_leaving = *ask,
            Effect::Drawn { id, .. } => self.drawn.push(*id),
            Effect::Store(command) => self.store.send(self.tab, command.clone()),
            Effect::Download { .. } | Effect::ShowRun { .. } | Effect::OpenAt(_) => {}
        }
    }

    fn send(&mut self, input: Input) {
        if let Some(worker) = &mut self.worker {
            worker.inbox.push_back(input);
        }
    }

    /// One thing happens at the worker, and what it has told arrives; the page draws a frame.
    pub fn work(&mut self) -> bool {
        let mut busy = false;
        while let Some(stored) = self.store.work(self.tab, self.now) {
            self.does(Msg::Stored(stored));
            busy = true;
        }
        for id in std::mem::take(&mut self.drawn) {
            self.send(Input::Command(WorkerCommand::Session(Command::Drawn(id))));
            busy = true;
        }
        if let Some(worker) = &mut self.worker {
            busy |= worker.work();
        }
        while let Some(event) = self.worker.as_mut().and_then(|worker| worker.outbox.pop_front()) {
            self.does(Msg::Worker(event));
            busy = true;
        }
        while let Some(stored) = self.store.work(self.tab, self.now) {
            self.does(Msg::Stored(stored));
            busy = true;
        }
        busy
    }

    /// Time passes; timers ring and the clock ticks.
    pub fn pass(&mut self, ms: f64) {
        let end = self.now + ms;
        loop {
            let next = self.timers.iter().map(|timer| timer.0).fold(self.ticked + 1000.0, f64::min);
            if next > end {
                break;
            }
            self.now = next.max(self.now);
            if self.ticked + 1000.0 <= self.now {
                self.ticked += 1000.0;
                self.does(Msg::Tick { now: self.ticked });
                self.work();
            }
            while let Some(place) = self.timers.iter().position(|timer| timer.0 <= self.now) {
                let (_, timer) = self.timers.remove(place);
                self.does(Msg::Rang(timer));
            }
        }
        self.now = end;
    }

    /// Everything that can happen by itself happens, except that a run that plays takes only a few steps.
    pub fn settle(&mut self) {
        for _ in 0..40 {
            let mut idle = 0;
            for _ in 0..400 {
                idle = if self.work() { 0 } else { idle + 1 };
                if idle > 1 || (self.is_playing() && self.nothing_said()) {
                    break;
                }
            }
            if self.timers.is_empty() {
                break;
            }
            self.pass(400.0);
        }
    }

    fn nothing_said(&self) -> bool {
        self.worker
            .as_ref()
            .is_none_or(|worker| worker.inbox.is_empty() && worker.outbox.is_empty() && worker.preparing.is_none())
            && self.drawn.is_empty()
            && self.store.is_idle(self.tab)
    }

    /// Whether the worker trains.
    pub fn is_playing(&self) -> bool {
        self.worker.as_ref().is_some_and(|worker| worker.playing)
    }

    /// What the worker trains, or would.
    pub fn running(&self) -> Option<&Experiment> {
        self.worker.as_ref()?.run.as_ref().map(|run| &run.now)
    }

    /// Files are given: the data set that is in them, if one is.
    pub fn give(&mut self, kind: Option<&'static str>) -> Vec<Effect> {
        let batch = 1 + self.files.iter().map(|(batch, _)| *batch).max().unwrap_or_default() + self.log.len() as u64;
        self.files.push((batch, kind));
        self.does(Msg::Files { batch, name: "an archive".into() })
    }

    /// Whether a timer of the model is waited for.
    pub fn waits_for(&self, timer: &Timer) -> bool {
        self.timers.iter().any(|(_, known)| known == timer)
    }

    /// The worker's end, as the browser tells it.
    pub fn fail(&mut self, memory: Option<u64>) {
        if self.model.life != Life::Down {
            self.does(Msg::WorkerFailed { fault: super::fault("The engine stopped.", false), memory });
        }
    }

    /// The run loses its device, comes back by itself, and loses it again.
    pub fn lose_for_good(&mut self) {
        for _ in 0..2 {
            self.settle();
            self.worker.iter_mut().for_each(Worker::lose_device);
        }
        self.work();
        self.does(Msg::Pause);
        self.settle();
        self.model.notices.end(crate::model::notices::Scope::Back);
    }

    /// Whatever the worker tells next.
    pub fn hears(&mut self, event: WorkerEvent) -> Vec<Effect> {
        self.does(Msg::Worker(event))
    }
}
