use tauri::State;

use super::Answer;
use crate::contract::{Clash, Decision, Detail, EditId, Problem, Unsent};
use crate::officer::Officer;

/// Undoes an edit that has not left. The grievance, unless the edit was the whole of it.
#[tauri::command]
#[specta::specta]
pub async fn take_back(officer: State<'_, Officer>, edit: EditId) -> Answer<Option<Detail>> {
    Err(Problem::signed_out())
}

/// Gives up an edit the server refused. The grievance, unless the edit was the whole of it.
#[tauri::command]
#[specta::specta]
pub async fn discard(officer: State<'_, Officer>, edit: EditId) -> Answer<Option<Detail>> {
    Err(Problem::signed_out())
}

/// Sends a refused edit once more.
#[tauri::command]
#[specta::specta]
pub async fn try_again(officer: State<'_, Officer>, edit: EditId) -> Answer<Detail> {
    Err(Problem::signed_out())
}

#[tauri::command]
#[specta::specta]
pub async fn to_send(officer: State<'_, Officer>) -> Answer<Vec<Unsent>> {
    Err(Problem::signed_out())
}

#[tauri::command]
#[specta::specta]
pub async fn clashes(officer: State<'_, Officer>) -> Answer<Vec<Clash>> {
    Err(Problem::signed_out())
}

#[tauri::command]
#[specta::specta]
pub async fn settle(officer: State<'_, Officer>, edit: EditId, decision: Decision) -> Answer<Detail> {
    Err(Problem::signed_out())
}
