use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::branch::open_branches;
use crate::{Document, DomainError, Triage, case, entry, wards};

/// One thing an officer changed on this laptop that the server has not got.
///
/// It belongs to a grievance, whichever document its field is kept in ([`Field::document`]).
/// `seen` is what the officer looked at when deciding, and so the merge base. There is one edit
/// for a field of a document: changing the field again replaces `wanted` and keeps `seen`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// A ULID made on the laptop.
    pub id: String,
    /// The grievance's `_id`.
    pub document: String,
    pub field: Field,
    pub seen: Value,
    pub wanted: Value,
    /// Values of this edit that left for the server without an answer: each may have arrived. While the edit is
    /// leaving, the last one is on its way.
    pub sent: Vec<Value>,
    /// Who changed it, and when (RFC 3339 with offset).
    pub by: String,
    pub at: String,
}

impl Edit {
    /// Whether it wants what was seen, and nothing else of it has left: there is nothing to send.
    pub fn wants_nothing(&self) -> bool {
        self.wanted == self.seen && self.sent.is_empty() && self.field.branch().is_none()
    }
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
    /// A version of the grievance that a server keeps beside the one it shows, named by its
    /// revision: it is set aside. `seen` is its document and `wanted` is null.
    Branch(String),
    /// The same of the grievance's case.
    CaseBranch(String),
    /// The officer's name or null.
    Assignee,
    /// A key of [`case::PRIORITIES`] or null.
    Priority,
    /// A day as `YYYY-MM-DD` or null.
    Due,
    /// Words in order, or null for none.
    Tags,
    /// The name of the ward whose office it is in, or null.
    Ward,
    /// A whole new entry of the case's history, named by its ULID; `wanted` is its document.
    Note(String),
}

/// What kind of document a field is kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// The grievance itself, which citizens' phones read too.
    Grievance,
    /// `case:<grievance id>` in the internal database.
    Case,
    /// `entry:<grievance id>:<ulid>` in the internal database.
    Entry,
}

