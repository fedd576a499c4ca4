//! Asha's laptop after a day in the ward, with every kind of work that only it knows.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use domain::{Field, Grievance, Kind, TriagePhoto, large_key, status_value, thumbnail_key};
use mirror::{
    Acknowledged, Checkpoint, Database, Mirror, NewPhoto, Order, Owner, Pulled, Query, Show, UnsentEdit,
    Upload,
};
use rusqlite::Connection;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

pub const KEY: [u8; 32] = [7; 32];
pub const NOW: i64 = 1_795_400_000;
pub const AT: &str = "2026-11-23T10:41:05+05:30";
pub const LAMPS: usize = 80;
/// A report that asha filed.
pub const FILED: &str = "ffffffffffffffffffffffffffffffff";

/// What asha would miss.
#[derive(Debug, PartialEq)]
pub struct Work {
    pub unsent: Vec<UnsentEdit>,
    pub uploads: Vec<Upload>,
    pub shown: BTreeMap<String, Grievance>,
}

pub fn opened(folder: &Path) -> Mirror {
    Mirror::open(&path(folder), &KEY).unwrap()
}

pub fn path(folder: &Path) -> PathBuf {
    folder.join("mirror.db")
}

pub fn lamp(n: usize) -> String {
    format!("{n:032x}")
}

/// All that the office has.
pub fn office() -> Vec<Pulled> {
    let with_reply =
        |n: usize| (n == 41).then(|| json!({ "status": "new", "reply": "Soon", "by": "ravi", "at": AT }));
    (0..LAMPS).map(|n| pulled(&lamp(n), 2, with_reply(n))).collect()
}

/// The office's grievances; of asha's work some was delivered, some left without an answer, some
/// clashes, some was refused, some waits for its photo.
pub fn a_day(folder: &Path) -> Mirror {
    let mirror = opened(folder);
    let owner = Owner { site: "https://couch.example/myward".into(), user: "asha".into() };
    mirror.set_owner(&owner).unwrap();
    pull(&mirror, &(0..LAMPS).map(|n| pulled(&lamp(n), 1, None)).collect::<Vec<_>>());
    for n in 0..10 {
        changes(&mirror, n, Field::Category, "drains".into());
    }
    let sent = mirror.leaving(mirror::Database::Grievances, 100).unwrap();
    let accepted: Vec<Acknowledged> = sent
        .into_iter()
        .map(|sent| Acknowledged { document: sent.document, rev: "2-b".into(), body: sent.body })
        .collect();
    mirror.acknowledged(mirror::Database::Grievances, &accepted, NOW).unwrap();

    for n in 20..60 {
        changes(&mirror, n, Field::Status, status_value("acknowledged", None, None));
        changes(&mirror, n, Field::Reply, format!("Crew {n} comes at 14:00").into());
    }
    let left = mirror.leaving(mirror::Database::Grievances, 100).unwrap();
    mirror.refused(mirror::Database::Grievances, &lamp(20), "forbidden", "Ask your supervisor").unwrap();
    mirror
        .unanswered(
            mirror::Database::Grievances,
            &left.into_iter().map(|left| left.document).collect::<Vec<_>>(),
        )
        .unwrap();
    changes(&mirror, 21, Field::Reply, "Crew 21 comes at 15:00".into());
    // Ravi replied to a lamp that asha replied to; and asha took one change back.
    pull(&mirror, &office());
    let taken_back = mirror.grievance(&lamp(59)).unwrap().unwrap().edits[0].edit.id.clone();
    mirror.take_back(&taken_back, NOW).unwrap();
    for n in 70..73 {
        let id = lamp(n);
        let photo = TriagePhoto {
            id: format!("PHOTO{n}"),
            large: large_key(&id),
            thumbnail: thumbnail_key(&id),
            kind: Kind::After,
            sha256: id.clone(),
            taken_at: AT.into(),
        };
        mirror.attach(&id, &photo, &file(2 * n), &file(2 * n + 1), "asha", AT).unwrap();
    }
    let mut report = report(FILED);
    report["picture"] = json!({ "large": large_key(FILED), "thumbnail": thumbnail_key(FILED) });
    mirror.file_report(&report, &file(1), &file(2), FILED, "asha", AT).unwrap();
    mirror
}

