//! What people do with kept runs: names, notes and pins, deleting and having back, choosing.

use super::store::StoreCommand;
use super::{Effect, Model};
use crate::model::notices::Scope;
use crate::model::{Offer, Timer};
use crate::text::shelf as words;

/// How long a deleted run can be had back, milliseconds.
const REGRET: u32 = 12_000;

impl Model {
    /// Changes what people say of a run.
    pub(super) fn describe(&mut self, id: &str, change: impl Fn(&mut augsphere_spec::RunHeader), effects: &mut Vec<Effect>) {
        self.notices.end(Scope::Shelf);
        let Some(entry) = self.shelf.entry_mut(id) else { return };
        if entry.elsewhere {
            let name = entry.header.name.clone();
            return self.say(words::elsewhere(&name), None);
        }
        let mut header = entry.header.clone();
        change(&mut header);
        if header == entry.header {
            return;
        }
        entry.header = header.clone();
        for keep in self.shelf.keeps.values_mut().filter(|keep| keep.header.id == id) {
            change(&mut keep.header);
        }
        effects.push(Effect::Store(StoreCommand::Header(Box::new(header))));
    }

    /// Deletes a run; for a while it can be had back.
    pub(super) fn delete(&mut self, id: &str, effects: &mut Vec<Effect>) {
        self.commit_deletion(effects);
        self.notices.end(Scope::Shelf);
        let Some(entry) = self.shelf.entry(id) else { return };
        let name = entry.header.name.clone();
        if entry.elsewhere {
            return self.say(words::elsewhere(&name), None);
        }
        if self.current() == Some(id) {
            return self.say(words::is_current(&name), None);
        }
        self.shelf.deleted = Some(id.to_owned());
        self.shelf.chosen.retain(|chosen| chosen != id);
        self.shelf.deletions += 1;
        self.say(words::deleted(&name), Some(Offer::Undelete(id.to_owned())));
        effects.push(Effect::After { ms: REGRET, timer: Timer::Delete(self.shelf.deletions) });
    }

    /// A run that was deleted is there again.
    pub(super) fn take_back(&mut self, id: &str) {
        if self.shelf.deleted.take_if(|deleted| deleted == id).is_some() {
            self.notices.withdraw(&Offer::Undelete(id.to_owned()));
        }
    }

    /// The time in which a deleted run could be had back is over.
    pub(in crate::model) fn deletion_is_due(&mut self, turn: u64, effects: &mut Vec<Effect>) {
        if self.shelf.deletions == turn {
            self.shelf.revision += 1;
            self.commit_deletion(effects);
        }
    }

    fn commit_deletion(&mut self, effects: &mut Vec<Effect>) {
        let Some(id) = self.shelf.deleted.take() else { return };
        self.notices.withdraw(&Offer::Undelete(id.clone()));
        // Undo may have brought it back on the page meanwhile.
        if self.current() == Some(id.as_str()) {
            return;
        }
        self.part_with(&id);
        self.shelf.entries.retain(|entry| entry.header.id != id);
        effects.push(Effect::Store(StoreCommand::Delete(id)));
    }

    /// Chooses a run to be compared; its numbers are read if they are not known.
    pub(super) fn choose(&mut self, id: String, chosen: bool, effects: &mut Vec<Effect>) {
        self.shelf.chosen.retain(|known| *known != id);
        if chosen && self.shelf.entry(&id).is_some() {
            effects.push(Effect::Store(StoreCommand::Records(id.clone())));
            self.shelf.chosen.push(id);
        }
    }
}
