use serde::{Deserialize, Serialize};
use specta::Type;

use super::Text;

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
    Reply {
        reply: Option<Text<20_000>>,
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
    /// A photo an officer attached; `thumbnail` is its object key.
    Photo {
        thumbnail: Option<String>,
    },
    /// A whole new grievance.
    Report,
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

/// A line of the list *To send*.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Unsent {
    pub edit: UnsentEdit,
    pub description: Option<String>,
    pub address: Option<String>,
    /// Object key of the grievance's thumbnail.
    pub thumbnail: Option<String>,
}

/// *You saw · you want · the office has.*
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Clash {
    pub edit: String,
    pub grievance: String,
    pub description: Option<String>,
    pub address: Option<String>,
    pub seen: FieldValue,
    pub wanted: FieldValue,
    pub found: FieldValue,
    /// When the officer decided (RFC 3339 with offset).
    pub at: String,
    /// Who in the office decided last, and when.
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
