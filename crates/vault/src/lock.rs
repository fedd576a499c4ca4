use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use crate::VaultError;

/// Holds an account for this process. The kernel lets go of it when the process ends, however it ends.
pub(crate) struct AccountLock(#[expect(dead_code, reason = "held, never read")] File);

impl AccountLock {
    /// [`VaultError::AlreadyOpen`] if anybody holds it, this process included.
    pub fn take(folder: &Path) -> Result<Self, VaultError> {
        let path = folder.join("lock");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(VaultError::at(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(VaultError::AlreadyOpen),
            Err(TryLockError::Error(error)) => return Err(VaultError::at(&path)(error)),
        }
        // An erasing process removes the lock file while holding it: a lock on a file that has no name
        // any more keeps nobody out.
        let held = file.metadata().map_err(VaultError::at(&path))?;
        match fs::metadata(&path) {
            Ok(named) if (named.dev(), named.ino()) == (held.dev(), held.ino()) => Ok(Self(file)),
            _ => Err(VaultError::AlreadyOpen),
        }
    }
}
