use std::fs;
use std::path::{Path, PathBuf};

use myward_officer::Desk;
use serde_json::{Value, json};
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, WebviewWindow, WebviewWindowBuilder};

/// The shell as it starts, nobody signed in, with its real capabilities.
struct Shell {
    _app: App<MockRuntime>,
    window: WebviewWindow<MockRuntime>,
    home: tempfile::TempDir,
}

impl Shell {
    fn start() -> Shell {
        let home = tempfile::tempdir().unwrap();
        let contract = myward_officer::contract!(MockRuntime);
        let app = mock_builder()
            .plugin(tauri_plugin_dialog::init())
            .plugin(tauri_plugin_geolocation::init())
            .manage(Desk::new(
                home.path().to_owned(),
                "https://couch.example.org".into(),
                PathBuf::from("/nonexistent"),
            ))
            .invoke_handler(contract.invoke_handler())
            .build(myward_officer::context())
            .unwrap();
        contract.mount_events(&app);
        let window = WebviewWindowBuilder::new(&app, "officer", Default::default()).build().unwrap();
        Shell { _app: app, window, home }
    }

    fn ask(&self, command: &str, body: impl Into<InvokeBody>) -> Result<Value, Value> {
        let request = InvokeRequest {
            cmd: command.to_owned(),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: "tauri://localhost".parse().unwrap(),
            body: body.into(),
            headers: Default::default(),
            invoke_key: INVOKE_KEY.to_owned(),
        };
        get_ipc_response(&self.window, request).map(|answer| answer.deserialize().unwrap())
    }
}

/// Each command with arguments it accepts.
fn commands() -> Vec<(&'static str, InvokeBody)> {
    let table = [
        ("session", json!({})),
        (
            "sign_in",
            json!({ "request": { "site": "https://couch.example.org", "user": "asha", "password": "pass" } }),
        ),
        ("new_password", json!({ "password": "another" })),
        ("sign_out", json!({})),
        ("remove_account", json!({ "exportUnsent": false })),
        ("workflow", json!({})),
        ("queue", json!({ "query": { "show": { "kind": "all" }, "order": "newest", "limit": 50 } })),
        ("counts", json!({})),
        ("selection", json!({})),
        ("measure_selection", json!({ "selection": { "ward": "12", "statuses": ["new"], "days": 30 } })),
        ("select", json!({ "selection": { "ward": null, "statuses": null, "days": null } })),
        ("grievance", json!({ "id": "0f" })),
        ("change", json!({ "id": "0f", "change": { "field": "status", "status": "resolved" } })),
        ("note", json!({ "id": "0f", "note": { "visit": false, "text": "Asked" } })),
        ("restore", json!({ "id": "0f" })),
        ("accept_altered", json!({ "id": "0f", "rev": "1-a" })),
        (
            "file_report",
            json!({ "report": { "description": "Lamp", "address": "Market", "lng": 77.7, "lat": 13.0, "staged": "s" } }),
        ),
        ("take_back", json!({ "edit": "01J" })),
        ("discard", json!({ "edit": "01J" })),
        ("try_again", json!({ "edit": "01J" })),
        ("reword", json!({ "edit": "01J", "words": { "field": "note", "text": "Seen" } })),
        ("to_send", json!({})),
        ("clashes", json!({})),
        ("settle", json!({ "edit": "01J", "rev": "3-c", "decision": "keep" })),
        ("choose_photos", json!({})),
        ("attach", json!({ "attachment": { "id": "0f", "staged": "s", "kind": "after" } })),
        ("unstage", json!({ "staged": "s" })),
        ("fetch_photo", json!({ "key": "a.jpg" })),
        ("device_position", json!({})),
        ("sync_state", json!({})),
        ("sync_now", json!({})),
        ("set_mode", json!({ "database": "internal", "mode": "paused" })),
        ("vanished", json!({})),
        ("answer_vanished", json!({ "answer": "keep" })),
        ("branched", json!({})),
        (
            "settle_branches",
            json!({ "id": "0f", "isCase": false, "versions": ["2-b", "2-a"], "holds": "2-a" }),
        ),
        ("deliveries", json!({ "limit": 100 })),
        ("timeline", json!({ "limit": 100 })),
        ("save_deliveries", json!({})),
        ("save_timeline", json!({})),
        ("export_unsent", json!({})),
    ];
    let mut commands: Vec<_> = table.map(|(command, body)| (command, InvokeBody::Json(body))).into();
    commands.push(("paste_photo", InvokeBody::Raw(vec![0xff, 0xd8, 0xff])));
    commands
}

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

