//! What only our own CouchDB can do: come back from its file, and fail on request.

#![allow(clippy::unwrap_used)]

use std::fs::OpenOptions;
use std::io::Write;
use std::time::Duration;

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use testkit::couchdb::{CouchDb, CouchDbError};

#[tokio::test]
async fn a_killed_server_comes_back_with_everything_it_answered() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data");
    let before = Office::open(CouchDb::builder().file(&file).start().await.unwrap()).await;
    before.write("lamp", &json!({"ward": 7, "big": 9007199254740993_u64})).await;
    let conflict = json!({"new_edits": false, "docs": [
        {"_id": "drain", "_rev": "1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "by": "asha"},
        {"_id": "drain", "_rev": "1-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "by": "ravi"},
    ]});
    before.ask(Method::POST, "ward/_bulk_docs", Some(conflict)).await;
    before.write("_local/note", &json!({"since": 5})).await;
    before.ask(Method::DELETE, "ward/nothing", None).await;
    before.ask(Method::PUT, "ward/_security", Some(json!({"members": {"roles": ["officer"]}}))).await;
    let asha = json!({"name": "asha", "password": "pw", "roles": ["officer"], "type": "user"});
    before.ask(Method::PUT, "_users/org.couchdb.user:asha", Some(asha)).await;
    let cookie = before.sign_in("asha", "pw").await;
    let paths = [
        "",
        "ward",
        "ward/lamp",
        "ward/drain?conflicts=true",
        "ward/_local/note",
        "ward/_security",
        "ward/_changes?include_docs=true&style=all_docs",
    ];
    let mut told = Vec::new();
    for path in paths {
        told.push(before.ask(Method::GET, path, None).await);
    }
    drop(before);
    OpenOptions::new()
        .append(true)
        .open(&file)
        .unwrap()
        .write_all(b"{\"revision\":{\"database\":\"wa")
        .unwrap();

    for start in ["after the kill", "after a second, quiet start"] {
        let server = CouchDb::builder().file(&file).start().await.unwrap();
        let after = Office::open(server).await;
        for (path, told) in paths.iter().zip(&told) {
            assert_eq!(after.ask(Method::GET, path, None).await, *told, "{start}: {path}");
        }
        assert_eq!(after.with_cookie(&cookie, "ward").await.status(), 200);
    }
}

#[tokio::test]
async fn a_file_damaged_in_the_middle_is_not_started_from() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data");
    std::fs::write(&file, "{\"server\":{\"uuid\":\"a\",\"secret\":\"b\"}}\nnonsense\n{}\n").unwrap();
    match CouchDb::builder().file(&file).start().await {
        Err(CouchDbError::Damaged { line, .. }) => assert_eq!(line, 2),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it started"),
    }
}

#[tokio::test]
async fn a_restored_server_is_behind_the_sequences_it_gave() {
    let office = Office::open(CouchDb::start().await.unwrap()).await;
    office.write("lamp", &json!({})).await;
    let backup = office.server.back_up("ward").unwrap();
    office.write("drain", &json!({})).await;
    let (_, changes) = office.ask(Method::GET, "ward/_changes", None).await;
    let since = changes["last_seq"].as_str().unwrap().to_owned();
    office.server.restore(&backup).unwrap();

    assert_eq!(office.ask(Method::GET, "ward/drain", None).await.0, 404);
    let (status, changes) = office.ask(Method::GET, &format!("ward/_changes?since={since}"), None).await;
    assert_eq!((status, &changes["results"]), (200, &json!([])));
    assert_ne!(changes["last_seq"], json!(since));
}

#[tokio::test]
async fn a_refused_document_fails_alone() {
    let office = Office::open(CouchDb::start().await.unwrap()).await;
    office.server.refuse_document("ward", "lamp", "not your ward").unwrap();
    let both = json!({"docs": [{"_id": "lamp"}, {"_id": "drain"}]});
    let (status, rows) = office.ask(Method::POST, "ward/_bulk_docs", Some(both)).await;
    assert_eq!(status, 201);
    assert_eq!(rows[0], json!({"id": "lamp", "error": "forbidden", "reason": "not your ward"}));
    assert_eq!(rows[1]["ok"], json!(true));
    assert_eq!(office.ask(Method::PUT, "ward/lamp", Some(json!({}))).await.0, 403);
    office.server.allow_document("ward", "lamp").unwrap();
    assert_eq!(office.ask(Method::PUT, "ward/lamp", Some(json!({}))).await.0, 201);
}

#[tokio::test]
async fn a_busy_server_says_when_to_come_back() {
    let office = Office::open(CouchDb::start().await.unwrap()).await;
    office.server.be_busy(1, Duration::from_secs(7));
    let response = office.request(Method::GET, "ward").send().await.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "7");
    assert_eq!(office.ask(Method::GET, "ward", None).await.0, 200);
}

#[tokio::test]
async fn a_cookie_is_renewed_after_a_minute_and_worth_nothing_after_ten() {
    let office = Office::open(CouchDb::start().await.unwrap()).await;
    let cookie = office.sign_in("admin", "password").await;
    office.server.advance_clock(Duration::from_secs(50));
    assert!(!office.with_cookie(&cookie, "ward").await.headers().contains_key("set-cookie"));
    office.server.advance_clock(Duration::from_secs(20));
    let renewed = cookie_of(&office.with_cookie(&cookie, "ward").await);
    office.server.advance_clock(Duration::from_secs(540));
    assert_eq!(office.with_cookie(&cookie, "ward").await.status(), 401);
    assert_eq!(office.with_cookie(&renewed, "ward").await.status(), 200);
    office.server.expire_cookies();
    assert_eq!(office.with_cookie(&renewed, "ward").await.status(), 401);
}

#[tokio::test]
async fn a_lock_out_ends_after_five_minutes() {
    let office = Office::open(CouchDb::start().await.unwrap()).await;
    let status = async |password: &str| {
        let body = json!({"name": "admin", "password": password});
        let request = office.http.post(format!("{}/_session", office.server.url())).json(&body);
        request.send().await.unwrap().status().as_u16()
    };
    for _ in 0..5 {
        assert_eq!(status("wrong").await, 401);
    }
    assert_eq!(status("password").await, 403);
    office.server.advance_clock(Duration::from_secs(301));
    assert_eq!(status("password").await, 200);
}

/// A server with a database `ward`, and its administrator's requests.
struct Office {
    server: CouchDb,
    http: Client,
}

impl Office {
    async fn open(server: CouchDb) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let http = Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
        let office = Self { server, http };
        office.ask(Method::PUT, "ward", None).await;
        office
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let (name, password) = self.server.admin();
        self.http.request(method, format!("{}/{path}", self.server.url())).basic_auth(name, Some(password))
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = self.request(method, path);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn write(&self, id: &str, document: &Value) {
        let (status, answer) = self.ask(Method::PUT, &format!("ward/{id}"), Some(document.clone())).await;
        assert_eq!(status, 201, "{answer}");
    }

    async fn sign_in(&self, name: &str, password: &str) -> String {
        let body = json!({"name": name, "password": password});
        let request = self.http.post(format!("{}/_session", self.server.url())).json(&body);
        cookie_of(&request.send().await.unwrap())
    }

    async fn with_cookie(&self, cookie: &str, path: &str) -> Response {
        let request = self.http.get(format!("{}/{path}", self.server.url())).header("Cookie", cookie);
        request.send().await.unwrap()
    }
}

fn cookie_of(response: &Response) -> String {
    let header = response.headers()["set-cookie"].to_str().unwrap();
    header.split(';').next().unwrap().to_owned()
}
