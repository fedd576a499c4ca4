//! Signing in, the cookie's ten minutes, and the many meanings of 401 and 403.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use couch::{CouchError, Session};
use serde_json::value::RawValue;
use testkit::Reply;

use crate::fake::{Fake, Seen};

const INFO: &str = r#"{"doc_count":1,"update_seq":"1-a","instance_start_time":"17"}"#;
const EXPIRED: &str = r#"{"error":"unauthorized","reason":"You are not authorized to access this db."}"#;
const WRONG: &str = r#"{"error":"unauthorized","reason":"Name or password is incorrect."}"#;
const LOCKED: &str = r#"{"error":"forbidden","reason":"Account is temporarily locked due to multiple authentication failures"}"#;
const SECRET: &str = "correct horse \"battery\" staple";

/// A CouchDB whose n-th session has the cookie `c<n>`; `answer` gives the rest, told the request and
/// how many sessions were opened.
async fn couch(answer: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static) -> Fake {
    let opened = AtomicUsize::new(0);
    Fake::start(move |seen| {
        if seen.line == "POST /_session" {
            let n = opened.fetch_add(1, Ordering::SeqCst) + 1;
            let cookie =
                format!("Set-Cookie: AuthSession=c{n}; Version=1; Max-Age=600; Path=/; HttpOnly\r\n");
            return Reply::json_with("200 OK", &cookie, r#"{"ok":true,"name":"asha","roles":["officer"]}"#);
        }
        answer(seen, opened.load(Ordering::SeqCst))
    })
    .await
}

/// The answer to a request that needs the cookie `wanted`.
fn only_with(seen: &Seen, wanted: &str) -> Reply {
    match seen.header("cookie") == Some(&format!("AuthSession={wanted}")) {
        true => Reply::json("200 OK", INFO),
        false => Reply::json("401 Unauthorized", EXPIRED),
    }
}

#[tokio::test]
async fn asha_signs_in_and_her_cookie_goes_along() {
    let fake = couch(|seen, _| only_with(seen, "c1")).await;
    let server = fake.server();
    let session = server.sign_in("asha", SECRET).await.unwrap();
    assert_eq!(session, Session { name: "asha".to_owned(), roles: vec!["officer".to_owned()] });
    assert_eq!(server.database("myward").info().await.unwrap().update_seq, "1-a");
    let [sign_in, info] = fake.seen().try_into().unwrap();
    let sent: serde_json::Value = serde_json::from_str(&sign_in.body).unwrap();
    assert_eq!(sent, serde_json::json!({"name": "asha", "password": SECRET}));
    assert_eq!(sign_in.header("cookie"), None);
    assert_eq!(info.header("authorization"), None);
    assert!(!format!("{server:?}").contains("horse"));

    server.sign_out().await;
    let after = server.database("myward").info().await;
    assert!(matches!(after, Err(CouchError::SignInNeeded)), "{after:?}");
    assert_eq!(fake.seen().last().unwrap().header("cookie"), None);
    assert_eq!(fake.count("POST /_session"), 1);
}

/// What gives tokens knows asha by her cookie, at the city's own address; where nothing does, she is not signed out.
#[tokio::test]
async fn a_token_is_given_for_the_session() {
    let fake = couch(|seen, _| match seen.line.as_str() {
        "GET /_myward/token" if seen.header("cookie") == Some("AuthSession=c1") => {
            Reply::json("200 OK", r#"{"token":"e.y.J"}"#)
        }
        _ => Reply::json("404 Object Not Found", r#"{"error":"not_found","reason":"missing"}"#),
    })
    .await;
    let server = fake.server();
    server.sign_in("asha", SECRET).await.unwrap();
    assert_eq!(*server.token("/_myward/token").await.unwrap(), "e.y.J");
    for elsewhere in ["/other", "//evil.example/_myward/token", "https://evil.example/", ""] {
        let none = server.token(elsewhere).await;
        assert!(matches!(none, Err(CouchError::Refused { status: 404, .. })), "{elsewhere}: {none:?}");
    }
    assert_eq!(fake.count("GET "), 5, "all asked of the city's own server");
}

#[tokio::test]
async fn n12_an_ended_session_is_renewed_once_and_nobody_notices() {
    let fake = couch(|seen, _| match seen.line.as_str() {
        "POST /myward/_bulk_docs" if seen.header("cookie") == Some("AuthSession=c2") => {
            Reply::json("201 Created", r#"[{"ok":true,"id":"lamp","rev":"1-a"}]"#)
        }
        _ => Reply::json("401 Unauthorized", EXPIRED),
    })
    .await;
    let server = fake.server();
    server.sign_in("asha", SECRET).await.unwrap();
    let lamp = RawValue::from_string(r#"{"_id":"lamp","n":1.0}"#.to_owned()).unwrap();
    let outcomes = server.database("myward").bulk_docs(&[lamp]).await.unwrap();
    assert_eq!(outcomes[0].result.as_deref(), Ok("1-a"));
    assert_eq!(fake.count("POST /_session"), 2);
    let bodies: Vec<String> =
        fake.seen().into_iter().filter(|s| s.line.ends_with("_bulk_docs")).map(|s| s.body).collect();
    assert_eq!(bodies, [r#"{"docs":[{"_id":"lamp","n":1.0}]}"#; 2]);
}

#[tokio::test]
async fn a_garbled_cookie_is_renewed_too() {
    let fake = couch(|seen, _| match seen.header("cookie") {
        Some("AuthSession=c2") => Reply::json("200 OK", INFO),
        _ => Reply::json(
            "400 Bad Request",
            r#"{"error":"bad_request","reason":"Malformed AuthSession cookie. Please clear your cookies."}"#,
        ),
    })
    .await;
    let server = fake.server();
    server.sign_in("asha", SECRET).await.unwrap();
    server.database("myward").info().await.unwrap();
    assert_eq!(fake.count("POST /_session"), 2);
}

#[tokio::test]
async fn n12_a_server_that_never_lets_in_is_asked_once_more_and_no_further() {
    let fake = couch(|_, _| Reply::json("401 Unauthorized", EXPIRED)).await;
    let server = fake.server();
    server.sign_in("asha", SECRET).await.unwrap();
    let info = server.database("myward").info().await;
    assert!(matches!(info, Err(CouchError::Refused { status: 401, .. })), "{info:?}");
    assert_eq!((fake.count("POST /_session"), fake.count("GET /myward")), (2, 2));
}

/// A gateway says it with a page of its own. A portal's page, which names no way to sign in, ends no session.
#[tokio::test]
async fn n12_a_session_that_ended_on_a_gateways_page_is_renewed_and_then_believed_no_more() {
    for (headers, sessions) in [("WWW-Authenticate: Cookie\r\n", 2), ("", 1)] {
        let fake = couch(move |_, _| Reply::html("401 Unauthorized", headers)).await;
        let server = fake.server();
        server.sign_in("asha", SECRET).await.unwrap();
        let info = server.database("myward").info().await.unwrap_err();
        assert_eq!((info.may_be_the_content(), fake.count("POST /_session")), (sessions == 2, sessions));
    }
    let renewed = couch(|seen, _| match seen.header("cookie") {
        Some("AuthSession=c2") => Reply::json("200 OK", INFO),
        _ => Reply::html("401 Unauthorized", "WWW-Authenticate: Cookie\r\n"),
    })
    .await;
    let server = renewed.server();
    server.sign_in("asha", SECRET).await.unwrap();
    server.database("myward").info().await.unwrap();
}

#[tokio::test]
async fn n12_six_requests_share_one_renewal() {
    let fake = couch(|seen, _| only_with(seen, "c2")).await;
    let server = fake.server();
    server.sign_in("asha", SECRET).await.unwrap();
    let requests: Vec<_> = (0..6)
        .map(|_| {
            let ward = server.database("myward");
            tokio::spawn(async move { ward.info().await })
        })
        .collect();
    for request in requests {
        request.await.unwrap().unwrap();
    }
    assert_eq!(fake.count("POST /_session"), 2);
}

#[tokio::test]
async fn n12_six_requests_share_one_failed_renewal() {
    let calls = Arc::new(AtomicUsize::new(0));
    let fake = Fake::start(move |seen| match seen.line.as_str() {
        "POST /_session" if calls.fetch_add(1, Ordering::SeqCst) == 0 => Reply::json_with(
            "200 OK",
            "Set-Cookie: AuthSession=c1\r\n",
            r#"{"ok":true,"name":"asha","roles":[]}"#,
        ),
        "POST /_session" => Reply::json("500 Internal Server Error", r#"{"error":"badarg","reason":"x"}"#),
        _ => Reply::json("401 Unauthorized", EXPIRED),
    })
    .await;
    let server = fake.server();
    server.sign_in("asha", SECRET).await.unwrap();
    // All six have their 401 before the first of them can renew.
    let requests: Vec<_> = (0..6)
        .map(|_| {
            let ward = server.database("myward");
            tokio::spawn(async move { ward.info().await })
        })
        .collect();
    for request in requests {
        assert!(request.await.unwrap().unwrap_err().may_pass());
    }
    let tried = fake.count("POST /_session") - 1;
    assert_eq!(tried, 1);
}

#[tokio::test]
async fn n12_a_password_changed_elsewhere_is_tried_once() {
    let calls = AtomicUsize::new(0);
    let fake = Fake::start(move |seen| match seen.line.as_str() {
        "POST /_session" if calls.fetch_add(1, Ordering::SeqCst) == 0 => Reply::json_with(
            "200 OK",
            "Set-Cookie: AuthSession=c1\r\n",
            r#"{"ok":true,"name":"asha","roles":[]}"#,
        ),
        "POST /_session" => Reply::json("401 Unauthorized", WRONG),
        _ => Reply::json("401 Unauthorized", EXPIRED),
    })
    .await;
    let server = fake.server();
    server.sign_in("asha", SECRET).await.unwrap();
    for _ in 0..3 {
        let info = server.database("myward").info().await;
        assert!(matches!(info, Err(CouchError::SignInNeeded)), "{info:?}");
    }
    assert_eq!(fake.count("POST /_session"), 2);
}

#[tokio::test]
async fn a_fresh_cookie_replaces_the_old_one() {
    let fake = couch(|seen, _| match seen.header("cookie") {
        Some("AuthSession=c1") => {
            Reply::json_with("200 OK", "Set-Cookie: AuthSession=younger; Max-Age=600\r\n", INFO)
        }
        _ => only_with(seen, "younger"),
    })
    .await;
    let server = fake.server();
    server.sign_in("asha", SECRET).await.unwrap();
    for _ in 0..3 {
        server.database("myward").info().await.unwrap();
    }
    assert_eq!(fake.count("POST /_session"), 1);
    assert_eq!(fake.seen().last().unwrap().header("cookie"), Some("AuthSession=younger"));
}

#[tokio::test]
async fn a_cookie_beside_a_no_is_not_taken() {
    let fake = couch(|_, _| {
        let body = r#"{"error":"not_found","reason":"missing"}"#;
        Reply::json_with("404 Not Found", "Set-Cookie: AuthSession=planted\r\n", body)
    })
    .await;
    let server = fake.server();
    server.sign_in("asha", SECRET).await.unwrap();
    for _ in 0..2 {
        server.database("myward").get("lamp").await.unwrap();
    }
    assert_eq!(fake.seen().last().unwrap().header("cookie"), Some("AuthSession=c1"));
}

#[tokio::test]
async fn signing_in_can_be_refused_in_two_ways() {
    for (status, body, wrong) in [("401 Unauthorized", WRONG, true), ("403 Forbidden", LOCKED, false)] {
        let fake = Fake::start(move |_| Reply::json(status, body)).await;
        match fake.server().sign_in("asha", "guess").await.unwrap_err() {
            CouchError::WrongPassword => assert!(wrong),
            CouchError::LockedOut => assert!(!wrong),
            other => panic!("{other:?}"),
        }
        assert_eq!(fake.seen().len(), 1);
    }
}

#[tokio::test]
async fn each_no_of_a_real_couchdb_has_its_own_meaning() {
    for (status, error, reason, meaning) in [
        ("401 Unauthorized", "unauthorized", "You are not authorized to access this db.", "SignInNeeded"),
        ("401 Unauthorized", "unauthorized", "You are not a server admin.", "NoAccess"),
        ("401 Unauthorized", "unauthorized", "You are not a server or db admin.", "NoAccess"),
        ("403 Forbidden", "forbidden", "You are not a db or server admin.", "NoAccess"),
        ("403 Forbidden", "forbidden", "You are not allowed to access this db.", "NoAccess"),
        ("403 Forbidden", "forbidden", "_reader access is required for this request", "NoAccess"),
        (
            "403 Forbidden",
            "forbidden",
            "Account is temporarily locked due to multiple authentication failures",
            "LockedOut",
        ),
        ("403 Forbidden", "forbidden", "a lamp cannot be resolved without a photo", "Refused"),
        ("404 Not Found", "not_found", "Database does not exist.", "NoSuchDatabase"),
        ("404 Not Found", "not_found", "missing", "Refused"),
        ("400 Bad Request", "bad_request", "Malformed sequence supplied in 'since' parameter.", "Refused"),
        ("409 Conflict", "conflict", "Document update conflict.", "Refused"),
        ("413 Payload Too Large", "document_too_large", "", "TooLarge"),
        ("500 Internal Server Error", "error", "no_majority", "Refused"),
        (
            "408 Request Timeout",
            "timeout",
            "The request could not be processed in a reasonable amount of time.",
            "Busy",
        ),
        ("504 Gateway Timeout", "timeout", "", "Busy"),
    ] {
        let body = format!(r#"{{"error":"{error}","reason":"{reason}"}}"#);
        let fake = Fake::start(move |_| Reply::json(status, &body)).await;
        let found = format!("{:?}", fake.ward().changes(None, 5).await.unwrap_err());
        assert!(found.starts_with(meaning), "{status} {reason}: {found}");
        assert_eq!(fake.count("POST /_session"), 0);
    }
}

#[tokio::test]
async fn a_missing_document_is_none_but_a_missing_database_is_an_error() {
    for (reason, missing) in [("missing", true), ("deleted", true), ("Database does not exist.", false)] {
        let body = format!(r#"{{"error":"not_found","reason":"{reason}"}}"#);
        let fake = Fake::start(move |_| Reply::json("404 Not Found", &body)).await;
        match fake.ward().get("lamp").await {
            Ok(None) => assert!(missing),
            Err(CouchError::NoSuchDatabase) => assert!(!missing),
            other => panic!("{other:?}"),
        }
    }
}
