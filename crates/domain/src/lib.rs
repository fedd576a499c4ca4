//! What a grievance is, what may change, and how a change is carried onto a newer revision.
//!
//! Nothing here does I/O or reads a clock. The road of a status change starts here: the officer's
//! choice becomes an [`Edit`] that remembers what was seen, [`rebase`] says whether it still holds
//! on the revision the server has, and [`write_edits`] makes the next revision from it.

mod document;
mod edit;
mod error;
mod grievance;
mod photo;
mod position;
mod rebase;
mod report;
mod triage;
mod vanishing;
mod workflow;

pub use document::Document;
pub use edit::{Edit, Field, status_value};
pub use error::DomainError;
pub use grievance::{Grievance, Picture, reported_instant};
pub use photo::{Kind, TriagePhoto, large_key, thumbnail_key};
pub use position::Position;
pub use rebase::{Rebased, rebase, write_edits};
pub use report::NewReport;
pub use triage::Triage;
pub use vanishing::too_many_vanish;
pub use workflow::{Category, Need, StatusRule, Workflow};
