//! Pushing: all ready edits of a grievance as one revision, on the revision we hold. The server
//! refuses with a conflict when somebody was faster; then we pull, rebase and push again. We never
//! force a revision in, so we never make a conflict branch in a database that phones share.

use couch::CouchError;
use mirror::{Acknowledged, Applied, Database, Outgoing};

use crate::state::Activity;
use crate::timeline::{Deed, Noted};
use crate::{Engine, Happening, SyncError, clock};

const BATCH: u32 = 500;

impl Engine {
    pub(crate) async fn push(&mut self) -> Result<(), SyncError> {
        self.activity(Activity::Sending).await?;
        let leaving = self.officer.with_mirror(|mirror| mirror.leaving(BATCH)).await?;
        let mut batches = vec![leaving];
        let (mut landed, mut outrun) = (0, false);
        while let Some(batch) = batches.pop() {
            match self.send(&batch).await {
                Ok(answer) => {
                    landed += answer.landed;
                    outrun |= answer.outrun;
                }
                Err(SyncError::Couch(error)) => {
                    if let Err(error) = self.unsent(batch, &mut batches, error).await {
                        for left in &batches {
                            self.unanswered(left).await?;
                        }
                        return Err(error);
                    }
                }
                Err(other) => return Err(other),
            }
        }
        if landed > 0 {
            self.tell(Happening::GrievancesChanged { new: 0 });
        }
        if outrun {
            self.fall_behind(Database::Grievances);
        }
        self.outruns = if outrun && landed == 0 { self.outruns + 1 } else { 0 };
        Ok(())
    }

    async fn send(&mut self, batch: &[Outgoing]) -> Result<Answer, SyncError> {
        let bodies: Vec<_> = batch.iter().map(|outgoing| outgoing.body.clone()).collect();
        let outcomes = self.officer.remote(Database::Grievances).bulk_docs(&bodies).await?;
        let mut acknowledged = Vec::new();
        let mut answer = Answer { landed: 0, outrun: false };
        let now = clock::now();
        for outgoing in batch {
            let document = outgoing.document.clone();
            match outcomes.iter().find(|outcome| outcome.id == document).map(|outcome| &outcome.result) {
                Some(Ok(rev)) => {
                    let body = outgoing.body.clone();
                    acknowledged.push(Acknowledged { document, rev: rev.clone(), body });
                }
                Some(Err(refusal)) if !may_pass(&refusal.error) => {
                    let (error, reason) = (refusal.error.clone(), refusal.reason.clone());
                    self.refused(document, error, reason).await?;
                }
                Some(Err(_)) | None => {
                    answer.outrun = true;
                    self.officer.with_mirror(move |mirror| mirror.unanswered(&[document])).await?;
                }
            }
        }
        answer.landed = acknowledged.len();
        let applied = self.officer.with_mirror(move |mirror| mirror.acknowledged(&acknowledged, now)).await?;
        self.note_carried(&applied);
        Ok(answer)
    }

    /// A whole request failed. The server refuses a batch for one document in it, so a refused
    /// batch is halved until that document stands alone. After a lost answer we pull first.
    async fn unsent(
        &mut self,
        batch: Vec<Outgoing>,
        batches: &mut Vec<Vec<Outgoing>>,
        error: CouchError,
    ) -> Result<(), SyncError> {
        match (error, batch.len()) {
            (CouchError::TooLarge | CouchError::Refused { status: FOR_GOOD, .. }, 2..) => {
                let (left, right) = batch.split_at(batch.len() / 2);
                batches.extend([right.to_vec(), left.to_vec()]);
                Ok(())
            }
            (CouchError::Refused { status: FOR_GOOD, error, reason }, 1) => {
                let document = batch[0].document.clone();
                self.refused(document, error, reason).await
            }
            (CouchError::TooLarge, 1) => {
                let document = batch[0].document.clone();
                let reason = "the document is larger than the server takes";
                self.refused(document, "too_large".to_owned(), reason.to_owned()).await
            }
            (error, _) => {
                self.fall_behind(Database::Grievances);
                self.unanswered(&batch).await?;
                Err(error.into())
            }
        }
    }

    async fn refused(&mut self, document: String, error: String, reason: String) -> Result<(), SyncError> {
        self.officer.with_mirror(move |mirror| mirror.refused(&document, &error, &reason)).await?;
        self.note(Noted::Counted(Deed::Refused, 1));
        Ok(())
    }

    /// What became of edits on revisions of the server.
    pub(crate) fn note_carried(&mut self, applied: &Applied) {
        self.note(Noted::Counted(Deed::Sent, applied.settled.len() as u64));
        self.note(Noted::Counted(Deed::Clashed, applied.clashes as u64));
    }

    async fn unanswered(&self, batch: &[Outgoing]) -> Result<(), SyncError> {
        let documents: Vec<String> = batch.iter().map(|outgoing| outgoing.document.clone()).collect();
        self.officer.with_mirror(move |mirror| mirror.unanswered(&documents)).await
    }
}

/// The request itself is not taken. Any other status may be a gateway's word, and passes.
const FOR_GOOD: u16 = 400;

/// What CouchDB says of a document that may be taken another time: somebody was faster, or a node is unwell.
fn may_pass(error: &str) -> bool {
    matches!(
        error,
        "conflict" | "internal_server_error" | "timeout" | "unknown_error" | "service_unavailable"
    )
}

struct Answer {
    landed: usize,
    /// Somebody changed a document before us, or the server could not take it now.
    outrun: bool,
}
