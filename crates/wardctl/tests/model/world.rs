//! A ward that lives through a history, and writes down what happened in words.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::{Document, Field, Kind, Position, Triage, Workflow};
use mirror::{Decision, EditState, UnsentEdit};
use serde_json::{Value, json};
use sync::{Change, Engine, Report, State, SyncError, SyncState};
use testkit::{Couch, Held, Proxy, Store};
use tokio::task::JoinHandle;
use vault::Unlocked;

use crate::history::{Choice, History, Request, Step};
use crate::laptop::Laptop;
use crate::ledger::Ledger;
use crate::{picture, promise, revisions};

pub const OFFICERS: [&str; 4] = ["asha", "ravi", "meera", "dev"];

/// What histories share: what is slow to make and remembers nothing of a ward.
pub struct Stage<'a> {
    pub store: &'a Store,
    /// One for each officer; who has it unlocked needs no key derivation.
    pub accounts: &'a [Arc<Unlocked>],
}

pub struct World {
    pub couch: Couch,
    store_line: Proxy,
    pub laptops: Vec<Laptop>,
    /// Ids of all grievances ever filed.
    pub grievances: Vec<String>,
    /// Revisions (id, revision) that phones and the administrator wrote.
    pub made_by_others: BTreeSet<(String, String)>,
    pub ledger: Ledger,
    /// What happened, line by line.
    pub script: Vec<String>,
    /// Who is in the middle of a sync.
    busy: Option<usize>,
    numbered: usize,
    backup: Option<testkit::couchdb::Backup>,
}

/// Lives through the history and judges what came of it; the error tells all that happened.
pub async fn live(stage: &Stage<'_>, history: &History) -> Result<(), String> {
    let mut world = World::founded(stage, history).await;
    let judged = world.live(history).await;
    judged.map_err(|why| format!("{}\nand then {why}", world.script.join("\n")))
}

impl World {
    async fn founded(stage: &Stage<'_>, history: &History) -> World {
        let couch = Couch::for_test("model").await;
        let store_line = Proxy::to(stage.store.endpoint()).await;
        if history.store {
            let setting = json!({
                "_id": "settings:photo-store", "endpoint": store_line.url(),
                "bucket": stage.store.bucket(), "region": stage.store.region(),
                "credentials": { "kind": "published", "accessKey": stage.store.access_key(), "secretKey": stage.store.secret_key() },
            });
            couch.write(&couch.ops_database(), &setting).await;
        }
        let mut laptops = Vec::new();
        for (name, account) in OFFICERS.into_iter().zip(stage.accounts).take(history.laptops) {
            let login = couch.officer(name).await;
            let line = Proxy::to(couch.origin()).await;
            laptops.push(Laptop::new(name, account, login, line, couch.database()).await);
        }
        World {
            couch,
            store_line,
            laptops,
            grievances: Vec::new(),
            made_by_others: BTreeSet::new(),
            ledger: Ledger::default(),
            script: Vec::new(),
            busy: None,
            numbered: 0,
            backup: None,
        }
    }

    /// How the script calls a grievance.
    pub fn name(&self, id: &str) -> String {
        match self.grievances.iter().position(|known| known == id) {
            Some(at) => format!("g{at}"),
            None => id.to_owned(),
        }
    }

    async fn live(&mut self, history: &History) -> Result<(), String> {
        for _ in 0..history.grievances {
            self.citizen_files().await;
        }
        for who in 0..self.laptops.len() {
            self.sync(who).await?;
        }
        self.script.clear();
        self.script.push(format!(
            "{} officers know {} grievances.",
            self.laptops.len(),
            self.grievances.len()
        ));
        for step in &history.steps {
            self.take(step).await?;
        }
        self.script.push("All lines are open, and everybody syncs until rest.".to_owned());
        self.come_to_rest().await?;
        let trees = revisions::read(&self.couch).await;
        promise::keeps(self, &trees, history.store)
    }

