//! What the worker's news ask the page to do, beyond remembering them.

use super::changes::{Asked, planned, same};
use super::life::{Life, START};
use super::names::Origin;
use super::notices::{Notice, Scope};
use super::state::Drawer;
use super::{Effect, Hindrance, Model, Offer, Suspect, knobs};
use crate::text;
use augsphere_spec::{
    Change, ChangeId, Command, DatasetReport, DeviceChoice, Event, Experiment, Fault, Phase, Request, RunId, Value,
    WorkerCommand, WorkerEvent,
};
use std::sync::Arc;

/// How long the confirmation of a change, or the return to the run before, is waited for, milliseconds.
const ANSWER: f64 = 60_000.0;
impl Model {
    /// The worker told something.
    pub(super) fn hear(&mut self, event: WorkerEvent, effects: &mut Vec<Effect>) {
        self.life.hear();
        match event {
            WorkerEvent::Ready => self.ready(effects),
            WorkerEvent::Canvas { worker } => self.state.draws(if worker { Drawer::Worker } else { Drawer::Page }),
            WorkerEvent::Pong { memory, .. } => self.holds(memory, effects),
            WorkerEvent::Busy { seconds } => self.life.busy(self.now, seconds),
            WorkerEvent::Session(event) => self.hear_session(event, effects),
        }
        if self.life.silence(self.now).is_none() && self.life.is_up() {
            self.notices.end(Scope::Worker);
        }
    }

    /// The worker listens: it gets the files that were given, and is asked for what the controls show, unless one has just died of that.
    fn ready(&mut self, effects: &mut Vec<Effect>) {
        if self.life.is_up() {
            return;
        }
        self.life = Life::up(self.now);
        self.state.ready = true;
        self.notices.end(Scope::Worker);
        self.archives.send(effects);
        let fatal =
            self.suspect.as_ref().filter(|suspect| same(&suspect.experiment, &self.draft) && suspect.device == self.device);
        match fatal.map(|suspect| suspect.memory) {
            Some(memory) => {
                self.hinder(Hindrance::Crashed { memory }, effects);
            }
            None if self.waits_for_store() => self.mind_the_data(effects),
            None => self.begin(effects),
        }
    }

    fn hear_session(&mut self, event: Event, effects: &mut Vec<Effect>) {
        if let Some(preparing) = &mut self.state.preparing {
            preparing.heard = self.now;
        }
        self.note(&event);
        match event {
            Event::Began { run, ref data, .. } => {
                let classes = data.classes.names.len();
                self.began(run, classes, event, effects);
            }
            Event::Returned { run } => self.returned(run, effects),
            Event::Refused { request, fault } => self.refused(request, fault, effects),
            Event::Changed { change, step, ref path, ref value, .. } => {
                let (path, value) = (path.clone(), value.clone());
                let shown = self.state.run.as_ref().is_some_and(|run| same(&self.draft, &run.experiment));
                self.state.apply(event);
                self.changed(change.map(|id| (id, shown)), step, &path, &value, effects);
            }
            Event::Data(ref report) => {
                let report: DatasetReport = report.clone();
                self.state.apply(event);
                self.read_data(&report, effects);
            }
            Event::Phase(phase) => {
                self.state.apply(event);
                if phase == Phase::Finished && self.state.preparing.is_none() {
                    self.play_requested = false;
                }
            }
            Event::Fault(fault) => self.fault(fault, effects),
            Event::Checkpoint { run, step, file } => self.checkpointed(run, step, file, effects),
            Event::Weights { name, bytes } => effects.push(Effect::Download { name, bytes: Arc::new(bytes) }),
            Event::Distances(answer) => self.answered(*answer, effects),
            Event::Answer(answer) => self.answered_picture(*answer, effects),
            Event::Kept { run, steps } => self.kept_steps(run, steps),
            Event::Study(row) => self.studied(row),
            event => self.state.apply(event),
        }
    }

    fn began(&mut self, run: RunId, classes: usize, event: Event, effects: &mut Vec<Effect>) {
        let source = |experiment: &Experiment| (experiment.seed, experiment.choice("data").cloned());
        let before = self.state.run.as_ref().map(|run| source(&run.experiment));
        let asked = self.state.preparing.clone().filter(|preparing| preparing.run == run);
        let newer = self.state.preparing.is_some() && asked.is_none();
        self.make_way(run);
        self.takes_room();
        self.state.apply(event);
        let resumed = self.resumed(run);
        self.began_with(run);
        self.shown(classes, resumed.is_some(), effects);
        let now = self.state.run.as_ref().map(|run| source(&run.experiment));
        if before.is_some() && before != now {
            self.distances.forget();
        }
        if newer {
            // It came through before the one that was asked for after it, which will take its place.
            return;
        }
        if asked.is_none() {
            // Nobody waits for it any more, but it is what runs now.
            self.adopt();
        }
        let origin = self.origin;
        if let Some(run) = &mut self.state.run {
            run.origin = origin;
        }
        // A run that was resumed has its own plan; what was asked for is only where it stands. What is to change there is told next.
        if resumed == Some(0) && asked.is_some_and(|asked| same(&asked.experiment, &self.draft)) {
            self.revert();
        }
        self.suspect = None;
        self.go_on(effects);
    }

