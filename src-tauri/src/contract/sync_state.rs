use serde::{Deserialize, Serialize};
use specta::Type;

/// What the mirror and the server know of each other, in numbers and one sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SyncState {
    pub state: SyncPhase,
    pub sentence: String,
    /// Progress of `catchingUp`.
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
    /// What goes between this laptop and the grievances, and the office's records.
    pub grievances_mode: Mode,
    pub internal_mode: Mode,
    /// Unix seconds of the server's last answer.
    pub last_contact: Option<i64>,
    /// Unix seconds of the next try.
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

/// Why the office's records cannot be reached, while the grievances can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum InternalTrouble {
    /// The server, or a gateway before it, does not let this officer in.
    NoAccess,
    NotThere,
    /// They answer with an error, or not at all.
    Unwell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum SyncPhase {
    CatchingUp,
    Sending,
    /// Everything is on the server.
    AllSent,
    /// Something is saved on this laptop only, and waits for the officer.
    ToSend,
    /// The laptop has no network, or nothing was tried yet.
    Offline,
    /// The laptop has a network, but the server cannot be reached over it.
    Unreachable,
    /// Somebody answers, but it is not the city's server.
    NotOurServer,
    /// The server wants a password this laptop does not have.
    SignInNeeded,
    LockedOut,
    NoAccess,
    /// The server asked for patience, or a fault passed; `retryAt` says until when.
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

/// What goes between this laptop and one database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    BothWays,
    /// Changes stay on this laptop.
    DownOnly,
    /// Nothing is fetched and nothing is sent.
    Paused,
}

#[derive(Debug, Clone, Copy, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Database {
    Grievances,
    /// The office's records.
    Internal,
}

impl From<sync::SyncState> for SyncState {
    fn from(state: sync::SyncState) -> SyncState {
        SyncState {
            state: state.state.into(),
            sentence: state.sentence,
            done: state.done,
            total: state.total,
            unsent_edits: state.unsent_edits,
            unsent_photos: state.unsent_photos,
            unsent_entries: state.unsent_entries,
            refused_entries: state.refused_entries,
            clashes: state.clashes,
            refused: state.refused,
            vanished: state.vanished,
            kept: state.kept,
            branched: state.branched,
            lost: state.lost,
            outside: state.outside,
            grievances_mode: state.modes.grievances.into(),
            internal_mode: state.modes.internal.into(),
            last_contact: state.last_contact,
            retry_at: state.retry_at,
            internal_trouble: state.internal_trouble.map(Into::into),
            internal_retry_at: state.internal_retry_at,
            store_retry_at: state.store_retry_at,
            leaving_photo: state.leaving_photo,
        }
    }
}

impl From<sync::InternalTrouble> for InternalTrouble {
    fn from(trouble: sync::InternalTrouble) -> InternalTrouble {
        match trouble {
            sync::InternalTrouble::NoAccess => InternalTrouble::NoAccess,
            sync::InternalTrouble::NotThere => InternalTrouble::NotThere,
            sync::InternalTrouble::Unwell => InternalTrouble::Unwell,
        }
    }
}

impl From<sync::State> for SyncPhase {
    fn from(state: sync::State) -> SyncPhase {
        match state {
            sync::State::CatchingUp => SyncPhase::CatchingUp,
            sync::State::Sending => SyncPhase::Sending,
            sync::State::AllSent => SyncPhase::AllSent,
            sync::State::ToSend => SyncPhase::ToSend,
            sync::State::Offline => SyncPhase::Offline,
            sync::State::Unreachable => SyncPhase::Unreachable,
            sync::State::NotOurServer => SyncPhase::NotOurServer,
            sync::State::SignInNeeded => SyncPhase::SignInNeeded,
            sync::State::LockedOut => SyncPhase::LockedOut,
            sync::State::NoAccess => SyncPhase::NoAccess,
            sync::State::Waiting => SyncPhase::Waiting,
            sync::State::DiskFull => SyncPhase::DiskFull,
            sync::State::Ailing => SyncPhase::Ailing,
            sync::State::Restored => SyncPhase::Restored,
            sync::State::Vanished => SyncPhase::Vanished,
            sync::State::Paused => SyncPhase::Paused,
            sync::State::ToChoose => SyncPhase::ToChoose,
        }
    }
}

impl From<mirror::Mode> for Mode {
    fn from(mode: mirror::Mode) -> Mode {
        match mode {
            mirror::Mode::BothWays => Mode::BothWays,
            mirror::Mode::DownOnly => Mode::DownOnly,
            mirror::Mode::Paused => Mode::Paused,
        }
    }
}

impl From<Mode> for mirror::Mode {
    fn from(mode: Mode) -> mirror::Mode {
        match mode {
            Mode::BothWays => mirror::Mode::BothWays,
            Mode::DownOnly => mirror::Mode::DownOnly,
            Mode::Paused => mirror::Mode::Paused,
        }
    }
}

impl From<Database> for mirror::Database {
    fn from(database: Database) -> mirror::Database {
        match database {
            Database::Grievances => mirror::Database::Grievances,
            Database::Internal => mirror::Database::Internal,
        }
    }
}
