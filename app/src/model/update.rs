//! One message, and what follows from it.

use super::notices::Scope;
use super::{Effect, Model, Msg, Timer};

/// Takes in one message and says what is to be done.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = Vec::new();
    let tick = matches!(msg, Msg::Tick { .. });
    if commits(&msg) {
        model.release(&mut effects);
    }
    let news = react(model, msg, &mut effects) || !tick;
    model.fields.keep_within(&model.draft);
    model.follow_up(&mut effects);
    model.ask_if_changed(&mut effects);
    model.ask_pictures(&mut effects);
    // Only a tick says what time it is.
    model.keep_up(tick, &mut effects);
    if news {
        model.revision += 1;
        model.write_address(&mut effects);
        model.guard(&mut effects);
    }
    effects
}

/// Whether a slider that is being dragged is to be let go before this.
fn commits(msg: &Msg) -> bool {
    matches!(
        msg,
        Msg::Turn { .. }
            | Msg::TurnAll(_)
            | Msg::Typed { .. }
            | Msg::Release
            | Msg::Play
            | Msg::Step
            | Msg::Reset
            | Msg::Apply
            | Msg::CopyLink
    )
}

/// What follows; whether something that is shown may have changed, where that is not certain.
fn react(model: &mut Model, msg: Msg, effects: &mut Vec<Effect>) -> bool {
    match msg {
        Msg::Turn { path, value } => model.turn(&path, value, None, effects),
        Msg::TurnAll(changes) => model.turn_all(changes, effects),
        Msg::Typed { path, text } => model.type_text(&path, &text, effects),
        Msg::Slide { path, value } => model.slide(path, value, effects),
        Msg::Release => {}
        Msg::Play => model.play(effects),
        Msg::Pause => model.pause(effects),
        Msg::Step => model.step(effects),
        Msg::Reset => model.reset(effects),
        Msg::Apply => model.apply(effects),
        Msg::Revert => model.back_to_run(effects),
        Msg::Undo => model.undo(effects),
        Msg::Cancel => model.cancel(effects),
        Msg::Preset(place) => model.choose_preset(place, effects),
        Msg::Suggestion(place) => model.try_suggestion(place, effects),
        Msg::Device(device) => model.choose_device(device, effects),
        Msg::Take(offer) => model.take_offer(offer, effects),
        Msg::Address(fragment) => model.open_address(&fragment, effects),
        Msg::CopyLink => model.copy_link(effects),
        Msg::Copied(copied) => model.link_copied(copied),
        Msg::Dismiss => model.notices.dismiss(),
        Msg::Trouble(fault) => model.notices.add(Scope::Session, fault),
        Msg::Files { batch, name } => model.give(batch, name, effects),
        Msg::Open => model.connect(effects),
        Msg::Restart => model.restart(effects),
        Msg::Enter(entrance) => model.enter(entrance),
        Msg::NextPair => model.next_pair(),
        Msg::Strength(strength) => model.choose_strength(strength, effects),
        Msg::NextViews { image } => model.next_views(image, effects),
        Msg::Board(msg) => model.board_msg(msg),
        Msg::Distances(msg) => model.distances_msg(msg, effects),
        Msg::Studies(msg) => model.studies_msg(msg, effects),
        Msg::Shelf(msg) => model.shelf_msg(msg, effects),
        Msg::Stored(stored) => model.stored(stored, effects),
        Msg::Ask(command) => effects.extend(model.life.is_up().then(|| Effect::session(command))),
        Msg::Worker(event) => model.hear(event, effects),
        Msg::WorkerFailed { fault, memory } => model.worker_failed(fault, memory, effects),
        Msg::Tick { now } => return model.tick(now, effects),
        Msg::Rang(timer) => model.rang(timer, effects),
    }
    false
}

impl Model {
    fn rang(&mut self, timer: Timer, effects: &mut Vec<Effect>) {
        match timer {
            Timer::Begin(turn) if self.soon == Some(turn) => self.begin(effects),
            Timer::Commit(slide) if self.slides == slide => self.release(effects),
            Timer::Ask(turn) => self.ask_now(turn, effects),
            Timer::Delete(turn) => self.deletion_is_due(turn, effects),
            Timer::Begin(_) | Timer::Commit(_) => {}
        }
    }

    /// At step 0 the controls and the run are the same, or soon will be.
    fn follow_up(&mut self, effects: &mut Vec<Effect>) {
        let idle = self.can_be_told() && !self.is_restoring() && self.soon.is_none() && self.state.step() == 0;
        let shown =
            |run: &super::state::Run| self.is_set_up(run) && super::changes::same(&self.draft, &self.foreseen(&run.experiment));
        if idle && !self.state.run.as_ref().is_some_and(shown) {
            self.begin_soon(effects);
        }
    }

    fn next_views(&mut self, image: bool, effects: &mut Vec<Effect>) {
        let (shown, draw) = self.viewed;
        self.viewed = if image { (shown + 1, 0) } else { (shown, draw + 1) };
        self.look(effects);
    }

    /// Leaving the page is asked for as long as a run would be lost.
    fn guard(&mut self, effects: &mut Vec<Effect>) {
        let trained = |run: &Option<super::state::Run>| run.as_ref().is_some_and(|run| run.step > 0 && !self.is_safe(run));
        let wanted = trained(&self.state.run) || trained(&self.state.former);
        if std::mem::replace(&mut self.guarded, wanted) != wanted {
            effects.push(Effect::AskBeforeLeaving(wanted));
        }
    }
}
