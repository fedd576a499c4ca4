use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
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
pub async fn choose_destination<R: Runtime>(app: &AppHandle<R>, title: &str, name: &str) -> Option<PathBuf> {
    let (answer, answered) = oneshot::channel();
    app.dialog()
        .file()
        .set_title(title)
        .set_file_name(name)
        .save_file(move |chosen| drop(answer.send(chosen)));
    answered.await.ok().flatten().and_then(path)
}

/// Asks where to write a file of unsent work.
pub async fn choose_for_unsent<R: Runtime>(app: &AppHandle<R>) -> Option<PathBuf> {
    choose_destination(app, "Export what is not on the server", "myward-unsent.jsonl").await
}

/// Writes a text where the officer chose, for this user's eyes only. The dialog asked already
/// whether a file of this name may be replaced.
pub async fn write(path: PathBuf, text: String) -> Result<(), Problem> {
    let written = tauri::async_runtime::spawn_blocking(move || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let written =
        written.await.map_err(|_| Problem::other("The program was stopped in the middle of this."))?;
    written.map_err(|error| {
        Problem::other(format!("The file could not be written: {error}. Choose another place."))
    })
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_saved_replaces_the_file_and_is_for_the_officers_eyes_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.csv");
        for text in ["saved,arrived,by\r\n", "short"] {
            tauri::async_runtime::block_on(write(path.clone(), text.to_owned())).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let nowhere = tauri::async_runtime::block_on(write(folder.path().to_owned(), String::new()));
        assert!(nowhere.unwrap_err().sentence.starts_with("The file could not be written"));
    }
}
