//! The town the tests play in: a CouchDB, an object store, a citizen's phone, a network that can be cut,
//! and a disk that can go bad.
//! Fakes stand in for the far end only and speak the wire, so that each test can be pointed at the real thing.

mod authority;
mod backup;
mod bad_disk;
mod couch;
pub mod couchdb;
mod http;
mod leash;
mod phone;
mod preload;
mod proxy;
mod reply;
mod store;
mod strict;
mod tier;

pub use authority::{Authority, acceptor, pin};
pub use backup::Backup;
pub use bad_disk::{BadDisk, asks};
pub use couch::{Couch, Login};
pub use phone::Phone;
pub use preload::compiled;
pub use proxy::{Held, Proxy};
pub use reply::Reply;
/// Of [`Couch::admin`] and [`Couch::send`].
pub use reqwest::Method;
pub use store::Store;
pub use tier::{figure, times};
