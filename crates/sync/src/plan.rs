//! The whole sync policy as pure functions: [`next`] says from what is so the next thing to do, `plan/answers.rs` what a
//! server's answer means and whom a failure is about, `plan/store.rs` the same of the photo store and its key,
//! `plan/patience.rs` how long what failed is left alone.
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
//! How a change meets what others did or a deletion, which can leave, what becomes of one that left, and what of a field a
//! server that was set back is sent again is `domain::rebase`; how many records may vanish unasked, and when everything is
//! compared, `domain::vanishing`; which grievances a laptop keeps `domain::Selection`; how failures in a row add up
//! `backoff.rs`.
//! What is so is found out elsewhere, and some rules of one step stand with that step. In this crate: what a failure closes
//! (`failures.rs`) and what opens it early (`rest.rs`). In the mirror: of what outside the selection nothing is unsent or
//! asked, so that it may leave the laptop (`selection.rs`), which revision is an older copy's (`pulled.rs`), what a deletion
//! meets (`deletion.rs`), which documents a server that was set back has lost (`set_back.rs`), what an edit has seen once it
//! is carried (`rebased.rs`) and which photos of other versions stay (`branches.rs`).

mod answers;
mod patience;
mod store;

use std::collections::BTreeSet;

use mirror::{Database, Modes};

pub use answers::{
    Blame, Identity, Loss, Recognised, blame, fate, is_of_the_internal_database, recognise,
    tells_no_histories, was_set_back,
};
pub use patience::{
    AGREEING, BREATH, FULL_RETRY, IDLE, INTERNAL_AGAIN, MISSING_RETRY, Pace, Patience, RECOGNISED_FOR,
    SHORTEST_WAIT, UNSHOWABLE_RETRY, UPLOAD_RETRY, internal_patience, outruns, pace, patience,
    store_patience, tries_after_an_edit, upload_patience,
};
pub use store::{Asked, HeldKey, KEY_EARLY, Lack, StoreKey, StoreTrouble, download_retry, store_trouble};

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

/// Rows asked for at once. A small first page puts something on the screen at once; large ones fill the mirror fastest.
pub const FIRST_PAGE: u32 = 2_000;
pub const PAGE: u32 = 10_000;
/// What a line carries that is cut before more arrives.
const SMALLEST_PAGE: u32 = 50;

/// After a pull with pages of so many rows, which was `cut` off or was not.
pub fn next_page(page: u32, cut: bool) -> u32 {
    if cut { (page / 2).max(SMALLEST_PAGE) } else { (page * 2).min(PAGE) }
}

/// Whether the city's server, or the photo store, can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Road {
    Open,
    /// It failed; waiting keeps a weak line and a busy server from being hammered.
    RestsUntil(i64),
    /// It needs a person: a new password, access, a setting.
    Closed,
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

#[cfg(test)]
mod tests;