    /// Another run is shown, or one that was `resumed`: what was wrong with the one before is over.
    fn shown(&mut self, classes: usize, resumed: bool, effects: &mut Vec<Effect>) {
        if !resumed {
            self.notices.end(Scope::Back);
        }
        self.notices.end(Scope::Run);
        self.notices.end(Scope::Session);
        self.awaited = super::changes::Awaited::default();
        self.board.another_run();
        effects.push(Effect::ShowRun { classes });
        self.look(effects);
        self.ask_again(effects);
    }

    /// The controls show what runs, whatever they showed before.
    fn adopt(&mut self) {
        let device = self.device;
        if let Some(run) = &mut self.state.run {
            run.device = if run.device == DeviceChoice::Auto { device } else { run.device };
        }
        self.origin = Origin::Hand;
        self.revert();
    }

    fn returned(&mut self, run: RunId, effects: &mut Vec<Effect>) {
        self.returning = None;
        let before = self.state.runs;
        self.state.apply(Event::Returned { run });
        if self.state.runs == before {
            return;
        }
        let classes = self.state.run.as_ref().map_or(0, |run| run.data.classes.names.len());
        self.shown(classes, false, effects);
        self.distances.forget();
        if self.state.preparing.is_none() {
            self.revert();
            self.go_on(effects);
        }
    }

    /// Goes on playing, if that was asked for meanwhile.
    fn go_on(&mut self, effects: &mut Vec<Effect>) {
        if self.play_requested && self.hindrance.is_none() && self.soon.is_none() && self.state.run.is_some() {
            self.told_to_play = true;
            effects.push(Effect::session(Command::Play));
        }
    }

    /// What was set up soon will not be: whoever has pressed play meanwhile meant what is shown now.
    pub(super) fn play_if_asked(&mut self, effects: &mut Vec<Effect>) {
        if self.can_be_told() && !self.told_to_play {
            self.go_on(effects);
        }
    }

    fn refused(&mut self, request: Request, fault: Option<Fault>, effects: &mut Vec<Effect>) {
        match request {
            Request::Run(run) => {
                self.not_resumed(run);
                self.not_begun(run);
                if self.state.preparing.take_if(|preparing| preparing.run == run).is_some() {
                    self.after_refusal();
                    let hindrance = fault.map_or(Hindrance::Withdrawn, Hindrance::Refused);
                    self.hinder(hindrance, effects);
                }
            }
            Request::Change(change) => self.change_refused(change, fault.as_ref()),
            Request::Return => {
                if self.returning.take().is_some() {
                    (self.state.untrained, self.state.former) =
                        (None, self.state.former.take().map(|run| super::state::Run { ended: true, ..run }));
                    fault.into_iter().for_each(|fault| self.notices.add(Scope::Session, fault));
                    self.go_on(effects);
                }
            }
            Request::Files => self.refuse_files(fault, effects),
        }
    }

    /// A change was refused: the knob goes back to what runs, with what was asked for and why not beside it.
    fn change_refused(&mut self, change: ChangeId, fault: Option<&Fault>) {
        let run = self.state.run.as_ref().map(|run| run.experiment.clone());
        let before = run.as_ref().map(|run| self.foreseen(run));
        let Some(Asked { path, value, .. }) = self.awaited.settle(change) else { return };
        let (Some(run), Some(before)) = (run, before) else { return };
        let now = self.foreseen(&run);
        if self.draft.get(&path).as_ref() == Some(&value) {
            let back = if same(&self.draft, &before) {
                Some(now)
            } else {
                now.get(&path).and_then(|value| self.catalogue.with(&self.draft, &[(path.clone(), value)]).ok())
            };
            if let Some(back) = back {
                let changes = std::mem::take(&mut self.draft.changes);
                self.draft = Experiment { changes, ..back };
            }
            let what =
                fault.map_or_else(|| "was not taken by the run".to_owned(), |fault| format!("{} {}", fault.what, fault.remedy));
            self.fields.note(&path, knobs::text(&value), what);
        }
    }

