//! Runs in one .zip file: what the page exports, the terminal reads, and the other way round.
//!
//! Each run is a folder in it, with the files of a run folder (docs/run-format.md). An archive may come from anywhere: what does not belong to a
//! run is left out, with the reason, and the rest is used.

use crate::{Fault, RUN_FORMAT, RunHeader};
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveWriter};
use std::collections::BTreeMap;
use std::io::{Read, Write};

/// The header of a run.
pub const HEADER: &str = "run.json";
/// The complete experiment.
pub const EXPERIMENT: &str = "experiment.toml";
/// What was measured.
pub const METRICS: &str = "metrics.jsonl";
/// What the run goes on from.
pub const CHECKPOINT: &str = "checkpoint.safetensors";

/// The weights of the trained branch.
pub const ENCODER: &str = "encoder.safetensors";
/// The sphere at the newest checkpoint: an array of four columns, `x, y, z` of an embedding and the number of its class (see [`crate::npy`]).
pub const SPHERE: &str = "sphere.npy";

/// The files that a run may have; no others are taken.
pub const FILES: [&str; 9] = [
    HEADER,
    EXPERIMENT,
    METRICS,
    CHECKPOINT,
    "checkpoint-previous.safetensors",
    ENCODER,
    "summary.json",
    SPHERE,
    "thumbnail.png",
];

/// Most files in an archive that are looked at.
const MOST_FILES: u64 = 20_000;
/// Most bytes of all files together, unpacked.
const MOST_BYTES: u64 = 1 << 30;

/// The files of a run by name, without its folder.
pub type RunFiles = BTreeMap<String, Vec<u8>>;

/// What an archive holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unpacked {
    /// Runs: the name of the folder of each, and its files.
    pub runs: Vec<(String, RunFiles)>,
    /// What was left out, a sentence each; at most a few.
    pub left_out: Vec<String>,
}

/// An archive of runs: the name of the folder of each, and its files. Files are stored as they are: weights hardly become smaller.
///
/// # Errors
/// If a name is too long for an archive.
pub fn pack<'a>(runs: impl IntoIterator<Item = (&'a str, &'a RunFiles)>) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut bytes);
    let mut add = |name: &str, contents: &[u8]| -> Result<(), Box<dyn std::error::Error>> {
        let (mut entry, config) = archive.new_file(name).compression_method(CompressionMethod::STORE).start()?;
        let mut writer = config.wrap(&mut entry);
        writer.write_all(contents)?;
        let (_, descriptor) = writer.finish()?;
        entry.finish(descriptor)?;
        Ok(())
    };
    for (folder, files) in runs {
        for (name, contents) in files {
            add(&format!("{folder}/{name}"), contents).map_err(|error| {
                fault(&format!("{folder}/{name} could not be packed: {error}"), "Give the run a shorter name.")
            })?;
        }
    }
    archive.finish().map_err(|error| fault(&format!("The archive could not be finished: {error}."), "Try it once more."))?;
    Ok(bytes)
}

