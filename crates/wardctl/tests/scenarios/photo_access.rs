//! Keys to the photo store: published for all, an officer's own, and what is said when there is none.

use std::process::Command;

use domain::Position;
use jiff::{SignedDuration, Timestamp};
use mirror::{Database, Mode};
use serde_json::{Value, json};
use sync::{Change, Engine, Officer, Report, State, SyncState};
use testkit::{Reply, Store};

use crate::bucket;
use crate::camera;
use crate::issuer::Issuer;
use crate::search::{Search, secret};
use crate::town::{Laptop, Town, WARDCTL};
use crate::ward::{Running, id, lamp, tries};

const EXPIRED: &str = "Photo access has expired: the administrator must publish it again.";
const REFUSED: &str = "The photo store refuses this ward's key. The administrator can set another.";

/// The administrator publishes; asha, who was told nothing, syncs and her photo is in the store. Whoever steals the key
/// can put and get photos of this bucket, and no more.
#[tokio::test(flavor = "multi_thread")]
async fn a_published_key_comes_with_the_ward_and_is_good_for_photos_only() {
    let town = publishing("published").await;
    publish(&town);
    let asha = town.officer("asha");
    let officer = asha.opened().await;
    files_report(&officer, 1).await;
    all_sent(&mut Engine::new(officer)).await;
    assert_eq!(bucket::keys(&town.store).len(), 2, "large and thumbnail");

    let published = access(&town).await;
    assert_eq!(town.store_line.carried(of(&published, "accessKey")), town.store_line.requests().len());
    let photo = &bucket::keys(&town.store)[0];
    let asks = |method: &str, path: &str| with_key(&town, &published, method, path);
    assert_eq!(asks("GET", &format!("photos/{photo}")), "200");
    assert_eq!(asks("GET", "photos/not-there-yet.jpg"), "404");
    assert_eq!(asks("DELETE", &format!("photos/{photo}")), "403");
    assert_eq!(asks("GET", "elsewhere/lamp.jpg"), "403");

    let checks = asha.run(&["doctor"]);
    let found = key_check(&checks);
    assert_eq!(found["verdict"], "ok", "{found}");
    assert!(
        found["found"].as_str().unwrap().starts_with("Published for all laptops; it ends in 59 minutes"),
        "{found}"
    );
}

/// P4. Her key has minutes left, and the newer one was published while she was between two lines: it is fetched before
/// the first photo goes, and the old one is not used.
#[tokio::test(flavor = "multi_thread")]
async fn p4_a_key_about_to_end_is_renewed_before_it_is_used() {
    let town = publishing("ending").await;
    write_access(&town, &useless("ASIAENDING", 200)).await;
    let laptop = town.officer("asha");
    let asha = laptop.opened().await;
    let mut engine = Engine::new(asha.clone());
    all_sent(&mut engine).await;

    publish(&town);
    files_report(&asha, 1).await;
    all_sent(&mut engine).await;
    assert_eq!(town.store_line.carried("ASIAENDING"), 0);
    assert_eq!(town.store_line.count("PUT /photos/"), 2, "each photo once");
}

/// P4. Her key has minutes left and nobody has published another: asked for once, it then serves to its end.
#[tokio::test(flavor = "multi_thread")]
async fn p4_a_key_without_a_newer_one_serves_to_its_end() {
    let town = publishing("last-minutes").await;
    publish_for_minutes(&town).await;
    let laptop = town.officer("asha");
    let asha = laptop.opened().await;
    let mut engine = Engine::new(asha.clone());
    all_sent(&mut engine).await;

    let pulls = format!("GET /{}/_changes", town.couch.ops_database());
    let before = town.couch_line.count(&pulls);
    for n in 1..3 {
        files_report(&asha, n).await;
        all_sent(&mut engine).await;
    }
    assert_eq!(town.couch_line.count(&pulls), before + 1);
    assert_eq!(town.store_line.count("PUT /photos/"), 4);
}

