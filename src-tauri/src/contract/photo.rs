use photos::PhotoError;
use serde::{Deserialize, Serialize};
use specta::Type;
use specta_typescript::Number;
use sync::SyncError;

use super::{DocumentId, EditState, PhotoKey, Problem};

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
    /// How the edit stands that adds this photo to the grievance; absent once the server has it.
    pub edit: Option<EditState>,
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
    /// In the photo store, and kept on this laptop.
    Kept { proof: Option<PhotoProof> },
    /// In the photo store; `fetch_photo` brings it.
    NotFetched,
    /// Saved on this laptop, not in the photo store.
    ToSend { problem: Option<String> },
    /// The grievance came before its picture: the reporter has not uploaded it yet.
    NotUploaded,
    /// It is there but cannot be shown, and why.
    Unusable { sentence: String },
}

/// What the photo store showed when this laptop had sent it an officer's picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PhotoProof {
    /// SHA-256 of what it holds, lower-case hex.
    pub sha256: String,
    /// Unix seconds.
    pub at: i64,
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

impl From<domain::Position> for Place {
    fn from(position: domain::Position) -> Place {
        Place { lng: position.lng, lat: position.lat }
    }
}

impl From<domain::Kind> for PhotoKind {
    fn from(kind: domain::Kind) -> PhotoKind {
        match kind {
            domain::Kind::Before => PhotoKind::Before,
            domain::Kind::After => PhotoKind::After,
        }
    }
}

impl TryFrom<PhotoKind> for domain::Kind {
    type Error = Problem;

    fn try_from(kind: PhotoKind) -> Result<domain::Kind, Problem> {
        match kind {
            PhotoKind::Before => Ok(domain::Kind::Before),
            PhotoKind::After => Ok(domain::Kind::After),
            PhotoKind::Report => {
                Err(Problem::other("An attached photo shows the place before or after the work."))
            }
        }
    }
}

impl Photo {
    /// An officer's photo; `known` is what the mirror knows of each picture.
    pub fn of(
        photo: domain::TriagePhoto,
        known: &[mirror::PhotoState],
        edits: &[mirror::UnsentEdit],
    ) -> Photo {
        Photo {
            edit: EditState::of(&domain::Field::Photo(photo.id), edits),
            state: PhotoState::of(known, Some(&photo.large)),
            large: Some(photo.large),
            thumbnail: Some(photo.thumbnail),
            kind: photo.kind.into(),
            taken_at: Some(photo.taken_at),
        }
    }
}

impl PhotoState {
    pub fn of(known: &[mirror::PhotoState], key: Option<&str>) -> PhotoState {
        let photo =
            known.iter().find(|known| Some(known.key.as_str()) == key).and_then(|known| known.photo.as_ref());
        match photo.map(|photo| &photo.place) {
            None | Some(mirror::PhotoPlace::Wanted) => PhotoState::NotFetched,
            Some(mirror::PhotoPlace::Kept) => PhotoState::Kept { proof: None },
            Some(mirror::PhotoPlace::Stored { sha256, at }) => {
                PhotoState::Kept { proof: Some(PhotoProof { sha256: sha256.clone(), at: *at }) }
            }
            Some(mirror::PhotoPlace::Missing { .. }) => PhotoState::NotUploaded,
            Some(mirror::PhotoPlace::ToUpload { why, .. }) => PhotoState::ToSend { problem: why.clone() },
        }
    }

    /// What became of a picture that was asked for: the photo's own faults are states, a store
    /// that cannot be reached is a problem.
    pub fn after(error: SyncError) -> Result<PhotoState, Problem> {
        match error {
            SyncError::Photo(PhotoError::Missing) => Ok(PhotoState::NotUploaded),
            SyncError::Photo(
                error @ (PhotoError::NotAPhoto
                | PhotoError::Unreadable
                | PhotoError::TooLarge { .. }
                | PhotoError::TooManyPixels),
            ) => Ok(PhotoState::Unusable { sentence: error.to_string() }),
            other => Err(other.into()),
        }
    }
}
