//! How a run is asked for, steered, and brought back.

use super::changes::Awaited;
use super::life::Life;
use super::names::{Origin, presets};
use super::notices::Scope;
use super::shelf::store::StoreCommand;
use super::state::Preparing;
use super::{Effect, Hindrance, Model, Offer, ShelfMsg};
use crate::text::suggestions::SUGGESTIONS;
use augsphere_spec::{Command, DeviceChoice, Experiment, Fault, PRESETS, Phase, RunId};

impl Model {
    /// Sets up the experiment that the controls show, at step 0 or where a kept run was left; goes on playing if it was.
    pub(super) fn begin(&mut self, effects: &mut Vec<Effect>) {
        self.soon = None;
        self.hindrance = None;
        self.stop_restoring();
        if self.goes_on() {
            self.encoder = self.encoder_of_next();
        }
        self.mind_the_data(effects);
        if self.hindrance.is_some() || !self.life.is_up() {
            return;
        }
        let run = self.prepare(self.draft.clone(), effects);
        if self.goes_on() {
            self.fetch(run);
            return;
        }
        if let Some(parent) = self.encoder.clone() {
            return self.fetch_encoder(run, parent, effects);
        }
        effects.push(Effect::session(Command::Begin { run, experiment: self.draft.clone(), device: self.device, encoder: None }));
    }

    /// Notes that `experiment` is asked for; what runs stops, and is kept.
    fn prepare(&mut self, experiment: Experiment, effects: &mut Vec<Effect>) -> RunId {
        self.stop_and_keep(effects);
        self.runs.0 += 1;
        self.awaited = Awaited::default();
        self.returning = None;
        self.state.preparing = Some(Preparing {
            run: self.runs,
            experiment,
            device: self.device,
            estimate: None,
            progress: None,
            since: self.now,
            heard: self.now,
        });
        self.runs
    }

    /// Stops the run before something takes its place.
    fn stop_and_keep(&mut self, effects: &mut Vec<Effect>) {
        let going = self.told_to_play || self.state.phase == Some(Phase::Running);
        self.stop(effects);
        self.secure(going, effects);
    }

    /// Stops the run, if it goes.
    pub(super) fn stop(&mut self, effects: &mut Vec<Effect>) {
        let told = std::mem::take(&mut self.told_to_play);
        if self.life.is_up() && (told || self.state.phase == Some(Phase::Running)) {
            effects.push(Effect::session(Command::Pause));
        }
    }

    /// Go on; where that cannot be, the reason is to be seen.
    pub(super) fn play(&mut self, effects: &mut Vec<Effect>) {
        let ended = self.state.run.as_ref().is_some_and(|run| run.ended) && self.state.preparing.is_none();
        if self.hindrance.is_some() || self.life == Life::Down || (ended && self.soon.is_none()) {
            self.insisted += 1;
            if ended && self.hindrance.is_none() && !self.notices.about(Scope::Run) && self.life.is_up() {
                self.notices.add(Scope::Run, ended_fault());
            }
            return;
        }
        if self.state.phase == Some(Phase::Finished) && self.can_be_told() && self.soon.is_none() {
            return;
        }
        self.play_requested = true;
        if self.can_be_told() && self.soon.is_none() && self.state.run.is_some() {
            self.told_to_play = true;
            effects.push(Effect::session(Command::Play));
        }
    }

    /// Stop after the current step.
    pub(super) fn pause(&mut self, effects: &mut Vec<Effect>) {
        (self.play_requested, self.told_to_play) = (false, false);
        if self.life.is_up() && self.state.run.is_some() {
            effects.push(Effect::session(Command::Pause));
        }
    }

    /// One step, then stop.
    pub(super) fn step(&mut self, effects: &mut Vec<Effect>) {
        let ended = self.state.run.as_ref().is_some_and(|run| run.ended);
        if self.hindrance.is_some() || self.life == Life::Down || ended {
            self.insisted += 1;
            return;
        }
        self.play_requested = false;
        if self.can_be_told() && self.soon.is_none() && self.state.run.is_some() {
            self.told_to_play = false;
            effects.push(Effect::session(Command::Step));
        }
    }

