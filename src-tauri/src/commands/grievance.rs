use tauri::State;

use super::Answer;
use crate::Desk;
use crate::contract::{Change, Detail, DocumentId, NewNote, NewReport, Text};

#[tauri::command]
#[specta::specta]
pub async fn grievance(desk: State<'_, Desk>, id: DocumentId) -> Answer<Detail> {
    let seat = desk.seat().await?;
    let workflow = seat.officer.workflow().await?;
    Ok(Detail::of(seat.officer.grievance(id.as_str()).await?, &workflow))
}

#[tauri::command]
#[specta::specta]
pub async fn change(desk: State<'_, Desk>, id: DocumentId, change: Change) -> Answer<Detail> {
    let seat = desk.seat().await?;
    let workflow = seat.officer.workflow().await?;
    Ok(Detail::of(seat.officer.change(id.as_str(), change.into()).await?, &workflow))
}

/// A line in the history of the grievance's case.
#[tauri::command]
#[specta::specta]
pub async fn note(desk: State<'_, Desk>, id: DocumentId, note: NewNote) -> Answer<Detail> {
    let seat = desk.seat().await?;
    let workflow = seat.officer.workflow().await?;
    Ok(Detail::of(seat.officer.note(id.as_str(), note.visit, note.text.as_str()).await?, &workflow))
}

/// Brings back a report that is gone, or a citizen's words that were altered; saved on this laptop, to send.
#[tauri::command]
#[specta::specta]
pub async fn restore(desk: State<'_, Desk>, id: DocumentId) -> Answer<Detail> {
    let seat = desk.seat().await?;
    let workflow = seat.officer.workflow().await?;
    Ok(Detail::of(seat.officer.restore(id.as_str()).await?, &workflow))
}

/// What was altered of the citizen's words is right as it is in the revision `rev`, the one shown.
#[tauri::command]
#[specta::specta]
pub async fn accept_altered(desk: State<'_, Desk>, id: DocumentId, rev: Text<128>) -> Answer<Detail> {
    let seat = desk.seat().await?;
    let workflow = seat.officer.workflow().await?;
    Ok(Detail::of(seat.officer.accept_altered(id.as_str(), rev.as_str()).await?, &workflow))
}

/// A new report on behalf of a citizen.
#[tauri::command]
#[specta::specta]
pub async fn file_report(desk: State<'_, Desk>, report: NewReport) -> Answer<Detail> {
    let seat = desk.seat().await?;
    let workflow = seat.officer.workflow().await?;
    let token = report.staged.as_str().to_owned();
    let photo = seat.tray.photo(&token)?;
    let filed = seat.officer.file_report(report.try_into()?, &photo).await?;
    seat.tray.remove(&token);
    Ok(Detail::of(filed, &workflow))
}
