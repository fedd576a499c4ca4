//! What Asha is told when the server takes only a part, or nothing any more.

use serde_json::json;
use testkit::{BadDisk, Method, Reply, asks};

use crate::app::{App, driver, my_turn};
use crate::town::{Laptop, Town};
use crate::ward;

/// A gateway turns away the line that tells of her decision in the case's history.
#[tokio::test(flavor = "multi_thread")]
async fn asha_is_told_of_a_history_line_that_was_refused_and_sends_it_again() {
    let _turn = my_turn().await;
    let (town, _asha, app) = at_work("window-line").await;
    let no = Reply::json("403 Forbidden", r#"{"error":"forbidden","reason":"Not now."}"#);
    town.couch_line.turn_away("entry:", no);
    app.press("a").await;
    app.sees("1 history line refused").await;
    app.press("s").await;
    app.sees("“Sync now” tries again.").await;
    app.both_themes("line-refused").await;
    app.press("Escape").await;
    app.click(".who").await;
    app.click(".remove").await;
    app.sees("1 history line is not on the server yet and would be erased").await;
    app.both_themes("remove-with-line").await;
    app.press("Escape").await;
    app.until("the question gone", "return !document.querySelector('dialog[open]')").await;

    town.couch_line.restore();
    app.press("y").await;
    app.sees("Everything is on the server").await;
}

/// She is let out of the ward by mistake, and in again.
#[tokio::test(flavor = "multi_thread")]
async fn asha_is_told_that_she_has_no_access_and_when_it_is_tried_again() {
    let _turn = my_turn().await;
    let (town, _asha, app) = at_work("window-no-access").await;
    let path = format!("{}/_security", town.couch.database());
    let security = town.couch.admin(Method::GET, &path, None).await;
    let others = json!({ "admins": { "roles": ["_admin"] }, "members": { "names": ["meera"], "roles": [] } });
    town.couch.admin(Method::PUT, &path, Some(others)).await;
    app.press("a").await;
    app.sync_is("noAccess").await;
    app.sees("Next try ").await;
    app.both_themes("no-access").await;
    town.couch.admin(Method::PUT, &path, Some(security)).await;
    app.press("y").await;
    app.sees("Everything is on the server").await;
    assert_eq!(town.grievance(&ward::id(1)).await["triage"]["status"], "acknowledged");
}

/// She may not read the internal database any more: what citizens see is sent, and she is told what is not, and why.
#[tokio::test(flavor = "multi_thread")]
async fn asha_is_told_that_the_office_s_records_wait_and_who_must_act() {
    let _turn = my_turn().await;
    let (town, _asha, app) = at_work("window-records").await;
    let path = format!("{}/_security", town.couch.ops_database());
    let security = town.couch.admin(Method::GET, &path, None).await;
    let others = json!({ "admins": { "roles": ["_admin"] }, "members": { "names": ["meera"], "roles": [] } });
    town.couch.admin(Method::PUT, &path, Some(others)).await;
    app.press("a").await;
    app.sees("No access to office’s records").await;
    assert_eq!(town.grievance(&ward::id(1)).await["triage"]["status"], "acknowledged");
    app.press("s").await;
    app.sees("Ask the administrator to give you access.").await;
    app.sees("Next try with the office’s records").await;
    app.both_themes("records-wait").await;
    app.press("Escape").await;

    town.couch.admin(Method::PUT, &path, Some(security)).await;
    app.press("y").await;
    app.sees("Everything is on the server").await;
}

/// A gateway does not let her words pass. Her note gets others, her reply is thrown away, and her decision goes up when
/// the gateway has been told better.
#[tokio::test(flavor = "multi_thread")]
async fn asha_gives_refused_words_up_for_others_throws_some_away_and_tries_again() {
    let _turn = my_turn().await;
    let (town, _asha, app) = at_work("window-refused").await;
    for word in ["rascal", "acknowledged"] {
        let no = Reply::json("403 Forbidden", r#"{"error":"forbidden","reason":"Mind your words."}"#);
        town.couch_line.turn_away(word, no);
    }
    for (key, words) in [("b", "The rascal of number 4 was there"), ("e", "A rascal broke it")] {
        app.press(key).await;
        app.write(words).await;
        app.press("ctrl+Enter").await;
        app.press("Escape").await;
        app.sees("refused").await;
    }
    app.press("a").await;
    app.sees("3 refused").await;
    app.click("[data-view=refused]").await;
    app.sees("3 changes refused").await;
    app.both_themes("refused").await;

    app.click("[data-edit]:nth-of-type(1) .buttons button:nth-of-type(1)").await;
    app.sees("Edit this note").await;
    app.both_themes("reword").await;
    app.press("ctrl+a").await;
    app.write("The tenant of number 4 was there").await;
    app.press("ctrl+Enter").await;
    app.sees("2 changes refused").await;
    // The reply, and then the decision.
    app.click("[data-edit]:nth-of-type(1) .buttons button:nth-of-type(2)").await;
    app.sees("1 change refused").await;
    town.couch_line.restore();
    app.click("[data-edit]:nth-of-type(1) .buttons button:nth-of-type(1)").await;
    app.sees("Everything is on the server").await;

    let triage = town.grievance(&ward::id(1)).await["triage"].clone();
    assert_eq!((&triage["status"], &triage["reply"]), (&json!("acknowledged"), &json!(null)));
    let internal = town.couch.documents(&town.couch.ops_database()).await;
    let notes: Vec<_> = internal.iter().filter(|entry| entry["kind"] == "note").collect();
    assert_eq!((notes.len(), &notes[0]["text"]), (1, &json!("The tenant of number 4 was there")));
}

/// The disk of her laptop fails while a grievance arrives: the window does not go on saying that all is well, and does
/// again by itself when the disk is well.
#[tokio::test(flavor = "multi_thread")]
async fn asha_is_told_that_her_disk_fails_until_it_is_well_again() {
    let _turn = my_turn().await;
    let town = Town::founded("window-disk").await;
    let asha = town.officer("asha");
    let workshop = tempfile::tempdir().unwrap();
    let mut driver = driver(asha.home.path(), &asha.site);
    let disk = BadDisk::under(&mut driver, &asha.home.path().join("accounts"), workshop.path());
    let app = App::driven_by(driver).await;
    app.sign_in(&asha).await;
    app.sync_is("allSent").await;

    disk.fails(asks::WRITE | asks::SYNC, 0, u32::MAX);
    town.write(&[ward::report(1, "Lamp is dark", None)]).await;
    app.sync_is("ailing").await;
    app.press("s").await;
    app.sees("This laptop cannot read or write its own file.").await;
    app.both_themes("disk-fails").await;

    disk.is_well();
    app.sync_is("allSent").await;
    app.sees("Lamp is dark").await;
}

async fn at_work(name: &str) -> (Town, Laptop, App) {
    let town = Town::founded(name).await;
    town.write(&[ward::report(1, "Lamp is dark", None)]).await;
    let asha = town.officer("asha");
    let app = App::signed_in(&asha).await;
    ward::open(&app, &ward::id(1)).await;
    app.sync_is("allSent").await;
    (town, asha, app)
}
