use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use serde::Serialize;
use url::Url;

use crate::CouchError;
use crate::soundness::LARGEST_DOCUMENT;

/// Most bytes of an answer that holds many documents, after decompression.
pub(crate) const LARGEST_BATCH: usize = 64 << 20;
/// The slowest line that is waited for, in bytes a second.
pub(crate) const SLOWEST: u64 = 1024;

/// One request, complete but for the session it will be sent with.
pub(crate) struct Request {
    pub(crate) method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Bytes>,
    /// Most bytes of the answer, after decompression.
    pub(crate) cap: usize,
    pub(crate) pace: Pace,
}

/// How an answer arrives, and so how its stalling is noticed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// In one go.
    Transfer,
    /// Line breaks now and then until there is something to say.
    Heartbeat,
}

impl Request {
    /// A request whose path is made of `segments`, each encoded so that it stays one segment.
    pub(crate) fn new(method: Method, segments: &[&str]) -> Self {
        let path = segments.iter().map(|segment| format!("/{}", encoded(segment)));
        Self {
            method,
            path: path.collect(),
            query: Vec::new(),
            body: None,
            cap: LARGEST_DOCUMENT,
            pace: Pace::Transfer,
        }
    }

    /// A request for one document. `_design/` and `_local/` are CouchDB's own two-part names.
    ///
    /// # Errors
    /// `BadAddress` for the ids `.` and `..`, which no URL can carry.
    pub(crate) fn of_document(method: Method, database: &str, id: &str) -> Result<Self, CouchError> {
        let split = ["_design/", "_local/"]
            .iter()
            .find_map(|&kind| Some((kind.trim_end_matches('/'), id.strip_prefix(kind)?)));
        let (kind, name) = split.map_or((None, id), |(kind, name)| (Some(kind), name));
        if matches!(name, "" | "." | "..") {
            return Err(CouchError::BadAddress {
                why: format!("no document can be asked for by the id {id:?}"),
            });
        }
        let segments: Vec<&str> = [Some(database), kind, Some(name)].into_iter().flatten().collect();
        Ok(Self::new(method, &segments))
    }

    /// The same request with JSON to read on the other side.
    pub(crate) fn post(mut self, body: &impl Serialize) -> Result<Self, CouchError> {
        self.method = Method::POST;
        self.json(body)
    }

    pub(crate) fn query(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.query.push((key, value.into()));
        self
    }

    pub(crate) fn json(self, body: &impl Serialize) -> Result<Self, CouchError> {
        let body = serde_json::to_vec(body).map_err(|error| CouchError::Refused {
            status: 400,
            error: "bad_request".to_owned(),
            reason: format!("this cannot be written as JSON ({error})"),
        })?;
        Ok(self.body(body.into()))
    }

    /// `body` is JSON text.
    pub(crate) fn body(mut self, body: Bytes) -> Self {
        self.body = Some(body);
        self
    }

    pub(crate) fn cap(mut self, cap: usize) -> Self {
        self.cap = cap;
        self
    }

    pub(crate) fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    pub(crate) fn url(&self, origin: &Url) -> Result<Url, CouchError> {
        let mut url =
            origin.join(&self.path).map_err(|error| CouchError::BadAddress { why: error.to_string() })?;
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }

    /// How long the first byte of the answer may take: 30 s, and what a slow line needs to send.
    pub(crate) fn patience(&self) -> Duration {
        let sending = self.body.as_ref().map_or(0, |body| body.len() as u64);
        Duration::from_secs(30 + sending / SLOWEST)
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
///
/// `Url` would drop tabs and line breaks from a segment instead.
fn encoded(segment: &str) -> String {
    let mut text = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stays_one_segment_whatever_it_holds() {
        let origin = Url::parse("http://127.0.0.1:5984/").unwrap();
        for (id, path) in [
            ("lamp", "/myward/lamp"),
            ("a b+c", "/myward/a%20b%2Bc"),
            ("a/b?c#d", "/myward/a%2Fb%3Fc%23d"),
            ("../x", "/myward/..%2Fx"),
            ("%2e%2e", "/myward/%252e%252e"),
            ("a\r\nb\tc", "/myward/a%0D%0Ab%09c"),
            ("\0", "/myward/%00"),
            ("...", "/myward/..."),
            ("\\", "/myward/%5C"),
            ("अ😀", "/myward/%E0%A4%85%F0%9F%98%80"),
            ("_design/x", "/myward/_design/x"),
            ("_design/x/y", "/myward/_design/x%2Fy"),
            ("_local/ck", "/myward/_local/ck"),
            ("//evil.example/x", "/myward/%2F%2Fevil.example%2Fx"),
        ] {
            let request = Request::of_document(Method::GET, "myward", id).unwrap();
            let url = request.url(&origin).unwrap();
            assert_eq!((url.path(), url.host_str()), (path, Some("127.0.0.1")), "{id:?}");
        }
        for id in ["", ".", "..", "_local/..", "_design/"] {
            assert!(Request::of_document(Method::GET, "myward", id).is_err(), "{id:?}");
        }
    }
}
