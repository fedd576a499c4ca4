//! A small CouchDB: HTTP, in memory or on a file, on a port of its own.
//!
//! It speaks the part of CouchDB's protocol that MyWard Officer, the citizens' PouchDB and a
//! replicating colleague use, word for word as a CouchDB 3.5.0 was seen to speak it;
//! `tests/conformance.rs` holds both to the same table. Revisions come out the same as there.
//!
//! What differs, on purpose:
//! * One shard, so sequences are in write order. A client must not rely on it.
//! * Ten rounds of PBKDF2 where the real one spends 600,000: tests do not wait for passwords.
//! * No attachments, views, `_find`, `_replicate`, COPY, partitions, filter functions,
//!   nor the `eventsource` feed, nor the questions only an administrator's tools ask (`_node`,
//!   `_membership`, `_scheduler`, `_dbs_info`, `_shards`).
//! * `validate_doc_update` is kept and replicated like every design document, but never run.
//!   What it would refuse, [`CouchDb::refuse_document`] refuses.
//! * `open_revs` and `_bulk_get` answer JSON even where `multipart/mixed` would be preferred.
//! * Request bodies are not decompressed. A `_revs_limit` that was set is not in the file.
//! * An edit on a revision of a document this server never had is taken; the real one takes it
//!   or refuses it with 409, as its shards happen to agree.
//! * Strings compare by code point, not by Unicode collation, in selectors.
//! * A feed's first heartbeat comes after the heartbeat's time, not at once; the number of blank
//!   lines means nothing.

mod account;
mod all_docs;
mod answer;
mod bulk;
mod changes;
mod database;
mod documents;
mod edit;
mod feed;
mod json_number;
mod locals;
mod log;
mod purge;
mod question;
mod rendering;
mod revision;
mod revision_tree;
mod routes;
mod security;
mod selector;
mod sequence;
mod server;
mod session;

use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

pub use answer::Refusal;
use database::Contents;
pub use selector::Selector;
use server::{Server, Shared};

/// A running server. Dropping it cuts every connection at once, as a killed process would.
pub struct CouchDb {
    shared: Shared,
    address: SocketAddr,
    admin: (String, String),
    runtime: Option<Runtime>,
}

/// How to start one; without options on a free port, in memory, administered by
/// `admin` with the password `password`.
#[derive(Debug, Clone)]
pub struct CouchDbBuilder {
    port: u16,
    file: Option<PathBuf>,
    admin: (String, String),
}

/// A copy of one database, for [`CouchDb::restore`].
#[derive(Clone)]
pub struct Backup {
    database: String,
    contents: Contents,
}

#[derive(Debug, thiserror::Error)]
pub enum CouchDbError {
    #[error("the address {address} cannot be listened on")]
    Bind { address: SocketAddr, source: std::io::Error },
    #[error("no threads for the server")]
    Threads { source: std::io::Error },
    #[error("the data file {path} cannot be read or written")]
    Log { path: PathBuf, source: std::io::Error },
    #[error("the data file {path} is damaged at line {line}")]
    Damaged { path: PathBuf, line: usize, source: serde_json::Error },
    #[error("the data file contradicts itself: {}", .0.reason)]
    Refused(Refusal),
}

impl CouchDb {
    /// In memory, on a free port.
    pub async fn start() -> Result<Self, CouchDbError> {
        Self::builder().start().await
    }

    pub fn builder() -> CouchDbBuilder {
        CouchDbBuilder { port: 0, file: None, admin: ("admin".to_owned(), "password".to_owned()) }
    }

    /// `http://127.0.0.1:port`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Name and password of the administrator.
    pub fn admin(&self) -> (&str, &str) {
        (&self.admin.0, &self.admin.1)
    }

    pub fn uuid(&self) -> String {
        self.shared.lock().uuid.clone()
    }

    /// Another server answers at this address from here on.
    pub fn set_uuid(&self, uuid: &str) {
        self.shared.lock().uuid = uuid.to_owned();
    }

    /// Every cookie given so far proves nothing any more, as if it had expired.
    pub fn expire_cookies(&self) {
        self.shared.lock().secret = random_hex::<16>();
    }

    /// Moves this server's clock ahead: cookies age, lock-outs end.
    pub fn advance_clock(&self, by: Duration) {
        self.shared.lock().ahead += by.as_secs();
    }

    /// Opens every account locked by wrong passwords.
    pub fn forget_wrong_passwords(&self) {
        self.shared.lock().failures.clear();
    }

    /// The next `requests` are answered 503 with `Retry-After`, in whole seconds.
    pub fn be_busy(&self, requests: u32, retry_after: Duration) {
        self.shared.lock().busy = Some((requests, retry_after.as_secs())).filter(|_| requests > 0);
    }

    /// Edits of the document are answered 403 with `reason`, as a `validate_doc_update` would.
    pub fn refuse_document(&self, database: &str, id: &str, reason: &str) -> Result<(), Refusal> {
        let mut server = self.shared.lock();
        let refused = &mut server.database(database)?.refused;
        refused.insert(id.to_owned(), reason.to_owned());
        Ok(())
    }

    /// Undoes [`CouchDb::refuse_document`].
    pub fn allow_document(&self, database: &str, id: &str) -> Result<(), Refusal> {
        self.shared.lock().database(database)?.refused.remove(id);
        Ok(())
    }

    /// A copy of the database as it is, to go back to.
    pub fn back_up(&self, database: &str) -> Result<Backup, Refusal> {
        let mut server = self.shared.lock();
        let contents = server.database(database)?.contents.clone();
        Ok(Backup { database: database.to_owned(), contents })
    }

    /// Puts the older copy in place under the same incarnation: sequences given since then are
    /// ahead of the database, which is what a server restored from its files looks like.
    /// Only in memory: a data file does not learn of it.
    pub fn restore(&self, backup: &Backup) -> Result<(), Refusal> {
        let mut server = self.shared.lock();
        let database = server.database(&backup.database)?;
        database.contents = backup.contents.clone();
        database.news.send_replace(database.contents.newest);
        Ok(())
    }
}

impl Drop for CouchDb {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl CouchDbBuilder {
    /// 0, the default, is any free port.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Keeps everything in this file, which is created when it is not there.
    pub fn file(mut self, file: impl Into<PathBuf>) -> Self {
        self.file = Some(file.into());
        self
    }

    pub fn admin(mut self, name: &str, password: &str) -> Self {
        self.admin = (name.to_owned(), password.to_owned());
        self
    }

    /// Listens on 127.0.0.1. The server has threads of its own, so a test's own runtime may be
    /// of any kind, and stopping cuts what is open.
    pub async fn start(self) -> Result<CouchDb, CouchDbError> {
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let failed = |source| CouchDbError::Bind { address: wanted, source };
        let listener = StdListener::bind(wanted).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let server = Server::new(self.admin.clone(), self.file.as_deref())?;
        let shared = Shared::new(server);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("couchdb")
            .enable_all()
            .build()
            .map_err(|source| CouchDbError::Threads { source })?;
        let router = Router::new().fallback(routes::handle).with_state(shared.clone());
        let inside = runtime.enter();
        let listener = TcpListener::from_std(listener).map_err(failed)?;
        drop(inside);
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(CouchDb { shared, address, admin: self.admin, runtime: Some(runtime) })
    }
}

/// `N` random bytes in hex.
fn random_hex<const N: usize>() -> String {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap_or_else(|error| panic!("no randomness: {error}"));
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
