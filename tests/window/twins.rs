use serde_json::json;

use crate::app::{App, my_turn};
use crate::town::Town;
use crate::ward;

/// A phone sent a report again after an answer was lost.
#[tokio::test(flavor = "multi_thread")]
async fn asha_joins_a_report_that_came_twice() {
    let _turn = my_turn().await;
    let town = Town::founded("window-twins").await;
    let resent = |n| ward::report(n, "Ferry does not come", Some(("ferry.jpg", "small ferry.jpg")));
    town.write(&[resent(0), resent(1)]).await;
    let asha = town.officer("asha");
    let app = App::signed_in(&asha).await;
    app.click("[data-view=all]").await;
    ward::open(&app, &ward::id(0)).await;
    app.sees("The same report came twice.").await;
    app.both_themes("twins").await;
    app.click("[aria-label='Sent twice'] button:last-child").await;
    app.until("it joined", "return document.querySelector('[aria-label=\"Sent twice\"]') === null").await;

    // The other one stays open.
    ward::open(&app, &ward::id(1)).await;
    app.sees(&format!("Its duplicate is {}.", ward::id(0))).await;
    let offered = "return [...document.querySelectorAll('[aria-label=\"Sent twice\"] button')].map((button) => button.textContent)";
    assert_eq!(app.js(offered).await, json!(["Open the other"]));
    app.both_themes("joined").await;
    app.sync_is("allSent").await;
    assert_eq!(town.grievance(&ward::id(0)).await["triage"]["duplicateOf"], ward::id(1));
    app.click("[aria-label='Sent twice'] button").await;
    app.sees("Duplicate of").await;
}
