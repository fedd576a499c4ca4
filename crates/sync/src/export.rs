use std::path::Path;

use photos::{FileId, PhotoError};
use serde::Serialize;

use crate::unsent_file::{FiledPicture, UnsentFile};
use crate::{Officer, SyncError};

/// What went into a file of unsent work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exported {
    pub edits: u64,
    /// Large pictures and thumbnails.
    pub pictures: u64,
    /// Of these, the ones whose sealed file is gone or damaged: only their names are in the file.
    pub lost_pictures: u64,
}

impl Officer {
    /// Writes everything the server has not got to the new file `path`, readable by whoever has it.
    /// Nothing changes here. When it returns, the file is on the disk.
    pub async fn export_unsent(&self, path: &Path) -> Result<Exported, SyncError> {
        let (officer, path) = (self.clone(), path.to_owned());
        tokio::task::spawn_blocking(move || export(&officer, &path)).await?
    }
}

fn export(officer: &Officer, path: &Path) -> Result<Exported, SyncError> {
    let edits = officer.mirror().to_send()?;
    // Those that wait for another try, too.
    let uploads = officer.mirror().photos_to_upload(u32::MAX, i64::MAX)?;
    let mut file = UnsentFile::create(path, &officer.site().to_string(), officer.user())?;
    let mut exported =
        Exported { edits: edits.len() as u64, pictures: uploads.len() as u64, lost_pictures: 0 };
    for unsent in edits {
        file.edit(unsent.edit)?;
    }
    for upload in uploads {
        let jpeg = match officer.sealed().read(&upload.file.parse::<FileId>()?) {
            Ok(jpeg) => Some(jpeg),
            Err(PhotoError::Missing | PhotoError::Damaged) => {
                exported.lost_pictures += 1;
                None
            }
            Err(other) => return Err(other.into()),
        };
        file.picture(FiledPicture { key: upload.key, jpeg })?;
    }
    file.finish()?;
    Ok(exported)
}
