//! A signed-in officer's laptop and the city's servers, kept in step.
//!
//! [`Officer`] is what a person can do here, with or without a network; every verb ends in one
//! transaction of the mirror. [`Engine`] brings it to the servers: `plan` decides the next step
//! from facts, and each step is a method of the engine.

mod access;
mod at_rest;
mod backoff;
mod branches;
mod change;
mod clock;
mod compare;
mod comparison;
mod deliveries;
mod doctor;
mod engine;
mod entries;
mod error;
mod export;
mod failures;
mod import;
mod internal_trouble;
mod officer;
mod photo_store;
mod pins;
mod plan;
mod pull;
mod push;
mod recognition;
mod rest;
mod reword;
mod selection;
mod sentence;
mod sign_in;
mod state;
mod store;
mod timeline;
mod unsent_file;
mod upkeep;
mod upstream;
mod way;

pub use change::Change;
pub use compare::{ComparedCount, ComparedDatabase, Comparison};
pub use couch::Site;
pub use deliveries::{deliveries_csv, line_words};
pub use doctor::{Check, Verdict, Who, officers_role};
pub use engine::{Engine, Happening};
pub use error::SyncError;
pub use export::Exported;
pub use import::{Imported, LeftOut};
pub use internal_trouble::InternalTrouble;
pub use officer::{Officer, Report};
pub use photo_store::{Credentials, PhotoAccess, PhotoStore};
pub use reword::NewWords;
pub use selection::Measured;
pub use sign_in::{SignIn, open, resume, sign_in};
pub use state::{State, SyncState, Unsent};
pub use timeline::{local_time, timeline_text};
