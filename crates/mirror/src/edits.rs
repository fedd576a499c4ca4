//! The rows of table `edit`.

use std::time::{Duration, SystemTime};

use domain::{Edit, Field};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ulid::Ulid;

use crate::MirrorError;

/// An edit and what the mirror knows of its way to the server.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    /// `document.n`
    pub n: i64,
    pub edit: Edit,
    pub state: State,
    /// The server's words when it refused.
    pub error: Option<String>,
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum State {
    Saved,
    Leaving,
    Clash,
    Refused,
}

impl State {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            State::Saved => "saved",
            State::Leaving => "leaving",
            State::Clash => "clash",
            State::Refused => "refused",
        }
    }

    fn parse(text: &str) -> State {
        match text {
            "leaving" => State::Leaving,
            "clash" => State::Clash,
            "refused" => State::Refused,
            // The table's CHECK admits nothing else.
            _ => State::Saved,
        }
    }
}

const COLUMNS: &str =
    "e.document, d.id, e.id, e.field, e.seen, e.wanted, e.sent, e.state, e.error, e.reason, e.by, e.at
    FROM edit e JOIN document d ON d.n = e.document";

pub(crate) fn of_document(file: &Connection, n: i64) -> Result<Vec<Stored>, MirrorError> {
    select(file, "WHERE e.document = ?1 ORDER BY e.id", [n])
}

/// Every edit, in the order in which they were made.
pub(crate) fn all(file: &Connection) -> Result<Vec<Stored>, MirrorError> {
    select(file, "ORDER BY e.id", [])
}

pub(crate) fn by_id(file: &Connection, id: &str) -> Result<Stored, MirrorError> {
    select(file, "WHERE e.id = ?1", [id])?.pop().ok_or_else(|| MirrorError::NoSuchEdit(id.to_owned()))
}

pub(crate) fn of_field(file: &Connection, n: i64, field: &Field) -> Result<Option<Stored>, MirrorError> {
    Ok(select(file, "WHERE e.document = ?1 AND e.field = ?2", (n, field.name()))?.pop())
}

fn select(
    file: &Connection,
    which: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<Stored>, MirrorError> {
    let mut statement = file.prepare_cached(&format!("SELECT {COLUMNS} {which}"))?;
    let mut rows = statement.query(parameters)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(stored(row)?);
    }
    Ok(found)
}

/// Reads the columns `document, its id, id, field, seen, wanted, sent, state, error, reason, by, at`.
pub(crate) fn stored(row: &Row) -> Result<Stored, MirrorError> {
    let text = |column| Ok::<String, MirrorError>(row.get(column)?);
    Ok(Stored {
        n: row.get(0)?,
        edit: Edit {
            id: row.get(2)?,
            document: row.get(1)?,
            field: Field::parse(&text(3)?)?,
            seen: serde_json::from_str(&text(4)?)?,
            wanted: serde_json::from_str(&text(5)?)?,
            sent: serde_json::from_str(&text(6)?)?,
            by: row.get(10)?,
            at: row.get(11)?,
        },
        state: State::parse(&text(7)?),
        error: row.get(8)?,
        reason: row.get(9)?,
    })
}

/// Writes an edit in the place of the one that its field of the document had.
pub(crate) fn put(file: &Connection, stored: &Stored) -> Result<(), MirrorError> {
    let edit = &stored.edit;
    file.prepare_cached(
        "INSERT OR REPLACE INTO edit (id, document, field, seen, wanted, sent, state, error, reason, by, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        edit.id,
        stored.n,
        edit.field.name(),
        edit.seen.to_string(),
        edit.wanted.to_string(),
        Value::from(edit.sent.clone()).to_string(),
        stored.state.as_str(),
        stored.error,
        stored.reason,
        edit.by,
        edit.at
    ])?;
    Ok(())
}

pub(crate) fn remove(file: &Connection, id: &str) -> Result<(), MirrorError> {
    file.prepare_cached("DELETE FROM edit WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// A ULID for an edit made `at`, greater than those of the document's other edits, delivered ones too, even within one
/// second or when the clock went back: the greatest says who decided last, and a proof belongs to one edit.
pub(crate) fn new_id(file: &Connection, n: i64, at: Timestamp) -> Result<String, MirrorError> {
    let latest: Option<String> = file
        .prepare_cached(
            "SELECT max(id) FROM (SELECT id FROM edit WHERE document = ?1
                                  UNION ALL SELECT edit FROM delivery WHERE document = ?1)",
        )?
        .query_row([n], |row| row.get(0))
        .optional()?
        .flatten();
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
    let id = Ulid::from_datetime(SystemTime::UNIX_EPOCH + Duration::from_millis(millis));
    let latest = latest.and_then(|latest| Ulid::from_string(&latest).ok());
    let after = latest.and_then(|latest| latest.increment().ok());
    Ok(after.map_or(id, |after| id.max(after)).to_string())
}
