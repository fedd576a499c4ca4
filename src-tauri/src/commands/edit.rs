use tauri::State;

use super::Answer;
use crate::Desk;
use crate::contract::{Clash, Decision, Detail, EditId, NewWords, Text, Unsent};
use crate::seat::Seat;

/// Undoes an edit that has not left. The grievance, unless the edit was the whole of it.
#[tauri::command]
#[specta::specta]
pub async fn take_back(desk: State<'_, Desk>, edit: EditId) -> Answer<Option<Detail>> {
    let seat = desk.seat().await?;
    let grievance = grievance_of(&seat, &edit).await?;
    seat.officer.take_back(edit.as_str()).await?;
    detail(&seat, &grievance).await
}

/// Gives up an edit the server refused. The grievance, unless the edit was the whole of it.
#[tauri::command]
#[specta::specta]
pub async fn discard(desk: State<'_, Desk>, edit: EditId) -> Answer<Option<Detail>> {
    let seat = desk.seat().await?;
    let grievance = grievance_of(&seat, &edit).await?;
    seat.officer.discard(edit.as_str()).await?;
    detail(&seat, &grievance).await
}

/// Sends a refused edit once more.
#[tauri::command]
#[specta::specta]
pub async fn try_again(desk: State<'_, Desk>, edit: EditId) -> Answer<Option<Detail>> {
    let seat = desk.seat().await?;
    let grievance = grievance_of(&seat, &edit).await?;
    seat.officer.try_again(edit.as_str()).await?;
    detail(&seat, &grievance).await
}

/// Gives an unsent note or report other words, and sends it.
#[tauri::command]
#[specta::specta]
pub async fn reword(desk: State<'_, Desk>, edit: EditId, words: NewWords) -> Answer<Option<Detail>> {
    let seat = desk.seat().await?;
    let grievance = grievance_of(&seat, &edit).await?;
    seat.officer.reword(edit.as_str(), words.into()).await?;
    detail(&seat, &grievance).await
}

#[tauri::command]
#[specta::specta]
pub async fn to_send(desk: State<'_, Desk>) -> Answer<Vec<Unsent>> {
    let seat = desk.seat().await?;
    let unsent = seat.officer.with_mirror(|mirror| {
        let unsent = mirror.to_send()?.into_iter();
        let with_grievance = unsent.map(|unsent| {
            let grievance = mirror.grievance(&unsent.edit.document)?;
            Ok(Unsent::of(unsent, grievance))
        });
        with_grievance.collect()
    });
    Ok(unsent.await?)
}

#[tauri::command]
#[specta::specta]
pub async fn clashes(desk: State<'_, Desk>) -> Answer<Vec<Clash>> {
    let seat = desk.seat().await?;
    let clashes = seat.officer.with_mirror(|mirror| mirror.clashes()).await?;
    Ok(clashes.into_iter().filter_map(Clash::of).collect())
}

#[tauri::command]
#[specta::specta]
pub async fn settle(
    desk: State<'_, Desk>,
    edit: EditId,
    rev: Text<200>,
    decision: Decision,
) -> Answer<Option<Detail>> {
    let seat = desk.seat().await?;
    let grievance = grievance_of(&seat, &edit).await?;
    seat.officer.settle(edit.as_str(), rev.as_str(), decision.into()).await?;
    detail(&seat, &grievance).await
}

async fn grievance_of(seat: &Seat, edit: &EditId) -> Answer<String> {
    let id = edit.as_str().to_owned();
    Ok(seat.officer.with_mirror(move |mirror| mirror.edit(&id)).await?.document)
}

async fn detail(seat: &Seat, grievance: &str) -> Answer<Option<Detail>> {
    let workflow = seat.officer.workflow().await?;
    let id = grievance.to_owned();
    let found = seat.officer.with_mirror(move |mirror| mirror.grievance(&id)).await?;
    Ok(found.map(|detail| Detail::of(detail, &workflow)))
}