/// The runs in an archive, whose files have whatever form they have: they are only unpacked here.
///
/// # Errors
/// If it is no .zip file, is cut short, has more files or bytes than any run, or no run is in it.
pub fn unpack(bytes: &[u8]) -> Result<Unpacked, Fault> {
    const AGAIN: &str = "Export the runs once more, or take the run folder itself.";
    let archive =
        ZipArchive::from_slice(bytes).map_err(|error| fault(&format!("This is no whole .zip file: {error}."), AGAIN))?;
    if archive.entries_hint() > MOST_FILES {
        let many = format!("The archive has {} files; no more than {MOST_FILES} are looked at.", archive.entries_hint());
        return Err(fault(&many, "Export fewer runs at once."));
    }
    let mut runs: BTreeMap<String, RunFiles> = BTreeMap::new();
    let mut left_out = LeftOut::default();
    let (mut entries, mut seen, mut room) = (archive.entries(), 0, MOST_BYTES);
    loop {
        let entry = entries.next_entry().map_err(|error| fault(&format!("The list of files is damaged: {error}."), AGAIN))?;
        let Some(entry) = entry else { break };
        seen += 1;
        if seen > MOST_FILES {
            return Err(fault("The archive has more files than it says.", AGAIN));
        }
        if entry.is_dir() {
            continue;
        }
        let path = entry.file_path();
        let plain = path.try_normalize().ok().filter(|plain| plain.as_str().as_bytes() == path.as_bytes());
        let Some(path) = plain.map(|plain| plain.as_str().to_owned()) else {
            left_out.say("a file whose name leads elsewhere".into());
            continue;
        };
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        if !FILES.contains(&name) {
            left_out.say(format!("{path}: no file of a run is called so"));
            continue;
        }
        let files = runs.entry(folder.to_owned()).or_default();
        if files.contains_key(name) {
            left_out.say(format!("{path}: it is there twice, and the first one was taken"));
            continue;
        }
        let read = archive.get_entry(entry.wayfinder()).map_err(|error| error.to_string()).and_then(|found| {
            let mut contents = Vec::new();
            let limit = room.saturating_add(1);
            let read = match entry.compression_method() {
                CompressionMethod::STORE => found.verifying_reader(found.data()).take(limit).read_to_end(&mut contents),
                CompressionMethod::DEFLATE => found
                    .verifying_reader(flate2::bufread::DeflateDecoder::new(found.data()))
                    .take(limit)
                    .read_to_end(&mut contents),
                other => return Err(format!("it is packed in a way that is not read here ({other:?})")),
            };
            read.map(|_| contents).map_err(|error| error.to_string())
        });
        match read {
            Ok(contents) if contents.len() as u64 <= room => {
                room -= contents.len() as u64;
                files.insert(name.to_owned(), contents);
            }
            Ok(_) => {
                return Err(fault(
                    &format!("Unpacked, the archive has more than {} GiB.", MOST_BYTES >> 30),
                    "Export fewer runs at once.",
                ));
            }
            Err(why) => left_out.say(format!("{path}: {why}")),
        }
    }
    let mut found = Vec::new();
    for (folder, files) in runs {
        match lacking(&files) {
            None => found.push((folder.rsplit('/').next().unwrap_or_default().to_owned(), files)),
            Some(why) => left_out.say(format!("{}: {why}", if folder.is_empty() { "files in no folder" } else { &folder })),
        }
    }
    if found.is_empty() {
        let why = left_out.sentences().first().map_or(String::new(), |first| format!(" ({first})"));
        return Err(fault(
            &format!("There is no run in this archive{why}."),
            "Take an archive that was exported here, or pack a whole run folder.",
        ));
    }
    Ok(Unpacked { runs: found, left_out: left_out.sentences() })
}

/// What these files lack to be a run.
pub fn lacking(files: &RunFiles) -> Option<String> {
    for name in [EXPERIMENT, METRICS] {
        if !files.contains_key(name) {
            return Some(format!("a run has a file called {name}, and it has none"));
        }
    }
    let header = files.get(HEADER)?;
    match serde_json::from_slice::<RunHeader>(header) {
        Ok(header) if header.format > RUN_FORMAT => Some(format!(
            "it was written by a newer version of the program (format {}, this one reads {RUN_FORMAT})",
            header.format
        )),
        Ok(_) => None,
        Err(error) => Some(format!("its {HEADER} cannot be read: {error}")),
    }
}

/// What was left out: the first few in words, the others as a count.
#[derive(Default)]
struct LeftOut {
    first: Vec<String>,
    others: usize,
}

impl LeftOut {
    fn say(&mut self, sentence: String) {
        if self.first.len() < 5 { self.first.push(sentence) } else { self.others += 1 }
    }

    fn sentences(&self) -> Vec<String> {
        let others = (self.others > 0).then(|| format!("{} more files", self.others));
        self.first.iter().cloned().chain(others).collect()
    }
}

