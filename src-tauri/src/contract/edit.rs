use serde::{Deserialize, Serialize};
use specta::Type;

use domain::Field;
use serde_json::Value;

use super::{PhotoKind, PhotoState, Text};

/// What an officer decides about a grievance.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(tag = "field", rename_all = "camelCase", deny_unknown_fields)]
pub enum Change {
    #[serde(rename_all = "camelCase")]
    Status {
        status: Text<200>,
        #[serde(default)]
        reason: Option<Text<20_000>>,
        #[serde(default)]
        duplicate_of: Option<Text<{ 128 << 10 }>>,
    },
    Category {
        category: Option<Text<200>>,
    },
    /// `seen`: the reply that was there when the officer began to write.
    Reply {
        reply: Option<Text<20_000>>,
        seen: Option<Text<{ 8 << 20 }>>,
    },
    Assignee {
        assignee: Option<Text<200>>,
    },
    Priority {
        priority: Option<Text<20>>,
    },
    /// `YYYY-MM-DD`
    Due {
        due: Option<Text<10>>,
    },
    Tags {
        tags: Vec<Text<100>>,
    },
    Ward {
        ward: Option<Text<200>>,
    },
}

/// The content of one field of a grievance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "field", rename_all = "camelCase")]
pub enum FieldValue {
    #[serde(rename_all = "camelCase")]
    Status {
        status: String,
        reason: Option<String>,
        duplicate_of: Option<String>,
    },
    Category {
        category: Option<String>,
    },
    Reply {
        reply: Option<String>,
    },
    /// A photo an officer attached; both are absent where there is none. `thumbnail` is an object key.
    Photo {
        kind: Option<PhotoKind>,
        thumbnail: Option<String>,
    },
    /// A whole grievance that the server has not got: an officer's, or a citizen's that is filed again.
    #[serde(rename_all = "camelCase")]
    Report {
        description: Option<String>,
        address: Option<String>,
        reported_by: Option<String>,
    },
    Assignee {
        assignee: Option<String>,
    },
    Priority {
        priority: Option<String>,
    },
    /// `YYYY-MM-DD`
    Due {
        due: Option<String>,
    },
    Tags {
        tags: Vec<String>,
    },
    /// The ward whose office it is in.
    Ward {
        ward: Option<String>,
    },
    /// A line of the case's history; `visit`: the officer was there.
    Note {
        visit: bool,
        text: String,
    },
    /// What the citizen wrote.
    Words {
        description: Option<String>,
        address: Option<String>,
    },
    /// Another version of the grievance or its case, with what it holds; nothing once it is set aside.
    Branch {
        holds: Vec<FieldValue>,
    },
}

/// One thing the officer changed that the server has not got.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct UnsentEdit {
    pub id: String,
    pub grievance: String,
    pub seen: FieldValue,
    pub wanted: FieldValue,
    pub state: EditState,
    pub by: String,
    /// RFC 3339 with offset.
    pub at: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum EditState {
    /// Saved on this laptop.
    Saved,
    /// On its way; whether it arrived is not known yet.
    Leaving,
    /// Its photo goes up first.
    WaitsForPhoto,
    /// Somebody else changed the field meanwhile.
    Clash,
    /// The server will not take it, in its own words.
    Refused { reason: String },
}

/// Other words for a note or a report.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(tag = "field", rename_all = "camelCase", deny_unknown_fields)]
pub enum NewWords {
    Note { text: Text<20_000> },
    Report { description: Text<20_000>, address: Text<20_000> },
}

/// A line of the list *To send*.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Unsent {
    pub edit: UnsentEdit,
    pub description: Option<String>,
    pub address: Option<String>,
    /// Object key of the grievance's thumbnail.
    pub thumbnail: Option<String>,
    /// Why the edit's own picture did not reach the photo store when it was last tried.
    pub photo_problem: Option<String>,
}

