use serde::{Deserialize, Serialize};
use specta::Type;

use super::Text;

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
    pub after: Option<Text<100>>,
    /// Rows, 1 to 500.
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
    /// Until when the city allows it to wait (unix seconds); absent where it is done or no time is set.
    pub allowed_until: Option<i64>,
    /// Object key of the reporter's thumbnail.
    pub thumbnail: Option<String>,
    /// What the officer's own work on this grievance waits for; absent when all of it is on the server.
    pub mark: Option<Mark>,
    /// The server no longer has this document; what is shown is its last known content.
    pub gone: bool,
    pub unsent_photos: u32,
    /// The reporter has not uploaded the picture yet.
    pub photo_missing: bool,
    /// What the citizen reported is not what this laptop first saw, and can be brought back.
    pub altered: bool,
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
    pub clashes: u64,
    pub refused: u64,
}

#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StatusCount {
    pub status: String,
    pub count: u64,
}

impl Query {
    /// Where the page begins. What is no cursor of ours begins at the beginning.
    pub fn cursor(&self) -> Option<mirror::Cursor> {
        self.after.as_ref().and_then(|after| after.as_str().parse().ok())
    }
}

impl Page {
    /// `workflow` tells how long each may wait.
    pub fn of(page: mirror::Page, workflow: &domain::Workflow) -> Page {
        Page {
            rows: page.rows.into_iter().map(|row| Row::of(row, workflow)).collect(),
            next: page.next.map(|next| next.to_string()),
            total: page.total,
        }
    }
}

impl From<Query> for mirror::Query {
    fn from(query: Query) -> mirror::Query {
        mirror::Query {
            show: query.show.into(),
            search: query.search.map(Text::into_string),
            order: match query.order {
                Order::Newest => mirror::Order::Newest,
                Order::Oldest => mirror::Order::Oldest,
                Order::LastChanged => mirror::Order::LastChanged,
            },
        }
    }
}

impl From<Show> for mirror::Show {
    fn from(show: Show) -> mirror::Show {
        match show {
            Show::All => mirror::Show::All,
            Show::Open => mirror::Show::Open,
            Show::Status { status } => mirror::Show::Status(status.into_string()),
        }
    }
}

impl Row {
    fn of(row: mirror::Row, workflow: &domain::Workflow) -> Row {
        let allowed_until = row.reported_at.and_then(|reported_at| {
            workflow.allowed_until(&row.status, row.category.as_deref(), reported_at)
        });
        Row {
            allowed_until,
            id: row.id,
            description: row.description,
            address: row.address,
            reported_at: row.reported_at,
            status: row.status,
            category: row.category,
            thumbnail: row.thumbnail,
            mark: row.mark.map(Mark::from),
            gone: row.gone,
            unsent_photos: row.unsent_photos,
            photo_missing: row.photo_missing,
            altered: row.altered,
        }
    }
}

impl From<mirror::Mark> for Mark {
    fn from(mark: mirror::Mark) -> Mark {
        match mark {
            mirror::Mark::ToSend => Mark::ToSend,
            mirror::Mark::Leaving => Mark::Leaving,
            mirror::Mark::Clash => Mark::Clash,
            mirror::Mark::Refused => Mark::Refused,
        }
    }
}

impl From<mirror::Counts> for Counts {
    fn from(counts: mirror::Counts) -> Counts {
        let count = |(status, count)| StatusCount { status, count };
        Counts {
            statuses: counts.statuses.into_iter().map(count).collect(),
            all: counts.all,
            open: counts.open,
            to_send: counts.to_send,
            clashes: counts.clashes,
            refused: counts.refused,
        }
    }
}
