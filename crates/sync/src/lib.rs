//! A signed-in officer's laptop and the city's servers, kept in step.
//!
//! [`Officer`] is what a person can do here, with or without a network; every verb ends in one
//! transaction of the mirror. [`Engine`] brings it to the servers: [`plan`] decides the next step
//! from facts, and each step is a file of its own.

mod backoff;
mod clock;
mod compare;
mod engine;
mod error;
mod officer;
pub mod plan;
mod pull;
mod push;
mod rest;
mod sign_in;
mod state;
mod store;
mod upkeep;

pub use couch::Site;
pub use engine::{Engine, Happening};
pub use error::SyncError;
pub use officer::{Change, Officer, Report};
pub use sign_in::{SignIn, resume, sign_in};
pub use state::{Activity, Link, State, SyncState};
