//! A small model of the store of runs and of the browser around it: tabs, locks, files, what tabs remember.

use crate::model::names::catalogue;
use crate::model::shelf::recall::glance;
use crate::model::shelf::sphere::sphere_file;
use crate::model::shelf::store::{Found, Opened, Place, Present, Put, Refusal, StoreCommand, Stored, Usage};
use augsphere_spec::archive::{self, RunFiles};
use augsphere_spec::{RUN_FORMAT, RunHeader};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

/// A tab of the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tab(u32);

/// A run as it is kept.
#[derive(Clone, Debug)]
pub struct Folder {
    pub header: RunHeader,
    pub experiment: String,
    pub records: String,
    pub checkpoint: Option<Vec<u8>>,
    pub sphere: Option<Vec<u8>>,
    pub written: f64,
    /// Everybody who wrote it.
    pub writers: BTreeSet<Tab>,
}

impl Folder {
    /// As files.
    fn files(&self) -> RunFiles {
        let texts = [
            (archive::HEADER, self.header.write()),
            (archive::EXPERIMENT, self.experiment.clone()),
            (archive::METRICS, self.records.clone()),
        ];
        let texts = texts.into_iter().map(|(name, text)| (name.to_owned(), text.into_bytes()));
        let others = [(archive::CHECKPOINT, &self.checkpoint), (archive::SPHERE, &self.sphere)];
        let others = others.into_iter().filter_map(|(name, file)| Some((name.to_owned(), file.clone()?)));
        texts.chain(others).collect()
    }
}

/// The browser. Copies refer to the same one.
#[derive(Clone, Default)]
pub struct Store(pub Rc<RefCell<Inner>>);

#[derive(Default)]
pub struct Inner {
    pub place: Place,
    pub runs: BTreeMap<String, Folder>,
    pub locks: BTreeMap<String, Tab>,
    /// What each tab remembers.
    pub mine: BTreeMap<Tab, String>,
    pub left: BTreeSet<String>,
    queues: BTreeMap<Tab, VecDeque<StoreCommand>>,
    answers: BTreeMap<Tab, VecDeque<Stored>>,
    /// It reads nothing and says nothing.
    pub deaf: bool,
    /// This tab takes the next run that another one asks for.
    pub steals: Option<Tab>,
    /// What it says to the next writes.
    pub refuses: VecDeque<Refusal>,
    /// Runs that a person has deleted.
    pub deleted: BTreeSet<String>,
    tabs: u32,
    opened: u64,
    clock: f64,
}

impl Store {
    /// Another tab.
    pub fn tab(&mut self) -> Tab {
        let mut inner = self.0.borrow_mut();
        inner.tabs += 1;
        Tab(inner.tabs)
    }

    /// Counts the pages that were opened.
    pub fn opened(&self) -> u64 {
        let mut inner = self.0.borrow_mut();
        inner.opened += 1;
        inner.opened
    }

    /// A page is gone: nothing that it asked for or was told is of use any more, and its locks are free.
    pub fn close(&self, tab: Tab) {
        let mut inner = self.0.borrow_mut();
        inner.locks.retain(|_, holder| *holder != tab);
        inner.queues.remove(&tab);
        inner.answers.remove(&tab);
    }

    pub fn send(&self, tab: Tab, command: StoreCommand) {
        self.0.borrow_mut().queues.entry(tab).or_default().push_back(command);
    }

    pub fn is_idle(&self, tab: Tab) -> bool {
        let inner = self.0.borrow();
        let empty = inner.queues.get(&tab).is_none_or(VecDeque::is_empty);
        inner.deaf || (empty && inner.answers.get(&tab).is_none_or(VecDeque::is_empty))
    }

    /// Whether a run is going to be told to a tab.
    pub fn will_fetch(&self, tab: Tab, wanted: augsphere_spec::RunId) -> bool {
        let inner = self.0.borrow();
        let asked = |command: &StoreCommand| matches!(command, StoreCommand::Fetch { run, .. } | StoreCommand::Encoder { run, .. } if *run == wanted);
        let said =
            |stored: &Stored| matches!(stored, Stored::Fetched { run, .. } | Stored::Encoder { run, .. } if *run == wanted);
        inner.queues.get(&tab).is_some_and(|queue| queue.iter().any(asked))
            || inner.answers.get(&tab).is_some_and(|answers| answers.iter().any(said))
    }

