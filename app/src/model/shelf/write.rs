//! How a run is written: under which name, what of it, and what follows if it could not be.

use super::entry::Entry;
use super::keep::{AGAIN, Claim, EVERY, SHARE};
use super::store::{Put, Refusal, StoreCommand, Usage, Written};
use super::{Effect, Model, put};
use crate::model::names::name;
use crate::text::shelf as words;
use augsphere_spec::{RUN_FORMAT, RunHeader, RunId};
use std::sync::Arc;

impl Model {
    /// A checkpoint has come.
    pub(in crate::model) fn checkpointed(&mut self, run: RunId, step: u64, file: Vec<u8>, effects: &mut Vec<Effect>) {
        // It is of whatever run was the current one when the question arrived.
        let asked = self.shelf.asked.pop_front().and_then(|run| self.shelf.keeps.get_mut(&run));
        if let Some(keep) = asked {
            keep.pending = keep.pending.saturating_sub(1);
        }
        if step > 0 {
            self.write(run, step, Some(Arc::new(file)), effects);
        }
    }

    /// Writes a run with this checkpoint, or only its numbers; once this tab holds it.
    pub(super) fn write(&mut self, id: RunId, step: u64, checkpoint: Option<Arc<Vec<u8>>>, effects: &mut Vec<Effect>) {
        self.name_run(id);
        let Some(run) = self.state.find(id) else { return };
        let shown = self.state.run.as_ref().is_some_and(|run| run.id == id);
        let points = if shown { self.state.present.clone() } else { run.points.clone() };
        let picture = points.filter(|_| checkpoint.is_some()).map(|points| (points, Arc::clone(&run.labels)));
        let experiment = run.replay(&self.catalogue);
        let Some(keep) = self.shelf.keeps.get_mut(&id) else { return };
        keep.header = RunHeader {
            format: RUN_FORMAT,
            program: env!("CARGO_PKG_VERSION").into(),
            device: run.taken.clone(),
            data: Some(run.data.clone()),
            step,
            seconds: run.seconds,
            ..keep.header.clone()
        };
        let whole = Put {
            header: keep.header.clone(),
            experiment: self.catalogue.write_toml(&experiment),
            records: Arc::clone(&keep.log),
            checkpoint,
            picture,
            written: Written { step, changed: run.changed, bytes: keep.log.len() },
        };
        let checkpoint = whole.checkpoint.as_ref().map(|file| file.len() as u64);
        let accuracy = run.history.series("knn_accuracy").to_vec();
        let experiment = Some(Arc::new(experiment));
        keep.sent = Some(Box::new(Entry { experiment, accuracy, checkpoint, ..Entry::default() }));
        match keep.claim {
            Claim::Ours => {
                keep.writing += 1;
                effects.push(put(whole));
            }
            claim => {
                keep.waiting = Some(Box::new(whole));
                if claim == Claim::None {
                    keep.claim = Claim::Asked;
                    effects.push(Effect::Store(StoreCommand::Claim { id: keep.header.id.clone(), wait: 0 }));
                }
            }
        }
    }

    /// Gives a run that has none a name for good, and one for people.
    fn name_run(&mut self, id: RunId) {
        let Some(run) = self.state.find(id) else { return };
        if self.shelf.keeps.get(&id).is_some_and(|keep| !keep.header.id.is_empty()) {
            return;
        }
        let method = run.experiment.choice("method").map(|choice| choice.kind.clone()).unwrap_or_default();
        let called = name(&run.began, run.origin).text;
        let known = self.shelf.keeps.get(&id).map(|keep| keep.header.name.clone()).filter(|name| !name.is_empty());
        let called = self.shelf.free_name(&known.unwrap_or(called));
        let fresh = self.shelf.fresh_id(&method, self.now);
        let created = self.shelf.created(self.now);
        let encoder = run.encoder.as_deref().cloned();
        let keep = self.shelf.keeps.entry(id).or_default();
        keep.header.parent = keep.header.parent.take().or(encoder);
        keep.header = RunHeader { id: fresh, name: called, created, pinned: false, note: String::new(), ..keep.header.clone() };
    }

