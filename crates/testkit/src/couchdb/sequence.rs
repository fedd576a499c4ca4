//! Sequences a client must not look into: `N-g1AAAA…`, a number for the eye and an opaque part
//! that alone counts. It names the incarnation of the database, so that a sequence from before
//! a drop is worth nothing afterwards, as with CouchDB.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::answer::Refusal;

const START: &str = "g1AAAAC";

/// `tag` is the incarnation, 16 hex digits.
pub fn write(sequence: u64, tag: &str) -> String {
    let opaque = URL_SAFE_NO_PAD.encode(format!("{tag}:{sequence:016x}:CouchDB stand-in"));
    format!("{sequence}-{START}{opaque}")
}

/// The number after which changes are wanted: 0 for another incarnation's sequence.
pub fn read(text: &str, tag: &str, newest: u64) -> Result<u64, Refusal> {
    let text = text.trim_matches('"');
    match text {
        "" | "0" => return Ok(0),
        "now" => return Ok(newest),
        _ => {}
    }
    let opaque = match text.split_once('-') {
        Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => text,
    };
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(opaque.strip_prefix(START)?).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let mut parts = text.split(':');
        let found = parts.next()?;
        let sequence = u64::from_str_radix(parts.next()?, 16).ok()?;
        Some(if found == tag { sequence } else { 0 })
    };
    read().ok_or_else(|| Refusal::bad_request("Malformed sequence supplied in 'since' parameter."))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_the_opaque_part_counts_and_only_for_its_own_incarnation() {
        let written = write(41, "00000000000000aa");
        assert!(written.starts_with("41-g1AAAA"));
        assert_eq!(read(&written, "00000000000000aa", 50).unwrap(), 41);
        let misleading = written.replacen("41", "7", 1);
        assert_eq!(read(&misleading, "00000000000000aa", 50).unwrap(), 41);
        assert_eq!(read(&written, "00000000000000bb", 50).unwrap(), 0);
        assert_eq!(read("now", "00000000000000aa", 50).unwrap(), 50);
        assert!(read("garbage", "00000000000000aa", 50).is_err());
        assert!(read("12", "00000000000000aa", 50).is_err());
    }
}
