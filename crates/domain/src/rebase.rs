//! The whole merge policy, and when a change can leave. An edit remembers what the officer saw, so a three-way merge is a
//! comparison with what the server has now. No clock takes part in it.

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use crate::edit::write_words;
use crate::{Document, DomainError, Edit, Field, Home, Triage, case};

/// What becomes of an edit on the revision the server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rebased {
    /// The server still has what the officer saw: the edit goes up as it is.
    Applies,
    /// The server has what the officer wanted: by us and the answer was lost, or by somebody
    /// else. Either way there is nothing to send.
    AlreadyTrue,
    /// Somebody changed the field meanwhile; only the officer decides.
    Clashes,
    /// The branch it sets aside is no longer one, by nobody's decision: there is nothing to send, and nothing arrived.
    Moot,
}

/// What the server has of the document that holds an edit's field.
#[derive(Debug, Clone, Copy, Default)]
pub struct There<'a> {
    /// `None`: it was deleted, or there is nothing of it.
    pub document: Option<&'a Document<'a>>,
    /// Of the document or of its deletion; `None`: there is nothing of it at all.
    pub rev: Option<&'a str>,
    /// The server was set back to a value of this field that the officer had decided herself.
    pub is_back_at_her_own: bool,
}

/// Carries an edit onto what the server has.
///
/// What is in `sent` counts as seen: our own earlier values, whose arrival we could not know. One that arrived unheard,
/// and that somebody set back to what was seen, cannot be told from one that never arrived: it goes up again.
pub fn rebase(edit: &Edit, there: &There) -> Rebased {
    let found = edit.field.found(there.document);
    if let Some(branch) = edit.field.branch() {
        return match there.rev {
            // The branch is what the server shows now, and what it showed is the branch: another question.
            Some(rev) if rev == branch => Rebased::Moot,
            _ if !found.is_null() => Rebased::Applies,
            Some(_) => Rebased::AlreadyTrue,
            None => Rebased::Moot,
        };
    }
    // A grievance has to be there before anything is decided on it; a case and an entry begin with the first edit.
    let vanished =
        there.document.is_none() && edit.field.home() == Home::Grievance && edit.field != Field::Report;
    if vanished {
        return Rebased::Clashes;
    }
    if edit.field.stands_alone() {
        return if found.is_null() { Rebased::Applies } else { Rebased::AlreadyTrue };
    }
    if found == edit.wanted {
        // She wants nothing where there is nothing: no revision says so, and what she had taken back may return from
        // somebody's laptop, so it goes up.
        return if there.rev.is_some() { Rebased::AlreadyTrue } else { Rebased::Applies };
    }
    // What she decided herself she has seen, and changed her mind since.
    let is_seen = found == edit.seen || edit.sent.contains(&found) || there.is_back_at_her_own;
    if is_seen { Rebased::Applies } else { Rebased::Clashes }
}

/// Whether a deletion of its grievance proves that an unsent `edit` had arrived. Only we knew the id of our report: who
/// deleted it had received it. Another deletion of what `was_deleted` before proves it only of a report that may have left
/// since: it is filed again.
pub fn arrived_before_deletion(edit: &Edit, was_deleted: bool) -> bool {
    edit.field == Field::Report && (!was_deleted || !edit.sent.is_empty())
}

/// How an unsent edit stands by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Saved, and its photo is in the store, if it names one.
    Free,
    /// On its way; the server has not answered yet.
    Leaving,
    /// It waits for its photo, or for the officer, because it clashes or was refused.
    Waits,
}

/// Which of a grievance's unsent edits can leave now, in their order.
///
/// A document with a request on its way waits as a whole, so does one that is held back (because it may have left the server,
/// or its newest revision cannot be read here) or whose grievance is. A report takes with it what was decided on it; all else
/// waits until it has arrived. A branch is closed last: when what was taken from it is on the server.
pub fn can_leave(unsent: &[(&Edit, Standing)], is_held_back: impl Fn(&str) -> bool) -> Vec<bool> {
    let documents: Vec<String> = unsent.iter().map(|(edit, _)| edit.field.document(&edit.document)).collect();
    let holding = |is: fn(&Edit, Standing) -> bool| -> BTreeSet<&String> {
        let all = documents.iter().zip(unsent);
        all.filter(|(_, (edit, standing))| is(edit, *standing)).map(|(document, _)| document).collect()
    };
    let on_its_way = holding(|_, standing| standing == Standing::Leaving);
    let written = holding(|edit, _| edit.field.branch().is_none());
    let by_itself = |((edit, standing), document): (&(&Edit, Standing), &String)| {
        *standing == Standing::Free
            && !on_its_way.contains(document)
            && !is_held_back(&edit.document)
            && !is_held_back(document)
            && (edit.field.branch().is_none() || !written.contains(document))
    };
    let mut can: Vec<bool> = unsent.iter().zip(&documents).map(by_itself).collect();
    if let Some(report) = unsent.iter().position(|(edit, _)| edit.field == Field::Report) {
        let with_it = documents.iter().map(|document| can[report] && *document == documents[report]);
        can = can.iter().zip(with_it).map(|(can, with_it)| *can && with_it).collect();
    }
    can
}