/// The members of a grievance that are the citizen's.
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
            Field::Assignee => "assignee".to_owned(),
            Field::Priority => "priority".to_owned(),
            Field::Due => "due".to_owned(),
            Field::Tags => "tags".to_owned(),
            Field::Ward => "ward".to_owned(),
            Field::Note(id) => format!("note:{id}"),
            Field::Words => "words".to_owned(),
            Field::Branch(rev) => format!("branch:{rev}"),
            Field::CaseBranch(rev) => format!("caseBranch:{rev}"),
        }
    }

    pub fn parse(name: &str) -> Result<Field, DomainError> {
        match name {
            "report" => Ok(Field::Report),
            "status" => Ok(Field::Status),
            "category" => Ok(Field::Category),
            "reply" => Ok(Field::Reply),
            "assignee" => Ok(Field::Assignee),
            "priority" => Ok(Field::Priority),
            "due" => Ok(Field::Due),
            "tags" => Ok(Field::Tags),
            "ward" => Ok(Field::Ward),
            "words" => Ok(Field::Words),
            _ => match name.split_once(':') {
                Some(("photo", id)) if !id.is_empty() => Ok(Field::Photo(id.to_owned())),
                Some(("note", id)) if !id.is_empty() => Ok(Field::Note(id.to_owned())),
                Some(("branch", rev)) if !rev.is_empty() => Ok(Field::Branch(rev.to_owned())),
                Some(("caseBranch", rev)) if !rev.is_empty() => Ok(Field::CaseBranch(rev.to_owned())),
                _ => Err(DomainError::UnknownField(name.to_owned())),
            },
        }
    }

    pub fn home(&self) -> Home {
        match self {
            Field::Report
            | Field::Status
            | Field::Category
            | Field::Reply
            | Field::Photo(_)
            | Field::Words
            | Field::Branch(_) => Home::Grievance,
            Field::Assignee | Field::Priority | Field::Due | Field::Tags | Field::Ward => Home::Case,
            Field::CaseBranch(_) => Home::Case,
            Field::Note(_) => Home::Entry,
        }
    }

    /// The `_id` of the document that holds this field of `grievance`.
    pub fn document(&self, grievance: &str) -> String {
        match self {
            Field::Note(id) => entry::document_id(grievance, id),
            _ if self.home() == Home::Case => case::document_id(grievance),
            _ => grievance.to_owned(),
        }
    }

    /// Whether it cannot clash with anybody's work: an addition has an id of the laptop's own making,
    /// and a branch is open or it is not.
    pub fn stands_alone(&self) -> bool {
        match self {
            Field::Report | Field::Photo(_) | Field::Note(_) => true,
            Field::Branch(_) | Field::CaseBranch(_) => true,
            Field::Status | Field::Category | Field::Reply | Field::Words => false,
            Field::Assignee | Field::Priority | Field::Due | Field::Tags | Field::Ward => false,
        }
    }

    /// Whether it is a decision, which the object `triage` holds with who took it and when.
    pub(crate) fn is_decision(&self) -> bool {
        self.home() == Home::Grievance && !matches!(self, Field::Report | Field::Words | Field::Branch(_))
    }

    /// The revision of the branch that it sets aside.
    pub fn branch(&self) -> Option<&str> {
        match self {
            Field::Branch(rev) | Field::CaseBranch(rev) => Some(rev),
            _ => None,
        }
    }

    /// What `document`, the one this field is kept in, holds in it, in the form of `seen` and `wanted`; null for an
    /// addition that is not there. Of a branch its revision, null when it is not open.
    pub fn found(&self, document: Option<&Document>) -> Value {
        let Some(document) = document else { return Value::Null };
        let triage = || Triage::of(document);
        match self {
            Field::Report | Field::Note(_) => json!({ "_id": document.read::<String>("_id") }),
            Field::Assignee | Field::Priority | Field::Due | Field::Tags => {
                case::found(document, &self.name())
            }
            // 12 and "12" are one ward.
            Field::Ward => wards::named(document).into(),
            Field::Status => {
                let Triage { status, reason, duplicate_of, .. } = triage();
                status_value(&status, reason, duplicate_of)
            }
            Field::Category => triage().category.into(),
            Field::Reply => triage().reply.into(),
            Field::Photo(id) => photos(&document.object("triage"))
                .iter()
                .find(|photo| photo_id(photo).as_ref() == Some(id))
                .and_then(|photo| serde_json::from_str(photo.get()).ok())
                .unwrap_or(Value::Null),
            Field::Words => CITIZENS
                .into_iter()
                .map(|member| (member.to_owned(), document.read(member).unwrap_or(Value::Null)))
                .collect(),
            Field::Branch(rev) | Field::CaseBranch(rev) => {
                open_branches(document).contains(rev).then_some(rev.as_str()).into()
            }
        }
    }

    /// Writes `wanted` into the object `triage` of a grievance.
    pub(crate) fn write(&self, triage: &mut Document, wanted: &Value) -> Result<(), DomainError> {
        match self {
            Field::Report | Field::Words | Field::Note(_) => Ok(()),
            Field::Assignee | Field::Priority | Field::Due | Field::Tags | Field::Ward => Ok(()),
            Field::Branch(_) | Field::CaseBranch(_) => Ok(()),
            Field::Status => {
                for member in ["status", "reason", "duplicateOf"] {
                    triage.set(member, &wanted[member])?;
                }
                Ok(())
            }
            Field::Category => triage.set("category", wanted),
            Field::Reply => triage.set("reply", wanted),
            Field::Photo(id) => {
                let mut all = photos(triage);
                // A grievance that is filed again may have it already.
                if all.iter().all(|photo| photo_id(photo).as_ref() != Some(id)) {
                    all.push(serde_json::value::to_raw_value(wanted).map_err(DomainError::NotAnObject)?);
                }
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

impl<'a> Deserialize<'a> for Field {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Field, D::Error> {
        Field::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// The value of [`Field::Status`].
pub fn status_value(status: &str, reason: Option<String>, duplicate_of: Option<String>) -> Value {
    json!({ "status": status, "reason": reason, "duplicateOf": duplicate_of })
}

/// Photos as their own text, so that members we do not know survive an addition.
pub(crate) fn photos(triage: &Document) -> Vec<Box<RawValue>> {
    triage.read("photos").unwrap_or_default()
}

pub(crate) fn photo_id(photo: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        id: String,
    }
    serde_json::from_str::<Named>(photo.get()).ok().map(|named| named.id)
}
