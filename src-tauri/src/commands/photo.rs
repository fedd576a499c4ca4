use tauri::{AppHandle, Runtime, State};

use super::Answer;
use crate::contract::{Attachment, Detail, Pasted, PhotoKey, PhotoState, Staged, Staging};
use crate::{Desk, files};

/// Asks for files in the desktop's own dialog.
#[tauri::command]
#[specta::specta]
pub async fn choose_photos<R: Runtime>(app: AppHandle<R>, desk: State<'_, Desk>) -> Answer<Staging> {
    let seat = desk.seat().await?;
    Ok(files::stage(&seat, files::choose_photos(&app).await).await)
}

#[tauri::command]
#[specta::specta]
pub async fn paste_photo(desk: State<'_, Desk>, picture: Pasted) -> Answer<Staged> {
    let seat = desk.seat().await?;
    seat.tray.put(seat.officer.prepare(picture.0).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn attach(desk: State<'_, Desk>, attachment: Attachment) -> Answer<Detail> {
    let seat = desk.seat().await?;
    let workflow = seat.officer.workflow().await?;
    let token = attachment.staged.as_str();
    let photo = seat.tray.photo(token)?;
    let attached = seat.officer.attach(attachment.id.as_str(), &photo, attachment.kind.try_into()?).await?;
    seat.tray.remove(token);
    Ok(Detail::of(attached, &workflow))
}

/// Forgets a staged photo.
#[tauri::command]
#[specta::specta]
pub async fn unstage(desk: State<'_, Desk>, staged: PhotoKey) -> Answer<()> {
    desk.seat().await?.tray.remove(staged.as_str());
    Ok(())
}

/// Brings a picture from the server, to be kept from then on.
#[tauri::command]
#[specta::specta]
pub async fn fetch_photo(desk: State<'_, Desk>, key: PhotoKey) -> Answer<PhotoState> {
    let seat = desk.seat().await?;
    seat.officer
        .fetch_photo(key.as_str())
        .await
        .map_or_else(PhotoState::after, |()| Ok(PhotoState::Kept { proof: None }))
}
