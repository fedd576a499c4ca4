use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Place, Text};

/// One page of the triage queue is asked for.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Query {
    pub show: Show,
    #[serde(default)]
    pub search: Option<Text<1000>>,
    pub order: Order,
    /// [`Page::next`] of the page before.
    #[serde(default)]
    pub after: Option<Text<2000>>,
    /// At most 500 rows.
    pub limit: u32,
}

#[derive(Debug, Clone, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub enum Show {
    All,
    /// Everything that still waits for somebody.
    Open,
    Status {
        status: Text<200>,
    },
    ToSend,
    Clashing,
    Refused,
}

#[derive(Debug, Clone, Copy, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Order {
    Newest,
    Oldest,
    LastChanged,
}

#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    pub rows: Vec<Row>,
    /// Where the next page begins; absent on the last one. Only good for the same query.
    pub next: Option<String>,
    /// Rows of all pages together.
    pub total: u64,
}

#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    pub id: String,
    pub description: Option<String>,
    pub address: Option<String>,
    /// Unix seconds.
    pub reported_at: Option<i64>,
    pub status: String,
    pub category: Option<String>,
    /// Object key of the reporter's thumbnail.
    pub thumbnail: Option<String>,
    pub position: Option<Place>,
    /// What the officer's own work on this grievance waits for; absent when all of it is on the server.
    pub mark: Option<Mark>,
    /// The server no longer has this document; what is shown is its last known content.
    pub gone: bool,
    pub unsent_photos: u32,
    /// The reporter has not uploaded the picture yet.
    pub photo_missing: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Mark {
    ToSend,
    Leaving,
    Clash,
    Refused,
}

#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    pub statuses: Vec<StatusCount>,
    pub all: u64,
    pub open: u64,
    pub to_send: u64,
    pub photos_to_send: u64,
    pub clashes: u64,
    pub refused: u64,
}

#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StatusCount {
    pub status: String,
    pub count: u64,
}
