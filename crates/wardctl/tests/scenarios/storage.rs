//! Storage that fails, met by the real program: many starts at once, a copied account, a full disk, little memory.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mirror::{Order, Query, Show};
use serde_json::{Value, json};
use sync::Engine;
use testkit::{BadDisk, Login, asks, figure};

use crate::camera;
use crate::town::{Laptop, Town, WARDCTL};
use crate::ward::tries;

const LAMP: &str = "00000000000000000000000000000001";

/// S11: asha's account is started fifty times at once.
#[tokio::test(flavor = "multi_thread")]
async fn s11_of_fifty_starts_at_once_one_opens_the_account() {
    let (town, asha) = town_with_a_lamp("fifty").await;
    asha.run(&["set", LAMP, "--reply", "Crew at 14:00"]);
    town.cut().await;
    let mut starts: Vec<Child> = (0..50).map(|_| start(&asha, &["sync", "--watch"])).collect();
    let deadline = Instant::now() + Duration::from_secs(120);
    while starts.len() > 1 && Instant::now() < deadline {
        starts.retain_mut(|child| match child.try_wait().unwrap() {
            None => true,
            Some(ended) => {
                let said = complaint(child);
                assert!(!ended.success() && said.contains("already open"), "{ended}: {said}");
                false
            }
        });
        // Between two looks; what is waited for is above.
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(starts.len(), 1, "one works on, and no more");
    let refusal = asha.refusal(&["set", LAMP, "--reply", "From a second window"]);
    assert!(refusal.contains("already open"), "{refusal}");
    let mut first = starts.pop().unwrap();
    is_at_work(&mut first);
    interrupt(&mut first);
    town.restore();
    assert_eq!(asha.unsent(), (1, 0, 0, 0));
    asha.sync();
    assert_eq!(town.grievance(LAMP).await["triage"]["reply"], "Crew at 14:00");
    figure("S11", "50 starts, 1 opened, 49 said that it is open");
}

/// S12: the folder of the accounts is copied to another machine, while the program runs and while it does not.
#[tokio::test(flavor = "multi_thread")]
async fn s12_a_copied_account_opens_elsewhere_with_its_password_only() {
    let (town, asha) = town_with_a_lamp("copied").await;
    asha.run(&["set", LAMP, "--status", "acknowledged", "--reply", "Crew at 14:00"]);
    let photo = camera::take(asha.home.path(), 1);
    asha.run(&["attach", LAMP, photo.to_str().unwrap()]);
    let before = everything(&asha);
    town.cut().await;

    let while_closed = moved(&asha);
    let mut running = start(&asha, &["sync", "--watch"]);
    is_at_work(&mut running);
    assert!(account(&asha).join("mirror.db-wal").exists());
    let while_running = moved(&asha);
    interrupt(&mut running);

    for copy in [&while_closed, &while_running] {
        let stranger = Laptop {
            home: tempfile::TempDir::new().unwrap(),
            login: Login { password: "not her password".into(), ..asha.login.clone() },
            site: asha.site.clone(),
        };
        copy_folder(copy.home.path(), stranger.home.path());
        assert!(stranger.refusal(&["list"]).contains("wrong"));
        assert_eq!(everything(copy), before);
    }
    town.restore();
    while_running.sync();
    assert_eq!(town.grievance(LAMP).await["triage"]["reply"], "Crew at 14:00");
    // The first laptop finds its work done.
    asha.sync();
    assert_eq!(asha.unsent(), (0, 0, 0, 0));
    let revision = town.grievance(LAMP).await["_rev"].as_str().unwrap().to_owned();
    assert!(revision.starts_with("2-"), "sent once: {revision}");
}

/// S7: a photo that finds no room is not attached, and is once there is room.
#[tokio::test(flavor = "multi_thread")]
async fn s7_a_photo_without_room_is_refused_and_attached_when_there_is_room() {
    let (_town, asha) = town_with_a_lamp("full").await;
    let workshop = tempfile::tempdir().unwrap();
    let camera = tempfile::tempdir().unwrap();
    let photo = camera::take(camera.path(), 1);
    let mut attach = command(&asha, &["attach", LAMP, photo.to_str().unwrap()]);
    let disk = BadDisk::under(&mut attach, asha.home.path(), workshop.path());
    // Opening makes the index of the log and the copy of the edits; a picture needs more than the rest.
    for room in [0, 20_000, 60_000] {
        disk.has_room(room);
        let output = attach.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert!(!output.status.success(), "{room} bytes are enough for a photo: {said}");
        assert!(disk.failed() > 0 && said.contains("make room"), "{said}");
        assert_eq!(asha.unsent(), (0, 0, 0, 0), "with {room} bytes");
    }
    disk.is_well();
    assert!(attach.output().unwrap().status.success());
    assert_eq!(asha.unsent(), (1, 1, 0, 0));
    asha.sync();
    assert_eq!(asha.unsent(), (0, 0, 0, 0));
}

/// S8: a page of asha's mirror goes bad overnight. She is told, her work is sent once, and the ward is whole again.
#[tokio::test(flavor = "multi_thread")]
async fn s8_an_officer_is_told_of_damage_and_her_work_arrives() {
    let (town, asha) = town_with_a_lamp("damage").await;
    file(&town, 300).await;
    asha.sync();
    asha.run(&["set", LAMP, "--reply", "Crew at 14:00"]);
    let photo = camera::take(asha.home.path(), 1);
    asha.run(&["attach", LAMP, photo.to_str().unwrap()]);
    let mirror = account(&asha).join("mirror.db");
    let mut bytes = fs::read(&mirror).unwrap();
    for page in 1..bytes.len() / 8192 {
        bytes[page * 8192 + 100] ^= 1;
    }
    fs::write(&mirror, bytes).unwrap();

    let words = ["show", LAMP, "--home", asha.home.path().to_str().unwrap()];
    let show =
        Command::new(WARDCTL).args(words).env("WARDCTL_PASSWORD", &asha.login.password).output().unwrap();
    let told = String::from_utf8(show.stderr).unwrap();
    assert!(
        show.status.success() && told.contains("The 2 changes that were not sent yet are safe"),
        "{told}"
    );
    assert!(String::from_utf8(show.stdout).unwrap().contains("Crew at 14:00"));
    asha.sync();
    assert_eq!(asha.run(&["status"])["grievances"], 301);
    assert_eq!(asha.unsent(), (0, 0, 0, 0));
    let lamp = town.grievance(LAMP).await;
    assert_eq!(
        (lamp["triage"]["reply"].as_str(), lamp["_rev"].as_str().unwrap().starts_with("2-")),
        (Some("Crew at 14:00"), true)
    );
    assert_eq!(lamp["triage"]["photos"].as_array().unwrap().len(), 1);
}

/// S5: asha's disk fails while sync runs. She is told that and not that all is well, and sync goes on by itself when the
/// disk is well again.
#[tokio::test(flavor = "multi_thread")]
async fn s5_a_disk_that_fails_is_said_and_waited_for() {
    let fails = |disk: &BadDisk| disk.fails(asks::WRITE | asks::SYNC, 0, u32::MAX);
    disk_goes_bad_while_she_syncs(fails, "ailing", "cannot read or write its own file").await;
}

/// S7: it fills.
#[tokio::test(flavor = "multi_thread")]
async fn s7_a_disk_that_fills_is_said_and_waited_for() {
    disk_goes_bad_while_she_syncs(|disk| disk.has_room(0), "diskFull", "disk is full").await;
}

async fn disk_goes_bad_while_she_syncs(goes_bad: impl Fn(&BadDisk), state: &str, words: &str) {
    let (town, asha) = town_with_a_lamp(&state.to_lowercase()).await;
    let workshop = tempfile::tempdir().unwrap();
    let mut watch = command(&asha, &["sync", "--watch"]);
    let disk = BadDisk::under(&mut watch, asha.home.path(), workshop.path());
    let mut watching = watch.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(watching.stdout.take().unwrap()).lines();
    let mut states = said.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let mut until =
        |any: &[&str]| states.find(|said| any.iter().any(|state| said["state"] == *state)).unwrap();
    until(&["allSent"]);
    goes_bad(&disk);
    // More than finds room in the files that are there.
    file(&town, 2_000).await;
    let trouble = until(&["ailing", "diskFull"]);
    assert_eq!(trouble["state"], state);
    assert!(trouble["sentence"].as_str().unwrap().contains(words), "{trouble}");
    disk.is_well();
    until(&["allSent"]);
    interrupt(&mut watching);
    assert_eq!(asha.run(&["status"])["grievances"], 2_001);
}

/// S14: no process can be started for a while, so that no picture can be decoded. None is said to be missing in the store,
/// and they come as soon as one can.
#[tokio::test(flavor = "multi_thread")]
async fn s14_a_decoder_that_does_not_start_makes_no_photo_missing() {
    let town = Town::founded("no-decoder").await;
    town.administrator(&["demo-ward", "--grievances", "3"], "");
    let asha = town.officer("asha");
    let account = fs::read_to_string(asha.home.path().join("current")).unwrap();
    let password = asha.login.password.clone().into();
    let nowhere = asha.home.path().join("no-decoder");
    let without = sync::resume(asha.home.path(), &nowhere, &account, password).await.unwrap();
    let wanted = async |officer: &sync::Officer| {
        let now = jiff::Timestamp::now().as_second();
        let rows = officer.with_mirror(|mirror| {
            mirror.queue(&Query { show: Show::All, search: None, order: Order::Newest }, None, 10)
        });
        let missing = rows.await.unwrap().rows.iter().filter(|row| row.photo_missing).count();
        let facts = officer.with_mirror(move |mirror| mirror.facts(now)).await.unwrap();
        (missing, facts.thumbnails_to_fetch)
    };
    tries(&mut Engine::new(without.clone())).await;
    let (missing, to_fetch) = wanted(&without).await;
    assert!(missing == 0 && to_fetch > 0, "{missing} missing, {to_fetch} to fetch");
    drop(without);

    let officer = asha.opened().await;
    tries(&mut Engine::new(officer.clone())).await;
    assert_eq!(wanted(&officer).await, (0, 0));
}

/// S14: a ward is pulled by a program that may not have more than a gigabyte of address space.
#[tokio::test(flavor = "multi_thread")]
async fn s14_a_large_ward_is_pulled_in_little_memory() {
    let (town, asha) = town_with_a_lamp("memory").await;
    let count = 20_000;
    file(&town, count).await;
    let mut sync = Command::new("sh");
    sync.args(["-c", "ulimit -v 1048576 && exec \"$@\"", "sh", WARDCTL, "--json", "sync", "--home"]);
    sync.arg(asha.home.path()).env("WARDCTL_PASSWORD", &asha.login.password);
    let mut sync = sync.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut peak = 0;
    while sync.try_wait().unwrap().is_none() {
        peak = peak.max(most_memory(sync.id()));
        // Between two looks.
        std::thread::sleep(Duration::from_millis(5));
    }
    let ended = sync.wait().unwrap();
    assert!(ended.code().is_some(), "it must not abort: {ended} {}", complaint(&mut sync));
    assert!(ended.success(), "{}", complaint(&mut sync));
    let mebibytes = peak / 1024;
    figure("S14", format!("{count} grievances, {mebibytes} MiB at most"));
    assert!((20..=400).contains(&mebibytes), "{mebibytes} MiB");
    assert_eq!(asha.run(&["status"])["grievances"], count + 1);
}

async fn town_with_a_lamp(name: &str) -> (Town, Laptop) {
    let town = Town::founded(name).await;
    let lamp = json!({ "_id": LAMP, "problemDescription": "Lamp is dark", "address": "Market Road" });
    town.couch.write(town.couch.database(), &lamp).await;
    let asha = town.laptop(town.hire("asha"));
    // A password costs what it must at least, so that the tests spend their time and memory at work.
    fs::write(asha.home.path().join("cost.json"), r#"{"m":65536,"t":3,"p":4}"#).unwrap();
    asha.sign_in();
    asha.sync();
    (town, asha)
}

/// Citizens file so many grievances.
async fn file(town: &Town, count: u32) {
    let numbers: Vec<u32> = (0..count).collect();
    for some in numbers.chunks(1_000) {
        let words = "The lamp in front of the ration shop is dark, and has been for days. ";
        let grievance = |n: &u32| {
            json!({ "_id": format!("{:032x}", u64::from(*n) + 16), "reportedBy": "citizen@example.org",
                "reportedDateTime": "20261120_080000", "problemDescription": words.repeat(5),
                "geoLocation": { "type": "Point", "coordinates": [77.7893168, 13.0773568] },
                "address": format!("{n} Invented Lane") })
        };
        town.couch.write_all(town.couch.database(), some.iter().map(grievance).collect()).await;
    }
}

/// All but when an upload was last tried, which a running program goes on with.
fn everything(laptop: &Laptop) -> [Value; 4] {
    let lamp = laptop.run(&["show", LAMP]);
    [laptop.run(&["status"]), laptop.run(&["list"]), lamp["shown"].clone(), lamp["edits"].clone()]
}

fn moved(laptop: &Laptop) -> Laptop {
    let copy = tempfile::TempDir::new().unwrap();
    copy_folder(laptop.home.path(), copy.path());
    Laptop { home: copy, login: laptop.login.clone(), site: laptop.site.clone() }
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&to).unwrap();
            copy_folder(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn account(laptop: &Laptop) -> std::path::PathBuf {
    let mut accounts = fs::read_dir(laptop.home.path().join("accounts")).unwrap();
    accounts.next().unwrap().unwrap().path()
}

fn command(laptop: &Laptop, words: &[&str]) -> Command {
    let mut wardctl = Command::new(WARDCTL);
    wardctl.arg("--json").args(words).arg("--home").arg(laptop.home.path());
    wardctl.env("WARDCTL_PASSWORD", &laptop.login.password);
    wardctl
}

fn start(laptop: &Laptop, words: &[&str]) -> Child {
    command(laptop, words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until a watching program has said its first state.
fn is_at_work(child: &mut Child) {
    let mut said = [0];
    assert_eq!(child.stdout.as_mut().unwrap().read(&mut said).unwrap(), 1, "{}", complaint(child));
}

fn interrupt(child: &mut Child) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let deadline = Instant::now() + Duration::from_secs(60);
    while child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "the interrupt was not heard");
        // Between two looks.
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(child.wait().unwrap().success(), "{}", complaint(child));
}

fn complaint(child: &mut Child) -> String {
    let mut said = String::new();
    child.stderr.as_mut().unwrap().read_to_string(&mut said).unwrap();
    said
}

/// The most a process had in memory so far, in KiB; 0 once it has ended.
fn most_memory(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
