//! The files of an archive, put together into a data set.

use super::super::{DataError, Images, archive::Visitor};
use super::{Archive, PIXELS, SIDE, VERSIONS, Version};
use crate::pace::Pace;
use std::collections::BTreeMap;
use std::io::Read;

/// The most bytes that a file of class names may have.
const NAMES_LIMIT: u64 = 1 << 16;

/// How many names of other files are kept for messages.
const STRANGERS: usize = 3;

/// The records of several files, one after the other as they came.
#[derive(Default)]
struct Joined {
    pixels: Vec<u8>,
    labels: Vec<u8>,
    /// Each file with the number of its records.
    files: Vec<(&'static str, usize)>,
}

impl Joined {
    /// Puts the files into the order of a list, in place: there is no room for a second copy in a browser.
    fn in_order(mut self, names: &[&'static str]) -> Images {
        let mut start = 0;
        for name in names {
            let Some(index) = self.files.iter().position(|(file, _)| file == name) else { continue };
            let before: usize = self.files[..index].iter().map(|(_, count)| count).sum();
            let (_, count) = self.files.remove(index);
            self.pixels[start * PIXELS..(start + before + count) * PIXELS].rotate_right(count * PIXELS);
            self.labels[start..start + before + count].rotate_right(count);
            start += count;
        }
        Images::new(SIDE, self.pixels, self.labels)
    }
}

/// Collects the files of one version, or of whichever it turns out to be.
pub(super) struct Collector {
    wanted: Option<&'static Version>,
    /// Training records by kind of the version.
    train: BTreeMap<&'static str, Joined>,
    /// Test records by kind of the version.
    test: BTreeMap<&'static str, Joined>,
    names: BTreeMap<&'static str, Vec<String>>,
    /// Versions of which there is a file of records, decoded or not.
    seen: Vec<&'static Version>,
    /// Whether there is a file of a version for another language.
    other_language: bool,
    strangers: Vec<String>,
}

impl Collector {
    /// Collects the files of `wanted` only, or of any version.
    pub(super) fn new(wanted: Option<&'static Version>) -> Self {
        let (train, test, names) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { wanted, train, test, names, seen: Vec::new(), other_language: false, strangers: Vec::new() }
    }

    /// Puts the files together. `location` names the archive.
    pub(super) fn finish(mut self, location: &str) -> Result<Archive, DataError> {
        let version = self.version(location)?;
        let missing = |expected: String, found: &str| DataError::Layout {
            location: location.to_owned(),
            expected,
            found: found.to_owned(),
        };
        let Some(train) = self.train.remove(version.kind) else {
            return Err(missing(format!("training images in {}", version.train.join(" or ")), "only test ones"));
        };
        let Some(test) = self.test.remove(version.kind) else {
            return Err(missing(format!("test images in {}", version.test), "only training ones"));
        };
        let known = || version.classes.iter().map(|&name| name.to_owned()).collect();
        let classes = self.names.remove(version.names).unwrap_or_else(known);
        let train = train.in_order(version.train);
        Ok(Archive { version, classes, train, test: test.in_order(&[version.test]) })
    }

    /// Which version the files are.
    fn version(&self, location: &str) -> Result<&'static Version, DataError> {
        let titles = |versions: &[&Version]| versions.iter().map(|version| version.title).collect::<Vec<_>>().join(" and ");
        let foreign = |found: String, remedy: String| {
            let expected = match self.wanted {
                Some(version) => format!("the files of {} ({}, {})", version.title, version.train[0], version.test),
                None => "the files of either CIFAR-10 or CIFAR-100, binary version".to_owned(),
            };
            Err(DataError::Foreign { location: location.to_owned(), expected, found, remedy })
        };
        match (self.wanted, self.seen.as_slice()) {
            (Some(version), seen) if seen.contains(&version) => Ok(version),
            (None, [version]) => Ok(version),
            (Some(_), [other, ..]) => foreign(
                format!("those of {}", other.title),
                format!("Choose {} as the data set, or give the other archive.", other.title),
            ),
            (None, [_, _, ..]) => foreign(format!("those of {}", titles(&self.seen)), "Give one archive at a time.".into()),
            (_, []) if self.other_language => {
                let remedy = "Give the binary version: its files end in .bin and its archive's name ends in -binary.tar.gz.";
                foreign("those of the Python or MATLAB version".into(), remedy.into())
            }
            (_, []) => {
                let found =
                    if self.strangers.is_empty() { "no files".into() } else { format!("others: {}", self.strangers.join(", ")) };
                foreign(
                    found,
                    "Give the archive called cifar-10-binary.tar.gz or cifar-100-binary.tar.gz, or the folder with its files."
                        .into(),
                )
            }
        }
    }
}

impl Visitor for Collector {
    fn found(&self) -> bool {
        self.seen.iter().any(|seen| self.wanted.is_none_or(|wanted| wanted == *seen))
    }

