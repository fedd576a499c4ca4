use serde_json::{Value, json};

use crate::app::{App, my_turn};
use crate::town::Town;
use crate::{bucket, camera, ward};

#[tokio::test(flavor = "multi_thread")]
async fn asha_works_without_a_line_through_two_crashes_and_each_thing_lands_once() {
    let _turn = my_turn().await;
    let town = Town::founded("window-offline").await;
    town.invent_reports(8);
    // The newest, and undecided.
    let mut lamp = town.grievances().await[0].clone();
    lamp["problemDescription"] = json!("Lamp is dark");
    lamp["reportedDateTime"] = json!("20991231_080000");
    lamp["triage"] = Value::Null;
    town.write(&[lamp.clone()]).await;
    let lamp = lamp["_id"].as_str().unwrap();
    let asha = town.officer("asha");
    let app = App::signed_in(&asha).await;
    app.sync_is("allSent").await;
    app.press("v").await;
    app.sees("There is no photo to view.").await;
    app.press("]").await;
    app.until("thumbnails in the list", ward::THUMBNAILS).await;
    let (before, stored) = (town.grievance(lamp).await, bucket::keys(&town.store));

    town.cut().await;
    app.kill().await;
    let app = App::signed_in(&asha).await;
    app.click("[data-view=all]").await;
    app.sees("8 grievances").await;
    app.until("thumbnails without a line", ward::THUMBNAILS).await;
    ward::open(&app, lamp).await;
    app.press("a").await;
    app.sees("You moved it to Acknowledged. Saved on this laptop.").await;
    camera::paste(&app, 80).await;
    app.until(
        "the photo to attach",
        "return document.querySelector('[aria-label=\"Photos to attach\"] img')?.naturalWidth > 0",
    )
    .await;
    app.press("n").await;
    app.until("the focus in the report", "return document.activeElement.id === 'description'").await;
    let taken = app.js("return document.querySelector('dialog[open] img') !== null").await;
    assert_eq!(taken, false, "a photo of the lamp is not for another report");
    app.press("Escape").await;
    app.until("the report left", "return document.querySelector('dialog[open]') === null").await;
    app.click("[aria-label='Photos to attach'] .button.first").await;
    app.sees("You added an after photo. Saved on this laptop.").await;
    app.sees("Saved on this laptop, to send").await;
    ward::file_report(&app, "Hand pump gives brown water", 120).await;
    app.sync_is("unreachable").await;
    app.sees("No server · 3 changes and 2 photos to send").await;

    ward::file_report(&app, "Written by mistake", 60).await;
    app.sees("No server · 4 changes and 3 photos to send").await;
    app.press("u").await;
    app.sees("Erase this report?").await;
    app.both_themes("last-copy").await;
    app.press("Escape").await;
    app.until("the question gone", "return !document.querySelector('dialog')").await;
    app.sees("No server · 4 changes and 3 photos to send").await;
    for key in ["u", "Tab", "Enter"] {
        app.press(key).await;
    }
    app.sees("Taken back: new report").await;
    app.sees("No server · 3 changes and 2 photos to send").await;

    app.kill().await;
    let app = App::signed_in(&asha).await;
    app.sync_is("unreachable").await;
    app.click("[data-view=all]").await;
    app.sees("9 grievances").await;
    app.until("thumbnails, her own photo's too", ward::THUMBNAILS).await;
    ward::open(&app, lamp).await;
    app.until(
        "both changes marked",
        "return document.querySelector('[data-saved=laptop]')?.innerText.includes('2 changes')",
    )
    .await;
    app.sees("to send, 1 photo").await;
    app.picture("offline").await;
    app.click("[data-view=toSend]").await;
    app.sees("3 changes to send").await;
    app.picture("to-send").await;
    assert_eq!(town.grievance(lamp).await, before, "nothing left the laptop");

    town.restore();
    app.press("y").await;
    app.sync_is("allSent").await;
    app.sees("Everything is on the server").await;
    app.click("[data-view=all]").await;
    app.until("marks gone", "return document.querySelector('[data-saved=server]') && !document.body.innerText.includes('to send,')").await;

    let after = town.grievance(lamp).await;
    let generation = |document: &Value| {
        document["_rev"].as_str().unwrap().split_once('-').unwrap().0.parse::<u64>().unwrap()
    };
    assert_eq!(generation(&after), generation(&before) + 1, "both changes are one revision");
    assert_eq!(after["triage"]["status"], "acknowledged");
    let photos = after["triage"]["photos"].as_array().unwrap();
    assert_eq!(photos.len(), 1);
    app.sees(&format!("checksum {}", &photos[0]["sha256"].as_str().unwrap()[..7])).await;
    app.both_themes("photo-arrived").await;
    let all = town.grievances().await;
    assert_eq!(all.len(), 9);
    let hers: Vec<_> =
        all.iter().filter(|report| report["problemDescription"] == "Hand pump gives brown water").collect();
    assert_eq!(hers.len(), 1);
    let mut expected = stored;
    for names in [&photos[0], &hers[0]["picture"]] {
        for name in ["large", "thumbnail"] {
            assert!(expected.insert(names[name].as_str().unwrap().to_owned()), "{names} was there before");
        }
    }
    assert_eq!(bucket::keys(&town.store), expected, "each photo is in the bucket once, and nothing else");
}