    /// Back to step 0 of the experiment that the controls show; if that came with a plan, to the beginning of the plan.
    pub(super) fn reset(&mut self, effects: &mut Vec<Effect>) {
        self.play_requested = false;
        self.begins_anew();
        if let Some(run) = &self.state.run
            && !self.draft.changes.is_empty()
            && self.draft.changes == run.began.changes
        {
            self.draft = run.began.clone();
        }
        // With a kept encoder it begins as it did the first time, whether or not the session has that encoder in memory.
        let intact = |run: &&super::state::Run| {
            !run.ended && !run.by_hand && self.draft == run.began && self.encoder.is_none() && self.is_set_up(run)
        };
        let again = self.can_be_told() && self.soon.is_none() && self.state.run.as_ref().is_some_and(|run| intact(&run));
        if again && self.needs_file(&self.draft).is_none() {
            let run = self.prepare(self.draft.clone(), effects);
            effects.push(Effect::session(Command::Reset { run }));
        } else {
            self.insist();
            self.begin(effects);
        }
    }

    /// Sets up what the controls show, because a person wants it.
    pub(super) fn apply(&mut self, effects: &mut Vec<Effect>) {
        self.insist();
        self.begin(effects);
    }

    fn insist(&mut self) {
        if self.hindrance.is_some() || self.life == Life::Down {
            self.insisted += 1;
        }
    }

    /// Lets the controls show again what runs.
    pub(super) fn revert(&mut self) {
        if let Some(run) = &self.state.run {
            let changes = if run.by_hand { Vec::new() } else { run.began.changes.clone() };
            let soon = self.foreseen(&run.experiment);
            let (experiment, device, origin) = (Experiment { changes, ..soon }, run.device, run.origin);
            let encoder = run.encoder.clone();
            self.show(experiment);
            (self.device, self.encoder, self.origin) = (device, encoder, origin);
        }
    }

    /// The same, because a person wants it: whoever has pressed play meanwhile means that run.
    pub(super) fn back_to_run(&mut self, effects: &mut Vec<Effect>) {
        self.revert();
        self.mind_the_data(effects);
        self.play_if_asked(effects);
    }

    /// Brings back the run before.
    pub(super) fn undo(&mut self, effects: &mut Vec<Effect>) {
        if self.can_undo() {
            self.play_requested = false;
            self.stop_and_keep(effects);
            self.returning = Some(self.now);
            effects.push(Effect::session(Command::Return));
        }
    }

    /// Whether the run before can be brought back.
    pub fn can_undo(&self) -> bool {
        self.life.is_up()
            && self.state.preparing.is_none()
            && self.returning.is_none()
            && self.soon.is_none()
            && self.state.returnable().is_some()
    }

    /// Stops preparing: the controls show again what was running before, if anything was.
    pub(super) fn cancel(&mut self, effects: &mut Vec<Effect>) {
        if self.state.preparing.take().is_none() {
            return;
        }
        effects.push(Effect::session(Command::Cancel));
        self.play_requested = false;
        self.after_refusal();
        if self.state.run.as_ref().is_some_and(|run| !run.ended) {
            self.revert();
        } else {
            self.hindrance = Some(Hindrance::Withdrawn);
        }
    }

    /// What was being prepared will not be: what was there before stands where it stood.
    pub(super) fn after_refusal(&mut self) {
        self.state.progress = None;
        if self.state.phase == Some(Phase::Preparing) {
            self.state.phase = self.state.run.as_ref().map(|_| Phase::Paused);
        }
    }

    /// Another experiment altogether, from `origin`.
    pub(super) fn replace(&mut self, experiment: Experiment, origin: Origin, effects: &mut Vec<Effect>) {
        self.show(experiment);
        (self.origin, self.encoder) = (origin, None);
        self.play_requested = false;
        self.begins_anew();
        self.notices.end(Scope::Link);
        self.begin(effects);
    }

    /// Another preset.
    pub(super) fn choose_preset(&mut self, place: usize, effects: &mut Vec<Effect>) {
        if let Some(preset) = presets().get(place) {
            self.replace(preset.experiment.clone(), Origin::Preset(place), effects);
        }
    }

