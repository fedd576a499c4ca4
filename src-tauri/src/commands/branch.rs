use tauri::State;

use super::Answer;
use crate::Desk;
use crate::contract::{Branched, Detail, DocumentId, Text};

/// Grievances and cases of which servers made several versions among themselves.
#[tauri::command]
#[specta::specta]
pub async fn branched(desk: State<'_, Desk>) -> Answer<Vec<Branched>> {
    let branched = desk.seat().await?.officer.branched().await?;
    Ok(branched.into_iter().map(Branched::from).collect())
}

/// Says which of `versions` holds, which are all that the officer saw: the one of revision `holds`, or the one that is shown.
#[tauri::command]
#[specta::specta]
pub async fn settle_branches(
    desk: State<'_, Desk>,
    id: DocumentId,
    is_case: bool,
    versions: Vec<Text<200>>,
    holds: Option<Text<200>>,
) -> Answer<Detail> {
    let seat = desk.seat().await?;
    let workflow = seat.officer.workflow().await?;
    let database = if is_case { mirror::Database::Internal } else { mirror::Database::Grievances };
    let versions = versions.iter().map(|version| version.as_str().to_owned()).collect();
    let holds = holds.as_ref().map(Text::as_str);
    Ok(Detail::of(seat.officer.settle_branches(database, id.as_str(), versions, holds).await?, &workflow))
}
