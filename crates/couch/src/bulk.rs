use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::request::{LARGEST_BATCH, Request};
use crate::{CouchError, Database};

/// What became of one document of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub id: String,
    /// The new revision, or the server's no to this one document.
    pub result: Result<String, Refusal>,
}

/// The server's own words, such as `conflict`, `forbidden`, `unauthorized`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub error: String,
    pub reason: String,
}

impl Database {
    /// Writes documents, each replacing the revision in its `_rev`. One outcome for each, in order.
    ///
    /// If the answer is lost they may or may not have been written; sending them again is harmless,
    /// because what was written is then a `conflict`.
    ///
    /// # Errors
    /// `TooLarge`: send half as many. `Refused` with status 400: one document is unlawful (an unknown
    /// field that begins with `_`), and none was written.
    pub async fn bulk_docs(&self, docs: &[Box<RawValue>]) -> Result<Vec<Outcome>, CouchError> {
        let request = Request::new(Method::POST, &[&self.name, "_bulk_docs"])
            .body(body(docs).into())
            .cap(LARGEST_BATCH);
        let answers: Vec<Answer> = self.server.ask(&request).await?.shape()?;
        let outcomes: Option<Vec<Outcome>> = answers.into_iter().map(Answer::outcome).collect();
        outcomes
            .filter(|outcomes| outcomes.len() == docs.len())
            .ok_or_else(|| CouchError::not_ours("outcomes that do not match what was sent"))
    }
}

#[derive(Deserialize)]
struct Answer {
    id: String,
    rev: Option<String>,
    error: Option<String>,
    reason: Option<String>,
}

impl Answer {
    fn outcome(self) -> Option<Outcome> {
        let result = match (self.rev, self.error) {
            (Some(rev), None) => Ok(rev),
            (_, Some(error)) => Err(Refusal { error, reason: self.reason.unwrap_or_default() }),
            (None, None) => return None,
        };
        Some(Outcome { id: self.id, result })
    }
}

fn body(docs: &[Box<RawValue>]) -> Vec<u8> {
    let texts: Vec<&str> = docs.iter().map(|doc| doc.get()).collect();
    format!("{{\"docs\":[{}]}}", texts.join(",")).into_bytes()
}
