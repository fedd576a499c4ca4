use serde_json::{Value, json};

use crate::app::{App, my_turn};
use crate::town::Town;
use crate::ward;

/// Two of the city's servers took a change each of one lamp, and four of another, before they heard of each other.
#[tokio::test(flavor = "multi_thread")]
async fn asha_is_asked_which_version_holds_and_takes_the_other_with_a_key() {
    let _turn = my_turn().await;
    let town = Town::founded("window-branches").await;
    for (n, description) in [(1, "Lamp is dark"), (2, "Drain is open")] {
        town.write(&[ward::report(n, description, None)]).await;
    }
    branches(
        &town,
        1,
        &[
            ("acknowledged", Some("On our list"), "lights", "meena"),
            ("resolved", Some("Crew mended it at noon"), "lights", "ravi"),
        ],
    )
    .await;
    let many = [
        ("acknowledged", None, "roads", "meena"),
        ("inProgress", None, "drains", "ravi"),
        ("resolved", Some("Cover is back"), "drains", "ravi"),
        ("acknowledged", None, "roads", "kiran"),
    ];
    branches(&town, 2, &many).await;
    let asha = town.officer("asha");
    let app = App::signed_in(&asha).await;
    app.click("[data-view=all]").await;
    ward::open(&app, &ward::id(1)).await;
    app.sees("Two servers hold different versions of this grievance. Which one holds?").await;
    app.until("the other version", "return document.querySelector('[data-detail] [data-branch] .other')")
        .await;
    app.sync_is("toSend").await;
    app.sees("2 decisions needed").await;
    app.click("[data-view=clashes]").await;
    app.sees("Servers hold 4 versions of this grievance. Which one holds?").await;
    app.picture("branches").await;
    app.press("l").await;
    app.until("the dark theme", "return document.documentElement.dataset.theme === 'dark'").await;
    app.picture("branches-dark").await;

    let other = app.js("return document.querySelector('[data-detail] [data-branch]').dataset.branch").await;
    let taken = version(&town, 1, other.as_str().unwrap()).await;
    app.press("2").await;
    app.sees("The other version is taken. Saved on this laptop, to send.").await;
    one_is_left(&app, &town, 1).await;
    let left = town.grievance(&ward::id(1)).await;
    assert_eq!(left["triage"]["reply"], taken["triage"]["reply"]);
    app.sees("set another version aside: ").await;

    ward_row(&app, 2).await;
    app.picture("branches-many").await;
    let shown = town.grievance(&ward::id(2)).await;
    app.click("[data-detail] [data-branched] .foot button").await;
    app.sees("What is shown holds. Saved on this laptop, to send.").await;
    one_is_left(&app, &town, 2).await;
    assert_eq!(town.grievance(&ward::id(2)).await, shown);
    app.sync_is("allSent").await;
}

async fn ward_row(app: &App, n: u32) {
    app.click(&format!("[data-list] li:has([data-branched='{}']) .open", ward::id(n))).await;
    app.until(
        "the grievance opened",
        &format!(
            "return document.querySelector('[data-detail] article')?.dataset.grievance === '{}'",
            ward::id(n)
        ),
    )
    .await;
}

/// Waits until the window has no question about it and the server has one version.
async fn one_is_left(app: &App, town: &Town, n: u32) {
    let asked = format!("return document.querySelector('[data-branched=\"{}\"]') === null", ward::id(n));
    app.until("the question answered", &asked).await;
    let to_send = "return document.querySelector('[data-view=toSend] .count').innerText === '0'";
    app.until("everything sent", to_send).await;
    let path = format!("{}/{}?conflicts=true", town.couch.database(), ward::id(n));
    let left = town.couch.admin("GET".parse().unwrap(), &path, None).await;
    assert_eq!(left["_conflicts"], Value::Null);
}

async fn version(town: &Town, n: u32, rev: &str) -> Value {
    let path = format!("{}/{}?rev={rev}", town.couch.database(), ward::id(n));
    town.couch.admin("GET".parse().unwrap(), &path, None).await
}

/// Versions on top of a report's first revision, as replication brings them: status, reply, category, by whom.
async fn branches(town: &Town, n: u32, versions: &[(&str, Option<&str>, &str, &str)]) {
    let report = town.grievance(&ward::id(n)).await;
    let root = report["_rev"].as_str().unwrap().split_once('-').unwrap().1.to_owned();
    let versions = versions.iter().enumerate().map(|(k, (status, reply, category, by))| {
        let (mut version, hash) = (report.clone(), format!("{:032x}", k + 1));
        version["_rev"] = format!("2-{hash}").into();
        version["_revisions"] = json!({ "start": 2, "ids": [hash, root] });
        version["triage"] = json!({ "status": status, "reply": reply, "category": category, "by": by,
            "at": format!("2026-11-23T1{k}:41:05+05:30") });
        version
    });
    let given = json!({ "new_edits": false, "docs": versions.collect::<Vec<_>>() });
    let path = format!("{}/_bulk_docs", town.couch.database());
    let failures = town.couch.admin("POST".parse().unwrap(), &path, Some(given)).await;
    assert_eq!(failures, json!([]));
}
