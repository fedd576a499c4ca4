//! Words of a grievance, found by their beginnings while the officer types.

use domain::Grievance;
use rusqlite::{Connection, params};

use crate::MirrorError;
use crate::row::clip;

/// Nobody types more; and a pasted megabyte must not become a query.
const LONGEST_SEARCH: usize = 200;

/// What is indexed of one grievance at most, in characters.
const LONGEST_TEXT: usize = 65_536;

pub(crate) fn insert(file: &Connection, n: i64, id: &str, grievance: &Grievance) -> Result<(), MirrorError> {
    file.prepare_cached("INSERT INTO word (rowid, words) VALUES (?1, ?2)")?
        .execute(params![n, words(id, grievance)])?;
    Ok(())
}

/// Leaves the index alone when the words are the same: replacing them costs several times the
/// rest of a small change.
pub(crate) fn update(
    file: &Connection,
    n: i64,
    id: &str,
    before: &Grievance,
    now: &Grievance,
) -> Result<(), MirrorError> {
    let now = words(id, now);
    if now != words(id, before) {
        file.prepare_cached("INSERT OR REPLACE INTO word (rowid, words) VALUES (?1, ?2)")?
            .execute(params![n, now])?;
    }
    Ok(())
}

pub(crate) fn remove(file: &Connection, n: i64) -> Result<(), MirrorError> {
    file.prepare_cached("DELETE FROM word WHERE rowid = ?1")?.execute([n])?;
    Ok(())
}

/// `document.n` of each grievance that has a word beginning with each of the words searched for.
/// `None`: nothing was asked for.
pub(crate) fn hits(file: &Connection, search: &str) -> Result<Option<Vec<i64>>, MirrorError> {
    if search.trim().is_empty() {
        return Ok(None);
    }
    let expression = expression(search);
    if expression.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let mut statement = file.prepare_cached("SELECT rowid FROM word WHERE word MATCH ?1")?;
    let hits = statement.query_map([expression], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(Some(hits))
}

/// The officer's words as FTS5 strings, each a prefix. Inside a string nothing is syntax.
fn expression(search: &str) -> String {
    clip(search, LONGEST_SEARCH)
        .split(|c: char| c.is_whitespace() || c.is_control())
        // A string without a single token would match everything or nothing.
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(|word| format!("\"{}\"*", word.replace('"', "\"\"")))
        .collect::<Vec<_>>()
        .join(" ")
}

fn words(id: &str, grievance: &Grievance) -> String {
    let text = |text: &Option<String>| clip(text.as_deref().unwrap_or_default(), LONGEST_TEXT).to_owned();
    [text(&grievance.description), text(&grievance.address), text(&grievance.reported_by), id.to_owned()]
        .join("\n")
}
