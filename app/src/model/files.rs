//! Archives that were given, as long as a worker may need them again.

use super::notices::Scope;
use super::{Effect, Hindrance, Model};
use augsphere_spec::{DatasetReport, Fault};

/// How far the reading of what was given has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// It waits for a worker.
    Waiting,
    /// It was sent.
    Sent,
    /// It was read.
    Done,
}

/// Files that were given together.
#[derive(Clone, Debug, PartialEq)]
struct Archive {
    batch: u64,
    name: String,
    reading: Reading,
    /// Whether it was read before, by a worker that is gone.
    again: bool,
    /// The data sets that were in it.
    kinds: Vec<String>,
}

/// Everything that was given, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Archives(Vec<Archive>);

impl Archives {
    /// What is being read, for people.
    pub fn reading(&self) -> Option<String> {
        self.0.iter().find(|archive| archive.reading != Reading::Done).map(|archive| archive.name.clone())
    }

    /// A new worker has to read everything once more.
    pub(super) fn resend(&mut self) {
        for archive in &mut self.0 {
            archive.again |= archive.reading == Reading::Done;
            archive.reading = Reading::Waiting;
        }
    }

    /// Sends what waits.
    pub(super) fn send(&mut self, effects: &mut Vec<Effect>) {
        for archive in self.0.iter_mut().filter(|archive| archive.reading == Reading::Waiting) {
            archive.reading = Reading::Sent;
            effects.push(Effect::SendFiles(archive.batch));
        }
    }

    /// A data set was read: whether for the first time. What held the same one before is let go.
    fn done(&mut self, kind: &str, effects: &mut Vec<Effect>) -> bool {
        let place = self.0.iter().position(|archive| archive.reading == Reading::Sent).or(self.0.len().checked_sub(1));
        let Some(place) = place else { return true };
        self.0[place].reading = Reading::Done;
        if !self.0[place].kinds.iter().any(|known| known == kind) {
            self.0[place].kinds.push(kind.to_owned());
        }
        let (batch, again) = (self.0[place].batch, self.0[place].again);
        for archive in self.0.iter_mut().filter(|archive| archive.batch != batch && archive.reading == Reading::Done) {
            archive.kinds.retain(|known| known != kind);
        }
        self.let_go(effects);
        !again
    }

    /// What was sent first could not be read.
    fn refused(&mut self, effects: &mut Vec<Effect>) {
        if let Some(archive) = self.0.iter_mut().find(|archive| archive.reading == Reading::Sent) {
            archive.reading = Reading::Done;
            archive.kinds.clear();
        }
        self.let_go(effects);
    }

    /// Lets go of what nobody needs any more.
    fn let_go(&mut self, effects: &mut Vec<Effect>) {
        self.0.retain(|archive| {
            let needed = archive.reading != Reading::Done || !archive.kinds.is_empty();
            if !needed {
                effects.push(Effect::ForgetFiles(archive.batch));
            }
            needed
        });
    }
}

impl Model {
    /// Files were given.
    pub(super) fn give(&mut self, batch: u64, name: String, effects: &mut Vec<Effect>) {
        self.notices.end(Scope::File);
        self.archives.0.push(Archive { batch, name, reading: Reading::Waiting, again: false, kinds: Vec::new() });
        if self.life.is_up() {
            self.archives.send(effects);
        }
    }

    /// A data set was read: it is what the controls are about from now on, unless it was only read again.
    pub(super) fn read_data(&mut self, report: &DatasetReport, effects: &mut Vec<Effect>) {
        let fresh = self.archives.done(&report.kind, effects);
        self.notices.end(Scope::File);
        let shown = self.draft.choice("data").is_some_and(|choice| choice.kind == report.kind);
        if shown {
            let idle = self.state.run.as_ref().is_none_or(|run| run.ended);
            let waiting = match &self.hindrance {
                Some(hindrance) => matches!(hindrance, Hindrance::NeedsFile { .. }),
                None => idle,
            };
            if fresh || waiting {
                self.begin(effects);
            }
        } else if fresh {
            let value = augsphere_spec::Value::Text(report.kind.clone());
            self.turn("data.kind", value.clone(), None, effects);
            if self.draft.get("data.kind") == Some(value) {
                self.begin(effects);
            }
        }
    }

    /// What was given could not be read.
    pub(super) fn refuse_files(&mut self, fault: Option<Fault>, effects: &mut Vec<Effect>) {
        self.archives.refused(effects);
        if let Some(fault) = fault {
            self.notices.add(Scope::File, fault);
        }
    }
}
