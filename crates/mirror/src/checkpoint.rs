use domain::Selection;
use rusqlite::{Connection, OptionalExtension, params};

use crate::{Database, Mirror, MirrorError, selection};

/// How far a database was pulled, and from which server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checkpoint {
    /// The server's own, opaque; empty: from the beginning.
    pub since: String,
    /// The `since` that this page was asked from; `None`: from the beginning. A page is only written
    /// behind the one before it: a mended mirror begins anew.
    pub after: Option<String>,
    pub server_uuid: Option<String>,
    pub instance_start_time: Option<String>,
    /// The number before the first dash of the database's `update_seq` when the pull began.
    pub height: Option<u64>,
    /// Whether everything the server had was pulled.
    pub caught_up: bool,
    /// While only what is selected is asked for: the sequence after which everything is.
    pub first_until: Option<String>,
    /// Of grievances: the selection that the page was asked for. What was asked for another one
    /// says nothing about this one.
    pub selection: Selection,
    /// Unix seconds of the page it was written with; [`Mirror::apply_page`] fills it in.
    pub saved_at: i64,
}

impl Mirror {
    /// `None`: nothing was pulled yet.
    pub fn checkpoint(&self, database: Database) -> Result<Option<Checkpoint>, MirrorError> {
        self.read(|file| {
            let sql =
                "SELECT since, server_uuid, instance_start_time, height, caught_up, saved_at, first_until FROM checkpoint WHERE db = ?1";
            let found = file.query_row(sql, [database], |row| {
                Ok(Checkpoint {
                    since: row.get(0)?,
                    after: None,
                    server_uuid: row.get(1)?,
                    instance_start_time: row.get(2)?,
                    height: row.get::<_, Option<i64>>(3)?.and_then(|height| u64::try_from(height).ok()),
                    caught_up: row.get(4)?,
                    saved_at: row.get(5)?,
                    first_until: row.get(6)?,
                    selection: Selection::default(),
                })
            });
            let Some(found) = found.optional()? else { return Ok(None) };
            Ok(Some(Checkpoint { selection: selection::chosen(file)?, ..found }))
        })
    }
}

/// Writes where a page ended; `last` is the id and revision of its last row, if it had one.
pub(crate) fn save(
    file: &Connection,
    database: Database,
    checkpoint: &Checkpoint,
    last: Option<(&str, &str)>,
    now: i64,
) -> Result<(), MirrorError> {
    if database == Database::Grievances && selection::chosen(file)? != checkpoint.selection {
        return Err(MirrorError::PageOutOfPlace);
    }
    if let Some(after) = &checkpoint.after {
        let sql = "SELECT EXISTS (SELECT 1 FROM checkpoint WHERE db = ?1 AND since = ?2)";
        if !file.prepare_cached(sql)?.query_row(params![database, after], |row| row.get(0))? {
            return Err(MirrorError::PageOutOfPlace);
        }
    }
    let (last_id, last_rev) = last.unzip();
    file.prepare_cached(
        "INSERT INTO checkpoint (db, since, server_uuid, instance_start_time, height, last_id, last_rev, caught_up,
                                 saved_at, first_until)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (db) DO UPDATE SET
             since = excluded.since, server_uuid = excluded.server_uuid,
             instance_start_time = excluded.instance_start_time, height = excluded.height,
             last_id = coalesce(excluded.last_id, last_id), last_rev = coalesce(excluded.last_rev, last_rev),
             caught_up = excluded.caught_up, saved_at = excluded.saved_at,
             first_until = excluded.first_until",
    )?
    .execute(params![
        database,
        checkpoint.since,
        checkpoint.server_uuid,
        checkpoint.instance_start_time,
        checkpoint.height.and_then(|height| i64::try_from(height).ok()),
        last_id,
        last_rev,
        checkpoint.caught_up,
        now,
        checkpoint.first_until
    ])?;
    Ok(())
}