    /// Something was changed, by hand, while the controls showed what ran or not, or as planned.
    fn changed(&mut self, change: Option<(ChangeId, bool)>, step: u64, path: &str, value: &Value, effects: &mut Vec<Effect>) {
        match change {
            // What nobody waits for any more happened all the same.
            Some((change, shown)) if self.awaited.settle(change).is_none() && shown => self.move_along(path, value),
            Some(_) => {}
            None if self.state.run.as_ref().is_some_and(|run| planned(&run.began, step, path, value)) => {
                self.move_along(path, value)
            }
            None => {}
        }
        if path.starts_with("augment.") || path.starts_with("second.") {
            self.look(effects);
        }
    }

    /// The controls move along with a planned change. The plan goes on.
    fn move_along(&mut self, path: &str, value: &Value) {
        if let Ok(moved) = self.catalogue.with(&self.draft, &[(path.to_owned(), value.clone())]) {
            let changes: Vec<Change> = std::mem::take(&mut self.draft.changes);
            self.draft = Experiment { changes, ..moved };
        }
    }

    /// A fault that was not asked for by name.
    fn fault(&mut self, fault: Fault, effects: &mut Vec<Effect>) {
        let playing = self.play_requested;
        let well = self.state.run.as_ref().is_some_and(|run| !run.ended);
        self.state.apply(Event::Fault(fault.clone()));
        self.distances.give_up();
        self.studies.give_up();
        if fault.recoverable {
            self.notices.add(Scope::Session, fault);
            return;
        }
        self.awaited = super::changes::Awaited::default();
        self.lose_checkpoints();
        if self.state.preparing.is_none() {
            self.play_requested = false;
        }
        if well && self.recover(&fault) {
            self.begin(effects);
            self.play_requested = playing && self.hindrance.is_none();
            return;
        }
        let gpu = self.state.device.as_ref().is_some_and(|device| device.kind != "cpu");
        let on = if gpu { Offer::ResumeOnCpu } else { Offer::Resume };
        let offer = self.last_written().map(|(id, _)| on(id.to_owned()));
        self.notices.put(Notice { fault, scope: Scope::Run, link: None, offer });
    }

    /// The worker is gone, or never came.
    pub(super) fn worker_failed(&mut self, fault: Fault, memory: Option<u64>, effects: &mut Vec<Effect>) {
        let (well, playing) = (self.state.run.as_ref().is_some_and(|run| !run.ended), self.play_requested);
        if well && self.recover(&fault) {
            self.restart(effects);
            self.play_requested = playing;
            return;
        }
        let asked = self.state.preparing.as_ref().map(|preparing| (&preparing.experiment, preparing.device));
        let ran = self.state.run.as_ref().filter(|run| memory.is_some() && !run.ended).map(|run| (&run.experiment, run.device));
        if let Some((experiment, device)) = asked.or(ran) {
            self.suspect = Some(Suspect { experiment: experiment.clone(), device, memory: memory.is_some() });
        }
        self.forget_requests();
        self.state.lose_worker();
        self.life = Life::Down;
        self.notices.end(Scope::Worker);
        self.notices.end(Scope::Run);
        let remedy = match self.last_written() {
            Some((_, step)) => text::shelf::restarting(&fault.remedy, step),
            None => fault.remedy,
        };
        self.notices.add(Scope::Worker, Fault { recoverable: false, remedy, ..fault });
        effects.push(Effect::CloseWorker);
    }

    /// Time passed.
    pub(super) fn tick(&mut self, now: f64, effects: &mut Vec<Effect>) -> bool {
        let before = self.now;
        self.now = now.max(before);
        let slept = self.now - before > START / 2.0;
        if let Some(ping) = self.life.tick(before, self.now) {
            effects.push(Effect::Send(WorkerCommand::Ping(ping)));
        }
        let silence = self.life.silence(self.now);
        let mut news = silence.is_some() || self.state.preparing.is_some();
        if let Some(fault) = silence {
            self.notices.end(Scope::Worker);
            self.notices.add(Scope::Worker, fault);
        }
        if !slept {
            news |= self.give_up_waiting();
            self.give_up_checkpoints();
            self.hurry_store(effects);
        }
        news
    }

    /// What was not answered for very long by a worker that answers otherwise is not waited for any more. Whether there was any.
    fn give_up_waiting(&mut self) -> bool {
        let overdue = self.awaited.overdue(self.now, ANSWER);
        let given_up = !overdue.is_empty() || self.returning.is_some_and(|since| self.now - since > ANSWER);
        for change in overdue {
            self.change_refused(change, None);
        }
        if self.returning.is_some_and(|since| self.now - since > ANSWER) {
            self.returning = None;
            self.notices.add(
                Scope::Session,
                Fault {
                    what: "The run before did not come back.".into(),
                    location: "the run before".into(),
                    remedy: "Reset to begin anew, or restart the engine.".into(),
                    recoverable: true,
                    settings: Vec::new(),
                },
            );
        }
        given_up
    }
}
