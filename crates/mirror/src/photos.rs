//! Which photo lies where. The bytes are sealed files beside the mirror; here is what is known of
//! each object of the store.

use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use crate::{Mirror, MirrorError};

/// What the mirror knows of one object of the photo store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PhotoRow {
    pub key: String,
    /// The name of the sealed file, when there is one.
    pub file: Option<String>,
    pub bytes: Option<u64>,
    pub place: PhotoPlace,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum PhotoPlace {
    /// Not fetched yet.
    Wanted,
    /// A copy of what the store has.
    Kept,
    /// The store has not got it; perhaps not yet. Tried again at `retry_at` (unix seconds).
    Missing { retry_at: i64 },
    /// The officer's, on this laptop only, or the store may have lost it. After a failed try it says why and when the next is.
    ToUpload { why: Option<String>, retry_at: i64 },
    /// The officer's; the store proved at `at` (unix seconds) that it has it, by this checksum (SHA-256, lower-case hex).
    Stored { sha256: String, at: i64 },
}

/// An officer's picture that the store has not got, or may have lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    pub key: String,
    /// Name of the sealed file.
    pub file: String,
}

/// When a missing large picture is tried again: never by itself, only when somebody opens it.
pub const WHEN_OPENED: i64 = i64::MAX;

impl Mirror {
    pub fn photo(&self, key: &str) -> Result<Option<PhotoRow>, MirrorError> {
        self.read(|file| read(file, key))
    }

    /// Pictures to store now, those that waited longest first.
    pub fn photos_to_upload(&self, limit: u32, now: i64) -> Result<Vec<Upload>, MirrorError> {
        self.read(|file| {
            let mut statement = file.prepare_cached(
                "SELECT key, file FROM photo WHERE state = 'to_upload' AND retry_at <= ?1
                 ORDER BY retry_at, key LIMIT ?2",
            )?;
            let uploads = statement
                .query_map(params![now, limit], |row| Ok(Upload { key: row.get(0)?, file: row.get(1)? }))?;
            Ok(uploads.collect::<Result<_, _>>()?)
        })
    }

    /// The store proved that it has the picture; `checksum` is what it proved.
    pub fn photo_stored(&self, key: &str, checksum: &str, now: i64) -> Result<(), MirrorError> {
        self.write(|file| {
            file.execute(
                "UPDATE photo SET state = 'stored', sha256 = ?2, stored_at = ?3, retry_at = 0, why = NULL
                 WHERE key = ?1 AND state = 'to_upload'",
                params![key, checksum, now],
            )?;
            Ok(())
        })
    }

    /// The file of a picture that is offered to the store again cannot be read: what the store had proved has to do. Whether
    /// it had proved anything.
    pub fn photo_unreadable(&self, key: &str) -> Result<bool, MirrorError> {
        self.write(|file| take_as_stored(file, key))
    }

    /// Storing the picture failed; it is tried again at `retry_at` and nothing else waits for it.
    pub fn photo_failed(&self, key: &str, why: &str, retry_at: i64) -> Result<(), MirrorError> {
        self.write(|file| {
            file.execute(
                "UPDATE photo SET why = ?2, retry_at = ?3 WHERE key = ?1 AND state = 'to_upload'",
                params![key, why, retry_at],
            )?;
            Ok(())
        })
    }

    /// Pictures that could be stored now wait until `retry_at`, all for the same reason.
    pub fn uploads_wait(&self, why: &str, retry_at: i64, now: i64) -> Result<(), MirrorError> {
        self.write(|file| {
            file.execute(
                "UPDATE photo SET why = ?1, retry_at = ?2 WHERE state = 'to_upload' AND retry_at <= ?3",
                params![why, retry_at, now],
            )?;
            Ok(())
        })
    }

    /// Why an officer's picture did not reach the store when it was last tried.
    pub fn photo_trouble(&self) -> Result<Option<String>, MirrorError> {
        self.read(|file| {
            let sql = "SELECT why FROM photo WHERE state = 'to_upload' AND why IS NOT NULL LIMIT 1";
            Ok(file.query_row(sql, [], |row| row.get(0)).optional()?)
        })
    }

