use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::{Document, DomainError, Triage};

/// One thing an officer changed on this laptop that the server has not got.
///
/// `seen` is what the officer looked at when deciding, and so the merge base. There is one edit
/// for a field of a document: changing the field again replaces `wanted` and keeps `seen`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Edit {
    /// A ULID made on the laptop.
    pub id: String,
    /// The document's `_id`.
    pub document: String,
    pub field: Field,
    pub seen: Value,
    pub wanted: Value,
    /// Values of this edit that left for the server without an answer: each may have arrived.
    pub sent: Vec<Value>,
    /// Who changed it, and when (RFC 3339 with offset).
    pub by: String,
    pub at: String,
}

/// What an edit changes. The status, its reason and the twin it points to are one decision and
/// so one field: no merge may tear them apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// A whole new grievance; `wanted` is its document.
    Report,
    /// `{"status", "reason", "duplicateOf"}`
    Status,
    /// A category's key or null.
    Category,
    /// Text for the citizen or null.
    Reply,
    /// One [`crate::TriagePhoto`], named by its id.
    Photo(String),
    /// What the citizen wrote, brought back after it was altered: an object of the report's members,
    /// null for one that is not there.
    Words,
}

/// The members of a grievance that are the citizen's (PRODUCT.md, The documents).
const CITIZENS: [&str; 6] =
    ["reportedBy", "reportedDateTime", "picture", "problemDescription", "geoLocation", "address"];

impl Field {
    /// The field's name in the mirror and across IPC.
    pub fn name(&self) -> String {
        match self {
            Field::Report => "report".to_owned(),
            Field::Status => "status".to_owned(),
            Field::Category => "category".to_owned(),
            Field::Reply => "reply".to_owned(),
            Field::Photo(id) => format!("photo:{id}"),
            Field::Words => "words".to_owned(),
        }
    }

    pub fn parse(name: &str) -> Result<Field, DomainError> {
        match name {
            "report" => Ok(Field::Report),
            "status" => Ok(Field::Status),
            "category" => Ok(Field::Category),
            "reply" => Ok(Field::Reply),
            "words" => Ok(Field::Words),
            _ => match name.strip_prefix("photo:") {
                Some(id) if !id.is_empty() => Ok(Field::Photo(id.to_owned())),
                _ => Err(DomainError::UnknownField(name.to_owned())),
            },
        }
    }

    /// Additions have ids of the laptop's own making, so they cannot clash with anybody's work.
    pub fn is_addition(&self) -> bool {
        match self {
            Field::Report | Field::Photo(_) => true,
            Field::Status | Field::Category | Field::Reply | Field::Words => false,
        }
    }

    /// Whether it is a decision, which the object `triage` holds with who took it and when.
    pub(crate) fn is_decision(&self) -> bool {
        match self {
            Field::Status | Field::Category | Field::Reply | Field::Photo(_) => true,
            Field::Report | Field::Words => false,
        }
    }

    /// What `document` holds in this field, in the form of `seen` and `wanted`; null for an
    /// addition that is not there.
    pub fn found(&self, document: Option<&Document>) -> Value {
        let Some(document) = document else { return Value::Null };
        let triage = Triage::of(document);
        match self {
            Field::Report => json!({ "_id": document.read::<String>("_id") }),
            Field::Status => status_value(&triage.status, triage.reason, triage.duplicate_of),
            Field::Category => triage.category.into(),
            Field::Reply => triage.reply.into(),
            Field::Photo(id) => photos(&document.object("triage"))
                .iter()
                .find(|photo| photo_id(photo).as_ref() == Some(id))
                .and_then(|photo| serde_json::from_str(photo.get()).ok())
                .unwrap_or(Value::Null),
            Field::Words => CITIZENS
                .into_iter()
                .map(|member| (member.to_owned(), document.read(member).unwrap_or(Value::Null)))
                .collect(),
        }
    }

    /// Writes `wanted` into the object `triage` of a grievance.
    pub(crate) fn write(&self, triage: &mut Document, wanted: &Value) -> Result<(), DomainError> {
        match self {
            Field::Report | Field::Words => Ok(()),
            Field::Status => {
                for member in ["status", "reason", "duplicateOf"] {
                    triage.set(member, &wanted[member])?;
                }
                Ok(())
            }
            Field::Category => triage.set("category", wanted),
            Field::Reply => triage.set("reply", wanted),
            Field::Photo(_) => {
                let mut all = photos(triage);
                all.push(serde_json::value::to_raw_value(wanted).map_err(DomainError::NotAnObject)?);
                triage.set("photos", &all)
            }
        }
    }
}

/// Writes the citizen's members of `wanted` that are not in `document` yet; the others keep their text.
pub(crate) fn write_words(document: &mut Document, wanted: &Value) -> Result<(), DomainError> {
    let found = Field::Words.found(Some(document));
    for member in CITIZENS.into_iter().filter(|member| found[*member] != wanted[*member]) {
        match &wanted[member] {
            Value::Null => document.remove(member),
            value => document.set(member, value)?,
        }
    }
    Ok(())
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name())
    }
}

/// The value of [`Field::Status`].
pub fn status_value(status: &str, reason: Option<String>, duplicate_of: Option<String>) -> Value {
    json!({ "status": status, "reason": reason, "duplicateOf": duplicate_of })
}

/// Photos as their own text, so that members we do not know survive an addition.
fn photos(triage: &Document) -> Vec<Box<RawValue>> {
    triage.read("photos").unwrap_or_default()
}

fn photo_id(photo: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        id: String,
    }
    serde_json::from_str::<Named>(photo.get()).ok().map(|named| named.id)
}
