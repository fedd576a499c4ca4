use tauri::State;

use super::Answer;
use crate::contract::{Change, Detail, DocumentId, NewReport, Problem};
use crate::officer::Officer;

#[tauri::command]
#[specta::specta]
pub async fn grievance(officer: State<'_, Officer>, id: DocumentId) -> Answer<Detail> {
    Err(Problem::signed_out())
}

#[tauri::command]
#[specta::specta]
pub async fn change(officer: State<'_, Officer>, id: DocumentId, change: Change) -> Answer<Detail> {
    Err(Problem::signed_out())
}

/// A new report on behalf of a citizen.
#[tauri::command]
#[specta::specta]
pub async fn file_report(officer: State<'_, Officer>, report: NewReport) -> Answer<Detail> {
    Err(Problem::signed_out())
}