/// What became of a value that left for the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate<'a> {
    /// The server has it.
    Arrived,
    /// There was no answer, or one that says nothing of it.
    MayHaveArrived,
    /// The server did not take it, because it has a newer revision or was not asked in the end.
    NotTaken,
    /// The server will not take it, in its own words.
    Refused { error: &'a str, reason: &'a str },
}

/// Tells a leaving `edit` the fate of what left. Returns the server's words (its error and its reason) when the edit is
/// refused: not when the officer has gone on to want something else meanwhile, of which nothing was said.
pub fn landed<'a>(edit: &mut Edit, fate: Fate<'a>) -> Option<(&'a str, &'a str)> {
    let last = edit.sent.pop();
    let is_wanted = last.as_ref() == Some(&edit.wanted);
    match fate {
        // What left before it was for an older revision, and arrives no more.
        Fate::Arrived => edit.sent = last.into_iter().collect(),
        Fate::MayHaveArrived => {
            let last = last.filter(|last| !edit.sent.contains(last));
            edit.sent.extend(last);
        }
        Fate::Refused { error, reason } if is_wanted => return Some((error, reason)),
        Fate::NotTaken | Fate::Refused { .. } => {}
    }
    None
}

/// What a server that was set back is sent again of the officer's `decisions` on one field: the oldest first, each with
/// whether the server has lost it. `unsent` is her edit of the field, if there is one: decided since, or the newest of
/// these, which is unsent again.
///
/// What the server has of a later decision stands, and what was before it is over. The rest is one edit, with the oldest
/// seen and the newest wanted; `None` when nothing is lost, or no more than is unsent again already.
pub fn sent_again(decisions: &[(Edit, bool)], unsent: Option<&Edit>) -> Option<Edit> {
    let stands = decisions.iter().rposition(|(_, is_lost)| !is_lost).map_or(0, |stands| stands + 1);
    let lost = &decisions[stands..];
    let (oldest, _) = lost.first()?;
    let (newest, _) = lost.last()?;
    if lost.len() == 1 && unsent.is_some_and(|unsent| unsent.id == newest.id) {
        return None;
    }
    let mut again = unsent.unwrap_or(newest).clone();
    again.seen = oldest.seen.clone();
    // Each was ours: somebody's copy may have it, and bring it back.
    for (Edit { wanted, .. }, _) in lost {
        if *wanted != again.wanted && !again.sent.contains(wanted) {
            again.sent.push(wanted.clone());
        }
    }
    Some(again)
}

/// The grievance with `edits` written into it: what the list shows, and what goes up as one
/// revision. `base` is what the server has; without one, an edit of [`Field::Report`] begins it.
/// Everything outside the edited fields is the base's own text.
pub fn write_edits(base: Option<&str>, edits: &[Edit]) -> Result<Option<Box<RawValue>>, DomainError> {
    let report = edits.iter().find(|edit| edit.field == Field::Report);
    let begun = report.map(|edit| edit.wanted.to_string());
    let Some(text) = base.or(begun.as_deref()) else { return Ok(None) };
    let mut document = Document::parse(text)?;
    for edit in edits.iter().filter(|edit| edit.field == Field::Words) {
        write_words(&mut document, &edit.wanted)?;
    }
    write_triage(&mut document, edits)?;
    document.to_raw().map(Some)
}

fn write_triage(document: &mut Document, edits: &[Edit]) -> Result<(), DomainError> {
    let decisions = || edits.iter().filter(|edit| edit.field.is_decision());
    let Some(last) = decisions().max_by(|a, b| a.id.cmp(&b.id)) else { return Ok(()) };
    let known = document.get("triage").map(|raw| raw.get().to_owned());
    let mut triage = match known.as_deref().map(Document::parse) {
        Some(Ok(triage)) => triage,
        Some(Err(_)) | None => undecided(document)?,
    };
    for edit in decisions() {
        edit.field.write(&mut triage, &edit.wanted)?;
    }
    triage.set("by", &last.by)?;
    triage.set("at", &last.at)?;
    document.set("triage", &triage)
}

/// A first `triage` with every member that phones expect.
fn undecided(document: &Document) -> Result<Document<'static>, DomainError> {
    let nothing = Triage::of(document);
    let mut triage = Document::default();
    triage.set("status", &nothing.status)?;
    for member in ["category", "reply", "reason", "duplicateOf"] {
        triage.set(member, &None::<String>)?;
    }
    triage.set("photos", &nothing.photos)?;
    Ok(triage)
}

/// The case of `grievance` with `edits` written into it; `base` is what the server has.
pub fn write_case(grievance: &str, base: Option<&str>, edits: &[Edit]) -> Result<Box<RawValue>, DomainError> {
    let mut case = Document::parse(base.unwrap_or("{}"))?;
    case.set("_id", &case::document_id(grievance))?;
    let decisions =
        || edits.iter().filter(|edit| edit.field.home() == Home::Case && edit.field.branch().is_none());
    for edit in decisions() {
        case.set(&edit.field.name(), &edit.wanted)?;
    }
    if let Some(last) = decisions().max_by(|a, b| a.id.cmp(&b.id)) {
        case.set("by", &last.by)?;
        case.set("at", &last.at)?;
    }
    case.to_raw()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
