//! Branches as revisions come in: those that a document names are held, those it names no more were
//! closed, and what they said goes into the history.

use domain::{Document, case, open_branches};
use rusqlite::{Connection, OptionalExtension, params};

use crate::branches::field;
use crate::history::Observed;
use crate::pulled::{Held, Pull, held};
use crate::push::grievance_n;
use crate::{Database, MirrorError, edits};

impl Pull<'_> {
    /// Holds the branches that a revision of document `n` names; whether they are others than before.
    /// What is known of one that was closed goes into the history.
    pub(crate) fn hold_branches(
        &mut self,
        n: i64,
        id: &str,
        rev: &str,
        server: Option<&Document>,
    ) -> Result<bool, MirrorError> {
        let mut open = server.map(open_branches).unwrap_or_default();
        if !is_decided_here(self.database, id) || (open.is_empty() && !self.any_branches) {
            return Ok(false);
        }
        self.any_branches = true;
        open.sort_unstable();
        open.dedup();
        let before = revisions(self.file, n)?;
        for closed in before.iter().filter(|closed| !open.contains(closed)) {
            self.closed(n, id, rev, closed)?;
        }
        for opened in &open {
            self.file
                .prepare_cached("INSERT OR IGNORE INTO branch (document, rev) VALUES (?1, ?2)")?
                .execute(params![n, opened])?;
        }
        Ok(before != open)
    }

    fn closed(&self, n: i64, id: &str, rev: &str, closed: &str) -> Result<(), MirrorError> {
        let body: Option<String> = self
            .file
            .prepare_cached("DELETE FROM branch WHERE document = ?1 AND rev = ?2 RETURNING body")?
            .query_row(params![n, closed], |row| row.get(0))
            .optional()?
            .flatten();
        let Some(grievance) = grievance_n(self.file, self.database, id)? else { return Ok(()) };
        let field = field(self.database, closed.to_owned());
        let is_ours = edits::of_field(self.file, grievance, &field)?.is_some();
        // One that the server shows from now on was not set aside.
        let (false, true, Some(body)) = (is_ours, closed != rev, body) else { return Ok(()) };
        let observed = Observed { n: grievance, rev, now: self.now, edits: &[] };
        observed.set_aside(self.file, &field, &serde_json::from_str(&body)?)
    }

    /// The server took our deletion of the branch `leaf`: the document is what it was, with one branch fewer.
    pub(crate) fn branch_closed(&mut self, id: &str, leaf: &str) -> Result<(), MirrorError> {
        let Some(Held { rev: Some(rev), body: Some(body), gone: false, .. }) =
            held(self.file, self.database, id)?
        else {
            return Ok(());
        };
        let mut document = Document::parse(&body)?;
        let mut open = open_branches(&document);
        open.retain(|open| open != leaf);
        match open.is_empty() {
            true => document.remove("_conflicts"),
            false => document.set("_conflicts", &open)?,
        }
        let text = document.to_raw()?;
        self.revision(id, &rev, text.get())
    }
}

/// Revisions of the branches of `document.n`, in order.
pub(crate) fn revisions(file: &Connection, n: i64) -> Result<Vec<String>, MirrorError> {
    let mut statement = file.prepare_cached("SELECT rev FROM branch WHERE document = ?1 ORDER BY rev")?;
    Ok(statement.query_map([n], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Of the internal database only cases are an officer's to decide: settings are the administrator's,
/// and an entry is never changed.
fn is_decided_here(database: Database, id: &str) -> bool {
    match database {
        Database::Grievances => true,
        Database::Internal => {
            case::grievance_of(id).is_some_and(|grievance| case::document_id(grievance) == id)
        }
    }
}
