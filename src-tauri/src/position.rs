use std::time::Duration;

use tauri::{AppHandle, Runtime};
use tauri_plugin_geolocation::GeolocationExt;

use crate::contract::DevicePosition;

/// Asks each source in turn; the first that knows where this laptop is answers.
pub async fn ask<R: Runtime>(app: &AppHandle<R>) -> Option<DevicePosition> {
    for source in sources() {
        let app = app.clone();
        let asked = tauri::async_runtime::spawn_blocking(move || source(&app));
        if let Ok(Ok(Some(position))) = tokio::time::timeout(PATIENCE, asked).await {
            return Some(position);
        }
    }
    None
}

/// How long a source may think.
const PATIENCE: Duration = Duration::from_secs(10);

type Source<R> = fn(&AppHandle<R>) -> Option<DevicePosition>;

fn sources<R: Runtime>() -> [Source<R>; 1] {
    [plugin]
}

/// Tauri's plugin knows on phones. On desktops it answers (0, 0) with timestamp 0, which is no fix.
fn plugin<R: Runtime>(app: &AppHandle<R>) -> Option<DevicePosition> {
    let fix = app.geolocation().get_current_position(None).ok().filter(|fix| fix.timestamp != 0)?;
    Some(DevicePosition {
        lng: fix.coords.longitude,
        lat: fix.coords.latitude,
        accuracy: Some(fix.coords.accuracy).filter(|metres| *metres > 0.0),
        source: "this device".to_owned(),
    })
}