pub fn changes(mirror: &Mirror, n: usize, field: Field, wanted: Value) {
    mirror.change(&lamp(n), field, wanted, "asha", AT).unwrap();
}

pub fn pull(mirror: &Mirror, page: &[Pulled]) {
    let checkpoint = Checkpoint { since: "9".into(), caught_up: true, ..Checkpoint::default() };
    mirror.apply_page(Database::Grievances, page, &checkpoint, NOW).unwrap();
}

/// Reads everything.
pub fn work(mirror: &Mirror) -> Work {
    let mut shown = BTreeMap::new();
    for id in (0..LAMPS).map(lamp).chain([FILED.to_owned()]) {
        if let Some(detail) = mirror.grievance(&id).unwrap() {
            shown.insert(id, detail.shown);
        }
    }
    Work { unsent: mirror.to_send().unwrap(), uploads: mirror.photos_to_upload(100, NOW).unwrap(), shown }
}

/// Nothing that asha did is missing or other than she did it, and no grievance shows what is not so.
/// Returns how many grievances are not there.
pub fn lost(found: &Work, before: &Work, fault: &dyn Debug) -> usize {
    let ids = |work: &Work| work.unsent.iter().map(|unsent| unsent.edit.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(found), ids(before), "{fault:?}");
    for (found, before) in found.unsent.iter().zip(&before.unsent) {
        assert_eq!(found, before, "{fault:?}");
    }
    assert_eq!(found.uploads, before.uploads, "{fault:?}");
    for (id, shown) in &found.shown {
        assert_eq!(shown, &before.shown[id], "{fault:?}");
    }
    before.shown.len() - found.shown.len()
}

/// The list, the counters and the search agree with what the grievances say.
pub fn agrees(mirror: &Mirror, work: &Work) {
    let query = |search: Option<&str>| Query {
        show: Show::All,
        search: search.map(str::to_owned),
        order: Order::Newest,
    };
    let rows = mirror.queue(&query(None), None, 1000).unwrap().rows;
    let listed: BTreeMap<&str, &str> =
        rows.iter().map(|row| (row.id.as_str(), row.status.as_str())).collect();
    let shown = work.shown.iter().map(|(id, shown)| (id.as_str(), shown.triage.status.as_str()));
    assert_eq!(listed, shown.collect());
    assert_eq!(mirror.counts().unwrap().all, rows.len() as u64);
    assert_eq!(mirror.queue(&query(Some("lamp")), None, 10).unwrap().total, rows.len() as u64);
    assert_eq!(mirror.counts().unwrap().unsent_edits(), work.unsent.len() as u64);
}

/// Behind the mirror's back: every page is authentic and every index in step with its table.
pub fn is_sound(folder: &Path) -> bool {
    let connection = Connection::open(path(folder)).unwrap();
    let key: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    connection.execute_batch(&format!("PRAGMA key = \"x'{key}'\"; PRAGMA cipher_page_size = 8192")).unwrap();
    let told = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0));
    told.is_ok_and(|told| told == "ok")
}

/// The files of an account as they lie there, while the program runs or not.
pub fn copied(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

fn pulled(id: &str, revision: u32, triage: Option<Value>) -> Pulled {
    let rev = format!("{revision}-a");
    let mut document = report(id);
    document["_rev"] = rev.clone().into();
    if let Some(triage) = triage {
        document["triage"] = triage;
    }
    let body = Some(to_raw_value(&document).unwrap());
    Pulled { id: id.to_owned(), rev, deleted: false, body, unreadable: None }
}

fn report(id: &str) -> Value {
    json!({
        "_id": id,
        "reportedBy": "citizen@example.org",
        "reportedDateTime": "20261120_080000",
        "picture": { "large": format!("IMG-{id}.jpeg"), "thumbnail": format!("thumbnail_IMG-{id}.jpg") },
        "problemDescription": format!("Lamp {id} is dark. {}", "It has been so for days. ".repeat(20)),
        "geoLocation": { "type": "Point", "coordinates": [77.7893168, 13.0773568] },
        "address": "Invented Lane",
    })
}

fn file(n: usize) -> NewPhoto {
    NewPhoto { file: format!("{n:032x}"), bytes: 1000 }
}