#[test]
fn contract_permissions_and_this_table_name_the_same_commands() {
    let bindings = read("ui/src/core/bindings.ts");
    let mut contract: Vec<_> =
        bindings.split("__TAURI_INVOKE(\"").skip(1).filter_map(|at| at.split('"').next()).collect();
    let permissions = read("src-tauri/permissions/officer.toml");
    let allowed = permissions.split_once("commands.allow = [").unwrap().1;
    let mut allowed: Vec<_> = allowed.split('"').skip(1).step_by(2).collect();
    let mut tried: Vec<_> = commands().iter().map(|(command, _)| *command).collect();
    for names in [&mut contract, &mut allowed, &mut tried] {
        names.sort_unstable();
    }
    assert_eq!(contract, allowed);
    assert_eq!(contract, tried);
}

#[test]
fn nothing_but_signing_in_works_while_nobody_is_signed_in() {
    let shell = Shell::start();
    let session = shell.ask("session", json!({})).unwrap();
    assert_eq!(session, json!({ "signedIn": null, "site": "https://couch.example.org" }));
    for (command, body) in commands() {
        if !["session", "sign_in"].contains(&command) {
            let refusal = shell.ask(command, body).expect_err(command);
            assert_eq!(refusal, json!({ "code": "signedOut", "sentence": "Please sign in." }), "{command}");
        }
    }
    let left: Vec<_> = fs::read_dir(shell.home.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn every_command_of_tauri_and_its_plugins_is_denied_but_listening_to_events_or_closing_the_window() {
    const ALLOWED: [(&str, &str); 3] = [("event", "listen"), ("event", "unlisten"), ("window", "destroy")];
    let shell = Shell::start();
    let manifests: Value = serde_json::from_str(&read("gen/schemas/acl-manifests.json")).unwrap();
    let mut tried = 0;
    for (plugin, manifest) in manifests.as_object().unwrap() {
        let plugin = plugin.strip_prefix("core:").unwrap_or(plugin);
        let permissions = manifest["permissions"].as_object().unwrap().values();
        for command in permissions.flat_map(|permission| permission["commands"]["allow"].as_array().unwrap())
        {
            let command = command.as_str().unwrap();
            if plugin == "__app-acl__" || ALLOWED.contains(&(plugin, command)) {
                continue;
            }
            let name = format!("plugin:{plugin}|{command}");
            let refusal = shell.ask(&name, json!({})).expect_err(&name);
            assert!(refusal.as_str().is_some_and(|why| why.contains("not allowed")), "{name}: {refusal}");
            tried += 1;
        }
    }
    assert!(tried > 100, "only {tried} commands were tried");
}

#[test]
fn a_command_without_a_permission_is_denied() {
    let shell = Shell::start();
    for name in ["open_account", "read_file", "session2", "plugin:officer|session"] {
        shell.ask(name, json!({})).expect_err(name);
    }
}

#[test]
fn odd_inputs_are_refused_before_they_reach_anything() {
    let shell = Shell::start();
    let long = "x".repeat(200_000);
    let table = [
        ("grievance", json!({ "id": long })),
        ("grievance", json!({ "id": 7 })),
        ("grievance", json!({})),
        ("change", json!({ "id": "0f", "change": { "field": "status", "status": "new", "by": "ravi" } })),
        ("change", json!({ "id": "0f", "change": { "field": "photo" } })),
        ("change", json!({ "id": "0f", "change": { "field": "reply", "reply": long } })),
        ("queue", json!({ "query": { "show": { "kind": "all" }, "order": "newest", "limit": -1 } })),
        ("queue", json!({ "query": { "show": { "kind": "sql" }, "order": "newest", "limit": 1 } })),
        ("settle", json!({ "edit": "01J", "rev": "3-c", "decision": "both" })),
        ("deliveries", json!({ "limit": -1 })),
        ("select", json!({ "selection": { "ward": "12", "statuses": null, "days": -1 } })),
        ("select", json!({ "selection": { "ward": null, "statuses": null, "days": null, "sql": "1" } })),
        ("sign_in", json!({ "request": { "site": "s", "user": "u", "password": "p".repeat(1025) } })),
        ("sign_in", json!({ "request": { "site": "s", "user": "u", "password": "p", "home": "/tmp" } })),
        ("paste_photo", json!({ "picture": "base64" })),
    ];
    for (command, body) in table {
        let refusal = shell.ask(command, body.clone()).expect_err(command);
        assert!(refusal.is_string(), "{command} {:.80}: {refusal}", body.to_string());
    }
}

#[test]
fn a_site_that_is_not_one_is_refused() {
    let shell = Shell::start();
    for site in
        ["http://couch.example.org", "https://asha:pass@couch.example.org", "not a site", "file:///etc"]
    {
        let with = json!({ "request": { "site": site, "user": "asha", "password": "pass" } });
        let refusal = shell.ask("sign_in", with).expect_err(site);
        assert_eq!(refusal["code"], "other", "{site}: {refusal}");
    }
}
