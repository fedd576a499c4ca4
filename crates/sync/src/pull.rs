//! Pulling: `_changes` with documents, the next page on its way while this one is written. Each
//! page, the edits it rebases and its checkpoint are one transaction of the mirror, so a pull can
//! be cut anywhere and goes on from the last page that was written.

use couch::{Change, Changes, CouchError, Welcome};
use domain::Selected;
use mirror::{Applied, Checkpoint, Database, Pulled};
use serde_json::Value;

use crate::clock::Agreement;
use crate::plan::{self, FIRST_PAGE, Identity, RECOGNISED_FOR, Recognised, Road, recognise};
use crate::state::Activity;
use crate::timeline::{Deed, Noted};
use crate::{Engine, Happening, SyncError, clock};

impl Engine {
    pub(crate) async fn pull(&mut self, database: Database) -> Result<(), SyncError> {
        let pulled = self.pull_pages(database).await;
        let is_cut = matches!(pulled, Err(SyncError::Couch(CouchError::Unreachable { .. })));
        self.page = plan::next_page(self.page, is_cut);
        self.internal_apart(database, pulled).await
    }

    async fn pull_pages(&mut self, database: Database) -> Result<(), SyncError> {
        let remote = self.officer.remote(database);
        let mut from = self.starting_point(database, &remote).await?;
        let mut limit = if from.since.is_none() { FIRST_PAGE.min(self.page) } else { self.page };
        let (mut done, mut new) = (0, 0);
        let mut page = fetch(&remote, from.since.as_deref(), &mut limit, from.selector()).await?;
        self.reached();
        loop {
            // A page that leads nowhere is the last one, whatever it promises.
            let leads_nowhere = page.rows.is_empty() || from.since.as_ref() == Some(&page.last_seq);
            let mut last = leads_nowhere || page.pending == Some(0);
            let selects = from.selector().is_some();
            // A server counts what is left without looking at what is selected.
            let total = page.pending.filter(|_| !selects).map(|left| done + page.rows.len() as u64 + left);
            let more_than_a_moment = !last || page.rows.len() > 200;
            if more_than_a_moment {
                self.activity(Activity::Pulling { done, total }).await?;
            }
            done += page.rows.len() as u64;
            let after = from.since.clone();
            let since = match from.first_until.take_if(|_| last) {
                // All that is selected is here; from then on everything is asked for.
                Some(until) => {
                    last = false;
                    until
                }
                None => page.last_seq.clone(),
            };
            let write = self.write(database, page, from.checkpoint(after, since.clone(), last));
            if last {
                let applied = write.await?;
                new += applied.new_grievances as u64;
                self.note_page(database, &applied);
                break;
            }
            // What the window shows must not be older than what a decision is made on, however long the next page takes.
            let write = async {
                let applied = write.await;
                self.tell(Happening::GrievancesChanged { new: 0 });
                applied
            };
            limit = self.page;
            let (written, next) =
                tokio::join!(write, fetch(&remote, Some(&since), &mut limit, from.selector()));
            let applied = written?;
            new += applied.new_grievances as u64;
            self.note_page(database, &applied);
            page = next?;
            from.since = Some(since);
        }
        self.caught_up(database);
        if database == Database::Internal {
            // As with the server, only coming to rest ends a row of failures.
            self.internal.road = Road::Open;
            self.pin_server().await?;
        }
        if done > 0 {
            self.tell(Happening::GrievancesChanged { new: if from.first { 0 } else { new } });
        }
        Ok(())
    }

    fn note_page(&mut self, database: Database, applied: &Applied) {
        let (all, new) = (applied.stored as u64, applied.new_grievances as u64);
        self.note(match database {
            Database::Grievances => Noted::PulledGrievances { all, new },
            Database::Internal => Noted::Counted(Deed::PulledInternal, all),
        });
        self.note_carried(applied);
    }

    async fn write(
        &self,
        database: Database,
        page: Changes,
        checkpoint: Checkpoint,
    ) -> Result<Applied, SyncError> {
        let pulled: Vec<Pulled> = page.rows.into_iter().map(pulled).collect();
        let now = clock::now();
        self.officer.with_mirror(move |mirror| mirror.apply_page(database, &pulled, &checkpoint, now)).await
    }

