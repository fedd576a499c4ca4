//! Finds planted texts and bytes in files, in any form in which a program might have left them.

use std::collections::HashMap;

/// Something nobody without the password may find.
pub struct Secret {
    pub what: &'static str,
    pub bytes: Vec<u8>,
}

pub fn secret(what: &'static str, bytes: impl Into<Vec<u8>>) -> Secret {
    Secret { what, bytes: bytes.into() }
}

/// All forms of all secrets, by their first bytes.
pub struct Search(HashMap<[u8; HEAD], Vec<Form>>);

const HEAD: usize = 4;

struct Form {
    name: String,
    bytes: Vec<u8>,
}

impl Search {
    pub fn for_all(secrets: &[Secret]) -> Search {
        let mut search = HashMap::<_, Vec<Form>>::new();
        for secret in secrets {
            for (form, bytes) in forms(&secret.bytes) {
                let name = format!("{} as {form}", secret.what);
                assert!(bytes.len() > HEAD, "{name} is too short to look for");
                search.entry(*bytes.first_chunk().unwrap()).or_default().push(Form { name, bytes });
            }
        }
        Search(search)
    }

    /// What of the secrets is in `content`, and as what.
    pub fn hits(&self, content: &[u8]) -> Vec<&str> {
        let mut hits = Vec::new();
        for (at, head) in content.windows(HEAD).enumerate() {
            let candidates = self.0.get(head).into_iter().flatten();
            hits.extend(
                candidates.filter(|form| content[at..].starts_with(&form.bytes)).map(|form| &*form.name),
            );
        }
        hits
    }
}

fn forms(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![("itself", bytes.to_vec())];
    if let Ok(text) = std::str::from_utf8(bytes) {
        forms.push(("UTF-16LE", text.encode_utf16().flat_map(u16::to_le_bytes).collect()));
        forms.push(("UTF-16BE", text.encode_utf16().flat_map(u16::to_be_bytes).collect()));
        forms.push(("escaped JSON", escaped(text)));
    }
    let hex = |digit: fn(&u8) -> String| bytes.iter().map(digit).collect::<String>().into_bytes();
    forms.push(("hex", hex(|byte| format!("{byte:02x}"))));
    forms.push(("HEX", hex(|byte| format!("{byte:02X}"))));
    for before in 0..3 {
        let standard = base64(bytes, before);
        let url = standard.iter().map(|digit| match digit {
            b'+' => b'-',
            b'/' => b'_',
            other => *other,
        });
        forms.push(("base64 for URLs", url.collect()));
        forms.push(("base64", standard));
    }
    forms.dedup_by(|one, other| one.1 == other.1);
    forms
}

/// As JSON in ASCII.
fn escaped(text: &str) -> Vec<u8> {
    let escape = |unit: u16| match u8::try_from(unit) {
        Ok(ascii) if ascii.is_ascii() => char::from(ascii).to_string(),
        _ => format!("\\u{unit:04x}"),
    };
    text.encode_utf16().map(escape).collect::<String>().into_bytes()
}

/// The digits that `bytes` has in base64 when `before` bytes go before them, whatever these are and
/// whatever follows.
fn base64(bytes: &[u8], before: usize) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let unknown = (6 - before * 8 % 6) % 6;
    let number = |digit: &[u8]| digit.iter().fold(0, |number, bit| number << 1 | usize::from(*bit));
    bits[unknown..].chunks_exact(6).map(|digit| DIGITS[number(digit)]).collect()
}

const DRAIN: &str = "ಮೋರಿ: the drain at Kaveri Bend?>";

#[test]
fn a_planted_text_is_found_in_every_form() {
    let search = Search::for_all(&[secret("text", DRAIN)]);
    // As other programs make them: `printf 'xx…' | base64`.
    let planted: [(&str, &[u8]); 9] = [
        ("text as itself", DRAIN.as_bytes()),
        ("text as UTF-16LE", &DRAIN.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()),
        ("text as UTF-16BE", &DRAIN.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>()),
        ("text as escaped JSON", br"\u0cae\u0ccb\u0cb0\u0cbf: the drain at Kaveri Bend?>"),
        ("text as hex", b"e0b2aee0b38be0b2b0e0b2bf3a2074686520647261696e206174204b61766572692042656e643f3e"),
        ("text as HEX", b"E0B2AEE0B38BE0B2B0E0B2BF3A2074686520647261696E206174204B61766572692042656E643F3E"),
        ("text as base64", b"4LKu4LOL4LKw4LK/OiB0aGUgZHJhaW4gYXQgS2F2ZXJpIEJlbmQ/Pg=="),
        ("text as base64 for URLs", b"eOCyruCzi-CysOCyvzogdGhlIGRyYWluIGF0IEthdmVyaSBCZW5kPz4="),
        ("text as base64", b"eHjgsq7gs4vgsrDgsr86IHRoZSBkcmFpbiBhdCBLYXZlcmkgQmVuZD8+"),
    ];
    for (form, bytes) in planted {
        let file = [b"noise before it \x00", bytes, b"\xff and after"].concat();
        assert!(search.hits(&file).contains(&form), "{form} in {}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn what_was_not_planted_is_not_found() {
    let search =
        Search::for_all(&[secret("text", DRAIN), secret("picture", [0xFF, 0xD8, 0xFF, 0xE0, 0, 16])]);
    let mut noise = vec![0; 1 << 20];
    fastrand::Rng::with_seed(1).fill(&mut noise);
    assert!(search.hits(&noise).is_empty());
    assert!(search.hits(b"the drain at Kaveri Lane").is_empty());
}
