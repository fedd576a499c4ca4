use std::error::Error;
use std::time::Duration;

use crate::certificate;

/// What a request to the city's server can end in, by what the reader can do about it.
///
/// No variant ever means "forget local data": a status code may lie, be temporary, or come from
/// something that only pretends to be the server.
#[derive(Debug, thiserror::Error)]
pub enum CouchError {
    /// The address was refused before anything was sent; `why` is a sentence for the person who typed it.
    #[error("this address cannot be used: {why}")]
    BadAddress { why: String },
    /// No network client could be made, for instance because a certificate file does not parse.
    #[error("the network client could not be set up")]
    Setup { source: Box<dyn Error + Send + Sync> },
    /// No whole answer: no connection, no trusted certificate, a line that stalled or broke.
    #[error("the server cannot be reached")]
    Unreachable { source: Box<dyn Error + Send + Sync> },
    /// The server's certificate holds, but its key is none of [`Pins`](crate::Pins), which count until that unix second.
    #[error("the server's certificate is not one that the city announced; nothing was sent to it")]
    NotAnnounced { until: i64 },
    /// Something answered that is not the CouchDB we expect: a Wi-Fi sign-in page, a proxy's error page. `status` is that
    /// of an answer which is not even of JSON type; of a 401 only where it says how to sign in, as pages of a Wi-Fi do not.
    #[error("something other than the city's server answered: {found}")]
    NotOurServer { found: String, status: Option<u16> },
    /// There is no session, or it ended and could not be renewed with the password in memory.
    #[error("sign in to the server again")]
    SignInNeeded,
    /// The server does not take this name and password together.
    #[error("the name or the password is wrong")]
    WrongPassword,
    /// Too many wrong passwords: the server refuses even the right one for a while (5 minutes by default).
    #[error("the server has locked this account for a few minutes")]
    LockedOut,
    /// The session is good, but this account may not do this here.
    #[error("this account has no access")]
    NoAccess,
    #[error("the server has no such database")]
    NoSuchDatabase,
    /// The server asks to come back later; `retry_after` is its wish, between a second and an hour.
    #[error("the server is busy")]
    Busy { retry_after: Option<Duration> },
    /// What was sent is more than the server takes, or its answer is more than we take. Ask for less.
    #[error("too large for one request")]
    TooLarge,
    /// The server understood and said no; `error` and `reason` are its own words. With 401: it, or a gateway before it, said
    /// so with a session that had been opened the moment before.
    #[error("the server refused ({status} {error}): {reason}")]
    Refused { status: u16, error: String, reason: String },
}

impl CouchError {
    /// Whether the same request may succeed later without a person doing anything.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::NotAnnounced { .. }
            | Self::NotOurServer { .. }
            | Self::LockedOut
            | Self::Busy { .. } => true,
            Self::Refused { status, .. } => *status >= 500,
            Self::BadAddress { .. }
            | Self::Setup { .. }
            | Self::SignInNeeded
            | Self::WrongPassword
            | Self::NoAccess
            | Self::NoSuchDatabase
            | Self::TooLarge => false,
        }
    }

    /// Whether it may be what was sent, rather than the sender or the moment: too long, unlawful, or disliked by a
    /// gateway that reads along. Only another request over the same line can tell.
    pub fn may_be_the_content(&self) -> bool {
        match self {
            Self::TooLarge => true,
            Self::Refused { status, .. } | Self::NotOurServer { status: Some(status), .. } => {
                matches!(status, 400 | 401 | 403 | 405 | 406 | 413 | 415 | 422)
            }
            Self::NotOurServer { status: None, .. }
            | Self::Unreachable { .. }
            | Self::NotAnnounced { .. }
            | Self::LockedOut
            | Self::Busy { .. }
            | Self::BadAddress { .. }
            | Self::Setup { .. }
            | Self::SignInNeeded
            | Self::WrongPassword
            | Self::NoAccess
            | Self::NoSuchDatabase => false,
        }
    }

    /// Whether the server cannot be reached because its certificate is not trusted.
    pub fn distrusts_certificate(&self) -> bool {
        matches!(self, Self::Unreachable { source } if certificate::distrust(&**source).is_some())
    }

    /// Whether that is because the certificate has ended, or not begun, by this laptop's clock.
    pub fn finds_certificate_out_of_its_time(&self) -> bool {
        matches!(self, Self::Unreachable { source } if certificate::is_out_of_its_time(&**source))
    }

    pub(crate) fn unreachable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unreachable { source: source.into() }
    }

    pub(crate) fn setup(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Setup { source: source.into() }
    }

    pub(crate) fn not_ours(found: impl Into<String>) -> Self {
        Self::NotOurServer { found: found.into(), status: None }
    }
}

/// The address is left out: it names databases and documents, and errors end up in logs.
impl From<reqwest::Error> for CouchError {
    fn from(source: reqwest::Error) -> Self {
        match certificate::not_announced(&source) {
            Some(until) => Self::NotAnnounced { until },
            None => Self::unreachable(source.without_url()),
        }
    }
}
