use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use couch::CouchError;
use mirror::{Database, MirrorError, Modes};
use serde::Serialize;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::access::Watch;
use crate::clock::Agreement;
use crate::internal_trouble::InternalTrouble;
use crate::plan::{self, Facts, FirstPull, OUTRUN, Patience, Road, Step};
use crate::pull::{PAGE, is_closed};
use crate::rest::Heard;
use crate::selection::Counted;
use crate::state::{Activity, Known, Link, State, SyncState, Unsent, describe};
use crate::timeline::{Deed, Noted, Timeline};
use crate::way::Way;
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
    /// To the internal database, as far as it is not the server's own way.
    pub(crate) internal: Way,
    /// Why that one failed last, since it was last used without a failure.
    internal_trouble: Option<InternalTrouble>,
    pub(crate) store: Way,
    /// Uploads in a row that had no answer in their time: the next one has more.
    pub(crate) unheard_uploads: u32,
    pub(crate) watch: Watch,
    pub(crate) behind: BTreeSet<Database>,
    pub(crate) heard: Heard,
    /// When each database was last found to be the one it was (unix seconds).
    pub(crate) recognised: BTreeMap<Database, i64>,
    /// What there is of grievances on the server, as far as this laptop had to know.
    pub(crate) city: Option<Counted>,
    /// With the server, when it was last asked what it is.
    pub(crate) clock: Option<Agreement>,
    /// As of the last facts.
    pub(crate) modes: Modes,
    /// Pushes in a row that met newer revisions or an unwell server, and landed nothing.
    pub(crate) outruns: u32,
    /// Rows asked for at once; fewer after a line was cut in the middle of a page.
    pub(crate) page: u32,
    last_contact: Option<i64>,
    /// Since everything was last on the server.
    any_unsent: bool,
    activity: Activity,
    pub(crate) timeline: Timeline,
    state: watch::Sender<SyncState>,
    happenings: broadcast::Sender<Happening>,
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
    /// The mirror was damaged and has been made anew.
    Mended { sentence: String },
}

/// Between two tries of a disk that fails.
const BREATH: Duration = Duration::from_secs(1);

