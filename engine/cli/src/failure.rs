//! Why a task did not end well, and what the exit code says about it.

use augsphere_spec::{Fault, Mistakes};
use std::fmt;
use std::path::Path;
use std::process::ExitCode;

/// Why a task ended badly, in words that say what to do next.
#[derive(Debug)]
pub enum Failure {
    /// What was asked cannot be done as asked: exit code 2.
    Usage(String),
    /// It was tried and did not work: exit code 1.
    Failed(String),
    /// A file could not be written or read: exit code 1.
    Disk(String),
    /// It was withdrawn before there was anything to keep: exit code 130, as shells have it.
    Withdrawn(String),
}

impl Failure {
    /// The exit code that tools hold on to.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Failed(_) | Self::Disk(_) => ExitCode::from(1),
            Self::Withdrawn(_) => ExitCode::from(130),
        }
    }

    /// A file or folder that could not be read or written; `doing` completes "could not".
    pub fn disk(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        let next = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free some space, or give a folder on another disk with --out",
            ErrorKind::FileTooLarge => {
                "raise the limit on the size of a file (ulimit -f), or take a larger measures.cadence.every"
            }
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => "make it writable, or give another folder with --out",
            ErrorKind::NotADirectory => "a part of this path is a file: give another folder with --out",
            _ => "check the disk and the path, then run again",
        };
        Self::Disk(format!("could not {doing} {}: {error}\n  next: {next}", path.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(words) | Self::Failed(words) | Self::Disk(words) | Self::Withdrawn(words) => f.write_str(words),
        }
    }
}

impl From<Mistakes> for Failure {
    fn from(mistakes: Mistakes) -> Self {
        Self::Usage(mistakes.to_string())
    }
}

impl From<&Fault> for Failure {
    fn from(fault: &Fault) -> Self {
        Self::Failed(describe(fault))
    }
}

/// A fault in three lines: what, where, what next.
pub fn describe(fault: &Fault) -> String {
    let mut words = fault.what.clone();
    for (label, text) in [("where", &fault.location), ("next", &fault.remedy)] {
        if !text.is_empty() {
            words.push_str(&format!("\n  {label}: {text}"));
        }
    }
    words
}
