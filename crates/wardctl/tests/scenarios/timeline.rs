use std::time::Duration;

use serde_json::{Value, json};
use sync::{Engine, State, SyncState};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::camera;
use crate::town::{Laptop, Town};

const LAMP: &str = "00000000000000000000000000000001";
const WORDS: &str = "Lamp at the corner is dark";

fn lamp() -> Value {
    json!({ "_id": LAMP, "reportedBy": "citizen1@example.org", "reportedDateTime": "20261120_080000",
        "problemDescription": WORDS, "picture": { "large": "a.jpg", "thumbnail": "b.jpg" } })
}

/// Kinds of all lines after the first `skip`.
fn kinds(laptop: &Laptop, skip: usize) -> Vec<String> {
    let lines = laptop.run(&["timeline"]);
    lines.as_array().unwrap()[skip..].iter().map(|line| line["kind"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_told_in_counts_and_sentences_and_names_nobody() {
    let town = Town::founded("timeline").await;
    town.couch.write(town.couch.database(), &lamp()).await;
    let asha = town.officer("asha");
    assert!(kinds(&asha, 0).is_empty());
    asha.sync();
    assert_eq!(kinds(&asha, 0), ["signedIn", "pulled", "pulled"], "internal documents, then grievances");
    asha.sync();
    assert_eq!(kinds(&asha, 3), ["signedIn"], "nothing else happened");

    asha.run(&["set", LAMP, "--status", "inProgress", "--reply", "Crew at 14:00"]);
    let photo = camera::take(asha.home.path(), 90);
    asha.run(&["attach", LAMP, photo.to_str().unwrap()]);
    town.cut().await;
    asha.refusal(&["sync"]);
    assert_eq!(kinds(&asha, 4), ["failed", "storeFailed"]);
    town.restore();
    asha.sync();
    assert_eq!(kinds(&asha, 6), ["signedIn", "uploaded", "sent"]);

    let lines = asha.run(&["timeline"]);
    let sentences: Vec<&str> =
        lines.as_array().unwrap().iter().map(|line| line["sentence"].as_str().unwrap()).collect();
    assert_eq!(sentences[2], "Fetched 1 grievance, 1 new.");
    assert_eq!(
        sentences[4],
        "The city's server cannot be reached, though this laptop has a network. 3 changes and 1 photo are saved on this laptop."
    );
    assert_eq!(
        sentences[7..],
        ["2 pictures of yours are in the photo store.", "3 changes are on the server."]
    );
    let everything = lines.to_string();
    for secret in [WORDS, "Crew at 14:00", LAMP, "citizen1", &asha.login.name, ".jpg", town.couch.database()]
    {
        assert!(!everything.contains(secret), "{secret} is in {everything}");
    }
    let first = &lines[0];
    let local = first["local"].as_str().unwrap();
    let at = jiff::Timestamp::from_second(first["at"].as_i64().unwrap()).unwrap();
    let in_the_ward = at.in_tz("Asia/Kolkata").unwrap().strftime("%Y-%m-%d %H:%M:%S").to_string();
    assert_eq!(local, in_the_ward);
}

#[tokio::test(flavor = "multi_thread")]
async fn clashes_and_refusals_are_told() {
    let town = Town::founded("timeline-clash").await;
    town.couch.write(town.couch.database(), &lamp()).await;
    let (asha, ravi) = (town.officer("asha"), town.officer("ravi"));
    asha.sync();
    ravi.sync();
    asha.run(&["set", LAMP, "--status", "inProgress"]);
    ravi.run(&["set", LAMP, "--status", "resolved"]);
    ravi.sync();
    let before = kinds(&asha, 0).len();
    asha.sync();
    // The last line is that of the internal database: the history tells of what ravi did.
    assert_eq!(kinds(&asha, before), ["signedIn", "pulled", "clash", "pulled"]);

    town.couch.refuse_document(town.couch.database(), LAMP, "ask the mayor").await;
    ravi.run(&["set", LAMP, "--reply", "Crew at 14:00"]);
    let before = kinds(&ravi, 0).len();
    ravi.output(&["sync"]);
    assert_eq!(kinds(&ravi, before), ["signedIn", "pulled", "refused"], "his line of the history came back");
    assert!(!ravi.run(&["timeline"]).to_string().contains("mayor"), "the server's words may name anything");
}

/// Another server had taken a change of the lamp's case and one of the lamp before it heard of what was here.
#[tokio::test(flavor = "multi_thread")]
async fn versions_that_servers_made_are_told_once_a_run() {
    let town = Town::founded("timeline-versions").await;
    town.couch.write(town.couch.database(), &lamp()).await;
    let asha = town.officer("asha");
    let officer = asha.opened().await;
    Engine::new(officer.clone()).catch_up().await.unwrap();
    let case = json!({ "_id": format!("case:{LAMP}"), "priority": "high" });
    for (database, mut document) in
        [(town.couch.database().to_owned(), lamp()), (town.couch.ops_database(), case)]
    {
        for reply in ["a", "b"] {
            document["_rev"] = format!("1-{}", reply.repeat(32)).into();
            document["triage"] = json!({ "reply": reply });
            let given = json!({ "new_edits": false, "docs": [document] });
            town.couch.admin("POST".parse().unwrap(), &format!("{database}/_bulk_docs"), Some(given)).await;
        }
    }
    let before = officer.with_mirror(|mirror| mirror.timeline()).await.unwrap().len();
    let mut engine = Engine::new(officer.clone());
    for _ in 0..2 {
        engine.catch_up().await.unwrap();
    }
    let lines = officer.with_mirror(|mirror| mirror.timeline()).await.unwrap().split_off(before);
    let told: Vec<&str> =
        lines.iter().filter(|line| line.kind == "branched").map(|line| line.sentence.as_str()).collect();
    assert_eq!(told, ["Servers hold several versions of 2 records. Say which one holds."], "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_goes_and_comes_back_is_two_lines_however_often_it_is_tried() {
    let town = Town::founded("timeline-line").await;
    let asha = town.officer("asha");
    let officer = asha.opened().await;
    let engine = Engine::new(officer.clone());
    let (mut state, stop) = (engine.state(), CancellationToken::new());
    let running = tokio::spawn(engine.run(stop.clone()));
    until(&mut state, State::AllSent).await;
    town.couch_line.reset_after(0);
    officer.sync_now();
    until(&mut state, State::Unreachable).await;
    let lines = officer.with_mirror(|mirror| mirror.timeline()).await.unwrap();
    assert_eq!(lines.last().unwrap().kind, "failed", "who hears of a state finds its line");
    for _ in 0..3 {
        let tried = town.couch_line.count("GET /");
        officer.sync_now();
        town.couch_line.until("GET /", tried + 1).await;
    }
    town.restore();
    officer.sync_now();
    until(&mut state, State::AllSent).await;
    stop.cancel();
    running.await.unwrap();

    let lines = officer.with_mirror(|mirror| mirror.timeline()).await.unwrap();
    let kinds: Vec<&str> = lines.iter().map(|line| line.kind.as_str()).collect();
    assert_eq!(kinds, ["signedIn", "pulled", "failed", "serverBack"]);
}

async fn until(state: &mut watch::Receiver<SyncState>, wanted: State) {
    let there = state.wait_for(|state| state.state == wanted);
    tokio::time::timeout(Duration::from_secs(60), there).await.expect("a minute is enough").unwrap();
}