/// P4. The key comes to its last minutes while the first of her photos is on its way; the second goes with a newer one.
#[tokio::test(flavor = "multi_thread")]
async fn p4_a_key_that_ends_while_photos_are_on_their_way_is_renewed_between_two() {
    let town = publishing("meanwhile").await;
    publish(&town);
    let mut first = access(&town).await;
    let laptop = town.officer("asha");
    let asha = laptop.opened().await;
    let mut engine = Engine::new(asha.clone());
    files_report(&asha, 1).await;
    // Long enough for the first photo to be on its way.
    let last_minutes = Timestamp::now() + SignedDuration::from_secs(5);
    first["expires"] = (last_minutes + SignedDuration::from_mins(5)).to_string().into();
    write_access(&town, &first).await;

    let mut held = town.store_line.hold_next("PUT /photos/");
    let meanwhile = async {
        held.reached().await;
        publish(&town);
        let left = last_minutes.duration_since(Timestamp::now());
        tokio::time::sleep(left.try_into().unwrap_or_default()).await;
        held.release();
    };
    tokio::join!(all_sent(&mut engine), meanwhile);
    let second = access(&town).await;
    assert_eq!(town.store_line.carried(of(&first, "accessKey")), 1, "{:?}", town.store_line.requests());
    assert_eq!(town.store_line.carried(of(&second, "accessKey")), 1);
}

/// P4. The store takes her key no more, though it should hold for an hour: a newer one is there, and she notices nothing.
#[tokio::test(flavor = "multi_thread")]
async fn p4_a_refused_key_is_asked_for_anew_and_she_notices_nothing() {
    let town = publishing("revoked").await;
    write_access(&town, &useless("ASIAREVOKED", 3_600)).await;
    let laptop = town.officer("asha");
    let asha = laptop.opened().await;
    let mut engine = Engine::new(asha.clone());
    all_sent(&mut engine).await;

    publish(&town);
    files_report(&asha, 1).await;
    all_sent(&mut engine).await;
    assert_eq!(town.store_line.carried("ASIAREVOKED"), 1, "one refusal");
    assert_eq!(town.store_line.count("PUT /photos/"), 3);
    assert_eq!(asha.with_mirror(|mirror| mirror.photo_trouble()).await.unwrap(), None);
}

/// P4. The store takes the ward's key no more and there is no other: asked for once, then she is told whose it is to
/// mend. What needs no photo goes on. When the administrator has published, everything arrives by itself.
#[tokio::test(flavor = "multi_thread")]
async fn p4_a_key_that_stays_refused_is_said_and_edits_go_on() {
    let town = publishing("refused").await;
    town.couch.write(town.couch.database(), &lamp(0)).await;
    write_access(&town, &useless("ASIAREFUSED", 3_600)).await;
    let laptop = town.officer("asha");
    let asha = laptop.opened().await;
    let mut engine = Engine::new(asha.clone());
    let pulls = format!("GET /{}/_changes", town.couch.ops_database());
    tries(&mut engine).await;
    assert_eq!(town.store_line.requests().len(), 1, "the lamp's thumbnail");
    assert_eq!(town.couch_line.count(&pulls), 2, "the ward, and once for the key");

    replies(&asha, &id(0)).await;
    files_report(&asha, 1).await;
    let mut engine = Running::of(engine);
    let state = engine.until("said", |state| state.sentence.contains(REFUSED)).await;
    assert_eq!((state.state, state.unsent_photos), (State::ToSend, 1), "{state:?}");
    engine.until("the reply is there", |state| state.unsent_edits == 1).await;
    assert!(bucket::keys(&town.store).is_empty());

    publish(&town);
    engine.until_all_sent().await;
    assert_eq!(bucket::keys(&town.store).len(), 2);
    engine.stops().await;
}

