//! A server that was set back to an older copy has lost what came after it. What this laptop had
//! delivered is still here, and becomes an unsent edit again.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Document, Edit, Field, sent_again};
use rusqlite::{Connection, OptionalExtension, params};

use crate::edits::{self, State, Stored};
use crate::pulled::{Held, Pull, held};
use crate::push::{database_of, grievance_of};
use crate::{
    Database, Mirror, MirrorError, Pulled, change, comparison, delivery, entries, photos, rebased, row,
    search, selection, unsent,
};

/// Revisions by the `_id` of their documents.
pub type Revisions = BTreeMap<String, BTreeSet<String>>;

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
            if database == Database::Internal {
                entries::send_again(file)?;
            }
            Ok(())
        })
    }

    /// Revisions by their documents that a server which never lost anything knows: the last change
    /// that was pulled, and what this laptop delivered since, or with `all` in 90 days. While the server is known to be
    /// set back, its losses prove nothing new.
    pub fn witnesses(&self, database: Database, all: bool) -> Result<Revisions, MirrorError> {
        self.read(|file| {
            let sql = "SELECT last_id, last_rev, saved_at FROM checkpoint WHERE db = ?1";
            let last = file.query_row(sql, [database], |row| {
                Ok((row.get::<_, Option<String>>(0)?.zip(row.get::<_, Option<String>>(1)?), row.get(2)?))
            });
            let Some((last, saved_at)) = last.optional()? else { return Ok(Revisions::new()) };
            let mut revisions = match comparison::is_set_back(file, database)? {
                true => Revisions::new(),
                false => {
                    let since = if all { 0 } else { saved_at };
                    deliveries(file, database, since, |is_unsent, held| !is_unsent && !held.gone)?
                }
            };
            if let Some((id, rev)) = last {
                revisions.entry(id).or_default().insert(rev);
            }
            Ok(revisions)
        })
    }

    /// The revisions that came last, deletions too; none while the server is known to be set back. Not of documents whose
    /// revision here is not the server's last word: that are edited, cannot be read, or that the officer is asked about. At
    /// most `limit`.
    pub fn newest(&self, database: Database, limit: u32) -> Result<Revisions, MirrorError> {
        let sql = match database {
            // Of each status its newest, which one range of the index begins with.
            Database::Grievances => {
                "SELECT d.id, d.rev FROM status_count s
                 CROSS JOIN grievance g ON g.n IN (SELECT n FROM grievance x WHERE x.status = s.status
                                                     AND x.n NOT IN (SELECT document FROM edit)
                                                   ORDER BY x.changed_at DESC LIMIT ?1)
                 CROSS JOIN document d ON d.n = g.n
                 WHERE d.rev IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM vanished v WHERE v.document = d.n AND v.state != 'believed')
                   AND NOT EXISTS (SELECT 1 FROM set_aside a WHERE a.db = d.db AND a.id = d.id)
                 ORDER BY g.changed_at DESC LIMIT ?1"
            }
            // Most are entries, which never change. What came before 5,000 others is not looked for; the plus keeps
            // SQLite from going through the whole database by its ids instead.
            Database::Internal => {
                "SELECT id, rev FROM document d
                 WHERE n > (SELECT max(n) FROM document) - 5000 AND +db = 1 AND rev IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM vanished v WHERE v.document = d.n AND v.state != 'believed')
                   AND NOT EXISTS (SELECT 1 FROM set_aside a WHERE a.db = d.db AND a.id = d.id)
                 ORDER BY n DESC LIMIT ?1"
            }
        };
        self.read(|file| {
            let mut revisions = Revisions::new();
            if comparison::is_set_back(file, database)? {
                return Ok(revisions);
            }
            let mut statement = file.prepare_cached(sql)?;
            let mut newest = statement.query([limit])?;
            while let Some(row) = newest.next()? {
                revisions.entry(row.get(0)?).or_default().insert(row.get(1)?);
            }
            Ok(revisions)
        })
    }

    /// The server has nothing at all of these. Of what is gone here that is no news; the rest a comparison has to find.
    pub fn not_there(&self, database: Database, ids: &[String]) -> Result<(), MirrorError> {
        self.write(|file| {
            for id in ids {
                match held(file, database, id)? {
                    Some(held) if held.gone => {
                        file.execute("UPDATE document SET rev = NULL WHERE n = ?1", [held.n])?;
                    }
                    _ => comparison::ask(file)?,
                }
            }
            Ok(())
        })
    }

    /// Every revision this laptop delivered in 90 days, and the one it holds, also of what is gone: the
    /// server may have it again.
    pub fn delivered(&self, database: Database) -> Result<Revisions, MirrorError> {
        self.read(|file| {
            let mut revisions = deliveries(file, database, 0, |_, _| true)?;
            for (id, revisions) in &mut revisions {
                revisions.extend(held(file, database, id)?.and_then(|held| held.rev));
            }
            Ok(revisions)
        })
    }

    /// Which of `ids` left with the selection, so that only the record of their deliveries is here, or
    /// are gone.
    pub fn away(&self, ids: &BTreeSet<String>) -> Result<Vec<String>, MirrorError> {
        self.read(|file| {
            let mut away = Vec::new();
            for id in ids {
                let held = held(file, Database::Grievances, id)?;
                away.extend(held.filter(|held| held.gone || selection::is_record(held)).map(|_| id.clone()));
            }
            Ok(away)
        })
    }

    /// Takes in grievances that were away: something of theirs is to be sent again.
    pub fn recall(&self, found: &[Pulled], now: i64) -> Result<(), MirrorError> {
        self.write(|file| {
            let mut pull = Pull::begin(file, Database::Grievances, now)?;
            pull.recall();
            for pulled in found {
                pull.change(pulled)?;
            }
            pull.finish().map(drop)
        })
    }

    /// The server has lost `revisions`. What they had brought is unsent again and goes through
    /// `rebase` like any other edit, so that nothing is overwritten. Saying it twice changes nothing.
    pub fn lost(&self, database: Database, revisions: &Revisions, now: i64) -> Result<(), MirrorError> {
        self.write(|file| {
            for (id, lost) in revisions {
                let Some(held) = held(file, database, id)? else { continue };
                // A record that could not be recalled has nothing to compare with until its grievance
                // comes back, unless that was filed here, which says all there is to say.
                if selection::is_record(&held) && (held.gone || !filed_here(file, held.n, lost)?) {
                    file.execute("UPDATE document SET rev = NULL, gone = 1 WHERE n = ?1", [held.n])?;
                } else if !held.gone {
                    send_again(file, database, id, &held, lost, now)?;
                } else if database == Database::Grievances
                    && held.rev.as_ref().is_some_and(|rev| !lost.contains(rev))
                {
                    deleted_without(file, id, &held, lost, now)?;
                }
                // What is gone there without a trace was deleted before, and stays gone.
            }
            Ok(())
        })
    }
}

