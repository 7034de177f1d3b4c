//! What happens when a knob is turned?

use super::Page;
use crate::model::changes::{keep_plan, same};
use crate::model::distances::policy::differences;
use crate::model::state::State;
use augsphere_spec::{Command, Experiment, Mistakes, Value};
use leptos::prelude::*;
use std::time::Duration;

impl Page {
    /// Turns a knob or takes another card, and does what that asks for: tells the running trainer, begins again, or waits to
    /// be applied.
    pub fn turn(self, path: &str, value: Value) {
        if self.draft.with_untracked(|draft| draft.get(path).as_ref() == Some(&value)) || !self.edit(path, value) {
            return;
        }
        let (live, value) = self.draft.with_untracked(|draft| {
            (self.catalogue.with_untracked(|catalogue| catalogue.changeable(draft, path)), draft.get(path))
        });
        match value {
            Some(value) if (live && untrack(|| self.under_way())) || self.turns_at_the_start(path, &value) => {
                self.awaited.update(|awaited| awaited.ask(path, &value));
                self.send(&Command::Change { path: path.to_owned(), value });
            }
            _ if self.at_the_start() => self.begin_soon(),
            _ => {}
        }
    }

    /// Turns every knob of the augmentations, those of the second view last, until they are as in `wanted`.
    pub fn turn_to(self, wanted: &Experiment) {
        // Once more for what could not be turned before another knob was: a smallest value above a largest.
        for section in ["augment", "second", "augment", "second"] {
            let changes = self
                .catalogue
                .with_untracked(|catalogue| self.draft.with_untracked(|draft| differences(catalogue, draft, wanted, &[section])));
            for (path, value) in changes {
                self.turn(&path, value);
            }
        }
    }

    /// Whether what waits at step 0 becomes what the controls show by turning one of its live knobs; whatever else is changed
    /// there begins it again.
    fn turns_at_the_start(self, path: &str, value: &Value) -> bool {
        if !self.at_the_start() || self.asked.with_untracked(Option::is_some) {
            return false;
        }
        self.draft.with_untracked(|draft| {
            self.catalogue.with_untracked(|catalogue| {
                self.state.with_untracked(|state| {
                    let Some(run) = &state.run else { return false };
                    let now = self.awaited.with_untracked(|awaited| awaited.foresee(catalogue, &run.experiment));
                    let turned = catalogue.with(&now, &[(path.to_owned(), value.clone())]);
                    catalogue.knob(draft, path).is_some_and(|knob| knob.live) && turned.is_ok_and(|turned| same(&turned, draft))
                })
            })
        })
    }

    fn at_the_start(self) -> bool {
        self.state.with_untracked(State::step) == 0
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
                // Before the first step a plan stands; later on it is no longer the plan that runs.
                let start = self.at_the_start();
                self.draft.update(|draft| {
                    *draft = match start {
                        true => self.catalogue.with_untracked(|catalogue| keep_plan(catalogue, draft, experiment)),
                        false => experiment,
                    };
                });
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
            if self.turns.get_value() == turn && self.at_the_start() {
                self.begin();
            }
        };
        set_timeout(later, Duration::from_millis(300));
    }
}
