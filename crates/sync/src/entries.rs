//! The lines of cases' histories that tell of changes which the server has. Their ids are our own
//! and they never change, so a line that is already there is the one we sent.

use domain::Fate;
use mirror::{Database, DueEntry};

use crate::internal_trouble::InternalTrouble;
use crate::plan::{Blame, Patience, blame, fate};
use crate::push::{BATCH, words};
use crate::{Engine, SyncError};

impl Engine {
    pub(crate) async fn push_entries(&mut self) -> Result<(), SyncError> {
        let due = self.officer.with_mirror(|mirror| mirror.due_entries(BATCH)).await?;
        let (mut batches, mut wait) = (vec![due], false);
        while let Some(mut batch) = batches.pop().filter(|batch| !batch.is_empty()) {
            let bodies: Vec<_> = batch.iter().map(|due| due.body.clone()).collect();
            let remote = self.officer.remote(Database::Internal);
            let outcomes = match remote.bulk_docs(&bodies).await {
                Ok(outcomes) => outcomes,
                Err(error) => match blame(&error, batch.len()) {
                    Blame::OneOfThem => {
                        let right = batch.split_off(batch.len() / 2);
                        batches.extend([right, batch]);
                        continue;
                    }
                    Blame::ThisOne if remote.bulk_docs(&[]).await.is_ok() => {
                        self.line_refused(&batch[0], &words(error).1).await?;
                        continue;
                    }
                    Blame::ThisOne | Blame::Nobody => return Err(error.into()),
                },
            };
            let mut sent = Vec::new();
            for (due, outcome) in batch.iter().zip(&outcomes) {
                match fate(outcome, &due.document) {
                    // What the server has already is the one that was sent.
                    Fate::Arrived | Fate::NotTaken => sent.push(due.edit.clone()),
                    Fate::MayHaveArrived => wait = true,
                    Fate::Refused { reason, .. } => self.line_refused(due, reason).await?,
                }
            }
            self.officer.with_mirror(move |mirror| mirror.entries_sent(&sent)).await?;
        }
        if wait { self.internal_failed(InternalTrouble::Unwell, Patience::Backoff) } else { Ok(()) }
    }

    async fn line_refused(&self, due: &DueEntry, reason: &str) -> Result<(), SyncError> {
        let (edit, reason) = (due.edit.clone(), reason.to_owned());
        self.officer.with_mirror(move |mirror| mirror.entry_refused(&edit, &reason)).await
    }
}
