//! A long absence and a thin line: much to fetch, much to send.

use std::collections::HashSet;
use std::ops::Range;
use std::time::Duration;

use domain::Kind;
use serde_json::json;
use sync::{Change, Engine, Officer, State, SyncState};
use testkit::{figure, times};
use tokio_util::sync::CancellationToken;

use crate::town::Town;
use crate::ward::{id, lamp};
use crate::watcher::Watcher;
use crate::{bucket, camera};

/// In KiB, the key's derivation included.
const MOST_MEMORY: u64 = 400 << 10;

/// N8. A line of the second generation: slow, late, and one exchange in ten is reset. Everything goes through, and what
/// was lost on the way is not fetched over and over.
#[tokio::test(flavor = "multi_thread")]
async fn n8_a_thin_line_carries_a_day() {
    let (lamps, edits, photos) = (times(120, 1_000), times(10, 50), times(1, 5));
    // She works a little, and looks how it goes up.
    let often = times(1, 10);
    // The same day in two towns alike: what one laptop sends, another would have to fetch.
    let day = async |name: &str, line: &dyn Fn(&Town)| {
        let town = town_with_lamps(name, lamps).await;
        let laptop = town.officer("asha");
        let officer = laptop.opened().await;
        line(&town);
        let before = town.couch_line.bytes() + town.store_line.bytes();
        until_all_sent(&officer).await;
        for nth in 0..often {
            let part = |all: u32| nth * all / often..(nth + 1) * all / often;
            work(&officer, part(edits), part(photos), "asha").await;
            until_all_sent(&officer).await;
        }
        town.restore();
        (town.couch_line.bytes() + town.store_line.bytes() - before, town)
    };
    let (calm, _) = day("calm", &|_| ()).await;
    let (thin, town) = day("thin", &|town| {
        for line in [&town.couch_line, &town.store_line] {
            line.slow(u64::from(times(64 << 10, 3 << 10)));
            line.latency(Duration::from_millis(times(20, 1_500).into()));
            line.lose(times(2, 10));
        }
    })
    .await;
    let resets = town.couch_line.resets() + town.store_line.resets();
    figure("N8", format!("{calm} bytes on a good line, {thin} on a thin one with {resets} resets"));
    assert!(resets > 0, "a line that never failed proves nothing");
    assert!(thin * 2 <= calm * 3, "{calm} bytes on a good line, {thin} on a thin one");
    all_there(&town, edits, photos, "asha").await;
}

/// N8. A photo that takes longer than a request has by itself goes up all the same, and so does what is behind it.
#[tokio::test(flavor = "multi_thread")]
async fn n8_a_photo_that_takes_longer_than_half_a_minute_goes_up() {
    let town = town_with_lamps("large-photo", 1).await;
    let laptop = town.officer("asha");
    let officer = laptop.opened().await;
    until_all_sent(&officer).await;
    let photo = officer.prepare(camera::noise(800, 600)).await.unwrap();
    officer.attach(&id(0), &photo, Kind::After).await.unwrap();
    let seconds = 40;
    town.store_line.slow(photo.large.len() as u64 / seconds);
    let all_sent = tokio::time::timeout(Duration::from_secs(180), until_all_sent(&officer)).await;
    all_sent.expect("it goes up within three minutes");
    assert_eq!(town.store_line.count("PUT /photos/"), 3, "given up once");
    assert_eq!(bucket::keys(&town.store).len(), 2);
}

