//! Answers in CouchDB's dress: JSON with a line feed, and refusals as `{"error","reason"}`.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A request refused, with the words CouchDB uses.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub status: StatusCode,
    pub error: &'static str,
    pub reason: String,
}

impl Refusal {
    pub fn new(status: u16, error: &'static str, reason: impl Into<String>) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            error,
            reason: reason.into(),
        }
    }

    pub fn bad_request(reason: impl Into<String>) -> Self {
        Self::new(400, "bad_request", reason)
    }

    pub fn not_found(reason: impl Into<String>) -> Self {
        Self::new(404, "not_found", reason)
    }

    pub fn conflict() -> Self {
        Self::new(409, "conflict", "Document update conflict.")
    }

    pub fn unauthorized(reason: impl Into<String>) -> Self {
        Self::new(401, "unauthorized", reason)
    }

    pub fn forbidden(reason: impl Into<String>) -> Self {
        Self::new(403, "forbidden", reason)
    }

    pub fn wrong_method(allowed: &str) -> Self {
        Self::new(405, "method_not_allowed", format!("Only {allowed} allowed"))
    }

    /// Something the stand-in leaves out although CouchDB has it.
    pub fn not_offered(what: &str) -> Self {
        Self::new(501, "not_implemented", format!("{what} is not offered by this stand-in."))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        json_answer(self.status.as_u16(), &json!({"error": self.error, "reason": self.reason}))
    }
}

pub fn json_answer(status: u16, body: &Value) -> Response {
    text_answer(status, body.to_string())
}

/// `text` is JSON already.
pub fn text_answer(status: u16, mut text: String) -> Response {
    text.push('\n');
    body_answer(status, Body::from(text))
}

pub fn body_answer(status: u16, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("must-revalidate"));
    response
}

/// A string as JSON, with its quotes.
pub fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
