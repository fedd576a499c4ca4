//! Servers that are not what they were: set back to a backup, made anew, answered for by another;
//! and a laptop that was set back itself.

use std::fs;
use std::path::Path;
use std::time::Duration;

use domain::{Field, Kind};
use fastrand::Rng;
use mirror::{Happened, Order, Query, Show};
use photos::Prepared;
use serde_json::{Value, json};
use sync::{Change, Engine, Officer, State};
use testkit::{Method, figure, times};

use crate::camera;
use crate::town::{Laptop, Town};
use crate::ward::Ward;

const LAMPS: usize = 6;

/// R5. Asha works, a backup is made, she works on and all of it is acknowledged, the backup is put
/// back. Her laptop is switched off in the middle of the recovery, at a random request.
#[tokio::test(flavor = "multi_thread")]
async fn r5_a_backup_put_back_loses_nothing_of_what_asha_sent() {
    let town = town_with_lamps("backup").await;
    let asha = town.officer("asha");
    let laptop = asha.opened().await;
    come_to_rest(&laptop).await;

    let mut rng = Rng::with_seed(20_261_124);
    let (cuts, mut lost) = (times(20, 200), 0);
    for round in 0..cuts {
        work(&laptop, &mut rng, round).await;
        let backup = town.couch.back_up(town.couch.database()).await;
        work(&laptop, &mut rng, round).await;
        if round % 10 == 0 {
            file_report(&laptop, asha.home.path(), round).await;
            let photo = picture(&laptop, asha.home.path(), round).await;
            laptop.attach(&id(1), &photo, Kind::After).await.unwrap();
        }
        come_to_rest(&laptop).await;
        let acknowledged = said(&town).await;
        assert_eq!(unsent(&laptop).await, 0);

        town.couch.restore(&backup).await;
        lost += usize::from(said(&town).await != acknowledged);
        if round % 3 == 0 {
            // The copy grows past what the laptop had seen.
            for n in 0..40 {
                let id = format!("citizen-{round}-{n}");
                town.couch
                    .write(town.couch.database(), &json!({ "_id": id, "problemDescription": "Pipe" }))
                    .await;
            }
        }
        if round % 4 == 0 {
            laptop.change(&id(0), Change::Reply(Some(format!("Not sent yet {round}")))).await.unwrap();
        }
        let come = town.couch_line.count("/") + rng.usize(1..14);
        let mut engine = Engine::new(laptop.clone());
        tokio::select! {
            finished = engine.catch_up() => drop(finished.unwrap()),
            () = town.couch_line.until("/", come) => {}
        }
        drop(engine);
        come_to_rest(&laptop).await;

        assert_eq!(unsent(&laptop).await, 0, "round {round}");
        let mut expected = acknowledged;
        if round % 4 == 0 {
            expected[0]["reply"] = format!("Not sent yet {round}").into();
        }
        let found = said(&town).await;
        for (expected, found) in expected.iter().zip(&found) {
            assert_eq!(expected, found, "round {round}");
        }
        assert_eq!(expected.len(), found.len());
        assert_eq!(gone(&laptop).await, 0, "round {round}");
    }
    assert!(lost * 2 > cuts as usize, "only {lost} backups lacked anything");
    figure(
        "R5",
        format!("{cuts} backups put back, {lost} of them without what was acknowledged, 0 edits lost"),
    );
}

