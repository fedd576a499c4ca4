//! A server that was set back to an older copy has lost what came after it. What this laptop had
//! delivered is still here, and becomes an unsent edit again.

use std::collections::BTreeMap;

use domain::{Document, Edit, Field};
use rusqlite::{Connection, params};

use crate::edits::{self, State, Stored};
use crate::pulled::{Held, held};
use crate::{Database, Mirror, MirrorError, change, history, rebased};

impl Mirror {
    /// The server is not what it was: everything is pulled and compared again. What is here stays.
    pub fn set_back(&self, database: Database, now: i64) -> Result<(), MirrorError> {
        self.write(|file| {
            file.execute("DELETE FROM checkpoint WHERE db = ?1", [database])?;
            file.execute(
                "INSERT INTO comparison (db, ended_at, set_back) VALUES (?1, ?2, 1)
                 ON CONFLICT (db) DO UPDATE SET up_to = '', set_back = 1",
                params![database, now],
            )?;
            Ok(())
        })
    }

    /// Revisions by their documents that a server which never lost anything knows: the last change
    /// that was pulled, and what this laptop delivered since, or with `all` in 90 days. While the
    /// server is known to be set back, its losses prove nothing new.
    pub fn witnesses(
        &self,
        database: Database,
        all: bool,
    ) -> Result<BTreeMap<String, Vec<String>>, MirrorError> {
        self.read(|file| {
            revisions(
                file,
                "SELECT last_id, last_rev FROM checkpoint WHERE db = ?1 AND last_id IS NOT NULL
                 UNION
                 SELECT d.id, v.rev FROM delivery v JOIN document d ON d.n = v.document
                 WHERE d.db = ?1 AND NOT d.gone
                   AND (?2 OR v.settled_at >= (SELECT saved_at FROM checkpoint WHERE db = ?1))
                   AND v.edit NOT IN (SELECT id FROM edit)
                   AND NOT EXISTS (SELECT 1 FROM comparison WHERE db = ?1 AND set_back)
                 ORDER BY 1, 2",
                params![database, all],
            )
        })
    }

    /// Every revision this laptop delivered in 90 days, and the one it holds, of documents that
    /// are there.
    pub fn delivered(&self, database: Database) -> Result<BTreeMap<String, Vec<String>>, MirrorError> {
        self.read(|file| {
            revisions(
                file,
                "SELECT d.id, v.rev FROM delivery v JOIN document d ON d.n = v.document
                 WHERE d.db = ?1 AND NOT d.gone
                 UNION
                 SELECT d.id, d.rev FROM delivery v JOIN document d ON d.n = v.document
                 WHERE d.db = ?1 AND NOT d.gone AND d.rev IS NOT NULL
                 ORDER BY 1, 2",
                params![database],
            )
        })
    }

    /// The server has lost `revisions`. What they had brought is unsent again and goes through
    /// `rebase` like any other edit, so that nothing is overwritten. Saying it twice changes nothing.
    pub fn lost(
        &self,
        database: Database,
        revisions: &BTreeMap<String, Vec<String>>,
        now: i64,
    ) -> Result<(), MirrorError> {
        self.write(|file| {
            for (id, lost) in revisions {
                // What was deleted before stays deleted.
                if let Some(held) = held(file, database, id)?.filter(|held| !held.gone) {
                    send_again(file, database, id, &held, lost, now)?;
                }
            }
            Ok(())
        })
    }
}

fn send_again(
    file: &Connection,
    database: Database,
    id: &str,
    held: &Held,
    lost: &[String],
    now: i64,
) -> Result<(), MirrorError> {
    let mut by_field: BTreeMap<Field, Vec<(Edit, String)>> = BTreeMap::new();
    for (edit, rev) in history::deliveries(file, held.n, id)? {
        by_field.entry(edit.field.clone()).or_default().push((edit, rev));
    }
    for deliveries in by_field.into_values() {
        // What the server has of a later decision stands, and what was before it is over.
        let kept = deliveries.iter().rposition(|(_, rev)| !lost.contains(rev)).map_or(0, |kept| kept + 1);
        for (edit, _) in deliveries[..kept].iter().filter(|(_, rev)| lost.contains(rev)) {
            history::undelivered(file, &edit.id)?;
        }
        let edits = deliveries.into_iter().skip(kept).map(|(edit, _)| edit).collect();
        unsent_again(file, held.n, edits)?;
    }
    let of_document = edits::of_document(file, held.n)?;
    match (&held.rev, &held.body) {
        (Some(rev), Some(body)) if !lost.contains(rev) => {
            rebased::carry(file, of_document, Some(&Document::parse(body)?), rev, now)?;
        }
        // Our report is not there at all: it is filed again. What else the server has no more,
        // the comparison finds.
        _ if of_document.iter().any(|stored| stored.edit.field == Field::Report) => {
            file.execute("UPDATE document SET rev = NULL, gone = 1 WHERE n = ?1", [held.n])?;
        }
        _ => {}
    }
    match database {
        Database::Grievances => change::show(file, held.n, now),
        Database::Internal => Ok(()),
    }
}

/// Several edits of one field, the oldest first, become one: the oldest seen, the newest wanted.
fn unsent_again(file: &Connection, n: i64, edits: Vec<Edit>) -> Result<(), MirrorError> {
    let (Some(oldest), Some(newest)) = (edits.first(), edits.last()) else { return Ok(()) };
    let known = edits::of_field(file, n, &newest.field)?;
    if known.as_ref().is_some_and(|known| known.edit.id == newest.id) {
        // It is unsent again already.
        return Ok(());
    }
    let mut stored = known.unwrap_or_else(|| Stored {
        n,
        edit: newest.clone(),
        state: State::Saved,
        error: None,
        reason: None,
    });
    stored.edit.seen = oldest.seen.clone();
    // Each was ours: somebody's copy may have it, and bring it back.
    for Edit { wanted, .. } in &edits {
        if *wanted != stored.edit.wanted && !stored.edit.sent.contains(wanted) {
            stored.edit.sent.push(wanted.clone());
        }
    }
    edits::put(file, &stored)?;
    for edit in edits.iter().filter(|edit| edit.id != stored.edit.id) {
        history::undelivered(file, &edit.id)?;
    }
    Ok(())
}

fn revisions(
    file: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> Result<BTreeMap<String, Vec<String>>, MirrorError> {
    let mut statement = file.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut revisions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        revisions.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    Ok(revisions)
}