    /// This tab holds a run that is to be written, or another one does: then it is a run of its own.
    pub(super) fn claim_told(&mut self, id: &str, ours: bool, effects: &mut Vec<Effect>) -> bool {
        let found = self.shelf.keeps.iter_mut().find(|(_, keep)| keep.header.id == id && keep.claim == Claim::Asked);
        let Some((&run, keep)) = found else { return false };
        let Some(whole) = keep.waiting.take() else { return false };
        if ours {
            keep.claim = Claim::Ours;
            keep.writing += 1;
            effects.push(put(*whole));
        } else {
            keep.part();
            self.write(run, whole.written.step, whole.checkpoint, effects);
        }
        true
    }

    /// A run was written, or was not.
    pub(super) fn written(
        &mut self,
        id: &str,
        written: Written,
        result: Result<Usage, Refusal>,
        now: f64,
        effects: &mut Vec<Effect>,
    ) {
        let found = self.shelf.keeps.iter_mut().find(|(_, keep)| keep.header.id == id);
        let Some((&run, keep)) = found else { return };
        keep.writing = keep.writing.saturating_sub(1);
        keep.rested = now.max(self.now);
        match result {
            Ok(usage) => {
                keep.trouble = false;
                let (asked, exact) = keep.asked;
                keep.pause = if exact { EVERY.max((now - asked) / SHARE) } else { keep.pause };
                keep.written = Some(written);
                self.shelf.usage = usage;
                self.put_on_the_shelf(run, written);
                self.branch_if_written(effects);
                self.renew(effects);
            }
            Err(Refusal::Full) => {
                keep.rested = f64::NEG_INFINITY;
                if !self.make_room(effects) {
                    self.in_trouble(run, &Refusal::Full);
                }
            }
            Err(Refusal::Elsewhere) => keep.part(),
            Err(refusal) => self.in_trouble(run, &refusal),
        }
    }

    /// A run cannot be written for now.
    fn in_trouble(&mut self, run: RunId, refusal: &Refusal) {
        let Some(keep) = self.shelf.keeps.get_mut(&run) else { return };
        (keep.trouble, keep.rested, keep.pause) = (true, self.now, AGAIN);
        self.shelf.branching = None;
        let name = keep.header.name.clone();
        self.say(words::not_written(&name, refusal), None);
    }

    /// A run that was written stands on the shelf as it is there.
    fn put_on_the_shelf(&mut self, run: RunId, written: Written) {
        let Some(keep) = self.shelf.keeps.get(&run) else { return };
        let Some(sent) = keep.sent.clone() else { return };
        let header = RunHeader { step: written.step, ..keep.header.clone() };
        let before = self.shelf.entry(&header.id).cloned().unwrap_or_default();
        let checkpoint = sent.checkpoint.or(before.checkpoint);
        let Entry { told, sphere, encoder, .. } = before;
        self.shelf.put(Entry { header, checkpoint, encoder, picture: before.picture + 1, told, sphere, ..*sent });
    }

    /// Gives up the checkpoint that is the oldest of those that nobody wants to keep. Whether there was one.
    fn make_room(&mut self, effects: &mut Vec<Effect>) -> bool {
        let held = &self.shelf.held;
        let spare = |entry: &&Entry| {
            let header = &entry.header;
            !header.pinned && !entry.elsewhere && entry.checkpoint.is_some() && entry.known() && !held.contains(&header.id)
        };
        let Some(oldest) = self.shelf.entries.iter().rev().find(spare) else { return false };
        let (id, name) = (oldest.header.id.clone(), oldest.header.name.clone());
        if let Some(entry) = self.shelf.entry_mut(&id) {
            entry.checkpoint = None;
        }
        self.say(words::given_up(&name), None);
        effects.push(Effect::Store(StoreCommand::GiveUp(id)));
        true
    }

    /// A run that was deleted from the shelf: if the session still has it and it takes another step, it is a new one.
    pub(super) fn part_with(&mut self, id: &str) {
        for keep in self.shelf.keeps.values_mut().filter(|keep| keep.header.id == id) {
            keep.part();
            keep.header.parent = None;
        }
    }
}
