//! Edits carried onto a revision of the server, as `domain::rebase` says.

use domain::{Document, Rebased, There, rebase};
use rusqlite::Connection;

use crate::edits::{self, State, Stored};
use crate::push::database_of;
use crate::{MirrorError, comparison, delivery};

/// What became of a document's edits on one revision.
#[derive(Default)]
pub(crate) struct Outcome {
    pub remaining: Vec<Stored>,
    pub delivered: usize,
    pub new_clashes: usize,
}

/// Rebases those of a grievance's `edits` whose field is held in `document` onto its revision
/// `rev`; `server` is `None` when that revision is a deletion, `rev` too when the server has nothing of it at all.
pub(crate) fn carry(
    file: &Connection,
    edits: Vec<Stored>,
    document: &str,
    server: Option<&Document>,
    rev: Option<&str>,
    now: i64,
) -> Result<Outcome, MirrorError> {
    let mut outcome = Outcome::default();
    for mut stored in edits {
        if stored.edit.field.document(&stored.edit.document) != document {
            outcome.remaining.push(stored);
            continue;
        }
        let is_back_at_her_own = is_back_at_her_own(file, &stored, rev)?;
        let there = There { document: server, rev, is_back_at_her_own };
        match (rebase(&stored.edit, &there), rev) {
            (Rebased::AlreadyTrue, Some(rev)) => {
                deliver(file, &stored, rev, now)?;
                outcome.delivered += 1;
                continue;
            }
            (Rebased::Moot, _) => {
                edits::remove(file, &stored.edit.id)?;
                continue;
            }
            // Without a revision there is no proof that it arrived.
            (Rebased::Applies, _) | (Rebased::AlreadyTrue, None) => {
                let found = stored.edit.field.found(server);
                // What she wants nothing instead of, where there is nothing, is still what she saw.
                if !stored.edit.field.stands_alone() && found != stored.edit.wanted {
                    // It may be one of our own sent values: that is what the next revision changes.
                    stored.edit.seen = found;
                }
                if stored.state == State::Clash {
                    stored.state = State::Saved;
                }
            }
            (Rebased::Clashes, _) => {
                outcome.new_clashes += usize::from(stored.state != State::Clash);
                stored.state = State::Clash;
            }
        }
        edits::put(file, &stored)?;
        outcome.remaining.push(stored);
    }
    Ok(outcome)
}

/// Whether the server was set back to what the officer had decided of this field before.
fn is_back_at_her_own(file: &Connection, stored: &Stored, rev: Option<&str>) -> Result<bool, MirrorError> {
    let Some(rev) = rev else { return Ok(false) };
    Ok(comparison::is_set_back(file, database_of(&stored.edit.field))?
        && delivery::is_decided_in(file, stored.n, &stored.edit.field, rev)?)
}

/// The edit is on the server: its row goes, the proof stays.
pub(crate) fn deliver(file: &Connection, stored: &Stored, rev: &str, now: i64) -> Result<(), MirrorError> {
    delivery::delivered(file, stored, rev, now)?;
    edits::remove(file, &stored.edit.id)
}
