//! One page of `_changes`, read row by row.
//!
//! CouchDB writes one row per line. Reading line by line means that a row which is not UTF-8, not
//! JSON or not a document costs nobody else anything: it becomes a [`Change`] whose body is the
//! reason. Only when something between us and CouchDB has laid the page out anew is it read as one
//! JSON value.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{CouchError, soundness};

/// A page of changes, in the server's order.
#[derive(Debug)]
pub struct Changes {
    /// A document may appear twice, and the order means nothing.
    pub rows: Vec<Change>,
    /// Where the next page starts. Opaque: only ever handed back to the same database.
    pub last_seq: String,
    /// How many changes are left after this page, where the server tells.
    pub pending: Option<u64>,
}

/// The newest state of one document.
#[derive(Debug)]
pub struct Change {
    /// Any text at all, also `_design/…`; empty when even the id of a broken row cannot be read.
    pub id: String,
    /// The winning revision; empty like the id.
    pub rev: String,
    pub deleted: bool,
    /// Other living branches, as servers made them among themselves.
    pub conflicts: Vec<String>,
    /// The document's own text, every number and unknown field as the server wrote it. `Ok(None)`
    /// when the server sent no body, `Err` with the reason when the body must be set aside.
    pub body: Result<Option<Box<RawValue>>, String>,
}

/// Reads a page; `since` is where it was asked to start, for servers that do not say where it ends.
pub(crate) fn read(page: &[u8], since: &str) -> Result<Changes, CouchError> {
    if let Some((rows, end)) = by_line(page) {
        return Ok(end.close(rows.into_iter().map(read_row).collect(), since));
    }
    let text = String::from_utf8_lossy(page);
    let whole: Whole = serde_json::from_str(&text)
        .map_err(|_| CouchError::not_ours("a page of changes that is garbled or cut short"))?;
    let repaired = matches!(text, Cow::Owned(_));
    let rows = whole.results.into_iter().map(|row| match row.get() {
        row if repaired && row.contains(char::REPLACEMENT_CHARACTER) => {
            set_aside(row.as_bytes(), "not UTF-8".to_owned())
        }
        row => read_row(row.as_bytes()),
    });
    let end = End { last_seq: whole.last_seq.map(ToOwned::to_owned), pending: whole.pending };
    Ok(end.close(rows.collect(), since))
}

/// A page in any layout.
#[derive(Deserialize)]
struct Whole<'a> {
    #[serde(borrow)]
    results: Vec<&'a RawValue>,
    #[serde(borrow)]
    last_seq: Option<&'a RawValue>,
    pending: Option<u64>,
}

#[derive(Deserialize)]
struct End {
    last_seq: Option<Box<RawValue>>,
    pending: Option<u64>,
}

/// A change and the sequence beside it.
type Read = (Change, Option<String>);

impl End {
    fn close(self, rows: Vec<Read>, since: &str) -> Changes {
        let last_seq = self
            .last_seq
            .and_then(|seq| sequence(&seq))
            .or_else(|| rows.iter().rev().find_map(|(_, seq)| seq.clone()))
            .unwrap_or_else(|| since.to_owned());
        Changes {
            rows: rows.into_iter().map(|(change, _)| change).collect(),
            last_seq,
            pending: self.pending,
        }
    }
}

/// Longest sequence, in bytes: it has to fit into an address, three times as long when encoded. CouchDB's grow with the
/// number of shards, to a few kilobytes.
const LONGEST_SEQUENCE: usize = 16 << 10;

/// The text to hand back as `since`: CouchDB sends a string, older servers a number or an array. `None` for what nobody
/// could be asked with.
pub(crate) fn sequence(seq: &RawValue) -> Option<String> {
    match seq.get() {
        "null" => None,
        text if text.len() > LONGEST_SEQUENCE => None,
        text if text.starts_with('"') => serde_json::from_str(text).ok(),
        text => Some(text.to_owned()),
    }
}

/// The rows of a page in CouchDB's own layout; `None` when it is laid out otherwise or cut short.
fn by_line(page: &[u8]) -> Option<(Vec<&[u8]>, End)> {
    let page = page.trim_ascii_start().strip_prefix(b"{\"results\":[")?;
    let (first, mut rest) = split_line(page)?;
    if !first.is_empty() {
        return None;
    }
    let mut rows = Vec::new();
    loop {
        if let Some(end) = rest.strip_prefix(b"]") {
            return Some((rows, read_end(end)?));
        }
        let (line, below) = split_line(rest)?;
        let row = line.strip_suffix(b",").unwrap_or(line);
        if !row.is_empty() {
            rows.push(row);
        }
        rest = below;
    }
}

