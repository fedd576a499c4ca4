//! What a CouchDB 3.5.0 answered, request by request, asked again of our own stand-in, and of the
//! server that `COUCHDB_URL` (`http://admin:password@host:port`) names when it is set.
//!
//! `conformance.json` is the table: chapters of steps, each chapter in a database of its own.
//! A step asks (`ask`, `as`, `headers`, `send` or `text`) and says what comes back: `status`, then
//! `answer` (JSON), `text_answer` (JSON text without its `_rev`), `keys` of the answer, a `header`
//! or the `cookie`. `skip` drops members, `unordered` sorts a list, `keep` names a value of the
//! answer for later steps, where `{name}` stands for it.
//! What differs from server to server is normalised: `<hash>` of a revision, `<seq>`, `<uuid>`.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use reqwest::{Client, Method, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use testkit::Couch;

#[derive(Deserialize)]
struct Chapter {
    chapter: String,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    ask: String,
    #[serde(rename = "as", default = "admin")]
    who: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    send: Option<Value>,
    text: Option<String>,
    #[serde(default)]
    keep: BTreeMap<String, String>,
    status: u16,
    answer: Option<Value>,
    #[serde(default)]
    exact: bool,
    #[serde(default)]
    skip: Vec<String>,
    unordered: Option<String>,
    text_answer: Option<String>,
    keys: Option<Vec<String>>,
    #[serde(default)]
    header: BTreeMap<String, String>,
    cookie: Option<String>,
}

fn admin() -> String {
    "admin".to_owned()
}

