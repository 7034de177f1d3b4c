//! Files that are handed over: read piece by piece, decoded into the one copy that experiments then share.

use super::{Session, refused};
use crate::datasets::{self, DataError, DroppedArchives, Offered, OfferedFile};
use crate::pace::Task;
use augsphere_spec::{Event, Fault, Request};
use std::collections::VecDeque;
use std::time::Duration;

/// Files that are being read, one lot after the other.
#[derive(Default)]
pub(super) struct Files(VecDeque<Task<Vec<Result<Offered, DataError>>>>);

impl Files {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Session {
    /// Takes files that belong together: archives, files of the official layout without an archive, or what lies in a folder. They are
    /// read by [`Session::advance`]; a data set that is in them is told as [`Event::Data`] and can then be chosen by `data.kind`,
    /// everything else is refused in words.
    pub fn offer(&mut self, files: Vec<OfferedFile>) {
        self.files.0.push_back(Task::eager(async move |pace| DroppedArchives::read(files, &pace).await));
    }

    /// Goes on with reading files.
    pub(super) async fn read_files(&mut self, budget: Duration) -> Vec<Event> {
        let Some(task) = self.files.0.front_mut() else { return Vec::new() };
        let result = task.advance(budget).await;
        let mut events = task.events();
        let Some(result) = result else { return events };
        self.files.0.pop_front();
        if result.is_empty() {
            events.push(refused(Request::Files, nothing()));
        }
        for archive in result {
            events.push(match archive {
                Ok(archive) => Event::Data(self.kept.take(archive)),
                Err(error) => refused(Request::Files, error.into()),
            });
        }
        events
    }

    /// Whether the run that is being prepared needs files that are still being read.
    pub(super) fn waits_for_files(&self) -> bool {
        let choice = self.preparation.as_ref().and_then(|preparation| preparation.asked.experiment.choice("data"));
        !self.files.is_empty() && choice.is_some_and(datasets::is_read)
    }
}

fn nothing() -> Fault {
    Fault {
        what: "There was no data set among the files.".into(),
        location: "files".into(),
        remedy: "Give the archive called cifar-10-binary.tar.gz or cifar-100-binary.tar.gz, or the folder with its files.".into(),
        recoverable: true,
        settings: Vec::new(),
    }
}