    async fn take(&mut self, step: &Step) -> Result<(), String> {
        let (officers, grievances) = (self.laptops.len(), self.grievances.len());
        let on = |at: &usize| self.grievances[at % grievances].clone();
        match step {
            Step::Decide { who, on: at, what } => self.decide(who % officers, &on(at), what).await,
            Step::Attach { who, on: at } => self.attach(who % officers, &on(at)).await,
            Step::File { who } => self.file(who % officers).await,
            Step::TakeBack { who, nth } => self.take_back(who % officers, *nth).await,
            Step::Settle { who, nth, keep } => self.settle(who % officers, *nth, *keep).await,
            Step::Sync { who } => self.sync(who % officers).await,
            Step::SyncWhile { who, at, meanwhile } => self.sync_while(who % officers, *at, meanwhile).await,
            Step::Crash { who } => {
                self.tell(who % officers, "the program ends and is started again");
                self.reopen(who % officers).await
            }
            Step::CrashAt { who, at } => self.crash_at(who % officers, *at).await,
            Step::LoseAnswer { who, to } => {
                self.tell(who % officers, format!("the answer to the next {} will be lost", to.pattern()));
                self.line(who % officers, *to).drop_next_response_to(to.pattern());
                Ok(())
            }
            Step::Cut { who } => {
                self.tell(who % officers, "the line is cut");
                self.laptops[who % officers].line.cut().await;
                Ok(())
            }
            Step::Restore { who } => {
                self.tell(who % officers, "the line is there again");
                self.laptops[who % officers].line.restore();
                Ok(())
            }
            Step::CutStore => {
                self.say("the photo store cannot be reached");
                self.store_line.cut().await;
                Ok(())
            }
            Step::RestoreStore => {
                self.say("the photo store can be reached");
                self.store_line.restore();
                Ok(())
            }
            Step::Administrate { on: at, what } => self.administrate(&on(at), what).await,
            Step::Delete { on: at } => self.delete(&on(at)).await,
            Step::CitizenFiles => {
                self.citizen_files().await;
                Ok(())
            }
            Step::CitizenAlters { on: at } => self.citizen_alters(&on(at)).await,
            Step::ChangePassword { who } => self.change_password(who % officers).await,
            Step::TypePassword { who } => self.type_password(who % officers).await,
            Step::BackUp => {
                self.say("the server is backed up");
                self.backup = self.couch.own().map(|own| own.back_up(self.couch.database()).unwrap());
                Ok(())
            }
            Step::SetBack => {
                if let (Some(own), Some(backup)) = (self.couch.own(), &self.backup) {
                    own.restore(backup).unwrap();
                    self.say("the server is set back to its backup");
                }
                Ok(())
            }
        }
    }

    async fn decide(&mut self, who: usize, id: &str, what: &Choice) -> Result<(), String> {
        let Some(before) = self.laptops[who].mirror().grievance(id).unwrap() else { return Ok(()) };
        let (field, wanted) = what.value();
        let saved = self.laptops[who].officer.change(id, what.change()).await;
        self.tell(
            who,
            format!("sets {} of {} to {wanted}: {}", field.name(), self.name(id), outcome(&saved)),
        );
        match saved {
            Ok(_) => {
                let seen = shown(&before.shown.triage, &field);
                self.ledger.saved(who, id, &field, seen, wanted);
                Ok(())
            }
            Err(SyncError::Change(_)) => Ok(()),
            Err(other) => Err(format!("this failed: {other}")),
        }
    }

    async fn attach(&mut self, who: usize, id: &str) -> Result<(), String> {
        if self.laptops[who].mirror().grievance(id).unwrap().is_none() {
            return Ok(());
        }
        let photo = picture::prepared(fastrand::u128(..));
        let attached = self.laptops[who].officer.attach(id, &photo, Kind::After).await;
        self.tell(who, format!("attaches a photo to {}: {}", self.name(id), outcome(&attached)));
        let edits = attached.map_err(|error| error.to_string())?.edits.into_iter();
        let named = edits.map(|edit| edit.edit).find(|edit| edit.wanted["sha256"] == *photo.sha256);
        let edit = named.ok_or("the photo is not among the unsent edits")?;
        self.ledger.saved(who, id, &edit.field, Value::Null, edit.wanted);
        Ok(())
    }

    async fn file(&mut self, who: usize) -> Result<(), String> {
        self.numbered += 1;
        let report = Report {
            description: format!("Report {}", self.numbered),
            address: "Market Road".to_owned(),
            position: Position::new(77.79, 13.07).unwrap(),
        };
        let filed =
            self.laptops[who].officer.file_report(report, &picture::prepared(fastrand::u128(..))).await;
        let detail = filed.map_err(|error| error.to_string())?;
        self.grievances.push(detail.id.clone());
        self.tell(who, format!("files {}", self.name(&detail.id)));
        self.ledger.saved(who, &detail.id, &Field::Report, Value::Null, json!({ "_id": detail.id }));
        self.ledger.filed.insert((who, detail.id));
        Ok(())
    }

