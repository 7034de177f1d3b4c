//! Where does a run leave what it found, so that even a killed one can be read?

use crate::clock;
use crate::failure::Failure;
use serde::Serialize;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const EXPERIMENT: &str = "experiment.toml";
const METRICS: &str = "metrics.jsonl";

/// A run folder under way: `experiment.toml` and `metrics.jsonl` are there from the start.
pub struct RunFolder {
    path: PathBuf,
    metrics: File,
    made: bool,
}

impl RunFolder {
    /// Makes the folder `out`, or a new one under `runs/`, with the complete experiment in it.
    ///
    /// # Errors
    /// A folder that already holds something (nothing is ever overwritten); a disk that refuses.
    pub fn create(out: Option<&Path>, label: &str, seed: u64, experiment: &str) -> Result<Self, Failure> {
        let (path, made) = match out {
            Some(path) => (path.to_owned(), claim(path)?),
            None => (fresh(Path::new("runs"), label, seed)?, true),
        };
        let file = path.join(METRICS);
        // Whoever makes this file owns the folder: two runs started at once cannot share one.
        let metrics = File::options().write(true).create_new(true).open(&file).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => occupied(&path),
            _ => Failure::disk("write", &file, &error),
        })?;
        let folder = Self { path, metrics, made };
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

    /// Adds one line to `metrics.jsonl`, in a single write, so that a reader never sees half of one from a live run.
    ///
    /// # Errors
    /// A disk that refuses.
    pub fn record<T: Serialize>(&mut self, row: &T) -> Result<(), Failure> {
        let mut line =
            serde_json::to_string(row).map_err(|error| Failure::Failed(format!("could not write a measure as JSON: {error}")))?;
        line.push('\n');
        self.metrics.write_all(line.as_bytes()).map_err(|error| Failure::disk("write", &self.path.join(METRICS), &error))
    }

    /// Writes a whole file: under another name first, so that it is complete or absent.
    ///
    /// # Errors
    /// A disk that refuses.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let part = self.path.join(format!(".{name}.part"));
        let whole = self.path.join(name);
        let written = File::create(&part).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&part, &whole)).map_err(|error| {
            let _absent = fs::remove_file(&part);
            Failure::disk("write", &whole, &error)
        })
    }

    /// Takes everything away again: the run never began.
    pub fn discard(self) {
        for name in [EXPERIMENT, METRICS] {
            let _absent = fs::remove_file(self.path.join(name));
        }
        if self.made {
            let _shared = fs::remove_dir(&self.path);
        }
    }
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
        Ok(mut entries) => match entries.next() {
            None => Ok(false),
            Some(_) => Err(occupied(path)),
        },
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
}
