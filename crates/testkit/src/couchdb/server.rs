//! Everything one server knows, and how it comes back from its log.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::account::{Account, USERS};
use super::answer::Refusal;
use super::database::{Database, Local};
use super::log::{Log, Record};
use super::revision::Revision;
use super::{CouchDbError, random_hex};

pub struct Server {
    /// 32 hex digits: tells this server from any other.
    pub uuid: String,
    /// Signs cookies.
    pub secret: String,
    /// Seconds.
    pub cookie_lifetime: u64,
    /// Seconds this server's clock is ahead of the machine's.
    pub ahead: u64,
    /// Wrong passwords by name and salt, and the second of the first.
    pub failures: HashMap<(String, String), (u32, u64)>,
    pub databases: BTreeMap<String, Database>,
    /// Requests still to be answered 503, and the seconds they are told to wait.
    pub busy: Option<(u32, u64)>,
    admin: (String, String),
    log: Log,
}

#[derive(Clone)]
pub struct Shared(Arc<Mutex<Server>>);

impl Shared {
    pub fn new(server: Server) -> Self {
        Self(Arc::new(Mutex::new(server)))
    }

    pub fn lock(&self) -> MutexGuard<'_, Server> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server {
    pub fn new(admin: (String, String), file: Option<&Path>) -> Result<Self, CouchDbError> {
        let (log, records) = match file {
            Some(path) => Log::open(path)?,
            None => (Log::default(), Vec::new()),
        };
        let mut server = Self {
            uuid: random_hex::<16>(),
            secret: random_hex::<16>(),
            cookie_lifetime: 600,
            ahead: 0,
            failures: HashMap::new(),
            databases: BTreeMap::new(),
            busy: None,
            admin,
            log,
        };
        if records.is_empty() {
            let first = Record::Server { uuid: server.uuid.clone(), secret: server.secret.clone() };
            server.log.append(&first).map_err(CouchDbError::Refused)?;
            for name in ["_replicator", USERS] {
                server.create(name).map_err(CouchDbError::Refused)?;
            }
        }
        for record in records {
            server.replay(record).map_err(CouchDbError::Refused)?;
        }
        Ok(server)
    }

    /// Seconds since 1970 by this server's clock.
    pub fn now(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| since.as_secs()) + self.ahead
    }

    pub fn account(&self, name: &str) -> Option<Account> {
        if name == self.admin.0 {
            return Some(Account::administrator(&self.admin.1));
        }
        Account::find(self.databases.get(USERS)?, name)
    }

    pub fn create(&mut self, name: &str) -> Result<(), Refusal> {
        if self.databases.contains_key(name) {
            return Err(Refusal::new(
                412,
                "file_exists",
                "The database could not be created, the file already exists.",
            ));
        }
        let tag = random_hex::<8>();
        let born = self.now();
        self.log.append(&Record::Create { database: name.to_owned(), tag: tag.clone(), born })?;
        let database = Database::new(name, &tag, born, self.log.clone());
        self.databases.insert(name.to_owned(), database);
        Ok(())
    }

    pub fn drop_database(&mut self, name: &str) -> Result<(), Refusal> {
        self.database(name)?;
        self.log.append(&Record::Drop { database: name.to_owned() })?;
        self.databases.remove(name);
        Ok(())
    }

    pub fn database(&mut self, name: &str) -> Result<&mut Database, Refusal> {
        self.databases.get_mut(name).ok_or_else(|| Refusal::not_found("Database does not exist."))
    }

    fn replay(&mut self, record: Record) -> Result<(), Refusal> {
        match record {
            Record::Server { uuid, secret } => {
                self.uuid = uuid;
                self.secret = secret;
            }
            Record::Create { database, tag, born } => {
                let made = Database::new(&database, &tag, born, self.log.clone());
                self.databases.insert(database, made);
            }
            Record::Drop { database } => {
                self.databases.remove(&database);
            }
            Record::Revision { database, id, history, deleted, members } => {
                let history =
                    history.iter().map(|text| Revision::parse(text)).collect::<Result<Vec<_>, _>>()?;
                self.database(&database)?.add(&id, &history, deleted, &members);
            }
            Record::Purge { database, id, revision } => {
                let revision = Revision::parse(&revision)?;
                self.database(&database)?.forget(&id, &revision);
            }
            Record::Local { database, id, number, members } => {
                self.database(&database)?.keep_local(&id, Local { number, members })
            }
            Record::Security { database, security } => {
                let security = serde_json::from_str(&security)
                    .map_err(|error| Refusal::bad_request(error.to_string()))?;
                self.database(&database)?.contents.security = security;
            }
        }
        Ok(())
    }
}
