//! A ward without a photo store, and laptops in this process: for faults that take many tries, where a command each
//! would derive the key anew.

use std::ops::Deref;
use std::path::Path;
use std::time::Duration;

use mirror::{Database, Decision, EditState, Order, Query, Show, UnsentEdit};
use reqwest::Method;
use serde_json::{Value, json};
use sync::{Change, Engine, Officer, SignIn, Site, State, SyncState};
use tempfile::TempDir;
use testkit::{Couch, Login, Proxy};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::town::WARDCTL;

/// The city's server behind a line that misbehaves.
pub struct Ward {
    pub couch: Couch,
    pub line: Proxy,
}

/// An officer signed in at a laptop of her own.
pub struct Laptop {
    pub login: Login,
    officer: Officer,
    _home: TempDir,
}

impl Ward {
    /// With so many reports of dark lamps, [`id`] 0 and on.
    pub async fn with_lamps(name: &str, lamps: u32) -> Ward {
        let couch = Couch::for_test(name).await;
        let line = Proxy::to(couch.origin()).await;
        let ward = Ward { couch, line };
        ward.write(&(0..lamps).map(lamp).collect::<Vec<_>>()).await;
        ward
    }

    /// Writes grievances as somebody with other tools.
    pub async fn write(&self, documents: &[Value]) {
        let path = format!("{}/_bulk_docs", self.couch.database());
        for some in documents.chunks(5_000) {
            let rows = self.couch.admin(Method::POST, &path, Some(json!({ "docs": some }))).await;
            assert!(rows.as_array().unwrap().iter().all(|row| row["ok"] == true), "{rows}");
        }
    }

    /// Ravi changes a grievance at the office.
    pub async fn ravi_sets(&self, id: &str, member: &str, value: &str) {
        let mut document = self.document(id).await;
        document["triage"][member] = value.into();
        document["triage"]["by"] = "ravi".into();
        self.couch.write(self.couch.database(), &document).await;
    }

    pub async fn document(&self, id: &str) -> Value {
        self.couch.document(self.couch.database(), id).await.unwrap()
    }

    /// How many revisions a grievance has had.
    pub async fn generation(&self, id: &str) -> u64 {
        let document = self.document(id).await;
        document["_rev"].as_str().unwrap().split_once('-').unwrap().0.parse().unwrap()
    }

    pub async fn laptop(&self, name: &str) -> Laptop {
        let login = self.couch.officer(name).await;
        let home = TempDir::new().unwrap();
        let site = format!("{}/{}", self.line.url(), self.couch.database());
        let request = SignIn {
            home: home.path().to_owned(),
            decoder: Path::new(WARDCTL).to_owned(),
            site: Site::parse(&site).unwrap(),
            user: login.name.clone(),
            password: login.password.clone().into(),
            previous_password: None,
        };
        Laptop { login, officer: sync::sign_in(request).await.unwrap(), _home: home }
    }

    /// A laptop that has everything the server has.
    pub async fn laptop_in_step(&self, name: &str) -> Laptop {
        let laptop = self.laptop(name).await;
        laptop.all_sent().await;
        laptop
    }
}

impl Laptop {
    pub async fn replies(&self, id: &str, text: &str) {
        self.change(id, Change::Reply(Some(text.to_owned()))).await.unwrap();
    }

    /// Decides a clash as she sees it.
    pub async fn decides(&self, clash: &UnsentEdit, decision: Decision) {
        let EditState::Clash { rev, .. } = &clash.state else { panic!("{clash:?}") };
        self.settle(&clash.edit.id, rev, decision).await.unwrap();
    }

    /// Says which of the versions that she is asked about holds.
    pub async fn settles(&self, id: &str, holds: Option<&str>) {
        let asked = self.branched().await.unwrap();
        let versions = asked.iter().find(|branched| branched.grievance == id).unwrap().versions();
        self.settle_branches(Database::Grievances, id, versions, holds).await.unwrap();
    }

    /// Tries everything once, as after "Sync now", and says where it ended.
    pub async fn tries(&self) -> SyncState {
        tries(&mut self.engine()).await
    }

