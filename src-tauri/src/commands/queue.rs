use tauri::State;

use super::Answer;
use crate::Desk;
use crate::contract::{Counts, Page, Query, Workflow};

#[tauri::command]
#[specta::specta]
pub async fn workflow(desk: State<'_, Desk>) -> Answer<Workflow> {
    let seat = desk.seat().await?;
    let replies = seat.officer.with_mirror(|mirror| mirror.replies()).await?;
    Ok(Workflow::of(seat.officer.workflow().await?, replies))
}

#[tauri::command]
#[specta::specta]
pub async fn queue(desk: State<'_, Desk>, query: Query) -> Answer<Page> {
    let seat = desk.seat().await?;
    let (after, limit) = (query.cursor(), query.limit);
    let query = mirror::Query::from(query);
    let page = seat.officer.with_mirror(move |mirror| mirror.queue(&query, after.as_ref(), limit)).await?;
    Ok(Page::of(page, &seat.officer.workflow().await?))
}

#[tauri::command]
#[specta::specta]
pub async fn counts(desk: State<'_, Desk>) -> Answer<Counts> {
    let seat = desk.seat().await?;
    Ok(seat.officer.with_mirror(|mirror| mirror.counts()).await?.into())
}
