//! What the administrator wrote about the photo store, in two settings of the internal database.

use jiff::Timestamp;
use photos::{Key, StoreSettings};
use serde::{Deserialize, Serialize};
use zeroize::ZeroizeOnDrop;

use crate::SyncError;

/// `settings:photo-store`: where photos go, and how a laptop comes by the key.
#[derive(Serialize, Deserialize)]
pub struct PhotoStore {
    #[serde(flatten)]
    pub place: StoreSettings,
    pub credentials: Credentials,
}

/// The three ways to a key.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Credentials {
    /// A temporary one for all, in [`PhotoAccess`].
    Published,
    /// A temporary one for each officer, from the store's token service on the word of a token that
    /// lies at `token_path` of the city's server.
    WebIdentity { token_service: String, role: String, token_path: String },
    /// One for all that never ends.
    Static { access_key: String, secret_key: String },
}

/// `settings:photo-access`: the key that was published last.
#[derive(Serialize, Deserialize, ZeroizeOnDrop)]
#[serde(rename_all = "camelCase")]
pub struct PhotoAccess {
    pub access_key: String,
    pub secret_key: String,
    pub session_token: Option<String>,
    #[zeroize(skip)]
    pub expires: Timestamp,
}

impl PhotoStore {
    pub const SETTING: &str = "settings:photo-store";

    pub fn parse(setting: &str) -> Result<PhotoStore, SyncError> {
        serde_json::from_str(setting).map_err(|_| SyncError::BadPhotoStore)
    }
}

impl PhotoAccess {
    pub const SETTING: &str = "settings:photo-access";

    pub fn parse(setting: &str) -> Result<PhotoAccess, SyncError> {
        serde_json::from_str(setting).map_err(|_| SyncError::BadPhotoStore)
    }

    /// `None`: the key does not end, so it is nothing to publish.
    pub fn of(key: &Key) -> Option<PhotoAccess> {
        Some(PhotoAccess {
            access_key: key.access_key.clone(),
            secret_key: key.secret_key.clone(),
            session_token: key.session_token.clone(),
            expires: Timestamp::from_second(key.ends?).ok()?,
        })
    }

    pub fn key(&self) -> Key {
        Key {
            access_key: self.access_key.clone(),
            secret_key: self.secret_key.clone(),
            session_token: self.session_token.clone(),
            ends: Some(self.expires.as_second()),
        }
    }
}
