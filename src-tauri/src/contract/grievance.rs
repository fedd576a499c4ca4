use serde::{Deserialize, Serialize};
use specta::Type;
use specta_typescript::Number;

use super::{FieldValue, Photo, PhotoKey, Place, Text, UnsentEdit};

/// A grievance with the officer's unsent edits already applied.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    pub id: String,
    /// The revision the laptop holds; absent for a report the server has not got.
    pub rev: Option<String>,
    /// The server no longer has this document; what is shown is its last known content.
    pub gone: bool,
    pub reported_by: Option<String>,
    /// Unix seconds; absent when the phone's time cannot be read.
    pub reported_at: Option<i64>,
    /// The time exactly as the phone wrote it.
    pub reported_date_time: Option<String>,
    pub description: Option<String>,
    pub address: Option<String>,
    pub position: Option<Place>,
    /// The reporter's picture.
    pub picture: Option<Photo>,
    pub triage: Triage,
    /// Statuses this grievance may get next, by their keys.
    pub moves: Vec<String>,
    /// What of this grievance is saved on this laptop and not on the server.
    pub edits: Vec<UnsentEdit>,
    /// What happened so far, newest first.
    pub happened: Vec<Happened>,
}

/// The officers' public decision.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Triage {
    pub status: String,
    pub reason: Option<String>,
    pub duplicate_of: Option<String>,
    pub category: Option<String>,
    pub reply: Option<String>,
    pub photos: Vec<Photo>,
    pub by: Option<String>,
    /// RFC 3339 with offset.
    pub at: Option<String>,
}

#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Happened {
    /// RFC 3339 with offset.
    pub at: String,
    pub by: Option<String>,
    pub before: Option<FieldValue>,
    pub change: FieldValue,
    /// The revision that brought it to the server; absent while it is only saved on this laptop.
    pub rev: Option<String>,
}

/// What an officer files on behalf of a citizen.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewReport {
    pub description: Text<20_000>,
    pub address: Text<20_000>,
    /// Degrees on WGS 84.
    #[specta(type = Number)]
    pub lng: f64,
    #[specta(type = Number)]
    pub lat: f64,
    /// The token of a staged photo.
    pub staged: PhotoKey,
}
