use tauri::State;

use super::Answer;
use crate::Desk;
use crate::contract::SyncState;

#[tauri::command]
#[specta::specta]
pub async fn sync_state(desk: State<'_, Desk>) -> Answer<SyncState> {
    Ok(desk.seat().await?.sync_state().await?.into())
}

/// Tries the server at once instead of when the next try is due.
#[tauri::command]
#[specta::specta]
pub async fn sync_now(desk: State<'_, Desk>) -> Answer<()> {
    desk.seat().await?.officer.sync_now();
    Ok(())
}
