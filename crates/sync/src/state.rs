//! What the officer is told about sync. Computed from what is unsent and from the last word of
//! each server, never from "the last sync was fine".

use couch::CouchError;
use mirror::{Database, Mirror, MirrorError, Modes, Upstream};
use serde::Serialize;

use crate::internal_trouble::InternalTrouble;
use crate::pins;
use crate::selection::Counted;
use crate::timeline::internal_trouble;
use crate::{Officer, SyncError};

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
    fn internal_trouble(self) -> Option<InternalTrouble> {
        self.internal.filter(|_| self.unsent.internal > 0 && self.modes.internal.sends())
    }
}

impl Officer {
    /// What is so while nobody talks to a server: as when everything that can be done has been, unless a first pull has not
    /// ended yet.
    pub async fn at_rest(&self) -> Result<SyncState, SyncError> {
        self.with_mirror(|mirror| {
            let known = Known { internal: internal_trouble(&mirror.timeline()?), ..Known::of(mirror)? };
            let caught_up = mirror.checkpoint(Database::Grievances)?.is_some_and(|last| last.caught_up);
            let state = describe(Link::Online, Activity::Resting, known);
            match state.state {
                State::AllSent if !caught_up => Ok(SyncState { state: State::CatchingUp, ..state }),
                _ => Ok(state),
            }
        })
        .await
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
        SyncState { state: State::Waiting, sentence: AILING.to_owned(), ..self }
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

const AILING: &str = "This laptop cannot read or write its own file. New work may not be saved. It is tried again soon; if it stays so, sign out and in again, and tell whoever looks after the laptop.";

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
    }
}

