//! Documents that the server has no more. A few are believed; too many at once are a question,
//! and until the officer answers it nothing of them is marked as gone, and nothing of them is sent.

use std::collections::HashSet;

use domain::{Grievance, VANISHED_TOGETHER, too_many_vanish};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use crate::pulled::{Held, Pull, held};
use crate::{Database, Mirror, MirrorError, edits, row};

/// A document that left the server together with many others: a grievance, or one of the internal
/// database, which has no description.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Vanished {
    pub id: String,
    pub description: Option<String>,
    /// Unix seconds
    pub noticed_at: i64,
    /// Whether the officer said already that the server is wrong about it.
    pub kept: bool,
    /// Edits that wait for the answer.
    pub unsent_edits: u64,
}

/// What the officer says of many that vanished at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// They are gone; what this laptop last saw of them stays readable.
    Accept,
    /// The server is wrong: they stay as they are, and their edits wait until it has them again.
    Keep,
}

impl Mirror {
    /// What the officer is asked about, and then what was kept, each in the order of arrival here; at
    /// most `limit`.
    pub fn vanished(&self, limit: u32) -> Result<Vec<Vanished>, MirrorError> {
        self.read(|file| {
            let mut statement = file.prepare(
                "SELECT d.n, d.id, d.body, v.noticed_at, v.state = 'kept'
                 FROM vanished v CROSS JOIN document d ON d.n = v.document
                 WHERE v.state IN ('asked', 'kept') ORDER BY v.state, d.n LIMIT ?1",
            )?;
            let mut rows = statement.query([limit])?;
            let mut all = Vec::new();
            while let Some(found) = rows.next()? {
                let edits = edits::of_document(file, found.get(0)?)?;
                let shown = row::shown(found.get::<_, Option<String>>(2)?.as_deref(), &edits)?;
                all.push(Vanished {
                    id: found.get(1)?,
                    description: shown.and_then(|shown: Grievance| shown.description),
                    noticed_at: found.get(3)?,
                    kept: found.get(4)?,
                    unsent_edits: edits.len() as u64,
                });
            }
            Ok(all)
        })
    }

    /// Answers for all that are asked about; how many that were. Where nothing is asked, what was
    /// kept is accepted.
    pub fn answer_vanished(&self, answer: Answer, now: i64) -> Result<usize, MirrorError> {
        self.write(|file| match answer {
            Answer::Keep => Ok(file.execute("UPDATE vanished SET state = 'kept' WHERE state = 'asked'", [])?),
            Answer::Accept => {
                let mut count = 0;
                let sql =
                    "SELECT iif(EXISTS (SELECT 1 FROM vanished WHERE state = 'asked'), 'asked', 'kept')";
                let state: String = file.query_row(sql, [], |row| row.get(0))?;
                for database in [Database::Grievances, Database::Internal] {
                    let mut pull = Pull::begin(file, database, now)?;
                    let answered = in_state(file, database, &state)?;
                    count += answered.len();
                    for (id, vanished, rev) in answered {
                        forget(file, vanished.n)?;
                        pull.gone(&id, vanished, rev.as_deref())?;
                    }
                    pull.finish()?;
                }
                Ok(count)
            }
        })
    }
}

impl Pull<'_> {
    /// Decides about what was noticed, at the end of a pull or comparison.
    pub(crate) fn believe_or_ask(&mut self) -> Result<(), MirrorError> {
        let noticed = in_state(self.file, self.database, "noticed")?;
        if noticed.is_empty() {
            return Ok(());
        }
        let sql = "DELETE FROM vanished WHERE state = 'believed' AND noticed_at < ?1";
        self.file.execute(sql, [self.now - VANISHED_TOGETHER])?;
        let believed = in_state(self.file, self.database, "believed")?.len();
        let here: i64 = self
            .file
            // Counted by three indexes, and without what has no body: the documents themselves are a thousand times larger.
            .prepare_cached(
                "SELECT (SELECT count(*) FROM document WHERE db = ?1)
                      - (SELECT count(*) FROM document WHERE db = ?1 AND gone)
                      - (SELECT count(*) FROM document WHERE db = ?1 AND body IS NULL AND NOT gone)",
            )?
            .query_row([self.database], |row| row.get(0))?;
        let ward = u64::try_from(here).unwrap_or(0) + believed as u64;
        let asks = too_many_vanish((noticed.len() + believed) as u64, ward);
        let state = if asks { "asked" } else { "believed" };
        for (id, vanished, rev) in noticed {
            self.file
                .prepare_cached("UPDATE vanished SET state = ?2 WHERE document = ?1")?
                .execute(params![vanished.n, state])?;
            if !asks {
                self.gone(&id, vanished, rev.as_deref())?;
            }
        }
        Ok(())
    }
}

/// The server has this document no more; with `rev` it tells of a deletion. What was answered
/// about it stays answered.
pub(crate) fn notice(file: &Connection, n: i64, rev: Option<&str>, now: i64) -> Result<(), MirrorError> {
    file.prepare_cached(
        "INSERT INTO vanished (document, rev, noticed_at, state) VALUES (?1, ?2, ?3, 'noticed')
         ON CONFLICT (document) DO UPDATE SET
             rev = coalesce(excluded.rev, rev),
             state = iif(state = 'believed', 'noticed', state)",
    )?
    .execute(params![n, rev, now])?;
    Ok(())
}

/// This document is not in question any more.
pub(crate) fn forget(file: &Connection, n: i64) -> Result<(), MirrorError> {
    file.prepare_cached("DELETE FROM vanished WHERE document = ?1")?.execute([n])?;
    Ok(())
}

/// The officer believes that this grievance vanished, if that is in question.
pub(crate) fn believe(file: &Connection, id: &str, now: i64) -> Result<(), MirrorError> {
    let Some(held) = held(file, Database::Grievances, id)?.filter(|held| !held.gone) else { return Ok(()) };
    let sql = "DELETE FROM vanished WHERE document = ?1 RETURNING rev";
    let rev = file.query_row(sql, [held.n], |row| row.get::<_, Option<String>>(0)).optional()?;
    let Some(rev) = rev else { return Ok(()) };
    let mut pull = Pull::begin(file, Database::Grievances, now)?;
    pull.gone(id, held, rev.as_deref())?;
    pull.finish()?;
    Ok(())
}

/// `_id` of the documents of which nothing may be sent.
pub(crate) fn in_question(file: &Connection) -> Result<HashSet<String>, MirrorError> {
    let mut statement = file.prepare_cached(
        "SELECT d.id FROM vanished v CROSS JOIN document d ON d.n = v.document WHERE v.state != 'believed'",
    )?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Documents by their `_id`, with what is known of their deletion.
fn in_state(
    file: &Connection,
    database: Database,
    state: &str,
) -> Result<Vec<(String, Held, Option<String>)>, MirrorError> {
    let mut statement = file.prepare_cached(
        "SELECT d.n, d.rev, d.body, d.gone, d.id, v.rev FROM vanished v CROSS JOIN document d ON d.n = v.document
         WHERE d.db = ?1 AND v.state = ?2 ORDER BY d.n",
    )?;
    let found = statement.query_map(params![database, state], |row| {
        let held = Held { n: row.get(0)?, rev: row.get(1)?, body: row.get(2)?, gone: row.get(3)? };
        Ok((row.get(4)?, held, row.get(5)?))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
