use serde::{Deserialize, Serialize};

/// When a photo was taken, seen from the work on the grievance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    Before,
    After,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Before => "before",
            Kind::After => "after",
        }
    }

    pub fn parse(text: &str) -> Option<Kind> {
        [Kind::Before, Kind::After].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One officer's photo as `triage.photos` names it. Citizens' phones read this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TriagePhoto {
    /// A ULID made on the laptop, so that adding the photo twice is adding it once.
    pub id: String,
    /// Object keys in the photo store.
    pub large: String,
    pub thumbnail: String,
    pub kind: Kind,
    /// SHA-256 of the large picture, lower-case hex.
    pub sha256: String,
    /// RFC 3339 with offset, from the camera when it told, else when the photo was attached.
    pub taken_at: String,
}

/// The key of a large picture in the photo store. Named by its content, so that sending it again
/// is harmless; flat and plain, so that stock phones can show it.
pub fn large_key(sha256: &str) -> String {
    format!("{sha256}.jpg")
}

/// The key of the thumbnail that belongs to [`large_key`].
pub fn thumbnail_key(sha256: &str) -> String {
    format!("{THUMBNAIL}{sha256}.jpg")
}

/// Whether a key of ours is that of a thumbnail. Phones name theirs as they like.
pub fn is_thumbnail_key(key: &str) -> bool {
    key.starts_with(THUMBNAIL)
}

const THUMBNAIL: &str = "thumbnail_";
