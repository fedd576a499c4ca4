//! What a server's answers say: of the server itself, of each document that was sent, and whom a failure is about.

use couch::{CouchError, Outcome, Refusal};
use domain::Fate;
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

/// What a database has not got any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// The last change that was pulled, or what this laptop delivered since.
    Last,
    /// One of the newest revisions here.
    Newest,
    /// What this laptop delivered in 90 days.
    Delivered,
    /// Revisions of a document of which it has others.
    Replaced,
}

/// Whether a `loss` proves that a database was set back to an older copy.
///
/// That the last change is there says little: it may have been made once more, to the letter, by the laptop it came from,
/// and others have brought the sequence to where it was. So the newest are asked about too; but a document of which there is
/// nothing at all may have been purged, and that is for a comparison to tell. Not where the database only may be the same,
/// because the old place in its sequence would show nothing new; and of what this laptop wrote inside the office a purge is
/// the rarer.
pub fn was_set_back(database: Database, recognised: Recognised, loss: Loss) -> bool {
    match loss {
        Loss::Last | Loss::Replaced => true,
        Loss::Newest => recognised != Recognised::TheSame,
        Loss::Delivered => database == Database::Internal,
    }
}

/// What became of a `document` that was sent, by the `outcome` in its place.
pub fn fate<'a>(outcome: &'a Outcome, document: &str) -> Fate<'a> {
    match &outcome.result {
        // An answer about something else is none.
        _ if outcome.id != document => Fate::MayHaveArrived,
        Ok(_) => Fate::Arrived,
        Err(Refusal { error, reason }) => match error.as_str() {
            "conflict" => Fate::NotTaken,
            // A node is unwell.
            "internal_server_error" | "timeout" | "unknown_error" | "service unavailable" | "error" => {
                Fate::MayHaveArrived
            }
            _ => Fate::Refused { error, reason },
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

/// Whether a server, or what is on the way to it, does not say which revisions documents have had: then each that is missing
/// counts as lost.
pub fn tells_no_histories(error: &CouchError) -> bool {
    match error {
        CouchError::Refused { status, .. } | CouchError::NotOurServer { status: Some(status), .. } => {
            (400..500).contains(status)
        }
        // Very long documents.
        CouchError::TooLarge => true,
        _ => false,
    }
}
