//! Six reports as a deployed phone app wrote them, and a day of work on all of them.

use std::fs;

use serde_json::{Value, json};

use crate::town::{Laptop, Town};
use crate::{bucket, camera};

const SIX_REPORTS: &str = include_str!("six-reports.json");

#[tokio::test(flavor = "multi_thread")]
async fn a_day_on_six_reports_leaves_what_the_citizens_wrote_as_they_wrote_it() {
    let town = Town::founded("sample").await;
    let ids = file_six_reports(&town).await;
    let before = town.grievances().await;
    let asha = town.officer("asha");
    asha.sync();
    assert_citizens_are_seen(&asha);

    town.cut().await;
    for (n, id) in ids.iter().enumerate() {
        work_on(&asha, id, n as u8);
    }
    // Status, category, reply and two photos of each; each photo in two sizes counts once.
    assert_eq!(asha.unsent(), (30, 12, 0, 0));
    town.restore();
    asha.sync();
    assert_eq!(asha.unsent(), (0, 0, 0, 0));

    let after = town.grievances().await;
    assert_eq!(after.len(), 6);
    for (was, is) in before.iter().zip(&after) {
        assert_eq!(citizens_part(is), citizens_part(was));
        let triage = &is["triage"];
        assert_eq!((&triage["status"], &triage["category"]), (&json!("resolved"), &json!("roads")));
        let kinds: Vec<&Value> = triage["photos"].as_array().unwrap().iter().map(|it| &it["kind"]).collect();
        assert_eq!(kinds, ["before", "after"]);
        assert!(is["_rev"].as_str().unwrap().starts_with("2-"), "one revision for the whole day");
    }
    assert_eq!(bucket::keys(&town.store).len(), 2 * (6 + 12), "two sizes of the citizens' and of hers");
    assert_nothing_else_is_there(&town).await;
}

/// In the database that phones share there are six grievances and nothing else.
async fn assert_nothing_else_is_there(town: &Town) {
    let database = town.couch.database();
    let ask =
        async |path: &str| town.couch.admin("GET".parse().unwrap(), &format!("{database}{path}"), None).await;
    let about = ask("").await;
    assert_eq!((&about["doc_count"], &about["doc_del_count"]), (&json!(6), &json!(0)));
    assert_eq!(
        ask("/_all_docs").await["rows"].as_array().unwrap().len(),
        6,
        "design documents would be here"
    );
    assert_eq!(ask("/_local_docs").await["rows"], json!([]));
    let changes = ask("/_changes?style=all_docs").await;
    let rows = changes["results"].as_array().unwrap();
    assert_eq!(rows.len(), 6, "nothing was written and removed again");
    assert!(rows.iter().all(|row| row["changes"].as_array().unwrap().len() == 1), "no branches: {changes}");
}

fn work_on(asha: &Laptop, id: &str, n: u8) {
    let reply = format!("Crew {n} came on Monday");
    asha.run(&["set", id, "--status", "inProgress", "--category", "roads", "--reply", &reply]);
    for (kind, shade) in [("before", 20 + n), ("after", 120 + n)] {
        let photo = camera::take(asha.home.path(), shade.into());
        asha.run(&["attach", id, photo.to_str().unwrap(), "--kind", kind]);
    }
    asha.run(&["set", id, "--status", "resolved"]);
}

fn assert_citizens_are_seen(asha: &Laptop) {
    let rows = asha.run(&["list"]);
    assert_eq!(rows.as_array().unwrap().len(), 6);
    for row in rows.as_array().unwrap() {
        assert!(row["reportedAt"].is_i64() && row["position"].is_object(), "{row}");
        assert_eq!(row["photoMissing"], false, "its thumbnail is here: {row}");
    }
}

/// Files them as the app does, with ids of its form and their pictures in the bucket.
async fn file_six_reports(town: &Town) -> Vec<String> {
    let desk = tempfile::tempdir().unwrap();
    let reports: Value = serde_json::from_str(SIX_REPORTS).unwrap();
    let mut ids = Vec::new();
    for (n, report) in reports["grievances"].as_array().unwrap().iter().enumerate() {
        let id = format!("{:032x}", 0xc0de_0000 + n);
        let mut document = report.clone();
        document["_id"] = id.as_str().into();
        town.couch.write(town.couch.database(), &document).await;
        for key in [&report["picture"]["large"], &report["picture"]["thumbnail"]] {
            let photo = camera::take(desk.path(), 200 + n as u32);
            bucket::put(&town.store, &photo, key.as_str().unwrap());
            fs::remove_file(photo).unwrap();
        }
        ids.push(id);
    }
    ids
}

/// What an officer may not change, as text: order and digits count.
fn citizens_part(document: &Value) -> String {
    let mut part = document.clone();
    part.as_object_mut().unwrap().retain(|member, _| member != "triage" && member != "_rev");
    part.to_string()
}
