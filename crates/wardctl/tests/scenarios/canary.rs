//! What a thief of the laptop can read: nothing. A day with planted texts and pictures, then every
//! file of the accounts folder is searched for them, while the program runs and when it has ended.

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use image::{ExtendedColorType, ImageEncoder, RgbImage, codecs::jpeg::JpegEncoder};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::bucket;
use crate::search::{Search, Secret, secret};
use crate::tap::Tap;
use crate::town::{Laptop, Town, WARDCTL};

const DRAIN: &str = "00000000000000000000000000004711";
const TEXT: &str = "The drain at Kaveri Bend smells of canaries";
const KANNADA: &str = "ಕಾವೇರಿ ತಿರುವಿನ ಮೋರಿ ತುಂಬಿದೆ";
const ADDRESS: &str = "Canary Lane 47, Invented Layout";
const REPORTER: &str = "canary.citizen@example.org";
const REPLY: &str = "A canary crew comes at 14:00";
const REASON: &str = "The canary land is private";
const LARGE: &str = "canary_IMG_4711.jpeg";
const THUMBNAIL: &str = "thumbnail_canary_IMG_4711.jpg";
const OWN_FILE: &str = "canary behind the ration shop.jpg";
const SERIAL: &str = "CANARY-CAMERA-SERIAL-4711";

#[tokio::test(flavor = "multi_thread")]
async fn s13_nothing_that_was_planted_can_be_found_on_the_disk() {
    let town = Town::founded("canary").await;
    let citizens_picture = camera_file(1);
    let own_picture = camera_file(2);
    let desk = tempfile::tempdir().unwrap();
    for (name, bytes) in [(LARGE, &citizens_picture), (OWN_FILE, &own_picture)] {
        fs::write(desk.path().join(name), bytes).unwrap();
    }
    for key in [LARGE, THUMBNAIL] {
        bucket::put(&town.store, &desk.path().join(LARGE), key);
    }
    file(&town, DRAIN, TEXT).await;
    file(&town, &DRAIN.replace("4711", "4712"), KANNADA).await;

    let tap = Tap::on(town.couch_line.url()).await;
    let site = format!("{}/{}", tap.url, town.couch.database());
    let asha = Laptop { site, ..town.laptop(town.hire("asha")) };
    asha.sign_in();
    asha.sync();
    asha.run(&["set", DRAIN, "--status", "rejected", "--reason", REASON, "--reply", REPLY]);
    attach_without_a_trace(&asha, &desk.path().join(OWN_FILE));

    // A camera's file is drawn anew, so what lies here is asked of the program itself.
    let officer = asha.opened().await;
    officer.fetch_photo(LARGE).await.unwrap();
    let own_key = officer.grievance(DRAIN).await.unwrap().shown.triage.photos[0].large.clone();
    let mut kept = Vec::new();
    for key in [LARGE, THUMBNAIL, &own_key] {
        kept.push(officer.photo(key).await.unwrap().unwrap());
    }
    drop(officer);

    let (mut watching, mut says) = watch(&asha);
    until_all_sent(&mut says).await;
    file(&town, &DRAIN.replace("4711", "4713"), TEXT).await;
    until_all_sent(&mut says).await;

    let login = &asha.login;
    let mut secrets = vec![
        secret("description", TEXT),
        secret("Kannada description", KANNADA),
        secret("address", ADDRESS),
        secret("reporter", REPORTER),
        secret("reply", REPLY),
        secret("reason", REASON),
        secret("grievance's id", DRAIN),
        secret("officer's name", login.name.as_str()),
        secret("password", login.password.as_str()),
        secret("server address", tap.url.trim_start_matches("http://")),
        secret("database", town.couch.database()),
        secret("store address", town.store_line.url()),
        secret("store's access key", town.store.access_key()),
        secret("store's secret key", town.store.secret_key()),
        secret("bucket", town.store.bucket()),
        secret("citizen's object key", LARGE),
        secret("thumbnail's object key", THUMBNAIL),
        secret("own object key", own_key),
        secret("photo's file name", OWN_FILE),
        secret("camera's serial", SERIAL),
        secret("SQLite's header", "SQLite format 3"),
        secret("schema", "CREATE TABLE"),
        secret("beginning of a JPEG", kept[0][..12].to_vec()),
        secret("citizen's picture", middle(&citizens_picture)),
        secret("own picture", middle(&own_picture)),
    ];
    secrets.extend(kept.iter().map(|kept| secret("kept picture", middle(kept))));
    let cookies = tap.values_of("AuthSession=");
    assert!(cookies.len() >= 3, "to sign in, to sync and to watch");
    secrets.extend(cookies.into_iter().map(|cookie| secret("session cookie", cookie)));
    let search = Search::for_all(&secrets);
    assert_the_day_was_real(&asha, &search, &tap, &secrets);

    let while_running = look_through(&asha, &search);
    stop(&mut watching).await;
    let while_locked = look_through(&asha, &search);
    assert_eq!(asha.unsent(), (0, 0, 0, 0));

    let mut documented = documented_files();
    assert!(documented.remove("site.json"), "an administrator's, if there is one");
    assert_eq!(while_running, documented);
    assert_eq!(while_locked, without_the_log(documented));
}

