//! How a password opens an officer's account on this laptop.
//!
//! ```text
//! password, exactly the bytes typed
//!   └─ Argon2id 0x13, salt and cost from the slot      → 32 bytes
//!        └─ HKDF-SHA256, info "kek/v1" ‖ account id     → key-encryption key
//!             └─ XChaCha20-Poly1305, AAD = slot header   unwraps the data key, random for ever
//!                  ├─ HKDF-SHA256, info "sqlcipher/v1"    → key of the mirror
//!                  └─ HKDF-SHA256, info "photo-root/v1"   → root of the photos' keys
//! ```
//!
//! The data key never changes, so a new password rewrites three hundred bytes and not the mirror.
//!
//! On disk, folders 0700 and files 0600:
//!
//! ```text
//! <home>/install_salt                     32 random bytes; account ids are meaningless without them
//! <home>/cost.json                        what one guess costs on this machine, measured once
//! <home>/accounts/<id>/lock               flock: an account is open in one process only
//! <home>/accounts/<id>/keyslots.json      the wrapped data key, and the same again in keyslots.json.bak
//! <home>/accounts/<id>/throttle.json      failed attempts since the last success
//! <home>/accounts/<id>/mirror.db, photos/ what the keys are for; written by others
//! ```
//!
//! What this does not promise: a weak password falls to whoever copies the files, whatever a guess costs
//! (see [`strength`]); and program code running as the same user while the account is open can read the keys.

mod account;
mod cost;
mod disk;
mod error;
mod hex;
mod home;
mod key;
mod keyslots;
mod lock;
mod slot;
mod strength;
mod throttle;
mod unlocked;

pub use account::Account;
pub use error::VaultError;
pub use home::{Home, default_home};
pub use strength::{Strength, strength};
pub use unlocked::Unlocked;
