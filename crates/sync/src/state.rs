//! What the officer is told about sync. Computed from what is unsent and from the last word of
//! each server, never from "the last sync was fine".

use couch::CouchError;
use mirror::{Mirror, MirrorError, Modes, Upstream};
use serde::Serialize;

use crate::internal_trouble::InternalTrouble;
use crate::selection::Counted;
use crate::sentence::{AILING, sentence};

/// The last word on the way to the city's server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    NotTried,
    Online,
    /// The laptop has no network.
    Offline,
    /// The laptop has a network, but the server cannot be reached over it.
    Unreachable,
    /// The server's key is none of those that the city announced until that unix second.
    NotAnnounced {
        until: i64,
    },
    NotOurServer,
    /// The server does not take the password we hold.
    SignInNeeded,
    LockedOut,
    NoAccess,
    /// The server answers with an error of its own.
    Troubled,
    /// Not the way, but the laptop: there is no room for what arrives.
    DiskFull,
    /// Not the way, but the laptop: its own file cannot be read or written.
    Ailing,
}

/// What the engine is doing at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    Resting,
    /// Documents pulled so far, and how many there are when the server tells.
    Pulling {
        done: u64,
        total: Option<u64>,
    },
    Sending,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    CatchingUp,
    Sending,
    AllSent,
    ToSend,
    /// No network, or not tried yet.
    Offline,
    /// There is a network, but the server cannot be reached over it.
    Unreachable,
    NotOurServer,
    SignInNeeded,
    LockedOut,
    NoAccess,
    Waiting,
    /// There is no room on the laptop's disk for what arrives.
    DiskFull,
    /// The laptop cannot read or write its own file.
    Ailing,
    /// The server was set back to an older copy; what it lost of this laptop's is sent again.
    Restored,
    /// Many records left the server at once, and the officer has to say whether that is right.
    Vanished,
    /// The officer wants no grievances to be fetched or sent.
    Paused,
    /// The city has many grievances, and none is fetched before the officer says which of them this laptop keeps.
    ToChoose,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncState {
    pub state: State,
    /// One sentence for the officer.
    pub sentence: String,
    /// Documents, while catching up.
    pub done: Option<u64>,
    pub total: Option<u64>,
    pub unsent_edits: u64,
    pub unsent_photos: u64,
    /// Lines of cases' histories whose changes have arrived before them.
    pub unsent_entries: u64,
    /// Of these lines.
    pub refused_entries: u64,
    pub clashes: u64,
    pub refused: u64,
    /// Records that left the server at once and wait for the officer's answer.
    pub vanished: u64,
    /// Records of which the officer said that the server is wrong to have lost them.
    pub kept: u64,
    /// Grievances and cases of which servers hold versions that the officer has to decide between.
    pub branched: u64,
    /// Changes that the server lost together with their reports, which are not on this laptop.
    pub lost: u64,
    /// Grievances outside of the officer's ward since its boundary was drawn anew, too many to go unasked.
    pub outside: u64,
    pub modes: Modes,
    /// Unix seconds of the server's last good answer.
    pub last_contact: Option<i64>,
    /// Unix seconds of the next try, while waiting for one.
    pub retry_at: Option<i64>,
    /// Why the office's records wait, while any do.
    pub internal_trouble: Option<InternalTrouble>,
    /// Unix seconds of the next try with them.
    pub internal_retry_at: Option<i64>,
    /// Unix seconds of the next try with the photo store, while a photo waits for it.
    pub store_retry_at: Option<i64>,
    /// The picture on its way to the photo store at this moment, by its object key.
    pub leaving_photo: Option<String>,
}

/// What has not reached the servers, counted in the mirror.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unsent {
    pub edits: u64,
    pub photos: u64,
    pub entries: u64,
    /// Of the entries.
    pub refused_entries: u64,
    pub clashes: u64,
    pub refused: u64,
    /// Of the edits and entries, those that wait for nothing but the internal database.
    pub internal: u64,
}

/// What the mirror says of this laptop, the server and the officer's wishes, and the engine of what it met.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known {
    pub unsent: Unsent,
    pub upstream: Upstream,
    pub modes: Modes,
    pub internal: Option<InternalTrouble>,
    /// What the officer has to choose from before anything of it is fetched.
    pub to_choose: Option<Counted>,
    /// Unix seconds of the server's last good answer.
    pub last_contact: Option<i64>,
    /// Unix seconds of the next try with the server, with the internal database and with the photo store, while they rest.
    pub retry_at: Option<i64>,
    pub internal_retry_at: Option<i64>,
    pub store_retry_at: Option<i64>,
}

impl Unsent {
    /// Whether it is as much as `other`, of each kind.
    pub(crate) fn covers(self, other: Unsent) -> bool {
        self.edits >= other.edits && self.photos >= other.photos && self.entries >= other.entries
    }
}

impl From<&mirror::Counts> for Unsent {
    fn from(counts: &mirror::Counts) -> Unsent {
        Unsent {
            edits: counts.unsent_edits(),
            photos: counts.photos_to_send,
            entries: counts.entries_to_send + counts.entries_refused,
            refused_entries: counts.entries_refused,
            clashes: counts.clashes,
            refused: counts.refused,
            internal: counts.internal_to_send,
        }
    }
}