impl Engine {
    pub fn new(officer: Officer) -> Engine {
        let nothing_known = describe(Link::NotTried, Activity::Resting, Known::default(), None, None);
        Engine {
            officer,
            signed_in: false,
            link: Link::NotTried,
            server: Way::open(),
            internal: Way::open(),
            internal_trouble: None,
            store: Way::open(),
            unheard_uploads: 0,
            watch: Watch::default(),
            behind: BTreeSet::from([Database::Grievances, Database::Internal]),
            heard: Heard::new(),
            recognised: BTreeMap::new(),
            city: None,
            clock: None,
            modes: Modes::default(),
            outruns: 0,
            page: PAGE,
            last_contact: None,
            any_unsent: false,
            activity: Activity::Resting,
            timeline: Timeline::new(),
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

    /// Keeps the account in step until `stop`. Servers that fail are waited for, and so is this laptop's own disk.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = self.catch_up_and_rest() => {}
            }
        }
    }

    async fn catch_up_and_rest(&mut self) {
        let caught_up_and_rested = async {
            let until = self.catch_up().await?;
            self.rest(until).await
        };
        if let Err(error) = caught_up_and_rested.await {
            self.laptop_failed(&error).await;
        }
    }

    /// Its disk is full, or fails, or the file on it. Until the next try the officer is told, and not that all is well.
    async fn laptop_failed(&mut self, error: &SyncError) {
        // What waits for a person, or for longer, goes on waiting for that.
        if self.server.road != Road::Closed {
            self.link = if error.is_full_disk() { Link::DiskFull } else { Link::Ailing };
        }
        let now = clock::now();
        for way in [&mut self.server, &mut self.store] {
            if way.road.is_open(now) {
                // Without random numbers the next try comes sooner, and no more.
                let _ = way.failed(Patience::Backoff);
            }
        }
        self.behind = BTreeSet::from([Database::Grievances, Database::Internal]);
        if self.activity(Activity::Resting).await.is_err() {
            // What is unsent cannot be counted now; it was this much.
            let last = self.state.borrow().clone();
            self.state.send_replace(last.ailing());
        }
        // What fails may be what comes before any rest.
        tokio::time::sleep(BREATH).await;
    }

    /// Takes steps until there is nothing to do now; returns when something will be.
    pub async fn catch_up(&mut self) -> Result<Option<i64>, SyncError> {
        // A push that ended in an error of this laptop, or with the engine before, left no request behind.
        self.officer.with_mirror(|mirror| mirror.none_is_leaving()).await?;
        if self.link == Link::NotTried {
            self.officer.with_mirror(|mirror| mirror.refused_entries_again()).await?;
            let told = self.officer.with_mirror(|mirror| mirror.timeline()).await?;
            self.timeline.told_of_internal(&told);
        }
        loop {
            let facts = self.facts().await?;
            let step = plan::next(&facts, clock::now());
            if let Step::Rest { until } = step {
                for way in [&mut self.server, &mut self.internal] {
                    if way.road == Road::Open {
                        way.backoff.succeeded();
                    }
                }
                if self.internal.road == Road::Open
                    && self.modes.internal.receives()
                    && self.link == Link::Online
                {
                    self.internal_trouble = None;
                    self.timeline.internal(None, clock::now());
                }
                if self.officer.sweep(self.clock).await? > 0 {
                    self.tell(Happening::GrievancesChanged { new: 0 });
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
            Step::CountCity => self.count_city().await,
            Step::Pull(database) => self.pull(database).await,
            Step::Compare(database) => self.compare(database).await,
            Step::PushWithoutPhotos => self.push_without_photos().await,
            Step::Push(database) => self.push(database).await,
            Step::FetchBranches(database) => self.fetch_branches(database).await,
            Step::RenewKey => self.renew_key().await,
            Step::Upload => {
                let uploaded = self.upload().await;
                // Rows and lists say which photos wait, and why.
                self.tell(Happening::GrievancesChanged { new: 0 });
                return uploaded;
            }
            Step::FetchThumbnails => return self.fetch_thumbnails().await,
            Step::Rest { .. } => Ok(()),
        };
        match outcome {
            Ok(()) => {
                self.reached();
                if matches!(step, Step::PushWithoutPhotos | Step::Push(_)) {
                    self.keep_pace().await?;
                }
                self.keep_timeline().await
            }
            Err(SyncError::Couch(error)) => self.failed(&error).await,
            // The next facts say that everything is to be pulled.
            Err(SyncError::Mirror(MirrorError::PageOutOfPlace)) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// Whether another question fared better: then what failed is not the server and not the line.
    pub(crate) async fn city_answers(&self) -> bool {
        self.officer.remote(Database::Grievances).info().await.is_ok()
    }

    async fn sign_in(&mut self) -> Result<(), SyncError> {
        let (server, user) = (self.officer.server(), self.officer.user());
        server.sign_in(user, &self.officer.password()).await?;
        self.signed_in = true;
        self.note(Noted::SignedIn);
        Ok(())
    }

    pub(crate) fn fall_behind(&mut self, database: Database) {
        self.behind.insert(database);
    }

    pub(crate) fn caught_up(&mut self, database: Database) {
        self.behind.remove(&database);
    }

    pub(crate) fn tell(&self, happening: Happening) {
        // Nobody listening is a state, not a failure.
        let _ = self.happenings.send(happening);
    }

    /// A line for the timeline.
    pub(crate) fn note(&mut self, noted: Noted) {
        self.timeline.note(noted, clock::now());
    }

    pub(crate) fn reached(&mut self) {
        self.link = Link::Online;
        self.timeline.link(Link::Online, Unsent::default(), clock::now());
        self.last_contact = Some(clock::now());
        // Only coming to rest ends a row of failures: a server that answers one question and refuses the next is no
        // better than one that is away.
        self.server.road = Road::Open;
    }

    pub(crate) fn store_reached(&mut self) {
        self.key_taken();
        self.store.succeeded();
        self.timeline.store(None, clock::now());
    }

    /// The internal database is not there, not for this officer, hidden or unwell: as long as the city's server answers,
    /// only that database rests.
    pub(crate) async fn internal_apart(
        &mut self,
        database: Database,
        outcome: Result<(), SyncError>,
    ) -> Result<(), SyncError> {
        let error = match outcome {
            Err(SyncError::Couch(error)) if database == Database::Internal => error,
            outcome => return outcome,
        };
        if !is_closed(&error) && !self.city_answers().await {
            return Err(error.into());
        }
        // When it answers again it may be another.
        self.recognised.remove(&Database::Internal);
        self.internal_failed(InternalTrouble::after(&error), plan::internal_patience(&error))
    }

    pub(crate) fn internal_failed(
        &mut self,
        trouble: InternalTrouble,
        patience: Patience,
    ) -> Result<(), SyncError> {
        self.internal_trouble = Some(trouble);
        // The next try begins with a pull, which tells first whether it is there.
        self.fall_behind(Database::Internal);
        self.internal.failed(patience)
    }

    /// `why` is a sentence for the timeline.
    pub(crate) fn store_failed(&mut self, why: &'static str, patience: Patience) -> Result<(), SyncError> {
        self.timeline.store(Some(why), clock::now());
        self.store.failed(patience)
    }

    /// After pushes that landed nothing: pull and push again, but not for ever at full speed.
    async fn keep_pace(&mut self) -> Result<(), SyncError> {
        if self.outruns == OUTRUN {
            // What pulling does not bring may have been purged; comparing tells.
            self.officer.with_mirror(|mirror| mirror.ask_to_compare()).await?;
        }
        if self.outruns > OUTRUN { self.server.failed(Patience::Backoff) } else { Ok(()) }
    }

    pub(crate) async fn failed(&mut self, error: &CouchError) -> Result<(), SyncError> {
        let had_contact = self.link == Link::Online && self.server.backoff.is_calm();
        self.link = Link::after(error, self.officer.site().has_route());
        self.signed_in &= !matches!(error, CouchError::SignInNeeded | CouchError::WrongPassword);
        if !matches!(error, CouchError::Unreachable { .. }) {
            // Whoever answers so may be another server by now.
            self.recognised.clear();
        }
        self.server.failed(plan::patience(error))?;
        self.behind.extend([Database::Grievances, Database::Internal]);
        self.activity(Activity::Resting).await?;
        if had_contact {
            self.tell(Happening::Failed { sentence: self.state.borrow().sentence.clone() });
        }
        Ok(())
    }

    async fn facts(&mut self) -> Result<Facts, SyncError> {
        let now = clock::now();
        for way in [&mut self.server, &mut self.internal, &mut self.store] {
            way.heed_clock(now);
        }
        let (mirror, modes) =
            self.officer.with_mirror(move |mirror| Ok((mirror.facts(now)?, mirror.modes()?))).await?;
        for database in [Database::Grievances, Database::Internal] {
            // Whoever was not listened to may have news.
            if modes.of(database).receives() && !self.modes.of(database).receives() {
                self.behind.insert(database);
            }
        }
        self.modes = modes;
        if let Some(mended) = self.officer.mirror().mended() {
            self.behind = BTreeSet::from([Database::Grievances, Database::Internal]);
            self.tell(Happening::Mended { sentence: mended.sentence() });
        }
        let store_key = self.store_key().await?;
        if mirror.selected_anew {
            self.behind.insert(Database::Grievances);
        }
        Ok(Facts {
            server: self.server.road,
            signed_in: self.signed_in,
            modes,
            internal: self.internal.road,
            first_pull: self.first_pull(mirror.unchosen),
            behind: self.behind.clone(),
            set_back: mirror.set_back,
            to_compare: mirror.to_compare,
            outrun: self.outruns >= OUTRUN,
            to_fetch_branches: mirror.to_fetch_branches,
            store: self.store.road,
            store_key,
            own_key: self.officer.has_own_key().await?,
            photos_to_upload: mirror.photos_to_upload,
            ready_edits: mirror.ready_edits,
            ready_without_photos: mirror.ready_without_photos,
            ready_internal: mirror.ready_internal,
            thumbnails_to_fetch: mirror.thumbnails_to_fetch,
            next_photo_retry: mirror.next_photo_retry,
        })
    }

    fn first_pull(&self, unchosen: bool) -> FirstPull {
        match self.city {
            _ if !unchosen => FirstPull::Decided,
            None => FirstPull::Uncounted,
            Some(city) => FirstPull::Counted(city.grievances),
        }
    }

    /// Publishes the state that holds from here on.
    pub(crate) async fn activity(&mut self, activity: Activity) -> Result<(), SyncError> {
        self.activity = activity;
        let internal = self.internal_trouble;
        let known = self.officer.with_mirror(move |mirror| {
            let unsent = Unsent::from(&mirror.counts()?);
            let known = Known {
                unsent,
                upstream: mirror.upstream()?,
                modes: mirror.modes()?,
                internal,
                to_choose: None,
            };
            Ok((known, mirror.is_unchosen()?, mirror.photo_trouble()?))
        });
        let (known, unchosen, photo_trouble) = known.await?;
        let to_choose = self.city.filter(|_| self.first_pull(unchosen).waits_for_a_choice());
        let known = Known { to_choose, ..known };
        self.timeline.link(self.link, known.unsent, clock::now());
        let mut state = describe(self.link, activity, known, self.last_contact, self.server.road.rest())
            .with_photo_trouble(photo_trouble.as_deref());
        state.internal_retry_at = state.internal_trouble.and(self.internal.road.rest());
        state.store_retry_at = self.store.road.rest().filter(|_| known.unsent.photos > 0);
        if activity == Activity::Resting && state.internal_trouble.is_some() {
            self.timeline.internal(state.internal_trouble, clock::now());
        }
        let (vanished, branched) = {
            let before = self.state.borrow();
            (before.vanished, before.branched)
        };
        self.note(Noted::Counted(Deed::Vanished, state.vanished.saturating_sub(vanished)));
        self.note(Noted::Counted(Deed::Branched, state.branched.saturating_sub(branched)));
        // First, so that whoever hears of the state finds its line.
        if activity == Activity::Resting {
            self.keep_timeline().await?;
        }
        self.any_unsent |= state.is_unsent();
        let all_sent = state.state == State::AllSent;
        self.state.send_replace(state);
        if all_sent && std::mem::take(&mut self.any_unsent) {
            self.tell(Happening::AllSent);
        }
        Ok(())
    }

    /// Writes the lines that wait. A full disk lets them wait until there is room.
    async fn keep_timeline(&mut self) -> Result<(), SyncError> {
        let lines = self.timeline.lines();
        if lines.is_empty() {
            return Ok(());
        }
        match self.officer.with_mirror(move |mirror| mirror.note(&lines)).await {
            Err(error) if error.is_full_disk() => Ok(()),
            written => {
                self.timeline.written();
                written
            }
        }
    }
}