    fn wants(&mut self, name: &str) -> bool {
        let name = name.to_lowercase();
        let name = name.as_str();
        for version in VERSIONS {
            let ours = self.wanted.is_none_or(|wanted| wanted == version);
            if version.limit(name).is_some() {
                if !self.seen.contains(&version) {
                    self.seen.push(version);
                }
                return ours;
            }
            if name == version.names {
                return ours;
            }
            self.other_language |= version.other.contains(&name);
        }
        if self.strangers.len() < STRANGERS {
            self.strangers.push(name.chars().take(60).collect());
        }
        false
    }

    async fn take(
        &mut self,
        name: &str,
        location: &str,
        size: u64,
        contents: &mut dyn Read,
        pace: &Pace,
    ) -> Result<(), DataError> {
        let name = name.to_lowercase();
        let name = name.as_str();
        for version in VERSIONS {
            if name == version.names {
                if let Some(names) = read_names(version, location, size, contents)? {
                    self.names.insert(version.names, names);
                }
            } else if let Some(limit) = version.limit(name) {
                let key = version.train.iter().copied().find(|&file| file == name).unwrap_or(version.test);
                let split = if key == version.test { &mut self.test } else { &mut self.train };
                let joined = split.entry(version.kind).or_default();
                // Whole files of training records come in one size: then the room for all of them is taken once, so that nothing is moved.
                let whole = size == (version.train_limit * version.record()) as u64;
                let files = if key != version.test && whole && joined.files.is_empty() { version.train.len() } else { 1 };
                let count = read_records(version, location, (size, limit), contents, (joined, files), pace).await?;
                let known = joined.files.iter().any(|(file, _)| *file == key);
                joined.files.push((key, count));
                if known {
                    let (location, expected) = (location.to_owned(), format!("one file called {name}"));
                    return Err(DataError::Layout { location, expected, found: "a second one".into() });
                }
            }
        }
        Ok(())
    }
}

/// The class names, if there is one for each class; a list of another length is passed over.
fn read_names(version: &Version, location: &str, size: u64, contents: &mut dyn Read) -> Result<Option<Vec<String>>, DataError> {
    let mut bytes = Vec::new();
    contents
        .take(size.min(NAMES_LIMIT))
        .read_to_end(&mut bytes)
        .map_err(|error| DataError::reading(location, "class names", error))?;
    let text = String::from_utf8_lossy(&bytes);
    let names: Vec<String> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    Ok((names.len() == version.classes.len()).then_some(names))
}

/// Records, each checked as it comes and put behind those that are there; returns how many. The announced size is checked first, so a
/// false one cannot take memory; then room is made for so many `files` of it.
async fn read_records(
    version: &Version,
    location: &str,
    (size, limit): (u64, usize),
    contents: &mut dyn Read,
    (into, files): (&mut Joined, usize),
    pace: &Pace,
) -> Result<usize, DataError> {
    let (record, labels) = (version.record(), version.labels.len());
    let layout = |expected: String, found: String| DataError::Layout { location: location.to_owned(), expected, found };
    let whole = usize::try_from(size).ok().filter(|size| *size > 0 && size.is_multiple_of(record) && size / record <= limit);
    let Some(size) = whole else {
        let expected = format!("1 to {limit} records of {record} bytes ({labels} label and {PIXELS} pixel bytes)");
        return Err(layout(expected, if size == 0 { "an empty file".into() } else { format!("{size} bytes") }));
    };
    let count = size / record;
    into.pixels.reserve_exact(files * count * PIXELS);
    let mut bytes = vec![0; record];
    for index in 0..count {
        let expected = || format!("{} records of {record} bytes, of which {index} came", count);
        contents.read_exact(&mut bytes).map_err(|error| DataError::reading(location, expected(), error))?;
        let (found, pixels) = bytes.split_at(labels);
        if let Some((label, bound)) = found.iter().zip(version.labels).find(|(label, bound)| label >= bound) {
            return Err(layout(format!("labels from 0 to {}", bound - 1), format!("the label {label} in record {}", index + 1)));
        }
        into.labels.extend(found.last());
        into.pixels.extend_from_slice(pixels);
        pace.turn().await;
    }
    Ok(count)
}
