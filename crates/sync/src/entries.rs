//! The lines of cases' histories that tell of changes which the server has. Their ids are our own
//! and they never change, so a line that is already there is the one we sent.

use couch::CouchError;
use mirror::{Database, DueEntry};

use crate::push::{BATCH, FOR_GOOD, may_pass};
use crate::{Engine, SyncError};

impl Engine {
    pub(crate) async fn push_entries(&mut self) -> Result<(), SyncError> {
        let due = self.officer.with_mirror(|mirror| mirror.due_entries(BATCH)).await?;
        let mut batches = vec![due];
        while let Some(mut batch) = batches.pop().filter(|batch| !batch.is_empty()) {
            let bodies: Vec<_> = batch.iter().map(|due| due.body.clone()).collect();
            let outcomes = match self.officer.remote(Database::Internal).bulk_docs(&bodies).await {
                Ok(outcomes) => outcomes,
                Err(CouchError::TooLarge | CouchError::Refused { status: FOR_GOOD, .. })
                    if batch.len() > 1 =>
                {
                    let right = batch.split_off(batch.len() / 2);
                    batches.extend([right, batch]);
                    continue;
                }
                Err(CouchError::TooLarge) => {
                    self.line_refused(&batch[0], "the line is longer than the server takes").await?;
                    continue;
                }
                Err(CouchError::Refused { status: FOR_GOOD, reason, .. }) => {
                    self.line_refused(&batch[0], &reason).await?;
                    continue;
                }
                Err(other) => return Err(other.into()),
            };
            let mut sent = Vec::new();
            for (due, outcome) in batch.iter().zip(&outcomes) {
                match &outcome.result {
                    Ok(_) => sent.push(due.edit.clone()),
                    Err(refusal) if refusal.error == "conflict" => sent.push(due.edit.clone()),
                    Err(refusal) if may_pass(&refusal.error) => self.internal.failed(false, None)?,
                    Err(refusal) => self.line_refused(due, &refusal.reason).await?,
                }
            }
            self.officer.with_mirror(move |mirror| mirror.entries_sent(&sent)).await?;
        }
        Ok(())
    }

    async fn line_refused(&self, due: &DueEntry, reason: &str) -> Result<(), SyncError> {
        let (edit, reason) = (due.edit.clone(), reason.to_owned());
        self.officer.with_mirror(move |mirror| mirror.entry_refused(&edit, &reason)).await
    }
}