/// The store has no room: asha is told so, and no key is blamed. Her reply goes, and pictures come.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_store_keeps_photos_here_and_blames_no_key() {
    let town = publishing("full").await;
    publish(&town);
    let laptop = town.officer("asha");
    let asha = laptop.opened().await;
    all_sent(&mut Engine::new(asha.clone())).await;
    let pulls = format!("GET /{}/_changes", town.couch.ops_database());
    let pulled = town.couch_line.count(&pulls);

    let full = b"<Error><Code>QuotaExceeded</Code></Error>";
    let full = Reply::typed("403 Forbidden", "Content-Type: text/xml\r\n", full);
    town.store_line.answer("PUT /photos/", full);
    files_report(&asha, 1).await;
    files_report(&asha, 2).await;
    town.couch.write(town.couch.database(), &lamp(0)).await;
    let mut engine = Engine::new(asha.clone());
    let state = tries(&mut engine).await;
    assert!(state.sentence.contains("The photo store is full"), "{state:?}");
    assert_eq!(town.store_line.count("PUT /photos/"), 1, "one refusal speaks for all");
    assert_ne!(town.store_line.count("GET /photos/"), 0, "the lamp's thumbnail");
    assert_eq!(town.couch_line.count(&pulls), pulled + 1, "the pull, and no key");
    replies(&asha, &id(0)).await;
    assert_eq!(tries(&mut engine).await.unsent_edits, 2, "the reports");
}

/// P4. The administrator's schedule stands still and the key has ended. Nothing knocks at the store with it, the photos
/// stay here, what needs none goes on, and she is told whose it is to mend. Then the schedule runs again.
#[tokio::test(flavor = "multi_thread")]
async fn p4_access_that_is_not_published_again_keeps_photos_here_and_says_who_must_act() {
    let town = publishing("expired").await;
    town.couch.write(town.couch.database(), &lamp(0)).await;
    write_access(&town, &useless("ASIAEXPIRED", -60)).await;
    let laptop = town.officer("asha");
    let asha = laptop.opened().await;
    tries(&mut Engine::new(asha.clone())).await;
    replies(&asha, &id(0)).await;
    files_report(&asha, 1).await;
    drop(asha);
    let said = laptop.refusal(&["sync"]);
    assert!(said.contains("are saved on this laptop") && said.contains(EXPIRED), "{said}");
    assert_eq!(said.matches("expired").count(), 1, "{said}");
    assert_eq!(laptop.unsent(), (1, 1, 0, 0), "the report and its photo");
    assert!(town.store_line.requests().is_empty(), "{:?}", town.store_line.requests());
    let (checks, success) = doctor(&laptop);
    let found = key_check(&checks);
    assert!(!success && found["who"] == "administrator", "{found}");
    let timeline = laptop.run(&["timeline"]);
    assert!(timeline.to_string().contains(EXPIRED), "{timeline}");

    let mut engine = Running::of(Engine::new(laptop.opened().await));
    engine.until("said again", |state| state.sentence.contains(EXPIRED)).await;
    publish(&town);
    engine.until_all_sent().await;
    engine.stops().await;
    assert_eq!(bucket::keys(&town.store).len(), 2);
}

/// A city where nothing was published yet says so, and not that something has expired.
#[tokio::test(flavor = "multi_thread")]
async fn before_anything_is_published_that_is_what_is_said() {
    let town = publishing("nothing-yet").await;
    let laptop = town.officer("asha");
    let asha = laptop.opened().await;
    files_report(&asha, 1).await;
    drop(asha);
    let said = laptop.refusal(&["sync"]);
    assert!(said.contains("No photo access has been published yet: the administrator"), "{said}");
    assert!(
        key_check(&doctor(&laptop).0)["found"].as_str().unwrap().contains("wardctl photo-access publish")
    );
    publish(&town);
    assert_eq!(laptop.sync()["state"], "allSent");
}

