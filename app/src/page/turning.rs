//! What happens when a knob is turned?

use super::Page;
use crate::state::State;
use augsphere_spec::{Command, Mistakes, Value};
use leptos::prelude::*;
use std::time::Duration;

impl Page {
    /// Turns a knob, and does what that asks for: tells the running trainer, begins again, or waits to be applied.
    pub fn turn(self, path: &str, value: Value) {
        if self.draft.with_untracked(|draft| draft.get(path).as_ref() == Some(&value)) || !self.edit(path, value) {
            return;
        }
        let (live, value) = self.draft.with_untracked(|draft| {
            let live = self.catalogue.with_untracked(|catalogue| catalogue.knob(draft, path).is_some_and(|knob| knob.live));
            (live, draft.get(path))
        });
        let (began, step) = self.state.with_untracked(|state| (state.run.is_some(), state.step()));
        match value {
            Some(value) if live && began && self.asked.with_untracked(Option::is_none) => {
                self.send(&Command::Change { path: path.to_owned(), value });
            }
            _ if step == 0 => self.begin_soon(),
            _ => {}
        }
    }

    /// Changes the draft; `false` if that would be a mistake, which is then shown at its control.
    pub(super) fn edit(self, path: &str, value: Value) -> bool {
        let tried = self
            .catalogue
            .with_untracked(|catalogue| self.draft.with_untracked(|draft| catalogue.with(draft, &[(path.to_owned(), value)])));
        // A smallest value above its largest is named at one of the two; mending either mends both.
        let card = path.rsplit_once('.').map_or(path, |(card, _)| card);
        self.mistakes.update(|mistakes| mistakes.retain(|mistake| !mistake.path.starts_with(card)));
        match tried {
            Ok(experiment) => {
                self.draft.set(experiment);
                true
            }
            Err(Mistakes(found)) => {
                self.mistakes.update(|mistakes| mistakes.extend(found));
                false
            }
        }
    }

    /// Begins when nothing was turned for a moment.
    fn begin_soon(self) {
        self.turns.update_value(|turns| *turns += 1);
        let turn = self.turns.get_value();
        let later = move || {
            if self.turns.get_value() == turn && self.state.with_untracked(State::step) == 0 {
                self.begin();
            }
        };
        set_timeout(later, Duration::from_millis(300));
    }
}
