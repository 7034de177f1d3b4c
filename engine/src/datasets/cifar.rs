//! The official CIFAR archives as data sets.
//!
//! Krizhevsky 2009, "Learning multiple layers of features from tiny images": 32x32 colour images. In the binary version
//! a record is one label byte (CIFAR-100: superclass, then class) and 3,072 pixel bytes, planes R, G, B.

mod collector;
mod names;

use super::archive::Visitor as _;
use super::{DataError, Dataset, DroppedArchives, Images, OfferedFile, Source, Splits, archive};
use crate::pace::{Pace, at_once};
use crate::random::{Purpose, RngExt as _, stream};
use augsphere_spec::{Card, Knob, Knobs};
use collector::Collector;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;

/// CIFAR-10.
pub(super) const CIFAR10: Source =
    Source { card: || card(&TEN), load: |knobs, seed, kept, pace| Box::pin(load(&TEN, knobs, seed, kept, pace)) };

/// CIFAR-100, with its 100 fine classes.
pub(super) const CIFAR100: Source =
    Source { card: || card(&HUNDRED), load: |knobs, seed, kept, pace| Box::pin(load(&HUNDRED, knobs, seed, kept, pace)) };

/// Side of the images in pixels.
pub(super) const SIDE: usize = 32;

/// Training images that are set aside, unless another number is asked for.
const VALIDATION: usize = 5_000;

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
    /// The file of test records.
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

    /// Whether a file called `name` (in small letters) belongs to it, in whatever language.
    fn knows(&self, name: &str) -> bool {
        self.limit(name).is_some() || name == self.names || self.other.contains(&name)
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
        Knob::int("train", "Training images", 50_000, 1, 50_000, "At most this many of those not set aside, the first ones in the order of the archive's files."),
        Knob::int(
            "validation",
            "Validation images",
            VALIDATION as i64,
            2,
            25_000,
            "At most this many, and at most a tenth, of the archive's training images are set aside, as the seed chooses; the measures are taken on \
             them while one trains and chooses.",
        ),
        Knob::int("test", "Test images", 10_000, 1, 10_000, "At most this many, the first ones in the order of the archive's file; held out for the last numbers of a run."),
    ])
}

async fn load(
    version: &'static Version,
    knobs: &Knobs,
    seed: u64,
    kept: &DroppedArchives,
    pace: &Pace,
) -> Result<Dataset, DataError> {
    let path = knobs.text("path").trim();
    let dropped = || kept.archive(version.kind).ok_or(DataError::Missing { kind: version.kind, title: version.title });
    let archive = match path {
        "" => dropped()?,
        path => match Archive::from_path(version, Path::new(path), pace).await {
            // A browser has no files: there, the path in somebody else's experiment is no reason to give up.
            Err(DataError::Unreadable { source, .. }) if source.kind() == ErrorKind::Unsupported => dropped()?,
            archive => Arc::new(archive?),
        },
    };
    Ok(archive.dataset(["train", "validation", "test"].map(|split| knobs.count(split)), seed))
}

/// A decoded archive.
#[derive(Debug)]
pub(super) struct Archive {
    version: &'static Version,
    classes: Vec<String>,
    /// In the order of the version's files, whatever their order in the archive.
    train: Images,
    test: Images,
}

impl Archive {
    /// Decodes an archive in memory, of either version.
    pub(super) fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, DataError> {
        at_once(Self::from_stream(name, bytes.len() as u64, bytes, &Pace::default()))
    }

    /// Decodes an archive of either version as it comes.
    async fn from_stream(name: &str, size: u64, stream: impl Read, pace: &Pace) -> Result<Self, DataError> {
        let mut collector = Collector::new(None);
        archive::visit_stream(name, size, stream, &mut collector, pace).await?;
        collector.finish(name)
    }

