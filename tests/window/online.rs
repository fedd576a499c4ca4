use std::time::{Duration, Instant};

use serde_json::json;
use testkit::Phone;

use crate::app::{App, my_turn};
use crate::town::Town;
use crate::{bucket, ward};

#[tokio::test(flavor = "multi_thread")]
async fn asha_reads_and_files_reports_and_sees_what_a_phone_files_without_a_click() {
    let _turn = my_turn().await;
    let town = Town::founded("window-online").await;
    town.invent_reports(24);
    let asha = town.officer("asha");
    let app = App::opened(&asha).await;
    app.picture("sign-in").await;
    app.sign_in(&asha).await;
    app.click("[data-view=all]").await;
    app.sees("24 grievances").await;
    app.until("thumbnails in the list", ward::THUMBNAILS).await;

    let first = app.js("return document.querySelector('[data-list] [role=option]').dataset.grievance").await;
    let first = first.as_str().unwrap();
    ward::open(&app, first).await;
    app.until("the picture of the grievance", ward::PICTURE).await;
    let document = town.grievance(first).await;
    let degrees = |at: usize| format!("{:.6}", document["geoLocation"]["coordinates"][at].as_f64().unwrap());
    app.sees(&format!("{}, {}", degrees(1), degrees(0))).await;
    app.picture("triage").await;

    ward::file_report(&app, "Hand pump gives brown water", 40).await;
    app.sync_is("allSent").await;
    let mut phone = Phone::of(&town.couch.url(), town.couch.administrator());
    phone.fetch().await.unwrap();
    let seen = phone.list().await.unwrap();
    let hers =
        seen.iter().find(|report| report["problemDescription"] == "Hand pump gives brown water").unwrap();
    assert_eq!(hers["reportedBy"], json!(asha.login.name));
    assert_eq!(hers["geoLocation"]["coordinates"], json!([77.7886087, 13.0768342]));
    let stored = bucket::keys(&town.store);
    for name in ["large", "thumbnail"] {
        assert!(
            stored.contains(hers["picture"][name].as_str().unwrap()),
            "{name} of {hers} is not in the bucket"
        );
    }

    // asha reads further down when the phone's report comes.
    app.js("document.querySelector('[data-list]').scrollTop = 400").await;
    let shown = "return [...document.querySelectorAll('[data-list] [role=option]')].at(7)?.dataset.grievance";
    let chosen = app.js(shown).await;
    ward::open(&app, chosen.as_str().unwrap()).await;
    let place = "const row = document.querySelector('[data-list] [aria-selected=true]');
        return JSON.stringify([row.dataset.grievance, Math.round(row.getBoundingClientRect().top)])";
    let before = app.js(place).await;

    let mut report = ward::report(7, "Lamp beside the school is dark", None);
    report["reportedDateTime"] = json!("20991231_080000");
    report["picture"] = hers["picture"].clone();
    phone.file(&report).await.unwrap();
    phone.send().await.unwrap();
    let sent = Instant::now();
    let came =
        "return document.querySelector('[data-list]').innerText.includes('Lamp beside the school is dark')";
    app.within(Duration::from_secs(2), "the phone's report in the list", came).await;
    println!("a phone's report is in the list after {:?}", sent.elapsed());
    app.sees("26 grievances").await;
    assert_eq!(app.js(place).await, before, "what asha reads stays where it is");
}