    async fn take_back(&mut self, who: usize, nth: usize) -> Result<(), String> {
        let unsent = self.laptops[who].unsent();
        if unsent.is_empty() {
            return Ok(());
        }
        let edit = &unsent[nth % unsent.len()].edit;
        let taken = self.laptops[who].officer.take_back(&edit.id).await;
        self.tell(who, format!("takes {} back: {}", self.called(edit), outcome(&taken)));
        match taken {
            Ok(()) if edit.field == Field::Report => self.ledger.report_taken_back(who, &edit.document),
            Ok(()) => self.ledger.taken_back(who, &edit.document, &edit.field, edit.seen.clone()),
            Err(SyncError::Mirror(mirror::MirrorError::Leaving)) => {}
            Err(other) => return Err(format!("this failed: {other}")),
        }
        Ok(())
    }

    async fn settle(&mut self, who: usize, nth: usize, keep: bool) -> Result<(), String> {
        let clashes = self.laptops[who].mirror().clashes().unwrap();
        if clashes.is_empty() {
            return Ok(());
        }
        let UnsentEdit { edit, state, .. } = &clashes[nth % clashes.len()];
        let EditState::Clash { found, .. } = state else {
            return Err(format!("a clash that is none: {edit:?}"));
        };
        let gone =
            self.laptops[who].mirror().grievance(&edit.document).unwrap().is_some_and(|detail| detail.gone);
        let decision = if keep { Decision::Keep } else { Decision::Drop };
        let settled = self.laptops[who].officer.settle(&edit.id, decision).await;
        self.tell(
            who,
            format!(
                "settles the clash of {} with {found}: {decision:?}: {}",
                self.called(edit),
                outcome(&settled)
            ),
        );
        match settled {
            Err(SyncError::Mirror(mirror::MirrorError::Leaving)) => return Ok(()),
            Err(other) => return Err(format!("this failed: {other}")),
            Ok(()) if !keep => self.ledger.dropped(who, &edit.document, &edit.field),
            Ok(()) => self.ledger.kept(who, &edit.document, &edit.field, found.clone(), edit.wanted.clone()),
        }
        if keep && gone {
            self.ledger.filed.insert((who, edit.document.clone()));
        }
        Ok(())
    }

    async fn sync(&mut self, who: usize) -> Result<(), String> {
        if self.busy == Some(who) {
            return Ok(());
        }
        let sync = Sync::of(&self.laptops[who]);
        let ended = sync.ended(&self.laptops[who]).await;
        self.synced(who, ended)
    }

    async fn sync_while(&mut self, who: usize, at: Request, meanwhile: &[Step]) -> Result<(), String> {
        let mut held = self.line(who, at).hold_next(at.pattern());
        let mut sync = Sync::of(&self.laptops[who]);
        if sync.reaches(&mut held, &self.laptops[who]).await {
            self.tell(who, format!("syncs; while {} is on its way,", at.pattern()));
            self.busy = Some(who);
            for step in meanwhile {
                Box::pin(self.take(step)).await?;
            }
            self.busy = None;
            self.tell(who, format!("{} arrives", at.pattern()));
            held.release();
        }
        let ended = sync.ended(&self.laptops[who]).await;
        self.synced(who, ended)
    }

    async fn crash_at(&mut self, who: usize, at: Request) -> Result<(), String> {
        let mut held = self.line(who, at).hold_next(at.pattern());
        let mut sync = Sync::of(&self.laptops[who]);
        if sync.reaches(&mut held, &self.laptops[who]).await {
            self.tell(who, format!("syncs, and the program ends before {} arrives", at.pattern()));
            sync.killed().await;
            let line = self.line(who, at);
            line.cut().await;
            line.restore();
        } else {
            let ended = sync.ended(&self.laptops[who]).await;
            self.synced(who, ended)?;
        }
        self.reopen(who).await
    }

    /// What a sync said of itself has to be true.
    fn synced(&mut self, who: usize, ended: Result<SyncState, String>) -> Result<(), String> {
        let state = match ended {
            Ok(state) => state,
            Err(why) => return Err(format!("{}'s sync {why}", self.laptops[who].name)),
        };
        self.tell(who, format!("syncs: {}", state.sentence));
        let unsent = self.laptops[who].unsent();
        match (state.state, unsent.is_empty()) {
            (State::AllSent, false) => Err(format!("all is said to be sent, but not {unsent:?}")),
            (State::ToSend, true) => Err("something is said to be unsent, and nothing is".to_owned()),
            _ => Ok(()),
        }
    }