fn state(link: Link, activity: Activity, known: Known) -> State {
    let Known { unsent, upstream, modes, to_choose, .. } = known;
    match (link, activity) {
        (Link::SignInNeeded, _) => State::SignInNeeded,
        (Link::LockedOut, _) => State::LockedOut,
        (Link::NoAccess, _) => State::NoAccess,
        (Link::NotOurServer | Link::NotAnnounced { .. }, _) => State::NotOurServer,
        (_, Activity::Resting) if !modes.grievances.receives() => State::Paused,
        (Link::Offline, _) => State::Offline,
        (Link::Unreachable, _) => State::Unreachable,
        (Link::Troubled | Link::DiskFull | Link::Ailing, _) => State::Waiting,
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

fn sentence(state: State, link: Link, known: Known) -> String {
    let Known { unsent, upstream, modes, to_choose, .. } = known;
    let mut waiting = waiting(unsent);
    if let Some(trouble) = known.internal_trouble()
        && matches!(state, State::ToSend | State::Vanished | State::Paused)
    {
        waiting = format!("{waiting} {} What citizens see does not wait for them.", trouble.sentence());
    }
    if upstream.branched > 0 {
        waiting = format!("{waiting} {}", versions(upstream.branched));
    }
    if upstream.outside > 0 {
        waiting = format!("{waiting} {}", outside(upstream.outside));
    }
    if upstream.lost > 0 {
        waiting = format!("{waiting} {}", lost(upstream.lost));
    }
    match state {
        State::CatchingUp => "Fetching what changed on the server.".to_owned(),
        State::Sending => format!("Sending. {waiting}"),
        State::AllSent if upstream.outside > 0 => {
            format!("Everything you saved is on the server. {}", outside(upstream.outside))
        }
        State::AllSent => "Everything you saved is on the server.".to_owned(),
        State::ToSend if unsent.edits + unsent.photos + unsent.entries > 0 && !modes.all_send() => {
            format!("{waiting} As you chose, not everything is sent from this laptop.")
        }
        State::ToSend if upstream.kept == 0 => waiting,
        State::ToSend => {
            let kept = counted(upstream.kept, "record is", "records are");
            format!("{kept} kept on this laptop until the server has them again. {waiting}")
        }
        State::Offline if link == Link::NotTried => format!("Not connected yet. {waiting}"),
        State::Offline => format!("This laptop has no network. {waiting}"),
        State::Unreachable => {
            format!("The city's server cannot be reached, though this laptop has a network. {waiting}")
        }
        State::NotOurServer if let Link::NotAnnounced { until } = link => {
            format!("{} {waiting}", pins::refused(until))
        }
        State::NotOurServer => {
            format!("Something other than the city's server answers, such as a Wi-Fi sign-in page. {waiting}")
        }
        State::SignInNeeded => {
            format!("The server no longer takes your password. Type the new one. {waiting}")
        }
        State::LockedOut => format!("The server has locked this name for a few minutes. {waiting}"),
        State::NoAccess => {
            format!("The server gives you no access to this ward. Ask the administrator. {waiting}")
        }
        State::Waiting if link == Link::DiskFull => {
            format!("This laptop's disk is full. Free some space; then sync goes on by itself. {waiting}")
        }
        State::Waiting if link == Link::Ailing => format!("{AILING} {waiting}"),
        State::Waiting => format!("The server has trouble and is tried again soon. {waiting}"),
        State::Restored if !modes.all_send() => {
            "The server was set back to an older copy. What you had sent goes again where sending is on."
                .to_owned()
        }
        State::Restored => {
            "The server was set back to an older copy. What you had sent is being sent again.".to_owned()
        }
        State::ToChoose => {
            let choose = to_choose.map(choose).unwrap_or_default();
            if unsent == Unsent::default() { choose } else { format!("{choose} {waiting}") }
        }
        State::Paused => format!("Grievances are paused, as you chose. {waiting}"),
        State::Vanished => format!(
            "{} the server at once. Say whether that is right; until then they stay as they are. {waiting}",
            counted(upstream.vanished, "record left", "records left")
        ),
    }
}

fn choose(city: Counted) -> String {
    format!("The city has {}. Choose which of them this laptop keeps.", city.in_words())
}

/// "1 change", "2 changes"
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// "2 changes and 1 photo are saved on this laptop."
pub(crate) fn waiting(unsent: Unsent) -> String {
    let kinds = [
        (unsent.edits, "change", "changes"),
        (unsent.photos, "photo", "photos"),
        (unsent.entries, "history line", "history lines"),
    ];
    let mut parts: Vec<String> = kinds
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| counted(*count, one, many))
        .collect();
    let saved = match (parts.pop(), unsent.edits + unsent.photos + unsent.entries) {
        (None, _) => "Nothing waits to be sent.".to_owned(),
        (Some(one), 1) => format!("{one} is saved on this laptop."),
        (Some(only), _) if parts.is_empty() => format!("{only} are saved on this laptop."),
        (Some(last), _) => format!("{} and {last} are saved on this laptop.", parts.join(", ")),
    };
    let mut sentences = vec![saved];
    match unsent.clashes {
        0 => {}
        1 => sentences.push("1 of them needs your decision.".to_owned()),
        many => sentences.push(format!("{many} of them need your decision.")),
    }
    match unsent.refused {
        0 => {}
        1 => sentences.push("1 was refused by the server.".to_owned()),
        many => sentences.push(format!("{many} were refused by the server.")),
    }
    if unsent.refused_entries > 0 {
        let refused = counted(unsent.refused_entries, "history line was", "history lines were");
        sentences.push(format!("{refused} refused by the server; “Sync now” tries again. If that stays so, tell the administrator."));
    }
    sentences.join(" ")
}

/// Of grievances and cases that servers hold several versions of.
pub(crate) fn versions(branched: u64) -> String {
    format!(
        "Servers hold several versions of {}. Say which one holds.",
        counted(branched, "record", "records")
    )
}

fn outside(grievances: u64) -> String {
    format!(
        "The boundary of your ward was drawn anew, and {} outside of it. \
         They stay until you choose again which grievances to keep.",
        counted(grievances, "grievance on this laptop is", "grievances on this laptop are")
    )
}

/// Of changes that had arrived.
fn lost(changes: u64) -> String {
    let (lost, they, returns) = match changes {
        1 => ("1 change that had arrived, with its report".to_owned(), "it", "the report returns"),
        many => {
            (format!("{many} changes that had arrived, with their reports"), "they", "the reports return")
        }
    };
    format!(
        "The server lost {lost}. What {they} said is kept under “What reached the server”, and goes up again if {returns}. Tell the administrator."
    )
}

#[cfg(test)]
mod tests {
    use mirror::Mode;

    use super::*;

    #[test]
    fn all_sent_is_said_only_when_nothing_is_unsent_and_the_server_answered() {
        let nothing = Unsent::default();
        let table = [
            (Link::Online, Activity::Resting, nothing, State::AllSent),
            (Link::Online, Activity::Resting, Unsent { edits: 1, ..nothing }, State::ToSend),
            (Link::Online, Activity::Resting, Unsent { photos: 1, ..nothing }, State::ToSend),
            (Link::Online, Activity::Resting, Unsent { entries: 1, ..nothing }, State::ToSend),
            (Link::Online, Activity::Resting, Unsent { clashes: 1, edits: 1, ..nothing }, State::ToSend),
            (Link::NotTried, Activity::Resting, nothing, State::Offline),
            (Link::Offline, Activity::Resting, nothing, State::Offline),
            (Link::Unreachable, Activity::Resting, nothing, State::Unreachable),
            (Link::NotOurServer, Activity::Resting, nothing, State::NotOurServer),
            (Link::NotAnnounced { until: 0 }, Activity::Resting, nothing, State::NotOurServer),
            (Link::Online, Activity::Pulling { done: 1, total: None }, nothing, State::CatchingUp),
        ];
        for (link, activity, unsent, expected) in table {
            let described = describe(link, activity, Known { unsent, ..Known::default() });
            assert_eq!(described.state, expected, "{link:?} {activity:?}");
        }
    }

    #[test]
    fn a_large_city_is_to_be_chosen_from() {
        let to_choose = Some(Counted { grievances: 52_134, bytes: Some(61_200_000) });
        let table = [
            (Link::Online, 0, State::ToChoose),
            (Link::Offline, 0, State::Offline),
            (Link::Online, 1, State::ToChoose),
        ];
        let asks =
            "The city has about 52,000 grievances, about 62 MB. Choose which of them this laptop keeps.";
        for (link, edits, expected) in table {
            let known =
                Known { to_choose, unsent: Unsent { edits, ..Unsent::default() }, ..Known::default() };
            let described = describe(link, Activity::Resting, known);
            assert_eq!(described.state, expected);
            let waits = " 1 change is saved on this laptop.";
            match expected {
                State::ToChoose => assert_eq!(described.sentence, [asks, waits][..=edits as usize].concat()),
                _ => assert!(!described.sentence.contains("Choose"), "she cannot see how many now"),
            }
        }
    }

    #[test]
    fn what_was_given_up_covers_no_more_than_it_was() {
        let told = Unsent { edits: 2, photos: 1, entries: 1, ..Unsent::default() };
        assert!(told.covers(told) && told.covers(Unsent::default()));
        for more in [Unsent { edits: 3, ..told }, Unsent { photos: 2, ..told }, Unsent { entries: 2, ..told }]
        {
            assert!(!told.covers(more), "{more:?}");
        }
    }

    #[test]
    fn a_laptop_without_a_network_does_not_blame_the_server() {
        let error = CouchError::Unreachable { source: "no way there".into() };
        let cut_off = Link::after(&error, false);
        assert_eq!((cut_off, Link::after(&error, true)), (Link::Offline, Link::Unreachable));
        assert_eq!(Link::after(&CouchError::LockedOut, false), Link::LockedOut);
        let said = describe(cut_off, Activity::Resting, Known::default()).sentence;
        assert_eq!(said, "This laptop has no network. Nothing waits to be sent.");
    }

    #[test]
    fn a_pause_hides_nothing_that_needs_a_person() {
        let modes = Modes { grievances: Mode::Paused, ..Modes::default() };
        let table = [
            (Link::Online, State::Paused),
            (Link::Unreachable, State::Paused),
            (Link::SignInNeeded, State::SignInNeeded),
            (Link::LockedOut, State::LockedOut),
            (Link::NoAccess, State::NoAccess),
            (Link::NotOurServer, State::NotOurServer),
        ];
        for (link, expected) in table {
            let known = Known { modes, ..Known::default() };
            assert_eq!(describe(link, Activity::Resting, known).state, expected, "{link:?}");
        }
    }

    #[test]
    fn what_is_wrong_with_the_server_is_said_while_it_lasts() {
        let pulling = Activity::Pulling { done: 1, total: None };
        let set_back = Upstream { set_back: true, ..Upstream::default() };
        let vanished = Upstream { vanished: 600, ..Upstream::default() };
        let both = Upstream { set_back: true, ..vanished };
        let kept = Upstream { kept: 600, ..Upstream::default() };
        let branched = Upstream { branched: 1, ..Upstream::default() };
        let lost = Upstream { lost: 1, ..Upstream::default() };
        let table = [
            (Link::Online, pulling, set_back, State::Restored),
            (Link::Online, Activity::Sending, set_back, State::Restored),
            (Link::Online, Activity::Resting, set_back, State::Restored),
            (Link::Unreachable, Activity::Resting, both, State::Unreachable),
            (Link::Online, pulling, vanished, State::CatchingUp),
            (Link::Online, Activity::Sending, vanished, State::Sending),
            (Link::Online, Activity::Resting, vanished, State::Vanished),
            (Link::Online, Activity::Resting, both, State::Vanished),
            (Link::Online, Activity::Resting, kept, State::ToSend),
            (Link::Online, Activity::Resting, branched, State::ToSend),
            (Link::Online, Activity::Resting, lost, State::ToSend),
        ];
        for (link, activity, upstream, expected) in table {
            let described = describe(link, activity, Known { upstream, ..Known::default() });
            assert_eq!((described.state, described.vanished), (expected, upstream.vanished), "{upstream:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_beside_what_waits() {
        let upstream = Upstream { branched: 2, ..Upstream::default() };
        let known = Known { upstream, ..Known::default() };
        let said = describe(Link::Online, Activity::Resting, known).sentence;
        assert_eq!(
            said,
            "Nothing waits to be sent. Servers hold several versions of 2 records. Say which one holds."
        );
        let known = Known { upstream: Upstream { lost: 2, ..Upstream::default() }, ..Known::default() };
        let said = describe(Link::Online, Activity::Resting, known).sentence;
        assert!(
            said.starts_with("Nothing waits to be sent. The server lost 2 changes that had arrived"),
            "{said}"
        );
    }

    #[test]
    fn an_internal_database_that_takes_nothing_is_told_while_something_waits_for_it() {
        let sentences = |link, known| {
            let described = describe(link, Activity::Resting, known);
            (described.internal_trouble, described.sentence)
        };
        let waits = Unsent { edits: 1, internal: 1, ..Unsent::default() };
        for trouble in InternalTrouble::ALL {
            let known = Known { unsent: waits, internal: Some(trouble), ..Known::default() };
            let (told, said) = sentences(Link::Online, known);
            let sentence = trouble.sentence();
            let expected = format!(
                "1 change is saved on this laptop. {sentence} What citizens see does not wait for them."
            );
            assert_eq!(said, expected);
            assert!(said.contains("administrator") && told == Some(trouble), "{said}");
            let (told, said) = sentences(Link::Offline, known);
            assert!(!said.contains("records") && told == Some(trouble), "something worse is said: {said}");

            let paused = Modes { internal: Mode::Paused, ..Modes::default() };
            let calm = [
                Known { unsent: Unsent::default(), ..known },
                Known { unsent: Unsent { edits: 1, ..Unsent::default() }, ..known },
                Known { modes: paused, ..known },
            ];
            for known in calm {
                let (told, said) = sentences(Link::Online, known);
                assert!(told.is_none() && !said.contains("records"), "{said}");
            }
        }
    }

    #[test]
    fn what_a_set_back_server_lost_is_not_said_to_leave_where_nothing_is_sent() {
        let upstream = Upstream { set_back: true, ..Upstream::default() };
        let modes = Modes { grievances: Mode::DownOnly, ..Modes::default() };
        for (modes, said) in [(Modes::default(), "is being sent again."), (modes, "where sending is on.")] {
            let known = Known { upstream, modes, ..Known::default() };
            let described = describe(Link::Online, Activity::Resting, known);
            assert!(described.sentence.ends_with(said), "{}", described.sentence);
        }
    }

    #[test]
    fn sentences_count() {
        let table = [
            ((0, 0, 0, 0, 0), "Nothing waits to be sent."),
            ((1, 0, 0, 0, 0), "1 change is saved on this laptop."),
            ((0, 0, 1, 0, 0), "1 history line is saved on this laptop."),
            ((3, 2, 0, 0, 0), "3 changes and 2 photos are saved on this laptop."),
            ((3, 2, 2, 0, 0), "3 changes, 2 photos and 2 history lines are saved on this laptop."),
            (
                (2, 0, 0, 1, 1),
                "2 changes are saved on this laptop. 1 of them needs your decision. 1 was refused by the server.",
            ),
        ];
        for ((edits, photos, entries, clashes, refused), expected) in table {
            let unsent = Unsent { edits, photos, entries, clashes, refused, ..Unsent::default() };
            assert_eq!(waiting(unsent), expected);
        }
        let lines = Unsent { entries: 2, refused_entries: 1, ..Unsent::default() };
        assert_eq!(
            waiting(lines),
            "2 history lines are saved on this laptop. 1 history line was refused by the server; “Sync now” tries again. If that stays so, tell the administrator."
        );
    }
}
