//! What the officer does to a grievance. Each call is one transaction that writes the edit and the
//! row that shows it.

use domain::{Document, Edit, Field, Grievance, Home};
use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::Value;

use crate::edits::{self, State, Stored};
use crate::history::{self, Observed};
use crate::pulled::{Held, held};
use crate::push::database_of;
use crate::row::{self, Rows};
use crate::{Database, Mirror, MirrorError, delivery, detail, photos, search, settings, unsent, vanished};

/// How the officer settles a clash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The officer's value goes up over what the office has, which counts as seen now.
    Keep,
    /// What the office has stays.
    Drop,
}

impl Mirror {
    /// Changes a field of a grievance on behalf of `by` at the time `at` (RFC 3339). What was seen
    /// is what the server had when the field was first changed; changing it back to that takes
    /// the edit away, unless a value of it may have arrived. So does, in a clash, choosing what the office has.
    pub fn change(
        &self,
        id: &str,
        field: Field,
        wanted: Value,
        by: &str,
        at: &str,
    ) -> Result<(), MirrorError> {
        self.change_from(id, field, None, wanted, by, at)
    }

    /// The same of words that the officer began when the field was `seen` (`None`: just now). What the office has made of it
    /// since then is a clash.
    pub fn change_from(
        &self,
        id: &str,
        field: Field,
        seen: Option<Value>,
        wanted: Value,
        by: &str,
        at: &str,
    ) -> Result<(), MirrorError> {
        let at = Moment::parse(at)?;
        self.write(|file| {
            let held = grievance(file, id)?;
            let began = match edits::of_field(file, held.n, &field)? {
                // What she saw then stays what she saw.
                Some(_) => None,
                None => seen.clone(),
            };
            set_field(file, &held, id, field.clone(), wanted.clone(), by, &at)?;
            let stored = edits::of_field(file, held.n, &field)?;
            if let (Some(began), Some(mut stored)) = (began, stored)
                && stored.edit.seen != began
            {
                stored.edit.seen = began;
                stored.state = State::Clash;
                edits::put(file, &stored)?;
            }
            show(file, held.n, at.seconds())
        })
    }

    /// Undoes an unsent edit. When a value of it may have arrived, what was seen is wanted back.
    pub fn take_back(&self, edit: &str, now: i64) -> Result<(), MirrorError> {
        self.write(|file| {
            let mut stored = settled(file, edit)?;
            let may_have_arrived = stored.state == State::Saved && !stored.edit.sent.is_empty();
            if may_have_arrived && !stored.edit.field.stands_alone() {
                stored.edit.wanted = stored.edit.seen.clone();
                decide_anew(file, &mut stored, now)?;
                return show(file, stored.n, now);
            }
            drop_edit(file, &stored, now)
        })
    }

    /// Throws an unsent edit away. Of a report that never left, nothing remains.
    pub fn discard(&self, edit: &str, now: i64) -> Result<(), MirrorError> {
        self.write(|file| drop_edit(file, &settled(file, edit)?, now))
    }

    /// Settles a clash with what the office had at `rev`, which is what the officer saw ([`crate::EditState::Clash`]). Keeping an
    /// edit of a grievance that was deleted files it again.
    ///
    /// # Errors
    /// `ChangedMeanwhile` when it still clashes, and with another revision by now.
    pub fn settle(&self, edit: &str, rev: &str, decision: Decision, now: i64) -> Result<(), MirrorError> {
        self.write(|file| {
            let mut stored = settled(file, edit)?;
            if stored.state == State::Clash && found_rev(file, &stored.edit)? != rev {
                return Err(MirrorError::ChangedMeanwhile);
            }
            if decision == Decision::Drop {
                return drop_edit(file, &stored, now);
            }
            if stored.state == State::Saved {
                // The clash came to an end by itself meanwhile: it goes up.
                return Ok(());
            }
            let held = grievance(file, &stored.edit.document)?;
            if held.has_lost(&stored.edit.field) {
                let Edit { document, by, at, .. } = &stored.edit;
                file_again(file, &held, document, by, &Moment::parse(at)?)?;
            }
            if !stored.edit.field.stands_alone() {
                stored.edit.seen = found(file, &held, &stored.edit)?;
            }
            stored.edit.sent.clear();
            (stored.state, stored.error, stored.reason) = (State::Saved, None, None);
            decide_anew(file, &mut stored, now)?;
            show(file, stored.n, now)
        })
    }

