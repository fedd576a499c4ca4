//! The child that is recorded: an officer works, and says aloud what she was told is saved.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use domain::{Field, status_value};
use mirror::{Acknowledged, Checkpoint, Database, Mirror, Pulled};
use rusqlite::ffi;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

pub const KEY: [u8; 32] = [7; 32];
pub const LAMPS: u32 = 12;
pub const EDITS: u32 = 150;
/// A line in this file: one more thing was acknowledged, first the pulled page, then each edit.
pub const TOLD: &str = "told";

pub const AT: &str = "2026-11-23T10:41:05+05:30";
pub const NOW: i64 = 1_795_400_000;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    AsTheProductDoes,
    Normal,
}

pub const FOLDER: &str = "RECORDED_FOLDER";
pub const NORMAL: &str = "RECORDED_WITH_NORMAL";

#[test]
#[ignore = "the child of the tests beside it"]
fn works() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let synchronous = match std::env::var_os(NORMAL) {
        Some(_) => Synchronous::Normal,
        None => Synchronous::AsTheProductDoes,
    };
    work(Path::new(&folder), synchronous);
}

/// What edit number `n` makes of its lamp.
pub fn status(n: u32) -> String {
    format!("step{n}")
}

pub fn lamp(n: u32) -> String {
    format!("{:032x}", n % LAMPS)
}

fn work(folder: &Path, synchronous: Synchronous) {
    let path = folder.join("mirror.db");
    let mut told = OpenOptions::new().append(true).create(true).open(folder.join(TOLD)).unwrap();
    let mut told = || told.write_all(b"\n").unwrap();
    let mut revision = 1;
    let mut mirror = open(&path, synchronous);
    pull_lamps(&mirror);
    told();
    for n in 0..EDITS {
        mirror.change(&lamp(n), Field::Status, status_value(&status(n), None, None), "asha", AT).unwrap();
        told();
        match n % 40 {
            // Everything goes up.
            9 => {
                revision += 1;
                let accepted: Vec<Acknowledged> =
                    (mirror.leaving(Database::Grievances, 500).unwrap().into_iter())
                        .map(|sent| Acknowledged {
                            document: sent.document,
                            rev: format!("{revision}-a"),
                            body: sent.body,
                        })
                        .collect();
                mirror.acknowledged(Database::Grievances, &accepted, NOW).unwrap();
            }
            // Ravi replies to somebody.
            19 => {
                revision += 1;
                let id = lamp(n + 1);
                let shown = mirror.grievance(&id).unwrap().unwrap().server.unwrap().triage.status;
                let theirs = json!({ "status": shown, "reply": "Soon", "by": "ravi", "at": AT });
                let page = [pulled(&id, revision, &theirs)];
                mirror.apply_page(Database::Grievances, &page, &Checkpoint::default(), NOW).unwrap();
            }
            29 => mirror.checkpoint_wal().unwrap(),
            // The laptop is closed, and opened again.
            39 => {
                drop(mirror);
                mirror = open(&path, synchronous);
            }
            _ => {}
        }
    }
}

/// Fetches the grievances of all lamps.
pub fn pull_lamps(mirror: &Mirror) {
    let page: Vec<Pulled> = (0..LAMPS).map(|n| pulled(&lamp(n), 1, &Value::Null)).collect();
    mirror.apply_page(Database::Grievances, &page, &Checkpoint::default(), NOW).unwrap();
}

fn pulled(id: &str, revision: u32, triage: &Value) -> Pulled {
    let rev = format!("{revision}-a");
    let mut report = json!({ "_id": id, "_rev": rev, "reportedBy": "citizen1@example.org",
        "reportedDateTime": "20261120_080000", "problemDescription": "Lamp is dark" });
    if !triage.is_null() {
        report["triage"] = triage.clone();
    }
    let body = Some(to_raw_value(&report).unwrap());
    Pulled { id: id.to_owned(), rev, deleted: false, body, unreadable: None }
}

/// The mirror has no way to open with less than FULL and refuses to go on if it finds less, so the
/// connections that it has made and checked are lowered behind its back.
fn open(path: &Path, synchronous: Synchronous) -> Mirror {
    if synchronous == Synchronous::AsTheProductDoes {
        return Mirror::open(path, &KEY).unwrap();
    }
    note_connections();
    let mirror = Mirror::open(path, &KEY).unwrap();
    lower_noted_connections();
    mirror
}

struct Noted(*mut ffi::sqlite3);

// SAFETY: The child has one thread that uses connections.
#[allow(unsafe_code)]
unsafe impl Send for Noted {}

static NOTED: Mutex<Vec<Noted>> = Mutex::new(Vec::new());

#[allow(unsafe_code)]
fn note_connections() {
    extern "C" fn note(
        connection: *mut ffi::sqlite3,
        _: *mut *mut std::ffi::c_char,
        _: *const ffi::sqlite3_api_routines,
    ) -> std::ffi::c_int {
        NOTED.lock().unwrap().push(Noted(connection));
        ffi::SQLITE_OK
    }
    // SAFETY: SQLite calls `note` with each connection it opens; it outlives the process.
    unsafe { ffi::sqlite3_auto_extension(Some(note)) };
}

#[allow(unsafe_code)]
fn lower_noted_connections() {
    // SAFETY: An extension that is taken away again; connections that were just opened and are still
    // held by the mirror, on this thread.
    unsafe {
        ffi::sqlite3_reset_auto_extension();
        for Noted(connection) in NOTED.lock().unwrap().drain(..) {
            let sql = c"PRAGMA synchronous = NORMAL";
            let none = std::ptr::null_mut();
            assert_eq!(ffi::sqlite3_exec(connection, sql.as_ptr(), None, none, none.cast()), ffi::SQLITE_OK);
        }
    }
}
