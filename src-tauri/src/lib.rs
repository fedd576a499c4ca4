//! The shell of MyWard Officer: the window, the commands it may ask for, and the desktop around it.
//!
//! The window knows nothing and is trusted with nothing. It asks through the [`contract`]; each
//! command is a verb of the officer at the [`desk`](Desk); pictures come over [`photo_scheme`];
//! what sync brings is told as [`news`]. Everything that decides lives in the crates behind.

// The contract's macro names the commands from inside this crate and from its tests alike.
extern crate self as myward_officer;

pub mod commands;
pub mod contract;
mod desk;
mod error;
mod files;
#[cfg(target_os = "linux")]
mod geoclue;
mod hardening;
mod home;
mod news;
mod notification;
mod photo_scheme;
mod position;
mod seat;
mod tray;
mod window;

pub use desk::Desk;
pub use error::ShellError;

use tauri::Manager;

/// Runs the app until its window is closed.
pub fn run() -> Result<(), ShellError> {
    hardening::prefer_plain_rendering()?;
    hardening::harden()?;
    let home = vault::default_home().ok_or(ShellError::NoHome)?;
    let desk =
        Desk::new(home.clone(), home::site(&home)?, std::env::current_exe().map_err(ShellError::Program)?);
    let contract = contract!(tauri::Wry);
    let invoked = contract.invoke_handler();
    let app = tauri::Builder::default()
        .plugin(window::single_instance(&home))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_geolocation::init())
        .manage(desk)
        .invoke_handler(invoked)
        .register_asynchronous_uri_scheme_protocol(photo_scheme::NAME, photo_scheme::serve)
        .on_window_event(window::on_event)
        .setup(move |app| {
            contract.mount_events(app);
            Ok(window::open(app.handle())?)
        })
        .build(context())?;
    app.run(|app, event| {
        if let tauri::RunEvent::ExitRequested { .. } = event {
            tauri::async_runtime::block_on(app.state::<Desk>().close());
        }
    });
    Ok(())
}

/// The configuration with its capabilities, as the build read them.
pub fn context<R: tauri::Runtime>() -> tauri::Context<R> {
    tauri::generate_context!()
}