/// P4. Each officer has a key of her own, for the token that the city gives her: kept while it holds, renewed before it
/// ends, asked for again when the store refuses it. Without a token she is told who must look.
#[tokio::test(flavor = "multi_thread")]
async fn p4_an_officers_own_key_is_got_and_renewed_with_the_citys_token() {
    let (town, city) = with_own_keys("own-key").await;
    let laptop = town.officer("asha");
    let asha = laptop.opened().await;
    let mut engine = Engine::new(asha.clone());

    files_report(&asha, 1).await;
    let state = tries(&mut engine).await;
    assert!(state.sentence.contains("gives no token for the photo store. The administrator"), "{state:?}");
    assert_eq!(state.unsent_photos, 1);

    give_tokens(&town, &city);
    let soon =
        json!({ "accessKey": "ASIASOON", "secretKey": "s", "sessionToken": "t", "expires": in_seconds(200) });
    let lost = json!({ "accessKey": "ASIALOST", "secretKey": "s", "sessionToken": "t", "expires": in_seconds(3_000) });
    town.store_line.answer_next("POST /", answer_with(&soon));
    town.store_line.answer_next("POST /", answer_with(&lost));
    engine = Engine::new(asha.clone());
    all_sent(&mut engine).await;
    assert_eq!(town.store_line.carried("ASIASOON"), 0, "renewed before it was used");
    assert_eq!(town.store_line.carried("ASIALOST"), 1, "renewed when it was refused");
    let asked = town.store_line.count("POST /");
    files_report(&asha, 2).await;
    all_sent(&mut engine).await;
    assert_eq!(town.store_line.count("POST /"), asked, "it holds for an hour");

    let large = bucket::keys(&town.store).into_iter().find(|key| !key.contains("thumbnail")).unwrap();
    let his = town.officer("ravi");
    let ravi = his.opened().await;
    tries(&mut Engine::new(ravi.clone())).await;
    town.store_line
        .answer_next("GET /photos/", Reply::typed("403 Forbidden", "Content-Type: application/xml\r\n", b""));
    ravi.fetch_photo(&large).await.unwrap();

    drop((asha, engine));
    let checks = laptop.run(&["doctor"]);
    let found = key_check(&checks);
    assert!(found["verdict"] == "ok" && found["found"].as_str().unwrap().starts_with("Your own"), "{found}");
}

/// P4. The store gives asha one key after the other and takes none: one more is tried, then she is told, and the store is
/// left alone for a while.
#[tokio::test(flavor = "multi_thread")]
async fn p4_keys_that_are_all_refused_are_not_asked_for_without_end() {
    let (town, city) = with_own_keys("all-refused").await;
    give_tokens(&town, &city);
    let denied = b"<Error><Code>AccessDenied</Code></Error>";
    let denied = Reply::typed("403 Forbidden", "Content-Type: application/xml\r\n", denied);
    town.store_line.answer("PUT /photos/", denied);
    let laptop = town.officer("asha");
    let asha = laptop.opened().await;
    files_report(&asha, 1).await;
    let state = tries(&mut Engine::new(asha)).await;
    assert!(state.sentence.contains(REFUSED), "{state:?}");
    assert_eq!((town.store_line.count("POST /"), town.store_line.count("PUT /photos/")), (2, 2));
}

