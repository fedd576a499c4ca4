use domain::{Field, TriagePhoto};
use serde_json::Value;

use crate::change::{self, Moment};
use crate::pulled::held;
use crate::{Database, Mirror, MirrorError, photos, taken_in};

/// A picture that lies sealed beside the mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPhoto {
    /// Name of the sealed file.
    pub file: String,
    /// Of the picture, in the clear.
    pub bytes: u64,
}

impl Mirror {
    /// Attaches an officer's photo: both pictures are to be stored, and the edit that names them
    /// waits for that.
    pub fn attach(
        &self,
        id: &str,
        photo: &TriagePhoto,
        large: &NewPhoto,
        thumbnail: &NewPhoto,
        by: &str,
        at: &str,
    ) -> Result<(), MirrorError> {
        let at = Moment::parse(at)?;
        self.write(|file| {
            let held = change::grievance(file, id)?;
            photos::to_upload(file, &photo.large, &large.file, large.bytes, Some(&photo.sha256))?;
            photos::to_upload(file, &photo.thumbnail, &thumbnail.file, thumbnail.bytes, None)?;
            let field = Field::Photo(photo.id.clone());
            change::set_field(file, &held, id, field, serde_json::to_value(photo)?, by, &at)?;
            change::show(file, held.n, at.seconds())
        })
    }

    /// Files a report made by an officer (`domain::NewReport::document`). `sha256` is that of the
    /// large picture. Filing the same report again changes nothing.
    pub fn file_report(
        &self,
        document: &Value,
        large: &NewPhoto,
        thumbnail: &NewPhoto,
        sha256: &str,
        by: &str,
        at: &str,
    ) -> Result<(), MirrorError> {
        let at = Moment::parse(at)?;
        let id = document["_id"].as_str().unwrap_or_default();
        self.write(|file| {
            if held(file, Database::Grievances, id)?.is_some() {
                return Ok(());
            }
            let held = taken_in::new_document(file, id)?;
            let picture = |size: &str| document["picture"][size].as_str();
            for (key, photo, sha256) in
                [(picture("large"), large, Some(sha256)), (picture("thumbnail"), thumbnail, None)]
            {
                if let Some(key) = key {
                    photos::to_upload(file, key, &photo.file, photo.bytes, sha256)?;
                }
            }
            change::set_field(file, &held, id, Field::Report, document.clone(), by, &at)?;
            taken_in::show(file, &held, id, at.seconds())
        })
    }
}
