//! Work that nobody should wait for, done when nothing else is.

use std::fs;

use rusqlite::Connection;

use crate::{Mirror, MirrorError, selection, timeline};

/// Deliveries, and the timeline beside them, are kept so long (seconds): a server may be restored
/// from an older backup.
pub(crate) const KEEP_DELIVERIES: i64 = 90 * 24 * 3600;

/// A write-ahead log beyond this is copied into the file even while there is work (bytes).
const LARGE_WAL: u64 = 64 * 1024 * 1024;

/// Pages of the text index that one step of merging writes.
const MERGE_PAGES: i64 = 256;

impl Mirror {
    /// One short step of upkeep: old deliveries and timeline lines go, and the text index, which a first pull leaves
    /// in pieces that small changes would pay for, is merged a little. True while more is left. Without `now` (unix
    /// seconds), because the clock may be wrong, nothing is old.
    pub fn tidy(&self, now: Option<i64>) -> Result<bool, MirrorError> {
        self.write(|file| {
            if let Some(now) = now {
                forget_before(file, now - KEEP_DELIVERIES)?;
            }
            let before = file.total_changes();
            file.execute("INSERT INTO word (word, rank) VALUES ('merge', ?1)", [MERGE_PAGES])?;
            // FTS5: a merge that changed fewer than two rows had nothing to do.
            Ok(file.total_changes() - before >= 2)
        })
    }

    /// Copies the write-ahead log into the file and empties it: when idle, on locking, on closing.
    /// Readers and the writer go on meanwhile; what they hold is left for the next time.
    pub fn checkpoint_wal(&self) -> Result<(), MirrorError> {
        self.aside(|file| copy_wal(file, "TRUNCATE"))
    }

    pub(crate) fn checkpoint_large_wal(&self) -> Result<(), MirrorError> {
        let mut wal = self.path().as_os_str().to_owned();
        wal.push("-wal");
        // Without a log there is nothing to copy.
        let bytes = fs::metadata(wal).map_or(0, |found| found.len());
        if bytes > LARGE_WAL { self.aside(|file| copy_wal(file, "PASSIVE")) } else { Ok(()) }
    }
}

fn forget_before(file: &Connection, then: i64) -> Result<(), MirrorError> {
    // A line that has not arrived is made of its delivery.
    file.execute("DELETE FROM delivery WHERE settled_at < ?1 AND (entry IS NULL OR entry = 'sent')", [then])?;
    file.execute("DELETE FROM photo_proof WHERE stored_at < ?1", [then])?;
    selection::forget_records(file)?;
    timeline::forget_before(file, then)
}

fn copy_wal(connection: &Connection, mode: &str) -> Result<(), MirrorError> {
    Ok(connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()))?)
}