/// P4. What gives out the city's tokens is unwell, or knows nobody, while the city's database is well: asha's photo waits
/// and she is told for whom, and what needs no photo goes on.
#[tokio::test(flavor = "multi_thread")]
async fn p4_a_sick_token_service_holds_up_photos_only() {
    let (town, _city) = with_own_keys("sick-tokens").await;
    town.couch.write(town.couch.database(), &lamp(0)).await;
    let laptop = town.officer("asha");
    let asha = laptop.opened().await;
    tries(&mut Engine::new(asha.clone())).await;
    files_report(&asha, 1).await;
    let sick = ["503 Service Unavailable", "429 Too Many Requests", "401 Unauthorized", "502 Bad Gateway"];
    for (n, status) in sick.into_iter().enumerate() {
        let reply = Reply::json(status, r#"{"error":"unauthorized","reason":"who are you"}"#);
        town.couch_line.answer("GET /_myward/token", reply);
        let words = format!("Crew {n}");
        asha.change(&id(0), Change::Reply(Some(words.clone()))).await.unwrap();
        let state = tries(&mut Engine::new(asha.clone())).await;
        assert_eq!(town.grievance(&id(0)).await["triage"]["reply"], json!(words), "{status}: {state:?}");
        assert_eq!((state.state, state.unsent_edits), (State::ToSend, 1), "{status}: the report");
        assert!(state.sentence.contains("gives no token for the photo store"), "{status}: {state:?}");
    }
}

/// P4. Each key that the store gives asha has ended by her clock, or is about to: it is asked twice and no more. One that
/// is about to end is used.
#[tokio::test(flavor = "multi_thread")]
async fn p4_keys_that_come_late_are_not_asked_for_without_end() {
    let (town, city) = with_own_keys("late-keys").await;
    town.couch.write(town.couch.database(), &lamp(0)).await;
    let laptop = town.officer("asha");
    let asha = laptop.opened().await;
    tries(&mut Engine::new(asha.clone())).await;
    give_tokens(&town, &city);
    let late = |n: u32, seconds: i64| {
        let mut access = useless(&format!("ASIALATE{n}"), seconds);
        access["sessionToken"] = format!("token {n}").into();
        answer_with(&access)
    };
    (0..9).for_each(|n| town.store_line.answer_next("POST /", late(n, -60)));
    files_report(&asha, 1).await;
    replies(&asha, &id(0)).await;
    let state = tries(&mut Engine::new(asha.clone())).await;
    assert_eq!(town.store_line.count("POST /"), 2, "{:?}", town.store_line.requests());
    assert!(state.sentence.contains("clock is wrong"), "{state:?}");
    assert_eq!(town.grievance(&id(0)).await["triage"]["reply"], "Crew at 14:00", "{state:?}");

    town.store_line.restore();
    (0..9).for_each(|n| town.store_line.answer_next("POST /", late(n, 200)));
    let asked = town.store_line.count("POST /");
    tries(&mut Engine::new(asha)).await;
    assert!(town.store_line.count("POST /") <= asked + 4, "{:?}", town.store_line.requests());
    assert!(town.store_line.carried("ASIALATE1") > 0, "what will end soon is good until then");
}

/// P4. The last minutes of her key come while nobody can be asked for another: it carries what waits.
#[tokio::test(flavor = "multi_thread")]
async fn p4_a_key_in_its_last_minutes_serves_while_nobody_can_be_asked() {
    let town = publishing("nobody-asked").await;
    publish_for_minutes(&town).await;
    let laptop = town.officer("asha");
    let asha = laptop.opened().await;
    all_sent(&mut Engine::new(asha.clone())).await;
    asha.set_mode(Database::Internal, Mode::Paused).await.unwrap();
    files_report(&asha, 1).await;
    tries(&mut Engine::new(asha.clone())).await;
    assert_eq!(town.store_line.count("PUT /photos/"), 2);
    assert_eq!(town.grievances().await.len(), 1);
}

/// P4. An officer's own key does not come with the internal database: without that one, or paused, she has a key all the
/// same, and her report arrives.
#[tokio::test(flavor = "multi_thread")]
async fn p4_an_officers_own_key_needs_no_internal_database() {
    let (town, city) = with_own_keys("no-internal").await;
    give_tokens(&town, &city);
    let laptop = town.officer("asha");
    let asha = laptop.opened().await;
    all_sent(&mut Engine::new(asha.clone())).await;
    asha.set_mode(Database::Internal, Mode::Paused).await.unwrap();
    files_report(&asha, 1).await;
    tries(&mut Engine::new(asha.clone())).await;
    assert_eq!(town.grievances().await.len(), 1, "paused");

    asha.set_mode(Database::Internal, Mode::BothWays).await.unwrap();
    town.couch.remove_database(&town.couch.ops_database()).await;
    drop(asha);
    let asha = laptop.opened().await;
    files_report(&asha, 2).await;
    tries(&mut Engine::new(asha.clone())).await;
    assert_eq!(town.grievances().await.len(), 2, "taken away");
    assert_eq!(bucket::keys(&town.store).len(), 4);
}

/// The lasting key of a store that can make no others: it works, and the doctor warns of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_lasting_key_works_and_is_warned_of() {
    let town = Town::founded("lasting").await;
    let laptop = town.officer("asha");
    let asha = laptop.opened().await;
    files_report(&asha, 1).await;
    all_sent(&mut Engine::new(asha)).await;
    assert_eq!(bucket::keys(&town.store).len(), 2);
    assert_eq!(key_check(&laptop.run(&["doctor"]))["verdict"], "warning");
}

