//! Comparing: the server's list of ids and revisions with what is here, page by page. It finds what
//! no change tells of: a purge, and what a server that was set back has lost. Each page is a fact of
//! the mirror, so a comparison can be cut anywhere and goes on from there.

use std::collections::BTreeSet;

use couch::{Change, CouchError};
use domain::case;
use mirror::{Database, Pulled, Revisions};

use crate::plan::{Blame, blame, tells_no_histories};
use crate::pull::pulled;
use crate::{Engine, Happening, SyncError, clock};

/// Ids and revisions asked for at once: about a megabyte.
pub(crate) const IDS_AT_ONCE: u32 = 10_000;
/// Documents asked for, or asked about, at once.
const BATCH: usize = 500;

impl Engine {
    pub(crate) async fn compare(&mut self, database: Database) -> Result<(), SyncError> {
        let compared = self.compare_all(database).await;
        self.internal_apart(database, compared).await
    }

    async fn compare_all(&mut self, database: Database) -> Result<(), SyncError> {
        let remote = self.officer.remote(database);
        let comparison = self.officer.with_mirror(move |mirror| mirror.comparison(database)).await?;
        if comparison.set_back && comparison.up_to.is_none() {
            self.ask_for_what_was_delivered(database, &remote).await?;
        }
        let mut after = comparison.up_to;
        loop {
            let listed = remote.all_revisions(after.as_deref(), IDS_AT_ONCE).await?;
            let is_last = listed.len() < IDS_AT_ONCE as usize;
            let up_to = listed.last().map(|(id, _)| id.clone()).filter(|_| !is_last);
            let (from, to) = (after, up_to.clone());
            let differing = self
                .officer
                .with_mirror(move |mirror| {
                    mirror.differing(database, from.as_deref(), to.as_deref(), &listed)
                })
                .await?;
            self.fetch_differing(database, &remote, &differing).await?;
            let (to, now) = (up_to.clone(), clock::now());
            self.officer
                .with_mirror(move |mirror| mirror.compared_up_to(database, to.as_deref(), now))
                .await?;
            after = up_to;
            if is_last {
                return Ok(());
            }
        }
    }

    /// What this laptop delivered and the server has lost becomes unsent again.
    async fn ask_for_what_was_delivered(
        &self,
        database: Database,
        remote: &couch::Database,
    ) -> Result<(), SyncError> {
        let delivered = self.officer.with_mirror(move |mirror| mirror.delivered(database)).await?;
        let delivered: Vec<_> = delivered.into_iter().collect();
        for batch in delivered.chunks(BATCH) {
            let lost = lost_of(remote, batch.iter().cloned().collect()).await?;
            self.recall(database, &lost).await?;
            let now = clock::now();
            self.officer.with_mirror(move |mirror| mirror.lost(database, &lost, now)).await?;
            self.tell(Happening::GrievancesChanged { new: 0 });
        }
        Ok(())
    }

    /// What left with a selection, or was gone, has to be here to be sent again: to be compared with,
    /// and to be shown where its case clashes.
    async fn recall(&self, database: Database, lost: &Revisions) -> Result<(), SyncError> {
        let ids: BTreeSet<String> = match database {
            Database::Grievances => lost.keys().cloned().collect(),
            Database::Internal => {
                lost.keys().filter_map(|id| case::grievance_of(id)).map(str::to_owned).collect()
            }
        };
        let away = self.officer.with_mirror(move |mirror| mirror.away(&ids)).await?;
        if away.is_empty() || !self.modes.of(Database::Grievances).receives() {
            return Ok(());
        }
        let found = looked_up(&self.officer.remote(Database::Grievances), &away).await?.into_iter();
        let found: Vec<Pulled> = found.filter_map(|(_, there)| there).map(pulled).collect();
        let now = clock::now();
        self.officer.with_mirror(move |mirror| mirror.recall(&found, now)).await
    }

    async fn fetch_differing(
        &self,
        database: Database,
        remote: &couch::Database,
        ids: &[String],
    ) -> Result<(), SyncError> {
        for batch in ids.chunks(BATCH) {
            let (mut found, mut nothing): (Vec<Pulled>, Vec<String>) = Default::default();
            for (id, there) in looked_up(remote, batch).await? {
                match there {
                    Some(change) => found.push(pulled(change)),
                    None => nothing.push(id),
                }
            }
            let now = clock::now();
            self.officer.with_mirror(move |mirror| mirror.compared(database, &found, &nothing, now)).await?;
            self.tell(Happening::GrievancesChanged { new: 0 });
        }
        Ok(())
    }
}

/// What the server has of each of `ids`; fewer are asked about at once where their documents are long.
pub(crate) async fn looked_up(
    remote: &couch::Database,
    mut ids: &[String],
) -> Result<Vec<(String, Option<Change>)>, SyncError> {
    let (mut all, mut limit) = (Vec::new(), BATCH);
    while !ids.is_empty() {
        let (batch, rest) = ids.split_at(limit.min(ids.len()));
        match remote.look_up(batch).await {
            Err(CouchError::TooLarge) if batch.len() > 1 => limit = batch.len().div_ceil(2),
            found => {
                all.extend(batch.iter().cloned().zip(found?));
                ids = rest;
            }
        }
    }
    Ok(all)
}

/// Of `revisions` those that the server has lost. Something on the way that refuses to carry the
/// question about one document holds up no other; nothing is said of that one.
pub(crate) async fn lost_of(remote: &couch::Database, revisions: Revisions) -> Result<Revisions, SyncError> {
    let mut lost = Revisions::new();
    let mut batches = vec![revisions];
    while let Some(mut batch) = batches.pop().filter(|batch| !batch.is_empty()) {
        match remote.missing_revisions(&batch).await {
            Ok(missing) => lost.extend(without_forgotten(remote, missing).await?),
            Err(error) => match blame(&error, batch.len()) {
                Blame::OneOfThem => {
                    let middle = batch.keys().nth(batch.len() / 2).cloned().unwrap_or_default();
                    let right = batch.split_off(&middle);
                    batches.extend([right, batch]);
                }
                Blame::ThisOne if remote.info().await.is_ok() => {}
                Blame::ThisOne | Blame::Nobody => return Err(error.into()),
            },
        }
    }
    Ok(lost)
}

/// Of what the server says it misses, what it can have lost: not what it is too old to remember, nor what only the node
/// that was asked has not got yet.
async fn without_forgotten(
    remote: &couch::Database,
    mut missing: Revisions,
) -> Result<Revisions, CouchError> {
    let ids: Vec<String> = missing.keys().cloned().collect();
    for batch in ids.chunks(BATCH) {
        let histories = match remote.histories(batch).await {
            Err(error) if tells_no_histories(&error) => continue,
            histories => histories?,
        };
        for (id, versions) in batch.iter().zip(histories) {
            if let Some(revisions) = missing.get_mut(id) {
                revisions.retain(|rev| !versions.iter().any(|version| version.may_have_had(rev)));
            }
        }
    }
    missing.retain(|_, revisions| !revisions.is_empty());
    Ok(missing)
}
