//! What the laptop records of sync, and copies of it in files that the officer names.

use tauri::{AppHandle, Runtime, State};

use super::Answer;
use crate::contract::{Deliveries, Exported, Timeline};
use crate::{Desk, files};

#[tauri::command]
#[specta::specta]
pub async fn deliveries(desk: State<'_, Desk>, limit: u32) -> Answer<Deliveries> {
    Ok(Deliveries::of(desk.seat().await?.officer.deliveries().await?, limit))
}

#[tauri::command]
#[specta::specta]
pub async fn timeline(desk: State<'_, Desk>, limit: u32) -> Answer<Timeline> {
    let lines = desk.seat().await?.officer.with_mirror(|mirror| mirror.timeline()).await?;
    Ok(Timeline::of(lines, limit))
}

/// Everything that arrived, as a table for a spreadsheet. False when the officer cancels.
#[tauri::command]
#[specta::specta]
pub async fn save_deliveries<R: Runtime>(app: AppHandle<R>, desk: State<'_, Desk>) -> Answer<bool> {
    let seat = desk.seat().await?;
    let Some(path) = files::choose_destination(&app, "Save what arrived", "myward-deliveries.csv").await
    else {
        return Ok(false);
    };
    let (deliveries, zone) = (seat.officer.deliveries().await?, seat.officer.zone().await?);
    files::write(path, sync::deliveries_csv(&deliveries, &zone)?).await?;
    Ok(true)
}

/// The whole timeline, oldest line first, as text for support. False when the officer cancels.
#[tauri::command]
#[specta::specta]
pub async fn save_timeline<R: Runtime>(app: AppHandle<R>, desk: State<'_, Desk>) -> Answer<bool> {
    let seat = desk.seat().await?;
    let Some(path) = files::choose_destination(&app, "Save what sync did", "myward-timeline.txt").await
    else {
        return Ok(false);
    };
    let lines = seat.officer.with_mirror(|mirror| mirror.timeline()).await?;
    files::write(path, sync::timeline_text(&lines, &seat.officer.zone().await?)).await?;
    Ok(true)
}

/// A copy of everything that the server has not got; nothing changes here. Absent when the officer cancels.
#[tauri::command]
#[specta::specta]
pub async fn export_unsent<R: Runtime>(app: AppHandle<R>, desk: State<'_, Desk>) -> Answer<Option<Exported>> {
    let seat = desk.seat().await?;
    let Some(path) = files::choose_for_unsent(&app).await else { return Ok(None) };
    Ok(Some(seat.officer.export_unsent(&path).await?.into()))
}