/// K13. Good, refused and expired keys, and every command that tells or writes something: no part of a key is in it.
#[tokio::test(flavor = "multi_thread")]
async fn k13_no_key_is_in_anything_that_is_told_or_exported() {
    let town = publishing("told").await;
    let mut told = vec![publish(&town).to_string()];
    let good = access(&town).await;
    let laptop = town.officer("asha");
    let desk = tempfile::tempdir().unwrap();
    let mut secrets = vec![secret("owner's key", town.store.secret_key())];
    let keys = [good, useless("ASIAREFUSED", 3_600), useless("ASIAEXPIRED", -60)];
    for (n, access) in (1..).zip(&keys) {
        for part in ["accessKey", "secretKey", "sessionToken"] {
            secrets.push(secret("key", of(access, part)));
        }
        write_access(&town, access).await;
        let asha = laptop.opened().await;
        files_report(&asha, n).await;
        tries(&mut Engine::new(asha.clone())).await;
        told.push(format!("{:?}", asha.fetch_photo("a.jpg").await));
        drop(asha);
        told.extend([&["sync"][..], &["doctor"]].map(|words| output(&laptop, words)));
    }
    let export = desk.path().join("unsent");
    for command in ["status", "list", "timeline", "deliveries", "compare", "clashes"] {
        told.push(output(&laptop, &[command]));
    }
    told.push(output(&laptop, &["export-unsent", export.to_str().unwrap()]));
    told.push(std::fs::read_to_string(export).unwrap());
    let table = Command::new(WARDCTL)
        .args(["deliveries", "--csv", "--home", laptop.home.path().to_str().unwrap()])
        .env("WARDCTL_PASSWORD", &laptop.login.password)
        .output()
        .unwrap();
    assert!(table.status.success());
    told.push(String::from_utf8(table.stdout).unwrap());
    let (search, told) = (Search::for_all(&secrets), told.join("\n"));
    assert!(told.contains(EXPIRED) && told.contains(REFUSED) && told.contains("on this laptop"), "{told}");
    assert_eq!(search.hits(told.as_bytes()), Vec::<&str>::new());
    let planted = serde_json::to_string(&access(&town).await).unwrap();
    assert!(!search.hits(planted.as_bytes()).is_empty(), "what it looks for is found where it is");
}

