//! Officers who keep a part of the city on their laptops.

use serde_json::{Value, json};
use sync::State;
use testkit::Method;

use crate::town::{Laptop, Town};
use crate::ward::Running;

/// R11. Asha has worked on 20 reports of ward 12 without a line, one of which the server will refuse, and is sent to
/// ward 13. All arrive or are shown; nothing is deleted on the server; ward 12 is gone from her laptop.
#[tokio::test(flavor = "multi_thread")]
async fn r11_another_ward_with_twenty_unsent_changes() {
    let town = city("another-ward").await;
    let asha = town.officer("asha");
    asha.sync();
    asha.run(&["selection", "--ward", "12"]);
    asha.sync();
    assert_eq!(here(&asha), ids(0..30));
    town.cut().await;
    for n in 0..20 {
        asha.run(&["set", &id(n), "--reply", &format!("Crew at {n}")]);
    }
    let counted = asha.run(&["selection", "--ward", "13", "--count"]);
    assert_eq!((&counted["grievances"], &counted["unsentOutside"]), (&Value::Null, &json!(20)));
    let chosen = asha.run(&["selection", "--ward", "13"]);
    assert_eq!((&chosen["left"], &chosen["words"]), (&json!(10), &json!("Ward 13")));
    assert_eq!(here(&asha), ids(0..20), "what is unsent stays");

    town.couch.refuse_document(town.couch.database(), &id(7), "A lamp needs a photo.").await;
    town.restore();
    asha.sync();
    let sent = town.grievances().await;
    assert_eq!(sent.iter().filter(|document| document["triage"]["reply"].is_string()).count(), 19);
    assert_eq!(asha.unsent(), (1, 0, 0, 1));
    assert_eq!(here(&asha), [vec![id(7)], ids(30..60)].concat());
    assert!(!asha.output(&["show", &id(3)]).status.success(), "nothing of ward 12 can be opened");
    for database in [town.couch.database().to_owned(), town.couch.ops_database()] {
        let changes = town.couch.admin(Method::GET, &format!("{database}/_changes"), None).await;
        let deleted = |row: &&Value| row["deleted"] == true;
        assert_eq!(changes["results"].as_array().unwrap().iter().filter(deleted).count(), 0, "tombstones");
    }
    let delivered = asha.run(&["deliveries"]);
    assert!(delivered.as_array().unwrap().len() >= 19, "the proof stays");
    assert!(!asha.run(&["compare"])["sentence"].as_str().unwrap().contains("differ"));
}

/// A ward of a city is fetched without the rest of it, and what changes meanwhile is not missed.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_pull_fetches_what_is_selected() {
    let town = city("first-pull").await;
    let asha = town.officer("asha");
    asha.sync();
    asha.run(&["selection", "--ward", "12"]);
    asha.sync();
    asha.run(&["selection", "--ward", "13"]);
    let asked_before = town.couch_line.requests().len();
    // While the reports of ward 13 are on their way, one of them moves out, one moves in, one is deleted.
    let pages = format!("POST /{}/_changes", town.couch.database());
    let mut first = town.couch_line.hold_next(&pages);
    let officer = asha.opened().await;
    let mut engine = sync::Engine::new(officer.clone());
    let (finished, ()) = tokio::join!(engine.catch_up(), async {
        first.reached().await;
        move_to(&town, 30, 77.2).await;
        move_to(&town, 0, 77.7).await;
        delete(&town, 31).await;
        first.release();
    });
    finished.unwrap();
    drop((engine, officer));
    assert_eq!(here(&asha), [ids(0..1), ids(32..60)].concat());
    // One page of what is selected, and then everything since the last pull.
    let asked = town.couch_line.requests().split_off(asked_before);
    assert_eq!(asked.iter().filter(|asked| asked.starts_with(&pages)).count(), 1, "{asked:#?}");
    let everything = format!("GET /{}/_changes?limit", town.couch.database());
    let everything: Vec<&String> = asked.iter().filter(|asked| asked.starts_with(&everything)).collect();
    assert!(
        !everything.is_empty() && everything.iter().all(|asked| !asked.contains("since=0")),
        "{asked:#?}"
    );
}