    /// Does one thing for a tab and says the next thing.
    pub fn work(&self, tab: Tab, now: f64) -> Option<Stored> {
        let mut inner = self.0.borrow_mut();
        if inner.deaf {
            return None;
        }
        loop {
            if let Some(stored) = inner.answers.entry(tab).or_default().pop_front() {
                return Some(stored);
            }
            let command = inner.queues.entry(tab).or_default().pop_front()?;
            let said = inner.obey(tab, command, now);
            inner.answers.entry(tab).or_default().extend(said);
        }
    }

    /// A tab takes the run at a place in the list, if nobody has it, or lets go of all that it has.
    pub fn take(&self, tab: Tab, place: Option<usize>) {
        let mut inner = self.0.borrow_mut();
        let Some(place) = place else {
            inner.locks.retain(|_, holder| *holder != tab);
            return;
        };
        let free: Vec<String> = inner.runs.keys().filter(|id| !inner.locks.contains_key(*id)).cloned().collect();
        if let Some(id) = free.get(place % free.len().max(1)) {
            inner.locks.insert(id.clone(), tab);
        }
    }

    /// A tab begins and keeps a run of its own; whether it is then gone.
    pub fn begin(&self, tab: Tab, gone: bool) {
        let mut inner = self.0.borrow_mut();
        let id = format!("elsewhere-{}", inner.runs.len());
        let experiment = catalogue().default_experiment();
        let checkpoint = augsphere_spec::encode(&(experiment.clone(), experiment.clone(), 2u64)).ok();
        let header = RunHeader { format: RUN_FORMAT, id: id.clone(), name: id.clone(), step: 2, ..RunHeader::default() };
        let records = "{\"step\":0,\"knn_accuracy\":0.3}\n{\"step\":1,\"loss\":5}\n{\"step\":2,\"loss\":5}\n".to_owned();
        let (experiment, writers) = (catalogue().write_toml(&experiment), BTreeSet::from([tab]));
        inner.clock += 1.0;
        let written = inner.clock;
        inner.runs.insert(id.clone(), Folder { header, experiment, records, checkpoint, sphere: None, written, writers });
        inner.left.insert(id.clone());
        if !gone {
            inner.locks.insert(id, tab);
        }
    }

    /// The run of this id.
    pub fn run(&self, id: &str) -> Option<Folder> {
        self.0.borrow().runs.get(id).cloned()
    }

    /// The ids of all runs.
    pub fn ids(&self) -> Vec<String> {
        self.0.borrow().runs.keys().cloned().collect()
    }
}

impl Inner {
    fn free(&self, id: &str, tab: Tab) -> bool {
        self.locks.get(id).is_none_or(|holder| *holder == tab)
    }