    /// Brings back what the server lost of a grievance, on behalf of `by` at the time `at` (RFC
    /// 3339): one that is gone is filed again with its last content; altered words of the citizen
    /// become again what they were when this laptop first saw them.
    ///
    /// # Errors
    /// `NothingToRestore`.
    pub fn restore(&self, id: &str, by: &str, at: &str) -> Result<(), MirrorError> {
        let at = Moment::parse(at)?;
        self.write(|file| {
            vanished::believe(file, id, at.seconds())?;
            let held = grievance(file, id)?;
            if held.gone {
                file_again(file, &held, id, by, &at)?;
            } else {
                let server = Document::parse(held.body.as_deref().unwrap_or("{}"))?;
                let words = Field::Words.found(Some(&server));
                let first = history::first_words(file, held.n, &words)?;
                if first == words {
                    return Err(MirrorError::NothingToRestore(id.to_owned()));
                }
                set_field(file, &held, id, Field::Words, first, by, &at)?;
            }
            show(file, held.n, at.seconds())
        })
    }

    /// What was altered of the citizen's words is right, says `by` at the time `at` (RFC 3339): nothing asks to be brought
    /// back any more. What they were stays in the history. `rev` is the revision that they saw; empty where the server
    /// has nothing of it any more.
    ///
    /// # Errors
    /// `ChangedMeanwhile` when another one is here by now.
    pub fn accept_altered(&self, id: &str, rev: &str, by: &str, at: &str) -> Result<(), MirrorError> {
        let at = Moment::parse(at)?;
        self.write(|file| {
            let held = grievance(file, id)?;
            if held.rev.as_deref().unwrap_or_default() != rev {
                return Err(MirrorError::ChangedMeanwhile);
            }
            let edits = edits::of_document(file, held.n)?;
            if detail::altered(file, &held, &edits)?.is_some() {
                let observed = Observed { n: held.n, rev, now: at.seconds(), edits: &edits };
                observed.accepted(file, by, at.text())?;
            }
            Ok(())
        })
    }

    /// Puts `wanted` in the place of an unsent edit. `field` is the edit's own, or for a note another [`Field::Note`], so
    /// that two lines are never taken for one.
    ///
    /// # Errors
    /// `Leaving`; `MayHaveArrived` when a value of the same field was sent and not answered, or is of a report that was on
    /// the server before.
    pub fn rewrite(
        &self,
        edit: &str,
        field: Field,
        wanted: Value,
        by: &str,
        at: &str,
    ) -> Result<(), MirrorError> {
        let at = Moment::parse(at)?;
        self.write(|file| {
            let Stored { edit: former, .. } = settled(file, edit)?;
            let held = grievance(file, &former.document)?;
            if former.field != field {
                edits::remove(file, edit)?;
                delivery::undelivered(file, edit)?;
            } else if !former.sent.is_empty() || held.body.is_some() {
                return Err(MirrorError::MayHaveArrived);
            }
            set_field(file, &held, &former.document, field.clone(), wanted.clone(), by, &at)?;
            if field == Field::Report {
                search::update(
                    file,
                    held.n,
                    &former.document,
                    &reported(&former.wanted)?,
                    &reported(&wanted)?,
                )?;
            }
            show(file, held.n, at.seconds())
        })
    }

    /// A refused edit is ready to leave again.
    pub fn try_again(&self, edit: &str) -> Result<(), MirrorError> {
        self.write(|file| {
            let mut stored = edits::by_id(file, edit)?;
            if stored.state == State::Refused {
                stored.state = State::Saved;
                (stored.error, stored.reason) = (None, None);
                edits::put(file, &stored)?;
            }
            Ok(())
        })
    }
}

/// What the document of a report says.
fn reported(report: &Value) -> Result<Grievance, MirrorError> {
    Ok(Grievance::of(&Document::parse(&report.to_string())?))
}

/// When an officer did something: as told, and as an instant.
pub(crate) struct Moment {
    text: String,
    instant: Timestamp,
}

