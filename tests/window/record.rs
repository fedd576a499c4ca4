use serde_json::json;

use crate::app::{App, my_turn};
use crate::town::Town;
use crate::{camera, ward};

/// What the panel says; nothing while it is closed.
const PANEL: &str = "document.querySelector('#sync:popover-open')?.innerText ?? ''";

async fn panel_says(app: &App, words: &str) {
    let script = format!("return ({PANEL}).includes({})", serde_json::json!(words));
    app.until(&format!("“{words}” in the panel of sync"), &script).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asha_sees_what_arrived_and_what_sync_did_and_goes_back_to_the_grievance_with_keys() {
    let _turn = my_turn().await;
    let town = Town::founded("window-record").await;
    town.write(&[ward::report(1, "Lamp is dark", None), ward::report(2, "Drain overflows", None)]).await;
    let asha = town.officer("asha");
    let app = App::signed_in(&asha).await;
    app.sees("2 grievances").await;
    app.sync_is("allSent").await;
    app.press("s").await;
    panel_says(&app, "Everything is on the server").await;
    app.press("ArrowRight").await;
    panel_says(&app, "What you change is listed here once it is on the server.").await;
    app.picture("nothing-arrived").await;
    app.press("Escape").await;
    app.until("the panel closed", &format!("return ({PANEL}) === ''")).await;

    town.couch_line.cut().await;
    ward::open(&app, &ward::id(1)).await;
    app.press("a").await;
    app.sees("You moved it to Acknowledged. Saved on this laptop.").await;
    app.sync_is("unreachable").await;
    app.press("s").await;
    panel_says(&app, "1 change to send").await;
    panel_says(&app, "Save a copy of unsent work").await;
    app.picture("sync-now").await;

    // What arrives is listed while she looks.
    town.couch_line.restore();
    app.click("#sync .button.first").await;
    app.click("#sync [role=tab]:nth-child(2)").await;
    app.sync_is("allSent").await;
    let rev = town.grievance(&ward::id(1)).await["_rev"].as_str().unwrap()[..9].to_owned();
    panel_says(&app, "Reached the server in the last 90 days: 1").await;
    panel_says(&app, "You moved it to Acknowledged").await;
    panel_says(&app, &format!("On the server, revision {rev}")).await;
    panel_says(&app, "In the history too").await;
    app.picture("arrived").await;

    app.press("ArrowRight").await;
    panel_says(&app, "The server can be reached again.").await;
    let lines = app
        .js("return [...document.querySelectorAll('#sync [data-kind]')].map((line) => line.dataset.kind)")
        .await;
    let at = |kind: &str| lines.as_array().unwrap().iter().position(|line| line == kind);
    assert!(at("sent") < at("failed") && at("failed") < at("signedIn"), "newest first: {lines}");
    assert!(at("sent").is_some(), "{lines}");
    app.picture("timeline").await;
    app.press("Escape").await;

    ward::open(&app, &ward::id(2)).await;
    app.press("s").await;
    app.press("ArrowRight").await;
    panel_says(&app, "You moved it to Acknowledged").await;
    // Past “Save as CSV”, to the row.
    app.press("Tab").await;
    app.press("Tab").await;
    app.press("Enter").await;
    let opened = format!(
        "return document.activeElement.querySelector('article')?.dataset.grievance === '{}'",
        ward::id(1)
    );
    app.until("the grievance opened, with the focus in it", &opened).await;

    // A photo says what it waits for.
    town.store_line.cut().await;
    camera::paste(&app, 80).await;
    app.click("[aria-label='Photos to attach'] .button.first").await;
    app.click("[data-view=toSend]").await;
    app.sees("The photo store cannot be reached. Photos wait.").await;
    app.sees("Saved on this laptop, its photo goes first").await;

    // She pauses sync on somebody else's line, and lets it go on in the office.
    app.press("l").await;
    app.press("s").await;
    choose(&app, "Grievances", "paused").await;
    app.sync_is("paused").await;
    app.sees("Grievances are paused, as you chose.").await;
    app.picture("paused-dark").await;
    town.restore();
    choose(&app, "Grievances", "bothWays").await;
    app.sync_is("allSent").await;
}

/// Chooses in the panel of sync what goes between this laptop and a database.
async fn choose(app: &App, database: &str, mode: &str) {
    let script = "
        const [database, mode] = arguments[0];
        const label = [...document.querySelectorAll('.modes label')].find((label) => label.innerText.startsWith(database));
        const select = label.querySelector('select');
        select.value = mode;
        select.dispatchEvent(new Event('change', { bubbles: true }));";
    app.js_with(script, json!([database, mode])).await;
}