fn output(laptop: &Laptop, words: &[&str]) -> String {
    let output = laptop.output(words);
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// A town whose administrator publishes keys.
async fn publishing(name: &str) -> Town {
    let town = Town::with_store(name, Store::start().await).await;
    town.init(&[]);
    town
}

/// A town where each officer has a key of her own, and who signs the tokens for it. None are given yet.
async fn with_own_keys(name: &str) -> (Town, Issuer) {
    let city = Issuer::new().await;
    let town = Town::with_store(name, Store::trusting(&city.origin.url).await).await;
    let (service, role) = (town.store_line.url(), Store::ROLE);
    town.init(&["--token-service", service, "--role", role, "--token-path", "/_myward/token"]);
    (town, city)
}

fn give_tokens(town: &Town, city: &Issuer) {
    let token = json!({ "token": city.token() }).to_string();
    town.couch_line.answer("GET /_myward/token", Reply::json("200 OK", &token));
}

fn publish(town: &Town) -> Value {
    let (key, secret) = (town.store.access_key(), town.store.secret_key());
    let words = ["photo-access", "publish", "--token-service", town.store.endpoint(), "--role", Store::ROLE];
    town.administrator(&[&words[..], &["--access-key", key, "--secret-key", secret]].concat(), "")
}

/// A good key in its last minutes.
async fn publish_for_minutes(town: &Town) {
    publish(town);
    let mut last = access(town).await;
    last["expires"] = in_seconds(200).into();
    write_access(town, &last).await;
}

/// What is published.
async fn access(town: &Town) -> Value {
    town.couch.document(&town.couch.ops_database(), "settings:photo-access").await.unwrap()
}

async fn write_access(town: &Town, access: &Value) {
    let mut document = access.clone();
    let known = town.couch.document(&town.couch.ops_database(), "settings:photo-access").await;
    document["_id"] = "settings:photo-access".into();
    if let Some(known) = known {
        document["_rev"] = known["_rev"].clone();
    }
    town.couch.write(&town.couch.ops_database(), &document).await;
}

/// A key that no store knows, and says to end in so many seconds.
fn useless(access_key: &str, seconds: i64) -> Value {
    json!({ "accessKey": access_key, "secretKey": format!("secret of {access_key}"),
        "sessionToken": format!("token of {access_key}"), "expires": in_seconds(seconds) })
}

fn in_seconds(seconds: i64) -> String {
    (Timestamp::now() + SignedDuration::from_secs(seconds)).to_string()
}

fn of<'a>(access: &'a Value, part: &str) -> &'a str {
    access[part].as_str().unwrap()
}

async fn files_report(officer: &Officer, n: u32) {
    let photo = officer.prepare(camera::shot(n)).await.unwrap();
    let position = Position { lng: 77.6, lat: 12.9 };
    let (description, address) = ("The drain is blocked".to_owned(), "Market Road".to_owned());
    officer.file_report(Report { description, address, position }, &photo).await.unwrap();
}

async fn replies(officer: &Officer, id: &str) {
    officer.change(id, Change::Reply(Some("Crew at 14:00".to_owned()))).await.unwrap();
}

async fn all_sent(engine: &mut Engine) -> SyncState {
    let state = tries(engine).await;
    assert_eq!(state.state, State::AllSent, "{state:?}");
    state
}

fn doctor(laptop: &Laptop) -> (Value, bool) {
    let output = laptop.output(&["doctor"]);
    (serde_json::from_slice(&output.stdout).unwrap(), output.status.success())
}

fn key_check(checks: &Value) -> Value {
    let is_key = |check: &&Value| check["what"] == "photo store's key";
    checks.as_array().unwrap().iter().find(is_key).unwrap().clone()
}

/// The status that the store answers a thief with.
fn with_key(town: &Town, access: &Value, method: &str, path: &str) -> String {
    let output = Command::new("curl")
        .args(["--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--request", method])
        .args(["--aws-sigv4", &format!("aws:amz:{}:s3", town.store.region())])
        .args(["--user", &format!("{}:{}", of(access, "accessKey"), of(access, "secretKey"))])
        .args(["--header", &format!("x-amz-security-token: {}", of(access, "sessionToken"))])
        .arg(format!("{}/{path}", town.store.endpoint()))
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// An answer of the store's token service.
fn answer_with(access: &Value) -> Reply {
    let element = |name: &str, part: &str| format!("<{name}>{}</{name}>", of(access, part));
    let body = [
        element("AccessKeyId", "accessKey"),
        element("SecretAccessKey", "secretKey"),
        element("SessionToken", "sessionToken"),
        element("Expiration", "expires"),
    ];
    Reply::typed("200 OK", "Content-Type: text/xml\r\n", body.concat().as_bytes())
}
