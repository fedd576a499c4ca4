//! A line that breaks at any byte, falls silent, comes and goes.

use std::time::Duration;

use sync::State;
use testkit::{Reply, figure, times};
use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::ward::{Ward, id, lamp, tries};

/// What a sync sends and fetches.
const EXCHANGES: [&str; 4] = ["POST /_session", "GET /", "include_docs", "POST /_bulk_docs"];
/// Of these together, about.
const BYTES: u32 = 3_600;

/// N4. Each exchange is reset at every byte in turn, of what goes up and of what comes down. After the next try laptop
/// and server hold the same as if nothing had happened: each change once.
#[tokio::test(flavor = "multi_thread")]
async fn n4_a_reset_at_any_byte_costs_nothing() {
    /// They take turns, so that no history becomes so long that reading it takes the time.
    const LAMPS: u32 = 50;
    let step = u64::from(BYTES / times(200, BYTES));
    let ward = Ward::with_lamps("reset", 2 * LAMPS).await;
    let asha = ward.laptop_in_step("asha").await;
    let (mut cut, mut round) = (0, 0);
    for exchange in EXCHANGES {
        let mut bytes = 0;
        loop {
            round += 1;
            let (lamp_of_hers, lamp_of_ravis) = (round % LAMPS, LAMPS + round % LAMPS);
            let (hers, ravis) = (id(lamp_of_hers), id(lamp_of_ravis));
            let text = format!("Crew {round} comes");
            asha.replies(&hers, &text).await;
            ward.ravi_sets(&ravis, "reply", &text).await;
            let new = 2 * LAMPS + round;
            ward.write(&[lamp(new)]).await;
            let revisions = ward.generation(&hers).await;

            ward.line.reset_next(exchange, bytes);
            let met = asha.tries().await;
            if met.state == State::AllSent {
                // It is shorter than that.
                break;
            }
            cut += 1;
            asha.all_sent().await;
            let what = format!("{exchange} {bytes}");
            assert_eq!(ward.generation(&hers).await, revisions + 1, "{what}: her change is one revision");
            assert_eq!(asha.unsent().await, 0, "{what}");
            for (n, reply) in [(lamp_of_hers, Some(&text)), (lamp_of_ravis, Some(&text)), (new, None)] {
                let here = asha.grievance(&id(n)).await.unwrap();
                let there = ward.document(&id(n)).await;
                assert_eq!(here.rev.as_deref(), there["_rev"].as_str(), "{what}: {n}");
                assert_eq!(here.shown.triage.reply.as_ref(), reply, "{what}: {n}");
                assert_eq!(there["triage"]["reply"].as_str(), reply.map(String::as_str), "{what}: {n}");
            }
            bytes += step;
        }
    }
    figure("N4", format!("{cut} exchanges reset, each change once"));
}

/// N5. Silence before, in and after the head of an answer is given up within a minute, by a clock that jumps while
/// everybody only waits. The officer works on meanwhile, and the next try goes through.
#[tokio::test]
async fn n5_a_line_that_falls_silent_is_given_up_within_a_minute() {
    let ward = Ward::with_lamps("silent", 2).await;
    let asha = ward.laptop_in_step("asha").await;
    let mut longest = Duration::ZERO;
    for place in ["POST /_session", "/_changes", "POST /_bulk_docs"] {
        for heard in
            ["", "HTTP/1.1 200 OK\r\nX-Slow: ", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n["]
        {
            let lamp = id(0);
            asha.replies(&lamp, &format!("{place} {heard}")).await;
            let (mut engine, silent) = (asha.engine(), ward.line.count(place));
            ward.line.answer_next(place, Reply::Stall(heard.into()));
            let (tried, fell_silent) = tokio::join!(tries(&mut engine), async {
                ward.line.until(place, silent + 1).await;
                asha.replies(&id(1), &format!("{place} {heard}")).await;
                tokio::time::pause();
                Instant::now()
            });
            longest = longest.max(fell_silent.elapsed());
            tokio::time::resume();
            assert_eq!(tried.state, State::Unreachable, "{place} {heard:?}");
            assert_eq!(asha.unsent().await, 2);
            ward.line.restore();
            asha.all_sent().await;
        }
    }
    assert!(longest <= Duration::from_secs(60), "{longest:?}");
    figure("N5", format!("given up after {} s", longest.as_secs()));
}

/// N13. The line goes down whenever a request has come in, again and again, while asha works. Once it stays, everything
/// arrives within half a minute, and nothing is left running of all the broken tries.
#[tokio::test(flavor = "multi_thread")]
async fn n13_a_line_that_comes_and_goes_leaves_nothing_behind() {
    let flaps = times(8, 150);
    let ward = Ward::with_lamps("flapping", 3).await;
    let asha = ward.laptop_in_step("asha").await;
    let revisions = ward.generation(&id(0)).await;
    let mut engine = asha.runs();
    at_rest().await;

    for n in 0..flaps {
        ward.line.cut().await;
        engine.until("off", |state| state.state == State::Unreachable).await;
        asha.replies(&id(n % 3), &format!("Crew {n} comes")).await;
        let asked = ward.line.requests().len();
        ward.line.restore();
        asha.sync_now();
        ward.line.until("/", asked + 1).await;
    }
    let settled = Instant::now();
    let all_sent = tokio::time::timeout(Duration::from_secs(30), engine.until_all_sent()).await;
    all_sent.expect("everything within half a minute");
    let took = settled.elapsed();

    for n in 0..3 {
        let (here, there) = (asha.grievance(&id(n)).await.unwrap(), ward.document(&id(n)).await);
        assert_eq!(here.rev.as_deref(), there["_rev"].as_str());
        assert_eq!(there["triage"]["reply"].as_str(), here.shown.triage.reply.as_deref());
    }
    assert!(
        ward.generation(&id(0)).await <= revisions + u64::from(flaps.div_ceil(3)),
        "a change went up twice"
    );
    at_rest().await;
    figure("N13", format!("{flaps} flaps, all sent {} ms after the line stayed", took.as_millis()));
    engine.stops().await;
}

/// Waits until only what a laptop at rest needs is running: the engine and the line, and for each of the two databases
/// that it listens to, two tasks of the client's connection and one of the line's. The server has a runtime of its own.
async fn at_rest() {
    let running = || Handle::current().metrics().num_alive_tasks();
    let rested = tokio::time::timeout(Duration::from_secs(30), async {
        let mut looks = 0;
        // On its way to rest it may pass through the same number.
        while looks < 25 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            looks = if running() == 2 + 2 * 3 { looks + 1 } else { 0 };
        }
    });
    assert!(rested.await.is_ok(), "{} tasks are still running", running());
}
