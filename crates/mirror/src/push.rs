//! The way of edits to the server: marked before the request leaves, settled by what comes back.

use std::collections::{BTreeMap, HashSet};

use domain::{
    Document, Edit, Fate, Field, Home, Rebased, Standing, There, can_leave, case, landed, rebase, write_case,
    write_edits,
};
use rusqlite::Connection;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

use crate::edits::{self, State, Stored};
use crate::pulled::{Pull, held};
use crate::{Applied, Database, Mirror, MirrorError, branching, change, rebased, unsent, vanished};

/// A document with its ready edits written into it, to go up as one revision; or the deletion of one
/// of its branches.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Its `_id`: a grievance's, or that of a case or an entry.
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
    /// Documents of `database` ready to go up, at most `limit`, a branched one with all branches that are set
    /// aside, those edited first come first. Their
    /// edits are leaving from now on, and remember in the file what left before the request does.
    pub fn leaving(&self, database: Database, limit: u32) -> Result<Vec<Outgoing>, MirrorError> {
        self.leaving_of(limit, |ready| ready.database == database)
    }

    /// The same of grievances of which no photo waits for the store.
    pub fn leaving_without_photos(&self, limit: u32) -> Result<Vec<Outgoing>, MirrorError> {
        self.leaving_of(limit, |ready| ready.database == Database::Grievances && !ready.awaits_photo)
    }

    fn leaving_of(&self, limit: u32, are: impl Fn(&Ready) -> bool) -> Result<Vec<Outgoing>, MirrorError> {
        self.write(|file| {
            let ready = ready(file)?.into_iter().filter(|ready| are(ready));
            let leaving: Result<Vec<_>, _> =
                ready.take(limit as usize).map(|ready| leave(file, ready)).collect();
            Ok(leaving?.concat())
        })
    }

    /// The server accepted these. They are treated like pulled revisions, so an edit settles only
    /// because the revision holds it.
    pub fn acknowledged(
        &self,
        database: Database,
        accepted: &[Acknowledged],
        now: i64,
    ) -> Result<Applied, MirrorError> {
        self.write(|file| {
            let mut pull = Pull::begin(file, database, now)?;
            let mut overtaken = Applied::default();
            for accepted in accepted {
                if let Some(leaf) = deleted_leaf(&accepted.body)? {
                    pull.branch_closed(&accepted.document, &leaf)?;
                    answered(file, database, &accepted.document, Fate::Arrived)?;
                    continue;
                }
                let held = held(file, database, &accepted.document)?;
                let branches = held.as_ref().map(|held| branching::revisions(file, held.n)).transpose()?;
                // What is gone was filed again, and begins anew.
                let newer = held
                    .filter(|held| !held.gone)
                    .and_then(|held| held.rev)
                    .filter(|rev| generation(rev) > generation(&accepted.rev));
                match newer {
                    None => {
                        let mut body = Document::parse(accepted.body.get())?;
                        body.set("_rev", &accepted.rev)?;
                        // What grows is the version that is shown; the others stay beside it.
                        if let Some(branches) = branches.filter(|branches| !branches.is_empty()) {
                            body.set("_conflicts", &branches)?;
                        }
                        pull.revision(&accepted.document, &accepted.rev, body.to_raw()?.get())?;
                    }
                    Some(_) => overtake(file, database, accepted, now, &mut overtaken)?,
                }
                answered(file, database, &accepted.document, Fate::Arrived)?;
            }
            let mut applied = pull.finish()?;
            applied.delivered += overtaken.delivered;
            Ok(applied)
        })
    }

    /// The server refused a document's revision for good, in its own words. Only the officer can
    /// go on from here.
    pub fn refused(
        &self,
        database: Database,
        document: &str,
        error: &str,
        reason: &str,
    ) -> Result<(), MirrorError> {
        self.write(|file| answered(file, database, document, Fate::Refused { error, reason }))
    }

    /// No answer, or a busy server: the edits are saved here as before, and remember that they left.
    pub fn unanswered<T: AsRef<str>>(&self, database: Database, documents: &[T]) -> Result<(), MirrorError> {
        self.all_answered(database, documents, Fate::MayHaveArrived)
    }

    /// The server did not take these, because it has a newer revision or was not asked in the end:
    /// the edits are saved here as if they had never left.
    pub fn not_taken<T: AsRef<str>>(&self, database: Database, documents: &[T]) -> Result<(), MirrorError> {
        self.all_answered(database, documents, Fate::NotTaken)
    }

    fn all_answered<T: AsRef<str>>(
        &self,
        database: Database,
        documents: &[T],
        fate: Fate,
    ) -> Result<(), MirrorError> {
        self.write(|file| {
            let mut all = documents.iter();
            all.try_for_each(|document| answered(file, database, document.as_ref(), fate))
        })
    }
}