    /// Decodes an archive file or folder of this version.
    async fn from_path(version: &'static Version, path: &Path, pace: &Pace) -> Result<Self, DataError> {
        let mut collector = Collector::new(Some(version));
        archive::visit_path(path, &mut collector, pace).await?;
        let location = path.display();
        // What is not there is told with where it was looked for.
        let deep = path.is_dir().then(|| format!("{location} and its folders, {} deep", archive::DEPTH));
        collector.finish(&deep.unwrap_or_else(|| location.to_string()))
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

    /// Training, validation and test images, if as many are wanted as there are.
    pub(super) fn counts(&self) -> [usize; 3] {
        let validation = self.set_aside(VALIDATION);
        [self.train.len() - validation, validation, self.test.len()]
    }

    /// How many training images are set aside where `most` may be: at most a tenth, but the two that measures need where there are that
    /// many to spare.
    fn set_aside(&self, most: usize) -> usize {
        most.min((self.train.len() / 10).max(2)).min(self.train.len() / 2)
    }

    /// At most so many training, validation and test images. Validation images are training images that the seed chooses; the others are the
    /// first of their files.
    fn dataset(&self, [train, validation, test]: [usize; 3], seed: u64) -> Dataset {
        let mut rows: Vec<usize> = (0..self.train.len()).collect();
        stream(seed, Purpose::Validation, 0).shuffle(&mut rows);
        let mut others = rows.split_off(self.set_aside(validation));
        rows.sort_unstable();
        others.sort_unstable();
        others.truncate(train);
        let splits =
            Splits { train: self.train.select(&others), validation: self.train.select(&rows), test: self.test.first(test) };
        Dataset::new(self.version.kind, self.version.title, self.classes.clone(), splits)
    }
}

/// Files that lie beside the official ones, or that systems leave everywhere: no word is lost on them.
const BESIDE: [&str; 3] = ["readme.html", "thumbs.db", "desktop.ini"];

/// How the names of archives end.
const ARCHIVES: [&str; 4] = [".tar.gz", ".tgz", ".tar", ".gz"];

/// How many files with other names are looked into.
const LOOKED_INTO: usize = 4;

/// Reads what was handed over: the files of a version that lie about without an archive are taken together, an archive is taken by
/// itself. Each is taken, or named in an error. Where many other files lie in a folder they are passed over, unless there is nothing
/// else: then one error stands for all.
pub(super) async fn read_offered(files: Vec<OfferedFile>, pace: &Pace) -> Vec<Result<Archive, DataError>> {
    let mut loose: [Vec<OfferedFile>; 2] = Default::default();
    let (mut archives, mut others) = (Vec::new(), Vec::new());
    for file in files {
        let name = base_name(&file.name).to_lowercase();
        match VERSIONS.iter().position(|version| version.knows(&name)) {
            Some(version) => loose[version].push(file),
            None if BESIDE.contains(&name.as_str()) || name.starts_with('.') => {}
            None if ARCHIVES.iter().any(|end| name.ends_with(end)) => archives.push(file),
            None => others.push(file),
        }
    }
    let mut read = Vec::new();
    for (version, files) in VERSIONS.iter().zip(loose).filter(|(_, files)| !files.is_empty()) {
        read.push(read_loose(version, files, pace).await);
    }
    for OfferedFile { name, size, contents } in archives {
        read.push(Archive::from_stream(&name, size, contents, pace).await);
    }
    let (many, alone) = (others.len() > LOOKED_INTO, read.is_empty());
    if !many || alone {
        for OfferedFile { name, size, contents } in others.into_iter().take(LOOKED_INTO) {
            read.push(Archive::from_stream(&name, size, contents, pace).await);
        }
    }
    if many && alone {
        let kept = read.iter().position(Result::is_ok).unwrap_or_default();
        read = read.into_iter().skip(kept).take(1).collect();
    }
    read
}

/// Puts files of one version together.
async fn read_loose(version: &'static Version, files: Vec<OfferedFile>, pace: &Pace) -> Result<Archive, DataError> {
    let location = files.iter().map(|file| base_name(&file.name)).collect::<Vec<_>>().join(", ");
    let mut collector = Collector::new(Some(version));
    for OfferedFile { name, size, mut contents } in files {
        pace.stage(format!("Reading {name}"), 0);
        let base = base_name(&name);
        if collector.wants(base) {
            collector.take(base, &name, size, &mut contents, pace).await?;
        }
    }
    collector.finish(&location)
}

/// A file's name without folders.
fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}
