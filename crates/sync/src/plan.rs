//! The whole sync policy as one pure function: from what is so, the next thing to do.
//!
//! Nothing here is a queue. The mirror holds what the server has not got, the engine knows which
//! roads are open, and [`next`] chooses one step; after it the facts are read again. So starting
//! after a crash is the same as going on, and a step that failed is simply still due.
//!
//! The order: sign in, pull, push, renew the store's key, upload, push what waited for a photo, and only then what nobody
//! waits for. Grievances before the internal database, which a site may not have; only a laptop that begins asks that one
//! first, because a large city is not fetched before the officer has chosen from its wards. Pull before push, because an
//! edit is carried onto the newest revision. Decisions before photos: they are small, and a line may not last. Photo before the
//! edit that names it: the mirror counts an edit as ready only when its photos are stored, so no reader ever sees a
//! reference to a picture that is not there; and what was decided on a grievance waits for its photos, so that one
//! revision holds both, unless the store is away. Other versions of a document are fetched when nothing is
//! left to send: they only wait for the officer. A server that was set back is compared before anything
//! is pushed to it.
//!
//! How a change meets what others did is `domain::rebase`. What the facts themselves mean is decided where they are
//! found: that a server is another one (`pull.rs`) or was set back (`recognition.rs`), that a batch was refused for one
//! document (`push.rs`), that a key to the store is over (`access.rs`), that many records vanished at once
//! (`domain::too_many_vanish`).

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
    /// Pushes meet newer revisions that no pull brings: comparing comes before the next one.
    pub outrun: bool,
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

/// What has to pass before a way that failed is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// What failures in a row demand.
    Backoff,
    Seconds(i64),
    /// A person, because another try would help nobody, or would lock the account.
    Person,
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

/// How long an upload may take until it is answered, after `unheard` that were not: a weak line is told from a dead one only
/// by waiting longer, and a dead one should be noticed soon. At most sixteen minutes: a megabyte at 1 KB/s.
pub fn upload_patience(unheard: u32) -> Duration {
    photos::PATIENCE * (1 << unheard.min(5))
}

/// Pushes in a row that met newer revisions or an unwell server, and landed nothing, may go on at full speed so often.
pub const OUTRUN: u32 = 3;

