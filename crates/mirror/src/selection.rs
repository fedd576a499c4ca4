//! Which grievances are kept here. What is outside the selection leaves this laptop and no other
//! place: nothing is ever deleted on a server because of it. What is unsent stays until it has
//! arrived; of what was delivered the record stays, without the grievance.

use std::collections::BTreeSet;

use domain::{Document, Selected, Selection, too_many_vanish};
use rusqlite::{Connection, OptionalExtension, params};

use crate::change::grievance;
use crate::clock::FARTHEST;
use crate::detail::{self, keys};
use crate::pulled::Held;
use crate::row::{self, Rows};
use crate::{Database, Mirror, MirrorError, edits, photos, search, settings};

/// What left this laptop.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Left {
    pub grievances: u64,
    /// Sealed files that nothing needs any more.
    pub files: Vec<String>,
}

impl Mirror {
    pub fn selection(&self) -> Result<Selection, MirrorError> {
        self.read(chosen)
    }

    /// Whether nobody has said which grievances are kept here, and none were ever pulled.
    pub fn is_unchosen(&self) -> Result<bool, MirrorError> {
        self.read(is_unchosen)
    }

    /// The selection on the day of `now` (unix seconds).
    pub fn selected(&self, now: i64) -> Result<Selected, MirrorError> {
        self.read(|file| selected(file, now))
    }

    /// Another selection on that day.
    pub fn would_select(&self, selection: &Selection, now: i64) -> Result<Selected, MirrorError> {
        self.read(|file| on(file, selection, now))
    }

    /// Keeps another selection from now on. What is outside leaves, and everything is pulled again,
    /// because what is inside may never have come here. What is too old leaves with [`Mirror::sweep`]: the laptop's clock
    /// may be wrong.
    pub fn select(&self, selection: &Selection, now: i64) -> Result<Left, MirrorError> {
        self.write(|file| {
            let sql = "INSERT OR REPLACE INTO selection (one, chosen) VALUES (1, ?1)";
            file.execute(sql, [serde_json::to_string(selection)?])?;
            begin_again(file, now)?;
            let_go(file, now)
        })
    }

    /// Lets go what is outside the selection, or has grown too old for it, when nothing of it is unsent
    /// and the officer is asked nothing about it.
    pub fn sweep(&self, now: i64) -> Result<Left, MirrorError> {
        if self.read(|file| Ok(aged(file, now)?.is_empty() && marked(file)?.is_empty()))? {
            return Ok(Left::default());
        }
        self.write(|file| sweep(file, now))
    }

    /// How many unsent edits belong to grievances outside a selection.
    pub fn unsent_outside(&self, selection: &Selection, now: i64) -> Result<u64, MirrorError> {
        self.read(|file| {
            let selected = on(file, selection, now)?;
            let mut outside = 0;
            for stored in edits::all(file)? {
                let base = row::base(body(file, stored.n)?, &edits::of_document(file, stored.n)?);
                let document = Document::parse(base.as_deref().unwrap_or("{}"))?;
                outside += u64::from(!selected.contains(&document));
            }
            Ok(outside)
        })
    }
}

pub(crate) fn chosen(file: &Connection) -> Result<Selection, MirrorError> {
    let mut statement = file.prepare_cached("SELECT chosen FROM selection")?;
    let chosen: Option<String> = statement.query_row([], |row| row.get(0)).optional()?;
    chosen.map_or(Ok(Selection::default()), |chosen| Ok(serde_json::from_str(&chosen)?))
}

pub(crate) fn is_unchosen(file: &Connection) -> Result<bool, MirrorError> {
    // A mirror that was mended, or whose server was set back, has grievances and no checkpoint.
    let sql =
        "SELECT NOT EXISTS (SELECT 1 FROM selection) AND NOT EXISTS (SELECT 1 FROM checkpoint WHERE db = ?1)
                  AND NOT EXISTS (SELECT 1 FROM document WHERE db = ?1 AND rev IS NOT NULL)";
    Ok(file.prepare_cached(sql)?.query_row([Database::Grievances], |row| row.get(0))?)
}

pub(crate) fn selected(file: &Connection, now: i64) -> Result<Selected, MirrorError> {
    on(file, &chosen(file)?, now)
}

fn on(file: &Connection, selection: &Selection, now: i64) -> Result<Selected, MirrorError> {
    if selection.is_everything() {
        return Ok(Selected::default());
    }
    let zone = settings::workflow(file)?.time_zone();
    Ok(selection.on(&settings::wards(file)?, &zone, now))
}