fn filed_here(file: &Connection, n: i64, lost: &BTreeSet<String>) -> Result<bool, MirrorError> {
    let deliveries = delivery::of_grievance(file, n)?;
    Ok(deliveries.iter().any(|(edit, rev)| edit.field == Field::Report && lost.contains(rev)))
}

/// What this laptop delivered to `database` since `since` (unix seconds). `counts` is told whether the edit is unsent again,
/// and what is here of its document.
fn deliveries(
    file: &Connection,
    database: Database,
    since: i64,
    counts: impl Fn(bool, &Held) -> bool,
) -> Result<Revisions, MirrorError> {
    let mut statement = file.prepare_cached(
        "SELECT d.id, v.field, v.rev, v.edit IN (SELECT id FROM edit)
         FROM delivery v JOIN document d ON d.n = v.document
         WHERE v.settled_at >= ?1",
    )?;
    let mut rows = statement.query([since])?;
    let mut revisions = Revisions::new();
    while let Some(row) = rows.next()? {
        let (grievance, field): (String, String) = (row.get(0)?, row.get(1)?);
        let field = Field::parse(&field)?;
        let id = field.document(&grievance);
        let is_unsent = row.get(3)?;
        let counts = |held: Held| counts(is_unsent, &held);
        if database_of(&field) == database && held(file, database, &id)?.is_some_and(counts) {
            revisions.entry(id).or_default().insert(row.get(2)?);
        }
    }
    Ok(revisions)
}

