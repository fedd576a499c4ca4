use serde_json::json;

use crate::town::Town;

/// The server applies a push and the line dies before it can say so.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_lost_answers_make_one_revision_each() {
    const TIMES: u32 = 100;
    let town = Town::founded("lost-answer").await;
    for n in 0..TIMES {
        let report = json!({ "_id": format!("{n:032x}"), "reportedBy": "citizen1@example.org",
            "problemDescription": "Lamp is dark", "picture": { "large": "a.jpg", "thumbnail": "b.jpg" } });
        town.couch.write(town.couch.database(), &report).await;
    }
    let asha = town.officer("asha");
    asha.sync();
    for n in 0..TIMES {
        asha.run(&["set", &format!("{n:032x}"), "--status", "acknowledged"]);
        town.couch_line.drop_next_response_to("_bulk_docs");
        // It refuses, or has tried again and found that the change had arrived.
        asha.output(&["sync"]);
        // Some officers change their mind before the next try.
        if n % 3 == 0 {
            asha.run(&["set", &format!("{n:032x}"), "--status", "inProgress"]);
        }
        asha.sync();
    }
    assert_eq!(asha.unsent(), (0, 0, 0, 0));
    for (n, document) in town.grievances().await.iter().enumerate() {
        let (revision, status) = if n % 3 == 0 { ("3-", "inProgress") } else { ("2-", "acknowledged") };
        assert_eq!(document["triage"]["status"], status);
        assert!(document["_rev"].as_str().unwrap().starts_with(revision), "{}", document["_rev"]);
    }
}
