use std::time::{Duration, Instant};

use sync::State;
use testkit::figure;

use crate::ward::Ward;

/// N15. She presses "Sync now" six times when the line is back: one run.
#[tokio::test(flavor = "multi_thread")]
async fn n15_six_clicks_are_one_run() {
    let ward = Ward::with_lamps("clicks", 3).await;
    let asha = ward.laptop_in_step("asha").await;
    let mut engine = asha.runs();
    ward.line.until("feed=longpoll", 2).await;
    ward.line.cut().await;
    engine.until("off", |state| state.state == State::Unreachable).await;
    let (pulled, listened) = (ward.line.count("include_docs"), ward.line.count("feed=longpoll"));

    ward.line.restore();
    let mut run = ward.line.hold_next("GET /");
    asha.sync_now();
    run.reached().await;
    for _ in 0..5 {
        asha.sync_now();
    }
    run.release();
    engine.until_all_sent().await;
    ward.line.until("feed=longpoll", listened + 2).await;
    assert_eq!(ward.line.count("include_docs"), pulled + 2, "one pull of each database");
    engine.stops().await;
}

/// N15. The window is closed in the middle of a first pull: it ends at once, pages are whole or absent, and the next
/// start goes on behind the last one.
#[tokio::test(flavor = "multi_thread")]
async fn n15_stopping_during_a_sync_is_quick_and_leaves_no_half_page() {
    let ward = Ward::with_lamps("stopped", 2_500).await;
    let asha = ward.laptop("asha").await;
    let pages = format!("GET /{}/_changes?limit", ward.couch.database());
    let mut first = ward.line.hold_next(&pages);
    let engine = asha.runs();
    first.reached().await;
    let mut second = ward.line.hold_next(&pages);
    first.release();
    second.reached().await;

    let began = Instant::now();
    let stopped = tokio::time::timeout(Duration::from_secs(3), engine.stops()).await;
    stopped.expect("a stop within three seconds");
    figure("N15", format!("stopped in {} ms", began.elapsed().as_millis()));
    second.release();
    // Writes nothing, behind whatever is being written.
    asha.with_mirror(|mirror| mirror.refused_entries_again()).await.unwrap();
    let here = asha.grievances().await;
    assert!(here == 0 || here == 2_000, "{here} is not a page");
    asha.all_sent().await;
    assert_eq!(asha.grievances().await, 2_500);
}
