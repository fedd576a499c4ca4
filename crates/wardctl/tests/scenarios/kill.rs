//! kill -9 at any moment. A command counts as acknowledged when it ended well and printed its JSON;
//! of one that was killed, the work is whole or absent.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::{Value, json};
use testkit::{figure, times};

use crate::town::{Laptop, Town, WARDCTL};
use crate::{bucket, camera};

/// Commands begun for each kill at most: those that end before their moment kill nothing.
const ROUNDS: f64 = 2.5;
const LAMPS: usize = 4;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    Edit,
    Attach,
    Report,
    /// A citizen has filed a report, and asha's sync fetches it.
    Pull,
    /// Asha has saved a reply, and her sync is killed once the server is being asked to take it.
    Push,
}

/// So that each sync has something to send.
const WORK: [Work; 5] = [Work::Edit, Work::Attach, Work::Pull, Work::Report, Work::Push];

#[tokio::test(flavor = "multi_thread")]
async fn s4_kills_at_any_moment_lose_nothing_and_double_nothing() {
    let town = Town::founded("kill").await;
    for n in 0..LAMPS {
        file(&town, &lamp(n)).await;
    }
    let asha = on_a_slow_laptop(&town);
    asha.sync();

    let mut rng = Rng::with_seed(20_261_124);
    // At first there is no reply.
    let replies = std::array::from_fn(|_| vec![String::new()]);
    let mut promised = Promised { replies, ..Promised::default() };
    // The first of each kind is not killed: it tells how long that work takes. So does each that was too quick.
    let mut takes = [Duration::MAX; WORK.len()];
    let (mut round, mut killed) = (0, 0);
    let kills = times(100, 1_000);
    while killed < kills {
        let enough = f64::from(round) < f64::from(kills) * ROUNDS;
        assert!(enough, "only {killed} of {round} commands were killed at their work");
        let kind = round as usize % WORK.len();
        let measuring = round < WORK.len() as u32;
        let moment = if measuring { Duration::MAX } else { takes[kind].mul_f64(rng.f64()) };
        let (took, said) = promised.work(&town, &asha, WORK[kind], round, moment).await;
        if said.is_some() {
            takes[kind] = took;
        }
        killed += u32::from(said.is_none());
        if said.is_some() && matches!(WORK[kind], Work::Pull | Work::Push) {
            promised.check_server(&town).await;
        }
        if round % 10 == 9 {
            promised.check_laptop(&asha);
        }
        round += 1;
    }

    asha.sync();
    assert_eq!(asha.unsent(), (0, 0, 0, 0));
    promised.check_laptop(&asha);
    promised.check_server(&town).await;
    promised.check_nothing_is_doubled(&town, &asha).await;
    figure("S4", format!("{killed} of {round} commands killed, 0 lost, 0 doubled"));
}

/// What asha was told, and what she tried.
#[derive(Default)]
struct Promised {
    /// Of each lamp: the last acknowledged reply and those tried since; one of them stands.
    replies: [Vec<String>; LAMPS],
    /// Changes tried on each lamp.
    tried: [u64; LAMPS],
    /// Lamp and id of each acknowledged photo.
    photos: Vec<(usize, String)>,
    /// Ids of acknowledged reports.
    reports: Vec<String>,
    filed_by_citizens: usize,
}

