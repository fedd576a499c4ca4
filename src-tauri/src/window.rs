use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::Path;

use tauri::plugin::TauriPlugin;
use tauri::webview::NewWindowResponse;
use tauri::{
    AppHandle, DragDropEvent, Manager, Runtime, Url, WebviewWindow, WebviewWindowBuilder, Window, WindowEvent,
};

use crate::contract::PhotosStaged;
use crate::{Desk, files, news};

const LABEL: &str = "officer";

/// Opens the one window, as `tauri.conf.json` describes it. It can only ever show the app itself.
pub fn open<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    let config = app.config().app.windows.first().ok_or(tauri::Error::WindowNotFound)?;
    let dev_url = app.config().build.dev_url.clone().filter(|_| tauri::is_dev());
    WebviewWindowBuilder::from_config(app, config)?
        .incognito(config.incognito && !is_driven())
        .on_navigation(move |url| is_ours(url, dev_url.as_ref()))
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .build()?;
    Ok(())
}

/// WebDriver reaches no private window. Only a development build makes the exception, and only when it is asked to:
/// no environment makes an installed program write its window's data to disk, or lets others hold its keys.
fn is_driven() -> bool {
    cfg!(debug_assertions) && std::env::var("TAURI_WEBVIEW_AUTOMATION").as_deref() == Ok("true")
}

/// One instance for each accounts folder; a second start brings the first one's window to the front.
pub fn single_instance<R: Runtime>(home: &Path) -> TauriPlugin<R> {
    let mut hash = DefaultHasher::new();
    home.hash(&mut hash);
    tauri_plugin_single_instance::Builder::new()
        .dbus_id(format!("in.myward.officer.home{:016x}", hash.finish()))
        .callback(|app, _, _| {
            if let Some(window) = the_window(app) {
                // A window that cannot be raised is still there.
                let _ = window.unminimize().and_then(|()| window.set_focus());
            }
        })
        .build()
}

/// Photos dropped on the window are read here: their paths never reach the page.
pub fn on_event<R: Runtime>(window: &Window<R>, event: &WindowEvent) {
    if let WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }) = event {
        let (app, paths) = (window.app_handle().clone(), paths.clone());
        tauri::async_runtime::spawn(async move {
            if let Ok(seat) = app.state::<Desk>().seat().await {
                let staging = files::stage(&seat, paths).await;
                news::tell(&app, PhotosStaged(staging));
            }
        });
    }
}

pub fn is_in_front<R: Runtime>(app: &AppHandle<R>) -> bool {
    the_window(app).is_some_and(|window| window.is_focused().unwrap_or(false))
}

fn the_window<R: Runtime>(app: &AppHandle<R>) -> Option<WebviewWindow<R>> {
    app.get_webview_window(LABEL)
}

fn is_ours(url: &Url, dev_url: Option<&Url>) -> bool {
    let host = url.host_str();
    let app = match url.scheme() {
        "tauri" => host == Some("localhost"),
        // What the same scheme is called on Windows.
        "http" => cfg!(windows) && host == Some("tauri.localhost"),
        _ => false,
    };
    app || dev_url.is_some_and(|dev| dev.origin() == url.origin())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_window_never_leaves_the_app() {
        let dev: Url = "http://localhost:5173".parse().unwrap();
        let table = [
            ("tauri://localhost/", true),
            ("tauri://localhost/index.html#/grievance", true),
            ("tauri://elsewhere/", false),
            ("http://localhost:5173/", false),
            ("https://example.org/", false),
            ("file:///etc/passwd", false),
            ("data:text/html,<script>1</script>", false),
            ("javascript:alert(1)", false),
            ("about:blank", false),
            ("photo://localhost/token/a.jpg", false),
        ];
        for (url, ours) in table {
            assert_eq!(is_ours(&url.parse().unwrap(), None), ours, "{url}");
        }
        assert!(is_ours(&"http://localhost:5173/src/main.ts".parse().unwrap(), Some(&dev)));
        assert!(!is_ours(&"http://localhost:5174/".parse().unwrap(), Some(&dev)));
    }
}
