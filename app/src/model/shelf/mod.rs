//! The shelf: which runs are kept, what a person does with them, and what is written of the one under way.
//!
//! A run has a name for good, its id, from its first step on. While this tab holds it, no other tab writes it. What is kept of it, its
//! `Keep`, follows every [`augsphere_spec::Record`]; a checkpoint is asked of the session now and then, and goes into the
//! store together with the rest.

mod archive;
mod back;
mod encoder;
mod entry;
mod keep;
mod naming;
mod people;
pub mod recall;
mod recover;
mod renew;
mod restore;
pub mod sphere;
pub mod store;
mod tree;
mod write;

pub use archive::Given;
pub use entry::Entry;
pub use tree::Leaf;

use super::notices::{Notice, Scope};
use super::{Effect, Model, Offer};
use crate::text::shelf as words;
use augsphere_spec::{Parent, RunId};
use back::{Next, Resuming};
use keep::Keep;
use renew::Memory;
use restore::Restore;
use sphere::Sphere;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use store::{Opened, Place, Put, StoreCommand, Stored, Usage};

/// What a person does on the shelf; runs are named by their ids.
#[derive(Clone, Debug, PartialEq)]
pub enum ShelfMsg {
    /// Looks at it: other tabs may have changed it.
    Look,
    /// Shows only runs that say this.
    Filter(String),
    /// Never gives a run's checkpoint up by itself, or does.
    Pin(String, bool),
    /// Calls a run otherwise.
    Rename(String, String),
    /// Writes something beside a run.
    Note(String, String),
    /// Makes a run the current one, where it was left.
    Resume(String),
    /// Goes on from a run as a new one, with what the controls show.
    Branch(String),
    /// Begins what the controls show with the encoder of a run.
    BeginFrom(String),
    /// Deletes a run.
    Delete(String),
    /// Takes that back.
    Restore(String),
    /// Chooses a run to be compared, or no longer.
    Choose(String, bool),
    /// Hands over a run as a file; nothing: those that are chosen, or all.
    Export(Option<String>),
    /// Takes runs out of files that were given.
    Import(Given),
}

/// Everything about runs that are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Shelf {
    /// Where they are kept, once that is known.
    pub place: Option<Place>,
    /// How much room they take, with everything else of this site.
    pub usage: Usage,
    /// The runs that are kept, the newest first.
    pub entries: Vec<Entry>,
    /// Grows with everything that is shown of them.
    pub revision: u64,
    /// What is looked for.
    pub filter: String,
    /// The runs to be compared, in the order in which they were chosen.
    pub chosen: Vec<String>,
    /// The run that was deleted last and can be had back.
    pub deleted: Option<String>,
    /// Of each run that the session has in memory.
    keeps: BTreeMap<RunId, Keep>,
    /// The run on the page at each time at which a checkpoint was asked for that has not come: they come in this order.
    asked: VecDeque<RunId>,
    /// The runs that this tab holds.
    held: BTreeSet<String>,
    /// The names of runs that came in files.
    imported: BTreeSet<String>,
    /// The run that this tab remembers.
    remembered: Option<String>,
    /// How far the run that comes back by itself is.
    restore: Restore,
    /// The run that what the controls show goes on from, as soon as it can.
    next: Option<Next>,
    /// What is known of each run that was asked to be resumed.
    resuming: BTreeMap<RunId, Resuming>,
    /// With the encoder of which kept run each run begins that was asked for with one.
    beginning: BTreeMap<RunId, Arc<Parent>>,
    /// Runs that came back by themselves after their worker or device was gone.
    recovered: BTreeSet<String>,
    /// A run that is to be branched once its newest step is written.
    branching: Option<String>,
    /// The worker's memory.
    memory: Memory,
    /// Counts deletions.
    deletions: u64,
    /// Whether the address that the page was opened at asks for an experiment.
    addressed: bool,
    /// When the page was opened, seconds since 1970.
    opened: f64,
    /// Random bits for names.
    chance: u64,
}

