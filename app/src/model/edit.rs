//! What happens when a knob is turned, typed into or dragged.

use super::changes::{keep_plan, same};
use super::fields::describe;
use super::{Effect, Hindrance, Model, Timer, knobs};
use augsphere_spec::{Command, Experiment, Value};

/// How long nothing must be turned before an experiment that has not begun is set up, milliseconds.
const PAUSE: u32 = 300;
/// How long a slider must rest before its value is taken even if nobody has let go of it, milliseconds.
const REST: u32 = 3000;
/// How often single turns are tried until all of a series fit.
const ROUNDS: usize = 4;

impl Model {
    /// Turns a knob or takes another card, and does what that asks for: tells the run, sets up the experiment anew, or waits to be applied.
    pub(super) fn turn(&mut self, path: &str, value: Value, text: Option<String>, effects: &mut Vec<Effect>) {
        if self.draft.get(path).as_ref() == Some(&value) {
            self.fields.forget(path);
            return;
        }
        match self.catalogue.with(&self.draft, &[(path.to_owned(), value.clone())]) {
            Ok(edited) => {
                self.fields.forget(path);
                self.take(edited, &[path.to_owned()], effects);
                let draft = self.draft.clone();
                for (path, value) in self.fields.retry(&self.catalogue, &draft) {
                    self.turn(&path, value, None, effects);
                }
            }
            Err(mistakes) => {
                let what = describe(&self.catalogue, path, &mistakes);
                self.fields.note(path, text.unwrap_or_else(|| knobs::text(&value)), what);
            }
        }
    }

    /// Turns several knobs; what does not fit before another one is turned is tried again after it.
    pub(super) fn turn_all(&mut self, mut changes: Vec<(String, Value)>, effects: &mut Vec<Effect>) {
        for _ in 0..ROUNDS {
            changes.retain(|(path, value)| {
                if self.catalogue.with(&self.draft, &[(path.clone(), value.clone())]).is_err() {
                    return true;
                }
                self.turn(path, value.clone(), None, effects);
                false
            });
        }
        for (path, value) in changes {
            self.turn(&path, value, None, effects);
        }
    }

    /// What was typed into a field.
    pub(super) fn type_text(&mut self, path: &str, text: &str, effects: &mut Vec<Effect>) {
        self.turn(path, Value::parse(text), Some(text.to_owned()), effects);
    }

    /// The value under the thumb of a slider.
    pub(super) fn slide(&mut self, path: String, value: Value, effects: &mut Vec<Effect>) {
        self.slides += 1;
        self.fields.sliding = Some((path, value));
        effects.push(Effect::After { ms: REST, timer: Timer::Commit(self.slides) });
    }

    /// The slider was let go, or something else is done.
    pub(super) fn release(&mut self, effects: &mut Vec<Effect>) {
        if let Some((path, value)) = self.fields.sliding.take() {
            self.turn(&path, value, None, effects);
        }
    }

    /// The controls show `edited` from now on, which differs at `paths`.
    fn take(&mut self, edited: Experiment, paths: &[String], effects: &mut Vec<Effect>) {
        let hindered = self.hindrance.take().is_some();
        // Before the first step a plan stands; later on it is no longer the plan that runs.
        let start = self.state.step() == 0 || self.state.preparing.is_some();
        let before = std::mem::replace(&mut self.draft, edited);
        if start {
            self.draft = keep_plan(&self.catalogue, &before, self.draft.clone());
        }
        if let Some(path) = self.changed_live(paths).filter(|_| !hindered) {
            if let Some(value) = self.draft.get(&path) {
                self.changes.0 += 1;
                self.awaited.ask(self.changes, &path, &value, self.now);
                effects.push(Effect::session(Command::Change { change: self.changes, path, value }));
            }
        } else if start || hindered {
            self.begin_soon(effects);
        }
        self.mind_the_data(effects);
    }

    /// The path at which what runs can be told what was turned, so that it becomes what the controls show.
    fn changed_live(&self, paths: &[String]) -> Option<String> {
        let [path] = paths else { return None };
        if !self.can_be_told() || self.soon.is_some() {
            return None;
        }
        let run = self.state.run.as_ref().filter(|run| !run.ended && self.is_set_up(run))?;
        if self.under_way() {
            return self.catalogue.changeable(&self.draft, path).then(|| path.clone());
        }
        if run.step > 0 {
            return None;
        }
        // Before the first step only live knobs are told; whatever else is changed there begins it again.
        let turned = self.catalogue.with(&self.foreseen(&run.experiment), &[(path.clone(), self.draft.get(path)?)]);
        let live = self.catalogue.knob(&self.draft, path).is_some_and(|knob| knob.live);
        (live && turned.is_ok_and(|turned| same(&turned, &self.draft))).then(|| path.clone())
    }

    /// Sets up what the controls show once nothing was turned for a moment.
    pub(super) fn begin_soon(&mut self, effects: &mut Vec<Effect>) {
        self.turns += 1;
        self.soon = Some(self.turns);
        effects.push(Effect::After { ms: PAUSE, timer: Timer::Begin(self.turns) });
    }

    /// An experiment whose images are not here does not run, and nothing else runs under its name.
    pub(super) fn mind_the_data(&mut self, effects: &mut Vec<Effect>) {
        if let Some((kind, title)) = self.needs_file(&self.draft) {
            self.soon = None;
            self.hinder(Hindrance::NeedsFile { kind, title }, effects);
        } else if matches!(self.hindrance, Some(Hindrance::NeedsFile { .. })) {
            self.hindrance = None;
        }
    }

    /// What the controls show cannot be set up: what runs stops.
    pub(super) fn hinder(&mut self, hindrance: Hindrance, effects: &mut Vec<Effect>) {
        self.hindrance = Some(hindrance);
        self.play_requested = false;
        self.stop(effects);
    }

    /// Another experiment altogether in the controls.
    pub(super) fn show(&mut self, experiment: Experiment) {
        self.fields.clear();
        self.hindrance = None;
        self.soon = None;
        self.draft = experiment;
    }
}
