use std::path::{Path, PathBuf};

use tauri::{AppHandle, Runtime};
use tauri_plugin_dialog::{DialogExt, FilePath};
use tokio::sync::oneshot;

use crate::contract::{Problem, Staged, Staging};
use crate::seat::Seat;

/// Asks the officer for photos in the desktop's own dialog; none when it is cancelled.
pub async fn choose_photos<R: Runtime>(app: &AppHandle<R>) -> Vec<PathBuf> {
    let (answer, answered) = oneshot::channel();
    app.dialog()
        .file()
        .set_title("Attach photos")
        .add_filter("Photos", &["jpg", "jpeg", "png", "webp"])
        .pick_files(move |chosen| drop(answer.send(chosen)));
    answered.await.ok().flatten().unwrap_or_default().into_iter().filter_map(path).collect()
}

/// Asks where to write `name`; `None` when it is cancelled.
pub async fn choose_destination<R: Runtime>(app: &AppHandle<R>, name: &str) -> Option<PathBuf> {
    let (answer, answered) = oneshot::channel();
    app.dialog()
        .file()
        .set_title("Export what is not on the server")
        .set_file_name(name)
        .save_file(move |chosen| drop(answer.send(chosen)));
    answered.await.ok().flatten().and_then(path)
}

/// Puts the photos of these files on the tray. One that cannot be taken does not stop the others.
pub async fn stage(seat: &Seat, paths: Vec<PathBuf>) -> Staging {
    let mut staging = Staging::default();
    for path in paths {
        match stage_file(seat, path.clone()).await {
            Ok(staged) => staging.staged.push(staged),
            Err(problem) => staging.refused.push(format!("{}: {}", name(&path), problem.sentence)),
        }
    }
    staging
}

async fn stage_file(seat: &Seat, path: PathBuf) -> Result<Staged, Problem> {
    let read = tauri::async_runtime::spawn_blocking(move || photos::read_photo_file(&path)).await;
    let bytes = read.map_err(|_| Problem::other("It could not be read."))?.map_err(sync::SyncError::from)?;
    seat.tray.put(seat.officer.prepare(bytes).await?)
}

fn path(chosen: FilePath) -> Option<PathBuf> {
    chosen.into_path().ok()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