/// `id` is the document that holds what was lost; the edits are those of its grievance.
fn send_again(
    file: &Connection,
    database: Database,
    id: &str,
    held: &Held,
    lost: &BTreeSet<String>,
    now: i64,
) -> Result<(), MirrorError> {
    let Some((n, grievance)) = grievance_of(file, database, id)? else { return Ok(()) };
    all_unsent_again(file, n, grievance, id, |rev| lost.contains(rev))?;
    let edits = edits::of_document(file, n)?;
    match (&held.rev, &held.body) {
        (Some(rev), Some(body)) if !lost.contains(rev) => {
            rebased::carry(file, edits, id, Some(&Document::parse(body)?), Some(rev), now)?;
        }
        // Our report is not there at all: it is filed again. What else the server has no more,
        // the comparison finds.
        _ if id == grievance && edits.iter().any(|stored| stored.edit.field == Field::Report) => {
            file.execute("UPDATE document SET rev = NULL, gone = 1 WHERE n = ?1", [held.n])?;
        }
        _ => {}
    }
    offer_pictures_again(file, n)?;
    change::show(file, n, now)?;
    if selection::is_record(held)
        && let Some(report) = row::shown(None, &edits::of_document(file, n)?)?
    {
        // Its words had left with it.
        search::insert(file, n, id, &report)?;
    }
    Ok(())
}

/// The server has a deletion of grievance `id` that knows nothing of what was lost: the officer is asked, as with any
/// change that meets a deletion. What she had filed stays deleted: somebody had read it.
fn deleted_without(
    file: &Connection,
    id: &str,
    held: &Held,
    lost: &BTreeSet<String>,
    now: i64,
) -> Result<(), MirrorError> {
    let deliveries = delivery::of_grievance(file, held.n)?;
    all_unsent_again(file, held.n, id, id, |rev| lost.contains(rev))?;
    for (edit, _) in deliveries.iter().filter(|(edit, rev)| edit.field == Field::Report && lost.contains(rev))
    {
        edits::remove(file, &edit.id)?;
        delivery::undelivered(file, &edit.id)?;
    }
    let edits = edits::of_document(file, held.n)?;
    rebased::carry(file, edits, id, None, held.rev.as_deref(), now)?;
    offer_pictures_again(file, held.n)?;
    change::show(file, held.n, now)
}

/// The store may have lost what unsent edits of a grievance name, together with the server.
fn offer_pictures_again(file: &Connection, n: i64) -> Result<(), MirrorError> {
    let edits = edits::of_document(file, n)?;
    let mut keys = edits.iter().flat_map(|stored| unsent::photo_keys(&stored.edit));
    keys.try_for_each(|key| photos::offer_again(file, key))
}

/// What was delivered to document `id`, which holds fields of a grievance, in revisions that are lost.
fn all_unsent_again(
    file: &Connection,
    n: i64,
    grievance: &str,
    id: &str,
    is_lost: impl Fn(&str) -> bool,
) -> Result<(), MirrorError> {
    let mut by_field: BTreeMap<Field, Vec<(Edit, bool)>> = BTreeMap::new();
    for (edit, rev) in delivery::of_grievance(file, n)? {
        if edit.field.document(grievance) == id {
            by_field.entry(edit.field.clone()).or_default().push((edit, is_lost(&rev)));
        }
    }
    for (field, decisions) in by_field {
        let unsent = edits::of_field(file, n, &field)?;
        let known = unsent.as_ref().map(|stored| &stored.edit);
        let again = sent_again(&decisions, known);
        // By the proof of what is unsent again it is known that it had arrived.
        let proven = again.as_ref().or(known).map(|edit| &edit.id);
        for (edit, _) in decisions.iter().filter(|(edit, is_lost)| *is_lost && Some(&edit.id) != proven) {
            delivery::undelivered(file, &edit.id)?;
        }
        if let Some(edit) = again {
            let (state, error, reason) =
                unsent.map_or((State::Saved, None, None), |known| (known.state, known.error, known.reason));
            edits::put(file, &Stored { n, edit, state, error, reason })?;
        }
    }
    Ok(())
}
