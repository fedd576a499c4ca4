//! Silence, trickles and heartbeats, on a clock that jumps whenever everybody only waits.

use std::time::Duration;

use couch::CouchError;
use testkit::Reply;
use tokio::time::Instant;

use crate::fake::Fake;

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn n5_a_line_that_falls_silent_is_given_up_within_a_minute() {
    for bytes in [&b""[..], b"HTTP/1.1 200 OK\r\n", HEAD, &[HEAD, b"{\"doc_count\":"].concat()] {
        let bytes = bytes.to_vec();
        let fake = Fake::start(move |_| Reply::Stall(bytes.clone())).await;
        let began = Instant::now();
        let error = fake.ward().info().await.unwrap_err();
        assert!(matches!(error, CouchError::Unreachable { .. }), "{error:?}");
        let took = began.elapsed();
        assert!((Duration::from_secs(20)..=Duration::from_secs(60)).contains(&took), "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn n5_a_trickle_is_given_up_within_a_minute() {
    let second = Duration::from_secs(1);
    for head in [HEAD.to_vec(), b"HTTP/1.1 200 OK\r\nX-Slow: ".to_vec()] {
        let fake = Fake::start(move |_| Reply::Endless(head.clone(), vec![b' '], second)).await;
        let began = Instant::now();
        let ward = fake.ward();
        let ended = tokio::time::timeout(Duration::from_secs(300), ward.info()).await;
        let error = ended.expect("still waiting").unwrap_err();
        assert!(matches!(error, CouchError::Unreachable { .. }), "{error:?}");
        assert!(began.elapsed() <= Duration::from_secs(60), "{:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_line_is_waited_for() {
    // 2 KiB a second until the cap of 16 MiB: more than two hours.
    let fake = Fake::start(|_| Reply::Endless(HEAD.to_vec(), vec![b' '; 2048], Duration::from_secs(1))).await;
    let error = fake.ward().info().await.unwrap_err();
    assert!(matches!(error, CouchError::TooLarge), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_keeps_the_wait_alive_for_five_minutes() {
    let head = [HEAD, b"{\"results\":[\n"].concat();
    let fake =
        Fake::start(move |_| Reply::Endless(head.clone(), b"\n".to_vec(), Duration::from_secs(20))).await;
    let began = Instant::now();
    assert!(!fake.ward().wait_for_change("7-a").await.unwrap());
    assert_eq!(began.elapsed().as_secs(), 300);
    let seen = &fake.seen()[0];
    assert_eq!(seen.line, "GET /myward/_changes?feed=longpoll&heartbeat=20000&limit=1&since=7-a");
    assert_eq!(seen.header("accept-encoding"), Some("identity"));
}

#[tokio::test(start_paused = true)]
async fn a_wait_without_heartbeats_is_a_dead_line() {
    let head = [HEAD, b"{\"results\":[\n"].concat();
    let fake = Fake::start(move |_| Reply::Stall(head.clone())).await;
    let began = Instant::now();
    let error = fake.ward().wait_for_change("7-a").await.unwrap_err();
    assert!(matches!(error, CouchError::Unreachable { .. }), "{error:?}");
    assert!(began.elapsed() <= Duration::from_secs(60), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_change_ends_the_wait() {
    for (rows, changed) in
        [("{\"seq\":\"8-b\",\"id\":\"lamp\",\"changes\":[{\"rev\":\"1-a\"}]}\n", true), ("", false)]
    {
        let body = format!("{{\"results\":[\n\n\n{rows}],\n\"last_seq\":\"8-b\",\"pending\":0}}\n");
        let fake = Fake::start(move |_| Reply::Cut([HEAD, body.as_bytes()].concat())).await;
        assert_eq!(fake.ward().wait_for_change("7-a").await.unwrap(), changed);
    }
}
