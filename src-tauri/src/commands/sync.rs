use tauri::State;

use super::Answer;
use crate::contract::{Problem, SyncState};
use crate::officer::Officer;

#[tauri::command]
#[specta::specta]
pub async fn sync_state(officer: State<'_, Officer>) -> Answer<SyncState> {
    Err(Problem::signed_out())
}

/// Tries the server at once instead of when the next try is due.
#[tauri::command]
#[specta::specta]
pub async fn sync_now(officer: State<'_, Officer>) -> Answer<()> {
    Err(Problem::signed_out())
}
