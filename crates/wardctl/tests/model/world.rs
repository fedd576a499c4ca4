//! A ward that lives through a history, and writes down what happened in words.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::Field;
use serde_json::json;
use testkit::{Couch, Proxy, Store};
use vault::Unlocked;

use crate::history::{History, Request, Step};
use crate::laptop::Laptop;
use crate::ledger::Ledger;
use crate::part::boundaries;
use crate::revisions::Trees;
use crate::{promise, revisions};

pub const OFFICERS: [&str; 4] = ["asha", "ravi", "meera", "dev"];

/// What histories share: what is slow to make and remembers nothing of a ward.
pub struct Stage<'a> {
    pub store: &'a Store,
    /// One for each officer; who has it unlocked needs no key derivation.
    pub accounts: &'a [Arc<Unlocked>],
}

pub struct World {
    pub couch: Couch,
    pub store_line: Proxy,
    pub laptops: Vec<Laptop>,
    /// Ids of all grievances ever filed.
    pub grievances: Vec<String>,
    /// Revisions (id, revision) that phones and the administrator wrote.
    pub made_by_others: BTreeSet<(String, String)>,
    pub ledger: Ledger,
    /// Officers of whom a push may have arrived without an answer.
    pub unheard: BTreeSet<usize>,
    /// Fields (officer, grievance, field) of which a value left and had no answer when somebody looked.
    pub unanswered: BTreeSet<(usize, String, Field)>,
    /// What happened, line by line.
    pub script: Vec<String>,
    pub tally: Tally,
    /// Who is in the middle of a sync.
    pub busy: Option<usize>,
    /// So that no two things are called alike.
    pub numbered: usize,
    /// Of both databases.
    backup: Vec<testkit::Backup>,
    pub was_set_back: bool,
    /// What the server had whenever it was set back.
    pub before_set_back: Vec<Trees>,
}

/// What happened in histories that kept every promise.
#[derive(Default)]
pub struct Tally {
    pub steps: usize,
    pub settled: usize,
    pub crashes: usize,
    /// Grievances that left a laptop when another part was selected.
    pub left: usize,
    /// Revisions that officers made.
    pub revisions: usize,
    /// A server was set back and then did the same again, to the letter, so that only the weekly comparison told.
    pub weeks: usize,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.steps += other.steps;
        self.settled += other.settled;
        self.crashes += other.crashes;
        self.left += other.left;
        self.revisions += other.revisions;
        self.weeks += other.weeks;
    }
}

/// Lives through the history and judges what came of it; the error tells all that happened.
pub async fn live(stage: &Stage<'_>, history: &History) -> Result<Tally, String> {
    let mut world = World::founded(stage, history).await;
    let judged = world.live(history).await;
    judged.map_err(|why| format!("{}\nand then {why}", world.script.join("\n")))?;
    Ok(world.tally)
}

impl World {
    async fn founded(stage: &Stage<'_>, history: &History) -> World {
        let couch = Couch::for_test("model").await;
        let store_line = Proxy::to(stage.store.endpoint()).await;
        if history.store {
            let setting = json!({
                "_id": "settings:photo-store", "endpoint": store_line.url(),
                "bucket": stage.store.bucket(), "region": stage.store.region(),
                "credentials": { "kind": "static", "accessKey": stage.store.access_key(), "secretKey": stage.store.secret_key() },
            });
            couch.write(&couch.ops_database(), &setting).await;
        }
        couch.write(&couch.ops_database(), &boundaries()).await;
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
            unheard: BTreeSet::new(),
            unanswered: BTreeSet::new(),
            script: Vec::new(),
            tally: Tally::default(),
            busy: None,
            numbered: 0,
            backup: Vec::new(),
            was_set_back: false,
            before_set_back: Vec::new(),
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
        if let Err(why) = self.judge(history).await {
            self.after_a_week(why).await?;
            self.judge(history).await?;
        }
        if self.everybody_selects_everything().await? {
            self.come_to_rest().await?;
            self.judge(history).await?;
        }
        Ok(())
    }

