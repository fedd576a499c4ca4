//! Whether a document that is lawful JSON text is also one that every reader can take.
//!
//! A [`serde_json::value::RawValue`] only proves the grammar. Nesting beyond what a recursive reader
//! survives, halves of surrogate pairs and floods of tiny fields are found here, in one pass over
//! the bytes, so that they are set aside before anything tries to build them in memory.

/// Most bytes of one document.
pub(crate) const LARGEST_DOCUMENT: usize = 16 << 20;
/// Deepest nesting, the document itself included: what `serde_json` reads back.
const DEEPEST: usize = 127;
/// Most fields and elements together; a grievance has a few dozen.
const MOST_PARTS: usize = 100_000;

/// Why the JSON text of a document must be set aside, if it must.
pub(crate) fn check(document: &str) -> Result<(), String> {
    if document.len() > LARGEST_DOCUMENT {
        return Err(format!("larger than {} MiB", LARGEST_DOCUMENT >> 20));
    }
    let bytes = document.as_bytes();
    let (mut at, mut depth, mut parts) = (0, 0_usize, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => at = end_of_string(bytes, at + 1)?,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => parts += 1,
            _ => {}
        }
        if depth > DEEPEST {
            return Err(format!("nested deeper than {DEEPEST} levels"));
        }
        if parts > MOST_PARTS {
            return Err(format!("more than {MOST_PARTS} fields"));
        }
        at += 1;
    }
    Ok(())
}

/// The place of the quote that closes the string whose first byte is at `at`.
fn end_of_string(bytes: &[u8], mut at: usize) -> Result<usize, String> {
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => break,
            b'\\' if bytes.get(at + 1) == Some(&b'u') => at += escape_length(bytes, at)?,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    Ok(at)
}

/// The length of the `\uXXXX` at `at`: twelve bytes for a whole surrogate pair, else six.
fn escape_length(bytes: &[u8], at: usize) -> Result<usize, String> {
    match (unit(bytes, at), unit(bytes, at + 6)) {
        (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => Ok(12),
        (Some(0xD800..=0xDFFF), _) => Err("half of a surrogate pair in a text".to_owned()),
        _ => Ok(6),
    }
}

/// The UTF-16 unit that a `\uXXXX` at `at` stands for.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_every_reader_can_take_is_sound() {
        for document in [
            "{}",
            r#"{"a":"\u0000\\\"[{","b":[[],{}]}"#,
            r#"{"lamp":"\ud83d\ude00","\u0915":"क"}"#,
            r#"{"a":"\\ud800"}"#, // an escaped backslash, then letters
        ] {
            assert_eq!(check(document), Ok(()), "{document}");
            serde_json::from_str::<serde_json::Value>(document).unwrap();
        }
    }

    #[test]
    fn half_pairs_are_unsound() {
        for document in [
            r#"{"a":"\ud800"}"#,
            r#"{"a":"\udc00"}"#,
            r#"{"a":"\uDBFFx\uDC00"}"#,
            r#"{"a":"\ud800\ud800\udc00"}"#,
            r#"{"\ud800":1}"#,
        ] {
            assert!(check(document).is_err(), "{document}");
        }
    }

    #[test]
    fn depth_is_allowed_exactly_as_far_as_it_can_be_read_back() {
        for (depth, sound) in [(1, true), (127, true), (128, false), (100_000, false)] {
            let document = "[".repeat(depth) + &"]".repeat(depth);
            assert_eq!(check(&document).is_ok(), sound, "{depth}");
            let read = serde_json::from_str::<serde_json::Value>(&document);
            assert_eq!(read.is_ok(), sound, "{depth}");
        }
    }

    #[test]
    fn floods_are_unsound() {
        let fields = format!("[{}0]", "0,".repeat(MOST_PARTS + 1));
        assert!(check(&fields).is_err());
        let text = format!("\"{}\"", ",".repeat(MOST_PARTS + 1));
        assert_eq!(check(&text), Ok(()));
        let long = format!("\"{}\"", "x".repeat(LARGEST_DOCUMENT));
        assert!(check(&long).is_err());
    }
}