/// Searches names and contents of all files; checks who may read them, and that nothing in them has
/// a structure. Returns which files there are.
fn look_through(laptop: &Laptop, search: &Search) -> BTreeSet<String> {
    let mut kinds = BTreeSet::new();
    let mut folders = vec![laptop.home.path().to_owned()];
    while let Some(folder) = folders.pop() {
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(laptop.home.path()).unwrap().to_str().unwrap().to_owned();
            let content = fs::read(&path).unwrap();
            assert_eq!(mode(&path), 0o600, "{name}");
            // Our folder happens to be called as the bucket.
            for bytes in [name.replace("/photos/", "/").as_bytes(), &content] {
                assert_eq!(search.hits(bytes), Vec::<&str>::new(), "in {name}");
            }
            let index = name.ends_with("-shm");
            if content.len() >= 16 * 1024 && !index {
                assert!(entropy(&content) >= 7.9, "{name}: {} bits per byte", entropy(&content));
            }
            kinds.insert(kind(&name));
        }
    }
    kinds
}

/// The search finds what the program shows and what the server said: it would find it on the disk.
fn assert_the_day_was_real(asha: &Laptop, search: &Search, tap: &Tap, secrets: &[Secret]) {
    let mut found: BTreeSet<&str> = search.hits(&tap.heard()).into_iter().collect();
    found.extend(search.hits(asha.login.password.as_bytes()));
    for what in
        ["description", "Kannada description", "address", "reporter", "store's secret key", "session cookie"]
    {
        let form = format!("{what} as itself");
        assert!(found.contains(form.as_str()), "{what} did not come over the line: {found:?}");
    }
    let planted: BTreeSet<&str> = secrets.iter().map(|secret| secret.what).collect();
    assert!(planted.len() >= 20, "{planted:?}");
}

/// Kinds of files that docs/ARCHITECTURE.md lists for the laptop's disk.
fn documented_files() -> BTreeSet<String> {
    let house = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ARCHITECTURE.md");
    let house = fs::read_to_string(house).unwrap();
    let list = house.split("## On the laptop's disk").nth(1).unwrap().split("```").nth(1).unwrap();
    let mut files = BTreeSet::new();
    for line in list.lines().filter(|line| line.starts_with("  ")) {
        let (name, others) = match line.trim().split_once("  ").unwrap().0.split_once(" (") {
            Some((name, others)) => (name, others.trim_end_matches(')')),
            None => (line.trim().split_once("  ").unwrap().0, ""),
        };
        if !name.ends_with('/') {
            let others = others.split(", ").filter(|other| !other.is_empty());
            files.extend(others.map(|other| format!("{name}{other}")));
            files.insert(name.to_owned());
        }
    }
    files
}

