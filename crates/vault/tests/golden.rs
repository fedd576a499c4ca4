//! A slot file made once, by another implementation of the format: it must open for ever.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use vault::{Home, VaultError};

#[test]
fn an_account_of_the_first_version_opens() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let folder = tempfile::tempdir().unwrap();
    fs::copy(golden.join("install_salt"), folder.path().join("install_salt")).unwrap();
    let account = Home::open(folder.path()).unwrap().account("https://couch.example:6984", "asha");
    assert_eq!(account.id(), "54574651f129ca4afecd1228ffe57cbf");
    let slots = folder.path().join("accounts").join(account.id());
    fs::create_dir(&slots).unwrap();
    fs::copy(golden.join("keyslots.json"), slots.join("keyslots.json")).unwrap();

    let wrong = account.unlock("Caf\u{e9} lantern 8", SystemTime::now());
    assert!(matches!(wrong, Err(VaultError::WrongPassword)));
    let opened =
        account.unlock("Caf\u{e9} lantern 7", SystemTime::now()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        hex(&*opened.mirror_key()),
        "af2b4cd21154fa53c3be3e9ddd8c828ee30c8d38a9da54e3be22e4ed1a1c028b"
    );
    assert_eq!(
        hex(&*opened.photo_root()),
        "4c972d1390039d26d288b1fcc7a61b522f2d8ce2bb17c2d1ccc273fb056e4398"
    );
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
