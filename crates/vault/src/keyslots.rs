//! The slot file, twice.
//!
//! `keyslots.json` is what counts; `keyslots.json.bak` is the same again, for the day a sector goes bad. It is
//! never an older generation for longer than it takes to write it, because an old generation opens with the old
//! password. A file must be byte for byte what this program writes: then every bit of it either is
//! authenticated with the wrapped key or cannot differ.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::key::Key;
use crate::slot::{Slot, VERSION};
use crate::{VaultError, disk};

/// One slot; two while a password is being changed, the new one last.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeySlots {
    v: u32,
    account: String,
    slots: Vec<Slot>,
}

impl KeySlots {
    pub fn new(account: &str, slots: Vec<Slot>) -> Self {
        Self { v: VERSION, account: account.to_owned(), slots }
    }

    pub fn exist(folder: &Path) -> bool {
        // A file that cannot be looked at is there.
        files(folder).iter().any(|path| path.try_exists().unwrap_or(true))
    }

    /// The readable copies, the one that counts first; both only if they differ. Never empty: if no copy is
    /// readable, what is wrong with the first.
    pub fn read(folder: &Path, account: &str) -> Result<Vec<Self>, VaultError> {
        let mut copies = Vec::new();
        let mut wrong = None;
        for path in files(folder) {
            let copy = match disk::read(&path) {
                Ok(Some(bytes)) => Self::parse(&path, &bytes, account),
                Ok(None) => Err(VaultError::damaged(&path, "missing")),
                Err(error) => Err(error),
            };
            match copy {
                Ok(copy) if !copies.contains(&copy) => copies.push(copy),
                Ok(_) => {}
                Err(error) => wrong = wrong.or(Some(error)),
            }
        }
        match wrong {
            Some(error) if copies.is_empty() => Err(error),
            _ => Ok(copies),
        }
    }

    /// The data key and the slot that `password` opens. Takes as long as there are slots to try.
    pub fn open(&self, password: &str) -> Result<Option<(Key, Slot)>, VaultError> {
        for slot in &self.slots {
            if let Some(key) = slot.open(&self.account, password)? {
                return Ok(Some((key, slot.clone())));
            }
        }
        Ok(None)
    }

    /// The slot of the latest password.
    pub fn newest(&self) -> Option<&Slot> {
        self.slots.last()
    }

    /// What should be on disk once `opened` has opened the account. The new password of a change that was
    /// interrupted completes it; the old one leaves both, because nobody was told that the change was done.
    pub fn after_opening(self, opened: &Slot) -> Self {
        if self.newest() == Some(opened) {
            return Self { slots: vec![opened.clone()], ..self };
        }
        self
    }

    /// Makes both copies this, durably.
    pub fn write(&self, folder: &Path) -> Result<(), VaultError> {
        let bytes = self.bytes();
        for path in files(folder) {
            if disk::read(&path).ok().flatten().as_ref() != Some(&bytes) {
                disk::replace(&path, &bytes)?;
            }
        }
        Ok(())
    }

    /// Overwrites and removes both copies: from here on nothing opens the account.
    pub fn shred(folder: &Path) -> Result<(), VaultError> {
        files(folder).iter().try_for_each(|path| disk::shred(path))
    }

    fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("numbers and digits are JSON")
    }

    fn parse(path: &Path, bytes: &[u8], account: &str) -> Result<Self, VaultError> {
        #[derive(Deserialize)]
        struct Versioned {
            v: u32,
        }
        let unreadable = |_| VaultError::damaged(path, "not a key file");
        let Versioned { v } = serde_json::from_slice(bytes).map_err(unreadable)?;
        if v > VERSION {
            return Err(VaultError::TooNew { found: v, known: VERSION });
        }
        let parsed: Self = serde_json::from_slice(bytes).map_err(unreadable)?;
        if parsed.v != VERSION || parsed.bytes() != bytes {
            return Err(VaultError::damaged(path, "not written by this program"));
        }
        if parsed.account != account {
            return Err(VaultError::damaged(path, "of another account"));
        }
        if !(1..=2).contains(&parsed.slots.len()) {
            return Err(VaultError::damaged(path, "neither one slot nor two"));
        }
        for slot in &parsed.slots {
            slot.cost.within_bounds()?;
        }
        Ok(parsed)
    }
}