    fn obey(&mut self, tab: Tab, command: StoreCommand, now: f64) -> Vec<Stored> {
        self.clock += 1.0;
        match command {
            StoreCommand::Open => {
                let present = |(id, run): (&String, &Folder)| Present {
                    id: id.clone(),
                    written: run.written,
                    held: self.locks.contains_key(id),
                    left: self.left.contains(id),
                };
                vec![Stored::Opened(Opened {
                    place: self.place.clone(),
                    present: self.runs.iter().map(present).collect(),
                    mine: self.mine.get(&tab).cloned(),
                    usage: Usage { used: 1, allowed: 2 },
                })]
            }
            StoreCommand::Look(ids) => ids.into_iter().map(|id| self.look(id)).collect(),
            StoreCommand::Claim { id, .. } => {
                if self.free(&id, tab)
                    && let Some(thief) = self.steals.take()
                {
                    self.locks.insert(id.clone(), thief);
                }
                let ours = self.free(&id, tab);
                if ours {
                    self.locks.insert(id.clone(), tab);
                }
                vec![Stored::Claimed { id, ours }]
            }
            StoreCommand::Release(id) => {
                assert_eq!(self.locks.remove(&id), Some(tab), "{id} is let go of by a tab that does not hold it");
                Vec::new()
            }
            StoreCommand::Remember(run) => {
                let before = self.mine.remove(&tab);
                self.left.retain(|id| Some(id) != before.as_ref());
                if let Some(run) = run {
                    self.left.insert(run.clone());
                    self.mine.insert(tab, run);
                }
                Vec::new()
            }
            StoreCommand::Put(put) => {
                let (id, written) = (put.header.id.clone(), put.written);
                assert_eq!(self.locks.get(&id), Some(&tab), "{id} is written by a tab that does not hold it");
                let result = self.refuses.pop_front().map_or(Ok(Usage { used: 1, allowed: 2 }), Err);
                if result.is_ok() {
                    self.put(tab, *put);
                }
                vec![Stored::Put { id, written, result, now }]
            }
            StoreCommand::Fetch { id, run } => {
                let found = self.runs.get(&id).and_then(|folder| Some((folder.checkpoint.clone()?, folder.records.clone())));
                vec![Stored::Fetched { id, run, result: found.ok_or_else(|| "it is gone".to_owned()) }]
            }
            StoreCommand::Encoder { id, run } => {
                let found = self.runs.get(&id).and_then(|folder| folder.checkpoint.clone());
                vec![Stored::Encoder { id, run, result: found.ok_or_else(|| "it is gone".to_owned()) }]
            }
            StoreCommand::Records(id) => {
                let text = self.runs.get(&id).map(|run| run.records.clone()).unwrap_or_default();
                let sphere = self.runs.get(&id).and_then(|run| run.sphere.clone());
                vec![Stored::Records { id, text, sphere }]
            }
            StoreCommand::Header(header) => {
                let id = header.id.clone();
                vec![self.done(tab, id, |run| run.header = RunHeader { step: run.header.step, ..*header })]
            }
            StoreCommand::Add { id, files } => {
                self.add(tab, &id, &files);
                vec![self.look(id)]
            }
            StoreCommand::Pack(ids) => {
                let packed: Vec<(String, RunFiles)> =
                    ids.iter().filter_map(|id| Some((id.clone(), self.runs.get(id)?.files()))).collect();
                let result = archive::pack(packed.iter().map(|(id, files)| (id.as_str(), files))).map(Arc::new);
                vec![Stored::Packed { ids, result }]
            }
            StoreCommand::GiveUp(id) => vec![self.done(tab, id, |run| run.checkpoint = None)],
            StoreCommand::Delete(id) => {
                let free = self.free(&id, tab);
                if free {
                    self.runs.remove(&id);
                    self.deleted.insert(id.clone());
                }
                vec![Stored::Done { id, result: if free { Ok(Usage::default()) } else { Err(Refusal::Elsewhere) } }]
            }
        }
    }

    fn look(&self, id: String) -> Stored {
        let Some(run) = self.runs.get(&id) else { return Stored::Unreadable { id } };
        Stored::Found(Box::new(Found {
            id,
            header: run.header.write(),
            experiment: run.experiment.clone(),
            accuracy: glance(&run.records, "knn_accuracy"),
            checkpoint: run.checkpoint.as_ref().map(|file| file.len() as u64),
            encoder: false,
            written: run.written,
        }))
    }

    fn add(&mut self, tab: Tab, id: &str, files: &RunFiles) {
        assert!(!self.runs.contains_key(id), "{id} is written over");
        let text = |name: &str| String::from_utf8(files.get(name).cloned().unwrap_or_default()).unwrap();
        let folder = Folder {
            header: RunHeader::read(&text(archive::HEADER)).unwrap(),
            experiment: text(archive::EXPERIMENT),
            records: text(archive::METRICS),
            checkpoint: files.get(archive::CHECKPOINT).cloned(),
            sphere: files.get(archive::SPHERE).cloned(),
            written: self.clock,
            writers: BTreeSet::from([tab]),
        };
        self.runs.insert(id.to_owned(), folder);
    }

    fn put(&mut self, tab: Tab, put: Put) {
        let Put { header, experiment, records, checkpoint, picture, .. } = put;
        let before = self.runs.remove(&header.id);
        let writers = before.as_ref().map(|run| run.writers.clone()).unwrap_or_default();
        let writers = writers.into_iter().chain([tab]).collect();
        let sphere = picture.map(|(points, labels)| sphere_file(&points, &labels));
        let sphere = sphere.or_else(|| before.as_ref()?.sphere.clone());
        let checkpoint = checkpoint.map(|file| file.to_vec()).or_else(|| before?.checkpoint);
        let (id, records) = (header.id.clone(), records.to_string());
        self.runs.insert(id, Folder { header, experiment, records, checkpoint, sphere, written: self.clock, writers });
    }

    fn done(&mut self, tab: Tab, id: String, act: impl FnOnce(&mut Folder)) -> Stored {
        let free = self.free(&id, tab);
        let result = match self.runs.get_mut(&id).filter(|_| free) {
            Some(run) => {
                act(run);
                run.written = self.clock;
                Ok(Usage::default())
            }
            None => Err(Refusal::Elsewhere),
        };
        Stored::Done { id, result }
    }
}
