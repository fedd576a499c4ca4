//! The proof that an edit arrived, kept for 90 days.

use domain::{Edit, Field};
use rusqlite::{Connection, Row, params};

use crate::edits::Stored;
use crate::{MirrorError, entries};

/// What [`edit`] reads, of `delivery y JOIN document d`.
pub(crate) const EDIT: &str = "y.edit, d.id, y.field, y.seen, y.wanted, y.by, y.at";

/// The edit that was delivered; a row begins with [`EDIT`].
pub(crate) fn edit(row: &Row) -> Result<Edit, MirrorError> {
    let text = |column| Ok::<String, MirrorError>(row.get(column)?);
    Ok(Edit {
        id: text(0)?,
        document: text(1)?,
        field: Field::parse(&text(2)?)?,
        seen: serde_json::from_str(&text(3)?)?,
        wanted: serde_json::from_str(&text(4)?)?,
        sent: Vec::new(),
        by: text(5)?,
        at: text(6)?,
    })
}

/// Keeps the proof that an edit is on the server. Where cases have histories, a line that tells of
/// it is due.
pub(crate) fn delivered(file: &Connection, stored: &Stored, rev: &str, now: i64) -> Result<(), MirrorError> {
    let edit = &stored.edit;
    let told = entries::is_told(&edit.field) && entries::are_kept(file)?;
    file.prepare_cached(
        "INSERT OR REPLACE INTO delivery (edit, document, field, seen, wanted, by, at, rev, settled_at, entry)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        edit.id,
        stored.n,
        edit.field.name(),
        edit.seen.to_string(),
        edit.wanted.to_string(),
        edit.by,
        edit.at,
        rev,
        now,
        told.then_some("to_send")
    ])?;
    Ok(())
}

/// Whether revision `rev` of a document is the one that brought an earlier decision of this laptop on `field`.
pub(crate) fn is_decided_in(
    file: &Connection,
    n: i64,
    field: &Field,
    rev: &str,
) -> Result<bool, MirrorError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM delivery WHERE document = ?1 AND field = ?2 AND rev = ?3)";
    Ok(file.prepare_cached(sql)?.query_row(params![n, field.name(), rev], |row| row.get(0))?)
}

/// Whether this laptop delivered anything to a document in 90 days.
pub(crate) fn is_any(file: &Connection, n: i64) -> Result<bool, MirrorError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM delivery WHERE document = ?1)";
    Ok(file.prepare_cached(sql)?.query_row([n], |row| row.get(0))?)
}

/// What this laptop delivered of a document in 90 days, each with the revision that held it, in
/// the order in which it was decided: clocks go back, the numbers of edits do not.
pub(crate) fn of_grievance(file: &Connection, n: i64) -> Result<Vec<(Edit, String)>, MirrorError> {
    let sql = format!(
        "SELECT {EDIT}, y.rev FROM delivery y JOIN document d ON d.n = y.document WHERE d.n = ?1
         ORDER BY y.edit"
    );
    let mut statement = file.prepare_cached(&sql)?;
    let mut rows = statement.query([n])?;
    let mut deliveries = Vec::new();
    while let Some(row) = rows.next()? {
        deliveries.push((edit(row)?, row.get(7)?));
    }
    Ok(deliveries)
}

/// The proof is worth nothing any more, and the edit is not to be sent again. Whether there was one.
pub(crate) fn undelivered(file: &Connection, edit: &str) -> Result<bool, MirrorError> {
    Ok(file.prepare_cached("DELETE FROM delivery WHERE edit = ?1")?.execute([edit])? > 0)
}
