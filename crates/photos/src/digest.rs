use std::fmt::Write;

use md5::Md5;
use sha2::{Digest, Sha256};

/// SHA-256 as 64 lower-case hex digits: the name of a photo in the store.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// MD5, which S3 stores use to check an upload and, as the `ETag`, to say what they hold. It guards against
/// accidents only; where it does not fit, SHA-256 decides.
pub fn md5(bytes: &[u8]) -> [u8; 16] {
    Md5::digest(bytes).into()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
