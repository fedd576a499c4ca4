//! A pulled page goes into the file as one fact: the documents, the edits carried onto them, the
//! rows, words and counters that follow from both, and the checkpoint that says the page is here.

use std::collections::HashSet;

use domain::{Document, Field, Grievance, Home, Selected, Workflow, case};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::value::RawValue;

use crate::edits::{self, Stored};
use crate::history::Observed;
use crate::push::generation;
use crate::row::{self, Rows};
use crate::{
    Checkpoint, Database, Mirror, MirrorError, checkpoint, comparison, delivery, entries, rebased, search,
    selection, settings, vanished,
};

/// In bytes. Photos are not in documents, so an honest one is a thousand times shorter.
const LONGEST_DOCUMENT: usize = 16 * 1024 * 1024;

/// One row of the server's changes.
#[derive(Debug, Clone)]
pub struct Pulled {
    pub id: String,
    pub rev: String,
    pub deleted: bool,
    /// The document as the server's own text; `None` for a deletion or when it is unreadable.
    pub body: Option<Box<RawValue>>,
    /// Why it could not be read; it is set aside and stops nothing.
    pub unreadable: Option<String>,
}

/// What a page brought.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Applied {
    /// Documents written, deletions among them.
    pub stored: usize,
    pub new_grievances: usize,
    /// Fields and reports that somebody else changed.
    pub changed_by_others: usize,
    /// Reports of which somebody altered what the citizen wrote.
    pub altered: usize,
    /// Edits that turned out to be on the server.
    pub delivered: usize,
    /// Edits that clash and did not before.
    pub clashes: usize,
    pub set_aside: usize,
}

impl Mirror {
    /// Writes a page of changes and the checkpoint behind it in one transaction. A document that
    /// cannot be read, and one that is not for officers (`_design/…`), does not stop the others.
    pub fn apply_page(
        &self,
        database: Database,
        page: &[Pulled],
        checkpoint: &Checkpoint,
        now: i64,
    ) -> Result<Applied, MirrorError> {
        let applied = self.write(|file| {
            if database == Database::Internal {
                entries::begin(file)?;
            }
            let mut pull = Pull::begin(file, database, now)?;
            for pulled in page {
                pull.change(pulled)?;
            }
            if checkpoint.caught_up {
                comparison::begin(file, database, now)?;
                if !comparison::decides(file, database, now)? {
                    pull.believe_or_ask()?;
                }
            }
            let last = page.iter().rfind(|pulled| !pulled.rev.is_empty());
            let last = last.map(|pulled| (pulled.id.as_str(), pulled.rev.as_str()));
            checkpoint::save(file, database, checkpoint, last, now)?;
            pull.finish()
        })?;
        self.checkpoint_large_wal()?;
        Ok(applied)
    }
}

/// Revisions of the server on their way into the file, within one transaction.
pub(crate) struct Pull<'a> {
    pub(crate) file: &'a Connection,
    pub(crate) database: Database,
    pub(crate) now: i64,
    pub(crate) rows: Rows<'a>,
    /// Documents with unsent edits: all others need not be asked.
    edited: HashSet<i64>,
    any_set_aside: bool,
    pub(crate) any_in_question: bool,
    pub(crate) any_branches: bool,
    set_back: bool,
    selected: Selected,
    /// Grievances outside the selection are taken in all the same.
    recalls: bool,
    workflow: Workflow,
    pub(crate) applied: Applied,
}

/// What the mirror held of a document.
pub(crate) struct Held {
    pub n: i64,
    /// `None`: the server has no revision of it. It was made here, or the server lost it (`gone`).
    pub rev: Option<String>,
    pub body: Option<String>,
    pub gone: bool,
}

impl Held {
    /// Whether the office has no value of this field of a grievance any more, whatever the deleted report said last. Its case
    /// is another document.
    pub fn has_lost(&self, field: &Field) -> bool {
        self.gone && field.home() == Home::Grievance
    }
}

