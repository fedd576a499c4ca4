//! Documents that the server has deleted, as revisions of a pull.

use domain::arrived_before_deletion;
use rusqlite::params;

use crate::edits::{self, Stored};
use crate::history::Observed;
use crate::pulled::{Held, Pull, held};
use crate::{Database, MirrorError, rebased, row, selection, vanished};

impl Pull<'_> {
    /// Noticed only: whether it is believed is decided when all are known.
    pub(crate) fn deletion(&mut self, id: &str, rev: &str) -> Result<(), MirrorError> {
        self.readable(id)?;
        match held(self.file, self.database, id)? {
            None => Ok(()),
            Some(held) if held.gone => self.deleted_again(id, held, rev),
            Some(held) if selection::is_record(&held) => self.record_gone(held.n, rev),
            Some(held) => self.notice(held.n, Some(rev)),
        }
    }

    /// A grievance outside the selection: nothing of it is shown, and what was delivered arrived.
    fn record_gone(&mut self, n: i64, rev: &str) -> Result<(), MirrorError> {
        let sql = "UPDATE document SET gone = 1, rev = ?2 WHERE n = ?1";
        self.file.prepare_cached(sql)?.execute(params![n, rev])?;
        Ok(())
    }

    pub(crate) fn notice(&mut self, n: i64, rev: Option<&str>) -> Result<(), MirrorError> {
        self.any_in_question = true;
        vanished::notice(self.file, n, rev, self.now)
    }

    /// A deletion of what was gone: it was filed again meanwhile, perhaps by us.
    fn deleted_again(&mut self, id: &str, held: Held, rev: &str) -> Result<(), MirrorError> {
        if held.rev.as_deref() == Some(rev) {
            return Ok(());
        }
        let arrived = |stored: &Stored| arrived_before_deletion(&stored.edit, true);
        if self.edits(held.n)?.iter().any(arrived) {
            return self.gone(id, held, Some(rev));
        }
        if selection::is_record(&held) && held.rev.is_none() {
            // The record says that the server has lost what was delivered, whatever it deleted since.
            return Ok(());
        }
        self.file
            .prepare_cached("UPDATE document SET rev = ?2 WHERE n = ?1")?
            .execute(params![held.n, rev])?;
        Ok(())
    }

    /// The server has document `id` no more, and that is believed: it is kept as it was last seen.
    /// `rev` is that of the deletion.
    pub(crate) fn gone(&mut self, id: &str, held: Held, rev: Option<&str>) -> Result<(), MirrorError> {
        let edits = self.edits(held.n)?;
        let last_rev = rev.or(held.rev.as_deref()).unwrap_or_default();
        let last = row::base(held.body, &edits);
        self.file
            .prepare_cached("UPDATE document SET rev = ?2, body = ?3, gone = 1 WHERE n = ?1")?
            .execute(params![held.n, rev, last])?;
        self.applied.stored += 1;
        self.hold_branches(held.n, id, last_rev, None)?;
        if self.database == Database::Internal {
            return self.carry_internal(id, None, rev);
        }
        Observed { n: held.n, rev: last_rev, now: self.now, edits: &edits }.gone(self.file)?;
        self.applied.changed_by_others += 1;
        let arrived = |stored: &Stored| arrived_before_deletion(&stored.edit, false);
        let (arrived, others): (Vec<Stored>, _) = edits.into_iter().partition(arrived);
        for stored in arrived {
            rebased::deliver(self.file, &stored, last_rev, self.now)?;
            self.applied.delivered += 1;
        }
        self.carry(held.n, id, others, None, Some(last_rev))?;
        if let Some(grievance) = row::shown(last.as_deref(), &edits::of_document(self.file, held.n)?)? {
            self.rows.update(held.n, &grievance, true)?;
        }
        Ok(())
    }
}