impl Promised {
    async fn work(
        &mut self,
        town: &Town,
        asha: &Laptop,
        work: Work,
        round: u32,
        moment: Duration,
    ) -> (Duration, Option<Value>) {
        let n = (round as usize / WORK.len()) % LAMPS;
        let id = id(n);
        match work {
            Work::Edit => self.edit(asha, n, round, moment),
            Work::Attach => {
                let photo = camera::take(asha.home.path(), round);
                let ended = start(asha, &["attach", &id, photo.to_str().unwrap()], moment);
                if let Some(shown) = &ended.1 {
                    let photos = shown["shown"]["triage"]["photos"].as_array().unwrap();
                    self.photos.push((n, photos.last().unwrap()["id"].as_str().unwrap().to_owned()));
                }
                self.tried[n] += 1;
                ended
            }
            Work::Report => {
                let photo = camera::take(asha.home.path(), round);
                let (photo, text) = (photo.to_str().unwrap(), format!("Pipe {round} broken"));
                let place = ["--address", "Invented Lane", "--lng", "77.79", "--lat", "13.07"];
                let words = [&["report", "--description", &text, "--photo", photo], &place[..]].concat();
                let ended = start(asha, &words, moment);
                self.reports.extend(ended.1.iter().map(|filed| filed["id"].as_str().unwrap().to_owned()));
                ended
            }
            Work::Pull => {
                self.filed_by_citizens += 1;
                file(town, &lamp(LAMPS + self.filed_by_citizens)).await;
                start(asha, &["sync"], moment)
            }
            Work::Push => {
                self.edit(asha, n, round, Duration::MAX);
                let line = &town.couch_line;
                // Every other time the request dies on the line, and the server never hears of it.
                let held = (moment < Duration::MAX && round % 2 == 1).then(|| line.hold_next("_bulk_docs"));
                let before = line.count("_bulk_docs");
                let ended = start_and_await(asha, &["sync"], || line.count("_bulk_docs") > before, moment);
                if held.is_some() {
                    line.cut().await;
                    line.restore();
                }
                ended
            }
        }
    }

    fn edit(&mut self, asha: &Laptop, n: usize, round: u32, moment: Duration) -> (Duration, Option<Value>) {
        let reply = format!("Crew {round} comes");
        let ended = start(asha, &["set", &id(n), "--reply", &reply], moment);
        if ended.1.is_some() {
            self.replies[n].clear();
        }
        self.replies[n].push(reply);
        self.tried[n] += 1;
        ended
    }

    fn check_laptop(&self, asha: &Laptop) {
        for n in 0..LAMPS {
            self.check_lamp(n, &asha.run(&["show", &id(n)])["shown"]["triage"], "on the laptop");
        }
        let ids = listed(asha);
        for report in &self.reports {
            assert!(ids.contains(report), "report {report} is not on the laptop");
        }
    }

    async fn check_server(&self, town: &Town) {
        for n in 0..LAMPS {
            self.check_lamp(n, &town.grievance(&id(n)).await["triage"], "on the server");
        }
        for report in &self.reports {
            town.grievance(report).await;
        }
    }

    fn check_lamp(&self, n: usize, triage: &Value, place: &str) {
        let reply = triage["reply"].as_str().unwrap_or_default();
        let may_stand = &self.replies[n];
        assert!(
            may_stand.iter().any(|told| told == reply),
            "{place}, lamp {n} has {reply:?}, not one of {may_stand:?}"
        );
        let photos = triage["photos"].as_array().cloned().unwrap_or_default();
        for (_, photo) in self.photos.iter().filter(|(lamp, _)| *lamp == n) {
            let count = photos.iter().filter(|found| found["id"] == photo.as_str()).count();
            assert_eq!(count, 1, "{place}, photo {photo} of lamp {n}");
        }
    }

    async fn check_nothing_is_doubled(&self, town: &Town, asha: &Laptop) {
        let documents = town.grievances().await;
        let mut pictures = BTreeSet::new();
        let mut texts = BTreeSet::new();
        for document in &documents {
            let mut named = document["triage"]["photos"].as_array().cloned().unwrap_or_default();
            if document["reportedBy"] == asha.login.name.as_str() {
                named.push(document["picture"].clone());
                assert!(texts.insert(document["problemDescription"].to_string()), "filed twice: {document}");
                assert!(document["_rev"].as_str().unwrap().starts_with("1-"), "sent twice: {document}");
            }
            for key in named.iter().flat_map(|photo| [&photo["large"], &photo["thumbnail"]]) {
                assert!(pictures.insert(key.as_str().unwrap().to_owned()), "{key} is named twice");
            }
        }
        // Each change makes one revision at most, however often its answer was lost.
        for (n, document) in documents.iter().take(LAMPS).enumerate() {
            let revision: u64 =
                document["_rev"].as_str().unwrap().split_once('-').unwrap().0.parse().unwrap();
            assert!(revision <= 1 + self.tried[n], "{revision} revisions of lamp {n}");
        }
        assert!(texts.len() >= self.reports.len());
        assert_eq!(documents.len(), LAMPS + self.filed_by_citizens + texts.len());
        assert_eq!(listed(asha).len(), documents.len(), "pulled once each");
        assert_eq!(
            bucket::keys(&town.store),
            Vec::from_iter(pictures),
            "what is named is stored, nothing else"
        );
    }
}

