use std::collections::BTreeSet;

use rusqlite::Connection;

use crate::{Database, Mirror, MirrorError, branches, comparison, entries, photos, push};

/// What is so, for deciding the next step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Edits that [`Mirror::leaving`] would send now to the database of grievances.
    pub ready_edits: u64,
    /// Edits and entries that could go now to the internal database.
    pub ready_internal: u64,
    /// Databases to compare before anything is sent, because the server was set back.
    pub set_back: BTreeSet<Database>,
    /// Whether grievances are selected of which not all were pulled.
    pub selected_anew: bool,
    /// Databases to compare when nothing more urgent is to be done.
    pub to_compare: BTreeSet<Database>,
    /// Databases with versions that are to be fetched.
    pub to_fetch_branches: BTreeSet<Database>,
    /// Pictures to store now.
    pub photos_to_upload: u64,
    /// Thumbnails to fetch now.
    pub thumbnails_to_fetch: u64,
    /// When the next picture that has to wait is tried again (unix seconds).
    pub next_photo_retry: Option<i64>,
}

/// Documents that the officer cannot work on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// Grievances that the server deleted.
    pub gone: u64,
    /// The `_id` of each that could not be read, with the reason.
    pub set_aside: Vec<(String, String)>,
}

impl Mirror {
    pub fn facts(&self, now: i64) -> Result<Facts, MirrorError> {
        self.read(|file| facts(file, now))
    }

    pub fn status(&self) -> Result<Status, MirrorError> {
        self.read(|file| {
            let mut set_aside = file.prepare("SELECT id, reason FROM set_aside ORDER BY db, id")?;
            Ok(Status {
                gone: count(file, "SELECT count(*) FROM document WHERE db = 0 AND gone", ())?,
                set_aside: set_aside
                    .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect::<Result<_, _>>()?,
            })
        })
    }
}

fn facts(file: &Connection, now: i64) -> Result<Facts, MirrorError> {
    let ready = push::ready(file)?;
    let ready_for = |database| -> u64 {
        ready.iter().filter(|ready| ready.database == database).map(|ready| ready.edits.len() as u64).sum()
    };
    Ok(Facts {
        ready_edits: ready_for(Database::Grievances),
        ready_internal: ready_for(Database::Internal) + entries::due(file)?,
        set_back: comparison::due(file, true, now)?,
        selected_anew: file
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM checkpoint WHERE db = 0 AND NOT caught_up)")?
            .query_row([], |row| row.get(0))?,
        to_compare: comparison::due(file, false, now)?,
        to_fetch_branches: branches::to_fetch(file)?,
        photos_to_upload: count(
            file,
            "SELECT count(*) FROM photo WHERE state = 'to_upload' AND retry_at <= ?1",
            [now],
        )?,
        thumbnails_to_fetch: count(
            file,
            "SELECT (SELECT count(*) FROM grievance WHERE asked = 0)
                  + (SELECT count(*) FROM photo WHERE state = 'wanted')
                  + (SELECT count(*) FROM photo WHERE state = 'missing' AND retry_at <= ?1)",
            [now],
        )?,
        next_photo_retry: file
            .prepare_cached(
                "SELECT min(retry_at) FROM photo
                 WHERE state IN ('missing', 'to_upload') AND retry_at > ?1 AND retry_at < ?2",
            )?
            .query_row([now, photos::WHEN_OPENED], |row| row.get(0))?,
    })
}

fn count(file: &Connection, sql: &str, parameters: impl rusqlite::Params) -> Result<u64, MirrorError> {
    let number: i64 = file.prepare_cached(sql)?.query_row(parameters, |row| row.get(0))?;
    Ok(u64::try_from(number).unwrap_or(0))
}
