use tauri::State;

use super::Answer;
use crate::Desk;
use crate::contract::{Database, Mode, SyncState};

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

/// What goes between this laptop and a database from here on.
#[tauri::command]
#[specta::specta]
pub async fn set_mode(desk: State<'_, Desk>, database: Database, mode: Mode) -> Answer<()> {
    Ok(desk.seat().await?.officer.set_mode(database.into(), mode.into()).await?)
}
