//! What comes too big, too fast or too slowly ends by itself.

use std::time::Duration;

use couch::CouchError;
use serde_json::value::RawValue;
use testkit::Reply;

use crate::fake::Fake;

const MIB: usize = 1 << 20;
/// What may be under way in the sockets' buffers when a reader stops.
const UNDER_WAY: usize = 16 * MIB;

#[tokio::test]
async fn n3_a_busy_server_says_when_to_come_back() {
    for (status, header, seconds) in [
        ("429 Too Many Requests", "Retry-After: 3\r\n", Some(3)),
        ("503 Service Unavailable", "Retry-After: 1000000000\r\n", Some(3600)),
        ("503 Service Unavailable", "Retry-After: -1\r\n", None),
        ("503 Service Unavailable", "", None),
        // By the server's own clock, which is years away from ours.
        (
            "503 Service Unavailable",
            "Date: Tue, 01 Jan 2030 00:00:00 GMT\r\nRetry-After: Tue, 01 Jan 2030 00:00:30 GMT\r\n",
            Some(30),
        ),
    ] {
        for page in [Reply::html(status, header), Reply::json_with(status, header, r#"{"error":"x"}"#)] {
            let Reply::Bytes(page) = page else { unreachable!() };
            let fake = Fake::start(move |_| Reply::Bytes(page.clone())).await;
            match fake.ward().info().await {
                Err(CouchError::Busy { retry_after }) => {
                    assert_eq!(retry_after, seconds.map(Duration::from_secs), "{header}");
                }
                other => panic!("{header}: {other:?}"),
            }
            assert_eq!(fake.seen().len(), 1, "tried again by itself");
        }
    }
}

#[tokio::test]
async fn n7_a_body_without_end_is_cut_at_the_cap() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n".to_vec();
    let fake = Fake::start(move |_| Reply::Endless(head.clone(), vec![b' '; MIB], Duration::ZERO)).await;
    let error = fake.ward().get("lamp").await.unwrap_err();
    assert!(matches!(error, CouchError::TooLarge), "{error:?}");
    assert!(fake.sent() < 16 * MIB + UNDER_WAY, "{}", fake.sent());
}

#[tokio::test]
async fn n7_a_gzip_bomb_is_counted_unpacked() {
    // A thousandfold: 64 MiB unpacked are 64 KiB on the wire, which never ends.
    let (start, block) = endless_gzip(&vec![b' '; MIB]);
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\r\n";
    let head = [&head[..], &start].concat();
    let fake = Fake::start(move |_| Reply::Endless(head.clone(), block.clone(), Duration::ZERO)).await;
    let error = fake.ward().changes(None, 100).await.unwrap_err();
    assert!(matches!(error, CouchError::TooLarge), "{error:?}");
    assert!(fake.sent() < UNDER_WAY, "{}", fake.sent());
}

#[tokio::test]
async fn a_document_beyond_the_cap_is_set_aside_and_the_checkpoint_moves_on() {
    let fake = Fake::start(|seen| {
        let mut page =
            b"{\"results\":[\n{\"seq\":\"7-a\",\"id\":\"whale\",\"changes\":[{\"rev\":\"1-aa\"}]".to_vec();
        if seen.line.contains("include_docs") {
            page.extend_from_slice(b",\"doc\":{\"_id\":\"whale\",\"_rev\":\"1-aa\",\"a\":\"");
            page.resize(65 * MIB, b'x');
            page.extend_from_slice(b"\"}");
        }
        page.extend_from_slice(b"}\n],\n\"last_seq\":\"7-a\",\"pending\":0}\n");
        Reply::typed("200 OK", "Content-Type: application/json\r\n", &page)
    })
    .await;
    let error = fake.ward().changes(None, 2).await.unwrap_err();
    assert!(matches!(error, CouchError::TooLarge), "{error:?}");
    let changes = fake.ward().changes(None, 1).await.unwrap();
    assert_eq!((changes.rows[0].id.as_str(), changes.rows[0].rev.as_str()), ("whale", "1-aa"));
    assert!(changes.rows[0].body.is_err());
    assert_eq!(changes.last_seq, "7-a");
}

#[tokio::test]
async fn a_proxy_that_takes_no_large_body_is_told_from_a_stranger() {
    let fake = Fake::start(|_| Reply::html("413 Request Entity Too Large", "")).await;
    let lamp = RawValue::from_string("{}".to_owned()).unwrap();
    let error = fake.ward().bulk_docs(&[lamp]).await.unwrap_err();
    assert!(matches!(error, CouchError::TooLarge), "{error:?}");
}

#[tokio::test]
async fn each_document_of_a_batch_has_its_own_outcome() {
    let answer = r#"[{"ok":true,"id":"a","rev":"2-x"},{"id":"b","error":"conflict","reason":"Document update conflict."},{"id":"c","error":"forbidden","reason":"no"}]"#;
    let fake = Fake::start(move |_| Reply::json("201 Created", answer)).await;
    let doc = || RawValue::from_string("{}".to_owned()).unwrap();
    let outcomes = fake.ward().bulk_docs(&[doc(), doc(), doc()]).await.unwrap();
    let words: Vec<&str> = outcomes
        .iter()
        .map(|outcome| match &outcome.result {
            Ok(rev) => rev.as_str(),
            Err(refusal) => refusal.error.as_str(),
        })
        .collect();
    assert_eq!(words, ["2-x", "conflict", "forbidden"]);
    let short = fake.ward().bulk_docs(&[doc(), doc()]).await.unwrap_err();
    assert!(matches!(short, CouchError::NotOurServer { .. }), "{short:?}");
}

#[tokio::test]
async fn paging_by_id_never_skips_when_the_start_was_deleted() {
    for (rows, found) in [
        // "b" is still there, and asked for again
        (
            r#"{"id":"b","value":{"rev":"1-b"}},{"id":"c","value":{"rev":"1-c"}},{"id":"d","value":{"rev":"1-d"}}"#,
            ["c", "d"],
        ),
        // "b" has gone meanwhile
        (
            r#"{"id":"c","value":{"rev":"1-c"}},{"id":"d","value":{"rev":"1-d"}},{"id":"e","value":{"rev":"1-e"}}"#,
            ["c", "d"],
        ),
    ] {
        let body = format!(r#"{{"total_rows":9,"offset":1,"rows":[{rows}]}}"#);
        let fake = Fake::start(move |_| Reply::json("200 OK", &body)).await;
        let ids = fake.ward().all_revisions(Some("b"), 2).await.unwrap();
        let ids: Vec<&str> = ids.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, found);
        assert_eq!(fake.seen()[0].line, "GET /myward/_all_docs?startkey=%22b%22&limit=3");
    }
}

/// The beginning of a gzip of `bytes`, and what can follow it for ever, meaning `bytes` once more.
fn endless_gzip(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    use std::io::Write;
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let mut parts = Vec::new();
    for _ in 0..2 {
        zip.write_all(bytes).unwrap();
        zip.flush().unwrap();
        parts.push(std::mem::take(zip.get_mut()));
    }
    let [start, block] = parts.try_into().unwrap();
    (start, block)
}
