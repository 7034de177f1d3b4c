//! The folder in which a run leaves what it found, in such a way that even a killed one can be read and gone on with.

mod lock;
mod whole;

pub use lock::Lock;

use crate::clock;
use crate::failure::Failure;
use crate::text;
use augsphere_spec::Record;
use augsphere_spec::archive::{CHECKPOINT, ENCODER, EXPERIMENT, HEADER, METRICS};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use whole::Part;

/// The checkpoint before the newest one.
pub const PREVIOUS: &str = "checkpoint-previous.safetensors";

/// What the run amounts to; written last.
pub const SUMMARY: &str = "summary.json";

/// What file managers leave in folders that are empty to the eye.
const LITTER: [&str; 5] = [".DS_Store", ".localized", ".directory", "Thumbs.db", "desktop.ini"];

/// A run folder under way: `experiment.toml`, `run.json` and `metrics.jsonl` are there from the start.
pub struct RunFolder {
    path: PathBuf,
    metrics: File,
    /// Bytes of `metrics.jsonl`: whole lines.
    length: u64,
    made: bool,
    /// Whether the newest checkpoint is worth keeping when the next one comes.
    rotates: bool,
    /// What the file system refused that a run can do without.
    warning: Option<String>,
    lock: Lock,
}

impl RunFolder {
    /// Makes the folder `out`, or a new one under `runs/`, with the complete experiment and `header`, the text of `run.json` for a folder's
    /// name, in it.
    ///
    /// # Errors
    /// A folder that already holds something (nothing is ever overwritten); a disk that refuses.
    pub fn create(
        out: Option<&Path>,
        label: &str,
        seed: u64,
        experiment: &str,
        header: impl FnOnce(&str) -> String,
    ) -> Result<Self, Failure> {
        let (path, made) = match out.map(text::home) {
            Some(path) => {
                let made = claim(&path)?;
                (path, made)
            }
            None => {
                // A second run in the same second gets a number.
                let name = format!("{}-{seed}-{}", file_name(label), clock::stamp(SystemTime::now()));
                (fresh(Path::new("runs"), &name)?, true)
            }
        };
        let file = path.join(METRICS);
        // Whoever makes this file owns the folder: two runs started at once cannot share one.
        let metrics = File::options().append(true).create_new(true).open(&file).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => occupied(&path),
            _ => Failure::disk("write", &file, &error),
        })?;
        let lock = Lock::take(&path).map_err(|_held| at_work(&path))?;
        let header = header(&name(&path));
        let mut folder = Self { path, metrics, length: 0, made, rotates: true, warning: None, lock };
        let written = folder.write(EXPERIMENT, experiment.as_bytes()).and_then(|()| folder.write(HEADER, header.as_bytes()));
        match written {
            Ok(()) => Ok(folder),
            Err(failure) => {
                folder.discard();
                Err(failure)
            }
        }
    }

    /// Goes on in a folder that is there; nothing in it is changed yet. `rotates` says whether its newest checkpoint can be read, so that the
    /// next one makes it the previous one.
    ///
    /// # Errors
    /// If another process is at work in it; a disk that refuses.
    pub fn reopen(path: &Path, rotates: bool) -> Result<Self, Failure> {
        let lock = Lock::take(path).map_err(|_held| at_work(path))?;
        let (metrics, length) = open_metrics(path)?;
        Ok(Self { path: path.to_owned(), metrics, length, made: false, rotates, warning: None, lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds one line to `metrics.jsonl`, in a single write, so that a reader never sees half of one from a live run. What a full disk
    /// took of a line is taken back.
    ///
    /// # Errors
    /// A disk that refuses.
    pub fn record(&mut self, record: &Record) -> Result<(), Failure> {
        let line = record.line() + "\n";
        match self.metrics.write_all(line.as_bytes()) {
            Ok(()) => {
                self.length += line.len() as u64;
                Ok(())
            }
            Err(error) => {
                let _half_a_line_stays = self.metrics.set_len(self.length);
                Err(Failure::disk("write", &self.path.join(METRICS), &error))
            }
        }
    }

    /// Makes `lines` the whole of `metrics.jsonl`.
    ///
    /// # Errors
    /// A disk that refuses.
    pub fn restart(&mut self, lines: &str) -> Result<(), Failure> {
        let file = self.path.join(METRICS);
        if fs::read(&file).is_ok_and(|there| there == lines.as_bytes()) {
            return Ok(());
        }
        self.write(METRICS, lines.as_bytes())?;
        (self.metrics, self.length) = open_metrics(&self.path)?;
        Ok(())
    }

    /// Writes a checkpoint; the newest one becomes the previous one. At every moment at least one of the two is there and whole. Everything
    /// that was recorded before is on the disk before it.
    ///
    /// # Errors
    /// A disk that refuses: both checkpoints are then as they were.
    pub fn checkpoint(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let _only_power_cuts_matter = self.metrics.sync_data();
        let newest = self.path.join(CHECKPOINT);
        let failed = |error: std::io::Error| Failure::disk("write", &newest, &error);
        let part = Part::write(self.path.join(format!(".{CHECKPOINT}.part")), bytes).map_err(failed)?;
        if self.rotates && newest.exists() {
            fs::rename(&newest, self.path.join(PREVIOUS)).map_err(failed)?;
        }
        let refused = part.rename(&newest).map_err(failed)?;
        self.rotates = true;
        self.warn(&newest, refused);
        Ok(())
    }

    /// Writes a whole file: under another name first, so that it is complete or as it was.
    ///
    /// # Errors
    /// A disk that refuses.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let whole = self.path.join(name);
        let written = Part::write(self.path.join(format!(".{name}.part")), bytes).and_then(|part| part.rename(&whole));
        let refused = written.map_err(|error| Failure::disk("write", &whole, &error))?;
        self.warn(&whole, refused);
        Ok(())
    }

    /// Takes a file away that says what is not so any more.
    ///
    /// # Errors
    /// A disk that refuses.
    pub fn remove(&mut self, name: &str) -> Result<(), Failure> {
        let file = self.path.join(name);
        match fs::remove_file(&file) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Failure::disk("remove", &file, &error)),
            _ => Ok(()),
        }
    }

    fn warn(&mut self, file: &Path, refused: Option<std::io::Error>) {
        if let Some(error) = refused {
            self.warning = Some(format!(
                "{} cannot be forced to the disk here ({error}); the run goes on, but a power cut could take what was written last",
                file.display()
            ));
        }
    }

    /// What the file system refused since this was asked last and a run can do without, in a sentence.
    pub fn warning(&mut self) -> Option<String> {
        self.warning.take()
    }

    /// Takes everything away again: the run never began.
    pub fn discard(self) {
        for name in [EXPERIMENT, HEADER, METRICS, ENCODER, CHECKPOINT, PREVIOUS] {
            let _absent = fs::remove_file(self.path.join(name));
        }
        drop(self.lock);
        if self.made {
            let _shared = fs::remove_dir(&self.path);
        }
    }
}

