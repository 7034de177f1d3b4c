//! How the run that a tab had comes back by itself when the page is opened again.

use super::back::Next;
use super::store::{Present, StoreCommand};
use super::{Effect, Model};
use crate::model::names::{Origin, preset_of};
use crate::model::notices::Scope;
use crate::text::{self, shelf as words};
use augsphere_spec::DeviceChoice;

/// How long the run that this tab had is waited for, if it seems to be held still, milliseconds: the page that had it may be just going.
const HANDOVER: u32 = 2000;
/// How long a worker that is ready waits for the store, milliseconds.
const STORE: f64 = 3000.0;

/// How far the run that comes back by itself is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Restore {
    /// The store has not said what there is. `ready`: since when a worker waits for it.
    Opening { ready: Option<f64> },
    /// This run may come back: it is to be read, and held by this tab.
    Candidate { id: String, ready: Option<f64>, ours: Option<bool> },
    /// It has come back, or none will.
    Done,
}

impl Model {
    /// Whether a run may still come back by itself.
    pub(in crate::model) fn is_restoring(&self) -> bool {
        self.shelf.restore != Restore::Done
    }

    /// Whether a worker that is ready has to wait for a run that may come back. It waits from now on.
    pub(in crate::model) fn waits_for_store(&mut self) -> bool {
        let now = self.now;
        match &mut self.shelf.restore {
            Restore::Opening { ready } | Restore::Candidate { ready, .. } => {
                ready.get_or_insert(now);
                true
            }
            Restore::Done => false,
        }
    }

    /// Time passed: a store that does not answer is not waited for.
    pub(in crate::model) fn hurry_store(&mut self, effects: &mut Vec<Effect>) {
        if let Restore::Opening { ready: Some(since) } | Restore::Candidate { ready: Some(since), .. } = &self.shelf.restore
            && self.now - since > STORE
        {
            self.restore_none(effects);
        }
    }

    /// The run that may come back by itself: the one that this tab had, or, if it had none, the newest one of a tab that is gone.
    pub(super) fn candidate(&mut self, present: &[Present], mine: Option<String>, effects: &mut Vec<Effect>) -> Option<String> {
        let Restore::Opening { ready } = self.shelf.restore else { return None };
        let found = match mine {
            Some(mine) => present.iter().find(|run| run.id == mine),
            None => {
                let left = present.iter().filter(|run| run.left && !run.held);
                left.max_by(|one, other| one.written.total_cmp(&other.written))
            }
        };
        let Some(run) = found else {
            self.restore_none(effects);
            return None;
        };
        self.shelf.restore = Restore::Candidate { id: run.id.clone(), ready, ours: None };
        let wait = if run.held { HANDOVER } else { 0 };
        effects.push(Effect::Store(StoreCommand::Claim { id: run.id.clone(), wait }));
        Some(run.id.clone())
    }

    /// Whether a run is held by this tab.
    pub(super) fn claimed(&mut self, id: &str, ours: bool, effects: &mut Vec<Effect>) {
        if ours {
            self.shelf.held.insert(id.to_owned());
        } else if let Some(entry) = self.shelf.entry_mut(id) {
            entry.elsewhere = true;
        }
        if self.claim_told(id, ours, effects) {
            return;
        }
        let mut parted = false;
        for resuming in self.shelf.resuming.values_mut().filter(|resuming| resuming.id == id && !ours && !resuming.branch) {
            // Another tab has it: this one goes on as a run of its own.
            (resuming.branch, parted) = (true, true);
        }
        if parted {
            self.say(words::on_its_own(self.called(id)), None);
        }
        if let Restore::Candidate { id: candidate, ours: told, .. } = &mut self.shelf.restore
            && candidate == id
        {
            *told = Some(ours);
            self.restore_if_there(effects);
        }
    }

    /// Lets the run come back that may, once it was read and is held: if the address asks for it, or for nothing.
    pub(super) fn restore_if_there(&mut self, effects: &mut Vec<Effect>) {
        let Restore::Candidate { id, ours: Some(ours), .. } = &self.shelf.restore else { return };
        let (id, ours) = (id.clone(), *ours);
        if !ours {
            return self.restore_none(effects);
        }
        let Some(entry) = self.shelf.entry(&id).filter(|entry| entry.known()) else { return };
        let asked = self.shelf.addressed;
        // A device that is asked for by name is part of the question.
        let device = entry.header.device.as_ref().map(|device| device.kind.as_str());
        let there = self.device == DeviceChoice::Auto || device.is_none_or(|device| device == text::device(self.device));
        let wanted = !asked || (entry.is_asked_for(&self.draft) && there && !self.notices.about(Scope::Link));
        let shown = entry.now(&self.catalogue).filter(|_| wanted && entry.checkpoint.is_some());
        if let Some(shown) = shown {
            if !asked {
                self.origin = entry.experiment.as_ref().and_then(|known| preset_of(known)).map_or(Origin::Hand, Origin::Preset);
            }
            self.show(shown.clone());
            self.shelf.next = Some(Next { id, branch: false, changes: Vec::new(), shown });
        }
        self.restore_none(effects);
    }

    /// A run that may have come back cannot be read.
    pub(super) fn not_restored(&mut self, id: &str, effects: &mut Vec<Effect>) {
        if matches!(&self.shelf.restore, Restore::Candidate { id: candidate, .. } if candidate == id) {
            self.restore_none(effects);
        }
    }

    /// Nothing more comes back by itself: a worker that has waited begins what the controls show.
    fn restore_none(&mut self, effects: &mut Vec<Effect>) {
        self.shelf.restore = Restore::Done;
        if self.life.is_up() && self.state.run.is_none() && self.state.preparing.is_none() && self.hindrance.is_none() {
            self.begin(effects);
        }
    }

    /// Something is begun: nothing comes back by itself any more.
    pub(in crate::model) fn stop_restoring(&mut self) {
        self.shelf.restore = Restore::Done;
    }
}
