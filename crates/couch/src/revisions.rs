//! Which revisions a server has, without their documents.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde::Deserialize;

use crate::request::{LARGEST_BATCH, Request};
use crate::{CouchError, Database};

impl Database {
    /// Id and winning revision of living documents in the order of ids: at most `limit` after
    /// `start_after`. Fewer than `limit` means that these were the last.
    pub async fn all_revisions(
        &self,
        start_after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, String)>, CouchError> {
        #[derive(Deserialize)]
        struct Answer {
            rows: Vec<Row>,
        }
        #[derive(Deserialize)]
        struct Row {
            id: String,
            value: Value,
        }
        #[derive(Deserialize)]
        struct Value {
            rev: String,
        }
        let mut request = Request::new(Method::GET, &[&self.name, "_all_docs"]).cap(LARGEST_BATCH);
        // The start is asked for again and dropped: skipping a row would skip another one if the
        // start has been deleted meanwhile.
        if let Some(id) = start_after {
            let key = serde_json::Value::from(id).to_string();
            request = request.query("startkey", key);
        }
        let asked = u64::from(limit) + u64::from(start_after.is_some());
        let request = request.query("limit", asked.to_string());
        let answer: Answer = self.server.ask(&request).await?.shape()?;
        Ok(answer
            .rows
            .into_iter()
            .filter(|row| Some(row.id.as_str()) != start_after)
            .take(limit as usize)
            .map(|row| (row.id, row.value.rev))
            .collect())
    }

    /// Of the revisions of each document, those that the server never had or has lost. It knows a
    /// revision also when that was replaced or deleted since.
    pub async fn missing_revisions(
        &self,
        revisions: &BTreeMap<String, BTreeSet<String>>,
    ) -> Result<BTreeMap<String, BTreeSet<String>>, CouchError> {
        #[derive(Deserialize)]
        struct Answer {
            missing: BTreeSet<String>,
        }
        let request =
            Request::new(Method::POST, &[&self.name, "_revs_diff"]).json(revisions)?.cap(LARGEST_BATCH);
        let answers: BTreeMap<String, Answer> = self.server.ask(&request).await?.shape()?;
        Ok(answers.into_iter().map(|(id, answer)| (id, answer.missing)).collect())
    }
}
