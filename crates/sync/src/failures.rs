//! What becomes of a step that failed, and of one that did not: which road rests, who is told.

use std::collections::BTreeSet;

use couch::CouchError;
use mirror::Database;

use crate::internal_trouble::InternalTrouble;
use crate::plan::{self, BREATH, Pace, Patience, Road};
use crate::state::{Activity, Link, Unsent};
use crate::{Engine, Happening, SyncError, clock};

impl Engine {
    pub(crate) fn reached(&mut self) {
        self.link = Link::Online;
        self.timeline.link(Link::Online, Unsent::default(), clock::now());
        self.last_contact = Some(clock::now());
        // Only coming to rest ends a row of failures: a server that answers one question and refuses the next is no
        // better than one that is away.
        self.server.road = Road::Open;
    }

    pub(crate) fn store_reached(&mut self) {
        self.held_key.taken();
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
        if !plan::is_of_the_internal_database(&error) && !self.city_answers().await {
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
    pub(crate) async fn keep_pace(&mut self, database: Database) -> Result<(), SyncError> {
        if database == Database::Internal && self.internal.road != Road::Open {
            // What failed says itself how long it rests.
            return Ok(());
        }
        let outruns = self.outruns.get(&database).copied().unwrap_or_default();
        match (plan::pace(outruns), database) {
            (Pace::Full, _) => Ok(()),
            (Pace::Compare, _) => self.officer.with_mirror(|mirror| mirror.ask_to_compare()).await,
            (Pace::Slow, Database::Grievances) => self.server.failed(Patience::Backoff),
            (Pace::Slow, Database::Internal) => {
                self.internal_failed(InternalTrouble::Unwell, Patience::Backoff)
            }
        }
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

    /// Its disk is full, or fails, or the file on it. Until the next try the officer is told, and not that all is well.
    pub(crate) async fn laptop_failed(&mut self, error: &SyncError) {
        let now = clock::now();
        // What waits for a person, for a network, or for longer, goes on waiting for that, and says so.
        if !self.server.waits_for_more(now) && self.link != Link::Offline {
            self.link = if error.is_full_disk() { Link::DiskFull } else { Link::Ailing };
        }
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

    /// Whether another question fared better: then what failed is not the server and not the line.
    pub(crate) async fn city_answers(&self) -> bool {
        self.officer.remote(Database::Grievances).info().await.is_ok()
    }
}
