//! What this laptop holds of the grievances' database, to be compared with the server.

use domain::{Document, Triage};
use rusqlite::Connection;

use crate::{Mirror, MirrorError};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holdings {
    /// Grievances that the server had when they were last pulled, by id.
    pub grievances: Vec<Holding>,
    /// Ids of documents that came and could not be read.
    pub set_aside: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    pub id: String,
    pub rev: String,
    /// As the revision has it, without what is unsent.
    pub status: String,
}

impl Mirror {
    /// What the server deleted and reports it has not got are not among it.
    pub fn holdings(&self) -> Result<Holdings, MirrorError> {
        self.read(|file| {
            let mut set_aside = file.prepare_cached("SELECT id FROM set_aside WHERE db = 0 ORDER BY id")?;
            Ok(Holdings {
                grievances: grievances(file)?,
                set_aside: set_aside.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?,
            })
        })
    }
}

fn grievances(file: &Connection) -> Result<Vec<Holding>, MirrorError> {
    // The row that the list shows has the revision's status, unless an unsent edit changes it.
    let mut statement = file.prepare_cached(
        "SELECT d.id, d.rev, g.status,
                (SELECT d.body FROM edit e WHERE e.document = d.n AND e.field = 'status')
         FROM document d JOIN grievance g ON g.n = d.n
         WHERE d.db = 0 AND NOT d.gone AND d.rev IS NOT NULL ORDER BY d.id",
    )?;
    let mut rows = statement.query([])?;
    let mut holdings = Vec::new();
    while let Some(row) = rows.next()? {
        let status = match row.get::<_, Option<String>>(3)? {
            Some(body) => Triage::of(&Document::parse(&body)?).status,
            None => row.get(2)?,
        };
        holdings.push(Holding { id: row.get(0)?, rev: row.get(1)?, status });
    }
    Ok(holdings)
}
