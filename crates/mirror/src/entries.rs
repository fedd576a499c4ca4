//! The lines of cases' histories: those that tell of delivered edits on their way to the internal
//! database, and those that it has.
//!
//! A change is one thing on this laptop; when the server has it, the delivery itself is what the
//! entry is made of. So a change cannot arrive without its line being due, nor the line without it.

use domain::{Document, Entry, Field, Home, case};
use rusqlite::{Connection, params};
use serde_json::value::{RawValue, to_raw_value};

use crate::delivery::{self, EDIT};
use crate::{Database, Mirror, MirrorError};

/// The entry of a delivered edit, to be added to the internal database.
#[derive(Debug, Clone)]
pub struct DueEntry {
    /// The edit it tells of.
    pub edit: String,
    /// Its `_id`.
    pub document: String,
    pub body: Box<RawValue>,
}

impl Mirror {
    /// Entries that the internal database has not got, at most `limit`, in the order of their edits.
    pub fn due_entries(&self, limit: u32) -> Result<Vec<DueEntry>, MirrorError> {
        self.read(|file| {
            let sql = format!(
                "SELECT {EDIT}, y.rev FROM delivery y JOIN document d ON d.n = y.document
                 WHERE y.entry = 'to_send' ORDER BY y.edit LIMIT ?1"
            );
            let mut statement = file.prepare_cached(&sql)?;
            let mut rows = statement.query([limit])?;
            let mut due = Vec::new();
            while let Some(row) = rows.next()? {
                let (edit, rev) = (delivery::edit(row)?, row.get::<_, String>(7)?);
                let entry = Entry::of_change(&edit, &rev);
                let document = entry["_id"].as_str().unwrap_or_default().to_owned();
                due.push(DueEntry { edit: edit.id, document, body: to_raw_value(&entry)? });
            }
            Ok(due)
        })
    }

    /// The internal database has these: added now, or before an answer was lost.
    pub fn entries_sent(&self, edits: &[String]) -> Result<(), MirrorError> {
        self.write(|file| {
            let mut sent = file
                .prepare_cached("UPDATE delivery SET entry = 'sent', entry_reason = NULL WHERE edit = ?1")?;
            edits.iter().try_for_each(|edit| sent.execute([edit]).map(|_| ()).map_err(MirrorError::from))
        })
    }

    /// Entries that were refused are sent once more: the officer's rights, or the rules, may be others by now.
    pub fn refused_entries_again(&self) -> Result<(), MirrorError> {
        self.write(|file| {
            file.execute("UPDATE delivery SET entry = 'to_send' WHERE entry = 'refused'", [])?;
            Ok(())
        })
    }

    /// The internal database will not take the entry of `edit`, in its own words.
    pub fn entry_refused(&self, edit: &str, reason: &str) -> Result<(), MirrorError> {
        self.write(|file| {
            file.execute(
                "UPDATE delivery SET entry = 'refused', entry_reason = ?2 WHERE edit = ?1",
                params![edit, reason],
            )?;
            Ok(())
        })
    }
}

/// The server may have lost entries. Those that are there are added once all the same: their ids are our own.
pub(crate) fn send_again(file: &Connection) -> Result<(), MirrorError> {
    file.execute("UPDATE delivery SET entry = 'to_send' WHERE entry = 'sent'", [])?;
    Ok(())
}

/// Whether a delivered edit has a line that tells of it.
pub(crate) fn is_told(field: &Field) -> bool {
    field.home() != Home::Entry
}

/// The internal database is read. Where that is for the first time, what was delivered before is told too.
pub(crate) fn begin(file: &Connection) -> Result<(), MirrorError> {
    if are_kept(file)? {
        return Ok(());
    }
    let mut untold = file.prepare("SELECT edit, field FROM delivery WHERE entry IS NULL")?;
    let mut rows = untold.query([])?;
    while let Some(row) = rows.next()? {
        let (edit, field): (String, String) = (row.get(0)?, row.get(1)?);
        if is_told(&Field::parse(&field)?) {
            file.execute("UPDATE delivery SET entry = 'to_send' WHERE edit = ?1", [edit])?;
        }
    }
    Ok(())
}

/// How many entries wait to be sent.
pub(crate) fn due(file: &Connection) -> Result<u64, MirrorError> {
    let sql = "SELECT count(*) FROM delivery WHERE entry = 'to_send'";
    let number: i64 = file.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(number.unsigned_abs())
}

/// How many entries the internal database would not take.
pub(crate) fn refused(file: &Connection) -> Result<u64, MirrorError> {
    let sql = "SELECT count(*) FROM delivery WHERE entry = 'refused'";
    let number: i64 = file.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(number.unsigned_abs())
}

/// Whether this site has an internal database that this laptop may read: then changes are told in it.
pub(crate) fn are_kept(file: &Connection) -> Result<bool, MirrorError> {
    // A mirror that was mended has documents before it has a checkpoint again.
    let sql = "SELECT EXISTS (SELECT 1 FROM checkpoint WHERE db = ?1) OR EXISTS (SELECT 1 FROM document WHERE db = ?1)";
    Ok(file.prepare_cached(sql)?.query_row([Database::Internal], |row| row.get(0))?)
}

/// The entries of a grievance that the server has, oldest first.
pub(crate) fn of_grievance(file: &Connection, grievance: &str) -> Result<Vec<Entry>, MirrorError> {
    // Ids of entries of one grievance lie together; a semicolon follows the colon.
    let (from, to) = (format!("entry:{grievance}:"), format!("entry:{grievance};"));
    let mut statement = file.prepare_cached(
        "SELECT id, body FROM document WHERE db = ?1 AND id > ?2 AND id < ?3 AND NOT gone ORDER BY id",
    )?;
    let mut rows = statement.query(params![Database::Internal, from, to])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, body): (String, String) = (row.get(0)?, row.get(1)?);
        if case::grievance_of(&id) == Some(grievance) {
            entries.extend(Entry::of(&Document::parse(&body)?));
        }
    }
    Ok(entries)
}