/// Grievances mean something else from now on: each is looked at, but for its age, and everything is pulled again.
/// What is known of the server stays, so that one that was set back meanwhile is noticed.
pub(crate) fn begin_again(file: &Connection, now: i64) -> Result<(), MirrorError> {
    file.execute(
        "UPDATE checkpoint SET first_until = coalesce(first_until, since), since = '', caught_up = 0 WHERE db = ?1",
        [Database::Grievances],
    )?;
    file.execute("DELETE FROM outside", [])?;
    let selected = on(file, &Selection { days: None, ..chosen(file)? }, now)?;
    if selected.is_everything() {
        return Ok(());
    }
    let mut statement = file.prepare("SELECT n, body FROM document WHERE db = ?1 AND body IS NOT NULL")?;
    let mut documents = statement.query([Database::Grievances])?;
    while let Some(document) = documents.next()? {
        let body: String = document.get(1)?;
        if !selected.contains(&Document::parse(&body)?) {
            mark(file, document.get(0)?)?;
        }
    }
    Ok(())
}

/// Where something was compared with a first day that lies ahead, everything is pulled again.
pub(crate) fn heed_clock(file: &Connection, now: i64) -> Result<(), MirrorError> {
    let Some(begins) = selected(file, now)?.begins() else { return Ok(()) };
    let sql = "UPDATE selection SET begins = ?1 WHERE begins > ?1 + ?2";
    match file.execute(sql, [begins, FARTHEST])? {
        0 => Ok(()),
        _ => begin_again(file, now),
    }
}

/// This grievance is outside the selection.
pub(crate) fn mark(file: &Connection, n: i64) -> Result<(), MirrorError> {
    file.prepare_cached("INSERT OR IGNORE INTO outside (document) VALUES (?1)")?.execute([n])?;
    Ok(())
}

/// It is inside.
pub(crate) fn unmark(file: &Connection, n: i64) -> Result<(), MirrorError> {
    file.prepare_cached("DELETE FROM outside WHERE document = ?1")?.execute([n])?;
    Ok(())
}

/// Whether of this grievance only what was delivered to it is here. It may be one of which the server has lost
/// everything since.
pub(crate) fn is_record(held: &Held) -> bool {
    held.body.is_none() && (held.rev.is_some() || held.gone)
}