/// A city with more reports than a laptop fetches unasked. Asha chooses her ward from the wards that came, and nothing else is
/// fetched; ravi wants everything. Neither is asked again, and no laptop that has begun is.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_city_is_fetched_when_it_was_chosen_what_of_it() {
    let town = city("large").await;
    let (asha, ravi, meena) = (town.officer("asha"), town.officer("ravi"), town.officer("meena"));
    meena.sync();
    for thousands in 0..20 {
        let first = 1_000 + 1_000 * thousands;
        let lamps = (first..first + 1_000).map(|n| lamp(n, 77.7)).collect();
        town.couch.write_all(town.couch.database(), lamps).await;
    }
    for _ in 0..2 {
        let refused = asha.refusal(&["sync"]);
        assert!(refused.contains("The city has about 20,000 grievances, about "), "{refused}");
        assert!(
            refused.contains("Choose which of them this laptop keeps. `wardctl selection --ward"),
            "{refused}"
        );
    }
    assert_eq!(here(&asha), ids(0..0));
    // While the question waits, a line that is cut is noticed as at any other time.
    let mut running = Running::of(sync::Engine::new(asha.opened().await));
    running.until("the question", |state| state.state == State::ToChoose).await;
    town.cut().await;
    running.until("no server", |state| state.state == State::Unreachable).await;
    running.stops().await;
    town.restore();
    assert_eq!(asha.run(&["selection"])["wards"], json!(["12", "13"]));
    asha.run(&["selection", "--ward", "12"]);
    asha.sync();
    assert_eq!(here(&asha), ids(0..30));

    ravi.run(&["selection", "--all"]);
    for laptop in [&ravi, &meena] {
        laptop.sync();
        assert_eq!(laptop.run(&["status"])["grievances"], 20_060);
    }
}

/// What ravi edits out leaves asha's laptop, an altered report when she has said that it is right; what he edits in comes,
/// and a purge is found by the comparison, which fetches nothing that is outside.
#[tokio::test(flavor = "multi_thread")]
async fn r12_what_others_edit_out_leaves_and_what_is_purged_is_found() {
    let town = city("edited-out").await;
    let (asha, ravi) = (town.officer("asha"), town.officer("ravi"));
    ravi.sync();
    asha.sync();
    asha.run(&["selection", "--ward", "12", "--status", "new,acknowledged"]);
    asha.sync();
    assert_eq!(here(&asha), ids(0..30));
    ravi.run(&["set", &id(4), "--status", "resolved"]);
    ravi.run(&["set", &id(40), "--status", "acknowledged"]);
    ravi.sync();
    move_to(&town, 41, 77.2).await;
    move_to(&town, 5, 77.7).await;
    assert_eq!(asha.sync()["vanished"], 0);
    assert_eq!(here(&asha), [ids(0..4), ids(5..30), ids(41..42)].concat(), "5 was altered");
    let rev = asha.run(&["show", &id(5)])["rev"].as_str().unwrap().to_owned();
    asha.run(&["accept-altered", &id(5), &rev]);
    asha.sync();
    assert_eq!(here(&asha), [ids(0..4), ids(6..30), ids(41..42)].concat());

    let revs = json!({ id(9): [town.grievance(&id(9)).await["_rev"]] });
    town.couch.admin(Method::POST, &format!("{}/_purge", town.couch.database()), Some(revs)).await;
    let officer = asha.opened().await;
    officer.with_mirror(|mirror| mirror.ask_to_compare()).await.unwrap();
    let asked_before = town.couch_line.requests().len();
    // What is outside is not even asked for.
    town.couch_line.turn_away(&id(45), testkit::Reply::html("403 Forbidden", ""));
    sync::Engine::new(officer.clone()).catch_up().await.unwrap();
    town.couch_line.restore();
    drop(officer);
    assert_eq!(asha.run(&["show", &id(9)])["gone"], true);
    assert_eq!(here(&asha).len(), 29);
    let asked = town.couch_line.requests().split_off(asked_before);
    let documents = format!("POST /{}/_all_docs", town.couch.database());
    assert_eq!(asked.iter().filter(|asked| asked.starts_with(&documents)).count(), 1, "{asked:#?}");
}