    async fn reopen(&mut self, who: usize) -> Result<(), String> {
        self.laptops[who].reopen().await.map_err(|error| format!("opening failed: {error}"))
    }

    async fn administrate(&mut self, id: &str, what: &Choice) -> Result<(), String> {
        let (field, wanted) = what.value();
        let Some(mut document) = self.couch.document(self.couch.database(), id).await else { return Ok(()) };
        let triage = document.as_object_mut().unwrap().entry("triage").or_insert(json!({}));
        match &field {
            Field::Status => triage.as_object_mut().unwrap().extend(wanted.as_object().unwrap().clone()),
            other => triage[other.name()] = wanted.clone(),
        }
        triage["by"] = "administrator".into();
        self.say(format!("the administrator sets {} of {} to {wanted}", field.name(), self.name(id)));
        self.write(document).await;
        Ok(())
    }

    async fn delete(&mut self, id: &str) -> Result<(), String> {
        let Some(document) = self.couch.document(self.couch.database(), id).await else { return Ok(()) };
        let path = format!("{}/{id}?rev={}", self.couch.database(), document["_rev"].as_str().unwrap());
        let gone = self.couch.admin("DELETE".parse().unwrap(), &path, None).await;
        self.made_by_others.insert((id.to_owned(), gone["rev"].as_str().unwrap().to_owned()));
        self.say(format!("{} is deleted on the server", self.name(id)));
        Ok(())
    }

    async fn citizen_files(&mut self) {
        self.numbered += 1;
        let id = format!("{:032x}", self.numbered);
        self.grievances.push(id.clone());
        self.say(format!("a citizen files {}", self.name(&id)));
        self.write(json!({
            "_id": id, "reportedBy": "citizen@example.org", "reportedDateTime": "20261120_080000",
            "problemDescription": format!("Lamp {} is dark", self.numbered), "seenBy": 1.50,
            "picture": { "large": "a.jpg", "thumbnail": "b.jpg" },
        }))
        .await;
    }

    async fn citizen_alters(&mut self, id: &str) -> Result<(), String> {
        let Some(mut document) = self.couch.document(self.couch.database(), id).await else { return Ok(()) };
        self.numbered += 1;
        document["problemDescription"] = format!("Other words {}", self.numbered).into();
        self.say(format!("the citizen of {} alters her words", self.name(id)));
        self.write(document).await;
        Ok(())
    }

    async fn write(&mut self, document: Value) {
        let id = document["_id"].as_str().unwrap().to_owned();
        let rev = self.couch.write(self.couch.database(), &document).await;
        self.made_by_others.insert((id, rev));
    }

    async fn change_password(&mut self, who: usize) -> Result<(), String> {
        self.numbered += 1;
        let password = format!("monsoon drains {}", self.numbered);
        self.laptops[who].login = self.couch.change_password(&self.laptops[who].login, &password).await;
        self.tell(who, "the password is another one on the server");
        Ok(())
    }

    async fn type_password(&mut self, who: usize) -> Result<(), String> {
        if self.laptops[who].knows_the_password() {
            return Ok(());
        }
        let typed = self.laptops[who].type_password().await;
        self.tell(who, format!("types the new password: {}", outcome(&typed)));
        match typed {
            // Without a line, or locked out after wrong ones, another time.
            Ok(()) | Err(SyncError::Couch(_)) => Ok(()),
            Err(other) => Err(format!("this failed: {other}")),
        }
    }

    /// Every fault ends, and everybody syncs until a round in which nothing happened.
    async fn come_to_rest(&mut self) -> Result<(), String> {
        const ROUNDS: usize = 12;
        self.store_line.restore();
        for who in 0..self.laptops.len() {
            self.laptops[who].line.restore();
            if !self.laptops[who].knows_the_password() {
                self.laptops[who]
                    .reopen_with_the_servers_password()
                    .await
                    .map_err(|error| error.to_string())?;
            }
        }
        if let Some(own) = self.couch.own() {
            own.forget_wrong_passwords();
        }
        let mut before = Value::Null;
        for _ in 0..ROUNDS {
            for who in 0..self.laptops.len() {
                self.sync(who).await?;
            }
            let now =
                self.couch.admin("GET".parse().unwrap(), self.couch.database(), None).await["update_seq"]
                    .clone();
            if now == before {
                return Ok(());
            }
            before = now;
        }
        Err(format!("after {ROUNDS} rounds there is no rest"))
    }

