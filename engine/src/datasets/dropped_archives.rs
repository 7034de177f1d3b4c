//! Archives that were dropped on the page.

use super::{DataError, cifar, title};
use crate::pace::Pace;
use augsphere_spec::{ClassTable, DatasetReport};
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

/// A file that somebody hands over: an archive, or one file of a data set.
pub struct OfferedFile {
    /// Its name, with the folders that it was handed over in: `cifar-10-batches-bin/test_batch.bin`.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its bytes, read once from the first to the last.
    pub contents: Box<dyn Read>,
}

/// A decoded archive.
pub(crate) struct Offered(cifar::Archive);

/// Archives that were dropped on the page: decoded once, then at hand for every experiment. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct DroppedArchives {
    archives: BTreeMap<&'static str, Arc<cifar::Archive>>,
}

impl DroppedArchives {
    /// Decodes an archive and keeps it under its kind, in place of an earlier one. `name` is the file's name, for messages.
    ///
    /// # Errors
    /// A [`DataError`] that says what was expected and what was found; what was kept before stays.
    pub fn insert(&mut self, name: &str, bytes: &[u8]) -> Result<DatasetReport, DataError> {
        Ok(self.keep(cifar::Archive::from_bytes(name, bytes)?))
    }

    /// Decodes what was handed over, piece by piece. Each archive is there in the end, or an error that names it.
    pub(crate) async fn read(files: Vec<OfferedFile>, pace: &Pace) -> Vec<Result<Offered, DataError>> {
        let read = cifar::read_offered(files, pace).await;
        read.into_iter().map(|archive| archive.map(Offered)).collect()
    }

    /// Keeps what was decoded, in place of an earlier archive of the same kind.
    pub(crate) fn take(&mut self, offered: Offered) -> DatasetReport {
        self.keep(offered.0)
    }

    fn keep(&mut self, archive: cifar::Archive) -> DatasetReport {
        let [train, validation, test] = archive.counts();
        let report = DatasetReport {
            kind: archive.kind().to_owned(),
            title: title(archive.title(), train, validation, test),
            classes: ClassTable { names: archive.classes().to_vec() },
            train,
            validation,
            test,
            side: cifar::SIDE,
        };
        self.archives.insert(archive.kind(), Arc::new(archive));
        report
    }

    /// The kinds for which there is an archive.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.archives.keys().copied()
    }

    /// The archive kept for `kind`.
    pub(super) fn archive(&self, kind: &str) -> Option<Arc<cifar::Archive>> {
        self.archives.get(kind).cloned()
    }
}