/// What was delivered to a ward that was left is sent again when a backup without it is put back.
#[tokio::test(flavor = "multi_thread")]
async fn r5_a_backup_put_back_after_another_ward_was_chosen() {
    let town = city("backup-elsewhere").await;
    let asha = town.officer("asha");
    asha.sync();
    let backup = town.couch.back_up(town.couch.database()).await;
    asha.run(&["set", &id(2), "--status", "resolved"]);
    asha.sync();
    asha.run(&["selection", "--ward", "13"]);
    asha.sync();
    assert_eq!(here(&asha), ids(30..60));
    town.couch.restore(&backup).await;
    assert_eq!(town.grievance(&id(2)).await["triage"], Value::Null);
    asha.sync();
    asha.sync();
    assert_eq!(town.grievance(&id(2)).await["triage"]["status"], "resolved");
    assert_eq!((here(&asha), asha.unsent()), (ids(30..60), (0, 0, 0, 0)));
}

/// A report of the left ward is not in the backup either. The phone that sent it sends it again, days later.
#[tokio::test(flavor = "multi_thread")]
async fn r5_a_report_that_the_server_lost_with_a_left_ward_returns() {
    let town = city("returns-elsewhere").await;
    let asha = town.officer("asha");
    let backup = town.couch.back_up(town.couch.database()).await;
    town.couch.write(town.couch.database(), &lamp(60, 77.25)).await;
    asha.sync();
    asha.run(&["set", &id(60), "--status", "resolved"]);
    asha.sync();
    asha.run(&["selection", "--ward", "13"]);
    asha.sync();
    town.couch.restore(&backup).await;
    asha.sync();
    let proof = asha.run(&["deliveries"])[0]["proof"].clone();
    assert_eq!(proof["kind"], "lost", "{proof}");
    assert_eq!(asha.unsent(), (0, 0, 0, 0));

    town.couch.write(town.couch.database(), &lamp(60, 77.25)).await;
    asha.sync();
    asha.sync();
    assert_eq!(town.grievance(&id(60)).await["triage"]["status"], "resolved");
    assert_eq!(asha.run(&["deliveries"])[0]["proof"]["kind"], "revision");
    assert_eq!((here(&asha), asha.unsent()), (ids(30..60), (0, 0, 0, 0)));
}

/// While the grievances are paused, a case of the left ward clashes. When they come again, the report comes too.
#[tokio::test(flavor = "multi_thread")]
async fn r5_a_case_that_clashes_while_the_grievances_are_paused() {
    let town = city("case-paused").await;
    let asha = town.officer("asha");
    asha.sync();
    let backup = town.couch.back_up(&town.couch.ops_database()).await;
    asha.run(&["set", &id(2), "--priority", "high"]);
    asha.sync();
    asha.run(&["selection", "--ward", "13"]);
    asha.sync();
    asha.run(&["mode", "grievances", "paused"]);
    town.couch.restore(&backup).await;
    meera_decides_on_case_2(&town).await;
    asha.sync();
    asha.sync();
    assert_eq!(here(&asha), ids(30..60));
    asha.run(&["mode", "grievances", "both-ways"]);
    asha.sync();
    assert_eq!(here(&asha), [ids(2..3), ids(30..60)].concat());
    assert_eq!(asha.run(&["clashes"])[0]["description"], "Lamp 2 is dark");
}

/// So is what was delivered to its cases when the internal database lost it. Where somebody decided otherwise meanwhile,
/// the report is in her list again until she has said which holds.
#[tokio::test(flavor = "multi_thread")]
async fn r5_a_case_of_a_ward_that_was_left_clashes_in_plain_sight() {
    let town = city("case-elsewhere").await;
    let asha = town.officer("asha");
    asha.sync();
    let backup = town.couch.back_up(&town.couch.ops_database()).await;
    for n in [2, 3] {
        asha.run(&["set", &id(n), "--priority", "high"]);
    }
    asha.sync();
    asha.run(&["selection", "--ward", "13"]);
    asha.sync();
    assert_eq!(here(&asha), ids(30..60));
    town.couch.restore(&backup).await;
    meera_decides_on_case_2(&town).await;
    asha.sync();
    asha.sync();
    assert_eq!(
        here(&asha),
        [ids(2..3), ids(30..60)].concat(),
        "report 3 has had its priority again and left"
    );
    let clash = &asha.run(&["clashes"])[0];
    assert_eq!(clash["description"], "Lamp 2 is dark");
    assert_eq!(asha.run(&["show", &id(2)])["case"]["priority"], "high");
    asha.decides(clash, "keep");
    asha.sync();
    for n in [2, 3] {
        let case = town.couch.document(&town.couch.ops_database(), &format!("case:{}", id(n))).await.unwrap();
        assert_eq!(case["priority"], "high");
    }
    assert_eq!((here(&asha), asha.unsent()), (ids(30..60), (0, 0, 0, 0)));
}

