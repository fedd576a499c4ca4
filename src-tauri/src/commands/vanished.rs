use tauri::State;

use super::Answer;
use crate::Desk;
use crate::contract::{Believed, Vanished};

/// Records that left the server many at once, in the order of their arrival on this laptop.
#[tauri::command]
#[specta::specta]
pub async fn vanished(desk: State<'_, Desk>) -> Answer<Vec<Vanished>> {
    let vanished = desk.seat().await?.officer.vanished().await?;
    Ok(vanished.into_iter().map(Vanished::from).collect())
}

/// Says of all that are asked about whether they were meant to leave; how many that were.
#[tauri::command]
#[specta::specta]
pub async fn answer_vanished(desk: State<'_, Desk>, answer: Believed) -> Answer<u64> {
    Ok(desk.seat().await?.officer.answer_vanished(answer.into()).await? as u64)
}
