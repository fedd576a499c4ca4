use serde_json::json;

use crate::app::{App, my_turn};
use crate::town::{Laptop, Town};
use crate::ward;

#[tokio::test(flavor = "multi_thread")]
async fn asha_and_ravi_decide_the_same_status_and_asha_keeps_hers_with_a_key() {
    let _turn = my_turn().await;
    let (town, asha, ravi, app) = asha_and_ravi("window-clash").await;

    town.couch_line.cut().await;
    app.press("a").await;
    app.sees("Saved on this laptop").await;
    ravi.run(&["set", &ward::id(1), "--status", "resolved"]);
    ravi.run(&["sync"]);
    town.couch_line.restore();
    app.press("y").await;

    app.until("the question", "return document.querySelector('[data-detail] [data-clash]')").await;
    let sides = app
        .js("return Object.fromEntries([...document.querySelectorAll('[data-detail] [data-clash] dt')]
            .map((term) => [term.firstChild.data, term.nextElementSibling.innerText.trim()]))")
        .await;
    assert_eq!(sides, json!({ "You saw": "New", "You want": "Acknowledged", "The office has": "Resolved" }));
    let asked = app.js("return document.querySelector('[data-detail] [data-clash] h2').innerText").await;
    assert!(asked.as_str().unwrap().contains(&ravi.login.name), "{asked} does not say who");
    assert_eq!(
        town.grievance(&ward::id(1)).await["triage"]["status"],
        "resolved",
        "nothing of ravi's is overwritten"
    );
    app.click("[data-view=clashes]").await;
    app.picture("clash").await;

    app.press("1").await;
    app.until("the question answered", "return document.querySelector('[data-clash]') === null").await;
    app.sync_is("allSent").await;
    let triage = &town.grievance(&ward::id(1)).await["triage"];
    assert_eq!((&triage["status"], &triage["by"]), (&json!("acknowledged"), &json!(asha.login.name)));
}

/// Asha is in the middle of a reply when ravi's arrives. His is shown beside her draft, and saving hers asks her which one
/// holds; nothing of his is overwritten by itself. Signing out with the draft, and a date that is none, are met on the way.
#[tokio::test(flavor = "multi_thread")]
async fn asha_s_draft_of_a_reply_does_not_overwrite_the_one_that_ravi_gave_meanwhile() {
    let _turn = my_turn().await;
    let (town, _asha, ravi, app) = asha_and_ravi("window-draft").await;
    app.press("e").await;
    app.write("The crew comes on Friday").await;
    ravi.run(&["set", &ward::id(1), "--reply", "Lamp changed today"]);
    ravi.run(&["sync"]);
    app.sees("Saving yours asks you which one holds.").await;
    app.both_themes("draft-overtaken").await;

    app.press("Escape").await;
    app.press("ctrl+l").await;
    app.sees("Not saved, not even on this laptop: 1 reply.").await;
    app.both_themes("sign-out-drafts").await;
    app.press("Escape").await;
    app.until("the question gone", "return !document.querySelector('dialog')").await;

    app.click("#due").await;
    app.write("31/13/2026").await;
    app.press("Tab").await;
    app.sees("Not saved.").await;
    app.both_themes("due-not-saved").await;

    app.click("#reply").await;
    app.press("ctrl+Enter").await;
    app.until("the question", "return document.querySelector('[data-detail] [data-clash]')").await;
    app.sees("1 decision needed").await;
    app.picture("draft-clash").await;
    assert_eq!(town.grievance(&ward::id(1)).await["triage"]["reply"], "Lamp changed today");
    app.press("Escape").await;
    app.press("2").await;
    app.until("the question answered", "return document.querySelector('[data-clash]') === null").await;
    app.until("ravi's reply", "return document.querySelector('#reply').value === 'Lamp changed today'").await;
    app.sync_is("allSent").await;
    assert_eq!(town.grievance(&ward::id(1)).await["triage"]["reply"], "Lamp changed today");
}

/// Asha writes why she rejects a report while ravi resolves it. She sees his decision beside hers before she replaces it.
#[tokio::test(flavor = "multi_thread")]
async fn asha_sees_what_ravi_decided_while_she_wrote_her_reason() {
    let _turn = my_turn().await;
    let (town, asha, ravi, app) = asha_and_ravi("window-reason").await;
    app.press("t").await;
    app.write("Nothing was found").await;
    ravi.run(&["set", &ward::id(1), "--status", "inProgress"]);
    ravi.run(&["sync"]);
    app.sees("Meanwhile somebody decided: In progress. Rejected would replace that.").await;
    app.both_themes("reason-overtaken").await;

    app.press("ctrl+Enter").await;
    app.sees("Nothing waits for you").await;
    app.sync_is("allSent").await;
    let triage = &town.grievance(&ward::id(1)).await["triage"];
    assert_eq!((&triage["status"], &triage["by"]), (&json!("rejected"), &json!(asha.login.name)));
}

/// Asha looks at a lamp in the window, and all is sent. Ravi, who sits in the office, where the line holds, has a laptop too.
async fn asha_and_ravi(name: &str) -> (Town, Laptop, Laptop, App) {
    let town = Town::founded(name).await;
    town.write(&[ward::report(1, "Lamp is dark", None)]).await;
    let (asha, mut ravi) = (town.officer("asha"), town.officer("ravi"));
    ravi.site = town.office();
    ravi.sign_in();
    let app = App::signed_in(&asha).await;
    ward::open(&app, &ward::id(1)).await;
    app.sync_is("allSent").await;
    (town, asha, ravi, app)
}
