//! Where this laptop is: Tauri's plugin knows on phones, the desktop's own service on laptops.

use std::time::Duration;

use tauri::{AppHandle, Runtime};
use tauri_plugin_geolocation::GeolocationExt;
use tokio::time::timeout;

use crate::contract::DevicePosition;

/// How long a source may think.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks each source in turn; the first that knows answers. A source that is not there knows nothing.
pub async fn ask<R: Runtime>(app: &AppHandle<R>) -> Option<DevicePosition> {
    let app = app.clone();
    let asked = tauri::async_runtime::spawn_blocking(move || plugin(&app));
    if let Ok(Ok(Some(position))) = timeout(PATIENCE, asked).await {
        return Some(position);
    }
    timeout(PATIENCE, desktop()).await.ok().flatten()
}

/// On desktops the plugin answers (0, 0) with timestamp 0, which is no fix.
fn plugin<R: Runtime>(app: &AppHandle<R>) -> Option<DevicePosition> {
    let fix = app.geolocation().get_current_position(None).ok().filter(|fix| fix.timestamp != 0)?;
    Some(DevicePosition {
        lng: fix.coords.longitude,
        lat: fix.coords.latitude,
        accuracy: Some(fix.coords.accuracy).filter(|metres| *metres > 0.0),
        source: "this device".to_owned(),
    })
}

#[cfg(target_os = "linux")]
async fn desktop() -> Option<DevicePosition> {
    let bus = zbus::Connection::system().await.ok()?;
    crate::geoclue::position(&bus).await.ok().flatten()
}

#[cfg(not(target_os = "linux"))]
async fn desktop() -> Option<DevicePosition> {
    None
}
