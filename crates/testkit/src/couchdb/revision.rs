//! Revisions, made as CouchDB makes them: MD5 over Erlang's external form of
//! `[Deleted, ParentGeneration, ParentHash, Body, Attachments]`. The same edit on the same parent
//! therefore has the same revision here, on a real server, and after a repeated request.

use std::fmt;

use md5::{Digest, Md5};
use serde_json::{Map, Value};

use super::answer::Refusal;

/// `generation-hash`; ordered as CouchDB compares revisions of one document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision {
    pub generation: u64,
    /// 32 lower-case hex digits, or whatever text a client gave with `new_edits=false`.
    pub hash: String,
}

impl Revision {
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let wrong = || Refusal::bad_request("Invalid rev format");
        let (generation, hash) = text.split_once('-').ok_or_else(wrong)?;
        Self::from_parts(generation.parse().map_err(|_| wrong())?, hash).ok_or_else(wrong)
    }

    pub fn from_parts(generation: u64, hash: &str) -> Option<Self> {
        let hash = match hash.len() {
            0 => return None,
            32 => hash.to_ascii_lowercase(),
            _ => hash.to_owned(),
        };
        Some(Self { generation, hash })
    }

    /// The revision an edit on top of `parent` gets.
    pub fn of_edit(parent: Option<&Revision>, deleted: bool, members: &Map<String, Value>) -> Self {
        let mut term = vec![131, 108, 0, 0, 0, 5];
        atom(&mut term, if deleted { "true" } else { "false" });
        match parent {
            None => {
                integer(&mut term, "0");
                integer(&mut term, "0");
            }
            Some(parent) => {
                integer(&mut term, &parent.generation.to_string());
                binary(&mut term, &hash_bytes(&parent.hash));
            }
        }
        object(&mut term, members);
        term.extend([106, 106]);
        let hash = Md5::digest(&term).iter().map(|byte| format!("{byte:02x}")).collect();
        Self { generation: parent.map_or(0, |parent| parent.generation) + 1, hash }
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.generation, self.hash)
    }
}

fn hash_bytes(hash: &str) -> Vec<u8> {
    let digits: Option<Vec<u8>> =
        hash.chars().map(|digit| digit.to_digit(16).map(|value| value as u8)).collect();
    match digits {
        Some(digits) if digits.len() == 32 => {
            digits.chunks_exact(2).map(|pair| pair[0] * 16 + pair[1]).collect()
        }
        _ => hash.as_bytes().to_vec(),
    }
}

fn value(term: &mut Vec<u8>, json: &Value) {
    match json {
        Value::Null => atom(term, "null"),
        Value::Bool(true) => atom(term, "true"),
        Value::Bool(false) => atom(term, "false"),
        Value::Number(number) => match number.as_str() {
            text if text.contains('.') => {
                term.push(70);
                term.extend(number.as_f64().unwrap_or_default().to_be_bytes());
            }
            text => integer(term, text),
        },
        Value::String(text) => binary(term, text.as_bytes()),
        Value::Array(items) => array(term, items),
        Value::Object(members) => object(term, members),
    }
}

fn object(term: &mut Vec<u8>, members: &Map<String, Value>) {
    term.extend([104, 1]);
    if !members.is_empty() {
        term.push(108);
        length(term, members.len());
        for (name, member) in members {
            term.extend([104, 2]);
            binary(term, name.as_bytes());
            value(term, member);
        }
    }
    term.push(106);
}

/// Erlang writes a list of bytes in a shorter form of its own.
fn array(term: &mut Vec<u8>, items: &[Value]) {
    let bytes: Option<Vec<u8>> = items.iter().map(|item| item.as_number()?.as_str().parse().ok()).collect();
    match bytes {
        Some(bytes) if !bytes.is_empty() && bytes.len() < 65_536 => {
            term.push(107);
            term.extend((bytes.len() as u16).to_be_bytes());
            term.extend(bytes);
            return;
        }
        _ => {}
    }
    if !items.is_empty() {
        term.push(108);
        length(term, items.len());
        for item in items {
            value(term, item);
        }
    }
    term.push(106);
}

fn integer(term: &mut Vec<u8>, text: &str) {
    if let Ok(small) = text.parse::<u8>() {
        term.extend([97, small]);
    } else if let Ok(word) = text.parse::<i32>() {
        term.push(98);
        term.extend(word.to_be_bytes());
    } else {
        let magnitude = little_endian(text.trim_start_matches('-'));
        match u8::try_from(magnitude.len()) {
            Ok(short) => term.extend([110, short]),
            Err(_) => {
                term.push(111);
                length(term, magnitude.len());
            }
        }
        term.push(u8::from(text.starts_with('-')));
        term.extend(magnitude);
    }
}

/// Decimal digits of any length as base 256, lowest first.
fn little_endian(digits: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> = Vec::new();
    for digit in digits.bytes() {
        let mut carry = u32::from(digit - b'0');
        for byte in &mut bytes {
            let sum = u32::from(*byte) * 10 + carry;
            *byte = (sum & 255) as u8;
            carry = sum >> 8;
        }
        if carry > 0 {
            bytes.push(carry as u8);
        }
    }
    bytes
}

fn atom(term: &mut Vec<u8>, name: &str) {
    term.extend([100, 0, name.len() as u8]);
    term.extend(name.as_bytes());
}

fn binary(term: &mut Vec<u8>, bytes: &[u8]) {
    term.push(109);
    length(term, bytes.len());
    term.extend(bytes);
}

fn length(term: &mut Vec<u8>, length: usize) {
    term.extend((length as u32).to_be_bytes());
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn members(text: &str) -> Map<String, Value> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_first_edit_has_the_revision_couchdb_3_5_gave_it() {
        let first = Revision::of_edit(None, false, &members(r#"{"a":1,"b":"x"}"#));
        assert_eq!(first.to_string(), "1-1680198d07231b3760cfb1cc74ceb40d");
    }

    #[test]
    fn parent_deletion_order_and_content_all_count() {
        let body = members(r#"{"a":1,"b":[1,300,12345678901234567890],"c":null}"#);
        let first = Revision::of_edit(None, false, &body);
        let second = Revision::of_edit(Some(&first), false, &body);
        assert_eq!(second.generation, 2);
        let others = [
            Revision::of_edit(Some(&second), false, &body),
            Revision::of_edit(Some(&first), true, &body),
            Revision::of_edit(Some(&first), false, &members(r#"{"b":1,"a":1}"#)),
            Revision::of_edit(Some(&first), false, &members(r#"{"a":1,"b":1}"#)),
        ];
        for other in others {
            assert_ne!(other.hash, second.hash);
        }
    }

    #[test]
    fn long_integers_are_written_lowest_byte_first() {
        assert_eq!(little_endian("256"), [0, 1]);
        assert_eq!(little_endian("18446744073709551616"), [0, 0, 0, 0, 0, 0, 0, 0, 1]);
    }
}
