//! What a grievance is, what may change, and how a change is carried onto a newer revision.
//!
//! Nothing here does I/O or reads a clock. The road of a status change starts here: the officer's
//! choice becomes an [`Edit`] that remembers what was seen, [`rebase`] says whether it still holds
//! on the revision the server has, and [`write_edits`] makes the next revision from it.

mod branch;
pub mod case;
mod document;
mod edit;
mod entry;
mod error;
mod grievance;
mod photo;
mod pins;
mod position;
mod rebase;
mod replies;
mod report;
mod selection;
mod triage;
mod vanishing;
mod wards;
mod workflow;

pub use branch::{differing, open_branches};
pub use case::Case;
pub use document::Document;
pub use edit::{Edit, Field, Home, status_value};
pub use entry::{Entry, Said};
pub use error::DomainError;
pub use grievance::{Grievance, Picture};
pub use photo::{Kind, TriagePhoto, is_thumbnail_key, large_key, thumbnail_key};
pub use pins::Pins;
pub use position::Position;
pub use rebase::{
    Fate, Rebased, Standing, There, arrived_before_deletion, can_leave, landed, rebase, sent_again,
    write_case, write_edits,
};
pub use replies::{Replies, ReplyTemplate};
pub use report::NewReport;
pub use selection::{Selected, Selection};
pub use triage::Triage;
pub use vanishing::{COMPARED_EVERY, VANISHED_TOGETHER, too_many_vanish};
pub use wards::{Boundary, Ward, Wards};
pub use workflow::{Category, Need, StatusRule, Workflow};