impl Known {
    /// What the mirror says.
    pub(crate) fn of(mirror: &Mirror) -> Result<Known, MirrorError> {
        Ok(Known {
            unsent: Unsent::from(&mirror.counts()?),
            upstream: mirror.upstream()?,
            modes: mirror.modes()?,
            ..Known::default()
        })
    }

    /// What is worth telling of the internal database: a site that has none, or an officer who sends nothing there, misses
    /// nothing.
    pub(crate) fn internal_trouble(self) -> Option<InternalTrouble> {
        self.internal.filter(|_| self.unsent.internal > 0 && self.modes.internal.sends())
    }
}

impl SyncState {
    /// Says also why a photo waits: a sentence of what it waits for, or a few words of what was wrong with it.
    pub(crate) fn with_photo_trouble(mut self, why: Option<&str>) -> SyncState {
        let waits = matches!(self.state, State::ToSend | State::Restored | State::Vanished);
        match why.filter(|_| waits) {
            Some(why) if why.ends_with('.') => self.sentence = format!("{} {why}", self.sentence),
            Some(why) => self.sentence = format!("{} The last photo failed: {why}.", self.sentence),
            None => {}
        }
        self
    }

    /// The same, as far as is known, of a laptop that cannot read its own file.
    pub(crate) fn ailing(self) -> SyncState {
        SyncState { state: State::Ailing, sentence: AILING.to_owned(), ..self }
    }

    /// Whether anything saved on this laptop is not on the servers.
    pub fn is_unsent(&self) -> bool {
        self.unsent_edits + self.unsent_photos + self.unsent_entries > 0
    }
}

impl Link {
    /// `has_network`: whether the laptop has any.
    pub fn after(error: &CouchError, has_network: bool) -> Link {
        match error {
            CouchError::Unreachable { .. } if !has_network => Link::Offline,
            CouchError::Unreachable { .. } | CouchError::Setup { .. } => Link::Unreachable,
            CouchError::NotAnnounced { until } => Link::NotAnnounced { until: *until },
            CouchError::NotOurServer { .. } => Link::NotOurServer,
            CouchError::SignInNeeded | CouchError::WrongPassword => Link::SignInNeeded,
            CouchError::LockedOut => Link::LockedOut,
            CouchError::NoAccess | CouchError::NoSuchDatabase | CouchError::BadAddress { .. } => {
                Link::NoAccess
            }
            // The password was taken the moment before.
            CouchError::Refused { status: 401, .. } => Link::NoAccess,
            CouchError::Busy { .. } | CouchError::TooLarge | CouchError::Refused { .. } => Link::Troubled,
        }
    }
}

pub fn describe(link: Link, activity: Activity, known: Known) -> SyncState {
    let state = state(link, activity, known);
    let Known { unsent, upstream, modes, .. } = known;
    let internal_trouble = known.internal_trouble();
    let (done, total) = match activity {
        Activity::Pulling { done, total } => (Some(done), total),
        Activity::Resting | Activity::Sending => (None, None),
    };
    SyncState {
        state,
        sentence: sentence(state, link, known),
        done,
        total,
        unsent_edits: unsent.edits,
        unsent_photos: unsent.photos,
        unsent_entries: unsent.entries,
        refused_entries: unsent.refused_entries,
        clashes: unsent.clashes,
        refused: unsent.refused,
        vanished: upstream.vanished,
        kept: upstream.kept,
        branched: upstream.branched,
        lost: upstream.lost,
        outside: upstream.outside,
        modes,
        last_contact: known.last_contact,
        retry_at: known.retry_at,
        internal_trouble,
        internal_retry_at: internal_trouble.and(known.internal_retry_at),
        store_retry_at: known.store_retry_at.filter(|_| unsent.photos > 0),
        leaving_photo: None,
    }
}

fn state(link: Link, activity: Activity, known: Known) -> State {
    let Known { unsent, upstream, modes, to_choose, .. } = known;
    match (link, activity) {
        (Link::SignInNeeded, _) => State::SignInNeeded,
        (Link::LockedOut, _) => State::LockedOut,
        (Link::NoAccess, _) => State::NoAccess,
        (Link::NotOurServer | Link::NotAnnounced { .. }, _) => State::NotOurServer,
        (Link::DiskFull, _) => State::DiskFull,
        (Link::Ailing, _) => State::Ailing,
        (_, Activity::Resting) if !modes.grievances.receives() => State::Paused,
        (Link::Offline, _) => State::Offline,
        (Link::Unreachable, _) => State::Unreachable,
        (Link::Troubled, _) => State::Waiting,
        (Link::NotTried, Activity::Resting) => State::Offline,
        (Link::Online, Activity::Resting) if to_choose.is_some() => State::ToChoose,
        (Link::Online, Activity::Resting) if upstream.vanished > 0 => State::Vanished,
        (Link::Online | Link::NotTried, _) if upstream.set_back => State::Restored,
        (Link::Online | Link::NotTried, Activity::Pulling { .. }) => State::CatchingUp,
        (Link::Online | Link::NotTried, Activity::Sending) => State::Sending,
        (Link::Online, Activity::Resting)
            if unsent == Unsent::default() && upstream.kept + upstream.branched + upstream.lost == 0 =>
        {
            State::AllSent
        }
        (Link::Online, Activity::Resting) => State::ToSend,
    }
}

#[cfg(test)]
mod tests;
