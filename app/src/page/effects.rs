//! What the model wants done, done with the browser.

use super::Page;
use crate::model::{Effect, Msg};
use crate::wire::browser;
use crate::wire::files::Gathered;
use crate::wire::transport::{Incoming, Transport};
use augsphere_spec::{AskId, Command, WorkerCommand};
use leptos::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;

/// What the page holds for the model: files as the browser gave them, whether leaving is asked for, and which worker is listened to.
#[derive(Default)]
pub struct Held {
    batches: BTreeMap<u64, Gathered>,
    count: u64,
    guard: Option<browser::LeavingGuard>,
    /// Counts the workers, so that only the newest is listened to.
    workers: u64,
}

impl Held {
    /// Keeps files; the number they are kept under.
    pub fn keep(&mut self, gathered: Gathered) -> u64 {
        self.count += 1;
        self.batches.insert(self.count, gathered);
        self.count
    }
}

impl Page {
    pub(super) fn perform(self, effect: Effect) {
        match effect {
            Effect::Send(command) => self.with_transport(|transport| transport.send(&command)),
            Effect::SendFiles(batch) => self.held.with_value(|held| {
                if let Some(gathered) = held.batches.get(&batch) {
                    self.with_transport(|transport| transport.send_files(&gathered.files));
                }
            }),
            Effect::ForgetFiles(batch) => self.held.update_value(|held| drop(held.batches.remove(&batch))),
            Effect::Drawn { id, after } => self.drawn(id, after),
            Effect::Store(command) => self.store.with_value(|store| {
                if let Some(store) = store {
                    store.send(command);
                }
            }),
            Effect::OpenWorker => self.open_worker(),
            // Dropping the line ends the worker; that must not happen inside one of its own callbacks.
            Effect::CloseWorker => {
                self.next_worker();
                let old = self.transport.try_update_value(Option::take);
                set_timeout(move || drop(old), Duration::ZERO);
            }
            Effect::SetAddress(fragment) => browser::set_fragment(&fragment),
            Effect::OpenAt(fragment) => browser::open_at(fragment),
            Effect::Copy(fragment) => spawn_local(async move {
                let copied = browser::copy(&browser::address_of(&fragment)).await;
                self.dispatch(Msg::Copied(copied));
            }),
            Effect::Download { name, bytes } => browser::download(&name, "application/octet-stream", &bytes),
            Effect::After { ms, timer } => {
                set_timeout(move || self.dispatch(Msg::Rang(timer)), Duration::from_millis(u64::from(ms)));
            }
            Effect::AskBeforeLeaving(ask) => {
                self.held.update_value(|held| held.guard = ask.then(browser::LeavingGuard::new));
            }
            Effect::ShowRun { classes } => {
                self.focus.set(None);
                self.marked.set(None);
                self.hovered_step.set(None);
                self.selected.set(BTreeSet::new());
                if self.classes.with_untracked(Vec::len) != classes {
                    self.classes.set(vec![true; classes]);
                }
            }
        }
    }

    /// Asks for the next answer once this one was drawn.
    fn drawn(self, id: AskId, after: u32) {
        let send = move || {
            let command = WorkerCommand::Session(Command::Drawn(id));
            self.with_transport(|transport| transport.send(&command));
        };
        if after == 0 {
            request_animation_frame(send);
        } else {
            set_timeout(send, Duration::from_millis(u64::from(after)));
        }
    }

    fn open_worker(self) {
        let number = self.next_worker();
        let transport = Transport::open(move |incoming| {
            // A worker that was discarded may still have something to say.
            if self.held.with_value(|held| held.workers) != number {
                return;
            }
            match incoming {
                Incoming::Events(events) => events.into_iter().for_each(|event| self.dispatch(Msg::Worker(event))),
                Incoming::Failed(failure) => self.dispatch(Msg::WorkerFailed { fault: failure.fault, memory: failure.memory }),
            }
        });
        self.transport.set_value(Some(transport));
    }

    /// From now on nobody listens to the worker that there was. The number of the next one.
    fn next_worker(self) -> u64 {
        let count = |held: &mut Held| {
            held.workers += 1;
            held.workers
        };
        self.held.try_update_value(count).unwrap_or_default()
    }
}
