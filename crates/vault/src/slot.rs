use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};

use crate::VaultError;
use crate::cost::Cost;
use crate::hex::Hex;
use crate::key::Key;

/// The data key, wrapped for one password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Slot {
    pub cost: Cost,
    pub salt: Hex<16>,
    pub nonce: Hex<24>,
    /// 32 bytes of key, 16 of tag.
    pub wrapped: Hex<48>,
}

/// Version of the format, which also names the algorithms: Argon2id 0x13, HKDF-SHA256, XChaCha20-Poly1305.
pub(crate) const VERSION: u32 = 1;

impl Slot {
    pub fn seal(account: &str, password: &str, cost: Cost, data_key: &Key) -> Result<Self, VaultError> {
        let slot = Self { cost, salt: Hex::random()?, nonce: Hex::random()?, wrapped: Hex([0; 48]) };
        let wrapping_key = slot.wrapping_key(account, password)?;
        Ok(slot.wrap(account, &wrapping_key, data_key))
    }

    /// `None` if it is not the password, or if anything in the slot has been altered.
    pub fn open(&self, account: &str, password: &str) -> Result<Option<Key>, VaultError> {
        Ok(self.unwrap(account, &self.wrapping_key(account, password)?))
    }

    /// The slow part.
    pub fn wrapping_key(&self, account: &str, password: &str) -> Result<Key, VaultError> {
        let stretched = self.cost.stretch(password.as_bytes(), &self.salt.0)?;
        Ok(stretched.derive(&[b"kek/v1", account.as_bytes()]))
    }

    pub fn unwrap(&self, account: &str, wrapping_key: &Key) -> Option<Key> {
        let (wrapped, tag) = self.wrapped.0.split_at(32);
        let tag = Tag::try_from(tag).ok()?;
        Key::filled(|key| {
            key.copy_from_slice(wrapped);
            XChaCha20Poly1305::new(wrapping_key.bytes().into()).decrypt_inout_detached(
                &XNonce::from(self.nonce.0),
                &self.header(account),
                key.as_mut_slice().into(),
                &tag,
            )
        })
        .ok()
    }

    fn wrap(mut self, account: &str, wrapping_key: &Key, data_key: &Key) -> Self {
        let header = self.header(account);
        let (key, tag) = self.wrapped.0.split_at_mut(32);
        key.copy_from_slice(data_key.bytes());
        let made = XChaCha20Poly1305::new(wrapping_key.bytes().into())
            .encrypt_inout_detached(&XNonce::from(self.nonce.0), &header, key.into())
            .expect("XChaCha20-Poly1305 takes 32 bytes and a short header");
        tag.copy_from_slice(&made);
        self
    }

    /// Everything about the slot that is in the clear, authenticated with it.
    fn header(&self, account: &str) -> Vec<u8> {
        #[derive(Serialize)]
        struct Header<'a> {
            v: u32,
            account: &'a str,
            cost: Cost,
            salt: &'a Hex<16>,
            nonce: &'a Hex<24>,
        }
        let header = Header { v: VERSION, account, cost: self.cost, salt: &self.salt, nonce: &self.nonce };
        serde_json::to_vec(&header).expect("numbers and digits are JSON")
    }
}
