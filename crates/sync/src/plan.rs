//! The whole sync policy as pure functions: [`next`] says from what is so the next thing to do, the others how long what
//! failed is left alone, whom a failure stops, and what is too many.
//!
//! Nothing here is a queue. The mirror holds what the server has not got, the engine knows which
//! roads are open, and [`next`] chooses one step; after it the facts are read again. So starting
//! after a crash is the same as going on, and a step that failed is simply still due.
//!
//! The order: sign in, pull, compare with a server that was set back, push what needs no photo and what is the
//! office's, renew the store's key, upload, push what waited for a photo, and only then what nobody waits for. The
//! grievances are pulled before the internal database, which a site may not have; only a laptop that begins asks that one
//! first, because a large city is counted, and not fetched before the officer has chosen from its wards. Pull before
//! push, because an edit is carried onto the newest revision. Decisions before photos: they are small, and a line may not
//! last. Photo before the edit that names it: the mirror counts an edit as ready only when its photos are stored, so no
//! reader ever sees a reference to a picture that is not there; and what was decided on a grievance waits for its photos,
//! so that one revision holds both, unless the store is away. Other versions of a document, and the comparison that is due
//! once a week, come when nothing is left to send: they only wait for the officer.
//!
//! How a change meets what others did, what becomes of one that left, and what of a field a server that was set back is
//! sent again is `domain::rebase`; how many records may vanish unasked `domain::too_many_vanish`; how failures in a row
//! add up `backoff.rs`.
//! What is so is found out elsewhere: that a server is another one (`pull.rs`) or was set back (`recognition.rs`), which
//! answer of the photo store is about one photo (`store.rs`), and, in the mirror, which edits are ready to leave
//! (`push.rs`), what leaves the laptop with a selection (`selection.rs`), which documents a server that was set back is
//! sent again (`set_back.rs`), what a deletion does to unsent work (`deletion.rs`), what counts as vanished at once
//! (`vanished.rs`) and that a week is over (`comparison.rs`).

use std::collections::BTreeSet;
use std::time::Duration;

use couch::CouchError;
use mirror::{Database, Modes};
use photos::PhotoError;

use crate::state::Link;

/// What is so. Times are unix seconds.
#[derive(Debug, Clone)]
pub struct Facts {
    pub server: Road,
    pub signed_in: bool,
    /// What the officer wants to go each way.
    pub modes: Modes,
    /// Whether the internal database, on the same server, can be asked: a site may have none.
    pub internal: Road,
    pub first_pull: FirstPull,
    /// Databases that may hold something we have not pulled.
    pub behind: BTreeSet<Database>,
    /// Databases to compare before anything is sent: their server was set back.
    pub set_back: BTreeSet<Database>,
    /// Databases whose comparison is due and keeps nobody waiting.
    pub to_compare: BTreeSet<Database>,
    /// Databases whose pushes meet newer revisions that no pull brings ([`pace`]): comparing comes before the next one.
    pub outrun: BTreeSet<Database>,
    /// Databases with versions of documents whose content is not here.
    pub to_fetch_branches: BTreeSet<Database>,
    pub store: Road,
    pub store_key: StoreKey,
    /// Keys come for a token of the city's, and not with the internal database.
    pub own_key: bool,
    pub photos_to_upload: u64,
    /// Edits of grievances that can leave: not in a clash, not refused, their photos stored.
    pub ready_edits: u64,
    /// Those of them that are of grievances without a photo to upload.
    pub ready_without_photos: u64,
    /// Edits of cases, and lines of their histories.
    pub ready_internal: u64,
    pub thumbnails_to_fetch: u64,
    /// When the first photo that failed or was missing is worth another try.
    pub next_photo_retry: Option<i64>,
}

/// How the first pull of grievances begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstPull {
    /// It has begun, or the officer has said which grievances this laptop keeps.
    Decided,
    /// How many grievances the city has is not known.
    Uncounted,
    /// It has so many.
    Counted(u64),
}

impl FirstPull {
    /// Of a laptop where the officer is `unchosen` about a `city` with so many grievances, if they were counted.
    pub fn of(unchosen: bool, city: Option<u64>) -> FirstPull {
        match city {
            _ if !unchosen => FirstPull::Decided,
            None => FirstPull::Uncounted,
            Some(grievances) => FirstPull::Counted(grievances),
        }
    }

    /// Whether it waits until the officer has said which grievances this laptop keeps.
    pub fn waits_for_a_choice(self) -> bool {
        matches!(self, FirstPull::Counted(grievances) if grievances > UNASKED)
    }
}

/// So many grievances are fetched without a question: more than a ward reports in a year, about 30 MB, half a minute of a
/// line of 10 Mbit/s.
const UNASKED: u64 = 20_000;

/// Whether the city's server, or the photo store, can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Road {
    Open,
    /// It failed; waiting keeps a weak line and a busy server from being hammered.
    RestsUntil(i64),
    /// It needs a person: a new password, access, a setting.
    Closed,
}

/// What the key to the photo store is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKey {
    Good,
    /// It opens the store a few minutes longer; a newer one is better.
    Ending,
    /// It has ended, was refused, or was never there: nothing goes to the store without a newer one.
    Over,
}