    async fn judge(&mut self, history: &History) -> Result<(), String> {
        let trees = revisions::read(&self.couch).await;
        let revisions: usize = trees.all().map(|(_, tree)| tree.revisions.len()).sum();
        self.tally.revisions = revisions.saturating_sub(self.made_by_others.len());
        self.tally.steps = history.steps.len();
        match revisions::deleted(&self.couch, &self.couch.ops_database()).await.first() {
            Some(id) => Err(format!("{id} was deleted in the internal database, and nobody asked for that")),
            None => promise::keeps(self, &trees, history.store),
        }
    }

    pub async fn take(&mut self, step: &Step) -> Result<(), String> {
        self.look_for_unanswered();
        self.do_step(step).await?;
        self.look_for_unanswered();
        Ok(())
    }

    fn look_for_unanswered(&mut self) {
        for (who, laptop) in self.laptops.iter().enumerate() {
            let sent =
                laptop.unsent().into_iter().map(|unsent| unsent.edit).filter(|edit| !edit.sent.is_empty());
            self.unanswered.extend(sent.map(|edit| (who, edit.document, edit.field)));
        }
    }

    async fn do_step(&mut self, step: &Step) -> Result<(), String> {
        let (officers, grievances) = (self.laptops.len(), self.grievances.len());
        let on = |at: &usize| self.grievances[at % grievances].clone();
        match step {
            Step::Decide { who, on: at, what } => self.decide(who % officers, &on(at), what).await,
            Step::Attach { who, on: at } => self.attach(who % officers, &on(at)).await,
            Step::File { who } => self.file(who % officers).await,
            Step::TakeBack { nth } => self.take_back(*nth).await,
            Step::Settle { nth, keep } => self.settle(*nth, *keep).await,
            Step::Sync { who } => self.sync(who % officers).await,
            Step::SyncWhile { who, at, meanwhile } => self.sync_while(who % officers, *at, meanwhile).await,
            Step::Crash { who } => {
                self.tell(who % officers, "the program ends and is started again");
                self.reopen(who % officers).await
            }
            Step::CrashAt { who, at } => self.crash_at(who % officers, *at).await,
            Step::LoseAnswer { who, to } => {
                self.tell(who % officers, format!("the answer to the next {} will be lost", to.pattern()));
                if *to == Request::Push {
                    self.unheard.insert(who % officers);
                }
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
            Step::Move { on: at } => self.move_to_the_other_ward(&on(at)).await,
            Step::Select { who, part } => self.select(who % officers, *part).await,
            Step::ChangePassword { who } => self.change_password(who % officers).await,
            Step::TypePassword { who } => self.type_password(who % officers).await,
            Step::Believe { who } => self.believe(who % officers).await.map(drop),
            Step::BackUp => {
                self.say("the server is backed up");
                let internal = self.couch.ops_database();
                self.backup = vec![
                    self.couch.back_up(self.couch.database()).await,
                    self.couch.back_up(&internal).await,
                ];
                Ok(())
            }
            Step::SetBack => {
                if !self.backup.is_empty() {
                    self.before_set_back.push(revisions::read(&self.couch).await);
                    for backup in &self.backup {
                        self.couch.restore(backup).await;
                    }
                    self.was_set_back = true;
                    self.say("the server is set back to its backup");
                }
                Ok(())
            }
        }
    }

    pub fn tell(&mut self, who: usize, what: impl AsRef<str>) {
        let line = format!("{}: {}", self.laptops[who].name, what.as_ref());
        self.say(line);
    }

    pub fn say(&mut self, what: impl AsRef<str>) {
        let indent = if self.busy.is_some() { "   " } else { "" };
        self.script.push(format!("{}. {indent}{}", self.script.len(), what.as_ref()));
    }
}
