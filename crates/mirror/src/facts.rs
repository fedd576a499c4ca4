use std::collections::BTreeSet;

use rusqlite::Connection;

use crate::push::{self, Ready};
use crate::{Database, Mirror, MirrorError, branches, comparison, entries, photos, selection};

/// What is so, for deciding the next step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Edits that [`Mirror::leaving`] would send now to the database of grievances.
    pub ready_edits: u64,
    /// Those of them that [`Mirror::leaving_without_photos`] would send.
    pub ready_without_photos: u64,
    /// Edits and entries that could go now to the internal database.
    pub ready_internal: u64,
    /// Databases to compare before anything is sent, because the server was set back.
    pub set_back: BTreeSet<Database>,
    /// Whether nobody has said which grievances are kept here, and none were ever pulled.
    pub unchosen: bool,
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

impl Mirror {
    pub fn facts(&self, now: i64) -> Result<Facts, MirrorError> {
        self.read(|file| facts(file, now))
    }

    /// The `_id` of each document that could not be read, with the reason.
    pub fn set_aside(&self) -> Result<Vec<(String, String)>, MirrorError> {
        self.read(|file| {
            let mut statement = file.prepare("SELECT id, reason FROM set_aside ORDER BY db, id")?;
            let set_aside = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(set_aside.collect::<Result<_, _>>()?)
        })
    }
}

fn facts(file: &Connection, now: i64) -> Result<Facts, MirrorError> {
    let ready = push::ready(file)?;
    let count_of = |are: fn(&Ready) -> bool| -> u64 {
        ready.iter().filter(|ready| are(ready)).map(|ready| ready.edits.len() as u64).sum()
    };
    Ok(Facts {
        ready_edits: count_of(|ready| ready.database == Database::Grievances),
        ready_without_photos: count_of(|ready| ready.database == Database::Grievances && !ready.awaits_photo),
        ready_internal: count_of(|ready| ready.database == Database::Internal) + entries::due(file)?,
        set_back: comparison::due(file, true, now)?,
        unchosen: selection::is_unchosen(file)?,
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
