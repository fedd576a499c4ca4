use tauri::{AppHandle, Runtime, State};

use super::Answer;
use crate::contract::{DevicePosition, Problem};
use crate::officer::Officer;

/// Where this laptop is, or null when none of its sources knows.
#[tauri::command]
#[specta::specta]
pub async fn device_position<R: Runtime>(
    app: AppHandle<R>,
    officer: State<'_, Officer>,
) -> Answer<Option<DevicePosition>> {
    Err(Problem::signed_out())
}
