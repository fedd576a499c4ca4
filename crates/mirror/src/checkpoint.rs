use rusqlite::{Connection, OptionalExtension, params};

use crate::{Database, Mirror, MirrorError};

/// How far a database was pulled, and from which server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checkpoint {
    /// The server's own, opaque.
    pub since: String,
    /// The `since` that this page was asked from; `None`: from the beginning. A page is only written
    /// behind the one before it: a mended mirror begins anew.
    pub after: Option<String>,
    pub server_uuid: Option<String>,
    pub instance_start_time: Option<String>,
    /// Whether everything the server had was pulled.
    pub caught_up: bool,
    /// Unix seconds of the page it was written with; [`Mirror::apply_page`] fills it in.
    pub saved_at: i64,
}

impl Mirror {
    /// `None`: nothing was pulled yet.
    pub fn checkpoint(&self, database: Database) -> Result<Option<Checkpoint>, MirrorError> {
        self.read(|file| {
            let sql =
                "SELECT since, server_uuid, instance_start_time, caught_up, saved_at FROM checkpoint WHERE db = ?1";
            let found = file.query_row(sql, [database], |row| {
                Ok(Checkpoint {
                    since: row.get(0)?,
                    after: None,
                    server_uuid: row.get(1)?,
                    instance_start_time: row.get(2)?,
                    caught_up: row.get(3)?,
                    saved_at: row.get(4)?,
                })
            });
            Ok(found.optional()?)
        })
    }
}

pub(crate) fn save(
    file: &Connection,
    database: Database,
    checkpoint: &Checkpoint,
    now: i64,
) -> Result<(), MirrorError> {
    if let Some(after) = &checkpoint.after {
        let sql = "SELECT EXISTS (SELECT 1 FROM checkpoint WHERE db = ?1 AND since = ?2)";
        if !file.prepare_cached(sql)?.query_row(params![database, after], |row| row.get(0))? {
            return Err(MirrorError::PageOutOfPlace);
        }
    }
    file.prepare_cached(
        "INSERT OR REPLACE INTO checkpoint (db, since, server_uuid, instance_start_time, caught_up, saved_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        database,
        checkpoint.since,
        checkpoint.server_uuid,
        checkpoint.instance_start_time,
        checkpoint.caught_up,
        now
    ])?;
    Ok(())
}
