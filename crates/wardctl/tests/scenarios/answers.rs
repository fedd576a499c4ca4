//! Answers that are not our server's, or not whole, or not now: nothing of them is believed, nothing saved is lost, and
//! the laptop waits its time before it asks again.

use std::time::SystemTime;

use sync::State;
use testkit::Reply;

use crate::ward::{Laptop, Ward, id, tries};

const PORTAL: &str = "Set-Cookie: AuthSession=cafe; Path=/\r\nSet-Cookie: portal=1\r\n";
const NO: &str = r#"{"error":"x","reason":"y"}"#;
/// Of a batch that no node took.
const OUTCOMES: &str =
    r#"[{"id":"00000000000000000000000000000000","error":"error","reason":"internal_server_error"}]"#;
/// What a sync asks, in its order; the first stands for everything.
const PLACES: [&str; 4] = ["/", "POST /_session", "/_changes", "POST /_bulk_docs"];

/// N1. A Wi-Fi portal in place of the server: not our server, nothing written, its cookie never sent to anybody.
#[tokio::test(flavor = "multi_thread")]
async fn n1_a_portal_changes_nothing() {
    let (ward, asha) = lamps("portal").await;
    for answer in [
        Reply::html("200 OK", PORTAL),
        Reply::html("201 Created", PORTAL),
        Reply::html("302 Found", &format!("Location: http://127.0.0.1:1/login\r\n{PORTAL}")),
        Reply::json_with("307 Temporary Redirect", &format!("Location: /login\r\n{PORTAL}"), "{}"),
        Reply::html("401 Unauthorized", PORTAL),
        Reply::html("511 Network Authentication Required", PORTAL),
        Reply::json_with("200 OK", PORTAL, r#"{"portal":true}"#),
    ] {
        for place in PLACES {
            meets(&ward, &asha, place, answer.clone(), &[State::NotOurServer]).await;
        }
    }

    // The same while a session is under way, which outlives the portal.
    let mut engine = asha.runs();
    engine.until_all_sent().await;
    let signed_in = ward.line.count("POST /_session");
    ward.line.answer("/", Reply::html("200 OK", PORTAL));
    asha.replies(&id(2), "Crew at 14:00").await;
    engine.until("meets the portal", |state| state.state == State::NotOurServer).await;
    ward.line.restore();
    asha.sync_now();
    engine.until_all_sent().await;
    engine.stops().await;
    assert_eq!(ward.line.count("POST /_session"), signed_in);
    assert_eq!(ward.line.carried("cafe"), 0, "the portal's cookie was taken");
    assert!(ward.line.carried("AuthSession=") > 0);
}

/// N2. A gateway without its server, and a server that is unwell.
#[tokio::test(flavor = "multi_thread")]
async fn n2_a_server_that_is_unwell_is_tried_again_later() {
    let (ward, asha) = lamps("unwell").await;
    let json = "Content-Type: application/json\r\n";
    for status in ["500 Oops", "502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"] {
        for (answer, states) in [
            (Reply::json(status, NO), &[State::Waiting][..]),
            (Reply::json(status, OUTCOMES), &[State::Waiting]),
            (Reply::html(status, ""), &[State::Waiting, State::NotOurServer]),
            (Reply::typed(status, json, b""), &[State::Waiting, State::NotOurServer]),
            (Reply::typed(status, "", b""), &[State::Waiting, State::NotOurServer]),
        ] {
            for place in PLACES {
                meets(&ward, &asha, place, answer.clone(), states).await;
            }
        }
    }
}

/// N6. Half an answer, or a yes that says no.
#[tokio::test(flavor = "multi_thread")]
async fn n6_what_is_not_whole_is_not_a_success() {
    let (ward, asha) = lamps("half").await;
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    let rows = r#"[{"ok":true,"id":"00000000000000000000000000000000","rev":"2-b"}]"#;
    let half = &rows[..rows.len() / 2];
    let cut = |head_and_body: String| Reply::Cut(head_and_body.into_bytes());
    // A gzip's own head, then its data cut short.
    let gzip = [&b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03"[..], b"\xab\x56\xca"].concat();
    for answer in [
        cut(format!("{head}Content-Length: {}\r\n\r\n{half}", rows.len())),
        cut(format!("{head}Content-Length: 1000000\r\n\r\n{rows}")),
        cut(format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{rows}\r\n", rows.len())),
        cut(format!("{head}Connection: close\r\n\r\n{half}")),
        Reply::typed("200 OK", "Content-Type: application/json\r\nContent-Encoding: gzip\r\n", &gzip),
        Reply::typed(
            "200 OK",
            "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
            rows.as_bytes(),
        ),
        Reply::json("200 OK", NO),
        Reply::json("201 Created", NO),
        Reply::json("200 OK", "[]"),
        Reply::json("200 OK", ""),
        Reply::json("204 No Content", ""),
        Reply::json("206 Partial Content", half),
        cut(String::new()),
        cut(head.to_owned()),
        cut("220 mail.example ESMTP\r\n".to_owned()),
    ] {
        for place in PLACES {
            meets(&ward, &asha, place, answer.clone(), &[State::Unreachable, State::NotOurServer]).await;
        }
    }
}

/// N3. How long a busy server is left alone: as long as it asks, within an hour; and nobody asks it meanwhile, also not
/// for a change the officer makes.
#[tokio::test(flavor = "multi_thread")]
async fn n3_a_busy_server_is_left_alone_as_long_as_it_asks() {
    let (ward, asha) = lamps("busy").await;
    // By the server's clock, which is years away from this laptop's.
    let date = "Date: Tue, 01 Jan 2030 00:00:00 GMT\r\nRetry-After: Tue, 01 Jan 2030 00:00:30 GMT\r\n";
    for (header, seconds) in [
        ("Retry-After: 3\r\n", 3),
        (date, 30),
        ("Retry-After: 1000000000\r\n", 3600),
        ("Retry-After: 0\r\n", 1),
        // What is no wish: the first step of our own waiting.
        ("Retry-After: -1\r\n", 1),
        ("Retry-After: soon\r\n", 1),
        ("", 1),
    ] {
        for status in ["429 Too Many Requests", "503 Service Unavailable"] {
            ward.line.answer("/", Reply::json_with(status, header, NO));
            let mut engine = asha.engine();
            let (requests, began) = (ward.line.requests().len(), now());
            let tried = tries(&mut engine).await;
            let until = tried.retry_at.unwrap();
            // Never sooner than it asks: each of these seconds had begun when it was read.
            let allowed = began + seconds + 1..=now() + seconds + 1;
            assert!(allowed.contains(&until), "{header}: {}", until - began);
            assert_eq!(tried.state, State::Waiting);
            assert_eq!(ward.line.requests().len(), requests + 1, "one request, then patience");
            ward.line.restore();
        }
    }

    ward.line.answer("/", Reply::json_with("503 Service Unavailable", "Retry-After: 3600\r\n", NO));
    let requests = ward.line.requests().len();
    let mut engine = asha.runs();
    engine.until("rests", |state| state.retry_at.is_some()).await;
    for n in 0..3 {
        asha.replies(&id(n), "Crew at 14:00").await;
    }
    engine.until("knows the changes", |state| state.unsent_edits == 3).await;
    assert_eq!(ward.line.requests().len(), requests + 1);
    ward.line.restore();
    asha.sync_now();
    engine.until_all_sent().await;
    engine.stops().await;
}

async fn lamps(name: &str) -> (Ward, Laptop) {
    let ward = Ward::with_lamps(name, 3).await;
    let asha = ward.laptop_in_step("asha").await;
    (ward, asha)
}

/// Asha has a reply to send and ravi's news wait for her; at `place` she is answered so instead. Then the way is free.
async fn meets(ward: &Ward, asha: &Laptop, place: &str, answer: Reply, states: &[State]) {
    let what = format!("{place} {answer:?}");
    let (lamp, drain) = (id(0), id(1));
    let round = ward.line.requests().len().to_string();
    asha.replies(&lamp, &round).await;
    ward.ravi_sets(&drain, "reply", &round).await;
    let (held, server) = (asha.holds().await, ward.document(&lamp).await);

    ward.line.answer(place, answer);
    let mut engine = asha.engine();
    let tried = tries(&mut engine).await;
    assert!(states.contains(&tried.state), "{what}: {tried:?}");
    assert!(tried.retry_at.is_some(), "{what}: {tried:?}");
    assert_eq!((asha.unsent().await, tried.unsent_edits), (1, 1), "{what}");
    if place != PLACES[3] {
        assert_eq!(asha.holds().await, held, "{what}");
    }
    assert_eq!(ward.document(&lamp).await, server, "{what}");
    let requests = ward.line.requests().len();
    tries(&mut engine).await;
    let asked = ward.line.requests().len() - requests;
    assert!(asked == 0 || now() >= tried.retry_at.unwrap(), "{what}: {asked} requests before its time");

    ward.line.restore();
    asha.all_sent().await;
    assert_eq!(ward.document(&lamp).await["triage"]["reply"], round, "{what}");
    let shown = asha.grievance(&drain).await.unwrap().shown;
    assert_eq!(shown.triage.reply.as_deref(), Some(round.as_str()), "{what}");
}

/// Unix seconds.
fn now() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() as i64
}
