//! One request, taken apart: decoded path segments, query, headers and the whole body.

use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::answer::Refusal;

/// Bytes a body may have; CouchDB's own limit is 4 GiB.
const LONGEST_BODY: usize = 256 * 1024 * 1024;

pub struct Question {
    pub method: Method,
    /// Decoded segments without empty ones: `/db/a%2Fb` is `["db", "a/b"]`.
    pub path: Vec<String>,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Question {
    pub async fn read(request: Request) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, LONGEST_BODY)
            .await
            .map_err(|_| Refusal::new(413, "too_large", "the request entity is too large"))?;
        let path = parts
            .uri
            .path()
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| {
                percent_decode_str(segment)
                    .decode_utf8()
                    .map(|text| text.into_owned())
                    .map_err(|_| Refusal::bad_request("invalid UTF-8 in the path"))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let query =
            form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        Ok(Self { method: parts.method, path, query, headers: parts.headers, body })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub fn flag(&self, name: &str) -> bool {
        self.parameter(name) == Some("true")
    }

    pub fn json_parameter(&self, name: &str) -> Result<Option<Value>, Refusal> {
        self.parameter(name)
            .map(|text| serde_json::from_str(text).map_err(|_| Refusal::bad_request("invalid_json")))
            .transpose()
    }

    pub fn number_parameter(&self, name: &str) -> Result<Option<u64>, Refusal> {
        self.parameter(name)
            .map(|text| {
                text.parse().map_err(|_| {
                    Refusal::new(400, "query_parse_error", format!("Invalid value for integer: \"{text}\""))
                })
            })
            .transpose()
    }

    pub fn json_body(&self) -> Result<Value, Refusal> {
        serde_json::from_slice(&self.body).map_err(|_| Refusal::bad_request("invalid UTF-8 JSON"))
    }

    /// The body of a POST, which must say it is JSON and be an object.
    pub fn posted_object(&self) -> Result<Map<String, Value>, Refusal> {
        let kind = self.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        if !kind.is_empty() && !kind.starts_with("application/json") {
            return Err(Refusal::new(415, "bad_content_type", "Content-Type must be application/json"));
        }
        match self.json_body()? {
            Value::Object(object) => Ok(object),
            _ => Err(Refusal::bad_request("Request body must be a JSON object")),
        }
    }

    /// The method of a request that CouchDB would treat alike: HEAD reads as GET.
    pub fn verb(&self) -> &str {
        match self.method.as_str() {
            "HEAD" => "GET",
            other => other,
        }
    }
}
