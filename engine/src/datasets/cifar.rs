//! How do the official CIFAR archives become a data set?
//!
//! Krizhevsky 2009, "Learning multiple layers of features from tiny images": 32x32 colour images. In the binary version
//! a record is one label byte (CIFAR-100: superclass, then class) and 3,072 pixel bytes, planes R, G, B.

mod collector;
mod names;

use super::{DataError, Dataset, Images, Kept, Source, archive};
use augsphere_spec::{Card, Knob, Knobs};
use collector::Collector;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

/// CIFAR-10.
pub(super) const CIFAR10: Source = Source { card: || card(&TEN), load: |knobs, _, kept| load(&TEN, knobs, kept) };

/// CIFAR-100, with its 100 fine classes.
pub(super) const CIFAR100: Source = Source { card: || card(&HUNDRED), load: |knobs, _, kept| load(&HUNDRED, knobs, kept) };

/// Side of the images in pixels.
pub(super) const SIDE: usize = 32;

/// Bytes of an image.
const PIXELS: usize = 3 * SIDE * SIDE;

/// What distinguishes the two versions.
#[derive(Debug, PartialEq)]
struct Version {
    kind: &'static str,
    title: &'static str,
    summary: &'static str,
    /// Files of training records in their order, and the most records that each may hold. At least one must be there.
    train: &'static [&'static str],
    train_limit: usize,
    /// The file of held-out records.
    test: &'static str,
    test_limit: usize,
    /// The file of class names, one a line.
    names: &'static str,
    /// The class names if that file is missing.
    classes: &'static [&'static str],
    /// The label bytes of a record: each must be below its bound; the last one is the class.
    labels: &'static [u8],
    /// Files by which the versions for other languages are recognised.
    other: &'static [&'static str],
}

static TEN: Version = Version {
    kind: "cifar10",
    title: "CIFAR-10",
    summary: "Small photographs of ten kinds of animals and vehicles, read from the official archive (binary version).",
    train: &["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"],
    train_limit: 10_000,
    test: "test_batch.bin",
    test_limit: 10_000,
    names: "batches.meta.txt",
    classes: &names::TEN,
    labels: &[10],
    other: &["data_batch_1", "data_batch_1.mat"],
};

static HUNDRED: Version = Version {
    kind: "cifar100",
    title: "CIFAR-100",
    summary: "Small photographs of a hundred kinds of things, read from the official archive (binary version).",
    train: &["train.bin"],
    train_limit: 50_000,
    test: "test.bin",
    test_limit: 10_000,
    names: "fine_label_names.txt",
    classes: &names::HUNDRED,
    labels: &[20, 100],
    other: &["train", "train.mat"],
};

/// Both versions.
static VERSIONS: [&Version; 2] = [&TEN, &HUNDRED];

impl Version {
    /// Bytes of a record.
    fn record(&self) -> usize {
        self.labels.len() + PIXELS
    }

    /// The most records that the file called `name` may hold, if it is one of records.
    fn limit(&self, name: &str) -> Option<usize> {
        if name == self.test { Some(self.test_limit) } else { self.train.contains(&name).then_some(self.train_limit) }
    }
}

fn card(version: &Version) -> Card {
    Card::new(version.kind, version.title, version.summary, "Krizhevsky 2009, Learning multiple layers of features from tiny images").knobs([
        Knob::text(
            "path",
            "Archive",
            "Path of the archive (.tar.gz, .tar) or of its extracted folder, in the terminal; empty: the archive dropped on the page.",
        ),
        Knob::int("train", "Training images", 50_000, 1, 50_000, "At most this many, the first ones in the order of the archive's files."),
        Knob::int("test", "Held-out images", 10_000, 1, 10_000, "At most this many, the first ones in the order of the archive's file."),
    ])
}

fn load(version: &'static Version, knobs: &Knobs, kept: &Kept) -> Result<Dataset, DataError> {
    let path = knobs.text("path").trim();
    let dropped = || kept.archive(version.kind).ok_or(DataError::Missing { kind: version.kind, title: version.title });
    let archive = match path {
        "" => dropped()?,
        path => match Archive::from_path(version, Path::new(path)) {
            // A browser has no files: there, the path in somebody else's experiment is no reason to give up.
            Err(DataError::Unreadable { source, .. }) if source.kind() == ErrorKind::Unsupported => dropped()?,
            archive => Arc::new(archive?),
        },
    };
    Ok(archive.dataset(knobs.count("train"), knobs.count("test")))
}

/// A decoded archive.
#[derive(Debug)]
pub(super) struct Archive {
    version: &'static Version,
    classes: Vec<String>,
    /// One for each file, in the order of the version's list, whatever their order in the archive.
    train: Vec<Images>,
    test: Images,
}

impl Archive {
    /// Decodes an archive in memory, of either version.
    pub(super) fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, DataError> {
        let mut collector = Collector::new(None);
        archive::visit_bytes(name, bytes, &mut collector)?;
        collector.finish(name)
    }

    /// Decodes an archive file or folder of this version.
    fn from_path(version: &'static Version, path: &Path) -> Result<Self, DataError> {
        let mut collector = Collector::new(Some(version));
        archive::visit_path(path, &mut collector)?;
        collector.finish(&path.display().to_string())
    }

    pub(super) fn kind(&self) -> &'static str {
        self.version.kind
    }

    pub(super) fn title(&self) -> &'static str {
        self.version.title
    }

    pub(super) fn classes(&self) -> &[String] {
        &self.classes
    }

    pub(super) fn train_len(&self) -> usize {
        self.train.iter().map(Images::len).sum()
    }

    pub(super) fn test_len(&self) -> usize {
        self.test.len()
    }

    /// The first so many images of each split.
    fn dataset(&self, train: usize, test: usize) -> Dataset {
        let train = first(&self.train, train);
        let test = first(std::slice::from_ref(&self.test), test);
        Dataset::new(self.version.kind, self.version.title, self.classes.clone(), train, test)
    }
}

/// The first `cap` images of several files, in the order of the files: neither the seed nor the classes play a part.
fn first(files: &[Images], cap: usize) -> Images {
    let count = files.iter().map(Images::len).sum::<usize>().min(cap);
    let mut images = Images::with_capacity(SIDE, count);
    for file in files {
        let take = file.len().min(count - images.len());
        images.pixels.extend_from_slice(&file.pixels[..take * PIXELS]);
        images.labels.extend_from_slice(&file.labels[..take]);
    }
    images
}
