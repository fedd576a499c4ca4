use tauri::State;

use super::Answer;
use crate::contract::{Counts, Page, Problem, Query, Workflow};
use crate::officer::Officer;

#[tauri::command]
#[specta::specta]
pub async fn workflow(officer: State<'_, Officer>) -> Answer<Workflow> {
    Err(Problem::signed_out())
}

#[tauri::command]
#[specta::specta]
pub async fn queue(officer: State<'_, Officer>, query: Query) -> Answer<Page> {
    Err(Problem::signed_out())
}

#[tauri::command]
#[specta::specta]
pub async fn counts(officer: State<'_, Officer>) -> Answer<Counts> {
    Err(Problem::signed_out())
}