fn fault(what: &str, remedy: &str) -> Fault {
    Fault {
        what: what.to_owned(),
        location: "archive".into(),
        remedy: remedy.to_owned(),
        recoverable: true,
        settings: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(note: &str) -> RunFiles {
        let header = serde_json::to_vec(&RunHeader { format: RUN_FORMAT, note: note.into(), ..RunHeader::default() });
        let files =
            [(HEADER, header.expect("plain data")), (EXPERIMENT, b"seed = 3".to_vec()), (METRICS, b"{\"step\":1}\n".to_vec())];
        files.into_iter().map(|(name, contents)| (name.to_owned(), contents)).collect()
    }

    /// An archive with files of any name.
    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut archive = ZipArchiveWriter::new(&mut bytes);
        for (name, contents) in files {
            let name = rawzip::path::EntryPath::verbatim(name.as_bytes().to_vec());
            let (mut entry, config) = archive.new_file(name).start().expect("a name");
            let mut writer = config.wrap(&mut entry);
            writer.write_all(contents).expect("memory");
            let (_, descriptor) = writer.finish().expect("memory");
            entry.finish(descriptor).expect("memory");
        }
        archive.finish().expect("memory");
        bytes
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let (one, two) = (run("one"), run("two"));
        let bytes = pack([("a", &one), ("b", &two)]).expect("plain names");
        let unpacked = unpack(&bytes).expect("it was packed here");
        assert_eq!(unpacked, Unpacked { runs: vec![("a".into(), one), ("b".into(), two)], left_out: Vec::new() });
    }

    #[test]
    fn what_is_no_archive_is_said() {
        let whole = pack([("a", &run(""))]).expect("plain names");
        for bytes in [&b""[..], b"PK\x03\x04", b"seed = 3", &whole[..whole.len() - 30], &whole[..40]] {
            assert!(unpack(bytes).is_err_and(|fault| fault.what.contains(".zip")), "{} bytes", bytes.len());
        }
    }

    /// Names that climb out of the folder, names of nothing, a file twice, half a run: the whole run beside them is used.
    #[test]
    fn what_does_not_belong_is_left_out_and_the_rest_used() {
        let (toml, lines) = (&b"seed = 3"[..], &b"{\"step\":1}\n"[..]);
        let bytes = archive(&[
            ("../../etc/experiment.toml", toml),
            ("/experiment.toml", toml),
            ("runs/good/experiment.toml", toml),
            ("runs/good/metrics.jsonl", lines),
            ("runs/good/metrics.jsonl", b"{\"step\":9}\n"),
            ("runs/good/virus.exe", b"x"),
            ("runs/half/experiment.toml", toml),
        ]);
        let Unpacked { runs, left_out } = unpack(&bytes).expect("one run is whole");
        assert_eq!(runs.len(), 1);
        assert_eq!((runs[0].0.as_str(), &runs[0].1["metrics.jsonl"][..]), ("good", lines));
        let all = left_out.join("\n");
        for said in ["leads elsewhere", "twice", "virus.exe", "runs/half: a run has a file called metrics.jsonl"] {
            assert!(all.contains(said), "{said} in {all}");
        }
    }

    #[test]
    fn a_newer_or_broken_header_is_said() {
        for (header, said) in [(&br#"{"format": 99}"#[..], "newer version"), (b"{", "cannot be read")] {
            let files = BTreeMap::from([
                (HEADER.to_owned(), header.to_vec()),
                (EXPERIMENT.to_owned(), Vec::new()),
                (METRICS.to_owned(), Vec::new()),
            ]);
            let bytes = pack([("a", &files)]).expect("plain names");
            assert!(unpack(&bytes).is_err_and(|fault| fault.what.contains(said)), "{said}");
        }
    }

    /// A bomb: little that unpacks to more than any run has. It is given up at the limit.
    #[test]
    fn a_bomb_is_given_up() {
        let mut bytes = Vec::new();
        let mut archive = ZipArchiveWriter::new(&mut bytes);
        let (mut entry, config) =
            archive.new_file("a/metrics.jsonl").compression_method(CompressionMethod::DEFLATE).start().expect("a name");
        let mut writer = config.wrap(flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::fast()));
        let zeros = vec![0; 1 << 24];
        (0..66).for_each(|_| writer.write_all(&zeros).expect("memory"));
        let (encoder, descriptor) = writer.finish().expect("memory");
        encoder.finish().expect("memory");
        entry.finish(descriptor).expect("memory");
        archive.finish().expect("memory");
        assert!(bytes.len() < 1 << 24, "{} bytes", bytes.len());
        assert!(unpack(&bytes).is_err_and(|fault| fault.what.contains("1 GiB")));
    }

    /// A million names with one byte of content each cost a million lines to read: it is refused at once.
    #[test]
    fn too_many_files_are_refused() {
        let names: Vec<String> = (0..=MOST_FILES).map(|number| format!("{number}/run.json")).collect();
        let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"{}"[..])).collect();
        assert!(unpack(&archive(&files)).is_err_and(|fault| fault.what.contains("20001 files")));
    }

    /// Whatever is damaged: a fault, or what could be read; never a panic.
    #[test]
    fn damaged_archives_never_panic() {
        let whole = pack([("a", &run("one")), ("b", &run("two"))]).expect("plain names");
        let mut state = 7u64;
        let mut next = |bound: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % bound
        };
        let mut faults = 0;
        for _ in 0..5000 {
            let mut damaged = whole.clone();
            (0..=next(4)).for_each(|_| damaged[next(whole.len())] = next(256) as u8);
            faults += usize::from(unpack(&damaged).is_err());
        }
        assert!(faults > 0);
    }
}
