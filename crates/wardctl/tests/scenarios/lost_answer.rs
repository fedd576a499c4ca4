use serde_json::json;
use sync::{Change, Engine};
use testkit::{figure, times};

use crate::town::Town;

/// R1. The server applies a push and the line dies before it can say so.
#[tokio::test(flavor = "multi_thread")]
async fn r1_lost_answers_make_one_revision_each() {
    let lost = times(100, 1_000);
    let id = |n: u32| format!("{n:032x}");
    let status = |status: &str| Change::Status { status: status.into(), reason: None, duplicate_of: None };
    let town = Town::founded("lost-answer").await;
    for n in 0..lost {
        let report = json!({ "_id": id(n), "reportedBy": "citizen1@example.org",
            "problemDescription": "Lamp is dark", "picture": { "large": "a.jpg", "thumbnail": "b.jpg" } });
        town.couch.write(town.couch.database(), &report).await;
    }
    let asha = town.officer("asha");
    asha.sync();
    // One process for all: deriving the key anew each time would take minutes.
    let laptop = asha.opened().await;
    for n in 0..lost {
        laptop.change(&id(n), status("acknowledged")).await.unwrap();
        town.couch_line.drop_next_response_to("_bulk_docs");
        Engine::new(laptop.clone()).catch_up().await.unwrap();
        // Some officers change their mind before the next try.
        if n % 3 == 0 {
            laptop.change(&id(n), status("inProgress")).await.unwrap();
        }
        Engine::new(laptop.clone()).catch_up().await.unwrap();
    }
    let pushes = town.couch_line.count("_bulk_docs");
    assert!(pushes >= (lost + lost.div_ceil(3)) as usize, "each change left once, some twice");
    figure("R1", format!("{lost} answers lost, each change one revision"));
    let counts = laptop.with_mirror(|mirror| mirror.counts()).await.unwrap();
    assert_eq!(counts.unsent_edits(), 0);
    for (n, document) in town.grievances().await.iter().enumerate() {
        let (revision, status) = if n % 3 == 0 { ("3-", "inProgress") } else { ("2-", "acknowledged") };
        assert_eq!(document["triage"]["status"], status);
        assert!(document["_rev"].as_str().unwrap().starts_with(revision), "{}", document["_rev"]);
    }
}