    /// The same where nothing is in the way.
    pub async fn all_sent(&self) {
        let state = self.tries().await;
        assert_eq!(state.state, State::AllSent, "{state:?}");
    }

    /// The engine as the window keeps it running.
    pub fn runs(&self) -> Running {
        Running::of(self.engine())
    }

    pub fn engine(&self) -> Engine {
        Engine::new(self.officer.clone())
    }

    /// Unsent edits that the server refused, with its words: (grievance, error, reason).
    pub async fn refused(&self) -> Vec<(String, String, String)> {
        let unsent = self.with_mirror(|mirror| mirror.to_send()).await.unwrap();
        let refused = unsent.into_iter().filter_map(|unsent| match unsent.state {
            EditState::Refused { error, reason } => Some((unsent.edit.document, error, reason)),
            _ => None,
        });
        refused.collect()
    }

    pub async fn grievances(&self) -> u64 {
        self.with_mirror(|mirror| mirror.counts()).await.unwrap().all
    }

    pub async fn unsent(&self) -> u64 {
        self.with_mirror(|mirror| mirror.counts()).await.unwrap().unsent_edits()
    }

    /// Everything the mirror holds, to see whether anything was written.
    pub async fn holds(&self) -> Value {
        let queue = Query { show: Show::All, search: None, order: Order::Newest };
        let held = self.with_mirror(move |mirror| {
            let rows = mirror.queue(&queue, None, 500)?.rows;
            let details = rows.iter().map(|row| mirror.grievance(&row.id)).collect::<Result<Vec<_>, _>>()?;
            let checkpoints = [Database::Grievances, Database::Internal].map(|db| mirror.checkpoint(db));
            Ok(json!({
                "rows": rows,
                "details": details,
                "checkpoints": format!("{checkpoints:?}"),
                "aside": mirror.set_aside()?,
            }))
        });
        held.await.unwrap()
    }
}

impl Deref for Laptop {
    type Target = Officer;

    fn deref(&self) -> &Officer {
        &self.officer
    }
}

/// An engine that goes on by itself.
pub struct Running {
    states: watch::Receiver<SyncState>,
    engine: JoinHandle<()>,
    stop: CancellationToken,
}

impl Running {
    pub fn of(engine: Engine) -> Running {
        let (states, stop) = (engine.state(), CancellationToken::new());
        Running { states, engine: tokio::spawn(engine.run(stop.clone())), stop }
    }

    /// Waits for a state.
    pub async fn until(&mut self, what: &str, holds: impl FnMut(&SyncState) -> bool) -> SyncState {
        let found = tokio::time::timeout(Duration::from_secs(60), self.states.wait_for(holds)).await;
        if let Ok(Err(_)) = found {
            panic!("{what}: the engine ended with {:?}", (&mut self.engine).await);
        }
        let found = found.map(|state| state.unwrap().clone());
        found.unwrap_or_else(|_| panic!("{what}: not within a minute: {:?}", self.states.borrow()))
    }

    pub async fn until_all_sent(&mut self) {
        self.until("all sent", |state| state.state == State::AllSent).await;
    }

    /// Ends it; the laptop then works on without a line.
    pub async fn stops(self) {
        self.stop.cancel();
        self.engine.await.unwrap();
    }
}

/// Lets `engine` go on until it rests.
pub async fn tries(engine: &mut Engine) -> SyncState {
    let states = engine.state();
    let rested = tokio::time::timeout(Duration::from_secs(120), engine.catch_up()).await;
    rested.expect("the engine comes to rest").unwrap();
    states.borrow().clone()
}

/// Of the form that phones give.
pub fn id(n: u32) -> String {
    format!("{n:032x}")
}

pub fn lamp(n: u32) -> Value {
    json!({ "_id": id(n), "reportedBy": "citizen1@example.org", "reportedDateTime": "20261120_080000",
        "problemDescription": format!("Lamp {n} is dark"),
        "picture": { "large": format!("{n}.jpg"), "thumbnail": format!("small {n}.jpg") } })
}
