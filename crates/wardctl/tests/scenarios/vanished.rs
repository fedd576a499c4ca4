//! Reports that leave the server or are altered there: few, many, without a word.

use serde_json::{Value, json};
use testkit::Method;

use crate::town::{Laptop, Town};

/// R6. Somebody deletes a third of the ward: nothing is marked as gone, everything else
/// goes on, and the edits on what vanished wait for the answer.
#[tokio::test(flavor = "multi_thread")]
async fn r6_many_deletions_at_once_are_a_question() {
    let (town, asha) = ward_of("mass-deletion", 30).await;
    asha.run(&["set", &id(3), "--status", "acknowledged"]);
    asha.run(&["set", &id(20), "--status", "acknowledged"]);
    delete(&town, 0..10).await;
    town.couch.write(town.couch.database(), &lamp(30)).await;

    let state = asha.sync();
    assert_eq!((&state["state"], &state["vanished"]), (&json!("vanished"), &json!(10)));
    assert_eq!(gone(&asha), 0);
    assert_eq!(asha.run(&["list", "--limit", "500"]).as_array().unwrap().len(), 31, "the new one has come");
    assert_eq!(town.grievance(&id(20)).await["triage"]["status"], "acknowledged", "the others are sent");
    assert_eq!(asha.unsent(), (1, 0, 0, 0));
    // It is the same question after each start, and the deletions are told only once by the server.
    assert_eq!(asha.sync()["vanished"], 10);
    let pushes = || town.couch_line.count(&format!("POST /{}/_bulk_docs", town.couch.database()));
    assert_eq!(pushes(), 1, "of what is in question nothing is sent");
    let listed = asha.run(&["vanished"]);
    assert_eq!(listed.as_array().unwrap().len(), 10);
    assert_eq!((&listed[3]["id"], &listed[3]["unsentEdits"]), (&json!(id(3)), &json!(1)));

    // The server is wrong: it stays, unasked, and the edit waits until the lamp is back.
    assert_eq!(asha.run(&["vanished", "keep"])["records"], 10);
    assert_eq!(asha.sync()["state"], "toSend");
    assert_eq!((gone(&asha), asha.unsent(), pushes()), (0, (1, 0, 0, 0), 1));
    for n in 0..10 {
        town.couch.write(town.couch.database(), &lamp(n)).await;
    }
    assert_eq!(asha.sync()["state"], "allSent");
    assert_eq!(town.grievance(&id(3)).await["triage"]["status"], "acknowledged");
    assert_eq!(asha.run(&["vanished"]), json!([]));
}

/// R6. The server is right.
#[tokio::test(flavor = "multi_thread")]
async fn r6_accepted_deletions_keep_what_was_last_seen() {
    let (town, asha) = ward_of("accepted", 30).await;
    asha.run(&["set", &id(3), "--status", "acknowledged"]);
    delete(&town, 0..10).await;
    asha.sync();
    assert_eq!(asha.run(&["vanished", "accept"])["records"], 10);
    assert_eq!(gone(&asha), 10);
    assert_eq!(asha.run(&["show", &id(3)])["shown"]["problemDescription"], Value::Null);
    assert_eq!(asha.run(&["show", &id(3)])["shown"]["description"], "Lamp is dark");
    assert_eq!(asha.unsent(), (1, 0, 1, 0), "her edit is a question of its own");
    asha.sync();
    assert_eq!(town.grievances().await.len(), 20, "nothing came back by itself");
    // One alone is believed, and so is the next, but not ten one after the other.
    for n in 10..19 {
        delete(&town, n..n + 1).await;
        asha.sync();
        if asha.run(&["status"])["vanished"] != 0 {
            break;
        }
    }
    let believed = gone(&asha) - 10;
    assert!((3..=6).contains(&believed), "{believed} one by one");
}

/// R12, R6. A purge is told by no change. The comparison finds it; a whole ward purged is a question.
#[tokio::test(flavor = "multi_thread")]
async fn r12_a_purge_is_found_by_the_comparison() {
    let (town, asha) = ward_of("purge", 30).await;
    asha.run(&["set", &id(1), "--reply", "Crew at 14:00"]);
    asha.sync();
    asha.run(&["set", &id(2), "--status", "acknowledged"]);
    purge(&town, 0..1).await;
    assert_eq!((asha.sync()["state"].clone(), gone(&asha)), (json!("allSent"), 0), "nobody told");

    compare(&asha).await;
    assert_eq!(gone(&asha), 1);
    assert_eq!(asha.run(&["show", &id(0)])["happened"][0]["what"]["kind"], "gone");
    // Filed again, it is there like new.
    asha.run(&["restore", &id(0)]);
    asha.sync();
    assert_eq!(
        (gone(&asha), town.grievance(&id(0)).await["problemDescription"].clone()),
        (0, json!("Lamp is dark"))
    );

    asha.sync();
    purge(&town, 1..30).await;
    compare(&asha).await;
    asha.run(&["set", &id(3), "--status", "acknowledged"]);
    asha.sync();
    let status = asha.run(&["status"]);
    assert_eq!((&status["state"], &status["vanished"]), (&json!("vanished"), &json!(29)));
    assert_eq!((gone(&asha), asha.unsent()), (0, (1, 0, 0, 0)));
    assert_eq!(town.grievances().await.len(), 1, "nothing is sent before the answer");
    // The administrator puts the same revisions back.
    asha.run(&["vanished", "keep"]);
    let same: Vec<Value> = (1..30).map(lamp).collect();
    let wanted = json!({ "docs": same });
    town.couch.admin(Method::POST, &format!("{}/_bulk_docs", town.couch.database()), Some(wanted)).await;
    asha.sync();
    compare(&asha).await;
    assert_eq!((gone(&asha), asha.run(&["vanished"])), (0, json!([])));
    assert_eq!(town.grievance(&id(3)).await["triage"]["status"], "acknowledged");
}

