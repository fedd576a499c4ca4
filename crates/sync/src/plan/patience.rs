//! How long what failed is left alone, and what is worth a try at once.

use std::time::Duration;

use couch::CouchError;
use photos::PhotoError;

use crate::state::Link;

/// What has to pass before a way that failed is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// What failures in a row demand.
    Backoff,
    Seconds(i64),
    /// A person, because another try would help nobody, or would lock the account.
    Person,
}

impl Patience {
    /// Whether an edit is worth a try before that: not where the other side asked for patience, or a person is needed.
    pub fn yields_to_an_edit(self) -> bool {
        self == Patience::Backoff
    }
}

/// Seconds for which an account is locked, and for which an administrator may need to let an officer in again, or to
/// make a database anew.
const ADMINISTRATION: i64 = 300;

/// What a failure of the city's server asks for. A session that ran out is renewed with the password we hold; a password
/// that was refused is not tried again.
pub fn patience(error: &CouchError) -> Patience {
    match error {
        CouchError::WrongPassword | CouchError::BadAddress { .. } => Patience::Person,
        CouchError::LockedOut | CouchError::NoAccess | CouchError::NoSuchDatabase => {
            Patience::Seconds(ADMINISTRATION)
        }
        CouchError::Busy { retry_after: Some(wish) } => Patience::Seconds(wish.as_secs().cast_signed()),
        CouchError::Busy { retry_after: None }
        | CouchError::Setup { .. }
        | CouchError::Unreachable { .. }
        | CouchError::NotAnnounced { .. }
        | CouchError::NotOurServer { .. }
        | CouchError::SignInNeeded
        | CouchError::TooLarge
        | CouchError::Refused { .. } => Patience::Backoff,
    }
}

/// The same of the internal database, while the city's server answers other questions: whatever else is wrong with it
/// may pass.
pub fn internal_patience(error: &CouchError) -> Patience {
    match error {
        CouchError::Busy { .. } => patience(error),
        _ => Patience::Backoff,
    }
}

/// The same of the photo store, whose wishes nobody has looked at yet.
pub fn store_patience(error: &PhotoError) -> Patience {
    /// In seconds, as of the city's server.
    const LONGEST: u64 = 3_600;
    match error {
        PhotoError::Busy { retry_after: Some(wish) } => {
            Patience::Seconds(wish.as_secs().min(LONGEST).cast_signed())
        }
        _ => Patience::Backoff,
    }
}

/// Seconds until a photo that alone was refused is offered to the store again,
pub const UPLOAD_RETRY: i64 = 60;
/// until photos are offered to a full store again: somebody has to make room,
pub const FULL_RETRY: i64 = 600;
/// until a photo that is not in the store is asked for again: phones upload within minutes when they have a line,
pub const MISSING_RETRY: i64 = 600;
/// and until one that cannot be shown is: it will not become another by itself.
pub const UNSHOWABLE_RETRY: i64 = 86_400;

/// How long an upload may take until it is answered, after `unheard` that were not: a weak line is told from a dead one only
/// by waiting longer, and a dead one should be noticed soon. At most sixteen minutes: a megabyte at 1 KB/s.
pub fn upload_patience(unheard: u32) -> Duration {
    photos::PATIENCE * (1 << unheard.min(5))
}

/// Whether an edit is worth a try at once: only the network was in the way. A server that asked for patience gets it, and
/// a password that was refused is not tried again for every edit: that would lock the account.
pub fn tries_after_an_edit(link: Link) -> bool {
    match link {
        Link::NotTried
        | Link::Online
        | Link::Offline
        | Link::Unreachable
        | Link::NotAnnounced { .. }
        | Link::NotOurServer
        | Link::DiskFull
        | Link::Ailing => true,
        Link::SignInNeeded | Link::LockedOut | Link::NoAccess | Link::Troubled => false,
    }
}

/// How pushing goes on after some in a row that met newer revisions or an unwell server, and landed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Pull and push again at once.
    Full,
    /// What pulling does not bring may have been purged: comparing tells, before the next push.
    Compare,
    /// Comparing has not helped: as after any failure.
    Slow,
}

/// How many pushes in a row landed nothing, after one more that was `outrun` (it met newer revisions or an unwell
/// server) and of which `landed` documents did.
pub fn outruns(before: u32, outrun: bool, landed: usize) -> u32 {
    if outrun && landed == 0 { before + 1 } else { 0 }
}

pub fn pace(outruns: u32) -> Pace {
    match outruns {
        0..3 => Pace::Full,
        3 => Pace::Compare,
        4.. => Pace::Slow,
    }
}

/// Between two questions that were answered too soon, and between two looks for a network.
pub const SHORTEST_WAIT: Duration = Duration::from_secs(10);
/// Until an internal database that could not be listened to is listened to again.
pub const INTERNAL_AGAIN: Duration = Duration::from_secs(60);
/// Between two tries of a disk that fails.
pub const BREATH: Duration = Duration::from_secs(1);
/// So long nothing happens before upkeep begins.
pub const IDLE: Duration = Duration::from_secs(30);
/// A server that was just asked what it is is believed for so long (seconds): on a line that loses every fourth answer each
/// question is one too many.
pub const RECOGNISED_FOR: i64 = 60;
/// Clocks that are farther apart do not agree (seconds).
pub const AGREEING: u64 = 3600;
