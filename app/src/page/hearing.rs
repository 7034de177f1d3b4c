//! What does an event ask the page to do, beyond remembering it?

use super::Page;
use crate::browser;
use augsphere_spec::{Catalogue, Event, Phase, Value};
use leptos::prelude::*;
use std::sync::Arc;

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
            Consequence::Ready(catalogue) => {
                if *self.catalogue.get_untracked() != catalogue {
                    self.catalogue.set(Arc::new(catalogue));
                }
            }
            Consequence::Began(classes) => {
                self.asked.set(None);
                self.focus.set(None);
                if self.classes.with_untracked(Vec::len) != classes {
                    self.classes.set(vec![true; classes]);
                }
                self.look();
            }
            Consequence::AugmentationChanged => self.look(),
            Consequence::Data(kind) => {
                let chosen = self.draft.with_untracked(|draft| draft.choice("data").is_some_and(|choice| choice.kind == kind));
                if !chosen {
                    self.edit("data.kind", Value::Text(kind));
                }
                self.begin();
            }
            Consequence::Finished => self.wanted.set(false),
            Consequence::Fault { survives } => {
                self.asked.set(None);
                if !survives {
                    self.wanted.set(false);
                }
            }
            Consequence::Weights => self.state.with_untracked(|state| {
                if let Some((_, name, bytes)) = &state.weights {
                    browser::download(name, "application/octet-stream", bytes);
                }
            }),
        }
    }
}

/// What an event asks the page to do, beyond remembering it.
enum Consequence {
    Ready(Catalogue),
    Began(usize),
    AugmentationChanged,
    Data(String),
    Finished,
    Fault { survives: bool },
    Weights,
}

impl Consequence {
    fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Ready { catalogue } => Some(Self::Ready(catalogue.clone())),
            Event::Began { data, .. } => Some(Self::Began(data.classes.names.len())),
            Event::Changed { path, .. } if path.starts_with("augment.") => Some(Self::AugmentationChanged),
            Event::Data(report) => Some(Self::Data(report.kind.clone())),
            Event::Phase(Phase::Finished) => Some(Self::Finished),
            Event::Fault(fault) => Some(Self::Fault { survives: fault.survives }),
            Event::Weights { .. } => Some(Self::Weights),
            _ => None,
        }
    }
}
