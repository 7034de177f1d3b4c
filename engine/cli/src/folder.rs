//! The folder in which a run leaves what it found, in such a way that even a killed one can be read.

use crate::clock;
use crate::failure::Failure;
use crate::text;
use serde::Serialize;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const EXPERIMENT: &str = "experiment.toml";
const METRICS: &str = "metrics.jsonl";
const WEIGHTS: &str = "encoder.safetensors";

/// What file managers leave in folders that are empty to the eye.
const LITTER: [&str; 5] = [".DS_Store", ".localized", ".directory", "Thumbs.db", "desktop.ini"];

/// A run folder under way: `experiment.toml` and `metrics.jsonl` are there from the start.
pub struct RunFolder {
    path: PathBuf,
    metrics: File,
    /// Bytes of `metrics.jsonl`: whole lines.
    whole: u64,
    made: bool,
    /// What the file system refused that a run can do without.
    warning: Option<String>,
}

impl RunFolder {
    /// Makes the folder `out`, or a new one under `runs/`, with the complete experiment in it.
    ///
    /// # Errors
    /// A folder that already holds something (nothing is ever overwritten); a disk that refuses.
    pub fn create(out: Option<&Path>, label: &str, seed: u64, experiment: &str) -> Result<Self, Failure> {
        let (path, made) = match out.map(text::home) {
            Some(path) => {
                let made = claim(&path)?;
                (path, made)
            }
            None => (fresh(Path::new("runs"), label, seed)?, true),
        };
        let file = path.join(METRICS);
        // Whoever makes this file owns the folder: two runs started at once cannot share one.
        let metrics = File::options().append(true).create_new(true).open(&file).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => occupied(&path),
            _ => Failure::disk("write", &file, &error),
        })?;
        let mut folder = Self { path, metrics, whole: 0, made, warning: None };
        match folder.write(EXPERIMENT, experiment.as_bytes()) {
            Ok(()) => Ok(folder),
            Err(failure) => {
                folder.discard();
                Err(failure)
            }
        }
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
    pub fn record<T: Serialize>(&mut self, row: &T) -> Result<(), Failure> {
        let mut line =
            serde_json::to_string(row).map_err(|error| Failure::Failed(format!("could not write a measure as JSON: {error}")))?;
        line.push('\n');
        match self.metrics.write_all(line.as_bytes()) {
            Ok(()) => {
                self.whole += line.len() as u64;
                Ok(())
            }
            Err(error) => {
                let _half_a_line_stays = self.metrics.set_len(self.whole);
                Err(Failure::disk("write", &self.path.join(METRICS), &error))
            }
        }
    }

    /// Writes the weights, in place of earlier ones, which stay if that fails.
    ///
    /// # Errors
    /// A disk that refuses.
    pub fn weights(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.write(WEIGHTS, bytes)
    }

    /// Writes a whole file: under another name first, so that it is complete or as it was.
    ///
    /// # Errors
    /// A disk that refuses.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let part = self.path.join(format!(".{name}.part"));
        let whole = self.path.join(name);
        match write_whole(&part, &whole, bytes, File::sync_all) {
            Ok(None) => {}
            Ok(Some(error)) => {
                self.warning = Some(format!(
                    "{} cannot be forced to the disk here ({error}); the run goes on, but a power cut could take what was written last",
                    whole.display()
                ));
            }
            Err(error) => return Err(Failure::disk("write", &whole, &error)),
        }
        Ok(())
    }

    /// What the file system refused since this was asked last and a run can do without, in a sentence.
    pub fn warning(&mut self) -> Option<String> {
        self.warning.take()
    }

    /// Takes everything away again: the run never began.
    pub fn discard(self) {
        for name in [EXPERIMENT, METRICS, WEIGHTS] {
            let _absent = fs::remove_file(self.path.join(name));
        }
        if self.made {
            let _shared = fs::remove_dir(&self.path);
        }
    }
}

/// Writes `bytes` to `part` and gives it the name `whole`. Some network file systems refuse `sync`: that alone is no reason to lose a run,
/// and comes back as what was refused.
fn write_whole(
    part: &Path,
    whole: &Path,
    bytes: &[u8],
    sync: impl Fn(&File) -> std::io::Result<()>,
) -> std::io::Result<Option<std::io::Error>> {
    let written = File::create(part).and_then(|mut file| {
        file.write_all(bytes)?;
        match sync(&file) {
            // What does not fit may only be noticed now.
            Err(error) if full(&error) => Err(error),
            refused => Ok(refused.err()),
        }
    });
    let renamed = written.and_then(|refused| fs::rename(part, whole).map(|()| refused));
    if renamed.is_err() {
        let _absent = fs::remove_file(part);
    }
    renamed
}

fn full(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

fn occupied(path: &Path) -> Failure {
    Failure::Usage(format!(
        "{} already holds something and nothing is overwritten: give another folder with --out, or remove this one",
        path.display()
    ))
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

/// A new folder under `runs`; a second run in the same second gets a number.
fn fresh(runs: &Path, label: &str, seed: u64) -> Result<PathBuf, Failure> {
    fs::create_dir_all(runs).map_err(|error| Failure::disk("make the folder", runs, &error))?;
    let name = format!("{}-{seed}-{}", file_name(label), clock::stamp(SystemTime::now()));
    let mut path = runs.join(&name);
    for number in 2.. {
        match fs::create_dir(&path) {
            Ok(()) => break,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => path = runs.join(format!("{name}-{number}")),
            Err(error) => return Err(Failure::disk("make the folder", &path, &error)),
        }
    }
    Ok(path)
}

/// `label` with only letters, digits and `-_.`, at most 60 of them, on every file system.
fn file_name(label: &str) -> String {
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

    /// Some network file systems answer `fsync` with "invalid argument" or "not supported".
    #[test]
    fn a_file_system_that_refuses_to_sync_keeps_the_file_and_says_so() {
        let folder = std::env::temp_dir().join(format!("augsphere-sync-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let (part, whole) = (folder.join(".a.part"), folder.join("a"));
        let refusing = |kind: ErrorKind| move |_: &File| Err(std::io::Error::from(kind));
        for kind in [ErrorKind::InvalidInput, ErrorKind::Unsupported, ErrorKind::Other] {
            let refused = write_whole(&part, &whole, b"first", refusing(kind)).expect("written all the same");
            assert_eq!(refused.map(|error| error.kind()), Some(kind));
            assert_eq!(fs::read(&whole).expect("a file"), b"first");
        }
        // A disk that turns out to be full is another matter: what was there stays.
        assert!(write_whole(&part, &whole, b"second", refusing(ErrorKind::StorageFull)).is_err());
        assert_eq!(fs::read(&whole).expect("a file"), b"first");
        assert!(!part.exists());
        fs::remove_dir_all(&folder).expect("my own folder");
    }
}