impl Shelf {
    /// A shelf of a page that was opened at `opened`, seconds since 1970, at an address that asks for an experiment if it is `addressed`, with
    /// random bits for names.
    pub fn new(addressed: bool, opened: f64, chance: u64) -> Self {
        Self {
            place: None,
            usage: Usage::default(),
            entries: Vec::new(),
            revision: 0,
            filter: String::new(),
            chosen: Vec::new(),
            deleted: None,
            keeps: BTreeMap::new(),
            asked: VecDeque::new(),
            held: BTreeSet::new(),
            imported: BTreeSet::new(),
            remembered: None,
            restore: Restore::Opening { ready: None },
            next: None,
            resuming: BTreeMap::new(),
            beginning: BTreeMap::new(),
            recovered: BTreeSet::new(),
            branching: None,
            memory: Memory::default(),
            deletions: 0,
            addressed,
            opened,
            chance,
        }
    }

    /// The kept run of this id.
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.header.id == id)
    }

    fn entry_mut(&mut self, id: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.header.id == id)
    }

    /// The id of a run that the session has in memory, if it has one.
    pub fn id_of(&self, run: RunId) -> Option<&str> {
        self.keeps.get(&run).map(|keep| keep.header.id.as_str()).filter(|id| !id.is_empty())
    }

    /// Whether a run of this id is in the session's memory or on its way there.
    #[cfg(test)]
    pub fn id_of_any(&self, id: &str) -> bool {
        let on_its_way =
            self.next.as_ref().is_some_and(|next| next.is(id)) || self.resuming.values().any(|resuming| resuming.is(id));
        on_its_way || self.keeps.values().any(|keep| keep.header.id == id)
    }

    /// Whether a run is read as soon as what is being written of it is.
    #[cfg(test)]
    pub fn waits_to_read(&self, run: RunId) -> bool {
        self.resuming.get(&run).is_some_and(Resuming::waits)
    }

    /// Whether a run that the session has in memory is called so.
    fn id_is_in_use(&self, id: &str) -> bool {
        self.keeps.values().any(|keep| keep.header.id == id)
    }

    /// Puts what is shown of a run in its place, the newest first.
    fn put(&mut self, entry: Entry) {
        self.entries.retain(|known| known.header.id != entry.header.id);
        let after = |known: &Entry| (known.header.created, &known.header.id) <= (entry.header.created, &entry.header.id);
        let place = self.entries.iter().position(after).unwrap_or(self.entries.len());
        self.entries.insert(place, entry);
    }
}

impl Model {
    /// A person did something on the shelf.
    pub(super) fn shelf_msg(&mut self, msg: ShelfMsg, effects: &mut Vec<Effect>) {
        self.shelf.revision += 1;
        match msg {
            ShelfMsg::Look => effects.push(Effect::Store(StoreCommand::Open)),
            ShelfMsg::Filter(filter) => self.shelf.filter = filter,
            ShelfMsg::Pin(id, pinned) => self.describe(&id, |header| header.pinned = pinned, effects),
            ShelfMsg::Rename(id, name) => {
                let name = name.trim();
                if !name.is_empty() {
                    self.describe(&id, |header| name.clone_into(&mut header.name), effects);
                }
            }
            ShelfMsg::Note(id, note) => self.describe(&id, |header| note.trim().clone_into(&mut header.note), effects),
            ShelfMsg::Resume(id) => self.resume(&id, effects),
            ShelfMsg::Branch(id) => self.branch(&id, effects),
            ShelfMsg::BeginFrom(id) => self.begin_from(&id, effects),
            ShelfMsg::Delete(id) => self.delete(&id, effects),
            ShelfMsg::Restore(id) => self.take_back(&id),
            ShelfMsg::Choose(id, chosen) => self.choose(id, chosen, effects),
            ShelfMsg::Export(id) => self.export(id, effects),
            ShelfMsg::Import(given) => self.import(*given, effects),
        }
    }

