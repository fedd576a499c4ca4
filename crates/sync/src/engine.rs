use std::collections::{BTreeMap, BTreeSet};

use mirror::{Database, MirrorError, Modes};
use serde::Serialize;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::clock::Agreement;
use crate::internal_trouble::InternalTrouble;
use crate::plan::{self, Facts, FirstPull, HeldKey, PAGE, Pace, Road, Step};
use crate::rest::Heard;
use crate::selection::Counted;
use crate::state::{Activity, Known, Link, State, SyncState, describe};
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
    pub(crate) internal_trouble: Option<InternalTrouble>,
    pub(crate) store: Way,
    /// Uploads in a row that had no answer in their time: the next one has more.
    pub(crate) unheard_uploads: u32,
    pub(crate) held_key: HeldKey,
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
    pub(crate) outruns: BTreeMap<Database, u32>,
    /// Rows asked for at once; fewer after a line was cut in the middle of a page.
    pub(crate) page: u32,
    pub(crate) last_contact: Option<i64>,
    /// Since everything was last on the server.
    any_unsent: bool,
    activity: Activity,
    pub(crate) timeline: Timeline,
    pub(crate) state: watch::Sender<SyncState>,
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

impl Engine {
    pub fn new(officer: Officer) -> Engine {
        let nothing_known = describe(Link::NotTried, Activity::Resting, Known::default());
        Engine {
            officer,
            signed_in: false,
            link: Link::NotTried,
            server: Way::open(),
            internal: Way::open(),
            internal_trouble: None,
            store: Way::open(),
            unheard_uploads: 0,
            held_key: HeldKey::default(),
            behind: BTreeSet::from([Database::Grievances, Database::Internal]),
            heard: Heard::new(),
            recognised: BTreeMap::new(),
            city: None,
            clock: None,
            modes: Modes::default(),
            outruns: BTreeMap::new(),
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
                self.come_to_rest().await?;
                return Ok(until);
            }
            self.take(step).await?;
        }
    }

    /// Nothing is left to do now: what failed before is over where it was not met again.
    async fn come_to_rest(&mut self) -> Result<(), SyncError> {
        for way in [&mut self.server, &mut self.internal] {
            if way.road == Road::Open {
                way.backoff.succeeded();
            }
        }
        let is_of_the_laptop = matches!(self.link, Link::DiskFull | Link::Ailing);
        if is_of_the_laptop && self.server.road.is_open(clock::now()) {
            self.link = Link::NotTried;
        }
        let was_asked = self.modes.internal.receives() && self.link == Link::Online;
        if self.internal.road == Road::Open && was_asked {
            self.internal_trouble = None;
            self.timeline.internal(None, clock::now());
        }
        if self.officer.sweep(self.clock).await? > 0 {
            self.tell(Happening::GrievancesChanged { new: 0 });
        }
        self.activity(Activity::Resting).await
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
                self.state.send_modify(|state| state.leaving_photo = None);
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
                match step {
                    Step::PushWithoutPhotos => self.keep_pace(Database::Grievances).await?,
                    Step::Push(database) => self.keep_pace(database).await?,
                    _ => {}
                }
                self.keep_timeline().await
            }
            Err(SyncError::Couch(error)) => self.failed(&error).await,
            // The next facts say that everything is to be pulled.
            Err(SyncError::Mirror(MirrorError::PageOutOfPlace)) => Ok(()),
            Err(other) => Err(other),
        }
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
        for (database, ready) in
            [(Database::Grievances, mirror.ready_edits), (Database::Internal, mirror.ready_internal)]
        {
            if ready == 0 {
                self.outruns.remove(&database);
            }
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
            first_pull: FirstPull::of(mirror.unchosen, self.city.map(|city| city.grievances)),
            behind: self.behind.clone(),
            set_back: mirror.set_back,
            to_compare: mirror.to_compare,
            outrun: self.outrun(),
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

    /// Databases whose pushes meet newer revisions that no pull brings.
    fn outrun(&self) -> BTreeSet<Database> {
        let is_outrun = |(_, outruns): &(&Database, &u32)| plan::pace(**outruns) != Pace::Full;
        self.outruns.iter().filter(is_outrun).map(|(database, _)| *database).collect()
    }

    /// Publishes the state that holds from here on.
    pub(crate) async fn activity(&mut self, activity: Activity) -> Result<(), SyncError> {
        self.activity = activity;
        let (city, internal, last_contact) = (self.city, self.internal_trouble, self.last_contact);
        let [retry_at, internal_retry_at, store_retry_at] =
            [&self.server, &self.internal, &self.store].map(|way| way.road.rest());
        let known = self.officer.with_mirror(move |mirror| {
            let first_pull = FirstPull::of(mirror.is_unchosen()?, city.map(|city| city.grievances));
            let known = Known {
                internal,
                to_choose: city.filter(|_| first_pull.waits_for_a_choice()),
                last_contact,
                retry_at,
                internal_retry_at,
                store_retry_at,
                ..Known::of(mirror)?
            };
            Ok((known, mirror.photo_trouble()?))
        });
        let (known, photo_trouble) = known.await?;
        self.timeline.link(self.link, known.unsent, clock::now());
        let state = describe(self.link, activity, known).with_photo_trouble(photo_trouble.as_deref());
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