/// R10. Asha decides while the report is deleted: she is asked, and either answer is kept.
#[tokio::test(flavor = "multi_thread")]
async fn r10_an_edit_and_a_deletion_ask_keep_both_or_agree() {
    let (town, asha) = ward_of("deleted", 4).await;
    asha.run(&["set", &id(0), "--status", "acknowledged"]);
    asha.run(&["set", &id(1), "--status", "acknowledged"]);
    delete(&town, 0..2).await;
    asha.sync();
    assert_eq!(asha.unsent(), (2, 0, 2, 0));
    let clashes = asha.run(&["clashes"]);
    for (n, decision) in [(0, "keep"), (1, "drop")] {
        let clash = clashes.as_array().unwrap().iter().find(|clash| clash["document"] == id(n)).unwrap();
        assert_eq!(clash["found"], Value::Null);
        asha.decides(clash, decision);
    }
    asha.sync();
    assert_eq!(asha.unsent(), (0, 0, 0, 0));
    let kept = town.grievance(&id(0)).await;
    assert_eq!(
        (&kept["problemDescription"], &kept["triage"]["status"]),
        (&json!("Lamp is dark"), &json!("acknowledged"))
    );
    assert!(town.couch.document(town.couch.database(), &id(1)).await.is_none(), "both agree");

    // What asha sent is deleted afterwards: that is no question, but she can bring it back.
    delete(&town, 0..1).await;
    asha.sync();
    assert_eq!((asha.unsent(), gone(&asha)), ((0, 0, 0, 0), 2));
    asha.run(&["restore", &id(0)]);
    assert_eq!(asha.unsent(), (1, 0, 0, 0), "saved on this laptop");
    asha.sync();
    assert_eq!(town.grievance(&id(0)).await["triage"]["status"], "acknowledged");
    assert_eq!((asha.unsent(), gone(&asha)), ((0, 0, 0, 0), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_citizen_wrote_is_brought_back_and_the_rest_stays() {
    let (town, asha) = ward_of("altered", 1).await;
    assert!(asha.refusal(&["restore", &id(0)]).contains("nothing to bring back"));
    let mut altered = town.grievance(&id(0)).await;
    altered["problemDescription"] = "Nothing to see".into();
    altered["geoLocation"]["coordinates"] = json!([0.5, 1.0]);
    altered["triage"] = json!({ "status": "acknowledged", "by": "ravi", "at": "2026-11-23T10:41:05+05:30" });
    altered["unknown"] = json!([1.0, { "x": null }]);
    town.couch.write(town.couch.database(), &altered).await;
    asha.sync();
    let timeline = asha.run(&["timeline"]).to_string();
    assert!(timeline.contains("What the citizen wrote was altered on the server in 1 report."), "{timeline}");
    let before = town.grievance(&id(0)).await;

    asha.run(&["restore", &id(0)]);
    assert_eq!(asha.unsent(), (1, 0, 0, 0));
    asha.sync();
    let mut expected = before;
    let after = town.grievance(&id(0)).await;
    expected["_rev"] = after["_rev"].clone();
    expected["problemDescription"] = "Lamp is dark".into();
    expected["geoLocation"] = lamp(0)["geoLocation"].clone();
    assert_eq!(after, expected, "ravi's decision and what we do not know stay");
    assert!(after["_rev"].as_str().unwrap().starts_with("3-"));
    assert_eq!(asha.unsent(), (0, 0, 0, 0));
    let told = asha.run(&["show", &id(0)])["happened"].clone();
    assert_eq!(told.as_array().unwrap().len(), 3, "altered, decided by ravi, brought back: {told}");
}

async fn ward_of(name: &str, lamps: usize) -> (Town, Laptop) {
    let town = Town::founded(name).await;
    for n in 0..lamps {
        town.couch.write(town.couch.database(), &lamp(n)).await;
    }
    let asha = town.officer("asha");
    asha.sync();
    (town, asha)
}

/// The weekly comparison, now.
async fn compare(asha: &Laptop) {
    asha.opened().await.with_mirror(|mirror| mirror.ask_to_compare()).await.unwrap();
    asha.sync();
}

async fn delete(town: &Town, lamps: std::ops::Range<usize>) {
    for n in lamps {
        let rev = town.grievance(&id(n)).await["_rev"].as_str().unwrap().to_owned();
        town.couch
            .admin(Method::DELETE, &format!("{}/{}?rev={rev}", town.couch.database(), id(n)), None)
            .await;
    }
}

async fn purge(town: &Town, lamps: std::ops::Range<usize>) {
    let mut revisions = serde_json::Map::new();
    for n in lamps {
        revisions.insert(id(n), json!([town.grievance(&id(n)).await["_rev"]]));
    }
    let path = format!("{}/_purge", town.couch.database());
    town.couch.admin(Method::POST, &path, Some(Value::Object(revisions))).await;
}

/// Grievances that are marked as having left the server.
fn gone(asha: &Laptop) -> usize {
    let rows = asha.run(&["list", "--limit", "500"]);
    rows.as_array().unwrap().iter().filter(|row| row["gone"] == true).count()
}

fn id(n: usize) -> String {
    format!("{n:032x}")
}

fn lamp(n: usize) -> Value {
    json!({ "_id": id(n), "reportedBy": "citizen1@example.org", "reportedDateTime": "20261120_080000",
        "problemDescription": "Lamp is dark", "address": "Market Road",
        "geoLocation": { "type": "Point", "coordinates": [77.7893168, 13.0773568] } })
}
