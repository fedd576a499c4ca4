//! What the officer says about things that happened on the server by themselves: versions that
//! servers made, records that vanished, reports that were deleted or altered.

use mirror::{Answer, Branched, Database, Detail, Vanished};

use crate::officer::stamp;
use crate::{Officer, SyncError, clock};

impl Officer {
    /// Grievances and cases of which servers hold several versions.
    pub async fn branched(&self) -> Result<Vec<Branched>, SyncError> {
        self.with_mirror(|mirror| mirror.branched()).await
    }

    /// Says which version of a grievance, or of its case in the internal database, holds: the one of
    /// revision `holds`, or the one that is shown. The others of `versions`, which the officer chose from, are set aside.
    pub async fn settle_branches(
        &self,
        database: Database,
        id: &str,
        versions: Vec<String>,
        holds: Option<&str>,
    ) -> Result<Detail, SyncError> {
        let workflow = self.workflow().await?;
        let (by, at) = (self.user().to_owned(), stamp(&workflow));
        let (document, holds) = (id.to_owned(), holds.map(str::to_owned));
        self.with_mirror(move |mirror| {
            mirror.settle_branches(database, &document, &versions, holds.as_deref(), &by, &at)
        })
        .await?;
        self.changed();
        self.grievance(id).await
    }

    /// Brings back what left the server or was altered there: a report that is gone is filed again
    /// with its last content, altered words of the citizen become again what they were.
    pub async fn restore(&self, id: &str) -> Result<Detail, SyncError> {
        let workflow = self.workflow().await?;
        self.grievance(id).await?;
        let (document, by, at) = (id.to_owned(), self.user().to_owned(), stamp(&workflow));
        self.with_mirror(move |mirror| mirror.restore(&document, &by, &at)).await?;
        self.changed();
        self.grievance(id).await
    }

    /// Says that what was altered of the citizen's words is right as it is in the revision `rev`.
    pub async fn accept_altered(&self, id: &str, rev: &str) -> Result<Detail, SyncError> {
        let workflow = self.workflow().await?;
        let (document, by, at) = (id.to_owned(), self.user().to_owned(), stamp(&workflow));
        let rev = rev.to_owned();
        self.with_mirror(move |mirror| mirror.accept_altered(&document, &rev, &by, &at)).await?;
        self.changed();
        self.grievance(id).await
    }

    /// Records that left the server many at once, which the officer is asked about.
    pub async fn vanished(&self, limit: u32) -> Result<Vec<Vanished>, SyncError> {
        self.with_mirror(move |mirror| mirror.vanished(limit)).await
    }

    /// Says whether it is right that many vanished at once; for how many that was.
    pub async fn answer_vanished(&self, answer: Answer) -> Result<usize, SyncError> {
        let now = clock::now();
        let answered = self.with_mirror(move |mirror| mirror.answer_vanished(answer, now)).await?;
        self.changed();
        Ok(answered)
    }
}
