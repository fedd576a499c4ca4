use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

use crate::key::Key;
use crate::keyslots::KeySlots;
use crate::lock::AccountLock;
use crate::slot::Slot;
use crate::{VaultError, disk};

/// An open account: the only one who has its keys. Dropping it wipes them and lets others open the account.
pub struct Unlocked {
    id: String,
    folder: PathBuf,
    key: Key,
    /// The slot that opens with the password of the day.
    slot: Mutex<Slot>,
    _lock: AccountLock,
}

impl Unlocked {
    pub(crate) fn new(
        id: String,
        folder: PathBuf,
        lock: AccountLock,
        key: Key,
        slot: Slot,
    ) -> Result<Self, VaultError> {
        let unlocked = Self { id, folder, key, slot: Mutex::new(slot), _lock: lock };
        disk::private_folder(&unlocked.folder)?;
        disk::private_folder(&unlocked.photos_folder())?;
        Ok(unlocked)
    }

    /// What names the account without telling whose it is: see [`crate::Account::id`].
    pub fn account_id(&self) -> &str {
        &self.id
    }

    /// Private to this account; what is written here is removed with it.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the mirror is, or will be.
    pub fn mirror_path(&self) -> PathBuf {
        self.folder.join("mirror.db")
    }

    /// Where the sealed photos are. It exists.
    pub fn photos_folder(&self) -> PathBuf {
        self.folder.join("photos")
    }

    /// The raw key of the mirror's SQLCipher file.
    pub fn mirror_key(&self) -> Zeroizing<[u8; 32]> {
        self.key.derive(&[b"sqlcipher/v1"]).copy()
    }

    /// What the key of each photo is derived from.
    pub fn photo_root(&self) -> Zeroizing<[u8; 32]> {
        self.key.derive(&[b"photo-root/v1"]).copy()
    }

    /// From here on `new` opens the account and the password before does not. The keys stay the same.
    ///
    /// The new slot is added and read back before the old one goes, so that after a crash or an error
    /// at any moment at least one of the two passwords opens the account.
    pub fn change_password(&self, new: &str) -> Result<(), VaultError> {
        let mut slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        let added = Slot::seal(&self.id, new, slot.cost, &self.key)?;
        KeySlots::new(&self.id, vec![slot.clone(), added.clone()]).write(&self.folder)?;
        let written = KeySlots::read(&self.folder, &self.id)?;
        let opens = match written.first().and_then(KeySlots::newest) {
            Some(newest) => newest.open(&self.id, new)?.is_some_and(|key| key.bytes() == self.key.bytes()),
            None => false,
        };
        if !opens {
            return Err(VaultError::damaged(&self.folder, "the new key slot does not read back"));
        }
        KeySlots::new(&self.id, vec![added.clone()]).write(&self.folder)?;
        *slot = added;
        Ok(())
    }

