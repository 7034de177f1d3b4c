//! What is kept of the runs that the session has in memory, and when it is written.

use super::entry::Entry;
use super::store::{Put, StoreCommand, Written};
use super::{Effect, Model};
use crate::model::state::Run;
use augsphere_spec::{Command, Event, Parent, Phase, Record, RunHeader, RunId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How long a run that trains goes on before it is written again, milliseconds.
pub(super) const EVERY: f64 = 5000.0;
/// The most of its time that writing may take.
pub(super) const SHARE: f64 = 0.03;
/// How long a run that could not be written waits for the next try, milliseconds.
pub(super) const AGAIN: f64 = 60_000.0;
/// How long a checkpoint is waited for, milliseconds.
const PATIENCE: f64 = 60_000.0;

/// Whether this tab holds a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Claim {
    /// It was not asked for.
    #[default]
    None,
    /// It was asked for.
    Asked,
    /// It does.
    Ours,
}

/// What is kept of a run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Keep {
    /// Its header; without an id before its first step.
    pub header: RunHeader,
    /// Its records, a line each.
    pub log: Arc<String>,
    /// Whether all that it told were finite numbers: what is not has no future worth keeping.
    pub sound: bool,
    /// Whether this tab holds it.
    pub claim: Claim,
    /// How far it is written; nothing: not at all.
    pub written: Option<Written>,
    /// Checkpoints that were asked for and have not come.
    pub pending: u32,
    /// When one was asked for last, and whether that time is exact.
    pub asked: (f64, bool),
    /// What is to be written as soon as this tab holds it.
    pub waiting: Option<Box<Put>>,
    /// Writes that are under way.
    pub writing: u32,
    /// What the shelf shows of it once the newest of them is done.
    pub sent: Option<Box<Entry>>,
    /// When it was written last, or could not be.
    pub rested: f64,
    /// How long it then waits while it trains.
    pub pause: f64,
    /// Whether it could not be written last time.
    pub trouble: bool,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            header: RunHeader::default(),
            log: Arc::default(),
            sound: true,
            claim: Claim::None,
            written: None,
            pending: 0,
            asked: (0.0, false),
            waiting: None,
            writing: 0,
            sent: None,
            rested: f64::NEG_INFINITY,
            pause: EVERY,
            trouble: false,
        }
    }
}

impl Keep {
    /// What is kept of a run that goes on from a kept one.
    pub fn resumed(header: RunHeader, log: String, written: Option<Written>) -> Self {
        let claim = if written.is_some() { Claim::Ours } else { Claim::None };
        Self { header, log: Arc::new(log), claim, written, ..Self::default() }
    }

    /// Adds records.
    pub fn note(&mut self, records: &[Record]) {
        let log = Arc::make_mut(&mut self.log);
        for record in records {
            self.sound &= record.scalars.iter().all(|scalar| scalar.value.is_finite());
            log.push_str(&record.line());
            log.push('\n');
        }
    }

    /// Whether something of it is on its way.
    pub fn busy(&self) -> bool {
        self.pending > 0 || self.writing > 0 || self.waiting.is_some()
    }

    /// Whether everything but the newest records of `run` is written.
    fn has(&self, run: &Run) -> bool {
        self.written.is_some_and(|written| (written.step, written.changed) == (run.step, run.changed))
    }

    /// It is a run of its own from now on, which went on from the one that it was.
    pub fn part(&mut self) {
        let step = self.written.map_or(self.header.step, |written| written.step);
        let id = std::mem::take(&mut self.header.id);
        if self.written.take().is_some() {
            let name = self.header.name.clone();
            self.header.parent = Some(Parent { run: id, name, step, changed: Vec::new(), encoder_only: false });
        }
        self.claim = Claim::None;
    }
}

impl Model {
    /// Notes what an event adds to the log of the run on the page.
    pub(in crate::model) fn note(&mut self, event: &Event) {
        let Some(run) = &self.state.run else { return };
        let records = Record::of(event);
        if !records.is_empty() {
            self.shelf.keeps.entry(run.id).or_default().note(&records);
        }
    }