fn files(folder: &Path) -> [PathBuf; 2] {
    ["keyslots.json", "keyslots.json.bak"].map(|name| folder.join(name))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::time::Instant;

    use tempfile::TempDir;

    use super::*;
    use crate::cost::FLOOR;

    const ASHA: &str = "00112233445566778899aabbccddeeff";
    const RAVI: &str = "ffeeddccbbaa99887766554433221100";

    /// Asha's slot file, its slot, and the key that her password gives for it.
    fn asha() -> (Vec<u8>, Slot, Key) {
        let slot = Slot::seal(ASHA, "lantern-otter-plum", FLOOR, &Key::random().unwrap()).unwrap();
        let wrapping_key = slot.wrapping_key(ASHA, "lantern-otter-plum").unwrap();
        (KeySlots::new(ASHA, vec![slot.clone()]).bytes(), slot, wrapping_key)
    }

    fn parse(bytes: &[u8], account: &str) -> Result<KeySlots, VaultError> {
        KeySlots::parse(Path::new("keyslots.json"), bytes, account)
    }

    #[test]
    fn no_single_bit_of_the_file_may_differ() {
        let (bytes, slot, wrapping_key) = asha();
        assert!(slot.unwrap(ASHA, &wrapping_key).is_some());
        let mut left_to_the_cipher = 0;
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            // Stronger than typing the right password, whose key would differ with the salt and the cost:
            // even the key of the unaltered slot must not open the altered one.
            for slot in parse(&flipped, ASHA).iter().flat_map(|file| &file.slots) {
                left_to_the_cipher += 1;
                assert!(slot.unwrap(ASHA, &wrapping_key).is_none(), "bit {bit} of the file");
            }
        }
        assert!(left_to_the_cipher > 300, "most digits have neighbours that are digits too");
    }

    #[test]
    fn the_same_content_written_otherwise_is_refused() {
        let (bytes, ..) = asha();
        let text = String::from_utf8(bytes).unwrap();
        let digit = text.find("\"salt\":\"").unwrap() + 8;
        let capital = text[digit..].find(|digit: char| digit.is_ascii_lowercase()).unwrap() + digit;
        let mut shouting = text.clone();
        shouting.replace_range(capital..=capital, &text[capital..=capital].to_uppercase());
        for other in [
            format!("{text}\n"),
            format!(" {text}"),
            text.replace(":", ": "),
            text.replace("\"v\":1", "\"v\":1,\"v\":1"),
            text.replace("\"v\":1", "\"v\":1.0"),
            text.replace("\"v\":1", "\"v\":0"),
            text.replace("\"p\":4", "\"p\":4,\"q\":1"),
            text.replace("\"p\":4", "\"p\":04"),
            text[..text.len() - 1].to_owned(),
            String::new(),
            "[".repeat(8000),
            shouting,
        ] {
            assert!(matches!(parse(other.as_bytes(), ASHA), Err(VaultError::Damaged { .. })), "{other}");
        }
        parse(text.as_bytes(), ASHA).unwrap_or_else(|_| panic!("untouched, it is read"));
    }

    #[test]
    fn an_edited_cost_is_refused_at_once() {
        let (bytes, ..) = asha();
        let text = String::from_utf8(bytes).unwrap();
        let start = Instant::now();
        for (from, to) in [
            ("\"m\":65536", "\"m\":8"),
            ("\"m\":65536", "\"m\":65535"),
            ("\"m\":65536", "\"m\":67108864"),
            ("\"t\":3", "\"t\":1"),
            ("\"t\":3", "\"t\":4000000000"),
            ("\"p\":4", "\"p\":1"),
            ("\"p\":4", "\"p\":17"),
        ] {
            let edited = parse(text.replace(from, to).as_bytes(), ASHA);
            assert!(matches!(edited, Err(VaultError::CostOutOfBounds { .. })), "{to}");
        }
        assert!(start.elapsed().as_millis() < 50);
    }

    #[test]
    fn a_slot_belongs_to_its_account() {
        let (bytes, slot, wrapping_key) = asha();
        assert!(matches!(parse(&bytes, RAVI), Err(VaultError::Damaged { .. })), "copied into ravi's folder");
        assert!(slot.unwrap(RAVI, &wrapping_key).is_none(), "and with ravi's id written into it");
    }

    #[test]
    fn a_file_of_a_later_version_is_left_alone() {
        let later = br#"{"v":2,"keys":"in a way nobody has thought of"}"#;
        assert!(matches!(parse(later, ASHA), Err(VaultError::TooNew { found: 2, known: VERSION })));
    }

    #[test]
    fn one_good_copy_is_enough_and_the_first_counts() {
        let (bytes, slot, _) = asha();
        let folder = TempDir::new().unwrap();
        let [first, second] = files(folder.path());
        let read = || KeySlots::read(folder.path(), ASHA);

        assert!(read().is_err() && !KeySlots::exist(folder.path()));
        fs::write(&second, &bytes).unwrap();
        assert_eq!(read().unwrap_or_default().len(), 1, "only the copy");
        fs::write(&first, b"a bad sector").unwrap();
        assert_eq!(read().unwrap_or_default().len(), 1, "the copy beside damage");
        fs::write(&first, &bytes).unwrap();
        assert_eq!(read().unwrap_or_default().len(), 1, "twice the same");
        fs::write(&first, KeySlots::new(ASHA, vec![slot.clone(), slot]).bytes()).unwrap();
        assert_eq!(read().unwrap_or_default()[0].slots.len(), 2, "the one that counts comes first");
        fs::write(&first, b"a bad sector").unwrap();
        fs::write(&second, b"and another").unwrap();
        assert!(matches!(read(), Err(VaultError::Damaged { path, .. }) if path == first));
        assert!(KeySlots::exist(folder.path()));
    }
}
