use serde::{Deserialize, Serialize};
use specta::Type;
use specta_typescript::Number;

use super::{DocumentId, PhotoKey};

/// A photo of a grievance, on its own terms: it may be here, on its way, or not uploaded yet.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Photo {
    /// Object keys; either may be missing in a citizen's report.
    pub large: Option<String>,
    pub thumbnail: Option<String>,
    pub kind: PhotoKind,
    /// RFC 3339 with offset; only officers' photos tell.
    pub taken_at: Option<String>,
    /// State of the large picture.
    pub state: PhotoState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum PhotoKind {
    /// The reporter's.
    Report,
    Before,
    After,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum PhotoState {
    /// On the server, and kept on this laptop.
    Kept,
    /// On the server; `fetch_photo` brings it.
    NotFetched,
    /// Saved on this laptop, not on the server.
    ToSend { problem: Option<String> },
    /// The grievance came before its picture: the reporter has not uploaded it yet.
    NotUploaded,
    /// It is there but cannot be shown, and why.
    Unusable { sentence: String },
}

/// Degrees on WGS 84.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    #[specta(type = Number)]
    pub lng: f64,
    #[specta(type = Number)]
    pub lat: f64,
}

/// A photo made ready on this laptop that belongs to no grievance yet.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Staged {
    /// Names it to `attach`, `file_report` and `unstage`, and shows it: `photo://localhost/<photo_token>/<token>`.
    pub token: String,
    /// What the camera's clock said, `YYYY-MM-DDTHH:MM:SS` without a zone.
    pub taken_at: Option<String>,
    pub position: Option<Place>,
}

/// What came of choosing, dropping or pasting photos.
#[derive(Debug, Clone, Default, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Staging {
    pub staged: Vec<Staged>,
    /// One sentence for each file that could not be taken.
    pub refused: Vec<String>,
}

#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attachment {
    /// The grievance.
    pub id: DocumentId,
    pub staged: PhotoKey,
    /// `before` or `after`.
    pub kind: PhotoKind,
}

/// Where this laptop is, as one of its sources says.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DevicePosition {
    #[specta(type = Number)]
    pub lng: f64,
    #[specta(type = Number)]
    pub lat: f64,
    /// Metres; absent when the source does not tell.
    #[specta(type = Option<Number>)]
    pub accuracy: Option<f64>,
    /// Who says so, in words for the screen.
    pub source: String,
}
