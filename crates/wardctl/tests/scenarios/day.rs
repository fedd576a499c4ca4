use serde_json::{Value, json};
use testkit::Phone;

use crate::camera;
use crate::town::Town;

/// A report with everything that must come back untouched: unknown fields, long numbers, odd forms.
fn report(id: &str, description: &str) -> Value {
    serde_json::from_str(&format!(
        r#"{{"_id":"{id}","reportedBy":"citizen1@example.org","reportedDateTime":"20261120_152627",
            "picture":{{"large":"{id}.jpeg","thumbnail":"small {id}.jpg"}},
            "problemDescription":{description},"appVersion":1.0,"serial":12345678901234567890123,
            "geoLocation":{{"type":"Point","coordinates":[77.7893168,13.0773568],"accuracy":4.50}},
            "address":"Sample Road 1, Demo Ward","extra":{{"deep":[1.10,null,{{"k":"ಕ"}}]}}}}"#,
        description = json!(description),
    ))
    .unwrap()
}

fn ids(n: u32) -> String {
    format!("{n:032x}")
}

/// A document without what an officer may change.
fn citizens_part(document: &Value) -> Value {
    let mut part = document.clone();
    let members = part.as_object_mut().unwrap();
    members.remove("_rev");
    members.remove("triage");
    part
}

#[tokio::test(flavor = "multi_thread")]
async fn online_asha_sees_reports_and_a_phone_sees_hers() {
    let town = Town::founded("online").await;
    let mut phone = Phone::of(&town.couch.url(), town.couch.administrator());
    phone.file(&report(&ids(1), "Lamp is dark")).await.unwrap();
    phone.send().await.unwrap();

    let asha = town.officer("asha");
    asha.sync();
    let list = asha.run(&["list"]);
    assert_eq!(list[0]["id"], ids(1));
    assert_eq!(list[0]["status"], "new");
    let shown = asha.run(&["show", &ids(1)]);
    assert_eq!(shown["shown"]["description"], "Lamp is dark");
    assert_eq!(shown["shown"]["position"], json!({ "lng": 77.7893168, "lat": 13.0773568 }));

    let photo = camera::take(asha.home.path(), 40);
    asha.run(&[
        "report",
        "--description",
        "Pipe broken",
        "--address",
        "Invented Lane",
        "--lng",
        "77.79",
        "--lat",
        "13.07",
        "--photo",
        photo.to_str().unwrap(),
    ]);
    asha.sync();
    phone.fetch().await.unwrap();
    let seen = phone.list().await.unwrap();
    let hers = seen.iter().find(|document| document["problemDescription"] == "Pipe broken").unwrap();
    assert_eq!(hers["geoLocation"]["coordinates"], json!([77.79, 13.07]));
    assert_eq!(hers["_id"].as_str().unwrap().len(), 32);
    assert!(hers["picture"]["thumbnail"].as_str().unwrap().starts_with("thumbnail_"));

    phone.file(&report(&ids(2), "Garbage at the corner")).await.unwrap();
    phone.send().await.unwrap();
    asha.sync();
    assert_eq!(asha.run(&["list", "--search", "garb"])[0]["id"], ids(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_a_line_arrives_whole_and_once() {
    let town = Town::founded("offline").await;
    for n in 1..=3 {
        town.couch.write(town.couch.database(), &report(&ids(n), "Pothole")).await;
    }
    let before = town.grievances().await;
    let asha = town.officer("asha");
    asha.sync();

    town.cut().await;
    asha.sign_in();
    let again = ["sign-in", "--couch", asha.site.as_str(), "--user", asha.login.name.as_str()];
    let refused = asha.output_with(&again, &[("WARDCTL_PASSWORD", "monsoon drains of ravi")]);
    assert!(!refused.status.success(), "a wrong password opened the account");

    asha.run(&["set", &ids(1), "--status", "inProgress", "--category", "roads", "--reply", "Crew at 14:00"]);
    asha.run(&["set", &ids(2), "--status", "rejected", "--reason", "Private land"]);
    let after = camera::take(asha.home.path(), 90);
    asha.run(&["attach", &ids(1), after.to_str().unwrap(), "--kind", "after"]);
    let photo = camera::take(asha.home.path(), 140);
    asha.run(&[
        "report",
        "--description",
        "New pothole",
        "--address",
        "Model Layout",
        "--lng",
        "77.79",
        "--lat",
        "13.07",
        "--photo",
        photo.to_str().unwrap(),
    ]);
    assert_eq!(asha.unsent(), (6, 2, 0, 0));
    let refusal = asha.refusal(&["sync"]);
    assert!(refusal.contains("cannot be reached") && refusal.contains("saved on this laptop"), "{refusal}");
    assert_eq!(asha.unsent(), (6, 2, 0, 0));

    town.restore();
    let state = asha.sync();
    assert_eq!(state["state"], "allSent", "{state}");
    assert_eq!(asha.unsent(), (0, 0, 0, 0));

    let now = town.grievances().await;
    assert_eq!(now.len(), 4, "three reports and hers, nothing else");
    for (was, is) in before.iter().zip(&now) {
        assert_eq!(citizens_part(was).to_string(), citizens_part(is).to_string());
    }
    let first = &now[0]["triage"];
    assert_eq!((&first["status"], &first["category"]), (&json!("inProgress"), &json!("roads")));
    assert_eq!(first["reply"], "Crew at 14:00");
    assert_eq!(first["photos"].as_array().unwrap().len(), 1);
    assert!(now[0]["_rev"].as_str().unwrap().starts_with("2-"), "one revision for all edits of a grievance");
    assert_eq!(now[1]["triage"]["reason"], "Private land");
    assert!(now[2].get("triage").is_none());

    // A second sync has nothing to say to the server.
    asha.sync();
    assert_eq!(town.grievances().await, now);
    // Her photos come back from the store on another laptop.
    let meena = town.officer("meena");
    meena.sync();
    assert_eq!(meena.run(&["show", &ids(1)])["shown"]["triage"]["photos"], first["photos"]);
}
