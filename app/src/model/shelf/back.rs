//! How a kept run comes back: by hand, as a branch, and what it gets back when it has begun.

use super::encoder::encoder_of;
use super::entry::Entry;
use super::keep::Keep;
use super::recall::{Told, up_to};
use super::restore::Restore;
use super::store::{StoreCommand, Written};
use super::{Effect, Model, Shelf};
use crate::model::changes::same;
use crate::model::names::{Origin, preset_of};
use crate::model::notices::Scope;
use crate::model::state::Run;
use crate::text::shelf as words;
use augsphere_spec::{Catalogue, Command, Experiment, Fault, Parent, Record, RunHeader, RunId, Value};
use std::sync::Arc;

/// The run that what the controls show goes on from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Next {
    pub id: String,
    /// Whether as a new run.
    pub branch: bool,
    /// What is changed there.
    pub changes: Vec<(String, Value)>,
    /// What the controls show.
    pub shown: Experiment,
}

/// What is known of a run that was asked to be resumed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Resuming {
    pub id: String,
    pub branch: bool,
    pub changes: Vec<(String, Value)>,
    header: RunHeader,
    /// Its records, a line each, once they were read.
    records: String,
    /// Whether it was asked for: not before everything of it is written.
    asked: bool,
}

#[cfg(test)]
impl Next {
    pub fn is(&self, id: &str) -> bool {
        self.id == id
    }
}

#[cfg(test)]
impl Resuming {
    pub fn is(&self, id: &str) -> bool {
        self.id == id
    }

    /// Whether it waits for something that is being written.
    pub fn waits(&self) -> bool {
        !self.asked
    }
}

impl Model {
    /// Makes a kept run the current one, where it was left.
    pub(super) fn resume(&mut self, id: &str, effects: &mut Vec<Effect>) {
        self.notices.end(Scope::Shelf);
        let live = self.state.run.as_ref().filter(|run| !run.ended).and_then(|run| self.shelf.id_of(run.id));
        if live == Some(id) && self.returning.is_none() {
            // Nothing is to be read: it is still there.
            if self.state.preparing.is_some() {
                self.cancel(effects);
            }
            return self.back_to_run(effects);
        }
        let Some((entry, shown)) = self.able(id) else { return };
        let origin = entry.experiment.as_ref().and_then(|known| preset_of(known)).map_or(Origin::Hand, Origin::Preset);
        self.go_on_from(Next { id: id.to_owned(), branch: false, changes: Vec::new(), shown }, origin, effects);
    }

    /// Goes on from a kept run as a new one, with what the controls show.
    pub(super) fn branch(&mut self, id: &str, effects: &mut Vec<Effect>) {
        self.notices.end(Scope::Shelf);
        let Some((entry, now)) = self.able(id) else { return };
        let name = entry.header.name.clone();
        let changes = match between(&self.catalogue, &now, &self.draft) {
            Ok(changes) => changes,
            Err(path) => {
                let setting = words::setting(&self.catalogue, &now, &path);
                return self.say(words::not_branched(&name, &setting), None);
            }
        };
        let run = self.state.run.as_ref().filter(|run| !run.ended && self.shelf.id_of(run.id) == Some(id));
        if run.is_some_and(|run| !self.is_written(run)) && self.life.is_up() {
            // Not from where it was written last, but from where it is.
            self.shelf.branching = Some(id.to_owned());
            self.pause(effects);
            return self.secure(true, effects);
        }
        let shown = Experiment { changes: Vec::new(), ..self.draft.clone() };
        let origin = self.origin;
        self.go_on_from(Next { id: id.to_owned(), branch: true, changes, shown }, origin, effects);
    }

    /// Branches the run on the page if that was asked for and its newest step is written.
    pub(super) fn branch_if_written(&mut self, effects: &mut Vec<Effect>) {
        let written = self.state.run.as_ref().is_some_and(|run| self.is_written(run));
        let current = self.current().map(str::to_owned);
        if let Some(id) = self.shelf.branching.take_if(|id| current.as_ref() != Some(id) || written)
            && current == Some(id.clone())
        {
            self.branch(&id, effects);
        }
    }

    fn is_written(&self, run: &Run) -> bool {
        let written = self.shelf.keeps.get(&run.id).and_then(|keep| keep.written);
        written.is_some_and(|written| (written.step, written.changed) == (run.step, run.changed))
    }

