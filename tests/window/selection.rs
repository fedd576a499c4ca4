use serde_json::{Value, json};

use crate::app::{App, my_turn};
use crate::town::Town;
use crate::ward;

/// Asha works in ward 12 from today on; the server refuses one of her changes in ward 13.
#[tokio::test(flavor = "multi_thread")]
async fn asha_keeps_one_ward_and_what_she_has_not_sent() {
    let _turn = my_turn().await;
    let town = Town::founded("window-selection").await;
    town.couch.write(&town.couch.ops_database(), &wards()).await;
    let reports: Vec<Value> = (0..8).map(|n| report(n, if n < 4 { 77.2 } else { 77.7 })).collect();
    town.write(&reports).await;
    let asha = town.officer("asha");
    let app = App::signed_in(&asha).await;
    app.click("[data-view=all]").await;
    app.sees("8 grievances").await;
    app.sync_is("allSent").await;
    town.couch.refuse_document(town.couch.database(), &ward::id(6), "A lamp needs a photo.").await;
    ward::open(&app, &ward::id(6)).await;
    app.press("a").await;
    app.until(
        "the refused change",
        "return document.querySelector('[data-view=refused] .count').textContent === '1'",
    )
    .await;

    app.click(".who").await;
    app.click(".which").await;
    app.until("the focus in the ward", "return document.activeElement.id === 'ward'").await;
    app.sees("8 grievances, about ").await;
    app.press("ArrowDown").await;
    let chosen = "return document.querySelector('#ward').value === '12'";
    app.until("ward 12 chosen by a key", chosen).await;
    app.sees("4 grievances, about ").await;
    app.sees("1 change of yours to grievances outside stays until it is sent or discarded.").await;
    app.both_themes("selection").await;
    app.press("ctrl+Enter").await;
    app.sees("3 grievances left this laptop. Nothing was deleted on the server.").await;
    app.sees("5 grievances").await;
    app.sees("Ward 12").await;
    app.both_themes("selected").await;
    assert_eq!(town.grievances().await.len(), 8);

    // Somebody moves a lamp to where it stands, in the next ward.
    let mut moved = town.grievance(&ward::id(1)).await;
    moved["geoLocation"]["coordinates"] = json!([77.7, 13.1]);
    town.write(&[moved]).await;
    ward::open(&app, &ward::id(1)).await;
    app.sees("The citizen’s report was altered on the server.").await;
    app.sees("5 grievances").await;
    app.both_themes("altered-outside").await;
    app.click("[aria-label='The report was altered'] button:last-child").await;
    app.sees("You said that the report is right as it is.").await;
    app.sees("4 grievances").await;

    // Where there is no line, choosing works without the number.
    town.cut().await;
    app.click(".kept .link").await;
    app.sees("How many these are cannot be counted while the server cannot be asked.").await;
    for _ in 0..2 {
        app.press("Tab").await;
    }
    app.until("the focus in the statuses", "return document.activeElement.type === 'checkbox'").await;
    app.press("Escape").await;
    app.until("the dialog closed", "return document.querySelector('dialog[open]') === null").await;
}

/// The city has more reports than a laptop fetches unasked. Asha puts the question off, and then chooses her ward.
#[tokio::test(flavor = "multi_thread")]
async fn asha_chooses_from_a_large_city_before_anything_is_fetched() {
    let _turn = my_turn().await;
    let town = Town::founded("window-large").await;
    town.couch.write(&town.couch.ops_database(), &wards()).await;
    for thousands in 0..21 {
        let lamps =
            (0..1_000).map(|n| report(1_000 * thousands + n, if thousands == 0 { 77.2 } else { 77.7 }));
        town.write(&lamps.collect::<Vec<_>>()).await;
    }
    let asha = town.officer("asha");
    let app = App::signed_in(&asha).await;
    app.until("the focus in the ward", "return document.activeElement.id === 'ward'").await;
    app.sees("About 21,000 grievances, about ").await;
    app.sync_is("toChoose").await;
    app.both_themes("large-city").await;
    app.press("Escape").await;
    app.until("the dialog closed", "return document.querySelector('dialog[open]') === null").await;
    app.sees("Choose which of them this laptop keeps.").await;
    app.sees("No grievance is fetched before you have chosen").await;
    app.press("s").await;
    app.sees("Choose which grievances to keep…").await;
    app.both_themes("large-city-put-off").await;
    app.press("Escape").await;

    app.click(".banner .choose").await;
    app.until("the focus in the ward", "return document.activeElement.id === 'ward'").await;
    app.press("ArrowDown").await;
    app.sees("About 1,000 grievances, about ").await;
    app.press("ctrl+Enter").await;
    app.sees("This laptop fetches what you chose.").await;
    app.click("[data-view=all]").await;
    app.sees("1,000 grievances").await;
    app.sync_is("allSent").await;
}

