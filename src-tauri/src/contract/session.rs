use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Password, Text};

/// Who is signed in, if anybody.
#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    pub signed_in: Option<SignedIn>,
    /// The address to offer on the sign-in screen; empty when nobody provisioned one.
    pub site: String,
}

#[derive(Debug, Clone, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    pub site: String,
    pub user: String,
    /// Pictures are at `photo://localhost/<photo_token>/<key>`, for as long as this session lasts.
    pub photo_token: String,
    /// Something the officer should know about the sign-in, such as a weak password.
    pub notice: Option<String>,
}

#[derive(Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignIn {
    pub site: Text<500>,
    pub user: Text<200>,
    pub password: Password,
    /// The password before it was changed elsewhere, when the shell asked for it.
    #[serde(default)]
    pub previous_password: Option<Password>,
}
