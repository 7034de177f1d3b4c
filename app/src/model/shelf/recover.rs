//! How a run comes back by itself when its worker or its device is gone.

use super::Model;
use super::back::Next;
use crate::model::changes::same;
use crate::model::notices::Scope;
use crate::text::shelf as words;
use augsphere_spec::{Experiment, Fault};

impl Model {
    /// What the controls show goes on from where the run on the page was written last, if they show that run. Whether it does.
    pub(in crate::model) fn go_on_from_last(&mut self) -> bool {
        let Some(run) = self.state.run.as_ref().filter(|run| run.step > 0 && same(&self.draft, &run.experiment)) else {
            return false;
        };
        let Some(keep) = self.shelf.keeps.get(&run.id).filter(|keep| keep.sound && keep.written.is_some()) else { return false };
        let id = keep.header.id.clone();
        let there = self.shelf.entry(&id).is_some_and(|entry| entry.checkpoint.is_some());
        if there {
            let shown = Experiment { changes: Vec::new(), ..self.draft.clone() };
            self.shelf.next = Some(Next { id, branch: false, changes: Vec::new(), shown });
        }
        there
    }

    /// The same, by itself: once a run. Whether it does.
    pub(in crate::model) fn recover(&mut self, why: &Fault) -> bool {
        let id = self.current().map(str::to_owned);
        let Some(id) = id.filter(|id| !self.shelf.recovered.contains(id) && self.state.preparing.is_none()) else { return false };
        if !self.go_on_from_last() {
            return false;
        }
        let step = self.shelf.entry(&id).map_or(0, |entry| entry.header.step);
        self.shelf.recovered.insert(id);
        self.notices.add(Scope::Back, words::recovered(why, step));
        true
    }

    /// The kept run that the one on the page could go on from, and its step: offered where it does not do so by itself.
    pub(in crate::model) fn last_written(&self) -> Option<(&str, u64)> {
        let run = self.state.run.as_ref()?;
        let keep = self.shelf.keeps.get(&run.id).filter(|keep| keep.sound && keep.written.is_some())?;
        let entry = self.shelf.entry(&keep.header.id).filter(|entry| entry.checkpoint.is_some())?;
        Some((&entry.header.id, entry.header.step))
    }
}