/// The first line without its break, and what comes below it.
fn split_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|&byte| byte == b'\n')?;
    Some((text[..end].trim_ascii(), &text[end + 1..]))
}

/// What follows the `]` of the rows: `,"last_seq":…,"pending":…}`.
fn read_end(end: &[u8]) -> Option<End> {
    let end = end.trim_ascii();
    let fields = end.strip_prefix(b",").unwrap_or(end);
    serde_json::from_slice(&[b"{", fields].concat()).ok()
}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    seq: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    changes: Vec<Leaf>,
    #[serde(default)]
    deleted: bool,
    #[serde(borrow)]
    doc: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Leaf {
    rev: String,
}

/// The part of a document that is CouchDB's own.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    _id: Cow<'a, str>,
    #[serde(borrow)]
    _rev: Cow<'a, str>,
    #[serde(default)]
    _conflicts: Vec<String>,
}

fn read_row(line: &[u8]) -> Read {
    match serde_json::from_slice::<Row>(line) {
        Ok(row) => accept(row),
        Err(error) if std::str::from_utf8(line).is_err() => set_aside(line, format!("not UTF-8 ({error})")),
        Err(error) => set_aside(line, format!("not a row of changes ({error})")),
    }
}

fn accept(row: Row) -> Read {
    let rev = row.changes.into_iter().next().map(|leaf| leaf.rev);
    let read = match (row.doc, &rev) {
        (_, None) => Err("a row without a revision".to_owned()),
        (None, _) => Ok((None, Vec::new())),
        (Some(doc), Some(rev)) => {
            read_body(doc, &row.id, rev).map(|conflicts| (Some(doc.to_owned()), conflicts))
        }
    };
    let (body, conflicts) = match read {
        Ok((body, conflicts)) => (Ok(body), conflicts),
        Err(reason) => (Err(reason), Vec::new()),
    };
    let change = Change {
        id: row.id.into_owned(),
        rev: rev.unwrap_or_default(),
        deleted: row.deleted,
        conflicts,
        body,
    };
    (change, row.seq.and_then(sequence))
}

/// The conflicts a document names, once it is sound and the one its row announced.
pub(crate) fn read_body(doc: &RawValue, id: &str, rev: &str) -> Result<Vec<String>, String> {
    soundness::check(doc.get())?;
    let head: Head = serde_json::from_str(doc.get()).map_err(|error| format!("not a document ({error})"))?;
    if head._id != id || head._rev != rev {
        return Err("a document other than its row announces".to_owned());
    }
    Ok(head._conflicts)
}