/// Writes a file outside a run folder: complete, or not at all.
///
/// # Errors
/// A disk that refuses.
pub fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let name = path.file_name().map_or_else(|| "file".into(), |name| name.to_string_lossy());
    Part::write(path.with_file_name(format!(".{name}.part")), bytes)?.rename(path).map(drop)
}

/// The file of the records for adding to it, and its length.
fn open_metrics(path: &Path) -> Result<(File, u64), Failure> {
    let file = path.join(METRICS);
    let opened = File::options().append(true).create(true).open(&file);
    let opened = opened.and_then(|metrics| metrics.metadata().map(|metadata| (metrics, metadata.len())));
    opened.map_err(|error| Failure::disk("write", &file, &error))
}

/// The name of a folder, whatever it was called by.
pub fn name(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    whole.file_name().map_or_else(|| "run".into(), |name| name.to_string_lossy().into_owned())
}

fn occupied(path: &Path) -> Failure {
    Failure::Usage(format!(
        "{} already holds something and nothing is overwritten: give another folder with --out, or remove this one",
        path.display()
    ))
}

fn at_work(path: &Path) -> Failure {
    Failure::Usage(format!("another process is at work in {}: wait for its end, or stop it with Ctrl-C there", path.display()))
}

/// Makes `path` if it is not there; says whether it did.
fn claim(path: &Path) -> Result<bool, Failure> {
    match fs::read_dir(path) {
        Ok(entries) => {
            let litter = |name: &std::ffi::OsStr| LITTER.iter().any(|litter| name.eq_ignore_ascii_case(litter));
            let mut others = entries.filter(|entry| !entry.as_ref().is_ok_and(|entry| litter(&entry.file_name())));
            if others.next().is_none() { Ok(false) } else { Err(occupied(path)) }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => match fs::create_dir_all(path) {
            Ok(()) => Ok(true),
            Err(error) => Err(Failure::disk("make the folder", path, &error)),
        },
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            Err(Failure::Usage(format!("{} is a file: give a folder with --out", path.display())))
        }
        Err(error) => Err(Failure::disk("look into", path, &error)),
    }
}

