use tauri::{AppHandle, Runtime, State};

use super::Answer;
use crate::contract::{Attachment, Detail, Pasted, PhotoKey, PhotoState, Problem, Staged, Staging};
use crate::officer::Officer;

/// Asks for files in the desktop's own dialog.
#[tauri::command]
#[specta::specta]
pub async fn choose_photos<R: Runtime>(app: AppHandle<R>, officer: State<'_, Officer>) -> Answer<Staging> {
    Err(Problem::signed_out())
}

#[tauri::command]
#[specta::specta]
pub async fn paste_photo(officer: State<'_, Officer>, picture: Pasted) -> Answer<Staged> {
    Err(Problem::signed_out())
}

#[tauri::command]
#[specta::specta]
pub async fn attach(officer: State<'_, Officer>, attachment: Attachment) -> Answer<Detail> {
    Err(Problem::signed_out())
}

/// Forgets a staged photo.
#[tauri::command]
#[specta::specta]
pub async fn unstage(officer: State<'_, Officer>, staged: PhotoKey) -> Answer<()> {
    Err(Problem::signed_out())
}

/// Brings a picture from the server, to be kept from then on.
#[tauri::command]
#[specta::specta]
pub async fn fetch_photo(officer: State<'_, Officer>, key: PhotoKey) -> Answer<PhotoState> {
    Err(Problem::signed_out())
}