    /// The store told something.
    pub(super) fn stored(&mut self, stored: Stored, effects: &mut Vec<Effect>) {
        self.shelf.revision += 1;
        match stored {
            Stored::Opened(opened) => self.opened(opened, effects),
            Stored::Found(found) => {
                let held_by_us = self.shelf.held.contains(&found.id);
                match Entry::of(&self.catalogue, &found) {
                    // What this tab has written itself is newer than what was read.
                    Some(_) if held_by_us && self.shelf.entry(&found.id).is_some_and(Entry::known) => {}
                    Some(entry) => {
                        let before = self.shelf.entry(&found.id).cloned().unwrap_or_default();
                        self.shelf.put(Entry { elsewhere: before.elsewhere, picture: before.picture + 1, ..entry });
                        if self.shelf.chosen.contains(&found.id) {
                            effects.push(Effect::Store(StoreCommand::Records(found.id.clone())));
                        }
                    }
                    None => {
                        self.shelf.entries.retain(|entry| entry.header.id != found.id);
                        self.not_restored(&found.id, effects);
                    }
                }
                self.restore_if_there(effects);
            }
            Stored::Unreadable { id } => {
                self.shelf.entries.retain(|entry| entry.header.id != id);
                self.not_restored(&id, effects);
            }
            Stored::Claimed { id, ours } => self.claimed(&id, ours, effects),
            Stored::Put { id, written, result, now } => self.written(&id, written, result, now, effects),
            Stored::Fetched { id, run, result } => self.fetched(&id, run, result, effects),
            Stored::Encoder { id, run, result } => self.encoder_fetched(&id, run, result, effects),
            Stored::Records { id, text, sphere } => {
                if let Some(entry) = self.shelf.entry_mut(&id) {
                    entry.read(&text);
                    entry.sphere = sphere.and_then(|file| Sphere::read(&file)).map(Arc::new);
                }
            }
            Stored::Packed { ids, result } => self.packed(&ids, result, effects),
            Stored::Done { id, result } => match result {
                Ok(usage) => self.shelf.usage = usage,
                Err(refusal) => {
                    self.say(words::not_changed(self.called(&id), &refusal), None);
                    effects.push(Effect::Store(StoreCommand::Open));
                }
            },
        }
    }

    /// Where runs are kept and what there is; at first, and whenever it is looked at again.
    fn opened(&mut self, opened: Opened, effects: &mut Vec<Effect>) {
        let Opened { place, present, mine, usage } = opened;
        (self.shelf.place, self.shelf.usage) = (Some(place), usage);
        let there = |id: &str| present.iter().any(|present| present.id == id);
        let held = self.shelf.held.clone();
        // What was deleted elsewhere is gone; what this tab has just begun to write may not have been there yet.
        self.shelf.entries.retain(|entry| there(&entry.header.id) || held.contains(&entry.header.id));
        let mut wanted = Vec::new();
        for run in &present {
            let known = self.shelf.entry(&run.id).map(|entry| entry.written);
            if self.shelf.deleted.as_ref() != Some(&run.id) && known != Some(run.written) && !held.contains(&run.id) {
                wanted.push(run.id.clone());
            }
            let elsewhere = run.held && !held.contains(&run.id);
            match self.shelf.entry_mut(&run.id) {
                Some(entry) => entry.elsewhere = elsewhere,
                None if elsewhere => self.shelf.put(Entry::unknown(&run.id)),
                None => {}
            }
        }
        let candidate = self.candidate(&present, mine, effects);
        // What may come back by itself is read first.
        wanted.sort_by_key(|id| Some(id) != candidate.as_ref());
        if !wanted.is_empty() {
            effects.push(Effect::Store(StoreCommand::Look(wanted)));
        }
    }

    /// The id of the run on the page, if it is kept.
    pub fn current(&self) -> Option<&str> {
        self.shelf.id_of(self.state.run.as_ref()?.id)
    }

    /// What a kept run is called.
    fn called(&self, id: &str) -> &str {
        self.shelf.entry(id).map_or("The run", |entry| entry.header.name.as_str())
    }

    /// Says something about kept runs, with what can be done about it.
    fn say(&mut self, fault: augsphere_spec::Fault, offer: Option<Offer>) {
        self.notices.put(Notice { fault, scope: Scope::Shelf, link: None, offer });
    }
}

/// Something to be written that waits for nothing.
fn put(put: Put) -> Effect {
    Effect::Store(StoreCommand::Put(Box::new(put)))
}