    /// Where the last pull ended. A server that is not the one it was, or has not got what it had,
    /// was set back: a sequence means nothing there, so everything is pulled and compared again.
    async fn starting_point(
        &mut self,
        database: Database,
        remote: &couch::Database,
    ) -> Result<StartingPoint, SyncError> {
        let now = clock::now();
        let (known, selected) = self
            .officer
            .with_mirror(move |mirror| {
                let selected = match database {
                    Database::Grievances => mirror.selected(now)?,
                    Database::Internal => Selected::default(),
                };
                Ok((mirror.checkpoint(database)?, selected))
            })
            .await?;
        if let Some(known) = &known
            && self.recognised.get(&database).is_some_and(|at| (0..RECOGNISED_FOR).contains(&(now - at)))
        {
            return Ok(StartingPoint::behind(known.clone(), selected));
        }
        let info = remote.info().await?;
        let Welcome { uuid: server_uuid, date, .. } = self.officer.server().welcome().await?;
        let now = clock::now();
        self.clock = date.and_then(Agreement::with);
        self.officer.with_mirror(move |mirror| mirror.hurry_photos(now)).await?;
        if self.clock.is_some() {
            self.officer.with_mirror(move |mirror| mirror.heed_clock(now)).await?;
        }
        let selects = !selected.is_everything();
        let from = StartingPoint {
            since: None,
            first_until: selects.then(|| info.update_seq.clone()),
            selected,
            first: known.is_none(),
            server_uuid,
            instance_start_time: Some(info.instance_start_time),
            height: height(&info.update_seq),
        };
        let Some(known) = known else { return Ok(from) };
        self.recognised.remove(&database);
        let was = Identity {
            server_uuid: known.server_uuid.as_deref(),
            instance_start_time: known.instance_start_time.as_deref(),
            height: known.height,
        };
        let recognised = recognise(was, from.identity());
        let is_another = recognised == Recognised::Another;
        if is_another || self.has_lost_something(database, remote, recognised).await? {
            self.officer.with_mirror(move |mirror| mirror.set_back(database, now)).await?;
            self.note(Noted::SetBack);
            self.activity(Activity::Pulling { done: 0, total: None }).await?;
            return Ok(from);
        }
        self.recognised.insert(database, now);
        let (height, server_uuid) = (from.height, from.server_uuid);
        Ok(StartingPoint { height, server_uuid, ..StartingPoint::behind(known, from.selected) })
    }
}

/// The number before the first dash of a sequence.
fn height(update_seq: &str) -> Option<u64> {
    update_seq.split('-').next()?.parse().ok()
}

struct StartingPoint {
    since: Option<String>,
    /// While only what is selected is asked for: where everything is taken up afterwards.
    first_until: Option<String>,
    selected: Selected,
    /// No pull has ended here before.
    first: bool,
    server_uuid: Option<String>,
    instance_start_time: Option<String>,
    height: Option<u64>,
}

impl StartingPoint {
    fn behind(known: Checkpoint, selected: Selected) -> StartingPoint {
        StartingPoint {
            since: Some(known.since).filter(|since| !since.is_empty()),
            first_until: known.first_until.filter(|_| !selected.is_everything()),
            selected,
            first: false,
            server_uuid: known.server_uuid,
            instance_start_time: known.instance_start_time,
            height: known.height,
        }
    }

    fn identity(&self) -> Identity<'_> {
        Identity {
            server_uuid: self.server_uuid.as_deref(),
            instance_start_time: self.instance_start_time.as_deref(),
            height: self.height,
        }
    }

    fn selector(&self) -> Option<Value> {
        self.first_until.as_ref().map(|_| self.selected.selector())
    }

    fn checkpoint(&self, after: Option<String>, since: String, caught_up: bool) -> Checkpoint {
        Checkpoint {
            since,
            after,
            first_until: self.first_until.clone(),
            selection: self.selected.selection().clone(),
            server_uuid: self.server_uuid.clone(),
            instance_start_time: self.instance_start_time.clone(),
            height: self.height,
            caught_up,
            saved_at: 0,
        }
    }
}

/// One page; where it is more than the server, the line or we can take, half as many rows.
async fn fetch(
    remote: &couch::Database,
    since: Option<&str>,
    limit: &mut u32,
    selector: Option<Value>,
) -> Result<Changes, CouchError> {
    loop {
        let page = match &selector {
            Some(selector) => remote.selected_changes(since, *limit, selector).await,
            None => remote.changes(since, *limit).await,
        };
        match page {
            Err(CouchError::TooLarge) if *limit > 1 => *limit /= 2,
            page => return page,
        }
    }
}

pub(crate) fn pulled(row: Change) -> Pulled {
    let (body, unreadable) = match row.body {
        Ok(body) => (body, None),
        Err(reason) => (None, Some(reason)),
    };
    Pulled { id: row.id, rev: row.rev, deleted: row.deleted, body, unreadable }
}