    /// Writes what is to be written of the run on the page; called after every message. `exact`: whether the time is.
    pub(in crate::model) fn keep_up(&mut self, exact: bool, effects: &mut Vec<Effect>) {
        self.read_written(effects);
        self.tidy(effects);
        let still = matches!(self.state.phase, Some(Phase::Paused | Phase::Finished)) && self.returning.is_none();
        let told = self.life.is_up() && self.life.silence(self.now).is_none();
        let Some(run) = self.state.run.as_ref().filter(|run| run.step > 0 && !run.ended) else { return };
        let Some(keep) = self.shelf.keeps.get(&run.id).filter(|keep| keep.sound && !keep.busy()) else { return };
        let rested = self.now - keep.rested >= keep.pause;
        if keep.trouble && !rested {
            return;
        }
        if !keep.has(run) {
            if told && (still || keep.written.is_none() || rested) {
                self.ask_checkpoint(exact, effects);
            }
        } else if still && keep.written.is_some_and(|written| written.bytes != keep.log.len()) {
            // What is measured where a run stands still comes after its checkpoint.
            let (id, step) = (run.id, run.step);
            self.write(id, step, None, effects);
        }
    }

    /// Asks for a checkpoint of the run on the page before something takes its place. `going`: it may have taken steps that were not told.
    pub(in crate::model) fn secure(&mut self, going: bool, effects: &mut Vec<Effect>) {
        let Some(run) = self.state.run.as_ref().filter(|run| !run.ended && self.life.is_up()) else { return };
        let keep = self.shelf.keeps.get(&run.id);
        let kept = keep.is_some_and(|keep| !keep.sound || (keep.has(run) && keep.pending == 0));
        if going || (run.step > 0 && !kept) {
            self.ask_checkpoint(false, effects);
        }
    }

    fn ask_checkpoint(&mut self, exact: bool, effects: &mut Vec<Effect>) {
        let Some(run) = &self.state.run else { return };
        let keep = self.shelf.keeps.entry(run.id).or_default();
        keep.pending += 1;
        keep.asked = (self.now, exact);
        self.shelf.asked.push_back(run.id);
        effects.push(Effect::session(Command::Checkpoint));
    }

    /// Lets go of runs that the session has no longer, and remembers the one on the page.
    fn tidy(&mut self, effects: &mut Vec<Effect>) {
        let present: Vec<RunId> =
            [&self.state.run, &self.state.former, &self.state.untrained].into_iter().flatten().map(|run| run.id).collect();
        self.shelf.keeps.retain(|id, keep| present.contains(id) || keep.writing > 0 || keep.waiting.is_some());
        let ours = self.shelf.keeps.values().filter(|keep| keep.claim == Claim::Ours).map(|keep| keep.header.id.clone());
        let wanted: BTreeSet<String> = ours.chain(self.awaited_runs()).collect();
        let spare: Vec<String> = self.shelf.held.difference(&wanted).cloned().collect();
        for id in spare {
            self.shelf.held.remove(&id);
            effects.push(Effect::Store(StoreCommand::Release(id)));
        }
        if self.is_restoring() {
            return;
        }
        let current = self.state.run.as_ref().and_then(|run| self.shelf.keeps.get(&run.id));
        let current = current.filter(|keep| keep.written.is_some()).map(|keep| keep.header.id.clone());
        let current = current.or_else(|| self.next_run());
        if current != self.shelf.remembered {
            self.shelf.remembered.clone_from(&current);
            effects.push(Effect::Store(StoreCommand::Remember(current)));
        }
    }

    /// No checkpoint comes from a worker that is gone.
    pub(in crate::model) fn lose_checkpoints(&mut self) {
        self.shelf.asked.clear();
        self.shelf.keeps.values_mut().for_each(|keep| keep.pending = 0);
    }

    /// Checkpoints that have not come for very long are not waited for.
    pub(in crate::model) fn give_up_checkpoints(&mut self) {
        let now = self.now;
        let overdue = |keep: &Keep| keep.pending > 0 && now - keep.asked.0 > PATIENCE;
        if self.shelf.keeps.values().any(overdue) {
            for keep in self.shelf.keeps.values_mut().filter(|keep| overdue(keep)) {
                (keep.trouble, keep.rested, keep.pause) = (true, now, AGAIN);
            }
            self.lose_checkpoints();
        }
    }

    /// Whether everything that `run` has learnt would be there again after the page was closed, but for what was learnt since it was written
    /// last.
    pub(in crate::model) fn is_safe(&self, run: &Run) -> bool {
        let keep = self.shelf.keeps.get(&run.id);
        let written = keep.is_some_and(|keep| keep.written.is_some() && !keep.trouble);
        written && self.shelf.place == Some(super::store::Place::Disk)
    }
}
