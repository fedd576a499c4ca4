//! The contract between the shell and the window: every command the window may ask for, every
//! event it is told, and the shape of everything that crosses.
//!
//! [`contract!`](crate::contract!) is the only list. `ui/src/core/bindings.ts` is generated from
//! it, `permissions/officer.toml` allows exactly its commands, and tests keep all three together.
//! The window sends ids and words, never a path, an address of the network or SQL; inputs refuse
//! unknown members and have length limits.

mod branch;
mod edit;
mod event;
mod grievance;
mod photo;
mod problem;
mod queue;
mod record;
mod selection;
mod session;
mod sync_state;
mod text;
mod vanished;
mod workflow;

pub use branch::{Branch, BranchContent, Branched, Difference};
pub use edit::{Change, Clash, Decision, EditState, FieldValue, NewWords, Unsent, UnsentEdit};
pub use event::{GrievancesChanged, Notice, PhotoChanged, PhotosStaged, SyncChanged};
pub use grievance::{Altered, Case, Detail, Happened, NewNote, NewReport, Triage, Twin, WhatHappened};
pub use photo::{
    Attachment, DevicePosition, Photo, PhotoKind, PhotoProof, PhotoState, Place, Staged, Staging,
};
pub use problem::{Problem, ProblemCode};
pub use queue::{Counts, Mark, Order, Page, Query, Row, Show, StatusCount};
pub use record::{Deliveries, Delivery, Exported, HistoryLine, Proof, Timeline, TimelineLine};
pub use selection::{Measured, Selected, Selection};
pub use session::{Session, SignIn, SignedIn};
pub use sync_state::{Database, InternalTrouble, Mode, SyncPhase, SyncState};
pub use text::{DocumentId, EditId, Password, Pasted, PhotoKey, Text};
pub use vanished::{Vanished, VanishedAnswer};
pub use workflow::{Category, Need, ReplyTemplate, Status, Workflow};

/// The contract on a Tauri runtime: `contract!(tauri::Wry)` in the app, the mock runtime in tests.
/// A macro because the list of commands is made of items and cannot be generic over the runtime.
#[macro_export]
macro_rules! contract {
    ($runtime:path) => {
        tauri_specta::Builder::<$runtime>::new()
            .commands(tauri_specta::collect_commands![
                myward_officer::commands::session::session,
                myward_officer::commands::session::sign_in::<$runtime>,
                myward_officer::commands::session::new_password,
                myward_officer::commands::session::sign_out::<$runtime>,
                myward_officer::commands::session::remove_account::<$runtime>,
                myward_officer::commands::queue::workflow,
                myward_officer::commands::queue::queue,
                myward_officer::commands::queue::counts,
                myward_officer::commands::selection::selection,
                myward_officer::commands::selection::measure_selection,
                myward_officer::commands::selection::select,
                myward_officer::commands::grievance::grievance,
                myward_officer::commands::grievance::change,
                myward_officer::commands::grievance::note,
                myward_officer::commands::grievance::restore,
                myward_officer::commands::grievance::accept_altered,
                myward_officer::commands::grievance::file_report,
                myward_officer::commands::edit::take_back,
                myward_officer::commands::edit::discard,
                myward_officer::commands::edit::try_again,
                myward_officer::commands::edit::reword,
                myward_officer::commands::edit::to_send,
                myward_officer::commands::edit::clashes,
                myward_officer::commands::edit::settle,
                myward_officer::commands::branch::branched,
                myward_officer::commands::branch::settle_branches,
                myward_officer::commands::photo::choose_photos::<$runtime>,
                myward_officer::commands::photo::paste_photo,
                myward_officer::commands::photo::attach,
                myward_officer::commands::photo::unstage,
                myward_officer::commands::photo::fetch_photo,
                myward_officer::commands::position::device_position::<$runtime>,
                myward_officer::commands::sync::sync_state,
                myward_officer::commands::sync::sync_now,
                myward_officer::commands::sync::set_mode,
                myward_officer::commands::vanished::vanished,
                myward_officer::commands::vanished::answer_vanished,
                myward_officer::commands::record::deliveries,
                myward_officer::commands::record::timeline,
                myward_officer::commands::record::save_deliveries::<$runtime>,
                myward_officer::commands::record::save_timeline::<$runtime>,
                myward_officer::commands::record::export_unsent::<$runtime>,
            ])
            .events(tauri_specta::collect_events![
                myward_officer::contract::GrievancesChanged,
                myward_officer::contract::Notice,
                myward_officer::contract::PhotoChanged,
                myward_officer::contract::PhotosStaged,
                myward_officer::contract::SyncChanged,
            ])
            .disable_serde_phases()
            // Counts and Unix seconds are far below 2^53; degrees and metres are marked one by one.
            .dangerously_cast_bigints_to_number()
    };
}
