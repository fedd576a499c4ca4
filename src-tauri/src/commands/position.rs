use tauri::{AppHandle, Runtime, State};

use super::Answer;
use crate::contract::DevicePosition;
use crate::{Desk, position};

/// Where this laptop is, or null when none of its sources knows.
#[tauri::command]
#[specta::specta]
pub async fn device_position<R: Runtime>(
    app: AppHandle<R>,
    desk: State<'_, Desk>,
) -> Answer<Option<DevicePosition>> {
    desk.seat().await?;
    Ok(position::ask(&app).await)
}