    /// Tries a suggestion, which starts from the preset it names as that is.
    pub(super) fn try_suggestion(&mut self, place: usize, effects: &mut Vec<Effect>) {
        let Some(suggestion) = SUGGESTIONS.get(place) else { return };
        let preset = PRESETS.iter().position(|preset| preset.name == suggestion.preset);
        if let (Some(preset), Some(experiment)) = (preset, suggestion.experiment(&self.catalogue)) {
            self.replace(experiment, Origin::Suggestion(preset, place), effects);
        }
    }

    /// Another device; the run starts again on it.
    pub(super) fn choose_device(&mut self, device: DeviceChoice, effects: &mut Vec<Effect>) {
        self.device = device;
        self.play_requested = false;
        self.begins_anew();
        self.begin(effects);
    }

    /// One of the ways out of what stands in the way.
    pub(super) fn take_offer(&mut self, offer: Offer, effects: &mut Vec<Effect>) {
        match offer {
            Offer::BackToRun => self.back_to_run(effects),
            Offer::AnyDevice => self.choose_device(DeviceChoice::Auto, effects),
            Offer::Cpu => self.choose_device(DeviceChoice::Cpu, effects),
            Offer::Set(settings) => {
                self.turn_all(settings, effects);
                self.begin(effects);
            }
            Offer::RandomEncoder => {
                self.encoder = None;
                self.begin(effects);
            }
            Offer::FirstPreset => self.choose_preset(0, effects),
            Offer::TryAgain => {
                self.suspect = None;
                self.begin(effects);
            }
            Offer::Resume(id) => self.shelf_msg(ShelfMsg::Resume(id), effects),
            Offer::ResumeOnCpu(id) => {
                self.device = DeviceChoice::Cpu;
                self.shelf_msg(ShelfMsg::Resume(id), effects);
            }
            Offer::Undelete(id) => return self.shelf_msg(ShelfMsg::Restore(id), effects),
        }
        if self.life == Life::Down {
            self.restart(effects);
        }
    }

    /// Asks for the views of the image in the strip.
    pub(super) fn look(&self, effects: &mut Vec<Effect>) {
        let count = self.state.run.as_ref().map_or(0, |run| run.data.train);
        let (image, draw) = self.viewed;
        if count > 0 && self.life.is_up() {
            effects.push(Effect::session(Command::Views { image: image % count, draw }));
        }
    }

    /// Starts the first worker.
    pub(super) fn connect(&mut self, effects: &mut Vec<Effect>) {
        self.life = Life::Opening { since: self.now };
        effects.extend([Effect::Store(StoreCommand::Open), Effect::OpenWorker]);
    }

    /// Discards the worker and starts another; what was measured stays on the page, and the run that the controls show goes on from where it
    /// was written last.
    pub(super) fn restart(&mut self, effects: &mut Vec<Effect>) {
        if !self.goes_on() {
            self.go_on_from_last();
        }
        self.forget_requests();
        self.state.restart();
        self.notices.end(Scope::Worker);
        self.notices.end(Scope::Run);
        self.notices.end(Scope::Session);
        self.hindrance = None;
        self.archives.resend();
        self.life = Life::Opening { since: self.now };
        effects.extend([Effect::CloseWorker, Effect::OpenWorker]);
    }

    /// Nothing that was asked of a worker will be answered.
    pub(super) fn forget_requests(&mut self) {
        self.play_requested = false;
        self.told_to_play = false;
        self.awaited = Awaited::default();
        self.returning = None;
        self.state.preparing = None;
        self.lose_checkpoints();
        self.lose_memory();
        self.resume_none();
        self.distances.lose_worker();
        self.board.lose_worker();
        self.studies.give_up();
    }
}

/// What is said to somebody who wants a run to go on that cannot.
fn ended_fault() -> Fault {
    Fault {
        what: "This run has ended and cannot go on.".into(),
        location: "the run".into(),
        remedy: "Reset begins it anew.".into(),
        recoverable: false,
        settings: Vec::new(),
    }
}
