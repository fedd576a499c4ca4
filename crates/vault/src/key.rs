use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// A secret of 32 bytes: it stays in one place on the heap, is wiped when dropped, and cannot be printed.
pub(crate) struct Key(Box<Zeroizing<[u8; 32]>>);

impl Key {
    /// From the operating system's generator: a generator of our own would keep a copy of what it made.
    pub fn random() -> Result<Self, getrandom::Error> {
        Self::filled(|bytes| getrandom::fill(bytes))
    }

    /// A key that `fill` writes where it will stay.
    pub fn filled<E>(fill: impl FnOnce(&mut [u8; 32]) -> Result<(), E>) -> Result<Self, E> {
        let mut key = Self(Box::new(Zeroizing::new([0; 32])));
        fill(&mut key.0)?;
        Ok(key)
    }

    /// HKDF-SHA256 of this key, without a salt. A different `info` gives an unrelated key.
    pub fn derive(&self, info: &[&[u8]]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(None, self.bytes());
        Self::filled(|key| hkdf.expand_multi_info(info, key))
            .expect("32 bytes are less than the 8,160 that HKDF-SHA256 can give")
    }

    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A copy for those who keep their secrets in arrays.
    pub fn copy(&self) -> Zeroizing<[u8; 32]> {
        (*self.0).clone()
    }
}