/// Marked grievances of which nothing is unsent and nothing is asked; none while it is not known what a server that was
/// set back has lost of them.
fn marked(file: &Connection) -> Result<Vec<i64>, MirrorError> {
    let mut statement = file.prepare_cached(
        "SELECT d.n, d.id, EXISTS (SELECT 1 FROM event WHERE document = d.n AND what = 'report')
         FROM outside o CROSS JOIN document d ON d.n = o.document
         WHERE NOT o.asked AND d.n NOT IN (SELECT document FROM edit)
           AND d.n NOT IN (SELECT document FROM delivery WHERE entry = 'to_send')
           -- What left the server is the officer's to decide about.
           AND d.n NOT IN (SELECT document FROM vanished WHERE state != 'believed')
           -- So is which of several versions of it, or of its case, holds.
           AND d.n NOT IN (SELECT grievance FROM undecided)
           AND NOT EXISTS (SELECT 1 FROM comparison c
                           -- A site without an internal database never compares it.
                           WHERE set_back AND EXISTS (SELECT 1 FROM document d WHERE d.db = c.db))",
    )?;
    let mut rows = statement.query([])?;
    let mut marked = Vec::new();
    while let Some(row) = rows.next()? {
        let (n, id, was_altered): (i64, String, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        // What a citizen wrote at first is kept nowhere else.
        if !was_altered || detail::altered(file, &grievance(file, &id)?, &[])?.is_none() {
            marked.push(n);
        }
    }
    Ok(marked)
}

/// Grievances that were selected and were reported before its first day.
fn aged(file: &Connection, now: i64) -> Result<Vec<i64>, MirrorError> {
    let Some(begins) = selected(file, now)?.begins() else { return Ok(Vec::new()) };
    // Each status is one range of the index. A reported_at of 0 is a time that nobody can read.
    let mut statement = file.prepare_cached(
        "SELECT g.n FROM status_count s
         CROSS JOIN grievance g ON g.status = s.status AND g.reported_at BETWEEN 1 AND ?1 - 1
         WHERE g.n NOT IN (SELECT document FROM outside)",
    )?;
    Ok(statement.query_map([begins], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// The administrator drew a ward anew. Where that leaves many outside, they stay until the officer chooses again.
pub(crate) fn redrawn(file: &Connection, now: i64) -> Result<(), MirrorError> {
    begin_again(file, now)?;
    let sql =
        "SELECT (SELECT count(*) FROM outside), (SELECT coalesce(sum(grievances), 0) FROM status_count)";
    let (outside, here): (i64, i64) = file.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if too_many_vanish(outside.unsigned_abs(), here.unsigned_abs()) {
        file.execute("UPDATE outside SET asked = 1", [])?;
    }
    Ok(())
}

/// Something was compared with the first day of a selection.
pub(crate) fn remember_first_day(file: &Connection, selected: &Selected) -> Result<(), MirrorError> {
    if let Some(begins) = selected.begins() {
        let sql = "UPDATE selection SET begins = ?1 WHERE begins IS NULL OR begins < ?1";
        file.prepare_cached(sql)?.execute([begins])?;
    }
    Ok(())
}

fn sweep(file: &Connection, now: i64) -> Result<Left, MirrorError> {
    let selected = selected(file, now)?;
    remember_first_day(file, &selected)?;
    for n in aged(file, now)? {
        // A report that the server has not got stays until it has.
        let Some(body) = body(file, n)? else { continue };
        if !selected.contains(&Document::parse(&body)?) {
            mark(file, n)?;
        }
    }
    let_go(file, now)
}

fn let_go(file: &Connection, now: i64) -> Result<Left, MirrorError> {
    let leaving = marked(file)?;
    let mut rows = Rows::new(file, settings::workflow(file)?.time_zone(), now);
    let mut pictures = BTreeSet::new();
    for &n in &leaving {
        if let Some(shown) = row::shown(body(file, n)?.as_deref(), &[])? {
            pictures.extend(keys(&shown).map(str::to_owned));
        }
        rows.remove(n)?;
        search::remove(file, n)?;
        leave(file, n)?;
    }
    rows.finish()?;
    Ok(Left { grievances: leaving.len() as u64, files: forget_pictures(file, pictures)? })
}

fn leave(file: &Connection, n: i64) -> Result<(), MirrorError> {
    unmark(file, n)?;
    for table in ["event", "vanished", "branch"] {
        file.prepare_cached(&format!("DELETE FROM {table} WHERE document = ?1"))?.execute([n])?;
    }
    let sql = "UPDATE document SET body = NULL WHERE n = ?1 AND n IN (SELECT document FROM delivery)";
    if file.prepare_cached(sql)?.execute([n])? == 0 {
        file.prepare_cached("DELETE FROM document WHERE n = ?1")?.execute([n])?;
    }
    Ok(())
}

/// Pictures of grievances that left, unless one that is here has the same.
fn forget_pictures(file: &Connection, mut keys: BTreeSet<String>) -> Result<Vec<String>, MirrorError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = file.prepare("SELECT thumbnail FROM grievance WHERE thumbnail IS NOT NULL")?;
    let mut thumbnails = statement.query([])?;
    while let Some(thumbnail) = thumbnails.next()? {
        keys.remove(&thumbnail.get::<_, String>(0)?);
    }
    let mut forget =
        file.prepare_cached("DELETE FROM photo WHERE key = ?1 AND state != 'to_upload' RETURNING file")?;
    let mut files = Vec::new();
    for key in keys {
        photos::keep_proof(file, &key)?;
        let name: Option<Option<String>> = forget.query_row([key], |row| row.get(0)).optional()?;
        files.extend(name.flatten());
    }
    Ok(files)
}

fn body(file: &Connection, n: i64) -> Result<Option<String>, MirrorError> {
    let mut statement = file.prepare_cached("SELECT body FROM document WHERE n = ?1")?;
    Ok(statement.query_row(params![n], |row| row.get(0))?)
}

/// Records whose deliveries are over.
pub(crate) fn forget_records(file: &Connection) -> Result<(), MirrorError> {
    file.execute(
        "DELETE FROM document WHERE body IS NULL AND db = ?1
         AND n NOT IN (SELECT document FROM delivery) AND n NOT IN (SELECT document FROM edit)",
        [Database::Grievances],
    )?;
    Ok(())
}
