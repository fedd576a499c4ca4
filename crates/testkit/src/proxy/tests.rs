#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};

use super::*;

#[tokio::test]
async fn requests_pass_through_and_are_counted() {
    let office = Office::open().await;
    let http = crate::http::client();

    let answer = http.get(format!("{}/big", office.proxy.url())).send().await.unwrap();
    assert_eq!(answer.bytes().await.unwrap().len(), BIG);
    let sent = http.post(format!("{}/sum", office.proxy.url())).body(vec![1; 300_000]).send().await.unwrap();
    assert_eq!(sent.text().await.unwrap(), "300000");

    assert_eq!(office.proxy.requests(), ["GET /big", "POST /sum"]);
    assert_eq!(
        (office.proxy.count("/"), office.proxy.count("POST /"), office.proxy.count("POST /big")),
        (2, 1, 0)
    );
}

#[tokio::test]
async fn a_cut_line_resets_what_is_under_way_and_refuses_the_next_until_restored() {
    let office = Office::open().await;
    let http = crate::http::client();
    let url = format!("{}/wait", office.proxy.url());
    let waiting = tokio::spawn(http.get(&url).send());
    office.proxy.until("GET /wait", 1).await;

    office.proxy.cut().await;
    assert!(waiting.await.unwrap().is_err());
    for _ in 0..20 {
        assert!(http.get(&url).send().await.unwrap_err().is_connect());
    }

    office.proxy.restore();
    assert_eq!(office.sum(&http).await.unwrap(), "5");
}

#[tokio::test]
async fn a_dropped_response_belongs_to_a_request_that_was_done() {
    let office = Office::open().await;
    let http = crate::http::client();
    office.proxy.drop_next_response_to("POST /sum");

    assert!(office.sum(&http).await.is_err());
    assert_eq!(office.sums.load(Ordering::SeqCst), 1);
    assert_eq!(office.sum(&http).await.unwrap(), "5");
    assert_eq!(office.sums.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_held_request_reaches_the_server_when_it_is_released() {
    let office = Office::open().await;
    let mut held = office.proxy.hold_next("POST /sum");
    let http = crate::http::client();
    let url = format!("{}/sum", office.proxy.url());
    let asked = tokio::spawn(http.post(url).body("hello").send());

    held.reached().await;
    assert_eq!(office.sums.load(Ordering::SeqCst), 0);
    held.release();
    assert!(asked.await.unwrap().unwrap().status().is_success());
    assert_eq!(office.sums.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_line_that_breaks_after_some_bytes_breaks_downloads_and_uploads() {
    let office = Office::open().await;
    let http = crate::http::client();
    office.proxy.reset_after(100_000);

    let answer = http.get(format!("{}/big", office.proxy.url())).send().await.unwrap();
    assert!(answer.bytes().await.is_err());
    let upload = http.post(format!("{}/sum", office.proxy.url())).body(vec![1; 300_000]).send().await;
    assert!(upload.is_err());
    assert_eq!(office.sums.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn somebody_else_answers_and_the_office_hears_nothing() {
    let office = Office::open().await;
    let http = crate::http::client();
    office.proxy.answer_next("/sum", Reply::html("200 OK", ""));
    let answer = office.sum(&http).await.unwrap();
    assert!(answer.contains("cafe"), "{answer}");
    assert_eq!(office.sum(&http).await.unwrap(), "5");

    office.proxy.turn_away("hello", Reply::json("403 Forbidden", "{}"));
    assert_eq!(office.sum(&http).await.unwrap(), "{}");
    office.proxy.restore();
    office.proxy.take_at_most(4);
    assert!(office.sum(&http).await.unwrap().contains("cafe"), "five bytes are one too many");
    office.proxy.take_at_most(5);
    assert_eq!(office.sum(&http).await.unwrap(), "5");

    office.proxy.answer("/", Reply::Cut(Vec::new()));
    for _ in 0..2 {
        assert!(office.sum(&http).await.is_err());
    }
    assert_eq!(office.sums.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn one_exchange_is_reset_at_its_byte_and_the_next_is_whole() {
    let office = Office::open().await;
    let http = crate::http::client();
    for (bytes, heard) in [(4, 0), (5, 1)] {
        office.proxy.reset_next("/sum", bytes);
        assert!(office.sum(&http).await.is_err(), "{bytes}");
        assert_eq!(office.sums.load(Ordering::SeqCst), heard, "the body was whole after five bytes");
    }
    assert_eq!(office.sum(&http).await.unwrap(), "5");
    assert!(office.proxy.bytes() > 10 && office.proxy.carried("content-length: 5") == 3);
}

#[tokio::test]
async fn a_slow_line_takes_its_time() {
    let office = Office::open().await;
    let http = crate::http::client();
    office.proxy.slow(BIG as u64 * 2);
    office.proxy.latency(Duration::from_millis(100));

    let started = Instant::now();
    let answer = http.get(format!("{}/big", office.proxy.url())).send().await.unwrap();
    assert_eq!(answer.bytes().await.unwrap().len(), BIG);
    assert!(started.elapsed() >= Duration::from_millis(550), "{:?}", started.elapsed());
}

const BIG: usize = 250_000;

/// A server with something large, something that adds up, and something that never answers.
struct Office {
    proxy: Proxy,
    sums: Arc<AtomicUsize>,
}

impl Office {
    async fn open() -> Office {
        let sums = Arc::new(AtomicUsize::new(0));
        let routes = Router::new()
            .route("/big", get(|| async { vec![7_u8; BIG] }))
            .route("/wait", get(std::future::pending::<()>))
            .route("/sum", post(sum))
            .with_state(Arc::clone(&sums));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Office { proxy: Proxy::to(&url).await, sums }
    }

    async fn sum(&self, http: &reqwest::Client) -> reqwest::Result<String> {
        http.post(format!("{}/sum", self.proxy.url())).body("hello").send().await?.text().await
    }
}

async fn sum(State(sums): State<Arc<AtomicUsize>>, body: axum::body::Bytes) -> String {
    sums.fetch_add(1, Ordering::SeqCst);
    body.len().to_string()
}
