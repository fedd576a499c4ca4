//! The feed of changes: cut in the middle, odd, or standing still.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use sync::State;
use testkit::Reply;

use crate::ward::{Ward, id, lamp};

/// R2. The line breaks in the second page of a first pull, at several places. The next try asks behind the first page:
/// nothing is skipped, and no more than one page is read again.
#[tokio::test(flavor = "multi_thread")]
async fn r2_a_pull_that_was_cut_goes_on_behind_its_last_page() {
    let ward = Ward::with_lamps("cut", 2_500).await;
    let pages = format!("GET /{}/_changes?limit", ward.couch.database());
    for (officer, bytes) in [("asha", 0), ("meena", 1_000), ("ravi", 100_000)] {
        let laptop = ward.laptop(officer).await;
        let earlier = ward.line.count(&pages);
        let mut first = ward.line.hold_next(&pages);
        let (state, ()) = tokio::join!(laptop.tries(), async {
            first.reached().await;
            ward.line.reset_next(&pages, bytes);
            first.release();
        });
        assert_eq!((state.state, laptop.grievances().await), (State::Unreachable, 2_000));
        laptop.all_sent().await;
        assert_eq!(laptop.grievances().await, 2_500);
        let asked: Vec<String> =
            ward.line.requests().into_iter().filter(|request| request.starts_with(&pages)).collect();
        let since = |n: usize| asked[earlier + n].split("since=").nth(1).unwrap().split('&').next().unwrap();
        assert_eq!(asked.len() - earlier, 3);
        assert!(since(0) == "0" && since(1) != "0" && since(1) == since(2), "{asked:#?}");
    }
}

/// R16. Rows twice and in no order, sequences of every kind, no end told, documents that are none of the officer's: the
/// grievance among them is here, nothing else is, and a sequence goes back as it came.
#[tokio::test(flavor = "multi_thread")]
async fn r16_an_odd_feed_is_read() {
    let ward = Ward::with_lamps("odd", 0).await;
    let row = |seq: &str, id: &str| {
        let mut document = lamp(1);
        document["_id"] = id.into();
        document["_rev"] = "1-aa".into();
        json!({ "seq": seq, "id": id, "changes": [{ "rev": "1-aa" }], "doc": document }).to_string()
    };
    let lamp = id(1);
    // The server has what the feed tells of: one that had not would be a server that was set back.
    let mut known = self::lamp(1);
    known["_rev"] = "1-aa".into();
    let path = format!("{}/_bulk_docs", ward.couch.database());
    ward.couch.admin(Method::POST, &path, Some(json!({ "new_edits": false, "docs": [known] }))).await;
    let others =
        [row("3-c", "_design/lists"), row("1-a", "_local/checkpoint"), row("2-b", "_design/a/b")].join(",\n");
    let huge = "7-".to_owned() + &"x".repeat(1 << 20);
    for (officer, rows, end, since) in [
        (
            "twice",
            format!("{0},\n{0}", row("9-z", &lamp)),
            r#""last_seq":"9-z","pending":0"#.to_owned(),
            "9-z",
        ),
        ("none", format!("{others},\n{}", row("0-0", &lamp)), r#""last_seq":"9-z""#.to_owned(), "9-z"),
        (
            "signs",
            row("7", &lamp),
            r#""last_seq":"7-a+b/c=&d?#é","pending":0"#.to_owned(),
            "7-a%2Bb%2Fc%3D%26d%3F%23%C3%A9",
        ),
        ("number", row("7", &lamp), r#""last_seq":7,"pending":0"#.to_owned(), "7"),
        ("list", row("7", &lamp), r#""last_seq":[7,"a"],"pending":0"#.to_owned(), "%5B7%2C%22a%22%5D"),
        ("rows", row("5-e", &lamp), r#""pending":0"#.to_owned(), "5-e"),
        ("huge", row("5-e", &lamp), format!(r#""last_seq":"{huge}","pending":0"#), "5-e"),
        ("endless", row("5-e", &lamp), r#""last_seq":"9-z","pending":1000000"#.to_owned(), "9-z"),
    ] {
        let asha = ward.laptop(officer).await;
        let page = format!("{{\"results\":[\n{rows}\n],\n{end}}}\n");
        let pages = format!("GET /{}/_changes?limit", ward.couch.database());
        ward.line.answer(&pages, Reply::json("200 OK", &page));
        for _ in 0..2 {
            let state = asha.tries().await;
            assert_eq!(state.state, State::AllSent, "{officer}: {state:?}");
        }
        assert_eq!(
            (asha.grievances().await, asha.grievance(&lamp).await.unwrap().rev.as_deref()),
            (1, Some("1-aa"))
        );
        let asked =
            ward.line.requests().into_iter().rev().find(|request| request.starts_with(&pages)).unwrap();
        assert!(asked.contains(&format!("since={since}&")), "{officer}: {asked}");
        ward.line.restore();
    }
}

/// R16. A box on the way answers every question about changes with the same old page. Each answer is news, and none leads
/// further: that is not asked for without end.
#[tokio::test]
async fn r16_a_feed_that_stands_still_is_not_asked_without_end() {
    let ward = Ward::with_lamps("still", 0).await;
    // Without a photo: each try of the photo store would have the feed waited for anew.
    let mut lamp = lamp(0);
    lamp.as_object_mut().unwrap().remove("picture");
    ward.write(&[lamp]).await;
    let asha = ward.laptop_in_step("asha").await;
    let lamp = ward.document(&id(0)).await;
    let since = asha
        .with_mirror(|mirror| mirror.checkpoint(mirror::Database::Grievances))
        .await
        .unwrap()
        .unwrap()
        .since;
    let row = json!({ "seq": since, "id": id(0), "changes": [{ "rev": lamp["_rev"] }], "doc": lamp });
    let page = format!("{{\"results\":[\n{row}\n],\n\"last_seq\":{},\"pending\":0}}\n", json!(since));
    ward.line.answer("/_changes", Reply::json("200 OK", &page));
    let engine = asha.runs();
    let heard = ward.line.count("feed=longpoll");
    ward.line.until("feed=longpoll", heard + 1).await;
    // Up to six at once, until both databases were found to lead nowhere; then none before its time.
    let begun = Instant::now();
    ward.line.until("feed=longpoll", heard + 7).await;
    assert!(begun.elapsed() >= Duration::from_secs(10), "seven questions in {:?}", begun.elapsed());
    engine.stops().await;
}