impl Moment {
    pub(crate) fn parse(at: &str) -> Result<Moment, MirrorError> {
        let instant = at.parse().map_err(|_| MirrorError::NotATime(at.to_owned()))?;
        Ok(Moment { text: at.to_owned(), instant })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn instant(&self) -> Timestamp {
        self.instant
    }

    pub(crate) fn seconds(&self) -> i64 {
        self.instant.as_second()
    }
}

pub(crate) fn grievance(file: &Connection, id: &str) -> Result<Held, MirrorError> {
    held(file, Database::Grievances, id)?.ok_or_else(|| MirrorError::NoSuchGrievance(id.to_owned()))
}

/// Writes the edit of one field, or takes it away when it wants what was seen, or in a clash what the office has.
pub(crate) fn set_field(
    file: &Connection,
    held: &Held,
    id: &str,
    field: Field,
    wanted: Value,
    by: &str,
    at: &Moment,
) -> Result<(), MirrorError> {
    let is_here = held.body.is_some() || (held.rev.is_none() && !held.gone) || is_filed_again(file, held.n)?;
    if !is_here {
        // It left this laptop between the looking and the deciding.
        return Err(MirrorError::NoSuchGrievance(id.to_owned()));
    }
    let is_lost = held.has_lost(&field);
    let mut stored = match edits::of_field(file, held.n, &field)? {
        Some(stored) => stored,
        None => Stored {
            n: held.n,
            edit: Edit {
                id: String::new(),
                document: id.to_owned(),
                seen: seen(file, held, id, &field)?,
                field,
                wanted: Value::Null,
                sent: Vec::new(),
                by: String::new(),
                at: String::new(),
            },
            state: match is_lost && !is_filed_again(file, held.n)? {
                true => State::Clash,
                false => State::Saved,
            },
            error: None,
            reason: None,
        },
    };
    // Where the server lost it after it had arrived, that it arrived is over.
    delivery::undelivered(file, &stored.edit.id)?;
    stored.edit.wanted = wanted;
    let is_over = match stored.state {
        // She decides as the office did.
        State::Clash => found(file, held, &stored.edit)? == stored.edit.wanted,
        State::Saved | State::Leaving | State::Refused => stored.edit.wants_nothing(),
    };
    if is_over && !is_lost {
        return edits::remove(file, &stored.edit.id);
    }
    stored.edit.id = edits::new_id(file, held.n, at.instant)?;
    stored.edit.by = by.to_owned();
    stored.edit.at = at.text.clone();
    if stored.state == State::Refused {
        (stored.state, stored.error, stored.reason) = (State::Saved, None, None);
    }
    edits::put(file, &stored)
}

/// Where the server lost the edit after it had arrived, that it arrived is over; and what it says now
/// has a proof, and a line in the history, of its own.
fn decide_anew(file: &Connection, stored: &mut Stored, now: i64) -> Result<(), MirrorError> {
    if delivery::undelivered(file, &stored.edit.id)? {
        let at = Timestamp::from_second(now).unwrap_or_default();
        stored.edit.id = edits::new_id(file, stored.n, at)?;
    }
    edits::put(file, stored)
}

/// Writes the row that shows a document with the edits it has now.
pub(crate) fn show(file: &Connection, n: i64, now: i64) -> Result<(), MirrorError> {
    let body =
        file.query_row("SELECT body FROM document WHERE n = ?1", [n], |row| row.get::<_, Option<String>>(0))?;
    let mut rows = Rows::new(file, settings::workflow(file)?.time_zone(), now);
    if let Some(grievance) = row::shown(body.as_deref(), &edits::of_document(file, n)?)? {
        rows.update(n, &grievance, true)?;
    }
    rows.finish()
}

/// What the officer looks at when first changing `field` of grievance `id`: the server's value, or
/// that of a report which the server has not got.
fn seen(file: &Connection, held: &Held, id: &str, field: &Field) -> Result<Value, MirrorError> {
    if field.stands_alone() {
        return Ok(Value::Null);
    }
    let base = match field.home() {
        Home::Grievance => row::base(held.body.clone(), &edits::of_document(file, held.n)?),
        Home::Case | Home::Entry => internal(file, &field.document(id))?,
    };
    Ok(field.found(Some(&Document::parse(base.as_deref().unwrap_or("{}"))?)))
}

/// What the server has in the field of an edit, as far as this mirror knows; `held` is the edit's grievance.
fn found(file: &Connection, held: &Held, edit: &Edit) -> Result<Value, MirrorError> {
    let body = match edit.field.home() {
        Home::Grievance => held.body.clone(),
        Home::Case | Home::Entry => internal(file, &edit.field.document(&edit.document))?,
    };
    Ok(edit.field.found(Some(&Document::parse(body.as_deref().unwrap_or("{}"))?)))
}

/// The revision of what [`found`] is of; empty where the server has nothing.
pub(crate) fn found_rev(file: &Connection, edit: &Edit) -> Result<String, MirrorError> {
    let held = held(file, database_of(&edit.field), &edit.field.document(&edit.document))?;
    Ok(held.filter(|held| !held.gone).and_then(|held| held.rev).unwrap_or_default())
}

/// The server's text of a document of the internal database; `None` when it has none.
pub(crate) fn internal(file: &Connection, id: &str) -> Result<Option<String>, MirrorError> {
    let held = held(file, Database::Internal, id)?.filter(|held| !held.gone);
    Ok(held.and_then(|held| held.body))
}

/// An edit that is not on its way: only such a one may be taken from under a request.
fn settled(file: &Connection, id: &str) -> Result<Stored, MirrorError> {
    let stored = edits::by_id(file, id)?;
    match stored.state {
        State::Leaving => Err(MirrorError::Leaving),
        State::Saved | State::Clash | State::Refused => Ok(stored),
    }
}

/// Removes the edit and what nothing else needs of it.
fn drop_edit(file: &Connection, stored: &Stored, now: i64) -> Result<(), MirrorError> {
    let of_document = edits::of_document(file, stored.n)?;
    if of_document.iter().any(|edit| edit.state == State::Leaving) && stored.edit.field == Field::Report {
        return Err(MirrorError::Leaving);
    }
    edits::remove(file, &stored.edit.id)?;
    delivery::undelivered(file, &stored.edit.id)?;
    let held = grievance(file, &stored.edit.document)?;
    let dropped = if stored.edit.field == Field::Report && held.body.is_none() {
        remove_report(file, held.n, now)?;
        of_document.iter().collect()
    } else {
        if stored.edit.field == Field::Report && held.gone {
            ask_again(file, held.n)?;
        }
        show(file, held.n, now)?;
        vec![stored]
    };
    for key in dropped.into_iter().flat_map(|stored| unsent::photo_keys(&stored.edit)) {
        let used =
            edits::all(file)?.iter().any(|other| unsent::photo_keys(&other.edit).any(|used| used == key));
        if !used {
            photos::forget(file, key)?;
        }
    }
    Ok(())
}

fn remove_report(file: &Connection, n: i64, now: i64) -> Result<(), MirrorError> {
    let mut rows = Rows::new(file, settings::workflow(file)?.time_zone(), now);
    rows.remove(n)?;
    rows.finish()?;
    search::remove(file, n)?;
    // Its edits go with it.
    file.execute("DELETE FROM document WHERE n = ?1", [n])?;
    Ok(())
}

/// What was filed again stays gone after all, so the officer's other edits of it ask again.
fn ask_again(file: &Connection, n: i64) -> Result<(), MirrorError> {
    for stored in edits::of_document(file, n)? {
        if stored.edit.field.home() == Home::Grievance {
            edits::put(file, &Stored { state: State::Clash, ..stored })?;
        }
    }
    Ok(())
}

/// A grievance that is gone becomes a report of this laptop, with the content last seen. It stays
/// gone until the server has it.
fn file_again(file: &Connection, held: &Held, id: &str, by: &str, at: &Moment) -> Result<(), MirrorError> {
    if is_filed_again(file, held.n)? {
        return Ok(());
    }
    let mut report = Document::parse(held.body.as_deref().unwrap_or("{}"))?;
    report.remove("_rev");
    let edit = Edit {
        id: edits::new_id(file, held.n, at.instant)?,
        document: id.to_owned(),
        field: Field::Report,
        seen: Value::Null,
        wanted: serde_json::from_str(report.to_raw()?.get())?,
        sent: Vec::new(),
        by: by.to_owned(),
        at: at.text.clone(),
    };
    edits::put(file, &Stored { edit, state: State::Saved, error: None, reason: None, n: held.n })
}

fn is_filed_again(file: &Connection, n: i64) -> Result<bool, MirrorError> {
    Ok(edits::of_field(file, n, &Field::Report)?.is_some())
}
