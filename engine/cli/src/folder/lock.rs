//! The sign that a process is at work in a run folder: a file that it holds locked. A process that is killed lets go of it.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// The name of the file.
pub const NAME: &str = ".running";

/// A run folder that is held by this process.
pub struct Lock {
    path: PathBuf,
    /// Nothing on file systems without locks.
    file: Option<File>,
}

/// Another process holds it.
pub struct Held;

impl Lock {
    /// Takes the folder. Where the file system knows no locks, or nothing may be written, it is taken as free.
    ///
    /// # Errors
    /// If another process holds it.
    pub fn take(folder: &Path) -> Result<Self, Held> {
        let path = folder.join(NAME);
        let Ok(file) = File::options().write(true).create(true).truncate(false).open(&path) else {
            return Ok(Self { path, file: None });
        };
        match file.try_lock() {
            Ok(()) => Ok(Self { path, file: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(Held),
            Err(TryLockError::Error(_)) => Ok(Self { path, file: None }),
        }
    }

    /// Whether some process holds the folder.
    pub fn is_held(folder: &Path) -> bool {
        let file = File::options().write(true).open(folder.join(NAME));
        file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            let _gone_already = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_by_one_at_a_time() {
        let folder = std::env::temp_dir().join(format!("augsphere-lock-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        assert!(!Lock::is_held(&folder));
        let first = Lock::take(&folder).ok().expect("nobody holds it");
        assert!(Lock::is_held(&folder) && Lock::take(&folder).is_err());
        drop(first);
        assert!(!Lock::is_held(&folder) && Lock::take(&folder).is_ok());
        fs::remove_dir_all(&folder).expect("my own folder");
    }
}