/// *You saw · you want · the office has.*
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Clash {
    pub edit: String,
    pub grievance: String,
    pub description: Option<String>,
    pub seen: FieldValue,
    pub wanted: FieldValue,
    /// Where this was found; empty where the server has nothing.
    pub rev: String,
    /// Absent when the server no longer has the grievance.
    pub found: Option<FieldValue>,
    /// When the officer decided (RFC 3339 with offset).
    pub at: String,
    /// Who in the office decided last, and when, as far as the document tells.
    pub found_by: Option<String>,
    pub found_at: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Decision {
    /// What the officer wants goes to the server.
    Keep,
    /// What the office has stays.
    Drop,
}

impl From<Change> for sync::Change {
    fn from(change: Change) -> sync::Change {
        match change {
            Change::Status { status, reason, duplicate_of } => sync::Change::Status {
                status: status.into_string(),
                reason: reason.map(Text::into_string),
                duplicate_of: duplicate_of.map(Text::into_string),
            },
            Change::Category { category } => sync::Change::Category(category.map(Text::into_string)),
            Change::Reply { reply, seen } => sync::Change::DraftedReply {
                reply: reply.map(Text::into_string),
                seen: seen.map(Text::into_string),
            },
            Change::Assignee { assignee } => sync::Change::Assignee(assignee.map(Text::into_string)),
            Change::Priority { priority } => sync::Change::Priority(priority.map(Text::into_string)),
            Change::Due { due } => sync::Change::Due(due.map(Text::into_string)),
            Change::Tags { tags } => sync::Change::Tags(tags.into_iter().map(Text::into_string).collect()),
            Change::Ward { ward } => sync::Change::Ward(ward.map(Text::into_string)),
        }
    }
}

impl From<NewWords> for sync::NewWords {
    fn from(words: NewWords) -> sync::NewWords {
        match words {
            NewWords::Note { text } => sync::NewWords::Note { text: text.into_string() },
            NewWords::Report { description, address } => sync::NewWords::Report {
                description: description.into_string(),
                address: address.into_string(),
            },
        }
    }
}

impl From<mirror::UnsentEdit> for UnsentEdit {
    fn from(unsent: mirror::UnsentEdit) -> UnsentEdit {
        let edit = unsent.edit;
        UnsentEdit {
            seen: FieldValue::of(&edit.field, &edit.seen),
            wanted: FieldValue::of(&edit.field, &edit.wanted),
            id: edit.id,
            grievance: edit.document,
            state: unsent.state.into(),
            by: edit.by,
            at: edit.at,
        }
    }
}

impl EditState {
    /// Where the edit of `field` stands; `None` when none is unsent.
    pub fn of(field: &Field, edits: &[mirror::UnsentEdit]) -> Option<EditState> {
        let unsent = edits.iter().find(|unsent| unsent.edit.field == *field)?;
        Some(unsent.state.clone().into())
    }
}

impl From<mirror::EditState> for EditState {
    fn from(state: mirror::EditState) -> EditState {
        match state {
            mirror::EditState::Saved => EditState::Saved,
            mirror::EditState::Leaving => EditState::Leaving,
            mirror::EditState::WaitsForPhoto => EditState::WaitsForPhoto,
            mirror::EditState::Clash { .. } => EditState::Clash,
            mirror::EditState::Refused { error, reason } if reason.is_empty() => {
                EditState::Refused { reason: error }
            }
            mirror::EditState::Refused { reason, .. } => EditState::Refused { reason },
        }
    }
}

impl Unsent {
    pub fn of(unsent: mirror::UnsentEdit, grievance: Option<mirror::Detail>) -> Unsent {
        let photo_problem = grievance.as_ref().and_then(|grievance| photo_problem(&unsent.edit, grievance));
        let shown = grievance.map(|grievance| grievance.shown);
        let (address, picture) = shown.map(|shown| (shown.address, shown.picture)).unwrap_or_default();
        Unsent {
            description: unsent.description.clone(),
            address,
            thumbnail: picture.and_then(|picture| picture.thumbnail),
            photo_problem,
            edit: unsent.into(),
        }
    }
}

fn photo_problem(edit: &domain::Edit, grievance: &mirror::Detail) -> Option<String> {
    let picture = match edit.field {
        Field::Photo(_) => &edit.wanted,
        Field::Report => &edit.wanted["picture"],
        _ => return None,
    };
    ["large", "thumbnail"].into_iter().find_map(|size| {
        match PhotoState::of(&grievance.photos, picture[size].as_str()) {
            PhotoState::ToSend { problem } => problem,
            _ => None,
        }
    })
}

impl Clash {
    /// `None` when the edit does not clash.
    pub fn of(unsent: mirror::UnsentEdit) -> Option<Clash> {
        let mirror::EditState::Clash { rev, found, by, at } = unsent.state else { return None };
        let edit = unsent.edit;
        Some(Clash {
            rev,
            seen: FieldValue::of(&edit.field, &edit.seen),
            wanted: FieldValue::of(&edit.field, &edit.wanted),
            found: Some(found)
                .filter(|found| !(found.is_null() && by.is_none() && at.is_none()))
                .map(|found| FieldValue::of(&edit.field, &found)),
            edit: edit.id,
            grievance: edit.document,
            description: unsent.description,
            at: edit.at,
            found_by: by,
            found_at: at,
        })
    }
}

impl From<Decision> for mirror::Decision {
    fn from(decision: Decision) -> mirror::Decision {
        match decision {
            Decision::Keep => mirror::Decision::Keep,
            Decision::Drop => mirror::Decision::Drop,
        }
    }
}

impl FieldValue {
    /// `value` in the form of [`domain::Edit::wanted`].
    pub fn of(field: &Field, value: &Value) -> FieldValue {
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        match field {
            Field::Report => FieldValue::Report {
                description: text("problemDescription"),
                address: text("address"),
                reported_by: text("reportedBy"),
            },
            Field::Words => {
                FieldValue::Words { description: text("problemDescription"), address: text("address") }
            }
            Field::Status => FieldValue::Status {
                status: text("status").unwrap_or_else(|| domain::Triage::NEW.to_owned()),
                reason: text("reason"),
                duplicate_of: text("duplicateOf"),
            },
            Field::Category => FieldValue::Category { category: value.as_str().map(str::to_owned) },
            Field::Reply => FieldValue::Reply { reply: value.as_str().map(str::to_owned) },
            Field::Photo(_) => FieldValue::Photo {
                kind: text("kind").and_then(|kind| domain::Kind::parse(&kind)).map(PhotoKind::from),
                thumbnail: text("thumbnail"),
            },
            Field::Assignee => FieldValue::Assignee { assignee: value.as_str().map(str::to_owned) },
            Field::Priority => FieldValue::Priority { priority: value.as_str().map(str::to_owned) },
            Field::Due => FieldValue::Due { due: value.as_str().map(str::to_owned) },
            Field::Tags => {
                FieldValue::Tags { tags: serde_json::from_value(value.clone()).unwrap_or_default() }
            }
            Field::Ward => FieldValue::Ward { ward: value.as_str().map(str::to_owned) },
            Field::Branch(_) => {
                FieldValue::Branch { holds: held(value, &[Field::Status, Field::Category, Field::Reply]) }
            }
            Field::CaseBranch(_) => FieldValue::Branch {
                holds: held(value, &[Field::Assignee, Field::Priority, Field::Due, Field::Tags, Field::Ward]),
            },
            Field::Note(_) => {
                FieldValue::Note { visit: value["kind"] == "visit", text: text("text").unwrap_or_default() }
            }
        }
    }
}

/// What a whole document holds in `fields`; nothing of none.
fn held(document: &Value, fields: &[Field]) -> Vec<FieldValue> {
    let text = document.to_string();
    let Ok(document) = domain::Document::parse(&text) else { return Vec::new() };
    fields.iter().map(|field| FieldValue::of(field, &field.found(Some(&document)))).collect()
}
