//! Pushing: all ready edits of a document as one revision, on the revision we hold. The server
//! refuses with a conflict when somebody was faster; then we pull, rebase and push again. We never
//! force a revision in, so we never make a conflict branch in a database that phones share.

use couch::CouchError;
use domain::Fate;
use mirror::{Acknowledged, Applied, Database, Outgoing};

use crate::plan::{self, Blame, fate};
use crate::state::Activity;
use crate::timeline::{Deed, Noted};
use crate::{Engine, Happening, SyncError, clock};

pub(crate) const BATCH: u32 = 500;

impl Engine {
    pub(crate) async fn push(&mut self, database: Database) -> Result<(), SyncError> {
        self.activity(Activity::Sending).await?;
        let pushed = self.push_edits(database).await;
        if database == Database::Grievances {
            return pushed;
        }
        let told = match pushed {
            Ok(()) => self.push_entries().await,
            failed => failed,
        };
        self.internal_apart(database, told).await
    }

    pub(crate) async fn push_without_photos(&mut self) -> Result<(), SyncError> {
        self.activity(Activity::Sending).await?;
        let leaving = self.officer.with_mirror(|mirror| mirror.leaving_without_photos(BATCH)).await?;
        self.push_leaving(Database::Grievances, leaving).await
    }

    async fn push_edits(&mut self, database: Database) -> Result<(), SyncError> {
        let leaving = self.officer.with_mirror(move |mirror| mirror.leaving(database, BATCH)).await?;
        self.push_leaving(database, leaving).await
    }

    async fn push_leaving(&mut self, database: Database, leaving: Vec<Outgoing>) -> Result<(), SyncError> {
        if leaving.is_empty() {
            return Ok(());
        }
        let pushed = self.push_documents(database, leaving).await;
        // Arrived or not, it is time to look again.
        self.tell(Happening::GrievancesChanged { new: 0 });
        pushed
    }

    async fn push_documents(&mut self, database: Database, leaving: Vec<Outgoing>) -> Result<(), SyncError> {
        let mut batches = vec![leaving];
        let (mut landed, mut outrun) = (0, false);
        while let Some(batch) = batches.pop() {
            match self.send(database, &batch).await {
                Ok(answer) => {
                    landed += answer.landed;
                    outrun |= answer.outrun;
                }
                Err(SyncError::Couch(error)) => {
                    if let Err(error) = self.unsent(database, batch, &mut batches, error).await {
                        let left = documents(&batches.concat());
                        self.officer.with_mirror(move |mirror| mirror.not_taken(database, &left)).await?;
                        return Err(error);
                    }
                }
                Err(other) => return Err(other),
            }
        }
        if outrun {
            self.fall_behind(database);
        }
        let outruns = self.outruns.entry(database).or_default();
        *outruns = plan::outruns(*outruns, outrun, landed);
        Ok(())
    }

    async fn send(&mut self, database: Database, batch: &[Outgoing]) -> Result<Answer, SyncError> {
        let bodies: Vec<_> = batch.iter().map(|outgoing| outgoing.body.clone()).collect();
        let outcomes = self.officer.remote(database).bulk_docs(&bodies).await?;
        let mut acknowledged = Vec::new();
        let mut answer = Answer { landed: 0, outrun: false };
        let now = clock::now();
        // By their places too: branches of one document have its id in common.
        for (outgoing, outcome) in batch.iter().zip(&outcomes) {
            let document = outgoing.document.clone();
            match (fate(outcome, &document), &outcome.result) {
                (Fate::Arrived, Ok(rev)) => {
                    let body = outgoing.body.clone();
                    acknowledged.push(Acknowledged { document, rev: rev.clone(), body });
                }
                (Fate::NotTaken, _) => {
                    answer.outrun = true;
                    self.officer.with_mirror(move |mirror| mirror.not_taken(database, &[document])).await?;
                }
                (Fate::Refused { error, reason }, _) => {
                    self.refused(database, document, error.to_owned(), reason.to_owned()).await?;
                }
                (Fate::Arrived | Fate::MayHaveArrived, _) => {
                    answer.outrun = true;
                    self.officer.with_mirror(move |mirror| mirror.unanswered(database, &[document])).await?;
                }
            }
        }
        answer.landed = acknowledged.len();
        let acknowledging = move |mirror: &mirror::Mirror| mirror.acknowledged(database, &acknowledged, now);
        let applied = self.officer.with_mirror(acknowledging).await?;
        self.note_carried(&applied);
        Ok(answer)
    }

    /// A whole request failed. A document that is to blame is refused alone; after a lost answer we pull first.
    async fn unsent(
        &mut self,
        database: Database,
        batch: Vec<Outgoing>,
        batches: &mut Vec<Vec<Outgoing>>,
        error: CouchError,
    ) -> Result<(), SyncError> {
        match plan::blame(&error, batch.len()) {
            Blame::OneOfThem => {
                let (left, right) = batch.split_at(batch.len() / 2);
                batches.extend([right.to_vec(), left.to_vec()]);
                return Ok(());
            }
            // Whoever takes no document at all, such as a gateway that lets only reading through, takes none of none.
            Blame::ThisOne if self.officer.remote(database).bulk_docs(&[]).await.is_ok() => {
                let document = batch[0].document.clone();
                let (word, reason) = words(error);
                return self.refused(database, document, word, reason).await;
            }
            Blame::ThisOne | Blame::Nobody => {}
        }
        self.fall_behind(database);
        let left = documents(&batch);
        self.officer.with_mirror(move |mirror| mirror.unanswered(database, &left)).await?;
        Err(error.into())
    }

    async fn refused(
        &mut self,
        database: Database,
        document: String,
        error: String,
        reason: String,
    ) -> Result<(), SyncError> {
        self.officer.with_mirror(move |mirror| mirror.refused(database, &document, &error, &reason)).await?;
        self.note(Noted::Counted(Deed::Refused, 1));
        Ok(())
    }

    /// What became of edits on revisions of the server.
    pub(crate) fn note_carried(&mut self, applied: &Applied) {
        self.note(Noted::Counted(Deed::Sent, applied.delivered as u64));
        self.note(Noted::Counted(Deed::Clashed, applied.clashes as u64));
        self.note(Noted::Counted(Deed::Altered, applied.altered as u64));
    }
}

fn documents(batch: &[Outgoing]) -> Vec<String> {
    batch.iter().map(|outgoing| outgoing.document.clone()).collect()
}

/// What the officer is shown: an error and its reason, in the words of whoever refused.
pub(crate) fn words(error: CouchError) -> (String, String) {
    match error {
        CouchError::Refused { error, reason, .. } => (error, reason),
        CouchError::TooLarge => {
            ("too_large".to_owned(), "the document is larger than the server takes".to_owned())
        }
        other => ("turned_away".to_owned(), other.to_string()),
    }
}

struct Answer {
    landed: usize,
    /// Somebody changed a document before us, or the server could not take it now.
    outrun: bool,
}
