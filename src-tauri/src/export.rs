use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::contract::Problem;
use crate::seat::Seat;

/// Writes everything the server has not got to `file`, readable: the edits as JSON, and the photos
/// beside it in the folder `<file name>-photos`. Returns how many edits there were.
pub async fn unsent(seat: &Seat, file: PathBuf) -> Result<u64, Problem> {
    let edits = seat.officer.with_mirror(|mirror| mirror.to_send()).await?;
    // Those that wait for another try, too.
    let uploads = seat.officer.with_mirror(|mirror| mirror.photos_to_upload(u32::MAX, i64::MAX)).await?;
    let mut pictures = Vec::new();
    for upload in uploads {
        if let Some(bytes) = seat.officer.photo(&upload.key).await? {
            pictures.push((upload.key, bytes));
        }
    }
    let lines: Vec<Value> = edits.iter().map(line).collect();
    let count = lines.len() as u64;
    let text =
        serde_json::to_vec_pretty(&lines).map_err(|_| Problem::other("The export could not be written."))?;
    let written = tauri::async_runtime::spawn_blocking(move || write(&file, &text, &pictures)).await;
    match written {
        Ok(Ok(())) => Ok(count),
        Ok(Err(error)) => Err(Problem::other(format!("The export could not be written: {error}."))),
        Err(_) => Err(Problem::other("The export could not be written.")),
    }
}

fn line(unsent: &mirror::UnsentEdit) -> Value {
    let edit = &unsent.edit;
    json!({
        "grievance": edit.document,
        "field": edit.field.name(),
        "seen": edit.seen,
        "wanted": edit.wanted,
        "by": edit.by,
        "at": edit.at,
    })
}

fn write(file: &Path, text: &[u8], pictures: &[(String, Vec<u8>)]) -> io::Result<()> {
    if !pictures.is_empty() {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push("-photos");
        let folder = file.with_file_name(name);
        fs::create_dir_all(&folder)?;
        for (key, bytes) in pictures {
            // Keys of our own photos are hashes with an ending (domain::large_key).
            fs::write(folder.join(key), bytes)?;
        }
    }
    fs::write(file, text)?;
    fs::File::open(file)?.sync_all()
}
