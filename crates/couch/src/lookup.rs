//! Many documents by their ids in one request.

use std::borrow::Cow;

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::page::read_body;
use crate::request::{LARGEST_BATCH, Request};
use crate::{Change, CouchError, Database};

impl Database {
    /// What the server has of each of `ids`, in their order, with the document of a living one.
    /// `None`: it has nothing of it, not even a deletion.
    ///
    /// # Errors
    /// `TooLarge` when the documents have more than 64 MiB: ask for fewer. One alone never fails so;
    /// it comes without its body and with the reason.
    pub async fn look_up(&self, ids: &[String]) -> Result<Vec<Option<Change>>, CouchError> {
        match self.rows(ids, true).await {
            Err(CouchError::TooLarge) if ids.len() <= 1 => {
                let mut found = self.rows(ids, false).await?;
                for change in found.iter_mut().flatten().filter(|change| !change.deleted) {
                    change.body = Err(format!("larger than {} MiB", LARGEST_BATCH >> 20));
                }
                Ok(found)
            }
            found => found,
        }
    }

    async fn rows(&self, ids: &[String], documents: bool) -> Result<Vec<Option<Change>>, CouchError> {
        #[derive(Deserialize)]
        struct Answer {
            rows: Vec<Box<RawValue>>,
        }
        let mut request = Request::new(Method::POST, &[&self.name, "_all_docs"])
            .json(&json!({ "keys": ids }))?
            .cap(LARGEST_BATCH);
        if documents {
            request = request.query("include_docs", "true").query("conflicts", "true");
        }
        let answer: Answer = self.server.ask(&request).await?.shape()?;
        let asked = ids.iter().zip(&answer.rows);
        let found: Option<Vec<Option<Change>>> = asked.map(|(id, row)| read_row(row, id)).collect();
        found
            .filter(|_| answer.rows.len() == ids.len())
            .ok_or_else(|| CouchError::not_ours("documents that are not those asked for"))
    }
}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    value: Option<Value>,
    error: Option<String>,
    #[serde(borrow)]
    doc: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Value {
    rev: String,
    #[serde(default)]
    deleted: bool,
}

/// `None`: this is no answer about the document `id`.
fn read_row(row: &RawValue, id: &str) -> Option<Option<Change>> {
    let row: Row = serde_json::from_str(row.get()).ok().filter(|row: &Row| row.key == id)?;
    let value = match (row.value, row.error.as_deref()) {
        (Some(value), None) => value,
        (None, Some("not_found")) => return Some(None),
        (_, _) => return None,
    };
    let read = match row.doc {
        Some(doc) => read_body(doc, id, &value.rev).map(|conflicts| (Some(doc.to_owned()), conflicts)),
        None => Ok((None, Vec::new())),
    };
    let (body, conflicts) = match read {
        Ok((body, conflicts)) => (Ok(body), conflicts),
        Err(reason) => (Err(reason), Vec::new()),
    };
    Some(Some(Change { id: id.to_owned(), rev: value.rev, deleted: value.deleted, conflicts, body }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// (living and its body is good, deleted) of the document `lamp`.
    fn seen(row: &str) -> Option<Option<(bool, bool)>> {
        let row = RawValue::from_string(row.to_owned()).unwrap();
        let found = read_row(&row, "lamp")?;
        Some(found.map(|change| (matches!(change.body, Ok(Some(_))), change.deleted)))
    }

    #[test]
    fn a_row_is_a_document_a_deletion_nothing_or_not_our_servers() {
        let living =
            r#"{"id":"lamp","key":"lamp","value":{"rev":"1-a"},"doc":{"_id":"lamp","_rev":"1-a","n":1.0}}"#;
        assert_eq!(seen(living), Some(Some((true, false))));
        let unsound = living.replace("1.0", r#""\ud800""#);
        assert_eq!(seen(&unsound), Some(Some((false, false))), "set aside");
        let another = living.replace(r#""_id":"lamp""#, r#""_id":"drain""#);
        assert_eq!(seen(&another), Some(Some((false, false))), "set aside");
        let deleted = r#"{"id":"lamp","key":"lamp","value":{"rev":"2-b","deleted":true},"doc":null}"#;
        assert_eq!(seen(deleted), Some(Some((false, true))));
        assert_eq!(seen(r#"{"key":"lamp","error":"not_found"}"#), Some(None));
        for other in [
            r#"{"key":"drain","error":"not_found"}"#,
            r#"{"key":"lamp","error":"timeout"}"#,
            r#"{"key":"lamp"}"#,
            r#"[]"#,
        ] {
            assert_eq!(seen(other), None, "{other}");
        }
    }
}
