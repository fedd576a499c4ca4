use std::path::Path;

use mirror::{Database, NewPhoto, NotTaken, Picture};
use photos::{PhotoError, Size};
use serde::Serialize;

use crate::unsent_file::{self, FiledPicture, UnsentWork};
use crate::{Officer, SyncError, clock};

/// What came out of a file of unsent work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Imported {
    /// Edits that are unsent here from now on.
    pub edits: u64,
    /// Large pictures and thumbnails that wait for the store from now on.
    pub pictures: u64,
    /// Edits that were here, or on the server, already.
    pub known: u64,
    pub left_out: Vec<LeftOut>,
}

/// An edit that stays in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    pub grievance: String,
    pub field: String,
    /// A sentence.
    pub why: &'static str,
}

impl Officer {
    /// Brings back the work in a file of [`Officer::export_unsent`]. Importing it again changes
    /// nothing, and neither does importing what has arrived meanwhile.
    pub async fn import_unsent(&self, path: &Path) -> Result<Imported, SyncError> {
        let path = path.to_owned();
        let work = tokio::task::spawn_blocking(move || unsent_file::read(&path)).await??;
        self.check_owner(&work)?;
        let pulled = self.with_mirror(|mirror| mirror.checkpoint(Database::Grievances)).await?;
        if !pulled.is_some_and(|checkpoint| checkpoint.caught_up) {
            return Err(SyncError::NothingPulled);
        }
        let (mut pictures, mut lost) = (Vec::new(), Vec::new());
        for filed in work.pictures {
            let key = filed.key.clone();
            match self.redrawn(filed).await? {
                Some(picture) => pictures.push(picture),
                None => lost.push(key),
            }
        }
        let (edits, now) = (work.edits, clock::now());
        let taken_in = self.with_mirror(move |mirror| mirror.take_in(&edits, &pictures, &lost, now)).await?;
        for unused in &taken_in.unused {
            self.sealed().remove(&unused.parse()?)?;
        }
        self.changed();
        let left_out = taken_in.not_taken.into_iter().map(|(edit, why)| LeftOut {
            grievance: edit.document,
            field: edit.field.name(),
            why: sentence(why),
        });
        Ok(Imported {
            edits: taken_in.edits,
            pictures: taken_in.pictures,
            known: taken_in.known,
            left_out: left_out.collect(),
        })
    }

    fn check_owner(&self, work: &UnsentWork) -> Result<(), SyncError> {
        if work.user == self.user() && work.site == self.site().to_string() {
            return Ok(());
        }
        Err(SyncError::SomebodyElses { user: work.user.clone(), site: work.site.clone() })
    }

    /// Seals a picture that the decoding child could draw and that is what its name says. A
    /// thumbnail's name does not tell, so it is drawn anew; a large picture's is its checksum, so
    /// its bytes stay. `None`: there is no such picture.
    async fn redrawn(&self, filed: FiledPicture) -> Result<Option<Picture>, SyncError> {
        let Some(jpeg) = filed.jpeg else { return Ok(None) };
        let sha256 = photos::sha256_hex(&jpeg);
        let is_large = !domain::is_thumbnail_key(&filed.key);
        if is_large && filed.key != domain::large_key(&sha256) {
            return Ok(None);
        }
        let size = if is_large { Size::Large } else { Size::Thumbnail };
        let drawn = match self.decoder().display(jpeg.clone(), size).await {
            Ok(drawn) => drawn,
            Err(PhotoError::NotAPhoto | PhotoError::TooManyPixels | PhotoError::Unreadable) => {
                return Ok(None);
            }
            Err(other) => return Err(other.into()),
        };
        let bytes = if is_large { jpeg } else { drawn };
        let photo = {
            let sealed = self.sealed().clone();
            tokio::task::spawn_blocking(move || {
                let file = sealed.write(&bytes)?.to_string();
                Ok::<_, PhotoError>(NewPhoto { file, bytes: bytes.len() as u64 })
            })
            .await??
        };
        Ok(Some(Picture { key: filed.key, photo, sha256: is_large.then_some(sha256) }))
    }
}

fn sentence(why: NotTaken) -> &'static str {
    match why {
        NotTaken::DecidedHere => "You have changed the same on this laptop, and that is unsent too.",
        NotTaken::NoSuchGrievance => "The grievance is not on this laptop.",
        NotTaken::NoPicture => "Its picture is not in the file.",
    }
}