    /// Removes the account from this laptop: first the slots, overwritten, after which nothing that is left can
    /// be read, then all its files. What still has one of them open reads on until it lets go.
    pub fn erase(&self) -> Result<(), VaultError> {
        KeySlots::shred(&self.folder)?;
        fs::remove_dir_all(&self.folder).map_err(VaultError::at(&self.folder))?;
        disk::sync_folder_of(&self.folder)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::UNIX_EPOCH;

    use tempfile::TempDir;

    use super::*;
    use crate::disk::crash_points;
    use crate::{Account, Home};

    const OLD: &str = "lantern-otter-plum";
    const NEW: &str = "copper-heron-gate";

    fn asha(folder: &TempDir) -> Account {
        Home::open(folder.path()).unwrap().uncalibrated().account("https://couch.example", "asha")
    }

    fn create(account: &Account) -> Unlocked {
        account.create(OLD).unwrap_or_else(|error| panic!("{error}"))
    }

    fn opens(account: &Account, password: &str) -> Option<[u8; 32]> {
        match account.unlock(password, UNIX_EPOCH) {
            Ok(unlocked) => Some(*unlocked.mirror_key()),
            Err(VaultError::WrongPassword) => None,
            Err(error) => panic!("{error}"),
        }
    }

    fn put(folder: &Path, files: &crash_points::Files) {
        for name in crash_points::files(folder).into_keys() {
            fs::remove_file(folder.join(name)).unwrap();
        }
        files.iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).unwrap());
    }

    #[test]
    fn only_the_new_password_opens_and_the_keys_are_the_same() {
        let folder = TempDir::new().unwrap();
        let account = asha(&folder);
        let unlocked = create(&account);
        let keys = (unlocked.mirror_key(), unlocked.photo_root());
        unlocked.change_password(NEW).unwrap();
        assert_eq!((unlocked.mirror_key(), unlocked.photo_root()), keys);
        let folder = unlocked.folder().to_owned();
        drop(unlocked);

        assert_eq!(opens(&account, OLD), None);
        assert_eq!(opens(&account, NEW), Some(*keys.0));
        // Not through the copy either.
        fs::write(folder.join("keyslots.json"), b"a bad sector").unwrap();
        assert_eq!(opens(&account, OLD), None);
        assert_eq!(opens(&account, NEW), Some(*keys.0));
        assert_eq!(
            fs::read(folder.join("keyslots.json")).unwrap(),
            fs::read(folder.join("keyslots.json.bak")).unwrap(),
            "opening mended the damaged copy"
        );
    }

    #[test]
    fn s3_a_change_cut_off_anywhere_leaves_a_password_that_opens() {
        let folder = TempDir::new().unwrap();
        let account = asha(&folder);
        let unlocked = create(&account);
        let key = *unlocked.mirror_key();
        crash_points::take();
        unlocked.change_password(NEW).unwrap();
        let crashes = crash_points::take();
        assert_eq!(crashes.len(), 8, "two steps for each of two copies of two generations");
        let folder = unlocked.folder().to_owned();
        drop(unlocked);

        for (step, files) in crashes.iter().enumerate() {
            put(&folder, files);
            let new = opens(&account, NEW);
            if new.is_some() {
                assert_eq!(opens(&account, OLD), None, "step {step}: the new password completed the change");
            }
            // The same crash again: opening mends what it finds.
            put(&folder, files);
            let old = opens(&account, OLD);
            assert!(old.is_some() || new.is_some(), "step {step}");
            assert!([old, new].into_iter().flatten().all(|found| found == key), "step {step}");
            if old.is_some() {
                let both = [opens(&account, OLD), opens(&account, NEW)];
                assert_eq!(both, [old, new], "step {step}: nobody was told that the change was done");
            }
        }
    }

    #[test]
    fn an_erased_account_leaves_nothing() {
        let folder = TempDir::new().unwrap();
        let account = asha(&folder);
        let unlocked = create(&account);
        fs::write(unlocked.mirror_path(), b"sealed").unwrap();
        fs::write(unlocked.photos_folder().join("0a"), b"sealed").unwrap();
        let path = unlocked.folder().to_owned();
        unlocked.erase().unwrap();
        assert!(!path.exists());
        assert_eq!(opens(&account, OLD), None);
    }

    #[test]
    fn an_erasure_cut_off_after_the_slots_opens_no_more_and_makes_room() {
        let folder = TempDir::new().unwrap();
        let account = asha(&folder);
        let unlocked = create(&account);
        let key = *unlocked.mirror_key();
        fs::write(unlocked.mirror_path(), b"sealed").unwrap();
        let slots = unlocked.folder().join("keyslots.json");
        let seen_by_a_thief = fs::File::open(&slots).unwrap();
        KeySlots::shred(unlocked.folder()).unwrap();
        let overwritten = std::io::read_to_string(seen_by_a_thief).unwrap();
        assert!(!overwritten.is_empty() && overwritten.bytes().all(|byte| byte == 0));
        drop(unlocked);

        assert!(!account.exists());
        assert_eq!(opens(&account, OLD), None);
        let anew = create(&account);
        assert_ne!(*anew.mirror_key(), key);
        assert!(!anew.mirror_path().exists());
    }
}