/// Whether a document that the server did not take, and said `error` of, may be taken another time: a node is unwell.
pub fn may_pass(error: &str) -> bool {
    matches!(error, "internal_server_error" | "timeout" | "unknown_error" | "service unavailable")
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

/// What the key to the photo store is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKey {
    Good,
    /// It opens the store a few minutes longer; a newer one is better.
    Ending,
    /// It has ended, was refused, or was never there: nothing goes to the store without a newer one.
    Over,
}

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
    let due = facts.to_compare.iter().find(|database| may_ask(**database)).map(|db| Step::Compare(*db));
    if let Some(comparison) = due.filter(|_| facts.outrun) {
        return comparison;
    }
    // What meets newer revisions again and again keeps no photo from leaving.
    if may_send(Database::Grievances) && facts.ready_without_photos > 0 && !facts.outrun {
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
    if let Some(comparison) = due {
        return comparison;
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

#[cfg(test)]
mod tests {
    use mirror::Mode;
    use proptest::prelude::*;

    use super::*;

    fn facts() -> Facts {
        Facts {
            server: Road::Open,
            signed_in: true,
            modes: Modes::default(),
            internal: Road::Open,
            first_pull: FirstPull::Decided,
            behind: BTreeSet::new(),
            set_back: BTreeSet::new(),
            to_compare: BTreeSet::new(),
            outrun: false,
            to_fetch_branches: BTreeSet::new(),
            store: Road::Open,
            store_key: StoreKey::Good,
            own_key: false,
            photos_to_upload: 0,
            ready_edits: 0,
            ready_without_photos: 0,
            ready_internal: 0,
            thumbnails_to_fetch: 0,
            next_photo_retry: None,
        }
    }

    #[test]
    fn the_order_of_a_day() {
        let mut day = Facts {
            signed_in: false,
            behind: BTreeSet::from([Database::Grievances, Database::Internal]),
            set_back: BTreeSet::from([Database::Grievances]),
            to_compare: BTreeSet::from([Database::Internal]),
            to_fetch_branches: BTreeSet::from([Database::Grievances]),
            photos_to_upload: 1,
            ready_edits: 2,
            ready_without_photos: 1,
            ready_internal: 1,
            thumbnails_to_fetch: 3,
            ..facts()
        };
        assert_eq!(next(&day, 0), Step::SignIn);
        day.signed_in = true;
        assert_eq!(next(&day, 0), Step::Pull(Database::Grievances));
        day.behind.clear();
        assert_eq!(next(&day, 0), Step::Compare(Database::Grievances));
        day.set_back.clear();
        assert_eq!(next(&day, 0), Step::PushWithoutPhotos);
        day.ready_without_photos = 0;
        assert_eq!(next(&day, 0), Step::Push(Database::Internal));
        day.ready_internal = 0;
        assert_eq!(next(&day, 0), Step::Upload);
        day.photos_to_upload = 0;
        assert_eq!(next(&day, 0), Step::Push(Database::Grievances));
        day.ready_edits = 0;
        assert_eq!(next(&day, 0), Step::FetchBranches(Database::Grievances));
        day.to_fetch_branches.clear();
        assert_eq!(next(&day, 0), Step::Compare(Database::Internal));
        day.to_compare.clear();
        assert_eq!(next(&day, 0), Step::FetchThumbnails);
        day.thumbnails_to_fetch = 0;
        assert_eq!(next(&day, 0), Step::Rest { until: None });
    }

    #[test]
    fn a_city_is_counted_before_it_is_fetched() {
        use {Database::*, FirstPull::*, Road::*};
        let both = || BTreeSet::from([Grievances, Internal]);
        let rest = Step::Rest { until: None };
        let table = [
            (Uncounted, Open, both(), Step::Pull(Internal)),
            // A site without an internal database, or one that rests, is counted all the same.
            (Uncounted, Closed, both(), Step::CountCity),
            (Uncounted, Open, BTreeSet::from([Grievances]), Step::CountCity),
            (Counted(UNASKED), Open, both(), Step::Pull(Grievances)),
            (Counted(UNASKED + 1), Open, both(), Step::Pull(Internal)),
            (Counted(UNASKED + 1), Open, BTreeSet::from([Grievances]), rest),
            (Decided, Open, both(), Step::Pull(Grievances)),
        ];
        for (first_pull, internal, behind, step) in table {
            let day = Facts { first_pull, internal, behind, ready_edits: 1, ..facts() };
            assert_eq!(next(&day, 0), step, "{first_pull:?}");
        }
        let modes = Modes { grievances: Mode::Paused, ..Modes::default() };
        assert_eq!(next(&Facts { first_pull: Uncounted, modes, ..facts() }, 0), rest, "as she chose");
    }

    #[test]
    fn a_silent_store_does_not_hold_up_edits_without_photos() {
        let day = Facts { store: Road::RestsUntil(60), photos_to_upload: 1, ready_edits: 1, ..facts() };
        assert_eq!(next(&day, 0), Step::Push(Database::Grievances));
        let sent = Facts { ready_edits: 0, ..day };
        assert_eq!(next(&sent, 0), Step::Rest { until: Some(60) });
        assert_eq!(next(&sent, 60), Step::Upload);
    }

    #[test]
    fn decisions_go_first_and_hold_up_no_photo_when_they_do_not_arrive() {
        let day = Facts { photos_to_upload: 1, ready_edits: 1, ready_without_photos: 1, ..facts() };
        assert_eq!(next(&day, 0), Step::PushWithoutPhotos);
        let outrun = Facts { outrun: true, ..day };
        assert_eq!(next(&outrun, 0), Step::Upload);
        assert_eq!(next(&Facts { photos_to_upload: 0, ..outrun }, 0), Step::Push(Database::Grievances));
    }

    #[test]
    fn an_internal_database_that_is_not_there_holds_up_nothing() {
        let day = Facts {
            internal: Road::RestsUntil(60),
            behind: BTreeSet::from([Database::Internal]),
            ready_edits: 1,
            ready_internal: 1,
            ..facts()
        };
        assert_eq!(next(&day, 0), Step::Push(Database::Grievances));
        let sent = Facts { ready_edits: 0, ..day };
        assert_eq!(next(&sent, 0), Step::Rest { until: Some(60) });
        assert_eq!(next(&sent, 60), Step::Pull(Database::Internal));
    }

    #[test]
    fn a_key_is_renewed_before_it_ends_and_without_one_only_photos_wait() {
        let day = Facts { store_key: StoreKey::Ending, photos_to_upload: 1, ready_edits: 1, ..facts() };
        assert_eq!(next(&day, 0), Step::RenewKey);
        let away = Facts { server: Road::RestsUntil(60), ..day.clone() };
        assert_eq!(next(&away, 0), Step::Upload, "nobody to ask: it opens the store a few minutes longer");
        let over = Facts { store_key: StoreKey::Over, ..away };
        assert_eq!(next(&over, 0), Step::Rest { until: Some(60) });
        assert_eq!(next(&over, 60), Step::RenewKey);
        let none_newer = Facts { store: Road::RestsUntil(60), ..over };
        assert_eq!(next(&Facts { server: Road::Open, ..none_newer }, 0), Step::Push(Database::Grievances));
        let idle = Facts { store_key: StoreKey::Over, ..facts() };
        assert_eq!(next(&idle, 0), Step::Rest { until: None }, "nothing needs a key");
        let closed = Facts { internal: Road::RestsUntil(60), photos_to_upload: 1, ..idle };
        assert_eq!(
            next(&closed, 0),
            Step::Rest { until: Some(60) },
            "it would come with the internal database"
        );
        assert_eq!(next(&Facts { own_key: true, ..closed }, 0), Step::RenewKey);
    }

    #[test]
    fn a_push_that_meets_what_no_pull_brings_waits_for_a_comparison() {
        let purged = Facts { ready_edits: 1, to_compare: BTreeSet::from([Database::Grievances]), ..facts() };
        assert_eq!(next(&purged, 0), Step::Push(Database::Grievances));
        assert_eq!(next(&Facts { outrun: true, ..purged }, 0), Step::Compare(Database::Grievances));
    }

    #[test]
    fn what_is_paused_is_left_alone_and_what_only_comes_down_sends_nothing() {
        let day = Facts {
            behind: BTreeSet::from([Database::Grievances, Database::Internal]),
            photos_to_upload: 1,
            ready_edits: 2,
            ready_without_photos: 1,
            ready_internal: 1,
            thumbnails_to_fetch: 1,
            ..facts()
        };
        let modes = |grievances, internal| Modes { grievances, internal };
        let steps = |modes| {
            let (mut facts, mut steps) = (Facts { modes, ..day.clone() }, Vec::new());
            loop {
                let step = next(&facts, 0);
                if matches!(step, Step::Rest { .. }) {
                    return steps;
                }
                succeed(&mut facts, step);
                steps.push(step);
            }
        };
        use Mode::{BothWays, DownOnly, Paused};
        let (pull, push) = (Step::Pull, Step::Push);
        let (ward, office) = (Database::Grievances, Database::Internal);
        assert_eq!(steps(modes(Paused, Paused)), []);
        assert_eq!(steps(modes(Paused, BothWays)), [pull(office), push(office)]);
        assert_eq!(steps(modes(DownOnly, DownOnly)), [pull(ward), pull(office), Step::FetchThumbnails]);
        assert_eq!(
            steps(modes(BothWays, Paused)),
            [pull(ward), Step::PushWithoutPhotos, Step::Upload, push(ward), Step::FetchThumbnails]
        );
        let nobody = Facts { signed_in: false, modes: modes(Paused, Paused), ..day.clone() };
        assert_eq!(next(&nobody, 0), Step::Rest { until: None }, "nobody is signed in for nothing");
    }

    #[test]
    fn only_a_refused_password_waits_for_the_officer() {
        let busy = |wish: Option<u64>| CouchError::Busy { retry_after: wish.map(Duration::from_secs) };
        let table = [
            (CouchError::WrongPassword, Patience::Person),
            (CouchError::SignInNeeded, Patience::Backoff),
            (CouchError::LockedOut, Patience::Seconds(300)),
            // An administrator lets her in again, or the database is made anew, while she is away.
            (CouchError::NoAccess, Patience::Seconds(300)),
            (CouchError::NoSuchDatabase, Patience::Seconds(300)),
            (busy(Some(60)), Patience::Seconds(60)),
            (busy(None), Patience::Backoff),
        ];
        for (error, expected) in table {
            assert_eq!(patience(&error), expected, "{error}");
        }
        assert_eq!(internal_patience(&busy(Some(600))), Patience::Seconds(600), "it said when to come again");
        assert_eq!(
            internal_patience(&CouchError::WrongPassword),
            Patience::Backoff,
            "the server itself takes it"
        );
    }

    #[test]
    fn a_busy_store_is_left_alone_as_long_as_it_asks_but_no_day() {
        let busy = |wish: Option<u64>| PhotoError::Busy { retry_after: wish.map(Duration::from_secs) };
        assert_eq!(store_patience(&busy(Some(90))), Patience::Seconds(90));
        assert_eq!(store_patience(&busy(Some(86_400))), Patience::Seconds(3_600));
        assert_eq!(store_patience(&busy(None)), Patience::Backoff);
        assert_eq!(store_patience(&PhotoError::AccessRefused), Patience::Backoff);
    }

    #[test]
    fn an_upload_that_was_not_answered_has_more_time_the_next_time() {
        let seconds = [0, 1, 2, 5, 6, 40].map(|unheard| upload_patience(unheard).as_secs());
        assert_eq!(seconds, [30, 60, 120, 960, 960, 960]);
    }

    #[test]
    fn a_document_is_refused_only_by_what_will_not_pass() {
        for (error, expected) in [
            ("internal_server_error", true),
            ("service unavailable", true),
            ("timeout", true),
            ("unknown_error", true),
            ("forbidden", false),
            ("unauthorized", false),
            ("doc_validation", false),
        ] {
            assert_eq!(may_pass(error), expected, "{error}");
        }
    }

    #[test]
    fn a_refused_password_asks_the_officer_and_nobody_else() {
        let day = Facts {
            server: Road::Closed,
            signed_in: false,
            behind: BTreeSet::from([Database::Grievances]),
            ready_edits: 1,
            ..facts()
        };
        assert_eq!(next(&day, 0), Step::Rest { until: None });
    }

    fn any_facts() -> impl Strategy<Value = Facts> {
        let road =
            || prop_oneof![Just(Road::Open), (0..600i64).prop_map(Road::RestsUntil), Just(Road::Closed)];
        let some = || {
            let database = prop_oneof![Just(Database::Grievances), Just(Database::Internal)];
            prop::collection::btree_set(database, 0..=2)
        };
        let key = prop_oneof![Just(StoreKey::Good), Just(StoreKey::Ending), Just(StoreKey::Over)];
        let roads = (road(), road(), (road(), key, any::<bool>()));
        let edits = (0..20u64).prop_flat_map(|ready| (Just(ready), 0..=ready));
        let counts = (0..20u64, edits, 0..20u64, 0..20u64);
        let databases = (some(), some(), some(), some());
        let first_pull = prop_oneof![
            Just(FirstPull::Decided),
            Just(FirstPull::Uncounted),
            Just(FirstPull::Counted(UNASKED + 1)),
        ];
        let mode = || prop_oneof![Just(Mode::BothWays), Just(Mode::DownOnly), Just(Mode::Paused)];
        let modes = (mode(), mode()).prop_map(|(grievances, internal)| Modes { grievances, internal });
        (roads, (any::<bool>(), first_pull), modes, databases, counts, prop::option::of(0..600i64)).prop_map(
            |(
                (server, internal, (store, store_key, own_key)),
                (signed_in, first_pull),
                modes,
                databases,
                counts,
                next_photo_retry,
            )| {
                let (behind, set_back, to_compare, to_fetch_branches) = databases;
                let (photos_to_upload, edits, ready_internal, thumbnails_to_fetch) = counts;
                let (ready_edits, ready_without_photos) = edits;
                Facts {
                    server,
                    signed_in,
                    modes,
                    internal,
                    first_pull,
                    behind,
                    set_back,
                    to_compare,
                    outrun: false,
                    to_fetch_branches,
                    store,
                    store_key,
                    own_key,
                    photos_to_upload,
                    ready_edits,
                    ready_without_photos,
                    ready_internal,
                    thumbnails_to_fetch,
                    next_photo_retry,
                }
            },
        )
    }

    /// What a step changes when it succeeds: one batch of what it was for.
    fn succeed(facts: &mut Facts, step: Step) {
        match step {
            Step::SignIn => facts.signed_in = true,
            Step::CountCity => facts.first_pull = FirstPull::Counted(UNASKED),
            Step::Pull(database) => drop(facts.behind.remove(&database)),
            Step::RenewKey => facts.store_key = StoreKey::Good,
            Step::Compare(database) => {
                facts.set_back.remove(&database);
                facts.to_compare.remove(&database);
            }
            Step::FetchBranches(database) => drop(facts.to_fetch_branches.remove(&database)),
            Step::Upload => facts.photos_to_upload = facts.photos_to_upload.saturating_sub(8),
            Step::PushWithoutPhotos => {
                let sent = facts.ready_without_photos.min(5);
                facts.ready_without_photos -= sent;
                facts.ready_edits -= sent;
            }
            Step::Push(Database::Grievances) => {
                facts.ready_edits = facts.ready_edits.saturating_sub(5);
                facts.ready_without_photos = facts.ready_without_photos.min(facts.ready_edits);
            }
            Step::Push(Database::Internal) => facts.ready_internal = facts.ready_internal.saturating_sub(5),
            Step::FetchThumbnails => facts.thumbnails_to_fetch = facts.thumbnails_to_fetch.saturating_sub(8),
            Step::Rest { .. } => {}
        }
    }

    /// What a failure changes: the road it went by.
    fn fail(facts: &mut Facts, step: Step, until: i64) {
        match step {
            Step::Pull(Database::Internal)
            | Step::Compare(Database::Internal)
            | Step::Push(Database::Internal)
            | Step::FetchBranches(Database::Internal) => facts.internal = Road::RestsUntil(until),
            Step::SignIn
            | Step::CountCity
            | Step::Pull(_)
            | Step::Compare(_)
            | Step::PushWithoutPhotos
            | Step::Push(_)
            | Step::FetchBranches(_) => facts.server = Road::RestsUntil(until),
            Step::RenewKey | Step::Upload | Step::FetchThumbnails => facts.store = Road::RestsUntil(until),
            Step::Rest { .. } => {}
        }
    }

    proptest! {
        #[test]
        fn every_plan_comes_to_rest(mut facts in any_facts(), luck in prop::collection::vec(any::<bool>(), 64)) {
            let (mut steps, now) = (0, 300);
            for lucky in luck {
                let step = next(&facts, now);
                if let Step::Rest { until } = step {
                    prop_assert!(until.is_none_or(|at| at > now), "a rest that is over is a hot loop");
                    break;
                }
                if lucky { succeed(&mut facts, step) } else { fail(&mut facts, step, now + 1) }
                steps += 1;
            }
            prop_assert!(steps < 20, "{steps} steps");
        }

        #[test]
        fn with_open_roads_everything_is_done(mut facts in any_facts()) {
            (facts.server, facts.internal, facts.store) = (Road::Open, Road::Open, Road::Open);
            facts.modes = Modes::default();
            if facts.first_pull.waits_for_a_choice() {
                facts.first_pull = FirstPull::Decided;
            }
            for _ in 0..32 {
                let step = next(&facts, 700);
                let waits = !(facts.behind.is_empty() && facts.set_back.is_empty());
                prop_assert!(!matches!(step, Step::PushWithoutPhotos | Step::Push(_)) || !waits);
                let waits = facts.photos_to_upload > 0;
                prop_assert!(step != Step::Push(Database::Grievances) || !waits);
                succeed(&mut facts, step);
            }
            prop_assert!(facts.signed_in && facts.behind.is_empty());
            prop_assert!(facts.set_back.is_empty() && facts.to_compare.is_empty());
            prop_assert!(facts.to_fetch_branches.is_empty());
            let left = facts.photos_to_upload + facts.ready_edits + facts.ready_internal;
            prop_assert_eq!((left, facts.thumbnails_to_fetch), (0, 0));
        }
    }
}