/// How much a selection is, before it is used.
#[tokio::test(flavor = "multi_thread")]
async fn a_selection_is_measured() {
    let town = city("measured").await;
    let asha = town.officer("asha");
    asha.sync();
    let count = |words: &[&str]| asha.run(&[&["selection", "--count"], words].concat());
    assert_eq!(count(&[])["grievances"], 60);
    let ward = count(&["--ward", "12"]);
    assert_eq!(ward["grievances"], 30);
    assert!(ward["sentence"].as_str().unwrap().starts_with("30 grievances, about "), "{ward}");
    assert_eq!(count(&["--ward", "12", "--status", "resolved"])["grievances"], 0);
    assert_eq!(count(&["--days", "1"])["grievances"], 0);
    assert!(asha.refusal(&["selection", "--ward", "99"]).contains("no ward “99”"));
    assert!(asha.refusal(&["selection", "--status", "parked"]).contains("no status “parked”"));
    assert_eq!(asha.run(&["selection"])["wards"], json!(["12", "13"]));
    assert_eq!(here(&asha).len(), 60, "counting changes nothing");
}

/// A city that has drawn no wards names them in its grievances.
#[tokio::test(flavor = "multi_thread")]
async fn a_ward_that_only_grievances_name_can_be_kept() {
    let town = Town::founded("named-wards").await;
    for (n, ward) in [(0, json!("7")), (1, json!(12)), (2, Value::Null)] {
        let mut lamp = lamp(n, 77.2);
        lamp["ward"] = ward;
        town.couch.write(town.couch.database(), &lamp).await;
    }
    let asha = town.officer("asha");
    asha.sync();
    assert_eq!(asha.run(&["selection"])["wards"], json!(["7", "12"]));
    asha.run(&["selection", "--ward", "12"]);
    asha.sync();
    assert_eq!(here(&asha), ids(1..3), "and what names none");
}

/// Thirty reports in ward 12 and thirty in ward 13, of an hour long ago.
async fn city(name: &str) -> Town {
    let town = Town::founded(name).await;
    let ward = |name: &str, west: f64| {
        let (south, north, east) = (13.0, 13.5, west + 0.5);
        json!({ "type": "Feature", "properties": { "ward": name }, "geometry": { "type": "Polygon",
            "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]] } })
    };
    let wards = json!({ "_id": "settings:wards", "type": "FeatureCollection",
        "features": [ward("12", 77.0), ward("13", 77.5)] });
    town.couch.write(&town.couch.ops_database(), &wards).await;
    let lamps = (0..60).map(|n| lamp(n, if n < 30 { 77.2 } else { 77.7 })).collect();
    town.couch.write_all(town.couch.database(), lamps).await;
    town
}

fn lamp(n: u32, lng: f64) -> Value {
    json!({ "_id": id(n), "reportedBy": "citizen1@example.org", "reportedDateTime": "20251120_080000",
        "problemDescription": format!("Lamp {n} is dark"),
        "geoLocation": { "type": "Point", "coordinates": [lng, 13.1] },
        "picture": { "large": format!("{n}.jpg"), "thumbnail": format!("small {n}.jpg") } })
}

async fn meera_decides_on_case_2(town: &Town) {
    let case = json!({ "_id": format!("case:{}", id(2)), "priority": "low", "by": "meera" });
    town.couch.write(&town.couch.ops_database(), &case).await;
}

async fn move_to(town: &Town, n: u32, lng: f64) {
    let mut document = town.grievance(&id(n)).await;
    document["geoLocation"]["coordinates"][0] = lng.into();
    town.couch.write(town.couch.database(), &document).await;
}

/// As plain tools do it, without a body.
async fn delete(town: &Town, n: u32) {
    let rev = town.grievance(&id(n)).await["_rev"].as_str().unwrap().to_owned();
    let path = format!("{}/{}?rev={rev}", town.couch.database(), id(n));
    town.couch.admin(Method::DELETE, &path, None).await;
}

fn here(laptop: &Laptop) -> Vec<String> {
    let rows = laptop.run(&["list", "--limit", "500"]);
    let mut ids: Vec<String> =
        rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

fn ids(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(id).collect()
}

fn id(n: u32) -> String {
    format!("{n:032x}")
}