/// Keeps what can be told of a row that cannot be read: all before its document, if that is sound.
fn set_aside(line: &[u8], reason: String) -> Read {
    // A quote inside any text is escaped, so these bytes can only be the field itself.
    const BODY: &[u8] = b",\"doc\":";
    let head = match line.windows(BODY.len()).position(|bytes| bytes == BODY) {
        Some(at) => [&line[..at], b"}"].concat(),
        None => line.to_vec(),
    };
    let head = String::from_utf8_lossy(&head);
    match serde_json::from_str::<Row>(&head) {
        Ok(row) => {
            let (change, seq) = accept(row);
            let body = Err(reason);
            (Change { body, ..change }, seq)
        }
        Err(_) => {
            let change = Change {
                id: String::new(),
                rev: String::new(),
                deleted: false,
                conflicts: Vec::new(),
                body: Err(reason),
            };
            (change, None)
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const LAMP: &str = r#"{"seq":"1-a","id":"lamp","changes":[{"rev":"1-aa"}],"doc":{"_id":"lamp","_rev":"1-aa","n":2.60E32}}"#;
    const DRAIN: &str = r#"{"seq":"9-z","id":"drain","changes":[{"rev":"2-bb"}],"deleted":true,"doc":{"_id":"drain","_rev":"2-bb","_deleted":true}}"#;

    /// What must be seen of one hostile row that stands between two good ones.
    #[derive(Debug, PartialEq)]
    enum Seen {
        /// The document is there, byte for byte.
        Taken,
        /// Set aside, its id and revision known.
        AsideKnown,
        /// Set aside, nothing known of it.
        AsideUnknown,
        NoBody,
    }

    #[test]
    fn a_hostile_row_never_costs_its_neighbours_anything() {
        let deep = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let row = |doc: &str| {
            format!(r#"{{"seq":"5-x","id":"bad","changes":[{{"rev":"1-cc"}}],"doc":{doc}}}"#).into_bytes()
        };
        let doc = |fields: &str| row(&format!(r#"{{"_id":"bad","_rev":"1-cc",{fields}}}"#));
        let mut broken_bytes = doc(r#""a":"xy""#);
        let place = broken_bytes.iter().position(|&b| b == b'y').unwrap();
        broken_bytes[place] = 0xFF;
        let mut cut_character = doc(r#""a":"क""#);
        let place = cut_character.iter().position(|&b| b == 0xE0).unwrap();
        cut_character.remove(place);

        use Seen::{AsideKnown, AsideUnknown, NoBody, Taken};
        for (what, line, seen) in [
            ("an ordinary document", doc(r#""a":1"#), Taken),
            ("NUL in a text", doc(r#""a":"\u0000""#), Taken),
            ("a pair of surrogates", doc(r#""a":"\ud83d\ude00""#), Taken),
            ("a doubled key", doc(r#""a":1,"a":2"#), Taken),
            ("a huge number", doc(r#""a":1e999999"#), Taken),
            ("127 levels in all", doc(&format!(r#""a":{}"#, deep(126))), Taken),
            ("128 levels in all", doc(&format!(r#""a":{}"#, deep(127))), AsideKnown),
            ("100,000 levels", doc(&format!(r#""a":{}"#, deep(100_000))), AsideKnown),
            ("a byte that is not UTF-8", broken_bytes, AsideKnown),
            ("a character cut in two", cut_character, AsideKnown),
            ("a lone surrogate", doc(r#""a":"\ud800""#), AsideKnown),
            ("a raw control character", doc("\"a\":\"\u{1}\""), AsideKnown),
            ("no value", doc(r#""a":"#), AsideKnown),
            ("an open quote", doc(r#""a":"x"#), AsideKnown),
            ("a bad escape", doc(r#""a":"\q""#), AsideKnown),
            ("NaN", doc(r#""a":NaN"#), AsideKnown),
            ("brackets never closed", doc(&format!(r#""a":{}"#, "[".repeat(200_000))), AsideKnown),
            ("a million elements", doc(&format!(r#""a":[{}0]"#, "0,".repeat(1_000_000))), AsideKnown),
            ("20 MB of text", doc(&format!(r#""a":"{}""#, "x".repeat(20 << 20))), AsideKnown),
            ("text for a document", row(r#""hello""#), AsideKnown),
            ("a list for a document", row("[]"), AsideKnown),
            ("no _rev", row(r#"{"_id":"bad"}"#), AsideKnown),
            ("another's _id", row(r#"{"_id":"lamp","_rev":"1-cc"}"#), AsideKnown),
            ("another _rev", row(r#"{"_id":"bad","_rev":"1-dd"}"#), AsideKnown),
            ("conflicts that are none", doc(r#""_conflicts":"x""#), AsideKnown),
            ("no document", row("null"), NoBody),
            ("no document at all", br#"{"seq":null,"id":"bad","changes":[{"rev":"1-cc"}]}"#.to_vec(), NoBody),
            ("no id", br#"{"seq":"5-x","changes":[{"rev":"1-cc"}]}"#.to_vec(), AsideUnknown),
            ("a number for an id", br#"{"id":7,"changes":[{"rev":"1-cc"}]}"#.to_vec(), AsideUnknown),
            (
                "half a surrogate pair in the id",
                br#"{"id":"\ud800","changes":[{"rev":"1-cc"}]}"#.to_vec(),
                AsideUnknown,
            ),
            ("no JSON", b"<html>".to_vec(), AsideUnknown),
            ("a bare quote", b"\"".to_vec(), AsideUnknown),
        ] {
            let page = [
                b"{\"results\":[\n",
                LAMP.as_bytes(),
                b",\n",
                &line,
                b",\n",
                DRAIN.as_bytes(),
                b"\n],\n\"last_seq\":\"10-q\",\"pending\":3}\n",
            ]
            .concat();
            let changes = read(&page, "0").unwrap_or_else(|error| panic!("{what}: {error}"));
            let [lamp, bad, drain] = changes.rows.as_slice() else {
                panic!("{what}: {} rows", changes.rows.len());
            };
            assert_eq!((lamp.id.as_str(), drain.id.as_str()), ("lamp", "drain"), "{what}");
            assert!(lamp.body.is_ok() && drain.body.is_ok() && drain.deleted, "{what}");
            assert_eq!((changes.last_seq.as_str(), changes.pending), ("10-q", Some(3)), "{what}");
            let found = match &bad.body {
                Ok(Some(body)) => {
                    let text = std::str::from_utf8(&line).unwrap();
                    assert!(text.ends_with(&format!("{}}}", body.get())), "{what}");
                    Taken
                }
                Ok(None) => NoBody,
                Err(_) if bad.id.is_empty() && bad.rev.is_empty() => AsideUnknown,
                Err(_) => AsideKnown,
            };
            assert_eq!(found, seen, "{what}: {:?}", bad.body.as_ref().err());
            if seen != AsideUnknown {
                assert_eq!((bad.id.as_str(), bad.rev.as_str()), ("bad", "1-cc"), "{what}");
            }
        }
    }

    #[test]
    fn the_body_is_the_servers_own_text() {
        let page = format!("{{\"results\":[\n{LAMP}\n],\n\"last_seq\":7,\"pending\":0}}");
        let changes = read(page.as_bytes(), "0").unwrap();
        let body = changes.rows[0].body.as_ref().unwrap().as_ref().unwrap();
        assert_eq!(body.get(), r#"{"_id":"lamp","_rev":"1-aa","n":2.60E32}"#);
        assert_eq!(changes.last_seq, "7");
    }

    #[test]
    fn branches_are_named() {
        let page = r#"{"results":[
{"seq":"1-a","id":"lamp","changes":[{"rev":"2-b"}],"doc":{"_id":"lamp","_rev":"2-b","_conflicts":["2-a","1-c"]}}
],
"last_seq":"1-a","pending":0}"#;
        assert_eq!(read(page.as_bytes(), "0").unwrap().rows[0].conflicts, ["2-a", "1-c"]);
    }

    #[test]
    fn any_layout_is_read() {
        for (page, since_next) in [
            ("{\"results\":[\n\n],\n\"last_seq\":\"4-d\",\"pending\":0}\n".to_owned(), "4-d"),
            ("\n\n{\"results\":[\n],\n\"last_seq\":\"4-d\",\"pending\":0}\n".to_owned(), "4-d"),
            (format!("{{\"results\":[\r\n{LAMP},\r\n{DRAIN}\r\n],\r\n\"last_seq\":\"4-d\"}}\r\n"), "4-d"),
            (format!("{{\"results\":[{LAMP},{DRAIN}],\"last_seq\":\"4-d\",\"pending\":0}}"), "4-d"),
            (format!("{{ \"last_seq\": \"4-d\",\n \"results\": [\n  {LAMP},\n  {DRAIN}\n ]\n}}"), "4-d"),
            (format!("{{\"results\":[\n{LAMP},\n{DRAIN}\n],\n\"last_seq\":[4,\"d\"]}}"), "[4,\"d\"]"),
            // a server that does not say where the page ends
            (format!("{{\"results\":[\n{LAMP},\n{DRAIN}\n],\n\"pending\":0}}"), "9-z"),
            (format!("{{\"results\":[\n{LAMP},\n{DRAIN}\n]}}"), "9-z"),
            ("{\"results\":[]}".to_owned(), "asked"),
        ] {
            let changes = read(page.as_bytes(), "asked").unwrap_or_else(|e| panic!("{page}: {e}"));
            assert_eq!(changes.last_seq, since_next, "{page}");
            assert!(changes.rows.iter().all(|row| row.body.is_ok()), "{page}");
            assert_eq!(changes.rows.len(), if page.contains("drain") { 2 } else { 0 }, "{page}");
        }
    }

    #[test]
    fn broken_text_in_another_layout_costs_one_row_too() {
        let mut page = format!("{{\"results\":[{LAMP},{DRAIN}],\"last_seq\":\"4-d\"}}").into_bytes();
        let place = page.windows(7).position(|bytes| bytes == b"2.60E32").unwrap();
        page.splice(place..place + 7, *b"\"\xFF\"");
        let changes = read(&page, "0").unwrap();
        assert_eq!(changes.rows[0].id, "lamp");
        assert!(changes.rows[0].body.is_err());
        assert!(changes.rows[1].body.is_ok());
    }

    #[test]
    fn what_is_no_page_is_not_our_server() {
        let page = format!("{{\"results\":[\n{LAMP},\n{DRAIN}\n],\n\"last_seq\":\"4-d\",\"pending\":0}}\n");
        let cuts = (0..page.len() - 1).map(|end| &page[..end]);
        for page in cuts.chain(["{}", "[]", "null", "{\"error\":\"x\"}", "{\"results\":{}}", "<html>"]) {
            let refused = read(page.as_bytes(), "0");
            assert!(matches!(refused, Err(CouchError::NotOurServer { .. })), "{page}");
        }
    }
}
