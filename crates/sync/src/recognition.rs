//! Asking a server whether it still has what it once had: one that has not may have been set back to an older copy.

use std::collections::BTreeSet;

use mirror::{Database, Revisions};

use crate::comparison::{looked_up, lost_of};
use crate::plan::{Loss, Recognised, was_set_back};
use crate::{Engine, SyncError};

/// How many of the newest revisions the server is asked about each time: a kilobyte and a half.
const FEW: u32 = 20;
/// And where it may well have been set back: one request still, while nothing is lost.
const MANY: u32 = 500;

impl Engine {
    /// Whether the server has lost something, and was set back. What may only have been purged is noted down.
    pub(crate) async fn has_lost_something(
        &self,
        database: Database,
        remote: &couch::Database,
        recognised: Recognised,
    ) -> Result<bool, SyncError> {
        let closely = recognised != Recognised::TheSame;
        let (proof, newest) = self
            .officer
            .with_mirror(move |mirror| {
                let newest = mirror.newest(database, if closely { MANY } else { FEW })?;
                Ok((mirror.witnesses(database, closely)?, newest))
            })
            .await?;
        let mut had = proof.clone();
        for (id, revisions) in newest {
            had.entry(id).or_default().extend(revisions);
        }
        let lost = lost_of(remote, had).await?;
        if lost.is_empty() {
            return Ok(false);
        }
        let is_last = |(id, lost): (&String, &BTreeSet<String>)| {
            proof.get(id).is_some_and(|proof| !proof.is_disjoint(lost))
        };
        let loss = if lost.iter().any(is_last) { Loss::Last } else { Loss::Newest };
        if was_set_back(database, recognised, loss) {
            return Ok(true);
        }
        let delivered = self.officer.with_mirror(move |mirror| mirror.witnesses(database, true)).await?;
        let lost_delivered = lost_of(remote, delivered).await?;
        if !lost_delivered.is_empty() && was_set_back(database, recognised, Loss::Delivered) {
            return Ok(true);
        }
        let ids = [lost, lost_delivered].map(Revisions::into_keys);
        let found = looked_up(remote, &ids.into_iter().flatten().collect::<Vec<_>>()).await?;
        let replaced = found.iter().any(|(_, there)| there.is_some());
        if replaced && was_set_back(database, recognised, Loss::Replaced) {
            return Ok(true);
        }
        let nowhere: Vec<String> = found.into_iter().map(|(id, _)| id).collect();
        self.officer.with_mirror(move |mirror| mirror.not_there(database, &nowhere)).await?;
        Ok(false)
    }
}