    /// A kept run that can go on, and its experiment as it is where it was left. If it cannot, the reason is said.
    fn able(&mut self, id: &str) -> Option<(Entry, Experiment)> {
        let entry = self.shelf.entry(id)?.clone();
        match entry.now(&self.catalogue) {
            Some(now) if entry.checkpoint.is_some() => Some((entry, now)),
            _ => {
                self.say(words::not_resumed(&entry.header.name, entry.experiment.is_some()), None);
                None
            }
        }
    }

    fn go_on_from(&mut self, next: Next, origin: Origin, effects: &mut Vec<Effect>) {
        self.show(next.shown.clone());
        self.origin = origin;
        self.play_requested = false;
        self.suspect = None;
        self.notices.end(Scope::Link);
        self.notices.end(Scope::Back);
        self.shelf.next = Some(next);
        self.begin(effects);
    }

    /// Whether what the controls show goes on from a kept run. If they show something else by now, it does not.
    pub(in crate::model) fn goes_on(&mut self) -> bool {
        self.shelf.next.take_if(|next| !same(&next.shown, &self.draft));
        self.shelf.next.is_some()
    }

    /// What the controls show begins at its beginning.
    pub(in crate::model) fn begins_anew(&mut self) {
        self.shelf.next = None;
    }

    /// The kept run that the next one goes on with.
    pub(super) fn next_run(&self) -> Option<String> {
        self.shelf.next.as_ref().filter(|next| !next.branch).map(|next| next.id.clone())
    }

    /// The kept run with whose encoder the next one began, if it goes on from a kept one which did.
    pub(in crate::model) fn encoder_of_next(&self) -> Option<Arc<Parent>> {
        encoder_of(&self.shelf.entry(&self.next_run()?)?.header)
    }

    /// Runs that are to be held because they are on their way back.
    pub(super) fn awaited_runs(&self) -> Vec<String> {
        let candidate = if let Restore::Candidate { id, .. } = &self.shelf.restore { Some(id.clone()) } else { None };
        let resuming = self.shelf.resuming.values().filter(|resuming| !resuming.branch).map(|resuming| resuming.id.clone());
        candidate.into_iter().chain(self.next_run()).chain(resuming).collect()
    }

    /// `run` goes on from a kept run, which is read as soon as all of it is written.
    pub(in crate::model) fn fetch(&mut self, run: RunId) {
        let Some(Next { id, branch, changes, .. }) = self.shelf.next.clone() else { return };
        let header = RunHeader::default();
        self.shelf.resuming.insert(run, Resuming { id, branch, changes, header, records: String::new(), asked: false });
    }

    /// Reads what is to be gone on from and of which nothing is being written; called after every message.
    pub(super) fn read_written(&mut self, effects: &mut Vec<Effect>) {
        let Shelf { resuming, keeps, held, entries, .. } = &mut self.shelf;
        for (run, resuming) in resuming.iter_mut().filter(|(_, resuming)| !resuming.asked) {
            if keeps.values().any(|keep| keep.header.id == resuming.id && keep.busy()) {
                continue;
            }
            let id = resuming.id.clone();
            let entry = entries.iter().find(|entry| entry.header.id == id);
            resuming.header = entry.map(|entry| entry.header.clone()).unwrap_or_default();
            resuming.asked = true;
            if !resuming.branch && !held.contains(&id) {
                effects.push(Effect::Store(StoreCommand::Claim { id: id.clone(), wait: 0 }));
            }
            effects.push(Effect::Store(StoreCommand::Fetch { id, run: *run }));
        }
    }

    /// A run to go on with was read, or cannot be.
    pub(super) fn fetched(&mut self, id: &str, run: RunId, result: Result<(Vec<u8>, String), String>, effects: &mut Vec<Effect>) {
        let device = self.state.preparing.as_ref().filter(|preparing| preparing.run == run).map(|preparing| preparing.device);
        let (Some(device), true) = (device, self.life.is_up()) else {
            self.shelf.resuming.remove(&run);
            return;
        };
        match (result, self.shelf.resuming.get_mut(&run)) {
            (Ok((file, records)), Some(resuming)) => {
                resuming.records = records;
                let changes = resuming.changes.clone();
                effects.push(Effect::session(Command::Resume { run, file, device, changes }));
            }
            (result, _) => {
                self.shelf.resuming.remove(&run);
                self.shelf.next = None;
                let why = words::not_read(self.called(id), &result.err().unwrap_or_default());
                self.begin_without(why, effects);
            }
        }
    }

