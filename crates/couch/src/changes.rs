use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::request::{LARGEST_BATCH, Pace, Request};
use crate::{Changes, CouchError, Database, page};

/// How often the server shows that a waiting line still lives, in milliseconds.
const HEARTBEAT: &str = "20000";
/// How long one wait lasts at most. A feed goes on after access was taken away, so it is asked anew.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

impl Database {
    /// One page of at most `limit` changes after `since` (`None`: from the beginning), each with its
    /// document.
    ///
    /// The next page may be asked for as soon as this one is there, while it is still being stored.
    ///
    /// # Errors
    /// `TooLarge` when the page has more than 64 MiB: ask for half as many. A page of one row never
    /// fails so; a document that large is set aside.
    pub async fn changes(&self, since: Option<&str>, limit: u32) -> Result<Changes, CouchError> {
        self.changes_of(since, limit, None).await
    }

    /// The same of documents that a Mango `selector` lets through now: one that it no longer lets
    /// through, or that was deleted, is not told of.
    pub async fn selected_changes(
        &self,
        since: Option<&str>,
        limit: u32,
        selector: &Value,
    ) -> Result<Changes, CouchError> {
        self.changes_of(since, limit, Some(selector)).await
    }

    /// One page of those changes without their documents.
    pub async fn selected_ids(
        &self,
        since: Option<&str>,
        limit: u32,
        selector: &Value,
    ) -> Result<Changes, CouchError> {
        self.page(since, limit, false, Some(selector)).await
    }

    async fn changes_of(
        &self,
        since: Option<&str>,
        limit: u32,
        selector: Option<&Value>,
    ) -> Result<Changes, CouchError> {
        match self.page(since, limit, true, selector).await {
            Err(CouchError::TooLarge) if limit <= 1 => {
                let mut changes = self.page(since, limit, false, selector).await?;
                for change in &mut changes.rows {
                    change.body = Err(format!("larger than {} MiB", LARGEST_BATCH >> 20));
                }
                Ok(changes)
            }
            page => page,
        }
    }

    /// Waits until something changes after `since`. `false`: nothing did for five minutes.
    pub async fn wait_for_change(&self, since: &str) -> Result<bool, CouchError> {
        let request = Request::new(Method::GET, &[&self.name, "_changes"])
            .query("feed", "longpoll")
            .query("heartbeat", HEARTBEAT)
            .query("limit", "1")
            .query("since", since)
            .pace(Pace::Heartbeat);
        match timeout(LONGEST_WAIT, self.server.ask(&request)).await {
            Ok(answer) => {
                let changes = page::read(&answer?.yes()?, since)?;
                Ok(!changes.rows.is_empty())
            }
            Err(_) => Ok(false),
        }
    }

    async fn page(
        &self,
        since: Option<&str>,
        limit: u32,
        documents: bool,
        selector: Option<&Value>,
    ) -> Result<Changes, CouchError> {
        let limit = limit.to_string();
        let since = since.unwrap_or("0").to_owned();
        let mut request = Request::new(Method::GET, &[&self.name, "_changes"])
            .query("limit", &limit)
            // Only the page's end is ever used; a sequence on every row is a fifth of the bytes.
            .query("seq_interval", &limit)
            .query("since", &since)
            .cap(LARGEST_BATCH);
        if documents {
            request = request.query("include_docs", "true").query("conflicts", "true");
        }
        if let Some(selector) = selector {
            // A server that looks through a city for one ward shows meanwhile that it lives.
            request = request.post(&json!({ "selector": selector }))?;
            request =
                request.query("filter", "_selector").query("heartbeat", HEARTBEAT).pace(Pace::Heartbeat);
        }
        let body = self.server.ask(&request).await?.yes()?;
        tokio::task::spawn_blocking(move || page::read(&body, &since))
            .await
            .map_err(CouchError::unreachable)?
    }
}
