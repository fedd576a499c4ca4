//! The encrypted file: what the server has, what the officer wants it to have, and every query of
//! the triage queue.
//!
//! The file says what is so, never what to do. A `document` is the server's last revision as its
//! own text; an `edit` is one thing the officer changed that the server has not got; the row the
//! list shows (`grievance`) is the document with its edits written into it. Whatever must agree is
//! written in one transaction: a pulled page with its rebased edits, search words, counters and
//! checkpoint; an edit with the row that shows it. So starting after a crash is the same as going on.
//!
//! All calls block; they belong on threads of their own. Time is an argument: unix seconds `now`,
//! or RFC 3339 text `at` for what an officer did.

mod attach;
mod branches;
mod branching;
mod change;
mod checkpoint;
mod clock;
mod comparison;
mod connection;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod cost;
mod counts;
mod database;
mod deletion;
mod deliveries;
mod delivery;
mod detail;
mod edits;
mod entries;
mod error;
mod facts;
mod history;
mod holdings;
mod mirror;
mod mode;
mod owner;
mod photos;
mod places;
mod pulled;
mod push;
mod queue;
mod rebased;
mod row;
mod salvage;
mod schema;
mod search;
mod selection;
mod set_back;
mod settings;
mod shadow;
mod taken_in;
mod timeline;
mod twins;
mod unsent;
mod upkeep;
mod upstream;
mod vanished;

pub use attach::NewPhoto;
pub use branches::{Branch, Branched, Content, Difference};
pub use change::Decision;
pub use checkpoint::Checkpoint;
pub use comparison::Comparison;
pub use counts::Counts;
pub use database::Database;
pub use deliveries::{Delivery, HistoryLine, Proof};
pub use detail::{Altered, Detail, PhotoState};
pub use entries::DueEntry;
pub use error::MirrorError;
pub use facts::Facts;
pub use history::{Event, Happened};
pub use holdings::{Holding, Holdings};
pub use mirror::Mirror;
pub use mode::{Mode, Modes};
pub use owner::Owner;
pub use photos::{PhotoPlace, PhotoRow, Upload, WHEN_OPENED};
pub use places::{Bounds, Place};
pub use pulled::{Applied, Pulled};
pub use push::{Acknowledged, Outgoing};
pub use queue::{Cursor, Order, Page, Query, Show};
pub use row::{Mark, Row};
pub use salvage::Mended;
pub use selection::Left;
pub use set_back::Revisions;
pub use settings::WardNames;
pub use taken_in::{NotTaken, Picture, TakenIn};
pub use timeline::TimelineLine;
pub use twins::Twin;
pub use unsent::{EditState, UnsentEdit};
pub use upstream::Upstream;
pub use vanished::{Answer, Vanished};