impl StoreKey {
    /// Of a key that `ends` then (unix seconds), if ever; `asked_in_vain`: there is no newer one.
    pub fn of(ends: Option<i64>, asked_in_vain: bool, now: i64) -> StoreKey {
        match ends {
            Some(ends) if ends <= now => StoreKey::Over,
            Some(ends) if ends - KEY_EARLY <= now && !asked_in_vain => StoreKey::Ending,
            Some(_) | None => StoreKey::Good,
        }
    }
}

/// Seconds before its end in which a key is used only when no newer one is to be had: a photo on a slow line takes minutes.
pub const KEY_EARLY: i64 = 300;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    SignIn,
    /// How many grievances there are.
    CountCity,
    Pull(Database),
    /// Ask for a newer key to the photo store.
    RenewKey,
    /// Everything here with everything there.
    Compare(Database),
    /// Edits of grievances without a photo to upload.
    PushWithoutPhotos,
    Upload,
    Push(Database),
    /// Versions that servers made among themselves.
    FetchBranches(Database),
    FetchThumbnails,
    /// Nothing to do before `until`, a change here, or a change there.
    Rest {
        until: Option<i64>,
    },
}

pub fn next(facts: &Facts, now: i64) -> Step {
    let server = facts.server.is_open(now);
    let store = facts.store.is_open(now);
    let internal = server && facts.internal.is_open(now);
    let may_ask = |database| match database {
        Database::Grievances => {
            server && facts.modes.grievances.receives() && !facts.first_pull.waits_for_a_choice()
        }
        Database::Internal => internal && facts.modes.internal.receives(),
    };
    let may_send = |database| may_ask(database) && facts.modes.of(database).sends();
    if !facts.signed_in && (may_ask(Database::Grievances) || may_ask(Database::Internal)) {
        return Step::SignIn;
    }
    if facts.first_pull == FirstPull::Uncounted && may_ask(Database::Grievances) {
        let internal = facts.behind.contains(&Database::Internal) && may_ask(Database::Internal);
        return if internal { Step::Pull(Database::Internal) } else { Step::CountCity };
    }
    if let Some(&database) = facts.behind.iter().find(|database| may_ask(**database)) {
        return Step::Pull(database);
    }
    if let Some(&database) = facts.set_back.iter().find(|database| may_ask(**database)) {
        return Step::Compare(database);
    }
    let mut due = facts.to_compare.iter().filter(|database| may_ask(**database));
    if let Some(&database) = due.clone().find(|database| facts.outrun.contains(database)) {
        return Step::Compare(database);
    }
    // What meets newer revisions again and again keeps no photo from leaving.
    if may_send(Database::Grievances)
        && facts.ready_without_photos > 0
        && !facts.outrun.contains(&Database::Grievances)
    {
        return Step::PushWithoutPhotos;
    }
    if may_send(Database::Internal) && facts.ready_internal > 0 {
        return Step::Push(Database::Internal);
    }
    // Photos go the way of the grievances that name them.
    let uploads = facts.modes.grievances.sends() && facts.photos_to_upload > 0;
    let thumbnails = facts.modes.grievances.receives() && facts.thumbnails_to_fetch > 0;
    let needs_key = facts.store_key != StoreKey::Good && (uploads || thumbnails);
    let keys_are_with = if facts.own_key { Database::Grievances } else { Database::Internal };
    if store && needs_key && may_ask(keys_are_with) {
        return Step::RenewKey;
    }
    let store = store && facts.store_key != StoreKey::Over;
    if store && uploads {
        return Step::Upload;
    }
    if may_send(Database::Grievances) && facts.ready_edits > 0 {
        return Step::Push(Database::Grievances);
    }
    if let Some(&database) = facts.to_fetch_branches.iter().find(|database| may_ask(**database)) {
        return Step::FetchBranches(database);
    }
    if let Some(&database) = due.next() {
        return Step::Compare(database);
    }
    if store && thumbnails {
        return Step::FetchThumbnails;
    }
    Step::Rest { until: wake(facts, now) }
}

fn wake(facts: &Facts, now: i64) -> Option<i64> {
    let photos = facts.next_photo_retry.filter(|_| facts.store.is_open(now));
    let roads = [facts.server, facts.internal, facts.store].map(Road::rest);
    roads.into_iter().chain([photos]).flatten().filter(|&at| at > now).min()
}

impl Road {
    pub fn is_open(self, now: i64) -> bool {
        match self {
            Road::Open => true,
            Road::RestsUntil(at) => at <= now,
            Road::Closed => false,
        }
    }

    pub(crate) fn rest(self) -> Option<i64> {
        match self {
            Road::RestsUntil(at) => Some(at),
            Road::Open | Road::Closed => None,
        }
    }
}

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

/// Whether a document that the server did not take, and said `error` of, may be taken another time: a node is unwell.
pub fn may_pass(error: &str) -> bool {
    matches!(error, "internal_server_error" | "timeout" | "unknown_error" | "service unavailable" | "error")
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

pub fn pace(outruns: u32) -> Pace {
    match outruns {
        0..3 => Pace::Full,
        3 => Pace::Compare,
        4.. => Pace::Slow,
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
pub const RECOGNISED: i64 = 60;
/// Clocks that are farther apart do not agree (seconds).
pub const AGREEING: u64 = 3600;

#[cfg(test)]
mod tests;
