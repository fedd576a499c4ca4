//! A document as a client sends it, checked and taken apart.

use serde_json::{Map, Value};

use super::answer::Refusal;
use super::json_number;
use super::revision::Revision;

/// Bytes of a document's JSON; CouchDB's default `max_document_size`.
const LARGEST_DOCUMENT: usize = 8_000_000;

/// One edit of one document.
#[derive(Debug, Clone)]
pub struct Edit {
    pub id: String,
    /// `_revisions` or else `_rev`, newest first; empty when neither was given.
    pub history: Vec<Revision>,
    pub deleted: bool,
    /// The document's own members, numbers settled.
    pub members: Map<String, Value>,
}

impl Edit {
    /// `id` is the one in the address, which wins over the one in the document.
    pub fn read(id: Option<&str>, document: Value) -> Result<Self, Refusal> {
        let Value::Object(document) = document else {
            return Err(Refusal::bad_request("Document must be a JSON object"));
        };
        let mut edit = Self {
            id: id.unwrap_or_default().to_owned(),
            history: Vec::new(),
            deleted: false,
            members: Map::new(),
        };
        let mut revision = None;
        for (name, mut value) in document {
            match (name.as_str(), value) {
                ("_id", Value::String(given)) if id.is_none() => edit.id = given,
                ("_id", Value::String(_)) => {}
                ("_id", _) => {
                    return Err(Refusal::new(400, "illegal_docid", "Document id must be a string"));
                }
                ("_rev", Value::String(text)) => revision = Some(Revision::parse(&text)?),
                ("_rev", _) => return Err(Refusal::bad_request("Invalid rev format")),
                ("_revisions", value) => edit.history = read_history(&value)?,
                ("_deleted", value) => edit.deleted = value == Value::Bool(true),
                ("_attachments", value) => {
                    if value.as_object().is_none_or(|found| !found.is_empty()) {
                        return Err(Refusal::not_offered("An attachment"));
                    }
                }
                ("_revs_info" | "_local_seq" | "_conflicts" | "_deleted_conflicts", _) => {}
                (special, _) if special.starts_with('_') => {
                    return Err(Refusal::new(
                        400,
                        "doc_validation",
                        format!("Bad special document member: {special}"),
                    ));
                }
                (_, found) => {
                    value = found;
                    json_number::settle(&mut value)?;
                    edit.members.insert(name, value);
                }
            }
        }
        if edit.history.is_empty() {
            edit.history.extend(revision);
        }
        check_id(&edit.id, id.is_some())?;
        Ok(edit)
    }

    /// The members as JSON without braces, as the revision tree keeps them.
    pub fn members_text(&self) -> Result<String, Refusal> {
        let text = Value::Object(self.members.clone()).to_string();
        if text.len() > LARGEST_DOCUMENT {
            return Err(Refusal::new(413, "document_too_large", ""));
        }
        Ok(text[1..text.len() - 1].to_owned())
    }
}

/// An empty id is the server's to choose, unless it was the address.
fn check_id(id: &str, from_address: bool) -> Result<(), Refusal> {
    if id.is_empty() && from_address {
        return Err(Refusal::new(400, "illegal_docid", "Document id must not be empty"));
    }
    if id.starts_with('_') && !id.starts_with("_design/") && !id.starts_with("_local/") {
        return Err(Refusal::new(
            400,
            "illegal_docid",
            "Only reserved document ids may start with underscore.",
        ));
    }
    Ok(())
}

fn read_history(value: &Value) -> Result<Vec<Revision>, Refusal> {
    let wrong = || Refusal::new(400, "doc_validation", "_revisions.start isn't an integer.");
    let start = value["start"].as_u64().ok_or_else(wrong)?;
    let ids = value["ids"]
        .as_array()
        .ok_or_else(|| Refusal::new(400, "doc_validation", "_revisions.ids isn't a array."))?;
    ids.iter()
        .zip((1..=start).rev())
        .map(|(id, generation)| {
            id.as_str()
                .and_then(|hash| Revision::from_parts(generation, hash))
                .ok_or_else(|| Refusal::new(400, "doc_validation", "RevId isn't a string"))
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_unknown_special_member_is_refused_and_known_ones_are_not_content() {
        let refused = Edit::read(Some("u"), json!({"_foo": 1})).unwrap_err();
        assert_eq!(refused.error, "doc_validation");
        let edit = Edit::read(None, json!({"b": 1, "_id": "x", "_conflicts": [], "_deleted": false, "a": 2}))
            .unwrap();
        assert_eq!(edit.members_text().unwrap(), r#""b":1,"a":2"#);
        assert_eq!(edit.id, "x");
    }
}
