//! The server, or a box on the way, takes all but one.

use domain::{Field, Position};
use mirror::{MirrorError, Order, Query, Show};
use serde_json::json;
use sync::{Engine, NewWords, Report, State, SyncError};
use testkit::Reply;

use crate::camera;
use crate::town::Town;
use crate::ward::{Laptop, Ward, id, lamp, tries};

const NO: &str = r#"{"error":"forbidden","reason":"not this one"}"#;

/// R13. The city's rule refuses one grievance of five hundred: the others land, the one is listed with the rule's words
/// and goes up again only when asha says so.
#[tokio::test(flavor = "multi_thread")]
async fn r13_one_refused_of_five_hundred_holds_up_nobody() {
    let ward = Ward::with_lamps("refused", 500).await;
    let asha = ward.laptop_in_step("asha").await;
    let ours = ward.couch.database();
    ward.couch.refuse_document(ours, &id(137), "A lamp needs a photo.").await;
    all_but_one_land(&ward, &asha, 500, 137).await;
    assert_eq!(asha.refused().await, [(id(137), "forbidden".to_owned(), "A lamp needs a photo.".to_owned())]);
    ward.couch.allow_document(ours, &id(137)).await;
    tries_again(&ward, &asha, 137).await;
}

/// R13. A gateway that reads along turns away every request that holds one grievance, in its own way.
#[tokio::test(flavor = "multi_thread")]
async fn r13_a_gateway_that_dislikes_one_document_holds_up_nobody() {
    let ward = Ward::with_lamps("gateway", 40).await;
    let asha = ward.laptop_in_step("asha").await;
    for (one, answer) in [
        (0, Reply::json("400 Bad Request", r#"{"error":"bad_request","reason":"invalid UTF-8 JSON"}"#)),
        (7, Reply::json("403 Forbidden", NO)),
        (13, Reply::html("403 Forbidden", "")),
        (20, Reply::html("406 Not Acceptable", "")),
        (29, Reply::html("413 Request Entity Too Large", "")),
        (39, Reply::json("415 Unsupported Media Type", NO)),
        (11, Reply::json("401 Unauthorized", NO)),
        (17, Reply::html("401 Unauthorized", "WWW-Authenticate: Basic realm=\"gate\"\r\n")),
    ] {
        ward.line.turn_away(&id(one), answer.clone());
        all_but_one_land(&ward, &asha, 40, one).await;
        let refused = asha.refused().await;
        assert!(refused.len() == 1 && refused[0].0 == id(one), "{answer:?}: {refused:?}");
        assert!(!refused[0].2.is_empty(), "{answer:?}: {refused:?}");
        ward.line.restore();
        tries_again(&ward, &asha, one).await;
    }
}

/// R13. A gateway lets only reading through for a while: that is no fault of what she decided, and everything goes up by
/// itself afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn r13_a_gateway_that_takes_nothing_refuses_nothing() {
    let ward = Ward::with_lamps("read-only", 3).await;
    let asha = ward.laptop_in_step("asha").await;
    for (answer, state) in [
        (Reply::json("403 Forbidden", NO), State::Waiting),
        (Reply::json("405 Method Not Allowed", NO), State::Waiting),
        (Reply::html("403 Forbidden", ""), State::NotOurServer),
    ] {
        for lamps in [1, 3] {
            let text = format!("Crew at {}", ward.line.requests().len());
            for n in 0..lamps {
                asha.replies(&id(n), &text).await;
            }
            ward.line.answer("POST /_bulk_docs", answer.clone());
            assert_eq!(asha.tries().await.state, state, "{answer:?}");
            assert!(asha.refused().await.is_empty(), "{answer:?}");
            ward.line.restore();
            asha.all_sent().await;
            assert_eq!(ward.document(&id(0)).await["triage"]["reply"], text.as_str());
        }
    }
}

/// R13. The session ends while asha works, and the password has become another: nothing is refused for that.
#[tokio::test(flavor = "multi_thread")]
async fn r13_a_session_that_is_dead_is_no_fault_of_a_document() {
    for page in [false, true] {
        let ward = Ward::with_lamps(&format!("dead-session-{page}"), 3).await;
        let asha = ward.laptop_in_step("asha").await;
        let mut engine = asha.runs();
        engine.until_all_sent().await;
        // As of a server that began anew, with another password and another secret.
        let reply = match page {
            true => Reply::html("401 Unauthorized", "WWW-Authenticate: Cookie\r\n"),
            false => Reply::json("401 Unauthorized", NO),
        };
        ward.line.answer("POST /_bulk_docs", reply);
        ward.line.answer(
            "POST /_session",
            Reply::json(
                "401 Unauthorized",
                r#"{"error":"unauthorized","reason":"Name or password is incorrect."}"#,
            ),
        );
        for n in 0..3 {
            asha.replies(&id(n), "Crew at 14:00").await;
        }
        engine.until("asks for the password", |state| state.state == State::SignInNeeded).await;
        engine.stops().await;
        assert!(asha.refused().await.is_empty());
    }
}

/// R14. A gateway takes only short requests: the batch is halved until it fits, and what alone is too long is refused
/// where asha sees it.
#[tokio::test(flavor = "multi_thread")]
async fn r14_a_batch_too_long_is_halved_until_one_is_refused() {
    let ward = Ward::with_lamps("too-long", 40).await;
    let mut whale = lamp(17);
    whale["_rev"] = ward.document(&id(17)).await["_rev"].clone();
    whale["problemDescription"] = json!("Dark. ".repeat(1_000));
    ward.write(&[whale]).await;
    let asha = ward.laptop_in_step("asha").await;
    ward.line.take_at_most(3_000);
    all_but_one_land(&ward, &asha, 40, 17).await;
    let refused = asha.refused().await;
    assert!(refused.len() == 1 && refused[0].1 == "too_large", "{refused:?}");
    ward.line.restore();
    tries_again(&ward, &asha, 17).await;
}

/// Asha replies to all lamps; all but `one` land, which is refused and left alone from then on.
async fn all_but_one_land(ward: &Ward, asha: &Laptop, lamps: u32, one: u32) {
    let text = format!("Crew {one} at {}", ward.line.requests().len());
    for n in 0..lamps {
        asha.replies(&id(n), &text).await;
    }
    let state = asha.tries().await;
    assert_eq!((state.state, state.unsent_edits, state.refused), (State::ToSend, 1, 1), "{state:?}");
    for document in ward.couch.documents(ward.couch.database()).await {
        let landed = document["triage"]["reply"] == text.as_str();
        assert_eq!(landed, document["_id"] != id(one).as_str(), "{document}");
    }
    let pushes = ward.line.count("POST /_bulk_docs");
    asha.tries().await;
    assert_eq!(ward.line.count("POST /_bulk_docs"), pushes, "what was refused waits for asha");
}

async fn tries_again(ward: &Ward, asha: &Laptop, one: u32) {
    let revisions = ward.generation(&id(one)).await;
    let edit = asha.with_mirror(|mirror| mirror.to_send()).await.unwrap().remove(0).edit.id;
    asha.try_again(&edit).await.unwrap();
    asha.all_sent().await;
    assert_eq!(ward.generation(&id(one)).await, revisions + 1);
}

/// R13. By command: what was refused is listed with the server's words, tried again, and thrown away.
#[tokio::test(flavor = "multi_thread")]
async fn r13_what_was_refused_is_listed_tried_again_and_discarded() {
    let town = Town::founded("refused-commands").await;
    town.couch.write(town.couch.database(), &lamp(1)).await;
    let asha = town.officer("asha");
    asha.sync();
    town.couch.refuse_document(town.couch.database(), &id(1), "A lamp needs a photo.").await;
    asha.run(&["set", &id(1), "--reply", "Crew at 14:00"]);
    asha.sync();
    let refused = || {
        let unsent = asha.run(&["unsent"]);
        (unsent[0]["id"].as_str().unwrap().to_owned(), unsent[0].to_string())
    };
    let (edit, told) = refused();
    assert!(told.contains("A lamp needs a photo."), "{told}");
    asha.run(&["try-again", &edit]);
    assert!(!refused().1.contains("photo"), "it waits to be sent");
    asha.sync();
    asha.run(&["discard", &refused().0]);
    assert_eq!((asha.run(&["unsent"]), asha.unsent()), (json!([]), (0, 0, 0, 0)));
}

/// R13. A gateway lets a note and a report not pass because of a word in each. In other words both arrive, once, and the
/// report with its photo.
#[tokio::test(flavor = "multi_thread")]
async fn r13_a_note_and_a_report_that_were_refused_arrive_in_other_words() {
    let town = Town::founded("other-words").await;
    town.couch.write(town.couch.database(), &lamp(1)).await;
    let laptop = town.officer("asha");
    let asha = laptop.opened().await;
    let mut engine = Engine::new(asha.clone());
    tries(&mut engine).await;
    town.couch_line.turn_away("rascal", Reply::json("403 Forbidden", NO));
    asha.note(&id(1), true, "The rascal of number 4 was there").await.unwrap();
    let photo = asha.prepare(camera::shot(1)).await.unwrap();
    let position = Position { lng: 77.6, lat: 12.9 };
    let (description, address) = ("A rascal blocked the drain".to_owned(), "Market Road".to_owned());
    let report = asha.file_report(Report { description, address, position }, &photo).await.unwrap().id;
    assert_eq!(tries(&mut engine).await.refused, 2);

    let refused = asha.with_mirror(|mirror| mirror.to_send()).await.unwrap();
    let of = |field: fn(&Field) -> bool| refused.iter().find(|unsent| field(&unsent.edit.field)).unwrap();
    let (note, filed) =
        (of(|field| matches!(field, Field::Note(_))), of(|field| matches!(field, Field::Report)));
    let text = "The tenant of number 4 was there".to_owned();
    let (description, address) = ("The drain is blocked".to_owned(), "Mill Road".to_owned());
    asha.reword(&note.edit.id, NewWords::Note { text: text.clone() }).await.unwrap();
    asha.reword(&filed.edit.id, NewWords::Report { description, address }).await.unwrap();
    assert_eq!(tries(&mut engine).await.state, State::AllSent);
    for (word, rows) in [("drain blocked", 1), ("mill", 1), ("rascal", 0)] {
        let query = Query { show: Show::All, search: Some(word.to_owned()), order: Order::Newest };
        let found = asha.with_mirror(move |mirror| mirror.queue(&query, None, 10)).await.unwrap();
        assert_eq!(found.total, rows, "{word}");
    }

    let entries = town.couch.documents(&town.couch.ops_database()).await;
    let visits: Vec<_> = entries.iter().filter(|entry| entry["kind"] == "visit").collect();
    assert_eq!((visits.len(), &visits[0]["text"]), (1, &json!(text)));
    let there = town.grievance(&report).await;
    assert_eq!(
        (&there["problemDescription"], &there["address"], &there["picture"]["large"]),
        (&json!("The drain is blocked"), &json!("Mill Road"), &json!(domain::large_key(&photo.sha256)))
    );
    assert_eq!(town.grievances().await.len(), 2);
    let again = asha.reword(&note.edit.id, NewWords::Note { text: "Twice".to_owned() }).await;
    assert!(again.is_err(), "it is on the server");

    // What a citizen wrote and asha files again stays as it is.
    let mut gone = town.grievance(&id(1)).await;
    gone["_deleted"] = true.into();
    town.couch.write(town.couch.database(), &gone).await;
    let mut engine = Engine::new(asha.clone());
    tries(&mut engine).await;
    asha.restore(&id(1)).await.unwrap();
    let filed = asha.with_mirror(|mirror| mirror.to_send()).await.unwrap().remove(0).edit;
    let (description, address) = ("Nothing to see".to_owned(), "Mill Road".to_owned());
    let words = NewWords::Report { description, address };
    assert_eq!(filed.field, Field::Report);
    let answer = asha.reword(&filed.id, words).await;
    assert!(matches!(answer, Err(SyncError::Mirror(MirrorError::NoSuchEdit(_)))), "{answer:?}");
    tries(&mut engine).await;
    assert_eq!(town.grievance(&id(1)).await["problemDescription"], lamp(1)["problemDescription"]);
}