#[tokio::test]
async fn every_answer_is_the_one_couchdb_gave() {
    let chapters: Vec<Chapter> = serde_json::from_str(include_str!("conformance.json")).unwrap();
    let mut differences = Vec::new();
    for chapter in chapters {
        let mut visit = Visit::begin().await;
        for (index, step) in chapter.steps.iter().enumerate() {
            for difference in visit.take(step).await {
                differences.push(format!(
                    "{}, step {}: {}: {difference}",
                    chapter.chapter,
                    index + 1,
                    step.ask
                ));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[tokio::test]
async fn a_longpoll_waits_until_somebody_writes() {
    let visit = Visit::begin().await;
    let since = visit.last_sequence().await;
    let feed = format!("{{db}}/_changes?feed=longpoll&heartbeat=200&since={since}");
    let mut waiting = visit.open(&feed).await;
    let opening = waiting.chunk().await.unwrap().unwrap();
    assert!(opening.starts_with(b"{\"results\":["), "it opens before there is anything to say");
    assert_eq!(waiting.chunk().await.unwrap().unwrap().as_ref(), b"\n", "then its heart beats");

    visit.write("lamp", &json!({"ward": 7})).await;
    let mut rest = opening.to_vec();
    while let Some(chunk) = waiting.chunk().await.unwrap() {
        rest.extend(chunk);
    }
    let answer: Value = serde_json::from_slice(&rest).unwrap();
    assert_eq!(answer["results"][0]["id"], "lamp");
    assert_eq!(answer["pending"], json!(0));
}

#[tokio::test]
async fn a_continuous_feed_goes_on_after_access_is_revoked_and_ends_when_the_database_is_deleted() {
    let visit = Visit::begin().await;
    let mut feed = visit.open("{db}/_changes?feed=continuous&heartbeat=200&since=0").await;
    let security =
        json!({"admins": {"names": [], "roles": []}, "members": {"names": ["nobody"], "roles": []}});
    visit.couch.admin(Method::PUT, &visit.fill("{db}/_security"), Some(security)).await;
    visit.write("lamp", &json!({"ward": 7})).await;

    let mut text = String::new();
    while !text.contains("\"lamp\"") {
        text.push_str(std::str::from_utf8(&feed.chunk().await.unwrap().unwrap()).unwrap());
    }
    visit.couch.admin(Method::DELETE, &visit.fill("{db}"), None).await;
    let mut end = String::new();
    while let Some(chunk) = feed.chunk().await.unwrap() {
        end.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    assert!(end.trim_start().starts_with("{\"last_seq\":"), "{end}");
}

#[tokio::test]
async fn a_sequence_from_before_a_drop_gives_everything_again() {
    let visit = Visit::begin().await;
    visit.write("before", &json!({})).await;
    let since = visit.last_sequence().await;
    visit.couch.admin(Method::DELETE, &visit.fill("{db}"), None).await;
    visit.couch.admin(Method::PUT, &visit.fill("{db}"), None).await;
    visit.write("after", &json!({})).await;
    let path = visit.fill(&format!("{{db}}/_changes?since={since}"));
    let changes = visit.couch.admin(Method::GET, &path, None).await;
    let ids: Vec<&Value> = changes["results"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
    assert_eq!(ids, ["after"]);
}

/// One chapter's database and people, and what its steps keep.
struct Visit {
    couch: Couch,
    http: Client,
    kept: BTreeMap<String, String>,
}

impl Visit {
    async fn begin() -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let couch = Couch::bare("conformance").await;
        couch.admin(Method::PUT, couch.database(), None).await;
        let tag = couch.database().rsplit('-').next().unwrap();
        let kept = BTreeMap::from([
            ("db".to_owned(), couch.database().to_owned()),
            ("officer".to_owned(), format!("officer-{tag}")),
            ("stranger".to_owned(), format!("stranger-{tag}")),
        ]);
        let http = Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
        Self { couch, http, kept }
    }

    /// Asks, and tells what came back otherwise than the table has it.
    async fn take(&mut self, step: &Step) -> Vec<String> {
        let response = self.ask(step).await;
        let mut differences = Vec::new();
        let mut differ = |what: &str, wanted: String, found: String| {
            if wanted != found {
                differences.push(format!("{what}\n  wanted {wanted}\n  found  {found}"));
            }
        };
        differ("status", step.status.to_string(), response.status().as_u16().to_string());
        for (name, wanted) in &step.header {
            let found = response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
            differ(name, wanted.clone(), self.normal_text(&found.unwrap_or_default()));
        }
        if let Some(wanted) = &step.cookie {
            let header = response.headers().get("set-cookie").unwrap().to_str().unwrap().to_owned();
            differ("cookie", wanted.clone(), normal_cookie(&header));
            let cookie = header.split(';').next().unwrap().to_owned();
            self.kept.insert("cookie".to_owned(), cookie);
        }
        let text = response.text().await.unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        for (name, pointer) in &step.keep {
            let kept = answer.pointer(pointer).unwrap().as_str().unwrap().to_owned();
            self.kept.insert(name.clone(), kept);
        }
        if let Some(wanted) = &step.keys {
            let mut keys: Vec<&String> =
                answer.as_object().into_iter().flatten().map(|(key, _)| key).collect();
            keys.sort();
            differ("keys", format!("{wanted:?}"), format!("{keys:?}"));
        }
        if let Some(wanted) = &step.text_answer {
            differ("text", wanted.clone(), without_revision(text.trim()));
        }
        if let Some(wanted) = &step.answer {
            let mut found = if step.exact { answer } else { self.normal(&answer) };
            for member in &step.skip {
                found.as_object_mut().unwrap().shift_remove(member);
            }
            if let Some(list) = step.unordered.as_ref().and_then(|list| found.pointer_mut(list)) {
                list.as_array_mut().unwrap().sort_by_key(|item| sorted(item).to_string());
            }
            differ("answer", sorted(wanted).to_string(), sorted(&found).to_string());
        }
        differences
    }

    async fn ask(&self, step: &Step) -> Response {
        let ask = self.fill(&step.ask);
        let (method, path) = ask.split_once(' ').unwrap();
        let method: Method = method.parse().unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.couch.origin()));
        let kept = |name: &str| self.kept[name].clone();
        request = match step.who.as_str() {
            "admin" => {
                let admin = self.couch.administrator();
                request.basic_auth(&admin.name, Some(&admin.password))
            }
            "officer" => request.basic_auth(kept("officer"), Some("pw")),
            "wrong password" => request.basic_auth(kept("officer"), Some("nope")),
            "stranger" => request.basic_auth(kept("stranger"), Some("pw")),
            "cookie" => request.header("Cookie", kept("cookie")),
            "forged cookie" => {
                let cookie = kept("cookie");
                request.header("Cookie", format!("{}AAA", &cookie[..cookie.len() - 3]))
            }
            "nobody" => request,
            other => panic!("who is {other}?"),
        };
        request = request.header("Accept", "application/json");
        if let Some(body) = step.send.as_ref().map(Value::to_string).or(step.text.clone()) {
            request = request.body(self.fill(&body));
            if !step.headers.contains_key("Content-Type") {
                request = request.header("Content-Type", "application/json");
            }
        }
        for (name, value) in &step.headers {
            request = request.header(name, self.fill(value));
        }
        request.send().await.unwrap()
    }

    /// `{name}` stands for what was kept under it.
    fn fill(&self, text: &str) -> String {
        self.kept
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    fn normal(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.normal_text(text).into(),
            Value::Array(items) => items.iter().map(|item| self.normal(item)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, member)| (name.clone(), self.normal(member))).collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// Hashes made of one repeated digit are the table's own and stay.
    fn normal_text(&self, text: &str) -> String {
        let made = |hash: &str| {
            let mut digits = hash.bytes();
            hash.len() == 32 && digits.all(|digit| digit.is_ascii_hexdigit()) && {
                let first = hash.as_bytes()[0];
                hash.bytes().any(|digit| digit != first)
            }
        };
        let bare = text.trim_matches('"');
        if made(bare) {
            return "<uuid>".to_owned();
        }
        if let Some((number, rest)) = bare.split_once('-')
            && number.bytes().all(|digit| digit.is_ascii_digit())
            && !number.is_empty()
        {
            if made(rest) {
                return text.replace(rest, "<hash>");
            }
            if rest.starts_with('g') && rest.len() > 20 {
                return "<seq>".to_owned();
            }
        }
        ["db", "officer", "stranger"]
            .iter()
            .fold(text.to_owned(), |text, name| text.replace(&self.kept[*name], &format!("{{{name}}}")))
    }

    async fn open(&self, path: &str) -> Response {
        let admin = self.couch.administrator();
        let url = format!("{}/{}", self.couch.origin(), self.fill(path));
        self.http.get(url).basic_auth(&admin.name, Some(&admin.password)).send().await.unwrap()
    }

    async fn write(&self, id: &str, document: &Value) {
        let path = self.fill(&format!("{{db}}/{id}"));
        self.couch.admin(Method::PUT, &path, Some(document.clone())).await;
    }

    async fn last_sequence(&self) -> String {
        let path = self.fill("{db}/_changes?limit=0&since=now");
        let changes = self.couch.admin(Method::GET, &path, None).await;
        changes["last_seq"].as_str().unwrap().to_owned()
    }
}

/// Members in order of their names, so that texts compare.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(members) => {
            let members: BTreeMap<&String, Value> =
                members.iter().map(|(name, member)| (name, sorted(member))).collect();
            members.into_iter().map(|(name, member)| (name.clone(), member)).collect()
        }
        other => other.clone(),
    }
}

fn normal_cookie(header: &str) -> String {
    let part = |part: &str| match part.split_once('=') {
        Some(("AuthSession", _)) => "AuthSession=<x>".to_owned(),
        Some((name, _)) if name.eq_ignore_ascii_case("expires") => "expires=<x>".to_owned(),
        _ => part.to_owned(),
    };
    header.split("; ").map(part).collect::<Vec<_>>().join("; ")
}

fn without_revision(text: &str) -> String {
    let (before, rest) = text.split_once("\"_rev\":\"").unwrap();
    let (_, after) = rest.split_once("\",").unwrap_or((rest, ""));
    format!("{before}{after}")
}