/// Edits that can leave together.
pub(crate) struct Ready {
    pub database: Database,
    /// `_id` of the document that holds their fields.
    document: String,
    /// Another edit of that document waits until its photo is in the store.
    pub awaits_photo: bool,
    pub edits: Vec<Stored>,
}

/// Edits that can leave, by the document that holds their fields, as `domain::can_leave` says.
pub(crate) fn ready(file: &Connection) -> Result<Vec<Ready>, MirrorError> {
    let mut by_grievance: BTreeMap<i64, Vec<Stored>> = BTreeMap::new();
    let mut order = Vec::new();
    for stored in edits::all(file)? {
        let of_grievance = by_grievance.entry(stored.n).or_default();
        if of_grievance.is_empty() {
            order.push(stored.n);
        }
        of_grievance.push(stored);
    }
    let mut held_back = vanished::in_question(file)?;
    // On a newest revision that cannot be read here, nothing can be written.
    held_back.extend(set_aside(file)?);
    let mut ready = Vec::new();
    for n in order {
        ready.extend(ready_of(file, by_grievance.remove(&n).unwrap_or_default(), &held_back)?);
    }
    Ok(ready)
}

fn set_aside(file: &Connection) -> Result<Vec<String>, MirrorError> {
    let mut statement = file.prepare_cached("SELECT id FROM set_aside")?;
    let ids = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(ids)
}

/// `all` are the edits of one grievance.
fn ready_of(
    file: &Connection,
    all: Vec<Stored>,
    held_back: &HashSet<String>,
) -> Result<Vec<Ready>, MirrorError> {
    let document = |stored: &Stored| stored.edit.field.document(&stored.edit.document);
    let mut awaiting = HashSet::new();
    let mut unsent = Vec::new();
    for stored in &all {
        let waits = unsent::waits_for_photo(file, stored)?;
        if waits {
            awaiting.insert(document(stored));
        }
        let standing = match stored.state {
            State::Saved if !waits => Standing::Free,
            State::Leaving => Standing::Leaving,
            State::Saved | State::Clash | State::Refused => Standing::Waits,
        };
        unsent.push((&stored.edit, standing));
    }
    let can = can_leave(&unsent, |document| held_back.contains(document));
    let mut ready: Vec<Ready> = Vec::new();
    for stored in all.into_iter().zip(can).filter_map(|(stored, can)| can.then_some(stored)) {
        let document = document(&stored);
        match ready.iter_mut().find(|ready| ready.document == document) {
            Some(ready) => ready.edits.push(stored),
            None => {
                let database = database_of(&stored.edit.field);
                let awaits_photo = awaiting.contains(&document);
                ready.push(Ready { database, document, awaits_photo, edits: vec![stored] });
            }
        }
    }
    Ok(ready)
}

pub(crate) fn database_of(field: &Field) -> Database {
    match field.home() {
        Home::Grievance => Database::Grievances,
        Home::Case | Home::Entry => Database::Internal,
    }
}

fn leave(file: &Connection, ready: Ready) -> Result<Vec<Outgoing>, MirrorError> {
    let Ready { database, document, edits, .. } = ready;
    let closing: Vec<&str> = edits.iter().filter_map(|stored| stored.edit.field.branch()).collect();
    if !closing.is_empty() {
        let deletions = closing.into_iter().map(|leaf| deletion(&document, leaf)).collect();
        mark_leaving(file, edits)?;
        return deletions;
    }
    // What is gone begins anew, without a revision.
    let held = held(file, database, &document)?.filter(|held| !held.gone);
    let (rev, body) = held.map(|held| (held.rev, held.body)).unwrap_or_default();
    let values: Vec<Edit> = edits.iter().map(|stored| stored.edit.clone()).collect();
    let Some(text) = written(body.as_deref(), &values)? else {
        return Err(MirrorError::NoSuchGrievance(document));
    };
    let mut outgoing = Document::parse(text.get())?;
    outgoing.remove("_conflicts");
    if let Some(rev) = rev {
        outgoing.set("_rev", &rev)?;
    }
    mark_leaving(file, edits)?;
    Ok(vec![Outgoing { document, body: outgoing.to_raw()? }])
}

/// The last of an edit's `sent` is on its way from now on, though it may have left before.
fn mark_leaving(file: &Connection, edits: Vec<Stored>) -> Result<(), MirrorError> {
    for mut stored in edits {
        stored.edit.sent.push(stored.edit.wanted.clone());
        stored.state = State::Leaving;
        edits::put(file, &stored)?;
    }
    Ok(())
}

