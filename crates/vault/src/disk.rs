//! Private files that are either whole or absent after a crash.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::VaultError;

/// No file of ours is longer.
const LONGEST: u64 = 8 * 1024;

/// Makes the folder and those above it; the folder itself is 0700 afterwards even if it was there before.
pub(crate) fn private_folder(path: &Path) -> Result<(), VaultError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(VaultError::at(path))?;
    fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(VaultError::at(path))
}

/// `None` if there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, VaultError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(VaultError::at(path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(VaultError::at(path))?;
    if bytes.len() as u64 > LONGEST {
        return Err(VaultError::damaged(path, "too long"));
    }
    Ok(Some(bytes))
}

/// Puts `bytes` at `path` so that a crash at any moment leaves the old file or the new one.
/// One writer at a time: the caller holds a lock.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    let unfinished = unfinished(path);
    remove(&unfinished)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)
        .map_err(VaultError::at(&unfinished))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(VaultError::at(&unfinished))?;
    #[cfg(test)]
    crash_points::note(path);
    fs::rename(&unfinished, path).map_err(VaultError::at(path))?;
    sync_folder_of(path)?;
    #[cfg(test)]
    crash_points::note(path);
    Ok(())
}

/// Overwrites the file, then removes it, durably; also what an interrupted [`replace`] left behind.
pub(crate) fn shred(path: &Path) -> Result<(), VaultError> {
    for path in [path.to_owned(), unfinished(path)] {
        if let Some(bytes) = read(&path)? {
            let mut file = OpenOptions::new().write(true).open(&path).map_err(VaultError::at(&path))?;
            file.write_all(&vec![0; bytes.len()])
                .and_then(|()| file.sync_all())
                .map_err(VaultError::at(&path))?;
            remove(&path)?;
        }
    }
    sync_folder_of(path)
}

/// Removes a file that may be absent.
pub(crate) fn remove(path: &Path) -> Result<(), VaultError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(VaultError::at(path)(error)),
        _ => Ok(()),
    }
}

/// Makes names added to or removed from the folder that holds `path` survive a power loss.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), VaultError> {
    let folder = path.parent().unwrap_or(path);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(VaultError::at(folder))
}

fn unfinished(path: &Path) -> PathBuf {
    path.with_added_extension("unfinished")
}

/// What a crash would leave: the files beside the one being replaced, after every step, for one thread's test.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod crash_points {
    use std::cell::RefCell;
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;

    pub type Files = BTreeMap<std::ffi::OsString, Vec<u8>>;

    thread_local!(static SEEN: RefCell<Vec<Files>> = const { RefCell::new(Vec::new()) });

    pub fn note(path: &Path) {
        SEEN.with_borrow_mut(|seen| seen.push(files(path.parent().unwrap())));
    }

    pub fn take() -> Vec<Files> {
        SEEN.take()
    }

    pub fn files(folder: &Path) -> Files {
        let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
        let entries = entries.filter(|entry| entry.file_type().unwrap().is_file());
        entries.map(|entry| (entry.file_name(), fs::read(entry.path()).unwrap())).collect()
    }
}
