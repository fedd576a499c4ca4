use tauri::State;

use super::Answer;
use crate::Desk;
use crate::contract::{Vanished, VanishedAnswer};

/// Records that left the server many at once: the first of them, to see what kind they are. The sync
/// state has their number.
#[tauri::command]
#[specta::specta]
pub async fn vanished(desk: State<'_, Desk>) -> Answer<Vec<Vanished>> {
    let vanished = desk.seat().await?.officer.vanished(200).await?;
    Ok(vanished.into_iter().map(Vanished::from).collect())
}

/// Says of all that are asked about whether they were meant to leave; how many that were.
#[tauri::command]
#[specta::specta]
pub async fn answer_vanished(desk: State<'_, Desk>, answer: VanishedAnswer) -> Answer<u64> {
    Ok(desk.seat().await?.officer.answer_vanished(answer.into()).await? as u64)
}