    fn line(&self, who: usize, request: Request) -> &Proxy {
        match request {
            Request::Upload => &self.store_line,
            Request::SignIn | Request::Changes | Request::Push => &self.laptops[who].line,
        }
    }

    fn called(&self, edit: &domain::Edit) -> String {
        format!("{} of {} ({})", edit.field.name(), self.name(&edit.document), edit.wanted)
    }

    fn tell(&mut self, who: usize, what: impl AsRef<str>) {
        let line = format!("{}: {}", self.laptops[who].name, what.as_ref());
        self.say(line);
    }

    fn say(&mut self, what: impl AsRef<str>) {
        let indent = if self.busy.is_some() { "   " } else { "" };
        self.script.push(format!("{}. {indent}{}", self.script.len(), what.as_ref()));
    }
}

/// An engine at work; dropping it ends it where it is.
struct Sync {
    task: JoinHandle<Result<SyncState, SyncError>>,
    /// Requests of this laptop, after which something is asked for ever.
    limit: usize,
    outcome: Option<Result<SyncState, String>>,
}

impl Sync {
    fn of(laptop: &Laptop) -> Sync {
        const PATIENCE: usize = 200;
        let mut engine = Engine::new(laptop.officer.clone());
        let task = tokio::spawn(async move {
            engine.catch_up().await?;
            Ok(engine.state().borrow().clone())
        });
        Sync { task, limit: laptop.line.requests().len() + PATIENCE, outcome: None }
    }

    /// Whether it comes to the request that is held before it ends.
    async fn reaches(&mut self, held: &mut Held, laptop: &Laptop) -> bool {
        tokio::select! {
            () = held.reached() => true,
            ended = self.wait(laptop) => {
                self.outcome = Some(ended);
                false
            }
        }
    }

    async fn killed(mut self) {
        self.task.abort();
        // Aborted is what it was to be.
        (&mut self.task).await.ok();
    }

    async fn ended(mut self, laptop: &Laptop) -> Result<SyncState, String> {
        match self.outcome.take() {
            Some(outcome) => outcome,
            None => self.wait(laptop).await,
        }
    }

    async fn wait(&mut self, laptop: &Laptop) -> Result<SyncState, String> {
        tokio::select! {
            ended = &mut self.task => match ended {
                Ok(Ok(state)) => Ok(state),
                Ok(Err(error)) => Err(format!("failed: {error}")),
                Err(error) => Err(error.to_string()),
            },
            () = laptop.line.until("/", self.limit) => Err("goes on for ever".to_owned()),
        }
    }
}

impl Drop for Sync {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Choice {
    fn change(&self) -> Change {
        match self {
            Choice::Status { .. } => {
                let (_, value) = self.value();
                let text = |member: &str| value[member].as_str().map(str::to_owned);
                Change::Status { status: text("status").unwrap(), reason: text("reason"), duplicate_of: None }
            }
            Choice::Category(_) => Change::Category(self.value().1.as_str().map(str::to_owned)),
            Choice::Reply(_) => Change::Reply(self.value().1.as_str().map(str::to_owned)),
        }
    }

    fn value(&self) -> (Field, Value) {
        let workflow = Workflow::default();
        match self {
            Choice::Status { key, reason } => {
                let key = &workflow.statuses[key % workflow.statuses.len()].key;
                let reason = reason.map(|reason| format!("reason {reason}"));
                (Field::Status, domain::status_value(key, reason, None))
            }
            Choice::Category(key) => {
                (Field::Category, key.map(|key| workflow.categories[key].key.clone()).into())
            }
            Choice::Reply(number) => (Field::Reply, number.map(|number| format!("reply {number}")).into()),
        }
    }
}

impl Request {
    fn pattern(self) -> &'static str {
        match self {
            Request::SignIn => "POST /_session",
            Request::Changes => "/_changes",
            Request::Push => "POST /_bulk_docs",
            Request::Upload => "PUT /",
        }
    }
}

/// The value of a field in the triage that an officer looks at.
fn shown(triage: &Triage, field: &Field) -> Value {
    let document = json!({ "triage": triage }).to_string();
    field.found(Some(&Document::parse(&document).unwrap()))
}

fn outcome<T>(result: &Result<T, SyncError>) -> String {
    match result {
        Ok(_) => "saved".to_owned(),
        Err(error) => error.to_string(),
    }
}
