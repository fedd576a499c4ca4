//! An answer, and whether to believe it.
//!
//! What does not look like CouchDB never gets further than this file: a redirect, a page of HTML,
//! more bytes than asked for, a line that stalls. What is left is JSON; its shape is checked by
//! whoever asked.

use std::time::{Duration, SystemTime};

use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER, SET_COOKIE, WWW_AUTHENTICATE};
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::time::{Instant, timeout};
use zeroize::Zeroizing;

use crate::CouchError;
use crate::request::{Pace, Request, SLOWEST};
use crate::retry_after::retry_after;

/// Longest silence inside an answer.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);
/// The same between two heartbeats, which are asked for every 20 s.
const LONGEST_WITHOUT_HEARTBEAT: Duration = Duration::from_secs(45);
/// How often a transfer is checked against the slowest speed.
const SPEED_CHECK: Duration = Duration::from_secs(30);

/// A whole answer of JSON type, of any status but those that are errors whoever sends them.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
    /// The server's clock, where it tells.
    pub(crate) date: Option<SystemTime>,
    /// A new value of the session's cookie.
    pub(crate) cookie: Option<Zeroizing<String>>,
}

/// How CouchDB says no.
#[derive(Deserialize)]
struct No {
    error: String,
    reason: Option<String>,
}

impl Answer {
    pub(crate) async fn read(response: Response, request: &Request) -> Result<Self, CouchError> {
        let status = response.status();
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => return Err(CouchError::TooLarge),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                let retry_after = wait_asked_for(response.headers());
                return Err(CouchError::Busy { retry_after });
            }
            _ => check_is_json(&response)?,
        }
        Ok(Self {
            status,
            cookie: session_cookie(response.headers()),
            date: date(response.headers()),
            body: read_body(response, request).await?,
        })
    }

    /// The answer as a `T`, if it says yes.
    pub(crate) fn shape<T: DeserializeOwned>(self) -> Result<T, CouchError> {
        let body = self.yes()?;
        serde_json::from_slice(&body).map_err(|_| CouchError::not_ours("JSON that CouchDB would not send"))
    }

    /// The body, if the answer says yes.
    pub(crate) fn yes(self) -> Result<Vec<u8>, CouchError> {
        if self.status.is_success() { Ok(self.body) } else { Err(self.refusal()) }
    }

    /// Whether the session this was asked with has ended.
    pub(crate) fn wants_session(&self) -> bool {
        match self.status {
            StatusCode::UNAUTHORIZED => self.no().is_some_and(|no| !no.wants_administrator()),
            StatusCode::BAD_REQUEST => {
                self.no().is_some_and(|no| no.reason().starts_with("Malformed AuthSession"))
            }
            _ => false,
        }
    }

    fn no(&self) -> Option<No> {
        serde_json::from_slice(&self.body).ok()
    }

    fn refusal(self) -> CouchError {
        let Some(no) = self.no() else {
            if self.status.is_server_error() && serde_json::from_slice::<IgnoredAny>(&self.body).is_ok() {
                // The outcomes of a batch that no node took.
                return CouchError::Refused {
                    status: self.status.as_u16(),
                    error: "unknown_error".to_owned(),
                    reason: String::new(),
                };
            }
            return CouchError::not_ours(format!("{} without a reason", self.status));
        };
        let reason = no.reason();
        match self.status {
            StatusCode::UNAUTHORIZED if no.wants_administrator() => CouchError::NoAccess,
            StatusCode::FORBIDDEN if reason.contains("locked") => CouchError::LockedOut,
            StatusCode::FORBIDDEN if no.wants_administrator() || reason.contains("access") => {
                CouchError::NoAccess
            }
            StatusCode::NOT_FOUND if matches!(reason, "Database does not exist." | "no_db_file") => {
                CouchError::NoSuchDatabase
            }
            StatusCode::REQUEST_TIMEOUT | StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => {
                CouchError::Busy { retry_after: None }
            }
            status => {
                CouchError::Refused { status: status.as_u16(), reason: reason.to_owned(), error: no.error }
            }
        }
    }
}

impl No {
    fn reason(&self) -> &str {
        self.reason.as_deref().unwrap_or_default()
    }

    /// CouchDB says 401 also to a good session that is not an administrator's.
    fn wants_administrator(&self) -> bool {
        self.reason().starts_with("You are not a ") && self.reason().contains("admin")
    }
}

fn wait_asked_for(headers: &HeaderMap) -> Option<Duration> {
    let wish = headers.get(RETRY_AFTER)?.to_str().ok()?;
    retry_after(wish, date(headers).unwrap_or_else(SystemTime::now))
}

fn date(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()
}

fn check_is_json(response: &Response) -> Result<(), CouchError> {
    let status = response.status();
    if status.is_redirection() {
        return Err(CouchError::not_ours(format!("a redirect ({status})")));
    }
    let kind = response.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or("nothing");
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        let kind: String = kind.chars().take(60).collect();
        let is_portal =
            status == StatusCode::UNAUTHORIZED && !response.headers().contains_key(WWW_AUTHENTICATE);
        let status_of_page = (!is_portal).then_some(status.as_u16());
        Err(CouchError::NotOurServer { found: format!("{status} with {kind}"), status: status_of_page })
    }
}

fn session_cookie(headers: &HeaderMap) -> Option<Zeroizing<String>> {
    let lawful = |value: &&str| {
        let sign = |byte: u8| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte);
        (1..=4096).contains(&value.len()) && value.bytes().all(sign)
    };
    headers
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|cookie| cookie.to_str().ok()?.strip_prefix("AuthSession="))
        .filter_map(|rest| rest.split(';').next())
        .find(lawful)
        .map(|value| Zeroizing::new(value.to_owned()))
}

/// Reads to the end, or to the cap, or until the line is as good as dead.
async fn read_body(mut response: Response, request: &Request) -> Result<Vec<u8>, CouchError> {
    let silence = match request.pace {
        Pace::Transfer => LONGEST_SILENCE,
        Pace::Heartbeat => LONGEST_WITHOUT_HEARTBEAT,
    };
    let mut body = Vec::new();
    let mut speed = Speed::measured_from(Instant::now());
    loop {
        let chunk = timeout(silence, response.chunk())
            .await
            .map_err(|_| CouchError::unreachable("the answer stalled"))??;
        let Some(chunk) = chunk else {
            return Ok(body);
        };
        if body.len() + chunk.len() > request.cap {
            return Err(CouchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
        if request.pace == Pace::Transfer && speed.is_hopeless(Instant::now(), chunk.len()) {
            return Err(CouchError::unreachable("the answer came too slowly"));
        }
    }
}

/// Bytes that came since the last check.
struct Speed {
    since: Instant,
    bytes: u64,
}

impl Speed {
    fn measured_from(since: Instant) -> Self {
        Self { since, bytes: 0 }
    }

    fn is_hopeless(&mut self, now: Instant, came: usize) -> bool {
        self.bytes += came as u64;
        let time = now - self.since;
        if time < SPEED_CHECK {
            return false;
        }
        let hopeless = self.bytes < SLOWEST * time.as_secs();
        *self = Self::measured_from(now);
        hopeless
    }
}
