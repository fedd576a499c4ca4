use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::{Field, Kind, TriagePhoto, large_key, status_value, thumbnail_key};
use mirror::{
    Acknowledged, Applied, Branched, Checkpoint, Database, Decision, Detail, EditState, Mark, Mirror,
    MirrorError, NewPhoto, Order, Outgoing, Page, Pulled, Query, Show, UnsentEdit,
};
use rusqlite::Connection;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const KEY: [u8; 32] = [7; 32];
pub const NOW: i64 = 1_795_400_000;
pub const AT: &str = "2026-11-23T10:41:05+05:30";

/// An officer's laptop.
pub struct Laptop {
    pub mirror: Mirror,
    pub officer: &'static str,
    pub folder: TempDir,
    pulled: AtomicUsize,
}

impl Laptop {
    pub fn of(officer: &'static str) -> Laptop {
        let folder = tempfile::tempdir().unwrap();
        let mirror = Mirror::open(&folder.path().join("mirror.db"), &KEY).unwrap();
        Laptop { mirror, officer, folder, pulled: AtomicUsize::new(0) }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("mirror.db")
    }

    /// The program ends without closing anything, and starts again.
    pub fn crash(self) -> Laptop {
        let path = self.path();
        std::mem::forget(self.mirror);
        Laptop { mirror: Mirror::open(&path, &KEY).unwrap(), ..self }
    }

    pub fn sets_status(&self, id: &str, status: &str) {
        self.changes(id, Field::Status, status_value(status, None, None));
    }

    pub fn changes(&self, id: &str, field: Field, wanted: Value) {
        self.mirror.change(id, field, wanted, self.officer, AT).unwrap();
    }

    pub fn attaches(&self, id: &str, photo: &TriagePhoto) {
        self.mirror.attach(id, photo, &file("l"), &file("t"), self.officer, AT).unwrap();
    }

    pub fn files(&self, id: &str, sha256: &str) {
        let report = new_report(id, sha256);
        self.mirror.file_report(&report, &file("l"), &file("t"), sha256, self.officer, AT).unwrap();
    }

    pub fn sees(&self, id: &str) -> Detail {
        self.mirror.grievance(id).unwrap().unwrap()
    }

    /// She has looked at what was altered, and says that it is right.
    pub fn accepts(&self, id: &str) {
        let rev = self.sees(id).rev.unwrap();
        self.mirror.accept_altered(id, &rev, "asha", AT).unwrap();
    }

    /// She decides a clash as she sees it.
    pub fn decides(&self, clash: &UnsentEdit, decision: Decision) {
        let EditState::Clash { rev, .. } = &clash.state else { panic!("{clash:?}") };
        self.mirror.settle(&clash.edit.id, rev, decision, NOW).unwrap();
    }

    /// She says which of the versions that she is asked about holds.
    pub fn settles(&self, database: Database, id: &str, holds: Option<&str>) -> Result<(), MirrorError> {
        let asked = self.mirror.branched().unwrap();
        let is_it =
            |asked: &&Branched| asked.grievance == id && asked.is_case == (database == Database::Internal);
        let versions = asked.iter().find(is_it).map(Branched::versions).unwrap_or_default();
        self.mirror.settle_branches(database, id, &versions, holds, self.officer, AT)
    }

    pub fn status(&self, id: &str) -> String {
        self.sees(id).shown.triage.status
    }

    pub fn edit(&self, id: &str) -> String {
        self.only(id).edit.id
    }

    /// The one edit of a grievance.
    pub fn only(&self, id: &str) -> UnsentEdit {
        let mut edits = self.sees(id).edits;
        assert_eq!(edits.len(), 1, "{edits:?}");
        edits.remove(0)
    }

    pub fn states(&self, id: &str) -> Vec<EditState> {
        self.sees(id).edits.into_iter().map(|edit| edit.state).collect()
    }

    pub fn queue(&self, show: Show, search: Option<&str>) -> Page {
        let query = Query { show, search: search.map(str::to_owned), order: Order::Newest };
        self.mirror.queue(&query, None, 500).unwrap()
    }