/// R5. Nothing that others did meanwhile is overwritten, and the officer is told.
#[tokio::test(flavor = "multi_thread")]
async fn r5_ravi_decides_on_the_restored_server_before_asha_comes_back() {
    let town = town_with_lamps("restored-clash").await;
    let (asha, ravi) = (town.officer("asha"), town.officer("ravi"));
    let laptop = asha.opened().await;
    come_to_rest(&laptop).await;
    let backup = town.couch.back_up(town.couch.database()).await;
    laptop.change(&id(0), status("acknowledged")).await.unwrap();
    come_to_rest(&laptop).await;
    laptop.change(&id(0), status("inProgress")).await.unwrap();
    laptop.change(&id(1), status("acknowledged")).await.unwrap();
    laptop.change(&id(2), Change::Reply(Some("Crew at 14:00".into()))).await.unwrap();
    come_to_rest(&laptop).await;

    town.couch.restore(&backup).await;
    ravi.sync();
    ravi.run(&["set", &id(1), "--status", "resolved"]);
    ravi.run(&["set", &id(2), "--category", "lights"]);
    ravi.sync();
    let states = states_until_rest(&laptop).await;
    assert!(states.contains(&State::Restored), "{states:?}");
    assert_eq!(states.last(), Some(&State::ToSend), "one question is left");

    let triage = |document: Value| document["triage"].clone();
    assert_eq!(triage(town.grievance(&id(0)).await)["status"], "inProgress", "two of one field went as one");
    assert_eq!(triage(town.grievance(&id(1)).await)["status"], "resolved", "ravi's is not overwritten");
    let both = triage(town.grievance(&id(2)).await);
    assert_eq!((&both["reply"], &both["category"]), (&json!("Crew at 14:00"), &json!("lights")));
    let clashes = laptop.with_mirror(|mirror| mirror.clashes()).await.unwrap();
    assert_eq!(clashes.len(), 1);
    assert_eq!(
        (clashes[0].edit.document.clone(), clashes[0].edit.seen["status"].clone()),
        (id(1), json!("new"))
    );
    // Her history does not say that somebody undid her work.
    let told = laptop.grievance(&id(0)).await.unwrap().happened;
    assert!(!told.is_empty() && told.iter().all(|event| !is_undone(event)), "{told:?}");
}

/// R5. The last change of all is made again on the copy, to the letter, and the change before it is lost. The sequence fell, so
/// older grievances are asked about too, and asha sees theirs as it is there.
#[tokio::test(flavor = "multi_thread")]
async fn r5_what_was_lost_behind_the_last_change_is_noticed() {
    let ward = Ward::with_lamps("behind-the-last", 30).await;
    let asha = ward.laptop_in_step("asha").await;
    let backup = ward.couch.back_up(ward.couch.database()).await;
    ward.ravi_sets(&id(0), "reply", "Crew at 14:00").await;
    ward.ravi_sets(&id(29), "reply", "Crew at 15:00").await;
    asha.all_sent().await;
    let reply = async || asha.grievance(&id(0)).await.unwrap().shown.triage.reply;
    assert_eq!(reply().await.as_deref(), Some("Crew at 14:00"));
    let last = ward.document(&id(29)).await;

    ward.couch.restore(&backup).await;
    ward.ravi_sets(&id(29), "reply", "Crew at 15:00").await;
    assert_eq!(ward.document(&id(29)).await, last, "to the letter");
    asha.all_sent().await;
    assert_eq!(reply().await, None);
}

/// R5, for what officers note among themselves: the case, a note, and the lines that tell of changes.
#[tokio::test(flavor = "multi_thread")]
async fn r5_an_internal_database_set_back_gets_cases_notes_and_lines_again() {
    let town = town_with_lamps("restored-cases").await;
    let asha = town.officer("asha");
    let laptop = asha.opened().await;
    laptop_decides(&laptop, "low").await;
    let backup = town.couch.back_up(&town.couch.ops_database()).await;
    laptop_decides(&laptop, "high").await;
    laptop.note(&id(0), true, "The contractor has the spare part").await.unwrap();
    laptop.change(&id(1), Change::Assignee(Some("ravi".into()))).await.unwrap();
    come_to_rest(&laptop).await;
    let told = lines_and_cases(&town).await;

    town.couch.restore(&backup).await;
    assert_ne!(lines_and_cases(&town).await, told);
    let states = states_until_rest(&laptop).await;
    assert!(states.contains(&State::Restored), "{states:?}");
    assert_eq!(states.last(), Some(&State::AllSent), "{states:?}");
    assert_eq!(lines_and_cases(&town).await, told);
    assert_eq!(unsent(&laptop).await, 0);
}

