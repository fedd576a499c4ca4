//! Reports that a phone sent twice, and joining them.

use serde_json::{Value, json};

use crate::town::Town;

/// Asha joins one of two to the other; neither she nor ravi can close the other one with it.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_duplicates_one_stays_open() {
    let town = Town::founded("twins").await;
    for n in 0..3 {
        town.couch.write(town.couch.database(), &resent(n)).await;
    }
    let (asha, ravi) = (town.officer("asha"), town.officer("ravi"));
    asha.sync();
    let twin = |id: String, of: Option<String>| json!({ "id": id, "duplicateOf": of });
    assert_eq!(asha.run(&["show", &id(0)])["twins"], json!([twin(id(1), None), twin(id(2), None)]));

    let join = |id: &str, other: &str| -> [String; 6] {
        ["set", id, "--status", "duplicate", "--duplicate-of", other].map(str::to_owned)
    };
    let words = join(&id(1), &id(0));
    asha.run(&words.each_ref().map(String::as_str));
    let refusals = [
        (id(0), id(0), "cannot be a duplicate of itself"),
        (id(0), id(1), "is a duplicate of this report already"),
        (id(0), id(7), "There is no grievance"),
    ];
    for (report, other, why) in &refusals {
        let words = join(report, other);
        let said = asha.refusal(&words.each_ref().map(String::as_str));
        assert!(said.contains(why), "{said}");
    }
    assert_eq!(asha.unsent(), (1, 0, 0, 0));
    asha.sync();
    let joined = &town.grievance(&id(1)).await["triage"];
    assert_eq!((&joined["status"], &joined["duplicateOf"]), (&json!("duplicate"), &json!(id(0))));

    ravi.sync();
    assert_eq!(ravi.run(&["show", &id(0)])["twins"], json!([twin(id(1), Some(id(0))), twin(id(2), None)]));
    let words = join(&id(0), &id(1));
    assert!(ravi.refusal(&words.each_ref().map(String::as_str)).contains("already"));
    assert_eq!(town.grievance(&id(0)).await["triage"], Value::Null);
}

fn resent(n: u32) -> Value {
    json!({ "_id": id(n), "reportedBy": "citizen1@example.org", "reportedDateTime": "20251120_080000",
        "problemDescription": "Lamp is dark", "picture": { "large": "a.jpg", "thumbnail": "b.jpg" } })
}

fn id(n: u32) -> String {
    format!("{n:032x}")
}
