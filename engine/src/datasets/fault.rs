//! Errors of data sets, with what to do about each.

use augsphere_spec::Fault;
use std::io;
use thiserror::Error;

/// Why a data set could not be loaded. The text says what was expected and what was found.
#[derive(Debug, Error)]
pub enum DataError {
    /// There is no data set of this kind.
    #[error("there is no data set called {kind:?}; known: {}", known.join(", "))]
    Unknown {
        /// What was asked for.
        kind: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A knob has a value that its bounds alone do not rule out.
    #[error("expected {expected}, found {found}")]
    Knob {
        /// Dotted path of the knob.
        path: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// The data set is read from an archive, and none was given.
    #[error("{title} is read from its archive, and none was given")]
    Missing {
        /// Kind of the data set.
        kind: &'static str,
        /// Name of the data set.
        title: &'static str,
    },
    /// Not an archive of this data set at all, or not the right one.
    #[error("expected {expected}, found {found}")]
    Foreign {
        /// The file.
        location: String,
        /// What it should have been.
        expected: String,
        /// What it looks like.
        found: String,
        /// What to do about it.
        remedy: String,
    },
    /// The right files, but something in them is not as it must be.
    #[error("expected {expected}, found {found}")]
    Layout {
        /// The file.
        location: String,
        /// What it should hold.
        expected: String,
        /// What it holds.
        found: String,
    },
    /// The file ends too early.
    #[error("expected {expected}, found the end of the file")]
    Truncated {
        /// The file.
        location: String,
        /// What should have come.
        expected: String,
    },
    /// The bytes are damaged.
    #[error("expected an intact archive, found damaged bytes ({found})")]
    Damaged {
        /// The file.
        location: String,
        /// What the decoder says.
        found: String,
    },
    /// It unpacks to more than any archive of a known data set.
    #[error("expected at most {} MiB after unpacking, found more", limit >> 20)]
    TooLarge {
        /// The file.
        location: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The system does not let us read it.
    #[error("expected a file or folder that can be read, found: {source}")]
    Unreadable {
        /// The file.
        location: String,
        /// What the system says.
        source: io::Error,
    },
}

impl DataError {
    /// What a failed read of `location` means, while `expected` should have come.
    pub(super) fn reading(location: &str, expected: impl Into<String>, error: io::Error) -> Self {
        let location = location.to_owned();
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated { location, expected: expected.into() },
            io::ErrorKind::FileTooLarge => Self::TooLarge { location, limit: super::archive::LIMIT },
            // What the decoders of gzip and tar answer to bytes that cannot be theirs.
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
                Self::Damaged { location, found: error.to_string() }
            }
            _ => Self::Unreadable { location, source: error },
        }
    }

    /// Where it went wrong: a file, or the dotted path of a knob.
    pub fn location(&self) -> &str {
        match self {
            Self::Unknown { .. } => "data.kind",
            Self::Knob { path, .. } => path,
            Self::Missing { .. } => "data.path",
            Self::Foreign { location, .. }
            | Self::Layout { location, .. }
            | Self::Truncated { location, .. }
            | Self::Damaged { location, .. }
            | Self::TooLarge { location, .. }
            | Self::Unreadable { location, .. } => location,
        }
    }

    /// What to do next, in a sentence.
    pub fn remedy(&self) -> String {
        match self {
            Self::Unknown { known, .. } => format!("Choose one of {}.", known.join(", ")),
            Self::Knob { path, expected, .. } => format!("Set {path} to {expected}."),
            Self::Missing { kind, .. } => {
                format!(
                    "Drop the archive ({kind} binary version, .tar.gz or .tar) on the page, or give its path with --set data.path=..."
                )
            }
            Self::Foreign { remedy, .. } => remedy.clone(),
            Self::Layout { .. } => "Fetch the archive's binary version again and give it as it is, without repacking it.".into(),
            Self::Truncated { .. } | Self::Damaged { .. } => {
                "The download was probably cut short or altered: fetch the archive again and compare its size or checksum.".into()
            }
            Self::TooLarge { .. } => "Give the data set's own archive; the largest one known here unpacks to 176 MiB.".into(),
            Self::Unreadable { .. } => {
                "Check the path and its permissions; in a browser, drop the archive on the page instead.".into()
            }
        }
    }
}

impl From<DataError> for Fault {
    /// The run that was under way goes on: a data set is only taken once it has been read completely.
    fn from(error: DataError) -> Self {
        Self {
            what: error.to_string(),
            location: error.location().to_owned(),
            remedy: error.remedy(),
            recoverable: true,
            settings: Vec::new(),
        }
    }
}
