//! Rows of `_changes`: what was asked for, and one batch of it.

use std::collections::HashSet;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::answer::{Refusal, quoted};
use super::database::{Database, Document};
use super::question::Question;
use super::rendering::{Extras, render_winner};
use super::selector::Selector;
use super::sequence;

/// Rows looked at while the server is locked once.
const BATCH: usize = 1000;
/// CouchDB's `changes_timeout`, also the most a client may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// CouchDB's limit where none is given.
const NO_LIMIT: u64 = 1_000_000_000_000_000;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    Normal,
    Longpoll,
    Continuous,
}

pub struct Wanted {
    pub feed: Feed,
    pub since: u64,
    pub limit: u64,
    pub descending: bool,
    pub timeout: Duration,
    /// With a heartbeat a feed waits for ever.
    pub heartbeat: Option<Duration>,
    /// Rows get a sequence where the rows still wanted are a multiple of this, the others null.
    sequence_interval: u64,
    every_leaf: bool,
    include_docs: bool,
    extras: Extras,
    filter: Filter,
}

enum Filter {
    Everything,
    Ids(HashSet<String>),
    Design,
    Selector { selector: Selector, fields: Option<Vec<String>> },
}

impl Wanted {
    pub fn read(database: &Database, question: &Question) -> Result<Self, Refusal> {
        let body = match question.verb() {
            "GET" => Value::Null,
            "POST" if question.body.is_empty() => Value::Null,
            "POST" => Value::Object(question.posted_object()?),
            _ => return Err(Refusal::wrong_method("GET,HEAD,POST")),
        };
        let newest = database.contents.newest;
        let since = question.parameter("since").unwrap_or("0");
        let feed = match question.parameter("feed") {
            None | Some("normal") => Feed::Normal,
            Some("longpoll") => Feed::Longpoll,
            Some("continuous") => Feed::Continuous,
            Some(other) => return Err(Refusal::not_offered(&format!("The feed {other}"))),
        };
        let milliseconds =
            |name| question.number_parameter(name).map(|given| given.map(Duration::from_millis));
        let heartbeat = match question.parameter("heartbeat") {
            Some("true") => Some(LONGEST_WAIT),
            Some(_) => milliseconds("heartbeat")?,
            None => None,
        };
        let limit = question.number_parameter("limit")?;
        Ok(Self {
            feed,
            since: sequence::read(since, &database.tag, newest)?,
            limit: limit.unwrap_or(NO_LIMIT),
            descending: question.flag("descending"),
            timeout: milliseconds("timeout")?.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT),
            heartbeat,
            sequence_interval: question.number_parameter("seq_interval")?.unwrap_or(1).max(1),
            every_leaf: question.parameter("style") == Some("all_docs"),
            include_docs: question.flag("include_docs"),
            extras: Extras { conflicts: question.flag("conflicts"), ..Extras::default() },
            filter: Filter::read(database, question, &body)?,
        })
    }
}

impl Filter {
    fn read(database: &Database, question: &Question, body: &Value) -> Result<Self, Refusal> {
        match question.parameter("filter") {
            None => Ok(Self::Everything),
            Some("_design") => Ok(Self::Design),
            Some("_doc_ids") => {
                let ids = match body.get("doc_ids") {
                    Some(ids) => ids.clone(),
                    None => question.json_parameter("doc_ids")?.unwrap_or_default(),
                };
                let ids = ids.as_array().ok_or_else(|| {
                    Refusal::bad_request("`doc_ids` filter parameter is not a list of doc ids.")
                })?;
                Ok(Self::Ids(ids.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect()))
            }
            Some("_selector") => Ok(Self::Selector {
                selector: Selector::read(body.get("selector").unwrap_or(&Value::Null))?,
                fields: body.get("fields").and_then(Value::as_array).map(|fields| {
                    fields.iter().filter_map(|field| field.as_str().map(str::to_owned)).collect()
                }),
            }),
            Some(function) => {
                let (design, name) = function.split_once('/').unwrap_or((function, ""));
                match database.live_members(&format!("_design/{design}")) {
                    Some(members) if members.contains(&quoted(name)) => {
                        Err(Refusal::not_offered("A filter function"))
                    }
                    Some(_) => Err(Refusal::not_found(format!("missing json key: {name}"))),
                    None => Err(Refusal::not_found("missing")),
                }
            }
        }
    }
}

