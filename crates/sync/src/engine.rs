use std::collections::BTreeSet;

use couch::CouchError;
use mirror::{Database, Upstream};
use serde::Serialize;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::plan::{self, Facts, Road, Step};
use crate::pull::PAGE;
use crate::state::{Activity, Link, SyncState, Unsent, describe};
use crate::{Officer, SyncError, clock};

/// Carries an officer's work to the servers and brings back what others did.
///
/// One engine runs for an account. It reads the facts, asks [`plan::next`], does that one step, and
/// begins again; while it rests it listens to the server's changes.
pub struct Engine {
    pub(crate) officer: Officer,
    pub(crate) signed_in: bool,
    pub(crate) link: Link,
    pub(crate) server: Way,
    pub(crate) store: Way,
    pub(crate) behind: BTreeSet<Database>,
    /// Databases that were not there, or not for this officer, when last asked.
    pub(crate) closed: BTreeSet<Database>,
    /// Pushes in a row that only met newer revisions.
    pub(crate) outruns: u32,
    /// Rows asked for at once; fewer after a line was cut in the middle of a page.
    pub(crate) page: u32,
    last_contact: Option<i64>,
    activity: Activity,
    state: watch::Sender<SyncState>,
    happenings: broadcast::Sender<Happening>,
}

/// A road to a server and how often it failed in a row.
pub(crate) struct Way {
    pub(crate) road: Road,
    backoff: Backoff,
}

/// What the window and the notifications may want to tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Happening {
    /// Rows of the queue are not what they were.
    GrievancesChanged { new: u64 },
    /// A photo was stored or fetched.
    PhotoChanged { key: String },
    /// Work that was unsent has all arrived.
    AllSent,
    /// The engine had contact and lost it.
    Failed { sentence: String },
}

impl Engine {
    pub fn new(officer: Officer) -> Engine {
        let (unsent, upstream) = (Unsent::default(), Upstream::default());
        let nothing_known = describe(Link::NotTried, Activity::Resting, unsent, upstream, None, None);
        Engine {
            officer,
            signed_in: false,
            link: Link::NotTried,
            server: Way::open(),
            store: Way::open(),
            behind: BTreeSet::from([Database::Grievances, Database::Internal]),
            closed: BTreeSet::new(),
            outruns: 0,
            page: PAGE,
            last_contact: None,
            activity: Activity::Resting,
            state: watch::Sender::new(nothing_known),
            happenings: broadcast::Sender::new(64),
        }
    }

    pub fn state(&self) -> watch::Receiver<SyncState> {
        self.state.subscribe()
    }

    pub fn happenings(&self) -> broadcast::Receiver<Happening> {
        self.happenings.subscribe()
    }