/// A new folder below `below`, which is made, too: called `name`, with a number if that is taken.
///
/// # Errors
/// A disk that refuses.
pub fn fresh(below: &Path, name: &str) -> Result<PathBuf, Failure> {
    fs::create_dir_all(below).map_err(|error| Failure::disk("make the folder", below, &error))?;
    let mut path = below.join(name);
    for number in 2.. {
        match fs::create_dir(&path) {
            Ok(()) => break,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => path = below.join(format!("{name}-{number}")),
            Err(error) => return Err(Failure::disk("make the folder", &path, &error)),
        }
    }
    Ok(path)
}

/// `label` with only letters, digits and `-_.`, at most 60 of them, on every file system.
pub fn file_name(label: &str) -> String {
    let plain = |letter: char| if letter.is_alphanumeric() || "-_.".contains(letter) { letter } else { '-' };
    let name: String = label.chars().take(60).map(plain).collect();
    let name = name.trim_matches(['.', '-']);
    if name.is_empty() { "experiment".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_becomes_a_plain_file_name() {
        for (label, name) in [
            ("shapes-simclr", "shapes-simclr"),
            ("../../etc", "etc"),
            ("a b/c", "a-b-c"),
            ("...", "experiment"),
            ("", "experiment"),
        ] {
            assert_eq!(file_name(label), name);
        }
    }

    /// The newest checkpoint becomes the previous one, unless it could not be read.
    #[test]
    fn the_last_two_checkpoints_are_kept() {
        let path = std::env::temp_dir().join(format!("augsphere-checkpoints-{}", std::process::id()));
        let _absent = fs::remove_dir_all(&path);
        let mut folder = RunFolder::create(Some(&path), "a", 0, "", |_| String::new()).expect("a new folder");
        let there = |name: &str| fs::read(path.join(name)).ok();
        for (checkpoint, newest, previous) in [(b"1", b"1", None), (b"2", b"2", Some(b"1")), (b"3", b"3", Some(b"2"))] {
            folder.checkpoint(checkpoint).expect("room on the disk");
            assert_eq!((there(CHECKPOINT), there(PREVIOUS)), (Some(newest.to_vec()), previous.map(|bytes| bytes.to_vec())));
        }
        drop(folder);
        fs::write(path.join(CHECKPOINT), "damaged").expect("a file");
        let mut again = RunFolder::reopen(&path, false).expect("nobody else is at work");
        again.checkpoint(b"4").expect("room on the disk");
        assert_eq!((there(CHECKPOINT), there(PREVIOUS)), (Some(b"4".to_vec()), Some(b"2".to_vec())));
        again.discard();
        let left = fs::read_dir(&path).map_or(0, Iterator::count);
        assert_eq!(left, 0, "nothing of it is left");
        fs::remove_dir_all(&path).expect("my own folder");
    }
}
