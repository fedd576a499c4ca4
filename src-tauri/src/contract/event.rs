use serde::Serialize;
use specta::Type;
use tauri_specta::Event;

use super::{Staging, SyncState};

/// Grievances in the mirror changed: the window reads again what it shows.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub struct GrievancesChanged;

#[derive(Debug, Clone, Serialize, Type, Event)]
pub struct SyncChanged(pub SyncState);

/// The officer dropped files on the window.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub struct PhotosStaged(pub Staging);

/// A picture arrived or left; whoever shows the key loads it again.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub struct PhotoChanged {
    pub key: String,
}

/// Something to say in the window, because the desktop shows no notifications.
#[derive(Debug, Clone, Serialize, Type, Event)]
pub struct Notice {
    pub sentence: String,
}
