use serde_json::{Value, json};

use crate::town::Town;

fn report(n: u32, status: &str) -> Value {
    json!({ "_id": format!("{n:032x}"), "reportedBy": "citizen1@example.org", "reportedDateTime": "20261120_080000",
        "problemDescription": "Lamp is dark", "ward": "12", "picture": { "large": "a.jpg", "thumbnail": "b.jpg" },
        "triage": { "status": status } })
}

fn ids(numbers: &[u32]) -> Value {
    numbers.iter().map(|n| format!("{n:032x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn asha_sees_what_differs_and_then_that_nothing_does() {
    let town = Town::founded("compare").await;
    let ward = town.couch.database();
    for n in 1..=3 {
        town.couch.write(ward, &report(n, "new")).await;
    }
    let asha = town.officer("asha");
    asha.sync();
    let agreed = asha.run(&["compare"]);
    assert_eq!(agreed["sentence"], "Server and laptop agree, and nothing is unsent.");
    assert_eq!(agreed["statuses"], json!([{ "name": "new", "server": 3, "laptop": 3, "unsent": 0 }]));

    assert_eq!(agreed["wards"], json!([{ "name": "12", "server": 3, "laptop": 3, "unsent": 0 }]));
    assert_eq!(agreed["internal"]["server"], agreed["internal"]["laptop"]);

    // Meanwhile one is filed, one is resolved, one is deleted; and asha works on a fourth.
    town.couch.write(ward, &report(4, "new")).await;
    for n in [1, 2] {
        let mut known = town.grievance(&format!("{n:032x}")).await;
        known["triage"]["status"] = "resolved".into();
        known["_deleted"] = (n == 2).into();
        town.couch.write(ward, &known).await;
    }
    let case = json!({ "_id": format!("case:{:032x}", 1), "priority": "high" });
    town.couch.write(&town.couch.ops_database(), &case).await;
    asha.run(&["set", &format!("{:032x}", 3), "--status", "inProgress"]);
    let asked_before = town.couch_line.requests().len();
    let differing = asha.run(&["compare"]);
    let asked = &town.couch_line.requests()[asked_before..];
    let grievances = &differing["grievances"];
    assert_eq!(grievances["onlyThere"], ids(&[4]));
    assert_eq!(grievances["onlyHere"], ids(&[2]));
    assert_eq!(grievances["otherRevision"], ids(&[1]));
    assert_eq!(differing["statuses"], json!([{ "name": "new", "server": 1, "laptop": 3, "unsent": 1 }]));
    assert_eq!(differing["wards"], json!([{ "name": "12", "server": 1, "laptop": 3, "unsent": 1 }]));
    assert_eq!(differing["internal"]["onlyThere"], json!([case["_id"]]));
    assert_eq!((&differing["notRead"], &differing["unsentEdits"]), (&json!(2), &json!(1)));
    let sentence = differing["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with(
            "Server and laptop differ in 3 grievances and 1 internal document. 1 change is saved"
        ),
        "{sentence}"
    );
    assert!(
        asked.len() == 3 && asked[1..].iter().all(|page| page.contains("/_all_docs")),
        "no request for each document: {asked:?}"
    );

    asha.sync();
    assert_eq!(asha.run(&["compare"])["sentence"], agreed["sentence"]);
    town.couch.remove_database(&town.couch.ops_database()).await;
    assert_eq!(
        asha.run(&["compare"])["sentence"],
        "The internal database was not compared: the server has no such database. \
         Without it: Server and laptop agree, and nothing is unsent."
    );
    town.cut().await;
    assert!(asha.refusal(&["compare"]).contains("cannot be reached"));
}

#[tokio::test(flavor = "multi_thread")]
async fn somebodys_design_document_is_no_grievance_and_no_difference() {
    let town = Town::founded("compare-odd").await;
    let design = json!({ "_id": "_design/somebodys" });
    town.couch.write(town.couch.database(), &design).await;
    let asha = town.officer("asha");
    asha.sync();
    assert_eq!(asha.run(&["compare"])["sentence"], "Server and laptop agree, and nothing is unsent.");
}
