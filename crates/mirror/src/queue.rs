//! Pages of the triage queue. A page begins behind the last row of the one before (its cursor),
//! so it costs the same wherever it is, and a row is on one page however the queue grows.
//!
//! A filter is a set of statuses, whose indexes are read in order and merged; where a search found only a few rows, those
//! are fetched and sorted.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use rusqlite::{Connection, OptionalExtension};

use crate::row::{self, Row};
use crate::{Mirror, MirrorError, counts, search, settings};

/// What the officer looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pub show: Show,
    /// Words, or beginnings of words, of description, address, reporter or id.
    pub search: Option<String>,
    pub order: Order,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Show {
    All,
    /// Still waiting for somebody.
    Open,
    Status(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By the time of the report.
    Newest,
    Oldest,
    /// By the time of the last change, the latest first.
    LastChanged,
}

/// The last row of a page. As text, `12.34`, it goes to the window and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The value the queue is ordered by.
    at: i64,
    n: i64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub rows: Vec<Row>,
    /// Where the next page begins; `None` when this is the last.
    pub next: Option<Cursor>,
    /// Rows on all pages.
    pub total: u64,
}

/// Up to so many known rows are fetched and sorted; more are looked for along the index.
const FEW: usize = 500;

const LONGEST_PAGE: u32 = 500;

impl Mirror {
    /// A page of at most `limit` (1 to 500) rows behind `after`.
    pub fn queue(&self, query: &Query, after: Option<&Cursor>, limit: u32) -> Result<Page, MirrorError> {
        self.read(|file| {
            let limit = limit.clamp(1, LONGEST_PAGE) as usize;
            let chosen = choose(file, query)?;
            let total = chosen.total(file)?;
            let mut keys = chosen.keys(file, query.order, after.copied(), limit + 1)?;
            let more = keys.len() > limit;
            keys.truncate(limit);
            Ok(Page {
                rows: keys.iter().map(|key| row::read(file, key.n)).collect::<Result<_, _>>()?,
                next: keys.last().copied().filter(|_| more),
                total,
            })
        })
    }
}

/// The rows of a query.
struct Chosen {
    /// Each with its number of grievances.
    statuses: Vec<(String, u64)>,
    /// Whether `statuses` leaves anything out.
    every_status: bool,
    /// Nothing but these.
    only: Option<HashSet<i64>>,
}

fn choose(file: &Connection, query: &Query) -> Result<Chosen, MirrorError> {
    let workflow = settings::workflow(file)?;
    let mut statuses = counts::statuses(file, &workflow)?;
    match &query.show {
        Show::All => {}
        Show::Open => statuses.retain(|(status, _)| counts::is_open(&workflow, status)),
        Show::Status(wanted) => statuses.retain(|(status, _)| status == wanted),
    }
    let only = match &query.search {
        Some(text) => search::hits(file, text)?.map(|hits| hits.into_iter().collect()),
        None => None,
    };
    Ok(Chosen { statuses, every_status: query.show == Show::All, only })
}

impl Chosen {
    fn total(&self, file: &Connection) -> Result<u64, MirrorError> {
        match &self.only {
            None => Ok(self.statuses.iter().map(|(_, grievances)| grievances).sum()),
            Some(only) if self.every_status => Ok(only.len() as u64),
            Some(only) if only.len() <= FEW => Ok(self.few(file, only, Order::Newest)?.len() as u64),
            Some(only) => {
                let mut total = 0;
                let mut statement = file.prepare_cached("SELECT n FROM grievance WHERE status = ?1")?;
                for (status, _) in &self.statuses {
                    let mut rows = statement.query([status])?;
                    while let Some(row) = rows.next()? {
                        total += u64::from(only.contains(&row.get(0)?));
                    }
                }
                Ok(total)
            }
        }
    }

    /// The first `limit` rows behind `after`.
    fn keys(
        &self,
        file: &Connection,
        order: Order,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Vec<Cursor>, MirrorError> {
        let mut keys = match &self.only {
            Some(only) if only.len() <= FEW => {
                let mut keys = self.few(file, only, order)?;
                keys.retain(|key| after.is_none_or(|after| order.is_behind(*key, after)));
                keys
            }
            Some(_) | None => self.along_the_index(file, order, after, limit)?,
        };
        match order {
            Order::Newest | Order::LastChanged => keys.sort_unstable_by_key(|key| Reverse((key.at, key.n))),
            Order::Oldest => keys.sort_unstable_by_key(|key| (key.at, key.n)),
        }
        keys.truncate(limit);
        Ok(keys)
    }

    fn few(&self, file: &Connection, only: &HashSet<i64>, order: Order) -> Result<Vec<Cursor>, MirrorError> {
        let sql = format!("SELECT {}, status FROM grievance WHERE n = ?1", order.column());
        let mut statement = file.prepare_cached(&sql)?;
        let mut keys = Vec::with_capacity(only.len());
        for n in only {
            let found =
                statement.query_row([n], |row| Ok((row.get(0)?, row.get::<_, String>(1)?))).optional()?;
            let Some((at, status)) = found else { continue };
            if self.every_status || self.statuses.iter().any(|(chosen, _)| *chosen == status) {
                keys.push(Cursor { at, n: *n });
            }
        }
        Ok(keys)
    }

    /// Up to `limit` rows of each status; what the page needs is among them.
    fn along_the_index(
        &self,
        file: &Connection,
        order: Order,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Vec<Cursor>, MirrorError> {
        let mut statement = file.prepare_cached(&order.sql())?;
        let after = after.unwrap_or(order.start());
        let mut keys = Vec::new();
        for (status, _) in self.statuses.iter().filter(|(_, grievances)| *grievances > 0) {
            let enough = keys.len() + limit;
            let mut rows = statement.query((status, after.at, after.n))?;
            while keys.len() < enough
                && let Some(row) = rows.next()?
            {
                let key = Cursor { at: row.get(0)?, n: row.get(1)? };
                if self.only.as_ref().is_none_or(|only| only.contains(&key.n)) {
                    keys.push(key);
                }
            }
        }
        Ok(keys)
    }
}

impl Order {
    fn column(self) -> &'static str {
        match self {
            Order::Newest | Order::Oldest => "reported_at",
            Order::LastChanged => "changed_at",
        }
    }

    fn sql(self) -> String {
        let column = self.column();
        let (behind, direction) = match self {
            Order::Newest | Order::LastChanged => ("<", "DESC"),
            Order::Oldest => (">", "ASC"),
        };
        format!(
            "SELECT {column}, n FROM grievance WHERE status = ?1 AND ({column}, n) {behind} (?2, ?3)
             ORDER BY {column} {direction}, n {direction}"
        )
    }

    /// Before the first row.
    fn start(self) -> Cursor {
        match self {
            Order::Newest | Order::LastChanged => Cursor { at: i64::MAX, n: i64::MAX },
            Order::Oldest => Cursor { at: i64::MIN, n: i64::MIN },
        }
    }

    fn is_behind(self, key: Cursor, after: Cursor) -> bool {
        let (key, after) = ((key.at, key.n), (after.at, after.n));
        match self {
            Order::Newest | Order::LastChanged => key < after,
            Order::Oldest => key > after,
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}.{}", self.at, self.n)
    }
}

impl FromStr for Cursor {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Cursor, Self::Err> {
        let (at, n) = text.split_once('.').unwrap_or((text, ""));
        Ok(Cursor { at: at.parse()?, n: n.parse()? })
    }
}