    /// Thumbnails to fetch now: never tried ones of the newest grievances first, then those whose
    /// time to be tried again has come.
    pub fn thumbnails_to_fetch(&self, limit: u32, now: i64) -> Result<Vec<String>, MirrorError> {
        self.write(|file| {
            ask(file, limit)?;
            let mut statement = file.prepare_cached(
                "SELECT key FROM photo WHERE state = 'wanted'
                 UNION ALL
                 SELECT key FROM photo WHERE state = 'missing' AND retry_at <= ?1 LIMIT ?2",
            )?;
            let keys = statement.query_map(params![now, limit], |row| row.get(0))?;
            Ok(keys.collect::<Result<_, _>>()?)
        })
    }

    /// A picture of the store is now in the sealed file `name`. Returns the file that it replaces.
    pub fn photo_kept(&self, key: &str, name: &str, bytes: u64) -> Result<Option<String>, MirrorError> {
        self.write(|file| {
            let before = read(file, key)?;
            match before.as_ref().map(|photo| &photo.place) {
                // The officer's own picture is the same picture, and must stay to be uploaded.
                Some(PhotoPlace::ToUpload { .. } | PhotoPlace::Stored { .. }) => {
                    return Ok(Some(name.to_owned()));
                }
                Some(PhotoPlace::Wanted | PhotoPlace::Kept | PhotoPlace::Missing { .. }) | None => {}
            }
            file.prepare_cached(
                "INSERT OR REPLACE INTO photo (key, state, file, bytes) VALUES (?1, 'kept', ?2, ?3)",
            )?
            .execute(params![key, name, bytes as i64])?;
            Ok(before.and_then(|photo| photo.file))
        })
    }

    /// The store has not got the picture, or has something else in its place. `retry_at` is in unix seconds, or
    /// [`WHEN_OPENED`].
    pub fn photo_not_there(&self, key: &str, retry_at: i64) -> Result<(), MirrorError> {
        self.write(|file| {
            file.prepare_cached(
                "INSERT INTO photo (key, state, retry_at) VALUES (?1, 'missing', ?2)
                 ON CONFLICT (key) DO UPDATE SET state = 'missing', retry_at = ?2 WHERE file IS NULL",
            )?
            .execute(params![key, retry_at])?;
            Ok(())
        })
    }

    /// The sealed file of a fetched picture is gone or damaged: a thumbnail is fetched again at once, a large picture
    /// when somebody opens it. An officer's own picture that is not in the store is left alone.
    pub fn photo_lost(&self, key: &str) -> Result<(), MirrorError> {
        self.write(|file| {
            keep_proof(file, key)?;
            let lost =
                file.execute("DELETE FROM photo WHERE key = ?1 AND state IN ('kept', 'stored')", [key])?;
            // A name that says nothing has the whole table looked through: files are rarely damaged.
            let sql = "SELECT ?1 LIKE 'thumbnail%' OR EXISTS (SELECT 1 FROM grievance WHERE thumbnail = ?1)";
            if lost > 0 && file.query_row(sql, [key], |row| row.get(0))? {
                want(file, key)?;
            }
            Ok(())
        })
    }

    /// The names of all sealed files that the mirror knows; any other is debris of an interruption.
    pub fn photo_files(&self) -> Result<Vec<String>, MirrorError> {
        self.read(|file| {
            let mut statement =
                file.prepare("SELECT file FROM photo WHERE file IS NOT NULL ORDER BY file")?;
            let files = statement.query_map([], |row| row.get(0))?;
            Ok(files.collect::<Result<_, _>>()?)
        })
    }
}

pub(crate) fn read(file: &Connection, key: &str) -> Result<Option<PhotoRow>, MirrorError> {
    let mut statement = file.prepare_cached(
        "SELECT state, file, bytes, retry_at, why, stored_at, sha256 FROM photo WHERE key = ?1",
    )?;
    let found = statement.query_row([key], |row| {
        let retry_at = row.get(3)?;
        let place = match row.get_ref(0)?.as_str()? {
            "kept" => PhotoPlace::Kept,
            "missing" => PhotoPlace::Missing { retry_at },
            "to_upload" => PhotoPlace::ToUpload { why: row.get(4)?, retry_at },
            "stored" => PhotoPlace::Stored {
                sha256: row.get::<_, Option<String>>(6)?.unwrap_or_default(),
                at: row.get::<_, Option<i64>>(5)?.unwrap_or(0),
            },
            // The table's CHECK admits nothing else.
            _ => PhotoPlace::Wanted,
        };
        let bytes = row.get::<_, Option<i64>>(2)?.and_then(|bytes| u64::try_from(bytes).ok());
        Ok(PhotoRow { key: key.to_owned(), file: row.get(1)?, bytes, place })
    });
    Ok(found.optional()?)
}

