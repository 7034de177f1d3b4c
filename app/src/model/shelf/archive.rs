//! Runs that leave and come as one file: what goes into it, and what its runs are called here.

use super::store::StoreCommand;
use super::{Effect, Model};
use crate::text::shelf as words;
use augsphere_spec::archive::{CHECKPOINT, HEADER, METRICS, RunFiles, Unpacked};
use augsphere_spec::{Fault, RUN_FORMAT, Record, RunHeader};
use std::sync::Arc;

/// What was found in files that were given.
pub type Given = Box<Result<Unpacked, Fault>>;

impl Model {
    /// Hands over runs as one file: this one; without one those that are chosen, and where none is, all.
    pub(super) fn export(&mut self, id: Option<String>, effects: &mut Vec<Effect>) {
        let all = || self.shelf.leaves().iter().map(|leaf| leaf.entry.header.id.clone()).collect();
        let ids = match id {
            Some(id) => vec![id],
            None if self.shelf.chosen.is_empty() => all(),
            None => self.shelf.chosen.clone(),
        };
        if !ids.is_empty() {
            effects.push(Effect::Store(StoreCommand::Pack(ids)));
        }
    }

    /// The store has packed runs, or could not.
    pub(super) fn packed(&mut self, ids: &[String], result: Result<Arc<Vec<u8>>, Fault>, effects: &mut Vec<Effect>) {
        match result {
            Ok(bytes) => {
                let name = match ids {
                    [id] => format!("augsphere-{id}.zip"),
                    _ => "augsphere-runs.zip".to_owned(),
                };
                effects.push(Effect::Download { name, bytes });
            }
            Err(fault) => self.say(fault, None),
        }
    }

    /// Puts runs on the shelf that came in files. Nothing is overwritten: a run whose name is taken gets another one.
    pub(super) fn import(&mut self, given: Result<Unpacked, Fault>, effects: &mut Vec<Effect>) {
        let Unpacked { runs, left_out } = match given {
            Ok(unpacked) => unpacked,
            Err(fault) => return self.say(fault, None),
        };
        let count = runs.len();
        for (folder, files) in runs {
            let (id, files) = self.named(&folder, files);
            effects.push(Effect::Store(StoreCommand::Add { id, files: Arc::new(files) }));
        }
        if !left_out.is_empty() {
            self.say(words::partly_imported(count, &left_out), None);
        }
    }

    /// A run's name for good on this shelf, and its files with it.
    fn named(&mut self, folder: &str, mut files: RunFiles) -> (String, RunFiles) {
        let text = |name: &str| String::from_utf8_lossy(files.get(name).map_or(&[][..], Vec::as_slice)).into_owned();
        // A run folder of a former version has no header: what it says stands in its numbers.
        let header = RunHeader::read(&text(HEADER)).unwrap_or_else(|_| {
            let last = text(METRICS).lines().rev().find_map(Record::read).map_or(0, |record| record.step);
            RunHeader { format: RUN_FORMAT, name: folder.to_owned(), step: last, ..RunHeader::default() }
        });
        let wanted = RunHeader::id_of(if header.id.is_empty() { folder } else { &header.id });
        let taken = |id: &str| self.shelf.entry(id).is_some() || self.shelf.imported.contains(id) || self.shelf.id_is_in_use(id);
        let numbered = (2..).map(|number| format!("{wanted}-{number}"));
        let id = std::iter::once(wanted.clone()).chain(numbered).find(|id| !taken(id)).unwrap_or_default();
        self.shelf.imported.insert(id.clone());
        let name = if header.name.is_empty() { folder.to_owned() } else { header.name.clone() };
        let name = if id == wanted { name } else { self.shelf.free_name(&name) };
        let header = RunHeader { id: id.clone(), name, ..header };
        files.insert(HEADER.to_owned(), header.write().into_bytes());
        // Only the newest checkpoint has a place here.
        files.retain(|name, _| !name.starts_with("checkpoint") || name == CHECKPOINT);
        (id, files)
    }
}
