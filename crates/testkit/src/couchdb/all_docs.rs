//! `_all_docs`: documents by id, as bytes order them, a range of them or the ones named.

use std::ops::Bound;
use std::sync::Arc;

use axum::response::Response;
use serde_json::{Map, Value};

use super::answer::{Refusal, quoted, text_answer};
use super::database::{Database, Document};
use super::question::Question;
use super::rendering::{Extras, list, render_winner};

pub fn answer(database: &Database, question: &Question) -> Result<Response, Refusal> {
    let asked = Asked::read(question)?;
    let documents = &database.contents.documents;
    let total = database.contents.live;
    if let Some(keys) = &asked.keys {
        let rows = list(keys.iter().skip(asked.skip).take(asked.limit).map(|key| {
            let found = key.as_str().and_then(|id| documents.get_key_value(id));
            match found {
                Some((id, document)) => row(id, document, &asked),
                None => format!("{{\"key\":{key},\"error\":\"not_found\"}}"),
            }
        }));
        let body = format!("{{\"total_rows\":{total},\"offset\":null,\"rows\":{rows}}}");
        return Ok(text_answer(200, body));
    }
    let live = |(_, document): &(&Arc<str>, &Document)| is_live(document);
    let (low, high) = asked.bounds();
    let rows: Vec<String> = match (range_is_empty(&low, &high), asked.descending) {
        (true, _) => Vec::new(),
        (false, false) => documents
            .range::<str, _>((low, high))
            .filter(live)
            .skip(asked.skip)
            .take(asked.limit)
            .map(|(id, document)| row(id, document, &asked))
            .collect(),
        (false, true) => documents
            .range::<str, _>((low, high))
            .rev()
            .filter(live)
            .skip(asked.skip)
            .take(asked.limit)
            .map(|(id, document)| row(id, document, &asked))
            .collect(),
    };
    let before = match low {
        Bound::Included(start) if !asked.descending => {
            documents.range::<str, _>((Bound::Unbounded, Bound::Excluded(start))).filter(live).count()
        }
        _ => 0,
    };
    let offset = before + asked.skip;
    let rows = list(rows.into_iter());
    let body = format!("{{\"total_rows\":{total},\"offset\":{offset},\"rows\":{rows}}}");
    Ok(text_answer(200, body))
}

struct Asked {
    keys: Option<Vec<Value>>,
    start: Option<String>,
    end: Option<String>,
    inclusive_end: bool,
    descending: bool,
    skip: usize,
    limit: usize,
    include_docs: bool,
    extras: Extras,
}

impl Asked {
    /// Options in the body count before those in the address.
    fn read(question: &Question) -> Result<Self, Refusal> {
        let body = match question.verb() {
            "GET" => Map::new(),
            "POST" => question.posted_object()?,
            _ => return Err(Refusal::wrong_method("GET,HEAD,POST")),
        };
        let value = |names: &[&str]| -> Result<Option<Value>, Refusal> {
            for name in names {
                if let Some(found) = body.get(*name) {
                    return Ok(Some(found.clone()));
                }
                if let Some(found) = question.json_parameter(name)? {
                    return Ok(Some(found));
                }
            }
            Ok(None)
        };
        let text = |names: &[&str]| -> Result<Option<String>, Refusal> {
            Ok(value(names)?.and_then(|found| found.as_str().map(str::to_owned)))
        };
        let flag = |name: &str| Ok::<_, Refusal>(value(&[name])? == Some(Value::Bool(true)));
        let number = |name: &str| -> Result<Option<usize>, Refusal> {
            value(&[name])?
                .map(|found| {
                    found.as_u64().and_then(|found| usize::try_from(found).ok()).ok_or_else(|| {
                        let reason = format!("Invalid value for integer: {found}");
                        Refusal::new(400, "query_parse_error", reason)
                    })
                })
                .transpose()
        };
        let keys = match value(&["keys"])? {
            None => None,
            Some(Value::Array(keys)) => Some(keys),
            Some(_) => return Err(Refusal::bad_request("`keys` body member must be an array.")),
        };
        let key = text(&["key"])?;
        Ok(Self {
            keys,
            start: text(&["startkey", "start_key"])?.or_else(|| key.clone()),
            end: text(&["endkey", "end_key"])?.or(key),
            inclusive_end: value(&["inclusive_end"])? != Some(Value::Bool(false)),
            descending: flag("descending")?,
            skip: number("skip")?.unwrap_or(0),
            limit: number("limit")?.unwrap_or(usize::MAX),
            include_docs: flag("include_docs")?,
            extras: Extras { conflicts: flag("conflicts")?, ..Extras::default() },
        })
    }

    /// The range in ascending order.
    fn bounds(&self) -> (Bound<&str>, Bound<&str>) {
        let start = self.start.as_deref().map_or(Bound::Unbounded, Bound::Included);
        let end = match (self.end.as_deref(), self.inclusive_end) {
            (None, _) => Bound::Unbounded,
            (Some(end), true) => Bound::Included(end),
            (Some(end), false) => Bound::Excluded(end),
        };
        if self.descending { (end, start) } else { (start, end) }
    }
}

/// `BTreeMap::range` refuses a range that runs backwards.
fn range_is_empty(low: &Bound<&str>, high: &Bound<&str>) -> bool {
    match (low, high) {
        (Bound::Included(low), Bound::Included(high)) => low > high,
        (Bound::Included(low) | Bound::Excluded(low), Bound::Included(high) | Bound::Excluded(high)) => {
            low >= high
        }
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
    }
}

fn is_live(document: &Document) -> bool {
    document.tree.winner().is_some_and(|winner| !winner.deleted)
}

fn row(id: &str, document: &Document, asked: &Asked) -> String {
    let Some(winner) = document.tree.winner() else {
        return "null".to_owned();
    };
    let name = quoted(id);
    let deleted = if winner.deleted { ",\"deleted\":true" } else { "" };
    let mut out =
        format!("{{\"id\":{name},\"key\":{name},\"value\":{{\"rev\":\"{}\"{deleted}}}", winner.revision);
    if asked.include_docs {
        out.push_str(",\"doc\":");
        if winner.deleted {
            out.push_str("null");
        } else {
            render_winner(&mut out, id, document, asked.extras);
        }
    }
    out.push('}');
    out
}
