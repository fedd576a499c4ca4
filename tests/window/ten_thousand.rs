use std::time::{Duration, Instant};

use serde_json::Value;

use crate::app::{App, my_turn};
use crate::town::Town;
use crate::ward;

const COUNT: u32 = 10_000;

/// Every place of the list in sight holds a row with its text.
const FULL: &str = "
    const list = document.querySelector('[data-list]');
    const box = list.getBoundingClientRect();
    for (let y = box.top + 10; y < box.bottom - 10; y += 40) {
        const row = document.elementFromPoint(box.left + 100, y)?.closest('[role=option]');
        if (!row || !row.innerText.includes('Grievance number')) return false;
    }
    return true";

/// How long a place may be empty after a step.
const SETTLES: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread")]
async fn asha_scrolls_and_searches_ten_thousand_grievances_and_sees_no_blank_row() {
    let _turn = my_turn().await;
    let town = Town::founded("window-many").await;
    let reports: Vec<Value> = (0..COUNT)
        .map(|n| {
            let mut report = ward::report(n, &format!("Grievance number {n} of the ward"), None);
            report["reportedDateTime"] =
                format!("2026{:02}{:02}_{:02}{:02}00", 1 + n % 11, 1 + n % 28, n % 24, n % 60).into();
            report
        })
        .collect();
    for batch in reports.chunks(2_000) {
        town.write(batch).await;
    }
    let begun = Instant::now();
    let asha = town.officer("asha");
    let app = App::signed_in(&asha).await;
    app.sees("10,000 grievances").await;
    app.sync_is("allSent").await;
    println!("10,000 grievances are here {:?} after signing in", begun.elapsed());

    for key in ["j", "j", "ArrowDown", "k", "PageDown", "PageDown", "End", "PageUp", "Home", "End"] {
        app.press(key).await;
        app.within(SETTLES, &format!("a full list after {key}"), FULL).await;
    }
    // End goes to the last row that was read so far; reading goes on behind it.
    let last = format!(
        "return document.querySelector('[data-list] [aria-selected=true]')?.ariaPosInSet === '{COUNT}'"
    );
    let deadline = Instant::now() + Duration::from_secs(20);
    while app.js(&last).await != true {
        assert!(Instant::now() < deadline, "End does not reach the last grievance");
        app.press("End").await;
    }
    let at_end = "const list = document.querySelector('[data-list]'); return list.scrollTop + list.clientHeight >= list.scrollHeight - 2";
    app.until("the end of the list", at_end).await;
    app.press("Home").await;
    let top = "return document.querySelector('[data-list]').scrollTop === 0";
    app.until("the top of the list", top).await;

    let mut before = -1.0;
    for pixels in [300, 800, 3_000, 20_000, 100_000, 250_000, -60_000, 400_000] {
        app.wheel("[data-list]", pixels).await;
        app.within(SETTLES, &format!("a full list after a wheel of {pixels}"), FULL).await;
        let at = app.js("return document.querySelector('[data-list]').scrollTop").await.as_f64().unwrap();
        assert_ne!(at, before, "the wheel of {pixels} moved nothing");
        before = at;
    }
    app.picture("ten-thousand").await;

    app.press("/").await;
    for (typed, found) in [("number 77", "grievances found"), ("77", "1 grievance found")] {
        let begun = Instant::now();
        app.write(typed).await;
        app.within(
            Duration::from_secs(2),
            &format!("an answer to {typed}"),
            &format!("return document.querySelector('.head h2').innerText.endsWith('{found}')"),
        )
        .await;
        println!("“{typed}” is answered after {:?}", begun.elapsed());
    }
    app.sees("Grievance number 7777 of the ward").await;
    assert_eq!(app.js("return document.querySelectorAll('[data-list] [role=option]').length").await, 1);
}