fn without_the_log(mut files: BTreeSet<String>) -> BTreeSet<String> {
    files.retain(|name| !name.ends_with("-wal") && !name.ends_with("-shm"));
    files
}

/// A file's name as the documentation writes it.
fn kind(name: &str) -> String {
    let parts: Vec<&str> = name.split('/').collect();
    let is_hex = |text: &str| text.len() == 32 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    match parts[..] {
        ["accounts", account, "photos", shelf, photo] if is_hex(account) && photo.starts_with(shelf) => {
            assert!(is_hex(photo), "{name}");
            "photos/ab/<32 hex digits>".to_owned()
        }
        ["accounts", account, file] if is_hex(account) => file.to_owned(),
        _ => name.to_owned(),
    }
}

/// Shannon's, of single bytes.
fn entropy(content: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    content.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let share = |count: &u32| f64::from(*count) / content.len() as f64;
    counts.iter().filter(|count| **count > 0).map(|count| -share(count) * share(count).log2()).sum()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// She attaches a photo, and no file of it is left where programs put theirs.
fn attach_without_a_trace(asha: &Laptop, photo: &Path) {
    let elsewhere = tempfile::tempdir().unwrap();
    let place = elsewhere.path().to_str().unwrap();
    let words = ["attach", DRAIN, photo.to_str().unwrap()];
    let environment =
        [("WARDCTL_PASSWORD", asha.login.password.as_str()), ("TMPDIR", place), ("HOME", place)];
    let output = asha.output_with(&words, &environment);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

fn watch(laptop: &Laptop) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut watching = Command::new(WARDCTL)
        .args(["--json", "sync", "--watch", "--home"])
        .arg(laptop.home.path())
        .env("WARDCTL_PASSWORD", &laptop.login.password)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let says = BufReader::new(watching.stdout.take().unwrap()).lines();
    (watching, says)
}

async fn until_all_sent(says: &mut Lines<BufReader<ChildStdout>>) {
    let said = async {
        while let Some(line) = says.next_line().await.unwrap() {
            if serde_json::from_str::<Value>(&line).unwrap()["state"] == "allSent" {
                return;
            }
        }
        panic!("it ended");
    };
    tokio::time::timeout(Duration::from_secs(60), said).await.expect("all sent within a minute");
}

async fn stop(watching: &mut Child) {
    let id = watching.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let ended = tokio::time::timeout(Duration::from_secs(60), watching.wait()).await;
    assert!(ended.expect("an end within a minute").unwrap().success());
}

async fn file(town: &Town, id: &str, text: &str) {
    let report = json!({ "_id": id, "reportedBy": REPORTER, "reportedDateTime": "20261120_080000",
        "picture": { "large": LARGE, "thumbnail": THUMBNAIL },
        "problemDescription": text, "address": ADDRESS });
    town.couch.write(town.couch.database(), &report).await;
}

/// A noisy picture with the camera's serial number in it.
fn camera_file(seed: u64) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let picture = RgbImage::from_fn(640, 480, |_, _| image::Rgb([rng.u8(..), rng.u8(..), rng.u8(..)]));
    let field = exif::Field {
        tag: exif::Tag::BodySerialNumber,
        ifd_num: exif::In::PRIMARY,
        value: exif::Value::Ascii(vec![SERIAL.into()]),
    };
    let (mut writer, mut notes) = (exif::experimental::Writer::new(), Cursor::new(Vec::new()));
    writer.push_field(&field);
    writer.write(&mut notes, false).unwrap();
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut file, 85);
    encoder.set_exif_metadata(notes.into_inner()).unwrap();
    encoder.write_image(&picture, 640, 480, ExtendedColorType::Rgb8).unwrap();
    file
}

fn middle(bytes: &[u8]) -> Vec<u8> {
    bytes[bytes.len() / 2..][..32].to_vec()
}
