use std::thread;

use tauri::{AppHandle, Runtime};

use crate::contract::Notice;
use crate::{news, window};

/// Shows a notification of the desktop when the window is not in front, and says it in the window
/// where the desktop has no notifications. `sentence` has counts, never a citizen's words.
pub fn show<R: Runtime>(app: &AppHandle<R>, sentence: String) {
    if window::is_in_front(app) {
        return;
    }
    let app = app.clone();
    // Notification daemons answer when they like.
    thread::spawn(move || {
        let shown = notify_rust::Notification::new()
            .appname("MyWard Officer")
            .summary("MyWard Officer")
            .body(&sentence)
            .show();
        if shown.is_err() {
            news::tell(&app, Notice { sentence });
        }
    });
}
