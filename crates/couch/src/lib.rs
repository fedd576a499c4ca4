//! A well-behaved client of CouchDB: documents, revisions and changes over HTTP.
//!
//! It knows nothing of grievances. It promises its caller four things:
//!
//! * **Only to the configured server.** A [`Site`] is https, or plain http to this very machine.
//!   Redirects are not followed, no proxy stands before a loopback server, the password and the
//!   session cookie go to one origin and live in memory only.
//! * **Only from a CouchDB.** An answer is believed when it is JSON of the expected shape; a captive
//!   portal, a proxy's error page or half an answer is [`CouchError::NotOurServer`] and changes nothing.
//! * **Bounded.** Connecting, waiting and reading end by themselves; bodies are counted after
//!   decompression and cut at a cap.
//! * **One bad document never stops the others.** A changes page is read row by row, and a row that
//!   cannot be used comes back as a [`Change`] that says why.
//!
//! Nothing is retried here except one request after a silent renewal of the session; waiting and
//! trying again is the caller's plan, and [`CouchError::may_pass`] tells what is worth it.

mod administrator;
mod answer;
mod bulk;
mod certificate;
mod changes;
mod database;
mod error;
mod lookup;
mod page;
mod request;
mod retry_after;
mod revisions;
mod route;
mod server;
mod session;
mod site;
mod soundness;
mod token;

pub use administrator::{Members, Officer, Security};
pub use bulk::{Outcome, Refusal};
pub use certificate::Pins;
pub use database::{Database, Info};
pub use error::CouchError;
pub use page::{Change, Changes};
pub use revisions::History;
pub use server::{Server, Welcome};
pub use session::Session;
pub use site::Site;
