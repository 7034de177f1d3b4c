//! Files that are there whole or as they were: written under another name first, and then renamed.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A file that is complete on the disk under another name.
pub struct Part {
    path: PathBuf,
    /// What the file system refused of what would have made it safe from a power cut.
    pub refused: Option<io::Error>,
}

impl Part {
    /// Writes `bytes` to `path`, which is taken away again if that fails.
    ///
    /// # Errors
    /// A disk that refuses, or is full.
    pub fn write(path: PathBuf, bytes: &[u8]) -> io::Result<Self> {
        Self::write_synced(path, bytes, File::sync_all)
    }

    /// As [`Part::write`]. Some network file systems refuse `sync`: that alone is no reason to lose a run, and comes back as what was refused.
    fn write_synced(path: PathBuf, bytes: &[u8], sync: impl Fn(&File) -> io::Result<()>) -> io::Result<Self> {
        let written = File::create(&path).and_then(|mut file| {
            file.write_all(bytes)?;
            match sync(&file) {
                // What does not fit may only be noticed now.
                Err(error) if full(&error) => Err(error),
                refused => Ok(refused.err()),
            }
        });
        match written {
            Ok(refused) => Ok(Self { path, refused }),
            Err(error) => {
                let _absent = fs::remove_file(&path);
                Err(error)
            }
        }
    }

    /// Gives it its name, in place of what had that name.
    ///
    /// # Errors
    /// A disk that refuses; what had the name then stays.
    pub fn rename(self, whole: &Path) -> io::Result<Option<io::Error>> {
        match fs::rename(&self.path, whole) {
            Ok(()) => Ok(self.refused),
            Err(error) => {
                let _absent = fs::remove_file(&self.path);
                Err(error)
            }
        }
    }
}

fn full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some network file systems answer `fsync` with "invalid argument" or "not supported".
    #[test]
    fn a_file_system_that_refuses_to_sync_keeps_the_file_and_says_so() {
        let folder = std::env::temp_dir().join(format!("augsphere-sync-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let (part, whole) = (folder.join(".a.part"), folder.join("a"));
        let refusing = |kind: ErrorKind| move |_: &File| Err(io::Error::from(kind));
        for kind in [ErrorKind::InvalidInput, ErrorKind::Unsupported, ErrorKind::Other] {
            let written = Part::write_synced(part.clone(), b"first", refusing(kind)).expect("written all the same");
            let refused = written.rename(&whole).expect("renamed");
            assert_eq!(refused.map(|error| error.kind()), Some(kind));
            assert_eq!(fs::read(&whole).expect("a file"), b"first");
        }
        // A disk that turns out to be full is another matter: what was there stays.
        assert!(Part::write_synced(part.clone(), b"second", refusing(ErrorKind::StorageFull)).is_err());
        assert_eq!(fs::read(&whole).expect("a file"), b"first");
        assert!(!part.exists());
        fs::remove_dir_all(&folder).expect("my own folder");
    }
}
