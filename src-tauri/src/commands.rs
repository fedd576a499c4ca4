//! What the window may ask, one verb each. A command turns the contract's words into a verb of the
//! signed-in account and the answer back; the rules live in the crates behind it.

pub mod branch;
pub mod edit;
pub mod grievance;
pub mod photo;
pub mod position;
pub mod queue;
pub mod record;
pub mod selection;
pub mod session;
pub mod sync;
pub mod vanished;

use crate::contract::Problem;

/// What every command answers.
pub type Answer<T> = Result<T, Problem>;
