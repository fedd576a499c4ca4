use std::collections::BTreeSet;

use rusqlite::Connection;

use crate::edits::{self, State};
use crate::{Database, Mirror, MirrorError, branches, comparison, entries, photos, push, schema, unsent};

/// What is so, for deciding the next step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Edits that [`Mirror::leaving`] would send now to the database of grievances.
    pub ready_edits: u64,
    /// Edits and entries that could go now to the internal database.
    pub ready_internal: u64,
    /// Edits that wait for their photo to be stored.
    pub waiting_edits: u64,
    pub clashes: u64,
    pub refused: u64,
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

/// The mirror in numbers, for people who look after it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    pub schema: i32,
    pub grievances: u64,
    /// Grievances that the server deleted.
    pub gone: u64,
    pub internal_documents: u64,
    /// Documents that could not be read, with the reason.
    pub set_aside: Vec<(String, String)>,
    pub deliveries: u64,
    pub photos_here: u64,
    /// Size of the file, without what its write-ahead log adds.
    pub bytes: u64,
    pub facts: Facts,
}

impl Mirror {
    pub fn facts(&self, now: i64) -> Result<Facts, MirrorError> {
        self.read(|file| facts(file, now))
    }

    pub fn status(&self, now: i64) -> Result<Status, MirrorError> {
        self.read(|file| {
            let pages =
                count(file, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", ())?;
            let mut set_aside = file.prepare("SELECT id, reason FROM set_aside ORDER BY db, id")?;
            Ok(Status {
                schema: schema::version(file)?,
                grievances: count(file, "SELECT coalesce(sum(grievances), 0) FROM status_count", ())?,
                gone: count(file, "SELECT count(*) FROM document WHERE db = 0 AND gone", ())?,
                internal_documents: count(file, "SELECT count(*) FROM document WHERE db = 1", ())?,
                set_aside: set_aside
                    .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect::<Result<_, _>>()?,
                deliveries: count(file, "SELECT count(*) FROM delivery", ())?,
                photos_here: count(file, "SELECT count(*) FROM photo WHERE file IS NOT NULL", ())?,
                bytes: pages,
                facts: facts(file, now)?,
            })
        })
    }
}

fn facts(file: &Connection, now: i64) -> Result<Facts, MirrorError> {
    let ready = push::ready(file)?;
    let ready_for = |database| -> u64 {
        ready.iter().filter(|ready| ready.database == database).map(|ready| ready.edits.len() as u64).sum()
    };
    let mut facts = Facts {
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
        ..Facts::default()
    };
    for stored in edits::all(file)? {
        match stored.state {
            State::Leaving => {}
            State::Clash => facts.clashes += 1,
            State::Refused => facts.refused += 1,
            State::Saved => facts.waiting_edits += u64::from(unsent::waits_for_photo(file, &stored)?),
        }
    }
    Ok(facts)
}

fn count(file: &Connection, sql: &str, parameters: impl rusqlite::Params) -> Result<u64, MirrorError> {
    let number: i64 = file.prepare_cached(sql)?.query_row(parameters, |row| row.get(0))?;
    Ok(u64::try_from(number).unwrap_or(0))
}