/// R15. Weeks of reports to fetch and days of work to send, in one go.
#[tokio::test(flavor = "multi_thread")]
async fn r15_a_long_absence_is_made_up_for() {
    let (lamps, edits, photos) = (times(3_000, 50_000), times(300, 5_000), times(6, 2_000));
    let town = town_with_lamps("absence", lamps).await;
    let laptop = town.officer("asha");
    // However many there are.
    laptop.run(&["selection", "--all"]);
    let officer = laptop.opened().await;
    let (stop, mut reads) = (CancellationToken::new(), Vec::new());
    let reading = async {
        // Somebody looks at the list all the while.
        while !stop.is_cancelled() {
            let began = std::time::Instant::now();
            let all = mirror::Query { show: mirror::Show::All, search: None, order: mirror::Order::Newest };
            officer.with_mirror(move |mirror| mirror.queue(&all, None, 50)).await.unwrap();
            reads.push(began.elapsed());
        }
    };
    let pulling = async {
        until_all_sent(&officer).await;
        stop.cancel();
    };
    tokio::join!(reading, pulling);
    let counts = officer.with_mirror(|mirror| mirror.counts()).await.unwrap();
    assert_eq!(counts.all, u64::from(lamps), "every report is here");
    reads.sort();
    let slow = reads[reads.len() * 95 / 100];

    work(&officer, 0..edits, 0..photos, "asha").await;
    drop(officer);
    let sending = Watcher::of(&laptop).peak_when("allSent");
    all_there(&town, edits, photos, "asha").await;
    let meena = town.officer("meena");
    meena.run(&["selection", "--all"]);
    let fetching = Watcher::of(&meena).peak_when("allSent");
    figure(
        "R15",
        format!(
            "{lamps} reports, {edits} changes, {photos} photos: the list's page p95 {} ms during the pull, \
             at most {} MiB to fetch and {} MiB to send",
            slow.as_millis(),
            fetching >> 10,
            sending >> 10
        ),
    );
    assert!(fetching.max(sending) <= MOST_MEMORY, "{fetching} KiB to fetch, {sending} KiB to send");
    assert_eq!(laptop.unsent(), (0, 0, 0, 0));
}

async fn town_with_lamps(name: &str, lamps: u32) -> Town {
    let town = Town::founded(name).await;
    // Pictures of citizens are another matter.
    let without_picture = |n| {
        let mut lamp = lamp(n);
        lamp.as_object_mut().unwrap().remove("picture");
        lamp
    };
    let all: Vec<_> = (0..lamps).map(without_picture).collect();
    for some in all.chunks(5_000) {
        let path = format!("{}/_bulk_docs", town.couch.database());
        town.couch.admin(reqwest::Method::POST, &path, Some(json!({ "docs": some }))).await;
    }
    town
}

/// Replies to the lamps `edits` and attaches a photo to the lamps `photos`.
async fn work(officer: &Officer, edits: Range<u32>, photos: Range<u32>, by: &str) {
    for n in edits {
        officer.change(&id(n), Change::Reply(Some(format!("{by} {n}")))).await.unwrap();
    }
    for n in photos {
        let picture = officer.prepare(camera::shot(n)).await.unwrap();
        officer.attach(&id(n), &picture, Kind::After).await.unwrap();
    }
}

/// Presses "Sync now" whenever the line has failed.
async fn until_all_sent(officer: &Officer) {
    let engine = Engine::new(officer.clone());
    let (mut states, stop) = (engine.state(), CancellationToken::new());
    let running = tokio::spawn(engine.run(stop.clone()));
    let ended = |state: &SyncState| state.state == State::AllSent || state.retry_at.is_some();
    loop {
        let state = states.wait_for(ended).await.unwrap().state;
        if state == State::AllSent {
            break;
        }
        officer.sync_now();
        states.changed().await.unwrap();
    }
    stop.cancel();
    running.await.unwrap();
}

async fn all_there(town: &Town, edits: u32, photos: u32, by: &str) {
    for n in [0, edits / 2, edits - 1] {
        assert_eq!(town.grievance(&id(n)).await["triage"]["reply"], format!("{by} {n}"));
    }
    let keys: HashSet<String> = bucket::keys(&town.store).into_iter().collect();
    for n in 0..photos.min(400) {
        let document = town.grievance(&id(n)).await;
        let named = document["triage"]["photos"].as_array().unwrap().last().unwrap();
        assert!(keys.contains(named["large"].as_str().unwrap()), "{named}");
    }
}