/// Makes sure that the object has a row, so that it is fetched some day.
pub(crate) fn want(file: &Connection, key: &str) -> Result<(), MirrorError> {
    file.prepare_cached("INSERT INTO photo (key, state) VALUES (?1, 'wanted') ON CONFLICT (key) DO NOTHING")?
        .execute([key])?;
    Ok(())
}

/// An officer's new picture. One that is in the store already, or on its way there, stays so.
pub(crate) fn to_upload(
    file: &Connection,
    key: &str,
    name: &str,
    bytes: u64,
    sha256: Option<&str>,
) -> Result<(), MirrorError> {
    file.prepare_cached(
        "INSERT INTO photo (key, state, file, bytes, sha256) VALUES (?1, 'to_upload', ?2, ?3, ?4)
         ON CONFLICT (key) DO UPDATE SET state = 'to_upload', file = ?2, bytes = ?3, sha256 = ?4, retry_at = 0,
             why = NULL
         -- The same picture once more, where this laptop's file of it may be damaged.
         WHERE file IS NULL OR state = 'to_upload'",
    )?
    .execute(params![key, name, bytes as i64, sha256])?;
    Ok(())
}

/// The store may have lost an officer's picture together with what named it: where its file is here it is offered again.
/// What the store had proved stays.
pub(crate) fn offer_again(file: &Connection, key: &str) -> Result<(), MirrorError> {
    file.prepare_cached(
        "UPDATE photo SET state = 'to_upload', retry_at = 0, why = NULL
         WHERE key = ?1 AND state = 'stored' AND file IS NOT NULL",
    )?
    .execute([key])?;
    Ok(())
}

/// Gives up a picture that was never stored. Of one that was, what the store had proved stays.
pub(crate) fn forget(file: &Connection, key: &str) -> Result<(), MirrorError> {
    if !take_as_stored(file, key)? {
        file.prepare_cached("DELETE FROM photo WHERE key = ?1 AND state = 'to_upload'")?.execute([key])?;
    }
    Ok(())
}

/// A picture that is offered to the store again is not any more: what the store had proved counts. Whether it was offered so.
fn take_as_stored(file: &Connection, key: &str) -> Result<bool, MirrorError> {
    let sql = "UPDATE photo SET state = 'stored', retry_at = 0, why = NULL
               WHERE key = ?1 AND state = 'to_upload' AND stored_at IS NOT NULL";
    Ok(file.prepare_cached(sql)?.execute([key])? > 0)
}

/// Before the laptop's own copy of an officer's photo goes: what the store proved stays for the record of deliveries.
pub(crate) fn keep_proof(file: &Connection, key: &str) -> Result<(), MirrorError> {
    file.prepare_cached(
        "INSERT OR REPLACE INTO photo_proof (key, sha256, stored_at)
         SELECT key, sha256, stored_at FROM photo
         WHERE key = ?1 AND state = 'stored' AND sha256 IS NOT NULL AND stored_at IS NOT NULL",
    )?
    .execute([key])?;
    Ok(())
}

/// Makes rows for the thumbnails of the newest grievances that have none.
fn ask(file: &Connection, limit: u32) -> Result<(), MirrorError> {
    let mut newest =
        file.prepare_cached("SELECT n, thumbnail FROM grievance WHERE asked = 0 ORDER BY n DESC LIMIT ?1")?;
    let newest: Vec<(i64, String)> =
        newest.query_map([limit], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut asked = file.prepare_cached("UPDATE grievance SET asked = 1 WHERE n = ?1")?;
    for (n, thumbnail) in newest {
        want(file, &thumbnail)?;
        asked.execute([n])?;
    }
    Ok(())
}
