//! The town the tests play in: a CouchDB, an object store, a citizen's phone, and a network that can be cut.
//! Fakes stand in for the far end only and speak the wire, so that each test can be pointed at the real thing.

mod couch;
pub mod couchdb;
mod http;
mod leash;
mod phone;
mod proxy;
mod store;
mod tier;

pub use couch::{Couch, Login};
pub use phone::Phone;
pub use proxy::{Held, Proxy};
/// Of [`Couch::admin`] and [`Couch::send`].
pub use reqwest::Method;
pub use store::Store;
pub use tier::{figure, times};
