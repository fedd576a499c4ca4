//! A captive portal, a proxy, half an answer: nothing of it is ever believed.

use couch::{CouchError, Officer, Security};
use serde_json::value::RawValue;
use testkit::Reply;

use crate::fake::Fake;

/// How every kind of request to `fake` ends.
async fn every_request(fake: &Fake) -> Vec<(&'static str, Option<CouchError>)> {
    let (server, ward) = (fake.server(), fake.ward());
    let lamp = RawValue::from_string(r#"{"_id":"lamp"}"#.to_owned()).unwrap();
    let asha = Officer { name: "asha".to_owned(), roles: Vec::new() };
    vec![
        ("welcome", server.welcome().await.err()),
        ("sign_in", server.sign_in("asha", "a secret").await.err()),
        ("create_database", server.create_database("myward").await.err()),
        ("security", server.security("myward").await.err()),
        ("put_security", server.put_security("myward", &Security::default()).await.err()),
        ("user", server.user("asha").await.err()),
        ("put_user", server.put_user(&asha, "a secret").await.err()),
        ("info", ward.info().await.err()),
        ("changes", ward.changes(None, 100).await.err()),
        ("wait_for_change", ward.wait_for_change("0").await.err()),
        ("bulk_docs", ward.bulk_docs(std::slice::from_ref(&lamp)).await.err()),
        ("get", ward.get("lamp").await.err()),
        ("get_revision", ward.get_revision("lamp", "1-a").await.err()),
        ("put", ward.put("lamp", &lamp).await.err()),
        ("get_local", ward.get_local("ck").await.err()),
        ("put_local", ward.put_local("ck", &lamp).await.err()),
        ("all_revisions", ward.all_revisions(None, 100).await.err()),
    ]
}

#[tokio::test]
async fn n1_a_cafe_that_answers_everything_is_not_our_server() {
    const COOKIE: &str = "Set-Cookie: AuthSession=cafe; Path=/\r\n";
    type Answer = fn() -> Reply;
    let cafes: [(&str, Answer); 10] = [
        ("a page", || Reply::html("200 OK", COOKIE)),
        ("a page, created", || Reply::html("201 Created", COOKIE)),
        ("a redirect", || Reply::html("302 Found", "Location: http://127.0.0.1:1/\r\n")),
        ("a redirect of JSON type", || Reply::json_with("307 Temporary Redirect", "Location: /x\r\n", "{}")),
        ("a sign-in demand", || Reply::html("401 Unauthorized", COOKIE)),
        ("the wireless network's own status", || Reply::html("511 Network Authentication Required", COOKIE)),
        ("a proxy without its server", || Reply::html("502 Bad Gateway", "")),
        ("no type", || Reply::typed("200 OK", "", b"{\"couchdb\":\"Welcome\",\"version\":\"3\"}")),
        ("JSON of another kind", || Reply::json_with("200 OK", COOKIE, r#"{"error":"x","reason":"y"}"#)),
        ("a list", || Reply::json("200 OK", "[]")),
    ];
    for (what, answer) in cafes {
        let fake = Fake::start(move |_| answer()).await;
        for (request, error) in every_request(&fake).await {
            assert!(matches!(error, Some(CouchError::NotOurServer { .. })), "{what}, {request}: {error:?}");
        }
        let carried = fake.seen().iter().any(|seen| seen.header("cookie").is_some());
        assert!(!carried, "{what}: its cookie was taken");
    }
}

#[tokio::test]
async fn a_cookie_from_a_stranger_is_never_sent_back() {
    let fake = Fake::start(|_| {
        Reply::json_with(
            "200 OK",
            "Set-Cookie: AuthSession=planted; Path=/\r\nSet-Cookie: other=1\r\n",
            r#"{"couchdb":"Welcome","version":"3.5.0","uuid":"u"}"#,
        )
    })
    .await;
    let server = fake.server();
    for _ in 0..2 {
        assert_eq!(server.welcome().await.unwrap().uuid.as_deref(), Some("u"));
    }
    assert!(fake.seen().iter().all(|seen| seen.header("cookie").is_none()));
}

#[tokio::test]
async fn n11_a_redirect_leads_nowhere() {
    for status in
        ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
    {
        let second = Fake::start(|_| Reply::json("200 OK", "{}")).await;
        let location = format!("Location: {}myward\r\n", second.url);
        let fake = Fake::start(move |_| Reply::json_with(status, &location, "{}")).await;
        for (request, error) in every_request(&fake).await {
            assert!(error.is_some(), "{status}, {request}");
        }
        assert!(second.seen().is_empty(), "{status}");

        let round = Fake::start(move |seen| {
            let path = seen.line.split(' ').nth(1).unwrap_or_default();
            Reply::json_with(status, &format!("Location: {path}\r\n"), "{}")
        })
        .await;
        let asked = every_request(&round).await.len();
        assert_eq!(round.seen().len(), asked, "{status}: each question once, however it leads round");
    }
}

#[tokio::test]
async fn n6_half_an_answer_is_no_answer() {
    let page = "{\"results\":[\n{\"seq\":\"1-a\",\"id\":\"lamp\",\"changes\":[{\"rev\":\"1-aa\"}],\
                \"doc\":{\"_id\":\"lamp\",\"_rev\":\"1-aa\"}}\n],\n\"last_seq\":\"1-a\",\"pending\":0}\n";
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    let zipped = zipped(page.as_bytes());
    let half = page.len() / 2;
    let whole_length = format!("{head}Content-Length: {}\r\n\r\n{}", page.len(), &page[..half]);
    let chunk = format!("{head}Transfer-Encoding: chunked\r\n\r\n{half:x}\r\n{}\r\n", &page[..half]);
    let more = format!("{head}Content-Length: {}\r\n\r\n{page}", page.len() + 1);
    let whole_chunk = format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{page}\r\n", page.len());
    let no_length = format!("{head}Connection: close\r\n\r\n{}", &page[..half]);
    let zip_head = format!("{head}Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", zipped.len() / 2);
    let not_zipped = format!("{head}Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n{page}", page.len());
    for (what, bytes) in [
        ("fewer bytes than announced", whole_length.into_bytes()),
        ("no last chunk", chunk.into_bytes()),
        ("an end that the line's end hides", no_length.into_bytes()),
        ("fewer bytes than announced, and a page by themselves", more.into_bytes()),
        ("no last chunk, and a page by itself", whole_chunk.into_bytes()),
        ("half a gzip", [zip_head.as_bytes(), &zipped[..zipped.len() / 2]].concat()),
        ("no gzip at all", not_zipped.into_bytes()),
        ("no answer at all", Vec::new()),
        ("half a head", head.as_bytes().to_vec()),
        ("another protocol", b"220 mail.example ESMTP\r\n".to_vec()),
    ] {
        let fake = Fake::start(move |_| Reply::Cut(bytes.clone())).await;
        let error = fake.ward().changes(None, 10).await.unwrap_err();
        assert!(
            matches!(error, CouchError::Unreachable { .. } | CouchError::NotOurServer { .. }),
            "{what}: {error:?}"
        );
        assert!(error.may_pass(), "{what}");
    }
}

#[tokio::test]
async fn a_compressed_answer_is_read() {
    let page = "{\"results\":[\n{\"seq\":\"1-a\",\"id\":\"lamp\",\"changes\":[{\"rev\":\"1-aa\"}],\
                \"doc\":{\"_id\":\"lamp\",\"_rev\":\"1-aa\"}}\n],\n\"last_seq\":\"1-a\",\"pending\":0}\n";
    let fake = Fake::start(move |_| {
        let headers = "Content-Type: application/json\r\nContent-Encoding: gzip\r\n";
        Reply::typed("200 OK", headers, &zipped(page.as_bytes()))
    })
    .await;
    let changes = fake.ward().changes(Some("0-a+b"), 10).await.unwrap();
    assert_eq!((changes.rows[0].id.as_str(), changes.last_seq.as_str()), ("lamp", "1-a"));
    let seen = &fake.seen()[0];
    assert_eq!(
        seen.line,
        "GET /myward/_changes?limit=10&seq_interval=10&since=0-a%2Bb&include_docs=true&conflicts=true"
    );
    let accepted = seen.header("accept-encoding").unwrap();
    assert!(accepted.contains("gzip") && accepted.contains("zstd"), "{accepted}");
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    zip.write_all(bytes).unwrap();
    zip.finish().unwrap()
}

#[tokio::test]
async fn a_version_that_cannot_be_had_is_none_and_another_one_is_no_answer() {
    let table = [
        ("404 Object Not Found", r#"{"error":"not_found","reason":"missing"}"#, Some(false)),
        ("200 OK", r#"{"_id":"lamp","_rev":"2-a","n":"\ud800"}"#, Some(false)),
        ("200 OK", r#"{"_id":"lamp","_rev":"2-a","n":1.0}"#, Some(true)),
        ("200 OK", r#"{"_id":"lamp","_rev":"2-b"}"#, None),
        ("200 OK", r#"{"_id":"drain","_rev":"2-a"}"#, None),
    ];
    for (status, body, found) in table {
        let fake = Fake::start(move |_| Reply::json_with(status, "", body)).await;
        let answer = fake.ward().get_revision("lamp", "2-a").await;
        assert!(answer.is_ok() || matches!(answer, Err(CouchError::NotOurServer { .. })), "{answer:?}");
        assert_eq!(answer.ok().map(|answer| answer.is_some()), found, "{body}");
    }
}
