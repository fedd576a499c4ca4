use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::cost::{Cost, FLOOR};
use crate::key::Key;
use crate::keyslots::KeySlots;
use crate::lock::AccountLock;
use crate::slot::Slot;
use crate::throttle::Throttle;
use crate::{Unlocked, VaultError, disk};

/// One officer's account on this laptop, closed.
#[derive(Clone)]
pub struct Account {
    id: String,
    home: PathBuf,
    folder: PathBuf,
    calibrates: bool,
}

impl Account {
    pub(crate) fn new(home: PathBuf, id: String, calibrates: bool) -> Self {
        let folder = home.join("accounts").join(&id);
        Self { id, home, folder, calibrates }
    }

    /// 32 hexadecimal digits that reveal neither the server nor the user.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether there is something to unlock.
    pub fn exists(&self) -> bool {
        KeySlots::exist(&self.folder)
    }

    /// Makes the account, with a data key of its own, and opens it. Call it only after the server has accepted
    /// the password. What an interrupted [`Unlocked::erase`] left in the folder is removed: nothing opens it.
    ///
    /// [`VaultError::AlreadyExists`], [`VaultError::AlreadyOpen`], or the machine refuses.
    pub fn create(&self, password: &str) -> Result<Unlocked, VaultError> {
        disk::private_folder(&self.folder)?;
        disk::sync_folder_of(&self.folder)?;
        let lock = AccountLock::take(&self.folder)?;
        if self.exists() {
            return Err(VaultError::AlreadyExists);
        }
        self.clear()?;
        let cost = if self.calibrates { Cost::measure(&self.home)? } else { FLOOR };
        let key = Key::random()?;
        let slot = Slot::seal(&self.id, password, cost, &key)?;
        Throttle::of(&self.folder).reset()?;
        KeySlots::new(&self.id, vec![slot.clone()]).write(&self.folder)?;
        Unlocked::new(self.id.clone(), self.folder.clone(), lock, key, slot)
    }

    /// Opens the account. `now` is the wall clock.
    ///
    /// [`VaultError::WrongPassword`] for a wrong password and, after the same time, for an account that is not
    /// on this laptop; [`VaultError::Throttled`] after several; [`VaultError::AlreadyOpen`]; or neither copy of
    /// the slot file is usable.
    pub fn unlock(&self, password: &str, now: SystemTime) -> Result<Unlocked, VaultError> {
        if !self.exists() {
            let cost = Cost::measured(&self.home)?.unwrap_or(FLOOR);
            cost.stretch(password.as_bytes(), &[0; 16])?;
            return Err(VaultError::WrongPassword);
        }
        let lock = AccountLock::take(&self.folder)?;
        let copies = KeySlots::read(&self.folder, &self.id)?;
        let throttle = Throttle::of(&self.folder);
        throttle.attempt(now)?;
        for copy in copies {
            if let Some((key, slot)) = copy.open(password)? {
                throttle.reset()?;
                copy.after_opening(&slot).write(&self.folder)?;
                return Unlocked::new(self.id.clone(), self.folder.clone(), lock, key, slot);
            }
        }
        Err(VaultError::WrongPassword)
    }

    /// Moves the account out of the way, whole, and returns where to; then it can be made anew. For an officer
    /// whom the server knows but who has lost the old password, or whose slot files are both damaged.
    pub fn set_aside(&self, now: SystemTime) -> Result<PathBuf, VaultError> {
        let _lock = AccountLock::take(&self.folder)?;
        let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let aside = self.folder.with_added_extension(format!("orphan-{seconds}"));
        fs::rename(&self.folder, &aside).map_err(VaultError::at(&self.folder))?;
        disk::sync_folder_of(&self.folder)?;
        Ok(aside)
    }

    fn clear(&self) -> Result<(), VaultError> {
        for entry in fs::read_dir(&self.folder).map_err(VaultError::at(&self.folder))? {
            let entry = entry.map_err(VaultError::at(&self.folder))?;
            let path: &Path = &entry.path();
            let kind = entry.file_type().map_err(VaultError::at(path))?;
            if kind.is_dir() {
                fs::remove_dir_all(path).map_err(VaultError::at(path))?;
            } else if entry.file_name() != "lock" {
                fs::remove_file(path).map_err(VaultError::at(path))?;
            }
        }
        Ok(())
    }
}
