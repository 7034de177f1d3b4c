//! What does an event ask the page to do, beyond remembering it?

use super::Page;
use crate::model::changes::{Awaited, planned};
use crate::wire::browser;
use augsphere_spec::{Event, Experiment, Phase, Value};
use leptos::prelude::*;

impl Page {
    pub(super) fn hear(self, events: Vec<Event>) {
        let heard: Vec<Consequence> = events.iter().filter_map(Consequence::of).collect();
        self.state.update(|state| events.into_iter().for_each(|event| state.apply(event)));
        for consequence in heard {
            self.follow(consequence);
        }
    }

    fn follow(self, consequence: Consequence) {
        match consequence {
            Consequence::Began(classes) => {
                self.asked.set(None);
                self.awaited.set(Awaited::default());
                self.focus.set(None);
                self.marked.set(None);
                if self.classes.with_untracked(Vec::len) != classes {
                    self.classes.set(vec![true; classes]);
                }
                if self.state.with_untracked(|state| state.distances.answer.is_none()) {
                    self.distance_controls.delta.set(None);
                    self.distance_controls.pair.set(None);
                }
                self.inquire_again();
                self.look();
            }
            Consequence::Answer { tag, complete } => self.answered(tag, complete),
            Consequence::Changed { step, path, value } => {
                if self
                    .state
                    .with_untracked(|state| state.run.as_ref().is_some_and(|run| planned(&run.began, step, &path, &value)))
                {
                    self.move_along(&path, &value);
                } else {
                    self.awaited.update(|awaited| awaited.settle(&path, &value));
                }
                if path.starts_with("augment.") || path.starts_with("second.") {
                    self.look();
                }
            }
            Consequence::Data(kind) => {
                let chosen = self.draft.with_untracked(|draft| draft.choice("data").is_some_and(|choice| choice.kind == kind));
                if !chosen {
                    self.edit("data.kind", Value::Text(kind));
                }
                self.begin();
            }
            Consequence::Finished => self.play_requested.set(false),
            Consequence::Fault { recoverable, place } => {
                self.asked.set(None);
                self.awaited.update(|awaited| awaited.refuse(&place));
                if !recoverable {
                    self.awaited.set(Awaited::default());
                    self.play_requested.set(false);
                }
            }
            Consequence::Weights => self.state.with_untracked(|state| {
                if let Some((_, name, bytes)) = &state.weights {
                    browser::download(name, "application/octet-stream", bytes);
                }
            }),
        }
    }

    /// The controls move along with a planned change. The plan goes on.
    fn move_along(self, path: &str, value: &Value) {
        let moved = self.catalogue.with_untracked(|catalogue| {
            self.draft.with_untracked(|draft| {
                let moved = catalogue.with(draft, &[(path.to_owned(), value.clone())]).ok()?;
                Some(Experiment { changes: draft.changes.clone(), ..moved })
            })
        });
        if let Some(moved) = moved {
            self.draft.set(moved);
        }
    }
}

/// What an event asks the page to do, beyond remembering it.
enum Consequence {
    Began(usize),
    Changed { step: u64, path: String, value: Value },
    Data(String),
    Answer { tag: u64, complete: bool },
    Finished,
    Fault { recoverable: bool, place: String },
    Weights,
}

impl Consequence {
    fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Began { data, .. } => Some(Self::Began(data.classes.names.len())),
            Event::Changed { step, path, value, .. } => {
                Some(Self::Changed { step: *step, path: path.clone(), value: value.clone() })
            }
            Event::Distances(told) => Some(Self::Answer { tag: told.tag, complete: told.complete }),
            Event::Data(report) => Some(Self::Data(report.kind.clone())),
            Event::Phase(Phase::Finished) => Some(Self::Finished),
            Event::Fault(fault) => Some(Self::Fault { recoverable: fault.recoverable, location: fault.location.clone() }),
            Event::Weights { .. } => Some(Self::Weights),
            _ => None,
        }
    }
}
