//! Versions of a document that servers made among themselves: the feed names them, and each is
//! fetched by itself, so that the officer can compare it with what is shown.

use mirror::Database;

use crate::plan::{Blame, blame};
use crate::{Engine, Happening, SyncError};

/// Versions fetched by one step: a request each.
const AT_ONCE: u32 = 20;

impl Engine {
    pub(crate) async fn fetch_branches(&mut self, database: Database) -> Result<(), SyncError> {
        let fetched = self.fetch_some(database).await;
        self.internal_apart(database, fetched).await
    }

    async fn fetch_some(&mut self, database: Database) -> Result<(), SyncError> {
        let remote = self.officer.remote(database);
        let wanted =
            self.officer.with_mirror(move |mirror| mirror.branches_to_fetch(database, AT_ONCE)).await?;
        for (id, rev) in wanted {
            let found = match remote.get_revision(&id, &rev).await {
                // Too long, or something on the way will not carry it: it can be set aside unread.
                Err(error) if blame(&error, 1) == Blame::ThisOne && remote.info().await.is_ok() => None,
                found => found?,
            };
            if found.is_none() {
                // It may have been closed since the feed named it.
                self.fall_behind(database);
            }
            let fetched =
                move |mirror: &mirror::Mirror| mirror.branch_fetched(database, &id, &rev, found.as_deref());
            self.officer.with_mirror(fetched).await?;
        }
        self.tell(Happening::GrievancesChanged { new: 0 });
        Ok(())
    }
}
