use serde_json::{Value, json};

use crate::app::{App, my_turn};
use crate::town::Town;
use crate::ward;

const WARD: u32 = 14;

/// An administrator empties half the ward by mistake; a citizen's words are rewritten by another tool.
#[tokio::test(flavor = "multi_thread")]
async fn asha_is_asked_about_half_a_ward_that_left_and_brings_altered_words_back() {
    let _turn = my_turn().await;
    let town = Town::founded("window-vanished").await;
    let reports: Vec<Value> =
        (0..WARD).map(|n| ward::report(n, &format!("Lamp {n} is dark"), None)).collect();
    town.write(&reports).await;
    let asha = town.officer("asha");
    let app = App::signed_in(&asha).await;
    ward::open(&app, &ward::id(0)).await;
    app.sync_is("allSent").await;

    let mut altered = town.grievance(&ward::id(0)).await;
    altered["problemDescription"] = "Nothing to see here".into();
    altered["geoLocation"] = Value::Null;
    town.write(&[altered]).await;
    app.sees("The citizen’s report was altered on the server.").await;
    app.sees("Description was “Lamp 0 is dark”, now “Nothing to see here”").await;
    app.until("its row marked", "return document.querySelector('[data-list] .altered') !== null").await;
    app.both_themes("altered").await;
    app.click("[aria-label='The report was altered'] button").await;
    app.sees("You brought the citizen’s words back. Saved on this laptop.").await;
    app.until(
        "the notice gone, and the mark in the list",
        "return document.querySelector('[aria-label=\"The report was altered\"], [data-list] .altered') === null",
    )
    .await;
    app.sync_is("allSent").await;
    let back = town.grievance(&ward::id(0)).await;
    assert_eq!(
        (&back["problemDescription"], &back["geoLocation"]),
        (&json!("Lamp 0 is dark"), &reports[0]["geoLocation"])
    );

    delete(&town, 1..8).await;
    app.sync_is("vanished").await;
    app.sees("7 records left the server").await;
    app.click("[aria-label='Sync needs you'] button").await;
    app.until("the records", "return document.querySelectorAll('[data-list] li').length === 7").await;
    app.press("j").await;
    app.sees("This report left the server together with many others.").await;
    app.picture("vanished").await;
    app.click(".answers button:first-child").await;
    app.sees("7 records kept here until the server has them again.").await;
    app.sync_is("toSend").await;
    app.sees("7 records kept here").await;
    assert_eq!(listed(&app).await, WARD, "what she keeps stays in her list");

    // These really were meant to go.
    delete(&town, 8..14).await;
    app.sync_is("vanished").await;
    app.click("[data-view=vanished]").await;
    app.click(".answers button:last-child").await;
    app.sees("6 records marked as gone").await;
    app.click("[data-view=all]").await;
    ward::open(&app, &ward::id(9)).await;
    app.sees("This report is no longer on the server.").await;
    app.click("[aria-label='No longer on the server'] button").await;
    app.sees("You filed it again. Saved on this laptop.").await;
    app.until(
        "it there again",
        "return document.querySelector('[aria-label=\"No longer on the server\"]') === null",
    )
    .await;
    app.sync_is("toSend").await;
    assert_eq!(town.grievance(&ward::id(9)).await["problemDescription"], "Lamp 9 is dark");

    // The administrator says that the first seven were meant, too.
    app.press("l").await;
    app.click("[data-view=vanished]").await;
    app.sees("You said that the server is wrong about these.").await;
    app.picture("kept-dark").await;
    app.click(".answers button").await;
    app.sees("7 records marked as gone").await;
    app.sync_is("allSent").await;
}

async fn delete(town: &Town, which: std::ops::Range<u32>) {
    let mut deletions = Vec::new();
    for n in which {
        let rev = town.grievance(&ward::id(n)).await["_rev"].clone();
        deletions.push(json!({ "_id": ward::id(n), "_rev": rev, "_deleted": true }));
    }
    town.write(&deletions).await;
}

async fn listed(app: &App) -> u32 {
    app.click("[data-view=all]").await;
    let script = "return document.querySelectorAll('[data-list] [role=option]').length";
    app.until("the list", script).await.as_u64().unwrap() as u32
}
