//! A server that answers faster than any client reads: as much of CouchDB's wire as a pull and a push need, every page
//! cut from text that was written before the first question. It keeps nothing that is sent to it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Query, Request, State};
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use serde::Deserialize;
use serde_json::json;

use crate::Done;
use crate::corpus::Report;

/// Starts serving and returns the site's address, `http://host:port/ward`.
pub async fn serve(reports: &[Report]) -> Done<String> {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = format!("http://{}/ward", listener.local_addr()?);
    let router = Router::new().fallback(answer).with_state(Arc::new(Ward::written(reports)));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

struct Ward {
    /// One line for each change with its document, as `_changes` has it.
    lines: Bytes,
    /// Where each line begins, where its document does, and where its document ends.
    marks: Vec<(usize, usize, usize)>,
    by_id: HashMap<String, usize>,
}

const BEFORE_DOCUMENT: &str = r#","doc":"#;
const AFTER_DOCUMENT: &str = "},\n";

async fn answer(State(ward): State<Arc<Ward>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    match (head.method.as_str(), head.uri.path()) {
        ("GET", "/") => json(r#"{"couchdb":"Welcome","version":"3.5.0","uuid":"b"}"#),
        ("POST", "/_session") => {
            let cookie = [(SET_COOKIE, "AuthSession=b; Path=/; HttpOnly")];
            (cookie, json(r#"{"ok":true,"name":"asha","roles":[]}"#)).into_response()
        }
        ("GET", "/ward" | "/ward/") => json(ward.info()),
        ("GET", "/ward/_changes") => ward.changes(&head.uri),
        ("POST", "/ward/_bulk_get") => ward.bulk_get(&body),
        ("POST", "/ward/_bulk_docs") => bulk_docs(&body),
        ("PUT", path) if path.starts_with("/ward/_local/") => json(r#"{"ok":true,"id":"b","rev":"0-1"}"#),
        (_, path) if path.starts_with("/ward/") => refusal(StatusCode::NOT_FOUND, "missing"),
        _ => refusal(StatusCode::NOT_FOUND, "Database does not exist."),
    }
}

impl Ward {
    fn written(reports: &[Report]) -> Ward {
        let mut lines = String::new();
        let (mut marks, mut by_id) = (Vec::new(), HashMap::new());
        for (n, Report { id, rev, body }) in reports.iter().enumerate() {
            let start = lines.len();
            lines += &format!(r#"{{"seq":{},"id":"{id}","changes":[{{"rev":"{rev}"}}]"#, n + 1);
            lines += BEFORE_DOCUMENT;
            let document = lines.len();
            lines += body.get();
            marks.push((start, document, lines.len()));
            lines += AFTER_DOCUMENT;
            by_id.insert(id.clone(), n);
        }
        Ward { lines: lines.into(), marks, by_id }
    }

    fn info(&self) -> String {
        let (count, born) = (self.marks.len(), "1");
        json!({ "db_name": "ward", "doc_count": count, "update_seq": count, "instance_start_time": born })
            .to_string()
    }

    fn changes(&self, uri: &Uri) -> Response {
        #[derive(Deserialize)]
        struct Page {
            since: Option<usize>,
            limit: Option<usize>,
            include_docs: Option<bool>,
        }
        let Ok(Query(page)) = Query::<Page>::try_from_uri(uri) else {
            return refusal(StatusCode::BAD_REQUEST, "a page this server does not know");
        };
        let first = page.since.unwrap_or(0).min(self.marks.len());
        let end = first.saturating_add(page.limit.unwrap_or(usize::MAX)).min(self.marks.len());
        let rows = match page.include_docs {
            Some(true) => self.lines_of(first, end),
            _ => self.revisions_of(first, end).into(),
        };
        let last = format!("\n],\"last_seq\":{end},\"pending\":{}}}\n", self.marks.len() - end);
        let parts = [Bytes::from("{\"results\":[\n"), rows, last.into()];
        json(Body::from_stream(stream::iter(parts.map(Ok::<_, Infallible>))))
    }

    /// Nothing is copied.
    fn lines_of(&self, first: usize, end: usize) -> Bytes {
        match self.marks[first..end] {
            [] => Bytes::new(),
            [(start, ..), ..] => self.lines.slice(start..self.marks[end - 1].2 + 1),
        }
    }

    fn revisions_of(&self, first: usize, end: usize) -> Vec<u8> {
        let row = |&(start, document, _): &(usize, usize, usize)| {
            [&self.lines[start..document - BEFORE_DOCUMENT.len()], b"}"].concat()
        };
        self.marks[first..end].iter().map(row).collect::<Vec<_>>().join(&b",\n"[..])
    }

    fn bulk_get(&self, body: &[u8]) -> Response {
        #[derive(Deserialize)]
        struct Wanted {
            docs: Vec<Named>,
        }
        #[derive(Deserialize)]
        struct Named {
            id: String,
        }
        let Ok(wanted) = serde_json::from_slice::<Wanted>(body) else {
            return refusal(StatusCode::BAD_REQUEST, "not what a phone asks");
        };
        let found = wanted.docs.iter().filter_map(|named| {
            let (_, document, end) = self.marks[*self.by_id.get(&named.id)?];
            let head = format!(r#"{{"id":"{}","docs":[{{"ok":"#, named.id);
            Some([head.as_bytes(), &self.lines[document..end], b"}]}"].concat())
        });
        let results = found.collect::<Vec<_>>().join(&b",\n"[..]);
        json([&b"{\"results\":["[..], &results, b"]}"].concat())
    }
}

/// Takes everything.
fn bulk_docs(body: &[u8]) -> Response {
    #[derive(Deserialize)]
    struct Sent {
        docs: Vec<Document>,
    }
    #[derive(Deserialize)]
    struct Document {
        _id: String,
        _rev: String,
    }
    let Ok(sent) = serde_json::from_slice::<Sent>(body) else {
        return refusal(StatusCode::BAD_REQUEST, "not documents that were pulled from here");
    };
    let taken = sent.docs.into_iter().map(|Document { _id, _rev }| {
        let generation =
            _rev.split('-').next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0) + 1;
        json!({ "ok": true, "id": _id, "rev": format!("{generation}-{_id}") })
    });
    json(serde_json::Value::from_iter(taken).to_string())
}

fn refusal(status: StatusCode, reason: &str) -> Response {
    (status, json(json!({ "error": "not_found", "reason": reason }).to_string())).into_response()
}

fn json(body: impl Into<Body>) -> Response {
    ([(CONTENT_TYPE, "application/json")], body.into()).into_response()
}
