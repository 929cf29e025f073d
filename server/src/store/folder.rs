//! The data folder and its lock.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::StoreError;

/// A data folder that no other process uses while this value lives.
#[derive(Debug)]
pub struct LockedFolder {
    path: PathBuf,
    _lock: File,
}

impl LockedFolder {
    /// Creates the folder if need be and locks it.
    pub fn lock(path: &Path) -> Result<Self, StoreError> {
        let error = |source| StoreError::Folder { folder: path.to_owned(), source };
        fs::create_dir_all(path).map_err(error)?;
        let file = File::options().create(true).truncate(false).write(true).open(path.join("lock")).map_err(error)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(error(source)),
        }
    }

    /// Makes a file that only its owner can read, unless it is there already.
    pub(super) fn make_private_file(&self, name: &str) -> Result<(), StoreError> {
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let made = options.open(self.path.join(name));
        made.map(drop).map_err(|source| StoreError::Folder { folder: self.path.clone(), source })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
