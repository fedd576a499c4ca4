//! The way of edits to the server: marked before the request leaves, settled by what comes back.

use std::collections::BTreeMap;

use domain::{Document, Edit, Field, Rebased, rebase, write_edits};
use rusqlite::Connection;
use serde_json::value::RawValue;

use crate::edits::{self, State, Stored};
use crate::pulled::{Pull, held};
use crate::row::{self, Rows};
use crate::{Applied, Database, Mirror, MirrorError, rebased, settings, unsent, vanished};

/// A grievance with its ready edits written into it, to go up as one revision.
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub document: String,
    /// With `_id`, and with the `_rev` it was made from unless the server never had it.
    pub body: Box<RawValue>,
}

/// A revision that the server accepted from us.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    pub document: String,
    pub rev: String,
    /// The body as it was sent.
    pub body: Box<RawValue>,
}

impl Mirror {
    /// Grievances ready to go up, at most `limit`, those edited first come first. Their edits are
    /// leaving from now on, and remember in the file what left before the request does.
    pub fn leaving(&self, limit: u32) -> Result<Vec<Outgoing>, MirrorError> {
        self.write(|file| {
            ready(file)?.into_iter().take(limit as usize).map(|(id, edits)| leave(file, id, edits)).collect()
        })
    }

    /// The server accepted these. They are treated like pulled revisions, so an edit settles only
    /// because the revision holds it.
    pub fn acknowledged(&self, accepted: &[Acknowledged], now: i64) -> Result<Applied, MirrorError> {
        self.write(|file| {
            let mut pull = Pull::begin(file, Database::Grievances, now)?;
            let mut overtaken = Applied::default();
            for accepted in accepted {
                let held = held(file, Database::Grievances, &accepted.document)?;
                let newer =
                    held.and_then(|held| held.rev).filter(|rev| generation(rev) > generation(&accepted.rev));
                match newer {
                    None => {
                        let mut body = Document::parse(accepted.body.get())?;
                        body.set("_rev", &accepted.rev)?;
                        pull.revision(&accepted.document, &accepted.rev, body.to_raw()?.get())?;
                    }
                    Some(_) => overtake(file, accepted, now, &mut overtaken)?,
                }
                answered(file, &accepted.document, State::Saved, None)?;
            }
            let mut applied = pull.finish()?;
            applied.settled.append(&mut overtaken.settled);
            Ok(applied)
        })
    }

    /// The server refused a grievance's revision for good, in its own words. Only the officer can
    /// go on from here.
    pub fn refused(&self, document: &str, error: &str, reason: &str) -> Result<(), MirrorError> {
        self.write(|file| answered(file, document, State::Refused, Some((error, reason))))
    }

    /// No answer, a busy server or a revision that was no longer the newest: the edits are saved
    /// here as before, and remember that they left.
    pub fn unanswered<T: AsRef<str>>(&self, documents: &[T]) -> Result<(), MirrorError> {
        self.write(|file| {
            documents.iter().try_for_each(|document| answered(file, document.as_ref(), State::Saved, None))
        })
    }
}

/// Edits that can leave, by document: saved, with their photos in the store. A document with a
/// request on its way, one whose own report cannot leave yet, and one that may have left the
/// server, waits as a whole.
pub(crate) fn ready(file: &Connection) -> Result<Vec<(String, Vec<Stored>)>, MirrorError> {
    let mut by_document: BTreeMap<i64, Vec<Stored>> = BTreeMap::new();
    let mut order = Vec::new();
    for stored in edits::all(file)? {
        let of_document = by_document.entry(stored.n).or_default();
        if of_document.is_empty() {
            order.push(stored.n);
        }
        of_document.push(stored);
    }
    let in_question = vanished::in_question(file)?;
    let mut ready = Vec::new();
    for n in order.into_iter().filter(|n| !in_question.contains(n)) {
        let all = by_document.remove(&n).unwrap_or_default();
        let Some(id) = all.first().map(|stored| stored.edit.document.clone()) else { continue };
        let on_its_way = all.iter().any(|stored| stored.state == State::Leaving);
        let report = all.iter().any(|stored| stored.edit.field == Field::Report);
        let mut leaving = Vec::new();
        for stored in all {
            if stored.state == State::Saved && !unsent::waits_for_photo(file, &stored)? {
                leaving.push(stored);
            }
        }
        let report_leaves = leaving.iter().any(|stored| stored.edit.field == Field::Report);
        if !leaving.is_empty() && !on_its_way && report == report_leaves {
            ready.push((id, leaving));
        }
    }
    Ok(ready)
}

fn leave(file: &Connection, document: String, edits: Vec<Stored>) -> Result<Outgoing, MirrorError> {
    let there = held(file, Database::Grievances, &document)?.filter(|held| !held.gone);
    let (rev, body) = there.map(|held| (held.rev, held.body)).unwrap_or_default();
    let values: Vec<Edit> = edits.iter().map(|stored| stored.edit.clone()).collect();
    let Some(text) = write_edits(body.as_deref(), &values)? else {
        return Err(MirrorError::NoSuchGrievance(document));
    };
    let mut outgoing = Document::parse(text.get())?;
    if let Some(rev) = rev {
        outgoing.set("_rev", &rev)?;
    }
    for mut stored in edits {
        if !stored.edit.sent.contains(&stored.edit.wanted) {
            stored.edit.sent.push(stored.edit.wanted.clone());
        }
        stored.state = State::Leaving;
        edits::put(file, &stored)?;
    }
    Ok(Outgoing { document, body: outgoing.to_raw()? })
}

/// The answer came after a still newer revision had been pulled. What we sent was on the server
/// all the same, so it is delivered and does not clash with what followed.
fn overtake(
    file: &Connection,
    accepted: &Acknowledged,
    now: i64,
    applied: &mut Applied,
) -> Result<(), MirrorError> {
    let Some(held) = held(file, Database::Grievances, &accepted.document)? else { return Ok(()) };
    let ours = Document::parse(accepted.body.get())?;
    let mut remaining = Vec::new();
    for stored in edits::of_document(file, held.n)? {
        match rebase(&stored.edit, Some(&ours)) {
            Rebased::AlreadyTrue => {
                applied.settled.push(rebased::deliver(file, &stored, &accepted.rev, now)?)
            }
            Rebased::Applies | Rebased::Clashes => remaining.push(stored),
        }
    }
    let mut rows = Rows::new(file, settings::zone(&settings::workflow(file)?), now);
    if let Some(grievance) = row::shown(held.body.as_deref(), &remaining)? {
        rows.update(held.n, &grievance, true)?;
    }
    rows.finish()
}

/// Edits of a document that were leaving are not any more.
fn answered(
    file: &Connection,
    document: &str,
    state: State,
    refusal: Option<(&str, &str)>,
) -> Result<(), MirrorError> {
    let (error, reason) = refusal.unzip();
    file.prepare_cached(
        "UPDATE edit SET state = ?3, error = ?4, reason = ?5
         WHERE state = 'leaving' AND document = (SELECT n FROM document WHERE db = ?1 AND id = ?2)",
    )?
    .execute((Database::Grievances, document, state.as_str(), error, reason))?;
    Ok(())
}

/// The number before the dash of a revision; 0 for what is not one.
pub(crate) fn generation(rev: &str) -> u64 {
    rev.split_once('-').and_then(|(number, _)| number.parse().ok()).unwrap_or(0)
}