    /// Keeps the account in step until `stop`. Servers that fail and a full disk are waited for; an
    /// error means that the mirror itself is in trouble.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), SyncError> {
        loop {
            let stopped = stop.cancelled();
            tokio::select! {
                biased;
                () = stopped => return Ok(()),
                rested = self.catch_up_and_rest() => rested?,
            }
        }
    }

    async fn catch_up_and_rest(&mut self) -> Result<(), SyncError> {
        let caught_up_and_rested = async {
            let until = self.catch_up().await?;
            self.rest(until).await
        };
        match caught_up_and_rested.await {
            Err(error) if error.is_full_disk() => {
                self.link = Link::DiskFull;
                self.server.failed(false, None)?;
                self.store.failed(false, None)?;
                self.behind = BTreeSet::from([Database::Grievances, Database::Internal]);
                self.activity(Activity::Resting).await
            }
            done => done,
        }
    }

    /// Takes steps until there is nothing to do now; returns when something will be.
    pub async fn catch_up(&mut self) -> Result<Option<i64>, SyncError> {
        // A push that ended in an error of this laptop, or with the engine before, left no request behind.
        self.officer.with_mirror(|mirror| mirror.none_is_leaving()).await?;
        loop {
            let facts = self.facts().await?;
            let step = plan::next(&facts, clock::now());
            if let Step::Rest { until } = step {
                if self.server.road == Road::Open {
                    self.server.backoff.succeeded();
                }
                self.activity(Activity::Resting).await?;
                return Ok(until);
            }
            self.take(step).await?;
        }
    }

    async fn take(&mut self, step: Step) -> Result<(), SyncError> {
        let outcome = match step {
            Step::SignIn => self.sign_in().await,
            Step::Pull(database) => self.pull(database).await,
            Step::Compare(database) => self.compare(database).await,
            Step::Push => self.push().await,
            Step::Upload => return self.upload().await,
            Step::FetchThumbnails => return self.fetch_thumbnails().await,
            Step::Rest { .. } => Ok(()),
        };
        match outcome {
            Ok(()) => {
                self.reached();
                if step == Step::Push { self.keep_pace() } else { Ok(()) }
            }
            Err(SyncError::Couch(error)) => self.failed(&error).await,
            Err(other) => Err(other),
        }
    }

    async fn sign_in(&mut self) -> Result<(), SyncError> {
        let (server, user) = (self.officer.server(), self.officer.user());
        server.sign_in(user, &self.officer.password()).await?;
        self.signed_in = true;
        Ok(())
    }

    pub(crate) fn fall_behind(&mut self, database: Database) {
        self.behind.insert(database);
    }

    pub(crate) fn caught_up(&mut self, database: Database) {
        self.behind.remove(&database);
        self.closed.remove(&database);
    }

    /// Some cities have no internal database, and some officers may not read it: the grievances
    /// work all the same.
    pub(crate) fn found_closed(&mut self, database: Database) {
        self.behind.remove(&database);
        self.closed.insert(database);
    }

    pub(crate) fn tell(&self, happening: Happening) {
        // Nobody listening is a state, not a failure.
        let _ = self.happenings.send(happening);
    }

    pub(crate) fn reached(&mut self) {
        self.link = Link::Online;
        self.last_contact = Some(clock::now());
        // Only coming to rest ends a row of failures: a server that answers one question and refuses the next is no
        // better than one that is away.
        self.server.road = Road::Open;
    }

    pub(crate) fn store_reached(&mut self) {
        self.store.succeeded();
    }

    pub(crate) fn store_failed(&mut self, lasting: bool) -> Result<(), SyncError> {
        self.store.failed(lasting, None)
    }

    /// After pushes that only met newer revisions: pull and push again, but not for ever at full speed.
    fn keep_pace(&mut self) -> Result<(), SyncError> {
        const AT_ONCE: u32 = 3;
        if self.outruns > AT_ONCE { self.server.failed(false, None) } else { Ok(()) }
    }

    pub(crate) async fn failed(&mut self, error: &CouchError) -> Result<(), SyncError> {
        let had_contact = self.link == Link::Online && self.server.backoff.is_calm();
        self.link = Link::after(error);
        self.signed_in &= !matches!(error, CouchError::SignInNeeded | CouchError::WrongPassword);
        let needs_person = matches!(self.link, Link::SignInNeeded | Link::NoAccess);
        let wish = match error {
            CouchError::Busy { retry_after } => *retry_after,
            CouchError::LockedOut => Some(std::time::Duration::from_secs(300)),
            _ => None,
        };
        // A session that ran out is renewed with the password we hold; a refused password is not.
        let closed = needs_person && !matches!(error, CouchError::SignInNeeded);
        self.server.failed(closed, wish)?;
        self.behind.extend([Database::Grievances, Database::Internal]);
        self.activity(Activity::Resting).await?;
        if had_contact {
            self.tell(Happening::Failed { sentence: self.state.borrow().sentence.clone() });
        }
        Ok(())
    }

    async fn facts(&self) -> Result<Facts, SyncError> {
        let now = clock::now();
        let mirror = self.officer.with_mirror(move |mirror| mirror.facts(now)).await?;
        Ok(Facts {
            server: self.server.road,
            signed_in: self.signed_in,
            behind: self.behind.clone(),
            set_back: &mirror.set_back - &self.closed,
            to_compare: &mirror.to_compare - &self.closed,
            store: self.store.road,
            photos_to_upload: mirror.photos_to_upload,
            ready_edits: mirror.ready_edits,
            thumbnails_to_fetch: mirror.thumbnails_to_fetch,
            next_photo_retry: mirror.next_photo_retry,
        })
    }

    /// Publishes the state that holds from here on.
    pub(crate) async fn activity(&mut self, activity: Activity) -> Result<(), SyncError> {
        self.activity = activity;
        let (counts, upstream) =
            self.officer.with_mirror(|mirror| Ok((mirror.counts()?, mirror.upstream()?))).await?;
        let unsent = Unsent {
            edits: counts.unsent_edits(),
            photos: counts.photos_to_send,
            clashes: counts.clashes,
            refused: counts.refused,
        };
        let retry_at = match self.server.road {
            Road::RestsUntil(at) => Some(at),
            Road::Open | Road::Closed => None,
        };
        let state = describe(self.link, activity, unsent, upstream, self.last_contact, retry_at);
        let before = self.state.send_replace(state.clone());
        if before.unsent_edits + before.unsent_photos > 0 && state.unsent_edits + state.unsent_photos == 0 {
            self.tell(Happening::AllSent);
        }
        Ok(())
    }
}

impl Way {
    fn open() -> Way {
        Way { road: Road::Open, backoff: Backoff::default() }
    }

    fn succeeded(&mut self) {
        self.road = Road::Open;
        self.backoff.succeeded();
    }

    fn failed(&mut self, needs_person: bool, wish: Option<std::time::Duration>) -> Result<(), SyncError> {
        let random = getrandom::u64().map_err(|error| SyncError::NoRandomness(error.to_string()))?;
        let wait = self.backoff.failed(random);
        let wait = wish.map_or(wait, |wish| i64::try_from(wish.as_secs()).unwrap_or(wait).max(1));
        self.road = if needs_person { Road::Closed } else { Road::RestsUntil(clock::now() + wait) };
        Ok(())
    }
}
