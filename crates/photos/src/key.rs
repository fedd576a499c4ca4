use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_sdk_s3::config::{Credentials, ProvideCredentials};
use zeroize::ZeroizeOnDrop;

/// A key to the photo store. Has no `Debug`, and forgets itself when dropped.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
pub struct Key {
    pub access_key: String,
    pub secret_key: String,
    /// Of temporary keys.
    pub session_token: Option<String>,
    /// Unix seconds at which a temporary key ends.
    pub ends: Option<i64>,
}

/// The key that holds now. [`crate::Bucket`] looks here at each request, so a newer key serves whatever is still to
/// come. Clones share it.
#[derive(Clone, Default)]
pub struct Access(Arc<Mutex<Option<Key>>>);

impl Access {
    pub fn with(key: Key) -> Access {
        let access = Access::default();
        access.put(key);
        access
    }

    pub fn put(&self, key: Key) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(key);
    }

    pub fn key(&self) -> Option<Key> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Key {
    /// One that never ends.
    pub fn lasting(access_key: String, secret_key: String) -> Key {
        Key { access_key, secret_key, session_token: None, ends: None }
    }

    pub(crate) fn credentials(&self) -> Credentials {
        let ends = self.ends.map(|at| SystemTime::UNIX_EPOCH + Duration::from_secs(at.max(0).unsigned_abs()));
        Credentials::new(
            self.access_key.as_str(),
            self.secret_key.as_str(),
            self.session_token.clone(),
            ends,
            "settings:photo-store",
        )
    }
}

impl ProvideCredentials for Access {
    fn provide_credentials<'a>(&'a self) -> aws_credential_types::provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        use aws_credential_types::provider::{error::CredentialsError, future};
        let key = self.key().ok_or_else(|| CredentialsError::not_loaded("no key yet"));
        future::ProvideCredentials::ready(key.map(|key| key.credentials()))
    }
}

/// Without the key, which is secret.
impl fmt::Debug for Access {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("Access")
    }
}
