use std::fs;
use std::path::Path;

use serde_json::{Value, json};

fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// What the webview may do is reviewed here: a change of the configuration is a change of this test.
#[test]
fn the_window_is_shut_in_as_reviewed() {
    let config: Value = serde_json::from_str(&file("tauri.conf.json")).unwrap();
    let app = &config["app"];
    assert_eq!(app["withGlobalTauri"], false);
    assert_eq!(
        app["security"],
        json!({
            "csp": {
                "default-src": "'none'",
                "script-src": "'self'",
                "style-src": "'self'",
                "img-src": "'self' photo: http://photo.localhost",
                "font-src": "'self'",
                "connect-src": "ipc: http://ipc.localhost",
                "object-src": "'none'",
                "base-uri": "'none'",
                "form-action": "'none'",
                "frame-ancestors": "'none'",
                "require-trusted-types-for": "'script'",
                "trusted-types": "svelte-trusted-html"
            },
            "freezePrototype": true,
            "dangerousDisableAssetCspModification": false,
            "assetProtocol": { "enable": false, "scope": [] },
            "capabilities": [{
                "identifier": "officer",
                "description": "The one window: an officer's verbs, the shell's events, and closing it",
                "windows": ["officer"],
                "permissions": ["officer", "core:event:allow-listen", "core:event:allow-unlisten", "core:window:allow-destroy"]
            }]
        })
    );
    let windows = app["windows"].as_array().unwrap();
    assert_eq!(windows.len(), 1, "one window");
    assert_eq!(windows[0]["label"], "officer");
    assert_eq!(windows[0]["create"], false, "opened in Rust, which denies navigation");
    assert_eq!(windows[0]["incognito"], true, "nothing of the webview on disk");
    assert_eq!(windows[0]["dragDropEnabled"], true, "dropped paths go to Rust, not to the page");
}

#[test]
fn a_release_has_no_developer_tools() {
    let manifest = file("Cargo.toml");
    assert!(!manifest.contains("devtools"));
}
