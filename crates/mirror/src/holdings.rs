//! What this laptop holds of both databases, to be compared with the server.

use std::collections::BTreeSet;

use domain::{Document, Triage};
use rusqlite::Connection;

use crate::{Database, Mirror, MirrorError, edits, row, settings};

/// What is here, for a comparison with the server. Of what the server deleted only what has unsent edits is among it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holdings {
    /// By id.
    pub grievances: Vec<Holding>,
    /// Ids and revisions of the internal database.
    pub internal: Vec<(String, String)>,
    /// Ids of lines that the internal database took; until they are pulled they have no revision here.
    pub sent_entries: BTreeSet<String>,
    /// Databases and ids of documents that came and could not be read.
    pub set_aside: Vec<(Database, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    pub id: String,
    /// As last pulled; `None`: the server has not got it, or has deleted it.
    pub rev: Option<String>,
    /// As the revision has it, without what is unsent.
    pub status: String,
    pub ward: Option<String>,
    /// Edits.
    pub unsent: u64,
}

impl Mirror {
    pub fn holdings(&self) -> Result<Holdings, MirrorError> {
        self.read(|file| {
            let mut internal = file.prepare_cached(
                "SELECT id, rev FROM document WHERE db = ?1 AND NOT gone AND rev IS NOT NULL ORDER BY id",
            )?;
            let mut sent_entries = file.prepare_cached(
                "SELECT 'entry:' || d.id || ':' || y.edit FROM delivery y JOIN document d ON d.n = y.document
                 WHERE y.entry = 'sent'",
            )?;
            let mut set_aside = file.prepare_cached("SELECT db, id FROM set_aside ORDER BY db, id")?;
            let internal = internal.query_map([Database::Internal], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let sent_entries = sent_entries.query_map([], |row| row.get(0))?;
            let set_aside = set_aside.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(Holdings {
                grievances: grievances(file)?,
                internal: internal.collect::<Result<_, _>>()?,
                sent_entries: sent_entries.collect::<Result<_, _>>()?,
                set_aside: set_aside.collect::<Result<_, _>>()?,
            })
        })
    }
}

fn grievances(file: &Connection) -> Result<Vec<Holding>, MirrorError> {
    let wards = settings::wards(file)?;
    let mut statement = file.prepare_cached(
        "SELECT n, id, iif(gone, NULL, rev), body, (SELECT count(*) FROM edit e WHERE e.document = d.n)
         FROM document d
         WHERE db = ?1 AND (NOT gone OR n IN (SELECT document FROM edit)) ORDER BY id",
    )?;
    let mut rows = statement.query([Database::Grievances])?;
    let mut holdings = Vec::new();
    while let Some(held) = rows.next()? {
        let body = match held.get::<_, Option<String>>(3)? {
            None => row::base(None, &edits::of_document(file, held.get(0)?)?),
            body => body,
        };
        // Of what left with a selection only the record of what was delivered is here.
        let Some(body) = body else { continue };
        let document = Document::parse(&body)?;
        holdings.push(Holding {
            id: held.get(1)?,
            rev: held.get(2)?,
            status: Triage::of(&document).status,
            ward: wards.of(&document),
            unsent: held.get::<_, u32>(4)?.into(),
        });
    }
    Ok(holdings)
}
