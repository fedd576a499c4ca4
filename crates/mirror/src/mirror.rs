use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use zeroize::Zeroizing;

use crate::connection::{self, Role};
use crate::{MirrorError, edits, schema};

/// An open mirror. Cheap to clone; the file is closed with the last clone.
#[derive(Clone)]
pub struct Mirror {
    file: Arc<File>,
}

struct File {
    path: PathBuf,
    key: Zeroizing<[u8; 32]>,
    writer: Mutex<Connection>,
    /// Connections at rest. Readers never wait for the writer, nor for each other.
    readers: Mutex<Vec<Connection>>,
}

/// Readers kept open when nobody reads.
const READERS_AT_REST: usize = 3;

impl Mirror {
    /// Opens the mirror at `path` or makes it, brings its schema up to date, and refuses to go on
    /// unless every security setting holds. An edit that was leaving when the program ended is
    /// saved again: whether it arrived, the next pull tells.
    pub fn open(path: &Path, key: &[u8; 32]) -> Result<Mirror, MirrorError> {
        let mut writer = connection::open(path, key, Role::Writer)?;
        schema::migrate(&mut writer, path)?;
        edits::none_is_leaving(&writer)?;
        let file = File {
            path: path.to_owned(),
            key: Zeroizing::new(*key),
            writer: Mutex::new(writer),
            readers: Mutex::default(),
        };
        Ok(Mirror { file: Arc::new(file) })
    }

    /// No request is under way any more: what was leaving is saved again. Whether it arrived, the next pull tells.
    pub fn none_is_leaving(&self) -> Result<(), MirrorError> {
        self.write(|file| edits::none_is_leaving(file))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.file.path
    }

    /// One transaction: all of `work` is in the file when this returns `Ok`, else none of it.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction) -> Result<T, MirrorError>,
    ) -> Result<T, MirrorError> {
        let mut writer = held(&self.file.writer);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }

    /// One snapshot: all that `work` reads was so at one moment.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, MirrorError>,
    ) -> Result<T, MirrorError> {
        let reader = held(&self.file.readers).pop();
        let mut reader = match reader {
            Some(reader) => reader,
            None => connection::open(&self.file.path, &self.file.key, Role::Reader)?,
        };
        let snapshot = reader.transaction()?;
        let value = work(&snapshot)?;
        snapshot.finish()?;
        let mut readers = held(&self.file.readers);
        if readers.len() < READERS_AT_REST {
            readers.push(reader);
        }
        Ok(value)
    }

    /// A connection of its own for work that must not hold up the writer.
    pub(crate) fn aside(&self) -> Result<Connection, MirrorError> {
        connection::open(&self.file.path, &self.file.key, Role::Reader)
    }
}

/// A panic while the lock was held rolled its transaction back, so the connection is still good.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use domain::Field;
    use serde_json::{json, value::to_raw_value};

    use super::*;
    use crate::{Checkpoint, Database, Pulled};

    #[test]
    fn a_full_disk_refuses_the_edit_and_keeps_everything() {
        let folder = tempfile::tempdir().unwrap();
        let mirror = Mirror::open(&folder.path().join("mirror.db"), &[1; 32]).unwrap();
        let body = to_raw_value(&json!({ "_id": "0f" })).unwrap();
        let page = [Pulled {
            id: "0f".into(),
            rev: "1-a".into(),
            deleted: false,
            body: Some(body),
            unreadable: None,
        }];
        mirror.apply_page(Database::Grievances, &page, &Checkpoint::default(), 1).unwrap();
        let limit = |pages: i64| {
            let sql = format!("PRAGMA max_page_count = {pages}");
            held(&mirror.file.writer).query_row(&sql, [], |_| Ok(())).unwrap();
        };
        let reply = |text: String| {
            mirror.change("0f", Field::Reply, text.into(), "asha", "2026-11-23T10:41:05+05:30")
        };
        reply("first".into()).unwrap();
        limit(1);
        let full = reply("long ".repeat(100_000));
        assert!(matches!(full, Err(MirrorError::DiskFull(_))), "{full:?}");
        let shown = || mirror.grievance("0f").unwrap().unwrap().shown.triage.reply;
        assert_eq!(shown().as_deref(), Some("first"));
        limit(1_000_000);
        reply("second".into()).unwrap();
        assert_eq!(shown().as_deref(), Some("second"));
    }
}