    /// Ids of the rows that show `mark`.
    pub fn marked(&self, mark: Mark) -> Vec<String> {
        let rows = self.queue(Show::All, None).rows.into_iter();
        rows.filter(|row| row.mark == Some(mark)).map(|row| row.id).collect()
    }

    pub fn finds(&self, search: &str) -> Vec<String> {
        self.queue(Show::All, Some(search)).rows.into_iter().map(|row| row.id).collect()
    }

    pub fn applies(&self, page: &[Pulled]) -> Applied {
        let selection = self.mirror.selection().unwrap();
        let checkpoint = Checkpoint { selection, ..checkpoint("1") };
        self.mirror.apply_page(Database::Grievances, page, &checkpoint, NOW).unwrap()
    }

    /// Writes into the file behind the mirror's back.
    pub fn execute(&self, sql: &str) {
        keyed(&self.path()).execute_batch(sql).unwrap();
    }

    /// Reads one number behind the mirror's back.
    pub fn number(&self, sql: &str) -> i64 {
        keyed(&self.path()).query_row(sql, [], |row| row.get(0)).unwrap()
    }

    pub fn pulls(&self, office: &Office) -> Applied {
        let page: Vec<Pulled> = office.changes[self.pulled.load(Ordering::Relaxed)..]
            .iter()
            .map(|id| office.change(id))
            .collect();
        self.pulled.store(office.changes.len(), Ordering::Relaxed);
        self.applies(&page)
    }

    /// Everything from the beginning.
    pub fn pulls_all(&self, office: &Office) -> Applied {
        self.pulled.store(office.changes.len(), Ordering::Relaxed);
        self.applies(&office.all())
    }

    /// All that is ready goes up; what the office does not accept is pulled first next time.
    pub fn pushes(&self, office: &mut Office) -> Applied {
        let leaving = self.mirror.leaving(Database::Grievances, 100).unwrap();
        let accepted: Vec<Acknowledged> =
            leaving.iter().filter_map(|outgoing| office.accept(outgoing)).collect();
        let not_taken: Vec<&str> = leaving
            .iter()
            .map(|outgoing| outgoing.document.as_str())
            .filter(|id| !accepted.iter().any(|accepted| accepted.document == *id))
            .collect();
        self.mirror.not_taken(Database::Grievances, &not_taken).unwrap();
        self.mirror.acknowledged(Database::Grievances, &accepted, NOW).unwrap()
    }
}

/// The server: newest revisions, and the order in which they came.
#[derive(Default, Clone)]
pub struct Office {
    documents: BTreeMap<String, (u64, Option<Value>)>,
    changes: Vec<String>,
}

impl Office {
    pub fn with(reports: &[Value]) -> Office {
        let mut office = Office::default();
        for report in reports {
            office.writes(report["_id"].as_str().unwrap(), |document| *document = report.clone());
        }
        office
    }

    /// Somebody changes a document on the server.
    pub fn writes(&mut self, id: &str, change: impl FnOnce(&mut Value)) {
        let (generation, body) = self.documents.entry(id.to_owned()).or_default();
        let mut document = body.take().unwrap_or(Value::Null);
        change(&mut document);
        *generation += 1;
        document["_rev"] = rev(*generation).into();
        *body = Some(document);
        self.changes.push(id.to_owned());
    }

    pub fn sets_status(&mut self, officer: &str, id: &str, status: &str) {
        self.writes(id, |document| {
            document["triage"]["status"] = status.into();
            document["triage"]["by"] = officer.into();
            document["triage"]["at"] = AT.into();
        });
    }

    pub fn deletes(&mut self, id: &str) {
        let (generation, body) = self.documents.get_mut(id).unwrap();
        *generation += 1;
        *body = None;
        self.changes.push(id.to_owned());
    }

    pub fn document(&self, id: &str) -> Option<&Value> {
        self.documents.get(id)?.1.as_ref()
    }

