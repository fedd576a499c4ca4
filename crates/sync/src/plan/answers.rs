//! What a server's answers say: of the server itself, of each document that was sent, and whom a failure is about.

use couch::{CouchError, Outcome, Refusal};
use mirror::Database;

/// What tells one database of a server from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity<'a> {
    pub server_uuid: Option<&'a str>,
    /// When the database was made; "0" where the server does not tell.
    pub instance_start_time: Option<&'a str>,
    /// How many changes it has had: the number that its sequence begins with.
    pub height: Option<u64>,
}

/// What to make of a database that says of itself what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recognised {
    TheSame,
    /// It is looked at more closely: a sequence falls where an older copy was put back, and on a cluster when another node
    /// answers.
    Perhaps,
    /// It is pulled and compared as one that was set back.
    Another,
}

/// A server that lost its settings, and every node of some clusters, has another uuid though the database is the same: where
/// the database tells when it was made, that counts.
pub fn recognise(was: Identity, is: Identity) -> Recognised {
    let tells_when = is.instance_start_time.is_some_and(|time| time != "0");
    let is_renamed = was.server_uuid != is.server_uuid;
    if was.instance_start_time != is.instance_start_time || (is_renamed && !tells_when) {
        Recognised::Another
    } else if is_renamed || is.height < was.height {
        Recognised::Perhaps
    } else {
        Recognised::TheSame
    }
}

/// What a database has not got any more of the revisions that it was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Losses {
    /// The last change that was pulled, or what this laptop delivered since.
    pub proof: bool,
    /// What this laptop delivered in 90 days.
    pub delivered: bool,
    /// Something of a document of which the database has other revisions.
    pub replaced: bool,
}

/// Whether a `database` that has `losses` was set back to an older copy.
///
/// The last change alone says little while it is there: it may have been made once more, to the letter, by the laptop it came
/// from, and others have brought the sequence to where it was. A document of which there is nothing at all may have been
/// purged, and that is for a comparison to tell: but not where the database only may be the same, because the old place in
/// its sequence would show nothing new, nor of what this laptop wrote inside the office, where a purge is the rarer.
pub fn was_set_back(database: Database, recognised: Recognised, losses: Losses) -> bool {
    let is_no_purge = database == Database::Internal && losses.delivered;
    recognised != Recognised::TheSame || losses.proof || losses.replaced || is_no_purge
}

/// What the server says of a document that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// It has it as this revision.
    Landed(&'a str),
    /// It has a newer revision. Of a line of a case's history, which never changes, that is the one that was sent.
    Outrun,
    /// Nobody knows: a node is unwell, or the answer is about something else.
    Unheard,
    /// It will not take it another time either.
    Refused(&'a Refusal),
}

/// By the `outcome` in the place of `document`.
pub fn verdict<'a>(outcome: Option<&'a Outcome>, document: &str) -> Verdict<'a> {
    let Some(outcome) = outcome.filter(|outcome| outcome.id == document) else { return Verdict::Unheard };
    match &outcome.result {
        Ok(rev) => Verdict::Landed(rev),
        Err(refusal) => match refusal.error.as_str() {
            "conflict" => Verdict::Outrun,
            "internal_server_error" | "timeout" | "unknown_error" | "service unavailable" | "error" => {
                Verdict::Unheard
            }
            _ => Verdict::Refused(refusal),
        },
    }
}

/// What a request that failed as a whole says of the documents in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// It may be one of them: each half is tried by itself.
    OneOfThem,
    /// It is this document, if the server answers another question over the same line.
    ThisOne,
    /// The server, the line or the officer's access.
    Nobody,
}

/// Of a request about so many `documents`.
pub fn blame(error: &CouchError, documents: usize) -> Blame {
    match documents {
        _ if !error.may_be_the_content() => Blame::Nobody,
        0..=1 => Blame::ThisOne,
        2.. => Blame::OneOfThem,
    }
}

/// Whether a failure tells by itself that it is the internal database's and not the server's: a city may have none, this
/// officer may not read it, or it is unwell. Of any other the server is asked something else.
pub fn is_of_the_internal_database(error: &CouchError) -> bool {
    matches!(error, CouchError::NoSuchDatabase | CouchError::NoAccess | CouchError::Refused { .. })
}
