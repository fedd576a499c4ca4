use serde_json::{Value, json};

use crate::app::{App, my_turn};
use crate::town::Town;
use crate::ward;

/// The administrator publishes other rules while Asha is at work: names, moves, reasons, categories, the time allowed,
/// replies.
#[tokio::test(flavor = "multi_thread")]
async fn asha_works_by_the_rules_that_the_city_publishes() {
    let _turn = my_turn().await;
    let town = Town::founded("window-rules").await;
    town.write(&[ward::report(1, "Ferry does not come", None)]).await;
    let asha = town.officer("asha");
    let app = App::signed_in(&asha).await;
    app.click("[data-view=all]").await;
    ward::open(&app, &ward::id(1)).await;
    app.sync_is("allSent").await;

    publish(&town, "settings:workflow", |rules| {
        let named = |rules: &Value, key: &str| {
            rules["statuses"].as_array().unwrap().iter().position(|rule| rule["key"] == key).unwrap()
        };
        let (new, seen, rejected) =
            (named(rules, "new"), named(rules, "acknowledged"), named(rules, "rejected"));
        rules["statuses"][new]["next"] = json!(["acknowledged", "rejected"]);
        rules["statuses"][seen]["label"] = "Seen by the office".into();
        rules["statuses"][rejected]["reasons"] = json!(["Outside the town"]);
        rules["categories"] = json!([{ "key": "ferries", "label": "Ferries", "hours": 1 }]);
    })
    .await;
    publish(&town, "settings:replies", |replies| {
        replies["replies"] = json!([{ "label": "Boat", "text": "The boat comes on Monday." }]);
    })
    .await;
    app.sees("Seen by the office").await;
    let out_of_reach = "return document.querySelector('[data-status=inProgress]').ariaDisabled === 'true'";
    app.until("in progress out of reach", out_of_reach).await;

    chooses(&app, "#category", "ferries").await;
    app.sees(" late").await;
    chooses(&app, ".template", "0").await;
    app.press("ctrl+Enter").await;
    app.picture("rules").await;
    app.click("[data-status=rejected]").await;
    app.click(".often button").await;
    app.press("ctrl+Enter").await;
    let rejected = "return document.querySelector('[data-status=rejected]').ariaPressed === 'true'
        && document.querySelector('[data-saved=server]') !== null";
    app.until("the rejection on the server", rejected).await;
    let triage = &town.grievance(&ward::id(1)).await["triage"];
    assert_eq!(
        (&triage["status"], &triage["reason"], &triage["category"], &triage["reply"]),
        (
            &json!("rejected"),
            &json!("Outside the town"),
            &json!("ferries"),
            &json!("The boat comes on Monday.")
        )
    );
}

/// Ravi writes down in the case whose it is, how pressing, until when, and whose ward.
#[tokio::test(flavor = "multi_thread")]
async fn asha_sees_what_the_office_wrote_into_the_case() {
    let _turn = my_turn().await;
    let town = Town::founded("window-case").await;
    town.write(&[ward::report(1, "Ferry does not come", None)]).await;
    let asha = town.officer("asha");
    let app = App::signed_in(&asha).await;
    ward::open(&app, &ward::id(1)).await;
    let case = json!({ "_id": format!("case:{}", ward::id(1)), "assignee": "ravi", "priority": "urgent",
        "due": "2027-01-31", "tags": ["ferry", "school"], "ward": 12 });
    town.couch.write(&town.couch.ops_database(), &case).await;
    let read = "const fields = ['assignee', 'priority', 'due', 'tags', 'case-ward'].map((id) => document.getElementById(id).value);
        return fields[0] !== '' && fields";
    let fields = app.until("the case", read).await;
    assert_eq!(fields, json!(["ravi", "urgent", "2027-01-31", "ferry, school", "12"]));
    app.js("document.querySelector('#case').scrollIntoView()").await;
    app.both_themes("case").await;

    app.js("document.querySelector('#case-ward').focus(); document.querySelector('#case-ward').select()")
        .await;
    app.write("Harbour").await;
    app.press("Tab").await;
    app.sees("gave it to ward Harbour").await;
    app.sync_is("allSent").await;
    let case = town.couch.document(&town.couch.ops_database(), &format!("case:{}", ward::id(1))).await;
    assert_eq!(case.unwrap()["ward"], "Harbour");
}

async fn publish(town: &Town, id: &str, change: impl FnOnce(&mut Value)) {
    let office = town.couch.ops_database();
    let mut document = town.couch.document(&office, id).await.unwrap();
    change(&mut document);
    town.couch.write(&office, &document).await;
}

/// Lists of the desktop cannot be opened by a driver.
async fn chooses(app: &App, list: &str, value: &str) {
    let script = "const [list, value] = arguments[0], found = document.querySelector(list);
        if (![...found.options].some((option) => option.value === value)) return false;
        found.value = value;
        found.dispatchEvent(new Event('change', { bubbles: true }));
        return true";
    assert_eq!(app.js_with(script, json!([list, value])).await, true, "{list} offers {value}");
}