/// Where a reader stands after a batch.
pub struct Batch {
    pub rows: Vec<String>,
    /// The sequence of the last row looked at.
    pub reached: u64,
    /// Nothing more is there now.
    pub finished: bool,
}

/// The next rows after `cursor` (before it, descending), at most `limit` of them.
pub fn next_batch(database: &Database, wanted: &Wanted, cursor: u64, limit: u64) -> Batch {
    let mut batch = Batch { rows: Vec::new(), reached: cursor, finished: true };
    let by_sequence = &database.contents.by_sequence;
    let mut add = |(sequence, id): (&u64, &Arc<str>), looked_at: usize| {
        let left = limit - batch.rows.len() as u64;
        if left == 0 || looked_at >= BATCH {
            batch.finished = false;
            return false;
        }
        batch.reached = *sequence;
        if let Some(document) = database.contents.documents.get(id) {
            let sequence = Some(*sequence).filter(|_| left.is_multiple_of(wanted.sequence_interval));
            batch.rows.extend(row(database, wanted, sequence, id, document));
        }
        true
    };
    if wanted.descending {
        let mut range = by_sequence.range(..cursor).rev().enumerate();
        while range.next().is_some_and(|(index, entry)| add(entry, index)) {}
    } else {
        let mut range = by_sequence.range((Bound::Excluded(cursor), Bound::Unbounded)).enumerate();
        while range.next().is_some_and(|(index, entry)| add(entry, index)) {}
    }
    batch
}

/// Changes still to come after `cursor`, whatever the filter.
pub fn pending(database: &Database, wanted: &Wanted, cursor: u64) -> usize {
    let by_sequence = &database.contents.by_sequence;
    if wanted.descending {
        by_sequence.range(..cursor).count()
    } else {
        by_sequence.range((Bound::Excluded(cursor), Bound::Unbounded)).count()
    }
}

fn row(
    database: &Database,
    wanted: &Wanted,
    sequence: Option<u64>,
    id: &str,
    document: &Document,
) -> Option<String> {
    let winner = document.tree.winner()?;
    let mut shown = None;
    match &wanted.filter {
        Filter::Everything => {}
        Filter::Ids(ids) if ids.contains(id) => {}
        Filter::Design if id.starts_with("_design/") => {}
        Filter::Ids(_) | Filter::Design => return None,
        Filter::Selector { selector, fields } => {
            let mut text = String::new();
            render_winner(&mut text, id, document, Extras::default());
            let value: Value = serde_json::from_str(&text).ok()?;
            if !selector.matches(&value) {
                return None;
            }
            shown = fields.as_ref().map(|fields| picked(&value, fields));
        }
    }
    let mut out = String::with_capacity(256);
    out.push_str("{\"seq\":");
    match sequence {
        Some(sequence) => out.push_str(&quoted(&database.sequence_text(sequence))),
        None => out.push_str("null"),
    }
    out.push_str(",\"id\":");
    out.push_str(&quoted(id));
    out.push_str(",\"changes\":[");
    if wanted.every_leaf {
        for (index, leaf) in document.tree.leaves().into_iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            out.push_str(&format!("{comma}{{\"rev\":\"{}\"}}", leaf.revision));
        }
    } else {
        out.push_str(&format!("{{\"rev\":\"{}\"}}", winner.revision));
    }
    out.push(']');
    if winner.deleted {
        out.push_str(",\"deleted\":true");
    }
    if wanted.include_docs {
        out.push_str(",\"doc\":");
        match shown {
            Some(shown) => out.push_str(&shown),
            None => render_winner(&mut out, id, document, wanted.extras),
        }
    }
    out.push('}');
    Some(out)
}

fn picked(document: &Value, fields: &[String]) -> String {
    let mut shown = serde_json::Map::new();
    for field in fields {
        if let Some(value) = document.get(field) {
            shown.insert(field.clone(), value.clone());
        }
    }
    Value::Object(shown).to_string()
}
