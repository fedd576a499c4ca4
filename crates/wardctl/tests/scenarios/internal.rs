//! What officers note among themselves: cases and their histories in the internal database.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sync::{Change, Engine, InternalTrouble, State};
use testkit::Reply;

use crate::town::{Laptop, Town};
use crate::ward::{Running, tries};

async fn with_report(name: &str) -> Town {
    let town = Town::founded(name).await;
    let report = json!({ "_id": "0f", "reportedBy": "citizen1@example.org",
        "reportedDateTime": "20261124_091500", "problemDescription": "Lamp is dark",
        "picture": { "large": "a.jpg", "thumbnail": "b.jpg" } });
    town.couch.write(town.couch.database(), &report).await;
    town
}

/// Documents of the internal database whose ids begin so.
async fn internal(town: &Town, beginning: &str) -> Vec<Value> {
    let mut documents = town.couch.documents(&town.couch.ops_database()).await;
    documents.retain(|document| document["_id"].as_str().unwrap().starts_with(beginning));
    documents
}

/// Kinds of the timeline's lines about the internal database.
fn told_of_internal(laptop: &Laptop) -> Vec<String> {
    let lines = laptop.run(&["timeline"]);
    let kinds = lines.as_array().unwrap().iter().map(|line| line["kind"].as_str().unwrap().to_owned());
    kinds.filter(|kind| kind.starts_with("internal")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_asha_notes_without_a_line_ravi_reads_and_citizens_do_not() {
    let town = with_report("cases").await;
    let (asha, ravi) = (town.officer("asha"), town.officer("ravi"));
    asha.sync();
    ravi.sync();
    town.cut().await;
    asha.run(&["set", "0f", "--status", "acknowledged", "--assignee", "ravi", "--priority", "high"]);
    asha.run(&["set", "0f", "--due", "2026-12-01", "--tags", "school, monsoon", "--ward", "Lakeside"]);
    asha.run(&["note", "0f", "The contractor has the spare part", "--visit"]);
    assert_eq!(asha.unsent(), (7, 0, 0, 0));
    town.restore();
    asha.sync();
    assert_eq!(asha.unsent(), (0, 0, 0, 0));
    assert_eq!(asha.run(&["status"])["state"], "allSent");

    ravi.sync();
    let seen = ravi.run(&["show", "0f"]);
    let case = json!({ "assignee": "ravi", "priority": "high", "due": "2026-12-01",
        "tags": ["monsoon", "school"], "ward": "Lakeside" });
    assert_eq!(seen["case"], case);
    let told: Vec<&str> = seen["happened"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["what"]["field"].as_str().or(event["what"]["text"].as_str()).unwrap())
        .collect();
    let expected =
        ["status", "assignee", "priority", "due", "tags", "ward", "The contractor has the spare part"];
    assert!(expected.iter().all(|line| told.contains(line)) && told.len() == 7, "{told:?}");

    assert_eq!(internal(&town, "case:").await.len(), 1);
    assert_eq!(internal(&town, "entry:0f:").await.len(), 7, "six changes and a visit");
    let grievances = town.grievances().await;
    let public = grievances[0].to_string();
    assert_eq!(grievances.len(), 1, "nothing but grievances in the public database");
    assert!(!public.contains("ravi") && !public.contains("contractor"), "{public}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_adds_no_second_line_and_no_second_revision() {
    let town = with_report("lines").await;
    let asha = town.officer("asha");
    asha.sync();
    let laptop = asha.opened().await;
    for round in 0..10 {
        laptop.change("0f", Change::Tags(vec![format!("round {round}")])).await.unwrap();
        laptop.note("0f", false, "Asked again").await.unwrap();
        // The first answer is that of the case and the note, the second that of the case's line.
        town.couch_line.drop_next_response_to(&format!("{}/_bulk_docs", town.couch.ops_database()));
        for _ in 0..2 {
            Engine::new(laptop.clone()).catch_up().await.unwrap();
            town.couch_line.drop_next_response_to(&format!("{}/_bulk_docs", town.couch.ops_database()));
        }
        town.couch_line.restore();
        Engine::new(laptop.clone()).catch_up().await.unwrap();
    }
    let counts = laptop.with_mirror(|mirror| mirror.counts()).await.unwrap();
    assert_eq!((counts.unsent_edits(), counts.entries_to_send), (0, 0));
    let cases = internal(&town, "case:").await;
    assert!(cases[0]["_rev"].as_str().unwrap().starts_with("10-"), "{}", cases[0]["_rev"]);
    assert_eq!(internal(&town, "entry:").await.len(), 20, "ten notes and ten lines");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_priority_that_two_officers_set_is_asha_s_to_decide() {
    let town = with_report("priority").await;
    let (asha, ravi) = (town.officer("asha"), town.officer("ravi"));
    asha.sync();
    ravi.sync();
    asha.run(&["set", "0f", "--priority", "high"]);
    ravi.run(&["set", "0f", "--priority", "low", "--assignee", "ravi"]);
    ravi.sync();
    asha.sync();
    let clash = &asha.run(&["clashes"])[0];
    assert_eq!(
        (&clash["field"], &clash["wanted"], &clash["found"]),
        (&json!("priority"), &json!("high"), &json!("low"))
    );
    assert!(clash["decidedBy"].as_str().unwrap().starts_with("ravi"), "{clash}");
    asha.decides(clash, "keep");
    asha.sync();
    let case = internal(&town, "case:").await.remove(0);
    assert_eq!((&case["priority"], &case["assignee"]), (&json!("high"), &json!("ravi")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_city_without_an_internal_database_works_without_the_internal_half() {
    let town = with_report("public-only").await;
    let asha = town.officer("asha");
    town.couch.remove_database(&town.couch.ops_database()).await;
    asha.sync();
    asha.run(&["set", "0f", "--status", "acknowledged"]);
    let sentence = asha.refusal(&["set", "0f", "--assignee", "ravi"]);
    assert!(sentence.contains("The office keeps no records of its own"), "{sentence}");
    assert_eq!(asha.sync()["internalTrouble"], Value::Null);
    let status = asha.run(&["status"]);
    assert_eq!((&status["state"], &status["internalTrouble"]), (&json!("allSent"), &Value::Null));
    assert_eq!(told_of_internal(&asha), [""; 0], "nobody misses what never was");
    assert_eq!(town.grievance("0f").await["triage"]["status"], "acknowledged");
}

/// The internal database goes between two steps of one engine, when only a line of a history is due.
#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_cannot_be_added_closes_no_road_to_the_ward() {
    let town = with_report("line-alone").await;
    let asha = town.officer("asha");
    let laptop = asha.opened().await;
    let mut engine = Engine::new(laptop.clone());
    engine.catch_up().await.unwrap();
    town.couch.remove_database(&town.couch.ops_database()).await;
    for reply in ["Crew at 14:00", "Crew at 16:00"] {
        laptop.change("0f", Change::Reply(Some(reply.to_owned()))).await.unwrap();
        engine.catch_up().await.unwrap();
        assert_eq!(town.grievance("0f").await["triage"]["reply"], reply);
    }
    let state = engine.state().borrow().clone();
    assert_eq!((state.state, state.unsent_edits, state.unsent_entries), (State::ToSend, 0, 2));
}

/// A gateway turns the line of a decision away; the next day it does not.
#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_was_refused_is_told_and_tried_again_when_asha_asks() {
    let town = with_report("line-refused").await;
    let asha = town.officer("asha");
    asha.sync();
    town.couch_line
        .turn_away("entry:0f", Reply::json("403 Forbidden", r#"{"error":"forbidden","reason":"No."}"#));
    asha.run(&["set", "0f", "--status", "acknowledged"]);
    let laptop = asha.opened().await;
    let mut engine = Engine::new(laptop.clone());
    for _ in 0..2 {
        engine.catch_up().await.unwrap();
        let state = engine.state().borrow().clone();
        assert_eq!(
            (state.state, state.unsent_edits, state.unsent_entries),
            (State::ToSend, 0, 1),
            "{state:?}"
        );
    }
    let pushes = format!("POST /{}/_bulk_docs", town.couch.ops_database());
    let said =
        "the line, and a push of nothing that tells whether it is to blame; it is not tried without end";
    assert_eq!(town.couch_line.count(&pushes), 2, "{said}");
    drop((engine, laptop));
    let kept = asha.refusal(&["sign-out", "--remove"]);
    assert!(kept.contains("1 history line is saved on this laptop."), "{kept}");
    town.restore();
    asha.sync();
    assert_eq!(internal(&town, "entry:0f:").await.len(), 1);
    assert_eq!(asha.run(&["status"])["state"], "allSent");
}

/// An administrator takes the internal database away from somebody who has read it.
#[tokio::test(flavor = "multi_thread")]
async fn an_internal_database_that_was_taken_away_holds_up_no_public_decision() {
    let town = with_report("taken-away").await;
    let asha = town.officer("asha");
    asha.sync();
    town.couch.remove_database(&town.couch.ops_database()).await;
    asha.run(&["set", "0f", "--status", "acknowledged", "--priority", "high"]);
    for _ in 0..2 {
        let told = asha.refusal(&["sync"]);
        assert!(told.contains("the server has no internal database. Ask the administrator"), "{told}");
    }
    assert_eq!(town.grievance("0f").await["triage"]["status"], "acknowledged");
    assert_eq!(asha.unsent(), (1, 0, 0, 0), "the priority is kept");
    let status = asha.run(&["status"]);
    assert_eq!((&status["unsentEntries"], &status["state"]), (&json!(1), &json!("toSend")));
    assert_eq!(status["internalTrouble"], "notThere");
    assert_eq!(told_of_internal(&asha), ["internalMissing"], "once");
}

/// A gateway lets nobody outside of the office to the internal database: what asha decides publicly leaves all the same,
/// and sync goes on by itself.
#[tokio::test(flavor = "multi_thread")]
async fn an_internal_database_that_a_gateway_hides_holds_up_no_public_decision() {
    let town = with_report("hidden").await;
    let laptop = town.officer("asha");
    laptop.sync();
    let asha = laptop.opened().await;
    let ops = format!("/{}", town.couch.ops_database());
    let not_from_here = r#"{"error":"unauthorized","reason":"not from here"}"#;
    let hides = [
        (Reply::html("403 Forbidden", ""), InternalTrouble::NoAccess),
        (Reply::html("404 Not Found", ""), InternalTrouble::NotThere),
        (Reply::json("503 Service Unavailable", "{}"), InternalTrouble::Unwell),
        (Reply::json("401 Unauthorized", not_from_here), InternalTrouble::NoAccess),
    ];
    for (n, (reply, trouble)) in hides.into_iter().enumerate() {
        town.couch_line.answer(&ops, reply);
        let words = format!("Crew {n}");
        asha.change("0f", Change::Reply(Some(words.clone()))).await.unwrap();
        asha.change("0f", Change::Tags(vec![words.clone()])).await.unwrap();
        let state = tries(&mut Engine::new(asha.clone())).await;
        assert_eq!(town.grievance("0f").await["triage"]["reply"], json!(words), "{state:?}");
        assert_eq!((state.state, state.unsent_edits), (State::ToSend, 1), "the tags: {state:?}");
        assert!(state.internal_trouble == Some(trouble) && state.internal_retry_at.is_some(), "{state:?}");
        assert!(state.sentence.contains(trouble.sentence()), "{state:?}");
    }
    let mut running = Running::of(Engine::new(asha.clone()));
    running.until("at rest", |state| state.state == State::ToSend).await;
    let mut report = town.grievance("0f").await;
    report["triage"]["reply"] = "Done".into();
    town.couch.write(town.couch.database(), &report).await;
    let deadline = Instant::now() + Duration::from_secs(60);
    while asha.grievance("0f").await.unwrap().shown.triage.reply.as_deref() != Some("Done") {
        assert!(Instant::now() < deadline, "nobody listens to the ward");
        // Between two looks.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    town.couch_line.restore();
    asha.sync_now();
    running.until_all_sent().await;
    running.stops().await;
    let lines = asha.with_mirror(|mirror| mirror.timeline()).await.unwrap();
    let told: Vec<&str> =
        lines.iter().map(|line| line.kind.as_str()).filter(|kind| kind.starts_with("internal")).collect();
    assert_eq!(
        told,
        ["internalRefused", "internalMissing", "internalUnwell", "internalRefused", "internalBack"]
    );
}

/// A node of the internal database is unwell: it lets itself be read, and takes nothing. What asha decides publicly leaves
/// all the same, however often her priority was tried.
#[tokio::test(flavor = "multi_thread")]
async fn an_internal_database_that_takes_nothing_holds_up_no_public_decision() {
    let town = with_report("takes-nothing").await;
    let laptop = town.officer("asha");
    laptop.sync();
    let asha = laptop.opened().await;
    let unwell = r#"[{"id":"case:0f","error":"internal_server_error","reason":"no shard"}]"#;
    town.couch_line.answer(
        &format!("POST /{}/_bulk_docs", town.couch.ops_database()),
        Reply::json("201 Created", unwell),
    );
    let mut engine = Engine::new(asha.clone());
    asha.change("0f", Change::Priority(Some("high".to_owned()))).await.unwrap();
    for words in ["Crew 1", "Crew 2"] {
        let state = tries(&mut engine).await;
        assert_eq!(state.internal_trouble, Some(InternalTrouble::Unwell), "{state:?}");
        asha.change("0f", Change::Reply(Some(words.to_owned()))).await.unwrap();
        let state = tries(&mut engine).await;
        assert_eq!(town.grievance("0f").await["triage"]["reply"], json!(words), "{state:?}");
    }
    town.couch_line.restore();
    asha.sync_now();
    let mut running = Running::of(engine);
    running.until_all_sent().await;
    running.stops().await;
    drop(asha);
    assert_eq!(told_of_internal(&laptop), ["internalUnwell", "internalBack"]);
}