    /// What a run was to begin or to go on with cannot be read: what ran before is shown again, or the controls' experiment begins without it.
    pub(super) fn begin_without(&mut self, why: Fault, effects: &mut Vec<Effect>) {
        self.state.preparing = None;
        self.after_refusal();
        self.say(why, None);
        if self.state.run.as_ref().is_some_and(|run| !run.ended) {
            self.revert();
        } else {
            self.begin(effects);
        }
    }

    /// Whether a run that is being prepared goes on from a kept one.
    pub(in crate::model) fn is_resuming(&self, run: RunId) -> bool {
        self.shelf.resuming.contains_key(&run)
    }

    /// A run will not be resumed.
    pub(in crate::model) fn not_resumed(&mut self, run: RunId) {
        self.shelf.resuming.remove(&run);
    }

    /// No run is resumed by a worker that is gone.
    pub(in crate::model) fn resume_none(&mut self) {
        self.shelf.resuming.clear();
        self.shelf.beginning.clear();
        self.shelf.branching = None;
    }

    /// A run is about to take the place of the one on the page. If it is the same one, which had ended, that one makes way for it.
    pub(in crate::model) fn make_way(&mut self, run: RunId) {
        let Some(resuming) = self.shelf.resuming.get(&run).filter(|resuming| !resuming.branch) else { return };
        let ended = self.state.run.as_ref().filter(|run| run.ended).and_then(|run| self.shelf.id_of(run.id));
        if ended == Some(resuming.id.as_str()) {
            self.state.run = None;
        }
    }

    /// A run has begun. If it was resumed, it gets back everything that it told before. How many changes were asked for there, if it was.
    pub(in crate::model) fn resumed(&mut self, id: RunId) -> Option<usize> {
        let Resuming { id: kept, branch, changes, header, records, .. } = self.shelf.resuming.remove(&id)?;
        let run = self.state.run.as_mut().filter(|run| run.id == id && run.step > 0)?;
        let asked = changes.len();
        let (mut lines, read) = up_to(&records, run.step, &run.experiment.changes);
        for change in run.recall(&self.catalogue, Told::of(read)) {
            let changed = Some((change.path, change.value));
            lines.push_str(&Record { step: change.at, changed, scalars: Vec::new(), profiles: Vec::new() }.line());
            lines.push('\n');
        }
        run.encoder = encoder_of(&header).filter(|_| !branch);
        let (step, changed, bytes) = (run.step, run.changed, lines.len());
        if !branch {
            // If the session has the same run in memory as well, that one is no longer the one that is written.
            let others = self.shelf.keeps.iter_mut().filter(|(other, keep)| **other != id && keep.header.id == kept);
            others.for_each(|(_, keep)| keep.part());
        }
        let keep = if branch {
            let parent = Some(Parent { run: kept, name: header.name.clone(), step, changed: changes, encoder_only: false });
            Keep::resumed(RunHeader { name: header.name, parent, ..RunHeader::default() }, lines, None)
        } else {
            Keep::resumed(header, lines, Some(Written { step, changed, bytes }))
        };
        self.shelf.keeps.insert(id, keep);
        self.shelf.next = None;
        Some(asked)
    }
}

/// What turns `from` into `to` within a run, one value after the other: dotted paths and values. The path of the first that cannot change
/// within a run, if one cannot.
fn between(catalogue: &Catalogue, from: &Experiment, to: &Experiment) -> Result<Vec<(String, Value)>, String> {
    let mut now = Experiment { changes: Vec::new(), ..from.clone() };
    let mut changes = Vec::new();
    let kinds = catalogue.sections.iter().filter(|section| !section.all).map(|section| format!("{}.kind", section.name));
    let knobs = catalogue.sections.iter().flat_map(|section| {
        to.choices(&section.name).iter().flat_map(move |choice| {
            let prefix = if section.all { format!("{}.{}", section.name, choice.kind) } else { section.name.clone() };
            choice.knobs.0.keys().map(move |knob| format!("{prefix}.{knob}"))
        })
    });
    for path in std::iter::once("seed".to_owned()).chain(kinds).chain(knobs) {
        let Some(value) = to.get(&path).filter(|value| now.get(&path).as_ref() != Some(value)) else { continue };
        if !catalogue.changeable(&now, &path) && path != "train.steps" {
            return Err(path);
        }
        now = catalogue.with(&now, &[(path.clone(), value.clone())]).map_err(|_| path.clone())?;
        changes.push((path, value));
    }
    Ok(changes)
}