/// What had arrived in ward 13 is not in the backup that is put back after Asha left it.
#[tokio::test(flavor = "multi_thread")]
async fn asha_reads_what_the_server_lost_of_the_ward_that_she_left() {
    let _turn = my_turn().await;
    let town = Town::founded("window-lost").await;
    town.couch.write(&town.couch.ops_database(), &wards()).await;
    let backup = town.couch.back_up(town.couch.database()).await;
    town.write(&[report(6, 77.7)]).await;
    let asha = town.officer("asha");
    let app = App::signed_in(&asha).await;
    app.sees("Lamp 6 is dark").await;
    ward::open(&app, &ward::id(6)).await;
    app.press("a").await;
    app.sync_is("allSent").await;
    chooses_ward_12(&app).await;
    app.sees("1 grievance left this laptop. Nothing was deleted on the server.").await;
    app.sees("No grievance of “Ward 12” is on this laptop.").await;
    app.until("what left closed", "return document.querySelector('main h1') === null").await;
    app.both_themes("empty").await;

    // A program that runs asks once a minute what the server is; one that starts asks at once.
    app.kill().await;
    town.couch.restore(&backup).await;
    let app = App::signed_in(&asha).await;
    app.press("s").await;
    app.sees("1 change lost by the server").await;
    app.both_themes("lost-told").await;
    app.click("#sync .lost").await;
    app.sees("Lost when the server was set back; sent again if the report returns").await;
    app.both_themes("lost").await;
}

/// The administrator gives ward 12 the boundary of ward 13, perhaps by mistake.
#[tokio::test(flavor = "multi_thread")]
async fn asha_is_asked_before_a_ward_drawn_anew_empties_her_laptop() {
    let _turn = my_turn().await;
    let town = Town::founded("window-redrawn").await;
    let office = town.couch.ops_database();
    town.couch.write(&office, &wards()).await;
    town.write(&(0..6).map(|n| report(n, 77.2)).collect::<Vec<_>>()).await;
    let asha = town.officer("asha");
    let app = App::signed_in(&asha).await;
    app.click("[data-view=all]").await;
    app.sees("6 grievances").await;
    app.sync_is("allSent").await;
    chooses_ward_12(&app).await;
    app.sees("Ward 12").await;
    app.sync_is("allSent").await;

    let mut redrawn = town.couch.document(&office, "settings:wards").await.unwrap();
    redrawn["features"].as_array_mut().unwrap().swap(0, 1);
    for (at, name) in [(0, "12"), (1, "13")] {
        redrawn["features"][at]["properties"]["ward"] = name.into();
    }
    town.couch.write(&office, &redrawn).await;
    app.sees("6 outside your ward").await;
    app.sees("6 grievances").await;
    app.press("s").await;
    app.sees("They stay until you choose again which grievances to keep.").await;
    app.both_themes("outside").await;
    app.click("#sync .outside").await;
    app.until("the focus in the ward", "return document.activeElement.id === 'ward'").await;
    app.press("ctrl+Enter").await;
    app.sees("6 grievances left this laptop. Nothing was deleted on the server.").await;
    app.sees("Everything is on the server").await;
}

async fn chooses_ward_12(app: &App) {
    app.click(".who").await;
    app.click(".which").await;
    app.until("the focus in the ward", "return document.activeElement.id === 'ward'").await;
    app.press("ArrowDown").await;
    app.press("ctrl+Enter").await;
}

fn wards() -> Value {
    let ward = |name: &str, west: f64| {
        let east = west + 0.5;
        json!({ "type": "Feature", "properties": { "ward": name }, "geometry": { "type": "Polygon",
            "coordinates": [[[west, 13.0], [east, 13.0], [east, 13.5], [west, 13.5], [west, 13.0]]] } })
    };
    json!({ "_id": "settings:wards", "type": "FeatureCollection", "features": [ward("12", 77.0), ward("13", 77.5)] })
}

fn report(n: u32, lng: f64) -> Value {
    let mut report = ward::report(n, &format!("Lamp {n} is dark"), None);
    report["geoLocation"] = json!({ "type": "Point", "coordinates": [lng, 13.1] });
    report
}
