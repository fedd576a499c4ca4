use serde::Serialize;
use serde_json::{Value, json};

use crate::{Document, DomainError, Edit};

/// One immutable line of a case's history: document `entry:<grievance id>:<ulid>` of the internal
/// database. The id is the laptop's own making, so entries never clash.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The ULID; of a change, the id of the edit it tells of.
    pub id: String,
    pub by: Option<String>,
    /// RFC 3339 with offset.
    pub at: Option<String>,
    pub said: Said,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Said {
    /// A field that an officer changed; `rev` is the revision that acknowledged it.
    Change { field: String, before: Value, after: Value, rev: Option<String> },
    /// An officer's words.
    Note { text: String },
    /// An officer was there.
    Visit { text: String },
}

pub(crate) const PREFIX: &str = "entry:";

pub(crate) fn document_id(grievance: &str, id: &str) -> String {
    format!("{PREFIX}{grievance}:{id}")
}

impl Entry {
    const LONGEST: usize = 4000;

    /// `None` for a document that another program wrote in a form we do not know.
    pub fn of(document: &Document) -> Option<Entry> {
        let text = || document.read("text");
        let said = match document.read::<String>("kind")?.as_str() {
            "change" => Said::Change {
                field: document.read("field")?,
                before: document.read("before").unwrap_or_default(),
                after: document.read("after").unwrap_or_default(),
                rev: document.read("rev"),
            },
            "note" => Said::Note { text: text()? },
            "visit" => Said::Visit { text: text()? },
            _ => return None,
        };
        let id = document.read::<String>("_id")?.rsplit_once(':')?.1.to_owned();
        Some(Entry { id, by: document.read("by"), at: document.read("at"), said })
    }

    /// The document that tells of a change which revision `rev` holds.
    pub fn of_change(edit: &Edit, rev: &str) -> Value {
        json!({
            "_id": document_id(&edit.document, &edit.id),
            "kind": "change",
            "field": edit.field.name(),
            "before": edit.seen,
            "after": edit.wanted,
            "rev": rev,
            "by": edit.by,
            "at": edit.at,
        })
    }

    /// The document of an officer's own words about `grievance`; `visit` says that they were there.
    pub fn of_note(
        grievance: &str,
        id: &str,
        visit: bool,
        text: &str,
        by: &str,
        at: &str,
    ) -> Result<Value, DomainError> {
        let text = text.trim();
        match text.chars().count() {
            0 => return Err(DomainError::Empty { what: "The note" }),
            length if length > Entry::LONGEST => {
                return Err(DomainError::TooLong { what: "The note", limit: Entry::LONGEST });
            }
            _ => {}
        }
        let kind = if visit { "visit" } else { "note" };
        Ok(json!({ "_id": document_id(grievance, id), "kind": kind, "text": text, "by": by, "at": at }))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Field;

    #[test]
    fn what_was_written_reads_back() {
        let edit = Edit {
            id: "01E".into(),
            document: "0f".into(),
            field: Field::Priority,
            seen: Value::Null,
            wanted: "high".into(),
            sent: vec![],
            by: "asha".into(),
            at: "2026-11-23T10:41:05+05:30".into(),
        };
        let change = Entry::of_change(&edit, "3-c").to_string();
        let entry = Entry::of(&Document::parse(&change).unwrap()).unwrap();
        let said = Said::Change {
            field: "priority".into(),
            before: Value::Null,
            after: "high".into(),
            rev: Some("3-c".into()),
        };
        assert_eq!((entry.id.as_str(), &entry.said), ("01E", &said));

        let note = Entry::of_note("0f", "01N", true, " Drain is open ", "asha", &edit.at).unwrap();
        assert_eq!(note["_id"], "entry:0f:01N");
        let entry = Entry::of(&Document::parse(&note.to_string()).unwrap()).unwrap();
        assert_eq!(entry.said, Said::Visit { text: "Drain is open".into() });
        Entry::of_note("0f", "01N", false, "  ", "asha", &edit.at).unwrap_err();
    }

    #[test]
    fn another_programs_entry_is_no_error() {
        let odd = Document::parse(r#"{"_id":"entry:0f:1","kind":"invoice"}"#).unwrap();
        assert_eq!(Entry::of(&odd), None);
    }
}
