use tauri::State;

use super::Answer;
use crate::Desk;
use crate::contract::{Measured, Selected, Selection};

#[tauri::command]
#[specta::specta]
pub async fn selection(desk: State<'_, Desk>) -> Answer<Selected> {
    let officer = &desk.seat().await?.officer;
    let (wards, workflow) = (officer.ward_names().await?, officer.workflow().await?);
    Ok(Selected::of(officer.selection().await?, wards, &workflow))
}

/// Counts on the server what a selection would keep here; changes nothing.
#[tauri::command]
#[specta::specta]
pub async fn measure_selection(desk: State<'_, Desk>, selection: Selection) -> Answer<Measured> {
    Ok(desk.seat().await?.officer.measure(&selection.into()).await?.into())
}

/// Keeps these grievances from now on; how many left this laptop. Nothing is deleted on the server.
#[tauri::command]
#[specta::specta]
pub async fn select(desk: State<'_, Desk>, selection: Selection) -> Answer<u64> {
    Ok(desk.seat().await?.officer.select(&selection.into()).await?)
}
