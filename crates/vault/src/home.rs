use std::fs::File;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::hex::{Hex, digits};
use crate::{Account, VaultError, disk};

/// Where a user's accounts are unless somebody chooses otherwise: `MYWARD_HOME`, or `myward-officer` among the user's
/// data; `None` for a user without a home folder.
pub fn default_home() -> Option<PathBuf> {
    let data = || match std::env::var_os("XDG_DATA_HOME") {
        Some(folder) => Some(PathBuf::from(folder)),
        None => std::env::home_dir().map(|home| home.join(".local/share")),
    };
    std::env::var_os("MYWARD_HOME")
        .map(PathBuf::from)
        .or_else(|| data().map(|data| data.join("myward-officer")))
}

/// Where this laptop keeps its accounts. It cannot list them: their folders bear names that say nothing.
pub struct Home {
    folder: PathBuf,
    install_salt: [u8; 32],
    calibrates: bool,
}

impl Home {
    /// Makes the folder private to this user, and its install salt, unless they are there.
    pub fn open(path: &Path) -> Result<Self, VaultError> {
        disk::private_folder(path)?;
        disk::private_folder(&path.join("accounts"))?;
        let folder = File::open(path).map_err(VaultError::at(path))?;
        folder.lock().map_err(VaultError::at(path))?;
        let salt_file = path.join("install_salt");
        let install_salt = match disk::read(&salt_file)? {
            // Never made anew: accounts could not be found again.
            Some(bytes) => bytes.try_into().map_err(|_| VaultError::damaged(&salt_file, "not 32 bytes"))?,
            None => {
                let Hex(salt) = Hex::random()?;
                disk::replace(&salt_file, &salt)?;
                salt
            }
        };
        Ok(Self { folder: path.to_owned(), install_salt, calibrates: true })
    }

    /// New accounts cost what a guess must cost at least, not what this machine could bear. For tests and
    /// demonstrations, which have no two seconds to measure it.
    pub fn uncalibrated(self) -> Self {
        Self { calibrates: false, ..self }
    }

    /// The account whose [`Account::id`] was noted earlier.
    ///
    /// [`VaultError::Damaged`] when it is not 32 hexadecimal digits, so that a note never leads out of the folder.
    pub fn account_with_id(&self, id: &str) -> Result<Account, VaultError> {
        match id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            true => Ok(Account::new(self.folder.clone(), id.to_owned(), self.calibrates)),
            false => Err(VaultError::damaged(&self.folder.join("current"), "not the id of an account")),
        }
    }

    /// The account of `user` at the server `origin`, whether it has been made or not. Writes nothing.
    pub fn account(&self, origin: &str, user: &str) -> Account {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.install_salt).expect("HMAC takes any key");
        for part in [origin, "\n", user] {
            mac.update(part.as_bytes());
        }
        let id = digits(&mac.finalize().into_bytes()[..16]);
        Account::new(self.folder.clone(), id, self.calibrates)
    }
}
