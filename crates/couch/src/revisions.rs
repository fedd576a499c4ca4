//! Which revisions a server has, without their documents.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

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

    /// Of the revisions of each document, those that the server says it misses. It knows a revision also when that was
    /// replaced or deleted since, except the oldest of a long history (`_revs_limit`); and the node of a cluster that
    /// answers may lag behind the others. [`Database::histories`] tells these from what was lost.
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

    /// What each of `ids` went through, in their order: the history of every version that the server has, deleted ones too.
    ///
    /// # Errors
    /// `TooLarge` when the documents, which come with it, have more than 64 MiB: ask for fewer.
    pub async fn histories(&self, ids: &[String]) -> Result<Vec<Vec<History>>, CouchError> {
        #[derive(Deserialize)]
        struct Answer {
            results: Vec<Found>,
        }
        #[derive(Deserialize)]
        struct Found {
            id: String,
            docs: Vec<Version>,
        }
        #[derive(Deserialize)]
        struct Version {
            ok: Option<Body>,
        }
        #[derive(Deserialize)]
        struct Body {
            #[serde(rename = "_revisions")]
            revisions: History,
        }
        let wanted: Vec<_> = ids.iter().map(|id| json!({ "id": id })).collect();
        let request = Request::new(Method::POST, &[&self.name, "_bulk_get"])
            .query("revs", "true")
            .json(&json!({ "docs": wanted }))?
            .cap(LARGEST_BATCH);
        let answer: Answer = self.server.ask(&request).await?.shape()?;
        if !answer.results.iter().map(|found| &found.id).eq(ids) {
            return Err(CouchError::not_ours("histories that are not those asked for"));
        }
        let versions = |found: Found| found.docs.into_iter().filter_map(|version| version.ok);
        Ok(answer
            .results
            .into_iter()
            .map(|found| versions(found).map(|body| body.revisions).collect())
            .collect())
    }
}

/// The revisions that one version of a document went through.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct History {
    /// The generation of the newest.
    start: u64,
    /// Their hashes, newest first; the oldest may be forgotten.
    ids: Vec<String>,
}

impl History {
    /// Whether `rev` is one of them, or so old that it may have been.
    pub fn may_have_had(&self, rev: &str) -> bool {
        let Some((generation, hash)) = rev.split_once('-') else { return false };
        let age = generation.parse().ok().and_then(|generation| self.start.checked_sub(generation));
        let Some(age) = age.and_then(|age| usize::try_from(age).ok()) else { return false };
        self.ids.get(age).is_none_or(|known| known == hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_tells_what_was_lost_from_what_was_forgotten() {
        let long = History { start: 1_200, ids: vec!["c".to_owned(), "b".to_owned()] };
        let whole = History { start: 2, ..long.clone() };
        let table = [
            (&long, "1200-c", true),
            (&long, "1199-b", true),
            (&long, "1199-x", false),
            (&long, "1198-x", true),
            (&long, "1201-d", false),
            (&whole, "1-b", true),
            (&whole, "1-x", false),
            (&whole, "3-d", false),
            (&whole, "b", false),
        ];
        for (history, rev, expected) in table {
            assert_eq!(history.may_have_had(rev), expected, "{history:?} {rev}");
        }
    }
}