/// Ends the branch `leaf` of a document, and nothing else of it.
fn deletion(document: &str, leaf: &str) -> Result<Outgoing, MirrorError> {
    let body = to_raw_value(&json!({ "_id": document, "_rev": leaf, "_deleted": true }))?;
    Ok(Outgoing { document: document.to_owned(), body })
}

/// The branch that what was sent ended.
fn deleted_leaf(sent: &RawValue) -> Result<Option<String>, MirrorError> {
    let sent = Document::parse(sent.get())?;
    Ok(sent.read("_rev").filter(|_| sent.read("_deleted") == Some(true)))
}

/// The document that `edits` of one document make of what the server has.
fn written(body: Option<&str>, edits: &[Edit]) -> Result<Option<Box<RawValue>>, MirrorError> {
    let Some(first) = edits.first() else { return Ok(None) };
    Ok(match first.field.home() {
        Home::Grievance => write_edits(body, edits)?,
        Home::Case => Some(write_case(&first.document, body, edits)?),
        Home::Entry => Some(to_raw_value(&first.wanted)?),
    })
}

/// The answer came after a still newer revision had been pulled. What we sent was on the server
/// all the same, so it is delivered and does not clash with what followed.
fn overtake(
    file: &Connection,
    database: Database,
    accepted: &Acknowledged,
    now: i64,
    applied: &mut Applied,
) -> Result<(), MirrorError> {
    let Some(n) = grievance_n(file, database, &accepted.document)? else { return Ok(()) };
    let ours = Document::parse(accepted.body.get())?;
    let there = There { document: Some(&ours), rev: Some(&accepted.rev), is_back_at_her_own: false };
    for stored in edits::of_document(file, n)? {
        let held_there = stored.edit.field.document(&stored.edit.document) == accepted.document;
        if held_there && rebase(&stored.edit, &there) == Rebased::AlreadyTrue {
            rebased::deliver(file, &stored, &accepted.rev, now)?;
            applied.delivered += 1;
        }
    }
    change::show(file, n, now)
}

/// Edits of a document that were leaving are not any more.
fn answered(file: &Connection, database: Database, document: &str, fate: Fate) -> Result<(), MirrorError> {
    let Some(n) = grievance_n(file, database, document)? else { return Ok(()) };
    for stored in edits::of_document(file, n)? {
        let held_there = stored.edit.field.document(&stored.edit.document) == document;
        if held_there && stored.state == State::Leaving {
            land(file, stored, fate)?;
        }
    }
    Ok(())
}

fn land(file: &Connection, mut stored: Stored, fate: Fate) -> Result<(), MirrorError> {
    stored.state = State::Saved;
    if let Some((error, reason)) = landed(&mut stored.edit, fate) {
        stored.state = State::Refused;
        (stored.error, stored.reason) = (Some(error.to_owned()), Some(reason.to_owned()));
    }
    // Kept over a deletion it wants what was last seen: the server may have the report again, with something else.
    if stored.edit.wants_nothing()
        && !change::grievance(file, &stored.edit.document)?.has_lost(&stored.edit.field)
    {
        return edits::remove(file, &stored.edit.id);
    }
    edits::put(file, &stored)
}

/// A request of a program that ended has no answer to wait for.
pub(crate) fn none_is_leaving(file: &Connection) -> Result<(), MirrorError> {
    let all = edits::all(file)?;
    let mut leaving = all.into_iter().filter(|stored| stored.state == State::Leaving);
    leaving.try_for_each(|stored| land(file, stored, Fate::MayHaveArrived))
}

/// `document.n` of the grievance that a document is, or is about.
pub(crate) fn grievance_n(
    file: &Connection,
    database: Database,
    document: &str,
) -> Result<Option<i64>, MirrorError> {
    Ok(grievance_of(file, database, document)?.map(|(n, _)| n))
}

/// The same with its `_id`.
pub(crate) fn grievance_of<'a>(
    file: &Connection,
    database: Database,
    document: &'a str,
) -> Result<Option<(i64, &'a str)>, MirrorError> {
    let grievance = match database {
        Database::Grievances => Some(document),
        Database::Internal => case::grievance_of(document),
    };
    let Some(grievance) = grievance else { return Ok(None) };
    Ok(held(file, Database::Grievances, grievance)?.map(|held| (held.n, grievance)))
}

/// The number before the dash of a revision; 0 for what is not one.
pub(crate) fn generation(rev: &str) -> u64 {
    rev.split_once('-').and_then(|(number, _)| number.parse().ok()).unwrap_or(0)
}