impl<'a> Pull<'a> {
    pub(crate) fn begin(file: &'a Connection, database: Database, now: i64) -> Result<Pull<'a>, MirrorError> {
        let workflow = settings::workflow(file)?;
        let mut edited = file.prepare_cached("SELECT document FROM edit")?;
        Ok(Pull {
            file,
            database,
            now,
            rows: Rows::new(file, workflow.time_zone(), now),
            edited: edited.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?,
            any_set_aside: file.query_row("SELECT EXISTS (SELECT 1 FROM set_aside)", [], |row| row.get(0))?,
            any_in_question: file
                .query_row("SELECT EXISTS (SELECT 1 FROM vanished)", [], |row| row.get(0))?,
            any_branches: file.query_row("SELECT EXISTS (SELECT 1 FROM branch)", [], |row| row.get(0))?,
            set_back: comparison::is_set_back(file, database)?,
            selected: selection::selected(file, now)?,
            recalls: false,
            workflow,
            applied: Applied::default(),
        })
    }

    pub(crate) fn change(&mut self, pulled: &Pulled) -> Result<(), MirrorError> {
        if pulled.id.starts_with('_') {
            return Ok(());
        }
        match (&pulled.unreadable, &pulled.body, pulled.deleted) {
            (Some(reason), _, _) => self.set_aside(&pulled.id, &pulled.rev, reason),
            (None, _, true) => self.deletion(&pulled.id, &pulled.rev),
            (None, Some(body), false) => self.revision(&pulled.id, &pulled.rev, body.get()),
            (None, None, false) => self.set_aside(&pulled.id, &pulled.rev, "It came without its content."),
        }
    }

    pub(crate) fn revision(&mut self, id: &str, rev: &str, text: &str) -> Result<(), MirrorError> {
        if text.len() > LONGEST_DOCUMENT {
            return self.set_aside(id, rev, "It is longer than 16 MiB.");
        }
        let document = match Document::parse(text) {
            Ok(document) => document,
            Err(error) => return self.set_aside(id, rev, &error.to_string()),
        };
        if document.read::<String>("_id").as_deref() != Some(id) {
            return self.set_aside(id, rev, "Its _id is not the one it was announced with.");
        }
        self.readable(id)?;
        let outside = self.database == Database::Grievances && !self.selected.contains(&document);
        if outside && !self.recalls && self.is_elsewhere(id)? {
            return Ok(());
        }
        // Most documents of a first pull are new: inserting before asking spares a search of the index.
        let inserted = self
            .file
            .prepare_cached("INSERT INTO document (db, id, rev, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (db, id) DO NOTHING")?
            .execute(params![self.database, id, rev, text])?;
        if inserted == 0 {
            return self.newer(id, rev, &document, text, outside);
        }
        self.applied.stored += 1;
        let n = self.file.last_insert_rowid();
        self.hold_branches(n, id, rev, Some(&document))?;
        if self.database == Database::Grievances {
            let grievance = Grievance::of(&document);
            self.rows.insert(n, &grievance)?;
            search::insert(self.file, n, id, &grievance)?;
            self.applied.new_grievances += 1;
            return Ok(());
        }
        self.carry_internal(id, Some(&document), Some(rev))
    }

    /// A revision of a document that is here already.
    fn newer(
        &mut self,
        id: &str,
        rev: &str,
        document: &Document,
        text: &str,
        outside: bool,
    ) -> Result<(), MirrorError> {
        let Some(held) = held(self.file, self.database, id)? else { return Ok(()) };
        match outside {
            true => selection::mark(self.file, held.n)?,
            false if self.selected.is_everything() => {}
            false => selection::unmark(self.file, held.n)?,
        }
        if self.any_in_question {
            vanished::forget(self.file, held.n)?;
        }
        let branched = self.hold_branches(held.n, id, rev, Some(document))?;
        let is_record = selection::is_record(&held);
        if held.rev.as_deref() == Some(rev) && !held.gone && !branched && !is_record {
            return Ok(());
        }
        self.file
            .prepare_cached("UPDATE document SET rev = ?2, body = ?3, gone = 0 WHERE n = ?1")?
            .execute(params![held.n, rev, text])?;
        self.applied.stored += 1;
        if self.database == Database::Internal {
            return self.carry_internal(id, Some(document), Some(rev));
        }
        let edits = self.edits(held.n)?;
        let is_filed_here = edits.iter().any(|stored| stored.edit.field == Field::Report);
        // The server had lost something of it, perhaps everything, and may have found it again since.
        if held.gone && held.rev.is_none() && !is_filed_here && delivery::is_any(self.file, held.n)? {
            comparison::again(self.file, self.database)?;
        }
        if is_record && !is_filed_here {
            return self.back(&held, id, (document, text), rev);
        }
        let before = row::base(held.body, &edits);
        let before = Document::parse(before.as_deref().unwrap_or("{}"))?;
        let observed = Observed { n: held.n, rev, now: self.now, edits: &edits };
        // What an older copy of the server says, nobody has changed.
        let is_older =
            self.set_back && held.rev.as_deref().is_some_and(|held| generation(rev) < generation(held));
        if held.rev.is_some() && !is_older {
            let seen = observed.changes(self.file, &before, document)?;
            self.applied.changed_by_others += seen.changes;
            self.applied.altered += usize::from(seen.words_altered);
        }
        if held.gone {
            observed.returned(self.file)?;
        }
        search::update(self.file, held.n, id, &Grievance::of(&before), &Grievance::of(document))?;
        self.carry(held.n, id, edits, Some((document, text)), Some(rev))
    }

    /// A grievance of which only the record was here, so that nothing was shown of it.
    fn back(
        &mut self,
        held: &Held,
        id: &str,
        server: (&Document, &str),
        rev: &str,
    ) -> Result<(), MirrorError> {
        search::insert(self.file, held.n, id, &Grievance::of(server.0))?;
        self.carry(held.n, id, self.edits(held.n)?, Some(server), Some(rev))
    }

    /// Whether nothing of a grievance is here but perhaps a record of what was delivered, with nothing to send of it,
    /// nor to send again.
    fn is_elsewhere(&self, id: &str) -> Result<bool, MirrorError> {
        let is_settled = |held: &Held| held.rev.is_some() && !self.edited.contains(&held.n);
        Ok(held(self.file, self.database, id)?
            .is_none_or(|held| selection::is_record(&held) && is_settled(&held)))
    }

    /// Rebases the edits of a document and writes the row that shows what came of it.
    pub(crate) fn carry(
        &mut self,
        n: i64,
        id: &str,
        edits: Vec<Stored>,
        server: Option<(&Document, &str)>,
        rev: Option<&str>,
    ) -> Result<(), MirrorError> {
        let server_document = server.map(|(document, _)| document);
        let outcome = rebased::carry(self.file, edits, id, server_document, rev, self.now)?;
        self.applied.delivered += outcome.delivered;
        self.applied.clashes += outcome.new_clashes;
        let Some((document, text)) = server else { return Ok(()) };
        let grievance = match outcome.remaining.is_empty() {
            true => Some(Grievance::of(document)),
            false => row::shown(Some(text), &outcome.remaining)?,
        };
        match grievance {
            Some(grievance) => self.rows.update(n, &grievance, true),
            None => Ok(()),
        }
    }

    /// Rebases the edits whose fields a case or an entry holds.
    pub(crate) fn carry_internal(
        &mut self,
        id: &str,
        server: Option<&Document>,
        rev: Option<&str>,
    ) -> Result<(), MirrorError> {
        let Some(grievance) = case::grievance_of(id).filter(|_| !self.edited.is_empty()) else {
            return Ok(());
        };
        let Some(held) = held(self.file, Database::Grievances, grievance)? else { return Ok(()) };
        let edits = self.edits(held.n)?;
        let outcome = rebased::carry(self.file, edits, id, server, rev, self.now)?;
        self.applied.delivered += outcome.delivered;
        self.applied.clashes += outcome.new_clashes;
        Ok(())
    }

    pub(crate) fn edits(&self, n: i64) -> Result<Vec<Stored>, MirrorError> {
        match self.edited.contains(&n) {
            true => edits::of_document(self.file, n),
            false => Ok(Vec::new()),
        }
    }

    fn set_aside(&mut self, id: &str, rev: &str, reason: &str) -> Result<(), MirrorError> {
        self.file
            .prepare_cached(
                "INSERT OR REPLACE INTO set_aside (db, id, rev, reason, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![self.database, id, rev, reason, self.now])?;
        self.any_set_aside = true;
        self.applied.set_aside += 1;
        Ok(())
    }

    pub(crate) fn readable(&self, id: &str) -> Result<(), MirrorError> {
        if self.any_set_aside {
            let sql = "DELETE FROM set_aside WHERE db = ?1 AND id = ?2";
            self.file.prepare_cached(sql)?.execute(params![self.database, id])?;
        }
        Ok(())
    }

    /// Takes in grievances that the selection leaves out.
    pub(crate) fn recall(&mut self) {
        self.recalls = true;
    }

    /// Writes the counters. When the ward's zone became another one, every time is read anew.
    pub(crate) fn finish(mut self) -> Result<Applied, MirrorError> {
        let workflow = settings::workflow(self.file)?;
        if workflow.zone != self.workflow.zone {
            let mut all = Rows::new(self.file, workflow.time_zone(), self.now);
            std::mem::swap(&mut all, &mut self.rows);
            all.finish()?;
            self.read_all_anew()?;
        }
        self.rows.finish()?;
        selection::remember_first_day(self.file, &self.selected)?;
        // The administrator drew the ward's boundary anew.
        if !selection::selected(self.file, self.now)?.means_the_same(&self.selected) {
            selection::redrawn(self.file, self.now)?;
        }
        Ok(self.applied)
    }

    fn read_all_anew(&mut self) -> Result<(), MirrorError> {
        let mut statement = self
            .file
            .prepare("SELECT d.n, d.body FROM grievance g JOIN document d ON d.n = g.n ORDER BY d.n")?;
        let mut documents = statement.query([])?;
        while let Some(document) = documents.next()? {
            let n = document.get(0)?;
            let edits = self.edits(n)?;
            if let Some(grievance) = row::shown(row::base(document.get(1)?, &edits).as_deref(), &edits)? {
                self.rows.update(n, &grievance, false)?;
            }
        }
        Ok(())
    }
}

pub(crate) fn held(file: &Connection, database: Database, id: &str) -> Result<Option<Held>, MirrorError> {
    let mut statement =
        file.prepare_cached("SELECT n, rev, body, gone FROM document WHERE db = ?1 AND id = ?2")?;
    let held = statement.query_row(params![database, id], |row| {
        Ok(Held { n: row.get(0)?, rev: row.get(1)?, body: row.get(2)?, gone: row.get(3)? })
    });
    Ok(held.optional()?)
}