    /// `None` is CouchDB's 409.
    pub fn accept(&mut self, outgoing: &Outgoing) -> Option<Acknowledged> {
        let mut sent: Value = serde_json::from_str(outgoing.body.get()).unwrap();
        let (generation, body) = self.documents.entry(outgoing.document.clone()).or_default();
        let newest = body.as_ref().map(|_| rev(*generation));
        if sent.get("_rev").and_then(Value::as_str) != newest.as_deref() {
            return None;
        }
        *generation += 1;
        sent["_rev"] = rev(*generation).into();
        *body = Some(sent);
        self.changes.push(outgoing.document.clone());
        let rev = rev(*generation);
        Some(Acknowledged { document: outgoing.document.clone(), rev, body: outgoing.body.clone() })
    }

    /// Each document's newest state.
    pub fn all(&self) -> Vec<Pulled> {
        self.documents.keys().map(|id| self.change(id)).collect()
    }

    pub fn change(&self, id: &str) -> Pulled {
        let (generation, body) = &self.documents[id];
        Pulled {
            id: id.to_owned(),
            rev: rev(*generation),
            deleted: body.is_none(),
            body: body.as_ref().map(|body| to_raw_value(body).unwrap()),
            unreadable: None,
        }
    }
}

fn rev(generation: u64) -> String {
    format!("{generation}-abc")
}

pub fn checkpoint(since: &str) -> Checkpoint {
    Checkpoint { since: since.into(), caught_up: true, ..Checkpoint::default() }
}

pub fn report(id: &str) -> Value {
    json!({
        "_id": id,
        "reportedBy": "citizen@example.org",
        "reportedDateTime": "20171125_152627",
        "picture": { "large": format!("IMG-{id}.jpeg"), "thumbnail": format!("thumbnail_IMG-{id}.jpg") },
        "problemDescription": "Street lamp out",
        "geoLocation": { "type": "Point", "coordinates": [77.7893168, 13.0773568] },
        "address": "Market Road, Hosakote",
    })
}

pub fn described(id: &str, description: &str) -> Value {
    let mut report = report(id);
    report["problemDescription"] = description.into();
    report
}

pub fn new_report(id: &str, sha256: &str) -> Value {
    let mut report = report(id);
    report["picture"] = json!({ "large": large_key(sha256), "thumbnail": thumbnail_key(sha256) });
    report
}

pub fn pulled(document: &Value, rev: &str) -> Pulled {
    let mut document = document.clone();
    document["_rev"] = rev.into();
    pulled_text(document["_id"].as_str().unwrap(), rev, &document.to_string())
}

pub fn pulled_text(id: &str, rev: &str, text: &str) -> Pulled {
    let body = Some(RawValue::from_string(text.to_owned()).unwrap());
    Pulled { id: id.into(), rev: rev.into(), deleted: false, body, unreadable: None }
}

pub fn photo(id: &str, sha256: &str) -> TriagePhoto {
    TriagePhoto {
        id: id.into(),
        large: large_key(sha256),
        thumbnail: thumbnail_key(sha256),
        kind: Kind::After,
        sha256: sha256.into(),
        taken_at: AT.into(),
    }
}

pub fn file(name: &str) -> NewPhoto {
    NewPhoto { file: format!("{name:0>32}"), bytes: 1000 }
}

/// A connection of nobody's, with the right key.
pub fn keyed(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    let key: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    let sql = format!("PRAGMA key = \"x'{key}'\"; PRAGMA cipher_page_size = 8192");
    connection.execute_batch(&sql).unwrap();
    connection
}

/// An officer who has pulled so many reports.
pub fn ward(lamps: usize) -> (Laptop, Office) {
    let reports: Vec<Value> = (0..lamps).map(|n| report(&id(n))).collect();
    let office = Office::with(&reports);
    let asha = Laptop::of("asha");
    asha.pulls(&office);
    (asha, office)
}

pub fn id(n: usize) -> String {
    format!("{n:04}")
}