/// R5. Asha is the first on the restored internal database, and brings its sequence to where it was. Ravi sends again what the
/// server has nothing at all of by then.
#[tokio::test(flavor = "multi_thread")]
async fn r5_what_an_internal_database_lost_without_a_trace_goes_up_again_though_others_were_first() {
    let town = town_with_lamps("lost-note").await;
    let laptops = ["asha", "ravi"].map(|name| town.officer(name));
    let (asha, ravi) = (laptops[0].opened().await, laptops[1].opened().await);
    come_to_rest(&asha).await;
    come_to_rest(&ravi).await;
    let backup = town.couch.back_up(&town.couch.ops_database()).await;
    ravi.note(&id(0), false, "The pole leans").await.unwrap();
    ravi.change(&id(0), Change::Priority(Some("high".into()))).await.unwrap();
    come_to_rest(&ravi).await;
    // What arrived in the second of a checkpoint is asked about with it.
    let second = || jiff::Timestamp::now().as_second();
    let arrived = second();
    while second() == arrived {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    asha.change(&id(1), Change::Priority(Some("low".into()))).await.unwrap();
    come_to_rest(&asha).await;
    come_to_rest(&ravi).await;
    let told = lines_and_cases(&town).await;

    town.couch.restore(&backup).await;
    come_to_rest(&asha).await;
    for n in 2..LAMPS {
        asha.change(&id(n), Change::Priority(Some("low".into()))).await.unwrap();
    }
    come_to_rest(&asha).await;
    assert!(told.iter().any(|line| line["text"] == "The pole leans"));
    come_to_rest(&ravi).await;
    let there = lines_and_cases(&town).await;
    let lost: Vec<&Value> = told.iter().filter(|line| !there.contains(line)).collect();
    assert!(lost.is_empty(), "{lost:#?}");
    assert_eq!(unsent(&ravi).await, 0);
}

async fn laptop_decides(laptop: &Officer, priority: &str) {
    come_to_rest(laptop).await;
    laptop.change(&id(0), Change::Priority(Some(priority.to_owned()))).await.unwrap();
    laptop.change(&id(0), Change::Reply(Some(format!("Of {priority} priority")))).await.unwrap();
    come_to_rest(laptop).await;
}

/// What the internal database holds of grievances, without revisions.
async fn lines_and_cases(town: &Town) -> Vec<Value> {
    let mut documents = town.couch.documents(&town.couch.ops_database()).await;
    documents.retain(|document| !document["_id"].as_str().unwrap().starts_with("settings:"));
    for document in &mut documents {
        document["_rev"] = Value::Null;
        document["rev"] = Value::Null;
    }
    documents.sort_by_key(|document| document["_id"].to_string());
    documents
}

/// Whether a line says that a grievance is new again.
fn is_undone(event: &mirror::Event) -> bool {
    let undone = |field: &Field, after: &Value| *field == Field::Status && after["status"] == "new";
    match &event.what {
        Happened::Changed { field, after, .. } | Happened::Delivered { field, after, .. } => {
            undone(field, after)
        }
        _ => false,
    }
}

/// R4. The server has another id and the same database, as one that lost its settings; then the database is dropped and
/// made anew, empty.
#[tokio::test(flavor = "multi_thread")]
async fn r4_another_id_changes_nothing_and_a_database_made_anew_deletes_nothing_here() {
    let town = town_with_lamps("anew").await;
    let asha = town.officer("asha");
    let laptop = asha.opened().await;
    laptop.with_mirror(|mirror| mirror.ask_to_compare()).await.unwrap();
    come_to_rest(&laptop).await;
    laptop.change(&id(0), status("acknowledged")).await.unwrap();
    let report = file_report(&laptop, asha.home.path(), 0).await;
    come_to_rest(&laptop).await;
    let before = said(&town).await;

    // A server that others use beside this test keeps its name.
    if let Some(server) = town.couch.own() {
        server.set_uuid("ffffffffffffffffffffffffffffffff");
        let states = states_until_rest(&laptop).await;
        assert!(!states.contains(&State::Restored), "it has all that it had: {states:?}");
        assert_eq!(states.last(), Some(&State::AllSent));
        assert_eq!(said(&town).await, before, "nothing was sent twice");
        // A database tells the second in which it was made.
        server.advance_clock(Duration::from_secs(2));
    }

    let database = town.couch.database().to_owned();
    let lamps = town.grievances().await;
    let security = town.couch.admin(Method::GET, &format!("{database}/_security"), None).await;
    town.couch.remove_database(&database).await;
    town.couch.create(&database).await;
    town.couch.admin(Method::PUT, &format!("{database}/_security"), Some(security)).await;
    let states = states_until_rest(&laptop).await;
    assert!(states.contains(&State::Restored), "{states:?}");
    assert_eq!(states.last(), Some(&State::Vanished));
    assert_eq!(laptop.vanished(99).await.unwrap().len(), LAMPS);
    assert_eq!(gone(&laptop).await, 0);
    assert_eq!(
        town.grievance(&report).await["problemDescription"],
        "Pipe 0 is broken",
        "her report is filed again"
    );
    assert_eq!(unsent(&laptop).await, 1, "her decision waits for its lamp");

    // The citizens' phones bring theirs again, as they were.
    for mut lamp in lamps.into_iter().filter(|lamp| lamp["_id"] != report.as_str()) {
        lamp.as_object_mut().unwrap().retain(|name, _| name != "_rev" && name != "triage");
        town.couch.write(&database, &lamp).await;
    }
    assert_eq!(states_until_rest(&laptop).await.last(), Some(&State::AllSent));
    assert_eq!(laptop.vanished(99).await.unwrap(), []);
    assert_eq!(said(&town).await, before);
}

/// R4. The database is made anew while nobody looks, and the citizens' phones have brought everything again, and one more
/// report, before she comes back: every revision that she knows is there, and the sequence is no smaller.
#[tokio::test(flavor = "multi_thread")]
async fn r4_a_database_made_anew_with_the_same_reports_is_another_one() {
    let town = town_with_lamps("anew-alike").await;
    let asha = town.officer("asha");
    let laptop = asha.opened().await;
    come_to_rest(&laptop).await;
    if let Some(server) = town.couch.own() {
        // A database tells the second in which it was made.
        server.advance_clock(Duration::from_secs(2));
    }
    let database = town.couch.database().to_owned();
    let security = town.couch.admin(Method::GET, &format!("{database}/_security"), None).await;
    let lamps = town.grievances().await;
    town.couch.remove_database(&database).await;
    town.couch.create(&database).await;
    town.couch.admin(Method::PUT, &format!("{database}/_security"), Some(security)).await;
    town.couch.write(&database, &json!({ "_id": id(LAMPS), "problemDescription": "Lamp is dark" })).await;
    let given = json!({ "new_edits": false, "docs": lamps });
    town.couch.admin(Method::POST, &format!("{database}/_bulk_docs"), Some(given)).await;
    assert_eq!(town.grievances().await[..LAMPS], lamps, "the same revisions");
    let states = states_until_rest(&laptop).await;
    assert!(states.contains(&State::Restored), "{states:?}");
    assert!(laptop.grievance(&id(LAMPS)).await.is_ok(), "a report was skipped");
}

/// R3. Any member may write any `_local` document; none of them says where a pull begins.
#[tokio::test(flavor = "multi_thread")]
async fn r3_checkpoints_forged_on_the_server_skip_nothing() {
    let town = town_with_lamps("forged").await;
    let asha = town.officer("asha");
    let laptop = asha.opened().await;
    come_to_rest(&laptop).await;
    let database = town.couch.database().to_owned();
    let info = town.couch.admin(Method::GET, &database, None).await;
    let newest = info["update_seq"].clone();
    let session = |seq: &Value| json!({ "session_id": "b", "start_last_seq": 0, "end_last_seq": seq, "recorded_seq": seq });
    let kinds = [
        ("missing", Value::Null),
        ("older", json!({ "last_seq": "1-old", "session_id": "a", "history": [session(&json!("1-old"))] })),
        (
            "of another session",
            json!({ "last_seq": newest, "session_id": "other", "history": [session(&newest)] }),
        ),
        (
            "newer",
            json!({ "last_seq": "999999-x", "session_id": "b", "history": [session(&json!("999999-x"))] }),
        ),
        ("garbage", json!({ "last_seq": { "x": [] }, "history": 7 })),
        ("long", json!({ "last_seq": newest, "history": vec![session(&newest); 50] })),
    ];
    for (n, (kind, forged)) in kinds.into_iter().enumerate() {
        for name in ["asha", asha.login.name.as_str(), laptop.account_id()] {
            let path = format!("{database}/_local/{name}");
            match &forged {
                Value::Null => drop(town.couch.send(Method::DELETE, &path, None).await),
                forged => drop(town.couch.admin(Method::PUT, &path, Some(forged.clone())).await),
            }
        }
        let lamp = format!("after-{n}");
        town.couch.write(&database, &json!({ "_id": lamp, "problemDescription": "Lamp is dark" })).await;
        let asked = town.couch_line.count("since=0");
        come_to_rest(&laptop).await;
        assert!(laptop.grievance(&lamp).await.is_ok(), "{kind}: a report was skipped");
        assert_eq!(town.couch_line.count("since=0"), asked, "{kind}: it began anew");
    }
    assert_eq!(town.couch_line.count("_local"), 0);
}

/// S10. The whole profile goes back to last week's, unsent edits and all.
#[tokio::test(flavor = "multi_thread")]
async fn s10_a_laptop_set_back_to_last_week_overwrites_and_doubles_nothing() {
    let town = town_with_lamps("last-week").await;
    let (asha, ravi) = (town.officer("asha"), town.officer("ravi"));
    asha.sync();
    asha.run(&["set", &id(0), "--status", "acknowledged", "--reply", "Crew at 14:00"]);
    asha.run(&["set", &id(1), "--status", "acknowledged"]);
    let photo = camera::take(asha.home.path(), 7);
    let photo = photo.to_str().unwrap();
    asha.run(&["attach", &id(2), photo]);
    let place = ["--address", "Invented Lane", "--lng", "77.79", "--lat", "13.07"];
    asha.run(&[&["report", "--description", "Pipe is broken", "--photo", photo], &place[..]].concat());
    let last_week = tempfile::tempdir().unwrap();
    copy(asha.home.path(), last_week.path());

    asha.sync();
    asha.run(&["set", &id(0), "--status", "inProgress"]);
    asha.sync();
    ravi.sync();
    ravi.run(&["set", &id(1), "--status", "resolved"]);
    ravi.sync();
    let before = town.grievances().await;

    let asha = Laptop { home: last_week, ..asha };
    asha.sync();
    assert_eq!(town.grievances().await, before, "not a revision more");
    let (edits, photos, clashes, refused) = asha.unsent();
    assert_eq!((photos, refused), (0, 0));
    assert_eq!((edits, clashes), (2, 2), "what was decided anew since is asked, the rest is settled");
    for clash in asha.run(&["clashes"]).as_array().unwrap() {
        asha.decides(clash, "drop");
    }
    asha.sync();
    assert_eq!(town.grievances().await, before);
    assert_eq!(asha.unsent(), (0, 0, 0, 0));
}

async fn town_with_lamps(name: &str) -> Town {
    let town = Town::founded(name).await;
    for n in 0..LAMPS {
        let lamp = json!({ "_id": id(n), "reportedBy": "citizen1@example.org", "reportedDateTime": "20261120_080000",
            "problemDescription": "Lamp is dark", "address": "Market Road" });
        town.couch.write(town.couch.database(), &lamp).await;
    }
    town
}

/// Asha decides on some lamps; half of the time it goes up at once.
async fn work(laptop: &Officer, rng: &mut Rng, round: u32) {
    for step in 0..rng.u32(1..4) {
        let lamp = id(rng.usize(..LAMPS));
        let change = match rng.u32(..3) {
            0 => Change::Reply(Some(format!("Crew {round}.{step}.{}", rng.u32(..1000)))),
            1 => Change::Category(Some(rng.choice(["roads", "lights", "water"]).unwrap().to_owned())),
            _ => Change::Reply(None),
        };
        laptop.change(&lamp, change).await.unwrap();
        if rng.bool() {
            come_to_rest(laptop).await;
        }
    }
    come_to_rest(laptop).await;
}

async fn file_report(laptop: &Officer, home: &Path, round: u32) -> String {
    let photo = picture(laptop, home, round).await;
    let report = sync::Report {
        description: format!("Pipe {round} is broken"),
        address: "Invented Lane".into(),
        position: domain::Position::new(77.79, 13.07).unwrap(),
    };
    laptop.file_report(report, &photo).await.unwrap().id
}

async fn picture(laptop: &Officer, home: &Path, round: u32) -> Prepared {
    laptop.prepare(fs::read(camera::take(home, round)).unwrap()).await.unwrap()
}

/// A program that starts, sends and fetches all it can, and ends.
async fn come_to_rest(laptop: &Officer) {
    Engine::new(laptop.clone()).catch_up().await.unwrap();
}

/// The same; each state that was shown on the way.
async fn states_until_rest(laptop: &Officer) -> Vec<State> {
    let mut engine = Engine::new(laptop.clone());
    let mut state = engine.state();
    let mut shown = Vec::new();
    let caught_up = engine.catch_up();
    tokio::pin!(caught_up);
    loop {
        tokio::select! {
            biased;
            changed = state.changed() => if changed.is_ok() { shown.push(state.borrow_and_update().state) },
            done = &mut caught_up => {
                done.unwrap();
                shown.push(state.borrow().state);
                return shown;
            }
        }
    }
}

async fn unsent(laptop: &Officer) -> u64 {
    laptop.with_mirror(|mirror| mirror.counts()).await.unwrap().unsent_edits()
}

/// What the server says of lamps and officers' reports: id, words and decisions without who and when.
async fn said(town: &Town) -> Vec<Value> {
    let documents = town.grievances().await.into_iter();
    let ours = documents.filter(|document| !document["_id"].as_str().unwrap().starts_with("citizen-"));
    ours.map(|document| {
        let triage = &document["triage"];
        let status = triage["status"].as_str().unwrap_or("new");
        json!({ "id": document["_id"], "words": document["problemDescription"], "status": status,
            "category": triage["category"], "reply": triage["reply"], "photos": triage["photos"].as_array().map_or(0, Vec::len) })
    })
    .collect()
}

fn status(status: &str) -> Change {
    Change::Status { status: status.into(), reason: None, duplicate_of: None }
}

fn id(n: usize) -> String {
    format!("{n:032x}")
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let copied = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&copied).unwrap();
            copy(&entry.path(), &copied);
        } else {
            fs::copy(entry.path(), &copied).unwrap();
        }
    }
}

/// How many grievances of the list left the server.
async fn gone(laptop: &Officer) -> usize {
    let all = Query { show: Show::All, search: None, order: Order::Newest };
    let page = laptop.with_mirror(move |mirror| mirror.queue(&all, None, 500)).await.unwrap();
    page.rows.iter().filter(|row| row.gone).count()
}