/// Starts a command and kills it `moment` after its password has opened the account: before that
/// it is busy with nothing but the password.
fn start(asha: &Laptop, words: &[&str], moment: Duration) -> (Duration, Option<Value>) {
    start_and_await(asha, words, || true, moment)
}

/// The same, but the time runs from when `begun`. Says how long it was at work, and what it printed
/// if it was acknowledged. A command that fails of itself fails the test: every start works.
fn start_and_await(
    asha: &Laptop,
    words: &[&str],
    begun: impl Fn() -> bool,
    moment: Duration,
) -> (Duration, Option<Value>) {
    let mut wardctl = Command::new(WARDCTL)
        .arg("--json")
        .args(words)
        .arg("--home")
        .arg(asha.home.path())
        .env("WARDCTL_PASSWORD", &asha.login.password)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The count of wrong passwords goes up before a password is tried and back when it was right.
    let mut trying = false;
    let deadline = Instant::now() + Duration::from_secs(60);
    let begin = loop {
        let tries = fs::read_to_string(throttle(asha)).unwrap();
        let idle = tries.contains(r#""failures":0,"#);
        if (trying && idle && begun()) || wardctl.try_wait().unwrap().is_some() {
            break Instant::now();
        }
        trying |= !idle;
        assert!(Instant::now() < deadline, "{words:?} has not begun in a minute");
        // Between two looks; what is waited for is above.
        std::thread::sleep(Duration::from_micros(500));
    };
    while wardctl.try_wait().unwrap().is_none() && begin.elapsed() < moment {
        assert!(Instant::now() < deadline, "{words:?} has not ended in a minute");
        std::thread::sleep(Duration::from_micros(200));
    }
    let took = begin.elapsed();
    wardctl.kill().unwrap();
    let output = wardctl.wait_with_output().unwrap();
    match output.status.code() {
        None => (took, None),
        Some(0) => (took, Some(serde_json::from_slice(&output.stdout).unwrap())),
        Some(_) => panic!("{words:?}: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// An account whose password costs what it must at least, so that the test spends its time at work.
fn on_a_slow_laptop(town: &Town) -> Laptop {
    let laptop = town.laptop(town.hire("asha"));
    fs::write(laptop.home.path().join("cost.json"), r#"{"m":65536,"t":3,"p":4}"#).unwrap();
    laptop.sign_in();
    laptop
}

fn throttle(laptop: &Laptop) -> std::path::PathBuf {
    let mut accounts = fs::read_dir(laptop.home.path().join("accounts")).unwrap();
    accounts.next().unwrap().unwrap().path().join("throttle.json")
}

fn listed(laptop: &Laptop) -> Vec<String> {
    let rows = laptop.run(&["list", "--limit", "500"]);
    rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

async fn file(town: &Town, document: &Value) {
    town.couch.write(town.couch.database(), document).await;
}

fn id(n: usize) -> String {
    format!("{n:032x}")
}

fn lamp(n: usize) -> Value {
    json!({ "_id": id(n), "reportedBy": "citizen1@example.org", "reportedDateTime": "20261120_080000",
        "problemDescription": "Lamp is dark", "address": "Market Road" })
}
