//! Whether the server is still what it was: one that does not know what it once had was set back to an older copy.

use std::collections::BTreeSet;

use mirror::{Database, Revisions};

use crate::comparison::{looked_up, lost_of};
use crate::{Engine, SyncError};

/// How many of the newest revisions the server is asked about each time: a kilobyte and a half.
const FEW: u32 = 20;
/// And where it may well have been set back: one request still.
const MANY: u32 = 500;

impl Engine {
    /// Whether the server has lost something. A sequence that `fell` is a hint to look closer: on a cluster it does so when
    /// another node answers.
    ///
    /// The last change, and what this laptop delivered, are proof. The last change alone says little while it is there: it
    /// may have been made once more, to the letter, by the laptop it came from, and others have brought the sequence to
    /// where it was. So the newest are asked about too; but a document of which the server has nothing at all may have been
    /// purged, and that is for a comparison to tell. Of what this laptop wrote inside the office a purge is the rarer: it
    /// is sent again.
    pub(crate) async fn has_lost_something(
        &self,
        database: Database,
        remote: &couch::Database,
        fell: bool,
    ) -> Result<bool, SyncError> {
        let (proof, newest) = self
            .officer
            .with_mirror(move |mirror| {
                let newest = mirror.newest(database, if fell { MANY } else { FEW })?;
                Ok((mirror.witnesses(database, fell)?, newest))
            })
            .await?;
        let mut had = proof.clone();
        for (id, revisions) in newest {
            had.entry(id).or_default().extend(revisions);
        }
        let lost = lost_of(remote, had).await?;
        let is_proof = |(id, lost): (&String, &BTreeSet<String>)| {
            proof.get(id).is_some_and(|proof| !proof.is_disjoint(lost))
        };
        if lost.iter().any(is_proof) {
            return Ok(true);
        }
        // Where the sequence fell, what is lost is more than a purge, and the old place in it would show nothing new.
        if fell || lost.is_empty() {
            return Ok(!lost.is_empty());
        }
        let delivered = self.officer.with_mirror(move |mirror| mirror.witnesses(database, true)).await?;
        let lost_delivered = lost_of(remote, delivered).await?;
        if database == Database::Internal && !lost_delivered.is_empty() {
            return Ok(true);
        }
        let ids = [lost, lost_delivered].map(Revisions::into_keys);
        let found = looked_up(remote, &ids.into_iter().flatten().collect::<Vec<_>>()).await?;
        if found.iter().any(|(_, there)| there.is_some()) {
            return Ok(true);
        }
        let nowhere: Vec<String> = found.into_iter().map(|(id, _)| id).collect();
        self.officer.with_mirror(move |mirror| mirror.not_there(database, &nowhere)).await?;
        Ok(false)
    }
}
